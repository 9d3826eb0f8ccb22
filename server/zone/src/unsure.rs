//! Why a speaker may be a millisecond off: the greatest part of its bound, as a cause that a person can do something
//! about.

use downbeat_protocol::report::Position;

/// A speaker whose bound is more than this is unsure, microseconds.
const UNSURE_US: f64 = 1_000.0;
/// More unanswered exchanges than this, as a share, are the cause.
const MANY_LOST: f64 = 0.25;
/// Over Wi-Fi at home nothing takes this long but a radio that sleeps between two beacons, microseconds.
const ASLEEP_US: f64 = 20_000.0;

/// The cause of a great bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The sound card says its position too coarsely.
    CoarseCard,
    /// The Wi-Fi's radio sleeps, and all that comes waits until it wakes.
    RadioSleeps,
    /// Many exchanges are not answered.
    LostProbes,
    /// Delays scatter without a floor that could be seen.
    NoFloor,
    /// The way is long, and what one half of it may be longer than the other cannot be seen.
    LongWay,
}

impl Cause {
    /// The cause, if this report is of a speaker that is unsure. `radio`: it is on Wi-Fi.
    pub fn of(report: &Position, radio: bool) -> Option<Self> {
        let told = |us: Option<f64>| us.filter(|us| us.is_finite() && *us >= 0.0).unwrap_or(0.0);
        let bound_us = told(report.error_bound_us);
        if bound_us <= UNSURE_US {
            return None;
        }
        let (card_us, round_trip_us) = (told(report.card_bound_us), told(report.round_trip_us));
        let measured_us = bound_us - card_us - round_trip_us / 2.0;
        Some(if card_us > bound_us / 2.0 {
            Self::CoarseCard
        } else if told(report.probes_lost) > MANY_LOST {
            Self::LostProbes
        } else if radio && round_trip_us > ASLEEP_US {
            Self::RadioSleeps
        } else if measured_us > round_trip_us / 2.0 {
            Self::NoFloor
        } else {
            Self::LongWay
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_part_of_the_bound_is_the_cause() {
        let of = |bound, card, round_trip, lost, radio| {
            let report = Position {
                error_bound_us: Some(bound),
                card_bound_us: Some(card),
                round_trip_us: Some(round_trip),
                probes_lost: Some(lost),
                ..Position::default()
            };
            Cause::of(&report, radio)
        };
        assert_eq!(of(900.0, 800.0, 100.0, 1.0, true), None, "sure enough");
        assert_eq!(of(8_000.0, 7_800.0, 300.0, 0.9, true), Some(Cause::CoarseCard));
        assert_eq!(of(3_000.0, 20.0, 300.0, 0.4, false), Some(Cause::LostProbes));
        assert_eq!(of(52_000.0, 20.0, 100_000.0, 0.0, true), Some(Cause::RadioSleeps));
        assert_eq!(of(52_000.0, 20.0, 100_000.0, 0.0, false), Some(Cause::LongWay), "a wire does not sleep");
        assert_eq!(of(2_000.0, 20.0, 1_000.0, 0.01, true), Some(Cause::NoFloor));
        assert_eq!(of(1_500.0, 20.0, 2_800.0, 0.01, true), Some(Cause::LongWay));
        assert_eq!(of(f64::NAN, 1.0, 1.0, 0.0, true), None);
        assert_eq!(Cause::of(&Position::default(), true), None, "nothing is known");
    }
}
