//! The sound that was heard: the WAV file of a virtual sound card, and the true instant of each of its frames.

use std::path::{Path, PathBuf};

/// A recording.
#[derive(Debug)]
pub struct Recording {
    /// Frames a second, nominally.
    pub rate: u32,
    /// The left channel.
    pub left: Vec<f32>,
    /// The right channel.
    pub right: Vec<f32>,
    /// Its runs, in order.
    pub runs: Vec<Run>,
}

/// A run of the card without a standstill.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// Its first frame.
    pub first: usize,
    /// The frame after its last.
    pub end: usize,
    /// The true instant of its first frame, microseconds of the machine's raw clock (here: of server time).
    pub began_us: f64,
    /// True frames a second.
    pub rate: f64,
}

impl Run {
    /// The true instant of a frame, microseconds.
    pub fn instant_of(&self, frame: usize) -> f64 {
        self.began_us + (frame as f64 - self.first as f64) * 1e6 / self.rate
    }

    /// The first frame of the run that is not heard before `at_us`.
    pub fn frame_at(&self, at_us: f64) -> usize {
        let frame = self.first as f64 + ((at_us - self.began_us) * self.rate * 1e-6).ceil();
        (frame.max(0.0) as usize).clamp(self.first, self.end)
    }
}

impl Recording {
    /// Reads a recording; of a card that was killed, as far as it came.
    pub fn read(wav: &Path) -> Self {
        let mut reader = hound::WavReader::open(wav).unwrap_or_else(|e| panic!("{}: {e}", wav.display()));
        let rate = reader.spec().sample_rate;
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for (k, sample) in reader.samples::<f32>().map_while(Result::ok).enumerate() {
            if k % 2 == 0 { left.push(sample) } else { right.push(sample) }
        }
        left.truncate(right.len());
        let mut list = PathBuf::from(wav).into_os_string();
        list.push(".seg");
        let list = std::fs::read_to_string(&list).unwrap_or_else(|e| panic!("{}: {e}", list.display()));
        let runs = runs(&list, left.len());
        Self { rate, left, right, runs }
    }
}

fn runs(list: &str, recorded: usize) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for line in list.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        let number = |k: usize| words.get(k).and_then(|w| w.parse::<f64>().ok());
        match (words.first(), number(1), number(2), number(3)) {
            (Some(&"seg"), Some(first), Some(began_ns), Some(rate)) => {
                runs.push(Run { first: first as usize, end: recorded, began_us: began_ns / 1e3, rate });
            }
            (Some(&"end"), Some(frames), ..) => {
                if let Some(run) = runs.last_mut() {
                    run.end = (run.first + frames as usize).min(recorded);
                }
            }
            // cut by a kill
            _ => {}
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_their_instants() {
        let list = "seg 0 1000000 48000.000000000\nend 960 underrun 21000000\nseg 960 50000000 48048.0\n";
        let runs = runs(list, 10_000);
        assert_eq!(runs.len(), 2);
        assert_eq!((runs[0].first, runs[0].end, runs[1].first, runs[1].end), (0, 960, 960, 10_000));
        assert!((runs[0].instant_of(48) - 2_000.0).abs() < 1e-6);
        assert!((runs[1].instant_of(960 + 48_048) - 1_050_000.0).abs() < 1e-6);
        assert_eq!(runs[0].frame_at(2_000.0), 48);
        assert_eq!(runs[0].frame_at(1e9), 960, "not beyond its end");
    }
}
