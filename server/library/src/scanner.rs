//! The task that keeps the records true to the disk: it scans when asked, when files change, and now and then.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use chrono::Utc;
use downbeat_host::rarely;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{
    cue::is_sheet,
    machine::Trouble,
    progress::{FolderStatus, folder_of},
    scan::{Context, Ended, Scope, scan},
    shared::Shared,
};

/// Requests that come together within this time are one scan.
const GATHER: Duration = Duration::from_millis(20);

/// Of more parts the folders are looked at in which they lie; and if these are more, too, everything.
const MOST_PARTS: usize = 200;

pub(super) struct Scanner {
    pub(super) context: Context,
    pub(super) shared: Arc<Shared>,
    /// Parts that are to be looked at.
    pub(super) parts: mpsc::Receiver<Vec<PathBuf>>,
    /// Everything is looked at so long after the last time; `None`: only when asked.
    pub(super) every: Option<Duration>,
    /// True if the last scan ended because the machine could look at nothing more.
    pub(super) again: bool,
}

/// The pause before everything is looked at again after such a scan.
const AGAIN: Duration = Duration::from_mins(1);
/// The places that are named in an alert.
const NAMED: usize = 5;

impl Scanner {
    /// Scans until the last handle is gone.
    pub(super) async fn run(mut self) {
        let mut last = Instant::now();
        while !self.shared.stopped() {
            let shared = Arc::clone(&self.shared);
            let again = self.again.then_some(AGAIN);
            let next = again.into_iter().chain(self.every).min().map(|every| last + every);
            tokio::select! {
                () = shared.ended.cancelled() => {}
                () = shared.wake.notified() => {
                    let request = shared.requested.load(Ordering::Acquire);
                    if request > shared.status.borrow().fulfilled {
                        self.scan(&Scope::Everything, Some(request)).await;
                        last = Instant::now();
                    }
                }
                // Before the first scan of everything nobody knows by which name a folder is known.
                Some(parts) = self.parts.recv(), if self.shared.status.borrow().fulfilled > 0 => {
                    let mut all: BTreeSet<PathBuf> = parts.into_iter().collect();
                    tokio::time::sleep(GATHER).await;
                    while let Ok(more) = self.parts.try_recv() {
                        all.extend(more);
                    }
                    self.scan(&scope(all, &self.context.folders), None).await;
                }
                () = sleep_until(next.unwrap_or(last)), if next.is_some() => {
                    self.scan(&Scope::Everything, None).await;
                    last = Instant::now();
                }
            }
        }
    }

    async fn scan(&mut self, scope: &Scope, request: Option<u64>) {
        let started = Utc::now();
        self.shared.status.send_modify(|s| {
            (s.running, s.started_at) = (true, Some(started));
            if *scope == Scope::Everything {
                s.left_out.clear();
                s.not_taken.clear();
            }
        });
        let Ended { saved, troubles, left_out } = scan(&self.context, scope).await;
        if matches!(scope, Scope::Parts(_)) || !troubles.is_empty() {
            self.count_again();
        }
        self.again = troubles.iter().any(|trouble| trouble.everywhere);
        let alert = alert(&troubles);
        if let Some(alert) = &alert
            && let Some(left_out) = rarely::may_tell(&format!("scan: {alert}"))
        {
            tracing::warn!(
                alert,
                left_out,
                "the scan could not look at everything; what is known of that stays as it is"
            );
        }
        self.shared.status.send_modify(|s| {
            (s.running, s.finished_at) = (false, Some(Utc::now()));
            if *scope != Scope::Everything {
                s.left_out.retain(|left| !scope.contains(&left.path));
                s.left_out.extend(left_out);
            }
            s.fulfilled = request.unwrap_or(s.fulfilled);
            s.fault = saved.as_ref().err().map(ToString::to_string).or(alert);
        });
        if *scope == Scope::Everything && !self.shared.stopped() {
            let status = self.shared.status.borrow().clone();
            let seconds = (Utc::now() - started).as_seconds_f64();
            let not_taken: u64 = status.not_taken.iter().map(|kind| kind.files).sum();
            tracing::info!(files = status.found, failed = status.failed, not_taken, seconds, "the library was scanned");
        }
    }

    /// After a scan of some parts: what the folders hold now.
    fn count_again(&self) {
        let folders = &self.context.folders;
        let mut counts = vec![(0, 0); folders.len()];
        for track in self.context.records.catalog.all().iter().filter(|t| t.available) {
            let is_first = track.part.as_ref().is_none_or(|part| part.number == 1);
            if let Some(folder) = folder_of(folders, &track.path).filter(|_| is_first) {
                counts[folder].0 += 1;
                counts[folder].1 += u64::from(track.fault.is_some());
            }
        }
        self.shared.status.send_modify(|s| {
            s.folders.resize_with(folders.len(), FolderStatus::default);
            for ((status, (found, failed)), path) in s.folders.iter_mut().zip(counts).zip(folders.iter()) {
                status.path.clone_from(path);
                (status.found, status.done, status.failed) = (found, found, failed);
                (status.rate, status.seconds_left) = (None, None);
            }
            let sum = |field: fn(&FolderStatus) -> u64| s.folders.iter().map(field).sum();
            (s.found, s.done, s.failed) = (sum(|f| f.found), sum(|f| f.done), sum(|f| f.failed));
        });
    }
}

/// The places that could not be looked at and what to do, in one text.
fn alert(troubles: &[Trouble]) -> Option<String> {
    // If the machine is in trouble as a whole, the places do not matter.
    let all: Vec<&Trouble> = match troubles.iter().find(|trouble| trouble.everywhere) {
        Some(trouble) => vec![trouble],
        None => troubles.iter().collect(),
    };
    let mut words: Vec<String> = all.iter().take(NAMED).map(|trouble| trouble.words.clone()).collect();
    if all.len() > NAMED {
        words.push(format!("and {} more places", all.len() - NAMED));
    }
    (!words.is_empty())
        .then(|| format!("not everything could be looked at; tracks are kept as they are known. {}", words.join("; ")))
}

/// The places to look at because of these parts. A part without a name stands for everything.
fn scope(mut parts: BTreeSet<PathBuf>, folders: &[PathBuf]) -> Scope {
    if parts.remove(Path::new("")) {
        return Scope::Everything;
    }
    // what a sheet says is said of the files beside it
    parts = parts.into_iter().map(|part| if is_sheet(&part) { above(part, folders) } else { part }).collect();
    if parts.len() > MOST_PARTS {
        // Many files of a few folders, mostly.
        parts = parts.into_iter().map(|part| above(part, folders)).collect();
    }
    let parts = outermost(parts);
    if parts.len() > MOST_PARTS { Scope::Everything } else { Scope::Parts(Arc::new(parts.into_iter().collect())) }
}

/// The folder of a part, but for the music folders themselves.
fn above(part: PathBuf, folders: &[PathBuf]) -> PathBuf {
    match part.parent() {
        Some(parent) if !folders.contains(&part) => parent.to_owned(),
        _ => part,
    }
}

/// Without those that lie within another.
fn outermost(paths: BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let mut outer: Vec<PathBuf> = Vec::new();
    // In this order a folder comes before what lies in it.
    for path in paths {
        if outer.last().is_none_or(|last| !path.starts_with(last)) {
            outer.push(path);
        }
    }
    outer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_within_another_is_not_looked_at_twice() {
        let paths = ["/a/b", "/a", "/a!", "/a/b/c", "/b/x.mp3"].map(PathBuf::from);
        assert_eq!(outermost(paths.into()), ["/a", "/a!", "/b/x.mp3"].map(PathBuf::from));
    }

    #[test]
    fn of_many_parts_the_folders_are_looked_at_and_of_many_folders_everything() {
        let folders = [PathBuf::from("/m")];
        let of = |parts: &mut dyn Iterator<Item = String>| scope(parts.map(PathBuf::from).collect(), &folders);
        let parts = |paths: &[&str]| Scope::Parts(Arc::new(paths.iter().map(PathBuf::from).collect()));
        assert_eq!(of(&mut ["/m/a/1".to_owned(), "/m/b".to_owned()].into_iter()), parts(&["/m/a/1", "/m/b"]));
        let files = (0..500).map(|i| format!("/m/{}/{i}.mp3", if i < 250 { "a" } else { "b/c" }));
        assert_eq!(of(&mut files.clone()), parts(&["/m/a", "/m/b/c"]));
        assert_eq!(of(&mut files.chain(["/m".to_owned()])), parts(&["/m"]), "not beyond the music folder");
        assert_eq!(of(&mut (0..500).map(|i| format!("/m/{i}/1.mp3"))), Scope::Everything);
        assert_eq!(of(&mut ["/m/a".to_owned(), String::new()].into_iter()), Scope::Everything);
    }
}
