//! The identity of tracks after files were moved, renamed, retagged or replaced.
//!
//! A track keeps its id as long as either its bytes or its path can be found again. Bytes are the stronger sign: a
//! file that turns up elsewhere with the bytes of a track whose own path lost them *is* that track. Only then does a
//! changed file keep the id of its path (that is a retagged file), and the rest is new.
//!
//! Bytes are compared by their hash, which costs reading the whole file. So it is asked for only where it decides: when
//! a track of the same size is looked for. Most files of a scan are decided as soon as they are read.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use downbeat_protocol::TrackId;

use super::{TrackRow, found::Found, inspect::Inspected};

/// A file with what was read from it.
pub(super) type Reading = (Found, Inspected);

/// The id of a new track. These are in the order in which they were given (UUID version 7): a hundred thousand at
/// random places of the indexes would be written to the disk one page each.
pub(super) fn new_id() -> TrackId {
    TrackId(uuid::Uuid::now_v7())
}

/// Decides ids during one scan.
#[derive(Debug, Default)]
pub(super) struct Identities {
    /// Tracks whose bytes may turn up elsewhere, by their size.
    by_size: HashMap<u64, Vec<Arc<TrackRow>>>,
    /// The same by their path.
    by_path: HashMap<PathBuf, Arc<TrackRow>>,
    /// Files that cannot be judged before all are read.
    undecided: Vec<Reading>,
    /// Tracks that a file was found for.
    taken: HashSet<TrackId>,
}

/// The outcome for a file that was read.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It is this track.
    Decided(TrackId, Box<Reading>),
    /// Its hash is needed: find it, and ask again.
    NeedsHash(Box<Reading>),
    /// It is kept until all files were read.
    Later,
}

/// The facts that can be told of a file now.
enum Look {
    Is(TrackId),
    HashDecides,
    /// All files must be read first.
    AllDecide,
}

impl Identities {
    /// `loose` are the known tracks that were not found unchanged at their place: their file is gone or is read now. Of
    /// the tracks of one file the first stands for all.
    pub(super) fn new(loose: impl IntoIterator<Item = Arc<TrackRow>>) -> Self {
        let mut identities = Self::default();
        for track in leads(loose) {
            // All empty files have the same bytes, which says nothing.
            if track.file_bytes() > 0 {
                identities.by_size.entry(track.file_bytes()).or_default().push(Arc::clone(&track));
            }
            if !track.path.as_os_str().is_empty() {
                identities.by_path.insert(track.path.clone(), track);
            }
        }
        identities
    }

    /// The track of a file just read, if that can be said at once.
    pub(super) fn decide(&mut self, reading: Reading) -> Verdict {
        match self.look(&reading) {
            Look::Is(id) => {
                self.taken.insert(id);
                Verdict::Decided(id, Box::new(reading))
            }
            Look::HashDecides => Verdict::NeedsHash(Box::new(reading)),
            Look::AllDecide => {
                self.undecided.push(reading);
                Verdict::Later
            }
        }
    }

    fn look(&self, reading: &Reading) -> Look {
        let (found, inspected) = reading;
        let unhashed = inspected.hash.is_empty() && inspected.facts.is_ok();
        let hash_decides = |t: &Arc<TrackRow>| unhashed && !t.file_hash().is_empty();
        let own = self.by_path.get(&found.path);
        match own {
            Some(own) if is_own(reading, own) => return Look::Is(own.id),
            // Touched, or another file in its place.
            Some(own) if own.file_bytes() == found.stat.bytes && hash_decides(own) => return Look::HashDecides,
            _ => {}
        }
        let mut others = self.others(found).peekable();
        if others.peek().is_none() && own.is_none() {
            Look::Is(new_id())
        } else if others.any(hash_decides) {
            Look::HashDecides
        } else {
            // Its path's track may turn up elsewhere, or itself be another that was moved.
            Look::AllDecide
        }
    }

    /// Tracks of other places that may be this file.
    fn others<'a>(&'a self, found: &'a Found) -> impl Iterator<Item = &'a Arc<TrackRow>> {
        let same_size = self.by_size.get(&found.stat.bytes).into_iter().flatten();
        same_size.filter(|t| t.path != found.path && !self.taken.contains(&t.id))
    }

    /// The tracks of the undecided files, now that all files were read.
    pub(super) fn finish(&mut self) -> Vec<(TrackId, Reading)> {
        let mut decided = Vec::new();
        let mut left = Vec::new();
        for reading in std::mem::take(&mut self.undecided) {
            match self.claim(&reading) {
                Some(id) => decided.push((id, reading)),
                None => left.push(reading),
            }
        }
        for reading in left {
            let own = self.by_path.get(&reading.0.path).map(|t| t.id);
            let id = own.filter(|id| !self.taken.contains(id)).unwrap_or_else(new_id);
            self.taken.insert(id);
            decided.push((id, reading));
        }
        decided
    }

    /// Takes a track with these bytes whose file is no longer at its place: the one with the same inode, or else with
    /// the same name, or else any.
    fn claim(&mut self, reading: &Reading) -> Option<TrackId> {
        let found = &reading.0;
        let same_size = self.by_size.get(&found.stat.bytes)?.iter();
        let free = same_size.filter(|t| !self.taken.contains(&t.id) && is_file_of(reading, t));
        let name = |path: &Path| path.file_name().map(std::ffi::OsStr::to_owned);
        let best = free.max_by_key(|t| {
            (t.inode == found.stat.inode, name(&t.path) == name(&found.path), std::cmp::Reverse(t.path.clone()))
        })?;
        self.taken.insert(best.id);
        Some(best.id)
    }

    /// Keeps a file whose hash cannot be found until all files were read.
    pub(super) fn defer(&mut self, reading: Reading) {
        self.undecided.push(reading);
    }

    /// True if a file was found for this track.
    pub(super) fn is_taken(&self, id: TrackId) -> bool {
        self.taken.contains(&id)
    }
}

/// One track for each file: the first of those that are there, or of those that were read last.
fn leads(tracks: impl IntoIterator<Item = Arc<TrackRow>>) -> Vec<Arc<TrackRow>> {
    let mut leads: HashMap<PathBuf, Arc<TrackRow>> = HashMap::new();
    let mut others = Vec::new();
    let rank = |t: &TrackRow| (t.available, t.mtime_ns, std::cmp::Reverse(t.part.as_ref().map_or(0, |p| p.number)));
    for track in tracks {
        if track.path.as_os_str().is_empty() {
            others.push(track);
            continue;
        }
        match leads.get(&track.path) {
            Some(lead) if rank(lead) >= rank(&track) => {}
            _ => drop(leads.insert(track.path.clone(), track)),
        }
    }
    others.extend(leads.into_values());
    others
}

/// True if the file is certainly that of the track of its path.
pub(super) fn is_own((found, inspected): &Reading, own: &TrackRow) -> bool {
    found.stat.same_content(own.file_bytes(), own.mtime_ns)
        || !own.file_hash().is_empty() && inspected.hash == own.file_hash()
}

/// True if the file holds this track's bytes, as far as can be told.
fn is_file_of((found, inspected): &Reading, track: &TrackRow) -> bool {
    if !track.file_hash().is_empty() && !inspected.hash.is_empty() {
        return track.file_hash() == inspected.hash;
    }
    // Moved on the same disk before anybody hashed it: all that a move leaves alone.
    if found.stat.same_content(track.file_bytes(), track.mtime_ns) && found.stat.inode == track.inode {
        return true;
    }
    // Moved to another disk before anybody hashed it: the same size, length and tags, and a title of its own.
    let tags = &inspected.tags;
    let frames = track.part.as_ref().map_or(track.frames, |part| part.file_frames);
    let same_length = inspected.facts.as_ref().is_ok_and(|facts| facts.frames == frames);
    let name = |path: &Path| path.file_name().map(std::ffi::OsStr::to_owned);
    let same_name = name(&found.path) == name(&track.path);
    if track.part.is_some() {
        // its tags are those of the part
        return track.file_hash().is_empty() && same_length && same_name;
    }
    track.file_hash().is_empty()
        && same_length
        && [&tags.title, &tags.artist, &tags.album] == [&*track.title, &*track.artist, &*track.album]
        && (!tags.artist.is_empty() || same_name)
}

#[cfg(test)]
mod tests {
    use downbeat_protocol::Frames;

    use super::*;
    use crate::{found::Stat, probe::Facts, tags::Tags, tests::a_track};

    /// A known track: path, content, inode.
    fn known(path: &str, content: &str, inode: u64) -> Arc<TrackRow> {
        Arc::new(a_track(path).with(|t| {
            t.hash = content.into();
            t.inode = inode;
        }))
    }

    /// The reading of a file that a scan finds: path, content, inode.
    fn reading(path: &str, content: &str, inode: u64) -> Reading {
        let stat = Stat { bytes: 1, mtime_ns: 9, inode };
        let facts = Facts {
            format: "flac".into(),
            sample_rate: 44_100,
            channels: 2,
            frames: Frames(44_100),
            sample_exact: true,
            warning: None,
            core_only: false,
        };
        let (hash, tags) = (content.into(), Tags::default());
        let (pieces, sheet) = (Vec::new(), None);
        let inspected = Inspected { stat, hash, facts: Ok(facts), tags, pieces, sheet, foreign: None, trouble: None };
        (Found::new(path.into(), stat), inspected)
    }

    /// The ids given to `files`, in their order, when none of `known` is unchanged but `unchanged`; and how many hashes
    /// were asked for.
    fn judge(known: &[Arc<TrackRow>], unchanged: &[usize], files: &[Reading]) -> (Vec<TrackId>, usize) {
        let loose = known.iter().enumerate().filter(|(i, _)| !unchanged.contains(i)).map(|(_, t)| Arc::clone(t));
        let mut identities = Identities::new(loose);
        let (mut decided, mut hashes) = (Vec::new(), 0);
        for file in files {
            let unhashed = (file.0.clone(), Inspected { hash: String::new(), ..file.1.clone() });
            let verdict = match identities.decide(unhashed) {
                Verdict::NeedsHash(_) => {
                    hashes += 1;
                    identities.decide(file.clone())
                }
                other => other,
            };
            match verdict {
                Verdict::Decided(id, reading) => decided.push((id, *reading)),
                Verdict::Later => {}
                // It cannot be hashed.
                Verdict::NeedsHash(reading) => identities.defer(*reading),
            }
        }
        decided.extend(identities.finish());
        assert!(decided.iter().all(|(id, _)| identities.is_taken(*id)));
        let id_of = |file: &Reading| decided.iter().find(|(_, r)| r.0.path == file.0.path).unwrap().0;
        let ids: Vec<_> = files.iter().map(id_of).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "no two files are one track");
        (ids, hashes)
    }

    fn identify(known: &[Arc<TrackRow>], unchanged: &[usize], files: &[Reading]) -> Vec<TrackId> {
        judge(known, unchanged, files).0
    }

    #[test]
    fn a_moved_file_keeps_its_id() {
        let k = [known("/a", "A", 1)];
        assert_eq!(identify(&k, &[], &[reading("/b", "A", 1)]), [k[0].id]);
        assert_eq!(identify(&k, &[], &[reading("/b", "A", 5)]), [k[0].id], "also to another disk");
        assert_ne!(identify(&k, &[], &[reading("/b", "B", 1)]), [k[0].id], "other bytes");
    }

    #[test]
    fn a_moved_file_keeps_its_id_though_nobody_hashed_it() {
        let mut at_a = TrackRow::clone(&known("/a", "", 1)).with(|t| t.mtime_ns = 9);
        at_a.title = "".into();
        let k = [Arc::new(at_a)];
        assert_eq!(judge(&k, &[], &[reading("/b", "A", 1)]), (vec![k[0].id], 0), "the same inode, size and time");
        assert_ne!(identify(&k, &[], &[reading("/b", "A", 5)]), [k[0].id], "nothing but the size");
        let mut other_disk = reading("/x/a", "A", 5);
        assert_eq!(identify(&k, &[], &[other_disk.clone()]), [k[0].id], "the same name, size and length");
        other_disk.1.tags.artist = "another".into();
        assert_ne!(identify(&k, &[], &[other_disk]), [k[0].id]);
    }

    #[test]
    fn a_retagged_file_keeps_its_id() {
        let k = [known("/a", "A", 1)];
        let mut longer = reading("/a", "A2", 1);
        longer.0.stat.bytes = 2;
        assert_eq!(judge(&k, &[], &[longer]), (vec![k[0].id], 0), "and is not hashed for that");
        assert_eq!(judge(&k, &[], &[reading("/a", "A2", 1)]), (vec![k[0].id], 1), "it might be a copy of the old one");
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
