//! When repeat plays an entry again, speakers must be able to tell the two apart: each time is an occurrence with an id
//! of its own. It is worked out from the entry's id and the number of the lap, so a coordinator that returns finds by
//! arithmetic which entry its speakers play.

use downbeat_protocol::EntryId;
use uuid::Uuid;

/// An entry, the how-manieth time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Occurrence {
    /// Of the queue.
    pub entry: EntryId,
    /// How often repeat has begun anew.
    pub lap: u32,
    /// The number of the pass of an A-B loop; 0: none.
    pub pass: u32,
}

/// So far from the present lap and pass an id is looked for: no plan reaches further.
pub(super) const REACH: u32 = 2 * super::window::PLAN_ENTRIES as u32;

impl Occurrence {
    /// An entry that is played for the first time.
    pub fn first(entry: EntryId) -> Self {
        Self { entry, lap: 0, pass: 0 }
    }

    /// How it is called in plans: at first like the entry itself.
    pub fn id(self) -> EntryId {
        EntryId(Uuid::from_u128(self.entry.0.as_u128() ^ mark(self.lap, self.pass)))
    }

    /// The occurrence of this id of an entry that `exists`, near this lap and these passes.
    pub fn find(lap: u32, passes: [u32; 2], id: EntryId, exists: impl Fn(EntryId) -> bool) -> Option<Self> {
        let laps = near(lap).map(|lap| (lap, 0));
        let passes = passes.into_iter().flat_map(near).filter(|p| *p != 0).map(|pass| (lap, pass));
        let mut all = std::iter::once((0, 0)).chain(laps).chain(passes);
        all.find_map(|(lap, pass)| {
            let entry = EntryId(Uuid::from_u128(id.0.as_u128() ^ mark(lap, pass)));
            exists(entry).then_some(Self { entry, lap, pass })
        })
    }
}

/// A number and those around it, the nearest first.
fn near(number: u32) -> impl Iterator<Item = u32> {
    let around = move |d| [number.checked_add(d), number.checked_sub(d)].into_iter().flatten();
    std::iter::once(number).chain((1..=REACH).flat_map(around))
}

/// Nothing for the first time, and for every other a number that no two share.
fn mark(lap: u32, pass: u32) -> u128 {
    if (lap, pass) == (0, 0) {
        return 0;
    }
    let number = u64::from(lap) << 32 | u64::from(pass);
    u128::from(mix(number)) << 64 | u128::from(mix(number ^ 0x5bd1_e995_9e37_79b9))
}

/// Spreads the bits of a number over all 64; no two numbers give the same (the finalizer of SplitMix64).
pub(super) fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_occurrence_has_its_own_id_and_leads_back_to_its_entry() {
        let entry = EntryId(Uuid::from_u128(0x1234_5678_9abc_def0));
        assert_eq!(Occurrence::first(entry).id(), entry);
        let mut seen = HashSet::new();
        for lap in 0..300 {
            for pass in 0..40 {
                let occurrence = Occurrence { entry, lap, pass };
                assert!(seen.insert(occurrence.id()));
                if pass == 0 {
                    assert_eq!(
                        Occurrence::find(lap.saturating_sub(64), [0; 2], occurrence.id(), |e| e == entry),
                        Some(occurrence)
                    );
                }
            }
        }
        let looped = Occurrence { entry, lap: 7, pass: 900 };
        assert_eq!(Occurrence::find(7, [0, 850], looped.id(), |e| e == entry), Some(looped));
        assert_eq!(Occurrence::find(7, [8, 9], EntryId(Uuid::from_u128(5)), |e| e == entry), None);
    }
}
