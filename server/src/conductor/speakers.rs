//! Connections come and go; what speakers report.

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
};

use chrono::Utc;
use downbeat_protocol::{
    Frames, SpeakerId, ZoneId,
    agent_message::{ClientError, ClockShift, Hello, Ready},
    report::{Health, Position},
    server_message::{ChannelRole, MAX_OUTPUT_DELAY_US, Settings, Welcome},
    volume::Volume,
};

use super::{Conductor, ConductorError, told};
use crate::{
    fleet::Labels,
    fleet::{Closing, Connection, Outbox, Speaker, speaker::SavedSettings},
    names::composed,
    rarely, wall_clock,
};
use downbeat_store::SpeakerRow;
use downbeat_zone::{Claim, Input, telemetry};

/// The most unasked reports of all speakers together in a second.
const REPORTS_A_SECOND: usize = 2_000;

/// The most characters of a name.
pub const MAX_NAME_CHARS: usize = 64;

/// The terms on which a speaker is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// From where.
    pub peer: SocketAddr,
    /// The connection is encrypted.
    pub encrypted: bool,
    /// Its key is adopted, and speaks for the id that its hello says.
    pub adopted: bool,
    /// It may become a new speaker.
    pub may_be_new: bool,
}

/// A connection that is let in.
#[derive(Debug)]
pub struct Admission {
    /// The speaker that is let in.
    pub speaker: SpeakerId,
    /// The number of the connection.
    pub number: u64,
    /// The messages that wait to be sent.
    pub outbox: Arc<Outbox>,
    /// The first message.
    pub welcome: Welcome,
    /// The play that it goes by from before the connection, until it has joined.
    claim: Option<Box<Claim>>,
}

impl Conductor {
    /// Lets a speaker in. It gets nothing but its outbox before [`Conductor::connected`] is called.
    pub async fn admit(&self, hello: &Hello, protocol: u32, terms: Terms) -> Result<Admission, ConductorError> {
        let peer = terms.peer;
        let id = match hello.speaker_id {
            Some(id) if terms.adopted => {
                if self.is_copy(id, hello).await {
                    return Err(ConductorError::Copied);
                }
                id
            }
            _ => self.id_for(hello, peer.ip()).await,
        };
        if self.0.fleet.zone_of(id).is_none() {
            if !terms.may_be_new {
                // a copy of one that is let in by its id alone
                return Err(ConductorError::Copied);
            }
            self.room_for_newcomer(peer.ip())?;
        }
        self.make_zone_for(id, hello).await?;
        if self.0.fleet.zone_of(id).is_none() {
            self.inherit(&self.newcomer(id, hello)?).await?;
        }
        let _edit = self.0.edits.read().await;
        let row = self.introduce(id, hello).await?;
        let number = self.0.next_connection.fetch_add(1, Ordering::Relaxed);
        let outbox = Arc::new(Outbox::default());
        let connection = Connection {
            number,
            outbox: outbox.clone(),
            peer,
            encrypted: terms.encrypted,
            since: Utc::now(),
            version: cleaned(&hello.version),
            capabilities: self.0.fleet.shared(&told::capabilities(&hello.capabilities)),
        };
        let speaker = Speaker::known(row.clone());
        let welcome = Welcome {
            server_time: self.0.clock.now(),
            protocol,
            clock_id: self.0.clock.id(),
            speaker_id: id,
            name: row.name.clone(),
            server_version: env!("CARGO_PKG_VERSION").to_owned(),
            history: true,
            adopted: terms.adopted,
            wall_clock: set_clock().filter(|_| terms.adopted),
            settings: speaker.settings(&self.shared_settings()),
        };
        if let Some(old) = self.0.fleet.attach(row, connection) {
            old.outbox.close(Closing {
                code: "replaced",
                detail: "another connection came in with the same speaker id; if this is another machine, delete the \
                         copied data folder on one of the two"
                    .into(),
                close_code: 1000,
            });
        }
        self.0.fleet.look_at(&[id], |s| {
            s.past().connected(self.0.clock.now());
            Some(())
        });
        let claim = hello.known.as_ref().and_then(Claim::of).map(Box::new);
        Ok(Admission { speaker: id, number, outbox, welcome, claim })
    }

    /// The settings that all speakers share, as large as the fleet is now: of thousands each reports less often.
    pub(super) fn shared_settings(&self) -> Settings {
        let base = &self.0.settings.speaker;
        let paced = (self.0.fleet.len() * 1_000 / REPORTS_A_SECOND) as u32;
        let report_interval_ms = if base.report_interval_ms == 0 { 0 } else { base.report_interval_ms.max(paced) };
        Settings { report_interval_ms, ..base.clone() }
    }

    /// Makes the zone that a new speaker wants to be in, if there is none of this name.
    async fn make_zone_for(&self, id: SpeakerId, hello: &Hello) -> Result<(), ConductorError> {
        let Some(zone) = zone_wanted(hello) else { return Ok(()) };
        if self.0.fleet.zone_of(id).is_some() || self.find_zone(&zone).is_ok() {
            return Ok(());
        }
        let _edit = self.0.edits.write().await;
        // Others that came at the same time may have wanted the same.
        if self.find_zone(&zone).is_err() {
            self.room_for_named_zone()?;
            self.create_zone_locked(ZoneId::random(), &zone).await?;
        }
        Ok(())
    }

    /// The row of the speaker that says hello: made and kept if it is new.
    async fn introduce(&self, id: SpeakerId, hello: &Hello) -> Result<SpeakerRow, ConductorError> {
        if let Some(known) = self.0.fleet.get(id) {
            let mut row = SpeakerRow { last_seen: Utc::now(), class: hello.class, ..known.row.clone() };
            if !SavedSettings::of(&row).named {
                row.name = name_of(id, hello);
            }
            if (&row.name, row.class) != (&known.row.name, known.row.class) {
                self.0.speaker_saver.save(row.clone()).await?;
            }
            return Ok(row);
        }
        let mut row = self.newcomer(id, hello)?;
        self.soften(&mut row);
        self.0.speaker_saver.save(row.clone()).await?;
        Ok(row)
    }

    /// The row of a speaker that nothing is known of.
    fn newcomer(&self, id: SpeakerId, hello: &Hello) -> Result<SpeakerRow, ConductorError> {
        let zone = zone_wanted(hello).map_or(Ok(ZoneId::DEFAULT), |zone| self.find_zone(&zone))?;
        Ok(SpeakerRow {
            id,
            name: name_of(id, hello),
            class: hello.class,
            zone,
            volume: Volume::FULL,
            muted: false,
            output_delay_us: hello.output_delay_us.unwrap_or(0).clamp(-MAX_OUTPUT_DELAY_US, MAX_OUTPUT_DELAY_US),
            min_volume: Volume::clamped(0.0),
            max_volume: Volume::FULL,
            channels: ChannelRole::Stereo,
            labels: Labels::default(),
            first_seen: Utc::now(),
            last_seen: Utc::now(),
            settings: SavedSettings { delay_told: hello.output_delay_us.is_some(), ..SavedSettings::default() }.text(),
        })
    }

    /// The speaker has its welcome: it joins its zone.
    pub fn connected(&self, admission: &mut Admission) {
        if self.0.fleet.is_current(admission.speaker, admission.number)
            && let Some(zone) = self.0.fleet.zone_of(admission.speaker)
        {
            self.join(zone, admission.speaker, admission.claim.take());
        }
    }

    /// The connection ended. Nothing happens if the speaker has another one by now.
    pub fn disconnected(&self, admission: &Admission) {
        let id = admission.speaker;
        if !self.0.fleet.detach(id, admission.number) {
            return;
        }
        let now = Utc::now();
        let at = self.0.clock.now();
        let zone = self.0.fleet.update(id, |s| {
            s.past().disconnected(at);
            s.row.last_seen = now;
            s.row.zone
        });
        let Some(zone) = zone else { return };
        self.leave(zone, id);
        self.0.speaker_saver.seen(id, now);
    }

    /// A speaker wants the whole state.
    pub fn state_requested(&self, speaker: SpeakerId) {
        self.tell_zone_of(speaker, Input::StateRequested { speaker });
    }

    /// A speaker answered `prepare`.
    pub fn ready(&self, speaker: SpeakerId, ready: Ready) {
        let Ready { prepare_id, entry, lead_us, error } = ready;
        let (lead_us, error) = (self.believed_lead(speaker, lead_us), error.map(|error| told::error(&error)));
        self.tell_zone_of(speaker, Input::Ready { speaker, prepare_id, entry, lead_us, error });
    }

    /// A speaker measured how the clock it plays by and this one go together.
    pub fn clock_shift_measured(&self, speaker: SpeakerId, shift: ClockShift) {
        self.tell_zone_of(speaker, Input::ClockShift { speaker, shift });
    }

    /// A speaker said where it is.
    pub fn position_reported(&self, speaker: SpeakerId, mut position: Position) {
        let (round_trip, lead) = (position.round_trip_us, position.lead_us);
        let now = self.0.clock.now();
        let zone = self.0.fleet.zone_of(speaker);
        let entry = position.entry.map(|e| zone.and_then(|zone| self.queue_entry_of(zone, e)).unwrap_or(e));
        // of the file, as speakers count; shown is the place in the track
        let first = position.entry.and_then(|e| self.first_frame_of(zone?, e)).unwrap_or_default();
        position.position_frames = Frames(position.position_frames.0.saturating_sub(first.0));
        let seconds = telemetry::coarseness(self.0.fleet.len());
        self.0.fleet.update(speaker, |s| {
            s.past().report(now, &position, seconds);
            s.past().settings(now, s.facts());
            s.reports.position = Some((now, position));
            s.reports.entry = entry;
        });
        if let Some(micros) = round_trip {
            self.tell_zone_of(speaker, Input::RoundTrip { speaker, micros });
        }
        if let Some(micros) = lead {
            let micros = self.believed_lead(speaker, micros);
            self.tell_zone_of(speaker, Input::Lead { speaker, micros });
        }
    }

    fn believed_lead(&self, speaker: SpeakerId, said_us: i64) -> i64 {
        self.0.fleet.look_at(&[speaker], |s| Some(s.believed_lead(said_us))).first().copied().unwrap_or(0)
    }

    /// A speaker said how it is.
    pub fn health_reported(&self, speaker: SpeakerId, health: Health) {
        let now = self.0.clock.now();
        self.0.fleet.update(speaker, |s| s.reports.health = Some((now, told::health(health))));
    }

    /// Something failed on a speaker.
    pub fn error_reported(&self, speaker: SpeakerId, error: &ClientError) {
        let (now, error) = (self.0.clock.now(), told::error(error));
        let name = self.0.fleet.update(speaker, |s| {
            s.past().failed(now, &error.code);
            s.reports.error = Some((now, error.clone()));
            s.row.name.clone()
        });
        if let Some(left_out) = rarely::may_tell(&format!("errors of {speaker}")) {
            let (code, detail) = (&error.code, &error.detail);
            tracing::warn!(speaker = name, code, detail, left_out, "a speaker reports an error");
        }
        if let Some(entry) = error.entry {
            self.tell_zone_of(speaker, Input::MemberFault { speaker, entry, error });
        }
    }

    fn tell_zone_of(&self, speaker: SpeakerId, input: Input) {
        if let Some(zone) = self.0.fleet.zone_of(speaker) {
            self.tell_zone(zone, input);
        }
    }
}

/// The wall clock, seconds since 1970, if it is set.
fn set_clock() -> Option<u64> {
    let now_us = wall_clock::wall_us();
    wall_clock::is_set(now_us).then(|| now_us.unsigned_abs() / 1_000_000)
}

/// The name that a speaker says of itself, or one made of its id.
fn name_of(id: SpeakerId, hello: &Hello) -> String {
    match cleaned(&hello.name) {
        name if name.is_empty() => format!("speaker {}", &id.to_string()[..8]),
        name => name,
    }
}

/// The name of the zone that a speaker wants to be in at its first appearance.
fn zone_wanted(hello: &Hello) -> Option<String> {
    hello.zone.as_deref().map(cleaned).filter(|zone| !zone.is_empty())
}

/// A text that a speaker says of itself, as people may say it: short, and on one line.
fn cleaned(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let short: String = composed(text.trim()).chars().take(MAX_NAME_CHARS).collect();
    short.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_speaker_says_of_itself_is_short_and_on_one_line() {
        for (said, kept) in [
            (" Küche\u{7} \n", "Küche"),
            ("a\nb", "a b"),
            ("\u{1b}\t\0", ""),
            (&format!("{} x", "ä".repeat(63)), &"ä".repeat(63)),
        ] {
            assert_eq!(cleaned(said), kept);
        }
    }
}
