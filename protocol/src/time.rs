//! Time types. A server instant and a local instant are both "a number of ticks", and mixing them up is the classic
//! fault of this field: here it does not compile. Arithmetic saturates, so no foreign number can make it panic.

use serde::{Deserialize, Serialize};

/// An instant on the coordinator's monotonic clock, in microseconds. Meaningful only together with the
/// [`ClockId`](crate::ClockId) of the clock it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ServerTime(pub i64);

impl ServerTime {
    /// Microseconds since the clock's zero.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// This instant moved by `micros` (negative: earlier).
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Microseconds from `earlier` to this instant; negative if `earlier` is in truth later.
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// An instant on this machine's raw monotonic clock, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LocalTime(pub i64);

impl LocalTime {
    /// Nanoseconds since the clock's zero.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// This instant moved by `nanos` (negative: earlier).
    #[must_use]
    pub const fn plus_nanos(self, nanos: i64) -> Self {
        Self(self.0.saturating_add(nanos))
    }

    /// This instant moved by `micros` (negative: earlier).
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros.saturating_mul(1000)))
    }

    /// Nanoseconds from `earlier` to this instant; negative if `earlier` is in truth later.
    pub const fn nanos_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Seconds from `earlier` to this instant.
    pub fn seconds_since(self, earlier: Self) -> f64 {
        self.nanos_since(earlier) as f64 * 1e-9
    }
}

/// A count of, or a position in, audio frames (one frame = one sample of every channel).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Frames(pub i64);

impl Frames {
    /// The frame nearest to `seconds` at `rate` frames a second.
    pub fn from_seconds(seconds: f64, rate: u32) -> Self {
        Self((seconds * f64::from(rate)).round() as i64)
    }

    /// These frames in seconds at `rate` frames a second (0 for a rate of 0).
    pub fn as_seconds(self, rate: u32) -> f64 {
        if rate == 0 { 0.0 } else { self.0 as f64 / f64::from(rate) }
    }
}

/// A relative rate, in parts per million: how much faster one clock runs than another.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ppm(pub f64);

impl Ppm {
    /// The factor by which a clock this much faster advances: 1 + ppm/1e6.
    pub fn factor(self) -> f64 {
        1.0 + self.0 * 1e-6
    }

    /// The rate of a clock that advances by `factor` while the reference advances by one.
    pub fn from_factor(factor: f64) -> Self {
        Self((factor - 1.0) * 1e6)
    }
}
