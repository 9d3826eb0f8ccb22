//! Reports that are told again are not doubled; pages are stable; the oldest go.

use std::collections::HashSet;

use super::{index::Part, *};
use downbeat_protocol::{ClockId, EntryId, Frames, SpeakerId, TrackId, ZoneId};
use uuid::Uuid;

const SECOND: i64 = 1_000_000;
const RATE: u32 = 48_000;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// Ten seconds of entry and track `n` in zone 1, told by `speaker`, from this second on.
fn told(n: u128, speaker: u128, start: i64) -> PlayReport {
    PlayReport {
        zone: ZoneId(id(1)),
        zone_name: "bar".into(),
        entry: EntryId(id(n)),
        track: TrackFacts { id: id(n), hash: "ab".into(), title: format!("title {n}"), ..TrackFacts::default() },
        certain: true,
        stretch: StretchRow {
            number: 0,
            speaker: SpeakerId(id(speaker)),
            speaker_name: format!("speaker {speaker}"),
            start_us: start * SECOND,
            end_us: (start + 10) * SECOND,
            known_by: KnownBy::Coordinator,
            sample_rate: RATE,
            from: Frames(0),
            to: Frames(480_000),
            missing: Frames(0),
            audible: true,
            cut: false,
        },
        clock: ClockId(id(7)),
        at_us: start * SECOND + 5,
    }
}

async fn plays(store: &Store, filter: &HistoryFilter) -> Vec<PlayRow> {
    store.list_plays(filter, Part::first(1_000)).await.unwrap().items
}

async fn count(store: &Store) -> usize {
    store.list_stretches(&HistoryFilter::default(), Part::first(1_000)).await.unwrap().items.len()
}

#[tokio::test]
async fn what_is_told_again_is_not_doubled_and_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let mut all = vec![told(1, 1, 100), told(2, 1, 110), told(1, 2, 100)];
    all[1].stretch = StretchRow {
        cut: true,
        audible: false,
        missing: Frames(9),
        known_by: KnownBy::Speaker,
        ..all[1].stretch.clone()
    };
    assert_eq!(store.save_history(&all, &[]).await.unwrap(), 3);
    assert_eq!(store.save_history(&all, &[]).await.unwrap(), 0, "again");
    let more = [all[0].clone(), PlayReport { at_us: all[0].at_us + 1, ..told(3, 1, 300) }];
    assert_eq!(store.save_history(&more, &[]).await.unwrap(), 1, "in part again");
    // another run of the same file from the same frame, another clock, another part
    let mut other = [told(1, 1, 100), told(1, 1, 100), told(1, 1, 100)];
    other[0].at_us += 1;
    other[1].clock = ClockId(id(8));
    other[2].stretch.from = Frames(1);
    assert_eq!(store.save_history(&other, &[]).await.unwrap(), 3);

    let store = Store::open(folder.path()).await.unwrap();
    let page = store.list_stretches(&HistoryFilter::default(), Part::first(1_000)).await.unwrap();
    assert_eq!(page.items.len(), 7);
    let second = page.items.iter().find(|(_, play)| play.entry.0 == id(2)).unwrap();
    assert_eq!(StretchRow { number: 0, ..second.0.clone() }, all[1].stretch);
    assert_eq!((&second.1.track, second.1.zone_name.as_str(), second.1.audible), (&all[1].track, "bar", false));
}

#[tokio::test]
async fn a_play_is_an_entry_in_a_zone_whoever_sounds_it_and_over_short_breaks() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let mut all = vec![told(1, 1, 100), told(1, 1, 115), told(1, 1, 1_000), told(1, 3, 101), told(2, 1, 110)];
    all.push(PlayReport { zone: ZoneId(id(2)), zone_name: "hall".into(), ..told(1, 4, 100) });
    store.save_history(&all, &[]).await.unwrap();
    // from another outage, much later
    store.save_history(&[told(1, 2, 95)], &[]).await.unwrap();
    let spans: Vec<_> = plays(&store, &HistoryFilter::default())
        .await
        .into_iter()
        .map(|p| (p.entry.0.as_u128(), p.zone_name, p.began_us / SECOND, p.ended_us / SECOND, p.number))
        .collect();
    let said: Vec<_> = spans.iter().map(|s| (s.0, s.1.as_str(), s.2, s.3)).collect();
    assert_eq!(said, [(1, "bar", 1_000, 1_010), (2, "bar", 110, 120), (1, "hall", 100, 110), (1, "bar", 95, 125)]);
    let own = store.stretches_of(&[spans[3].4, spans[1].4]).await.unwrap();
    let of: Vec<_> = own.iter().filter(|s| s.0 == spans[3].4).map(|s| s.1.speaker.0.as_u128()).collect();
    assert_eq!(of, [2, 1, 3, 1], "by beginning");
    assert_eq!(own.len(), 5);
}

#[tokio::test]
async fn plays_that_a_stretch_lies_between_become_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let long = |n, speaker, from, to| {
        let mut told = told(n, speaker, from);
        told.stretch.end_us = to * SECOND;
        told
    };
    let mut quiet = long(1, 1, 0, 60);
    quiet.stretch.audible = false;
    // of the same entry much later, and of another meanwhile
    store.save_history(&[quiet, long(1, 1, 1_000, 1_010), long(2, 1, 0, 400)], &[]).await.unwrap();
    store.save_history(&[long(1, 1, 180, 300), long(1, 3, 400, 420)], &[]).await.unwrap();
    let before = plays(&store, &HistoryFilter::default()).await;
    assert_eq!(before.len(), 5);
    let first = before.iter().find(|p| (p.entry.0, p.began_us) == (id(1), 0)).unwrap().number;
    store.save_history(&[long(1, 2, 10, 350)], &[]).await.unwrap();
    let after = plays(&store, &HistoryFilter::default()).await;
    let spans: Vec<_> =
        after.iter().map(|p| (p.entry.0.as_u128(), p.began_us / SECOND, p.ended_us / SECOND, p.audible)).collect();
    assert_eq!(spans, [(1, 1_000, 1_010, true), (2, 0, 400, true), (1, 0, 420, true)]);
    assert_eq!(after[2].number, first, "the oldest stays");
    let own: Vec<_> = store.stretches_of(&[first]).await.unwrap().iter().map(|s| s.1.start_us / SECOND).collect();
    assert_eq!((own, count(&store).await), (vec![0, 10, 180, 400], 6));
}

#[tokio::test]
async fn a_page_ends_before_it_has_too_many_stretches() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    // 25 plays by four speakers each, and one by thirty
    let mut all: Vec<_> = (0..100).map(|n| told(n / 4, n % 4, 100 + (n / 8) as i64 * 100)).collect();
    all.extend((0..30).map(|n| told(90, n, 700)));
    store.save_history(&all, &[]).await.unwrap();
    let (mut seen, mut after, mut pages) = (HashSet::new(), None, 0);
    loop {
        let part = Part { limit: 7, after };
        let page = store.list_plays_whole(&HistoryFilter::default(), part, 10).await.unwrap();
        let sum: usize = page.items.iter().map(|(_, stretches)| stretches.len()).sum();
        assert!(sum <= 10 || (page.items.len(), sum) == (1, 30), "{sum} of {} plays", page.items.len());
        for (play, stretches) in page.items {
            assert!(seen.insert(play.entry), "once");
            assert_eq!(stretches.len(), if play.entry.0 == id(90) { 30 } else { 4 });
        }
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 26);
    assert!((14..=16).contains(&pages), "{pages} pages");
}

#[tokio::test]
async fn a_file_that_is_not_known_any_more_is_called_what_it_was_called_last() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let called = |title: &str, hash: &str, certain, start| {
        let mut told = told(1, 1, start);
        (told.track.title, told.track.hash, told.certain) = (title.into(), hash.into(), certain);
        told
    };
    let all = [
        called("first", "ab", true, 1_000),
        called("corrected", "ab", true, 2_000),
        called("of another file", "ab", false, 3_000),
        called("never heard of", "cd", false, 4_000),
        called("first", "ab", true, 5_000),
    ];
    store.save_history(&all, &[]).await.unwrap();
    let titles: Vec<_> = plays(&store, &HistoryFilter::default()).await.into_iter().map(|p| p.track.title).collect();
    assert_eq!(titles, ["first", "never heard of", "corrected", "corrected", "first"]);
}

#[tokio::test]
async fn pages_hold_everything_once_while_more_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    // many begin in the same instant
    let all: Vec<_> = (0..100).map(|n| told(n, 1, 1_000 + (n / 7) as i64 * 100)).collect();
    store.save_history(&all, &[]).await.unwrap();
    for by_play in [true, false] {
        let (mut seen, mut after, mut last) = (HashSet::new(), None, i64::MAX);
        let mut fresh = if by_play { 1_000u128 } else { 2_000 };
        loop {
            let (filter, part) = (HistoryFilter::default(), Part { limit: 9, after });
            let (rows, next) = if by_play {
                let page = store.list_plays(&filter, part).await.unwrap();
                (page.items, page.next)
            } else {
                let page = store.list_stretches(&filter, part).await.unwrap();
                (page.items.into_iter().map(|(_, play)| play).collect(), page.next)
            };
            for play in rows {
                assert!(play.began_us <= last, "newest first");
                last = play.began_us;
                let n = play.entry.0.as_u128();
                assert!(seen.insert(n) || n >= 1_000, "{n} twice");
            }
            let Some(next) = next else { break };
            after = Some(next);
            // newer than all, and one older
            store.save_history(&[told(fresh, 1, 90_000), told(fresh + 500, 1, 5)], &[]).await.unwrap();
            fresh += 1;
        }
        assert!((0..100).all(|n| seen.contains(&n)), "by play: {by_play}");
    }
}

#[tokio::test]
async fn filters_name_zone_speaker_track_and_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let hall = |told: PlayReport| PlayReport { zone: ZoneId(id(2)), zone_name: "hall".into(), ..told };
    let mut muted = told(5, 3, 500);
    muted.stretch.audible = false;
    let all = [told(1, 1, 100), told(2, 1, 200), told(2, 2, 200), hall(told(3, 3, 300)), told(1, 2, 400), muted];
    store.save_history(&all, &[]).await.unwrap();
    let none = HistoryFilter::default();
    let cases = [
        (none.clone(), vec![5, 1, 3, 2, 1]),
        (HistoryFilter { zone: Some(ZoneId(id(2))), ..none.clone() }, vec![3]),
        (HistoryFilter { speaker: Some(SpeakerId(id(2))), ..none.clone() }, vec![1, 2]),
        (HistoryFilter { track: Some(TrackId(id(1))), ..none.clone() }, vec![1, 1]),
        (HistoryFilter { from_us: Some(200 * SECOND), to_us: Some(400 * SECOND), ..none.clone() }, vec![3, 2]),
        (HistoryFilter { audible: true, from_us: Some(400 * SECOND), ..none.clone() }, vec![1]),
        (HistoryFilter { track: Some(TrackId(id(99))), ..none.clone() }, vec![]),
    ];
    for (filter, expected) in cases {
        let found: Vec<_> = plays(&store, &filter).await.iter().map(|p| p.entry.0.as_u128()).collect();
        assert_eq!(found, expected, "{filter:?}");
        let page = store.list_stretches(&filter, Part::first(1_000)).await.unwrap();
        let mut each: Vec<_> = page.items.iter().map(|(_, p)| (p.number, p.entry.0.as_u128())).collect();
        each.dedup();
        assert!(each.iter().map(|e| e.1).eq(expected), "by speaker: {filter:?}");
    }
    let cursor = store.list_plays(&none, Part::first(1)).await.unwrap().next;
    let wrong = store.list_stretches(&none, Part { limit: 1, after: cursor }).await;
    assert!(wrong.is_err(), "a place among plays is none among stretches");
}

#[tokio::test]
async fn what_a_clock_that_was_not_set_dated_is_dated_anew_and_not_trimmed_before() {
    const EARLIEST: i64 = 1_000_000 * SECOND;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    // two speakers of one play, an earlier boot's clock, and one that is dated rightly
    let mut all = vec![told(1, 1, 100), told(1, 2, 101), told(2, 1, 200), told(3, 1, 2_000_000)];
    all[2].clock = ClockId(id(8));
    store.save_history(&all, &[]).await.unwrap();
    assert_eq!(store.trim_history(EARLIEST..1_500_000 * SECOND, 100, 9).await.unwrap(), 0);

    store.date_history_anew(ClockId(id(7)), 5_000_000 * SECOND, EARLIEST).await.unwrap();
    let dated: Vec<_> = plays(&store, &HistoryFilter::default())
        .await
        .iter()
        .map(|p| (p.entry.0.as_u128(), p.began_us / SECOND, p.ended_us / SECOND))
        .collect();
    assert_eq!(dated, [(1, 5_000_100, 5_000_111), (3, 2_000_000, 2_000_010), (2, 200, 210)]);
    let again = store.date_history_anew(ClockId(id(7)), 9_000_000 * SECOND, EARLIEST).await;
    again.unwrap();
    assert_eq!(plays(&store, &HistoryFilter::default()).await[0].began_us / SECOND, 5_000_100, "once");
    // told again, it is the same
    assert_eq!(store.save_history(&all, &[]).await.unwrap(), 0);
}

#[tokio::test]
async fn the_oldest_go_by_age_and_by_number() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let all: Vec<_> = (1..=20).map(|n| told(n, 1, n as i64 * 1_000)).collect();
    store.save_history(&all, &[]).await.unwrap();
    assert_eq!(store.trim_history(i64::MIN..5_005 * SECOND, 100, 3).await.unwrap(), 3, "a few at once");
    assert_eq!(store.trim_history(i64::MIN..5_005 * SECOND, 100, 3).await.unwrap(), 1, "the fifth lasts longer");
    assert_eq!(store.trim_history(i64::MIN..5_005 * SECOND, 100, 3).await.unwrap(), 0);
    assert_eq!(count(&store).await, 16);
    assert_eq!(store.trim_history(i64::MIN..i64::MIN, 14, 1).await.unwrap(), 1);
    assert_eq!(store.trim_history(i64::MIN..i64::MIN, 14, 1).await.unwrap(), 1);
    assert_eq!(store.trim_history(i64::MIN..i64::MIN, 14, 1).await.unwrap(), 0, "not one more");
    let left: Vec<_> = plays(&store, &HistoryFilter::default()).await.iter().map(|p| p.entry.0.as_u128()).collect();
    assert_eq!(left, (7..=20).rev().collect::<Vec<_>>());
    store.tidy_history().await.unwrap();
    let tracks: i64 =
        sqlx::query_scalar("SELECT count(*) FROM history_tracks").fetch_one(store.readers()).await.unwrap();
    assert_eq!(tracks, 14, "and what only they named");
    let names = || sqlx::query_scalar::<_, i64>("SELECT count(*) FROM history_names").fetch_one(store.readers());
    assert_eq!(names().await.unwrap(), 2, "what is named stays");
    while store.trim_history(i64::MIN..i64::MAX, 100, 9).await.unwrap() > 0 {}
    store.tidy_history().await.unwrap();
    assert_eq!(names().await.unwrap(), 0);
}

#[tokio::test]
async fn clocks_and_losses_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    for n in 1..=70 {
        store.note_clock(ClockId(id(n)), n as i64, n as i64).await.unwrap();
    }
    store.note_clock(ClockId(id(70)), -9, 71).await.unwrap();
    let known = store.clock_offsets().await.unwrap();
    assert_eq!((known.len(), known.contains(&(ClockId(id(70)), -9, 71))), (64, true));
    store.note_clock(ClockId(id(80)), 0, 50).await.unwrap();
    let known = store.clock_offsets().await.unwrap();
    assert!(known.iter().all(|k| k.2 <= 50) && known.len() > 40, "what was noted by a clock that ran ahead goes");
    let of = |n: u128, dropped| [(SpeakerId(id(n)), dropped)];
    for dropped in [of(1, 5), of(1, 7), of(1, 6), of(2, 10)] {
        store.save_history(&[], &dropped).await.unwrap();
    }
    assert_eq!(store.history_dropped().await.unwrap(), 17);
}

/// Every list must come from an index in its order, or a million rows are read for one page. Only what is asked of one
/// track is sorted.
#[tokio::test]
async fn nothing_is_scanned_or_sorted() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let none = HistoryFilter::default();
    let (zone, speaker, track) = (Some(ZoneId(id(1))), Some(SpeakerId(id(1))), Some(TrackId(id(1))));
    let filters = [
        none.clone(),
        HistoryFilter { zone, ..none.clone() },
        HistoryFilter { speaker, from_us: Some(3), ..none.clone() },
        HistoryFilter { zone, speaker, audible: true, to_us: Some(3), ..none.clone() },
        HistoryFilter { track, ..none.clone() },
        HistoryFilter { zone, speaker, track, ..none },
    ];
    for (table, unused) in history::UNUSED {
        let mut query =
            sqlx::QueryBuilder::<sqlx::Sqlite>::new(format!("EXPLAIN QUERY PLAN DELETE FROM {table} WHERE {unused}"));
        let rows = query.build().fetch_all(store.readers()).await.unwrap();
        let steps: Vec<String> = rows.iter().map(|row| sqlx::Row::get(row, "detail")).collect();
        let scans: Vec<_> = steps.iter().filter(|step| step.starts_with("SCAN")).collect();
        assert_eq!(scans, [&format!("SCAN {table}")], "{steps:?}");
    }
    for filter in filters {
        for by_play in [true, false] {
            let (mut query, order) = if by_play {
                (history::plays_query("EXPLAIN QUERY PLAN SELECT ", &filter), "began_us DESC, play DESC")
            } else {
                (history::stretches_query("EXPLAIN QUERY PLAN SELECT ", &filter), "start_us DESC, stretch DESC")
            };
            query.push(" ORDER BY ").push(order).push(" LIMIT 9");
            let rows = query.build().fetch_all(store.readers()).await.unwrap();
            let plan: String = rows.iter().map(|row| sqlx::Row::get::<String, _>(row, "detail") + "; ").collect();
            let scans = plan.split("; ").filter(|step| step.starts_with("SCAN") && !step.contains("USING INDEX"));
            assert_eq!(scans.count(), 0, "{filter:?}: {plan}");
            assert!(!plan.contains("TEMP B-TREE") || filter.track.is_some(), "{filter:?} by play {by_play}: {plan}");
        }
    }
}
