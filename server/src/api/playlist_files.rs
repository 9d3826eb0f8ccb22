//! Playlists as files of other programs: import and export.

use std::path::{Path, PathBuf};

use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};

use super::{
    Api,
    body::{self, InPath, MAX_BODY_BYTES, Params},
    describe::{IntoParams, ToSchema, call},
    json::Json,
    playlists::{MAX_EXPORTED, PlaylistView, make, parse},
    problem::{Problem, ProblemBody},
    whole_body,
};
use downbeat_library::playlist_file::{self, Kind, MAX_NAMED, Named, Written};
use downbeat_store::index::{Described, Part};

/// The largest playlist file, bytes.
const MAX_FILE_BYTES: usize = 16 * MAX_BODY_BYTES;

/// The circumstances of a playlist file.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// The name of the new playlist.
    #[param(required = true)]
    name: String,
    /// The folder that the file lay in, from which relative paths count; without it the music folders are tried.
    #[param(value_type = Option<String>)]
    folder: Option<PathBuf>,
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
}

/// A line that names a track that the library does not have.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NotFound {
    /// The line's number, from 1.
    pub line: usize,
    /// The line's text.
    pub text: String,
    /// The artist, if the file names one.
    pub artist: Option<String>,
    /// The title, if the file names one.
    pub title: Option<String>,
}

/// The kind of file.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// `m3u8` (default), `m3u` or `pls`.
    #[param(schema_with = formats)]
    format: Option<String>,
    /// Paths below this folder are written from there.
    #[param(value_type = Option<String>)]
    relative_to: Option<PathBuf>,
}

#[cfg(test)]
fn formats() -> utoipa::openapi::schema::Object {
    super::describe::one_of("The kind of file; default `m3u8`", ["m3u8", "m3u", "pls"])
}

/// Make a playlist of an M3U, M3U8 or PLS file, which is the body. Tracks are found by path, by the names of file and
/// folder, or by artist and title.
#[call(post, path = "/api/playlists/import", right = playlists, operation_id = "import_playlist", tag = "playlists",
    params(ImportQuery),
    request_body(description = "The file, at most 16 MiB. Its own bytes tell its format.",
        content((String = "audio/x-mpegurl"), (String = "application/vnd.apple.mpegurl"), (String = "audio/x-scpls"),
                (String = "text/plain"))),
    responses((status = 201, body = ImportReply),
              (status = 409, body = ProblemBody, description = "`too_many_entries`, `too_many_playlists`"),
              (status = 413, body = ProblemBody, description = "`body_too_large`, `playlist_too_long`")))]
pub async fn import(
    State(api): State<Api>,
    Params(query): Params<ImportQuery>,
    request: Request,
) -> Result<(StatusCode, Json<ImportReply>), Problem> {
    let name = body::name(&query.name)?;
    let content = whole_body::whole(request.into_body(), MAX_FILE_BYTES).await?;
    let bases: Vec<PathBuf> = query.folder.iter().cloned().chain(api.music.iter().cloned()).collect();
    let named = tokio::task::spawn_blocking(move || playlist_file::read(&content)).await.unwrap_or_default();
    if named.len() > MAX_NAMED {
        let detail = format!("the file names more than {MAX_NAMED} tracks; split it");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "playlist_too_long", detail));
    }
    let described: Vec<Described> = named.iter().map(|n| described(n, &bases)).collect();
    let found = api.store.match_tracks(&described).await?;
    let tracks: Vec<_> = found.iter().flatten().copied().collect();
    let playlist = make(&api, name, None, tracks).await?;
    let missing = named.iter().zip(&found).filter(|(_, track)| track.is_none()).map(|(n, _)| NotFound {
        line: n.line,
        text: n.text.clone(),
        artist: n.artist.clone(),
        title: n.title.clone(),
    });
    let reply = ImportReply { playlist: playlist.into(), not_found: missing.collect(), named: named.len() };
    Ok((StatusCode::CREATED, Json(reply)))
}

fn described(named: &Named, bases: &[PathBuf]) -> Described {
    let mut paths = Vec::new();
    for path in [&named.path, &named.spelled] {
        if path.is_absolute() {
            paths.push(tidy(path));
        } else {
            paths.extend(bases.iter().map(|base| tidy(&base.join(path))));
        }
    }
    paths.dedup();
    Described { paths, like: named.spelled.clone(), artist: named.artist.clone(), title: named.title.clone() }
}

/// The path without `.` and `..`.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for component in path.components() {
        match component {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                tidy.pop();
            }
            other => tidy.push(other),
        }
    }
    tidy
}

/// A playlist as a file.
#[call(get, path = "/api/playlists/{id}/export", right = browse, operation_id = "export_playlist", tag = "playlists",
    params(("id" = uuid::Uuid, Path, description = "The playlist's id"), ExportQuery),
    responses((status = 200, description = "The file; its type follows from `format`",
               content((String = "application/vnd.apple.mpegurl"), (String = "audio/x-mpegurl"),
                       (String = "audio/x-scpls")))))]
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
        other => return Err(Problem::field("format", format!("{other:?} is none of m3u8, m3u, pls"))),
    };
    let playlist = api.store.playlist(id).await?;
    let entries: Vec<(PathBuf, String, String, i64)> = if playlist.rule.is_some() {
        let catalog = api.conductor.library().catalog();
        let tracks = api.store.playlist_tracks(id, MAX_EXPORTED).await?.into_iter().filter_map(|id| {
            let track = catalog.get(id)?;
            let seconds = track.duration_seconds().round() as i64;
            Some((track.path.clone(), track.artist.to_string(), track.title.to_string(), seconds))
        });
        tracks.collect()
    } else {
        let page = api.store.playlist_entries(id, Part::first(MAX_EXPORTED)).await?;
        page.items.into_iter().map(|e| (e.path, e.artist, e.title, (e.ms + 500) / 1_000)).collect()
    };
    let tracks =
        entries.iter().map(|(path, artist, title, seconds)| Written { path, artist, title, seconds: *seconds });
    let file = playlist_file::write(kind, &playlist.name, &tracks.collect::<Vec<_>>(), query.relative_to.as_deref());
    let safe: String = playlist.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let mut response = ([(header::CONTENT_TYPE, mime)], file).into_response();
    if let Ok(disposition) = HeaderValue::try_from(format!("attachment; filename=\"{safe}.{ending}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}
