//! The places in a file at which something is counted, measured, pointed at or named: there the harm is.

use std::ops::Range;

use crate::{chunks, flac, id3, mp4, mpeg, ogg};

/// The meaning of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Size,
    Count,
    Offset,
    /// A type, a version, a flag or a code.
    Type,
}

/// A number in a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    pub(crate) at: usize,
    /// Bytes, at most 8.
    pub(crate) width: usize,
    pub(crate) is_little: bool,
    pub(crate) sort: Sort,
}

/// The numbers and the parts of a file.
#[derive(Debug, Default)]
pub(crate) struct Anatomy {
    pub(crate) spots: Vec<Spot>,
    /// Whole elements: one can be left out, be there twice, or be in the place of another.
    pub(crate) parts: Vec<Range<usize>>,
    /// FLAC frames: the first byte, the one behind the header's checksum, the one behind the frame.
    pub(crate) frames: Vec<(usize, usize, usize)>,
}

impl Anatomy {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut anatomy = Self::default();
        let start = id3::front(bytes, &mut anatomy);
        let rest = bytes.get(start..).unwrap_or_default();
        match rest {
            [b'f', b'L', b'a', b'C', ..] => flac::whole(bytes, start, &mut anatomy),
            [b'O', b'g', b'g', b'S', ..] => ogg::whole(bytes, start, &mut anatomy),
            [b'R', b'I', b'F', b'F', ..] | [b'R', b'F', b'6', b'4', ..] | [b'B', b'W', b'6', b'4', ..] => {
                chunks::whole(bytes, true, &mut anatomy);
            }
            [b'F', b'O', b'R', b'M', ..] => chunks::whole(bytes, false, &mut anatomy),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => mp4::boxes(bytes, 0..bytes.len(), 0, &mut anatomy),
            _ => mpeg::frames(bytes, start, &mut anatomy),
        }
        id3::behind(bytes, &mut anatomy);
        anatomy.spots.retain(|spot| spot.at + spot.width <= bytes.len());
        anatomy.parts.retain(|part| part.start < part.end && part.end <= bytes.len());
        anatomy
    }

    pub(crate) fn big(&mut self, at: usize, width: usize, sort: Sort) {
        self.spots.push(Spot { at, width, is_little: false, sort });
    }

    pub(crate) fn little(&mut self, at: usize, width: usize, sort: Sort) {
        self.spots.push(Spot { at, width, is_little: true, sort });
    }

    /// Every byte of a range by itself.
    pub(crate) fn each(&mut self, range: Range<usize>, sort: Sort) {
        range.for_each(|at| self.big(at, 1, sort));
    }
}

/// The number at `at`, 0 if it is not there.
pub(crate) fn number(bytes: &[u8], at: usize, width: usize, is_little: bool) -> u64 {
    let Some(bytes) = bytes.get(at..).and_then(|rest| rest.get(..width)) else { return 0 };
    let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
    if is_little { bytes.iter().rev().fold(0, add) } else { bytes.iter().fold(0, add) }
}

pub(crate) fn be32(bytes: &[u8], at: usize) -> usize {
    number(bytes, at, 4, false) as usize
}

pub(crate) fn le32(bytes: &[u8], at: usize) -> usize {
    number(bytes, at, 4, true) as usize
}

/// All places at which `what` stands.
pub(crate) fn find<'a>(bytes: &'a [u8], what: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    bytes.windows(what.len()).enumerate().filter(move |(_, window)| *window == what).map(|(at, _)| at)
}

/// A Vorbis comment block, at its vendor's length.
pub(crate) fn comments(bytes: &[u8], at: usize, anatomy: &mut Anatomy) {
    anatomy.little(at, 4, Sort::Size);
    let count_at = at + 4 + le32(bytes, at);
    anatomy.little(count_at, 4, Sort::Count);
    let mut at = count_at + 4;
    for _ in 0..le32(bytes, count_at).min(64) {
        let end = at.saturating_add(4).saturating_add(le32(bytes, at));
        if end > bytes.len() {
            break;
        }
        anatomy.little(at, 4, Sort::Size);
        anatomy.parts.push(at..end);
        at = end;
    }
}
