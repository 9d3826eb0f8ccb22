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
    tracks::TrackConversion,
};
use downbeat_library::{FolderState, FolderStatus, Library, ScanRefused, TrackRow, TurnStatus, Turning};

/// The library's folders, the scan, and what follows in the background.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LibraryView {
    /// The number of known tracks, also those that cannot be played and those whose files are not there.
    pub tracks: usize,
    /// Another one, and a greater one, whenever tracks came, went or changed: then what was read of them may be old.
    pub revision: i64,
    /// True if a scan is under way; else the figures are those of the last one.
    pub scanning: bool,
    /// Files that may be music, in all folders.
    pub found: u64,
    /// Of these, looked at.
    pub done: u64,
    /// Of these, those that cannot be played.
    pub failed: u64,
    /// The begin of this scan, or of the last one.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<DateTime<Utc>>,
    /// The end of the last scan.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<DateTime<Utc>>,
    /// A fault of the machine: results could not be saved, or files could not be looked at. It says what to do.
    /// Tracks that could not be looked at are kept as they are known.
    pub fault: Option<String>,
    /// The reason why changes are not seen at once everywhere, and what to do about it.
    pub watch_fault: Option<String>,
    /// The music folders.
    pub folders: Vec<MusicFolderView>,
    /// The work that follows when tracks can be played already.
    pub background: BackgroundView,
    /// The files that are converted to FLAC, because there is no decoder for them; left out if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub conversion: Option<LibraryConversion>,
}

/// How far files are converted to FLAC.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LibraryConversion {
    /// The version of ffmpeg; null if it was not found, or is off.
    pub ffmpeg: Option<String>,
    /// Files that wait.
    pub waiting: u64,
    /// Files that were converted.
    pub done: u64,
    /// Files that could not be.
    pub failed: u64,
    /// The size of what was made and is kept, bytes.
    pub kept_bytes: u64,
    /// The most that is kept, bytes.
    pub kept_bytes_most: u64,
}

impl LibraryConversion {
    fn of(library: &Library) -> Option<Self> {
        let status = library.turning().borrow().clone();
        let (kept_bytes, kept_bytes_most) = library.turned_bytes();
        let TurnStatus { ffmpeg, waiting, turned: done, failed } = status;
        (waiting + done + failed > 0).then_some(Self { ffmpeg, waiting, done, failed, kept_bytes, kept_bytes_most })
    }
}

/// One music folder.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MusicFolderView {
    /// Its path.
    pub path: String,
    /// The folder's state. Tracks of a folder that is not there are kept.
    pub state: FolderStateView,
    /// True if all its files are found; before that `found` grows.
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

/// The state of a music folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = FolderState)]
pub enum FolderStateView {
    /// It was not looked at.
    Unknown,
    /// It is there.
    Present,
    /// It is empty, though there was music in it: perhaps a disk is not mounted.
    Empty,
    /// It is not there.
    Missing,
}

/// Work in the background, in tracks.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
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
            FolderState::Unknown => FolderStateView::Unknown,
            FolderState::Present => FolderStateView::Present,
            FolderState::Empty => FolderStateView::Empty,
            FolderState::Missing => FolderStateView::Missing,
        };
        Self {
            path: folder.path.display().to_string(),
            state,
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
        conversion: LibraryConversion::of(library),
    }
}

/// The progress of the library: each folder, and the work in the background.
#[call(get, path = "/api/library", right = browse, operation_id = "get_library",
    tag = "library", responses((status = 200, body = LibraryView)))]
pub async fn get(State(api): State<Api>) -> Json<LibraryView> {
    Json(view(&api))
}

/// The folders to look through.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct ScanRequest {
    /// A music folder, or a folder or file within one; all music folders if it is not named.
    folder: Option<String>,
}

/// Looks for new, changed and missing files, in the background.
#[call(post, path = "/api/library/scan", right = scan, operation_id = "scan_library", tag = "library",
    request_body = ScanRequest,
    responses((status = 202),
              (status = 429, body = ProblemBody, description = "`too_often`"),
              (status = 503, body = ProblemBody, description = "`library_busy`")))]
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
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LibraryFault {
    /// Its path; bytes that are no text are shown as �.
    pub path: String,
    /// The kind of the fault.
    pub kind: LibraryFaultKind,
    /// The fault, for people.
    pub reason: String,
    /// The track, if it is one.
    pub track_id: Option<Uuid>,
    /// How far its file is, if it is of a kind that is converted to FLAC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub conversion: Option<TrackConversion>,
}

/// The kind of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum LibraryFaultKind {
    /// A file that cannot be played.
    Fault,
    /// A file that plays, though something is wrong with it.
    Warning,
    /// A file that could not be read.
    LeftOut,
}

impl LibraryFaultKind {
    /// The order of faults of one path.
    fn word(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Warning => "warning",
            Self::LeftOut => "leftOut",
        }
    }
}

/// A part of the faults.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LibraryFaults {
    /// In the order of their paths.
    pub faults: Vec<LibraryFault>,
    /// The `cursor` of the part that follows; null: this was the last.
    pub next: Option<String>,
    /// The number of items of all parts.
    pub total: usize,
    /// Files that are no music by the endings of their names, the most frequent ending first; left out if there are
    /// none. The same in every part.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_taken: Vec<NotTakenView>,
}

/// Files of one ending that are not looked at.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NotTaken)]
pub struct NotTakenView {
    /// The ending, in small letters; empty for names without one, `*` for all that are not counted by themselves.
    pub ending: String,
    /// The kind of such files, for people.
    pub reason: String,
    /// How many there are.
    pub files: u64,
    /// The path of one of them.
    pub example: String,
}

/// A part of the faults.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FaultQuery {
    /// At most so many, 1..=1000; default 200.
    #[serde(default)]
    #[param(minimum = 1, maximum = 1000, default = 200)]
    limit: Option<usize>,
    /// `next` of the part before.
    #[serde(default)]
    cursor: Option<String>,
    /// Only files of kinds that are converted to FLAC, and are not yet: they wait, need ffmpeg, or failed.
    #[serde(default)]
    #[param(default = false)]
    conversion: bool,
}

/// Every file with a fault, and everything that was left out, each with the reason; and how many files are no music.
#[call(get, path = "/api/library/faults", right = scan, operation_id = "list_library_faults", tag = "library",
    params(FaultQuery),
    responses((status = 200, body = LibraryFaults)))]
pub async fn faults(State(api): State<Api>, Params(query): Params<FaultQuery>) -> Result<Json<LibraryFaults>, Problem> {
    let limit = query.limit.unwrap_or(200);
    if !(1..=1_000).contains(&limit) {
        return Err(Problem::field("limit", format!("{limit} is not within 1..=1000")));
    }
    let after = query.cursor.as_deref().map(|cursor| {
        let key = unhex(cursor).filter(|key| !key.is_empty());
        key.ok_or_else(|| Problem::field("cursor", "not a cursor of this list; begin again without"))
    });
    let after = after.transpose()?;
    let library = api.conductor.library();
    let mut all = all_faults(library);
    all.retain(|(_, fault)| !query.conversion || fault.conversion.is_some());
    all.sort_by(|a, b| a.0.cmp(&b.0));
    let total = all.len();
    let mut rest = all.into_iter().filter(|(key, _)| after.as_ref().is_none_or(|after| key > after));
    let part: Vec<_> = rest.by_ref().take(limit).collect();
    let next = part.last().filter(|_| rest.next().is_some()).map(|(key, _)| hex(key));
    let faults = part.into_iter().map(|(_, fault)| fault).collect();
    let not_taken = library.status().not_taken.into_iter().map(|kind| NotTakenView {
        ending: kind.ending,
        reason: kind.reason.into(),
        files: kind.files,
        example: kind.example.display().to_string(),
    });
    Ok(Json(LibraryFaults { faults, next, total, not_taken: not_taken.collect() }))
}

/// Each with what it is sorted by: path, kind and track, so that no two are alike.
fn all_faults(library: &Library) -> Vec<(Vec<u8>, LibraryFault)> {
    let mut faults = Vec::new();
    let mut add = |path: &Path, kind: LibraryFaultKind, reason: &str, track: Option<&TrackRow>| {
        let track_id = track.map(|track| track.id.0);
        let id = track_id.unwrap_or_default();
        let conversion = track.filter(|_| kind == LibraryFaultKind::Fault).and_then(Turning::of);
        let conversion = conversion.map(TrackConversion::from);
        let key = [path.as_os_str().as_encoded_bytes(), b"\0", kind.word().as_bytes(), id.as_bytes()];
        let path = path.display().to_string();
        faults.push((key.concat(), LibraryFault { path, kind, reason: reason.into(), track_id, conversion }));
    };
    let tracks: Vec<Arc<TrackRow>> = library.catalog().all();
    for track in tracks.iter().filter(|t| t.available) {
        if let Some(fault) = &track.fault {
            add(&track.path, LibraryFaultKind::Fault, fault, Some(track));
        }
        if let Some(warning) = &track.warning {
            add(&track.path, LibraryFaultKind::Warning, warning, Some(track));
        }
    }
    for left in &library.status().left_out {
        add(&left.path, LibraryFaultKind::LeftOut, &left.reason, None);
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
