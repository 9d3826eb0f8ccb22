//! Volume and mute, ramped, at the very frame they were asked for.

use crate::clock::ServerInstant;

/// Length of a fade-in or fade-out, microseconds: short enough to be exact, long enough not to click.
pub const FADE_US: f64 = 8_000.0;

/// So many changes are known at once: a slider that is dragged asks for one every few tens of milliseconds.
/// Each is a lead ahead.
const MOST: usize = 16;
/// No ramp is shorter than this, microseconds: a step in the gain is a click.
pub const LEAST_RAMP_US: f64 = 5_000.0;

/// A gain over time: it moves from value to value, each move beginning at a server instant.
#[derive(Debug, Clone, Copy)]
pub struct GainRamp {
    /// In the order of their beginnings; the last `MOST`, of which so many count. Never empty.
    moves: [Move; MOST],
    count: usize,
}

#[derive(Debug, Clone, Copy, Default)]
struct Move {
    from: f32,
    to: f32,
    begin: ServerInstant,
    length_us: f64,
}

impl Move {
    fn at(&self, t: ServerInstant) -> f32 {
        let done = (t.minus(self.begin) / self.length_us).clamp(0.0, 1.0) as f32;
        self.from + (self.to - self.from) * smooth(done)
    }
}

impl GainRamp {
    /// `gain` at once: for the start, before anything sounds.
    pub fn constant(gain: f32) -> Self {
        let all_along = Move { from: gain, to: gain, begin: ServerInstant::default(), length_us: LEAST_RAMP_US };
        Self { moves: [all_along; MOST], count: 1 }
    }

    /// Move to `gain` within `length_us`, from `begin` on; from wherever the gain then is. What was to begin later is
    /// void, what begins earlier goes on until then.
    pub fn go(&mut self, gain: f32, begin: ServerInstant, length_us: f64) {
        let next = Move { from: self.at(begin), to: gain, begin, length_us: length_us.max(LEAST_RAMP_US) };
        while self.count > 0 && self.moves[self.count - 1].begin >= begin {
            self.count -= 1;
        }
        if self.count == MOST {
            self.moves.copy_within(1.., 0);
            self.count -= 1;
        }
        self.moves[self.count] = next;
        self.count += 1;
    }

    /// Moves it in time: its instants are told on another clock.
    pub fn shift(&mut self, us: i64) {
        self.moves.iter_mut().for_each(|m| m.begin = m.begin.plus_whole(us));
    }

    /// The gain at an instant.
    pub fn at(&self, t: ServerInstant) -> f32 {
        let moves = &self.moves[..self.count];
        moves.iter().rfind(|m| m.begin <= t).unwrap_or(&moves[0]).at(t)
    }

    /// True if the gain is the same from `t` on.
    pub fn is_settled(&self, t: ServerInstant) -> bool {
        let last = &self.moves[self.count - 1];
        t.minus(last.begin) >= last.length_us
    }

    /// The gain after the last move, linear.
    pub fn target(&self) -> f32 {
        self.moves[self.count - 1].to
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

    #[test]
    fn a_slider_that_is_dragged_is_no_step() {
        let t = |us| ServerInstant::from(ServerTime(us));
        let mut g = GainRamp::constant(1.0);
        // told every 30 ms, each 70 ms ahead and 50 ms long; looked at every half a millisecond
        let mut heard = Vec::new();
        for ms in 0..1_500 {
            if ms % 30 == 0 && ms < 1_200 {
                g.go(if ms % 60 == 0 { 0.1 } else { 0.9 }, t((ms + 70) * 1_000), 50_000.0);
            }
            heard.extend([g.at(t(ms * 1_000)), g.at(t(ms * 1_000 + 500))]);
        }
        let step = heard.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0f32, f32::max);
        assert!(step < 0.02, "{step}");
        assert!(heard.iter().any(|g| *g < 0.5) && (heard[heard.len() - 1] - 0.9).abs() < 1e-6);
    }

    #[test]
    fn more_moves_than_can_be_kept_forget_the_oldest() {
        let t = |us| ServerInstant::from(ServerTime(us));
        let mut g = GainRamp::constant(0.0);
        for k in 1..=100 {
            g.go(k as f32 / 100.0, t(k * 10_000), 10_000.0);
        }
        assert!((g.at(t(1_000_000)) - 0.99).abs() < 1e-6 && (g.at(t(1_010_000)) - 1.0).abs() < 1e-6);
        g.go(0.5, t(500_000), 10_000.0);
        assert!((g.at(t(2_000_000)) - 0.5).abs() < 1e-6 && (g.target() - 0.5).abs() < 1e-6);
    }
}
