//! The difference that an edit made to a queue, told shortly: for clients that hold a copy of it.
//!
//! It is found by comparing two snapshots, not noted while editing: pieces that were not touched are the very same
//! ones, so an edit of a hundred thousand entries is found among a few hundred, and many edits in a row are one
//! difference.

use std::sync::Arc;

use super::{Chunk, QueueEntry};

/// Takes some entries out at one place, and puts others there.
#[derive(Debug, Clone, PartialEq)]
pub struct Splice {
    /// The index of the first that is taken out, and of the first that is put in.
    pub at: usize,
    /// How many are taken out.
    pub removed: usize,
    /// The entries that are put in.
    pub entries: Vec<QueueEntry>,
}

/// A difference has at most so many places.
const MAX_SPLICES: usize = 32;

/// The splices that make the new queue of the old one, one after the other; `None` if more than `most` entries would
/// have to be told.
pub fn difference(old: &[Arc<Chunk>], new: &[Arc<Chunk>], most: usize) -> Option<Vec<Splice>> {
    let same = |(a, b): &(&Arc<Chunk>, &Arc<Chunk>)| Arc::ptr_eq(a, b);
    let head = old.iter().zip(new).take_while(same).count();
    let (old, new, before) = (&old[head..], &new[head..], &old[..head]);
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(same).count();
    let entries = |chunks: &'_ [Arc<Chunk>]| chunks.iter().map(|c| c.entries.len()).sum::<usize>();
    let (old, new) = (flat(&old[..old.len() - tail]), flat(&new[..new.len() - tail]));

    let head = old.iter().zip(&new).take_while(|(a, b)| a.looks_like(b)).count();
    let at = entries(before) + head;
    let (old, new) = (&old[head..], &new[head..]);
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a.looks_like(b)).count();
    let (old, new) = (&old[..old.len() - tail], &new[..new.len() - tail]);

    let splices = changed(old, new, at).or_else(|| thinned(old, new, at)).or_else(|| moved(old, new, at));
    let splices = splices.unwrap_or_else(|| vec![Part { at, removed: old.len(), put: new }]);
    let told: usize = splices.iter().map(|s| s.put.len()).sum();
    (told <= most && splices.len() <= MAX_SPLICES).then(|| splices.into_iter().map(Part::owned).collect())
}

/// A splice that borrows its entries: most are never told.
struct Part<'a> {
    at: usize,
    removed: usize,
    put: &'a [&'a QueueEntry],
}

impl Part<'_> {
    fn owned(self) -> Splice {
        Splice { at: self.at, removed: self.removed, entries: self.put.iter().copied().cloned().collect() }
    }
}

fn flat(chunks: &[Arc<Chunk>]) -> Vec<&QueueEntry> {
    chunks.iter().flat_map(|c| &c.entries).collect()
}

/// The same entries at the same places, some of which look otherwise.
fn changed<'a>(old: &[&QueueEntry], new: &'a [&'a QueueEntry], at: usize) -> Option<Vec<Part<'a>>> {
    if old.len() != new.len() || old.iter().zip(new).any(|(a, b)| a.id() != b.id()) {
        return None;
    }
    let others = (0..new.len()).filter(|i| !old[*i].looks_like(new[*i]));
    Some(others.map(|i| Part { at: at + i, removed: 1, put: &new[i..=i] }).collect())
}

/// Entries went, and none came.
fn thinned<'a>(old: &[&QueueEntry], new: &[&QueueEntry], at: usize) -> Option<Vec<Part<'a>>> {
    let mut left = new.iter().peekable();
    let mut parts: Vec<Part<'a>> = Vec::new();
    let mut index = at;
    for entry in old {
        if left.next_if(|n| n.looks_like(entry)).is_some() {
            index += 1;
        } else if let Some(last) = parts.last_mut().filter(|p| p.at == index) {
            last.removed += 1;
        } else {
            parts.push(Part { at: index, removed: 1, put: &[] });
        }
    }
    left.next().is_none().then_some(parts)
}

/// Entries that stand together moved together: the shorter of the two parts that changed places is told.
fn moved<'a>(old: &[&QueueEntry], new: &'a [&'a QueueEntry], at: usize) -> Option<Vec<Part<'a>>> {
    if old.len() != new.len() {
        return None;
    }
    let begin = new.first()?.id();
    let first = old.iter().position(|e| e.id() == begin)?;
    let turned = old[first..].iter().chain(&old[..first]);
    if turned.zip(new).any(|(a, b)| !a.looks_like(b)) {
        return None;
    }
    let behind = new.len() - first;
    Some(if first <= behind {
        vec![Part { at, removed: first, put: &[] }, Part { at: at + behind, removed: 0, put: &new[behind..] }]
    } else {
        vec![Part { at: at + first, removed: behind, put: &[] }, Part { at, removed: 0, put: &new[..behind] }]
    })
}

#[cfg(test)]
mod tests {
    use downbeat_protocol::{EntryId, Frames, PlanEntry};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{super::Queue, *};

    fn entry(n: u128) -> QueueEntry {
        let entry = EntryId(Uuid::from_u128(n));
        QueueEntry::new(PlanEntry { entry, sample_rate: 48_000, frames: Frames(48_000), ..PlanEntry::default() })
    }

    fn ids(entries: &[QueueEntry]) -> Vec<EntryId> {
        entries.iter().map(QueueEntry::id).collect()
    }

    fn apply(mut entries: Vec<QueueEntry>, splices: Vec<Splice>) -> Vec<QueueEntry> {
        for s in splices {
            entries.splice(s.at..s.at + s.removed, s.entries);
        }
        entries
    }

    fn all(queue: &Queue) -> Vec<QueueEntry> {
        queue.iter().cloned().collect()
    }

    type Edit = fn(&mut Queue);

    #[derive(Debug, Clone)]
    enum Step {
        Insert(usize, usize),
        Remove(Vec<usize>),
        Move(usize, usize, usize),
        Fault(usize),
        Keep(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        let at = 0..3_000_usize;
        prop_oneof![
            4 => (at.clone(), prop_oneof![3 => 1..5_usize, 1 => 1..900_usize]).prop_map(|(i, n)| Step::Insert(i, n)),
            3 => prop::collection::vec(at.clone(), 1..6).prop_map(Step::Remove),
            3 => (at.clone(), 1..9_usize, at.clone()).prop_map(|(from, n, to)| Step::Move(from, n, to)),
            2 => at.clone().prop_map(Step::Fault),
            1 => at.prop_map(Step::Keep),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

        /// The difference that is told makes the later look of the earlier one, and an edit counts.
        #[test]
        fn a_difference_makes_the_new_queue_of_the_old_one(
            looks in prop::collection::vec(prop::collection::vec(step(), 1..4), 1..12)
        ) {
            let mut queue = Queue::new((1..1_500).map(entry).collect());
            let mut fresh = 1_000_000_u128;
            for steps in looks {
                let (before, chunks, edits) = (all(&queue), queue.snapshot(), queue.edits());
                for step in steps {
                    let len = queue.len().max(1);
                    match step {
                        Step::Insert(at, count) => {
                            let new = (0..count as u128).map(|n| entry(fresh + n)).collect();
                            fresh += count as u128;
                            let _ = queue.insert(at % len, new);
                        }
                        Step::Remove(which) => {
                            let ids: Vec<_> = which.iter().filter_map(|i| Some(queue.nth(i % len)?.id())).collect();
                            queue.remove(&ids);
                        }
                        Step::Move(from, count, to) => {
                            let ids: Vec<_> = queue.iter_from(from % len).take(count).map(QueueEntry::id).collect();
                            let moved = queue.remove(&ids);
                            let _ = queue.insert(to % len, moved);
                        }
                        Step::Fault(i) => {
                            if let Some(id) = queue.nth(i % len).map(QueueEntry::id) {
                                let source = super::super::FaultSource::Speakers;
                                queue.mark(id, super::super::Fault { reason: "no".into(), source });
                            }
                        }
                        Step::Keep(i) => {
                            let keep = queue.nth(i % len).map(QueueEntry::id);
                            if i % 7 == 0 {
                                queue.retain_only(keep);
                            }
                        }
                    }
                }
                let after = all(&queue);
                let told = difference(&chunks, &queue.snapshot(), usize::MAX);
                if let Some(told) = told {
                    let made = apply(before.clone(), told);
                    prop_assert_eq!(made.len(), after.len());
                    prop_assert!(made.iter().zip(&after).all(|(a, b)| a.looks_like(b)));
                }
                let alike = before.len() == after.len() && before.iter().zip(&after).all(|(a, b)| a.looks_like(b));
                prop_assert!(alike || queue.edits().shown > edits.shown);
                prop_assert!(ids(&before) == ids(&after) || queue.edits().arranged > edits.arranged);
            }
        }
    }

    #[test]
    fn what_people_do_with_a_long_queue_is_told_shortly() {
        let start = || Queue::new((0..19_000).map(entry).collect());
        let id = |n: u128| EntryId(Uuid::from_u128(n));
        let edits: [(Edit, usize, usize); 6] = [
            (|q| q.insert(10_000, vec![entry(1 << 80)]).unwrap(), 1, 1),
            (|q| drop(q.remove(&[7, 8, 18_000].map(|n| EntryId(Uuid::from_u128(n))))), 2, 0),
            (
                |q| {
                    let moved = q.remove(&[10, 11].map(|n| EntryId(Uuid::from_u128(n))));
                    q.insert(16_000, moved).unwrap();
                },
                2,
                2,
            ),
            (
                |q| {
                    let moved = q.remove(&[EntryId(Uuid::from_u128(16_000))]);
                    q.insert(10, moved).unwrap();
                },
                2,
                1,
            ),
            (|q| q.retain_only(Some(EntryId(Uuid::from_u128(500)))), 2, 0),
            (|q| q.replace(Queue::new(vec![entry(1 << 80)])), 1, 1),
        ];
        for (i, (edit, splices, told)) in edits.into_iter().enumerate() {
            let mut queue = start();
            let (before, chunks) = (all(&queue), queue.snapshot());
            edit(&mut queue);
            let difference = difference(&chunks, &queue.snapshot(), 50).unwrap_or_else(|| panic!("edit {i}"));
            assert_eq!(difference.len(), splices, "edit {i}");
            assert_eq!(difference.iter().map(|s| s.entries.len()).sum::<usize>(), told, "edit {i}");
            assert_eq!(ids(&apply(before, difference)), ids(&all(&queue)), "edit {i}");
        }
        let (mut queue, chunks) = (start(), start().snapshot());
        queue.remove(&[id(1)]);
        queue.insert(9, (0..51).map(|n| entry((1 << 80) + n)).collect()).unwrap();
        assert_eq!(difference(&chunks, &queue.snapshot(), 50), None, "look again");
    }
}
