//! Many speakers at once: `POST /api/speakers/actions?select=...`, answered with what each of them did.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use downbeat_protocol::SpeakerId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Api,
    body::{Body, Params},
    describe::{ToSchema, call},
    json::Json,
    problem::{Problem, ProblemBody},
    select_param::{SelectQuery, selector},
    speakers::{SpeakerRequest, may_change},
};
use crate::{conductor::ConductorError, control::SpeakerPatch};
use downbeat_trust::rights::Right;

/// So many speakers are named that are in the way of something.
const NAMED: usize = 8;

/// An action on speakers.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActionRequest {
    /// `volume`, `mute`, `move`, `identify`, `configure` or `labels`: which of the other fields are taken.
    action: Action,
    /// The speakers, if the query does not name them.
    #[serde(default)]
    #[schema(ignore)]
    select: Option<String>,
    /// The values. `volume` takes `volume`, `volumeDb` or `volumeDelta`; `mute` takes `muted` (default true); `move`
    /// takes `zone`; `configure` takes `outputDelayUs`, `minVolume`, `maxVolume` and `channels`; `labels` takes
    /// `labels`.
    #[serde(flatten)]
    change: SpeakerRequest,
}

/// The kinds of actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Set their own volumes, or change them.
    Volume,
    /// Silence them, or end that.
    Mute,
    /// Move them to a zone.
    Move,
    /// Have them chirp.
    Identify,
    /// Bounds of the volume, output delay, channels.
    Configure,
    /// Set labels or take them away.
    Labels,
}

/// The outcome for each target.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TargetsReply {
    /// One for each speaker that was meant, by name.
    pub targets: Vec<TargetReply>,
}

/// The outcome for one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TargetReply {
    /// The speaker's id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// True if it is done. Of a speaker that is away: it is kept, and in force when it returns.
    pub ok: bool,
    /// The reason why not; or `speaker_away`, if it is only kept. Stable, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub code: Option<String>,
    /// The same for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detail: Option<String>,
}

impl TargetReply {
    /// It is done, or kept for when it returns.
    pub fn done(id: SpeakerId, name: String, connected: bool) -> Self {
        let away = |text: &str| (!connected).then(|| text.to_owned());
        let detail = away("the speaker is away; it is kept, and in force when it returns");
        Self { id: id.0, name, ok: true, code: away("speaker_away"), detail }
    }

    /// It is not done.
    pub fn refused(id: Uuid, name: String, problem: &Problem) -> Self {
        let (code, detail) = (Some(problem.code().to_owned()), Some(problem.detail().to_owned()));
        Self { id, name, ok: false, code, detail }
    }
}

/// 200 if all did it, 207 if only some did, 409 if none did.
pub fn answer_of(all: bool, some: bool, body: impl Serialize) -> Response {
    let status = match (all, some) {
        (true, _) => StatusCode::OK,
        (false, true) => StatusCode::MULTI_STATUS,
        (false, false) => StatusCode::CONFLICT,
    };
    (status, Json(body)).into_response()
}

/// Do something with every speaker that a selector picks. The loudness changes on all of them in the same instant.
/// `select` may stand in the body instead of the query.
#[call(post, path = "/api/speakers/actions", right = volume, about = target, operation_id = "act_on_speakers",
    tag = "speakers", request_body = ActionRequest, params(SelectQuery),
    responses((status = 200, body = TargetsReply, description = "All did it"),
              (status = 207, body = TargetsReply, description = "Some did it"),
              (status = 409, body = TargetsReply, description = "None did it"),
              (status = 404, body = ProblemBody, description = "The selector picks no speaker"),
              (status = 404, body = ProblemBody, description = "`no_target`, `zone_not_found`"),
              (status = 422, body = ProblemBody, description = "`at_too_far`")))]
pub async fn act(
    State(api): State<Api>,
    Params(query): Params<SelectQuery>,
    Body(request): Body<ActionRequest>,
) -> Result<Response, Problem> {
    let text = query.select.or(request.select).ok_or_else(|| Problem::field("select", "missing: say which, or all"))?;
    let selector = selector(&text)?;
    let patch = patch_of(&api, request.action, request.change)?;
    let conductor = api.conductor.clone();
    let picked = tokio::task::spawn_blocking(move || conductor.select(&selector)).await.unwrap_or_default();
    if picked.is_empty() {
        let detail = format!("no speaker is picked by {text:?}; GET /api/speakers lists those there are");
        return Err(Problem::new(StatusCode::NOT_FOUND, "no_target", detail));
    }
    all_allowed(&api, &picked, patch.as_ref())?;
    let targets = match patch {
        None => picked.into_iter().map(|id| identify(&api, id)).collect(),
        Some(patch) => edit(&api, &picked, &patch).await?,
    };
    let all = targets.iter().all(|t: &TargetReply| t.ok);
    let some = targets.iter().any(|t| t.ok);
    Ok(answer_of(all, some, TargetsReply { targets }))
}

/// The change that the action makes; `None`: it is to chirp.
fn patch_of(api: &Api, action: Action, change: SpeakerRequest) -> Result<Option<SpeakerPatch>, Problem> {
    let all = change.patch(api)?;
    let at = all.at;
    let missing = |field: &str| Err(Problem::field(field, "missing"));
    let patch = match action {
        Action::Identify => return Ok(None),
        Action::Volume if all.volume.is_none() => return missing("volume"),
        Action::Volume => SpeakerPatch { volume: all.volume, at, ..SpeakerPatch::default() },
        Action::Mute => SpeakerPatch { muted: all.muted.or(Some(true)), at, ..SpeakerPatch::default() },
        Action::Move if all.zone.is_none() => return missing("zone"),
        Action::Move => SpeakerPatch { zone: all.zone, ..SpeakerPatch::default() },
        Action::Labels if all.labels.is_empty() => return missing("labels"),
        Action::Labels => SpeakerPatch { labels: all.labels, ..SpeakerPatch::default() },
        Action::Configure => {
            SpeakerPatch { name: None, zone: None, volume: None, muted: None, labels: Vec::new(), ..all }
        }
    };
    Ok(Some(patch))
}

/// Refuses what is not allowed on each of the speakers, and names those in the way.
fn all_allowed(api: &Api, picked: &[SpeakerId], patch: Option<&SpeakerPatch>) -> Result<(), Problem> {
    let judge = |id: SpeakerId| match patch {
        None => api.may_to_speaker(Right::Identify, id),
        Some(patch) => may_change(api, id, patch),
    };
    let refused: Vec<_> = picked.iter().filter_map(|id| Some((*id, judge(*id).err()?))).collect();
    let Some((_, first)) = refused.first() else { return Ok(()) };
    let names: Vec<_> = refused.iter().take(NAMED).map(|(id, _)| name_of(api, *id)).collect();
    let more = refused.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Err(first.clone().about(&format!("{}{more}", names.join(", "))))
}

fn identify(api: &Api, id: SpeakerId) -> TargetReply {
    let name = name_of(api, id);
    match api.conductor.identify(id) {
        Ok(true) => TargetReply::done(id, name, true),
        Ok(false) => TargetReply::refused(id.0, name, &Problem::speaker_away()),
        Err(error) => TargetReply::refused(id.0, name, &error.into()),
    }
}

async fn edit(api: &Api, picked: &[SpeakerId], patch: &SpeakerPatch) -> Result<Vec<TargetReply>, Problem> {
    let of = |id: SpeakerId| {
        let volume = api.bounded_speaker(id, patch.volume, patch.muted);
        SpeakerPatch { volume, ..patch.clone() }
    };
    let edits = picked.iter().map(|id| (*id, of(*id))).collect();
    let edited = api.conductor.edit_speakers(edits, patch.at).await?;
    Ok(edited.into_iter().map(|(id, done)| reply_of(api, id, done)).collect())
}

/// The outcome of a change of one speaker.
pub fn reply_of(api: &Api, id: SpeakerId, done: Result<crate::fleet::Speaker, ConductorError>) -> TargetReply {
    match done {
        Ok(speaker) => TargetReply::done(id, speaker.row.name, speaker.connection.is_some()),
        Err(error) => TargetReply::refused(id.0, name_of(api, id), &error.into()),
    }
}

fn name_of(api: &Api, id: SpeakerId) -> String {
    api.conductor.fleet().look_at(&[id], |s| Some(s.row.name.clone())).pop().unwrap_or_default()
}
