//! Which track is which after files were moved, renamed, retagged or replaced.
//!
//! A track keeps its id as long as either its bytes or its path can be found again. Bytes are the stronger sign: a
//! file that turns up elsewhere with the bytes of a track whose own path lost them *is* that track. Only then does a
//! changed file keep the id of its path (that is a retagged file), and the rest is new.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
};

use downbeat_protocol::TrackId;

use super::{Track, inspect::Inspected, walk::Found};

/// A file with what was read from it.
pub(super) type Reading = (Found, Inspected);

/// Decides ids during one scan.
#[derive(Debug)]
pub(super) struct Identities {
    by_path: HashMap<std::path::PathBuf, Arc<Track>>,
    /// Tracks whose bytes may turn up elsewhere: their path is gone, or is about to be read.
    claimable: HashMap<String, Vec<Arc<Track>>>,
    /// Files that cannot be judged before all are read.
    undecided: Vec<Reading>,
    /// Tracks that a file was found for.
    taken: HashSet<TrackId>,
}

impl Identities {
    /// `known` tracks, of which `unchanged` are at their place.
    pub(super) fn new(known: &[Arc<Track>], unchanged: &HashSet<TrackId>) -> Self {
        let by_path =
            known.iter().filter(|t| !t.path.as_os_str().is_empty()).map(|t| (t.path.clone(), Arc::clone(t))).collect();
        let mut claimable: HashMap<String, Vec<Arc<Track>>> = HashMap::new();
        // All empty files have the same bytes, which says nothing.
        for track in known.iter().filter(|t| !unchanged.contains(&t.id) && !t.hash.is_empty() && t.bytes > 0) {
            claimable.entry(track.hash.clone()).or_default().push(Arc::clone(track));
        }
        Self { by_path, claimable, undecided: Vec::new(), taken: unchanged.clone() }
    }

    /// The track of a file just read, if that can be said at once; else it is kept until [`finish`](Self::finish).
    pub(super) fn decide(&mut self, (found, inspected): Reading) -> Option<(TrackId, Reading)> {
        let id = match self.by_path.get(&found.path) {
            Some(track) if track.hash == inspected.hash || inspected.hash.is_empty() => track.id,
            None if !self.claimable.contains_key(&inspected.hash) => TrackId::random(),
            _ => {
                self.undecided.push((found, inspected));
                return None;
            }
        };
        self.taken.insert(id);
        Some((id, (found, inspected)))
    }

    /// The tracks of the undecided files, now that all files were read.
    pub(super) fn finish(&mut self) -> Vec<(TrackId, Reading)> {
        let mut decided = Vec::new();
        let mut left = Vec::new();
        for (found, inspected) in std::mem::take(&mut self.undecided) {
            match self.claim(&found, &inspected.hash) {
                Some(id) => decided.push((id, (found, inspected))),
                None => left.push((found, inspected)),
            }
        }
        for (found, inspected) in left {
            let own = self.by_path.get(&found.path).map(|t| t.id);
            let id = own.filter(|id| !self.taken.contains(id)).unwrap_or_else(TrackId::random);
            self.taken.insert(id);
            decided.push((id, (found, inspected)));
        }
        decided
    }

    /// Takes a track with these bytes whose file is no longer at its place: the one with the same inode, or else with
    /// the same name, or else any.
    fn claim(&mut self, found: &Found, hash: &str) -> Option<TrackId> {
        let free = self.claimable.get(hash)?.iter().filter(|t| !self.taken.contains(&t.id));
        let name = |path: &Path| path.file_name().map(std::ffi::OsStr::to_owned);
        let best = free.max_by_key(|t| {
            (t.inode == found.stat.inode, name(&t.path) == name(&found.path), std::cmp::Reverse(t.path.clone()))
        })?;
        self.taken.insert(best.id);
        Some(best.id)
    }

    /// Whether a file was found for this track.
    pub(super) fn is_taken(&self, id: TrackId) -> bool {
        self.taken.contains(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{tags::Tags, tests::a_track, walk::Stat};

    /// A known track: path, content, inode.
    fn known(path: &str, content: &str, inode: u64) -> Arc<Track> {
        Arc::new(Track { hash: content.into(), inode, ..a_track(path) })
    }

    /// What a scan finds: path, content, inode.
    fn reading(path: &str, content: &str, inode: u64) -> Reading {
        let stat = Stat { bytes: 1, mtime_ns: 9, inode };
        let inspected = Inspected { stat, hash: content.into(), facts: Err(String::new()), tags: Tags::default() };
        (Found { path: path.into(), stat }, inspected)
    }

    /// The ids given to `files`, in their order, when none of `known` is unchanged but `unchanged`.
    fn identify(known: &[Arc<Track>], unchanged: &[usize], files: &[Reading]) -> Vec<TrackId> {
        let mut identities = Identities::new(known, &unchanged.iter().map(|&i| known[i].id).collect());
        let mut decided: Vec<_> = files.iter().filter_map(|f| identities.decide(f.clone())).collect();
        decided.extend(identities.finish());
        assert!(decided.iter().all(|(id, _)| identities.is_taken(*id)));
        let id_of = |file: &Reading| decided.iter().find(|(_, r)| r.0.path == file.0.path).unwrap().0;
        let ids: Vec<_> = files.iter().map(id_of).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "no two files are one track");
        ids
    }

    #[test]
    fn a_moved_file_keeps_its_id() {
        let k = [known("/a", "A", 1)];
        assert_eq!(identify(&k, &[], &[reading("/b", "A", 1)]), [k[0].id]);
        assert_eq!(identify(&k, &[], &[reading("/b", "A", 5)]), [k[0].id], "also to another disk");
    }

    #[test]
    fn a_retagged_file_keeps_its_id() {
        let k = [known("/a", "A", 1)];
        assert_eq!(identify(&k, &[], &[reading("/a", "A2", 1)]), [k[0].id]);
        assert_eq!(identify(&k, &[], &[reading("/a", "A", 1)]), [k[0].id], "touched only");
        assert_eq!(identify(&k, &[], &[reading("/a", "", 1)]), [k[0].id], "unreadable now");
    }

    #[test]
    fn a_copy_is_another_track() {
        let k = [known("/a", "A", 1)];
        assert_ne!(identify(&k, &[0], &[reading("/b", "A", 2)]), [k[0].id]);
        let ids = identify(&k, &[], &[reading("/b", "A", 2), reading("/a", "A", 1)]);
        assert_eq!(ids[1], k[0].id, "the touched original keeps its id although its copy was read first");
    }

    #[test]
    fn files_that_swapped_names_swap_their_ids() {
        let k = [known("/a", "A", 1), known("/b", "B", 2)];
        assert_eq!(identify(&k, &[], &[reading("/a", "B", 2), reading("/b", "A", 1)]), [k[1].id, k[0].id]);
        let k = [known("/1", "A", 1), known("/2", "B", 2)];
        let ids = identify(&k, &[], &[reading("/2", "A", 1), reading("/3", "B", 2)]);
        assert_eq!(ids, [k[0].id, k[1].id], "renumbered");
    }

    #[test]
    fn a_file_moved_over_another_is_itself_and_not_the_other() {
        let k = [known("/a", "A", 1), known("/b", "B", 2)];
        assert_eq!(identify(&k, &[], &[reading("/a", "B", 2)]), [k[1].id]);
    }

    #[test]
    fn of_equal_bytes_the_inode_then_the_name_decides() {
        let k = [known("/x/one", "A", 1), known("/x/two", "A", 2)];
        assert_eq!(identify(&k, &[], &[reading("/y/one", "A", 2), reading("/y/two", "A", 1)]), [k[1].id, k[0].id]);
        assert_eq!(identify(&k, &[], &[reading("/y/two", "A", 8), reading("/y/one", "A", 9)]), [k[1].id, k[0].id]);
    }

    #[test]
    fn new_files_are_new_also_when_they_are_equal_or_unreadable() {
        let k = [known("/a", "A", 1), known("/gone", "", 2)];
        let ids = identify(&k, &[0], &[reading("/n", "N", 3), reading("/m", "N", 4), reading("/u", "", 5)]);
        assert!(ids.iter().all(|id| k.iter().all(|t| t.id != *id)));
    }
}
