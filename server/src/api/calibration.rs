//! Calibration by a microphone: a zone's speakers sound their codes, and a phone hears how late each of them is.

use axum::{extract::State, http::StatusCode};
use downbeat_protocol::{
    ZoneId,
    calibration::{LEAST_LEVEL_DB, MOST_LEVEL_DB},
};
use downbeat_zone::calibration::{Calibrating, LeftOut, ROUNDS};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Api,
    body::{Body, InPath, Params},
    describe::{IntoParams, ToSchema, call},
    json::Json,
    problem::{Problem, ProblemBody},
    zone_param::zone_named,
};
use crate::control::CalibrationRequest;

/// How loud unless it is said, decibels of full scale: well below music.
const LEVEL_DB: f64 = -30.0;

/// Calibrate.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CalibrateRequest {
    /// Only these speakers of the zone, by name or id; all of them where it is left out. At most 24 take part.
    speakers: Option<Vec<String>>,
    /// How often each of them sounds, 3 to 8; 5 where it is left out.
    #[schema(minimum = 3, maximum = 8)]
    rounds: Option<u32>,
    /// How loud, decibels of full scale, -70 to -12; -30 where it is left out. Volumes do not count, but no speaker is
    /// louder than its greatest volume and the caller's would be.
    level_db: Option<f64>,
}

/// The speakers that sound, and when.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CalibrationView {
    /// Names this calibration: it ends ten seconds after it was asked for last with `listens`.
    #[schema(value_type = String)]
    id: Uuid,
    /// The zone.
    #[schema(value_type = String)]
    zone_id: ZoneId,
    /// The first hiss begins then, microseconds of server time.
    at: i64,
    /// From one hiss of a speaker to its next one, microseconds.
    round_us: i64,
    /// How often each of them sounds.
    rounds: u32,
    /// No hiss begins from then on, microseconds of server time.
    ends_at: i64,
    /// Those that sound, in their order.
    speakers: Vec<CalibratedSpeaker>,
    /// Those of the zone's connected speakers that do not.
    left_out: Vec<LeftOutSpeaker>,
}

/// A speaker that sounds.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CalibratedSpeaker {
    /// Its id.
    speaker_id: String,
    /// Its name.
    name: String,
    /// Its code, see docs/protocol.md.
    code: usize,
    /// Its first hiss begins then, microseconds of server time.
    at: i64,
    /// How loud, decibels of full scale.
    level_db: f32,
    /// Its output delay meanwhile, microseconds: how late it is heard beside its instants is to be added to that.
    output_delay_us: i64,
}

/// A speaker that does not.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeftOutSpeaker {
    /// Its id.
    speaker_id: String,
    /// Its name.
    name: String,
    /// `too_old`, `muted`, `silenced`, `not_asked`.
    reason: &'static str,
}

/// Whether the one that asked for it still listens.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListenQuery {
    /// The id of the calibration that the client listens to; it goes on for ten seconds more.
    #[param(value_type = Option<String>)]
    listens: Option<Uuid>,
}

impl CalibrationView {
    fn of(api: &Api, zone: ZoneId, it: &Calibrating) -> Self {
        let fleet = api.conductor.fleet();
        let name = |id| fleet.look_at(&[id], |s| Some(s.row.name.clone())).pop().unwrap_or_default();
        let speakers = it.parts.iter().enumerate().map(|(place, part)| CalibratedSpeaker {
            speaker_id: part.speaker.to_string(),
            name: name(part.speaker),
            code: place,
            at: it.first_of(place).0,
            level_db: part.level_db,
            output_delay_us: part.output_delay_us,
        });
        let left_out = it.left_out.iter().map(|(id, why)| LeftOutSpeaker {
            speaker_id: id.to_string(),
            name: name(*id),
            reason: match why {
                LeftOut::TooOld => "too_old",
                LeftOut::Muted => "muted",
                LeftOut::Silenced => "silenced",
                LeftOut::NotAsked => "not_asked",
            },
        });
        Self {
            id: it.id,
            zone_id: zone,
            at: it.at.0,
            round_us: it.round_us(),
            rounds: it.rounds,
            ends_at: it.ends().0,
            speakers: speakers.collect(),
            left_out: left_out.collect(),
        }
    }
}

/// Have each speaker of a zone sound a code of its own, one after the other, over silence or music: for a microphone
/// that finds how late each of them is. It ends by itself after the rounds, and ten seconds after the client was heard
/// of last (`GET` with `listens`).
#[call(post, path = "/api/zones/{zone}/calibration", right = arrange, about = target,
    operation_id = "begin_calibration", tag = "zones", request_body = CalibrateRequest,
    params(("zone" = String, Path, description = "The zone's name or id")),
    responses((status = 200, body = CalibrationView),
              (status = 409, body = ProblemBody, description = "`calibration_running`, `no_speakers`,
                `too_many_at_once`, `speaker_ambiguous`"),
              (status = 404, body = ProblemBody, description = "`speaker_not_found`")))]
pub async fn begin(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    Body(request): Body<CalibrateRequest>,
) -> Result<Json<CalibrationView>, Problem> {
    let zone = zone_named(&api, Some(&zone))?;
    let rounds = request.rounds.unwrap_or(ROUNDS.1);
    if !(ROUNDS.0..=ROUNDS.2).contains(&rounds) {
        return Err(Problem::field("rounds", format!("{} to {} rounds are played", ROUNDS.0, ROUNDS.2)));
    }
    let level = request.level_db.unwrap_or(LEVEL_DB);
    if !(f64::from(LEAST_LEVEL_DB)..=f64::from(MOST_LEVEL_DB)).contains(&level) {
        let detail = format!("a level is {LEAST_LEVEL_DB} to {MOST_LEVEL_DB} decibels of full scale");
        return Err(Problem::field("levelDb", detail));
    }
    let speakers = request.speakers.map(|names| names.iter().map(|name| api.speaker(name)).collect());
    let asked = CalibrationRequest {
        speakers: speakers.transpose()?,
        rounds,
        level_db: level as f32,
        most: api.caller().max_volume(),
    };
    let it = api.conductor.calibrate(zone, &asked)?;
    Ok(Json(CalibrationView::of(&api, zone, &it)))
}

/// The calibration of a zone, while it goes on. With `listens` it goes on for ten seconds more.
#[call(get, path = "/api/zones/{zone}/calibration", right = arrange, about = target,
    operation_id = "get_calibration", tag = "zones",
    params(("zone" = String, Path, description = "The zone's name or id"), ListenQuery),
    responses((status = 200, body = CalibrationView),
              (status = 404, body = ProblemBody, description = "`no_calibration`")))]
pub async fn get(
    State(api): State<Api>,
    InPath(zone): InPath<String>,
    Params(query): Params<ListenQuery>,
) -> Result<Json<CalibrationView>, Problem> {
    let zone = zone_named(&api, Some(&zone))?;
    match api.conductor.calibration(zone, query.listens)? {
        Some(it) => Ok(Json(CalibrationView::of(&api, zone, &it))),
        None => Err(Problem::new(StatusCode::NOT_FOUND, "no_calibration", "this zone is not being calibrated")),
    }
}

/// End the calibration of a zone: no further hiss begins. Where there is none, nothing is done.
#[call(delete, path = "/api/zones/{zone}/calibration", right = arrange, about = target,
    operation_id = "end_calibration", tag = "zones",
    params(("zone" = String, Path, description = "The zone's name or id")),
    responses((status = 204)))]
pub async fn end(State(api): State<Api>, InPath(zone): InPath<String>) -> Result<StatusCode, Problem> {
    let zone = zone_named(&api, Some(&zone))?;
    api.conductor.end_calibration(zone)?;
    Ok(StatusCode::NO_CONTENT)
}
