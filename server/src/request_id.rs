//! The id of a request, by which a call is found again in the logs of the coordinator and of each speaker.
//!
//! A client names it in `X-Request-Id`, or it is made here; the answer has it. What is done for a request is done within
//! it, so that a zone that is asked to play can hand it on to its speakers.

use std::{fmt, future::Future, sync::Arc};

use uuid::Uuid;

/// The header.
pub const HEADER: &str = "x-request-id";
/// The longest id of a client's.
const LONGEST: usize = 64;

tokio::task_local! {
    static CURRENT: RequestId;
}

/// The id of a request; clones share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The one that a client named; a new one if it named none, or one that is not fit for a log.
    pub fn of(named: Option<&str>) -> Self {
        let fit = |id: &&str| {
            let of_id = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
            (1..=LONGEST).contains(&id.len()) && id.bytes().all(of_id)
        };
        Self(named.filter(fit).map_or_else(|| Uuid::new_v4().simple().to_string().into(), Into::into))
    }

    /// The request that this is done for; `None`: nobody asked.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    /// Does `work` for this request.
    pub fn doing<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, work)
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_id_is_the_clients_if_it_fits_into_a_log_and_is_known_to_what_is_done_for_it() {
        assert_eq!(RequestId::of(Some("radio-7:a.b_C")).as_str(), "radio-7:a.b_C");
        let long = "x".repeat(65);
        for unfit in [None, Some(""), Some("two words"), Some("line\nbreak"), Some("ä"), Some(long.as_str())] {
            let id = RequestId::of(unfit);
            assert!(id.as_str().len() == 32 && id != RequestId::of(unfit), "{unfit:?}: {id}");
        }
        assert_eq!(RequestId::current(), None);
        let id = RequestId::of(Some("a"));
        assert_eq!(id.clone().doing(async { RequestId::current() }).await, Some(id));
    }
}
