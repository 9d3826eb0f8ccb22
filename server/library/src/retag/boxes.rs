//! The boxes of MP4: a size, a name, and what is in it.

use super::input::{Input, Refusal, be32, be64};

/// No file has more at one level.
const MOST: usize = 1_000_000;

/// A box within a piece of the file or of another box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: [u8; 4],
    pub(super) at: usize,
    /// The bytes of its header.
    pub(super) header: usize,
    /// With the header.
    pub(super) size: usize,
}

impl Part {
    pub(super) fn content<'a>(&self, within: &'a [u8]) -> &'a [u8] {
        &within[self.at + self.header..self.at + self.size]
    }

    pub(super) fn end(&self) -> usize {
        self.at + self.size
    }
}

/// The boxes in `bytes` from `from` on, as far as they can be told apart, and where they end.
pub(super) fn parts(bytes: &[u8], from: usize) -> (Vec<Part>, usize) {
    let (mut at, mut parts) = (from, Vec::new());
    while parts.len() < MOST
        && let (Some(size), Some(name)) = (be32(bytes, at), bytes.get(at + 4..at + 8))
    {
        let (size, header) = match size {
            1 => (be64(bytes, at + 8).and_then(|s| usize::try_from(s).ok()).unwrap_or(0), 16),
            size => (size as usize, 8),
        };
        if size < header || at.checked_add(size).is_none_or(|end| end > bytes.len()) {
            break;
        }
        parts.push(Part { name: name.try_into().unwrap_or_default(), at, header, size });
        at += size;
    }
    (parts, at)
}

pub(super) fn find(parts: &[Part], name: [u8; 4]) -> Option<Part> {
    parts.iter().find(|p| p.name == name).copied()
}

/// A box with this content.
pub(super) fn build(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let size = content.len() + 8;
    match u32::try_from(size) {
        Ok(size) => [&size.to_be_bytes()[..], &name, content].concat(),
        Err(_) => [&1_u32.to_be_bytes()[..], &name, &(size as u64 + 8).to_be_bytes(), content].concat(),
    }
}

/// A box of the file itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Top {
    pub(super) name: [u8; 4],
    pub(super) at: u64,
    pub(super) header: u64,
    pub(super) size: u64,
}

impl Top {
    pub(super) fn end(&self) -> u64 {
        self.at + self.size
    }
}

/// The boxes of the file; false if they do not fill it.
pub(super) fn tops(input: &mut Input<'_>) -> Result<(Vec<Top>, bool), Refusal> {
    let (mut at, mut tops) = (0, Vec::new());
    while at < input.len() && tops.len() < MOST {
        let head = input.up_to(at, 16)?;
        let (Some(size), Some(name)) = (be32(&head, 0), head.get(4..8)) else { return Ok((tops, false)) };
        let (size, header) = match size {
            0 => (input.len() - at, 8),
            1 => (be64(&head, 8).unwrap_or(0), 16),
            size => (u64::from(size), 8),
        };
        if size < header || at.checked_add(size).is_none_or(|end| end > input.len()) {
            return Ok((tops, false));
        }
        tops.push(Top { name: name.try_into().unwrap_or_default(), at, header, size });
        at += size;
    }
    Ok((tops, at == input.len()))
}

/// The offset of the first box in a `meta`: QuickTime's has no version ahead of it.
pub(super) fn meta_start(meta: &[u8]) -> usize {
    if meta.get(4..8) == Some(b"hdlr") { 0 } else { 4 }
}

/// The boxes of the file, true if they fill it, the one movie header, and its bytes.
pub(super) fn movie(input: &mut Input<'_>) -> Result<(Vec<Top>, bool, Top, Vec<u8>), Refusal> {
    let (tops, whole) = tops(input)?;
    let mut movies = tops.iter().filter(|t| &t.name == b"moov");
    let Some(moov) = movies.next().copied() else { return Refusal::because("it has no movie header") };
    if movies.next().is_some() {
        return Refusal::because("it has several movie headers");
    }
    let bytes = input.bytes(moov.at, moov.size)?;
    Ok((tops, whole, moov, bytes))
}
