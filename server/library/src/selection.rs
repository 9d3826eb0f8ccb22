//! The tracks of something: what is queued when a person says "this album".

use std::{path::Path, sync::Arc};

use downbeat_protocol::TrackId;
use icu_normalizer::ComposingNormalizerBorrowed;
use uuid::Uuid;

use super::{
    Library, TrackRow,
    books::{Book, BookKey, book_of},
};
use downbeat_store::index::{ListError, Selection};

/// Some tracks, by ids, titles and names as people give them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedSelection {
    /// These, as they are.
    Tracks(Vec<TrackId>),
    /// An album by its id or its title, by disc and number; of one artist, if that is named.
    Album {
        /// Its id or its title.
        album: String,
        /// The artist of the album; `None`: any artist.
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
    /// The tracks that a search finds.
    Search(String),
}

/// Why there are no tracks.
#[derive(Debug, thiserror::Error)]
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
    /// The index cannot be read.
    #[error(transparent)]
    Index(#[from] ListError),
}

/// The tracks of `selection`, in the order in which one listens to them, at most `limit`. Only
/// [`NamedSelection::Tracks`] has some that cannot be played.
pub async fn resolve_tracks(
    library: &Library,
    selection: &NamedSelection,
    limit: usize,
) -> Result<Vec<Arc<TrackRow>>, SelectionError> {
    let catalog = library.catalog();
    let (what, name, found) = match selection {
        NamedSelection::Tracks(ids) => {
            let track = |id: &TrackId| catalog.get(*id).ok_or(SelectionError::UnknownTrack(*id));
            return ids.iter().take(limit).map(track).collect();
        }
        NamedSelection::Album { album, artist } => {
            let named = |t: &TrackRow| same(&t.album, album) && artist.as_ref().is_none_or(|artist| by(t, artist));
            ("album", album, either(library, album, Selection::Album, named, limit).await?)
        }
        NamedSelection::Artist(artist) => {
            ("artist", artist, either(library, artist, Selection::Artist, |t| by(t, artist), limit).await?)
        }
        NamedSelection::Genre(genre) => {
            let named = |t: &TrackRow| same(&t.genre, genre) || t.genres.iter().any(|g| same(g, genre));
            ("genre", genre, either(library, genre, Selection::Genre, named, limit).await?)
        }
        NamedSelection::Folder(folder) => {
            let below = |t: &TrackRow| t.path.starts_with(Path::new(folder));
            let mut found = either(library, folder, Selection::Folder, below, limit).await?;
            found.sort_by(|a, b| a.path.cmp(&b.path));
            ("folder", folder, found)
        }
        NamedSelection::Playlist(name) => {
            let id = match name.parse() {
                Ok(id) => Some(id),
                Err(_) => library.store().playlist_named(name).await.map_err(ListError::from)?,
            };
            let found = match id {
                Some(id) => indexed(library, Selection::Playlist(id), limit).await?,
                None => Vec::new(),
            };
            ("playlist", name, found)
        }
        NamedSelection::Search(text) => {
            let search = Selection::Search { query: text.clone(), sort: None };
            ("track for", text, indexed(library, search, limit).await?)
        }
    };
    if found.is_empty() {
        return Err(SelectionError::Nothing { what, name: name.clone() });
    }
    Ok(found)
}

/// The most tracks of a book.
const MAX_OF_BOOK: usize = 10_000;

/// The whole book of this key, with the tracks that can be played; of one that is gone nothing.
pub async fn book(library: &Library, key: &BookKey) -> Result<Option<Book>, ListError> {
    let catalog = library.catalog();
    let mut tracks = match key {
        BookKey::Album(album) => {
            let ids = library.store().tracks_of(&Selection::Album(*album), MAX_OF_BOOK).await?;
            catalog.get_all(ids)
        }
        BookKey::File(path) => catalog.all_at_path(path),
    };
    tracks.retain(|track| track.playable() && book_of(track).as_ref() == Some(key));
    let Some(first) = tracks.first() else { return Ok(None) };
    let title = if tracks.len() > 1 && !first.album.is_empty() { &first.album } else { &first.title };
    let author = if first.album_artist.is_empty() { &first.artist } else { &first.album_artist };
    Ok(Some(Book { title: title.to_string(), author: author.to_string(), tracks }))
}

/// The tracks that the index has under this id; or, if it is a name, those that the catalog has under that.
async fn either(
    library: &Library,
    id_or_name: &str,
    by_id: fn(Uuid) -> Selection,
    named: impl Fn(&TrackRow) -> bool,
    limit: usize,
) -> Result<Vec<Arc<TrackRow>>, SelectionError> {
    if let Ok(id) = id_or_name.trim().parse() {
        return indexed(library, by_id(id), limit).await;
    }
    let mut found = library.catalog().all();
    found.retain(|t| t.playable() && named(t));
    found.sort_by_cached_key(|t| {
        let whose = if t.album_artist.is_empty() { &t.artist } else { &t.album_artist };
        let folded = [whose, &t.album, &t.title].map(|text| text.to_lowercase());
        let [artist, album, title] = folded;
        (artist, album, t.disc_no, t.track_no, title, t.path.clone())
    });
    found.truncate(limit);
    Ok(found)
}

async fn indexed(library: &Library, selection: Selection, limit: usize) -> Result<Vec<Arc<TrackRow>>, SelectionError> {
    let ids = library.store().tracks_of(&selection, limit).await?;
    let mut found = library.catalog().get_all(ids);
    found.retain(|t| t.playable());
    Ok(found)
}

/// Names are the same in any case and any form of Unicode.
fn same(a: &str, b: &str) -> bool {
    let plain = |text: &str| ComposingNormalizerBorrowed::new_nfc().normalize(text.trim()).to_lowercase();
    plain(a) == plain(b)
}

fn by(t: &TrackRow, artist: &str) -> bool {
    let all = [&t.artist, &t.album_artist].into_iter().chain(t.artists.iter()).chain(t.album_artists.iter());
    all.into_iter().any(|a| same(a, artist))
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn a_name_is_the_same_in_any_case_and_form() {
        assert!(same("Bj\u{f6}rk", " BJO\u{308}RK") && same("Bjo\u{308}rk", "bj\u{f6}rk"));
        assert!(!same("Bjork", "Bj\u{f6}rk"));
    }
}
