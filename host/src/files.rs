//! Files that a power cut leaves as they were or as they are to be.

use nix::{
    sys::{stat::Mode, statvfs::statvfs},
    unistd::geteuid,
};
use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

/// Replaces the file at `path` by `content`, as a whole or not at all: written beside it, flushed, renamed.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    replace_by(path, content, 0o666)
}

/// The same, with a file that this user alone may read, whatever the umask is.
pub fn replace_private(path: &Path, content: &[u8]) -> io::Result<()> {
    replace_by(path, content, 0o600)
}

fn replace_by(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let beside = path.with_extension("new");
    // One that a crash left is thrown away. A link that another user put there would lead the write elsewhere.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = File::options().write(true).create_new(true).mode(mode).open(&beside)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    match path.parent() {
        Some(dir) => File::open(dir)?.sync_all(),
        None => Ok(()),
    }
}

/// Files that this process makes from now on are for its user alone. Call it before there are other threads.
pub fn keep_private() {
    nix::sys::stat::umask(Mode::from_bits_truncate(0o077));
}

/// Takes the rights of others from the files in a data folder, and from the folder if it was ours to make: an earlier
/// version left them readable. A file that cannot be changed is left as it is.
pub fn make_private(folder: &Path, names: &[&str]) {
    let user = geteuid().as_raw();
    for name in names {
        // never through a link
        let path = folder.join(name);
        let Ok(found) = fs::symlink_metadata(&path) else { continue };
        let mode = found.permissions().mode();
        if (found.is_file() || found.is_dir()) && found.uid() == user && mode & 0o077 != 0 {
            let private = fs::Permissions::from_mode(mode & 0o7700);
            if let Err(error) = fs::set_permissions(&path, private) {
                tracing::debug!(path = %path.display(), %error, "stays readable for others");
            }
        }
    }
}

/// The size of a disk, and the room on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Its size, bytes.
    pub total: u64,
    /// Room that this user may still fill, bytes.
    pub free: u64,
}

/// The space of the disk that holds `path`.
pub fn space(path: &Path) -> io::Result<Space> {
    let disk = statvfs(path)?;
    let bytes = |blocks: u64| blocks.saturating_mul(disk.fragment_size());
    Ok(Space { total: bytes(disk.blocks()), free: bytes(disk.blocks_available()) })
}

/// Room that this user may still fill on the disk that holds `path`, bytes.
pub fn free_bytes(path: &Path) -> io::Result<u64> {
    space(path).map(|disk| disk.free)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_beside_it_does_not_lead_the_write_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        let (path, others) = (dir.path().join("speaker-id"), dir.path().join("others"));
        fs::write(&others, "of another user").unwrap();
        symlink(&others, dir.path().join("speaker-id.new")).unwrap();
        replace(&path, b"ours").unwrap();
        assert_eq!(fs::read(&others).unwrap(), b"of another user");
        assert_eq!(fs::read(&path).unwrap(), b"ours");
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
    }

    #[test]
    fn what_others_could_read_is_made_private_but_for_links() {
        let dir = tempfile::tempdir().unwrap();
        let mode = |name: &str| fs::metadata(dir.path().join(name)).unwrap().permissions().mode() & 0o777;
        for name in ["database", "others"] {
            fs::write(dir.path().join(name), "").unwrap();
            fs::set_permissions(dir.path().join(name), fs::Permissions::from_mode(0o644)).unwrap();
        }
        symlink(dir.path().join("others"), dir.path().join("link")).unwrap();
        make_private(dir.path(), &["database", "link", "missing"]);
        assert_eq!((mode("database"), mode("others")), (0o600, 0o644));
        assert!(free_bytes(dir.path()).unwrap() > 0);
        let disk = space(dir.path()).unwrap();
        assert!(disk.free <= disk.total, "{disk:?}");
    }

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("drift.json");
        replace(&path, b"old").unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        replace_private(&path, b"secret").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(replace(&dir.path().join("none/file"), b"").is_err());
    }
}
