//! How long it takes to keep a play history and to read it: fills a database with stretches and asks for pages.
//!
//! `cargo run --release -p downbeat-store --example history -- [STRETCHES] [FOLDER]`

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a tool that prints what it measured")]

use std::{path::PathBuf, time::Instant};

use downbeat_protocol::{ClockId, EntryId, Frames, SpeakerId, TrackId, ZoneId};
use downbeat_store::{
    HistoryFilter, KnownBy, PlayReport, Store, StretchRow, TrackFacts,
    index::{Cursor, Part},
};
use uuid::Uuid;

/// A venue of four zones with five speakers each, that plays tracks of three minutes one after the other.
const ZONES: u128 = 4;
const SPEAKERS: u128 = 5;
const TRACKS: u128 = 3_000;
const TRACK_US: i64 = 180_000_000;
/// The number of reports that a few speakers tell at once.
const TOGETHER: usize = 512;
const PAGES: usize = 50;

fn told(n: u128) -> PlayReport {
    let (speaker, play) = (n % SPEAKERS, n / SPEAKERS);
    let (zone, turn) = (play % ZONES, play / ZONES);
    let (track, start_us) = ((turn * 7 + zone) % TRACKS, 1_700_000_000_000_000 + turn as i64 * TRACK_US);
    PlayReport {
        zone: ZoneId(Uuid::from_u128(zone + 1)),
        zone_name: format!("zone {zone}"),
        entry: EntryId(Uuid::from_u128(play.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))),
        track: TrackFacts {
            id: Uuid::from_u128(track),
            hash: format!("{track:064x}"),
            title: format!("A title of usual length {track}"),
            artist: format!("An artist {}", track / 12),
            album: format!("An album {}", track / 12),
            composer: String::new(),
        },
        certain: true,
        stretch: StretchRow {
            number: 0,
            speaker: SpeakerId(Uuid::from_u128(zone * SPEAKERS + speaker + 1)),
            speaker_name: format!("speaker {zone}.{speaker}"),
            start_us,
            end_us: start_us + TRACK_US,
            known_by: KnownBy::Coordinator,
            sample_rate: 44_100,
            from: Frames(0),
            to: Frames(TRACK_US / 1_000_000 * 44_100),
            missing: Frames(0),
            audible: true,
            cut: false,
        },
        clock: ClockId(Uuid::from_u128(9)),
        at_us: start_us - 1_600_000_000_000_000,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let count: u128 = arguments.next().map_or(Ok(1_000_000), |n| n.parse())?;
    let folder = arguments.next().map_or_else(|| std::env::temp_dir().join("downbeat-history"), PathBuf::from);
    let store = Store::open(&folder).await?;
    let began = Instant::now();
    let mut next = 0;
    while next < count {
        let some: Vec<PlayReport> = (next..count.min(next + TOGETHER as u128)).map(told).collect();
        next += some.len() as u128;
        store.save_history(&some, &[]).await?;
    }
    let seconds = began.elapsed().as_secs_f64();
    let bytes = std::fs::metadata(store.path())?.len();
    println!("{count} stretches in {seconds:.1} s, {:.0} a second", count as f64 / seconds);
    println!("{:.0} bytes a stretch", bytes as f64 / count as f64);
    let none = HistoryFilter::default();
    let cases = [
        ("everything", none.clone()),
        ("a zone", HistoryFilter { zone: Some(ZoneId(Uuid::from_u128(2))), ..none.clone() }),
        ("a speaker", HistoryFilter { speaker: Some(SpeakerId(Uuid::from_u128(3))), ..none.clone() }),
        ("a track", HistoryFilter { track: Some(TrackId(Uuid::from_u128(70))), ..none.clone() }),
        ("before a day", HistoryFilter { to_us: Some(1_700_100_000_000_000), ..none.clone() }),
    ];
    for (what, filter) in cases {
        let (mut times, mut rows, mut after): (Vec<f64>, usize, [Option<Cursor>; 2]) = (Vec::new(), 0, [None, None]);
        let mut each = Vec::new();
        for _ in 0..PAGES {
            let began = Instant::now();
            let page = store.list_plays(&filter, Part { limit: 100, after: after[0].take() }).await?;
            let numbers: Vec<i64> = page.items.iter().map(|p| p.number).collect();
            rows += store.stretches_of(&numbers).await?.len();
            times.push(began.elapsed().as_secs_f64() * 1e3);
            let began = Instant::now();
            let stretches = store.list_stretches(&filter, Part { limit: 100, after: after[1].take() }).await?;
            each.push(began.elapsed().as_secs_f64() * 1e3);
            after = [page.next, stretches.next];
            if after[0].is_none() {
                break;
            }
        }
        let most = |times: &[f64]| times.iter().copied().fold(0.0, f64::max);
        println!(
            "{what}: pages of 100, by play at most {:.1} ms, by speaker {:.1} ms ({rows} rows)",
            most(&times),
            most(&each)
        );
    }
    let began = Instant::now();
    let gone = store.trim_history(i64::MIN..i64::MAX, u64::MAX, 500).await?;
    println!("{gone} plays trimmed in {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
    Ok(())
}
