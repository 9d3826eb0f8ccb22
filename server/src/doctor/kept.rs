//! The time of the last backup that was sent whole, in a file of the data folder.

use std::{fs, path::Path};

use downbeat_host::{files, machine::wall_s};

/// The file.
pub const FILE: &str = "last-backup";

/// Notes that a backup was made now. A failure costs no more than a word of the doctor's.
pub fn note(data: &Path) {
    if let Err(error) = files::replace_private(&data.join(FILE), format!("{}\n", wall_s()).as_bytes()) {
        tracing::debug!(%error, "the time of the backup was not kept");
    }
}

/// Seconds since 1970 of the last backup; `None`: none is known of.
pub fn last(data: &Path) -> Option<u64> {
    fs::read_to_string(data.join(FILE)).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_backup_outlives_the_process() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(last(dir.path()), None);
        note(dir.path());
        assert!(last(dir.path()).is_some_and(|at| at > 1_600_000_000));
    }
}
