//! A file as the readers and writers of tags see it: pieces of bounded size, from any place.

use std::io::{self, Read as _, SeekFrom};

use crate::source::Bytes;

/// No tag, no header of a film and no chunk that is looked into has more bytes.
pub(crate) const MOST_BYTES: u64 = 64 << 20;

/// Why no tags are read or written here. Of the second the words are for people.
#[derive(Debug)]
pub(crate) enum Refusal {
    Io(io::Error),
    Cannot(String),
}

impl Refusal {
    pub(crate) fn because<T>(reason: impl Into<String>) -> Result<T, Self> {
        Err(Self::Cannot(reason.into()))
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

pub(crate) struct Input<'a> {
    reader: &'a mut dyn Bytes,
    len: u64,
}

impl<'a> Input<'a> {
    pub(crate) fn new(reader: &'a mut dyn Bytes) -> io::Result<Self> {
        let len = reader.seek(SeekFrom::End(0))?;
        Ok(Self { reader, len })
    }

    /// The file's size, bytes.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// As many of `length` bytes as there are from `at` on.
    pub(crate) fn up_to(&mut self, at: u64, length: u64) -> Result<Vec<u8>, Refusal> {
        let length = length.min(self.len.saturating_sub(at));
        if length > MOST_BYTES {
            return Refusal::because(format!("a piece of it of {length} bytes is larger than any tag may be"));
        }
        let mut bytes = Vec::with_capacity(length as usize);
        self.reader.seek(SeekFrom::Start(at))?;
        (&mut *self.reader).take(length).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// All of these bytes.
    pub(crate) fn bytes(&mut self, at: u64, length: u64) -> Result<Vec<u8>, Refusal> {
        let bytes = self.up_to(at, length)?;
        if bytes.len() as u64 == length { Ok(bytes) } else { Refusal::because("it ends too early") }
    }
}

/// Of four bytes of seven bits each.
pub(crate) fn synchsafe(bytes: &[u8]) -> Option<usize> {
    let bytes: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
    bytes.iter().all(|b| b & 0x80 == 0).then(|| bytes.iter().fold(0, |sum, b| (sum << 7) | usize::from(*b)))
}

pub(crate) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

pub(crate) fn be64(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

pub(crate) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}
