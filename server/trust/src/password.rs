//! Passwords of people: argon2id, at a cost that a Pi with 512 MB bears, and never many at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use data_encoding::BASE64_NOPAD;
use downbeat_identity::{SecretError, random};

/// 19 MiB, two passes, one lane: the second of OWASP's equal settings.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// A hash that asks for more is not reckoned: it came with a foreign database.
const MOST_KIB: u32 = 256 * 1024;
const MOST_PASSES: u32 = 10;
const MOST_LANES: u32 = 4;
/// The lengths of a password, characters.
pub const LENGTH: std::ops::RangeInclusive<usize> = 10..=256;

/// Passwords that are tried first, of those that are long enough. Compared in lower case.
const COMMON: &[&str] = &[
    "1234567890",
    "12345678910",
    "123456789a",
    "1q2w3e4r5t",
    "1qaz2wsx3edc",
    "0987654321",
    "1122334455",
    "123123123123",
    "abcd123456",
    "abcdefghij",
    "administrator",
    "asdfghjkl1",
    "asdfghjkl;",
    "changeme123",
    "downbeat123",
    "downbeatdownbeat",
    "iloveyou12",
    "iloveyou123",
    "letmein123",
    "liverpool1",
    "manchester",
    "monkey12345",
    "musicmusic",
    "password01",
    "password10",
    "password11",
    "password12",
    "password123",
    "password1234",
    "password12345",
    "password123456",
    "passwordpassword",
    "q1w2e3r4t5",
    "qwer123456",
    "qwertyuiop",
    "qwertyuiop1",
    "qwerty12345",
    "qwerty123456",
    "raspberry1",
    "raspberrypi",
    "speaker123",
    "starwars123",
    "sunshine12",
    "superman123",
    "welcome123",
    "welcome1234",
    "zaq12wsxcde3",
];

/// Why a password is not taken, or not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short or too long.
    #[error("a password has 10 to 256 characters")]
    Length,
    /// One that everybody tries.
    #[error("this password is among the first that are tried, or is the user's name; take another one")]
    Common,
    /// As many are reckoned as may be: 429.
    #[error("too many logins at once; try again in a second")]
    Busy,
    /// The system has no randomness or no memory.
    #[error("the password cannot be reckoned now: {0}")]
    System(&'static str),
}

impl From<SecretError> for PasswordError {
    fn from(_: SecretError) -> Self {
        Self::System("no randomness")
    }
}

/// The verdict on a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is right.
    Right,
    /// It is right, and its hash should be made anew at the present cost.
    RightButOld,
    /// It is wrong, or there is no such user.
    Wrong,
}

/// The place where passwords are reckoned: so many at once, and no more.
#[derive(Debug)]
pub struct Passwords {
    at_work: AtomicUsize,
    most: usize,
    nobody: String,
    memory_kib: u32,
}

/// The right to reckon one.
struct Turn<'a>(&'a AtomicUsize);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Passwords {
    /// At most `most` at once. Each takes 19 MiB and some tenths of a second of a Pi; the caller gives it a thread.
    pub fn new(most: usize) -> Result<Self, PasswordError> {
        Self::with_memory(most, MEMORY_KIB)
    }

    fn with_memory(most: usize, memory_kib: u32) -> Result<Self, PasswordError> {
        // random bytes in the place of a hash: it costs the same to compare with, and nothing to make at each start
        let (salt, hash) = (BASE64_NOPAD.encode(&random::<16>()?), BASE64_NOPAD.encode(&random::<32>()?));
        let nobody = format!("$argon2id$v=19$m={memory_kib},t={PASSES},p=1${salt}${hash}");
        Ok(Self { at_work: AtomicUsize::new(0), most, nobody, memory_kib })
    }

    /// The hash to be kept of a new password of `user`.
    pub fn hash(&self, user: &str, password: &str) -> Result<String, PasswordError> {
        if !LENGTH.contains(&password.chars().count()) {
            return Err(PasswordError::Length);
        }
        let lower = password.to_lowercase();
        let one = lower.chars().next();
        if COMMON.contains(&lower.as_str()) || lower == user.to_lowercase() || lower.chars().all(|c| Some(c) == one) {
            return Err(PasswordError::Common);
        }
        let _turn = self.turn()?;
        self.reckon(password.as_bytes())
    }

    /// Judges a password. `kept` is `None` if there is no such user: that takes the same time.
    pub fn check(&self, kept: Option<&str>, password: &str) -> Result<Verdict, PasswordError> {
        // one that cannot be anybody's is not worth the work, and says nothing about the user
        if password.chars().count() > *LENGTH.end() {
            return Ok(Verdict::Wrong);
        }
        let _turn = self.turn()?;
        let hash = PasswordHash::new(kept.unwrap_or(&self.nobody)).ok();
        let hash = hash.filter(|hash| Params::try_from(hash).is_ok_and(|params| bearable(&params)));
        let Some(hash) = hash else {
            cost_the_same(self, password);
            return Ok(Verdict::Wrong);
        };
        let right = self.argon()?.verify_password(password.as_bytes(), &hash).is_ok();
        let old = Params::try_from(&hash).ok().is_none_or(|p| (p.m_cost(), p.t_cost()) != (self.memory_kib, PASSES));
        Ok(match (kept.is_some() && right, old) {
            (true, false) => Verdict::Right,
            (true, true) => Verdict::RightButOld,
            (false, _) => Verdict::Wrong,
        })
    }

    fn turn(&self) -> Result<Turn<'_>, PasswordError> {
        // counted first and taken back: two that come at once cannot both be the last
        let turn = Turn(&self.at_work);
        if self.at_work.fetch_add(1, Ordering::AcqRel) < self.most { Ok(turn) } else { Err(PasswordError::Busy) }
    }

    fn argon(&self) -> Result<Argon2<'static>, PasswordError> {
        let params =
            Params::new(self.memory_kib, PASSES, 1, None).map_err(|_| PasswordError::System("its cost is wrong"))?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }

    fn reckon(&self, password: &[u8]) -> Result<String, PasswordError> {
        let salt: [u8; 16] = random()?;
        let hash = self.argon()?.hash_password_with_salt(password, &salt);
        hash.map(|hash| hash.to_string()).map_err(|_| PasswordError::System("no memory"))
    }
}

/// The work that a right hash would have cost, for one that is damaged.
fn cost_the_same(passwords: &Passwords, password: &str) {
    let _ = passwords.reckon(password.as_bytes());
}

fn bearable(params: &Params) -> bool {
    params.m_cost() <= MOST_KIB && params.t_cost() <= MOST_PASSES && params.p_cost() <= MOST_LANES
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As cheap as argon2 gets.
    fn cheap(most: usize) -> Passwords {
        Passwords::with_memory(most, 16).unwrap()
    }

    #[test]
    fn a_password_is_told_from_others_and_its_hash_says_its_cost() {
        let passwords = Passwords::new(1).unwrap();
        let kept = passwords.hash("ada", "correct horse battery").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert_eq!(passwords.check(Some(&kept), "correct horse battery"), Ok(Verdict::Right));
        assert_eq!(passwords.check(Some(&kept), "correct horse batterY"), Ok(Verdict::Wrong));
        assert_ne!(passwords.hash("ada", "correct horse battery").unwrap(), kept, "each has a salt of its own");
    }

    #[test]
    fn nobody_has_a_password_and_a_damaged_hash_is_nobodys() {
        let passwords = cheap(1);
        for kept in [None, Some(""), Some("plain"), Some("$argon2id$v=19$m=16,t=2,p=1$AAAA")] {
            assert_eq!(passwords.check(kept, "correct horse battery"), Ok(Verdict::Wrong), "{kept:?}");
        }
        let long = "x".repeat(300);
        assert_eq!(passwords.check(None, &long), Ok(Verdict::Wrong));
    }

    #[test]
    fn an_unknown_name_costs_what_a_known_one_does() {
        let passwords = Passwords::new(1).unwrap();
        let kept = passwords.hash("ada", "correct horse battery").unwrap();
        let cost = |hash: &str| {
            let parts: Vec<_> = hash.split('$').map(str::to_owned).collect();
            assert_eq!(parts.len(), 6, "{hash}");
            let lengths: Vec<_> = parts[4..].iter().map(String::len).collect();
            let params = Params::try_from(&PasswordHash::new(hash).unwrap()).unwrap();
            (parts[1..4].to_vec(), lengths, params.m_cost(), params.t_cost(), params.p_cost())
        };
        assert_eq!(cost(&passwords.nobody), cost(&kept), "it is reckoned with as any other");
        // neither is answered before it was reckoned: where that cannot be, both are put off
        let none = Passwords::new(0).unwrap();
        for kept in [None, Some(kept.as_str())] {
            assert_eq!(none.check(kept, "wrong wrong wrong"), Err(PasswordError::Busy));
        }
    }

    #[test]
    fn a_foreign_hash_cannot_ask_for_all_memory() {
        let passwords = cheap(1);
        let kept = passwords.hash("ada", "correct horse battery").unwrap();
        let greedy = kept.replace("m=16,", "m=4194304,");
        assert_ne!(greedy, kept);
        assert_eq!(passwords.check(Some(&greedy), "correct horse battery"), Ok(Verdict::Wrong));
    }

    #[test]
    fn an_old_hash_is_right_and_to_be_made_anew() {
        let kept = cheap(1).hash("ada", "correct horse battery").unwrap();
        let dearer = Passwords::with_memory(1, 32).unwrap();
        assert_eq!(dearer.check(Some(&kept), "correct horse battery"), Ok(Verdict::RightButOld));
        assert_eq!(dearer.check(Some(&kept), "something else"), Ok(Verdict::Wrong));
    }

    #[test]
    fn what_everybody_tries_is_refused() {
        let passwords = cheap(1);
        for (password, error) in [
            ("short", PasswordError::Length),
            (&"x".repeat(257) as &str, PasswordError::Length),
            ("Password123", PasswordError::Common),
            ("aaaaaaaaaaaa", PasswordError::Common),
            ("ada lovelace", PasswordError::Common),
        ] {
            assert_eq!(passwords.hash("Ada Lovelace", password), Err(error), "{password}");
        }
        passwords.hash("ada", "ünïcödé ist auch gut").unwrap();
        assert!(COMMON.iter().all(|p| LENGTH.contains(&p.chars().count()) && *p == p.to_lowercase()));
    }

    #[test]
    fn no_more_are_reckoned_at_once_than_may_be() {
        let passwords = cheap(2);
        let (first, _second) = (passwords.turn().unwrap(), passwords.turn().unwrap());
        assert_eq!(passwords.check(None, "correct horse battery"), Err(PasswordError::Busy));
        drop(first);
        assert_eq!(passwords.check(None, "correct horse battery"), Ok(Verdict::Wrong));
    }
}
