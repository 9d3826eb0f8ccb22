//! Sound that says what it is: which frame of which entry.
//!
//! So that what is *heard* need not be believed from a report. Left and right are a slow circle: the angle is the
//! position (it comes round every two seconds), the radius the entry. Whatever the renderer does to it (resample,
//! crossfade, place on a wrong line) comes out of the card, and is read there to some tens of nanoseconds.

use std::{f64::consts::TAU, rc::Rc};

/// Seconds in which the circle comes round.
const ROUND_S: f64 = 2.0;
/// The radius of the first entry, and how much each further one adds.
const RADIUS: (f64, f64) = (0.2, 0.05);
/// Entries that can be told apart.
pub const ENTRIES: usize = 12;

/// One round of the circle at a rate, to copy from.
#[derive(Debug, Clone)]
pub struct Circle {
    rate: u32,
    points: Rc<[(f32, f32)]>,
}

impl Circle {
    /// For media of `rate` frames a second.
    pub fn new(rate: u32) -> Self {
        let count = (f64::from(rate) * ROUND_S) as usize;
        let angle = |k: usize| TAU * k as f64 / count as f64;
        let points = (0..count).map(|k| (angle(k).cos() as f32, angle(k).sin() as f32)).collect();
        Self { rate, points }
    }

    /// Left and right of a frame of the entry with this number.
    pub fn frame(&self, entry: usize, frame: i64) -> (f32, f32) {
        let (x, y) = self.points[frame.rem_euclid(self.points.len() as i64) as usize];
        let radius = radius_of(entry) as f32;
        (radius * x, radius * y)
    }

    /// The media's rate.
    pub fn rate(&self) -> u32 {
        self.rate
    }
}

/// The meaning of a frame that came out of a card.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SoundedFrame {
    /// Nothing.
    Silence,
    /// Some sound, between two: a fade, a crossfade, a seam.
    Unclear {
        /// How far out it is: between those of entries.
        radius: f64,
        /// The place in the round, seconds; of two that share the time, if they are at the same place of theirs.
        seconds: f64,
    },
    /// This position of the entry with this number, seconds, 0..2.
    Frame {
        /// The entry's number.
        entry: usize,
        /// The place in its present round, seconds.
        seconds: f64,
    },
}

impl SoundedFrame {
    /// Reads left and right.
    pub fn of(left: f32, right: f32) -> Self {
        let (x, y) = (f64::from(left), f64::from(right));
        let radius = x.hypot(y);
        if radius < 1e-4 {
            return Self::Silence;
        }
        let number = (radius - RADIUS.0) / RADIUS.1;
        let seconds = (y.atan2(x) / TAU * ROUND_S).rem_euclid(ROUND_S);
        if (number - number.round()).abs() > 0.02 || number.round() < 0.0 || number.round() >= ENTRIES as f64 {
            return Self::Unclear { radius, seconds };
        }
        Self::Frame { entry: number.round() as usize, seconds }
    }
}

/// The radius of the entry with this number.
pub fn radius_of(entry: usize) -> f64 {
    RADIUS.0 + RADIUS.1 * (entry % ENTRIES) as f64
}

/// How much later `heard` is in the circle than `due`, seconds, taken as the shorter way round.
pub fn ahead(heard: f64, due: f64) -> f64 {
    let apart = (heard - due).rem_euclid(ROUND_S);
    if apart > ROUND_S / 2.0 { apart - ROUND_S } else { apart }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_played_is_read_to_a_fraction_of_a_microsecond() {
        let c = Circle::new(8_000);
        for (entry, frame) in [(0, 0), (3, 12_345), (11, 8_000 * 3_600 + 17)] {
            let (l, r) = c.frame(entry, frame);
            let SoundedFrame::Frame { entry: e, seconds } = SoundedFrame::of(l, r) else { panic!("clear") };
            assert_eq!(e, entry);
            assert!(ahead(seconds, frame as f64 / 8_000.0).abs() < 1e-7);
        }
        assert_eq!(SoundedFrame::of(0.0, 0.0), SoundedFrame::Silence);
        assert!(matches!(SoundedFrame::of(0.1, 0.0), SoundedFrame::Unclear { .. }));
    }
}
