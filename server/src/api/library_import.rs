//! The library of another program: its playlists, ratings and counts. `/api/library/import`.

use std::{collections::HashMap, io::BufReader};

use axum::extract::{Request, State};
use downbeat_library::playlist_file::{OtherLibrary, OtherList, find::Found, read_library};
use downbeat_store::{ListItem, Mark, OtherMark, index::Part};
use serde::{Deserialize, Serialize};

use super::{
    Api, body,
    body::Params,
    body_reader,
    describe::{IntoParams, ToSchema, call},
    json::Json,
    playlist_files::{Ambiguous, Matched, NotFound, fitting, matched},
    playlists::PlaylistView,
    problem::{Problem, ProblemBody},
};
use crate::changes::Subject;

/// The largest library, bytes; it is read while it comes. A hundred thousand tracks take some 180 MB.
const MAX_BYTES: u64 = 512 << 20;
/// Tracks that are named in an answer.
const MAX_TOLD: usize = 1_000;
/// Playlists that are looked through for names.
const MAX_LISTS: usize = 10_000;

/// The parts of another library that are taken.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct LibraryImportQuery {
    /// Take the playlists. Default true.
    #[param(default = true)]
    playlists: Option<bool>,
    /// Take ratings and counts of plays. Default true.
    #[param(default = true)]
    marks: Option<bool>,
    /// Replace what is here already: the entries of playlists of the same name, and ratings. Default false.
    #[param(default = false)]
    replace: Option<bool>,
    /// Keep a place in playlists for tracks that are not there, where it is known at which path their files would lie.
    /// Default true.
    #[param(default = true)]
    keep_missing: Option<bool>,
}

/// The outcome of taking another library.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LibraryImportReply {
    /// The number of its tracks, without films and streams.
    pub tracks: usize,
    /// Of these, those that the library has.
    pub found: usize,
    /// The playlists that were made or filled anew.
    pub playlists: Vec<PlaylistView>,
    /// The names of those that are here already, and were left as they are.
    pub already_there: Vec<String>,
    /// Tracks that were rated.
    pub rated: usize,
    /// Tracks whose count of plays grew.
    pub counted: usize,
    /// The number of tracks that the library does not have.
    pub not_found_count: usize,
    /// The first thousand of them.
    pub not_found: Vec<NotFound>,
    /// The number of tracks of which it is not sure which one is meant.
    pub ambiguous_count: usize,
    /// The first thousand of them.
    pub ambiguous: Vec<Ambiguous>,
}

/// Take playlists, ratings and counts of plays out of the library of iTunes or Music, which is the body: the file that
/// *File, Library, Export Library* writes. A second time changes nothing, unless it is to replace.
#[call(post, path = "/api/library/import", right = playlists, operation_id = "import_library", tag = "playlists",
    params(LibraryImportQuery),
    request_body(description = "The library as XML, at most 512 MiB", content((String = "application/xml"))),
    responses((status = 200, body = LibraryImportReply),
              (status = 409, body = ProblemBody, description = "`too_many_entries`, `too_many_playlists`"),
              (status = 413, body = ProblemBody, description = "`body_too_large`, `playlist_too_long`"),
              (status = 422, body = ProblemBody, description = "`playlist_unreadable`")))]
pub async fn import(
    State(api): State<Api>,
    Params(query): Params<LibraryImportQuery>,
    request: Request,
) -> Result<Json<LibraryImportReply>, Problem> {
    let read = |reader| read_library(BufReader::with_capacity(64 * 1_024, reader));
    let OtherLibrary { tracks, lists } = body_reader::read(request.into_body(), MAX_BYTES, read).await??;
    // a clock that was wrong there says nothing here
    let now = chrono::Utc::now().timestamp();
    let played = |at: Option<i64>| at.filter(|at| *at <= now);
    let (named, marks): (Vec<_>, Vec<_>) = tracks
        .into_iter()
        .map(|track| (track.named, Mark { rating: track.rating, plays: track.plays, played: played(track.played) }))
        .unzip();
    let all = matched(&api, named, None, query.keep_missing.unwrap_or(true)).await?;
    let replace = query.replace.unwrap_or(false);
    let mut taken = downbeat_store::MarksTaken::default();
    if query.marks.unwrap_or(true) {
        let marked = all.iter().zip(marks).filter(|(_, mark)| *mark != Mark::default());
        let marks: Vec<OtherMark> = marked
            .filter_map(|(matched, mark)| match &matched.found {
                Found::One(track) => Some(OtherMark { track: track.id, mark }),
                _ => None,
            })
            .collect();
        taken = api.store.take_marks(&marks, replace).await?;
        api.conductor.library().tell_of(&marks.iter().map(|mark| mark.track).collect::<Vec<_>>());
    }
    let lists = if query.playlists.unwrap_or(true) { lists } else { Vec::new() };
    let (playlists, already_there) = take_lists(&api, &lists, &all, replace).await?;
    let not_found: Vec<NotFound> = all.iter().filter_map(Matched::not_found).collect();
    let ambiguous: Vec<Ambiguous> = all.iter().filter_map(Matched::ambiguous).collect();
    Ok(Json(LibraryImportReply {
        tracks: all.len(),
        found: all.len() - not_found.len() - ambiguous.len(),
        playlists,
        already_there,
        rated: taken.ratings,
        counted: taken.plays,
        not_found_count: not_found.len(),
        not_found: not_found.into_iter().take(MAX_TOLD).collect(),
        ambiguous_count: ambiguous.len(),
        ambiguous: ambiguous.into_iter().take(MAX_TOLD).collect(),
    }))
}

/// Makes the playlists, or fills those of the same name. Answers these, and the names of those that were left.
async fn take_lists(
    api: &Api,
    lists: &[OtherList],
    all: &[Matched],
    replace: bool,
) -> Result<(Vec<PlaylistView>, Vec<String>), Problem> {
    let here =
        if lists.is_empty() { Vec::new() } else { api.store.list_playlists(Part::first(MAX_LISTS)).await?.items };
    let here: HashMap<String, _> = here.into_iter().map(|list| (list.name.to_lowercase(), list)).collect();
    let (mut taken, mut left) = (Vec::new(), Vec::new());
    for list in lists {
        let Ok(name) = body::name(&fitting(&list.name)) else { continue };
        let items: Vec<ListItem> =
            list.tracks.iter().filter_map(|track| all.get(*track)).flat_map(Matched::items).collect();
        let made = match here.get(&name.to_lowercase()) {
            Some(known) if !replace || known.rule.is_some() => {
                left.push(name);
                continue;
            }
            Some(known) => api.store.fill_playlist(known.id, &items).await?,
            // one of which nothing is here would be an empty name
            None if items.is_empty() => continue,
            None => api.store.create_playlist_of(&name, &items).await?,
        };
        api.conductor.changes().mark(Subject::Playlist(made.id));
        taken.push(made.into());
    }
    Ok((taken, left))
}
