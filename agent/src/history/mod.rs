//! The stretches that this speaker sounded, kept until the coordinator has them: through outages, restarts, power cuts.
//!
//! ```text
//! renderer --ring--> stretches --notes--> spool  (a thread): journal, file, delivery --> coordinator
//!                                                                    ^---- history_kept ----|
//! ```
//!
//! - [`stretches`]: from the renderer's runs to stretches of entries
//! - [`journal`]: what waits, and its file
//! - [`delivery`]: when to tell it
//! - [`spool`]: the thread

pub mod delivery;
pub mod journal;
mod spool;
pub mod stretches;
#[cfg(test)]
mod tests;

use std::{io, path::Path};

use downbeat_protocol::{AgentMessage, LocalTime, PlanEntry, ZoneId, history::HistoryKept};

use self::{
    spool::{Spool, Word},
    stretches::{Moment, Note, Stretches},
};
use downbeat_speaker::{render::gate::VoiceId, render::runs::HeardRun};

/// The journal within the data folder.
const FILE: &str = "history.log";

/// The history, for the agent's main task: nothing here waits for a disk.
#[derive(Debug)]
pub struct PlayHistory {
    stretches: Stretches,
    spool: Spool,
}

impl PlayHistory {
    /// Of the folder `data`; `send` says something to the coordinator. The error: no thread can be had.
    pub fn start(data: &Path, send: impl Fn(AgentMessage) + Send + 'static) -> io::Result<Self> {
        let (spool, next_key) = Spool::start(data.join(FILE), send)?;
        Ok(Self { stretches: Stretches::new(next_key), spool })
    }

    /// The voice was handed to the renderer.
    pub fn sounds(&mut self, voice: VoiceId, zone: ZoneId, entry: &PlanEntry) {
        self.stretches.sounds(voice, zone, entry);
    }

    /// The renderer tells of a run.
    pub fn heard(&mut self, now: Moment, heard: &HeardRun) {
        self.noting(|stretches, notes| stretches.heard(now, heard, notes));
    }

    /// The renderer is done with the voice, and has told all of it.
    pub fn gone(&mut self, now: LocalTime, voice: VoiceId) {
        self.stretches.gone(now, voice);
    }

    /// Time has passed.
    pub fn tick(&mut self, now: LocalTime) {
        self.noting(|stretches, notes| stretches.tick(now, notes));
    }

    /// A connection is up; `wanted`: its coordinator keeps a history.
    pub fn connected(&self, wanted: bool) {
        self.spool.say(Word::Connected { wanted });
    }

    /// The connection is gone.
    pub fn disconnected(&self) {
        self.spool.say(Word::Disconnected);
    }

    /// The coordinator has it on disk.
    pub fn kept(&self, kept: HistoryKept) {
        self.spool.say(Word::Kept(kept.sequence));
    }

    /// Ends what lasts, and waits until all is on disk.
    pub fn close(&mut self, now: LocalTime) {
        self.noting(|stretches, notes| stretches.close(now, notes));
        self.spool.close();
    }

    fn noting(&mut self, act: impl FnOnce(&mut Stretches, &mut Vec<Note>)) {
        let mut notes = Vec::new();
        act(&mut self.stretches, &mut notes);
        for note in notes {
            self.spool.say(Word::Note(note));
        }
    }
}
