//! API tokens of programs: named, scoped, with an end. `dbt_` and a secret; the digest is kept.

use std::collections::{BTreeSet, HashMap};

use downbeat_identity::{Digest, Secret, SecretError};
use uuid::Uuid;

use crate::{
    place::Place,
    rights::{Bound, Right},
};

/// The beginning of each token, so that one is found where it should not be.
pub const PREFIX: &str = "dbt_";
/// The life of a token if nothing is said, and at most, days.
pub const DAYS: (i64, i64) = (90, 730);
/// A user has so many.
const MOST_OF_ONE: usize = 200;
/// A use is noted to the minute, seconds: it is written to the disk.
const NOTED: i64 = 60;

/// A token, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id, for lists.
    pub id: Uuid,
    /// The digest of its secret.
    pub digest: Digest,
    /// The name that people gave it.
    pub name: String,
    /// The user whose rights it has, cut to its scopes.
    pub user: String,
    /// Its scopes; `None`: all that the user may.
    pub scopes: Option<BTreeSet<Right>>,
    /// Its bindings.
    pub bound: Option<Bound>,
    /// When it was made, seconds since 1970.
    pub made: i64,
    /// When it ends, seconds since 1970.
    pub ends: i64,
    /// When, to the minute, and from where it was last used.
    pub used: Option<(i64, Place)>,
    /// It came in clear over the network: somebody may have read it.
    pub exposed: bool,
}

/// A token that is to be made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewToken {
    /// The name, 1 to 64 characters; a user has no two of one name.
    pub name: String,
    /// Its scopes.
    pub scopes: Option<BTreeSet<Right>>,
    /// Its bindings.
    pub bound: Option<Bound>,
    /// Its life, days; `None`: 90.
    pub days: Option<i64>,
}

/// Why a token is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The name cannot be.
    #[error("a token's name has 1 to 64 printable characters")]
    Name,
    /// The name is taken.
    #[error("you have a token named {0:?} already; end it first, or take another name")]
    NameTaken(String),
    /// The life cannot be.
    #[error("a token lives 1 to 730 days")]
    Days,
    /// There are too many.
    #[error("you have 200 tokens; end some first")]
    TooMany,
    /// The system has no randomness.
    #[error(transparent)]
    Random(#[from] SecretError),
}

impl NewToken {
    /// Refuses a name or a life that cannot be.
    pub fn check(&self) -> Result<(), TokenError> {
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
            return Err(TokenError::Name);
        }
        if !(1..=DAYS.1).contains(&self.days.unwrap_or(DAYS.0)) {
            return Err(TokenError::Days);
        }
        Ok(())
    }
}

/// All tokens.
#[derive(Debug, Default)]
pub struct Tokens(HashMap<[u8; 32], Token>);

impl Tokens {
    /// Those that were kept.
    pub fn load(kept: impl IntoIterator<Item = Token>) -> Self {
        Self(kept.into_iter().map(|token| (*token.digest.as_bytes(), token)).collect())
    }

    /// Makes one. Answers the text that is shown once, and the token to keep.
    pub fn make(&mut self, user: &str, new: NewToken, now: i64) -> Result<(String, Token), TokenError> {
        new.check()?;
        let (name, days) = (new.name.trim().to_owned(), new.days.unwrap_or(DAYS.0));
        let own = || self.0.values().filter(|token| token.user == user);
        if own().any(|token| token.name == name) {
            return Err(TokenError::NameTaken(name));
        }
        if own().count() >= MOST_OF_ONE {
            return Err(TokenError::TooMany);
        }
        let secret = Secret::<32>::generate()?;
        let token = Token {
            id: Uuid::new_v4(),
            digest: secret.digest(),
            name,
            user: user.to_owned(),
            scopes: new.scopes,
            bound: new.bound,
            made: now,
            ends: now.saturating_add(days * 86_400),
            used: None,
            exposed: false,
        };
        self.0.insert(*token.digest.as_bytes(), token.clone());
        Ok((format!("{PREFIX}{}", secret.reveal()), token))
    }

    /// Looks a token up. Answers it, and whether that it was used is worth keeping; `None` if it is wrong or has ended.
    pub fn check(&mut self, text: &str, place: Place, now: i64) -> Option<(&Token, bool)> {
        let token = self.get(text).filter(|token| now < token.ends)?;
        let note = token.used.is_none_or(|(at, from)| from != place || now.saturating_sub(at) >= NOTED);
        if note {
            token.used = Some((now, place));
        }
        Some((token, note))
    }

    /// Marks a token that came in clear. It is not looked at for any other purpose. Answers the token if that is news.
    pub fn expose(&mut self, text: &str) -> Option<&Token> {
        let token = self.get(text).filter(|token| !token.exposed)?;
        token.exposed = true;
        Some(token)
    }

    /// Ends one.
    pub fn end(&mut self, id: Uuid) -> Option<Token> {
        let digest = *self.0.values().find(|token| token.id == id)?.digest.as_bytes();
        self.0.remove(&digest)
    }

    /// Ends all of a user.
    pub fn end_all(&mut self, user: &str) -> usize {
        let before = self.0.len();
        self.0.retain(|_, token| token.user != user);
        before - self.0.len()
    }

    /// All of them, by user and name.
    pub fn list(&self) -> Vec<&Token> {
        let mut all: Vec<_> = self.0.values().collect();
        all.sort_by(|a, b| (&a.user, &a.name).cmp(&(&b.user, &b.name)));
        all
    }

    fn get(&mut self, text: &str) -> Option<&mut Token> {
        let secret: Secret = text.strip_prefix(PREFIX)?.parse().ok()?;
        self.0.get_mut(secret.digest().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;
    const DAY: i64 = 86_400;

    fn place(n: u8) -> Place {
        Place::of([10, 0, 0, n].into())
    }

    fn named(name: &str) -> NewToken {
        NewToken { name: name.into(), ..NewToken::default() }
    }

    #[test]
    fn a_token_is_shown_once_and_ends() {
        let mut tokens = Tokens::default();
        let scopes = Some(BTreeSet::from([Right::Look]));
        let new = NewToken { scopes: scopes.clone(), days: Some(2), ..named(" wall panel ") };
        let (text, kept) = tokens.make("ada", new, NOW).unwrap();
        assert!(text.starts_with("dbt_") && text.len() == 56);
        assert!(!format!("{tokens:?} {kept:?}").contains(&text[4..]));
        assert_eq!((kept.name.as_str(), kept.ends), ("wall panel", NOW + 2 * DAY));
        let (token, note) = tokens.check(&text, place(1), NOW + DAY).unwrap();
        assert!(note && token.scopes == scopes && token.used == Some((NOW + DAY, place(1))));
        assert!(!tokens.check(&text, place(1), NOW + DAY + 59).unwrap().1, "to the minute");
        assert!(tokens.check(&text, place(2), NOW + DAY + 59).unwrap().1, "from elsewhere");
        assert!(tokens.check(&text, place(1), NOW + 2 * DAY).is_none());
        for wrong in ["", &text[4..], &text[..20], "dbt_", &format!("dbt_{}", "0".repeat(52)), "dbj1.x"] {
            assert!(tokens.check(wrong, place(1), NOW).is_none(), "{wrong}");
        }
        let mut again = Tokens::load([kept.clone()]);
        assert!(again.check(&text, place(1), NOW).is_some());
        assert!(again.end(kept.id).is_some() && again.check(&text, place(1), NOW).is_none());
    }

    #[test]
    fn one_that_came_in_clear_is_marked_and_works_on() {
        let mut tokens = Tokens::default();
        let (text, _) = tokens.make("ada", named("script"), NOW).unwrap();
        assert!(tokens.expose(&text).unwrap().exposed);
        assert!(tokens.expose(&text).is_none(), "no news");
        assert!(tokens.expose("dbt_wrong").is_none());
        assert!(tokens.check(&text, place(1), NOW).unwrap().0.exposed);
    }

    #[test]
    fn names_lives_and_numbers_are_bounded() {
        let mut tokens = Tokens::default();
        let mut make = |user: &str, new| tokens.make(user, new, NOW).map(drop);
        for name in ["", "  ", "a\nb", &"x".repeat(65)] {
            assert_eq!(make("ada", named(name)), Err(TokenError::Name), "{name}");
        }
        for days in [0, -1, 731, i64::MAX] {
            assert_eq!(make("ada", NewToken { days: Some(days), ..named("x") }), Err(TokenError::Days));
        }
        make("ada", named("x")).unwrap();
        assert_eq!(make("ada", named("x")), Err(TokenError::NameTaken("x".into())));
        make("bert", named("x")).unwrap();
        for n in 1..200 {
            make("ada", named(&n.to_string())).unwrap();
        }
        assert_eq!(make("ada", named("y")), Err(TokenError::TooMany));
        assert_eq!(tokens.list().len(), 201);
        assert_eq!((tokens.end_all("ada"), tokens.list().len()), (200, 1));
    }
}
