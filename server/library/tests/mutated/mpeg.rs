//! Frames of MPEG audio and of ADTS, and the tags of encoders in the first one.

use crate::anatomy::{Anatomy, Sort, find};

pub(crate) fn frames(bytes: &[u8], start: usize, anatomy: &mut Anatomy) {
    let Some(first) = bytes.get(start..start + 4) else { return };
    let is_adts = first[1] & 0xf6 == 0xf0;
    let alike = |at: &usize| bytes[*at] == 0xff && bytes[at + 1] == first[1] && bytes[at + 2] & 0x0c == first[2] & 0x0c;
    let starts: Vec<usize> = (start..bytes.len().saturating_sub(8)).filter(alike).collect();
    for (n, at) in starts.iter().enumerate() {
        if n < 4 || n % 7 == 0 {
            anatomy.each(at + 1..at + if is_adts { 7 } else { 6 }, if is_adts { Sort::Size } else { Sort::Type });
        }
        if let Some(next) = starts.get(n + 1) {
            anatomy.parts.push(*at..*next);
        }
    }
    for at in find(bytes, b"Xing").chain(find(bytes, b"Info")).collect::<Vec<_>>() {
        anatomy.big(at + 4, 4, Sort::Type);
        anatomy.big(at + 8, 4, Sort::Count);
        anatomy.big(at + 12, 4, Sort::Size);
        anatomy.big(at + 16, 4, Sort::Offset);
        // The delay and the padding that LAME notes.
        anatomy.big(at + 141, 3, Sort::Count);
    }
}
