//! How long it takes to count what a library holds, and to find tracks by paths of another system.
//!
//! `cargo run --release -p downbeat-library --example holdings -- [TRACKS]` (100,000 if no number is given) prints the
//! median and the longest of ten runs, in milliseconds.

#![expect(clippy::print_stdout, reason = "a table is what it is for")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use downbeat_library::{
    Catalog,
    playlist_file::{
        find::{Finder, Found, Roots},
        read,
    },
    stats::Stats,
};
use downbeat_protocol::{Frames, TrackId};
use downbeat_store::{SourceFile, TrackRow};

/// Tracks that are looked for.
const NAMED: usize = 10_000;

fn track(i: usize) -> TrackRow {
    let (artist, album) = (i / 60, i / 12);
    let path = format!("/music/Artist {artist}/Album {album}/{:02} Title {i}.flac", i % 12 + 1);
    TrackRow::unknown(TrackId::random(), path.into()).with(|t| {
        t.title = format!("Title {i}").as_str().into();
        t.artist = format!("Artist {artist}").as_str().into();
        t.album = format!("Album {album}").as_str().into();
        t.genre = ["Rock", "Jazz", "Hörbuch", ""][i % 4].into();
        t.year = (!i.is_multiple_of(3)).then_some(1999);
        t.hash = format!("{:064x}", i / 50 * 50 + i % 49);
        t.bytes = 30_000_000;
        t.format = ["flac", "mp3", "ogg"][i % 3].into();
        (t.sample_rate, t.channels) = ([44_100, 48_000][i % 2], 2);
        t.frames = Frames(44_100 * 200);
        if i.is_multiple_of(10) {
            t.source = Some(Box::new(SourceFile { bytes: 9_000_000, hash: format!("{i:064x}"), format: "wma".into() }));
        }
        if i.is_multiple_of(100) {
            t.fault = Some("the file is damaged".into());
        }
    })
}

fn measure<T>(name: &str, mut run: impl FnMut() -> T) {
    let mut times: Vec<Duration> = (0..10)
        .map(|_| {
            let start = Instant::now();
            black_box(run());
            start.elapsed()
        })
        .collect();
    times.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!("{name:<50} {:>9.1} {:>9.1}", ms(times[4]), ms(times[9]));
}

fn main() {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(100_000);
    let catalog = Catalog::new((0..count).map(track));
    println!("{:<50} {:>9} {:>9}", format!("{count} tracks, milliseconds"), "median", "longest");
    measure("what they hold and lack", || Stats::of(&catalog.all()));
    measure("a finder is made", || Finder::new(&catalog, Vec::new()));
    let step = (count / NAMED).max(1);
    let lines = (0..count)
        .step_by(step)
        .map(|i| format!("D:\\Musik\\Artist {}\\Album {}\\{:02} TITLE {i}.FLAC\n", i / 60, i / 12, i % 12 + 1));
    let named = read(lines.collect::<String>().as_bytes()).map(|list| list.named).unwrap_or_default();
    let finder = Finder::new(&catalog, vec!["/music".into()]);
    measure(&format!("{} paths of another system are found", named.len()), || {
        let mut roots = Roots::default();
        named.iter().filter(|named| matches!(finder.find(named, &mut roots), Found::One(_))).count()
    });
}
