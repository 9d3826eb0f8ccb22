//! Albums, artists, genres and folders, as lists and searches give them.

use std::{ffi::OsString, os::unix::ffi::OsStringExt as _, path::PathBuf};

use sqlx::{Row as _, sqlite::SqliteRow};
use uuid::Uuid;

use crate::row::parsed;

/// An album.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Album {
    /// Follows from its title, its artist and what tells its release from others.
    pub id: Uuid,
    /// The title.
    pub title: String,
    /// The album's artist, or that of all its tracks, or "Various Artists".
    pub artist: String,
    /// The latest year of its tracks.
    pub year: Option<u32>,
    /// How many tracks are there.
    pub tracks: u64,
    /// Their length, milliseconds.
    pub ms: i64,
    /// When its latest track was first seen, seconds since 1970.
    pub added: i64,
    /// BLAKE3 of its picture.
    pub cover: Option<String>,
    /// What tells this release from others of the album; empty if nothing does.
    pub edition: String,
    pub(super) num: i64,
}

/// An artist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artist {
    /// Follows from the name.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// How many tracks are by this artist, or on an album by this artist.
    pub tracks: u64,
    /// How many albums these are on.
    pub albums: u64,
    pub(super) num: i64,
}

/// A genre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genre {
    /// Follows from the name.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// How many tracks have it.
    pub tracks: u64,
}

/// A composer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composer {
    /// Follows from the name.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// How many tracks are by this composer.
    pub tracks: u64,
}

/// A piece of several movements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// Follows from its name and its composers.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// The composers, with commas.
    pub composer: String,
    /// How many tracks are parts of it, in all recordings.
    pub tracks: u64,
}

/// A folder with music in it or below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Follows from the path.
    pub id: Uuid,
    /// The folder that it is in.
    pub parent: Option<Uuid>,
    /// Its own name.
    pub name: String,
    /// The path of the folder.
    pub path: PathBuf,
    /// How many tracks are in it and below.
    pub tracks: u64,
}

/// The choice of the albums of a list.
#[derive(Debug, Clone, Copy, Default)]
pub struct AlbumFilter {
    /// Only with tracks by this artist, or with this album artist.
    pub artist: Option<Uuid>,
    /// Only with tracks of this genre.
    pub genre: Option<Uuid>,
    /// Only with tracks of this year.
    pub year: Option<u32>,
    /// Also those whose files are not there.
    pub unavailable: bool,
}

pub(super) const ALBUM: &str = "id, title, artist, year, tracks, ms, added, cover, num, edition";
pub(super) const ARTIST: &str = "id, name, tracks, num, (SELECT count(DISTINCT s.album) FROM song_artists l
    JOIN songs s INDEXED BY songs_in_short ON s.num = l.song WHERE l.artist = artists.num) AS albums";

/// The same with the key as `k`.
pub(super) const ARTIST_WITH_KEY: &str = "id, name, tracks, num, k_name AS k,
    (SELECT count(DISTINCT s.album) FROM song_artists l
    JOIN songs s INDEXED BY songs_in_short ON s.num = l.song WHERE l.artist = artists.num) AS albums";

fn count(row: &SqliteRow, column: &'static str) -> sqlx::Result<u64> {
    Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or(0))
}

pub(super) fn album(row: &SqliteRow) -> sqlx::Result<Album> {
    Ok(Album {
        id: parsed(row, "id")?,
        title: row.try_get("title")?,
        artist: row.try_get("artist")?,
        year: Some(row.try_get::<u32, _>("year")?).filter(|y| *y > 0),
        tracks: count(row, "tracks")?,
        ms: row.try_get("ms")?,
        added: row.try_get("added")?,
        cover: row.try_get("cover")?,
        edition: row.try_get("edition")?,
        num: row.try_get("num")?,
    })
}

pub(super) fn artist(row: &SqliteRow) -> sqlx::Result<Artist> {
    Ok(Artist {
        id: parsed(row, "id")?,
        name: row.try_get("name")?,
        tracks: count(row, "tracks")?,
        albums: count(row, "albums")?,
        num: row.try_get("num")?,
    })
}

pub(super) fn genre(row: &SqliteRow) -> sqlx::Result<Genre> {
    Ok(Genre { id: parsed(row, "id")?, name: row.try_get("name")?, tracks: count(row, "tracks")? })
}

pub(super) fn composer(row: &SqliteRow) -> sqlx::Result<Composer> {
    Ok(Composer { id: parsed(row, "id")?, name: row.try_get("name")?, tracks: count(row, "tracks")? })
}

pub(super) fn work(row: &SqliteRow) -> sqlx::Result<Work> {
    Ok(Work {
        id: parsed(row, "id")?,
        name: row.try_get("name")?,
        composer: row.try_get("composer")?,
        tracks: count(row, "tracks")?,
    })
}

pub(super) fn folder(row: &SqliteRow) -> sqlx::Result<Folder> {
    let parent: Option<&str> = row.try_get("parent")?;
    Ok(Folder {
        id: parsed(row, "id")?,
        parent: parent.and_then(|p| p.parse().ok()),
        name: row.try_get("name")?,
        path: OsString::from_vec(row.try_get("path")?).into(),
        tracks: count(row, "tracks")?,
    })
}
