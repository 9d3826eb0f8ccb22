//! Sets of zones that are saved and recalled: `/api/presets`.

use axum::{extract::State, http::StatusCode, response::Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Api,
    body::{Body, InPath, decibels, name, soon},
    describe::{ToSchema, call},
    etag::ETag,
    glance::Thing,
    json::Json,
    problem::{Changed, Problem, ProblemBody},
    targets::{TargetReply, answer_of, reply_of},
    versioned::{Conditions, Versioned},
};
use crate::{
    conductor::ConductorError,
    control::{HowLoud, Preset, PresetSpeaker, PresetZone},
};
use downbeat_trust::rights::Right;

/// A set of zones.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PresetView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The time of the last save.
    #[schema(value_type = String, format = DateTime)]
    pub saved_at: DateTime<Utc>,
    /// Its zones, by name.
    pub zones: Vec<PresetZoneView>,
}

/// A zone of a preset.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PresetZoneView {
    /// The zone's id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its volume, 0..=100.
    pub volume: f32,
    /// True if it is silent, whatever the volume.
    pub muted: bool,
    /// The speakers in it, by name.
    pub speakers: Vec<PresetSpeakerView>,
}

/// A speaker of a preset.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PresetSpeakerView {
    /// The speaker's id.
    pub id: Uuid,
    /// Its name when the preset was saved.
    pub name: String,
    /// Its own volume, 0..=100.
    pub volume: f32,
    /// The same in decibels; null: silent.
    pub volume_db: Option<f32>,
    /// True if it is silent, whatever the volume.
    pub muted: bool,
}

/// All presets.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PresetList {
    /// By name.
    pub presets: Vec<PresetView>,
}

/// A new preset.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct PresetRequest {
    /// No two presets share a name, upper and lower case alike.
    name: String,
}

/// A change of a preset.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct PresetEditRequest {
    /// Another name.
    #[serde(default)]
    name: Option<String>,
}

/// The instant of a recall.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct RecallRequest {
    /// Volumes: not before this soon, microseconds of server time.
    #[serde(default)]
    at: Option<i64>,
}

/// The outcome of a recall.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RecallReply {
    /// The outcome for each zone.
    pub zones: Vec<TargetReply>,
    /// The outcome for each speaker: it moved or stayed, and has its volume.
    pub targets: Vec<TargetReply>,
}

impl From<Preset> for PresetView {
    fn from(p: Preset) -> Self {
        let zones = p.zones.into_iter().map(PresetZoneView::from).collect();
        Self { id: p.id, name: p.name, saved_at: p.saved, zones }
    }
}

impl From<PresetZone> for PresetZoneView {
    fn from(z: PresetZone) -> Self {
        let speakers = z.speakers.into_iter().map(PresetSpeakerView::from).collect();
        Self { id: z.id.0, name: z.name, volume: z.volume.percent(), muted: z.muted, speakers }
    }
}

impl From<PresetSpeaker> for PresetSpeakerView {
    fn from(s: PresetSpeaker) -> Self {
        Self { id: s.id.0, name: s.name, volume: s.volume.percent(), volume_db: decibels(s.volume), muted: s.muted }
    }
}

fn tag_of(preset: &Preset) -> ETag {
    ETag::of(&(&preset.name, &preset.zones), &preset.saved)
}

fn versioned(preset: Preset) -> Versioned<PresetView> {
    let tag = tag_of(&preset);
    Versioned { value: preset.into(), tag }
}

/// The refusal of a change; if another change came first, with the preset as it is now.
async fn refused(api: &Api, preset: Uuid, error: ConductorError) -> Problem {
    match (error, api.conductor.preset(&preset.to_string()).await) {
        (ConductorError::Changed, Ok(preset)) => versioned(preset).precondition_failed(),
        (error, _) => error.into(),
    }
}

/// The presets.
#[call(get, path = "/api/presets", right = look, operation_id = "list_presets",
    tag = "presets", responses((status = 200, body = PresetList)))]
pub async fn list(State(api): State<Api>) -> Result<Json<PresetList>, Problem> {
    let presets = api.conductor.presets().await?;
    Ok(Json(PresetList { presets: presets.into_iter().map(PresetView::from).collect() }))
}

/// One preset.
#[call(get, path = "/api/presets/{preset}", right = look, operation_id = "get_preset", tag = "presets",
    params(("preset" = String, Path, description = "The preset's name or id"),
           ("If-None-Match" = Option<String>, Header, description = "An ETag that is known already")),
    responses((status = 200, body = PresetView), (status = 304)))]
pub async fn get(
    State(api): State<Api>,
    InPath(preset): InPath<String>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    Ok(conditions.answer(versioned(api.conductor.preset(&preset).await?)))
}

/// Save the present set of zones: which speakers are in which zone, and all volumes. What plays is not part of it.
#[call(post, path = "/api/presets", right = zones, operation_id = "create_preset", tag = "presets",
    request_body = PresetRequest,
    responses((status = 201, body = PresetView),
              (status = 409, body = ProblemBody, description = "`name_taken`, `too_many_presets`")))]
pub async fn save(
    State(api): State<Api>,
    Body(request): Body<PresetRequest>,
) -> Result<(StatusCode, Versioned<PresetView>), Problem> {
    let preset = api.conductor.save_preset(&name(&request.name)?).await?;
    api.made(Thing::Preset(preset.id));
    Ok((StatusCode::CREATED, versioned(preset)))
}

/// Save the present set of zones in place of what the preset held.
#[call(put, path = "/api/presets/{preset}", right = zones, operation_id = "overwrite_preset",
    tag = "presets", request_body = PresetEditRequest,
    params(("preset" = String, Path, description = "The preset's name or id"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the preset that is meant")),
    responses((status = 200, body = PresetView), (status = 412, body = Changed<PresetView>),
              (status = 409, body = ProblemBody, description = "`name_taken`")))]
pub async fn overwrite(
    State(api): State<Api>,
    InPath(preset): InPath<String>,
    conditions: Conditions,
    Body(request): Body<PresetEditRequest>,
) -> Result<Versioned<PresetView>, Problem> {
    change(&api, &preset, &conditions, request, true).await
}

/// Rename a preset.
#[call(patch, path = "/api/presets/{preset}", right = zones, operation_id = "edit_preset",
    tag = "presets", request_body = PresetEditRequest,
    params(("preset" = String, Path, description = "The preset's name or id"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the preset that is meant to be renamed")),
    responses((status = 200, body = PresetView), (status = 412, body = Changed<PresetView>),
              (status = 409, body = ProblemBody, description = "`name_taken`")))]
pub async fn rename(
    State(api): State<Api>,
    InPath(preset): InPath<String>,
    conditions: Conditions,
    Body(request): Body<PresetEditRequest>,
) -> Result<Versioned<PresetView>, Problem> {
    change(&api, &preset, &conditions, request, false).await
}

async fn change(
    api: &Api,
    preset: &str,
    conditions: &Conditions,
    request: PresetEditRequest,
    anew: bool,
) -> Result<Versioned<PresetView>, Problem> {
    let name = request.name.as_deref().map(name).transpose()?;
    let id = api.conductor.preset(preset).await?.id;
    let changed = api.conductor.change_preset(id, name, anew, |p| conditions.allow(&tag_of(p))).await;
    match changed {
        Ok(preset) => Ok(versioned(preset)),
        Err(error) => Err(refused(api, id, error).await),
    }
}

/// Delete a preset.
#[call(delete, path = "/api/presets/{preset}", right = zones, operation_id = "delete_preset", tag = "presets",
    params(("preset" = String, Path, description = "The preset's name or id"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the preset that is meant to be deleted")),
    responses((status = 204), (status = 412, body = Changed<PresetView>)))]
pub async fn delete(
    State(api): State<Api>,
    InPath(preset): InPath<String>,
    conditions: Conditions,
) -> Result<StatusCode, Problem> {
    let id = api.conductor.preset(&preset).await?.id;
    match api.conductor.delete_preset(id, |p| conditions.allow(&tag_of(p))).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(error) => Err(refused(&api, id, error).await),
    }
}

/// Refuses a caller that may not recall this in each of its zones and on each of its speakers.
fn may_recall(api: &Api, preset: &Preset) -> Result<(), Problem> {
    for zone in &preset.zones {
        let there = api.conductor.zone(zone.id).map(|view| view.id).or_else(|_| api.conductor.find_zone(&zone.name));
        match there {
            Ok(id) => api.may_zone(id)?,
            // it is made again
            Err(_) => api.may(Right::Zones)?,
        }
        for speaker in &zone.speakers {
            if api.conductor.fleet().zone_of(speaker.id).is_some() {
                api.may_to_speaker(Right::Recall, speaker.id)?;
            }
        }
    }
    Ok(())
}

/// Cuts the volumes to what the caller may bring about.
fn bound(api: &Api, preset: &mut Preset) -> Result<(), Problem> {
    for zone in &mut preset.zones {
        if api.conductor.zone(zone.id).is_ok() {
            let volume = api.bounded_zone(zone.id, Some(HowLoud::To(zone.volume)), Some(zone.muted))?;
            zone.volume = volume.map_or(zone.volume, |volume| volume.from(zone.volume));
        } else if let Some(most) = api.caller().max_volume().filter(|most| most.percent() < zone.volume.percent()) {
            zone.volume = most;
        }
        for speaker in &mut zone.speakers {
            let volume = api.bounded_speaker(speaker.id, Some(HowLoud::To(speaker.volume)), Some(speaker.muted));
            speaker.volume = volume.map_or(speaker.volume, |volume| volume.from(speaker.volume));
        }
    }
    Ok(())
}

/// Bring a preset back. Only speakers that move hear anything of it, beside volumes that change; zones that are gone
/// are made again, zones and speakers that the preset does not know stay as they are.
#[call(post, path = "/api/presets/{preset}/recall", right = recall, about = target, operation_id = "recall_preset",
    tag = "presets", request_body = RecallRequest,
    params(("preset" = String, Path, description = "The preset's name or id")),
    responses((status = 200, body = RecallReply, description = "All of it is done"),
              (status = 207, body = RecallReply, description = "Some of it is done"),
              (status = 409, body = RecallReply, description = "Nothing of it is done"),
              (status = 422, body = ProblemBody, description = "`at_too_far`")))]
pub async fn recall(
    State(api): State<Api>,
    InPath(preset): InPath<String>,
    Body(request): Body<RecallRequest>,
) -> Result<Response, Problem> {
    let at = soon(request.at, api.conductor.clock().now())?;
    let mut preset = api.conductor.preset(&preset).await?;
    may_recall(&api, &preset)?;
    bound(&api, &mut preset)?;
    let recalled = api.conductor.recall_preset(&preset, at).await?;
    let zones = recalled.zones.into_iter().map(|(zone, found)| match found {
        Ok(id) => TargetReply { id: id.0, name: zone.name, ok: true, code: None, detail: None },
        Err(error) => TargetReply::refused(zone.id.0, zone.name, &error.into()),
    });
    let speakers = recalled.speakers.into_iter().map(|(speaker, done)| match done {
        Err(error @ ConductorError::UnknownSpeaker(_)) => {
            TargetReply::refused(speaker.id.0, speaker.name, &error.into())
        }
        done => reply_of(&api, speaker.id, done),
    });
    let reply = RecallReply { zones: zones.collect(), targets: speakers.collect() };
    let mut done = reply.zones.iter().chain(&reply.targets).map(|t| t.ok);
    let (all, some) = (done.clone().all(|ok| ok), done.any(|ok| ok));
    Ok(answer_of(all, some, reply))
}
