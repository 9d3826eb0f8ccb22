//! A zone's queue as it is answered: parts of it, their versions, and the event that tells of a change.
//!
//! A queue may have a hundred thousand entries, so nothing carries all of it. An event says which version the queue has
//! now and, if that is short, what makes it of the version before; who holds a part of another one reads it again.

use downbeat_protocol::{EntryId, ZoneId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    describe::{IntoParams, ToSchema},
    dress::Dress,
    etag::ETag,
    problem::Problem,
    versioned::Versioned,
};
use crate::{conductor::Conductor, control::QueueMoment};
use downbeat_library::Catalog;
use downbeat_zone::{
    QueueEntry,
    queue::{Splice, difference},
};

/// A part of a queue.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueView {
    /// The zone's id.
    pub zone_id: Uuid,
    /// Grows with every change of the zone; no part of what the ETag stands for.
    pub revision: u64,
    /// Another one, and a greater one, whenever the queue is not as it was: other entries, another order, another
    /// title.
    pub version: u64,
    /// The entry that plays, is held or comes first when the zone is started.
    pub current: Option<Uuid>,
    /// Its index in the queue.
    pub current_index: Option<usize>,
    /// The index of the first of `entries`.
    pub offset: usize,
    /// The `offset` of the part that follows; null: this was the last.
    pub next: Option<usize>,
    /// The number of entries of the queue.
    pub total: usize,
    /// In order.
    pub entries: Vec<QueueEntryView>,
}

/// One place in the queue.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueEntryView {
    /// Its own id: a track may be queued twice.
    pub entry: Uuid,
    /// The track.
    pub track_id: Uuid,
    /// Its title.
    pub title: String,
    /// Its artist.
    pub artist: String,
    /// Its album.
    pub album: String,
    /// The album's id; null if it is on none.
    pub album_id: Option<Uuid>,
    /// BLAKE3 of its picture: its name under `/api/covers/`. As of this answer: no new version is made for it.
    pub cover: Option<String>,
    /// The year of publication, as of this answer.
    pub year: Option<u32>,
    /// Its length, seconds.
    pub duration: f64,
    /// The reason why it is skipped; null if it is not.
    pub fault: Option<String>,
}

impl QueueEntryView {
    /// As it is answered.
    pub fn of(catalog: &Catalog, e: &QueueEntry) -> Self {
        let track = e.track();
        let Dress { album_id, cover, year } = Dress::of(catalog, track.id);
        Self {
            entry: e.id().0,
            track_id: track.id.0,
            title: track.title.to_string(),
            artist: track.artist.to_string(),
            album: track.album.to_string(),
            album_id,
            cover,
            year,
            duration: track.duration_seconds(),
            fault: e.fault().map(|f| f.reason.clone()),
        }
    }
}

/// A part of a queue.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct QueueQuery {
    /// The index of the first entry; default: 0, and of a queue that is longer than `limit` the part around the current
    /// entry.
    #[serde(default)]
    offset: Option<usize>,
    /// At most so many, 1..=1000; default 500.
    #[serde(default)]
    #[param(minimum = 1, maximum = 1000, default = 500)]
    limit: Option<usize>,
    /// `queue` (default): as they stand. `play`: what comes after the current entry, as it will be played; `offset` is
    /// not looked at.
    #[serde(default)]
    order: QueueOrder,
}

/// The order in which a queue is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum QueueOrder {
    /// As the entries stand.
    #[default]
    Queue,
    /// As they will be played.
    Play,
}

/// The most entries of one answer ...
pub const MAX_LIMIT: usize = 1_000;
/// ... if nothing is said ...
const DEFAULT_LIMIT: usize = 500;
/// ... and with a refusal.
const SHORT_LIMIT: usize = 100;

impl QueueQuery {
    /// A short part around the current entry.
    pub fn short() -> Self {
        Self { limit: Some(SHORT_LIMIT), ..Self::default() }
    }
}

/// The version of a queue after an edit.
pub fn edited_tag(zone: ZoneId, arrangement: u64) -> ETag {
    ETag::of(&set_of(zone, arrangement), &())
}

/// The arrangement, by people and by autoplay: the entries, and their order.
fn set_of(zone: ZoneId, arrangement: u64) -> impl Serialize {
    ("queue", zone, arrangement)
}

/// A part of a zone's queue.
pub fn part_of(conductor: &Conductor, zone: ZoneId, query: &QueueQuery) -> Result<Versioned<QueueView>, Problem> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Problem::field("limit", format!("{limit} is not within 1..={MAX_LIMIT}")));
    }
    let page = conductor.queue(zone, |current, total| {
        // a little of what was, more of what comes
        let around = current.filter(|_| total > limit).map_or(0, |c| c.saturating_sub(limit / 4).min(total - limit));
        let offset = query.offset.unwrap_or(around);
        offset..offset.saturating_add(limit)
    })?;
    let upcoming = match query.order {
        QueueOrder::Queue => None,
        QueueOrder::Play => Some(conductor.upcoming(zone, limit)?),
    };
    let coming: Option<Vec<EntryId>> = upcoming.as_ref().map(|entries| entries.iter().map(QueueEntry::id).collect());
    let part = (page.offset, page.entries.len(), coming);
    let catalog = conductor.library().catalog();
    let tag = ETag::of(&set_of(zone, page.arrangement), &(page.version, page.current, part));
    let end = page.offset + page.entries.len();
    let value = QueueView {
        zone_id: zone.0,
        revision: page.revision,
        version: page.version,
        current: page.current.map(|(id, _)| id.0),
        current_index: page.current.map(|(_, index)| index),
        offset: if upcoming.is_some() { 0 } else { page.offset },
        next: (upcoming.is_none() && end < page.total).then_some(end),
        total: page.total,
        entries: upcoming.as_ref().unwrap_or(&page.entries).iter().map(|e| QueueEntryView::of(&catalog, e)).collect(),
    };
    Ok(Versioned { value, tag })
}

/// A queue, as an event tells of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueState {
    /// The zone's id.
    pub zone_id: Uuid,
    /// `version` of the queue.
    pub version: u64,
    /// The entry that plays, is held or comes first when the zone is started.
    pub current: Option<Uuid>,
    /// Its index in the queue.
    pub current_index: Option<usize>,
    /// The number of entries of the queue.
    pub total: usize,
    /// Whoever holds entries of this version makes `changes`, one after the other, and holds those of `version`.
    pub since: Option<u64>,
    /// The changes of the entries; null: too many for an event, so the queue is to be read again.
    pub changes: Option<Vec<QueueChange>>,
}

/// Some entries go at one place of a queue, and others come.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueChange {
    /// The index of the first that goes, and of the first that comes.
    pub at: usize,
    /// The number of those that go.
    pub removed: usize,
    /// Those that come.
    pub entries: Vec<QueueEntryView>,
}

/// An event carries at most so many entries.
const MOST_TOLD: usize = 50;

impl QueueChange {
    fn of(catalog: &Catalog, s: &Splice) -> Self {
        let entries = s.entries.iter().map(|e| QueueEntryView::of(catalog, e)).collect();
        Self { at: s.at, removed: s.removed, entries }
    }
}

impl QueueState {
    /// The news of a queue that was `before` when it was told of last; `None`: it is as it was.
    pub fn after(catalog: &Catalog, zone: ZoneId, before: Option<&QueueMoment>, now: &QueueMoment) -> Option<Self> {
        let same = |b: &QueueMoment| (b.version, b.current) == (now.version, now.current);
        if before.is_some_and(same) {
            return None;
        }
        let splices = before.and_then(|before| difference(&before.entries, &now.entries, MOST_TOLD));
        Some(Self {
            zone_id: zone.0,
            version: now.version,
            current: now.current.map(|(id, _)| id.0),
            current_index: now.current.map(|(_, index)| index),
            total: now.total,
            since: before.map(|b| b.version),
            changes: splices.map(|splices| splices.iter().map(|s| QueueChange::of(catalog, s)).collect()),
        })
    }
}
