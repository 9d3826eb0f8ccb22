//! When a zone ticks: every second on the second of server time, for ten minutes.
//!
//! The speakers work the ticks out themselves; here is only from when, and until when. It is not kept: a coordinator
//! that was started anew knows nothing of it, and its `state_sync` ends it.

use downbeat_protocol::{ServerTime, ZoneId, server_message};

/// From one tick to the next, microseconds.
pub const INTERVAL_US: u32 = 1_000_000;
/// It ends by itself after this, microseconds, so that a shop does not tick all night.
pub const LENGTH_US: i64 = 600_000_000;
/// The first tick comes no sooner than this, microseconds: all must have heard of it.
const NOTICE_US: i64 = 500_000;

/// A metronome that was switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticking {
    /// The first tick.
    pub at: ServerTime,
    /// No tick from here on.
    pub until: ServerTime,
}

impl Ticking {
    /// Switched on at `now`; if it ticks already it goes on, for as long again.
    pub fn begun(now: ServerTime, before: Option<Self>) -> Self {
        let interval = i64::from(INTERVAL_US);
        let next = now.plus_micros(NOTICE_US + interval - 1).0.div_euclid(interval) * interval;
        let at = before.filter(|b| b.ticks(now)).map_or(ServerTime(next), |b| b.at);
        Self { at, until: ServerTime(next).plus_micros(LENGTH_US) }
    }

    /// True if it ticks, or is about to.
    pub fn ticks(&self, now: ServerTime) -> bool {
        now < self.until
    }
}

/// The message that tells speakers of the metronome; `None`: it is off.
pub fn message(zone: ZoneId, now: ServerTime, ticking: Option<Ticking>) -> server_message::Metronome {
    let Ticking { at, until } = ticking.unwrap_or(Ticking { at: now, until: now });
    server_message::Metronome { server_time: now, zone, on: ticking.is_some(), at, interval_us: INTERVAL_US, until }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ticks_on_the_second_with_notice_and_ends_by_itself() {
        for now in [0, 1, 499_999, 500_000, 500_001, 999_999, 86_512_345_678] {
            let t = Ticking::begun(ServerTime(now), None);
            assert_eq!(t.at.0 % 1_000_000, 0);
            assert!((500_000..1_500_000).contains(&(t.at.0 - now)), "{now}: {t:?}");
            assert_eq!(t.until.micros_since(t.at), LENGTH_US);
            assert!(t.ticks(ServerTime(now)) && !t.ticks(t.until));
        }
    }

    #[test]
    fn switched_on_again_it_goes_on_in_its_rhythm() {
        let first = Ticking::begun(ServerTime(0), None);
        let again = Ticking::begun(ServerTime(123_456_789), Some(first));
        assert_eq!(again.at, first.at);
        assert!(again.until > first.until);
        let much_later = first.until.plus_micros(5);
        assert!(Ticking::begun(much_later, Some(first)).at > much_later);
    }
}
