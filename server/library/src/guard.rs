//! Files come from strangers, and the parsers that read them are foreign code: a panic in one of them must cost one
//! file, not the coordinator.
//!
//! The process's panic hook aborts (a half-dead coordinator is worse than a restart) unless [`guarded`] says that the
//! panic is about to be caught here.

use std::{
    any::Any,
    cell::Cell,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use nix::time::{ClockId, clock_gettime};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside [`guard`]. A panic hook asks this before it aborts.
pub fn guarded() -> bool {
    GUARDED.get()
}

/// Runs foreign code; a panic in it is returned as its message.
pub fn guard<T>(foreign: impl FnOnce() -> T) -> Result<T, String> {
    let outer = GUARDED.replace(true);
    // Unwind safety: the closure owns or only reads what it works on, and its result is lost with the panic.
    let result = catch_unwind(AssertUnwindSafe(foreign));
    GUARDED.set(outer);
    result.map_err(|panic| message_of(panic.as_ref()))
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("unknown").to_owned()
}

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

    /// So much of the processor's time: work that gives way to others may take long on a busy machine, which says nothing
    /// about the file.
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
    fn a_panic_in_foreign_code_is_a_message_and_the_flag_is_set_only_there() {
        assert!(!guarded());
        assert_eq!(guard(guarded), Ok(true));
        assert_eq!(guard::<()>(|| panic!("index {} out of bounds", 7)), Err("index 7 out of bounds".into()));
        assert_eq!(guard::<()>(|| std::panic::panic_any(1_u8)), Err("unknown".into()));
        assert!(!guarded());
        let nested = guard(|| {
            let _ = guard::<()>(|| panic!("inner"));
            guarded()
        });
        assert_eq!(nested, Ok(true), "the outer guard still holds after the inner one ended");
    }

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
