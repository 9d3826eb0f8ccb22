//! The cache's files on the disk: kept under their names, deleted, and all that on the blocking pool.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use downbeat_host::rarely::may_tell;
use nix::errno::Errno;
use tokio::task::spawn_blocking;

use super::shared::SharedCache;

/// Gives the partial file its name if its bytes are those of `hash`. `Ok(false)`: they are not, and it is empty again.
pub(super) fn keep_if_right(
    path: &Path,
    file: Option<Arc<File>>,
    hash: &str,
    target: &Path,
    shared: &SharedCache,
) -> io::Result<bool> {
    let file = match file {
        Some(file) => file,
        // An empty file is whole before anything came.
        None => Arc::new(create(path)?),
    };
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 128 * 1024];
    let mut position = 0;
    loop {
        let n = file.read_at(&mut buffer, position)?;
        if n == 0 {
            break;
        }
        if shared.lock().closed {
            // A long file must not hold up the end of the process.
            return Err(io::Error::other("the cache was closed"));
        }
        hasher.update(&buffer[..n]);
        position += n as u64;
    }
    if hasher.finalize().to_hex().as_str() != hash {
        file.set_len(0)?;
        return Ok(false);
    }
    file.sync_all()?;
    fs::rename(path, target)?;
    if let Some(dir) = target.parent() {
        File::open(dir)?.sync_all()?;
    }
    Ok(true)
}

/// Deletes files of the cache: how many bytes they had.
pub(super) async fn remove(paths: Vec<PathBuf>) -> u64 {
    if paths.is_empty() {
        return 0;
    }
    blocking(move || Ok(delete(&paths))).await.unwrap_or_else(|error: io::Error| {
        tracing::warn!(%error, "cannot delete from the cache");
        0
    })
}

fn delete(paths: &[PathBuf]) -> u64 {
    let mut bytes = 0;
    for path in paths {
        let length = fs::metadata(path).map_or(0, |file| file.len());
        match fs::remove_file(path) {
            Ok(()) => bytes += length,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                if let Some(left_out) = may_tell("cannot delete a file of the cache") {
                    tracing::warn!(%error, path = %path.display(), left_out, "cannot delete a file of the cache");
                }
            }
        }
    }
    bytes
}

/// True if the fault is the machine's and may pass: no more open files, no memory. Nothing is known of the file then.
pub(super) fn says_nothing_of_a_file(error: &io::Error) -> bool {
    let passing = [Errno::EMFILE, Errno::ENFILE, Errno::ENOMEM, Errno::EAGAIN, Errno::ENOBUFS, Errno::EINTR];
    error.raw_os_error().is_none_or(|code| passing.contains(&Errno::from_raw(code)))
}

/// Opens a new partial file.
pub(super) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)
}

/// Writes a part of a piece of a window, after the files `gone` made room for it.
pub(super) fn write_piece(gone: &[PathBuf], path: &Path, bytes: &[u8], at: u64) -> io::Result<()> {
    delete(gone);
    OpenOptions::new().write(true).create(true).truncate(false).open(path)?.write_all_at(bytes, at)
}

/// Copies `length` bytes of `from` at `position` into the piece at `path`, to `at` in it.
pub(super) fn copy_piece(from: &File, position: u64, length: u64, path: &Path, at: u64) -> io::Result<()> {
    let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    from.read_exact_at(&mut bytes, position)?;
    write_piece(&[], path, &bytes, at)
}

/// `work` on the blocking pool.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}
