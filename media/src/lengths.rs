//! The frames of a packet by its content, for files whose own times are too coarse to count frames (Matroska).

use symphonia::core::codecs::audio::well_known as codec;
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters};
use symphonia::core::units::{Duration, TimeBase, Timestamp};

use crate::mpeg;

/// The file's times are believed where they differ by more than this from the count, in milliseconds: there is a pause.
const PAUSE_MS: u64 = 60;

/// Gives packets the frames that they begin at and last, by counting.
#[derive(Debug, Clone)]
pub(crate) struct Counter {
    lengths: Lengths,
    sample_rate: u64,
    /// Of the file.
    time_base: TimeBase,
    /// The next frame, and what the file's times are ahead of the count. `None` before the first packet.
    next: Option<(i64, i64)>,
}

#[derive(Debug, Clone)]
enum Lengths {
    Opus,
    Mpeg,
    Flac,
    /// The exponents of both block sizes, the modes' flags, and the last packet's block.
    Vorbis {
        sizes: [u64; 2],
        modes: Vec<bool>,
        last: Option<u64>,
    },
    Alac(u64),
    /// So many frames in each.
    Fixed(u64),
    /// So many bytes each frame.
    Pcm(u64),
}

impl Counter {
    /// `None` if the packets of this codec cannot be counted.
    pub(crate) fn new(params: &AudioCodecParameters, sample_rate: u32, time_base: TimeBase) -> Option<Self> {
        let extra = params.extra_data.as_deref().unwrap_or_default();
        let lengths = match params.codec {
            codec::CODEC_ID_OPUS => Lengths::Opus,
            codec::CODEC_ID_MP1 | codec::CODEC_ID_MP2 | codec::CODEC_ID_MP3 => Lengths::Mpeg,
            codec::CODEC_ID_FLAC => Lengths::Flac,
            codec::CODEC_ID_VORBIS => vorbis(extra)?,
            codec::CODEC_ID_ALAC => Lengths::Alac(extra.first_chunk().map(|n| u32::from_be_bytes(*n))?.into()),
            codec::CODEC_ID_AAC => Lengths::Fixed(1024),
            other => Lengths::Pcm(sample_bytes(other)? * params.channels.as_ref()?.count() as u64),
        };
        Some(Self { lengths, sample_rate: sample_rate.into(), time_base, next: None })
    }

    /// Forgets where it was: the next packet is the first.
    pub(crate) fn restart(&mut self) {
        self.next = None;
        if let Lengths::Vorbis { last, .. } = &mut self.lengths {
            *last = None;
        }
    }

    /// Dates a packet in frames. Its trim is in frames already.
    pub(crate) fn count(&mut self, packet: &mut symphonia::core::packet::Packet) {
        let stated = self.frames_at(packet.pts.get());
        let is_vorbis = matches!(self.lengths, Lengths::Vorbis { .. });
        let frames = self.lengths.of(&packet.data);
        let (mut start, ahead) = self.next.unwrap_or_else(|| {
            // The first block of Vorbis only primes the decoder.
            let start = if is_vorbis { -(frames as i64) } else { 0 };
            (start, stated.saturating_sub(start.max(0)))
        });
        let late = stated.saturating_sub(ahead).saturating_sub(start);
        if late > (self.sample_rate * PAUSE_MS / 1000 + frames) as i64 {
            start = start.saturating_add(late);
        }
        self.next = Some((start.saturating_add_unsigned(frames), ahead));
        let trim = packet.trim_end.get().min(frames);
        packet.pts = Timestamp::new(start);
        packet.dur = Duration::new(frames - trim);
        packet.trim_end = Duration::new(trim);
    }

    fn frames_at(&self, time: i64) -> i64 {
        let scale = i128::from(self.time_base.numer.get()) * i128::from(self.sample_rate);
        let frames = (i128::from(time) * scale).div_euclid(self.time_base.denom.get().into());
        frames.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }
}

impl Lengths {
    fn of(&mut self, data: &[u8]) -> u64 {
        match self {
            Self::Opus => opus(data),
            Self::Mpeg => mpeg::Header::read(data).map_or(0, mpeg::Header::frames),
            Self::Flac => flac(data),
            Self::Vorbis { sizes, modes, last } => {
                let bits = usize::BITS - (modes.len() - 1).leading_zeros();
                let Some(first) = data.first().filter(|byte| **byte & 1 == 0) else { return 0 };
                let mode = usize::from(first >> 1) & ((1 << bits) - 1);
                let Some(is_long) = modes.get(mode) else { return 0 };
                let now = sizes[usize::from(*is_long)];
                let before = last.replace(now);
                before.map_or(now / 2, |before| before / 4 + now / 4)
            }
            Self::Alac(frames) => alac(data).unwrap_or(*frames).min(*frames),
            Self::Fixed(frames) => *frames,
            Self::Pcm(bytes) => data.len() as u64 / (*bytes).max(1),
        }
    }
}

/// RFC 6716, 3.1: at 48 kHz.
fn opus(data: &[u8]) -> u64 {
    let Some(toc) = data.first() else { return 0 };
    let size = match toc >> 3 {
        config @ 0..12 => [480, 960, 1920, 2880][usize::from(config & 3)],
        config @ 12..16 => [480, 960][usize::from(config & 1)],
        config => [120, 240, 480, 960][usize::from(config & 3)],
    };
    let count = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => data.get(1).map_or(0, |byte| u64::from(byte & 63)),
    };
    size * count
}

/// The block size in the header of a frame.
fn flac(data: &[u8]) -> u64 {
    let Some([sync, _, sizes, _, number]) = data.first_chunk() else { return 0 };
    if *sync != 0xff {
        return 0;
    }
    // Behind the frame's number, which is as long as its first byte says.
    let behind = 4 + number.leading_ones().clamp(1, 7) as usize;
    match sizes >> 4 {
        1 => 192,
        n @ 2..=5 => 576 << (n - 2),
        6 => data.get(behind).map_or(0, |n| u64::from(*n) + 1),
        7 => data.get(behind..behind + 2).map_or(0, |n| u64::from(u16::from_be_bytes([n[0], n[1]])) + 1),
        n @ 8.. => 256 << (n - 8),
        _ => 0,
    }
}

/// The frames that the last packet states, which may have fewer.
pub(crate) fn alac(data: &[u8]) -> Option<u64> {
    let head = u64::from_be_bytes(*data.first_chunk()?);
    // Three bits for the kind of element, four for its number, twelve that are nothing, and then one that says so; two
    // for bytes that are shifted out, one for plain samples.
    let is_stated = head >> 44 & 1 == 1;
    is_stated.then_some(head >> 9 & 0xffff_ffff)
}

fn sample_bytes(id: AudioCodecId) -> Option<u64> {
    Some(match id {
        codec::CODEC_ID_PCM_S8 | codec::CODEC_ID_PCM_U8 | codec::CODEC_ID_PCM_ALAW | codec::CODEC_ID_PCM_MULAW => 1,
        codec::CODEC_ID_PCM_S16LE | codec::CODEC_ID_PCM_S16BE => 2,
        codec::CODEC_ID_PCM_S24LE | codec::CODEC_ID_PCM_S24BE => 3,
        codec::CODEC_ID_PCM_S32LE | codec::CODEC_ID_PCM_S32BE | codec::CODEC_ID_PCM_F32LE => 4,
        codec::CODEC_ID_PCM_F64LE => 8,
        _ => return None,
    })
}

/// Both block sizes are in the identification header; the modes stand last in the setup header, and are found from its
/// end, since what comes before them is long. The file has one header behind the other.
fn vorbis(headers: &[u8]) -> Option<Lengths> {
    const IDENTIFICATION: usize = 30;
    let exponents = headers.get(28)?;
    let sizes = [1 << (exponents & 15), 1 << (exponents >> 4)];
    let setup = headers.get(IDENTIFICATION..)?;
    let bit = |at: usize| setup.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1);
    let number = |at: usize, bits: usize| (0..bits).fold(0_u64, |n, i| n | u64::from(bit(at + i)) << i);
    // The last bit that is set frames the header.
    let end = (0..setup.len() * 8).rev().find(|at| bit(*at))?;
    let (mut at, mut modes, mut found) = (end, Vec::new(), None);
    // Each mode: a flag, two numbers that are 0, and the number of its mapping. Before them their count.
    while let Some(next) = at.checked_sub(41) {
        if number(next + 1, 16) != 0 || number(next + 17, 16) != 0 || number(next + 33, 8) > 63 || modes.len() == 64 {
            break;
        }
        modes.insert(0, bit(next));
        at = next;
        // More may look like modes, as the mappings before them may end so: the longest that states its count holds.
        if at >= 6 && number(at - 6, 6) + 1 == modes.len() as u64 {
            found = Some(modes.clone());
        }
    }
    Some(Lengths::Vorbis { sizes, modes: found?, last: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_say_their_frames() {
        // 20 ms of CELT; two of 10 ms; three of 60 ms
        assert_eq!([opus(&[0xf8]), opus(&[0x12 << 3 | 1]), opus(&[0x1b, 3]), opus(&[])], [960, 960, 8640, 0]);
        // 4096 frames; 4608 frames; 193 by eight bits; 5000 by sixteen, behind a number of two bytes
        assert_eq!(flac(&[0xff, 0xf8, 0xc9, 0x18, 0]), 4096);
        assert_eq!(flac(&[0xff, 0xf8, 0x59, 0x18, 0]), 4608);
        assert_eq!(flac(&[0xff, 0xf8, 0x69, 0x18, 0, 192]), 193);
        assert_eq!(flac(&[0xff, 0xf8, 0x79, 0x18, 0xc2, 0x80, 0x13, 0x87]), 5000);
        assert_eq!(alac(&[0x20, 0x00, 0x12, 0, 0, 0x02, 0x02, 0, 0]), Some(257));
        assert_eq!(alac(&[0x20, 0x00, 0x02, 0, 0, 0x02, 0x02, 0, 0]), None);
    }
}
