//! How two entries that overlap share the time in which both sound: with equal power.
//!
//! The younger rises by the sine of a quarter turn while the older falls by its cosine, both over the same span of
//! server time. So every speaker is at the same point of it, also one that joined in the middle.

use std::f32::consts::FRAC_PI_2;

use super::gain::{FADE_US, smooth};
use crate::clock::ServerInstant;

/// A span of server time in which a voice rises or falls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// From when.
    pub from: ServerInstant,
    /// For how long, microseconds, above 0.
    pub length_us: f64,
}

impl Span {
    /// How far through it `t` is, 0..=1.
    fn done(&self, t: ServerInstant) -> f32 {
        (t.minus(self.from) / self.length_us.max(1.0)).clamp(0.0, 1.0) as f32
    }

    /// The same, told on another clock.
    #[must_use]
    pub fn shifted(self, us: i64) -> Self {
        Self { from: self.from.plus_whole(us), ..self }
    }
}

/// How loud a voice is for what it shares its time with.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Crossfade {
    /// It rises from silence: the entry before falls.
    rise: Option<Span>,
    /// It falls to silence: the entry after rises.
    fall: Option<Span>,
    /// The fall that was in force before, and from when on the present one is: between them it glides.
    before: Option<(Option<Span>, ServerInstant)>,
}

impl Crossfade {
    /// A voice that rises and falls then, if at all.
    pub fn new(rise: Option<Span>, fall: Option<Span>) -> Self {
        Self { rise, fall, before: None }
    }

    /// It is to fall then, or not at all; `now` if it sounds already.
    pub fn fall(&mut self, fall: Option<Span>, now: Option<ServerInstant>) {
        if fall != self.fall {
            self.before = now.map(|now| (self.fall, now));
            self.fall = fall;
        }
    }

    /// Moves it in time: its instants are told on another clock.
    pub fn shift(&mut self, us: i64) {
        self.rise = self.rise.map(|s| s.shifted(us));
        self.fall = self.fall.map(|s| s.shifted(us));
        self.before = self.before.map(|(s, t)| (s.map(|s| s.shifted(us)), t.plus_whole(us)));
    }

    /// True if it is anything but as loud as can be in the `us` microseconds from `t` on.
    pub fn is_at_work(&self, t: ServerInstant, us: f64) -> bool {
        self.rise.is_some_and(|s| t.minus(s.from) < s.length_us)
            || self.fall.is_some_and(|s| t.minus(s.from) + us > 0.0)
            || self.before.is_some_and(|(_, since)| t.minus(since) < FADE_US)
    }

    /// The factor at `t`.
    pub fn at(&self, t: ServerInstant) -> f32 {
        let falls = |fall: Option<Span>| fall.map_or(1.0, |s| (FRAC_PI_2 * s.done(t)).cos());
        let mut fall = falls(self.fall);
        if let Some((before, since)) = self.before {
            let new = smooth((t.minus(since) / FADE_US) as f32);
            fall = new * fall + (1.0 - new) * falls(before);
        }
        fall * self.rise.map_or(1.0, |s| (FRAC_PI_2 * s.done(t)).sin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use downbeat_protocol::ServerTime;

    fn t(us: i64) -> ServerInstant {
        ServerInstant::from(ServerTime(us))
    }

    #[test]
    fn the_power_of_both_is_one() {
        let span = Span { from: t(1_000_000), length_us: 4e6 };
        let (older, younger) = (Crossfade::new(None, Some(span)), Crossfade::new(Some(span), None));
        for us in (0..6_000_000).step_by(10_007) {
            let power = older.at(t(us)).powi(2) + younger.at(t(us)).powi(2);
            assert!((power - 1.0).abs() < 1e-6, "{power} at {us}");
        }
        assert!((older.at(t(1_000_000)) - 1.0).abs() < 1e-6 && younger.at(t(1_000_000)).abs() < 1e-6);
        assert!(older.at(t(5_000_000)).abs() < 1e-6 && (younger.at(t(5_000_000)) - 1.0).abs() < 1e-6);
        assert!(!older.is_at_work(t(0), 999_000.0) && older.is_at_work(t(0), 1_001_000.0));
        assert!(!younger.is_at_work(t(5_000_000), 1e3));
    }

    #[test]
    fn a_fall_that_is_called_off_is_left_without_a_step() {
        let mut c = Crossfade::new(None, Some(Span { from: t(0), length_us: 1e6 }));
        let before = c.at(t(500_000));
        c.fall(None, Some(t(500_000)));
        assert!((c.at(t(500_000)) - before).abs() < 1e-6);
        let steps = (500_000..510_000).map(|us| (c.at(t(us + 20)) - c.at(t(us))).abs()).fold(0.0f32, f32::max);
        assert!(steps < 0.002, "{steps}");
        assert!((c.at(t(510_000)) - 1.0).abs() < 1e-6);
    }
}
