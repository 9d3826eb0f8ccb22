//! The rows of tracks with their words and their links to artists, genres, albums and folders.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
};

use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::{
    albums::{album_id, make_albums},
    change::{IndexChange, ROWS},
    names::{Named, numbers},
};
use crate::{
    ahead::{self, Statement},
    index::{document::Document, json::json, keys, words},
};

/// A row of `songs` with its links.
struct Song<'d, 'a> {
    num: i64,
    document: &'d Document<'a>,
    album: Option<i64>,
    folder: Option<i64>,
}

pub(super) async fn write_songs(
    db: &mut SqliteConnection,
    change: &mut IndexChange<'_, '_>,
    folders: &HashMap<PathBuf, i64>,
) -> sqlx::Result<Vec<String>> {
    if change.full.is_empty() {
        return Ok(Vec::new());
    }
    let albums = make_albums(db, change).await?;
    let (mut artists, mut genres) = (Named::default(), Named::default());
    for (document, num) in &change.full {
        let respelled = change.respelled(*num);
        for credit in document.credits() {
            artists.add(keys::artist_id(credit.name).to_string(), credit.name, respelled.artists);
        }
        for name in document.genres() {
            genres.add(keys::genre_id(name).to_string(), name, respelled.genres);
        }
    }
    let (artists, new_artists) = numbers(db, "artists", &artists).await?;
    let (genres, _) = numbers(db, "genres", &genres).await?;
    for new in new_artists.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT OR REPLACE INTO artist_words (rowid, name) ");
        query.push_values(new, |mut row, (num, name)| {
            row.push_bind(*num).push_bind(keys::spaced(name).into_owned());
        });
        query.build().persistent(false).execute(&mut *db).await?;
    }

    let (mut last,): (i64,) = sqlx::query_as("SELECT coalesce(max(num), 0) FROM songs").fetch_one(&mut *db).await?;
    let songs: Vec<Song<'_, '_>> = change
        .full
        .iter()
        .map(|(document, num)| Song {
            num: num.unwrap_or_else(|| {
                last += 1;
                last
            }),
            document,
            album: albums.get(&album_id(document)).copied().filter(|_| !document.track.album.trim().is_empty()),
            folder: document.folder().and_then(|f| folders.get(f).copied()),
        })
        .collect();
    change.albums.extend(songs.iter().filter_map(|s| s.album));

    let replaced = json(change.full.iter().filter_map(|(_, num)| *num));
    if replaced != "[]" {
        for old in [
            "DELETE FROM song_artists WHERE song IN (SELECT value FROM json_each(?))",
            "DELETE FROM song_genres WHERE song IN (SELECT value FROM json_each(?))",
            "DELETE FROM song_words WHERE rowid IN (SELECT value FROM json_each(?))",
        ] {
            sqlx::query(old).bind(&replaced).execute(&mut *db).await?;
        }
    }
    let mut seen = HashSet::new();
    ahead::run(db, songs.chunks(ROWS).flat_map(|songs| [insert_songs(songs), insert_words(songs, &mut seen)])).await?;
    insert_links(db, &songs, &artists, &genres).await?;
    let new: Vec<(String,)> =
        sqlx::query_as("INSERT OR IGNORE INTO words SELECT value FROM json_each(?) WHERE true RETURNING word")
            .bind(json(&seen))
            .fetch_all(db)
            .await?;
    Ok(new.into_iter().map(|(word,)| word).collect())
}

fn insert_songs(songs: &[Song<'_, '_>]) -> Statement {
    let mut query = QueryBuilder::<Sqlite>::new(
        "INSERT INTO songs (num, id, made, spelled, shown, album, folder, k_title, k_artist, k_album, k_path, k_disc,
             year, added, ms, format, rate, cover) ",
    );
    query.push_values(songs, |mut row, song| {
        let (document, track) = (song.document, song.document.track);
        row.push_bind(song.num)
            .push_bind(&document.id)
            .push_bind(document.made)
            .push_bind(document.spelling().number())
            .push_bind(track.available)
            .push_bind(song.album)
            .push_bind(song.folder)
            .push_bind(document.k_title())
            .push_bind(document.k_artist())
            .push_bind(document.k_album())
            .push_bind(document.k_path())
            .push_bind(document.k_disc())
            .push_bind(track.year.unwrap_or(0))
            .push_bind(track.added)
            .push_bind(document.ms())
            .push_bind(&*track.format)
            .push_bind(track.sample_rate)
            .push_bind(track.cover.as_deref());
    });
    query.push(
        " ON CONFLICT (num) DO UPDATE SET made = excluded.made, spelled = excluded.spelled, shown = excluded.shown,
             album = excluded.album, folder = excluded.folder, k_title = excluded.k_title, k_artist = excluded.k_artist,
             k_album = excluded.k_album, k_path = excluded.k_path, k_disc = excluded.k_disc, year = excluded.year,
             added = excluded.added, ms = excluded.ms, format = excluded.format, rate = excluded.rate,
             cover = excluded.cover",
    );
    Statement { query, usual: songs.len() == ROWS }
}

fn insert_words(songs: &[Song<'_, '_>], seen: &mut HashSet<String>) -> Statement {
    let mut query = QueryBuilder::<Sqlite>::new(
        "INSERT INTO song_words (rowid, title, artist, album, album_artist, composer, genre, path) ",
    );
    query.push_values(songs, |mut row, song| {
        row.push_bind(song.num);
        for text in song.document.texts() {
            words::collect(&text, seen);
            row.push_bind(text);
        }
    });
    Statement { query, usual: songs.len() == ROWS }
}

async fn insert_links(
    db: &mut SqliteConnection,
    songs: &[Song<'_, '_>],
    artists: &HashMap<String, i64>,
    genres: &HashMap<String, i64>,
) -> sqlx::Result<()> {
    let (mut of_artists, mut of_genres) = (Vec::new(), Vec::new());
    for song in songs {
        let shown = song.document.track.available;
        for credit in song.document.credits() {
            let artist = artists.get(&keys::artist_id(credit.name).to_string());
            of_artists.extend(artist.map(|artist| (song.num, *artist, credit.roles, shown)));
        }
        for name in song.document.genres() {
            let genre = genres.get(&keys::genre_id(name).to_string());
            of_genres.extend(genre.map(|genre| (song.num, *genre, shown)));
        }
    }
    for links in of_artists.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT OR IGNORE INTO song_artists (song, artist, roles, shown) ");
        query.push_values(links, |mut row, (song, artist, roles, shown)| {
            row.push_bind(song).push_bind(artist).push_bind(roles).push_bind(shown);
        });
        query.build().persistent(links.len() == ROWS).execute(&mut *db).await?;
    }
    for links in of_genres.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT OR IGNORE INTO song_genres (song, genre, shown) ");
        query.push_values(links, |mut row, (song, genre, shown)| {
            row.push_bind(song).push_bind(genre).push_bind(shown);
        });
        query.build().persistent(links.len() == ROWS).execute(&mut *db).await?;
    }
    Ok(())
}
