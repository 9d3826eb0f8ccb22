//! All speakers of this coordinator.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use downbeat_protocol::{ServerMessage, SpeakerId, ZoneId, agent_message::Capabilities};
use tokio::time::Instant;

use super::{
    link::Outbound,
    speaker::{Connection, Speaker},
};
use crate::changes::{Changes, Subject};
use downbeat_store::SpeakerRow;

/// The registry; clones share it.
///
/// Every speaker has a lock of its own, and the lock of the whole is held for writing only while a speaker is added or
/// forgotten. So one that reports, a fan-out to thousands and a list for a person do not wait for each other. No lock
/// is held across an await.
#[derive(Debug, Clone, Default)]
pub struct Fleet(Arc<RegistryState>);

type Cell = Arc<Mutex<Speaker>>;

#[derive(Debug, Default)]
struct RegistryState {
    speakers: RwLock<HashMap<SpeakerId, Cell>>,
    kinds: Mutex<Vec<Arc<Capabilities>>>,
    changes: Changes,
}

/// So many different capabilities are shared; a fleet has a handful.
const KINDS: usize = 32;

impl Fleet {
    /// A fleet of these known speakers, none of them connected, which marks what changes.
    pub fn new(rows: Vec<SpeakerRow>, changes: Changes) -> Self {
        let speakers = rows.into_iter().map(|r| (r.id, Arc::new(Mutex::new(Speaker::known(r))))).collect();
        Self(Arc::new(RegistryState { speakers: RwLock::new(speakers), kinds: Mutex::default(), changes }))
    }

    /// A speaker as it is now.
    pub fn get(&self, id: SpeakerId) -> Option<Speaker> {
        self.look(id, Clone::clone)
    }

    /// All, by name.
    pub fn list(&self) -> Vec<Speaker> {
        let cells: Vec<Cell> = self.read().values().cloned().collect();
        let mut all: Vec<_> = cells.iter().map(|c| lock(c).clone()).collect();
        all.sort_by(|a, b| (&a.row.name, a.row.id).cmp(&(&b.row.name, b.row.id)));
        all
    }

    /// The ids of all, by name.
    pub fn ids_by_name(&self) -> Vec<SpeakerId> {
        let mut all: Vec<_> = self.read().values().map(|s| lock(s)).map(|s| (s.row.name.clone(), s.row.id)).collect();
        all.sort();
        all.into_iter().map(|(_, id)| id).collect()
    }

    /// How many are known.
    pub fn len(&self) -> usize {
        self.read().len()
    }

    /// True if no speaker is known.
    pub fn is_empty(&self) -> bool {
        self.read().is_empty()
    }

    /// How many are connected.
    pub fn connected(&self) -> usize {
        self.read().values().filter(|s| lock(s).connection.is_some()).count()
    }

    /// The zone a speaker is in.
    pub fn zone_of(&self, id: SpeakerId) -> Option<ZoneId> {
        self.look(id, |s| s.row.zone)
    }

    /// How many speakers belong to this zone, connected or not.
    pub fn belonging_to(&self, zone: ZoneId) -> usize {
        self.read().values().filter(|s| lock(s).row.zone == zone).count()
    }

    /// Puts a connection in the speaker's place, which is made if it is new; the one that was there is handed back.
    pub fn attach(&self, row: SpeakerRow, connection: Connection) -> Option<Connection> {
        let known = self.read().get(&row.id).cloned();
        let cell = known.unwrap_or_else(|| {
            let new = || Arc::new(Mutex::new(Speaker::known(row.clone())));
            self.write().entry(row.id).or_insert_with(new).clone()
        });
        let mut speaker = lock(&cell);
        self.0.changes.mark(Subject::Zone(speaker.row.zone));
        speaker.row = row;
        speaker.came = true;
        speaker.reports.position = None;
        // its welcome says so; whether it is alone is told once it has joined
        speaker.solo = false;
        let before = speaker.connection.replace(connection);
        self.mark(None, &speaker);
        before
    }

    /// Adds a speaker that is not connected yet.
    pub fn add(&self, row: SpeakerRow) {
        let speaker = Speaker::known(row);
        self.mark(None, &speaker);
        self.write().insert(speaker.id(), Arc::new(Mutex::new(speaker)));
    }

    /// Takes a connection away, if it is still this one; whether it was.
    pub fn detach(&self, id: SpeakerId, number: u64) -> bool {
        self.update(id, |s| s.connection.take_if(|c| c.number == number).is_some()).unwrap_or(false)
    }

    /// True if this is the speaker's present connection.
    pub fn is_current(&self, id: SpeakerId, number: u64) -> bool {
        self.look(id, |s| s.connection.as_ref().is_some_and(|c| c.number == number)).unwrap_or(false)
    }

    /// Changes a speaker in place.
    pub fn update<T>(&self, id: SpeakerId, change: impl FnOnce(&mut Speaker) -> T) -> Option<T> {
        let cell = self.read().get(&id).cloned()?;
        let mut speaker = lock(&cell);
        let before = self.0.changes.watched().then(|| (speaker.row.zone, speaker.row.name.clone()));
        let changed = change(&mut speaker);
        self.mark(before, &speaker);
        Some(changed)
    }

    /// Forgets a speaker.
    pub fn forget(&self, id: SpeakerId) -> Option<Speaker> {
        let cell = self.write().remove(&id)?;
        let speaker = lock(&cell).clone();
        self.0.changes.mark(Subject::Speaker(id));
        self.0.changes.mark(Subject::Zone(speaker.row.zone));
        Some(speaker)
    }

    /// Puts one message into the outboxes of those that are connected.
    pub fn send(&self, to: &[SpeakerId], message: ServerMessage) {
        let message = Outbound::from(message);
        self.send_each(to, |_| message.clone());
    }

    /// Puts a message of its own into each outbox.
    pub fn send_each<M: Into<Outbound>>(&self, to: &[SpeakerId], message: impl Fn(&Speaker) -> M) {
        let (fleet, now) = (self.read(), Instant::now());
        for speaker in to.iter().filter_map(|id| fleet.get(id)) {
            let mut speaker = lock(speaker);
            if speaker.connection.is_none() {
                continue;
            }
            let message = message(&speaker).into();
            // before it can be heard: it may be fetched at once
            if let Some((subject, files)) = message.files() {
                Arc::make_mut(&mut speaker.told).note(*subject, files, now);
            }
            if let Some(connection) = &speaker.connection {
                connection.outbox.push(message);
            }
        }
    }

    /// True if this speaker was told of the file of this hash; `None`: it was told nothing since the coordinator started.
    pub fn is_told(&self, id: SpeakerId, hash: &str) -> Option<bool> {
        self.look(id, |s| s.told.is_told().then(|| s.told.names(hash, Instant::now()))).flatten()
    }

    /// The results of `look` at each of these, without a copy of any speaker.
    pub fn look_at<T>(&self, ids: &[SpeakerId], look: impl Fn(&Speaker) -> Option<T>) -> Vec<T> {
        let fleet = self.read();
        ids.iter().filter_map(|id| fleet.get(id)).filter_map(|s| look(&lock(s))).collect()
    }

    /// The same value as the others of its kind have: in a fleet of thousands nearly all can do the same.
    pub fn shared(&self, capabilities: &Capabilities) -> Arc<Capabilities> {
        let mut kinds = self.0.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(same) = kinds.iter().find(|k| ***k == *capabilities) {
            return same.clone();
        }
        let new = Arc::new(capabilities.clone());
        if kinds.len() >= KINDS {
            kinds.retain(|k| Arc::strong_count(k) > 1);
        }
        if kinds.len() < KINDS {
            kinds.push(new.clone());
        }
        new
    }

    /// Marks the speaker. Its zone is marked, too, unless name and zone are those of `before` (`None`: not looked at);
    /// the zone of `before` is marked if one of them is not.
    fn mark(&self, before: Option<(ZoneId, String)>, speaker: &Speaker) {
        let changes = &self.0.changes;
        changes.mark(Subject::Speaker(speaker.id()));
        let (zone, name) = (speaker.row.zone, &speaker.row.name);
        match before {
            Some((z, n)) if z == zone && n == *name => {}
            Some((z, _)) => {
                changes.mark(Subject::Zone(z));
                changes.mark(Subject::Zone(zone));
            }
            None => changes.mark(Subject::Zone(zone)),
        }
    }

    fn look<T>(&self, id: SpeakerId, look: impl FnOnce(&Speaker) -> T) -> Option<T> {
        self.read().get(&id).map(|s| look(&lock(s)))
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<SpeakerId, Cell>> {
        self.0.speakers.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<SpeakerId, Cell>> {
        self.0.speakers.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lock(cell: &Mutex<Speaker>) -> MutexGuard<'_, Speaker> {
    cell.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike_is_kept_once_and_a_flood_of_kinds_is_not_kept() {
        let fleet = Fleet::default();
        let kind = |output: &str| Capabilities { output: output.into(), ..Capabilities::default() };
        let first = fleet.shared(&kind("alsa"));
        assert!(Arc::ptr_eq(&first, &fleet.shared(&kind("alsa"))));
        for i in 0..1_000 {
            let other = fleet.shared(&kind(&i.to_string()));
            assert_eq!(*other, kind(&i.to_string()));
        }
        assert!(Arc::ptr_eq(&first, &fleet.shared(&kind("alsa"))), "still in use");
        assert!(fleet.0.kinds.lock().unwrap().len() <= KINDS);
    }
}
