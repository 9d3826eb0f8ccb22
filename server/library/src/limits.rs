//! The bounds of work on a file of a stranger: no file may keep a thread for ever.

use std::{
    io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use nix::time::{ClockId, clock_gettime};

/// Ends work on a file from outside: when its time is up, or when the library is shut down.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    time: Time,
    stop: Arc<AtomicBool>,
}

#[derive(Debug, Clone)]
enum Time {
    Until(Instant),
    /// Of the processor, for the thread that works; and what that had used when it began.
    Used {
        most: Duration,
        from: Arc<OnceLock<Duration>>,
    },
}

impl Limits {
    #[expect(clippy::disallowed_methods, reason = "bounds work on a foreign file in real time")]
    pub(super) fn new(time: Duration, stop: Arc<AtomicBool>) -> Self {
        Self { time: Time::Until(Instant::now() + time), stop }
    }

    /// So much of the processor's time: work that gives way to others may take long on a busy machine, which says
    /// nothing about the file.
    pub(super) fn of_work(most: Duration, stop: Arc<AtomicBool>) -> Self {
        Self { time: Time::Used { most, from: Arc::default() }, stop }
    }

    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    #[expect(clippy::disallowed_methods, reason = "bounds work on a foreign file in real time")]
    pub(super) fn check(&self) -> io::Result<()> {
        if self.stopped() {
            return Err(io::Error::other("the library is shutting down"));
        }
        let over = match &self.time {
            Time::Until(deadline) => Instant::now() > *deadline,
            Time::Used { most, from } => {
                let used = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from).unwrap_or_default();
                used.saturating_sub(*from.get_or_init(|| used)) > *most
            }
        };
        if over {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "it took too long to read"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_limited_by_the_time_that_it_took_and_not_by_that_of_others() {
        let limits = Limits::of_work(Duration::from_millis(50), Arc::default());
        limits.check().unwrap();
        // Somebody else's: this thread waits.
        let busy = std::thread::spawn(|| {
            let own = Limits::of_work(Duration::from_millis(200), Arc::default());
            while own.check().is_ok() {}
        });
        busy.join().unwrap();
        limits.check().unwrap();
        let end = Limits::new(Duration::from_mins(1), Arc::default());
        let error = loop {
            end.check().unwrap();
            if let Err(error) = limits.check() {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
