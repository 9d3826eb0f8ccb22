//! From a person's 0..100 to a gain.
//!
//! The scale is perceptual: the gain is v^(10/3), so half way is -20 dB and a tenth is -67 dB, which is about how
//! people expect a volume knob to turn. 100 is unity: a volume never amplifies, so it never clips.

use serde::{Deserialize, Serialize};

/// A volume as people set it, 0 (silent) to 100 (as recorded).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Volume(f32);

impl Volume {
    /// As recorded.
    pub const FULL: Self = Self(100.0);

    /// `percent` if it is within 0..=100.
    pub fn new(percent: f32) -> Option<Self> {
        (0.0..=100.0).contains(&percent).then_some(Self(percent))
    }

    /// `percent` brought into 0..=100; a NaN is silence.
    pub fn clamped(percent: f32) -> Self {
        if percent.is_nan() { Self(0.0) } else { Self(percent.clamp(0.0, 100.0)) }
    }

    /// 0..=100.
    pub fn percent(self) -> f32 {
        Self::clamped(self.0).0
    }

    /// The amplitude factor, 0..=1.
    pub fn gain(self) -> f32 {
        (self.percent() / 100.0).powf(10.0 / 3.0)
    }

    /// The volume whose gain is this, if it is within 0 (silent) and 1.
    pub fn from_decibels(decibels: f32) -> Option<Self> {
        // the rounding of a value that was read may lie a hair above
        (decibels <= 1e-3).then(|| Self::clamped(100.0 * 10f32.powf(decibels.min(0.0) * 3.0 / 200.0)))
    }

    /// The same in decibels; negative infinity for silence.
    pub fn decibels(self) -> f32 {
        20.0 * self.gain().log10()
    }
}

impl Default for Volume {
    fn default() -> Self {
        Self::FULL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_perceptual_and_never_amplifies() {
        assert!((Volume::clamped(50.0).decibels() + 20.07).abs() < 0.01);
        assert!((Volume::FULL.gain() - 1.0).abs() < f32::EPSILON);
        assert!(Volume::clamped(0.0).gain().abs() < f32::EPSILON);
        assert!(Volume::clamped(f32::NAN).gain().abs() < f32::EPSILON);
        for v in [0.0, 1.0, 37.5, 100.0] {
            let there_and_back = Volume::from_decibels(Volume::clamped(v).decibels()).unwrap_or_default();
            assert!((there_and_back.percent() - v).abs() < 1e-3, "{v} {there_and_back:?}");
        }
        assert_eq!(Volume::from_decibels(1.0), None);
        assert_eq!(Volume::from_decibels(f32::NAN), None);
        assert_eq!(Volume::new(300.0), None);
        assert_eq!(Volume::new(f32::NAN), None);
        let mut last = -1.0;
        for v in 0..=100 {
            let gain = Volume::clamped(v as f32).gain();
            assert!(gain > last);
            last = gain;
        }
    }
}
