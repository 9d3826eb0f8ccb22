//! The pieces of work that a scan gives to its readers.

use std::{
    collections::VecDeque,
    sync::{Arc, atomic::AtomicBool},
};

use crate::{found::Found, identity::Reading, inspect, reader::Reader, worker::Worker};

/// Files that one reader is given at a time, if there are many. It gives back what it does not come to soon.
const AT_ONCE: usize = 16;

/// A file that waits for its reader.
pub(super) enum Job {
    Inspect(usize, Found),
    /// Its bytes decide which track it is.
    Hash(Box<Reading>),
}

/// The work that a reader does at a time.
pub(super) enum Work {
    Inspect(Vec<(usize, Found)>),
    Hash(Box<Reading>),
}

pub(super) enum Outcome {
    /// The files that were read, and those that were not come to.
    Inspected(Vec<(usize, Reading)>, Vec<(usize, Found)>),
    Hashed(Box<Reading>),
    Stopped,
}

/// The work that the next of so many readers does. Each gets several files while there are enough for all.
pub(super) fn next_work(jobs: &mut VecDeque<Job>, readers: usize) -> Option<Work> {
    let most = (jobs.len() / (2 * readers)).clamp(1, AT_ONCE);
    let mut files = Vec::new();
    while files.len() < most
        && let Some(job) = jobs.pop_front()
    {
        match job {
            Job::Inspect(folder, found) => files.push((folder, found)),
            Job::Hash(reading) if files.is_empty() => return Some(Work::Hash(reading)),
            hash @ Job::Hash(_) => {
                jobs.push_front(hash);
                break;
            }
        }
    }
    (!files.is_empty()).then_some(Work::Inspect(files))
}

/// Does a piece of work on a thread of `worker`, and gives the worker back with the outcome.
pub(super) async fn work(
    mut worker: Worker,
    work: Work,
    stop: Arc<AtomicBool>,
    reading: Arc<Reader>,
) -> (Worker, Outcome) {
    let outcome = match work {
        Work::Inspect(files) => {
            let (folders, mut files): (Vec<usize>, Vec<Found>) = files.into_iter().unzip();
            let inspected = inspect::inspect(&mut worker, &files, &stop, &reading).await;
            let left = files.split_off(inspected.len());
            if inspected.is_empty() {
                Outcome::Stopped
            } else {
                let left = folders[inspected.len()..].iter().copied().zip(left).collect();
                Outcome::Inspected(folders.into_iter().zip(files.into_iter().zip(inspected)).collect(), left)
            }
        }
        Work::Hash(mut reading) => {
            let (path, stat) = (&reading.0.path, reading.1.stat);
            match inspect::hash(&mut worker, path, stat, &stop).await {
                Ok(hash) => reading.1.hash = hash,
                Err(error) => tracing::debug!(path = %path.display(), %error, "not hashed"),
            }
            Outcome::Hashed(reading)
        }
    };
    (worker, outcome)
}
