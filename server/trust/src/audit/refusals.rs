//! Refusals that repeat within a minute are one line with a count.

use std::collections::HashMap;

use super::Entry;

/// So many kinds are counted at once; more are counted together.
const MOST: usize = 256;
/// How long the same is counted together, seconds.
const TOGETHER: i64 = 60;

/// The refusals of the last minute.
#[derive(Debug, Default)]
pub struct Refusals {
    counted: HashMap<Entry, (i64, u32)>,
    others: (i64, u32),
}

impl Refusals {
    /// Notes one. Answers the lines to write now: the first of its kind at once, those that repeat after a minute.
    pub fn note(&mut self, entry: Entry, now: i64) -> Vec<(Entry, u32)> {
        let mut due = self.due(now);
        if let Some((_, count)) = self.counted.get_mut(&entry) {
            *count = count.saturating_add(1);
        } else if self.counted.len() < MOST {
            self.counted.insert(entry.clone(), (now, 0));
            due.push((entry, 1));
        } else {
            if self.others.1 == 0 {
                self.others.0 = now;
            }
            self.others.1 = self.others.1.saturating_add(1);
        }
        due
    }

    /// The lines whose minute is over; to be asked once a minute, and at the end with the last second there is.
    pub fn due(&mut self, now: i64) -> Vec<(Entry, u32)> {
        // a clock that was set back ends the minute, too
        let over = |began: i64| !(began..began.saturating_add(TOGETHER)).contains(&now);
        let ended: Vec<_> =
            self.counted.iter().filter(|(_, (began, _))| over(*began)).map(|(e, _)| e.clone()).collect();
        let mut due = Vec::new();
        for entry in ended {
            if let Some((_, more)) = self.counted.remove(&entry).filter(|(_, more)| *more > 0) {
                due.push((entry, more));
            }
        }
        if self.others.1 > 0 && over(self.others.0) {
            due.push((others(), std::mem::take(&mut self.others.1)));
        }
        due
    }
}

fn others() -> Entry {
    Entry {
        who: "many".into(),
        from: "many".into(),
        way: "many".into(),
        what: "refusals beyond those that are counted one by one".into(),
        target: String::new(),
        before: String::new(),
        after: String::new(),
        outcome: super::Outcome::Refused,
        detail: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(n: u32) -> Entry {
        Entry { from: format!("10.0.0.{n}"), ..others() }
    }

    #[test]
    fn what_repeats_is_counted_and_nothing_is_lost() {
        let mut refusals = Refusals::default();
        assert_eq!(refusals.note(refusal(1), 0), [(refusal(1), 1)]);
        for second in 0..59 {
            assert_eq!(refusals.note(refusal(1), second), []);
        }
        assert_eq!(refusals.note(refusal(2), 59), [(refusal(2), 1)], "another one is told at once");
        assert_eq!(refusals.due(60), [(refusal(1), 59)]);
        assert_eq!(refusals.note(refusal(1), 61), [(refusal(1), 1)]);
        assert_eq!(refusals.due(i64::MAX), []);
    }

    #[test]
    fn a_flood_of_kinds_is_bounded_and_counted() {
        let mut refusals = Refusals::default();
        let told: u32 = (0..1_000).flat_map(|n| refusals.note(refusal(n), 0)).map(|(_, count)| count).sum();
        assert_eq!((told, refusals.counted.len()), (256, 256));
        assert_eq!(refusals.due(61), [(others(), 744)]);
    }
}
