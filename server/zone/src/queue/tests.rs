//! The queue against a plain list, and what is kept of it.

use downbeat_protocol::{Frames, PlanEntry};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn entry(n: u128) -> QueueEntry {
    QueueEntry::new(PlanEntry {
        entry: EntryId(Uuid::from_u128(n)),
        track: TrackId(Uuid::from_u128(n % 7 + 1)),
        hash: format!("{:064x}", n % 7),
        sample_rate: 48_000,
        frames: Frames(if n % 7 == 3 { 0 } else { 480_000 }),
        title: format!("track {}", n % 7),
        ..PlanEntry::default()
    })
}

fn ids(queue: &Queue) -> Vec<u128> {
    queue.iter().map(|e| e.id().0.as_u128()).collect()
}

/// Checks the rules that the indexes must keep.
fn check(queue: &Queue) {
    assert_eq!(queue.len(), queue.iter().count());
    for (index, e) in queue.iter().enumerate().step_by(17) {
        assert_eq!((queue.index_of(e.id()), queue.get(e.id()), queue.nth(index)), (Some(index), Some(e), Some(e)));
    }
    assert_eq!(queue.any_playable(), queue.iter().any(QueueEntry::playable));
    assert!(queue.iter().all(|e| queue.has_track(e.track_id())));
    assert!(queue.tracks().all(|t| queue.iter().any(|e| e.track_id() == t)));
    let snapshot = queue.snapshot();
    assert!(snapshot.windows(2).all(|w| w[0].position < w[1].position));
    assert!(snapshot.iter().all(|c| (1..=512).contains(&c.entries.len())));
    let track = |id| queue.iter().find(|e| e.track_id() == id).map(|e| e.track().clone());
    let kept = snapshot.iter().map(|c| decode(c.position, &encode(c), track).unwrap()).collect();
    let mut kept = Queue::from_chunks(kept);
    kept.set_current(queue.current().map(QueueEntry::id));
    assert_eq!(&kept, queue, "what is kept is what was there");
}

#[derive(Debug, Clone)]
enum Edit {
    Insert(usize, usize),
    Remove(usize, usize, usize),
    Current(usize),
    Mark(usize),
    Forgive,
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = || 0usize..3_000;
    prop_oneof![
        4 => (at(), prop_oneof![1usize..4, 200usize..1_200]).prop_map(|(i, n)| Edit::Insert(i, n)),
        3 => (at(), 1usize..400, 1usize..4).prop_map(|(i, n, step)| Edit::Remove(i, n, step)),
        1 => at().prop_map(Edit::Current),
        1 => at().prop_map(Edit::Mark),
        1 => Just(Edit::Forgive),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn it_is_a_list(edits in prop::collection::vec(edit(), 1..30)) {
        let mut queue = Queue::default();
        let mut list: Vec<u128> = Vec::new();
        let mut next = 0u128;
        for edit in edits {
            match edit {
                Edit::Insert(at, count) => {
                    let new: Vec<u128> = (next..next + count as u128).collect();
                    next += count as u128;
                    queue.insert(at, new.iter().map(|n| entry(*n)).collect()).unwrap();
                    let at = at.min(list.len());
                    list.splice(at..at, new);
                }
                Edit::Remove(from, count, step) => {
                    let which: Vec<u128> = list.iter().copied().skip(from).step_by(step).take(count).collect();
                    let gone = queue.remove(&which.iter().map(|n| EntryId(Uuid::from_u128(*n))).collect::<Vec<_>>());
                    prop_assert_eq!(gone.iter().map(|e| e.id().0.as_u128()).collect::<Vec<_>>(), which.clone());
                    list.retain(|n| !which.contains(n));
                }
                Edit::Current(at) => queue.set_current(list.get(at).map(|n| EntryId(Uuid::from_u128(*n)))),
                Edit::Mark(at) => {
                    let fault = Fault { reason: "broken".into(), source: FaultSource::Speakers };
                    if let Some(n) = list.get(at) {
                        queue.mark(EntryId(Uuid::from_u128(*n)), fault);
                    }
                }
                Edit::Forgive => {
                    queue.forgive(None);
                }
            }
            prop_assert_eq!(ids(&queue), &list[..]);
            for at in [0, list.len() / 2, list.len()] {
                prop_assert!(queue.iter_from(at).map(|e| e.id().0.as_u128()).eq(list[at..].iter().copied()));
                prop_assert!(queue.iter_before(at).map(|e| e.id().0.as_u128()).eq(list[..at].iter().rev().copied()));
            }
        }
        check(&queue);
    }

    #[test]
    fn foreign_bytes_are_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(0, &bytes, |_| None);
        let mut ours = encode(&Chunk { position: 0, entries: vec![entry(1), entry(2)] });
        let cut = bytes.len().min(ours.len() - 1);
        ours.truncate(ours.len() - cut);
        let _ = decode(0, &ours, |_| None);
    }
}

#[test]
fn an_edit_touches_a_chunk_or_two() {
    let mut queue = Queue::new((0..99_000).map(entry).collect());
    let before = queue.snapshot();
    assert!((200..800).contains(&before.len()));
    let differing = |queue: &Queue, before: &Snapshot| {
        let now = queue.snapshot();
        now.iter().filter(|c| !before.iter().any(|b| Arc::ptr_eq(b, c))).count()
    };
    queue.insert(50_000, vec![entry(100_001)]).unwrap();
    assert!(differing(&queue, &before) <= 2);
    queue.remove(&[EntryId(Uuid::from_u128(7))]);
    assert!(differing(&queue, &before) <= 3);
    check(&queue);
}

#[test]
fn at_one_place_there_is_always_room() {
    let mut queue = Queue::new((0..1_000).map(entry).collect());
    for n in 1_000..41_000 {
        queue.insert(500, vec![entry(n)]).unwrap();
    }
    check(&queue);
    assert_eq!(ids(&queue)[500], 40_999);
}

#[test]
fn what_the_library_forgot_is_remembered() {
    let mut queue = Queue::new((1..=3).map(entry).collect());
    let gone = entry(2).track_id();
    assert!(queue.refresh(&HashMap::from([(gone, None)]), None));
    let chunk = queue.snapshot()[0].clone();
    let kept =
        decode(0, &encode(&chunk), |id| (id != gone).then(|| entry(id.0.as_u128() - 1).track().clone())).unwrap();
    let e = &kept.entries[1];
    assert_eq!((e.track().title.as_ref(), e.fault().map(|f| f.source)), ("track 2", Some(FaultSource::Forgotten)));
    assert!(kept.entries[0].playable());
    // and it is played again when the library finds it
    let mut queue = Queue::from_chunks(vec![kept]);
    assert!(queue.refresh(&HashMap::from([(gone, Some(entry(2).track().clone()))]), None));
    assert!(queue.nth(1).unwrap().playable());
    assert!(!queue.refresh(&HashMap::from([(TrackId(Uuid::from_u128(999)), None)]), None), "not queued: no news");
}
