//! A fixture's sound as another decoder gives it, small enough to be kept: see fixtures/odd/make.py.

use crate::common::bytes;

/// Frames of a block, and sums that are kept of each block and channel.
const BLOCK: usize = 2048;
const ROWS: usize = 6;

/// The reference decoder's sound, as a sketch.
#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) frames: usize,
    sums: Vec<f64>,
}

/// How far a sound is from its reference, of full scale: root mean square of the difference.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Distance {
    pub(crate) rms: f64,
    /// The same of the block that is the furthest.
    pub(crate) worst: f64,
    /// Root mean square of the reference itself.
    pub(crate) level: f64,
}

/// The references of all odd fixtures, by name.
pub(crate) fn references() -> Vec<(String, Reference)> {
    let text = String::from_utf8(bytes("odd/references.txt")).expect("text");
    let reference = |line: &str| {
        let mut fields = line.split(' ');
        let name = fields.next().expect("a name").to_owned();
        let frames = fields.next().expect("frames").parse().expect("a number");
        (name, Reference { frames, sums: fields.map(|x| x.parse().expect("a number")).collect() })
    };
    text.lines().map(reference).collect()
}

fn sign(frame: usize, row: usize) -> f64 {
    let mut h = (frame as u32).wrapping_mul(ROWS as u32).wrapping_add(row as u32).wrapping_mul(0x9E37_79B1);
    h ^= h >> 15;
    h = h.wrapping_mul(0x85EB_CA77);
    h ^= h >> 13;
    if h >> 31 == 0 { 1.0 } else { -1.0 }
}

impl Reference {
    /// Compares interleaved stereo with it. What one has and the other has not is compared with silence, but for
    /// frames behind the last whole block.
    pub(crate) fn distance(&self, samples: &[f32]) -> Distance {
        let (mut power, mut level, mut worst) = (0.0, 0.0, 0.0_f64);
        for (n, sums) in self.sums.chunks(2 * ROWS).enumerate() {
            let first = n * BLOCK;
            let length = (self.frames - first).min(BLOCK);
            let mut of_block = 0.0;
            for (i, wanted) in sums.iter().enumerate() {
                let (side, row) = (i / ROWS, i % ROWS);
                let sample = |frame: usize| samples.get(2 * frame + side).copied().unwrap_or(0.0);
                let sum: f64 = (first..first + length).map(|n| f64::from(sample(n)) * sign(n, row)).sum();
                of_block += (sum - wanted).powi(2) / ROWS as f64;
                level += wanted.powi(2) / ROWS as f64;
            }
            worst = worst.max((of_block / (2 * length) as f64).sqrt());
            power += of_block;
        }
        let all = (2 * self.frames.max(1)) as f64;
        Distance { rms: (power / all).sqrt(), worst, level: (level / all).sqrt() }
    }
}
