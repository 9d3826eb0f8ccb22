//! The headers of MPEG audio frames: enough to find the first one, and to see what changes on the way.

use std::io::{self, Read, SeekFrom};

use symphonia::core::io::MediaSource;

/// Bytes in which the first frame is looked for.
const SEARCHED: usize = 16 << 20;
/// Frames in a row that make a place the start of a stream.
const IN_A_ROW: usize = 4;
/// No frame is larger, in bytes.
const MAX_FRAME: usize = 2881;

/// The fields of a frame's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// Version and layer as they are coded.
    kind: u8,
    pub(crate) sample_rate: u32,
    pub(crate) channels: u16,
    /// Bytes, with the header.
    size: usize,
}

impl Header {
    /// Reads the four bytes that `frame` begins with.
    pub(crate) fn read(frame: &[u8]) -> Option<Self> {
        const RATES: [u32; 3] = [44_100, 48_000, 32_000];
        const KBIT_1: [[u32; 14]; 3] = [
            [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
            [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
            [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
        ];
        const KBIT_2: [[u32; 14]; 2] = [
            [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
            [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
        ];
        let [sync, kind, rates, mode] = *frame.first_chunk::<4>()?;
        let (version, layer) = (kind >> 3 & 3, kind >> 1 & 3);
        if sync != 0xff || kind & 0xe0 != 0xe0 || version == 1 || layer == 0 {
            return None;
        }
        let row = usize::from(layer) - 1;
        let is_first = version == 3;
        let table = if is_first { KBIT_1[row] } else { KBIT_2[usize::from(layer == 3)] };
        let kbit = *table.get(usize::from(rates >> 4).checked_sub(1)?)?;
        let shift = match version {
            3 => 0,
            2 => 1,
            _ => 2,
        };
        let sample_rate = *RATES.get(usize::from(rates >> 2 & 3))? >> shift;
        let padding = u32::from(rates >> 1 & 1);
        let size = match (layer, is_first) {
            (3, _) => (12_000 * kbit / sample_rate + padding) * 4,
            (1, false) => 72_000 * kbit / sample_rate + padding,
            _ => 144_000 * kbit / sample_rate + padding,
        };
        let channels = if mode >> 6 == 3 { 1 } else { 2 };
        Some(Self { kind: version << 2 | layer, sample_rate, channels, size: size as usize })
    }

    /// Frames of sound in one of these.
    pub(crate) fn frames(self) -> u64 {
        match (self.kind >> 2, self.kind & 3) {
            (_, 3) => 384,
            (3, 1) | (_, 2) => 1152,
            _ => 576,
        }
    }

    fn same_stream(self, other: Self) -> bool {
        (self.kind, self.sample_rate) == (other.kind, other.sample_rate)
    }
}

/// The place of the first of several frames in a row, at or after `from`, if nothing else was there to begin with.
pub(crate) fn first_frame(source: &mut dyn MediaSource, from: u64) -> io::Result<Option<u64>> {
    source.seek(SeekFrom::Start(from))?;
    let (mut window, mut at) = (Vec::new(), 0);
    while at < SEARCHED {
        let before = window.len();
        (&mut *source).take(1 << 20).read_to_end(&mut window)?;
        let is_end = window.len() == before;
        let enough = if is_end { 0 } else { IN_A_ROW * MAX_FRAME };
        let searched = window.len().saturating_sub(enough);
        if let Some(n) = (0..searched).find(|n| window[*n] == 0xff && is_start(&window[*n..])) {
            return Ok(Some(from + (at + n) as u64));
        }
        if is_end {
            break;
        }
        window.drain(..searched);
        at += searched;
    }
    Ok(None)
}

fn is_start(bytes: &[u8]) -> bool {
    let Some(first) = Header::read(bytes) else { return false };
    let (mut at, mut frames) = (0, 0);
    while frames < IN_A_ROW {
        match bytes.get(at..).and_then(Header::read) {
            Some(header) if header.same_stream(first) => at += header.size,
            _ => return false,
        }
        frames += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_rates() {
        let read = |bytes: [u8; 4]| Header::read(&bytes).map(|h| (h.sample_rate, h.channels, h.size));
        // MPEG-1 layer III, 128 kbit/s, 44.1 kHz, with padding, joint stereo
        assert_eq!(read([0xff, 0xfb, 0x92, 0x40]), Some((44_100, 2, 418)));
        // MPEG-2 layer III, 64 kbit/s, 22.05 kHz, mono
        assert_eq!(read([0xff, 0xf3, 0x80, 0xc0]), Some((22_050, 1, 208)));
        // MPEG-2.5 layer III, 8 kbit/s, 8 kHz
        assert_eq!(read([0xff, 0xe3, 0x18, 0xc0]), Some((8000, 1, 72)));
        // MPEG-1 layer II, 192 kbit/s, 48 kHz
        assert_eq!(read([0xff, 0xfd, 0xa4, 0x00]), Some((48_000, 2, 576)));
        for bad in [[0xff, 0xfb, 0xf0, 0], [0xff, 0xfb, 0x00, 0], [0xff, 0xfb, 0x9c, 0], [0xff, 0xeb, 0x90, 0], [0; 4]]
        {
            assert_eq!(read(bad), None, "{bad:x?}");
        }
    }
}
