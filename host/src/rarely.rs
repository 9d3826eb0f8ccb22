//! Lines of the log that others can cause: of each cause some are written, the rest is counted.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// So many lines of one cause are written ...
const LINES: u32 = 5;
/// ... within this time.
const WINDOW: Duration = Duration::from_mins(10);
/// So many causes are told apart; what comes beyond counts as one.
const CAUSES: usize = 4_096;

/// Those of this process.
static TOLD: LazyLock<Mutex<Rarely>> = LazyLock::new(Mutex::default);

/// How often causes of long ago are forgotten.
const TIDY: Duration = Duration::from_mins(1);

/// `Some` if a line that others can cause may be written now: the number of lines of this cause that were left out
/// before it.
pub fn may_tell(cause: &str) -> Option<u64> {
    TOLD.lock().unwrap_or_else(PoisonError::into_inner).may_tell(cause)
}

/// Counts lines by cause.
#[derive(Debug, Default)]
pub struct Rarely {
    causes: HashMap<String, Cause>,
    tidied: Option<Instant>,
}

#[derive(Debug)]
struct Cause {
    since: Instant,
    lines: u32,
    left_out: u64,
}

impl Rarely {
    /// `Some` if a line may be written now: the number of lines of this cause that were left out before it.
    #[expect(clippy::disallowed_methods, reason = "a shell's log has no other clock")]
    pub fn may_tell(&mut self, cause: &str) -> Option<u64> {
        self.may_tell_at(cause, Instant::now())
    }

    fn may_tell_at(&mut self, cause: &str, now: Instant) -> Option<u64> {
        let known = self.causes.contains_key(cause);
        let tidied = |at: Instant| now.duration_since(at) < TIDY;
        if !known && self.causes.len() >= CAUSES && !self.tidied.is_some_and(tidied) {
            self.tidied = Some(now);
            self.causes.retain(|_, c| now.duration_since(c.since) < WINDOW);
        }
        let cause = if known || self.causes.len() < CAUSES { cause } else { "" };
        let counted =
            self.causes.entry(cause.to_owned()).or_insert_with(|| Cause { since: now, lines: 0, left_out: 0 });
        if now.duration_since(counted.since) >= WINDOW {
            (counted.since, counted.lines) = (now, 0);
        }
        if counted.lines == LINES {
            counted.left_out += 1;
            return None;
        }
        counted.lines += 1;
        Some(std::mem::take(&mut counted.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "any instant will do")]
    fn now() -> Instant {
        Instant::now()
    }

    #[test]
    fn of_a_cause_a_few_lines_are_written_and_the_rest_is_counted() {
        let (mut rarely, start) = (Rarely::default(), now());
        let told = (0..1_000).filter(|_| rarely.may_tell_at("a", start).is_some()).count();
        assert_eq!(told, LINES as usize);
        assert_eq!(rarely.may_tell_at("b", start), Some(0), "another cause");
        assert_eq!(rarely.may_tell_at("a", start + WINDOW), Some(995));
        assert_eq!(rarely.may_tell_at("a", start + WINDOW), Some(0));
    }

    #[test]
    fn causes_that_others_invent_are_bounded() {
        let (mut rarely, start) = (Rarely::default(), now());
        let told = (0..100_000).filter(|i| rarely.may_tell_at(&i.to_string(), start).is_some()).count();
        assert!(told <= CAUSES + LINES as usize, "{told}");
        assert!(rarely.causes.len() <= CAUSES + 1, "{}", rarely.causes.len());
        assert!(rarely.may_tell_at("new", start + WINDOW).is_some());
    }
}
