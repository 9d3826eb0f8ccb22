//! The places that a file names, for the check of an edit.

use crate::retag::{
    boxes::{find, movie, parts},
    input::{Input, Refusal, be32, be64},
};

/// The places in the file at which other parts of it say that something lies: of the same number and order before and
/// after an edit, with the same there.
pub(in crate::retag) fn places(input: &mut Input<'_>) -> Result<Vec<u64>, Refusal> {
    let (tops, _, moov, bytes) = movie(input)?;
    let mut places = Vec::new();
    let mut todo = vec![(moov.header as usize, bytes.len())];
    while let Some((from, to)) = todo.pop() {
        for part in parts(&bytes[..to], from).0 {
            let (content, at) = (part.content(&bytes), part.at + part.header);
            let entries = |width: usize| {
                content.get(8..).unwrap_or_default().chunks_exact(width).take(be32(content, 4).unwrap_or(0) as usize)
            };
            match &part.name {
                b"stco" => places.extend(entries(4).filter_map(|e| be32(e, 0)).map(u64::from)),
                b"co64" => places.extend(entries(8).filter_map(|e| be64(e, 0))),
                b"trak" | b"mdia" | b"minf" | b"stbl" => todo.push((at, part.end())),
                _ => {}
            }
        }
    }
    for top in tops {
        match &top.name {
            b"moof" => {
                let bytes = input.bytes(top.at, top.size)?;
                places.push(top.at);
                for run in parts(&bytes, top.header as usize).0.iter().filter(|p| &p.name == b"traf") {
                    let (inner, _) = parts(&bytes[..run.end()], run.at + run.header);
                    let head = find(&inner, *b"tfhd").map(|h| h.content(&bytes)).unwrap_or_default();
                    places.extend(be64(head, 8).filter(|_| be32(head, 0).is_some_and(|flags| flags & 1 != 0)));
                }
            }
            b"mfra" => {
                let bytes = input.bytes(top.at, top.size)?;
                for table in parts(&bytes, top.header as usize).0.iter().filter(|p| &p.name == b"tfra") {
                    let content = table.content(&bytes);
                    let lengths = be32(content, 8).unwrap_or(0);
                    let extra = [4, 2, 0].iter().map(|shift| ((lengths >> shift) & 3) as usize + 1).sum::<usize>();
                    let width = if content.first() == Some(&1) { 8 } else { 4 };
                    for entry in content.get(16..).unwrap_or_default().chunks_exact(2 * width + extra) {
                        let place = if width == 8 { be64(entry, 8) } else { be32(entry, 4).map(u64::from) };
                        places.extend(place);
                    }
                }
            }
            b"sidx" => {
                let bytes = input.bytes(top.at, top.size)?;
                let content = bytes.get(top.header as usize..).unwrap_or_default();
                let (first, at) = match content.first() {
                    Some(0) => (be32(content, 16).map(u64::from), 20),
                    _ => (be64(content, 20), 28),
                };
                let mut place = top.end().saturating_add(first.unwrap_or(0));
                places.push(place);
                for entry in content.get(at + 4..).unwrap_or_default().as_chunks::<12>().0 {
                    place = place.saturating_add(u64::from(be32(entry, 0).unwrap_or(0) & 0x7fff_ffff));
                    places.push(place);
                }
            }
            _ => {}
        }
    }
    Ok(places)
}
