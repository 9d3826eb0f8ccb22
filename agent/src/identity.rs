//! The speaker's memory of itself over a restart: its id, and how its crystals differ.
//!
//! Files are replaced as a whole (written beside, flushed, renamed), so that a power cut leaves the old one or the
//! new one. A speaker pulled from the wall must not come back as a stranger.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use downbeat_host::{
    data_lock::{DataLock, Held},
    files::replace,
};
use downbeat_protocol::{Ppm, SpeakerId};
use serde::{Deserialize, Serialize};

/// Is locked, and stays empty.
const LOCK_FILE: &str = "downbeat-agent.lock";
const ID_FILE: &str = "speaker-id";
const DRIFT_FILE: &str = "drift.json";
/// So many devices, and so many clocks, are remembered: those set last.
const REMEMBERED: usize = 16;
/// No crystal is further off than this, parts per million; what is, is no memory of one.
const MAX_PPM: f64 = 500.0;

/// Why the speaker does not know who it is.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The data folder or the file cannot be used.
    #[error("cannot use {path}: {error}; is the data folder writable for this user?")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The file is there, and holds no id. A new one would make this speaker a stranger, so a person decides.
    #[error("{0} holds no speaker id (a UUID); restore it, or delete it to become a new speaker")]
    Damaged(PathBuf),
    /// Both would be the same speaker, and the coordinator would hear now one of them and now the other.
    #[error(
        "another agent is this speaker: it is at work on {}. End it, or give a second speaker of this machine a folder \
         of its own with --data",
        .0.display()
    )]
    Taken(PathBuf),
}

/// Takes the folder `data`: one speaker is one process.
pub fn lock(data: &Path) -> Result<DataLock, IdentityError> {
    DataLock::take(data, LOCK_FILE).map_err(|Held(data)| IdentityError::Taken(data))
}

/// The speaker's id, as kept in the folder `data`; at the first start a new one, kept there.
pub fn speaker_id(data: &Path) -> Result<SpeakerId, IdentityError> {
    let path = data.join(ID_FILE);
    let failed = |error| IdentityError::Io { path: path.clone(), error };
    match fs::read_to_string(&path) {
        Ok(text) => text.trim().parse().map_err(|_| IdentityError::Damaged(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let id = SpeakerId::random();
            keep_speaker_id(data, id).map_err(failed)?;
            Ok(id)
        }
        Err(error) => Err(failed(error)),
    }
}

/// Keeps an id, if the coordinator gave another one.
pub fn keep_speaker_id(data: &Path, id: SpeakerId) -> io::Result<()> {
    fs::create_dir_all(data)?;
    replace(&data.join(ID_FILE), format!("{id}\n").as_bytes())
}

/// How the crystals differed when they were last known well.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Drift {
    /// Each sound card's crystal against the local clock, by the output's name.
    #[serde(default)]
    dac: Vec<(String, Ppm)>,
    /// Each coordinator's clock against the local one, by whatever names its machine for good.
    #[serde(default)]
    clock: Vec<(String, Ppm)>,
}

impl Drift {
    /// As kept in the folder `data`. A drift is a help, not a need: what cannot be read is forgotten.
    pub fn load(data: &Path) -> Self {
        let path = data.join(DRIFT_FILE);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::default(),
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "cannot read the drift file; starting without");
                return Self::default();
            }
        };
        let mut drift: Self = serde_json::from_slice(&text).unwrap_or_else(|error| {
            tracing::warn!(%error, path = %path.display(), "the drift file is damaged; starting without");
            Self::default()
        });
        for list in [&mut drift.dac, &mut drift.clock] {
            list.retain(|(_, ppm)| ppm.0.abs() <= MAX_PPM);
            list.truncate(REMEMBERED);
        }
        drift
    }

    /// Keeps it in the folder `data`.
    pub fn save(&self, data: &Path) -> io::Result<()> {
        fs::create_dir_all(data)?;
        replace(&data.join(DRIFT_FILE), &serde_json::to_vec_pretty(self)?)
    }

    /// The kept rate of the card behind `output`.
    pub fn dac(&self, output: &str) -> Option<Ppm> {
        get(&self.dac, output)
    }

    /// Remembers the card behind `output`. What no crystal can be is not remembered.
    pub fn set_dac(&mut self, output: &str, ppm: Ppm) {
        set(&mut self.dac, output, ppm);
    }

    /// The kept skew of the clock `clock`.
    pub fn clock(&self, clock: &str) -> Option<Ppm> {
        get(&self.clock, clock)
    }

    /// Remembers the clock `clock`. What no crystal can be is not remembered.
    pub fn set_clock(&mut self, clock: &str, ppm: Ppm) {
        set(&mut self.clock, clock, ppm);
    }
}

fn get(list: &[(String, Ppm)], name: &str) -> Option<Ppm> {
    list.iter().find(|(n, _)| n == name).map(|(_, ppm)| *ppm)
}

/// The one set last comes first.
fn set(list: &mut Vec<(String, Ppm)>, name: &str, ppm: Ppm) {
    if ppm.0.abs() <= MAX_PPM {
        list.retain(|(n, _)| n != name);
        list.insert(0, (name.into(), ppm));
        list.truncate(REMEMBERED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_for_life() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("not/yet");
        let id = speaker_id(&data).unwrap();
        assert_eq!(speaker_id(&data).unwrap(), id);
        assert_eq!(fs::read_to_string(data.join("speaker-id")).unwrap().trim(), id.to_string());
        let other = SpeakerId::random();
        keep_speaker_id(&data, other).unwrap();
        assert_eq!(speaker_id(&data).unwrap(), other);
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_damaged_id_is_not_replaced_by_a_stranger() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("speaker-id"), "nobody").unwrap();
        assert!(matches!(speaker_id(dir.path()), Err(IdentityError::Damaged(_))));
        assert_eq!(fs::read_to_string(dir.path().join("speaker-id")).unwrap(), "nobody");
    }

    #[test]
    fn a_folder_that_cannot_be_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let error = speaker_id(&file).unwrap_err().to_string();
        assert!(error.contains("writable"), "{error}");
    }

    #[test]
    fn drift_is_remembered_by_device_and_clock_and_forgotten_if_damaged() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Drift::load(dir.path()), Drift::default());
        let mut drift = Drift::default();
        for n in 0..20 {
            drift.set_dac(&format!("card {n}"), Ppm(f64::from(n)));
        }
        drift.set_dac("card 18", Ppm(-3.5));
        drift.set_clock("ws://pi:3000", Ppm(11.25));
        drift.set_clock("ws://broken", Ppm(9_000.0));
        drift.set_clock("ws://broken", Ppm(f64::NAN));
        drift.save(dir.path()).unwrap();
        let loaded = Drift::load(dir.path());
        assert_eq!(loaded, drift);
        assert_eq!(loaded.dac("card 18"), Some(Ppm(-3.5)));
        assert_eq!((loaded.dac("card 19"), loaded.dac("card 0")), (Some(Ppm(19.0)), None), "the oldest are forgotten");
        assert_eq!((loaded.clock("ws://pi:3000"), loaded.clock("ws://broken")), (Some(Ppm(11.25)), None));
        for text in ["", "{", "[1]", r#"{"dac":[["x",1e9]]}"#] {
            fs::write(dir.path().join("drift.json"), text).unwrap();
            assert_eq!(Drift::load(dir.path()), Drift::default(), "{text}");
        }
    }
}
