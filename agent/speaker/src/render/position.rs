//! A position between frames.

use downbeat_protocol::timeline::Line;

use crate::clock::ServerInstant;

/// A position in an entry: whole frames and the rest, 0 <= rest < 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FramePosition {
    /// Whole frames.
    pub frame: i64,
    /// The rest.
    pub rest: f64,
}

/// The place in `line` that is heard at `t`, without the rounding that a single float would bring after days of uptime.
pub fn position_on(line: &Line, t: ServerInstant) -> FramePosition {
    let elapsed = i128::from(t.whole.0) - i128::from(line.anchor.0);
    let scaled = elapsed * i128::from(line.rate);
    let whole = i128::from(line.frames.0) + scaled.div_euclid(1_000_000);
    let rest = scaled.rem_euclid(1_000_000) as f64 / 1e6 + t.fraction_us * f64::from(line.rate) * 1e-6;
    let carry = rest.floor();
    let frame = i64::try_from(whole).unwrap_or(if whole < 0 { i64::MIN / 2 } else { i64::MAX / 2 });
    FramePosition { frame: frame.clamp(i64::MIN / 2, i64::MAX / 2) + carry as i64, rest: rest - carry }
}
