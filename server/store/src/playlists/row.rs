//! Playlists and their entries, as rows.

use std::{ffi::OsString, os::unix::ffi::OsStringExt as _, path::PathBuf};

use downbeat_protocol::TrackId;
use sqlx::{Row as _, sqlite::SqliteRow};
use uuid::Uuid;

use crate::{error::StoreError, row::parsed};

/// A playlist without its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaylistRow {
    /// Its id.
    pub id: Uuid,
    /// Its name; several may have the same.
    pub name: String,
    /// The rule of a smart playlist as its owner's JSON; `None`: it has entries.
    pub rule: Option<String>,
    /// When it was made, seconds since 1970.
    pub created: i64,
    /// When it was last changed, seconds since 1970.
    pub changed: i64,
    /// Grows with every change.
    pub revision: i64,
    /// How many entries it has; 0 if it has a rule.
    pub entries: u64,
    /// The length of its entries, milliseconds.
    pub ms: i64,
}

/// One place in a playlist: a track may be in it twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaylistEntry {
    /// Its own id.
    pub id: Uuid,
    /// The track: the one that was added, or if its file is gone, the one that now has its path.
    pub track: TrackId,
    /// The path of the file, as it is or was last.
    pub path: PathBuf,
    /// The title as last known.
    pub title: String,
    /// The artist as last known.
    pub artist: String,
    /// The length as last known, milliseconds.
    pub ms: i64,
    /// True if the file is there.
    pub available: bool,
}

/// What goes into a playlist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListItem {
    /// A track.
    Track(TrackId),
    /// A file that is not there: it is the entry's track as soon as it is.
    Missing {
        /// Where it would lie.
        path: PathBuf,
        /// The title.
        title: String,
        /// The artist; empty if not known.
        artist: String,
        /// The length, milliseconds; 0 if not known.
        ms: i64,
    },
}

/// Why a playlist was not changed.
#[derive(Debug, thiserror::Error)]
pub enum PlaylistError {
    /// There is none.
    #[error("there is no playlist {0}")]
    NoSuchPlaylist(Uuid),
    /// It has no such entry.
    #[error("the playlist has no entry {0}")]
    NoSuchEntry(Uuid),
    /// It is not the one that was meant: somebody else was quicker.
    #[error("it was changed meanwhile; look at it again and decide anew")]
    Changed,
    /// A playlist of this name exists (upper and lower case count as the same).
    #[error("there is already a playlist named {0:?}")]
    NameTaken(String),
    /// Its tracks follow from a rule.
    #[error("a smart playlist has no entries of its own; change its rule")]
    Smart,
    /// There are as many as there may be.
    #[error("there are {MAX_PLAYLISTS} playlists, and there may not be more; delete some")]
    TooMany,
    /// All playlists together have as many entries as they may.
    #[error("all playlists together have at most {MAX_ALL_ENTRIES} entries; delete some")]
    TooManyEntries,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The most playlists.
pub(super) const MAX_PLAYLISTS: i64 = 10_000;
/// The most entries of all playlists together, some 450 bytes each.
pub(super) const MAX_ALL_ENTRIES: i64 = if cfg!(test) { 10_000 } else { 1_000_000 };

/// Says whether a playlist is the one that is meant to be changed; asked while nobody else can change it.
pub type Precondition<'a> = &'a (dyn Fn(&PlaylistRow) -> bool + Sync);

/// The condition that any playlist meets.
pub const ANY: Precondition<'static> = &|_| true;

pub(super) const PLAYLIST: &str =
    "SELECT p.num, p.id, p.name, p.k_name, p.rule, p.created, p.changed, p.revision FROM playlists p WHERE ";

pub(super) const ENTRY: &str = "SELECT e.num, e.id, e.place, e.path, e.title, e.artist, e.ms,
    CASE WHEN coalesce(own.available, 0) = 0 AND there.available = 1 THEN there.track_id ELSE e.track END AS track,
    coalesce(own.available, 0) = 1 OR coalesce(there.available, 0) = 1 AS available
    FROM playlist_entries e LEFT JOIN files own ON own.track_id = e.track LEFT JOIN files there
        ON there.path = e.path AND there.part = coalesce(own.part, 0)
    WHERE e.playlist = ";

pub(super) fn playlist(row: &SqliteRow) -> sqlx::Result<PlaylistRow> {
    Ok(PlaylistRow {
        id: parsed(row, "id")?,
        name: row.try_get("name")?,
        rule: row.try_get("rule")?,
        created: row.try_get("created")?,
        changed: row.try_get("changed")?,
        revision: row.try_get("revision")?,
        entries: 0,
        ms: 0,
    })
}

pub(super) fn entry(row: &SqliteRow) -> sqlx::Result<PlaylistEntry> {
    Ok(PlaylistEntry {
        id: parsed(row, "id")?,
        track: parsed(row, "track")?,
        path: OsString::from_vec(row.try_get("path")?).into(),
        title: row.try_get("title")?,
        artist: row.try_get("artist")?,
        ms: row.try_get("ms")?,
        available: row.try_get("available")?,
    })
}
