//! The music folders and what is done with them: `/api/library`.

use std::{path::Path, sync::Arc};

use axum::{extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Api,
    body::{Body, Params},
    describe::{IntoParams, ToSchema, call},
    json::Json,
    problem::{Problem, ProblemBody},
};
use downbeat_library::{FolderState, FolderStatus, Library, ScanRefused, TrackRow};

/// The library's folders, the scan, and what follows in the background.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LibraryView {
    /// How many tracks are known, also those that cannot be played and those whose files are not there.
    #[serde(default)]
    pub tracks: usize,
    /// Another one, and a greater one, whenever tracks came, went or changed: then what was read of them may be old.
    #[serde(default)]
    pub revision: i64,
    /// Whether a scan is under way; else the figures are those of the last one.
    pub scanning: bool,
    /// Files that may be music, in all folders.
    pub found: u64,
    /// Of these, looked at.
    pub done: u64,
    /// Of these, those that cannot be played.
    pub failed: u64,
    /// When this scan, or the last one, began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<DateTime<Utc>>,
    /// When the last scan ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<DateTime<Utc>>,
    /// Why what was learned could not be saved, or what could not be looked at because of the machine, and what to do.
    /// What could not be looked at is kept as it is known.
    pub fault: Option<String>,
    /// Why changes are not seen at once everywhere, and what to do about it.
    pub watch_fault: Option<String>,
    /// The music folders.
    pub folders: Vec<MusicFolderView>,
    /// What follows when tracks can be played already.
    pub background: BackgroundView,
}

/// One music folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MusicFolderView {
    /// Its path.
    pub path: String,
    /// `unknown` (not looked at), `present`, `empty` (though there was music in it: perhaps a disk is not mounted) or
    /// `missing`. Tracks of a folder that is not there are kept.
    pub state: String,
    /// Whether all its files are found; before that `found` grows.
    pub walked: bool,
    /// Files that may be music.
    pub found: u64,
    /// Of these, looked at.
    pub done: u64,
    /// Of these, those that cannot be played.
    pub failed: u64,
    /// Files read a second; null if none is being read.
    pub rate: Option<f64>,
    /// Seconds until all are looked at, as far as can be told.
    pub seconds_left: Option<f64>,
}

/// Work in the background, in tracks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackgroundView {
    /// Tracks that can be played.
    pub tracks: u64,
    /// Of these, those whose hash is known.
    pub hashed: u64,
    /// Those whose picture was looked for.
    pub covers: u64,
    /// Those whose loudness and waveform are known.
    pub analysed: u64,
}

impl From<FolderStatus> for MusicFolderView {
    fn from(folder: FolderStatus) -> Self {
        let state = match folder.state {
            FolderState::Unknown => "unknown",
            FolderState::Present => "present",
            FolderState::Empty => "empty",
            FolderState::Missing => "missing",
        };
        Self {
            path: folder.path.display().to_string(),
            state: state.into(),
            walked: folder.walked,
            found: folder.found,
            done: folder.done,
            failed: folder.failed,
            rate: folder.rate,
            seconds_left: folder.seconds_left,
        }
    }
}

/// The library as it is answered.
pub fn view(api: &Api) -> LibraryView {
    let library = api.conductor.library();
    let status = library.status();
    let background = *library.background().borrow();
    let catalog = library.catalog();
    LibraryView {
        tracks: catalog.len(),
        // versions begin anew with each start
        revision: api.started.timestamp_millis().saturating_add_unsigned(catalog.version()),
        scanning: status.running,
        found: status.found,
        done: status.done,
        failed: status.failed,
        started_at: status.started_at,
        finished_at: status.finished_at,
        fault: status.fault,
        watch_fault: status.watch_fault,
        folders: status.folders.into_iter().map(MusicFolderView::from).collect(),
        background: BackgroundView {
            tracks: background.tracks,
            hashed: background.hashed,
            covers: background.covers,
            analysed: background.analysed,
        },
    }
}

/// How far the library is: each folder, and the work in the background.
#[call(get, path = "/api/library", tag = "library", responses((status = 200, body = LibraryView)))]
pub async fn get(State(api): State<Api>) -> Json<LibraryView> {
    Json(view(&api))
}

/// What to look through.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct ScanRequest {
    /// A music folder, or a folder or file within one; all music folders if it is not named.
    folder: Option<String>,
}

/// Looks for new, changed and missing files, in the background.
#[call(post, path = "/api/library/scan", tag = "library", request_body = ScanRequest,
    responses((status = 202), (status = "4XX", body = ProblemBody)))]
pub async fn scan(State(api): State<Api>, Body(request): Body<ScanRequest>) -> Result<StatusCode, Problem> {
    api.may_scan()?;
    let library = api.conductor.library();
    match request.folder {
        None => _ = library.rescan(),
        Some(folder) => library.scan_part(Path::new(&folder)).map_err(|refused| match refused {
            ScanRefused::Outside => Problem::field("folder", refused.to_string()),
            ScanRefused::Busy => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "library_busy", refused.to_string()),
        })?,
    }
    Ok(StatusCode::ACCEPTED)
}

/// Something in the music folders that is not as it should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LibraryFault {
    /// Where it is; bytes that are no text are shown as �.
    pub path: String,
    /// `fault` (a file that cannot be played), `warning` (it plays, but something is wrong with it) or `leftOut` (not a
    /// file that could be read).
    pub kind: String,
    /// What is wrong.
    pub reason: String,
    /// The track, if it is one.
    pub track_id: Option<Uuid>,
}

/// A part of the faults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LibraryFaults {
    /// In the order of their paths.
    pub faults: Vec<LibraryFault>,
    /// The `cursor` of the part that follows; null: this was the last.
    pub next: Option<String>,
    /// How many there are in all parts.
    pub total: usize,
}

/// Which part of the faults.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
pub struct FaultQuery {
    /// At most so many, 1..=1000; default 200.
    #[serde(default)]
    limit: Option<usize>,
    /// `next` of the part before.
    #[serde(default)]
    cursor: Option<String>,
}

/// Every file with a fault, and everything that was left out, each with the reason.
#[call(get, path = "/api/library/faults", tag = "library", params(FaultQuery),
    responses((status = 200, body = LibraryFaults), (status = "4XX", body = ProblemBody)))]
pub async fn faults(State(api): State<Api>, Params(query): Params<FaultQuery>) -> Result<Json<LibraryFaults>, Problem> {
    let limit = query.limit.unwrap_or(200);
    if !(1..=1_000).contains(&limit) {
        return Err(Problem::field("limit", format!("{limit} is not within 1..=1000")));
    }
    let after = query.cursor.as_deref().map(|cursor| {
        unhex(cursor).ok_or_else(|| Problem::field("cursor", "not a cursor of this list; begin again without"))
    });
    let after = after.transpose()?;
    let mut all = all_faults(api.conductor.library());
    all.sort_by(|a, b| a.0.cmp(&b.0));
    let total = all.len();
    let mut rest = all.into_iter().filter(|(key, _)| after.as_ref().is_none_or(|after| key > after));
    let part: Vec<_> = rest.by_ref().take(limit).collect();
    let next = part.last().filter(|_| rest.next().is_some()).map(|(key, _)| hex(key));
    Ok(Json(LibraryFaults { faults: part.into_iter().map(|(_, fault)| fault).collect(), next, total }))
}

/// Each with what it is sorted by: path, kind and track, so that no two are alike.
fn all_faults(library: &Library) -> Vec<(Vec<u8>, LibraryFault)> {
    let mut faults = Vec::new();
    let mut add = |path: &Path, kind: &str, reason: &str, track: Option<Uuid>| {
        let id = track.unwrap_or_default();
        let key = [path.as_os_str().as_encoded_bytes(), b"\0", kind.as_bytes(), id.as_bytes()];
        let path = path.display().to_string();
        faults.push((key.concat(), LibraryFault { path, kind: kind.into(), reason: reason.into(), track_id: track }));
    };
    let tracks: Vec<Arc<TrackRow>> = library.catalog().all();
    for track in tracks.iter().filter(|t| t.available) {
        if let Some(fault) = &track.fault {
            add(&track.path, "fault", fault, Some(track.id.0));
        }
        if let Some(warning) = &track.warning {
            add(&track.path, "warning", warning, Some(track.id.0));
        }
    }
    for left in &library.status().left_out {
        add(&left.path, "leftOut", &left.reason, None);
    }
    faults
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_any_bytes() {
        let path = b"/m/\xff\x00 x".to_vec();
        assert_eq!(unhex(&hex(&path)), Some(path));
        assert_eq!((unhex("0"), unhex("zz"), unhex("é0")), (None, None, None));
    }
}
