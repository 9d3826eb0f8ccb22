//! Any number of channels, made into two.
//!
//! Mono is doubled, stereo passes untouched. More channels are mixed by the coefficients of ITU-R BS.775: front left
//! and right at 1, centre and surrounds at 0.7071, a single rear centre at 0.5 to both, the low-frequency channel left
//! out; heights count as surrounds. The sum is scaled so that no input can clip: a 5.1 file is 7.7 dB quieter in its
//! front channels than the same music in stereo.

use std::f32::consts::FRAC_1_SQRT_2;

use symphonia::core::audio::{Channels, Position};

/// The places of the channels if the file does not say, by their number.
const DEFAULT_POSITIONS: [Position; 6] = [
    Position::FRONT_LEFT.union(Position::FRONT_RIGHT).union(Position::FRONT_CENTER),
    Position::FRONT_LEFT.union(Position::FRONT_RIGHT).union(Position::REAR_LEFT).union(Position::REAR_RIGHT),
    FRONT.union(Position::REAR_LEFT).union(Position::REAR_RIGHT),
    FRONT.union(Position::LFE1).union(Position::REAR_LEFT).union(Position::REAR_RIGHT),
    FRONT.union(Position::LFE1).union(Position::REAR_CENTER).union(Position::SIDE_LEFT).union(Position::SIDE_RIGHT),
    FRONT
        .union(Position::LFE1)
        .union(Position::REAR_LEFT)
        .union(Position::REAR_RIGHT)
        .union(Position::SIDE_LEFT)
        .union(Position::SIDE_RIGHT),
];
const FRONT: Position = Position::FRONT_LEFT.union(Position::FRONT_RIGHT).union(Position::FRONT_CENTER);

/// How many channels come in, and what each gives to left and right.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Downmix {
    Mono,
    Stereo,
    Matrix(Vec<[f32; 2]>),
}

impl Downmix {
    pub(crate) fn new(channels: &Channels) -> Self {
        match channels.count() {
            0 | 1 => Self::Mono,
            2 => Self::Stereo,
            n => {
                let positions = match channels {
                    Channels::Positioned(p) => *p,
                    _ => DEFAULT_POSITIONS.get(n - 3).copied().unwrap_or(Position::empty()),
                };
                let mut rows: Vec<[f32; 2]> = positions.iter().map(weight).collect();
                // Without positions the first two channels are the best guess.
                if rows.len() != n || rows.iter().flatten().all(|w| *w == 0.0) {
                    rows = vec![[0.0; 2]; n];
                    rows[0] = [1.0, 0.0];
                    rows[1] = [0.0, 1.0];
                }
                let sum = |side: usize| rows.iter().map(|w| w[side]).sum::<f32>();
                let scale = sum(0).max(sum(1)).max(1.0).recip();
                rows.iter_mut().flatten().for_each(|w| *w *= scale);
                Self::Matrix(rows)
            }
        }
    }

    /// Appends the interleaved frames of `input` to `output` as stereo, times `gain`. What is not a number is silence.
    pub(crate) fn apply(&self, input: &[f32], gain: f32, output: &mut Vec<f32>) {
        let clean = |x: f32| if x.is_finite() { x * gain } else { 0.0 };
        match self {
            Self::Mono => output.extend(input.iter().flat_map(|x| [clean(*x); 2])),
            Self::Stereo => output.extend(input.iter().map(|x| clean(*x))),
            Self::Matrix(rows) => output.extend(input.chunks_exact(rows.len()).flat_map(|frame| {
                let mix = |side: usize| frame.iter().zip(rows).map(|(x, w)| clean(*x) * w[side]).sum::<f32>();
                [mix(0), mix(1)]
            })),
        }
    }
}

fn weight(position: Position) -> [f32; 2] {
    const LEFT: Position = Position::FRONT_LEFT.union(Position::FRONT_LEFT_CENTER).union(Position::FRONT_LEFT_WIDE);
    const RIGHT: Position = Position::FRONT_RIGHT.union(Position::FRONT_RIGHT_CENTER).union(Position::FRONT_RIGHT_WIDE);
    const LEFT_SURROUND: Position = Position::REAR_LEFT
        .union(Position::SIDE_LEFT)
        .union(Position::TOP_FRONT_LEFT)
        .union(Position::TOP_SIDE_LEFT)
        .union(Position::TOP_REAR_LEFT)
        .union(Position::BOTTOM_FRONT_LEFT);
    const RIGHT_SURROUND: Position = Position::REAR_RIGHT
        .union(Position::SIDE_RIGHT)
        .union(Position::TOP_FRONT_RIGHT)
        .union(Position::TOP_SIDE_RIGHT)
        .union(Position::TOP_REAR_RIGHT)
        .union(Position::BOTTOM_FRONT_RIGHT);
    const LOW: Position = Position::LFE1.union(Position::LFE2);
    match position {
        p if LEFT.contains(p) => [1.0, 0.0],
        p if RIGHT.contains(p) => [0.0, 1.0],
        p if LEFT_SURROUND.contains(p) => [FRAC_1_SQRT_2, 0.0],
        p if RIGHT_SURROUND.contains(p) => [0.0, FRAC_1_SQRT_2],
        Position::FRONT_CENTER => [FRAC_1_SQRT_2; 2],
        p if LOW.contains(p) => [0.0; 2],
        _ => [0.5; 2],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_scale_on_every_channel_does_not_clip() {
        for n in 1..=12_u16 {
            let mix = Downmix::new(&Channels::Discrete(n));
            let mut out = Vec::new();
            mix.apply(&vec![1.0; n.into()], 1.0, &mut out);
            assert_eq!(out.len(), 2);
            assert!(out.iter().all(|x| (0.4..=1.000_001).contains(x)), "{n} channels: {out:?}");
        }
    }

    #[test]
    fn infinity_is_silence() {
        let mut out = Vec::new();
        Downmix::Mono.apply(&[f32::INFINITY, f32::NAN, 0.5], 1.0, &mut out);
        assert_eq!(out, [0.0, 0.0, 0.0, 0.0, 0.5, 0.5]);
    }
}
