//! How a zone goes through its queue: `/api/zones/{zone}/session`.

use axum::{extract::State, response::Response};
use downbeat_protocol::{Frames, ZoneId};
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use super::{
    Api,
    body::{Body, InPath, seconds},
    describe::{ToSchema, call},
    etag::ETag,
    playback_view::{PlaybackReply, state_of},
    problem::{Changed, Problem, ProblemBody},
    session_view::{Autoplay, Loudness, Repeat, SessionView},
    versioned::{Conditions, Versioned},
    zone_param::zone_named,
};
use crate::conductor::ConductorError;
use downbeat_zone::{Command, EntryPosition, ModesPatch, View, modes};

/// A change of a session. Fields that are left out stay (PATCH), or become what they are in a new zone (PUT).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionRequest {
    /// `off`, `one` or `all`.
    #[serde(default)]
    repeat: Option<Repeat>,
    /// True to play entries in a shuffled order, which begins with the current one. `true` while it is shuffled
    /// changes nothing, unless another `seed` is named.
    #[serde(default)]
    shuffle: Option<bool>,
    /// The seed of the shuffled order; default: by chance.
    #[serde(default)]
    seed: Option<u64>,
    /// For how long two entries overlap, seconds: 0..=12. Never within an album, and not if one of them is shorter than
    /// twice that.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 12)]
    crossfade_seconds: Option<f64>,
    /// `off`, `track` or `album`.
    #[serde(default)]
    loudness: Option<Loudness>,
    /// The gain above the reference level, dB: -15..=15.
    #[serde(default)]
    #[schema(minimum = -15, maximum = 15)]
    preamp_db: Option<f64>,
    /// The room that peaks leave below full scale if there is no limiter, dB: 0..=15.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 15)]
    headroom_db: Option<f64>,
    /// True if speakers limit peaks.
    #[serde(default)]
    limiter: Option<bool>,
    /// `off`, `similar` or `playlist`.
    #[serde(default)]
    autoplay: Option<Autoplay>,
    /// The playlist for `autoplay`, by id.
    #[serde(default)]
    autoplay_playlist: Option<Uuid>,
    /// Play a part of the current entry over and over; null: no longer. It ends with the next entry, a stop or a new
    /// play.
    #[serde(default, rename = "loop", deserialize_with = "named")]
    #[schema(value_type = Option<LoopRequest>)]
    ab: Named<LoopRequest>,
}

/// A part of the current entry: by seconds, or by frames, which win.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LoopRequest {
    /// Its begin, seconds.
    #[serde(default)]
    #[schema(minimum = 0)]
    a: Option<f64>,
    /// Its end, seconds.
    #[serde(default)]
    #[schema(minimum = 0)]
    b: Option<f64>,
    /// Its first frame.
    #[serde(default)]
    #[schema(minimum = 0)]
    a_frames: Option<i64>,
    /// The frame before which it begins again.
    #[serde(default)]
    #[schema(minimum = 0)]
    b_frames: Option<i64>,
}

/// A field for which null says something else than nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Named<T> {
    /// It is not named.
    #[default]
    No,
    /// It is null.
    Null,
    /// It is this.
    Value(T),
}

fn named<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Named<T>, D::Error> {
    Ok(Option::deserialize(value)?.map_or(Named::Null, Named::Value))
}

fn place(field: &str, by_seconds: Option<f64>, frames: Option<i64>) -> Result<EntryPosition, Problem> {
    match (frames, by_seconds) {
        (Some(frames), _) if frames < 0 => Err(Problem::field(format!("loop.{field}Frames"), "before the start")),
        (Some(frames), _) => Ok(EntryPosition::Frame(Frames(frames))),
        (None, Some(s)) => seconds(&format!("loop.{field}"), s).map(EntryPosition::Seconds),
        (None, None) => Err(Problem::field(format!("loop.{field}"), "missing")),
    }
}

fn within(field: &str, value: f64, low: f64, high: f64) -> Result<f64, Problem> {
    if (low..=high).contains(&value) {
        Ok(value)
    } else {
        Err(Problem::field(field, format!("{value} is not within {low}..={high}")))
    }
}

impl SessionRequest {
    /// The loop.
    fn ab(&self) -> Result<Named<(EntryPosition, EntryPosition)>, Problem> {
        Ok(match self.ab {
            Named::No => Named::No,
            Named::Null => Named::Null,
            Named::Value(l) => Named::Value((place("a", l.a, l.a_frames)?, place("b", l.b, l.b_frames)?)),
        })
    }

    /// Writes down the shuffled order, if it is named, given the present one.
    fn shuffle(&self, patch: &mut ModesPatch, now: Option<u64>) {
        // what a page can hold exactly
        let by_chance = || Uuid::new_v4().as_u64_pair().1 >> 11;
        patch.shuffle = match (self.shuffle, self.seed) {
            (Some(false), _) => Some(None),
            (_, Some(seed)) => Some(Some(seed)),
            (Some(true), None) => Some(Some(now.unwrap_or_else(by_chance))),
            (None, None) => None,
        };
    }

    /// The named fields but the shuffled order.
    fn patch(&self) -> Result<ModesPatch, Problem> {
        let crossfade = self.crossfade_seconds.map(|s| {
            let most = f64::from(modes::MAX_CROSSFADE_US) / 1e6;
            within("crossfadeSeconds", s, 0.0, most).map(|s| (s * 1e6).round() as u32)
        });
        let db = |field, value: Option<f64>, low| {
            value.map(|db| within(field, db, low, 15.0).map(|db| db as f32)).transpose()
        };
        let autoplay = match (self.autoplay, self.autoplay_playlist) {
            (Some(Autoplay::Off), _) => Some(modes::Autoplay::Off),
            (Some(Autoplay::Similar), _) => Some(modes::Autoplay::Similar),
            (None | Some(Autoplay::Playlist), Some(id)) => Some(modes::Autoplay::Playlist(id)),
            (Some(Autoplay::Playlist), None) => return Err(Problem::field("autoplayPlaylist", "missing")),
            (None, None) => None,
        };
        Ok(ModesPatch {
            repeat: self.repeat.map(|repeat| match repeat {
                Repeat::Off => modes::Repeat::Off,
                Repeat::One => modes::Repeat::One,
                Repeat::All => modes::Repeat::All,
            }),
            shuffle: None,
            crossfade_us: crossfade.transpose()?,
            loudness: self.loudness.map(|loudness| match loudness {
                Loudness::Off => modes::Loudness::Off,
                Loudness::Track => modes::Loudness::Track,
                Loudness::Album => modes::Loudness::Album,
            }),
            preamp_db: db("preampDb", self.preamp_db, -15.0)?,
            headroom_db: db("headroomDb", self.headroom_db, 0.0)?,
            limiter: self.limiter,
            autoplay,
        })
    }

    /// With everything named: as in a new zone, what is not.
    fn whole(self) -> Self {
        let new = modes::Modes::default();
        Self {
            repeat: self.repeat.or(Some(Repeat::Off)),
            shuffle: self.shuffle.or(Some(self.seed.is_some())),
            crossfade_seconds: self.crossfade_seconds.or(Some(0.0)),
            loudness: self.loudness.or(Some(Loudness::Off)),
            preamp_db: self.preamp_db.or(Some(f64::from(new.preamp_db))),
            headroom_db: self.headroom_db.or(Some(f64::from(new.headroom_db))),
            limiter: self.limiter.or(Some(new.limiter)),
            autoplay: self.autoplay.or(self.autoplay_playlist.is_none().then_some(Autoplay::Off)),
            ab: if let Named::No = self.ab { Named::Null } else { self.ab },
            ..self
        }
    }
}

fn tag_of(view: &View, session: &SessionView) -> ETag {
    ETag::of(&set_of(view), session)
}

/// The settings, which people make.
fn set_of(view: &View) -> impl Serialize {
    ("session", view.id, view.modes.clone(), view.ab)
}

fn versioned(view: &View) -> Versioned<SessionView> {
    let value = SessionView::of(view);
    Versioned { tag: tag_of(view, &value), value }
}

/// The refusal of a change; if another change came first, with the session as it is now.
fn refused(api: &Api, zone: ZoneId, error: ConductorError) -> Problem {
    match (error, api.conductor.zone(zone)) {
        (ConductorError::Changed, Ok(view)) => versioned(&view).precondition_failed(),
        (error, _) => error.into(),
    }
}

async fn change(
    api: &Api,
    zone: &str,
    conditions: &Conditions,
    request: SessionRequest,
) -> Result<Versioned<PlaybackReply>, Problem> {
    let zone = zone_named(api, Some(zone))?;
    let (mut patch, ab) = (request.patch()?, request.ab()?);
    let now = api.conductor.clock().now();
    let done = api.conductor.command_of(zone, |present| {
        let view = present.view(now);
        if !conditions.allow(&ETag::of(&set_of(&view), &())) {
            return Err(ConductorError::Changed);
        }
        request.shuffle(&mut patch, view.modes.shuffle);
        Ok(match ab {
            Named::No => Command::Modes(patch),
            Named::Null => Command::Session(patch, None),
            Named::Value(part) => Command::Session(patch, Some(part)),
        })
    });
    let outcome = done.await.map_err(|error| refused(api, zone, error))?;
    let tag = versioned(&outcome.view).tag;
    let state = state_of(&api.conductor, &outcome.view);
    Ok(Versioned { value: PlaybackReply { success: true, at: outcome.at.0, state }, tag })
}

/// Repeat, shuffle, crossfade, loudness, autoplay and loop of a zone.
#[call(get, path = "/api/zones/{zone}/session", right = look, about = target, operation_id = "get_session",
    tag = "zones",
    params(("zone" = String, Path, description = "The zone's name or id"),
           ("If-None-Match" = Option<String>, Header, description = "An ETag that is known already")),
    responses((status = 200, body = SessionView), (status = 304)))]
pub async fn get(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let zone = zone_named(&api, Some(&zone))?;
    Ok(conditions.answer(versioned(&api.conductor.zone(zone)?)))
}

/// Change some of it, or nothing if that cannot be. What sounds goes on; a loop that has passed its end goes back to
/// its begin.
#[call(patch, path = "/api/zones/{zone}/session", right = steer, about = target, operation_id = "edit_session",
    tag = "zones", request_body = SessionRequest,
    params(("zone" = String, Path, description = "The zone's name or id"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the session that is meant to be changed")),
    responses((status = 200, body = PlaybackReply), (status = 412, body = Changed<SessionView>),
              (status = 409, body = ProblemBody, description = "`nothing_playing`")))]
pub async fn edit(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    conditions: Conditions,
    Body(request): Body<SessionRequest>,
) -> Result<Versioned<PlaybackReply>, Problem> {
    change(&api, &zone, &conditions, request).await
}

/// Set all of it: what is not named becomes what it is in a new zone.
#[call(put, path = "/api/zones/{zone}/session", right = steer, about = target, operation_id = "replace_session",
    tag = "zones", request_body = SessionRequest,
    params(("zone" = String, Path, description = "The zone's name or id"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the session that is meant to be changed")),
    responses((status = 200, body = PlaybackReply), (status = 412, body = Changed<SessionView>),
              (status = 409, body = ProblemBody, description = "`nothing_playing`")))]
pub async fn replace(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    conditions: Conditions,
    Body(request): Body<SessionRequest>,
) -> Result<Versioned<PlaybackReply>, Problem> {
    change(&api, &zone, &conditions, request.whole()).await
}
