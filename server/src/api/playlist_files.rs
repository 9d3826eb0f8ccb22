//! Playlists as files of other programs: import and export.

use std::path::{Path, PathBuf};

use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use downbeat_library::playlist_file::{
    self, Kind, Named, Unreadable, Written,
    find::{Finder, Found, Roots, ids},
};
use downbeat_store::{ListItem, index::Part};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Api,
    body::{self, InPath, MAX_BODY_BYTES, Params},
    describe::{IntoParams, ToSchema, call},
    json::Json,
    playlists::{MAX_EXPORTED, PlaylistView, parse},
    problem::{Problem, ProblemBody},
    whole_body,
};
use crate::changes::Subject;

/// The largest playlist file, bytes.
const MAX_FILE_BYTES: usize = 16 * MAX_BODY_BYTES;
/// Tracks that are named where it is not sure which is meant.
const MAX_CANDIDATES: usize = 10;

/// The circumstances of a playlist file.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// The name of the new playlist; without it, the one that the file names.
    name: Option<String>,
    /// The folder that the file lay in, from which relative paths count; without it the music folders are tried.
    #[param(value_type = Option<String>)]
    folder: Option<PathBuf>,
    /// Keep a place for tracks that are not there, where it is known at which path their files would lie. Default true.
    #[param(default = true)]
    keep_missing: Option<bool>,
}

/// The outcome of an import.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportReply {
    /// The new playlist.
    pub playlist: PlaylistView,
    /// The number of tracks that the file names.
    pub named: usize,
    /// Those that the library does not have.
    pub not_found: Vec<NotFound>,
    /// Those of which it is not sure which track is meant; they are left out.
    pub ambiguous: Vec<Ambiguous>,
}

/// A line that names a track that the library does not have.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotFound {
    /// The line's number, from 1; 0 in a library.
    pub line: usize,
    /// The line's path or address.
    pub text: String,
    /// The artist, if the file names one.
    pub artist: Option<String>,
    /// The title, if the file names one.
    pub title: Option<String>,
    /// True if its place is kept: it is there as soon as its file is.
    pub kept: bool,
}

/// A line that may mean several tracks.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ambiguous {
    /// The line's number, from 1; 0 in a library.
    pub line: usize,
    /// The line's path or address.
    pub text: String,
    /// The artist, if the file names one.
    pub artist: Option<String>,
    /// The title, if the file names one.
    pub title: Option<String>,
    /// The tracks that it may be, ten at most.
    pub track_ids: Vec<Uuid>,
}

/// The kind of file.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// `m3u8` (default), `m3u`, `pls` or `xspf`.
    #[param(schema_with = formats)]
    format: Option<String>,
    /// Paths are written as they are seen from this folder, as far as they have more in common with it than the root.
    #[param(value_type = Option<String>)]
    relative_to: Option<PathBuf>,
}

#[cfg(test)]
fn formats() -> utoipa::openapi::schema::Object {
    super::describe::one_of("The kind of file; default `m3u8`", ["m3u8", "m3u", "pls", "xspf"])
}

/// The outcome of the search for one track that a file names.
pub(super) struct Matched {
    pub(super) named: Named,
    pub(super) found: Found,
    /// The path at which its file would lie, if it was not found and that is known.
    pub(super) place: Option<PathBuf>,
}

impl Matched {
    /// Its entries in a playlist.
    pub(super) fn items(&self) -> Vec<ListItem> {
        if let (Found::Nothing, Some(path)) = (&self.found, &self.place) {
            let name = || path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            return vec![ListItem::Missing {
                path: path.clone(),
                title: self.named.title.clone().unwrap_or_else(name),
                artist: self.named.artist.clone().unwrap_or_default(),
                ms: self.named.seconds.map_or(0, |seconds| (seconds * 1e3) as i64),
            }];
        }
        self.found.tracks().iter().map(|track| ListItem::Track(track.id)).collect()
    }

    pub(super) fn not_found(&self) -> Option<NotFound> {
        let Named { line, text, artist, title, .. } = self.named.clone();
        let kept = self.place.is_some();
        matches!(self.found, Found::Nothing).then_some(NotFound { line, text, artist, title, kept })
    }

    pub(super) fn ambiguous(&self) -> Option<Ambiguous> {
        let Found::Several(several) = &self.found else { return None };
        let Named { line, text, artist, title, .. } = self.named.clone();
        let track_ids = ids(several).into_iter().take(MAX_CANDIDATES).map(|id| id.0).collect();
        Some(Ambiguous { line, text, artist, title, track_ids })
    }
}

/// Looks for all of them; it takes a second for some ten thousand.
pub(super) async fn matched(
    api: &Api,
    named: Vec<Named>,
    folder: Option<PathBuf>,
    keep_missing: bool,
) -> Result<Vec<Matched>, Problem> {
    let library = api.conductor.library().clone();
    let bases: Vec<PathBuf> = folder.iter().cloned().chain(api.music.iter().cloned()).collect();
    let matching = move || {
        let catalog = library.catalog();
        let finder = Finder::new(&catalog, bases);
        let mut roots = Roots::default();
        let found: Vec<Found> = named.iter().map(|named| finder.find(named, &mut roots)).collect();
        let roots = roots.sorted();
        // a path that lies in the music is one here; another leads to where those lie that were found
        let inside = |path: &Path| library.holds(path);
        let place = |named: &Named| {
            let absolute = named.paths.iter().filter(|path| path.is_absolute());
            let own = absolute.map(|path| playlist_file::tidy(path)).find(|path| inside(path));
            let beside = || {
                let folder = folder.as_ref()?;
                let relative = named.paths.iter().find(|path| path.is_relative())?;
                Some(playlist_file::tidy(&folder.join(relative))).filter(|path| inside(path))
            };
            own.or_else(beside).or_else(|| roots.place_of(named).filter(|path| inside(path)))
        };
        let matched = named.into_iter().zip(found).map(|(named, found)| {
            let place = (keep_missing && found == Found::Nothing).then(|| place(&named)).flatten();
            Matched { named, found, place }
        });
        matched.collect()
    };
    tokio::task::spawn_blocking(matching).await.map_err(|_| broke_off())
}

pub(super) fn broke_off() -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "it broke off")
}

/// Make a playlist of an M3U, M3U8, PLS, XSPF, WPL or ZPL file, which is the body. Tracks are found by path, by the
/// names that a path of another machine ends with, or by artist, title and length. Where several fit, none is taken.
#[call(post, path = "/api/playlists/import", right = playlists, operation_id = "import_playlist", tag = "playlists",
    params(ImportQuery),
    request_body(description = "The file, at most 16 MiB. Its own bytes tell its format.",
        content((String = "audio/x-mpegurl"), (String = "application/vnd.apple.mpegurl"), (String = "audio/x-scpls"),
                (String = "application/xspf+xml"), (String = "application/vnd.ms-wpl"), (String = "text/plain"))),
    responses((status = 201, body = ImportReply),
              (status = 409, body = ProblemBody, description = "`too_many_entries`, `too_many_playlists`"),
              (status = 413, body = ProblemBody, description = "`body_too_large`, `playlist_too_long`"),
              (status = 422, body = ProblemBody, description = "`is_a_library`, `playlist_unreadable`")))]
pub async fn import(
    State(api): State<Api>,
    Params(query): Params<ImportQuery>,
    request: Request,
) -> Result<(StatusCode, Json<ImportReply>), Problem> {
    let name = query.name.as_deref().map(body::name).transpose()?;
    let content = whole_body::whole(request.into_body(), MAX_FILE_BYTES).await?;
    let list = tokio::task::spawn_blocking(move || playlist_file::read(&content)).await.map_err(|_| broke_off())??;
    let own = || list.name.as_deref().map(fitting).and_then(|name| body::name(&name).ok());
    let name = name.or_else(own).ok_or_else(|| Problem::field("name", "missing, and the file names none"))?;
    let all = matched(&api, list.named, query.folder, query.keep_missing.unwrap_or(true)).await?;
    let items: Vec<ListItem> = all.iter().flat_map(Matched::items).collect();
    let playlist = api.store.create_playlist_of(&name, &items).await?;
    api.conductor.changes().mark(Subject::Playlist(playlist.id));
    let reply = ImportReply {
        playlist: playlist.into(),
        named: all.len(),
        not_found: all.iter().filter_map(Matched::not_found).collect(),
        ambiguous: all.iter().filter_map(Matched::ambiguous).collect(),
    };
    Ok((StatusCode::CREATED, Json(reply)))
}

/// A name of another program as one that may be: on one line, and the end of it if it is too long, since that is its
/// own name and what stands before are folders.
pub(super) fn fitting(name: &str) -> String {
    let line: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let (line, most) = (line.trim(), crate::conductor::MAX_NAME_CHARS);
    match line.chars().count().checked_sub(most) {
        None | Some(0) => line.to_owned(),
        Some(surplus) => {
            let rest: String = line.chars().skip(surplus + 1).collect();
            format!("…{rest}")
        }
    }
}

impl From<Unreadable> for Problem {
    fn from(fault: Unreadable) -> Self {
        let detail = fault.to_string();
        match fault {
            Unreadable::TooLong => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "playlist_too_long", detail),
            Unreadable::Library => {
                let detail = format!("{detail} (POST /api/library/import)");
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "is_a_library", detail)
            }
            Unreadable::Lost(_) => Self::field("body", detail),
            Unreadable::TooDeep | Unreadable::Entities | Unreadable::Broken { .. } | Unreadable::Unknown(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "playlist_unreadable", detail)
            }
        }
    }
}

/// A track as it is exported.
struct Exported {
    path: PathBuf,
    artist: String,
    title: String,
    album: String,
    ms: i64,
}

/// A playlist as a file.
#[call(get, path = "/api/playlists/{id}/export", right = browse, operation_id = "export_playlist", tag = "playlists",
    params(("id" = uuid::Uuid, Path, description = "The playlist's id"), ExportQuery),
    responses((status = 200, description = "The file; its type follows from `format`",
               content((String = "application/vnd.apple.mpegurl"), (String = "audio/x-mpegurl"),
                       (String = "audio/x-scpls"), (String = "application/xspf+xml")))))]
pub async fn export(
    State(api): State<Api>,
    InPath(id): InPath<String>,
    Params(query): Params<ExportQuery>,
) -> Result<Response, Problem> {
    let id = parse(&id)?;
    let (kind, mime, ending) = match query.format.as_deref().unwrap_or("m3u8") {
        "m3u8" => (Kind::M3u, "application/vnd.apple.mpegurl; charset=utf-8", "m3u8"),
        "m3u" => (Kind::M3u, "audio/x-mpegurl", "m3u"),
        "pls" => (Kind::Pls, "audio/x-scpls", "pls"),
        "xspf" => (Kind::Xspf, "application/xspf+xml; charset=utf-8", "xspf"),
        other => return Err(Problem::field("format", format!("{other:?} is none of m3u8, m3u, pls, xspf"))),
    };
    let playlist = api.store.playlist(id).await?;
    let catalog = api.conductor.library().catalog();
    let exported: Vec<Exported> = if playlist.rule.is_some() {
        let tracks = catalog.get_all(api.store.playlist_tracks(id, MAX_EXPORTED).await?);
        let exported = tracks.iter().map(|track| Exported {
            path: track.path.clone(),
            artist: track.artist.to_string(),
            title: track.title.to_string(),
            album: track.album.to_string(),
            ms: (track.duration_seconds() * 1e3).round() as i64,
        });
        exported.collect()
    } else {
        let page = api.store.playlist_entries(id, Part::first(MAX_EXPORTED)).await?;
        let album = |id| catalog.track(id).map(|track| track.album.to_string()).unwrap_or_default();
        let exported = page.items.into_iter().map(|e| Exported {
            album: album(e.track),
            path: e.path,
            artist: e.artist,
            title: e.title,
            ms: e.ms,
        });
        exported.collect()
    };
    let tracks: Vec<_> = exported
        .iter()
        .map(|e| Written { path: &e.path, artist: &e.artist, title: &e.title, album: &e.album, ms: e.ms })
        .collect();
    let file = playlist_file::write(kind, &playlist.name, &tracks, query.relative_to.as_deref());
    let safe: String = playlist.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let mut response = ([(header::CONTENT_TYPE, mime)], file).into_response();
    if let Ok(disposition) = HeaderValue::try_from(format!("attachment; filename=\"{safe}.{ending}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_another_program_is_made_to_fit() {
        assert_eq!(fitting(" Mine\nand yours "), "Mine and yours");
        let long = format!("{} / Mine", "Folder".repeat(20));
        assert_eq!(fitting(&long).chars().count(), crate::conductor::MAX_NAME_CHARS);
        assert!(fitting(&long).starts_with('…') && fitting(&long).ends_with(" / Mine"));
        let just = "x".repeat(crate::conductor::MAX_NAME_CHARS);
        assert_eq!(fitting(&just), just);
    }
}
