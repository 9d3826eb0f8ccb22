//! Files whose first bytes mislead the readers: they are read from a later place, or with some bytes corrected.

use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::io::MediaSource;

use crate::mpeg;

/// Chunks of a WAV file that are looked at in search of its sound.
const MAX_CHUNKS: usize = 256;

/// A source without its first bytes, in which some bytes are others.
pub(crate) struct Mended<S> {
    inner: S,
    start: u64,
    position: u64,
    corrections: Vec<(u64, [u8; 4])>,
    is_cut: bool,
}

/// Looks at the beginning, and at the rest only if that is not as the readers want it. A failure of the source is met
/// again by the reader.
pub(crate) fn mend<S: MediaSource>(mut source: S) -> Mended<S> {
    let (mut start, mut corrections, mut is_cut) = (0, Vec::new(), false);
    if source.is_seekable() {
        let mut head = [0; 16];
        let length = fill(&mut source, &mut head).unwrap_or(0);
        match &head[..length] {
            [b'R', b'I', b'F', b'F', ..] | [b'R', b'F', b'6', b'4', ..] | [b'B', b'W', b'6', b'4', ..] => {
                let wav = wav(&mut source, &head).ok().flatten().unwrap_or_default();
                (start, corrections, is_cut) = (wav.start, wav.corrections, wav.is_cut);
            }
            head if length == 16 => start = nothing_before(&mut source, head).ok().flatten().unwrap_or(0),
            _ => {}
        }
        // The reader begins where it would have, or fails as it would have.
        let _ = source.seek(SeekFrom::Start(start));
    }
    Mended { inner: source, start, position: 0, corrections, is_cut }
}

impl<S> Mended<S> {
    /// True if a length says more than there is.
    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut
    }
}

fn fill(source: &mut dyn MediaSource, buffer: &mut [u8]) -> io::Result<usize> {
    source.seek(SeekFrom::Start(0))?;
    let mut length = 0;
    while length < buffer.len() {
        match source.read(&mut buffer[length..])? {
            0 => break,
            n => length += n,
        }
    }
    Ok(length)
}

/// True for the first bytes of a file that one of the readers takes.
fn is_known(head: &[u8]) -> bool {
    [&b"fLaC"[..], b"OggS", b"RIFF", b"FORM", b"ID3", b"caff", b".snd", b"riff\x2e", b"\x1a\x45\xdf\xa3"]
        .iter()
        .any(|magic| head.starts_with(magic))
        || head.get(4..8) == Some(b"ftyp")
        || head.first() == Some(&0xff) && head.get(1).is_some_and(|second| second & 0xe0 == 0xe0)
}

/// The place of an MPEG stream behind bytes that mean nothing.
fn nothing_before(source: &mut dyn MediaSource, head: &[u8]) -> io::Result<Option<u64>> {
    let mut from = 0;
    if head.starts_with(b"ID3") {
        let size = head[6..10].iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7f));
        // 10 bytes more for a footer
        from = 10 + size + if head[5] & 0x10 == 0 { 0 } else { 10 };
        let mut next = [0; 16];
        source.seek(SeekFrom::Start(from))?;
        if source.read_exact(&mut next).is_err() || is_known(&next) {
            return Ok(None);
        }
    } else if is_known(head) {
        return Ok(None);
    }
    mpeg::first_frame(source, from)
}

/// The ways in which a WAV file is to be read otherwise.
#[derive(Debug, Default)]
struct Wav {
    /// The first byte to read: behind the headers, if the sound is MPEG audio, which has its own.
    start: u64,
    corrections: Vec<(u64, [u8; 4])>,
    is_cut: bool,
}

/// Looks at a WAV file: RF64 is read as RIFF, and lengths that are 0, unknown or impossible as those that are there.
fn wav(source: &mut dyn MediaSource, head: &[u8; 16]) -> io::Result<Option<Wav>> {
    let Some(length) = source.byte_len().filter(|_| &head[8..12] == b"WAVE") else { return Ok(None) };
    let mut wav = Wav::default();
    let mut is_mpeg = false;
    let mut long_size = None;
    let mut at = 12;
    for _ in 0..MAX_CHUNKS {
        let mut chunk = [0; 8];
        source.seek(SeekFrom::Start(at))?;
        source.read_exact(&mut chunk)?;
        let stated = u32_at(&chunk, 4);
        let rest = length.saturating_sub(at + 8);
        match &chunk[..4] {
            b"fmt " => {
                let mut tag = [0; 2];
                source.read_exact(&mut tag)?;
                is_mpeg = matches!(u16::from_le_bytes(tag), 0x50 | 0x55);
            }
            b"ds64" => {
                let mut sizes = [0; 16];
                source.read_exact(&mut sizes)?;
                long_size = Some(u64::from(u32_at(&sizes, 8)) | u64::from(u32_at(&sizes, 12)) << 32);
            }
            b"data" => {
                if is_mpeg {
                    wav.start = at + 8;
                    return Ok(Some(wav));
                }
                let claimed = match (stated, long_size) {
                    (u32::MAX, Some(size)) => size,
                    // What a program that was ended, or wrote to a pipe, left behind.
                    (0 | u32::MAX, _) => rest,
                    _ => stated.into(),
                };
                let size = claimed.min(rest);
                wav.is_cut = claimed > rest;
                // A reader of its own takes what has no room in RIFF.
                if &head[..4] != b"RIFF" && u32::try_from(size).is_err() {
                    return Ok(Some(wav));
                }
                if size != u64::from(stated)
                    && let Ok(size) = u32::try_from(size)
                {
                    wav.corrections.push((at + 4, size.to_le_bytes()));
                }
                if &head[..4] != b"RIFF" {
                    wav.corrections.push((0, *b"RIFF"));
                }
                // "Unknown", which is always right.
                if u64::from(u32_at(head, 4)) < at + size {
                    wav.corrections.push((4, [0xff; 4]));
                }
                return Ok(Some(wav));
            }
            _ => {}
        }
        at += 8 + u64::from(stated) + u64::from(stated & 1);
    }
    Ok(None)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

impl<S: MediaSource> Read for Mended<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        for (at, bytes) in &self.corrections {
            for (place, byte) in (*at..).zip(bytes) {
                if let Some(index) = place.checked_sub(self.position)
                    && let Some(read) = buffer[..n].get_mut(usize::try_from(index).unwrap_or(usize::MAX))
                {
                    *read = *byte;
                }
            }
        }
        self.position += n as u64;
        Ok(n)
    }
}

impl<S: MediaSource> Seek for Mended<S> {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        let place = match place {
            SeekFrom::Start(n) => SeekFrom::Start(n.saturating_add(self.start)),
            other => other,
        };
        self.position = self.inner.seek(place)?.saturating_sub(self.start);
        Ok(self.position)
    }
}

impl<S: MediaSource> MediaSource for Mended<S> {
    fn is_seekable(&self) -> bool {
        self.inner.is_seekable()
    }

    fn byte_len(&self) -> Option<u64> {
        self.inner.byte_len().map(|length| length.saturating_sub(self.start))
    }
}
