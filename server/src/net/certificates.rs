//! The certificates that the port shows. They are made anew without a restart: the next handshake has the new ones.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustls::ServerConfig;

use super::pair_files::{PairError, PairFiles, Watched};

/// The two worlds, as TLS is spoken to each.
#[derive(Debug, Clone)]
struct Worlds {
    speakers: Arc<ServerConfig>,
    people: Arc<ServerConfig>,
}

/// A handle on the certificates; clones share them.
#[derive(Debug, Clone)]
pub struct Certificates(Arc<Shown>);

#[derive(Debug)]
struct Shown {
    worlds: RwLock<Worlds>,
    /// The files that the one for people comes from; `None`: it is the own CA's.
    files: Option<Mutex<Watched>>,
}

impl Certificates {
    /// Those to begin with, both of the own CA.
    pub fn new(speakers: ServerConfig, people: ServerConfig) -> Self {
        Self::of_both(speakers, people, None)
    }

    /// Those to begin with; people's are in files of somebody else, which are read anew when they change.
    pub fn with_files(speakers: ServerConfig, files: PairFiles) -> Result<Self, PairError> {
        let (watched, people) = Watched::new(files)?;
        Ok(Self::of_both(speakers, people, Some(Mutex::new(watched))))
    }

    fn of_both(speakers: ServerConfig, people: ServerConfig, files: Option<Mutex<Watched>>) -> Self {
        let worlds = Worlds { speakers: Arc::new(speakers), people: Arc::new(people) };
        Self(Arc::new(Shown { worlds: RwLock::new(worlds), files }))
    }

    /// Shows speakers another certificate from now on.
    pub fn set_speakers(&self, config: ServerConfig) {
        self.0.worlds.write().unwrap_or_else(PoisonError::into_inner).speakers = Arc::new(config);
    }

    /// Shows people another certificate from now on, unless theirs comes from files.
    pub fn set_people(&self, config: ServerConfig) {
        if self.0.files.is_none() {
            self.0.worlds.write().unwrap_or_else(PoisonError::into_inner).people = Arc::new(config);
        }
    }

    /// The one for a handshake that begins now.
    pub(super) fn of(&self, speaker: bool) -> Arc<ServerConfig> {
        if !speaker
            && let Some(files) = &self.0.files
            && let Some(people) = files.lock().unwrap_or_else(PoisonError::into_inner).changed()
        {
            self.0.worlds.write().unwrap_or_else(PoisonError::into_inner).people = people;
        }
        let worlds = self.0.worlds.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(if speaker { &worlds.speakers } else { &worlds.people })
    }
}
