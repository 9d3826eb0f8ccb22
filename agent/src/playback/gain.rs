//! Volume and mute, ramped, at the very frame they were asked for.

use crate::clock::ServerInstant;

/// A gain that moves to its next value over a while, beginning at a server instant.
#[derive(Debug, Clone, Copy)]
pub struct GainRamp {
    from: f32,
    to: f32,
    begin: ServerInstant,
    length_us: f64,
}

/// No ramp is shorter than this, microseconds: a step in the gain is a click.
pub const LEAST_RAMP_US: f64 = 5_000.0;

impl GainRamp {
    /// `gain` at once: for the start, before anything sounds.
    pub fn constant(gain: f32) -> Self {
        Self { from: gain, to: gain, begin: ServerInstant::default(), length_us: LEAST_RAMP_US }
    }

    /// Move to `gain` within `length_us`, from `begin` on; from wherever the gain then is.
    pub fn go(&mut self, gain: f32, begin: ServerInstant, length_us: f64) {
        *self = Self { from: self.at(begin), to: gain, begin, length_us: length_us.max(LEAST_RAMP_US) };
    }

    /// Moves it in time: its instants are told on another clock.
    pub fn shift(&mut self, us: i64) {
        self.begin = self.begin.plus_whole(us);
    }

    /// The gain at an instant.
    pub fn at(&self, t: ServerInstant) -> f32 {
        let done = (t.minus(self.begin) / self.length_us).clamp(0.0, 1.0) as f32;
        self.from + (self.to - self.from) * smooth(done)
    }

    /// Whether the gain is the same from `t` on.
    pub fn is_settled(&self, t: ServerInstant) -> bool {
        t.minus(self.begin) >= self.length_us
    }

    /// Where it ends.
    pub fn target(&self) -> f32 {
        self.to
    }
}

/// A ramp from 0 to 1 that begins and ends level.
pub fn smooth(x: f32) -> f32 {
    let x = x.clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use downbeat_protocol::ServerTime;

    #[test]
    fn moves_from_where_it_is_without_a_step() {
        let t = |us| ServerInstant::from(ServerTime(us));
        let mut g = GainRamp::constant(1.0);
        g.go(0.0, t(1_000_000), 20_000.0);
        assert!((g.at(t(999_999)) - 1.0).abs() < 1e-6, "not before its instant");
        let before = g.at(t(1_010_000));
        g.go(1.0, t(1_010_000), 20_000.0);
        assert!((g.at(t(1_010_000)) - before).abs() < 1e-6, "turned round in the middle of a ramp");
        assert!((g.at(t(1_030_000)) - 1.0).abs() < 1e-6);
        assert!(g.is_settled(t(1_030_000)) && !g.is_settled(t(1_029_999)));
    }
}
