//! FLAC: blocks of metadata, then the sound. A comment grows into the padding if there is enough.

use super::{
    fields::{Found, Role, Wanted},
    input::{Input, MOST_BYTES, Refusal},
    own_sheet::OwnSheet,
    patch::Patch,
    vorbis::{self, Comments},
};

const PADDING: u8 = 1;
const COMMENTS: u8 = 4;
const SHEET: u8 = 5;
const PICTURE: u8 = 6;
const LAST: u8 = 0x80;
/// The size of a block is stated in three bytes.
const MOST_BLOCK: usize = (1 << 24) - 1;
/// The room that is left for later edits when the sound must move.
const ROOM: usize = 1024;

#[derive(Debug, Clone, Copy)]
struct Block {
    kind: u8,
    /// Of its header.
    at: u64,
    size: u64,
}

/// The blocks from the marker at `start` on, as far as they can be told apart.
fn blocks(input: &mut Input<'_>, start: u64) -> Result<(Vec<Block>, bool), Refusal> {
    let (mut at, mut blocks) = (start + 4, Vec::new());
    while blocks.len() < 10_000 && at - start < MOST_BYTES {
        let header = input.up_to(at, 4)?;
        let [first, a, b, c] = header[..] else { return Ok((blocks, false)) };
        let size = u64::from(u32::from_be_bytes([0, a, b, c]));
        if at + 4 + size > input.len() {
            return Ok((blocks, false));
        }
        blocks.push(Block { kind: first & !LAST, at, size });
        at += 4 + size;
        if first & LAST != 0 {
            return Ok((blocks, true));
        }
    }
    Ok((blocks, false))
}

pub(super) fn read(input: &mut Input<'_>, start: u64, pictures: bool) -> Result<Found, Refusal> {
    let (blocks, whole) = blocks(input, start)?;
    let (mut found, mut rank) = (Found::default(), u32::MAX);
    for block in blocks {
        match block.kind {
            COMMENTS => match Comments::parse(&input.up_to(block.at + 4, block.size)?) {
                Some(comments) => found.beneath(comments.found()),
                None => found.fault("its comments cannot be read"),
            },
            PICTURE if pictures => {
                let picture = vorbis::picture(&input.up_to(block.at + 4, block.size)?);
                if let Some((its, bytes)) = picture.filter(|(its, _)| *its < rank) {
                    (rank, found.picture) = (its, Some(bytes));
                }
            }
            _ => {}
        }
    }
    if !whole {
        found.fault("its blocks of metadata do not end where they state");
    }
    Ok(found)
}

/// The cue sheet or the chapters: comments, which have names, before the block.
pub(super) fn sheet(input: &mut Input<'_>, start: u64) -> Result<Option<OwnSheet>, Refusal> {
    let mut block = None;
    for Block { kind, at, size } in blocks(input, start)?.0 {
        match kind {
            COMMENTS => {
                let comments = Comments::parse(&input.up_to(at + 4, size)?);
                let Some(comments) = comments else { continue };
                if let Some(text) = comments.named("CUESHEET") {
                    return Ok(Some(OwnSheet::Text(text)));
                }
                let chapters = comments.chapters();
                if !chapters.is_empty() {
                    return Ok(Some(OwnSheet::Chapters(chapters)));
                }
            }
            SHEET if block.is_none() => block = Some(input.up_to(at + 4, size)?),
            _ => {}
        }
    }
    Ok(block.map(OwnSheet::Block))
}

pub(super) fn edit(input: &mut Input<'_>, start: u64, wanted: &[Wanted], patch: &mut Patch) -> Result<(), Refusal> {
    let (blocks, whole) = blocks(input, start)?;
    let (Some(first), true) = (blocks.first(), whole) else {
        return Refusal::because("its blocks of metadata do not end where they state");
    };
    let own = blocks.iter().position(|b| b.kind == COMMENTS);
    // Without comments they follow the first block, which describes the sound.
    let (at, index) = own.map_or((first.at + 4 + first.size, 1), |i| (blocks[i].at, i));
    let mut comments = match own {
        Some(i) => {
            let bytes = input.bytes(blocks[i].at + 4, blocks[i].size)?;
            Comments::parse(&bytes).unwrap_or_else(Comments::empty)
        }
        None => Comments::empty(),
    };
    comments.apply(wanted, Role::Main);
    let mut content = comments.build();
    content.extend(&comments.tail);
    if content.len() > MOST_BLOCK {
        return Refusal::because("its comments would be larger than FLAC allows");
    }
    let followers = if own.is_some() { &blocks[index + 1..] } else { &blocks[index..] };
    let before = own.map_or(0, |i| 4 + blocks[i].size as usize);
    let growth = 4 + content.len() as i64 - before as i64;
    // The first padding behind that can give or take what is needed.
    let padding = followers.iter().position(|b| b.kind == PADDING && b.size as i64 >= growth);
    let fits = padding.is_some_and(|i| (followers[i].size as i64 - growth) as usize <= MOST_BLOCK);
    let moved = match padding.filter(|_| fits || growth == 0) {
        Some(i) if growth != 0 => &followers[..=i],
        _ => &[],
    };
    let end = moved.last().map_or(at + before as u64, |b| b.at + 4 + b.size);
    let old = input.bytes(at, end - at)?;
    let mut new = block(COMMENTS, &content);
    for b in moved {
        let whole = &old[(b.at - at) as usize..(b.at - at + 4 + b.size) as usize];
        if std::ptr::eq(b, &raw const moved[moved.len() - 1]) {
            new.extend(block(PADDING, &vec![0; (b.size as i64 - growth) as usize]));
        } else {
            new.extend([whole[0] & !LAST].iter().chain(&whole[1..]));
        }
    }
    let ends_the_list = end == blocks.last().map_or(end, |b| b.at + 4 + b.size);
    if moved.is_empty() && growth > 0 {
        new.extend(block(PADDING, &[0; ROOM]));
    }
    if ends_the_list {
        mark_last(&mut new);
        if own.is_none() && moved.is_empty() {
            // The block before was the last so far.
            let last = blocks.last().unwrap_or(first);
            let header = input.bytes(last.at, 1)?;
            patch.replace(last.at, &header, &[header[0] & !LAST]);
        }
    }
    patch.replace(at, &old, &new);
    Ok(())
}

fn block(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = (content.len() as u32).to_be_bytes().to_vec();
    bytes[0] = kind;
    bytes.extend(content);
    bytes
}

/// Marks the last of these blocks as the last of all.
fn mark_last(blocks: &mut [u8]) {
    let mut at = 0;
    while let Some(&[_, a, b, c]) = blocks.get(at..at + 4) {
        let next = at + 4 + u32::from_be_bytes([0, a, b, c]) as usize;
        if next >= blocks.len() {
            blocks[at] |= LAST;
            return;
        }
        at = next;
    }
}
