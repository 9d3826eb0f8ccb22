//! The past of zones and speakers as it is answered.

use chrono::{DateTime, SecondsFormat, Utc};
use downbeat_protocol::ServerTime;
use serde::Serialize;
use uuid::Uuid;

use super::describe::ToSchema;
use downbeat_zone::telemetry::{Column, Kind, Mark, Stretch};

/// The wall clock of an answer: instants are kept by the coordinator's own clock, which does not jump, and told by the
/// wall clock of now.
#[derive(Debug, Clone, Copy)]
pub struct Wall {
    now: ServerTime,
    wall_us: i64,
}

impl Wall {
    /// Now.
    pub fn at(now: ServerTime) -> Self {
        Self { now, wall_us: Utc::now().timestamp_micros() }
    }

    /// Milliseconds since 1970.
    pub fn ms(self, at: ServerTime) -> i64 {
        (self.wall_us + at.micros_since(self.now)).div_euclid(1_000)
    }

    /// RFC 3339.
    pub fn text(self, at: ServerTime) -> String {
        let time: Option<DateTime<Utc>> = DateTime::from_timestamp_millis(self.ms(at));
        time.unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// The instant of a wall time, microseconds since 1970.
    pub fn back(self, wall_us: i64) -> ServerTime {
        self.now.plus_micros(wall_us.saturating_sub(self.wall_us))
    }
}

/// A figure at each step; null: nothing is known.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Figure {
    /// The least within the step.
    pub min: Vec<Option<f64>>,
    /// The greatest within the step.
    pub max: Vec<Option<f64>>,
    /// The median.
    pub middle: Vec<Option<f64>>,
}

impl Figure {
    /// A column, rounded to so many places.
    pub fn of(column: &Column, places: i32) -> Self {
        let scale = 10_f64.powi(places);
        let rounded = |values: &[f32]| {
            let round = |v: &f32| v.is_finite().then(|| (f64::from(*v) * scale).round() / scale);
            values.iter().map(round).collect()
        };
        Self { min: rounded(&column.least), max: rounded(&column.most), middle: rounded(&column.middle) }
    }
}

/// The kind of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MarkKind)]
pub enum MarkKindView {
    /// A speaker connected.
    Connected,
    /// Its connection ended.
    Disconnected,
    /// The sound card ran dry.
    Underrun,
    /// The decoder was late.
    Starved,
    /// It jumped to the right position.
    Reanchor,
    /// The output was lost.
    OutputLost,
    /// It told of an error.
    Error,
    /// Muted.
    Muted,
    /// Muted no more.
    Unmuted,
    /// The volume was set, percent.
    Volume,
    /// The output delay was set, microseconds.
    Delay,
    /// The speaker came into another zone.
    Moved,
    /// The zone plays.
    Playing,
    /// The zone is paused.
    Paused,
    /// The zone is stopped.
    Stopped,
}

impl From<Kind> for MarkKindView {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Connected => Self::Connected,
            Kind::Disconnected => Self::Disconnected,
            Kind::Underrun => Self::Underrun,
            Kind::Starved => Self::Starved,
            Kind::Reanchor => Self::Reanchor,
            Kind::OutputLost => Self::OutputLost,
            Kind::Error => Self::Error,
            Kind::Muted => Self::Muted,
            Kind::Unmuted => Self::Unmuted,
            Kind::Volume => Self::Volume,
            Kind::Delay => Self::Delay,
            Kind::Moved => Self::Moved,
            Kind::Playing => Self::Playing,
            Kind::Paused => Self::Paused,
            Kind::Stopped => Self::Stopped,
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MarkView {
    /// The instant, milliseconds since 1970; the first time, if it happened several times.
    pub at: i64,
    /// The last time.
    pub until: i64,
    /// The kind of event.
    pub kind: MarkKindView,
    /// The number of times.
    pub count: u32,
    /// The new value, where that is a number.
    pub value: Option<f64>,
    /// The code of an error.
    pub detail: Option<String>,
    /// The speaker; null: the zone.
    pub speaker: Option<Uuid>,
}

impl MarkView {
    /// As it is answered.
    pub fn of(mark: &Mark, wall: Wall, speaker: Option<Uuid>) -> Self {
        Self {
            at: wall.ms(mark.at),
            until: wall.ms(mark.until),
            kind: mark.kind.into(),
            count: mark.count,
            value: mark.value,
            detail: mark.detail.as_deref().map(str::to_owned),
            speaker,
        }
    }
}

/// A time out of step: farther off than 1,000 microseconds.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OutOfStep)]
pub struct StretchView {
    /// Since when, milliseconds since 1970: to the second within the last hour, to the minute before.
    pub from: i64,
    /// Until when; null: it still is.
    pub to: Option<i64>,
    /// The figure that was farthest off, microseconds, late is positive.
    pub worst_us: f64,
}

impl StretchView {
    /// As they are answered.
    pub fn all(stretches: Vec<Stretch>, wall: Wall) -> Vec<Self> {
        let of = |s: Stretch| Self {
            from: wall.ms(s.from),
            to: s.to.map(|to| wall.ms(to)),
            worst_us: f64::from(s.worst_us).round(),
        };
        stretches.into_iter().map(of).collect()
    }
}

/// The last day of a speaker.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SpeakerTelemetry)]
pub struct SpeakerPastView {
    /// The speaker.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Now, microseconds of server time.
    pub server_time: i64,
    /// Now, by the coordinator's wall clock, RFC 3339.
    pub time: String,
    /// The length of a step, milliseconds.
    pub step_ms: i64,
    /// The beginning of each step, milliseconds since 1970.
    pub at: Vec<i64>,
    /// The lateness, microseconds, early is negative; unknown while it did not play.
    pub error_us: Figure,
    /// The bound of the error of that, microseconds.
    pub bound_us: Figure,
    /// The correction in force, parts in a million.
    pub correction_ppm: Figure,
    /// The least round trip to the coordinator, microseconds.
    pub round_trip_us: Figure,
    /// The coordinator's clock against its own, parts in a million.
    pub skew_ppm: Figure,
    /// The events, the oldest first.
    pub marks: Vec<MarkView>,
    /// The times out of step, the oldest first; at most the last hundred times.
    pub out_of_step: Vec<StretchView>,
}

/// The error of one speaker of a zone, at the zone's steps.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MemberTelemetry)]
pub struct MemberPastView {
    /// The speaker.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The lateness, microseconds, early is negative.
    pub error_us: Figure,
    /// The figure that was farthest off, microseconds; null: it did not play.
    pub worst_us: Option<f64>,
    /// Since when it is out of step, milliseconds since 1970; null: it is in step, or does not play.
    pub out_since: Option<i64>,
}

/// The last day of a zone.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ZoneTelemetry)]
pub struct ZonePastView {
    /// The zone.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Now, microseconds of server time.
    pub server_time: i64,
    /// Now, by the coordinator's wall clock, RFC 3339.
    pub time: String,
    /// The length of a step, milliseconds.
    pub step_ms: i64,
    /// The beginning of each step, milliseconds since 1970.
    pub at: Vec<i64>,
    /// The latest speaker minus the earliest, microseconds; unknown while fewer than two played.
    pub spread_us: Figure,
    /// By how much the true spread may have exceeded that, microseconds.
    pub bound_us: Figure,
    /// The number of speakers that this is of.
    pub speaker_count: Figure,
    /// The events of the zone and its speakers, the oldest first; at most the last thousand.
    pub marks: Vec<MarkView>,
    /// The times in which the spread was more than 1,000 microseconds.
    pub out_of_step: Vec<StretchView>,
    /// The speakers that are in the zone now, the one that was farthest off first.
    pub speakers: Vec<MemberPastView>,
}
