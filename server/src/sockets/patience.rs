//! The body of a request, waited for as long as it comes. A speaker's uplink of 64 kbit/s brings 240 kB in half a
//! minute; a client that brings less than a kilobyte in that time holds a connection for nothing.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use futures_util::{StreamExt as _, stream};
use tokio::time::{Instant, timeout_at};

use super::places::Place;

/// The least that a body must bring within the patience that one has with it, bytes, unless it ends.
const LEAST_BYTES: usize = 1_024;

/// A body did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("less than {LEAST_BYTES} bytes of the body came within {0:?}")]
pub struct Stalled(pub Duration);

impl Stalled {
    /// True if this error has it at its root.
    pub fn is_cause_of(error: &(dyn std::error::Error + 'static)) -> bool {
        std::iter::successors(Some(error), |error| error.source()).any(<dyn std::error::Error>::is::<Self>)
    }
}

/// The time that is left for a body.
#[derive(Debug, Clone, Copy)]
struct Window {
    until: Instant,
    came: usize,
}

impl Window {
    fn new(now: Instant, patience: Duration) -> Self {
        Self { until: now + patience, came: 0 }
    }

    /// So many bytes came: with enough of them there is time for more.
    fn came(self, bytes: usize, now: Instant, patience: Duration) -> Self {
        let came = self.came + bytes;
        if came < LEAST_BYTES { Self { came, ..self } } else { Self::new(now, patience) }
    }
}

/// The same body, which fails with [`Stalled`] where it does not come. While it is waited for, the connection may give
/// way to others.
pub(super) fn patient(body: Body, place: Arc<Place>, patience: Duration) -> Body {
    let window = Window::new(Instant::now(), patience);
    Body::from_stream(stream::unfold(Some((body.into_data_stream(), place, window)), move |state| async move {
        let (mut chunks, place, window) = state?;
        place.wait();
        let next = timeout_at(window.until, chunks.next()).await;
        place.work();
        match next {
            Err(_) => Some((Err(axum::Error::new(Stalled(patience))), None)),
            Ok(None) => None,
            Ok(Some(Err(error))) => Some((Err(error), None)),
            Ok(Some(Ok(chunk))) => {
                let window = window.came(chunk.len(), Instant::now(), patience);
                Some((Ok(chunk), Some((chunks, place, window))))
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, convert::Infallible, net::IpAddr};

    use axum::body::{Bytes, to_bytes};

    use super::*;
    use crate::sockets::{Bounds, Places};

    /// How long a body is waited for that comes in pieces of so many bytes, one a second.
    fn waited_for(bytes: usize, seconds: u64) -> u64 {
        let (start, patience) = (Instant::now(), Duration::from_secs(30));
        let mut window = Window::new(start, patience);
        for second in 1..=seconds {
            let now = start + Duration::from_secs(second);
            if now > window.until {
                return second - 1;
            }
            window = window.came(bytes, now, patience);
        }
        seconds
    }

    #[test]
    fn a_slow_line_is_waited_for_and_one_byte_a_second_is_not() {
        assert_eq!(waited_for(8_000, 36_000), 36_000, "64 kbit/s for ten hours");
        assert_eq!(waited_for(100, 3_600), 3_600, "a modem");
        assert_eq!(waited_for(1, 3_600), 30);
        assert_eq!(waited_for(0, 3_600), 30);
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_fails_and_another_is_whole() {
        let places = Places::new(Bounds { all: 8, per_address: 8, proxies: HashSet::new() });
        let place = Arc::new(places.connection(IpAddr::from([10, 0, 0, 1])).expect("there is room"));
        let body = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let stalled = to_bytes(patient(body, Arc::clone(&place), Duration::from_millis(1)), 99).await.unwrap_err();
        assert!(Stalled::is_cause_of(&stalled), "{stalled}");
        let whole = to_bytes(patient(Body::from("whole"), place, Duration::from_mins(1)), 99).await;
        assert_eq!(whole.ok().as_deref(), Some(&b"whole"[..]));
    }
}
