//! One file as several parsers read it: what one has read, the next finds in memory.
//!
//! The prober and the tag reader look at the same places of a file, its start and its end, in pieces of a few bytes.
//! Reading those places once, in blocks, saves most of the system calls of a scan. The bytes stop at the
//! [`Limits`], so that a parser that reads in circles comes to an end.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::FileExt as _,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use super::limits::Limits;

const BLOCK: u64 = 64 * 1024;
/// Blocks that are kept: the start, the end, and some in between.
const KEPT: usize = 8;

/// An open file with its latest blocks.
#[derive(Debug, Clone)]
pub(super) struct Source(Arc<SourceState>);

#[derive(Debug)]
struct SourceState {
    file: File,
    bytes: u64,
    limits: Limits,
    /// Why it could not be read, the first time that it could not.
    trouble: OnceLock<(io::ErrorKind, Option<i32>, String)>,
    /// Block number and content; the latest used is last.
    blocks: Mutex<Vec<(u64, Vec<u8>)>>,
}

impl Source {
    /// `bytes` is the file's size; nothing is read beyond it.
    pub(super) fn new(file: File, bytes: u64, limits: Limits) -> Self {
        Self(Arc::new(SourceState { file, bytes, limits, trouble: OnceLock::new(), blocks: Mutex::default() }))
    }

    /// A reader from the first byte.
    pub(super) fn reader(&self) -> Reader {
        Reader { source: self.clone(), position: 0 }
    }

    /// The file itself.
    pub(super) fn file(&self) -> &File {
        &self.0.file
    }

    /// Why the file could not be read to where somebody wanted to: the disk, or the end of the program; not what is in
    /// it, nor that it took too long. Parsers make words of their own of it, or take it for the file's end.
    pub(super) fn trouble(&self) -> Option<io::Error> {
        let (kind, code, text) = self.0.trouble.get()?;
        Some(code.map_or_else(|| io::Error::new(*kind, text.clone()), io::Error::from_raw_os_error))
    }

    fn check(&self) -> io::Result<()> {
        let checked = self.0.limits.check();
        if let Err(error) = checked.as_ref()
            && error.kind() != io::ErrorKind::TimedOut
        {
            self.note(error);
        }
        checked
    }

    fn note(&self, error: &io::Error) {
        let _ = self.0.trouble.set((error.kind(), error.raw_os_error(), error.to_string()));
    }

    fn read_at(&self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let inner = &*self.0;
        if position >= inner.bytes || buffer.is_empty() {
            return Ok(0);
        }
        let number = position / BLOCK;
        let mut blocks = inner.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(i) = blocks.iter().position(|(n, _)| *n == number) {
            let last = blocks.len() - 1;
            blocks[i..=last].rotate_left(1);
        } else {
            self.check()?;
            let mut block = if blocks.len() < KEPT { Vec::new() } else { blocks.remove(0).1 };
            let length = BLOCK.min(inner.bytes - number * BLOCK);
            block.resize(length as usize, 0);
            let read = read_fully(&inner.file, number * BLOCK, &mut block).inspect_err(|error| self.note(error))?;
            block.truncate(read);
            blocks.push((number, block));
        }
        let (_, block) = blocks.last().expect("it was found or put there");
        let rest = block.get((position % BLOCK) as usize..).unwrap_or_default();
        let n = rest.len().min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }
}

/// As much as there is.
fn read_fully(file: &File, mut position: u64, mut buffer: &mut [u8]) -> io::Result<usize> {
    let mut total = 0;
    while !buffer.is_empty() {
        match file.read_at(buffer, position) {
            Ok(0) => break,
            Ok(n) => {
                total += n;
                position += n as u64;
                buffer = &mut buffer[n..];
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(total)
}

/// The bytes that the parser of tags reads.
///
/// The parser is compiled anew for each type of reader that it is given, and is as large as all the rest of this crate.
/// So it is given one type.
pub(super) trait Bytes: Read + Seek {}

impl<T: Read + Seek> Bytes for T {}

/// Reads a [`Source`] from a place of its own.
#[derive(Debug)]
pub(super) struct Reader {
    source: Source,
    position: u64,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.source.read_at(self.position, buffer)?;
        self.position += n as u64;
        Ok(n)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.source.check()?;
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.source.0.bytes.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = target.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "before the first byte"))?;
        Ok(self.position)
    }
}

impl downbeat_media::MediaSource for Reader {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.source.0.bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write as _, sync::atomic::AtomicBool, time::Duration};

    use super::*;

    fn source(content: &[u8], time: Duration, stop: &Arc<AtomicBool>) -> Source {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        Source::new(file, content.len() as u64, Limits::new(time, Arc::clone(stop)))
    }

    #[test]
    fn reads_what_is_in_the_file_from_any_place() {
        let content: Vec<u8> = (0..1_000_000_u32).map(|i| (i * 7 % 251) as u8).collect();
        let source = source(&content, Duration::from_mins(10), &Arc::default());
        let mut all = Vec::new();
        source.reader().read_to_end(&mut all).unwrap();
        assert_eq!(all, content);
        let mut reader = source.reader();
        for (to, at) in [
            (SeekFrom::End(-10), 999_990),
            (SeekFrom::Start(65_530), 65_530),
            (SeekFrom::Current(100_000), 165_540),
            (SeekFrom::Start(0), 0),
        ] {
            assert_eq!(reader.seek(to).unwrap(), at);
            let mut piece = [0; 10];
            reader.read_exact(&mut piece).unwrap();
            assert_eq!(piece, content[at as usize..at as usize + 10]);
        }
        reader.seek(SeekFrom::Start(2_000_000)).unwrap();
        assert_eq!(reader.read(&mut [0; 10]).unwrap(), 0);
        assert!(reader.seek(SeekFrom::Current(-3_000_000)).is_err());
    }

    #[test]
    fn what_the_disk_says_is_remembered() {
        let dir = tempfile::tempdir().unwrap();
        // Opened only for writing: reading it fails, whoever asks.
        let file = File::create(dir.path().join("a")).unwrap();
        file.set_len(10).unwrap();
        let source = Source::new(file, 10, Limits::new(Duration::from_mins(10), Arc::default()));
        assert!(source.trouble().is_none());
        assert!(source.reader().read(&mut [0; 10]).is_err());
        assert!(source.trouble().is_some());
    }

    #[test]
    fn ends_by_time_and_by_stop() {
        let stop = Arc::new(AtomicBool::new(false));
        let mut text = String::new();
        source(b"abc", Duration::from_mins(10), &stop).reader().read_to_string(&mut text).unwrap();
        assert_eq!(text, "abc");
        let error = source(b"abc", Duration::ZERO, &stop).reader().read_to_string(&mut text).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(source(b"abc", Duration::from_mins(10), &stop).reader().read_to_string(&mut text).is_err());
    }
}
