//! The files of the audit: appended to, bounded, each line bound to the one before.

use std::{
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use super::line::{Entry, Fault, Line, hash};

/// The files that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The changes that were made.
    Changes,
    /// The requests that were refused.
    Refusals,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Changes => "changes.jsonl",
            Self::Refusals => "refusals.jsonl",
        }
    }

    /// The most bytes of all its files.
    fn most(self) -> u64 {
        match self {
            Self::Changes => 16 << 20,
            Self::Refusals => 4 << 20,
        }
    }
}

/// The audit cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[error("the audit {path} cannot be used: {error}. Make room, or give this user the right to write there")]
pub struct AuditError {
    path: PathBuf,
    error: io::Error,
}

/// One kind's files: the one that is written, and the one before it. When the first is half of the bound, it takes the
/// second's place.
#[derive(Debug)]
pub struct Audit {
    kind: Kind,
    path: PathBuf,
    file: File,
    bytes: u64,
    half: u64,
    prev: String,
}

impl Audit {
    /// Opens the files in the folder, or makes them, for this user alone.
    pub fn open(folder: &Path, kind: Kind) -> Result<Self, AuditError> {
        Self::bounded(folder, kind, kind.most())
    }

    fn bounded(folder: &Path, kind: Kind, most: u64) -> Result<Self, AuditError> {
        let path = folder.join(kind.name());
        let fail = |error| AuditError { path: path.clone(), error };
        fs::create_dir_all(folder).map_err(fail)?;
        let mut prev = String::new();
        for file in [&before(&path), &path] {
            if let Some(last) = last_line(file).map_err(fail)? {
                prev = hash(&last);
            }
        }
        let mut file = open_to_append(&path).map_err(fail)?;
        let mut bytes = file.metadata().map_err(fail)?.len();
        if !ends_well(&path).map_err(fail)? {
            // a power cut left half a line: it stays, as a line of its own
            file.write_all(b"\n").map_err(fail)?;
            bytes += 1;
        }
        Ok(Self { kind, file, bytes, half: most / 2, prev, path })
    }

    /// Appends a line. A change is on the disk when this returns.
    pub fn append(&mut self, at: i64, set: bool, count: u32, entry: Entry) -> Result<(), AuditError> {
        let line = Line { at, set, count, entry: entry.cut(), prev: self.prev.clone() };
        let text = serde_json::to_string(&line).unwrap_or_default();
        if self.bytes > 0 && self.bytes + text.len() as u64 + 1 > self.half {
            self.turn_over().map_err(|error| self.failed(error))?;
        }
        let whole = format!("{text}\n");
        self.file.write_all(whole.as_bytes()).map_err(|error| self.failed(error))?;
        if self.kind == Kind::Changes {
            self.file.sync_data().map_err(|error| self.failed(error))?;
        }
        self.bytes += whole.len() as u64;
        self.prev = hash(&text);
        Ok(())
    }

    /// All lines, the oldest first, each with what is wrong with it. The oldest of all may follow ones that gave way.
    pub fn read(&self) -> Result<impl Iterator<Item = Result<Line, Fault>> + use<>, AuditError> {
        let mut lines = Vec::new();
        for path in [before(&self.path), self.path.clone()] {
            match File::open(&path) {
                Ok(file) => lines.push(BufReader::new(file).split(b'\n')),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(AuditError { path, error }),
            }
        }
        let mut prev: Option<String> = None;
        Ok(lines.into_iter().flatten().map_while(Result::ok).filter(|line| !line.is_empty()).map(move |bytes| {
            let text = String::from_utf8_lossy(&bytes);
            let expected = prev.replace(hash(&text));
            let line: Line = serde_json::from_slice(&bytes).map_err(|_| Fault::Damaged)?;
            if expected.is_none_or(|expected| expected == line.prev) { Ok(line) } else { Err(Fault::Gap) }
        }))
    }

    fn turn_over(&mut self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, before(&self.path))?;
        self.file = open_to_append(&self.path)?;
        self.bytes = 0;
        Ok(())
    }

    fn failed(&self, error: io::Error) -> AuditError {
        AuditError { path: self.path.clone(), error }
    }
}

fn before(path: &Path) -> PathBuf {
    path.with_extension("1.jsonl")
}

fn open_to_append(path: &Path) -> io::Result<File> {
    File::options().append(true).create(true).mode(0o600).open(path)
}

/// The last line that has anything, or nothing.
fn last_line(path: &Path) -> io::Result<Option<String>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut last = None;
    for line in BufReader::new(file).split(b'\n') {
        let line = line?;
        if !line.is_empty() {
            last = Some(String::from_utf8_lossy(&line).into_owned());
        }
    }
    Ok(last)
}

fn ends_well(path: &Path) -> io::Result<bool> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    let mut file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::audit::Outcome;

    fn entry(n: usize) -> Entry {
        Entry {
            who: "ada".into(),
            from: "10.0.0.1".into(),
            way: "session".into(),
            what: "zone.rename".into(),
            target: n.to_string(),
            before: String::new(),
            after: String::new(),
            outcome: Outcome::Done,
            detail: String::new(),
        }
    }

    fn write(audit: &mut Audit, numbers: std::ops::Range<usize>) {
        for n in numbers {
            audit.append(1_000 + n as i64, true, 1, entry(n)).unwrap();
        }
    }

    fn read(audit: &Audit) -> Vec<Result<String, Fault>> {
        audit.read().unwrap().map(|line| line.map(|line| line.entry.target)).collect()
    }

    #[test]
    fn lines_are_there_after_a_restart_and_for_this_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("audit");
        let mut audit = Audit::open(&data, Kind::Changes).unwrap();
        write(&mut audit, 0..3);
        let mut audit = Audit::open(&data, Kind::Changes).unwrap();
        write(&mut audit, 3..5);
        assert_eq!(read(&audit), (0..5).map(|n| Ok(n.to_string())).collect::<Vec<_>>());
        let mode = fs::metadata(data.join("changes.jsonl")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(read(&Audit::open(&data, Kind::Refusals).unwrap()).is_empty(), "refusals are apart");
    }

    #[test]
    fn a_line_that_was_taken_out_or_changed_shows() {
        let folder = tempfile::tempdir().unwrap();
        let mut audit = Audit::open(folder.path(), Kind::Changes).unwrap();
        write(&mut audit, 0..4);
        let path = folder.path().join("changes.jsonl");
        let whole = fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = whole.lines().collect();
        fs::write(&path, format!("{}\n{}\n{}\n", lines[0], lines[2], lines[3])).unwrap();
        assert_eq!(read(&audit), [Ok("0".into()), Err(Fault::Gap), Ok("3".into())]);
        fs::write(&path, whole.replace("\"target\":\"1\"", "\"target\":\"9\"")).unwrap();
        assert_eq!(read(&audit), [Ok("0".into()), Ok("9".into()), Err(Fault::Gap), Ok("3".into())]);
    }

    #[test]
    fn half_a_line_of_a_power_cut_stays_apart() {
        let folder = tempfile::tempdir().unwrap();
        let mut audit = Audit::open(folder.path(), Kind::Changes).unwrap();
        write(&mut audit, 0..2);
        let path = folder.path().join("changes.jsonl");
        let whole = fs::read_to_string(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 20]).unwrap();
        let mut audit = Audit::open(folder.path(), Kind::Changes).unwrap();
        write(&mut audit, 2..4);
        assert_eq!(read(&audit), [Ok("0".into()), Err(Fault::Damaged), Ok("2".into()), Ok("3".into())]);
    }

    #[test]
    fn it_is_bounded_and_the_newest_stay_in_one_chain() {
        let folder = tempfile::tempdir().unwrap();
        let mut audit = Audit::bounded(folder.path(), Kind::Refusals, 8_000).unwrap();
        for round in 0..4 {
            write(&mut audit, round * 50..round * 50 + 50);
            audit = Audit::bounded(folder.path(), Kind::Refusals, 8_000).unwrap();
            let bytes: u64 = fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap().metadata().unwrap().len()).sum();
            assert!(bytes <= 8_000, "{bytes}");
        }
        let lines = read(&audit);
        assert!(lines.len() > 10 && lines.iter().all(Result::is_ok), "{lines:?}");
        assert_eq!(lines.last(), Some(&Ok("199".to_owned())));
    }

    #[test]
    fn a_folder_that_cannot_be_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Audit::open(&file, Kind::Changes).unwrap_err().to_string();
        assert!(error.contains("right to write"), "{error}");
    }
}
