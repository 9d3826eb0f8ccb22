//! Steers *what* is rendered onto *when* it is heard.
//!
//! The renderer keeps a content clock: the server instant whose sound it is rendering. Ideally that is exactly the
//! instant at which the frame is heard. The difference is the sync error; the servo takes it away by letting the
//! content clock run a little faster or slower, which the resampler turns into sound without a seam. There is no
//! dead band and no integrator: the crystals' rates come from the two estimators, so what is left has no slope.
//! Past the threshold nothing is steered: the renderer jumps (re-anchors), with a crossfade.

/// Correction a microsecond of error, ppm: the error falls by a factor e in `1/GAIN` seconds.
const GAIN: f64 = 0.5;
/// An error beyond this was there when the sound began, and is not the slow drift of an estimate, microseconds ...
const EASY_US: f64 = 20.0;
/// ... so what is beyond it dies away twice as fast. No more: the correction could not follow (see [`SLEW_PPM_PER_S`]).
const HASTY_GAIN: f64 = 0.5;
/// The strongest correction, ppm: less than a hundredth of a semitone.
pub const MAX_CORRECTION_PPM: f64 = 500.0;
/// How fast the correction may change, ppm a second: far below what an ear takes for wow.
const SLEW_PPM_PER_S: f64 = 500.0;

/// The answer to the sync error of this moment.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub enum Steer {
    /// Render faster by so many ppm (negative: slower).
    By(f64),
    /// Jump to the right position.
    Reanchor,
}

/// The servo's state: the correction in force.
#[derive(Debug, Clone, Default)]
pub struct Servo {
    correction: f64,
}

impl Servo {
    /// The speaker is `error_us` late (negative: early); `dt` seconds have passed since the last call.
    pub fn steer(&mut self, error_us: f64, threshold_us: f64, dt: f64) -> Steer {
        if error_us.is_nan() || error_us.abs() > threshold_us {
            self.correction = 0.0;
            return Steer::Reanchor;
        }
        let beyond = (error_us.abs() - EASY_US).max(0.0).copysign(error_us);
        let wanted = (GAIN * error_us + HASTY_GAIN * beyond).clamp(-MAX_CORRECTION_PPM, MAX_CORRECTION_PPM);
        let step = SLEW_PPM_PER_S * dt.max(0.0);
        self.correction += (wanted - self.correction).clamp(-step, step);
        Steer::By(self.correction)
    }

    /// Nothing sounds: no correction is in force.
    pub fn rest(&mut self) {
        self.correction = 0.0;
    }

    /// The correction in force, ppm.
    pub fn correction_ppm(&self) -> f64 {
        self.correction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_dies_away_without_overshoot() {
        let mut s = Servo::default();
        let (mut error, dt) = (300.0, 0.01);
        for _ in 0..2_000 {
            match s.steer(error, 5_000.0, dt) {
                Steer::By(ppm) => error -= ppm * dt,
                Steer::Reanchor => panic!("300 us is within the threshold"),
            }
            assert!(error > -15.0, "overshoot to {error} us");
        }
        assert!(error.abs() < 0.5, "{error} us left after 20 s");
    }

    #[test]
    fn past_the_threshold_it_jumps() {
        assert_eq!(Servo::default().steer(5_001.0, 5_000.0, 0.01), Steer::Reanchor);
        assert_eq!(Servo::default().steer(-5_001.0, 5_000.0, 0.01), Steer::Reanchor);
        assert_eq!(Servo::default().steer(f64::NAN, 5_000.0, 0.01), Steer::Reanchor);
    }

    #[test]
    fn the_correction_is_bounded_and_slewed() {
        let mut s = Servo::default();
        let Steer::By(first) = s.steer(4_900.0, 5_000.0, 0.01) else { panic!() };
        assert!(first <= 5.0 + 1e-9);
        for _ in 0..1_000 {
            let Steer::By(ppm) = s.steer(4_900.0, 5_000.0, 0.01) else { panic!() };
            assert!(ppm <= MAX_CORRECTION_PPM);
        }
    }
}
