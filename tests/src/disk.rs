//! A disk that can be full, for one process: the rest of the machine does not notice.

use std::{fs, path::PathBuf, process::Command};

use crate::stage::Stage;

/// A full disk is made by a small library in C that is loaded ahead of the system's calls.
const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/disk.c");

/// The disk of a process that is started with [`Disk::environment`].
#[derive(Debug)]
pub struct Disk {
    library: PathBuf,
    mark: PathBuf,
}

impl Disk {
    /// One with room.
    pub fn new(stage: &Stage) -> Self {
        let library = stage.path("disk.so");
        let built = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(SOURCE).output();
        let built = built.expect("there is a C compiler, without which nothing here is built");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        Self { library, mark: stage.path("disk-is-full") }
    }

    /// The variables that a process must be started with for this to be its disk.
    pub fn environment(&self) -> Vec<(String, String)> {
        let text = |path: &PathBuf| path.to_string_lossy().into_owned();
        vec![("LD_PRELOAD".into(), text(&self.library)), ("TEST_DISK_IS_FULL".into(), text(&self.mark))]
    }

    /// No file can grow any more.
    pub fn fill(&self) {
        fs::write(&self.mark, "").expect("the test's own disk is not full");
    }

    /// Somebody made room.
    pub fn free(&self) {
        fs::remove_file(&self.mark).expect("it was full");
    }
}
