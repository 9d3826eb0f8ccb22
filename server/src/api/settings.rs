//! The settings of the house: `/api/settings`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use axum::{extract::State, http::StatusCode};
use downbeat_protocol::volume::Volume;
use serde::{Deserialize, Deserializer, Serialize};

use super::{
    Api,
    body::{Body, Params},
    describe::{IntoParams, ToSchema, call},
    json::Json,
    problem::{Problem, ProblemBody},
};
use crate::house::{Guests, Kept, MOST_FOLDERS};
use downbeat_library::folder_look::{FolderLook, look};

/// A folder is counted for so long.
const PATIENCE: Duration = Duration::from_secs(2);

/// The source of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SettingFrom {
    /// The start says it: a flag, a variable of the environment, the configuration. It cannot be set here.
    Start,
    /// It was set here.
    Kept,
    /// Nobody said anything.
    Default,
}

/// The rights of guests: callers of the local network without a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum GuestRights {
    /// None.
    None,
    /// They look and listen.
    Listen,
    /// And control playback, in zones that are open to them.
    Control,
}

/// The settings in force, each with where it is from.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettingsView {
    /// The music folders.
    pub music: Vec<String>,
    /// The source of these.
    pub music_from: SettingFrom,
    /// Folders that were chosen and are left out: they are not there, or not allowed any more.
    pub music_left_out: Vec<String>,
    /// Folders below which music folders may be chosen: the coordinator's own first, and those of `--music-root`.
    pub roots: Vec<String>,
    /// The rights of guests.
    pub guests: GuestRights,
    /// The source of these.
    pub guests_from: SettingFrom,
    /// Guests make nothing louder than this, percent.
    pub guest_max_volume: f32,
    /// The source of that.
    pub guest_max_volume_from: SettingFrom,
    /// True if the coordinator starts anew now, so that a change comes into force: within a second or two. What plays
    /// goes on.
    pub starts_anew: bool,
}

/// A change of the settings. Fields that are left out stay; null: as if nothing had been said.
#[expect(clippy::option_option, reason = "not named, and null, are two things")]
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct SettingsRequest {
    /// The music folders, at most 64, each below one of `roots`. The coordinator's own is made if it is named.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>)]
    music: Option<Option<Vec<String>>>,
    /// The rights of guests.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<GuestRights>)]
    guests: Option<Option<GuestRights>>,
    /// Guests make nothing louder than this, percent.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 100)]
    guest_max_volume: Option<Option<f64>>,
}

/// A folder to look at.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct FolderQuery {
    /// The folder, below one of `roots`. Without one: the roots themselves.
    #[param(value_type = Option<String>)]
    path: Option<PathBuf>,
}

/// A look at a folder before it becomes a music folder.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FolderLookView {
    /// The folder; null: the roots.
    pub path: Option<String>,
    /// The reason why it cannot be a music folder; null: it can.
    pub fault: Option<String>,
    /// True if files can be added and their tags edited there.
    pub writable: bool,
    /// Files in it that may be music by their names.
    pub files: u64,
    /// True if there are more: they were too many to count within two seconds.
    pub more: bool,
    /// The folders in it.
    pub folders: Vec<String>,
}

/// A field that is named, if only as null.
#[expect(clippy::option_option, reason = "not named, and null, are two things")]
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}

impl From<GuestRights> for Guests {
    fn from(rights: GuestRights) -> Self {
        match rights {
            GuestRights::None => Self::None,
            GuestRights::Listen => Self::Listen,
            GuestRights::Control => Self::Control,
        }
    }
}

impl From<Guests> for GuestRights {
    fn from(guests: Guests) -> Self {
        match guests {
            Guests::None => Self::None,
            Guests::Listen => Self::Listen,
            Guests::Control => Self::Control,
        }
    }
}

/// The music folders and the rights of guests, with where each setting is from.
#[call(get, path = "/api/settings", right = settings, operation_id = "get_settings", tag = "health",
    responses((status = 200, body = SettingsView)))]
pub async fn get(State(api): State<Api>) -> Result<Json<SettingsView>, Problem> {
    Ok(Json(view(&api, &Kept::load(&api.store).await?, false).await?))
}

/// Set music folders and the rights of guests. Folders are looked at before they are taken. What the start says (a
/// flag, a variable, the configuration) wins, and is refused here (409 `set_at_start`). If anything changes, the coordinator
/// starts anew right after the answer, within a second or two; what plays goes on.
#[call(patch, path = "/api/settings", right = settings, operation_id = "edit_settings", tag = "health",
    request_body = SettingsRequest,
    responses((status = 200, body = SettingsView),
              (status = 409, body = ProblemBody, description = "`set_at_start`, `folder_unfit`")))]
pub async fn edit(State(api): State<Api>, Body(request): Body<SettingsRequest>) -> Result<Json<SettingsView>, Problem> {
    let _alone = api.edits.lock().await;
    let before = Kept::load(&api.store).await?;
    let mut kept = before.clone();
    let start = &api.house.start;
    if let Some(guests) = request.guests {
        at_start(start.said.guests, "guests", "--guests")?;
        kept.guests = guests.map(Guests::from);
    }
    if let Some(volume) = request.guest_max_volume {
        at_start(start.said.guest_max_volume, "guestMaxVolume", "--guest-max-volume")?;
        if let Some(wrong) = volume.filter(|percent| !(0.0..=100.0).contains(percent)) {
            return Err(Problem::field("guestMaxVolume", format!("{wrong} is not within 0..=100")));
        }
        kept.guest_max_volume = volume.map(|percent| percent as f32);
    }
    if let Some(music) = request.music {
        at_start(!start.music.is_empty(), "music", "--music")?;
        let folders = music.map(|folders| folders.into_iter().map(PathBuf::from).collect());
        kept.music = match folders {
            Some(folders) => Some(fit(&api, folders).await?),
            None => None,
        };
    }
    let changed = kept != before;
    if changed {
        kept.save(&api.store).await?;
        tracing::info!(?kept, "settings were changed; starting anew");
    }
    let view = view(&api, &kept, changed).await?;
    if changed {
        api.start_anew.notify_one();
    }
    Ok(Json(view))
}

/// Look at a folder before it becomes a music folder: whether it can be read and written, how many files are in it, and
/// which folders. Only below `roots` of the settings.
#[call(get, path = "/api/settings/folder", right = settings, operation_id = "look_at_folder", tag = "health",
    params(FolderQuery),
    responses((status = 200, body = FolderLookView)))]
pub async fn folder(
    State(api): State<Api>,
    Params(query): Params<FolderQuery>,
) -> Result<Json<FolderLookView>, Problem> {
    let Some(path) = query.path else {
        let folders = api.house.roots().iter().map(|root| root.display().to_string()).collect();
        let none = FolderLook::default();
        return Ok(Json(FolderLookView { folders, ..FolderLookView::of(None, none) }));
    };
    let seen = looked(&api, &path).await?;
    Ok(Json(FolderLookView::of(Some(&path), seen)))
}

impl FolderLookView {
    fn of(path: Option<&Path>, seen: FolderLook) -> Self {
        let FolderLook { fault, writable, files, more, folders } = seen;
        Self { path: path.map(|path| path.display().to_string()), fault, writable, files, more, folders }
    }
}

/// A look at a folder that is allowed. The own one that is not there yet is empty.
async fn looked(api: &Api, path: &Path) -> Result<FolderLook, Problem> {
    let (house, path) = (api.house.clone(), path.to_owned());
    let done = tokio::task::spawn_blocking(move || {
        house.allow(&path).map_err(|reason| Problem::field("path", reason))?;
        if path == house.own() && !path.exists() {
            return Ok(FolderLook { writable: true, ..FolderLook::default() });
        }
        Ok(look(&path, PATIENCE))
    });
    done.await.map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "it broke off"))?
}

/// Folders as they are kept: each is allowed, there, and in no other.
async fn fit(api: &Api, folders: Vec<PathBuf>) -> Result<Vec<PathBuf>, Problem> {
    if folders.len() > MOST_FOLDERS {
        return Err(Problem::field("music", format!("more than {MOST_FOLDERS} folders")));
    }
    let mut taken: Vec<PathBuf> = Vec::new();
    for folder in folders {
        // without slashes at its end
        let folder: PathBuf = folder.components().collect();
        let seen = looked(api, &folder).await.map_err(|problem| Problem::field("music", problem.detail()))?;
        if let Some(fault) = seen.fault {
            return Err(Problem::new(StatusCode::CONFLICT, "folder_unfit", fault).blaming("music"));
        }
        if let Some(other) = taken.iter().find(|other| folder.starts_with(other) || other.starts_with(&folder)) {
            let detail =
                format!("{} and {} lie within each other; name the outer one", folder.display(), other.display());
            return Err(Problem::field("music", detail));
        }
        if folder == api.house.own() {
            tokio::fs::create_dir_all(&folder).await.map_err(|error| {
                let detail = format!("{} cannot be made: {error}", folder.display());
                Problem::new(StatusCode::CONFLICT, "folder_unfit", detail).blaming("music")
            })?;
        }
        taken.push(folder);
    }
    Ok(taken)
}

fn at_start(said: bool, field: &str, flag: &str) -> Result<(), Problem> {
    if !said {
        return Ok(());
    }
    let detail = format!(
        "the coordinator was started with {flag} (or its variable, or its line of the configuration), \
                          which wins; take that away to set it here"
    );
    Err(Problem::new(StatusCode::CONFLICT, "set_at_start", detail).blaming(field))
}

async fn view(api: &Api, kept: &Kept, starts_anew: bool) -> Result<SettingsView, Problem> {
    let (house, of) = (api.house.clone(), kept.clone());
    let done = tokio::task::spawn_blocking(move || house.in_force(&of));
    let config = done.await.map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "it broke off"))?;
    let from = |start: bool, kept: bool| match (start, kept) {
        (true, _) => SettingFrom::Start,
        (false, true) => SettingFrom::Kept,
        (false, false) => SettingFrom::Default,
    };
    let start = &api.house.start;
    let texts = |paths: &[PathBuf]| paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
    let said = !start.music.is_empty();
    let left_out: Vec<PathBuf> =
        kept.music.iter().flatten().filter(|folder| !said && !config.music.contains(folder)).cloned().collect();
    Ok(SettingsView {
        music: texts(&config.music),
        music_from: from(said, kept.music.is_some()),
        music_left_out: texts(&left_out),
        roots: texts(&api.house.roots()),
        guests: Guests::from(config.access.policy.guests).into(),
        guests_from: from(start.said.guests, kept.guests.is_some()),
        guest_max_volume: config.access.policy.guest_volume.map_or(100.0, Volume::percent),
        guest_max_volume_from: from(start.said.guest_max_volume, kept.guest_max_volume.is_some()),
        starts_anew,
    })
}
