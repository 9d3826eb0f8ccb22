//! The sound that is played: frames, as the decoder gives them.

use std::{fs::File, path::Path};

use downbeat_media::Decoder;

/// Stereo frames.
#[derive(Debug, Clone, Default)]
pub struct Sound {
    /// Frames a second.
    pub rate: u32,
    /// The left channel.
    pub left: Vec<f32>,
    /// The right channel.
    pub right: Vec<f32>,
}

impl Sound {
    /// A whole file.
    pub fn decode(path: &Path) -> Self {
        let file = File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let hint = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        let mut decoder = Decoder::open(Box::new(file), hint).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let mut sound = Self { rate: decoder.info().sample_rate, ..Self::default() };
        while let Some(block) = decoder.next_block().unwrap_or_else(|e| panic!("{}: {e}", path.display())) {
            for frame in block.as_chunks::<2>().0 {
                sound.left.push(frame[0]);
                sound.right.push(frame[1]);
            }
        }
        sound
    }

    /// Noise without its highest frequencies, the channels unlike each other: every moment can be told from every
    /// other.
    pub fn noise(rate: u32, seconds: f64, seed: u64) -> Self {
        let frames = (f64::from(rate) * seconds) as usize;
        let channel = |mut state: u64| {
            let mut white = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
            };
            // four one-pole low passes in a row, at a twelfth of the rate
            let mut poles = [0.0f32; 4];
            let mut samples = Vec::with_capacity(frames);
            for _ in 0..frames {
                let mut x = white();
                for pole in &mut poles {
                    *pole += 0.4 * (x - *pole);
                    x = *pole;
                }
                samples.push((x * 0.8).clamp(-0.9, 0.9));
            }
            samples
        };
        Self { rate, left: channel(seed), right: channel(!seed) }
    }

    /// One after the other.
    #[must_use]
    pub fn then(mut self, next: &Self) -> Self {
        assert_eq!(self.rate, next.rate, "joined sounds have one rate");
        self.left.extend(&next.left);
        self.right.extend(&next.right);
        self
    }

    /// The same, louder or quieter.
    #[must_use]
    pub fn scaled(&self, gain: f32) -> Self {
        let scaled = |channel: &[f32]| channel.iter().map(|x| x * gain).collect();
        Self { rate: self.rate, left: scaled(&self.left), right: scaled(&self.right) }
    }

    /// How many frames.
    pub fn frames(&self) -> usize {
        self.left.len()
    }

    /// How long it is, microseconds.
    pub fn micros(&self) -> f64 {
        self.frames() as f64 * 1e6 / f64::from(self.rate)
    }

    /// Its root mean square.
    pub fn rms(&self) -> f64 {
        let power: f64 = self.left.iter().chain(&self.right).map(|x| f64::from(*x).powi(2)).sum();
        (power / (2 * self.frames().max(1)) as f64).sqrt()
    }

    /// Writes it as 16-bit WAV.
    pub fn write_wav(&self, path: &Path) {
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: self.rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(path, spec).expect("a WAV file can be written");
        for (l, r) in self.left.iter().zip(&self.right) {
            for x in [l, r] {
                writer.write_sample((x * 32_767.0).round() as i16).expect("a sample can be written");
            }
        }
        writer.finalize().expect("a WAV file can be finished");
    }
}
