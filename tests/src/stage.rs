//! A folder for everything of one test.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::{secrets, sound::Sound};

/// A folder that vanishes with the test: music, data, logs, recordings. No log may hold a secret by then.
#[derive(Debug)]
pub struct Stage {
    folder: TempDir,
}

impl Stage {
    /// An empty one, with an empty music folder.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("downbeat-e2e-").tempdir().expect("a folder can be made");
        fs::create_dir(folder.path().join("music")).expect("a folder can be made");
        Self { folder }
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The music folder.
    pub fn music(&self) -> PathBuf {
        self.path("music")
    }

    /// Adds fixtures to the music.
    #[must_use]
    pub fn with_fixtures(self, names: &[&str]) -> Self {
        for name in names {
            let to = self.music().join(name);
            fs::copy(fixture(name), to).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
        self
    }

    /// Adds a long piece to the music: `seconds` of noise that is nowhere like itself, 16 bit, as `name`.
    #[must_use]
    pub fn with_noise(self, name: &str, rate: u32, seconds: f64) -> Self {
        Sound::noise(rate, seconds, name.len() as u64 + u64::from(rate)).write_wav(&self.music().join(name));
        self
    }

    /// Adds a file of these bytes to the music.
    #[must_use]
    pub fn with_file(self, name: &str, bytes: &[u8]) -> Self {
        fs::write(self.music().join(name), bytes).expect("a file can be written");
        self
    }

    /// The sound of the file of this name in the music folder.
    pub fn sound(&self, name: &str) -> Sound {
        Sound::decode(&self.music().join(name))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let found = secrets::in_logs(self.folder.path());
            assert!(found.is_empty(), "logs hold secrets: {found:?}");
        }
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

/// The path of a fixture.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../media/fixtures")).join(name)
}
