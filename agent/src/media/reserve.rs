//! The room for what comes in, and the files that go for it. Pure: it names files and touches none.
//!
//! A file is kept whole if it fits beside what is in use and leaves a little for what follows. One that is read and
//! does not fit comes through a window, of half the room at most; those that are read have a small one, at least,
//! before one of them is refused.

use std::path::PathBuf;

use super::{
    downloads::{State, order},
    shelf::Rank,
    window::{LEAST_WINDOW, PIECE, Window},
};

/// The form in which a file comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Whole, to be kept.
    Whole,
    /// By a window of so many bytes.
    Window(u64),
}

/// The consequences of room that is made.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Made {
    /// Files to delete.
    pub(super) gone: Vec<PathBuf>,
    /// Downloads that go on by a window of so many bytes.
    pub(super) turned: Vec<(String, u64)>,
}

impl Made {
    /// True if nothing could be made.
    pub(super) fn is_nothing(&self) -> bool {
        self.gone.is_empty() && self.turned.is_empty()
    }
}

impl State {
    /// Bytes of the cache that are on the disk.
    pub(super) fn own_bytes(&self) -> u64 {
        self.shelf.held_bytes() + self.downloads.values().map(|d| d.spans.count()).sum::<u64>()
    }

    /// Sets the room for the download of `hash` aside: what has to go for that, and the form in which it comes. `None`:
    /// it has no place.
    pub(super) fn reserve(&mut self, hash: &str) -> (Made, Option<Place>) {
        let mut made = Made::default();
        let Some(d) = self.downloads.get(hash) else { return (made, None) };
        if self.shelf.is_reserved(hash) {
            let window = d.window.as_ref().map(|w| Place::Window(w.bytes()));
            return (made, Some(window.unwrap_or(Place::Whole)));
        }
        let (total, room, read) = (d.total, self.room.bytes(), !d.readers.is_empty());
        if (total <= LEAST_WINDOW || self.leaves_spare(hash, total)) && self.make(hash, total, room, &mut made) {
            return (made, Some(Place::Whole));
        }
        if !read || room < total.min(LEAST_WINDOW) {
            return (made, None);
        }
        let mut bytes = Window::wanted(room).min(total / PIECE * PIECE);
        while bytes >= LEAST_WINDOW {
            if self.make(hash, bytes, room, &mut made) {
                return (made, Some(Place::Window(bytes)));
            }
            bytes = if bytes == LEAST_WINDOW { 0 } else { (bytes / 2).max(LEAST_WINDOW) };
        }
        let (bytes, place) = match total {
            0..=LEAST_WINDOW => (total, Place::Whole),
            _ => (LEAST_WINDOW, Place::Window(LEAST_WINDOW)),
        };
        while !self.make(hash, bytes, room, &mut made) {
            if !self.squeeze(hash, &mut made) {
                return (made, None);
            }
        }
        (made, Some(place))
    }

    /// The room is smaller than what is in it: what goes.
    pub(super) fn give_way(&mut self) -> Made {
        let room = self.room.bytes();
        let mut made = Made::default();
        while self.shelf.taken() > room {
            let Self { shelf, ranks, in_use, .. } = self;
            // Not in the plan; else what has begun to come and nobody hears; else the plan's, the last first.
            let unplanned = shelf.evict_one(None, |_| None, |h| in_use.contains_key(h) || ranks.contains_key(h));
            if let Some(name) = unplanned {
                made.gone.push(self.dir.join(name));
            } else if let Some(files) = self.sacrifice("", None) {
                made.gone.extend(files);
            } else if let Some(name) = self.evict_planned() {
                made.gone.push(self.dir.join(name));
            } else if !self.squeeze("", &mut made) {
                break;
            }
        }
        made
    }

    fn evict_planned(&mut self) -> Option<String> {
        let Self { shelf, ranks, in_use, .. } = self;
        shelf.evict_one(None, |h| ranks.get(h).copied(), |h| in_use.contains_key(h))
    }

    /// The disk is full: the files of the one that goes now for the download of `hash`.
    #[must_use = "the files must be deleted"]
    pub(super) fn evict_for(&mut self, hash: &str) -> Vec<PathBuf> {
        let own = self.own_rank(hash);
        let Self { shelf, ranks, in_use, dir, .. } = self;
        let name = shelf.evict_one(Some(own), |h| ranks.get(h).copied(), |h| in_use.contains_key(h));
        match name {
            Some(name) => vec![dir.join(name)],
            None => self.sacrifice(hash, Some(own)).unwrap_or_default(),
        }
    }

    /// True if a whole file of `total` bytes beside those that are read leaves room for the windows of those that
    /// follow: a whole file that is read does not go.
    fn leaves_spare(&self, hash: &str, total: u64) -> bool {
        let room = self.room.bytes();
        let spare = (room / 4).clamp(LEAST_WINDOW, 2 * LEAST_WINDOW).min(room / 2);
        let read = self.in_use.keys().filter(|name| *name != hash);
        let read = read.map(|name| self.shelf.get(name).unwrap_or_else(|| self.shelf.reserved(name)));
        read.sum::<u64>().saturating_add(total).saturating_add(spare) <= room
    }

    /// Sets `bytes` aside if that can be; else nothing goes.
    fn make(&mut self, hash: &str, bytes: u64, room: u64, made: &mut Made) -> bool {
        if bytes > room {
            return false;
        }
        let own = self.own_rank(hash);
        let Self { shelf, ranks, in_use, .. } = self;
        let rank = |h: &str| ranks.get(h).copied();
        let whole = shelf.evictable(Some(own), rank, |h| in_use.contains_key(h));
        let partly: u64 = self.unheard(hash, Some(own)).map(|(_, name)| self.shelf.reserved(name)).sum();
        if self.shelf.taken().saturating_add(bytes).saturating_sub(whole).saturating_sub(partly) > room {
            return false;
        }
        loop {
            let Self { shelf, ranks, in_use, .. } = self;
            let rank = |h: &str| ranks.get(h).copied();
            if let Some(names) = shelf.reserve(hash, bytes, room, own, rank, |h| in_use.contains_key(h)) {
                made.gone.extend(names.iter().map(|name| self.dir.join(name)));
                return true;
            }
            let Some(files) = self.sacrifice(hash, Some(own)) else { return false };
            made.gone.extend(files);
        }
    }

    /// The download that is read and has the most room, but for `hash`, goes on with half of it, by a window; `false`:
    /// all have the smallest.
    fn squeeze(&mut self, hash: &str, made: &mut Made) -> bool {
        let most = self
            .downloads
            .iter()
            .filter(|(name, d)| *name != hash && !d.readers.is_empty() && !d.is_whole())
            .map(|(name, _)| (self.shelf.reserved(name), name))
            .filter(|(reserved, _)| *reserved > LEAST_WINDOW)
            .max();
        let Some((reserved, name)) = most.map(|(reserved, name)| (reserved, name.clone())) else { return false };
        let bytes = (reserved / 2).min(Window::wanted(self.room.bytes())).max(LEAST_WINDOW);
        self.shelf.reserve_less(&name, bytes);
        let Some(d) = self.downloads.get_mut(&name) else { return false };
        let positions = d.positions();
        if let Some(window) = &mut d.window {
            window.resize(bytes);
            let excess = window.excess(&positions);
            let serials = d.lose(excess);
            made.gone.extend(serials.into_iter().map(|serial| self.piece_path(&name, serial)));
        } else {
            made.turned.retain(|(turned, _)| *turned != name);
            made.turned.push((name, bytes));
        }
        true
    }

    /// How soon the download of `hash` is needed, compared with what it would drive out: what is read, at once.
    fn own_rank(&self, hash: &str) -> Rank {
        let read = self.downloads.get(hash).is_some_and(|d| !d.readers.is_empty());
        if read { 0 } else { self.ranks.get(hash).copied().unwrap_or(0) }
    }

    /// The partial files that nobody reads and that are needed later than one of rank `own`, but for `hash`, with
    /// their places.
    fn unheard<'a>(&'a self, hash: &'a str, own: Option<Rank>) -> impl Iterator<Item = (usize, &'a String)> {
        self.downloads
            .iter()
            .filter(move |(name, d)| {
                *name != hash && d.readers.is_empty() && !d.verifying && self.shelf.is_reserved(name)
            })
            .map(|(name, _)| (order(self.ranks.get(name).copied()), name))
            .filter(move |(place, _)| own.is_none_or(|own| *place > own * 2))
    }

    /// Takes out the partial file that is needed last, if it is needed later than one of rank `own` and nobody reads
    /// it.
    #[must_use = "the files must be deleted"]
    fn sacrifice(&mut self, hash: &str, own: Option<Rank>) -> Option<Vec<PathBuf>> {
        let last = self.unheard(hash, own).max()?.1.clone();
        Some(self.drop_download(&last))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashMap,
        sync::{Arc, atomic::Ordering},
        time::Duration,
    };

    use proptest::prelude::*;
    use tokio::time::Instant;

    use super::*;
    use crate::media::{
        download::ReaderControl,
        downloads::{Job, Planned},
        room::{KeepFree, Room},
    };

    const MB: u64 = 1 << 20;
    const LEAD: u64 = 2 * MB;

    fn state(room: u64) -> State {
        let base_url = Some("http://h".into());
        State { room: Room::new(room, KeepFree::Bytes(0)), base_url, ..State::default() }
    }

    fn read(s: &mut State, hash: &str, total: u64) -> Arc<ReaderControl> {
        let control = Arc::new(ReaderControl::default());
        s.use_file(hash, &control);
        if s.shelf.get(hash).is_none() {
            s.attach(hash, total, &control, Instant::now());
        }
        control
    }

    fn place(s: &mut State, hash: &str) -> Option<Place> {
        let (made, place) = s.reserve(hash);
        turn(s, &made);
        if let Some(Place::Window(bytes)) = place {
            turn(s, &Made { turned: vec![(hash.into(), bytes)], ..Made::default() });
        }
        place
    }

    /// As the fetcher does, but that nothing is copied.
    fn turn(s: &mut State, made: &Made) {
        for (hash, bytes) in &made.turned {
            if let Some(d) = s.downloads.get_mut(hash).filter(|d| d.window.is_none()) {
                d.spans.clear();
                d.window = Some(Window::new(*bytes));
            }
        }
    }

    /// One transfer, as the fetcher does it; `false`: there was none.
    fn fetch(s: &mut State) -> bool {
        let _ = s.abandoned();
        match s.next_job(Instant::now(), None, LEAD) {
            Job::Wait(_) => false,
            Job::Verify(hash) => {
                s.verified(&hash, Ok(true), Duration::ZERO, Instant::now());
                true
            }
            Job::Fetch { hash, range, .. } => {
                let place = place(s, &hash);
                let Some(d) = s.downloads.get_mut(&hash) else { return true };
                let Some(place) = place else {
                    d.failed = Some(super::super::FetchError::NotFound(404));
                    d.not_before = Some(Instant::now() + Duration::from_hours(1));
                    return true;
                };
                if place == Place::Whole {
                    d.spans.insert(range.start..range.end.min(range.start + 4 * MB));
                    return true;
                }
                let mut at = range.start;
                while at < range.end {
                    let end = ((at / PIECE + 1) * PIECE).min(range.end);
                    if s.admit(&hash, at / PIECE).is_some() {
                        s.downloads.get_mut(&hash).unwrap().spans.insert(at..end);
                    }
                    at = end;
                }
                true
            }
        }
    }

    #[test]
    fn a_file_that_fits_is_whole_and_one_that_does_not_has_a_window_once_it_is_read() {
        let mut s = state(10 * MB);
        s.set_plan(vec![Planned { hash: "a".into(), bytes: 9 * MB }, Planned { hash: "b".into(), bytes: 30 * MB }]);
        s.download("b", 30 * MB);
        assert_eq!(place(&mut s, "b"), None, "nobody reads it");
        read(&mut s, "b", 30 * MB);
        assert_eq!(place(&mut s, "b"), Some(Place::Window(5 * MB)), "half");
        assert_eq!(place(&mut s, "b"), Some(Place::Window(5 * MB)), "the same");
        read(&mut s, "a", 9 * MB);
        assert_eq!(place(&mut s, "a"), Some(Place::Window(5 * MB)), "it does not fit beside it");
        read(&mut s, "c", 30 * MB);
        assert_eq!(place(&mut s, "c"), Some(Place::Window(2 * MB)), "of what another has");
        assert_eq!(s.shelf.taken(), 5 * MB + 5 * MB / 2 + 2 * MB);
    }

    #[test]
    fn no_file_goes_for_one_that_has_no_place() {
        let mut s = state(10 * MB);
        s.shelf.add("old", 4 * MB, true);
        s.shelf.add("playing", 6 * MB, true);
        read(&mut s, "playing", 6 * MB);
        s.set_plan(vec![Planned { hash: "next".into(), bytes: 5 * MB }]);
        s.download("next", 5 * MB);
        let (made, place) = s.reserve("next");
        assert_eq!((made, place), (Made::default(), None));
        read(&mut s, "next", 5 * MB);
        let (made, place) = s.reserve("next");
        assert_eq!((made.gone.len(), place), (1, Some(Place::Window(5 * MB / 2))));
    }

    #[test]
    fn what_gives_way_first_is_what_is_needed_last() {
        let mut s = state(20 * MB);
        for name in ["old", "playing", "next", "last"] {
            s.shelf.add(name, 4 * MB, true);
        }
        let plan = ["playing", "next", "coming", "last"];
        s.set_plan(plan.iter().map(|n| Planned { hash: (*n).into(), bytes: 4 * MB }).collect());
        read(&mut s, "playing", 4 * MB);
        s.download("coming", 4 * MB);
        assert_eq!(place(&mut s, "coming"), Some(Place::Whole));
        let mut left = Vec::new();
        for room in [16, 12, 8, 4] {
            s.room = Room::new(room * MB, KeepFree::Bytes(0));
            let made = s.give_way();
            assert_eq!((made.gone.len(), s.shelf.taken() <= room * MB), (1, true), "{made:?}");
            left.push(
                ["old", "coming", "last", "next", "playing"]
                    .map(|n| u8::from(s.shelf.get(n).is_some() || s.downloads.contains_key(n))),
            );
        }
        assert_eq!(left, [[0, 1, 1, 1, 1], [0, 0, 1, 1, 1], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1]]);
        s.room = Room::new(MB, KeepFree::Bytes(0));
        assert!(s.give_way().is_nothing(), "what plays stays");
    }

    #[derive(Debug, Clone)]
    enum Step {
        Advance(usize, u64),
        Seek(usize, u64),
        Reopen(usize),
        Room(u64),
        Fetch,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0usize..4, 1..MB).prop_map(|(r, n)| Step::Advance(r, n)),
            1 => (0usize..4, 0..40 * MB).prop_map(|(r, at)| Step::Seek(r, at)),
            1 => (0usize..4).prop_map(Step::Reopen),
            1 => (12 * MB..40 * MB).prop_map(Step::Room),
            5 => Just(Step::Fetch),
        ]
    }

    proptest! {
        #[test]
        fn the_bytes_stay_within_the_room_and_no_reader_starves(
            totals in prop::collection::vec(MB..40 * MB, 3),
            steps in prop::collection::vec(step(), 0..80),
        ) {
            let mut s = state(16 * MB);
            let names = ["a", "b", "c"];
            s.set_plan(names.iter().zip(&totals).map(|(n, t)| Planned { hash: (*n).into(), bytes: *t }).collect());
            // this lap of the first file, its next lap, and the two files that follow
            let files = [0, 0, 1, 2];
            let mut readers: Vec<_> = files.iter().map(|f| read(&mut s, names[*f], totals[*f])).collect();
            let mut room = 16 * MB;
            let advance = |s: &State, file: usize, reader: &ReaderControl, most: u64| {
                let at = reader.position.load(Ordering::Relaxed);
                let whole = s.shelf.get(names[file]).map(|total| total.saturating_sub(at));
                let there = whole.or_else(|| s.downloads.get(names[file]).map(|d| d.spans.available(at))).unwrap_or(0);
                reader.position.store(at + most.min(there), Ordering::Relaxed);
                most.min(there)
            };
            for step in steps {
                match step {
                    Step::Advance(r, most) => drop(advance(&s, files[r], &readers[r], most)),
                    Step::Seek(r, at) => readers[r].position.store(at.min(totals[files[r]]), Ordering::Relaxed),
                    Step::Reopen(r) => {
                        s.release(names[files[r]], &readers[r]);
                        readers[r] = read(&mut s, names[files[r]], totals[files[r]]);
                    }
                    Step::Room(bytes) => {
                        // whole files that are read do not go
                        let whole = s.downloads.values().filter(|d| d.is_whole()).map(|d| d.total);
                        let held = s.shelf.held_bytes() + whole.sum::<u64>();
                        room = bytes.max(held + 8 * MB);
                        s.room = Room::new(room, KeepFree::Bytes(0));
                        let made = s.give_way();
                        turn(&mut s, &made);
                    }
                    Step::Fetch => { fetch(&mut s); }
                }
                prop_assert!(s.own_bytes() <= room, "{} of {room}", s.own_bytes());
                prop_assert!(s.shelf.taken() <= room, "{} of {room} set aside", s.shelf.taken());
                let windows = s.downloads.iter().filter_map(|(n, d)| Some((n, d.window.as_ref()?)));
                let pieces: HashMap<_, _> = windows.collect();
                for (name, window) in pieces {
                    prop_assert!(window.serials().count() as u64 * PIECE <= s.shelf.reserved(name));
                }
            }
            // from here on, all read to the end, each at its pace
            let mut idle = 0;
            while idle < 3 {
                let fetched = fetch(&mut s);
                let mut moved = 0;
                for (r, reader) in readers.iter().enumerate() {
                    moved += advance(&s, files[r], reader, (r as u64 + 1) * 100_000);
                }
                prop_assert!(s.own_bytes() <= room, "{} of {room}", s.own_bytes());
                idle = if fetched || moved > 0 { 0 } else { idle + 1 };
            }
            for (r, reader) in readers.iter().enumerate() {
                let at = reader.position.load(Ordering::Relaxed);
                // a download that found no place harms nobody if its reader is at the end already
                prop_assert!(at >= totals[files[r]], "{r} starves at {at} of {}: {s:?}", totals[files[r]]);
            }
        }
    }
}
