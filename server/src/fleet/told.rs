//! The files that a speaker was told of: those that it may fetch.
//!
//! Every message that names a file passes through here on its way to a speaker, so a speaker may fetch all that it can
//! be meant to play, and nothing else. What it was told before the newest message of a kind it may fetch for a while:
//! that one may still be on its way.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use downbeat_protocol::{ServerMessage, plan::PlanEntry};
use tokio::time::Instant;

/// How long a file may be fetched that the newest messages do not name any more.
const GRACE: Duration = Duration::from_mins(10);
/// So many messages before the newest ones are remembered at most.
const BEFORE: usize = 32;

/// The files that one message names, by the first half of their hashes; shared by all that are told it.
pub type Files = Arc<[u128]>;

/// The subject of a message that names files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// All that its zone plays.
    Session,
    /// An entry to prepare.
    Prepare,
    /// A clip.
    Announce,
}

/// The files that a message names. `None`: it is not about files.
pub fn named(message: &ServerMessage) -> Option<(Subject, Files)> {
    let of = |entries: &mut dyn Iterator<Item = &PlanEntry>| -> Files {
        let mut files: Vec<_> = entries.filter_map(|entry| half(&entry.hash)).collect();
        files.sort_unstable();
        files.dedup();
        files.into()
    };
    let session = match message {
        ServerMessage::StateSync(sync) => &sync.session,
        ServerMessage::PlayTrack(session)
        | ServerMessage::Pause(session)
        | ServerMessage::Resume(session)
        | ServerMessage::Seek(session)
        | ServerMessage::Stop(session)
        | ServerMessage::PlanUpdate(session) => session,
        ServerMessage::Prepare(prepare) => {
            return Some((Subject::Prepare, of(&mut std::iter::once(&prepare.entry))));
        }
        ServerMessage::Announce(announce) => {
            return Some((Subject::Announce, of(&mut std::iter::once(&announce.clip))));
        }
        ServerMessage::Welcome(_)
        | ServerMessage::VolumeChange(_)
        | ServerMessage::PositionCheck(_)
        | ServerMessage::TimeReply(_)
        | ServerMessage::Configure(_)
        | ServerMessage::Identify(_)
        | ServerMessage::Metronome(_)
        | ServerMessage::Calibration(_)
        | ServerMessage::HistoryKept(_)
        | ServerMessage::Standing(_)
        | ServerMessage::Error(_) => return None,
    };
    let fading = session.fading.iter().map(|fading| &fading.entry);
    Some((Subject::Session, of(&mut session.plan.iter().chain(fading))))
}

/// The first half of a hash; `None`: it is none.
fn half(hash: &str) -> Option<u128> {
    u128::from_str_radix(hash.get(..32)?, 16).ok()
}

/// The files that one speaker was told of.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// By the newest message of each subject.
    newest: [Option<Files>; 3],
    /// By those before, until when they were the newest; the oldest first.
    before: VecDeque<(Files, Instant)>,
}

impl Told {
    /// It is told of these.
    pub fn note(&mut self, subject: Subject, files: &Files, now: Instant) {
        let newest = &mut self.newest[subject as usize];
        if newest.as_ref() == Some(files) {
            return;
        }
        if let Some(before) = newest.replace(Arc::clone(files)).filter(|files| !files.is_empty()) {
            while self.before.len() >= BEFORE || self.before.front().is_some_and(|(_, until)| now - *until > GRACE) {
                self.before.pop_front();
            }
            self.before.push_back((before, now));
        }
    }

    /// True if it was told anything since the coordinator started.
    pub fn is_told(&self) -> bool {
        self.newest[Subject::Session as usize].is_some()
    }

    /// True if it was told of this file, now or a short while ago.
    pub fn names(&self, hash: &str, now: Instant) -> bool {
        let Some(file) = half(hash) else { return false };
        let holds = |files: &Files| files.binary_search(&file).is_ok();
        self.newest.iter().flatten().any(holds)
            || self.before.iter().any(|(files, until)| now.duration_since(*until) <= GRACE && holds(files))
    }
}

#[cfg(test)]
mod tests {
    use downbeat_protocol::{
        Frames, ServerTime, ZoneId,
        server_message::{Announce, Fading, Level, Prepare, Session, StateSync},
    };

    use super::*;

    fn hash(digit: char) -> String {
        digit.to_string().repeat(64)
    }

    fn entry(digit: char) -> PlanEntry {
        PlanEntry { hash: hash(digit), ..PlanEntry::default() }
    }

    fn session(plan: &str, fading: Option<char>) -> Session {
        Session {
            server_time: ServerTime(0),
            zone: ZoneId::DEFAULT,
            revision: 1,
            at: ServerTime(0),
            timeline: None,
            plan: plan.chars().map(entry).collect(),
            fading: fading.map(|digit| Fading {
                entry: entry(digit),
                anchor_server_us: ServerTime(0),
                anchor_media_frames: Frames(0),
            }),
            continues: None,
            request: None,
        }
    }

    fn sync(plan: &str) -> ServerMessage {
        let zone_name = String::new();
        ServerMessage::StateSync(StateSync { session: session(plan, None), zone_name, volume: Level::default() })
    }

    fn tell(told: &mut Told, message: &ServerMessage, now: Instant) {
        let (subject, files) = named(message).expect("it names files");
        told.note(subject, &files, now);
    }

    /// Those of 0 to 9 and a to f that it may fetch.
    fn may(told: &Told, now: Instant) -> String {
        "0123456789abcdef".chars().filter(|digit| told.names(&hash(*digit), now)).collect()
    }

    #[test]
    fn all_that_a_message_names_may_be_fetched_and_nothing_else() {
        let (mut told, now) = (Told::default(), Instant::now());
        assert!(!told.is_told());
        assert_eq!(may(&told, now), "");
        tell(&mut told, &sync("3121"), now);
        assert!(told.is_told());
        assert_eq!(may(&told, now), "123");
        tell(&mut told, &ServerMessage::PlanUpdate(session("23", Some('4'))), now);
        let prepare = Prepare {
            server_time: ServerTime(0),
            zone: ZoneId::DEFAULT,
            revision: 1,
            prepare_id: 1,
            entry: entry('a'),
            from_frames: Frames(0),
            deadline: ServerTime(0),
        };
        tell(&mut told, &ServerMessage::Prepare(prepare), now);
        let announce = Announce { server_time: ServerTime(0), clip: entry('c'), at: ServerTime(0), duck_db: 0.0 };
        tell(&mut told, &ServerMessage::Announce(announce), now);
        assert_eq!(may(&told, now), "1234ac");
        for none in ["", "zz", "1", "0g"] {
            assert!(!told.names(none, now), "{none}");
        }
    }

    #[test]
    fn what_is_not_named_any_more_may_be_fetched_for_a_while() {
        let (mut told, start) = (Told::default(), Instant::now());
        tell(&mut told, &sync("12"), start);
        tell(&mut told, &ServerMessage::PlanUpdate(session("3", None)), start + GRACE * 2);
        assert_eq!(may(&told, start + GRACE * 3), "123", "it was told of the first until then");
        assert_eq!(may(&told, start + GRACE * 3 + Duration::from_secs(1)), "3");
        // silence names nothing, and is news all the same
        tell(&mut told, &ServerMessage::Stop(session("", None)), start + GRACE * 4);
        assert_eq!(may(&told, start + GRACE * 5), "3");
        assert_eq!(may(&told, start + GRACE * 6), "");
    }

    #[test]
    fn a_flood_of_plans_is_not_kept() {
        let (mut told, now) = (Told::default(), Instant::now());
        for i in 0..10_000_u32 {
            let plan: String = format!("{i:x}");
            tell(&mut told, &sync(&plan), now);
            tell(&mut told, &sync(&plan), now);
        }
        assert_eq!(told.before.len(), BEFORE);
    }
}
