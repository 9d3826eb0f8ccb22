//! A wall clock of its own for a process: that of a machine that boots in 1970.

use std::{path::PathBuf, process::Command};

use crate::stage::Stage;

/// It is made by a small library in C that is loaded ahead of the system's calls.
const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/clock.c");

/// The wall clock of a process that is started with [`WallClock::environment`].
#[derive(Debug)]
pub struct WallClock {
    library: PathBuf,
    start: i64,
}

impl WallClock {
    /// One that shows `start`, seconds since 1970, and what the machine has been up.
    pub fn new(stage: &Stage, start: i64) -> Self {
        let library = stage.path("clock.so");
        let built = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(SOURCE).output();
        let built = built.expect("there is a C compiler, without which nothing here is built");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        Self { library, start }
    }

    /// The variables that a process must be started with for this to be its clock.
    pub fn environment(&self) -> Vec<(String, String)> {
        let library = self.library.to_string_lossy().into_owned();
        vec![("LD_PRELOAD".into(), library), ("TEST_WALL_CLOCK".into(), self.start.to_string())]
    }
}
