//! Sessions of people: a secret in a cookie, its digest here. A session is good where its password was given.

use std::collections::HashMap;

use downbeat_identity::{Digest, Secret, SecretError};

use crate::place::Place;

/// Without use it ends after so long, seconds.
pub const IDLE: i64 = 30 * 86_400;
/// It ends after so long in any case, seconds.
pub const LONGEST: i64 = 90 * 86_400;
/// A dangerous call needs a password that was given at most so many seconds ago.
pub const FRESH: i64 = 900;
/// A session is good at so many places.
const MOST_PLACES: usize = 4;
/// A user has so many sessions; the one that was not used for longest gives way.
const MOST_OF_ONE: usize = 32;
/// A use is noted to the minute, seconds: it is written to the disk.
const NOTED: i64 = 60;

/// A session, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The digest of its secret.
    pub digest: Digest,
    /// The user's name.
    pub user: String,
    /// When it began, seconds since 1970.
    pub began: i64,
    /// When it was last used, to the minute, seconds since 1970.
    pub used: i64,
    /// When the password was last given, seconds since 1970.
    pub proved: i64,
    /// The places where the password was given.
    pub places: Vec<Place>,
}

/// Why a session is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionError {
    /// There is none, or it has ended.
    Unknown,
    /// It began elsewhere: the password is asked for. The session stays.
    Elsewhere,
}

/// A session that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Good {
    /// The user's name.
    pub user: String,
    /// The password was given a short while ago.
    pub fresh: bool,
    /// It is worth keeping that it was used.
    pub note: bool,
}

/// All sessions.
#[derive(Debug, Default)]
pub struct Sessions(HashMap<[u8; 32], Session>);

impl Sessions {
    /// Those that were kept.
    pub fn load(kept: impl IntoIterator<Item = Session>) -> Self {
        Self(kept.into_iter().map(|session| (*session.digest.as_bytes(), session)).collect())
    }

    /// Begins one, after the password was right. Answers the secret for the cookie, the session to keep, and those that
    /// gave way.
    pub fn begin(&mut self, user: &str, place: Place, now: i64) -> Result<(Secret, Session, Vec<Digest>), SecretError> {
        let secret = Secret::generate()?;
        let mut own: Vec<_> = self.0.values().filter(|s| s.user == user).map(|s| (s.used, s.digest)).collect();
        own.sort_by_key(|(used, _)| std::cmp::Reverse(*used));
        let gone: Vec<_> = own.into_iter().skip(MOST_OF_ONE - 1).map(|(_, digest)| digest).collect();
        for digest in &gone {
            self.0.remove(digest.as_bytes());
        }
        let session = Session {
            digest: secret.digest(),
            user: user.into(),
            began: now,
            used: now,
            proved: now,
            places: vec![place],
        };
        self.0.insert(*session.digest.as_bytes(), session.clone());
        Ok((secret, session, gone))
    }

    /// Looks a cookie up.
    pub fn check(&mut self, cookie: &str, place: Place, now: i64) -> Result<Good, SessionError> {
        let session = self.get(cookie, now).ok_or(SessionError::Unknown)?;
        if !session.places.contains(&place) {
            return Err(SessionError::Elsewhere);
        }
        let note = now.saturating_sub(session.used) >= NOTED;
        if note {
            session.used = now;
        }
        let fresh = (0..FRESH).contains(&now.saturating_sub(session.proved));
        Ok(Good { user: session.user.clone(), fresh, note })
    }

    /// Notes that the password of the session's user was given, here and now. Answers the session to keep; `None` if
    /// there is none, or it is another user's.
    pub fn prove(&mut self, cookie: &str, user: &str, place: Place, now: i64) -> Option<Session> {
        let session = self.get(cookie, now).filter(|session| session.user == user)?;
        session.proved = now;
        session.places.retain(|other| *other != place);
        session.places.insert(0, place);
        session.places.truncate(MOST_PLACES);
        Some(session.clone())
    }

    /// Ends one.
    pub fn end(&mut self, cookie: &str) -> Option<Session> {
        let secret: Secret = cookie.parse().ok()?;
        self.0.remove(secret.digest().as_bytes())
    }

    /// Ends all of a user, but for `keep`. Answers how many.
    pub fn end_all(&mut self, user: &str, keep: Option<&str>) -> usize {
        let keep = keep.and_then(|cookie| cookie.parse::<Secret>().ok()).map(|secret| *secret.digest().as_bytes());
        let before = self.0.len();
        self.0.retain(|digest, session| session.user != user || Some(*digest) == keep);
        before - self.0.len()
    }

    /// Forgets those that have ended. Answers their digests.
    pub fn sweep(&mut self, now: i64) -> Vec<Digest> {
        let ended: Vec<_> = self.0.values().filter(|s| has_ended(s, now)).map(|s| s.digest).collect();
        self.0.retain(|_, session| !has_ended(session, now));
        ended
    }

    /// The sessions of a user, the last used first.
    pub fn of(&self, user: &str) -> Vec<&Session> {
        let mut own: Vec<_> = self.0.values().filter(|session| session.user == user).collect();
        own.sort_by_key(|session| std::cmp::Reverse(session.used));
        own
    }

    fn get(&mut self, cookie: &str, now: i64) -> Option<&mut Session> {
        let secret: Secret = cookie.parse().ok()?;
        self.0.get_mut(secret.digest().as_bytes()).filter(|session| !has_ended(session, now))
    }
}

/// A clock that was set back ends nothing.
fn has_ended(session: &Session, now: i64) -> bool {
    now.saturating_sub(session.used) >= IDLE || now.saturating_sub(session.began) >= LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;
    const NOW: i64 = 1_800_000_000;

    fn place(n: u8) -> Place {
        Place::of([10, 0, 0, n].into())
    }

    fn one() -> (Sessions, String) {
        let mut sessions = Sessions::default();
        let (secret, ..) = sessions.begin("ada", place(1), NOW).unwrap();
        (sessions, secret.reveal())
    }

    #[test]
    fn a_session_is_good_until_it_is_not_used_for_long_or_was_there_for_long() {
        let (mut sessions, cookie) = one();
        let good = sessions.check(&cookie, place(1), NOW + 10).unwrap();
        assert_eq!(good, Good { user: "ada".into(), fresh: true, note: false });
        let good = sessions.check(&cookie, place(1), NOW + FRESH).unwrap();
        assert!(!good.fresh && good.note);
        assert!(sessions.check(&cookie, place(1), NOW - 5 * DAY).is_ok(), "a clock that was set back");
        assert!(!sessions.check(&cookie, place(1), NOW - 5 * DAY).unwrap().fresh, "and is not fresh by it");
        for day in (20..=80).step_by(20) {
            sessions.check(&cookie, place(1), NOW + day * DAY).unwrap();
        }
        assert_eq!(sessions.check(&cookie, place(1), NOW + 90 * DAY), Err(SessionError::Unknown));
        let (mut sessions, cookie) = one();
        assert_eq!(sessions.check(&cookie, place(1), NOW + IDLE), Err(SessionError::Unknown));
        assert_eq!(sessions.sweep(NOW + IDLE).len(), 1);
    }

    #[test]
    fn a_stolen_cookie_is_no_good_elsewhere_and_does_no_harm_where_it_is_good() {
        let (mut sessions, cookie) = one();
        assert_eq!(sessions.check(&cookie, place(2), NOW), Err(SessionError::Elsewhere));
        assert!(sessions.check(&cookie, place(1), NOW).is_ok());
        assert_eq!(sessions.prove(&cookie, "bert", place(2), NOW), None, "another's password");
        for n in 2..=5 {
            sessions.prove(&cookie, "ada", place(n), NOW + 1).unwrap();
            assert!(sessions.check(&cookie, place(n), NOW + 1).is_ok());
        }
        assert_eq!(sessions.check(&cookie, place(1), NOW), Err(SessionError::Elsewhere), "four places at most");
        for wrong in ["", "x", &cookie[1..], &"0".repeat(52)] {
            assert_eq!(sessions.check(wrong, place(1), NOW), Err(SessionError::Unknown));
        }
    }

    #[test]
    fn sessions_end_by_logout_by_a_new_password_and_by_too_many() {
        let (mut sessions, first) = one();
        let (second, kept, gone) = sessions.begin("ada", place(1), NOW + 1).unwrap();
        assert!(gone.is_empty() && sessions.of("ada").len() == 2 && !format!("{kept:?}").contains(&second.reveal()));
        sessions.begin("bert", place(1), NOW).unwrap();
        assert_eq!(sessions.end_all("ada", Some(&second.reveal())), 1);
        assert_eq!(sessions.check(&first, place(1), NOW), Err(SessionError::Unknown));
        assert!(sessions.end(&second.reveal()).is_some() && sessions.end(&second.reveal()).is_none());
        assert_eq!((sessions.of("ada").len(), sessions.of("bert").len()), (0, 1));
        for n in 0..40 {
            sessions.begin("ada", place(1), NOW + n).unwrap();
        }
        assert_eq!(sessions.of("ada").len(), MOST_OF_ONE);
        let kept: Vec<_> = sessions.of("ada").into_iter().cloned().collect();
        assert_eq!(Sessions::load(kept).of("ada").len(), MOST_OF_ONE);
    }
}
