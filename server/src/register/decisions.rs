//! What people decide about a key: adopt, refuse, revoke, let it ask again.

use chrono::Utc;
use downbeat_identity::{Fingerprint, pairing::Code};
use downbeat_protocol::{
    ServerMessage, ServerTime, SpeakerId,
    adoption::{KeyState as Told, Standing},
};
use downbeat_store::{KeyState, SpeakerKeyRow};
use downbeat_trust::{
    adoption::{Claims, Decision, PendingSpeaker, after},
    rights::SpeakerState,
};
use uuid::Uuid;

use super::{
    arrival::Word,
    state::{KeyRecord, Register, RegisterError},
};

/// The result of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The key.
    pub key: Fingerprint,
    /// Its name.
    pub name: String,
    /// Its state before.
    pub before: SpeakerState,
    /// Its state from now on.
    pub state: SpeakerState,
    /// The code was compared, or a join token let it in.
    pub verified: bool,
}

/// Why one is adopted that nobody asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grounds {
    /// `--adopt-all-for`.
    All,
    /// It is a program of the coordinator's own user on the same machine.
    OwnUser,
    /// This join token.
    Join(Uuid),
}

impl Grounds {
    pub(super) fn words(self) -> String {
        match self {
            Self::All => "--adopt-all-for".into(),
            Self::OwnUser => "the coordinator, as its own user's on this machine".into(),
            Self::Join(token) => format!("the join token {token}"),
        }
    }
}

impl Register {
    /// All keys: those that wait, then those about which somebody decided, by name.
    pub fn list(&self) -> Vec<KeyRecord> {
        let state = self.lock();
        let mut all: Vec<KeyRecord> = state
            .pending
            .list()
            .into_iter()
            .map(|s| {
                let of = |id| state.holder(id).is_some() || !state.rivals(id, s.key).is_empty();
                KeyRecord {
                    key: Some(s.key),
                    state: SpeakerState::Pending,
                    name: s.claims.name.clone(),
                    speaker: s.claims.id,
                    code: s.code,
                    address: Some(s.place.to_string()),
                    here: s.here,
                    verified: false,
                    decided_by: String::new(),
                    join_token: None,
                    disputed: s.claims.id.is_some_and(of),
                }
            })
            .collect();
        all.extend(state.unencrypted.iter().map(|one| KeyRecord {
            key: None,
            state: SpeakerState::Pending,
            name: one.name.clone(),
            speaker: one.id,
            code: None,
            address: Some(one.address.to_string()),
            here: false,
            verified: false,
            decided_by: String::new(),
            join_token: None,
            disputed: false,
        }));
        let mut decided: Vec<_> = state
            .keys
            .iter()
            .map(|(key, row)| KeyRecord {
                key: Some(*key),
                state: state.of(*key),
                name: row.name.clone(),
                speaker: row.speaker,
                code: None,
                address: None,
                here: state.lines.contains_key(key),
                verified: row.verified,
                decided_by: row.decided_by.clone(),
                join_token: row.join_token,
                disputed: false,
            })
            .collect();
        decided.sort_by(|a, b| (&a.name, a.key).cmp(&(&b.name, b.key)));
        all.extend(decided);
        all
    }

    /// The adopted speakers that were not here since the CA is what it is, by name.
    pub fn unfollowed(&self) -> Vec<String> {
        let own = Some(*self.0.ca.as_bytes());
        let state = self.lock();
        let adopted = state.keys.values().filter(|row| row.state == KeyState::Adopted && row.pinned != own);
        let mut names: Vec<_> = adopted.map(|row| row.name.clone()).collect();
        names.sort();
        names
    }

    /// The key that speaks for a speaker.
    pub fn key_of(&self, id: SpeakerId) -> Option<Fingerprint> {
        self.lock().holder(id)
    }

    /// The key that waits and shows this code.
    pub fn by_code(&self, code: Code) -> Result<Fingerprint, RegisterError> {
        self.lock().pending.by_code(code).map(|s| s.key).ok_or(RegisterError::NoCode)
    }

    /// Adopts a key that waits. With `code` only if it is the one that it shows.
    pub async fn adopt(&self, key: Fingerprint, code: Option<Code>, by: &str) -> Result<Decided, RegisterError> {
        let _deciding = self.0.deciding.lock().await;
        let (row, claimed) = {
            let mut state = self.lock();
            let known = state.of(key);
            if known != SpeakerState::Pending {
                after(known, Decision::Adopt)?;
                let row = &state.keys[&key];
                let (name, verified) = (row.name.clone(), row.verified);
                return Ok(Decided { key, name, before: known, state: SpeakerState::Adopted, verified });
            }
            let waits: PendingSpeaker = state.pending.open(key).ok_or(RegisterError::Unknown)?.clone();
            if code.is_some() && code != waits.code {
                return Err(RegisterError::NoCode);
            }
            let rivals = waits.claims.id.is_some_and(|id| !state.rivals(id, key).is_empty());
            if rivals && code.is_none() {
                return Err(RegisterError::CodeNeeded);
            }
            let row = self.new_row(&state, key, &waits.claims, by);
            (SpeakerKeyRow { verified: code.is_some(), ..row }, waits.claims.id)
        };
        self.keep_adopted(&row).await?;
        self.close_to_clear(row.speaker).await?;
        Ok(self.in_force(key, row, claimed))
    }

    /// Adopts a key without a person.
    pub(super) async fn adopt_unasked(
        &self,
        key: Fingerprint,
        claims: &Claims,
        grounds: Grounds,
    ) -> Result<(), RegisterError> {
        let _deciding = self.0.deciding.lock().await;
        let row = {
            let state = self.lock();
            after(state.of(key), Decision::Join)?;
            self.new_row(&state, key, &claims.clone().plain(), &grounds.words())
        };
        let row = match grounds {
            Grounds::Join(token) => SpeakerKeyRow { join_token: Some(token), verified: true, ..row },
            _ => row,
        };
        if let Grounds::Join(token) = grounds {
            if !self.0.store.join(token, &self.to_keep(&row)).await? {
                return Err(downbeat_trust::joining::JoinError::UsedUp.into());
            }
        } else {
            self.keep_adopted(&row).await?;
        }
        self.close_to_clear(row.speaker).await?;
        self.in_force(key, row, claims.id);
        Ok(())
    }

    /// The row of a key that is adopted now: it speaks for the speaker that it claims to be, unless another key does.
    fn new_row(&self, state: &super::state::State, key: Fingerprint, claims: &Claims, by: &str) -> SpeakerKeyRow {
        SpeakerKeyRow {
            key: *key.as_bytes(),
            state: KeyState::Adopted,
            speaker: claims.id.filter(|id| state.holder(*id).is_none_or(|holder| holder == key)),
            name: claims.name.clone(),
            decided: Utc::now().timestamp(),
            decided_by: by.to_owned(),
            verified: false,
            join_token: None,
            pinned: Some(*self.0.ca.as_bytes()),
            cache_key: None,
        }
    }

    /// The row as it can be kept: a speaker that is not known yet is added once it is.
    fn to_keep(&self, row: &SpeakerKeyRow) -> SpeakerKeyRow {
        let known = row.speaker.filter(|id| self.0.fleet.zone_of(*id).is_some());
        SpeakerKeyRow { speaker: known, ..row.clone() }
    }

    async fn keep_adopted(&self, row: &SpeakerKeyRow) -> Result<(), RegisterError> {
        Ok(self.0.store.save_speaker_key(&self.to_keep(row)).await?)
    }

    /// It is kept: the speaker is told.
    fn in_force(&self, key: Fingerprint, row: SpeakerKeyRow, claimed: Option<SpeakerId>) -> Decided {
        let (name, verified, by) = (row.name.clone(), row.verified, row.decided_by.clone());
        let word = {
            let mut state = self.lock();
            state.keys.insert(key, row);
            state.pending.decided(key);
            state.playing.remove(&key);
            state.exchanges.remove(&key);
            state.words.remove(&key)
        };
        tracing::info!(name, key = key.short(), by, verified, "a speaker is adopted");
        match (word, claimed) {
            (Some(word), _) => drop(word.send(Word::Decided)),
            // it plays already, as one from before encryption
            (None, Some(id)) => {
                let detail = String::new();
                let adopted = Standing { server_time: ServerTime(0), state: Told::Adopted, number: None, detail };
                self.0.fleet.send(&[id], ServerMessage::Standing(adopted));
            }
            (None, None) => {}
        }
        Decided { key, name, before: SpeakerState::Pending, state: SpeakerState::Adopted, verified }
    }

    /// Refuses a key that waits.
    pub async fn refuse(&self, key: Fingerprint, by: &str) -> Result<Decided, RegisterError> {
        self.end(key, Decision::Refuse, by).await
    }

    /// Ends the adoption of a key: its connection and its downloads end now.
    pub async fn revoke(&self, key: Fingerprint, by: &str) -> Result<Decided, RegisterError> {
        self.end(key, Decision::Revoke, by).await
    }

    async fn end(&self, key: Fingerprint, decision: Decision, by: &str) -> Result<Decided, RegisterError> {
        let _deciding = self.0.deciding.lock().await;
        let (row, before) = {
            let state = self.lock();
            let before = state.of(key);
            let next = after(before, decision)?;
            let waits = state.pending.list().into_iter().find(|s| s.key == key).map(|s| s.claims.name.clone());
            let known = state.keys.get(&key).cloned();
            let name = known.as_ref().map(|row| row.name.clone()).or(waits).ok_or(RegisterError::Unknown)?;
            let row = SpeakerKeyRow {
                key: *key.as_bytes(),
                state: if next == SpeakerState::Revoked { KeyState::Revoked } else { KeyState::Refused },
                speaker: None,
                name,
                decided: Utc::now().timestamp(),
                decided_by: by.to_owned(),
                verified: false,
                join_token: known.and_then(|row| row.join_token),
                pinned: None,
                cache_key: None,
            };
            (row, before)
        };
        self.0.store.save_speaker_key(&row).await?;
        let name = row.name.clone();
        let state = {
            let mut state = self.lock();
            state.keys.insert(key, row);
            state.pending.decided(key);
            state.exchanges.remove(&key);
            state.words.remove(&key);
            state.kept.remove(&key);
            state.cut(key);
            state.of(key)
        };
        tracing::info!(name, key = key.short(), by, ?state, "a speaker's key is not ours any more");
        Ok(Decided { key, name, before, state, verified: false })
    }

    /// Lets a key ask again that was refused or revoked.
    pub async fn forgive(&self, key: Fingerprint) -> Result<(), RegisterError> {
        let _deciding = self.0.deciding.lock().await;
        after(self.lock().of(key), Decision::Forgive)?;
        if !self.0.store.forget_speaker_key(*key.as_bytes()).await? {
            return Err(RegisterError::Unknown);
        }
        self.lock().keys.remove(&key);
        Ok(())
    }

    /// Has one that waits beep.
    pub fn beep(&self, key: Fingerprint) -> Result<(), RegisterError> {
        let mut state = self.lock();
        state.pending.open(key).ok_or(RegisterError::Unknown)?;
        let sent = state.words.get(&key).is_some_and(|words| words.send(Word::Beep).is_ok());
        if sent { Ok(()) } else { Err(RegisterError::Away) }
    }
}
