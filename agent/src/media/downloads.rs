//! The cache's knowledge, and the next bytes to fetch. Pure: no file is touched and no clock read here.
//!
//! One state under one lock: the complete files, those that are coming in, their readers, and the plan's needs. One
//! lock is enough, since readers are few (the entry that plays and those that follow). Nothing can fall between two.

use std::{
    collections::HashMap,
    net::SocketAddr,
    ops::Range,
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use rustls::ClientConfig;
use tokio::time::Instant;

use super::{
    bars::Bars,
    download::{Download, ReaderControl, Running, is_near},
    error::FetchError,
    room::Room,
    shelf::{Rank, Shelf},
};
use crate::repeats::Repeats;

/// A file that the plan needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planned {
    /// Its hash.
    pub(super) hash: String,
    /// Its length in bytes.
    pub(super) bytes: u64,
}

/// All that the cache knows.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The bytes that there may be.
    pub(super) room: Room,
    pub(super) shelf: Shelf,
    pub(super) downloads: HashMap<String, Download>,
    pub(super) plan: Vec<Planned>,
    /// The first place of each hash in the plan.
    pub(super) ranks: HashMap<String, Rank>,
    /// Readers by hash, of complete files and of downloads.
    pub(super) in_use: HashMap<String, Vec<Arc<ReaderControl>>>,
    /// `http://HOST:PORT`.
    pub(super) base_url: Option<String>,
    /// How TLS is spoken with the server, where its address is `https`.
    pub(super) tls: Option<Arc<ClientConfig>>,
    /// The machine that answered there last.
    pub(super) peer: Option<SocketAddr>,
    /// Files that came whole for nothing.
    pub(super) bars: Bars,
    /// Faults of files, for the log.
    pub(super) troubles: Repeats,
    /// No reader waits any more.
    pub(super) closed: bool,
    /// The folder, for the names of files.
    pub(super) dir: PathBuf,
    /// Makes the names of partial files unique.
    pub(super) serial: u64,
}

/// The next job of the fetcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Job {
    /// Fetch these bytes.
    Fetch {
        /// Of this file.
        hash: String,
        /// From where to where, in bytes.
        range: Range<u64>,
        /// Somebody will soon wait for them: at full speed.
        urgent: bool,
    },
    /// All bytes of this file are there: check them.
    Verify(String),
    /// Nothing, before this instant or a change.
    Wait(Option<Instant>),
}

/// Sooner is less: what plays (the plan's first), then what is read outside the plan, then the plan in order.
pub(super) fn order(rank: Option<Rank>) -> usize {
    match rank {
        Some(rank) => rank * 2,
        None => 1,
    }
}

impl State {
    /// Replaces the plan: what plays first comes first.
    pub(super) fn set_plan(&mut self, plan: Vec<Planned>) {
        self.ranks.clear();
        for (rank, planned) in plan.iter().enumerate() {
            self.ranks.entry(planned.hash.clone()).or_insert(rank);
        }
        self.plan = plan;
        for download in self.downloads.values_mut() {
            if matches!(download.failed, Some(FetchError::CacheFull { .. })) {
                download.try_again();
            }
        }
    }

    /// The download of a file, begun if there is none.
    pub(super) fn download(&mut self, hash: &str, total: u64) -> &mut Download {
        let (serial, dir) = (&mut self.serial, &self.dir);
        self.downloads.entry(hash.into()).or_insert_with(|| {
            *serial += 1;
            Download::new(total, dir.join(format!("{hash}.{serial}.part")))
        })
    }

    /// Makes `control` a reader of the download of `hash`, begun if there is none.
    pub(super) fn attach(&mut self, hash: &str, total: u64, control: &Arc<ReaderControl>, now: Instant) {
        // A file of another length under this name is not what the plan means.
        self.shelf.remove_complete(hash);
        self.download(hash, total).readers.push(Arc::clone(control));
        self.bar(hash, now);
    }

    /// A download that failed is tried again, if there is no bar to it.
    pub(super) fn try_again(&mut self, hash: &str, now: Instant) {
        if let Some(d) = self.downloads.get_mut(hash) {
            d.try_again();
        }
        self.bar(hash, now);
    }

    /// Takes files from this address; what failed at another one may be tried.
    pub(super) fn set_source(&mut self, url: &str, peer: Option<SocketAddr>, now: Instant) {
        if self.base_url.as_deref() != Some(url) {
            self.bars.lift_all();
        }
        self.base_url = Some(url.into());
        self.peer = peer;
        let known: Vec<String> = self.downloads.keys().cloned().collect();
        for hash in &known {
            self.try_again(hash, now);
        }
    }

    /// Has the download fail if it is not to be tried.
    fn bar(&mut self, hash: &str, now: Instant) {
        if let (Some((error, until)), Some(d)) = (self.bars.at(hash, now), self.downloads.get_mut(hash)) {
            d.failed = Some(error);
            d.not_before = Some(until);
        }
    }

    /// A file was checked: it is right and has its name (`true`), or came in wrong; or the disk failed. `retry_after`:
    /// the first wait if it came for nothing.
    pub(super) fn verified(
        &mut self,
        hash: &str,
        result: Result<bool, FetchError>,
        retry_after: Duration,
        now: Instant,
    ) {
        let Some(d) = self.downloads.get_mut(hash) else { return };
        d.verifying = false;
        let error = match result {
            Ok(true) => {
                let total = d.total;
                self.downloads.remove(hash);
                self.bars.lift(hash);
                self.shelf.add(hash, total, true);
                // who had an older file open, which was wrong
                self.in_use.get(hash).into_iter().flatten().for_each(|r| r.stale.store(true, Ordering::Relaxed));
                return;
            }
            Ok(false) => {
                d.spans.clear();
                d.mismatches += 1;
                if d.mismatches < 2 {
                    return;
                }
                // After the wait it gets two new attempts.
                d.mismatches = 0;
                FetchError::HashMismatch(hash.into())
            }
            Err(error) => error,
        };
        self.bars.add(hash, error, retry_after, now);
        self.bar(hash, now);
    }

    /// Takes out what nobody needs any more: the partial files to delete.
    #[must_use = "the files must be deleted"]
    pub(super) fn abandoned(&mut self) -> Vec<PathBuf> {
        let unneeded = self.downloads.iter().filter(|(hash, d)| !d.is_needed(self.ranks.contains_key(*hash)));
        let unneeded: Vec<String> = unneeded.map(|(hash, _)| hash.clone()).collect();
        unneeded.iter().flat_map(|hash| self.drop_download(hash)).collect()
    }

    /// Takes out a download: its files, to delete.
    #[must_use = "the files must be deleted"]
    pub(super) fn drop_download(&mut self, hash: &str) -> Vec<PathBuf> {
        self.shelf.remove(hash);
        let Some(d) = self.downloads.remove(hash) else { return Vec::new() };
        match &d.window {
            Some(window) => window.serials().map(|serial| self.piece_path(hash, serial)).collect(),
            None => vec![d.path],
        }
    }

    /// The file of a piece of a window.
    pub(super) fn piece_path(&self, hash: &str, serial: u64) -> PathBuf {
        self.dir.join(format!("{hash}.{serial}.part"))
    }

    /// Makes a place for the piece at `index` of the windowed file `hash`: the files to delete first, and the piece's
    /// own. `None`: no reader needs it.
    pub(super) fn admit(&mut self, hash: &str, index: u64) -> Option<(Vec<PathBuf>, PathBuf)> {
        self.serial += 1;
        let serial = self.serial;
        let d = self.downloads.get_mut(hash)?;
        let positions = d.positions();
        let window = d.window.as_mut()?;
        let gone = window.admit(index, serial, &positions)?;
        let own = window.serial(index)?;
        let gone = d.lose(gone);
        Some((gone.into_iter().map(|s| self.piece_path(hash, s)).collect(), self.piece_path(hash, own)))
    }

    /// True while a reader or the plan still wants the bytes of a transfer.
    pub(super) fn is_needed(&self, hash: &str) -> bool {
        self.downloads.get(hash).is_some_and(|d| d.is_needed(self.ranks.contains_key(hash)))
    }

    /// The next job. `running`: the transfer in progress, which goes on unless something is more urgent; `lead`: how
    /// many bytes a reader is to have ahead of it before it is left to the paced transfer.
    pub(super) fn next_job(&mut self, now: Instant, running: Option<Running<'_>>, lead: u64) -> Job {
        if self.base_url.is_none() || self.closed {
            return Job::Wait(None);
        }
        // A planned file that nobody has begun yet counts like one that has nothing.
        let fresh = self
            .plan
            .iter()
            .find(|p| self.shelf.get(&p.hash).is_none() && !self.downloads.contains_key(&p.hash))
            .cloned();
        if let Some(p) = fresh {
            self.download(&p.hash, p.bytes);
            self.bar(&p.hash, now);
        }
        let mut wake: Option<Instant> = None;
        let mut best: Option<((bool, usize, bool, u64), Job)> = None;
        for (hash, d) in &self.downloads {
            if d.verifying {
                continue;
            }
            if let Some(at) = d.not_before.filter(|at| *at > now) {
                wake = Some(wake.map_or(at, |w| w.min(at)));
                continue;
            }
            if d.window.is_none() && d.spans.is_whole(d.total) {
                if running.is_some() {
                    // Its turn comes when the transfer ends; it must not hide what is more urgent than that.
                    continue;
                }
                return Job::Verify(hash.clone());
            }
            let place = order(self.ranks.get(hash).copied());
            let own = running.filter(|r| r.hash == hash);
            let wanted = match &d.window {
                Some(window) => d.most_wanted_of(window, own, lead),
                None => Some(d.most_wanted(own, lead)),
            };
            let Some((key, range, urgent)) = wanted else { continue };
            let key = (!urgent, place, key.0, key.1);
            if best.as_ref().is_none_or(|(least, _)| key < *least) {
                best = Some((key, Job::Fetch { hash: hash.clone(), range, urgent }));
            }
        }
        best.map_or(Job::Wait(wake), |(_, job)| job)
    }

    /// True if a transfer that is at `running` should go on, given the job that would be done next otherwise.
    pub(super) fn goes_on(running: Running<'_>, ranges_ignored: bool, next: &Job) -> bool {
        match next {
            Job::Fetch { hash, range, urgent } => {
                hash == running.hash && (!urgent || ranges_ignored || is_near(running.position, range.start))
            }
            Job::Verify(_) | Job::Wait(_) => false,
        }
    }

    /// The complete file that is to be checked next: what is read, then the plan in its order.
    pub(super) fn next_check(&self) -> Option<String> {
        let read = self.in_use.keys();
        read.chain(self.plan.iter().map(|p| &p.hash)).find(|hash| self.shelf.is_unchecked(hash)).cloned()
    }

    /// The complete file `hash` was checked: it is right or not; `None`: it was left. Gives the file to delete.
    #[must_use = "the file must be deleted"]
    pub(super) fn checked(&mut self, hash: &str, right: Option<bool>) -> Option<PathBuf> {
        // it may have gone meanwhile, and come again
        if right != Some(false) || !self.shelf.is_unchecked(hash) {
            if right == Some(true) {
                self.shelf.set_checked(hash);
            }
            return None;
        }
        self.shelf.remove_complete(hash);
        Some(self.dir.join(hash))
    }

    /// Notes a reader of `hash`.
    pub(super) fn use_file(&mut self, hash: &str, control: &Arc<ReaderControl>) {
        self.in_use.entry(hash.into()).or_default().push(Arc::clone(control));
        self.shelf.touch(hash);
    }

    /// A reader of `hash` is gone.
    pub(super) fn release(&mut self, hash: &str, control: &Arc<ReaderControl>) {
        if let Some(readers) = self.in_use.get_mut(hash) {
            readers.retain(|r| !Arc::ptr_eq(r, control));
            if readers.is_empty() {
                self.in_use.remove(hash);
            }
        }
        self.shelf.touch(hash);
        if let Some(d) = self.downloads.get_mut(hash) {
            d.readers.retain(|r| !Arc::ptr_eq(r, control));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const LEAD: u64 = 1000;

    fn planned(names: &[&str]) -> Vec<Planned> {
        names.iter().map(|n| Planned { hash: (*n).into(), bytes: 1_000_000 }).collect()
    }

    fn state(plan: &[&str]) -> State {
        let mut s = State { base_url: Some("http://h".into()), ..State::default() };
        s.set_plan(planned(plan));
        s
    }

    fn read(s: &mut State, hash: &str, position: u64) -> Arc<ReaderControl> {
        let control = Arc::new(ReaderControl { position: position.into(), ..ReaderControl::default() });
        s.use_file(hash, &control);
        s.download(hash, 1_000_000).readers.push(Arc::clone(&control));
        control
    }

    fn next(s: &mut State, running: Option<Running<'_>>) -> Job {
        s.next_job(Instant::now(), running, LEAD)
    }

    fn fetch(hash: &str, from: u64, to: u64, urgent: bool) -> Job {
        Job::Fetch { hash: hash.into(), range: from..to, urgent }
    }

    #[tokio::test]
    async fn the_plan_in_order_and_demands_before_it() {
        let mut s = state(&["a", "b", "c"]);
        assert_eq!(next(&mut s, None), fetch("a", 0, 1_000_000, false));
        s.shelf.add("a", 1_000_000, true);
        s.downloads.remove("a");
        assert_eq!(next(&mut s, None), fetch("b", 0, 1_000_000, false));
        read(&mut s, "c", 0);
        assert_eq!(next(&mut s, None), fetch("c", 0, 1_000_000, true), "a reader waits");
        read(&mut s, "x", 0);
        assert_eq!(next(&mut s, None), fetch("x", 0, 1_000_000, true), "outside the plan, before all but its first");
    }

    #[tokio::test]
    async fn a_lead_is_filled_up_and_then_left_to_the_pace() {
        let mut s = state(&["a", "b"]);
        let reader = read(&mut s, "b", 0);
        let at = |position| Some(Running { hash: "b", position });
        s.downloads.get_mut("b").unwrap().spans.insert(0..700);
        assert_eq!(next(&mut s, at(700)), fetch("b", 700, 1_000_000, true), "more than half, but running");
        assert_eq!(next(&mut s, None), fetch("a", 0, 1_000_000, false), "more than half, and not running");
        s.downloads.get_mut("b").unwrap().spans.insert(0..1000);
        assert_eq!(next(&mut s, at(1000)), fetch("a", 0, 1_000_000, false), "full");
        reader.position.store(600, Ordering::Relaxed);
        assert_eq!(next(&mut s, Some(Running { hash: "a", position: 5 })), fetch("b", 1000, 1_000_000, true));
    }

    #[tokio::test]
    async fn a_jump_moves_the_transfer_and_the_hole_is_filled_afterwards() {
        let mut s = state(&["a"]);
        let reader = read(&mut s, "a", 0);
        s.downloads.get_mut("a").unwrap().spans.insert(0..100);
        reader.position.store(900_000, Ordering::Relaxed);
        let running = Running { hash: "a", position: 100 };
        let job = next(&mut s, Some(running));
        assert_eq!(job, fetch("a", 900_000, 1_000_000, true));
        assert!(!State::goes_on(running, false, &job));
        assert!(State::goes_on(running, true, &job), "a server that ignores ranges would begin at 0 again");
        s.downloads.get_mut("a").unwrap().spans.insert(900_000..1_000_000);
        assert_eq!(next(&mut s, None), fetch("a", 100, 900_000, false));
        reader.position.store(5_000, Ordering::Relaxed);
        let job = next(&mut s, Some(running));
        assert_eq!(job, fetch("a", 5_000, 900_000, true));
        assert!(State::goes_on(running, false, &job), "it is nearly there");
    }

    #[tokio::test]
    async fn two_readers_of_one_file_do_not_cut_the_transfer_to_bits() {
        let mut s = state(&["a"]);
        read(&mut s, "a", 0);
        read(&mut s, "a", 500_000);
        let d = s.downloads.get_mut("a").unwrap();
        d.spans.insert(0..2_000);
        d.spans.insert(500_000..501_500);
        let running = Running { hash: "a", position: 2_000 };
        let job = next(&mut s, Some(running));
        assert!(State::goes_on(running, false, &job), "{job:?}: both have their lead");
    }

    #[tokio::test]
    async fn waits_are_kept_and_what_is_whole_is_checked() {
        let mut s = state(&["a"]);
        let now = Instant::now();
        let later = now + Duration::from_secs(5);
        next(&mut s, None);
        s.downloads.get_mut("a").unwrap().not_before = Some(later);
        assert_eq!(s.next_job(now, None, LEAD), Job::Wait(Some(later)));
        assert_eq!(s.next_job(later, None, LEAD), fetch("a", 0, 1_000_000, false));
        s.downloads.get_mut("a").unwrap().spans.insert(0..1_000_000);
        assert_eq!(s.next_job(later, None, LEAD), Job::Verify("a".into()));
    }

    #[tokio::test]
    async fn nobody_needs_it_so_it_goes() {
        let mut s = state(&["a"]);
        let reader = read(&mut s, "x", 0);
        next(&mut s, None);
        assert_eq!(s.abandoned(), [] as [std::path::PathBuf; 0]);
        s.release("x", &reader);
        assert_eq!(s.abandoned().len(), 1);
        assert!(s.in_use.is_empty());
        s.set_plan(vec![]);
        assert_eq!(s.abandoned().len(), 1);
        assert!(s.downloads.is_empty());
    }
}
