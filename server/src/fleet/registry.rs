//! All speakers of this coordinator.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::extract::ws::Utf8Bytes;
use downbeat_protocol::{SpeakerId, ZoneId};

use super::{
    outbox::Slot,
    speaker::{Connection, Speaker},
};
use crate::store::SpeakerRow;

/// The registry; clones share it. Its lock is held for look-ups and never across an await.
#[derive(Debug, Clone, Default)]
pub struct Fleet(Arc<Mutex<HashMap<SpeakerId, Speaker>>>);

impl Fleet {
    /// A fleet of these known speakers, none of them connected.
    pub fn new(rows: Vec<SpeakerRow>) -> Self {
        Self(Arc::new(Mutex::new(rows.into_iter().map(|r| (r.id, Speaker::known(r))).collect())))
    }

    /// A speaker as it is now.
    pub fn get(&self, id: SpeakerId) -> Option<Speaker> {
        self.lock().get(&id).cloned()
    }

    /// All, by name.
    pub fn list(&self) -> Vec<Speaker> {
        let mut all: Vec<_> = self.lock().values().cloned().collect();
        all.sort_by(|a, b| (&a.row.name, a.row.id).cmp(&(&b.row.name, b.row.id)));
        all
    }

    /// How many are connected.
    pub fn connected(&self) -> usize {
        self.lock().values().filter(|s| s.connection.is_some()).count()
    }

    /// The zone a speaker is in.
    pub fn zone_of(&self, id: SpeakerId) -> Option<ZoneId> {
        self.lock().get(&id).map(|s| s.row.zone)
    }

    /// Puts a connection in the speaker's place, which is made if it is new; the one that was there is handed back.
    pub fn attach(&self, row: SpeakerRow, connection: Connection) -> Option<Connection> {
        let mut fleet = self.lock();
        let speaker = fleet.entry(row.id).or_insert_with(|| Speaker::known(row.clone()));
        speaker.row = row;
        speaker.reports.position = None;
        // its welcome says so; whether it is alone is told once it has joined
        speaker.solo = false;
        speaker.connection.replace(connection)
    }

    /// Takes a connection away, if it is still this one; whether it was.
    pub fn detach(&self, id: SpeakerId, number: u64) -> bool {
        let mut fleet = self.lock();
        let connection = fleet.get_mut(&id).map(|s| &mut s.connection);
        connection.is_some_and(|c| c.take_if(|c| c.number == number).is_some())
    }

    /// Whether this is the speaker's connection.
    pub fn is_current(&self, id: SpeakerId, number: u64) -> bool {
        self.lock().get(&id).and_then(|s| s.connection.as_ref()).is_some_and(|c| c.number == number)
    }

    /// Changes a speaker in place.
    pub fn update<T>(&self, id: SpeakerId, change: impl FnOnce(&mut Speaker) -> T) -> Option<T> {
        self.lock().get_mut(&id).map(change)
    }

    /// Forgets a speaker.
    pub fn forget(&self, id: SpeakerId) -> Option<Speaker> {
        self.lock().remove(&id)
    }

    /// Puts one text into the outboxes of those that are connected.
    pub fn send(&self, to: &[SpeakerId], slot: Slot, text: &Utf8Bytes) {
        let fleet = self.lock();
        for connection in to.iter().filter_map(|id| fleet.get(id)?.connection.as_ref()) {
            connection.outbox.push(slot, text.clone());
        }
    }

    /// Puts a text of its own into each outbox.
    pub fn send_each(&self, to: &[SpeakerId], slot: Slot, text: impl Fn(&Speaker) -> Utf8Bytes) {
        let fleet = self.lock();
        for speaker in to.iter().filter_map(|id| fleet.get(id)) {
            if let Some(connection) = &speaker.connection {
                connection.outbox.push(slot, text(speaker));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SpeakerId, Speaker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
