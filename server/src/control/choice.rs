//! Tracks to be queued or played: by id, or all that an album, a folder, a playlist or a search holds.

use downbeat_library::selection::{NamedSelection, SelectionError, resolve_tracks};
use downbeat_protocol::EntryId;
use downbeat_zone::{QueueEntry, queue::MAX_ENTRIES};

use crate::conductor::Conductor;

/// The ways to name tracks; the first one that is there counts.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// One track, by id.
    pub track_id: Option<String>,
    /// Several, by id.
    pub track_ids: Option<Vec<String>>,
    /// An album, by id or title.
    pub album: Option<String>,
    /// An artist; beside an album: whose.
    pub artist: Option<String>,
    /// A genre.
    pub genre: Option<String>,
    /// A folder.
    pub folder: Option<String>,
    /// A playlist, by id or name.
    pub playlist: Option<String>,
    /// A search; all that it finds.
    pub search: Option<String>,
}

/// Why a choice yields no entries.
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    /// The list of tracks is empty.
    #[error("names no track")]
    NoTracks,
    /// The text is no id of a track.
    #[error("there is no track {0:?}")]
    UnknownTrack(String),
    /// The only track cannot be played.
    #[error("cannot play {title:?}: {reason}")]
    Unplayable {
        /// Its title.
        title: String,
        /// For people.
        reason: String,
    },
    /// The library finds nothing by it.
    #[error(transparent)]
    Selection(#[from] SelectionError),
}

impl Choice {
    /// The library's words for it; `None`: nothing is named.
    fn selection(&self) -> Result<Option<NamedSelection>, ChoiceError> {
        let one = self.track_id.as_ref().map(std::slice::from_ref);
        if let Some(ids) = one.or(self.track_ids.as_deref()) {
            if ids.is_empty() {
                return Err(ChoiceError::NoTracks);
            }
            let id = |id: &String| id.parse().map_err(|_| ChoiceError::UnknownTrack(id.clone()));
            return Ok(Some(NamedSelection::Tracks(ids.iter().map(id).collect::<Result<_, _>>()?)));
        }
        let Self { album, artist, genre, folder, playlist, search, .. } = self.clone();
        let albums = album.map(|album| NamedSelection::Album { album, artist: artist.clone() });
        Ok(albums
            .or(artist.map(NamedSelection::Artist))
            .or(genre.map(NamedSelection::Genre))
            .or(folder.map(NamedSelection::Folder))
            .or(playlist.map(NamedSelection::Playlist))
            .or(search.map(NamedSelection::Search)))
    }

    /// New entries for it; `None`: nothing is named. A single track that cannot be played is refused with its reason;
    /// among several it is taken in with its reason, and skipped.
    pub async fn entries(&self, conductor: &Conductor) -> Result<Option<Vec<QueueEntry>>, ChoiceError> {
        let Some(selection) = self.selection()? else { return Ok(None) };
        // one more than fits, so that too many are refused and not cut off
        let tracks = resolve_tracks(conductor.library(), &selection, MAX_ENTRIES + 1).await?;
        // What must be converted first, and is wanted, comes before all that nobody asked for.
        conductor.library().want(tracks.iter().map(|track| &**track));
        if let [track] = &tracks[..]
            && let Some(reason) = track.why_not()
        {
            return Err(ChoiceError::Unplayable { title: track.title.to_string(), reason: reason.to_owned() });
        }
        Ok(Some(tracks.into_iter().map(|row| QueueEntry::of(EntryId::random(), row.track.clone())).collect()))
    }
}
