//! Growing waits after wrong passwords. Nobody is locked out: an owner has a count of their own where they usually are.

use std::collections::HashMap;

use crate::place::Place;

/// So many failures cost nothing.
const FREE: u32 = 3;
/// The longest wait of a place, seconds.
const LONGEST: u64 = 900;
/// Failures of one account from everywhere, after which unknown places wait together.
const FROM_EVERYWHERE: u32 = 20;
/// How long those are remembered, and how long unknown places wait between tries, seconds.
const WINDOW: u64 = 900;
const UNKNOWN_WAIT: u64 = 30;
/// A place from which an account logged in is known for so long, seconds.
const KNOWN: u64 = 90 * 86_400;
/// A failure counts for so long, seconds. It is longer than the longest wait, or one that waits it out would begin
/// anew.
const FORGOTTEN: u64 = 86_400;
/// Counts that are kept at most, of each kind.
const MOST: usize = 8_192;

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    failures: u32,
    last: u64,
}

impl Count {
    /// The first moment at which the next try is looked at.
    fn until(self) -> u64 {
        match self.failures.checked_sub(FREE) {
            None => 0,
            Some(beyond) => self.last.saturating_add(LONGEST.min(1_u64.checked_shl(beyond).unwrap_or(LONGEST))),
        }
    }

    /// It may give way to another.
    fn has_run_out(self, now: u64) -> bool {
        now >= self.last.saturating_add(2 * LONGEST)
    }
}

/// The counts of wrong passwords, in memory. Times are seconds of a clock that is never set back.
#[derive(Debug, Default)]
pub struct Waits {
    pairs: HashMap<(String, Place), Count>,
    places: HashMap<Place, Count>,
    accounts: HashMap<String, Count>,
    known: HashMap<(String, Place), u64>,
    /// The places for which there was no room.
    others: Count,
}

impl Waits {
    /// The seconds that a try for `account` from `place` has to wait; 0: it is looked at now.
    pub fn wait(&self, account: &str, place: Place, now: u64) -> u64 {
        let key = (account.to_lowercase(), place);
        let pair = self.pairs.get(&key).map_or(0, |count| count.until());
        let at = match self.places.get(&place) {
            Some(count) => count.until(),
            None if self.places.len() >= MOST && !self.is_known(&key, now) => self.others.until(),
            None => 0,
        };
        // a known place is not asked for what other places, or other accounts' guessers behind one address, did
        let until = if self.is_known(&key, now) { pair } else { pair.max(at).max(self.everywhere(&key.0, now)) };
        until.saturating_sub(now)
    }

    /// Notes a wrong password.
    pub fn failed(&mut self, account: &str, place: Place, now: u64) {
        let account = account.to_lowercase();
        if self.places.len() >= MOST && !self.places.contains_key(&place) {
            self.places.retain(|_, count| !count.has_run_out(now));
        }
        if self.places.len() >= MOST && !self.places.contains_key(&place) {
            note(&mut self.others, now);
        } else {
            note(self.places.entry(place).or_default(), now);
        }
        let key = (account, place);
        if make_room(&mut self.accounts, &key.0, now) {
            let count = self.accounts.entry(key.0.clone()).or_default();
            if now.saturating_sub(count.last) > WINDOW {
                count.failures = 0;
            }
            note(count, now);
        }
        if make_room(&mut self.pairs, &key, now) {
            note(self.pairs.entry(key).or_default(), now);
        }
    }

    /// Notes a right password: this place is known for this account from now on, and what failed here is forgotten.
    pub fn succeeded(&mut self, account: &str, place: Place, now: u64) {
        let key = (account.to_lowercase(), place);
        self.pairs.remove(&key);
        self.places.remove(&place);
        if self.known.len() >= MOST {
            self.known.retain(|_, at| now.saturating_sub(*at) < KNOWN);
        }
        if self.known.len() < MOST || self.known.contains_key(&key) {
            self.known.insert(key, now);
        }
    }

    fn is_known(&self, key: &(String, Place), now: u64) -> bool {
        self.known.get(key).is_some_and(|at| now.saturating_sub(*at) < KNOWN)
    }

    fn everywhere(&self, account: &str, now: u64) -> u64 {
        match self.accounts.get(account) {
            Some(count) if count.failures >= FROM_EVERYWHERE && now.saturating_sub(count.last) <= WINDOW => {
                count.last.saturating_add(UNKNOWN_WAIT)
            }
            _ => 0,
        }
    }
}

fn note(count: &mut Count, now: u64) {
    if now.saturating_sub(count.last) >= FORGOTTEN {
        count.failures = 0;
    }
    count.failures = count.failures.saturating_add(1);
    count.last = now;
}

/// True if there is room for the count of `key`: those that have run out give way.
fn make_room<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, Count>, key: &K, now: u64) -> bool {
    if counts.len() >= MOST && !counts.contains_key(key) {
        counts.retain(|_, count| !count.has_run_out(now));
    }
    counts.len() < MOST || counts.contains_key(key)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    fn place(n: u32) -> Place {
        Place::of(IpAddr::V4(Ipv4Addr::from_bits(n)))
    }

    #[test]
    fn the_wait_doubles_after_three_that_are_free() {
        let mut waits = Waits::default();
        let mut seen = Vec::new();
        let mut now = 1_000;
        for _ in 0..15 {
            waits.failed("ada", place(1), now);
            let wait = waits.wait("Ada", place(1), now);
            seen.push(wait);
            now += wait;
            assert_eq!(waits.wait("ada", place(1), now), 0, "it ends");
        }
        assert_eq!(seen, [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        waits.failed("ada", place(1), now + FORGOTTEN);
        assert_eq!(waits.wait("ada", place(1), now + FORGOTTEN), 0, "a day later it begins anew");
    }

    #[test]
    fn one_place_that_tries_many_names_waits_and_others_do_not() {
        let mut waits = Waits::default();
        for n in 0..8 {
            waits.failed(&format!("name{n}"), place(1), 1_000);
        }
        assert!(waits.wait("name9", place(1), 1_000) >= 16);
        assert_eq!(waits.wait("name9", place(2), 1_000), 0);
    }

    #[test]
    fn guessing_from_everywhere_makes_unknown_places_wait_and_not_the_owners() {
        let mut waits = Waits::default();
        waits.succeeded("ada", place(7), 1_000);
        for n in 100..200 {
            waits.failed("ada", place(n), 2_000);
        }
        assert_eq!(waits.wait("ada", place(300), 2_000), UNKNOWN_WAIT);
        assert_eq!(waits.wait("ada", place(7), 2_000), 0, "the owner where they usually are");
        assert_eq!(waits.wait("bert", place(300), 2_000), 0, "another account");
        assert_eq!(waits.wait("ada", place(300), 2_000 + UNKNOWN_WAIT), 0);
        for _ in 0..5 {
            waits.failed("ada", place(7), 2_000);
        }
        assert_eq!(waits.wait("ada", place(7), 2_000), 4, "a known place has its own count");
        assert_eq!(waits.wait("ada", place(7), 1_000 + KNOWN), 0);
        waits.succeeded("ada", place(7), 2_010);
        assert_eq!(waits.wait("ada", place(7), 2_010), 0);
    }

    #[test]
    fn a_flood_of_places_is_bounded_and_shares_one_wait() {
        let mut waits = Waits::default();
        waits.succeeded("ada", place(7), 1_000);
        for n in 0..20_000 {
            waits.failed(&format!("name{n}"), place(10_000 + n), 1_000);
        }
        let sizes = [waits.pairs.len(), waits.places.len(), waits.accounts.len(), waits.known.len()];
        assert!(sizes.iter().all(|size| *size <= MOST), "{sizes:?}");
        assert_eq!(waits.wait("name", place(99_999), 1_000), LONGEST);
        assert_eq!(waits.wait("ada", place(7), 1_000), 0);
        waits.failed("x", place(50_000), 1_000 + 2 * LONGEST);
        assert!(waits.places.len() < 10, "those that have run out give way");
    }
}
