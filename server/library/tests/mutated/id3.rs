//! ID3v2 before a file or in a chunk; ID3v1 and APE behind it.

use crate::anatomy::{Anatomy, Sort, be32, find, le32, number};

/// The tags in front. Returns the place behind them.
pub(crate) fn front(bytes: &[u8], anatomy: &mut Anatomy) -> usize {
    let mut at = 0;
    while bytes.get(at..at + 10).is_some_and(|head| head.starts_with(b"ID3")) {
        tag(bytes, at, anatomy);
        at += 10 + synchsafe(bytes, at + 6) + if bytes[at + 5] & 0x10 == 0 { 0 } else { 10 };
    }
    at
}

fn synchsafe(bytes: &[u8], at: usize) -> usize {
    (0..4).fold(0, |sum, n| sum << 7 | usize::from(bytes.get(at + n).unwrap_or(&0) & 0x7f))
}

/// One tag.
pub(crate) fn tag(bytes: &[u8], at: usize, anatomy: &mut Anatomy) {
    let Some(&version) = bytes.get(at + 3) else { return };
    anatomy.each(at + 3..at + 6, Sort::Type);
    anatomy.big(at + 6, 4, Sort::Size);
    let end = (at + 10 + synchsafe(bytes, at + 6)).min(bytes.len());
    anatomy.parts.push(at..end);
    let mut at = at + 10;
    if bytes.get(at.wrapping_sub(5)).is_some_and(|flags| flags & 0x40 != 0 && version > 2) {
        anatomy.big(at, 4, Sort::Size);
        anatomy.each(at + 4..at + 6, Sort::Type);
        at += if version == 4 { synchsafe(bytes, at) } else { 4 + be32(bytes, at) };
    }
    let (name, header) = if version == 2 { (3, 6) } else { (4, 10) };
    while at + header < end && bytes[at] != 0 {
        let size = match version {
            2 => number(bytes, at + 3, 3, false) as usize,
            4 => synchsafe(bytes, at + 4),
            _ => be32(bytes, at + 4),
        };
        let next = at.saturating_add(header).saturating_add(size);
        if next > end {
            break;
        }
        anatomy.parts.push(at..next);
        anatomy.big(at, name, Sort::Type);
        anatomy.big(at + name, name, Sort::Size);
        // The flags, and the encoding.
        anatomy.each(at + 2 * name..at + header + 2, Sort::Type);
        at = next;
    }
}

/// The tags behind.
pub(crate) fn behind(bytes: &[u8], anatomy: &mut Anatomy) {
    for at in find(bytes, b"APETAGEX").collect::<Vec<_>>() {
        anatomy.little(at + 8, 4, Sort::Type);
        anatomy.little(at + 12, 4, Sort::Size);
        anatomy.little(at + 16, 4, Sort::Count);
        anatomy.little(at + 20, 4, Sort::Type);
        let size = le32(bytes, at + 12);
        if let Some(mut item) = (at + 32).checked_sub(size) {
            while item + 9 < at {
                anatomy.little(item, 4, Sort::Size);
                anatomy.little(item + 4, 4, Sort::Type);
                let name = bytes[item + 8..at].iter().position(|byte| *byte == 0).unwrap_or(at);
                let next = item.saturating_add(9).saturating_add(name).saturating_add(le32(bytes, item));
                anatomy.parts.push(item..next.min(at));
                item = next;
            }
            anatomy.parts.push(at + 32 - size..at + 32);
        }
    }
    if let Some(at) = bytes.len().checked_sub(128).filter(|at| bytes[*at..].starts_with(b"TAG")) {
        anatomy.each(at..at + 3, Sort::Type);
        anatomy.each(at + 125..at + 128, Sort::Type);
        anatomy.parts.push(at..at + 128);
    }
}
