//! What the parts of the register share.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use downbeat_identity::{Fingerprint, pairing::Code};
use downbeat_protocol::SpeakerId;
use downbeat_store::{EndedKind, KeyState, SpeakerKeyRow, Store, StoreError};
use downbeat_trust::{
    adoption::{Exchange, NoSuchStep, Pending, PendingSpeaker},
    joining::{JoinError, Present},
    rights::SpeakerState,
};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    arrival::Word,
    legacy::{Before, LegacySpeakers},
};
use crate::{access::AuditLog, fleet::Fleet, wall_clock};

/// The setting that holds the speakers from before encryption.
pub(super) const BEFORE: &str = "legacy_speakers";
/// So many that came in clear and were refused are shown.
const UNENCRYPTED: usize = 64;

/// What was set.
#[derive(Debug, Clone, Copy, Default)]
pub struct RegisterSettings {
    /// `--legacy-speakers`.
    pub legacy: LegacySpeakers,
    /// `--adopt-all-for`.
    pub adopt_all_for: Option<Duration>,
    /// `--loopback guest`: speakers of the own user on this machine wait as others do.
    pub own_user_waits: bool,
}

/// The parts that it stands on.
#[derive(Debug, Clone)]
pub struct KnownParts {
    /// Keeps it.
    pub store: Store,
    /// The speakers.
    pub fleet: Fleet,
    /// The own CA.
    pub ca: Fingerprint,
    /// Is told of speakers that are adopted without a person.
    pub audit: AuditLog,
}

/// The register; clones share it.
#[derive(Debug, Clone)]
pub struct Register(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) fleet: Fleet,
    /// The own CA.
    pub(super) ca: Fingerprint,
    pub(super) audit: AuditLog,
    pub(super) settings: RegisterSettings,
    pub(super) started: Instant,
    pub(super) run: Uuid,
    pub(super) state: Mutex<State>,
    /// Held while something is decided and kept.
    pub(super) deciding: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// Speakers from before encryption that no key has spoken for yet.
    pub(super) before: Before,
    /// Those about which somebody decided.
    pub(super) keys: HashMap<Fingerprint, SpeakerKeyRow>,
    pub(super) pending: Pending,
    /// Exchanges for a code that are under way.
    pub(super) exchanges: HashMap<Fingerprint, Exchange>,
    /// The ways to those that wait.
    pub(super) words: HashMap<Fingerprint, mpsc::UnboundedSender<Word>>,
    /// The line of each key that is connected.
    pub(super) lines: HashMap<Fingerprint, Line>,
    /// Keys that wait and play meanwhile, since their speakers are from before encryption.
    pub(super) playing: HashSet<Fingerprint>,
    /// The number of the next line.
    pub(super) next_line: u64,
    /// Adopted keys that are kept with the speaker that they speak for.
    pub(super) kept: HashSet<Fingerprint>,
    /// Those that came in clear and were refused, the last one last.
    pub(super) unencrypted: VecDeque<Unencrypted>,
}

/// What a key has under way. It ends with the right to be here.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) end: CancellationToken,
}

/// One that came in clear and was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unencrypted {
    /// The id that it said.
    pub id: Option<SpeakerId>,
    /// The name that it said.
    pub name: String,
    /// From where.
    pub address: IpAddr,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// The fingerprint; `None`: it came in clear.
    pub key: Option<Fingerprint>,
    /// The state.
    pub state: SpeakerState,
    /// Its name: as claimed, or as it was when it was decided.
    pub name: String,
    /// The speaker that it speaks for, or claims to.
    pub speaker: Option<SpeakerId>,
    /// The code that it shows.
    pub code: Option<Code>,
    /// From where it is, or was last, connected, if it waits.
    pub address: Option<String>,
    /// It is connected.
    pub here: bool,
    /// The code was compared, or a join token let it in.
    pub verified: bool,
    /// By whom it was decided.
    pub decided_by: String,
    /// The join token that let it in.
    pub join_token: Option<Uuid>,
    /// Another key claims the same speaker, or speaks for it.
    pub disputed: bool,
}

/// Why something cannot be decided.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// No such key.
    #[error("no speaker has this key; `downbeat speakers pending` lists those that wait")]
    Unknown,
    /// Nobody that waits shows this code.
    #[error("no speaker that is connected shows this code; look at it again, and at `downbeat speakers pending`")]
    NoCode,
    /// Two claim to be the same speaker.
    #[error("two keys claim to be this speaker: adopt the right one by the code that it shows")]
    CodeNeeded,
    /// It cannot be treated so.
    #[error(transparent)]
    Step(#[from] NoSuchStep),
    /// It is not connected.
    #[error("this speaker is not connected")]
    Away,
    /// A join token lets nobody in.
    #[error(transparent)]
    Join(#[from] JoinError),
    /// A join token cannot be so.
    #[error("a join token is for 1 to 100000 speakers, and for 1 to 720 hours")]
    Numbers,
    /// The system has no randomness.
    #[error(transparent)]
    Random(#[from] downbeat_identity::SecretError),
    /// An address that no token can hold.
    #[error(transparent)]
    Address(#[from] downbeat_identity::JoinTokenError),
    /// It cannot be kept, and was not done.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Register {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Seconds of a clock that always goes.
    pub(super) fn up(&self) -> u64 {
        self.0.started.elapsed().as_secs()
    }

    /// The present, as joining reckons it.
    pub(super) fn present(&self) -> Present {
        Present { wall: clock(), run: self.0.run, up: i64::try_from(self.up()).unwrap_or(i64::MAX) }
    }

    /// A key speaks for this speaker: it is none from before encryption any more, whatever becomes of the key.
    pub(super) async fn close_to_clear(&self, id: Option<SpeakerId>) -> Result<(), StoreError> {
        let (id, before) = {
            let mut state = self.lock();
            let Some(id) = id.filter(|id| state.before.ids.remove(id)) else { return Ok(()) };
            (id, state.before.clone())
        };
        self.0.store.end(EndedKind::Clear, &id.to_string()).await?;
        let text = serde_json::to_string(&before).unwrap_or_default();
        self.0.store.save_access_setting(BEFORE, &text).await
    }

    /// The own CA.
    pub fn ca(&self) -> Fingerprint {
        self.0.ca
    }

    /// True while each speaker that comes over TLS is adopted without being asked.
    pub fn adopts_all(&self) -> bool {
        self.0.settings.adopt_all_for.is_some_and(|time| self.0.started.elapsed() < time)
    }
}

/// The wall clock, seconds since 1970, if it is set.
pub(super) fn clock() -> Option<i64> {
    let now_us = wall_clock::wall_us();
    wall_clock::is_set(now_us).then_some(now_us / 1_000_000)
}

impl State {
    /// The state of a key.
    pub(super) fn of(&self, key: Fingerprint) -> SpeakerState {
        match self.keys.get(&key).map(|row| row.state) {
            None => SpeakerState::Pending,
            Some(KeyState::Adopted) => SpeakerState::Adopted,
            Some(KeyState::Refused) => SpeakerState::Refused,
            Some(KeyState::Revoked) => SpeakerState::Revoked,
        }
    }

    /// The adopted key that speaks for this speaker.
    pub(super) fn holder(&self, id: SpeakerId) -> Option<Fingerprint> {
        let holds = |row: &&SpeakerKeyRow| row.state == KeyState::Adopted && row.speaker == Some(id);
        self.keys.values().find(holds).map(|row| Fingerprint::from_bytes(row.key))
    }

    /// The other keys that wait and claim to be this speaker.
    pub(super) fn rivals(&self, id: SpeakerId, key: Fingerprint) -> Vec<Fingerprint> {
        let place = self.pending.list().iter().find(|s| s.key == key).map(|s| s.place);
        // a machine that made itself a new key is no rival of its own
        let claims = |s: &PendingSpeaker| s.claims.id == Some(id) && s.key != key && Some(s.place) != place;
        self.pending.list().into_iter().filter(|s| claims(s)).map(|s| s.key).collect()
    }

    /// The line of a key.
    pub(super) fn line(&mut self, key: Fingerprint) -> Line {
        let next = self.next_line;
        let line = self.lines.entry(key).or_insert_with(|| Line { number: next, end: CancellationToken::new() });
        if line.number == next {
            self.next_line += 1;
        }
        line.clone()
    }

    /// A line of its own, in the place of the one before.
    pub(super) fn new_line(&mut self, key: Fingerprint) -> Line {
        self.cut(key);
        self.line(key)
    }

    /// Ends all that this key has under way.
    pub(super) fn cut(&mut self, key: Fingerprint) {
        self.playing.remove(&key);
        if let Some(line) = self.lines.remove(&key) {
            line.end.cancel();
        }
    }

    pub(super) fn note_unencrypted(&mut self, one: Unencrypted) {
        self.unencrypted.retain(|other| (other.id, other.address) != (one.id, one.address));
        if self.unencrypted.len() >= UNENCRYPTED {
            self.unencrypted.pop_front();
        }
        self.unencrypted.push_back(one);
    }
}
