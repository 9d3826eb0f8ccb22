//! The tracks of something: what is queued when a person says "this album".

use std::{path::Path, sync::Arc};

use downbeat_protocol::TrackId;

use super::{Library, Track};

/// Some tracks, by what they have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// These, as they are.
    Tracks(Vec<TrackId>),
    /// An album by its id or its title, by disc and number; of one artist, if that is named.
    Album {
        /// Its id or its title.
        album: String,
        /// Whose; `None`: any artist's.
        artist: Option<String>,
    },
    /// All of an artist.
    Artist(String),
    /// All of a genre.
    Genre(String),
    /// A folder and all below, by path.
    Folder(String),
    /// A playlist.
    Playlist(String),
    /// What a search finds.
    Search(String),
}

/// Why there are no tracks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// No track has this id.
    #[error("there is no track {0}")]
    UnknownTrack(TrackId),
    /// There is no such thing.
    #[error("there is no {what} {name:?} with tracks in it")]
    Nothing {
        /// `album`, `folder`, ...
        what: &'static str,
        /// As it was asked for.
        name: String,
    },
}

/// The tracks of `selection`, in the order in which one listens to them, at most `limit`. Also those that cannot be
/// played, with the reason.
pub async fn resolve_tracks(
    library: &Library,
    selection: &Selection,
    limit: usize,
) -> Result<Vec<Arc<Track>>, SelectionError> {
    let catalog = library.catalog();
    let matching = |what: &'static str, name: &str, test: &dyn Fn(&Track) -> bool| {
        let tracks: Vec<_> = catalog.list().into_iter().filter(|t| t.playable() && test(t)).take(limit).collect();
        let nothing = || SelectionError::Nothing { what, name: name.to_owned() };
        if tracks.is_empty() { Err(nothing()) } else { Ok(tracks) }
    };
    let same = |a: &str, b: &str| a.to_lowercase() == b.trim().to_lowercase();
    let by = |t: &Track, artist: &str| {
        let all = [&t.artist, &t.album_artist].into_iter().chain(t.artists.iter()).chain(t.album_artists.iter());
        all.into_iter().any(|a| same(a, artist))
    };
    match selection {
        Selection::Tracks(ids) => {
            let track = |id: &TrackId| catalog.get(*id).ok_or(SelectionError::UnknownTrack(*id));
            ids.iter().take(limit).map(track).collect()
        }
        Selection::Album { album, artist } => {
            matching("album", album, &|t| same(&t.album, album) && artist.as_ref().is_none_or(|artist| by(t, artist)))
        }
        Selection::Artist(artist) => matching("artist", artist, &|t| by(t, artist)),
        Selection::Genre(genre) => {
            matching("genre", genre, &|t| same(&t.genre, genre) || t.genres.iter().any(|g| same(g, genre)))
        }
        Selection::Folder(folder) => {
            let mut tracks = matching("folder", folder, &|t| t.path.starts_with(Path::new(folder)))?;
            tracks.sort_by(|a, b| a.path.cmp(&b.path));
            Ok(tracks)
        }
        Selection::Playlist(name) => Err(SelectionError::Nothing { what: "playlist", name: name.clone() }),
        Selection::Search(text) => {
            let tracks: Vec<_> = catalog.find(text).into_iter().filter(|t| t.playable()).take(limit).collect();
            let nothing = || SelectionError::Nothing { what: "track for", name: text.clone() };
            if tracks.is_empty() { Err(nothing()) } else { Ok(tracks) }
        }
    }
}
