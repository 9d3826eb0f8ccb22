//! The time exchange: four stamps, from which come the offset and the round trip.
//!
//! Requests and replies are padded to one length ([`crate::codec::TIME_FRAME_BYTES`]), because a longer frame takes
//! longer on the wire and half of the difference would appear as offset.

use crate::time::{LocalTime, ServerTime};

/// The stamps of one completed exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchange {
    /// Request sent, local clock.
    pub t1: LocalTime,
    /// Request received, server clock.
    pub t2: ServerTime,
    /// Reply sent, server clock.
    pub t3: ServerTime,
    /// Reply received, local clock.
    pub t4: LocalTime,
}

/// The result of one exchange.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// The local instant to which `offset_us` belongs: the middle of the exchange.
    pub at: LocalTime,
    /// Server time minus local time, in microseconds, as a whole and a fraction: an `f64` alone would be too coarse
    /// for clocks that count from far apart zeros.
    pub offset_us: Offset,
    /// Time on the network, both ways, in microseconds: the round trip less what the server took.
    pub round_trip_us: f64,
}

/// Server time minus local time, split so that no precision is lost: `whole_us + fraction_us` microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Offset {
    /// Whole microseconds.
    pub whole_us: i64,
    /// The rest, 0 <= fraction < 1.
    pub fraction_us: f64,
}

impl Offset {
    /// From nanoseconds (server minus local).
    pub fn from_nanos(nanos: i128) -> Self {
        let whole = nanos.div_euclid(1000);
        let whole_us = i64::try_from(whole).unwrap_or(if whole < 0 { i64::MIN } else { i64::MAX });
        Self { whole_us, fraction_us: nanos.rem_euclid(1000) as f64 / 1000.0 }
    }

    /// How much larger this offset is than `other`, in microseconds.
    pub fn minus(self, other: Self) -> f64 {
        self.whole_us.saturating_sub(other.whole_us) as f64 + (self.fraction_us - other.fraction_us)
    }

    /// This offset moved by `us` microseconds.
    #[must_use]
    pub fn plus(self, us: f64) -> Self {
        let sum = self.fraction_us + us;
        let whole = sum.floor();
        Self { whole_us: self.whole_us.saturating_add(whole as i64), fraction_us: sum - whole }
    }
}

/// The longest round trip that is believed, in microseconds: ten seconds.
const MAX_ROUND_TRIP_US: f64 = 10e6;

impl Exchange {
    /// Offset and round trip, or `None` for stamps that cannot be: a reply before its request, a server that sends
    /// before it receives, or no time at all on the network.
    pub fn sample(&self) -> Option<Sample> {
        let (t1, t4) = (i128::from(self.t1.0), i128::from(self.t4.0));
        let (t2, t3) = (i128::from(self.t2.0) * 1000, i128::from(self.t3.0) * 1000);
        let (away, there) = (t4 - t1, t3 - t2);
        if away < 0 || there < 0 {
            return None;
        }
        let round_trip_us = (away - there) as f64 / 1000.0;
        // The server's stamps are whole microseconds: on a fast loopback its stay may round to a little more than ours.
        if round_trip_us <= 0.0 || round_trip_us > MAX_ROUND_TRIP_US {
            return None;
        }
        let offset_nanos = i128::midpoint(t2 - t1, t3 - t4);
        Some(Sample {
            at: LocalTime(i64::try_from(i128::midpoint(t1, t4)).ok()?),
            offset_us: Offset::from_nanos(offset_nanos),
            round_trip_us,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn offset_and_round_trip_of_a_symmetric_path() {
        // server = local + 5 s; 100 us each way; 20 us in the server
        let e = Exchange {
            t1: LocalTime(1_000_000_000),
            t2: ServerTime(6_000_100),
            t3: ServerTime(6_000_120),
            t4: LocalTime(1_000_220_000),
        };
        let s = e.sample().expect("a sane exchange");
        assert_eq!(s.offset_us, Offset { whole_us: 5_000_000, fraction_us: 0.0 });
        assert!((s.round_trip_us - 200.0).abs() < 1e-9);
        assert_eq!(s.at, LocalTime(1_000_110_000));
    }

    #[test]
    fn impossible_stamps_are_refused() {
        let e =
            |t1, t2, t3, t4| Exchange { t1: LocalTime(t1), t2: ServerTime(t2), t3: ServerTime(t3), t4: LocalTime(t4) };
        assert_eq!(e(0, 10, 5, 1_000_000).sample(), None, "sent before received");
        assert_eq!(e(100, 0, 0, 50).sample(), None, "reply before request");
        assert_eq!(e(0, 0, 2, 1_000).sample(), None, "more time in the server than there was");
        assert_eq!(e(i64::MIN, i64::MAX, i64::MAX, i64::MAX).sample(), None, "absurd");
    }

    proptest! {
        #[test]
        fn never_panics(t1: i64, t2: i64, t3: i64, t4: i64) {
            let _ = Exchange { t1: LocalTime(t1), t2: ServerTime(t2), t3: ServerTime(t3), t4: LocalTime(t4) }.sample();
        }

        #[test]
        fn error_is_at_most_half_the_round_trip(
            offset in -1_000_000_000_000i64..1_000_000_000_000, out in 1i64..5_000_000, back in 1i64..5_000_000,
            stay in 0i64..1_000,
        ) {
            // nanoseconds on the wire, stamps truncated to microseconds at the server
            let t1 = 1_000_000_000_000i64;
            let arrive = t1 + out * 100;
            let leave = arrive + stay * 1000;
            let stamp = |ns: i64| ServerTime(ns.div_euclid(1000) + offset);
            let (t2, t3) = (stamp(arrive), stamp(leave));
            let e = Exchange { t1: LocalTime(t1), t2, t3, t4: LocalTime(leave + back * 100) };
            if let Some(s) = e.sample() {
                let error = s.offset_us.minus(Offset { whole_us: offset, fraction_us: 0.0 });
                let round_trip_us = s.round_trip_us;
                prop_assert!(error.abs() <= round_trip_us / 2.0 + 1.5, "error {error} of round trip {round_trip_us}");
            }
        }

        #[test]
        fn offsets_add_and_subtract(a in -1_000_000_000_000i128..1_000_000_000_000, d in -1e6f64..1e6) {
            let o = Offset::from_nanos(a);
            prop_assert!((o.plus(d).minus(o) - d).abs() < 1e-6);
            prop_assert!((0.0..=1.0).contains(&o.plus(d).fraction_us));
        }
    }
}
