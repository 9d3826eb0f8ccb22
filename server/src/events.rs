//! The ordered log of what changed.
//!
//! An event is not a difference: it is a subject's whole present state, as its GET answers it (without live figures),
//! or says that the subject is gone. (Of a queue, which may be long, it is the version; the difference to the version
//! before comes with it, for readers that can use it.) So a reader that applies events in their order, from a complete
//! picture on, holds what GET says. Events of one subject may be left out if a later one follows.
//!
//! The log keeps the last events. A reader that has fallen behind them, or names an event of another process, gets the
//! picture anew: a `resync`, then every subject as it is, then what follows. Nothing is lost either way, and nobody who
//! reads slowly holds anything up.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;
use uuid::Uuid;

/// How many events are kept ...
const MAX_EVENTS: usize = 4_096;
/// ... and how long their texts may be in all, bytes.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// One event. Clones share the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its number; 0: a part of a complete picture.
    pub number: u64,
    /// Of which subject.
    pub subject: Topic,
    /// Its present state as JSON; `None`: it is gone.
    pub state: Option<Arc<str>>,
}

/// A subject as events name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic {
    /// `zone`, `queue`, `speaker`, `presets`, `library`, `playlists`.
    pub kind: &'static str,
    /// The id of the subject; `None` where there is only one of its kind.
    pub id: Option<Uuid>,
    /// The zone that it belongs to, for filters.
    pub zone: Option<Uuid>,
}

/// A place in the log of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The process, by the era of its log.
    pub era: u64,
    /// The last event that was read.
    pub number: u64,
}

impl Cursor {
    /// As events carry it.
    pub fn text(self) -> String {
        format!("{:016x}-{}", self.era, self.number)
    }

    /// Reads `Last-Event-ID`.
    pub fn read(text: &str) -> Option<Self> {
        let (era, number) = text.trim().split_once('-')?;
        Some(Self { era: u64::from_str_radix(era, 16).ok()?, number: number.parse().ok()? })
    }
}

/// The next part of the log for a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// Events after the cursor, in order; empty: nothing yet.
    Events(Vec<Event>),
    /// Forget everything: these are all subjects as they are at the cursor.
    Resync(Vec<Event>),
}

#[derive(Debug, Default)]
struct LogState {
    /// The newest last; their numbers follow each other.
    events: VecDeque<Event>,
    bytes: usize,
    last: u64,
    /// The state of everything after the last event.
    picture: BTreeMap<(&'static str, Option<Uuid>), Event>,
}

/// The log; clones share it.
#[derive(Debug, Clone)]
pub struct Log {
    era: u64,
    inner: Arc<Mutex<LogState>>,
    newest: watch::Sender<u64>,
}

impl Log {
    /// An empty log, whose cursors are told apart by `era`.
    pub fn new(era: u64) -> Self {
        Self { era, inner: Arc::default(), newest: watch::Sender::new(0) }
    }

    /// A subject's state, as it is now. Nothing happens if it is as it was.
    pub fn publish(&self, subject: Topic, state: Option<String>) {
        let mut inner = self.lock();
        let key = (subject.kind, subject.id);
        let before = inner.picture.get(&key).and_then(|e| e.state.as_deref());
        if before == state.as_deref() {
            return;
        }
        inner.last += 1;
        let event = Event { number: inner.last, subject, state: state.map(Into::into) };
        if event.state.is_some() {
            inner.picture.insert(key, event.clone());
        } else {
            inner.picture.remove(&key);
        }
        inner.bytes += size(&event);
        inner.events.push_back(event);
        while inner.events.len() > MAX_EVENTS || (inner.bytes > MAX_BYTES && inner.events.len() > 1) {
            let old = inner.events.pop_front();
            inner.bytes -= old.as_ref().map_or(0, size);
        }
        let last = inner.last;
        drop(inner);
        self.newest.send_replace(last);
    }

    /// Forgets events and picture, for a time in which nobody watches: whoever comes later needs a new picture.
    pub fn forget(&self) {
        let mut inner = self.lock();
        inner.last += 1;
        let last = inner.last;
        *inner = LogState { last, ..LogState::default() };
    }

    /// The subjects of the picture.
    pub fn subjects(&self) -> Vec<Topic> {
        self.lock().picture.values().map(|e| e.subject.clone()).collect()
    }

    /// The events after `cursor`, and the cursor to ask with next. A new reader (`None`), one of another process and
    /// one that is too far behind get the picture.
    pub fn read(&self, cursor: Option<Cursor>) -> (Read, Cursor) {
        let inner = self.lock();
        let now = Cursor { era: self.era, number: inner.last };
        let floor = inner.last - inner.events.len() as u64;
        if let Some(c) = cursor.filter(|c| c.era == self.era && (floor..=inner.last).contains(&c.number)) {
            let new = inner.events.iter().skip((c.number - floor) as usize).cloned();
            (Read::Events(new.collect()), now)
        } else {
            let picture = inner.picture.values().map(|e| Event { number: 0, ..e.clone() });
            (Read::Resync(picture.collect()), now)
        }
    }

    /// Tells the number of every new event.
    pub fn newest(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, LogState> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn size(event: &Event) -> usize {
    event.state.as_ref().map_or(0, |text| text.len()) + size_of::<Event>()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn topic(kind: &'static str, id: u128) -> Topic {
        Topic { kind, id: Some(Uuid::from_u128(id)), zone: None }
    }

    /// Someone who follows the log and keeps what it says.
    #[derive(Default)]
    struct Follower {
        cursor: Option<Cursor>,
        holds: BTreeMap<(&'static str, Option<Uuid>), String>,
        resyncs: usize,
    }

    impl Follower {
        fn follow(&mut self, log: &Log) {
            let (read, cursor) = log.read(self.cursor);
            self.cursor = Some(cursor);
            let events = match read {
                Read::Events(events) => events,
                Read::Resync(picture) => {
                    self.resyncs += 1;
                    self.holds.clear();
                    picture
                }
            };
            for e in events {
                let key = (e.subject.kind, e.subject.id);
                match e.state {
                    Some(text) => drop(self.holds.insert(key, text.to_string())),
                    None => drop(self.holds.remove(&key)),
                }
            }
        }
    }

    #[derive(Debug, Clone)]
    enum Step {
        Set(u8, u8),
        Remove(u8),
        Flood(u16),
        Follow,
        Forget,
        AnotherProcess,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            8 => (any::<u8>(), any::<u8>()).prop_map(|(k, v)| Step::Set(k % 6, v)),
            2 => any::<u8>().prop_map(|k| Step::Remove(k % 6)),
            1 => (0u16..6_000).prop_map(Step::Flood),
            6 => Just(Step::Follow),
            1 => Just(Step::Forget),
            1 => Just(Step::AnotherProcess),
        ];
        prop::collection::vec(step, 1..60)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn whoever_follows_holds_what_is(steps in steps()) {
            let mut era = 1;
            let mut log = Log::new(era);
            let mut truth = BTreeMap::new();
            let mut follower = Follower::default();
            let set = |log: &Log, truth: &mut BTreeMap<_, _>, k: u8, text: String| {
                let t = topic("zone", u128::from(k));
                truth.insert((t.kind, t.id), text.clone());
                log.publish(t, Some(text));
            };
            for step in steps {
                match step {
                    Step::Set(k, v) => set(&log, &mut truth, k, v.to_string()),
                    Step::Remove(k) => {
                        let t = topic("zone", u128::from(k));
                        truth.remove(&(t.kind, t.id));
                        log.publish(t, None);
                    }
                    Step::Flood(count) => {
                        for i in 0..count {
                            set(&log, &mut truth, (i % 6) as u8, format!("flood {i}"));
                        }
                    }
                    Step::Follow => {
                        follower.follow(&log);
                        prop_assert_eq!(&follower.holds, &truth);
                    }
                    Step::Forget | Step::AnotherProcess => {
                        if matches!(step, Step::Forget) {
                            log.forget();
                        } else {
                            era += 1;
                            log = Log::new(era);
                        }
                        for (key, text) in &truth {
                            log.publish(Topic { kind: key.0, id: key.1, zone: None }, Some(text.clone()));
                        }
                    }
                }
            }
            follower.follow(&log);
            prop_assert_eq!(&follower.holds, &truth);
        }
    }

    #[test]
    fn who_keeps_up_is_never_resynced_and_gets_every_event_once() {
        let log = Log::new(7);
        let mut follower = Follower::default();
        follower.follow(&log);
        for i in 0..3 * MAX_EVENTS {
            log.publish(topic("zone", 1), Some(i.to_string()));
            let (read, cursor) = log.read(follower.cursor);
            assert!(matches!(read, Read::Events(e) if e.len() == 1 && e[0].number == i as u64 + 1));
            follower.cursor = Some(cursor);
        }
        assert_eq!(follower.resyncs, 1, "the first picture only");
        assert_eq!(Cursor::read(&follower.cursor.unwrap().text()), follower.cursor);
        for nonsense in ["", "-", "x-1", "7", "1-x", "00-99999999999999999999999"] {
            assert_eq!(Cursor::read(nonsense), None, "{nonsense}");
        }
        // a cursor from the future of another log of the same name
        assert!(matches!(log.read(Some(Cursor { era: 7, number: u64::MAX })).0, Read::Resync(_)));
    }

    #[test]
    fn what_is_as_it_was_is_no_event_and_large_states_do_not_pile_up() {
        let log = Log::new(1);
        let large = "x".repeat(1_000_000);
        for k in 0..50 {
            for _ in 0..3 {
                log.publish(topic("queue", k), Some(large.clone()));
            }
        }
        assert_eq!(*log.newest().borrow(), 50);
        assert!(log.lock().bytes <= MAX_BYTES);
        assert_eq!(log.lock().picture.len(), 50);
    }
}
