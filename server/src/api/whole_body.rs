//! Bodies that are read as a whole, and what they take of the memory while they come.

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
};
use bytes::BytesMut;
use futures_util::StreamExt as _;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::problem::Problem;
use crate::sockets::Stalled;

/// So much of each body is taken without asking, bytes: all that a person's client sends.
const FREE_BYTES: usize = 64 * 1024;
/// The rest of all bodies that are on their way takes at most this much together, in pieces of [`FREE_BYTES`]: 128 MB.
const PIECES: usize = 2_048;

/// The pieces that are left.
static LEFT: Semaphore = Semaphore::const_new(PIECES);

/// The whole body, if it is not larger than `max` bytes.
pub async fn whole(body: Body, max: usize) -> Result<Bytes, Problem> {
    whole_of(body, max, &LEFT).await
}

async fn whole_of(body: Body, max: usize, left: &Semaphore) -> Result<Bytes, Problem> {
    let mut chunks = body.into_data_stream();
    let mut whole = BytesMut::new();
    let mut held: Vec<SemaphorePermit<'_>> = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| stalled(&error).unwrap_or_else(|| broken_off(&error)))?;
        if whole.len() + chunk.len() > max {
            return Err(too_large(max));
        }
        whole.extend_from_slice(&chunk);
        while whole.len() > FREE_BYTES * (held.len() + 1) {
            held.push(left.try_acquire().map_err(|_| {
                let detail = "others send large bodies at the moment; send it again in a few seconds";
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_busy", detail)
            })?);
        }
    }
    Ok(whole.freeze())
}

/// The problem of a body over the limit.
pub fn too_large(max: usize) -> Problem {
    let detail = format!("the body is larger than {max} bytes");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
}

fn broken_off(error: &axum::Error) -> Problem {
    Problem::field("body", format!("it ended early: {error}"))
}

/// The problem of a body that did not come, if this is its error.
pub fn stalled(error: &(dyn std::error::Error + 'static)) -> Option<Problem> {
    Stalled::is_cause_of(error).then(|| {
        let detail = "the body did not come; send it again, all of it";
        Problem::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", detail)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(bytes: usize) -> Body {
        Body::from(vec![b' '; bytes])
    }

    #[tokio::test]
    async fn what_all_bodies_take_together_is_bounded_and_given_back() {
        let left = Semaphore::new(3);
        assert_eq!(whole_of(body(4 * FREE_BYTES), usize::MAX, &left).await.map(|b| b.len()), Ok(4 * FREE_BYTES));
        assert_eq!(left.available_permits(), 3);
        let refused = whole_of(body(4 * FREE_BYTES + 1), usize::MAX, &left).await.unwrap_err();
        assert_eq!((refused.code(), left.available_permits()), ("too_busy", 3));
        left.forget_permits(3);
        assert!(whole_of(body(FREE_BYTES), usize::MAX, &left).await.is_ok(), "a person's body needs none");
        assert_eq!(whole_of(body(101), 100, &left).await.unwrap_err().code(), "body_too_large");
    }
}
