//! Files as speakers fetch them: named by the hash of their bytes.
//!
//! A hash is only looked up in the catalog; nothing of it ever becomes a path. A file that is no longer what was hashed
//! is not given out: the speaker would throw it away, or worse, a proxy would keep it.

use std::{fs::File, io, path::Path, sync::Arc};

use downbeat_zone::Text;

use super::{Library, found::Stat, machine::is_to_blame, open::open};

/// A file that still is what was hashed.
#[derive(Debug)]
pub struct MediaFile {
    /// The file, at its beginning.
    pub file: File,
    /// Its length, bytes.
    pub bytes: u64,
    /// The kind of file, as its usual ending.
    pub format: Text,
}

/// Why no file is given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MediaFault {
    /// No track has this hash.
    #[error("no track of the library has this hash")]
    NotFound,
    /// The file is not there, or cannot be read.
    #[error("the file of this track is not there, or cannot be read, at the moment")]
    Unavailable,
    /// The machine does not give it: no more open files, a disk or a share that does not answer.
    #[error("the coordinator's machine does not give this file at the moment; ask again in a few seconds")]
    Machine,
    /// It is made of another file, gave way to others, and is being made again.
    #[error("this file is being made again of the one in the library; ask again in a few seconds")]
    Making,
    /// The file is another one by now; it is being read again.
    #[error("the file was changed since it was scanned and is being read again; ask for the track's new hash")]
    Changed,
}

impl Library {
    /// Opens a file of these bytes. One that is gone or changed is looked at again.
    pub async fn open_media(&self, hash: &str) -> Result<MediaFile, MediaFault> {
        let mut fault = MediaFault::NotFound;
        // a restored database may name any file
        for track in self.catalog().with_hash(hash).iter().filter(|t| self.holds(&t.path)) {
            if track.source.is_some() {
                let (library, row) = (self.clone(), Arc::clone(track));
                let made = tokio::task::spawn_blocking(move || library.shop().open(&row)).await;
                match made.ok().flatten() {
                    Some(file) => return Ok(MediaFile { file, bytes: track.bytes, format: track.format.clone() }),
                    None => fault = MediaFault::Making,
                }
                continue;
            }
            match opened(&track.path).await {
                Ok((file, stat)) if stat.same_content(track.bytes, track.mtime_ns) => {
                    return Ok(MediaFile { file, bytes: stat.bytes, format: track.format.clone() });
                }
                Ok(_) => {
                    self.suspect(&track.path);
                    fault = MediaFault::Changed;
                }
                Err(error) => {
                    self.suspect(&track.path);
                    fault = if is_to_blame(&error) { MediaFault::Machine } else { MediaFault::Unavailable };
                }
            }
        }
        Err(fault)
    }
}

async fn opened(path: &Path) -> io::Result<(File, Stat)> {
    let path = path.to_owned();
    let opened = tokio::task::spawn_blocking(move || {
        let file = open(&path)?;
        let stat = Stat::of(&file.metadata()?);
        Ok((file, stat))
    });
    opened.await.map_err(io::Error::other)?
}
