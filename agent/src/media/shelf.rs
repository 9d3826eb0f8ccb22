//! The files that the cache holds, and the choice of those that go when another needs the room. Pure: it names files
//! and never touches one.
//!
//! The first to go are files that the plan does not need, the longest unused first; then files of the plan that come
//! later than the one that needs the room, the last first. A file in use never goes.

use std::collections::HashMap;

/// How soon a file is needed: its place in the plan. The least is needed first.
pub(super) type Rank = usize;

/// A complete file.
#[derive(Debug, Clone, Copy)]
struct Held {
    /// Its length in bytes.
    bytes: u64,
    /// When it was last used: grows with each use.
    used: u64,
    /// True once this process has seen that its bytes are those of its name.
    checked: bool,
}

/// The complete files of the cache and the room that downloads will take.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    files: HashMap<String, Held>,
    reserved: HashMap<String, u64>,
    uses: u64,
}

impl Shelf {
    /// The complete file `hash` is there; it is the most recently used. `checked`: this process has verified it.
    pub(super) fn add(&mut self, hash: &str, bytes: u64, checked: bool) {
        self.uses += 1;
        self.reserved.remove(hash);
        self.files.insert(hash.into(), Held { bytes, used: self.uses, checked });
    }

    /// True if the complete file is here and this process has not verified it.
    pub(super) fn is_unchecked(&self, hash: &str) -> bool {
        self.files.get(hash).is_some_and(|held| !held.checked)
    }

    /// The complete file is what its name says.
    pub(super) fn set_checked(&mut self, hash: &str) {
        if let Some(held) = self.files.get_mut(hash) {
            held.checked = true;
        }
    }

    /// The file, complete or not, is gone.
    pub(super) fn remove(&mut self, hash: &str) {
        self.files.remove(hash);
        self.reserved.remove(hash);
    }

    /// The complete file is gone, or was not what it should be; room that was set aside stays so.
    pub(super) fn remove_complete(&mut self, hash: &str) {
        self.files.remove(hash);
    }

    /// The complete file's length in bytes; `None`: not here.
    pub(super) fn get(&self, hash: &str) -> Option<u64> {
        self.files.get(hash).map(|held| held.bytes)
    }

    /// The complete file is used now.
    pub(super) fn touch(&mut self, hash: &str) {
        self.uses += 1;
        if let Some(held) = self.files.get_mut(hash) {
            held.used = self.uses;
        }
    }

    /// Bytes of complete files.
    pub(super) fn held_bytes(&self) -> u64 {
        self.files.values().map(|held| held.bytes).sum()
    }

    /// How many files are complete.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// True if room was set aside for the download of `hash`.
    pub(super) fn is_reserved(&self, hash: &str) -> bool {
        self.reserved.contains_key(hash)
    }

    /// Bytes of complete files, and those set aside.
    pub(super) fn taken(&self) -> u64 {
        self.held_bytes().saturating_add(self.reserved.values().sum())
    }

    /// Bytes set aside for the download of `hash`.
    pub(super) fn reserved(&self, hash: &str) -> u64 {
        self.reserved.get(hash).copied().unwrap_or(0)
    }

    /// Another number of bytes is set aside for `hash` than before.
    pub(super) fn reserve_less(&mut self, hash: &str, bytes: u64) {
        self.reserved.insert(hash.into(), bytes);
    }

    /// Bytes of the files that may go for one of rank `own`.
    pub(super) fn evictable(
        &self,
        own: Option<Rank>,
        rank: impl Fn(&str) -> Option<Rank>,
        in_use: impl Fn(&str) -> bool,
    ) -> u64 {
        self.candidates(own, &rank, in_use).iter().map(|(_, bytes)| bytes).sum()
    }

    /// Sets `bytes` aside for `hash` if they fit under `limit`, and says which files have to go for that. `own`: how
    /// soon `hash` is needed; `rank`: how soon another is, if the plan needs it. `None`: they do not fit, and nothing
    /// has to go.
    #[must_use = "the named files must be deleted"]
    pub(super) fn reserve(
        &mut self,
        hash: &str,
        bytes: u64,
        limit: u64,
        own: Rank,
        rank: impl Fn(&str) -> Option<Rank>,
        in_use: impl Fn(&str) -> bool,
    ) -> Option<Vec<String>> {
        let mut excess = self.taken().saturating_add(bytes).saturating_sub(limit);
        let mut gone = Vec::new();
        let mut candidates = self.candidates(Some(own), &rank, in_use).into_iter();
        while excess > 0 {
            let (name, length) = candidates.next()?;
            excess = excess.saturating_sub(length);
            gone.push(name);
        }
        for name in &gone {
            self.files.remove(name);
        }
        self.reserved.insert(hash.into(), bytes);
        Some(gone)
    }

    /// Names the one file that goes next, because the disk is full; `own`: how soon the one that needs the room is
    /// needed; `None`: others need it, before all that is not in use. `None`: none may.
    #[must_use = "the named file must be deleted"]
    pub(super) fn evict_one(
        &mut self,
        own: Option<Rank>,
        rank: impl Fn(&str) -> Option<Rank>,
        in_use: impl Fn(&str) -> bool,
    ) -> Option<String> {
        let (name, _) = self.candidates(own, &rank, in_use).into_iter().next()?;
        self.files.remove(&name);
        Some(name)
    }

    /// The files that may go for one of rank `own`, in this order, with their bytes.
    fn candidates(
        &self,
        own: Option<Rank>,
        rank: &impl Fn(&str) -> Option<Rank>,
        in_use: impl Fn(&str) -> bool,
    ) -> Vec<(String, u64)> {
        let mut list: Vec<_> = self
            .files
            .iter()
            .filter(|(name, _)| !in_use(name))
            .map(|(name, held)| (rank(name), held, name))
            .filter(|(rank, ..)| rank.is_none_or(|r| own.is_none_or(|own| r > own)))
            .collect();
        list.sort_by_key(|(rank, held, _)| (rank.is_some(), std::cmp::Reverse(*rank), held.used));
        list.into_iter().map(|(_, held, name)| (name.clone(), held.bytes)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf(files: &[(&str, u64)]) -> Shelf {
        let mut shelf = Shelf::default();
        for (name, bytes) in files {
            shelf.add(name, *bytes, true);
        }
        shelf
    }

    /// The plan is the letters p, q, r in this order.
    fn plan(name: &str) -> Option<Rank> {
        ["p", "q", "r"].iter().position(|n| *n == name)
    }

    #[test]
    fn the_longest_unused_goes_first_and_only_as_many_as_needed() {
        let mut s = shelf(&[("a", 10), ("b", 10), ("c", 10)]);
        s.touch("a");
        assert_eq!(s.reserve("new", 5, 30, 0, |_| None, |_| false), Some(vec!["b".into()]));
        assert_eq!(s.held_bytes(), 20);
        assert_eq!(s.reserve("tiny", 5, 30, 0, |_| None, |_| false), Some(vec![]), "the rest of b's room");
        assert_eq!(s.reserve("more", 1, 30, 0, |_| None, |_| false), Some(vec!["c".into()]), "reservations count");
    }

    #[test]
    fn the_plan_stays_unless_something_sooner_needs_the_room() {
        let mut s = shelf(&[("q", 10), ("r", 10), ("old", 10)]);
        assert_eq!(s.reserve("other", 10, 30, 9, plan, |_| false), Some(vec!["old".into()]));
        let mut s = shelf(&[("p", 10), ("q", 10)]);
        assert_eq!(s.reserve("r", 10, 20, 2, plan, |_| false), None, "a later one waits");
        assert_eq!(s.len(), 2, "and nothing went for it");
        let mut s = shelf(&[("q", 10), ("r", 10)]);
        assert_eq!(s.reserve("p", 5, 20, 0, plan, |_| false), Some(vec!["r".into()]), "a sooner one takes the last's");
    }

    #[test]
    fn what_is_in_use_never_goes() {
        let mut s = shelf(&[("a", 10), ("b", 10)]);
        assert_eq!(s.reserve("new", 15, 20, 0, |_| None, |n| n == "a"), None);
        assert_eq!(s.reserve("new", 10, 20, 0, |_| None, |n| n == "a"), Some(vec!["b".into()]));
        assert_eq!(s.evict_one(Some(0), |_| None, |n| n == "a"), None);
        assert_eq!(s.evict_one(Some(0), |_| None, |_| false), Some("a".into()));
    }
}
