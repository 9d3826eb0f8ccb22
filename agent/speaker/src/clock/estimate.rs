//! The knowledge of the coordinator's clock: immutable, copied to every user, the audio callback included.

use downbeat_protocol::{ClockId, LocalTime, Ppm, ServerTime, exchange::Offset};

/// An instant of server time, finer than a microsecond: `whole` + `fraction_us`, 0 <= fraction < 1.
///
/// A single `f64` would lose the fraction as the coordinator's uptime grows.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct ServerInstant {
    /// Whole microseconds.
    pub whole: ServerTime,
    /// The rest.
    pub fraction_us: f64,
}

impl ServerInstant {
    /// This instant moved by `us` microseconds.
    #[must_use]
    pub fn plus(self, us: f64) -> Self {
        let sum = self.fraction_us + us;
        let whole = sum.floor();
        Self { whole: self.whole.plus_micros(whole as i64), fraction_us: sum - whole }
    }

    /// This instant moved by whole microseconds, however many, without rounding.
    #[must_use]
    pub fn plus_whole(self, us: i64) -> Self {
        Self { whole: self.whole.plus_micros(us), ..self }
    }

    /// Microseconds from `earlier` to this instant.
    pub fn minus(self, earlier: Self) -> f64 {
        self.whole.micros_since(earlier.whole) as f64 + (self.fraction_us - earlier.fraction_us)
    }
}

impl From<ServerTime> for ServerInstant {
    fn from(whole: ServerTime) -> Self {
        Self { whole, fraction_us: 0.0 }
    }
}

/// The bound in deviations. Not three: queues of one moment are alike, and shapes of delays are guessed.
const BOUND_SIGMAS: f64 = 4.5;

/// Server time as a line over local time, with what it may be wrong by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClockEstimate {
    /// The id of the coordinator's clock.
    pub clock_id: ClockId,
    /// The local instant at which `offset` holds.
    pub local: LocalTime,
    /// Server time minus local time at `local`.
    pub offset: Offset,
    /// How much faster the server's clock runs than the local one.
    pub skew: Ppm,
    /// Variance of the offset at `local`, us^2.
    pub offset_variance: f64,
    /// Covariance of offset and skew, us ppm.
    pub covariance: f64,
    /// Variance of the skew, ppm^2.
    pub skew_variance: f64,
    /// How fast the skew wanders, ppm^2 a second.
    pub wander: f64,
    /// The least round trip of late, microseconds.
    pub delay_floor_us: f64,
    /// How far bursts usually lie above it, microseconds.
    pub jitter_us: f64,
    /// The share of the exchanges of late that were not answered.
    pub probes_lost: f64,
    /// The most that one way's being longer than the other can have put into the offset, microseconds.
    pub asymmetry_us: f64,
}

impl ClockEstimate {
    /// Server time at a local instant.
    pub fn server_at(&self, local: LocalTime) -> ServerInstant {
        // local time in whole microseconds and the rest, so that nothing is lost in an f64
        let (whole_us, rest_ns) = (local.0.div_euclid(1000), local.0.rem_euclid(1000));
        let moved = self.skew.0 * local.seconds_since(self.local);
        ServerInstant { whole: ServerTime(whole_us.saturating_add(self.offset.whole_us)), fraction_us: 0.0 }
            .plus(rest_ns as f64 / 1000.0 + self.offset.fraction_us + moved)
    }

    /// The local instant at which it is `server` time, to the nanosecond.
    pub fn local_at(&self, server: ServerInstant) -> LocalTime {
        let there = self.server_at(self.local);
        let ahead_us = server.minus(there);
        self.local.plus_nanos((ahead_us * 1000.0 / self.skew.factor()).round() as i64)
    }

    /// Standard deviation of the offset at a local instant, microseconds.
    pub fn deviation_us(&self, local: LocalTime) -> f64 {
        let dt = local.seconds_since(self.local).max(0.0);
        let variance = self.offset_variance
            + 2.0 * dt * self.covariance
            + dt * dt * self.skew_variance
            + self.wander * dt * dt * dt / 3.0;
        variance.max(0.0).sqrt()
    }

    /// The bound of the error that measuring makes, microseconds: how far the offset may be from the one at which both
    /// ways are equally long.
    pub fn measured_bound_us(&self, local: LocalTime) -> f64 {
        BOUND_SIGMAS * self.deviation_us(local)
    }

    /// The bound of the estimate's error at a local instant, microseconds. The ways' inequality is in it, which cannot
    /// be seen from four stamps.
    pub fn error_bound_us(&self, local: LocalTime) -> f64 {
        self.asymmetry_us + self.measured_bound_us(local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn estimate(local: i64, offset: i64, skew: f64) -> ClockEstimate {
        ClockEstimate {
            clock_id: ClockId::random(),
            local: LocalTime(local),
            offset: Offset::from_nanos(i128::from(offset)),
            skew: Ppm(skew),
            offset_variance: 1.0,
            covariance: 0.0,
            skew_variance: 0.0,
            wander: 0.0,
            delay_floor_us: 0.0,
            jitter_us: 0.0,
            probes_lost: 0.0,
            asymmetry_us: 0.0,
        }
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same_nanosecond(
            local in 0i64..40_000_000_000_000_000, // over a year
            offset in -40_000_000_000_000_000i64..40_000_000_000_000_000,
            skew in -500.0f64..500.0,
            later in -3_600_000_000_000i64..3_600_000_000_000,
        ) {
            let e = estimate(local, offset, skew);
            let t = LocalTime(local + later);
            prop_assert!((e.local_at(e.server_at(t)).0 - t.0).abs() <= 1);
        }

        #[test]
        fn instants_add_and_subtract(whole in -1_000_000_000_000i64..1_000_000_000_000, us in -1e9f64..1e9) {
            let i = ServerInstant::from(ServerTime(whole));
            prop_assert!((i.plus(us).minus(i) - us).abs() < 1e-6);
            prop_assert!((0.0..=1.0).contains(&i.plus(us).fraction_us));
        }
    }

    #[test]
    fn a_year_of_uptime_costs_no_precision() {
        let year = 31_536_000_000_000_000i64;
        let e = estimate(year, 123, 0.0);
        let a = e.server_at(LocalTime(year));
        let b = e.server_at(LocalTime(year + 1));
        assert!((b.minus(a) - 0.001).abs() < 1e-9, "one nanosecond later");
    }
}
