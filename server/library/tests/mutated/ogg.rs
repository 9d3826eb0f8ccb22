//! Ogg: pages, and the first packets of Vorbis, Opus, FLAC and a skeleton.

use crate::{
    anatomy::{Anatomy, Sort, comments, find},
    flac,
};

pub(crate) fn whole(bytes: &[u8], start: usize, anatomy: &mut Anatomy) {
    let mut at = start;
    while let Some((body, end)) = page(bytes, at) {
        anatomy.parts.push(at..end);
        anatomy.big(at, 4, Sort::Type);
        anatomy.each(at + 4..at + 6, Sort::Type);
        anatomy.little(at + 6, 8, Sort::Offset);
        anatomy.little(at + 14, 4, Sort::Type);
        anatomy.little(at + 18, 4, Sort::Count);
        anatomy.big(at + 26, 1, Sort::Count);
        anatomy.each(at + 27..body.min(at + 31), Sort::Size);
        anatomy.big(body - 1, 1, Sort::Size);
        at = end;
    }
    let mut first = |magic: &[u8], numbers: &[(usize, usize)], comments_at: Option<usize>| {
        let Some(at) = find(bytes, magic).next() else { return };
        for (place, width) in numbers {
            anatomy.little(at + magic.len() + place, *width, if *width == 1 { Sort::Type } else { Sort::Count });
        }
        if let Some(place) = comments_at {
            comments(bytes, at + place, anatomy);
        }
    };
    first(b"\x01vorbis", &[(0, 4), (4, 1), (5, 4), (9, 4), (13, 4), (17, 4), (21, 1), (22, 1)], None);
    first(b"\x03vorbis", &[], Some(7));
    // The number of codebooks, the first book's sync word, dimensions and entries, and some of what follows.
    first(b"\x05vorbis", &[(0, 1), (1, 3), (4, 2), (6, 3), (9, 1), (10, 1), (11, 1), (30, 1), (90, 1)], None);
    first(b"OpusHead", &[(0, 1), (1, 1), (2, 2), (4, 4), (8, 2), (10, 1), (11, 1), (12, 1), (13, 1)], None);
    first(b"OpusTags", &[], Some(8));
    first(b"\x7fFLAC", &[(0, 1), (1, 1), (2, 2)], None);
    first(b"fishead\0", &[(0, 2), (2, 2), (4, 8), (12, 8), (20, 8), (28, 8)], None);
    first(b"fisbone\0", &[(0, 4), (4, 4), (8, 4), (12, 8), (20, 8), (36, 4)], None);
    if let Some(at) = find(bytes, b"\x7fFLAC").next() {
        flac::blocks(bytes, at + 13, anatomy);
    }
}

/// The places at which the body of the page begins and ends.
fn page(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let page = bytes.get(at..).filter(|rest| rest.starts_with(b"OggS"))?;
    let segments = usize::from(*page.get(26)?);
    let lacing = page.get(27..27 + segments)?;
    let body = at + 27 + segments;
    let end = body + lacing.iter().map(|size| usize::from(*size)).sum::<usize>();
    (end <= bytes.len()).then_some((body, end))
}

/// Makes the checksums of all pages right again.
pub(crate) fn mend(bytes: &mut [u8]) {
    let mut at = 0;
    loop {
        let Some(next) = find(&bytes[at..], b"OggS").next() else { return };
        at += next;
        if let Some((_, end)) = page(bytes, at) {
            bytes[at + 22..at + 26].fill(0);
            let sum = crc32(&bytes[at..end]);
            bytes[at + 22..at + 26].copy_from_slice(&sum.to_le_bytes());
            at = end;
        } else {
            at += 4;
        }
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, byte| {
        let sum: u32 = sum ^ u32::from(*byte) << 24;
        (0..8).fold(sum, |sum, _| if sum & 0x8000_0000 == 0 { sum << 1 } else { sum << 1 ^ 0x04c1_1db7 })
    })
}
