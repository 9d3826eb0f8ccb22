//! Causes that repeat: said once, then once an hour with their number, for a log that is kept on a card.
//!
//! A coordinator that is off over night, a sound card that stays away, a file that cannot be had: each is tried again
//! for as long as it takes, and each try fails alike. One [`Repeats`] is kept for each subject. Pure.

use std::{collections::HashMap, time::Duration};

use downbeat_protocol::LocalTime;

/// A cause is said again after so long.
const AGAIN_AFTER_NS: i64 = 3_600_000_000_000;
/// So many ends in a row are said ...
const MOST_ENDS: f64 = 6.0;
/// ... and one more for each so many nanoseconds.
const END_EVERY_NS: f64 = 600e9;
/// More causes than these are one.
const MOST_CAUSES: usize = 32;

/// The causes of one subject.
#[derive(Debug, Clone)]
pub struct Repeats {
    causes: HashMap<String, Cause>,
    since: Option<LocalTime>,
    times: u64,
    said: bool,
    ends: f64,
    ended: LocalTime,
}

#[derive(Debug, Clone, Copy)]
struct Cause {
    said: LocalTime,
    unsaid: u64,
}

/// The end of a trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Over {
    /// How often it came.
    pub times: u64,
    /// From the first time to the end.
    pub lasted: Duration,
}

impl Default for Repeats {
    fn default() -> Self {
        let causes = HashMap::new();
        Self { causes, since: None, times: 0, said: false, ends: MOST_ENDS, ended: LocalTime(i64::MIN / 2) }
    }
}

impl Repeats {
    /// It happened, for this cause; numbers make no other cause of it. `Some`: it is to be said, with how often it came
    /// unsaid since.
    pub fn happened(&mut self, now: LocalTime, cause: &str) -> Option<u64> {
        self.since.get_or_insert(now);
        self.times += 1;
        let mut key = without_numbers(cause);
        if self.causes.len() >= MOST_CAUSES && !self.causes.contains_key(&key) {
            key.clear();
        }
        let unsaid = match self.causes.get_mut(&key) {
            Some(known) if now.nanos_since(known.said) < AGAIN_AFTER_NS => {
                known.unsaid += 1;
                return None;
            }
            Some(known) => known.unsaid,
            None => 0,
        };
        self.causes.insert(key, Cause { said: now, unsaid: 0 });
        self.said = true;
        Some(unsaid)
    }

    /// It is over. `Some`: that is to be said, since the trouble was.
    pub fn over(&mut self, now: LocalTime) -> Option<Over> {
        let since = self.since.take()?;
        let over = Over { times: self.times, lasted: Duration::from_nanos(now.nanos_since(since).max(0) as u64) };
        self.times = 0;
        let said = std::mem::take(&mut self.said);
        let passed = now.nanos_since(self.ended).max(0) as f64;
        self.ends = (self.ends + passed / END_EVERY_NS).min(MOST_ENDS);
        self.ended = now;
        // a trouble that comes and goes all day is one trouble
        if self.ends >= 1.0 {
            self.ends -= 1.0;
            self.causes.clear();
        }
        said.then_some(over)
    }
}

/// The text, its numbers and hashes alike.
fn without_numbers(text: &str) -> String {
    let text: String = text.chars().take(300).collect();
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    let word = |word: &str| {
        let hash = word.len() >= 16 && word.trim_end_matches(|c: char| !c.is_ascii_hexdigit()).len() + 1 >= word.len();
        if hash && word.bytes().filter(u8::is_ascii_digit).count() >= 4 {
            return "#".to_owned();
        }
        let mut digits = false;
        let one = |c: char| match (std::mem::replace(&mut digits, c.is_ascii_digit()), digits) {
            (true, true) => None,
            (false, true) => Some('0'),
            _ => Some(c),
        };
        word.chars().filter_map(one).collect()
    };
    words.map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coordinator::reconnect::{Backoff, BackoffSettings};

    const DAY_S: f64 = 86_400.0;

    fn at(seconds: f64) -> LocalTime {
        LocalTime((seconds * 1e9) as i64)
    }

    #[test]
    fn a_coordinator_that_is_off_for_a_day_is_some_lines() {
        let mut backoff = Backoff::new(BackoffSettings::default(), 7);
        let (mut repeats, mut now, mut lines, mut attempts, mut told) = (Repeats::default(), 0.0, 0, 0, 0);
        while now < DAY_S {
            attempts += 1;
            // two causes by turns, and a number that changes each time
            let cause = if attempts % 2 == 0 { "did not answer within 5s" } else { "port 1234 refuses connections" };
            if let Some(unsaid) = repeats.happened(at(now), &cause.replace("1234", &attempts.to_string())) {
                lines += 1;
                told += unsaid + 1;
            }
            now += backoff.ended(Duration::ZERO).as_secs_f64();
        }
        assert!(attempts > 10_000, "{attempts}");
        assert!((40..=50).contains(&lines), "two causes an hour: {lines}");
        assert!(attempts - told < 2 * 1_000, "all but the last hour's are told: {told} of {attempts}");
        let over = repeats.over(at(now)).expect("the return is said");
        assert_eq!((over.times, over.lasted.as_secs()), (attempts, now as u64));
        assert_eq!(repeats.happened(at(now + 1.0), "did not answer within 5s"), Some(0), "another night");
    }

    #[test]
    fn a_connection_that_comes_and_goes_all_day_is_some_hundred_lines() {
        let (mut repeats, mut now, mut lines) = (Repeats::default(), 0.0, 0);
        while now < DAY_S {
            lines += usize::from(repeats.happened(at(now), "closed").is_some());
            lines += usize::from(repeats.over(at(now + 5.0)).is_some());
            now += 10.0;
        }
        assert!((24..=330).contains(&lines), "{lines}");
    }

    #[test]
    fn outages_some_minutes_apart_are_each_said() {
        let mut repeats = Repeats::default();
        assert_eq!(repeats.over(at(0.0)), None, "nothing was wrong");
        for hour in 0..10 {
            let began = f64::from(hour) * 1_200.0;
            assert_eq!(repeats.happened(at(began), "closed"), Some(0), "{hour}");
            assert_eq!(repeats.happened(at(began + 1.0), "closed"), None);
            assert_eq!(repeats.over(at(began + 2.0)).map(|o| o.times), Some(2));
        }
    }

    #[test]
    fn numbers_and_hashes_make_no_other_cause() {
        let mut repeats = Repeats::default();
        let hash = |n: u64| format!("the bytes that came are not those of {n:08}deadbeef{n:048}; scan again");
        assert_eq!(repeats.happened(at(0.0), &hash(1)), Some(0));
        assert_eq!(repeats.happened(at(1.0), &hash(2)), None);
        assert_eq!(repeats.happened(at(2.0), "attempt 9 failed"), Some(0));
        assert_eq!(repeats.happened(at(3.0), "attempt 8 failed"), None);
    }

    #[test]
    fn a_flood_of_different_texts_is_bounded() {
        let mut repeats = Repeats::default();
        let word = |n: u32| n.to_string().bytes().map(|b| char::from(b'a' + (b - b'0'))).collect::<String>();
        let said = (0..100_000u32).filter(|n| repeats.happened(at(f64::from(*n) * 0.01), &word(*n)).is_some()).count();
        assert!(said <= MOST_CAUSES + 1, "{said}");
    }
}
