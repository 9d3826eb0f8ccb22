//! FLAC: blocks of metadata and frames.

use crate::anatomy::{Anatomy, Sort, be32, comments, number};

pub(crate) fn whole(bytes: &[u8], start: usize, anatomy: &mut Anatomy) {
    anatomy.big(start, 4, Sort::Type);
    let first = blocks(bytes, start + 4, anatomy);
    let mut starts =
        (first..bytes.len().saturating_sub(8)).filter_map(|at| Some((at, header(&bytes[at..])?))).peekable();
    while let Some((at, length)) = starts.next() {
        let end = starts.peek().map_or(bytes.len(), |(next, _)| *next);
        anatomy.frames.push((at, at + length, end));
        anatomy.parts.push(at..end);
    }
    for (at, behind, _) in anatomy.frames.clone() {
        anatomy.each(at + 1..behind - 1, Sort::Type);
        // The kind of the first subframe, and what it begins with.
        anatomy.each(behind..behind + 4, Sort::Type);
    }
}

/// The blocks from `at` on. Returns the place behind them.
pub(crate) fn blocks(bytes: &[u8], mut at: usize, anatomy: &mut Anatomy) -> usize {
    while at + 4 <= bytes.len() {
        let (kind, size) = (bytes[at], number(bytes, at + 1, 3, false) as usize);
        let body = at + 4;
        if body + size > bytes.len() {
            break;
        }
        anatomy.big(at, 1, Sort::Type);
        anatomy.big(at + 1, 3, Sort::Size);
        anatomy.parts.push(at..body + size);
        block(bytes, kind & 0x7f, body, size, anatomy);
        at = body + size;
        if kind & 0x80 != 0 {
            break;
        }
    }
    at
}

fn block(bytes: &[u8], kind: u8, body: usize, size: usize, anatomy: &mut Anatomy) {
    match kind {
        0 => {
            for (at, width) in [(0, 2), (2, 2), (4, 3), (7, 3), (13, 5)] {
                anatomy.big(body + at, width, Sort::Count);
            }
            anatomy.each(body + 10..body + 14, Sort::Type);
        }
        2 => anatomy.big(body, 4, Sort::Type),
        3 => (0..size / 18).take(8).for_each(|n| {
            anatomy.big(body + n * 18, 8, Sort::Offset);
            anatomy.big(body + n * 18 + 8, 8, Sort::Offset);
            anatomy.big(body + n * 18 + 16, 2, Sort::Count);
        }),
        4 => comments(bytes, body, anatomy),
        5 => {
            anatomy.big(body + 128, 8, Sort::Offset);
            anatomy.each(body + 395..body + 420, Sort::Count);
        }
        6 => {
            let mime = be32(bytes, body + 4);
            let name = body + 8 + mime;
            let picture = name + 4 + be32(bytes, name);
            anatomy.big(body, 4, Sort::Type);
            anatomy.big(body + 4, 4, Sort::Size);
            anatomy.big(name, 4, Sort::Size);
            (0..4).for_each(|n| anatomy.big(picture + 4 * n, 4, Sort::Count));
            anatomy.big(picture + 16, 4, Sort::Size);
        }
        _ => {}
    }
}

/// The length of a frame's header with its checksum, if there is one.
fn header(frame: &[u8]) -> Option<usize> {
    if frame.len() < 16 || frame[0] != 0xff || frame[1] & 0xfe != 0xf8 {
        return None;
    }
    let number = match frame[4].leading_ones() {
        0 => 1,
        n @ 2..=7 => n as usize,
        _ => return None,
    };
    let size = match frame[2] >> 4 {
        6 => 1,
        7 => 2,
        _ => 0,
    };
    let rate = match frame[2] & 15 {
        12 => 1,
        13 | 14 => 2,
        _ => 0,
    };
    let length = 4 + number + size + rate;
    (crc8(&frame[..length]) == frame[length]).then_some(length + 1)
}

/// Makes the checksums of a frame right again.
pub(crate) fn mend(bytes: &mut [u8], (start, behind, end): (usize, usize, usize)) {
    if end <= bytes.len() && start + 2 < behind && behind + 2 < end {
        bytes[behind - 1] = crc8(&bytes[start..behind - 1]);
        let sum = crc16(&bytes[start..end - 2]);
        bytes[end - 2..end].copy_from_slice(&sum.to_be_bytes());
    }
}

fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ byte, |sum: u8, _| if sum & 0x80 == 0 { sum << 1 } else { sum << 1 ^ 0x07 })
    })
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, byte| {
        let sum: u16 = sum ^ u16::from(*byte) << 8;
        (0..8).fold(sum, |sum, _| if sum & 0x8000 == 0 { sum << 1 } else { sum << 1 ^ 0x8005 })
    })
}
