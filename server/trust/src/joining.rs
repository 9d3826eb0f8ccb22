//! Join tokens and the setup link: secrets that let a speaker or the first admin in without anybody else.

use downbeat_identity::{Digest, Fingerprint, Secret};
use uuid::Uuid;

/// The life of a join token if nothing is said, and at most, hours.
pub const HOURS: (i64, i64) = (24, 30 * 24);
/// The life of a setup link, seconds.
pub const SETUP_SECONDS: i64 = 86_400;

/// The present, by a clock that may not be set and by one that always goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Present {
    /// Seconds since 1970, if the clock is set.
    pub wall: Option<i64>,
    /// The coordinator's run: a new one for each start.
    pub run: Uuid,
    /// Seconds since it began.
    pub up: i64,
}

/// The end of something that lives for a while, though the clock may not be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// The end by the wall clock, seconds since 1970; `None` if it was not set when this began.
    pub wall: Option<i64>,
    /// The run that it began in.
    pub run: Uuid,
    /// The end by that run, seconds since it began.
    pub up: i64,
}

impl Life {
    /// A life of so many seconds from now on.
    pub fn of(seconds: i64, now: Present) -> Self {
        let wall = now.wall.map(|wall| wall.saturating_add(seconds));
        Self { wall, run: now.run, up: now.up.saturating_add(seconds) }
    }

    /// True if it has ended. One that began while the clock was not set ends with its run at the latest: a stranger's
    /// time server can then not prolong it.
    pub fn has_ended(&self, now: Present) -> bool {
        match (self.wall, now.wall) {
            _ if self.run == now.run => now.up >= self.up,
            (Some(end), Some(now)) => now >= end,
            // nobody knows how late it is
            (Some(_), None) | (None, _) => true,
        }
    }
}

/// A join token, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinGrant {
    /// Its id, for lists; a speaker keeps the id of the one that let it in.
    pub id: Uuid,
    /// The digest of its secret.
    pub digest: Digest,
    /// The name that people gave it.
    pub name: String,
    /// So many more speakers.
    pub uses: u32,
    /// Its end.
    pub life: Life,
}

/// Why a join token lets nobody in. A speaker hears one answer for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// There is none.
    #[error("no such join token")]
    Unknown,
    /// It has ended.
    #[error("the join token has ended")]
    Ended,
    /// It was used up.
    #[error("the join token was used up")]
    UsedUp,
}

/// A join token that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJoin {
    /// The name.
    pub name: String,
    /// For so many speakers, 1 to 100,000.
    pub uses: u32,
    /// Its life, hours; `None`: a day.
    pub hours: Option<i64>,
}

impl JoinGrant {
    /// Makes one of a secret; `None` if its numbers cannot be.
    pub fn make(secret: &Secret<20>, new: NewJoin, now: Present) -> Option<Self> {
        let hours = new.hours.unwrap_or(HOURS.0);
        let right = (1..=HOURS.1).contains(&hours) && (1..=100_000).contains(&new.uses);
        right.then(|| Self {
            id: Uuid::new_v4(),
            digest: secret.digest(),
            name: new.name,
            uses: new.uses,
            life: Life::of(hours * 3_600, now),
        })
    }

    /// Lets a speaker in: the uses that are left afterwards. `joined` says whether this key was let in by this token
    /// before: that costs no use.
    pub fn admit(&self, secret: &Secret<20>, now: Present, joined: bool) -> Result<u32, JoinError> {
        if secret.digest() != self.digest {
            return Err(JoinError::Unknown);
        }
        if self.life.has_ended(now) {
            return Err(JoinError::Ended);
        }
        if joined { Ok(self.uses) } else { self.uses.checked_sub(1).ok_or(JoinError::UsedUp) }
    }
}

/// The link that sets the first admin's password, or a new one after it was forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    digest: Digest,
    life: Life,
}

impl Setup {
    /// Of a secret, from now on.
    pub fn new(secret: &Secret<20>, now: Present) -> Self {
        Self { digest: secret.digest(), life: Life::of(SETUP_SECONDS, now) }
    }

    /// True if `secret` opens it. The caller throws it away with the first use, and when there is an admin.
    pub fn opens(&self, secret: &Secret<20>, now: Present) -> bool {
        secret.digest() == self.digest && !self.life.has_ended(now)
    }

    /// The address to open, with the secret where browsers do not send it.
    pub fn link(base: &str, secret: &Secret<20>, ca: Fingerprint) -> String {
        format!("{base}/setup#{}\nThe CA's fingerprint, to compare with the browser's warning: {ca}", secret.reveal())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn at(wall: Option<i64>, n: u128, up: i64) -> Present {
        Present { wall, run: run(n), up }
    }

    fn twenty() -> NewJoin {
        NewJoin { name: "shop".into(), uses: 2, hours: Some(1) }
    }

    #[test]
    fn a_join_token_is_good_for_so_many_speakers_and_so_long() {
        let (secret, other) = (Secret::generate().unwrap(), Secret::generate().unwrap());
        let now = at(Some(1_000), 1, 0);
        let mut grant = JoinGrant::make(&secret, twenty(), now).unwrap();
        assert_eq!(grant.admit(&other, now, false), Err(JoinError::Unknown));
        grant.uses = grant.admit(&secret, now, false).unwrap();
        grant.uses = grant.admit(&secret, now, true).unwrap();
        assert_eq!(grant.uses, 1, "a key that joins again costs no use");
        grant.uses = grant.admit(&secret, now, false).unwrap();
        assert_eq!(grant.admit(&secret, now, false), Err(JoinError::UsedUp));
        assert_eq!(grant.admit(&secret, now, true), Ok(0));
        assert_eq!(grant.admit(&secret, at(Some(1_000), 1, 3_600), true), Err(JoinError::Ended));
        for (uses, hours) in [(0, 1), (100_001, 1), (1, 0), (1, -1), (1, 721)] {
            let new = NewJoin { uses, hours: Some(hours), ..twenty() };
            assert_eq!(JoinGrant::make(&secret, new, now), None, "{uses} {hours}");
        }
    }

    #[test]
    fn a_life_ends_whatever_the_clock_says() {
        let never_set = Life::of(3_600, at(None, 1, 100));
        assert!(!never_set.has_ended(at(None, 1, 3_699)) && never_set.has_ended(at(None, 1, 3_700)));
        assert!(
            !never_set.has_ended(at(Some(9_999_999), 1, 200)),
            "the clock was set meanwhile: it is not late by that"
        );
        assert!(never_set.has_ended(at(Some(0), 2, 0)) && never_set.has_ended(at(None, 2, 0)), "a restart ends it");
        let set = Life::of(3_600, at(Some(10_000), 1, 0));
        assert!(!set.has_ended(at(Some(13_599), 2, 0)) && set.has_ended(at(Some(13_600), 2, 0)));
        assert!(set.has_ended(at(None, 2, 0)), "a clock that was lost");
        assert!(set.has_ended(at(Some(0), 1, 3_600)), "a clock that was set back in the same run");
    }

    #[test]
    fn a_setup_link_opens_for_a_day_and_hides_its_secret_from_requests() {
        let (secret, other) = (Secret::generate().unwrap(), Secret::generate().unwrap());
        let setup = Setup::new(&secret, at(None, 1, 0));
        assert!(setup.opens(&secret, at(None, 1, 86_399)) && !setup.opens(&secret, at(None, 1, 86_400)));
        assert!(!setup.opens(&other, at(None, 1, 0)));
        let link = Setup::link("https://music.local:3000", &secret, Fingerprint::of_public_key(b"ca"));
        assert!(link.starts_with(&format!("https://music.local:3000/setup#{}", secret.reveal())), "{link}");
        assert!(!format!("{setup:?}").contains(&secret.reveal()));
    }

    proptest! {
        /// Within one run only the clock that always goes counts.
        #[test]
        fn no_wall_clock_prolongs_a_life(
            before: Option<i64>,
            after: Option<i64>,
            up in 0_i64..10_000,
            later in 0_i64..20_000,
        ) {
            let life = Life::of(3_600, at(before, 1, up));
            prop_assert_eq!(life.has_ended(at(after, 1, up + later)), later >= 3_600);
        }
    }
}
