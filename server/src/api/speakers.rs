//! Speakers: `/api/speakers`.

use axum::{extract::State, http::StatusCode, response::Response};
use downbeat_protocol::{
    SpeakerId,
    server_message::{ChannelRole, MAX_OUTPUT_DELAY_US},
};
use serde::{Deserialize, Serialize};

use super::{
    Api,
    body::{Body, InPath, Params, loudness, name, soon, volume},
    describe::{ToSchema, call},
    etag::ETag,
    json::Json,
    long_list::long_list,
    problem::{Changed, Problem, ProblemBody},
    select_param::{SelectQuery, selector},
    speaker_view::{Channels, SpeakerView, Zones, view_of},
    versioned::{Conditions, Versioned},
    zone_param::zone_named,
};
use crate::{conductor::ConductorError, control::SpeakerPatch, fleet::Speaker};
use downbeat_trust::rights::Right;

/// All speakers.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SpeakerList {
    /// By name.
    pub speakers: Vec<SpeakerView>,
    /// The number of them.
    pub count: usize,
}

/// A change of a speaker. Fields that are left out stay.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpeakerRequest {
    /// The name that people call it by.
    #[serde(default)]
    name: Option<String>,
    /// Its zone, by name or id.
    #[serde(default)]
    zone: Option<String>,
    /// Its own volume, 0..=100. The zone's multiplies with it.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100)]
    volume: Option<f64>,
    /// The same in decibels, at most 0.
    #[serde(default)]
    #[schema(maximum = 0)]
    volume_db: Option<f64>,
    /// So many percent louder, or softer.
    #[serde(default)]
    #[schema(minimum = -100, maximum = 100)]
    volume_delta: Option<f64>,
    /// Never less loud than this, 0..=100, whatever the volumes.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100)]
    min_volume: Option<f64>,
    /// Never louder than this, 0..=100, whatever the volumes.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100)]
    max_volume: Option<f64>,
    /// The channels that it sounds.
    #[serde(default)]
    channels: Option<Channels>,
    /// Labels to set (`{"site": "41"}`), or to take away (`{"site": null}`); others stay.
    #[serde(default)]
    labels: std::collections::BTreeMap<String, Option<String>>,
    /// Silent, whatever the volume.
    #[serde(default)]
    muted: Option<bool>,
    /// The delay behind its sound card, microseconds, signed.
    #[serde(default)]
    #[schema(minimum = -5_000_000, maximum = 5_000_000)]
    output_delay_us: Option<i64>,
    /// Volume, bounds, mute and channels: not before this soon, microseconds of server time.
    #[serde(default)]
    at: Option<i64>,
}

impl SpeakerRequest {
    /// The change, if it can be.
    pub fn patch(self, api: &Api) -> Result<SpeakerPatch, Problem> {
        if self.output_delay_us.is_some_and(|us| us.unsigned_abs() > MAX_OUTPUT_DELAY_US.unsigned_abs()) {
            return Err(Problem::field("outputDelayUs", format!("at most {MAX_OUTPUT_DELAY_US} either way")));
        }
        let bound = |field: &str, percent: Option<f64>| {
            let bound = percent.map(volume).transpose();
            bound.map_err(|p| Problem::field(field, p.detail()))
        };
        Ok(SpeakerPatch {
            name: self.name.as_deref().map(name).transpose()?,
            zone: self.zone.as_deref().map(|z| zone_named(api, Some(z))).transpose()?,
            volume: loudness(self.volume, self.volume_db, self.volume_delta)?,
            muted: self.muted,
            output_delay_us: self.output_delay_us,
            min_volume: bound("minVolume", self.min_volume)?,
            max_volume: bound("maxVolume", self.max_volume)?,
            channels: self.channels.map(ChannelRole::from),
            labels: self.labels.into_iter().collect(),
            at: soon(self.at, api.conductor.clock().now())?,
        })
    }
}

/// Refuses a caller that may not change this of a speaker. The guard asked for the right to its volume.
pub fn may_change(api: &Api, id: SpeakerId, patch: &SpeakerPatch) -> Result<(), Problem> {
    let volume = SpeakerPatch { volume: patch.volume, muted: patch.muted, at: patch.at, ..SpeakerPatch::default() };
    let right = if *patch == volume { Right::Volume } else { Right::Arrange };
    api.may_to_speaker(right, id)?;
    if let Some(zone) = patch.zone {
        api.may_to_zone(Right::Arrange, zone)?;
        api.may_be_as_loud_in(id, zone)?;
    }
    let deciding = |key: &str| api.access.decides(key);
    if patch.labels.iter().any(|(key, _)| deciding(key)) {
        // whoever gives away such a label gives away rights
        api.may(Right::Users)?;
    }
    Ok(())
}

/// The settings of a speaker, which `If-Match` compares.
fn set_of(speaker: &Speaker) -> impl Serialize {
    let r = &speaker.row;
    let volumes = (r.volume, r.muted, r.min_volume, r.max_volume);
    (r.id, r.name.clone(), r.zone, volumes, r.output_delay_us, r.channels, r.labels.clone())
}

fn versioned(api: &Api, speaker: &Speaker) -> Versioned<SpeakerView> {
    let view = view_of(api, speaker);
    let tag = ETag::of(&set_of(speaker), &view.settled(speaker));
    Versioned { value: view, tag }
}

fn allows(conditions: &Conditions, speaker: &Speaker) -> bool {
    conditions.allow(&ETag::of(&set_of(speaker), &()))
}

/// The refusal of a change; if another change came first, with the speaker as it is now.
fn refused(api: &Api, id: SpeakerId, error: ConductorError) -> Problem {
    match (error, api.conductor.fleet().get(id)) {
        (ConductorError::Changed, Some(speaker)) => versioned(api, &speaker).precondition_failed(),
        (error, _) => error.into(),
    }
}

/// The speakers, connected or not; all, or those that a selector picks.
#[call(get, path = "/api/speakers", right = look, operation_id = "list_speakers", tag = "speakers", params(SelectQuery),
    responses((status = 200, body = SpeakerList)))]
pub async fn list(State(api): State<Api>, Params(query): Params<SelectQuery>) -> Result<Response, Problem> {
    let mut zones = Zones::new(&api);
    let Some(text) = query.select else {
        return Ok(long_list("speakers", by_name(&api).await.map(move |s| zones.view(&s))));
    };
    let (selector, conductor) = (selector(&text)?, api.conductor.clone());
    let picked = tokio::task::spawn_blocking(move || conductor.select(&selector)).await.unwrap_or_default();
    let fleet = api.conductor.fleet().clone();
    let speakers = picked.into_iter().filter_map(move |id| fleet.get(id));
    Ok(long_list("speakers", speakers.map(move |s| zones.view(&s))))
}

/// All speakers by name, each as it is when it is asked for.
pub async fn by_name(api: &Api) -> impl Iterator<Item = Speaker> + use<> {
    let fleet = api.conductor.fleet().clone();
    let sorting = fleet.clone();
    let ids = tokio::task::spawn_blocking(move || sorting.ids_by_name()).await.unwrap_or_default();
    ids.into_iter().filter_map(move |id| fleet.get(id))
}

/// One speaker.
#[call(get, path = "/api/speakers/{id}", right = look, about = target, operation_id = "get_speaker", tag = "speakers",
    params(("id" = String, Path, description = "The speaker's id, or its name if no other has it"),
           ("If-None-Match" = Option<String>, Header, description = "An ETag that is known already")),
    responses((status = 200, body = SpeakerView), (status = 304),
              (status = 409, body = ProblemBody, description = "`speaker_ambiguous`")))]
pub async fn get(
    State(api): State<Api>,
    InPath(id): InPath<String>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let id = api.speaker(&id)?;
    let speaker = api.conductor.fleet().get(id).ok_or(ConductorError::UnknownSpeaker(id))?;
    Ok(conditions.answer(versioned(&api, &speaker)))
}

/// Rename a speaker, move it to another zone, set its volume, bounds, mute, output delay or labels. One that is away
/// keeps its place and what is set, and takes it up when it returns.
#[call(patch, path = "/api/speakers/{id}", right = volume, about = target, operation_id = "edit_speaker",
    tag = "speakers", request_body = SpeakerRequest,
    params(("id" = String, Path, description = "The speaker's id, or its name if no other has it"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the speaker that is meant to be changed")),
    responses((status = 200, body = SpeakerView), (status = 412, body = Changed<SpeakerView>),
              (status = 404, body = ProblemBody, description = "`zone_not_found`"),
              (status = 422, body = ProblemBody, description = "`at_too_far`"),
              (status = 409, body = ProblemBody, description = "`name_taken`, `speaker_ambiguous`")))]
pub async fn edit(
    State(api): State<Api>,
    InPath(id): InPath<String>,
    conditions: Conditions,
    Body(request): Body<SpeakerRequest>,
) -> Result<Versioned<SpeakerView>, Problem> {
    let mut patch = request.patch(&api)?;
    let id = api.speaker(&id)?;
    may_change(&api, id, &patch)?;
    patch.volume = api.bounded_speaker(id, patch.volume, patch.muted);
    let edited = api.conductor.edit_speaker(id, patch, |speaker| allows(&conditions, speaker)).await;
    let speaker = edited.map_err(|error| refused(&api, id, error))?;
    Ok(versioned(&api, &speaker))
}

/// Forget a speaker that is not connected.
#[call(delete, path = "/api/speakers/{id}", right = adopt, operation_id = "forget_speaker", tag = "speakers",
    params(("id" = String, Path, description = "The speaker's id, or its name if no other has it"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the speaker that is meant")),
    responses((status = 204),
              (status = 409, body = ProblemBody, description = "`speaker_ambiguous`, `speaker_connected`")))]
pub async fn forget(
    State(api): State<Api>,
    InPath(id): InPath<String>,
    conditions: Conditions,
) -> Result<StatusCode, Problem> {
    let id = api.conductor.find_speaker(&id)?;
    let forgotten = api.conductor.forget_speaker(id, |speaker| allows(&conditions, speaker)).await;
    forgotten.map_err(|error| refused(&api, id, error))?;
    Ok(StatusCode::NO_CONTENT)
}

/// The speaker whose place another one takes.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ReplaceRequest {
    /// Its id, or its name if no other has it. It must be gone.
    speaker: String,
}

/// The speakers that are gone, and whose place this one could take: those of its name first, then the last seen.
#[call(get, path = "/api/speakers/{id}/replace", right = adopt, operation_id = "list_replaceable_speakers",
    tag = "speakers",
    params(("id" = String, Path, description = "The new speaker's id, or its name if no other has it")),
    responses((status = 200, body = SpeakerList),
              (status = 409, body = ProblemBody, description = "`speaker_ambiguous`, `speaker_connected`")))]
pub async fn replaceable(State(api): State<Api>, InPath(id): InPath<String>) -> Result<Json<SpeakerList>, Problem> {
    let gone = api.conductor.replaceable_by(api.conductor.find_speaker(&id)?)?;
    let mut zones = Zones::new(&api);
    let speakers: Vec<_> = gone.iter().map(|speaker| zones.view(speaker)).collect();
    Ok(Json(SpeakerList { count: speakers.len(), speakers }))
}

/// Put a new speaker in the place of one that is gone (its card was written anew, its box was exchanged): it takes over
/// name, zone, volume, bounds, channels, labels, output delay and its part in presets. The other one is forgotten.
#[call(post, path = "/api/speakers/{id}/replace", right = adopt, operation_id = "replace_speaker",
    tag = "speakers", request_body = ReplaceRequest,
    params(("id" = String, Path, description = "The new speaker's id, or its name if no other has it")),
    responses((status = 200, body = SpeakerView),
              (status = 409, body = ProblemBody, description = "`speaker_ambiguous`, `speaker_connected`")))]
pub async fn replace(
    State(api): State<Api>,
    InPath(id): InPath<String>,
    Body(request): Body<ReplaceRequest>,
) -> Result<Versioned<SpeakerView>, Problem> {
    let id = api.conductor.find_speaker(&id)?;
    let gone = api.conductor.find_gone(&request.speaker, id)?;
    let speaker = api.conductor.replace_speaker(id, gone).await?;
    Ok(versioned(&api, &speaker))
}

/// Have a speaker chirp, to find it.
#[call(post, path = "/api/speakers/{id}/identify", right = identify, about = target,
    operation_id = "identify_speaker", tag = "speakers",
    params(("id" = String, Path, description = "The speaker's id, or its name if no other has it")),
    responses((status = 204),
              (status = 409, body = ProblemBody, description = "`speaker_ambiguous`, `speaker_not_connected`"),
              (status = 429, body = ProblemBody, description = "`too_often`")))]
pub async fn identify(State(api): State<Api>, InPath(id): InPath<String>) -> Result<StatusCode, Problem> {
    if api.conductor.identify(api.speaker(&id)?)? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::speaker_away())
}
