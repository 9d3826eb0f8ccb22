//! The rows of tracks with their words and their links to artists, genres, albums and folders.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
};

use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::{
    albums::{album_id, make_albums},
    change::{IndexChange, ROWS},
    names::{Named, Table, numbers},
};
use crate::{
    ahead::{self, Statement},
    index::{
        document::{Document, Respelled},
        json::json,
        keys, words,
    },
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
    let mut names = Links::default();
    for (document, num) in &change.full {
        names.add(document, change.respelled(*num));
    }
    let (artists, new_artists) = numbers(db, Table::Artists, &names.artists).await?;
    let (genres, _) = numbers(db, Table::Genres, &names.genres).await?;
    let (composers, _) = numbers(db, Table::Composers, &names.composers).await?;
    let (works, new_works) = numbers(db, Table::Works, &names.works).await?;
    for (num, _) in &new_works {
        let id = works.iter().find(|(_, of)| *of == num).map_or("", |(id, _)| id.as_str());
        let composer = names.of_works.get(id).copied().unwrap_or_default();
        sqlx::query("UPDATE works SET composer = ? WHERE num = ?").bind(composer).bind(num).execute(&mut *db).await?;
    }
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
            album: album_id(document).and_then(|id| albums.get(&id).copied()),
            folder: document.folder().and_then(|f| folders.get(f).copied()),
        })
        .collect();
    change.albums.extend(songs.iter().filter_map(|s| s.album));

    let replaced = json(change.full.iter().filter_map(|(_, num)| *num));
    if replaced != "[]" {
        for old in [
            "DELETE FROM song_artists WHERE song IN (SELECT value FROM json_each(?))",
            "DELETE FROM song_genres WHERE song IN (SELECT value FROM json_each(?))",
            "DELETE FROM song_composers WHERE song IN (SELECT value FROM json_each(?))",
            "DELETE FROM song_works WHERE song IN (SELECT value FROM json_each(?))",
            "DELETE FROM song_words WHERE rowid IN (SELECT value FROM json_each(?))",
        ] {
            sqlx::query(old).bind(&replaced).execute(&mut *db).await?;
        }
    }
    let mut seen = HashSet::new();
    ahead::run(db, songs.chunks(ROWS).flat_map(|songs| [insert_songs(songs), insert_words(songs, &mut seen)])).await?;
    insert_artists(db, &songs, &artists).await?;
    for (insert, nums, ids) in [
        ("INSERT OR IGNORE INTO song_genres (song, genre, shown) ", &genres, genre_ids as fn(&Document<'_>) -> _),
        ("INSERT OR IGNORE INTO song_composers (song, composer, shown) ", &composers, composer_ids),
        ("INSERT OR IGNORE INTO song_works (song, work, shown) ", &works, work_ids),
    ] {
        insert_links(db, &songs, insert, nums, ids).await?;
    }
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
        "INSERT INTO song_words (rowid, title, artist, album, album_artist, composer, genre, path, work) ",
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

/// The names that tracks are linked to.
#[derive(Default)]
struct Links<'a> {
    artists: Named<'a>,
    genres: Named<'a>,
    composers: Named<'a>,
    works: Named<'a>,
    /// The composers of each work, by its id.
    of_works: HashMap<String, &'a str>,
}

impl<'a> Links<'a> {
    fn add(&mut self, document: &Document<'a>, respelled: Respelled) {
        for credit in document.credits() {
            let id = keys::artist_id(credit.name).to_string();
            self.artists.add(id, (credit.name, credit.sort), respelled.artists);
        }
        for name in document.genres() {
            self.genres.add(keys::genre_id(name).to_string(), (name, ""), respelled.genres);
        }
        for (name, sort) in document.composers() {
            self.composers.add(keys::composer_id(name).to_string(), (name, sort), respelled.artists);
        }
        if let Some(name) = document.work() {
            for id in work_ids(document) {
                self.of_works.insert(id.clone(), &document.track.composer);
                self.works.add(id, (name, ""), false);
            }
        }
    }
}

fn genre_ids(document: &Document<'_>) -> Vec<String> {
    document.genres().map(|name| keys::genre_id(name).to_string()).collect()
}

fn composer_ids(document: &Document<'_>) -> Vec<String> {
    document.composers().map(|(name, _)| keys::composer_id(name).to_string()).collect()
}

fn work_ids(document: &Document<'_>) -> Vec<String> {
    document.work().map(|name| keys::work_id(name, &document.track.composer).to_string()).into_iter().collect()
}

async fn insert_artists(
    db: &mut SqliteConnection,
    songs: &[Song<'_, '_>],
    artists: &HashMap<String, i64>,
) -> sqlx::Result<()> {
    let mut of_artists = Vec::new();
    for song in songs {
        let shown = song.document.track.available;
        for credit in song.document.credits() {
            let artist = artists.get(&keys::artist_id(credit.name).to_string());
            of_artists.extend(artist.map(|artist| (song.num, *artist, credit.roles, shown)));
        }
    }
    for links in of_artists.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT OR IGNORE INTO song_artists (song, artist, roles, shown) ");
        query.push_values(links, |mut row, (song, artist, roles, shown)| {
            row.push_bind(song).push_bind(artist).push_bind(roles).push_bind(shown);
        });
        query.build().persistent(links.len() == ROWS).execute(&mut *db).await?;
    }
    Ok(())
}

async fn insert_links(
    db: &mut SqliteConnection,
    songs: &[Song<'_, '_>],
    insert: &'static str,
    nums: &HashMap<String, i64>,
    ids: fn(&Document<'_>) -> Vec<String>,
) -> sqlx::Result<()> {
    if nums.is_empty() {
        return Ok(());
    }
    let of = |song: &Song<'_, '_>| {
        let (num, shown) = (song.num, song.document.track.available);
        let linked = ids(song.document).into_iter().filter_map(|id| nums.get(&id).copied());
        linked.map(|of| (num, of, shown)).collect::<Vec<_>>()
    };
    let all: Vec<(i64, i64, bool)> = songs.iter().flat_map(of).collect();
    for links in all.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new(insert);
        query.push_values(links, |mut row, (song, of, shown)| {
            row.push_bind(song).push_bind(of).push_bind(shown);
        });
        query.build().persistent(links.len() == ROWS).execute(&mut *db).await?;
    }
    Ok(())
}
