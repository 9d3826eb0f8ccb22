//! MP4: boxes within boxes.

use std::ops::Range;

use crate::anatomy::{Anatomy, Sort, be32, number};

/// The boxes in a range.
pub(crate) fn boxes(bytes: &[u8], range: Range<usize>, depth: u32, anatomy: &mut Anatomy) {
    let mut at = range.start;
    while at + 8 <= range.end && depth < 12 {
        let (mut header, mut size) = (8, be32(bytes, at));
        anatomy.big(at, 4, Sort::Size);
        anatomy.big(at + 4, 4, Sort::Type);
        if size == 1 {
            anatomy.big(at + 8, 8, Sort::Size);
            (header, size) = (16, number(bytes, at + 8, 8, false) as usize);
        } else if size == 0 {
            size = range.end - at;
        }
        let Some(end) = at.checked_add(size).filter(|end| size >= header && *end <= range.end) else { break };
        anatomy.parts.push(at..end);
        content(bytes, &bytes[at + 4..at + 8], at + header..end, depth, anatomy);
        at = end;
    }
}

fn content(bytes: &[u8], kind: &[u8], body: Range<usize>, depth: u32, anatomy: &mut Anatomy) {
    let within = match kind {
        b"moov" | b"trak" | b"mdia" | b"minf" | b"stbl" | b"udta" | b"edts" | b"moof" | b"traf" | b"mvex" | b"dinf"
        | b"mfra" | b"ilst" | b"wave" | b"----" | b"gmhd" => Some(0),
        // A full box, unless QuickTime wrote it.
        b"meta" if bytes.get(body.start + 4..body.start + 8) == Some(b"hdlr") => Some(0),
        b"meta" => Some(4),
        b"stsd" | b"dref" => Some(8),
        b"mp4a" | b"alac" | b"fLaC" | b"Opus" | b"ac-3" if body.len() > 36 => Some(28),
        // An item of tags.
        _ if bytes.get(body.start + 4..body.start + 8) == Some(b"data") => Some(0),
        _ => None,
    };
    match (kind, within) {
        (b"mdat" | b"free" | b"skip", _) => {}
        // Descriptors within each other, and what encoders tell decoders.
        (b"esds" | b"dOps" | b"dfLa", _) => anatomy.each(body.start..body.end.min(body.start + 48), Sort::Size),
        (_, Some(skipped)) => {
            words(body.start..body.start + skipped, anatomy);
            boxes(bytes, body.start + skipped..body.end, depth + 1, anatomy);
        }
        _ => {
            words(body.start..body.end.min(body.start + 56), anatomy);
            if body.len() > 60 {
                anatomy.big(body.end - 4, 4, Sort::Offset);
            }
        }
    }
}

/// Version and flags, then numbers of four bytes.
fn words(range: Range<usize>, anatomy: &mut Anatomy) {
    for (n, at) in range.clone().step_by(4).enumerate() {
        if at + 4 <= range.end {
            anatomy.big(at, 4, if n == 0 { Sort::Type } else { Sort::Count });
        }
    }
}
