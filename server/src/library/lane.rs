//! Threads that work on files of strangers.
//!
//! A parser may hang, and a dead network share blocks whoever reads from it, where no signal reaches. So such work is
//! done on threads of its own, each waited for no longer than a stated time. One that does not answer is left to
//! itself, and the next piece of work gets a new thread.

use std::{
    io,
    sync::mpsc::{self, Sender},
    thread,
    time::Duration,
};

use thread_priority::{NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// A thread that does one thing after another.
#[derive(Debug)]
pub(super) struct Lane {
    name: &'static str,
    background: bool,
    jobs: Option<Sender<Job>>,
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

impl Lane {
    /// For work that somebody waits for.
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, background: false, jobs: None }
    }

    /// For work that gets what is left of the processor.
    pub(super) fn background(name: &'static str) -> Self {
        Self { name, background: true, jobs: None }
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

    fn send(&mut self, job: Job) -> Result<(), Lost> {
        let Some(jobs) = &self.jobs else { return self.start(job) };
        // The thread may have failed meanwhile.
        jobs.send(job).or_else(|mpsc::SendError(job)| self.start(job))
    }

    fn start(&mut self, job: Job) -> Result<(), Lost> {
        let (jobs, receiver) = mpsc::channel::<Job>();
        let background = self.background;
        let body = move || {
            if background {
                yield_to_others();
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

/// This thread runs only when nobody else wants to.
fn yield_to_others() {
    let policy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    let thread = thread_priority::thread_native_id();
    if let Err(error) = thread_priority::set_thread_priority_and_policy(thread, ThreadPriority::Min, policy) {
        tracing::debug!(?error, "the work in the background has an ordinary priority");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_hangs_or_fails_is_given_up_and_the_next_is_done() {
        for mut lane in [Lane::new("test"), Lane::background("test")] {
            let first = lane.run(Duration::from_mins(1), || thread::current().id()).await.unwrap();
            assert_eq!(lane.run(Duration::from_mins(1), || thread::current().id()).await.unwrap(), first);
            let (release, hang) = mpsc::channel::<()>();
            let lost = lane.run(Duration::from_millis(5), move || hang.recv()).await.unwrap_err();
            assert!(matches!(lost, Lost::TooLong(_)), "{lost}");
            assert_eq!(lane.run(Duration::from_mins(1), || 7).await.unwrap(), 7);
            drop(release);
            let lost = lane.run(Duration::from_mins(1), || panic!("on purpose")).await.unwrap_err();
            assert!(matches!(lost, Lost::Failed), "{lost}");
            assert_eq!(lane.run(Duration::from_mins(1), || 8).await.unwrap(), 8);
        }
    }
}
