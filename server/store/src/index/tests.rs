use std::collections::{BTreeMap, BTreeSet};

use downbeat_protocol::{Frames, TrackId};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::{Store, Text, Texts, TrackRow};

async fn store() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    (dir, store)
}

fn texts(names: &[&str]) -> Texts {
    names.iter().map(|n| Text::from(*n)).collect()
}

fn track(path: &str, title: &str, artist: &str, album: &str) -> TrackRow {
    TrackRow::unknown(TrackId::random(), path.into()).with(|t| {
        t.title = title.into();
        t.artist = artist.into();
        t.artists = texts(&[artist]);
        t.album = album.into();
        t.format = "flac".into();
        t.sample_rate = 44_100;
        t.frames = Frames(44_100 * 60);
    })
}

/// A small library that every test may look at.
fn library() -> Vec<TrackRow> {
    let mut tracks = vec![
        track("/m/ABBA/Gold/1.flac", "Dancing Queen", "ABBA", "Gold"),
        track("/m/ABBA/Gold/2.flac", "Knowing Me, Knowing You", "ABBA", "Gold"),
        track("/m/ABBA/Gold/10.flac", "Thank You for the Music", "ABBA", "Gold"),
        track("/m/Beatles/Love/1.mp3", "Because", "The Beatles", "Love"),
        track("/m/Beatles/Love/2.mp3", "All You Need Is Love", "The Beatles", "Love"),
        track("/m/Hits/a.flac", "Love", "Zoë", "Hits"),
        track("/m/Hits/b.flac", "Lovely Day", "Bill Withers", "Hits"),
        track("/m/Queen/x.flac", "We Are the Champions", "Queen", ""),
        track("/m/日本/1.flac", "東京ラブストーリー", "小田和正", "Oh! Yeah!"),
    ];
    for (i, t) in tracks.iter_mut().enumerate() {
        t.added = 1_000 + i as i64;
        t.track_no = Some(i as u32 + 1);
    }
    for t in &mut tracks[..3] {
        t.album_artist = "ABBA".into();
        t.album_artists = texts(&["ABBA"]);
        t.year = Some(1992);
        t.genres = texts(&["Pop", "Disco"]);
        t.genre = "Pop, Disco".into();
    }
    for t in &mut tracks[3..5] {
        t.year = Some(2006);
        t.format = "mp3".into();
        t.genres = texts(&["Rock"]);
        t.composer = "Lennon".into();
    }
    tracks[8].sample_rate = 96_000;
    tracks
}

async fn filled() -> (TempDir, Store, Vec<TrackRow>) {
    let (dir, store) = store().await;
    let tracks = library();
    store.save_tracks(&tracks).await.unwrap();
    (dir, store, tracks)
}

fn titles<'a>(ids: &[TrackId], tracks: &'a [TrackRow]) -> Vec<&'a str> {
    ids.iter().map(|id| &*tracks.iter().find(|t| t.id == *id).unwrap().title).collect()
}

async fn listed(store: &Store, filter: Filter, sort: TrackSort) -> Vec<TrackId> {
    store.list_tracks(&filter, sort.into(), Part::first(1_000)).await.unwrap().items
}

async fn searched(store: &Store, tracks: &[TrackRow], typed: &str) -> Vec<String> {
    let query = store.understand(typed).await.unwrap().query;
    let found = store.search_tracks(&query, false, Part::first(100)).await.unwrap().items;
    titles(&found, tracks).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn tracks_are_sorted_in_every_way() {
    let (_dir, store, tracks) = filled().await;
    let sorted = async |by| {
        let ids = listed(&store, Filter::default(), by).await;
        titles(&ids, &tracks).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let by_title = sorted(TrackSort::Title).await;
    assert_eq!(by_title[..4], ["All You Need Is Love", "Because", "Dancing Queen", "Knowing Me, Knowing You"]);
    let by_artist = sorted(TrackSort::Artist).await;
    assert_eq!(by_artist[..4], ["Dancing Queen", "Knowing Me, Knowing You", "Thank You for the Music", "Because"]);
    assert_eq!(by_artist[8], "東京ラブストーリー");
    let by_path = sorted(TrackSort::Path).await;
    assert_eq!(by_path[..3], ["Dancing Queen", "Knowing Me, Knowing You", "Thank You for the Music"], "2 before 10");
    assert_eq!(sorted(TrackSort::Album).await[8], "We Are the Champions", "without an album: last");
    assert_eq!(sorted(TrackSort::Year).await.last().unwrap(), "All You Need Is Love");
    assert_eq!(sorted(TrackSort::Added).await[0], "Dancing Queen");
    let newest = Sorted { by: TrackSort::Added, reverse: true };
    let newest = store.list_tracks(&Filter::default(), newest, Part::first(1)).await.unwrap().items;
    assert_eq!(titles(&newest, &tracks), ["東京ラブストーリー"]);
}

#[tokio::test]
async fn albums_artists_genres_years_and_folders() {
    let (_dir, store, tracks) = filled().await;
    let all = Part::first(100);
    let albums = store.list_albums(AlbumFilter::default(), AlbumSort::Artist.into(), all.clone()).await.unwrap().items;
    let seen: Vec<_> = albums.iter().map(|a| (a.title.as_str(), a.artist.as_str(), a.tracks, a.year)).collect();
    assert_eq!(
        seen,
        [
            ("Gold", "ABBA", 3, Some(1992)),
            ("Love", "The Beatles", 2, Some(2006)),
            ("Hits", "Various Artists", 2, None),
            ("Oh! Yeah!", "小田和正", 1, None)
        ]
    );
    assert_eq!(albums[0].ms, 180_000);
    assert_eq!(store.album(albums[0].id).await.unwrap().as_ref(), Some(&albums[0]));
    let gold = store.tracks_of(&Selection::Album(albums[0].id), 10).await.unwrap();
    assert_eq!(gold, [tracks[0].id, tracks[1].id, tracks[2].id]);

    let artists = store.list_artists(false, false, NameSort::Name.into(), all.clone()).await.unwrap().items;
    let names: Vec<_> = artists.iter().map(|a| (a.name.as_str(), a.tracks, a.albums)).collect();
    assert_eq!(
        names,
        [
            ("ABBA", 3, 1),
            ("The Beatles", 2, 1),
            ("Bill Withers", 1, 1),
            ("Queen", 1, 0),
            ("Zoë", 1, 1),
            ("小田和正", 1, 1)
        ]
    );
    let leading = store.list_artists(true, false, NameSort::Name.into(), all.clone()).await.unwrap().items;
    assert_eq!(leading.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["ABBA"]);
    let by_abba = AlbumFilter { artist: Some(artist_id("abba")), ..AlbumFilter::default() };
    let by_abba = store.list_albums(by_abba, AlbumSort::Title.into(), all.clone()).await.unwrap().items;
    assert_eq!(by_abba.iter().map(|a| a.title.as_str()).collect::<Vec<_>>(), ["Gold"]);
    assert_eq!(store.tracks_of(&Selection::Artist(artist_id("ABBA")), 10).await.unwrap().len(), 3);

    let most = Sorted { by: NameSort::Tracks, reverse: true };
    let genres = store.list_genres(most, all.clone()).await.unwrap().items;
    assert_eq!(
        genres.iter().map(|g| (g.name.as_str(), g.tracks)).collect::<Vec<_>>(),
        [("Pop", 3), ("Disco", 3), ("Rock", 2)]
    );
    assert_eq!(store.list_years().await.unwrap(), [(2006, 2), (1992, 3)]);
    assert_eq!(store.tracks_of(&Selection::Year(2006), 10).await.unwrap(), [tracks[3].id, tracks[4].id]);

    let root = store.folder_at(std::path::Path::new("/m")).await.unwrap().unwrap();
    assert_eq!(root.tracks, 9);
    let below = store.list_folders(root.id, false, all).await.unwrap().items;
    let below: Vec<_> = below.iter().map(|f| (f.name.as_str(), f.tracks, f.parent)).collect();
    let root_id = Some(root.id);
    assert_eq!(
        below,
        [
            ("ABBA", 3, root_id),
            ("Beatles", 2, root_id),
            ("Hits", 2, root_id),
            ("Queen", 1, root_id),
            ("日本", 1, root_id)
        ]
    );
    let abba = folder_id(std::path::Path::new("/m/ABBA"));
    let direct = Filter { within: Some(Within::Folder(abba)), ..Filter::default() };
    assert_eq!(listed(&store, direct, TrackSort::Path).await, []);
    assert_eq!(store.tracks_of(&Selection::Folder(abba), 2).await.unwrap(), [tracks[0].id, tracks[1].id]);
    assert_eq!(store.albums_of(&[tracks[0].id, tracks[7].id]).await.unwrap(), [(tracks[0].id, albums[0].id)]);
}

#[tokio::test]
async fn a_name_is_spelled_as_it_was_corrected_last() {
    let (_dir, store, mut tracks) = filled().await;
    // a file that comes does not correct anybody
    tracks.push(track("/m/new.flac", "New", "abba", "gold"));
    store.save_tracks(&tracks[9..]).await.unwrap();
    let all = Part::first(100);
    let spelled = async || {
        let artists = store.list_artists(false, false, NameSort::Name.into(), all.clone()).await;
        let albums = store.list_albums(AlbumFilter::default(), AlbumSort::Artist.into(), all.clone()).await;
        let genres = store.list_genres(NameSort::Name.into(), all.clone()).await;
        (
            artists.unwrap().items.into_iter().map(|a| a.name).next().unwrap(),
            albums.unwrap().items.into_iter().map(|a| (a.title, a.artist)).find(|a| a.0 != "gold").unwrap(),
            genres.unwrap().items.into_iter().map(|g| g.name).next().unwrap(),
        )
    };
    assert_eq!(spelled().await, ("ABBA".into(), ("Gold".into(), "ABBA".into()), "Disco".into()));
    let corrected = &mut tracks[1];
    (corrected.artist, corrected.artists) = ("Abba".into(), texts(&["Abba"]));
    (corrected.album_artist, corrected.album_artists) = ("Abba".into(), texts(&["Abba"]));
    corrected.album = "GOLD".into();
    (corrected.genre, corrected.genres) = ("Pop, disco".into(), texts(&["Pop", "disco"]));
    store.save_tracks(&tracks[1..2]).await.unwrap();
    assert_eq!(spelled().await, ("Abba".into(), ("GOLD".into(), "Abba".into()), "disco".into()));
    assert_eq!(searched(&store, &tracks, "artist:abba").await.len(), 4);
    // who only moves or renames a file corrects no names
    let other = &mut tracks[9];
    (other.path, other.title) = ("/m/newer.flac".into(), "Newer".into());
    store.save_tracks(&tracks[9..]).await.unwrap();
    assert_eq!(spelled().await.0, "Abba");
}

#[tokio::test]
async fn a_search_finds_the_best_first() {
    let (_dir, store, tracks) = filled().await;
    let found = async |typed: &str| searched(&store, &tracks, typed).await;
    assert_eq!(
        found("love").await,
        ["Love", "Because", "All You Need Is Love", "Lovely Day"],
        "the title, the word, its beginning"
    );
    assert_eq!(found("zoe").await, ["Love"]);
    assert_eq!(found("queen").await, ["Dancing Queen", "We Are the Champions"]);
    assert_eq!(found("kno you").await, ["Knowing Me, Knowing You"]);
    assert_eq!(found("\"need is\"").await, ["All You Need Is Love"]);
    assert_eq!(found("\"is need\"").await, [""; 0]);
    assert_eq!(found("artist:queen").await, ["We Are the Champions"]);
    assert_eq!(found("love -artist:beatles").await, ["Love", "Lovely Day"]);
    assert_eq!(found("love year:2000..").await, ["Because", "All You Need Is Love"]);
    assert_eq!(found("genre:disco you").await, ["Knowing Me, Knowing You", "Thank You for the Music"]);
    assert_eq!(found("format:mp3").await, ["Because", "All You Need Is Love"]);
    assert_eq!(found("rate:96k").await, ["東京ラブストーリー"]);
    assert_eq!(found("-format:flac -title:because").await, ["All You Need Is Love"]);
    assert_eq!(found("lennon love").await.len(), 2, "the composer, too");
    assert_eq!(found("東京").await, ["東京ラブストーリー"]);
    assert_eq!(found("ラブ").await, ["東京ラブストーリー"], "in the middle");
    assert_eq!(found("hits").await, ["Love", "Lovely Day"]);
    assert_eq!(found("???").await, [""; 0]);
    assert_eq!(found("").await.len(), 9);
    assert_eq!(found("added:1d").await, [""; 0]);
    let filter = Filter { query: Query::parse("love"), ..Filter::default() };
    assert_eq!(store.count_listed(&filter).await.unwrap(), 4);
    assert_eq!(titles(&listed(&store, filter, TrackSort::Title).await, &tracks)[0], "All You Need Is Love");
}

#[tokio::test]
async fn what_was_mistyped_is_found_and_said() {
    let (_dir, store, tracks) = filled().await;
    let instead = async |typed: &str| store.understand(typed).await.unwrap().instead;
    assert_eq!(instead("beatels").await.as_deref(), Some("beatles"));
    assert_eq!(instead("dancin quuen").await.as_deref(), Some("dancin queen"));
    assert_eq!(instead("artist:quen").await.as_deref(), Some("artist:queen"));
    assert_eq!(instead("artist:because").await, None, "there is such a word, elsewhere, and no artist like it");
    assert_eq!(instead("love queen").await, None, "both are words, though nothing has both");
    assert_eq!(instead("love").await, None);
    assert_eq!(instead("xyzzyqw").await, None);
    assert_eq!(searched(&store, &tracks, "champoins").await, ["We Are the Champions"]);
    // what comes later is known, too
    store.save_tracks(&[track("/m/new.mp3", "Xylophone", "A", "B")]).await.unwrap();
    assert_eq!(instead("xylophnoe").await.as_deref(), Some("xylophone"));
}

#[tokio::test]
async fn albums_and_artists_are_found() {
    let (_dir, store, _) = filled().await;
    let part = || Part::first(10);
    let albums = async |typed: &str| {
        let found = store.search_albums(&Query::parse(typed), false, part()).await.unwrap();
        found.items.into_iter().map(|a| a.title).collect::<Vec<_>>()
    };
    let artists = async |typed: &str| {
        let found = store.search_artists(&Query::parse(typed), false, part()).await.unwrap();
        found.items.into_iter().map(|a| a.name).collect::<Vec<_>>()
    };
    assert_eq!(albums("love").await, ["Love"]);
    assert_eq!(albums("abba").await, ["Gold"]);
    assert_eq!(albums("artist:abba go").await, ["Gold"]);
    assert_eq!(albums("genre:disco").await, ["Gold"]);
    assert_eq!(albums("year:2006").await, ["Love"]);
    assert_eq!(albums("-gold o").await, ["Oh! Yeah!"]);
    assert_eq!(albums("-gold").await, ["Hits", "Love", "Oh! Yeah!"]);
    // Parts go through all tiers.
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.search_albums(&Query::parse("-nothing"), false, Part { limit: 1, after }).await.unwrap();
        seen.extend(page.items.into_iter().map(|a| a.title));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["Gold", "Hits", "Love", "Oh! Yeah!"]);
    assert_eq!(artists("zo").await, ["Zoë"]);
    assert_eq!(artists("b").await, ["The Beatles", "Bill Withers"]);
    assert_eq!(artists("genre:disco").await, ["ABBA"]);
    assert_eq!(artists("nobody").await, [""; 0]);
    assert_eq!(artists("").await, [""; 0]);
}

#[tokio::test]
async fn what_is_not_there_is_shown_only_when_asked_for() {
    let (_dir, store, mut tracks) = filled().await;
    for t in &mut tracks[..3] {
        t.available = false;
    }
    store.save_tracks(&tracks[..3]).await.unwrap();
    let (shown, all) = (Filter::default(), Filter { unavailable: true, ..Filter::default() });
    assert_eq!(store.count_listed(&shown).await.unwrap(), 6);
    assert_eq!(store.count_listed(&all).await.unwrap(), 9);
    assert_eq!(listed(&store, shown, TrackSort::Title).await.len(), 6);
    assert_eq!(listed(&store, all, TrackSort::Title).await.len(), 9);
    let query = Query::parse("abba");
    assert_eq!(store.search_tracks(&query, false, Part::first(9)).await.unwrap().items, []);
    assert_eq!(store.search_tracks(&query, true, Part::first(9)).await.unwrap().items.len(), 3);
    assert_eq!(store.search_albums(&query, false, Part::first(9)).await.unwrap().items, []);
    assert_eq!(store.search_artists(&query, true, Part::first(9)).await.unwrap().items.len(), 1);
    let filter = Filter { query, ..Filter::default() };
    assert_eq!(store.count_listed(&filter).await.unwrap(), 0);
    assert_eq!(store.list_years().await.unwrap(), [(2006, 2)]);
    assert_eq!(store.folder_at(std::path::Path::new("/m")).await.unwrap().unwrap().tracks, 6);

    for t in &mut tracks[..3] {
        t.available = true;
    }
    store.save_tracks(&tracks[..3]).await.unwrap();
    assert_eq!(contents(&store).await, contents(&anew(&tracks).await.1).await);
}

#[tokio::test]
async fn a_track_whose_file_another_one_took_is_not_shown() {
    let (_dir, store, tracks) = filled().await;
    let other = tracks[0].clone().with(|t| {
        t.id = TrackId::random();
        t.title = "Waterloo".into();
    });
    store.save_tracks(std::slice::from_ref(&other)).await.unwrap();
    assert_eq!(store.count_listed(&Filter::default()).await.unwrap(), 9);
    assert_eq!(store.search_tracks(&Query::parse("dancing"), false, Part::first(9)).await.unwrap().items, []);
    let gold = AlbumFilter { artist: Some(artist_id("abba")), ..AlbumFilter::default() };
    let gold = store.list_albums(gold, AlbumSort::Title.into(), Part::first(9)).await.unwrap().items;
    assert_eq!(gold[0].tracks, 3);
}

#[tokio::test]
async fn an_index_from_before_or_of_another_version_is_made_anew() {
    let (dir, store, tracks) = filled().await;
    let before = contents(&store).await;
    for spoilt in ["UPDATE totals SET version = -1", "DELETE FROM songs WHERE num % 2 = 0"] {
        let mut tx = store.write().await.unwrap();
        sqlx::query(spoilt).execute(&mut *tx).await.unwrap();
        if spoilt.starts_with("DELETE") {
            sqlx::query("UPDATE totals SET version = 0").execute(&mut *tx).await.unwrap();
        }
        store.commit(tx).await.unwrap();
        // A coordinator that starts does both.
        store.check_index().await.unwrap();
        store.complete_index().await.unwrap();
        assert_eq!(contents(&store).await, before, "{spoilt}");
    }
    assert_eq!(searched(&store, &tracks, "queen").await.len(), 2);
    store.close().await;
    let store = Store::open(dir.path()).await.unwrap();
    assert_eq!(contents(&store).await, before);
}

#[tokio::test]
async fn words_that_came_at_many_times_are_merged_and_are_still_found() {
    let (dir, store, mut tracks) = filled().await;
    for i in 0..40 {
        let new = track(&format!("/m/new/{i}.flac"), &format!("Queen number {i}"), &format!("Maker {i}"), "New");
        store.save_tracks(std::slice::from_ref(&new)).await.unwrap();
        tracks.push(new);
    }
    store
        .save_tracks(&tracks[..3].iter().map(|t| t.clone().with(|t| t.title = "Other".into())).collect::<Vec<_>>())
        .await
        .unwrap();
    let trees = async |store: &Store, words: &str| -> i64 {
        let count = sqlx::AssertSqlSafe(format!("SELECT count(DISTINCT segid) FROM {words}_idx"));
        sqlx::query_scalar(count).fetch_one(store.readers()).await.unwrap()
    };
    let before = contents(&store).await;
    let found = searched(&store, &tracks, "queen").await;
    assert_eq!((found.len(), searched(&store, &tracks, "dancing").await.len()), (41, 0));
    assert!(trees(&store, "song_words").await > 1 && trees(&store, "artist_words").await > 1);
    store.merge_words_from(1_000).await.unwrap();
    assert!(trees(&store, "song_words").await > 1, "few are not worth it");
    // Whoever saved them: that it was before a restart is no reason to leave them so.
    store.close().await;
    let store = Store::open(dir.path()).await.unwrap();
    store.merge_words_from(1).await.unwrap();
    assert_eq!(
        [trees(&store, "song_words").await, trees(&store, "album_words").await, trees(&store, "artist_words").await],
        [1; 3]
    );
    assert_eq!(searched(&store, &tracks, "queen").await, found);
    assert_eq!(contents(&store).await, before);
}

/// Everything that can be browsed, with its figures, by what does not depend on the order in which it was saved.
async fn contents(store: &Store) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    let part = || Part::first(10_000);
    for unavailable in [false, true] {
        let filter = Filter { unavailable, ..Filter::default() };
        for by in [TrackSort::Title, TrackSort::Path, TrackSort::Year] {
            let ids = listed(store, filter.clone(), by).await;
            assert_eq!(ids.len() as u64, store.count_listed(&filter).await.unwrap(), "{by:?}");
            all.insert(format!("{by:?} {unavailable}"), ids.iter().map(ToString::to_string).collect());
        }
        let albums = AlbumFilter { unavailable, ..AlbumFilter::default() };
        let albums = store.list_albums(albums, AlbumSort::Title.into(), part()).await.unwrap().items;
        let albums = albums.into_iter().map(|a| format!("{:?}", Album { num: 0, title: a.title.to_lowercase(), ..a }));
        all.insert(format!("albums {unavailable}"), albums.collect());
        let artists = store.list_artists(false, unavailable, NameSort::Tracks.into(), part()).await.unwrap().items;
        let artists = artists.into_iter().map(|a| format!("{:?}", Artist { num: 0, name: a.name.to_lowercase(), ..a }));
        all.insert(format!("artists {unavailable}"), artists.collect());
        for word in ["red", "green", "blue", "gold"] {
            let found = store.search_tracks(&Query::parse(word), unavailable, part()).await.unwrap().items;
            all.insert(format!("{word} {unavailable}"), found.iter().map(ToString::to_string).collect());
            let albums = store.search_albums(&Query::parse(word), unavailable, part()).await.unwrap().items;
            all.insert(format!("albums {word} {unavailable}"), albums.iter().map(|a| a.id.to_string()).collect());
        }
        let mut folders = vec![folder_id(std::path::Path::new("/"))];
        let mut seen = BTreeSet::new();
        while let Some(folder) = folders.pop() {
            for folder in store.list_folders(folder, unavailable, part()).await.unwrap().items {
                folders.push(folder.id);
                seen.insert(format!("{folder:?}"));
            }
        }
        all.insert(format!("folders {unavailable}"), seen);
    }
    let leading = store.list_artists(true, false, NameSort::Name.into(), part()).await.unwrap().items;
    all.insert("leading".into(), leading.into_iter().map(|a| a.name.to_lowercase()).collect());
    let genres = store.list_genres(NameSort::Name.into(), part()).await.unwrap().items;
    all.insert(
        "genres".into(),
        genres.into_iter().map(|g| format!("{} {}", g.name.to_lowercase(), g.tracks)).collect(),
    );
    all.insert("years".into(), store.list_years().await.unwrap().into_iter().map(|y| format!("{y:?}")).collect());
    all
}

/// A store that was told of these tracks once.
async fn anew(tracks: &[TrackRow]) -> (TempDir, Store) {
    let (dir, store) = store().await;
    store.save_tracks(tracks).await.unwrap();
    (dir, store)
}

/// A change that a track may go through.
#[derive(Debug, Clone)]
struct Fate {
    track: usize,
    title: &'static str,
    artists: Vec<&'static str>,
    album: &'static str,
    album_artist: &'static str,
    genres: Vec<&'static str>,
    year: Option<u32>,
    path: &'static str,
    available: bool,
    cover: Option<&'static str>,
}

fn fate() -> impl Strategy<Value = Fate> {
    let names = || prop::sample::select(vec!["Red", "red", "Green", "Blue", "Gold"]);
    let text = || prop::sample::select(vec!["", "Red", "Green", "The Blue", "Gold"]);
    let folder = prop::sample::select(vec!["/m", "/m/a", "/m/a/CD1", "/m/a/CD 2", "/n/b", "/m/A", ""]);
    let some = prop::option::of(prop::sample::select(vec![1990_u32, 2000]));
    let cover = prop::option::of(prop::sample::select(vec!["c1"]));
    (
        (0..8_usize, text(), prop::collection::vec(names(), 0..3), text(), text()),
        (prop::collection::vec(names(), 0..3), some, folder, any::<bool>(), cover),
    )
        .prop_map(|((track, title, artists, album, album_artist), (genres, year, path, available, cover))| Fate {
            track,
            title,
            artists,
            album,
            album_artist,
            genres,
            year,
            path,
            available,
            cover,
        })
}

fn row(ids: &[TrackId], fate: &Fate) -> TrackRow {
    // Every track has a file name of its own, so that none takes another's place.
    let path = if fate.path.is_empty() { String::new() } else { format!("{}/{}.mp3", fate.path, fate.track) };
    let available = fate.available && !path.is_empty();
    TrackRow::unknown(ids[fate.track], path.into()).with(|t| {
        t.title = fate.title.into();
        t.artist = fate.artists.join(", ").into();
        t.artists = texts(&fate.artists);
        t.album = fate.album.into();
        t.album_artist = fate.album_artist.into();
        t.genres = texts(&fate.genres);
        t.year = fate.year;
        t.available = available;
        t.cover = fate.cover.map(Text::from);
    })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// However the tracks came to be what they are: what is browsed is as if they had always been so.
    #[test]
    fn the_index_follows_from_the_tracks(saves in prop::collection::vec(prop::collection::vec(fate(), 1..6), 1..8)) {
        let ids: Vec<TrackId> = (0..8).map(|_| TrackId::random()).collect();
        runtime().block_on(async {
            let (_dir, store) = store().await;
            let mut last = BTreeMap::new();
            for save in &saves {
                let rows: Vec<TrackRow> = save.iter().map(|f| row(&ids, f)).collect();
                store.save_tracks(&rows).await.unwrap();
                last.extend(rows.into_iter().map(|r| (r.id, r)));
            }
            let last: Vec<TrackRow> = last.into_values().collect();
            let (_other, expected) = anew(&last).await;
            assert_eq!(contents(&store).await, contents(&expected).await);
        });
    }

    /// However many match: the same tracks, in the order of all, and as many as were counted.
    #[test]
    fn a_list_is_what_a_look_at_each_track_says(
        titles in prop::collection::vec(
            prop::sample::select(vec!["red", "Red one", "blue 2", "Gold", "green", "the red"]),
            1..14,
        ),
        hidden in prop::collection::vec(any::<bool>(), 14),
        // Some that the index holds as beginnings and some that it does not.
        word in prop::sample::select(vec!["one", "re", "b", "g", "x", "thin", "gree", "goldfish"]),
        sort in prop::sample::select(vec![TrackSort::Title, TrackSort::Artist, TrackSort::Path, TrackSort::Disc]),
        limit in 1..5_usize,
        reverse: bool,
        unavailable: bool,
    ) {
        runtime().block_on(async {
            let (_dir, store) = store().await;
            let tracks: Vec<TrackRow> = titles.iter().zip(hidden).enumerate().map(|(i, (title, hidden))| {
                let album = if i % 5 == 0 { "" } else { "one thing" };
                track(&format!("/m/{i}.mp3"), title, ["A", "b", "C"][i % 3], album).with(|t| t.available = !hidden)
            }).collect();
            store.save_tracks(&tracks).await.unwrap();
            let by = Sorted { by: sort, reverse };
            let everything = Filter { unavailable: true, ..Filter::default() };
            let order = store.list_tracks(&everything, by, Part::first(100)).await.unwrap().items;
            let matches = |id: &TrackId| {
                let t = tracks.iter().find(|t| t.id == *id).unwrap();
                let text = format!("{} {} {}", t.title, t.artist, t.album).to_lowercase();
                (unavailable || t.available) && text.split(' ').any(|w| w.starts_with(word))
            };
            let expected: Vec<TrackId> = order.into_iter().filter(matches).collect();
            let filter = Filter { query: Query::parse(word), unavailable, within: None };
            assert_eq!(store.count_listed(&filter).await.unwrap(), expected.len() as u64);
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let part = Part { limit, after: after.take() };
                let (page, count) = store.list_and_count_tracks(&filter, by, part).await.unwrap();
                assert_eq!(count, expected.len() as u64);
                seen.extend(page.items);
                let Some(next) = page.next else { break };
                after = Some(next);
            }
            assert_eq!(seen, expected);
        });
    }

    /// An item that was there all the time is shown exactly once, though others come and go between two pages.
    #[test]
    fn pages_neither_repeat_nor_skip(
        limit in 1..5_usize,
        sort in prop::sample::select(vec![TrackSort::Title, TrackSort::Artist, TrackSort::Year, TrackSort::Path]),
        reverse: bool,
        search: bool,
        changes in prop::collection::vec(prop::collection::vec((0..12_usize, any::<bool>()), 0..4), 0..12),
    ) {
        runtime().block_on(async {
            let (_dir, store) = store().await;
            let titles =
                ["red", "Red", "blue 2", "blue 10", "Gold", "gold", "green", "red", "Blue", "a", "z", "the red"];
            let mut tracks: Vec<TrackRow> = titles
                .iter()
                .enumerate()
                .map(|(i, t)| track(&format!("/m/{i}.mp3"), t, ["A", "b", "C"][i % 3], "one"))
                .collect();
            store.save_tracks(&tracks).await.unwrap();
            let mut steady: BTreeSet<TrackId> = tracks.iter().map(|t| t.id).collect();
            let mut changes = changes.into_iter();
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let part = Part { limit, after: after.take() };
                let page = if search {
                    store.search_tracks(&Query::parse("one"), false, part).await.unwrap()
                } else {
                    store.list_tracks(&Filter::default(), Sorted { by: sort, reverse }, part).await.unwrap()
                };
                assert!(page.items.len() <= limit);
                seen.extend(page.items);
                let Some(next) = page.next else { break };
                after = Some(Cursor::parse(&next.to_string()).unwrap());
                for (i, new) in changes.next().unwrap_or_default() {
                    if new {
                        let another = track(&format!("/m/new {i} {}.mp3", tracks.len()), titles[i], "b", "one");
                        store.save_tracks(std::slice::from_ref(&another)).await.unwrap();
                        tracks.push(another);
                    } else {
                        tracks[i].available = !tracks[i].available;
                        steady.remove(&tracks[i].id);
                        store.save_tracks(&tracks[i..=i]).await.unwrap();
                    }
                }
            }
            let once: BTreeSet<TrackId> = seen.iter().copied().collect();
            assert!(steady.is_subset(&once), "skipped");
            let steadily: Vec<_> = seen.iter().filter(|id| steady.contains(id)).collect();
            assert_eq!(steadily.len(), steady.len(), "repeated");
        });
    }
}

#[test]
fn nothing_typed_is_an_error() {
    let runtime = runtime();
    let (_dir, store, _) = runtime.block_on(filled());
    let typed = "\\PC{0,30}|(love|quene|AND|OR|NOT|NEAR\\(|artist:|year:|\"|-|\\*|\\^|:|\\+| |é|東|\\{title\\}){0,10}";
    proptest!(ProptestConfig::with_cases(300), |(typed in typed)| {
        runtime.block_on(async {
            let query = store.understand(&typed).await.unwrap().query;
            let part = || Part::first(3);
            store.search_tracks(&query, false, part()).await.unwrap();
            store.search_albums(&query, true, part()).await.unwrap();
            store.search_artists(&query, false, part()).await.unwrap();
            let filter = Filter { query, ..Filter::default() };
            let listed = store.list_tracks(&filter, TrackSort::Title.into(), Part::first(100)).await.unwrap().items;
            assert_eq!(listed.len() as u64, store.count_listed(&filter).await.unwrap(), "{typed:?}");
        });
    });
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let (_dir, store, _) = filled().await;
    let filter = Filter::default();
    let page = store.list_tracks(&filter, TrackSort::Title.into(), Part::first(1)).await.unwrap();
    let part = Part { limit: 1, after: page.next };
    let other = store.list_tracks(&filter, TrackSort::Artist.into(), part.clone()).await;
    assert!(matches!(other, Err(ListError::Cursor(_))));
    assert!(matches!(
        store.list_albums(AlbumFilter::default(), AlbumSort::Title.into(), part).await,
        Err(ListError::Cursor(_))
    ));
}
