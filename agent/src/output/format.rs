//! Frames as a card takes them: its format of samples, its order of bytes, its channels.

use alsa::pcm::Format;

use super::sample::Dither;
use crate::config::{ChannelMap, Source};

/// The formats that can be written, the best first. All that hold 24 bits are alike to the ear; those that cards have
/// in their hardware come before those that a driver makes.
pub(super) const FORMATS: [Format; 32] = [
    Format::S32LE,
    Format::FloatLE,
    Format::S24LE,
    Format::S243LE,
    Format::S32BE,
    Format::FloatBE,
    Format::S24BE,
    Format::S243BE,
    Format::Float64LE,
    Format::Float64BE,
    Format::U32LE,
    Format::U32BE,
    Format::U24LE,
    Format::U24BE,
    Format::U243LE,
    Format::U243BE,
    Format::S20LE,
    Format::S20BE,
    Format::S203LE,
    Format::S203BE,
    Format::U20LE,
    Format::U20BE,
    Format::U203LE,
    Format::U203BE,
    Format::S183LE,
    Format::S183BE,
    Format::S16LE,
    Format::S16BE,
    Format::U16LE,
    Format::U16BE,
    Format::S8,
    Format::U8,
];

/// A sample in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Float32,
    Float64,
    /// A whole number of so many bits in the low end of so many bytes.
    Whole {
        bits: u32,
        bytes: usize,
        signed: bool,
    },
}

impl Encoding {
    fn bytes(self) -> usize {
        match self {
            Self::Float32 => 4,
            Self::Float64 => 8,
            Self::Whole { bytes, .. } => bytes,
        }
    }
}

/// The encoding of an ALSA format, and true if its first byte is the highest.
fn encoding(format: Format) -> Option<(Encoding, bool)> {
    let whole = |bits, bytes, signed| Encoding::Whole { bits, bytes, signed };
    Some(match format {
        Format::FloatLE => (Encoding::Float32, false),
        Format::FloatBE => (Encoding::Float32, true),
        Format::Float64LE => (Encoding::Float64, false),
        Format::Float64BE => (Encoding::Float64, true),
        Format::S32LE => (whole(32, 4, true), false),
        Format::S32BE => (whole(32, 4, true), true),
        Format::U32LE => (whole(32, 4, false), false),
        Format::U32BE => (whole(32, 4, false), true),
        Format::S24LE => (whole(24, 4, true), false),
        Format::S24BE => (whole(24, 4, true), true),
        Format::U24LE => (whole(24, 4, false), false),
        Format::U24BE => (whole(24, 4, false), true),
        Format::S243LE => (whole(24, 3, true), false),
        Format::S243BE => (whole(24, 3, true), true),
        Format::U243LE => (whole(24, 3, false), false),
        Format::U243BE => (whole(24, 3, false), true),
        Format::S20LE => (whole(20, 4, true), false),
        Format::S20BE => (whole(20, 4, true), true),
        Format::U20LE => (whole(20, 4, false), false),
        Format::U20BE => (whole(20, 4, false), true),
        Format::S203LE => (whole(20, 3, true), false),
        Format::S203BE => (whole(20, 3, true), true),
        Format::U203LE => (whole(20, 3, false), false),
        Format::U203BE => (whole(20, 3, false), true),
        Format::S183LE => (whole(18, 3, true), false),
        Format::S183BE => (whole(18, 3, true), true),
        Format::S16LE => (whole(16, 2, true), false),
        Format::S16BE => (whole(16, 2, true), true),
        Format::U16LE => (whole(16, 2, false), false),
        Format::U16BE => (whole(16, 2, false), true),
        Format::S8 => (whole(8, 1, true), false),
        Format::U8 => (whole(8, 1, false), false),
        _ => return None,
    })
}

/// Turns stereo blocks into a card's frames. It allocates when it is made, and never after.
#[derive(Debug)]
pub(super) struct Encoder {
    encoding: Encoding,
    high_first: bool,
    map: ChannelMap,
    dither: Dither,
    bytes: Vec<u8>,
}

impl Encoder {
    /// For blocks of at most `frames` frames; `None`: the format is none of [`FORMATS`].
    pub(super) fn new(format: Format, map: ChannelMap, frames: usize) -> Option<Self> {
        let (encoding, high_first) = encoding(format)?;
        let bytes = vec![0; frames * map.channels() * encoding.bytes()];
        Some(Self { encoding, high_first, map, dither: Dither::default(), bytes })
    }

    /// The bytes of a frame.
    pub(super) fn frame_bytes(&self) -> usize {
        self.map.channels() * self.encoding.bytes()
    }

    /// Encodes an interleaved stereo block.
    pub(super) fn encode(&mut self, block: &[f32]) {
        let (high_first, dither) = (self.high_first, &mut self.dither);
        let (out, map) = (&mut self.bytes[..], self.map.sources());
        match self.encoding {
            Encoding::Float32 if high_first => put(block, map, out, f32::to_be_bytes),
            Encoding::Float32 => put(block, map, out, f32::to_le_bytes),
            Encoding::Float64 if high_first => put(block, map, out, |x| f64::from(x).to_be_bytes()),
            Encoding::Float64 => put(block, map, out, |x| f64::from(x).to_le_bytes()),
            Encoding::Whole { bits, bytes, signed } => {
                let zero = if signed { 0 } else { 1u32 << (bits - 1) };
                let mut whole = |x| (dither.quantize(x, bits) as u32).wrapping_add(zero);
                match bytes {
                    1 => put(block, map, out, |x| cut::<1>(whole(x), high_first)),
                    2 => put(block, map, out, |x| cut::<2>(whole(x), high_first)),
                    3 => put(block, map, out, |x| cut::<3>(whole(x), high_first)),
                    _ => put(block, map, out, |x| cut::<4>(whole(x), high_first)),
                }
            }
        }
    }

    /// The bytes of the frames from `from` to `to` of the last block.
    pub(super) fn frames(&self, from: usize, to: usize) -> &[u8] {
        &self.bytes[from * self.frame_bytes()..to * self.frame_bytes()]
    }
}

/// Writes each frame of a stereo block, a sample a channel.
fn put<const N: usize>(block: &[f32], map: &[Source], out: &mut [u8], mut sample: impl FnMut(f32) -> [u8; N]) {
    for (to, from) in out.chunks_exact_mut(N * map.len()).zip(block.as_chunks::<2>().0) {
        for (slot, source) in to.as_chunks_mut::<N>().0.iter_mut().zip(map) {
            *slot = sample(match source {
                Source::Left => from[0],
                Source::Right => from[1],
                Source::Mono => f32::midpoint(from[0], from[1]),
                Source::Silence => 0.0,
            });
        }
    }
}

/// The low bytes of a number.
fn cut<const N: usize>(number: u32, high_first: bool) -> [u8; N] {
    let mut bytes = [0; N];
    if high_first {
        bytes.copy_from_slice(&number.to_be_bytes()[4 - N..]);
    } else {
        bytes.copy_from_slice(&number.to_le_bytes()[..N]);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(format: Format, map: &str, block: &[f32]) -> Vec<u8> {
        let mut encoder = Encoder::new(format, map.parse().unwrap(), block.len() / 2).unwrap();
        encoder.encode(block);
        encoder.frames(0, block.len() / 2).to_vec()
    }

    #[test]
    fn every_format_is_encoded_and_as_wide_as_alsa_has_it() {
        for format in FORMATS {
            let (encoding, _) = encoding(format).unwrap();
            assert_eq!(encoding.bytes() * 8, format.physical_width().unwrap() as usize, "{format}");
            if let Encoding::Whole { bits, .. } = encoding {
                assert_eq!(bits, format.width().unwrap() as u32, "{format}");
            }
        }
        assert!(Encoder::new(Format::MuLaw, ChannelMap::usual(2), 1).is_none());
    }

    #[test]
    fn a_quarter_up_and_a_half_down_as_bytes() {
        let block = [0.25, -0.5];
        for (format, left, right) in [
            (Format::S32LE, &[0, 0, 0, 0x20][..], &[0, 0, 0, 0xc0][..]),
            (Format::S32BE, &[0x20, 0, 0, 0], &[0xc0, 0, 0, 0]),
            (Format::U32LE, &[0, 0, 0, 0xa0], &[0, 0, 0, 0x40]),
            (Format::S24LE, &[0, 0, 0x20, 0], &[0, 0, 0xc0, 0xff]),
            (Format::S24BE, &[0, 0x20, 0, 0], &[0xff, 0xc0, 0, 0]),
            (Format::S243LE, &[0, 0, 0x20], &[0, 0, 0xc0]),
            (Format::S243BE, &[0x20, 0, 0], &[0xc0, 0, 0]),
            (Format::U243LE, &[0, 0, 0xa0], &[0, 0, 0x40]),
            (Format::S203LE, &[0, 0, 0x02], &[0, 0, 0xfc]),
            (Format::S183BE, &[0, 0x80, 0], &[0xff, 0, 0]),
            (Format::S16LE, &[0, 0x20], &[0, 0xc0]),
            (Format::S16BE, &[0x20, 0], &[0xc0, 0]),
            (Format::U16LE, &[0, 0xa0], &[0, 0x40]),
            (Format::S8, &[0x20], &[0xc0]),
            (Format::U8, &[0xa0], &[0x40]),
        ] {
            assert_eq!(encoded(format, "LR", &block), [left, right].concat(), "{format}");
        }
        assert_eq!(encoded(Format::FloatBE, "R", &block), (-0.5f32).to_be_bytes());
        assert_eq!(encoded(Format::Float64LE, "L", &block), 0.25f64.to_le_bytes());
    }

    #[test]
    fn channels_go_where_the_map_says_and_the_rest_is_silent() {
        let block = [0.25, -0.5, 0.5, 0.0];
        assert_eq!(encoded(Format::S8, "M", &block), [0xf0, 0x20], "a quarter and minus a half are minus an eighth");
        assert_eq!(encoded(Format::S8, "--LR", &block), [0, 0, 0x20, 0xc0, 0, 0, 0x40, 0]);
        assert_eq!(encoded(Format::U8, "-L", &block), [0x80, 0xa0, 0x80, 0xc0], "the silence of unsigned samples");
    }

    #[test]
    fn nothing_wraps_at_full_scale() {
        for format in FORMATS {
            let up = encoded(format, "L", &[1.0, 0.0]);
            let nearly = encoded(format, "L", &[0.999, 0.0]);
            let down = encoded(format, "L", &[-1.0, 0.0]);
            let high = |bytes: &[u8]| {
                // 24 and 20 bits in more bytes: the highest of those that count
                let (encoding, high_first) = encoding(format).unwrap();
                let used =
                    if let Encoding::Whole { bits, .. } = encoding { bits.div_ceil(8) as usize } else { bytes.len() };
                if high_first { bytes[bytes.len() - used] } else { bytes[used - 1] }
            };
            assert!(high(&up).abs_diff(high(&nearly)) <= 1, "{format}: {up:?} {nearly:?}");
            assert_ne!(high(&up), high(&down), "{format}");
        }
    }
}
