//! The tracks of something, in the order in which one listens to it: what is queued when a person says "this album".

use downbeat_protocol::TrackId;
use uuid::Uuid;

use super::{
    conditions::{Filter, Within},
    page::{ListError, Part},
    query::Query,
    sorts::{Sorted, TrackSort},
};
use crate::store::Store;

/// Some tracks, by what they have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// These, as they are.
    Tracks(Vec<TrackId>),
    /// An album, by disc and number.
    Album(Uuid),
    /// All of an artist, by album, disc and number.
    Artist(Uuid),
    /// All of a genre, by artist, album, disc and number.
    Genre(Uuid),
    /// All of a composer, by album, disc and number.
    Composer(Uuid),
    /// All recordings of a work, by album, disc and number.
    Work(Uuid),
    /// All of a year, by album.
    Year(u32),
    /// A folder and all below, by path.
    Folder(Uuid),
    /// A playlist in its own order.
    Playlist(Uuid),
    /// The tracks that a search finds.
    Search {
        /// As people type it.
        query: String,
        /// In this order; `None`: the best hits first.
        sort: Option<Sorted<TrackSort>>,
    },
}

impl Store {
    /// The tracks of `selection` that are there, at most `limit`. What does not exist has none.
    pub async fn tracks_of(&self, selection: &Selection, limit: usize) -> Result<Vec<TrackId>, ListError> {
        let (within, by) = match selection {
            Selection::Tracks(tracks) => return Ok(tracks.iter().take(limit).copied().collect()),
            Selection::Playlist(id) => return self.playlist_tracks(*id, limit).await,
            Selection::Search { query, sort } => {
                let query = self.understand(query).await?.query;
                return match sort {
                    Some(sort) => self.selected(query, None, *sort, limit).await,
                    None => Ok(self.search_tracks(&query, false, Part::first(limit)).await?.items),
                };
            }
            Selection::Album(id) => (Within::Album(*id), TrackSort::Disc),
            Selection::Artist(id) => (Within::Artist(*id), TrackSort::Album),
            Selection::Genre(id) => (Within::Genre(*id), TrackSort::Artist),
            Selection::Composer(id) => (Within::Composer(*id), TrackSort::Album),
            Selection::Work(id) => (Within::Work(*id), TrackSort::Album),
            Selection::Year(year) => (Within::Year(*year), TrackSort::Album),
            Selection::Folder(id) => (Within::Below(*id), TrackSort::Path),
        };
        self.selected(Query::default(), Some(within), by.into(), limit).await
    }

    async fn selected(
        &self,
        query: Query,
        within: Option<Within>,
        sort: Sorted<TrackSort>,
        limit: usize,
    ) -> Result<Vec<TrackId>, ListError> {
        let filter = Filter { query, within, unavailable: false };
        Ok(self.list_tracks(&filter, sort, Part::first(limit)).await?.items)
    }
}
