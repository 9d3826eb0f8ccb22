//! What a request wants queued or played: tracks by id, or whatever an album, a folder, a playlist or a search holds.

use downbeat_protocol::EntryId;

use super::problem::Problem;
use crate::conductor::Conductor;
use downbeat_library::selection::{Selection, resolve_tracks};
use downbeat_zone::{QueueEntry, queue::MAX_ENTRIES};

/// The fields that name tracks, of which a request has one.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
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
    /// What a search finds.
    pub search: Option<String>,
}

impl Wanted {
    /// What is wanted; `None`: nothing is named.
    fn selection(&self) -> Result<Option<Selection>, Problem> {
        let one = self.track_id.as_ref().map(std::slice::from_ref);
        if let Some(ids) = one.or(self.track_ids.as_deref()) {
            if ids.is_empty() {
                return Err(Problem::field("trackIds", "names no track"));
            }
            let id = |id: &String| id.parse().map_err(|_| Problem::unknown_track(id));
            return Ok(Some(Selection::Tracks(ids.iter().map(id).collect::<Result<_, _>>()?)));
        }
        let Self { album, artist, genre, folder, playlist, search, .. } = self.clone();
        let albums = album.map(|album| Selection::Album { album, artist: artist.clone() });
        Ok(albums
            .or(artist.map(Selection::Artist))
            .or(genre.map(Selection::Genre))
            .or(folder.map(Selection::Folder))
            .or(playlist.map(Selection::Playlist))
            .or(search.map(Selection::Search)))
    }

    /// New entries for it; `None`: nothing is named. A single track that cannot be played is refused with its reason;
    /// among several it is taken in with its reason, and skipped.
    pub async fn entries(&self, conductor: &Conductor) -> Result<Option<Vec<QueueEntry>>, Problem> {
        let Some(selection) = self.selection()? else { return Ok(None) };
        // one more than fits, so that too many are refused and not cut off
        let tracks = resolve_tracks(conductor.library(), &selection, MAX_ENTRIES + 1).await?;
        if let [track] = &tracks[..]
            && let Some(reason) = track.why_not()
        {
            return Err(Problem::unplayable(&track.title, reason));
        }
        Ok(Some(tracks.into_iter().map(|track| QueueEntry::of(EntryId::random(), track.track.clone())).collect()))
    }
}
