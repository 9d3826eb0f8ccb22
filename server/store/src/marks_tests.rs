//! Ratings and counts are kept, shown in lists, asked for in queries, and survive what becomes of a file.

use std::path::PathBuf;

use super::{
    index::{Filter, Part, Query, Sorted, TrackSort},
    *,
};
use downbeat_protocol::{ClockId, EntryId, Frames, SpeakerId, TrackId, ZoneId};
use uuid::Uuid;

const RATE: u32 = 1_000;

fn track(n: u128, seconds: i64) -> TrackRow {
    TrackRow::unknown(TrackId(Uuid::from_u128(n)), format!("/m/{n}.flac").into()).with(|t| {
        t.title = format!("{n}").as_str().into();
        (t.sample_rate, t.frames) = (RATE, Frames(seconds * i64::from(RATE)));
    })
}

async fn with(tracks: &[TrackRow]) -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    store.save_tracks(tracks).await.unwrap();
    (dir, store)
}

async fn found(store: &Store, typed: &str, by: TrackSort, reverse: bool) -> Vec<u128> {
    let filter = Filter { query: Query::parse(typed), ..Filter::default() };
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store.list_tracks(&filter, Sorted { by, reverse }, Part { limit: 2, after }).await.unwrap();
        all.extend(page.items.iter().map(|id| id.0.as_u128()));
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

#[tokio::test]
async fn ratings_are_listed_asked_for_and_kept_over_retagging_and_a_restart() {
    let tracks: Vec<_> = (1..=5).map(|n| track(n, 60)).collect();
    let (dir, store) = with(&tracks).await;
    for (n, rating) in [(1, Some(100)), (2, Some(70)), (3, Some(0)), (4, Some(40)), (4, None)] {
        store.rate(&[tracks[n - 1].id], rating).await.unwrap();
    }
    store.rate(&[TrackId::random()], Some(50)).await.unwrap();
    let check = async |store: &Store| {
        assert_eq!(found(store, "", TrackSort::Rating, true).await, [1, 2, 3, 5, 4]);
        assert_eq!(found(store, "rating:..70", TrackSort::Rating, false).await, [3, 2]);
        assert_eq!(found(store, "-rating:0..", TrackSort::Title, false).await, [4, 5], "those without");
        assert_eq!(found(store, "stars:3.5", TrackSort::Title, false).await, [2]);
        assert_eq!(found(store, "stars:5", TrackSort::Title, false).await, [1]);
        assert_eq!(
            [1, 2, 3, 4, 5].map(|n| store.mark(TrackId(Uuid::from_u128(n))).rating),
            [Some(100), Some(70), Some(0), None, None]
        );
    };
    check(&store).await;
    // another title makes another row of the index; a moved file keeps its id
    let retagged = tracks[0].clone().with(|t| (t.genre, t.path) = ("x".into(), PathBuf::from("/m/new.flac")));
    store.save_tracks(&[retagged]).await.unwrap();
    check(&store).await;
    store.close().await;
    // another build makes all of the index anew
    let db = sqlx::sqlite::SqliteConnectOptions::new().filename(dir.path().join(FILE_NAME));
    let mut db = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&db).await.unwrap();
    sqlx::query("UPDATE totals SET version = -1").execute(&mut db).await.unwrap();
    sqlx::Connection::close(db).await.unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    store.complete_index().await.unwrap();
    check(&store).await;
}

/// So many seconds of track `n` by `speaker`, from this second on, in the occurrence `entry`.
fn told(n: u128, entry: u128, speaker: u128, (start, seconds): (i64, i64)) -> PlayReport {
    PlayReport {
        zone: ZoneId(Uuid::from_u128(1)),
        zone_name: "bar".into(),
        entry: EntryId(Uuid::from_u128(entry)),
        track: TrackFacts { id: Uuid::from_u128(n), ..TrackFacts::default() },
        certain: true,
        stretch: StretchRow {
            number: 0,
            speaker: SpeakerId(Uuid::from_u128(speaker)),
            speaker_name: "s".into(),
            start_us: start * 1_000_000,
            end_us: (start + seconds) * 1_000_000,
            known_by: KnownBy::Coordinator,
            sample_rate: RATE,
            from: Frames(0),
            to: Frames(seconds * i64::from(RATE)),
            missing: Frames(0),
            audible: true,
            cut: false,
        },
        clock: ClockId(Uuid::from_u128(7)),
        at_us: start * 1_000_000 + 5,
    }
}

#[tokio::test]
async fn a_track_counts_as_heard_after_half_of_it_or_four_minutes_once_a_play() {
    let (dir, store) = with(&[track(1, 100), track(2, 3_600), track(3, 100), track(4, 100)]).await;
    let heard = async |all: &[PlayReport]| {
        store.save_history(all, &[]).await.unwrap();
        [1, 2, 3, 4].map(|n| store.mark(TrackId(Uuid::from_u128(n))).plays)
    };
    assert_eq!(heard(&[told(1, 10, 1, (1_000, 49)), told(2, 11, 1, (1_000, 239))]).await, [0; 4], "not enough");
    assert_eq!(heard(&[told(1, 10, 2, (1_000, 49))]).await, [0; 4], "two speakers with a half each");
    assert_eq!(heard(&[told(1, 10, 1, (1_060, 30))]).await, [1, 0, 0, 0], "after a short break");
    assert_eq!(heard(&[told(1, 10, 3, (1_000, 99)), told(1, 10, 1, (1_090, 60))]).await, [1, 0, 0, 0], "one play");
    assert_eq!(heard(&[told(2, 12, 1, (5_000, 240))]).await, [1, 1, 0, 0]);
    let mut silent = told(3, 13, 1, (1_000, 99));
    silent.stretch.audible = false;
    let mut lost = told(3, 14, 1, (1_000, 99));
    lost.stretch.missing = Frames(60_000);
    assert_eq!(heard(&[silent, lost, told(99, 15, 1, (1_000, 99))]).await, [1, 1, 0, 0], "nobody heard it");
    // two plays that a late report joins to one are one count
    assert_eq!(heard(&[told(4, 16, 1, (1_000, 60)), told(4, 16, 1, (1_200, 60))]).await, [1, 1, 0, 2]);
    assert_eq!(heard(&[told(4, 16, 2, (1_050, 150))]).await, [1, 1, 0, 1]);
    assert_eq!(store.mark(TrackId(Uuid::from_u128(2))).played, Some(5_000));
    assert_eq!(found(&store, "plays:1..", TrackSort::Plays, false).await.len(), 3);
    assert_eq!(found(&store, "plays:0", TrackSort::Title, false).await, [3]);
    assert_eq!(found(&store, "-played:500y", TrackSort::Title, false).await, [3], "never");
    assert_eq!(found(&store, "", TrackSort::Played, true).await[0], 2);
    drop(store);
    assert_eq!(Store::open(dir.path()).await.unwrap().mark(TrackId(Uuid::from_u128(1))).plays, 1, "kept");
}

#[tokio::test]
async fn marks_of_another_program_are_taken_once_and_own_ones_stay() {
    let (_dir, store) = with(&[track(1, 100), track(2, 100), track(3, 100)]).await;
    let id = |n| TrackId(Uuid::from_u128(n));
    store.rate(&[id(1)], Some(20)).await.unwrap();
    store.save_history(&[told(2, 10, 1, (9_000, 99))], &[]).await.unwrap();
    let other = |n, rating, plays, played| OtherMark { track: id(n), mark: Mark { rating, plays, played } };
    let all = [
        other(1, Some(80), 5, Some(2_000)),
        other(2, Some(60), 3, Some(2_000)),
        other(3, None, 0, None),
        other(99, Some(100), 1, None),
    ];
    let taken = store.take_marks(&all, false).await.unwrap();
    assert_eq!(taken, MarksTaken { ratings: 1, plays: 2 });
    assert_eq!(store.mark(id(1)), Mark { rating: Some(20), plays: 5, played: Some(2_000) });
    assert_eq!(store.mark(id(2)), Mark { rating: Some(60), plays: 4, played: Some(9_000) });
    assert_eq!(store.take_marks(&all, false).await.unwrap(), MarksTaken::default(), "a second time");
    assert_eq!(store.take_marks(&all, true).await.unwrap(), MarksTaken { ratings: 1, plays: 0 });
    assert_eq!(store.mark(id(1)).rating, Some(80));
    assert_eq!(store.mark(id(3)), Mark::default());
}

#[tokio::test]
async fn a_book_has_one_place_in_each_zone_and_follows_its_track() {
    let tracks = [track(1, 100), track(2, 100), track(3, 100)];
    let (dir, store) = with(&tracks).await;
    let book = [tracks[0].id, tracks[1].id];
    let zone = |n| ZoneId(Uuid::from_u128(n));
    let place = |n: u128, z, frame, noted| BookPlace {
        track: TrackId(Uuid::from_u128(n)),
        zone: zone(z),
        frame: Frames(frame),
        noted,
    };
    store.note_book_place(&place(1, 1, 500, 10), &book).await.unwrap();
    store.note_book_place(&place(2, 1, 700, 20), &book).await.unwrap();
    store.note_book_place(&place(1, 2, 900, 15), &book).await.unwrap();
    store.note_book_place(&place(3, 1, 1, 5), &[tracks[2].id]).await.unwrap();
    store.note_book_place(&place(99, 1, 1, 5), &[]).await.unwrap();
    let retagged = tracks[1].clone().with(|t| (t.album, t.path) = ("x".into(), PathBuf::from("/m/new.flac")));
    store.save_tracks(&[retagged]).await.unwrap();
    drop(store);
    let store = Store::open(dir.path()).await.unwrap();
    let all = [place(2, 1, 700, 20), place(1, 2, 900, 15), place(3, 1, 1, 5)];
    assert_eq!(store.book_places().await.unwrap(), all);
    store.forget_book_places(&book, Some(zone(1))).await.unwrap();
    assert_eq!(store.book_places().await.unwrap(), all[1..]);
    store.forget_book_places(&book, None).await.unwrap();
    assert_eq!(store.book_places().await.unwrap(), all[2..]);
}

#[tokio::test]
async fn an_entry_whose_file_is_not_there_yet_becomes_it() {
    let (_dir, store) = with(&[track(1, 100)]).await;
    let missing = ListItem::Missing { path: "/m/2.flac".into(), title: "T".into(), artist: "A".into(), ms: 5 };
    let items = [missing.clone(), ListItem::Track(TrackId(Uuid::from_u128(1))), missing];
    let list = store.create_playlist_of("mine", &items).await.unwrap();
    assert_eq!((list.entries, list.ms), (3, 100_010));
    let entries = async || store.playlist_entries(list.id, Part::first(9)).await.unwrap().items;
    assert_eq!(entries().await.iter().map(|e| e.available).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!((entries().await[0].title.as_str(), entries().await[0].artist.as_str()), ("T", "A"));
    store.save_tracks(&[track(2, 100)]).await.unwrap();
    let there = entries().await;
    assert_eq!(there.iter().map(|e| e.track.0.as_u128()).collect::<Vec<_>>(), [2, 1, 2]);
    assert!(there.iter().all(|e| e.available));
    let filled = store.fill_playlist(list.id, &items[1..2]).await.unwrap();
    assert_eq!((filled.entries, filled.revision), (1, 2));
}

#[tokio::test]
async fn what_the_history_holds_is_counted_when_the_schema_grows() {
    use crate::migrations::MIGRATIONS;
    use sqlx::{Connection as _, SqliteConnection, migrate::Migrator, sqlite::SqliteConnectOptions};
    let dir = tempfile::tempdir().unwrap();
    let options = SqliteConnectOptions::new().filename(dir.path().join(FILE_NAME)).create_if_missing(true);
    let mut db = SqliteConnection::connect_with(&options).await.unwrap();
    let before = MIGRATIONS.iter().take_while(|step| step.description != "marks").cloned().collect();
    Migrator::with_migrations(before).run(&mut db).await.unwrap();
    let of = |n: u128| Uuid::from_u128(0xab_cdef_0123_4567_89ab_cdef_0000_0000 + n);
    for n in 1..=2 {
        sqlx::query(
            "INSERT INTO tracks (id, hash, bytes, format, sample_rate, channels, frames, sample_exact, title, artist,
                 album, album_artist, genre, scan_version)
             VALUES (?, '', 1, 'flac', 1000, 2, 100000, 1, 't', '', '', '', '', 1)",
        )
        .bind(of(n).to_string())
        .execute(&mut db)
        .await
        .unwrap();
        sqlx::query("INSERT INTO history_tracks VALUES (?, ?, '', 't', '', '', '')")
            .bind(n as i64)
            .bind(of(n).as_bytes().as_slice())
            .execute(&mut db)
            .await
            .unwrap();
    }
    sqlx::query("INSERT INTO history_names VALUES (1, x'01', 'bar')").execute(&mut db).await.unwrap();
    // track, begin and length in seconds, and whether it could be heard
    for (track, began, seconds, audible) in
        [(1, 1_000, 60, 1), (1, 2_000, 100, 1), (1, 3_000, 49, 1), (2, 4_000, 100, 0), (2, 5_000, 20, 1)]
    {
        sqlx::query(
            "INSERT INTO plays (zone, zone_name, entry, what, began_us, ended_us, audible)
             VALUES (x'01', 1, x'02', ?, ?, ?, ?)",
        )
        .bind(track)
        .bind(began * 1_000_000_i64)
        .bind((began + seconds) * 1_000_000_i64)
        .bind(audible)
        .execute(&mut db)
        .await
        .unwrap();
    }
    db.close().await.unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    assert_eq!(store.mark(TrackId(of(1))), Mark { rating: None, plays: 2, played: Some(2_000) });
    assert_eq!(store.mark(TrackId(of(2))), Mark::default(), "silent, or not half of it");
    store.complete_index().await.unwrap();
    let filter = Filter { query: Query::parse("plays:2"), unavailable: true, ..Filter::default() };
    let found = store.list_tracks(&filter, TrackSort::Title.into(), Part::first(9)).await.unwrap();
    assert_eq!(found.items, [TrackId(of(1))]);
}
