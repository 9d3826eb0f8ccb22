//! A body that is read while it comes, by code that waits for its bytes on a thread of its own.

use std::io::{self, Read};

use axum::body::Body;
use bytes::{Buf as _, Bytes};
use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::{problem::Problem, whole_body};

/// Pieces that wait for the thread.
const AHEAD: usize = 8;

/// The end at which the bytes arrive. A body that breaks off is an error, not an end.
#[derive(Debug)]
pub(super) struct BodyReader {
    pieces: mpsc::Receiver<Option<Bytes>>,
    piece: Bytes,
    ended: bool,
}

impl Read for BodyReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() && !self.ended {
            match self.pieces.blocking_recv() {
                Some(Some(piece)) => self.piece = piece,
                Some(None) => self.ended = true,
                None => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the rest did not come")),
            }
        }
        let count = into.len().min(self.piece.len());
        into[..count].copy_from_slice(&self.piece[..count]);
        self.piece.advance(count);
        Ok(count)
    }
}

/// Has `read` read a body of at most `max` bytes, on a thread of its own; `Err`: the body did not come, or is larger.
pub(super) async fn read<T: Send + 'static>(
    body: Body,
    max: u64,
    read: impl FnOnce(BodyReader) -> T + Send + 'static,
) -> Result<T, Problem> {
    let (sender, pieces) = mpsc::channel(AHEAD);
    let reader = BodyReader { pieces, piece: Bytes::new(), ended: false };
    let reading = tokio::task::spawn_blocking(move || read(reader));
    let sent = send(body, max, sender).await;
    let read = reading.await.map_err(|_| super::playlist_files::broke_off());
    sent?;
    read
}

async fn send(body: Body, max: u64, sender: mpsc::Sender<Option<Bytes>>) -> Result<(), Problem> {
    let (mut chunks, mut bytes) = (body.into_data_stream(), 0);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| {
            whole_body::stalled(&error).unwrap_or_else(|| Problem::field("body", format!("it ended early: {error}")))
        })?;
        bytes += chunk.len() as u64;
        if bytes > max {
            return Err(whole_body::too_large(usize::try_from(max).unwrap_or(usize::MAX)));
        }
        if sender.send(Some(chunk)).await.is_err() {
            // the reader has seen enough
            return Ok(());
        }
    }
    let _ = sender.send(None).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_is_read_as_it_comes_and_one_that_breaks_off_is_no_whole_one() {
        let all = |mut reader: BodyReader| {
            let mut text = Vec::new();
            reader.read_to_end(&mut text).map(|_| text.len())
        };
        let pieces = |last: Result<&'static str, io::Error>| {
            let pieces = (0..100).map(|_| Ok("piece")).chain([Ok(""), last]);
            Body::from_stream(futures_util::stream::iter(pieces))
        };
        assert_eq!(read(pieces(Ok("x")), 1_000, all).await.unwrap().unwrap(), 501);
        assert_eq!(read(pieces(Ok("x")), 500, all).await.unwrap_err().code(), "body_too_large");
        let broken = read(pieces(Err(io::Error::other("gone"))), 1_000, all).await.unwrap_err();
        assert_eq!(broken.code(), "invalid_field");
        assert_eq!(read(pieces(Ok("x")), 1_000, drop).await, Ok(()), "who reads nothing waits for nothing");
    }
}
