//! The fixtures, the signal in them, and how to read them.

use std::io::Cursor;
use std::path::PathBuf;

use downbeat_media::{Decoder, Exactness, Format, MediaError, MediaSource};

/// One fixture and what it must give.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fixture {
    pub(crate) file: &'static str,
    pub(crate) format: Format,
    pub(crate) sample_rate: u32,
    pub(crate) channels: u16,
    pub(crate) frames: u64,
    pub(crate) exactness: Exactness,
    /// The source frame that frame 0 is (negative: the encoder's delay is heard).
    pub(crate) first: i64,
    /// The largest difference from the source, of full scale, and its root mean square.
    pub(crate) peak: f32,
    pub(crate) rms: f32,
    /// The most that a seek may differ from a decode from the start.
    pub(crate) seek_peak: f32,
}

const fn fixture(file: &'static str, format: Format, sample_rate: u32, channels: u16, frames: u64) -> Fixture {
    let exactness = Exactness::SampleExact;
    Fixture { file, format, sample_rate, channels, frames, exactness, first: 0, peak: 0.0, rms: 0.0, seek_peak: 0.0 }
}

const fn lossy(fixture: Fixture, peak: f32, rms: f32) -> Fixture {
    Fixture { peak, rms, ..fixture }
}

/// All fixtures but the surround one, whose signal is not stereo.
pub(crate) const FIXTURES: &[Fixture] = &[
    fixture("44100-stereo-16.flac", Format::Flac, 44_100, 2, 50_021),
    fixture("48000-mono-24.flac", Format::Flac, 48_000, 1, 48_017),
    fixture("44100-stereo-16.wav", Format::Wav, 44_100, 2, 25_013),
    fixture("48000-mono-24.wav", Format::Wav, 48_000, 1, 24_011),
    fixture("48000-mono-f32.wav", Format::Wav, 48_000, 1, 20_011),
    fixture("44100-mono-16.aiff", Format::Aiff, 44_100, 1, 40_009),
    fixture("44100-stereo-alac.m4a", Format::Alac, 44_100, 2, 30_013),
    lossy(fixture("44100-stereo-cbr-lame.mp3", Format::Mp3, 44_100, 2, 110_251), 0.1, 0.01),
    lossy(fixture("44100-stereo-vbr-lame.mp3", Format::Mp3, 44_100, 2, 110_251), 0.1, 0.01),
    lossy(fixture("44100-stereo.ogg", Format::Vorbis, 44_100, 2, 110_251), 0.1, 0.01),
    Fixture { seek_peak: 0.02, ..lossy(fixture("48000-stereo.opus", Format::Opus, 48_000, 2, 120_007), 0.1, 0.01) },
    Fixture { seek_peak: 0.02, ..lossy(fixture("48000-mono.opus", Format::Opus, 48_000, 1, 100_003), 0.1, 0.01) },
    Fixture { seek_peak: 0.02, ..lossy(fixture("44100-stereo-aac.m4a", Format::Aac, 44_100, 2, 110_251), 0.7, 0.03) },
    Fixture { seek_peak: 0.02, ..lossy(fixture("48000-mono-aac.m4a", Format::Aac, 48_000, 1, 100_003), 0.7, 0.03) },
    Fixture {
        first: -1105,
        exactness: Exactness::LengthExact,
        ..lossy(fixture("48000-mono-cbr-notag.mp3", Format::Mp3, 48_000, 1, 101_376), 0.1, 0.01)
    },
    Fixture {
        first: -1024,
        exactness: Exactness::LengthExact,
        seek_peak: 0.02,
        ..lossy(fixture("44100-mono-adts.aac", Format::AacAdts, 44_100, 1, 111_616), 0.7, 0.03)
    },
];

/// The bytes of a fixture.
pub(crate) fn bytes(file: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(file);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

pub(crate) fn source(file: &str) -> Box<dyn MediaSource> {
    Box::new(Cursor::new(bytes(file)))
}

pub(crate) fn open(file: &str) -> Decoder {
    Decoder::open(source(file), "").unwrap_or_else(|e| panic!("{file}: {e}"))
}

/// Everything from the present position on.
pub(crate) fn read_all(decoder: &mut Decoder) -> Result<Vec<f32>, MediaError> {
    let mut samples = Vec::new();
    while let Some(block) = decoder.next_block()? {
        assert!(!block.is_empty() && block.len() % 2 == 0 && block.len() <= 2 * 65_536);
        samples.extend_from_slice(block);
    }
    Ok(samples)
}

/// At least `frames` frames, if there are so many.
pub(crate) fn read_some(decoder: &mut Decoder, frames: usize) -> Vec<f32> {
    let mut samples = Vec::new();
    while samples.len() < 2 * frames
        && let Some(block) = decoder.next_block().expect("readable")
    {
        samples.extend_from_slice(block);
    }
    samples
}

/// The 24-bit sample of frame `n`: the same arithmetic as in fixtures/signal.py.
pub(crate) fn signal(n: i64, channel: usize, rate: u32) -> i32 {
    const TONES: [(i64, i64); 6] = [(440, 1250), (554, 830), (660, 990), (300, 2500), (350, 1700), (220, 1100)];
    let parabola = |phase: i64| {
        let x = i64::from(phase as u32 as i32) >> 16;
        (x * (32_768 - x.abs())) >> 13
    };
    let unit = (1_i64 << 32) / i64::from(rate);
    let (low, high) = TONES[channel];
    let chirp = n * 200 * unit + (n * n / 2) * (1000 * unit / i64::from(rate));
    (81 * parabola(chirp) + 59 * parabola(n * low * unit) + 37 * parabola(n * high * unit)) as i32
}

/// The output that a lossless decoder must deliver of `frames` source frames from `first` on, at `bits` bits.
pub(crate) fn expected(rate: u32, channels: u16, bits: u32, first: i64, frames: u64) -> Vec<f32> {
    let right = usize::from(channels > 1);
    (first..first + frames as i64)
        .flat_map(|n| {
            [0, right].map(|c| {
                if n < 0 { 0.0 } else { (signal(n, c, rate) >> (24 - bits)) as f32 / (1 << (bits - 1)) as f32 }
            })
        })
        .collect()
}

/// The gain of `a` against `b` (LAME turns its input down by 5 %), and peak and root mean square of what differs then.
pub(crate) fn difference_but_for_gain(a: &[f32], b: &[f32]) -> (f32, f32, f32) {
    let product = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| f64::from(x * y)).sum::<f64>();
    let gain = (product(a, b) / product(b, b)) as f32;
    let b: Vec<f32> = b.iter().map(|x| x * gain).collect();
    let (peak, rms) = difference(a, &b);
    (gain, peak, rms)
}

/// Peak and root mean square of the difference.
pub(crate) fn difference(a: &[f32], b: &[f32]) -> (f32, f32) {
    assert_eq!(a.len(), b.len());
    let peak = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    let power: f64 = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    (peak, (power / a.len().max(1) as f64).sqrt() as f32)
}
