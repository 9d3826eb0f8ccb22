//! Lists with thousands of items are put together a piece at a time, as their reader takes them: a person who opens a
//! page must not be the reason why a time reply is late, nor why the coordinator keeps megabytes.

use std::{convert::Infallible, iter::Fuse};

use axum::{
    body::{Body, Bytes},
    http::header,
    response::{IntoResponse as _, Response},
};
use futures_util::stream;
use serde::Serialize;

/// A piece is handed on when it is this long: some dozens of speakers, a tenth of a millisecond of work.
const PIECE_BYTES: usize = 32 * 1024;

/// Answers with the JSON object `{"NAME":[ITEMS],"count":N}`.
pub fn long_list<T: Serialize>(name: &str, items: impl Iterator<Item = T> + Send + 'static) -> Response {
    let begun = format!("{{\"{name}\":[").into_bytes();
    let pieces = Pieces { items: items.fuse(), count: 0, begun, ended: false };
    let body = Body::from_stream(stream::iter(pieces.map(Ok::<_, Infallible>)));
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

struct Pieces<I> {
    items: Fuse<I>,
    count: usize,
    begun: Vec<u8>,
    ended: bool,
}

impl<T: Serialize, I: Iterator<Item = T>> Iterator for Pieces<I> {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if self.ended {
            return None;
        }
        let mut piece = std::mem::take(&mut self.begun);
        for item in self.items.by_ref() {
            if self.count > 0 {
                piece.push(b',');
            }
            self.count += 1;
            // Views are strings, numbers and lists of them: there is nothing that serde_json can refuse.
            let _ = serde_json::to_writer(&mut piece, &item);
            if piece.len() >= PIECE_BYTES {
                return Some(piece.into());
            }
        }
        self.ended = true;
        piece.extend_from_slice(format!("],\"count\":{}}}", self.count).as_bytes());
        Some(piece.into())
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    #[tokio::test]
    async fn empty_short_and_long_lists_are_whole() {
        for length in [0, 1, 5, 20_000] {
            let items = (0..length).map(|n| format!("item {n}"));
            let body = to_bytes(long_list("items", items.clone()).into_body(), usize::MAX).await.unwrap();
            let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(value["count"], length);
            assert_eq!(value["items"], items.collect::<serde_json::Value>());
        }
    }
}
