//! A speaker as it is answered, in one place: for looks, lists and events alike.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use downbeat_protocol::{
    EntryId, ServerTime, ZoneId,
    agent_message::ClientError,
    report::{CacheState, CachedEntry, Health, PlanCache, PlayerState, Truth},
    server_message::ChannelRole,
};
use downbeat_zone::unsure::Cause;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[cfg(test)]
use super::describe::protocol as described;
use super::{Api, body::decibels, describe::ToSchema};
use crate::{
    conductor::Conductor,
    fleet::{Labels, Speaker},
};

/// A speaker: what people set, and what it said of itself last. All from `state` on is null until it reported.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpeakerView {
    /// Its id, for life.
    pub id: Uuid,
    /// The name that people call it by.
    pub name: String,
    /// The kind of program.
    #[schema(value_type = described::SpeakerClass)]
    pub class: downbeat_protocol::handshake::SpeakerClass,
    /// The name of its zone.
    pub zone: String,
    /// The id of its zone.
    pub zone_id: Uuid,
    /// True if it is connected now.
    pub connected: bool,
    /// Its own volume, 0..=100; the zone's comes on top.
    pub volume: f32,
    /// The same in decibels; null: silent.
    pub volume_db: Option<f32>,
    /// It is never less loud than this, 0..=100, whatever the volumes; only muted.
    pub min_volume: f32,
    /// It is never louder than this, 0..=100, whatever the volumes.
    pub max_volume: f32,
    /// Silent, whatever the volume.
    pub muted: bool,
    /// The channels that it sounds.
    pub channels: Channels,
    /// The labels that people wrote on it.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub labels: Labels,
    /// The delay behind its sound card, microseconds, signed.
    pub output_delay_us: i64,
    /// The time of its last connection; now, if it is connected.
    #[schema(value_type = String, format = DateTime)]
    pub last_seen: DateTime<Utc>,
    /// The address that it is connected from.
    pub address: Option<String>,
    /// True if its connection is encrypted. An agent that does not encrypt is one from before the upgrade: upgrade it,
    /// and adopt it.
    pub encrypted: Option<bool>,
    /// Its version.
    pub version: Option<String>,
    /// Its activity.
    #[schema(value_type = Option<described::SpeakerState>)]
    pub state: Option<PlayerState>,
    /// The age of the report, milliseconds.
    pub report_age_ms: Option<i64>,
    /// The entry it is at.
    pub entry: Option<Uuid>,
    /// The position in the entry, seconds; null if the rate is not known.
    pub position: Option<f64>,
    /// The position in the entry, frames.
    pub position_frames: Option<i64>,
    /// Its place minus the place by the timeline, microseconds, late is positive; as it believes.
    pub sync_error_us: Option<f64>,
    /// The correction in force, beyond what the crystals differ by.
    pub correction_ppm: Option<f64>,
    /// Its sound card's crystal against its own clock.
    pub dac_ppm: Option<f64>,
    /// Server time against its own clock.
    pub skew_ppm: Option<f64>,
    /// Server time minus its own clock, microseconds.
    pub offset_us: Option<i64>,
    /// The bound of the error of `syncErrorUs`, microseconds: of its clock's estimate and of its card's.
    pub error_bound_us: Option<f64>,
    /// The card's part of it: how far a frame may be heard from where it is believed to be, microseconds.
    pub card_bound_us: Option<f64>,
    /// The steps in which its card's position moves, microseconds; null: with the sound, as far as is known.
    pub card_step_us: Option<f64>,
    /// The least round trip, microseconds.
    pub round_trip_us: Option<f64>,
    /// How far bursts of exchanges usually lie above that, microseconds.
    pub jitter_us: Option<f64>,
    /// The share of exchanges of late that were not answered, 0..=1.
    pub probes_lost: Option<f64>,
    /// The cause, if it may be a millisecond off or more by its bound.
    pub unsure_because: Option<UnsureCause>,
    /// The time ahead of its arrival that a change must lie for it, as it says, microseconds.
    pub lead_us: Option<i64>,
    /// The part of that which is not believed, microseconds: the zone does not wait that long, and this speaker is
    /// late. Null: all is believed.
    pub lead_excess_us: Option<i64>,
    /// The times that its sound card ran dry.
    pub underruns: Option<u64>,
    /// The times that its decoder was late.
    pub starved: Option<u64>,
    /// The times that it jumped to the right position.
    pub reanchors: Option<u64>,
    /// The times that its output was lost and reopened.
    pub output_losses: Option<u64>,
    /// Decoded audio waiting, milliseconds.
    pub buffer_ms: Option<u32>,
    /// The truth, which a virtual device knows.
    pub truth: Option<TruthView>,
    /// The part of its zone's plan that it has, as it said last; null if it keeps no files.
    pub cache: Option<CacheView>,
    /// The state of its machine.
    #[schema(value_type = Option<described::SpeakerHealth>)]
    pub health: Option<Health>,
    /// The last failure.
    #[schema(value_type = Option<described::SpeakerFailure>)]
    pub last_error: Option<ClientError>,
}

impl SpeakerView {
    /// The same without what only those may know that look after it.
    #[must_use]
    fn without_details(self) -> Self {
        Self { address: None, version: None, health: None, last_error: None, ..self }
    }

    /// The same without live figures: it changes only when something changes. `speaker` is the one that is shown; while
    /// it is connected, it was last seen when it came.
    #[must_use]
    pub fn settled(&self, speaker: &Speaker) -> Self {
        Self {
            last_seen: speaker.connection.as_ref().map_or(speaker.row.last_seen, |c| c.since),
            report_age_ms: None,
            position: None,
            position_frames: None,
            sync_error_us: None,
            correction_ppm: None,
            dac_ppm: None,
            skew_ppm: None,
            offset_us: None,
            error_bound_us: None,
            card_bound_us: None,
            card_step_us: None,
            round_trip_us: None,
            jitter_us: None,
            probes_lost: None,
            unsure_because: None,
            lead_us: None,
            buffer_ms: None,
            truth: None,
            cache: None,
            health: None,
            ..self.clone()
        }
    }
}

/// Why a speaker may be a millisecond off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnsureCause {
    /// Its sound card's position moves in steps, or scatters. Another card or driver is exact.
    CoarseCard,
    /// Its Wi-Fi sleeps between beacons. Switch its power saving off.
    RadioSleeps,
    /// Many exchanges are not answered: interference, or a line that is full.
    LostProbes,
    /// The network is never at rest: a wire, or a channel with fewer neighbours.
    NoFloor,
    /// The way is long, and the inequality of its two halves cannot be seen.
    LongWay,
}

impl From<Cause> for UnsureCause {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::CoarseCard => Self::CoarseCard,
            Cause::RadioSleeps => Self::RadioSleeps,
            Cause::LostProbes => Self::LostProbes,
            Cause::NoFloor => Self::NoFloor,
            Cause::LongWay => Self::LongWay,
        }
    }
}

/// The truth of a virtual device.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TruthView {
    /// The instant at which a frame left it, nanoseconds of its machine's raw clock.
    pub raw_ns: i64,
    /// The instant at which that frame was due, microseconds of server time.
    pub content_us: f64,
}

/// The part of its zone's plan that a speaker has. The counts are of files, each counted once.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CacheView {
    /// Here, whole and verified.
    pub ready: u32,
    /// Of which a part is here.
    pub partly: u32,
    /// Of which nothing is here.
    pub missing: u32,
    /// The plan's first entries, in order.
    pub entries: Vec<CachedEntryView>,
}

/// The part of one entry that a speaker has.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CachedEntryView {
    /// The entry of the queue; one that is repeated comes more than once.
    pub entry: Uuid,
    /// The part of its file that is there.
    #[schema(value_type = described::CacheState)]
    pub state: CacheState,
}

impl CacheView {
    /// `known` is the queue's own entry for one of the plan.
    fn of(told: &PlanCache, mut known: impl FnMut(EntryId) -> EntryId) -> Self {
        let PlanCache { ready, partly, missing, .. } = *told;
        let entry = |e: &CachedEntry| CachedEntryView { entry: known(e.entry).0, state: e.state };
        Self { ready, partly, missing, entries: told.entries.iter().map(entry).collect() }
    }
}

/// The channels that a speaker sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Channels {
    /// As in the file.
    #[default]
    Stereo,
    /// The left one on both outputs.
    Left,
    /// The right one on both outputs.
    Right,
    /// Both, mixed, on both outputs.
    Mono,
    /// Left and right exchanged.
    Swapped,
}

impl From<ChannelRole> for Channels {
    fn from(role: ChannelRole) -> Self {
        match role {
            ChannelRole::Stereo => Self::Stereo,
            ChannelRole::Left => Self::Left,
            ChannelRole::Right => Self::Right,
            ChannelRole::Mono => Self::Mono,
            ChannelRole::Swapped => Self::Swapped,
        }
    }
}

impl From<Channels> for ChannelRole {
    fn from(channels: Channels) -> Self {
        match channels {
            Channels::Stereo => Self::Stereo,
            Channels::Left => Self::Left,
            Channels::Right => Self::Right,
            Channels::Mono => Self::Mono,
            Channels::Swapped => Self::Swapped,
        }
    }
}

/// A speaker as it is answered.
pub fn view_of(api: &Api, speaker: &Speaker) -> SpeakerView {
    Zones::new(api).view(speaker)
}

/// A speaker as it is answered, without live figures: it changes only when something changes.
pub fn settled_view(api: &Api, speaker: &Speaker) -> SpeakerView {
    view_of(api, speaker).settled(speaker)
}

/// The facts that speakers are answered with beyond themselves, looked up once for a whole list.
pub struct Zones {
    api: Api,
    conductor: Conductor,
    names: HashMap<ZoneId, String>,
    rates: HashMap<(ZoneId, EntryId), Option<u32>>,
    entries: HashMap<(ZoneId, EntryId), EntryId>,
}

impl Zones {
    /// Nothing looked up yet.
    pub fn new(api: &Api) -> Self {
        Self {
            api: api.clone(),
            conductor: api.conductor.clone(),
            names: HashMap::new(),
            rates: HashMap::new(),
            entries: HashMap::new(),
        }
    }

    /// A speaker as it is answered.
    pub fn view(&mut self, speaker: &Speaker) -> SpeakerView {
        let (zone, conductor) = (speaker.row.zone, &self.conductor);
        let name = self.names.entry(zone);
        let name = name.or_insert_with(|| conductor.zone(zone).map(|z| z.name).unwrap_or_default()).clone();
        let entry = speaker.reports.position.as_ref().and_then(|(_, p)| p.entry);
        let rate = entry.and_then(|e| *self.rates.entry((zone, e)).or_insert_with(|| conductor.rate_of(zone, e)));
        let entries = &mut self.entries;
        let known = |e| *entries.entry((zone, e)).or_insert_with(|| conductor.queue_entry_of(zone, e).unwrap_or(e));
        let view = view_with(speaker, name, rate, known, conductor.clock().now());
        // the coordinator itself, which tells of events, knows all
        let told_all = self.api.asker.is_none() || self.api.knows_details(speaker.id());
        if told_all { view } else { view.without_details() }
    }
}

fn view_with(
    speaker: &Speaker,
    zone: String,
    rate: Option<u32>,
    known: impl FnMut(EntryId) -> EntryId,
    now: ServerTime,
) -> SpeakerView {
    let report = speaker.reports.position.as_ref();
    let said = report.map(|(_, p)| p);
    let health = speaker.reports.health.as_ref().map(|(_, h)| h);
    let radio = health.is_some_and(|h| h.wifi_dbm.is_some());
    SpeakerView {
        id: speaker.row.id.0,
        name: speaker.row.name.clone(),
        class: speaker.row.class,
        zone,
        zone_id: speaker.row.zone.0,
        connected: speaker.connection.is_some(),
        volume: speaker.row.volume.percent(),
        volume_db: decibels(speaker.row.volume),
        min_volume: speaker.row.min_volume.percent(),
        max_volume: speaker.row.max_volume.percent(),
        muted: speaker.row.muted,
        channels: speaker.row.channels.into(),
        labels: speaker.row.labels.clone(),
        output_delay_us: speaker.row.output_delay_us,
        last_seen: if speaker.connection.is_some() { Utc::now() } else { speaker.row.last_seen },
        address: speaker.connection.as_ref().map(|c| c.peer.to_string()),
        encrypted: speaker.connection.as_ref().map(|c| c.encrypted),
        version: speaker.connection.as_ref().map(|c| c.version.clone()),
        state: said.map(|p| p.state),
        report_age_ms: report.map(|(at, _)| now.micros_since(*at) / 1_000),
        entry: speaker.reports.entry.map(|e| e.0),
        position: said.and_then(|p| Some(p.position_frames.as_seconds(rate?))),
        position_frames: said.map(|p| p.position_frames.0),
        sync_error_us: said.map(|p| p.sync_error_us),
        correction_ppm: said.map(|p| p.correction_ppm.0),
        dac_ppm: said.map(|p| p.dac_ppm.0),
        skew_ppm: said.map(|p| p.skew_ppm.0),
        offset_us: said.map(|p| p.offset_us),
        error_bound_us: said.and_then(|p| p.error_bound_us),
        card_bound_us: said.and_then(|p| p.card_bound_us),
        card_step_us: said.and_then(|p| p.card_step_us),
        round_trip_us: said.and_then(|p| p.round_trip_us),
        jitter_us: said.and_then(|p| p.jitter_us),
        probes_lost: said.and_then(|p| p.probes_lost),
        unsure_because: said.and_then(|p| Cause::of(p, radio)).map(Into::into),
        lead_us: said.and_then(|p| p.lead_us),
        lead_excess_us: said.and_then(|p| p.lead_us).map(|us| us - speaker.believed_lead(us)).filter(|us| *us > 0),
        underruns: said.map(|p| p.underruns),
        starved: said.map(|p| p.starved),
        reanchors: said.map(|p| p.reanchors),
        output_losses: said.map(|p| p.output_losses),
        buffer_ms: said.map(|p| p.buffer_ms),
        truth: said.and_then(|p| p.truth).map(|Truth { raw_ns, content_us }| TruthView { raw_ns, content_us }),
        cache: health.and_then(|h| h.cache.as_ref()).map(|told| CacheView::of(told, known)),
        // not twice
        health: health.map(|h| Health { cache: None, ..h.clone() }),
        last_error: speaker.reports.error.as_ref().map(|(_, e)| e.clone()),
    }
}
