//! WAV (RIFF, RF64, BW64) and AIFF: chunks.

use std::ops::Range;

use crate::{
    anatomy::{Anatomy, Sort, number},
    id3,
};

pub(crate) fn whole(bytes: &[u8], is_little: bool, anatomy: &mut Anatomy) {
    anatomy.big(0, 4, Sort::Type);
    push(anatomy, is_little, 4, 4, Sort::Size);
    anatomy.big(8, 4, Sort::Type);
    within(bytes, is_little, 12..bytes.len(), anatomy);
}

fn push(anatomy: &mut Anatomy, is_little: bool, at: usize, width: usize, sort: Sort) {
    if is_little { anatomy.little(at, width, sort) } else { anatomy.big(at, width, sort) }
}

fn within(bytes: &[u8], is_little: bool, range: Range<usize>, anatomy: &mut Anatomy) {
    let mut at = range.start;
    while at + 8 <= range.end {
        let size = number(bytes, at + 4, 4, is_little) as usize;
        let body = at + 8;
        anatomy.big(at, 4, Sort::Type);
        push(anatomy, is_little, at + 4, 4, Sort::Size);
        let end = body.saturating_add(size).min(range.end);
        anatomy.parts.push(at..end);
        let numbers: &[(usize, usize)] = match &bytes[at..at + 4] {
            b"fmt " => &[(0, 2), (2, 2), (4, 4), (8, 4), (12, 2), (14, 2), (16, 2), (18, 2), (20, 4), (24, 2)],
            b"ds64" => &[(0, 8), (8, 8), (16, 8), (24, 4)],
            b"COMM" => &[(0, 2), (2, 4), (6, 2), (8, 2), (10, 8), (18, 4)],
            b"SSND" => &[(0, 4), (4, 4)],
            b"data" => &[],
            b"LIST" => {
                anatomy.big(body, 4, Sort::Type);
                within(bytes, is_little, (body + 4).min(end)..end, anatomy);
                &[]
            }
            b"id3 " | b"ID3 " => {
                id3::tag(bytes, body, anatomy);
                &[]
            }
            _ => &[(0, 4), (4, 4), (8, 4), (12, 4)],
        };
        for (place, width) in numbers.iter().filter(|(place, width)| place + width <= end - body) {
            push(anatomy, is_little, body + place, *width, Sort::Count);
        }
        at = body.saturating_add(size).saturating_add(size & 1);
    }
}
