//! The cache's files on the disk: kept under their names, deleted, and all that on the blocking pool.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

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
        None => Arc::new(OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?),
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

pub(super) async fn remove(paths: Vec<PathBuf>) {
    if paths.is_empty() {
        return;
    }
    blocking(move || {
        for path in &paths {
            if let Err(error) = fs::remove_file(path)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(%error, path = %path.display(), "cannot delete a file of the cache");
            }
        }
        Ok(())
    })
    .await
    .unwrap_or_else(|error: io::Error| tracing::warn!(%error, "cannot delete from the cache"));
}

/// `work` on the blocking pool.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}
