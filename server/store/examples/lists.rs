//! How long lists and searches take: fills a store with tracks that exist only there and asks for pages of them.
//!
//! `cargo run --release -p downbeat-store --example lists -- [TRACKS]` (100,000 if no number is given) prints a table
//! of the median, the 99th percentile and the longest, in milliseconds; and of the processor time of all threads, which
//! other programs do not change.

#![expect(clippy::print_stdout, reason = "a table is what it is for")]
#![expect(clippy::unwrap_used, reason = "what fails here is to be seen")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::time::{Duration, Instant};

use downbeat_protocol::{Frames, TrackId};
use downbeat_store::{
    Store, Text, TrackRow,
    index::{
        AlbumFilter, AlbumSort, Cursor, Filter, NameSort, Page, Part, Query, Selection, Sorted, TrackSort, Within,
        artist_id, folder_id, genre_id,
    },
};
use nix::time::{ClockId, clock_gettime};

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    /// Low numbers are common, high ones rare, as words are.
    fn skewed(&mut self, sides: usize) -> usize {
        let (a, b) = (self.roll(sides), self.roll(sides));
        a * b / sides
    }
}

const SYLLABLES: [&str; 24] = [
    "lo", "ve", "ra", "dio", "mi", "da", "ne", "quee", "tor", "san", "bel", "ka", "ri", "os", "hea", "ven", "blu",
    "go", "ld", "en", "sta", "ny", "ter", "é",
];

fn word(number: usize) -> String {
    let mut number = number + 24;
    let mut word = String::new();
    while number > 0 {
        word.push_str(SYLLABLES[number % 24]);
        number /= 24;
    }
    word
}

fn words(dice: &mut Dice, most: usize) -> String {
    let count = 1 + dice.roll(most);
    (0..count).map(|_| word(dice.skewed(30_000))).collect::<Vec<_>>().join(" ")
}

fn library(count: usize) -> Vec<TrackRow> {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let genres: Vec<Text> = (0..60).map(|i| word(i * 7).into()).collect();
    let mut tracks = Vec::with_capacity(count);
    let (mut artist, mut album, mut artist_no) = (Text::from(""), Text::from(""), 0);
    for i in 0..count {
        if i % 60 == 0 {
            artist_no += 1;
            artist = words(&mut dice, 2).into();
        }
        if i % 12 == 0 {
            album = words(&mut dice, 4).into();
        }
        let genre = genres[dice.skewed(60)].clone();
        let title = words(&mut dice, 5);
        let path = format!("/music/{artist_no} {artist}/{album}/{:02} {title}.flac", i % 12 + 1);
        tracks.push(TrackRow::unknown(TrackId::random(), path.into()).with(|t| {
            t.title = title.as_str().into();
            t.artist = artist.clone();
            t.artists = [artist.clone()].into();
            t.album = album.clone();
            t.album_artist = artist.clone();
            t.album_artists = [artist.clone()].into();
            t.genre = genre.clone();
            t.genres = [genre].into();
            t.year = Some(1960 + dice.roll(65) as u32);
            t.track_no = Some(i as u32 % 12 + 1);
            t.added = 1_700_000_000 + i as i64;
            t.format = ["flac", "mp3", "ogg", "m4a"][dice.skewed(4)].into();
            t.sample_rate = [44_100, 48_000][dice.roll(2)];
            t.frames = Frames(44_100 * (120 + dice.roll(240) as i64));
        }));
    }
    tracks
}

/// The processor time of all threads so far.
fn processor() -> Duration {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).unwrap().into()
}

/// Asks `runs` times and prints how long it took.
async fn measure<T>(name: &str, runs: usize, mut ask: impl AsyncFnMut(usize) -> T) {
    let (mut times, mut worked) = (Vec::with_capacity(runs), Vec::with_capacity(runs));
    for run in 0..runs {
        let (start, work) = (Instant::now(), processor());
        let _answer = ask(run).await;
        times.push(start.elapsed());
        worked.push(processor().saturating_sub(work));
    }
    let at = |times: &mut Vec<Duration>, part: f64| {
        times.sort();
        times[((times.len() - 1) as f64 * part).round() as usize].as_secs_f64() * 1e3
    };
    print!("{name:<58}");
    for part in [0.5, 0.99, 1.0] {
        print!(" {:>9.2}", at(&mut times, part));
    }
    println!(" {:>9.2} {:>9.2}", at(&mut worked, 0.5), at(&mut worked, 0.99));
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count = std::env::args().nth(1).map_or(Ok(100_000), |n| n.parse())?;
    let folder = tempfile::tempdir()?;
    let store = Store::open(folder.path()).await?;
    store.complete_index().await?;
    let tracks = library(count);
    let start = Instant::now();
    for batch in tracks.chunks(500) {
        store.save_tracks(batch).await?;
    }
    let filled = start.elapsed();
    let start = Instant::now();
    for batch in tracks.chunks(500) {
        store.save_tracks(batch).await?;
    }
    let size = std::fs::metadata(store.path())?.len();
    println!(
        "{count} tracks saved in {:.1} s, and again unchanged in {:.1} s; the database has {} MB\n",
        filled.as_secs_f64(),
        start.elapsed().as_secs_f64(),
        size / 1_000_000
    );
    println!("{:<58} {:>9} {:>9} {:>9} {:>9} {:>9}", "milliseconds", "median", "p99", "longest", "work", "p99");

    lists(&store, &tracks).await;
    searches(&store, &tracks).await;
    Ok(())
}

async fn lists(store: &Store, tracks: &[TrackRow]) {
    let mut dice = Dice(7);
    for (name, by) in [
        ("title", TrackSort::Title),
        ("artist", TrackSort::Artist),
        ("album", TrackSort::Album),
        ("year", TrackSort::Year),
        ("added", TrackSort::Added),
        ("duration", TrackSort::Duration),
        ("path", TrackSort::Path),
    ] {
        // Every page of the whole list.
        let mut after: Option<Cursor> = None;
        measure(&format!("tracks by {name}, 100 a page"), 1_000, async |_| {
            let part = Part { limit: 100, after: after.take() };
            let page: Page<TrackId> = store.list_tracks(&Filter::default(), by.into(), part).await.unwrap();
            after = page.next;
        })
        .await;
    }
    measure("first page of everything, 1000 tracks, and the total", 100, async |_| {
        let filter = Filter::default();
        store.list_and_count_tracks(&filter, TrackSort::Artist.into(), Part::first(1_000)).await
    })
    .await;
    let mut after = None;
    measure("albums by artist, 100 a page", 80, async |_| {
        let part = Part { limit: 100, after: after.take() };
        after = store.list_albums(AlbumFilter::default(), AlbumSort::Artist.into(), part).await.unwrap().next;
    })
    .await;
    let mut after = None;
    measure("artists by name, 100 a page", 16, async |_| {
        let part = Part { limit: 100, after: after.take() };
        after = store.list_artists(false, false, NameSort::Name.into(), part).await.unwrap().next;
    })
    .await;
    measure("genres", 100, async |_| store.list_genres(NameSort::Name.into(), Part::first(1_000)).await).await;
    measure("years", 100, async |_| store.list_years().await).await;
    let mut some = || tracks[dice.roll(tracks.len())].clone();
    measure("an album's tracks", 200, async |_| {
        let t = some();
        let id = downbeat_store::index::album_of(&t).unwrap_or_default();
        store.tracks_of(&Selection::Album(id), 1_000).await
    })
    .await;
    measure("an artist's albums", 200, async |_| {
        let filter = AlbumFilter { artist: Some(artist_id(&some().artist)), ..AlbumFilter::default() };
        store.list_albums(filter, AlbumSort::Year.into(), Part::first(100)).await
    })
    .await;
    let most = Sorted { by: NameSort::Tracks, reverse: true };
    let genres = store.list_genres(most, Part::first(60)).await.unwrap().items;
    measure("a genre's tracks by artist, 100 a page, and the total", 60, async |i| {
        let id = genre_id(&genres[i % genres.len()].name);
        let filter = Filter { within: Some(Within::Genre(id)), ..Filter::default() };
        store.list_and_count_tracks(&filter, TrackSort::Artist.into(), Part::first(100)).await
    })
    .await;
    let root = folder_id(std::path::Path::new("/music"));
    measure("a folder's folders, 100 a page", 100, async |_| store.list_folders(root, false, Part::first(100)).await)
        .await;
    measure("everything below a folder, 100 a page", 100, async |_| {
        let filter = Filter { within: Some(Within::Below(root)), ..Filter::default() };
        store.list_tracks(&filter, TrackSort::Path.into(), Part::first(100)).await
    })
    .await;
}

/// All that one search over REST does.
async fn everything(store: &Store, typed: &str) {
    let query = store.understand(typed).await.unwrap().query;
    store.search_tracks(&query, false, Part::first(20)).await.unwrap();
    store.search_albums(&query, false, Part::first(20)).await.unwrap();
    store.search_artists(&query, false, Part::first(20)).await.unwrap();
}

async fn searches(store: &Store, tracks: &[TrackRow]) {
    let mut dice = Dice(11);
    let mut some = || tracks[dice.roll(tracks.len())].title.to_string();
    measure("search, as typed: each keystroke of a title", 1_000, async |i| {
        let title = some();
        let length = 1 + i % 12;
        everything(store, &title.chars().take(length).collect::<String>()).await;
    })
    .await;
    measure("search, whole titles", 500, async |_| everything(store, &some()).await).await;
    measure("search, mistyped words", 300, async |i| {
        let mut word: Vec<char> = some().split(' ').next().unwrap_or_default().chars().collect();
        let at = i % word.len();
        word[at] = 'x';
        everything(store, &word.into_iter().collect::<String>()).await;
    })
    .await;
    measure("search, one letter", 100, async |i| everything(store, &SYLLABLES[i % 23][..1]).await).await;
    measure("search, words and figures", 200, async |i| {
        let typed = format!("{} year:{}.. format:flac -{}", &some()[..2], 1970 + i % 40, word(i));
        everything(store, &typed).await;
    })
    .await;
    measure("search, only figures", 100, async |i| {
        everything(store, &format!("year:{} format:ogg", 1960 + i % 60)).await;
    })
    .await;
    for (name, by) in [("title", TrackSort::Title), ("artist", TrackSort::Artist)] {
        measure(&format!("tracks that match, by {name}, 100 a page, and the total"), 300, async |i| {
            let title = some();
            let query = Query::parse(&title.chars().take(1 + i % 8).collect::<String>());
            let filter = Filter { query, ..Filter::default() };
            store.list_and_count_tracks(&filter, by.into(), Part::first(100)).await
        })
        .await;
    }
}
