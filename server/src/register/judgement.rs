//! Who is let in: by a key, or without one.

use std::sync::{Arc, Mutex};

use downbeat_identity::{Fingerprint, Secret, pairing::Nonce};
use downbeat_protocol::{
    SpeakerId,
    adoption::{KeyState as Told, Standing, code},
    agent_message::Hello,
    handshake::SpeakerClass,
    time::ServerTime,
};
use downbeat_store::{EndedKind, KeyState, SpeakerKeyRow, Store, StoreError};
use downbeat_trust::{
    adoption::{Claims, Exchange, ExchangeError, PendingSpeaker},
    audit::{self, Outcome},
    place::Place,
    rights::SpeakerState,
};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    arrival::{Arrival, Entry, Presence, Verdict, Waiting},
    decisions::Grounds,
    legacy::{Before, LegacySpeakers},
    state::{BEFORE, Inner, KnownParts, Line, Register, RegisterError, RegisterSettings, State, Unencrypted, clock},
};
use crate::{
    fleet::{Closing, Fleet},
    net,
};

/// To one whose key another machine has.
pub(crate) const COPIED: &str = "another machine is connected under this speaker's key: its data folder was copied. \
                                 Here, the agent makes a key of its own, and is to be adopted";
/// The WebSocket close code of a refusal (RFC 6455, 7.4.1).
const POLICY: u16 = 1008;
/// The file of the program that root may run as a speaker.
const AGENT: &str = "downbeat-agent";

impl Register {
    /// The register that the store holds. At the first start with it, the speakers that are known are those from before
    /// encryption.
    pub async fn open(parts: KnownParts, settings: RegisterSettings) -> Result<Self, StoreError> {
        let KnownParts { store, fleet, ca, audit } = parts;
        let rows = store.load_speaker_keys().await?;
        let before = before(&store, &fleet).await?;
        let with_speaker = |row: &&SpeakerKeyRow| row.speaker.is_some();
        let kept = rows.iter().filter(with_speaker).map(|row| Fingerprint::from_bytes(row.key)).collect();
        let keys = rows.into_iter().map(|row| (Fingerprint::from_bytes(row.key), row)).collect();
        let state = Mutex::new(State { before, keys, kept, ..State::default() });
        let (started, run) = (Instant::now(), Uuid::new_v4());
        let deciding = tokio::sync::Mutex::default();
        let register = Self(Arc::new(Inner { store, fleet, ca, audit, settings, started, run, state, deciding }));
        register.say();
        Ok(register)
    }

    /// What is weaker than usual is said at each start.
    fn say(&self) {
        let settings = &self.0.settings;
        let state = self.lock();
        let before = &state.before;
        if settings.legacy == LegacySpeakers::All {
            tracing::warn!(
                "--legacy-speakers all: whoever reaches this coordinator without encryption can be a speaker"
            );
        } else if !before.ids.is_empty() && settings.legacy != LegacySpeakers::None {
            let ends = before.ends(settings.legacy).and_then(|ends| chrono::DateTime::from_timestamp(ends, 0));
            let until = ends.map_or_else(|| "no end".to_owned(), |ends| ends.format("%Y-%m-%d").to_string());
            let known = before.ids.len();
            tracing::info!(
                known,
                until,
                "speakers from before encryption are let in without it; upgrade and adopt them"
            );
        }
        if let Some(time) = settings.adopt_all_for {
            tracing::warn!(?time, "--adopt-all-for: each speaker that comes over TLS is adopted without being asked");
        }
    }

    /// What becomes of a speaker that says hello.
    pub async fn judge(&self, hello: &Hello, arrival: &Arrival) -> Verdict {
        let Some(key) = arrival.key else { return self.judge_clear(hello, arrival) };
        let known = self.lock().of(key);
        match known {
            SpeakerState::Adopted => {}
            SpeakerState::Refused => return Verdict::Out(refused()),
            SpeakerState::Revoked => return Verdict::Out(revoked()),
            SpeakerState::Pending => match self.let_in_at_once(key, hello, arrival).await {
                Ok(true) => {}
                Ok(false) => return self.judge_pending(key, hello, arrival),
                Err(RegisterError::Join(_)) => {
                    self.0.audit.note(audit::Entry { detail: code::JOIN.into(), ..coming(arrival) });
                    let detail = "the join token is not known, has ended, or was used up; make a new one with \
                                  `downbeat tokens create --join`";
                    return Verdict::Out(out(code::JOIN, detail));
                }
                Err(error) => return Verdict::Out(out("not_admitted", &error.to_string())),
            },
        }
        let mut state = self.lock();
        let own = state.keys.get(&key).and_then(|row| row.speaker);
        // one whose row was forgotten has its id back, unless another key speaks for that by now
        let free = |id: &SpeakerId| state.holder(*id).is_none();
        let id = own.or_else(|| hello.speaker_id.filter(free)).unwrap_or_else(SpeakerId::random);
        let line = state.line(key);
        let presence = Presence::until(line.end);
        Verdict::In(Entry { id: Some(id), adopted: true, may_be_new: true, standing: None, presence })
    }

    /// Adopts one at once that brings a join token, is of this coordinator's own user on this machine, or comes while
    /// all are adopted. Returns whether it is.
    async fn let_in_at_once(&self, key: Fingerprint, hello: &Hello, arrival: &Arrival) -> Result<bool, RegisterError> {
        let claims = claims(hello);
        if let Some(text) = &hello.credentials {
            let secret: Secret<20> = text.parse().map_err(|_| downbeat_trust::joining::JoinError::Unknown)?;
            let token = self.join(key, &claims, &secret).await?;
            self.note_unasked(key, hello, arrival, Grounds::Join(token));
            return Ok(true);
        }
        let grounds = if self.adopts_all() {
            Grounds::All
        } else if !self.0.settings.own_user_waits && is_own_user(arrival).await {
            Grounds::OwnUser
        } else {
            return Ok(false);
        };
        self.adopt_unasked(key, &claims, grounds).await?;
        self.note_unasked(key, hello, arrival, grounds);
        Ok(true)
    }

    /// Writes into the audit that a speaker is adopted without a person.
    fn note_unasked(&self, key: Fingerprint, hello: &Hello, arrival: &Arrival, grounds: Grounds) {
        self.0.audit.note(audit::Entry {
            who: grounds.words(),
            target: format!("{} ({key})", claims(hello).plain().name),
            before: "pending".into(),
            after: "adopted".into(),
            outcome: Outcome::Done,
            ..coming(arrival)
        });
    }

    fn judge_pending(&self, key: Fingerprint, hello: &Hello, arrival: &Arrival) -> Verdict {
        let (now, place) = (self.up(), Place::of(arrival.address.ip()));
        let mut state = self.lock();
        let elsewhere = |s: &&PendingSpeaker| s.key == key && s.here && s.place != place;
        if state.pending.list().into_iter().any(|s| elsewhere(&s)) {
            // nobody is thrown out by turns
            return Verdict::Out(out(code::COPIED, COPIED));
        }
        if let Err(full) = state.pending.come(key, place, claims(hello), now) {
            return Verdict::Out(out(code::CROWDED, &full.to_string()));
        }
        let own = self.begin_exchange(&mut state, key, hello, place, now);
        let detail = "an admin adopts this speaker with `downbeat adopt CODE`, or on the page".to_owned();
        let standing = Standing { server_time: ServerTime(0), state: Told::Pending, number: own, detail };
        let Line { number, end } = state.new_line(key);
        let register = self.clone();
        let presence = Presence::noted(end, move || register.gone(key, number));
        if let Some(id) = hello.speaker_id
            && self.is_from_before(&state, id)
        {
            let rivals = state.rivals(id, key);
            if rivals.is_empty() {
                state.playing.insert(key);
                let (id, standing) = (Some(id), Some(standing));
                return Verdict::In(Entry { id, adopted: false, may_be_new: false, standing, presence });
            }
            // neither plays by its word: a person decides
            for rival in rivals {
                state.cut(rival);
            }
        }
        let (to, words) = mpsc::unbounded_channel();
        state.words.insert(key, to);
        Verdict::Wait(Waiting { standing, words, presence })
    }

    /// The number of ours, if the speaker is bound to one and not too many are asked for.
    fn begin_exchange(
        &self,
        state: &mut State,
        key: Fingerprint,
        hello: &Hello,
        place: Place,
        now: u64,
    ) -> Option<String> {
        let commitment = hello.commitment.as_deref()?.parse().ok()?;
        state.exchanges.remove(&key);
        state.pending.begin_exchange(key, place, now).ok()?;
        let exchange = Exchange::begin(key, self.0.ca, commitment);
        let exchange = exchange.inspect_err(|error| tracing::warn!("no code can be made: {error}")).ok()?;
        let number = exchange.ours().to_string();
        state.exchanges.insert(key, exchange);
        Some(number)
    }

    /// A speaker that waits opened its number.
    pub fn reveal(&self, key: Fingerprint, number: &str) -> Result<(), ExchangeError> {
        let mut state = self.lock();
        let Some(exchange) = state.exchanges.remove(&key) else { return Ok(()) };
        let theirs: Nonce = number.parse().map_err(|_| ExchangeError::Broken)?;
        let code = exchange.finish(theirs)?;
        state.pending.agreed(key, code);
        Ok(())
    }

    /// One without a key: a browser, a speaker from before encryption, or nobody.
    fn judge_clear(&self, hello: &Hello, arrival: &Arrival) -> Verdict {
        let mut state = self.lock();
        let entry = |id, may_be_new, end| {
            let presence = Presence::until(end);
            Verdict::In(Entry { id, adopted: false, may_be_new, standing: None, presence })
        };
        let held = hello.speaker_id.is_some_and(|id| state.holder(id).is_some());
        if hello.class == SpeakerClass::Browser {
            let Some(listening) = &arrival.listening else {
                let detail = "listening in a browser needs a login here; guests may where the coordinator's --guests \
                              and --plain say so";
                return Verdict::Out(out("login_required", detail));
            };
            // a browser is no agent, whatever id it says
            let class = |id| self.0.fleet.get(id).map(|speaker| speaker.row.class);
            let own = |id: &SpeakerId| !held && class(*id).is_none_or(|class| class == SpeakerClass::Browser);
            return entry(hello.speaker_id.filter(own), true, listening.clone());
        }
        if held {
            let detail = "this speaker was adopted, and encrypts since then; what came now does not. If its card was \
                          written anew, upgrade its agent and adopt it again";
            return Verdict::Out(out(code::UNENCRYPTED, detail));
        }
        if self.0.settings.legacy == LegacySpeakers::All {
            return entry(hello.speaker_id, true, CancellationToken::new());
        }
        if let Some(id) = hello.speaker_id
            && self.is_from_before(&state, id)
        {
            return entry(Some(id), false, CancellationToken::new());
        }
        let name = claims(hello).plain().name;
        state.note_unencrypted(Unencrypted { id: hello.speaker_id, name, address: arrival.address.ip() });
        let detail = "this speaker does not encrypt, and is not known from before encryption (or that time is over): \
                      upgrade its agent, then adopt it with `downbeat adopt CODE`";
        Verdict::Out(out(code::UNENCRYPTED, detail))
    }

    /// True if a speaker of this id is one from before encryption, and still let in as such.
    fn is_from_before(&self, state: &State, id: SpeakerId) -> bool {
        state.holder(id).is_none()
            && self.0.fleet.zone_of(id).is_some()
            && state.before.lets_in(id, self.0.settings.legacy, clock())
    }

    /// The connection of this key that has the line of this number ended.
    fn gone(&self, key: Fingerprint, number: u64) {
        let now = self.up();
        let mut state = self.lock();
        let other = state.lines.get(&key).is_some_and(|line| line.number != number);
        if other || state.of(key) == SpeakerState::Adopted {
            return;
        }
        state.lines.remove(&key);
        state.playing.remove(&key);
        state.exchanges.remove(&key);
        state.words.remove(&key);
        state.pending.gone(key, now);
    }

    /// The line of a key that plays, which ends with its right to. `None`: it is not adopted, and its speaker is none
    /// from before encryption that plays while it waits.
    pub fn line(&self, key: Fingerprint) -> Option<CancellationToken> {
        let mut state = self.lock();
        let plays = state.of(key) == SpeakerState::Adopted || state.playing.contains(&key);
        plays.then(|| state.line(key).end)
    }

    /// The speaker that a key speaks for, and its state.
    pub fn whose(&self, key: Fingerprint) -> (Option<SpeakerId>, SpeakerState) {
        let state = self.lock();
        (state.keys.get(&key).and_then(|row| row.speaker), state.of(key))
    }

    /// True if the speaker that this key speaks for, or claims to while it plays and waits, was told of the file of this
    /// hash. `None`: it was told nothing since the coordinator started.
    pub fn is_told(&self, key: Fingerprint, hash: &str) -> Option<bool> {
        let speaker = {
            let state = self.lock();
            let claimed = || state.pending.list().into_iter().find(|s| s.key == key).and_then(|s| s.claims.id);
            let own = state.keys.get(&key).and_then(|row| row.speaker);
            own.or_else(|| if state.playing.contains(&key) { claimed() } else { None })
        };
        self.0.fleet.is_told(speaker?, hash)
    }

    /// True if a key waits, and its speaker plays meanwhile: one from before encryption.
    pub fn plays_pending(&self, key: Fingerprint) -> bool {
        let state = self.lock();
        state.of(key) == SpeakerState::Pending && state.playing.contains(&key)
    }

    /// The state of a key.
    pub fn state(&self, key: Fingerprint) -> SpeakerState {
        self.lock().of(key)
    }

    /// Why a line ended.
    pub fn ended(&self, key: Fingerprint) -> Closing {
        match self.state(key) {
            SpeakerState::Refused => refused(),
            SpeakerState::Revoked => revoked(),
            SpeakerState::Pending | SpeakerState::Adopted => out(
                "not_admitted",
                "another connection took the place, or another key claims to be this speaker: adopt one by its code",
            ),
        }
    }

    /// Notes that an adopted key speaks for this speaker, whose row is kept now.
    pub async fn speaks_for(&self, key: Fingerprint, id: SpeakerId) {
        let _deciding = self.0.deciding.lock().await;
        let row = {
            let mut state = self.lock();
            let Some(row) = state.keys.get_mut(&key).filter(|row| row.state == KeyState::Adopted) else { return };
            row.speaker = Some(id);
            // it has judged the chain that it was shown, and pinned what that ends with
            let followed = row.pinned.replace(*self.0.ca.as_bytes()) != Some(*self.0.ca.as_bytes());
            let row = row.clone();
            if !state.kept.insert(key) && !followed {
                return;
            }
            row
        };
        if let Err(error) = self.0.store.save_speaker_key(&row).await {
            tracing::warn!(%error, "a speaker's key cannot be kept");
        }
    }
}

/// The speakers from before encryption: as kept, or all agents that are known at the first start.
async fn before(store: &Store, fleet: &Fleet) -> Result<Before, StoreError> {
    let kept: Option<Before> = store.access_setting(BEFORE).await?.and_then(|text| serde_json::from_str(&text).ok());
    let mut before = kept.clone().unwrap_or_else(|| {
        let agents = fleet.list().into_iter().filter(|s| s.row.class == SpeakerClass::Agent);
        Before { since: None, ids: agents.map(|s| s.id()).collect() }
    });
    // a restored backup may know them from before somebody's key spoke for them
    let closed = store.ended(EndedKind::Clear).await?;
    before.ids.retain(|id| !closed.contains(&id.to_string()));
    // the days begin once the clock is set
    before.since = before.since.or_else(clock);
    if kept.as_ref() != Some(&before) {
        let text = serde_json::to_string(&before).unwrap_or_default();
        store.save_access_setting(BEFORE, &text).await?;
    }
    Ok(before)
}

/// A program of this coordinator's own user on this machine. Of root's the agent alone: the proxy of a container runs as
/// root, too, and makes the whole world loopback.
async fn is_own_user(arrival: &Arrival) -> bool {
    let (peer, own) = (arrival.address, arrival.own);
    let user = nix::unistd::geteuid();
    arrival.is_near()
        && net::owner(peer, own).await == Some(user.as_raw())
        && (!user.is_root() || net::is_program(peer, own, AGENT).await)
}

/// A speaker that comes to be adopted without a person, for the audit: refused. What it says of itself is left out, so
/// that those of one address are counted together.
fn coming(arrival: &Arrival) -> audit::Entry {
    audit::Entry {
        who: "speaker".into(),
        from: arrival.address.ip().to_canonical().to_string(),
        way: "tls".into(),
        what: "speaker.adopt".into(),
        target: String::new(),
        before: String::new(),
        after: String::new(),
        outcome: Outcome::Refused,
        detail: String::new(),
    }
}

fn claims(hello: &Hello) -> Claims {
    Claims { name: hello.name.clone(), id: hello.speaker_id, version: hello.version.clone() }
}

fn out(code: &'static str, detail: &str) -> Closing {
    Closing { code, detail: detail.to_owned(), close_code: POLICY }
}

fn refused() -> Closing {
    out(
        code::REFUSED,
        "an admin refused this speaker; `downbeat speakers forgive` lets it ask again. It asks in an hour",
    )
}

fn revoked() -> Closing {
    out(
        code::REVOKED,
        "an admin ended this speaker's adoption; `downbeat speakers forgive` lets it ask again. It asks in an hour",
    )
}
