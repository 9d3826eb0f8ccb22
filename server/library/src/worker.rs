//! Threads that work on files of strangers.
//!
//! A parser may hang, and a dead network share blocks whoever reads from it, where no signal reaches. So such work is
//! done on threads of its own, each waited for no longer than a stated time. One that does not answer is left to
//! itself, and the next piece of work gets a new thread.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use thread_priority::{
    NormalThreadSchedulePolicy::{self, Idle, Other},
    ThreadPriority,
    ThreadSchedulePolicy::Normal,
};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// Pieces of work that take less are done several in a row: to hand one over and to be woken by its result can take
/// longer than the piece itself.
const MOMENT: Duration = Duration::from_millis(20);

/// A thread that does one thing after another.
#[derive(Debug)]
pub(super) struct Worker {
    name: &'static str,
    priority: Priority,
    jobs: Option<Sender<Job>>,
}

/// The priority of a thread where there are fewer cores than work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Priority {
    /// Like everybody.
    Usual,
    /// Gives way, but not to the end.
    Patient,
    /// Gets what is left.
    Last,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    #[error("it could not be read just now: {0}")]
    NotStarted(io::Error),
    #[error("the reader of this file failed")]
    Failed,
    #[error("it took longer than {} s to read", .0.as_secs())]
    TooLong(Duration),
}

impl Worker {
    /// For work that somebody waits for.
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, priority: Priority::Usual, jobs: None }
    }

    /// For much work of which each piece is worth nothing until others went on with it. These come first: several
    /// readers would keep the one writer from the processor until what they have read piles up, and then wait for it.
    pub(super) fn patient(name: &'static str) -> Self {
        Self { name, priority: Priority::Patient, jobs: None }
    }

    /// For work that gets what is left of the processor.
    pub(super) fn background(name: &'static str) -> Self {
        Self { name, priority: Priority::Last, jobs: None }
    }

    /// Does `work`, and waits for it no longer than `time`.
    pub(super) async fn run<T: Send + 'static>(
        &mut self,
        time: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Lost> {
        let (answer, answered) = oneshot::channel();
        self.send(Box::new(move || {
            let _ = answer.send(work());
        }))?;
        // A thread that fails takes its sender with it; one that hangs ends when its work does.
        let lost = match tokio::time::timeout(time, answered).await {
            Ok(Ok(result)) => return Ok(result),
            Ok(Err(_)) => Lost::Failed,
            Err(_) => Lost::TooLong(time),
        };
        self.jobs = None;
        Err(lost)
    }

    /// Does `work` on one item after the other until a moment has passed, and waits for each no longer than its `time`,
    /// or twice that. Answers the results for the first of `items`, as many as there are; and why the next one has
    /// none, if it was tried.
    pub(super) async fn run_some<I: Send + 'static, T: Send + 'static>(
        &mut self,
        items: Vec<(I, Duration)>,
        work: impl Fn(I) -> T + Send + 'static,
    ) -> (Vec<T>, Option<Lost>) {
        let times: Vec<Duration> = items.iter().map(|(_, time)| *time).collect();
        let done = Arc::new(Mutex::new(Vec::with_capacity(items.len())));
        let given_up = Arc::new(AtomicBool::new(false));
        let (end, mut ended) = oneshot::channel();
        let sent = self.send(Box::new({
            let (done, given_up) = (Arc::clone(&done), Arc::clone(&given_up));
            move || {
                let begun = now();
                for (item, _) in items {
                    let result = work(item);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push(result);
                    if now().duration_since(begun) > MOMENT || given_up.load(Ordering::Relaxed) {
                        break;
                    }
                }
                let _ = end.send(());
            }
        }));
        let results = || std::mem::take(&mut *done.lock().unwrap_or_else(PoisonError::into_inner));
        if let Err(lost) = sent {
            return (Vec::new(), Some(lost));
        }
        let mut seen = 0;
        let lost = loop {
            let time = times.get(seen).copied().unwrap_or_default();
            match tokio::time::timeout(time, &mut ended).await {
                Ok(Ok(())) => return (results(), None),
                Ok(Err(_)) => break Lost::Failed,
                Err(_) => {
                    let now_done = done.lock().unwrap_or_else(PoisonError::into_inner).len();
                    if now_done == seen {
                        break Lost::TooLong(time);
                    }
                    seen = now_done;
                }
            }
        };
        given_up.store(true, Ordering::Relaxed);
        self.jobs = None;
        let results = results();
        // It may have come to an end just now.
        let is_lost = results.len() == seen || matches!(lost, Lost::Failed);
        (results, is_lost.then_some(lost))
    }

    fn send(&mut self, job: Job) -> Result<(), Lost> {
        let Some(jobs) = &self.jobs else { return self.start(job) };
        // The thread may have failed meanwhile.
        jobs.send(job).or_else(|mpsc::SendError(job)| self.start(job))
    }

    fn start(&mut self, job: Job) -> Result<(), Lost> {
        let (jobs, receiver) = mpsc::channel::<Job>();
        let priority = self.priority;
        let body = move || {
            match priority {
                Priority::Usual => {}
                Priority::Patient => {
                    give_way(ThreadPriority::Crossplatform(PATIENT.try_into().unwrap_or_default()), Other);
                }
                Priority::Last => give_way(ThreadPriority::Min, Idle),
            }
            for job in receiver {
                job();
            }
        };
        thread::Builder::new().name(self.name.into()).spawn(body).map_err(Lost::NotStarted)?;
        let _ = jobs.send(job);
        self.jobs = Some(jobs);
        Ok(())
    }
}

/// On a scale up to 99, on which 50 is usual: 9 as `nice` counts, with which a thread gets about an eighth of what
/// others get that want it, too.
const PATIENT: u8 = 25;

#[expect(clippy::disallowed_methods, reason = "measures what foreign files cost, which nothing depends on")]
fn now() -> Instant {
    Instant::now()
}

fn give_way(priority: ThreadPriority, policy: NormalThreadSchedulePolicy) {
    let thread = thread_priority::thread_native_id();
    if let Err(error) = thread_priority::set_thread_priority_and_policy(thread, priority, Normal(policy)) {
        tracing::debug!(?error, "work on files has an ordinary priority");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn several_pieces_are_done_in_a_row_and_one_that_hangs_or_fails_costs_itself() {
        let mut worker = Worker::new("test");
        let minute = Duration::from_mins(1);
        let quick = |items: &[u32]| items.iter().map(|i| (*i, minute)).collect::<Vec<_>>();
        let (results, lost) = worker.run_some(quick(&[1, 2, 3]), |i| i * 2).await;
        assert_eq!((results.as_slice(), lost.is_none()), (&[2, 4, 6][..results.len()], true));
        assert!(!results.is_empty());
        // Long ones by themselves.
        let long = |_| {
            let begun = now();
            while begun.elapsed() <= 2 * MOMENT {}
        };
        let (results, lost) = worker.run_some(quick(&[1, 2, 3]), long).await;
        assert_eq!((results.len(), lost.is_none()), (1, true));

        let (results, begun) = loop {
            let (release, hang) = mpsc::channel::<()>();
            let (tell, begun) = mpsc::channel();
            let work = move |i: u32| {
                let _ = tell.send(i);
                if i == 2 {
                    let _ = hang.recv();
                }
                i
            };
            let items = [1, 2, 3].map(|i| (i, Duration::from_millis(5)));
            let (results, lost) = worker.run_some(items.to_vec(), work).await;
            assert!(matches!(lost, None | Some(Lost::TooLong(_))), "{lost:?}");
            drop(release);
            // A busy machine may not even come to the first in that time, or only just.
            if !results.is_empty() && lost.is_some() {
                break (results, begun);
            }
        };
        assert_eq!(results, [1]);
        assert_eq!(begun.iter().collect::<Vec<_>>(), [1, 2], "what was given up does not go on");

        let fail = |i: u32| if i == 2 { panic!("on purpose") } else { i };
        let (results, lost) = worker.run_some(quick(&[1, 2, 3]), fail).await;
        assert_eq!(results, [1]);
        assert!(matches!(lost, Some(Lost::Failed)), "{lost:?}");
        assert_eq!(worker.run(minute, || 8).await.unwrap(), 8);
    }

    #[tokio::test]
    async fn work_that_hangs_or_fails_is_given_up_and_the_next_is_done() {
        for mut worker in [Worker::new("test"), Worker::patient("test"), Worker::background("test")] {
            let first = worker.run(Duration::from_mins(1), || thread::current().id()).await.unwrap();
            assert_eq!(worker.run(Duration::from_mins(1), || thread::current().id()).await.unwrap(), first);
            let (release, hang) = mpsc::channel::<()>();
            let lost = worker.run(Duration::from_millis(5), move || hang.recv()).await.unwrap_err();
            assert!(matches!(lost, Lost::TooLong(_)), "{lost}");
            assert_eq!(worker.run(Duration::from_mins(1), || 7).await.unwrap(), 7);
            drop(release);
            let lost = worker.run(Duration::from_mins(1), || panic!("on purpose")).await.unwrap_err();
            assert!(matches!(lost, Lost::Failed), "{lost}");
            assert_eq!(worker.run(Duration::from_mins(1), || 8).await.unwrap(), 8);
        }
    }
}
