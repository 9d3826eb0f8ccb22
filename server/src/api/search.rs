//! Search: `/api/search`.

use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::{
    Api,
    body::Params,
    browse::{AlbumView, ArtistView},
    describe::{IntoParams, ToSchema, call},
    json::Json,
    lists::part,
    playlists::PlaylistView,
    problem::Problem,
    tracks::{TrackView, views},
};
use downbeat_store::index::{Part, Query};

/// Hits of each kind if no limit is given.
const DEFAULT_LIMIT: usize = 20;

/// The kind of thing to search for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SearchType {
    /// Tracks.
    Track,
    /// Albums.
    Album,
    /// Artists.
    Artist,
    /// Playlists.
    Playlist,
}

/// A search.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// The text that was typed: words, or beginnings of words; `"phrases"`; `artist:`, `album:`, `albumartist:`,
    /// `title:`, `genre:`, `composer:`, `path:`; `year:1990..1999`, `year:1990s`; `format:flac`; `rate:44.1k`,
    /// `rate:96k..`; `added:7d`; each with a minus before it: without. Anything is a valid query.
    q: String,
    /// Only this kind; without it every kind is looked for, and there is no next part.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    kind: Option<SearchType>,
    /// At most so many of a kind, 1..=1000; default 20.
    #[param(minimum = 1, maximum = 1000, default = 20)]
    limit: Option<usize>,
    /// `next` of the part before; only together with `type`.
    cursor: Option<String>,
    /// Also what is not there.
    unavailable: bool,
}

/// Hits of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TrackHits {
    /// The best first.
    pub items: Vec<TrackView>,
    /// The `cursor` of the part that follows; null: this was the last.
    pub next: Option<String>,
}

/// Hits of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AlbumHits {
    /// The best first.
    pub items: Vec<AlbumView>,
    /// The `cursor` of the part that follows; null: this was the last.
    pub next: Option<String>,
}

/// Hits of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ArtistHits {
    /// The best first.
    pub items: Vec<ArtistView>,
    /// The `cursor` of the part that follows; null: this was the last.
    pub next: Option<String>,
}

/// Hits of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PlaylistHits {
    /// By name.
    pub items: Vec<PlaylistView>,
}

/// The hits of a search.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchReply {
    /// The text that was typed.
    pub query: String,
    /// The text that was searched for instead, because nothing matches the typed one; null if that was searched for.
    pub searched_for: Option<String>,
    /// Tracks, if they were looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tracks: Option<TrackHits>,
    /// Albums, if they were looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub albums: Option<AlbumHits>,
    /// Artists, if they were looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub artists: Option<ArtistHits>,
    /// Playlists, if they were looked for: those whose names have the words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub playlists: Option<PlaylistHits>,
}

/// Search for tracks, albums, artists and playlists, the best hits first.
#[call(get, path = "/api/search", right = browse, tag = "library", params(SearchQuery),
    responses((status = 200, body = SearchReply)))]
pub async fn search(State(api): State<Api>, Params(query): Params<SearchQuery>) -> Result<Json<SearchReply>, Problem> {
    let part = part(query.limit, query.cursor.as_deref(), DEFAULT_LIMIT)?;
    if part.after.is_some() && query.kind.is_none() {
        return Err(Problem::field("type", "a cursor is one of a list of one type; name it"));
    }
    let understood = api.store.understand(&query.q).await?;
    let of = |kind| query.kind.is_none_or(|k| k == kind);
    let mut reply = SearchReply { query: query.q.clone(), searched_for: understood.instead, ..SearchReply::default() };
    let (meant, unavailable) = (understood.query, query.unavailable);
    let part = || Part { limit: part.limit, after: part.after.clone() };
    // Each on a connection of its own: the answer takes as long as the slowest of them.
    let tracks = async {
        if !of(SearchType::Track) {
            return Ok(None);
        }
        let page = api.store.search_tracks(&meant, unavailable, part()).await?;
        let hits = TrackHits { items: views(&api, page.items), next: page.next.map(|c| c.to_string()) };
        Ok::<_, Problem>(Some(hits))
    };
    let albums = async {
        if !of(SearchType::Album) {
            return Ok(None);
        }
        let page = api.store.search_albums(&meant, unavailable, part()).await?.map(AlbumView::from);
        Ok::<_, Problem>(Some(AlbumHits { items: page.items, next: page.next.map(|c| c.to_string()) }))
    };
    let artists = async {
        if !of(SearchType::Artist) {
            return Ok(None);
        }
        let page = api.store.search_artists(&meant, unavailable, part()).await?.map(ArtistView::from);
        Ok::<_, Problem>(Some(ArtistHits { items: page.items, next: page.next.map(|c| c.to_string()) }))
    };
    (reply.tracks, reply.albums, reply.artists) = tokio::try_join!(tracks, albums, artists)?;
    if of(SearchType::Playlist) {
        // Their names are not among the words of the library: what was typed is what is meant.
        let typed = Query::parse(&query.q);
        let found =
            if typed.is_empty() { Vec::new() } else { api.store.search_playlists(&typed, part().limit).await? };
        reply.playlists = Some(PlaylistHits { items: found.into_iter().map(PlaylistView::from).collect() });
    }
    Ok(Json(reply))
}
