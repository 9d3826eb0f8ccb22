//! Logins: a password becomes a session, after the wait that failures before it ask for.

use std::{sync::Arc, time::Duration};

use chrono::Utc;
use downbeat_identity::Secret;
use downbeat_store::StoreError;
use downbeat_trust::{
    password::{PasswordError, Verdict},
    place::Place,
};

use super::{
    PeopleError, User,
    people::{People, UserEdit, key, login_row, place_text},
};

/// How long a place from which an account logged in is known, seconds.
const KNOWN: i64 = 90 * 86_400;

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The name or the password: nobody is told which.
    #[error("the name or the password is wrong")]
    Wrong,
    /// It is not looked at yet: 429.
    #[error("too many wrong passwords; the next one is looked at in {} s", .0.as_secs())]
    Wait(Duration),
    /// Something else.
    #[error(transparent)]
    People(#[from] PeopleError),
}

impl From<PasswordError> for LoginError {
    fn from(error: PasswordError) -> Self {
        Self::People(error.into())
    }
}

impl From<StoreError> for LoginError {
    fn from(error: StoreError) -> Self {
        Self::People(error.into())
    }
}

impl People {
    /// Begins a session, or goes on with the one of `cookie` if it is the same user's. Answers the user, and the secret
    /// of a new session.
    pub async fn login(
        &self,
        name: &str,
        password: String,
        place: Place,
        cookie: Option<&str>,
    ) -> Result<(User, Option<Secret>), LoginError> {
        let user = self.prove(name, password, place).await?;
        let now = Utc::now().timestamp();
        let session = cookie.and_then(|cookie| self.lock().sessions.prove(cookie, &user.name, place, now));
        if let Some(session) = session {
            self.0.store.save_login(&login_row(&session)).await?;
            return Ok((user, None));
        }
        let begun = self.lock().sessions.begin(&user.name, place, now);
        let (secret, session, gone) = begun.map_err(PeopleError::from)?;
        self.0.store.save_login(&login_row(&session)).await?;
        let gone: Vec<_> = gone.iter().map(|digest| *digest.as_bytes()).collect();
        self.0.store.delete_logins(&gone).await?;
        Ok((user, Some(secret)))
    }

    /// Ends the session of a cookie.
    pub async fn logout(&self, cookie: &str) -> Result<(), StoreError> {
        let ended = self.lock().sessions.end(cookie);
        match ended {
            Some(session) => self.0.store.delete_logins(&[*session.digest.as_bytes()]).await,
            None => Ok(()),
        }
    }

    /// The user, if the password is theirs. An unknown name takes the same time and gets the same answer.
    pub async fn prove(&self, name: &str, password: String, place: Place) -> Result<User, LoginError> {
        let line = self.0.line.try_acquire().map_err(|_| PasswordError::Busy)?;
        let turn = self.0.reckoning.acquire().await.map_err(|_| PasswordError::Busy)?;
        let (kept, wait) = {
            let mut known = self.lock();
            let wait = known.waits.wait(name, place, self.up());
            if wait == 0 {
                // counted before it is looked at: many at once are not one
                known.waits.failed(name, place, self.up());
            }
            (known.users.get(&key(name)).map(|user| user.password.clone()).filter(|hash| !hash.is_empty()), wait)
        };
        if wait > 0 {
            return Err(LoginError::Wait(Duration::from_secs(wait)));
        }
        let (state, given) = (Arc::clone(&self.0), password.clone());
        let verdict = tokio::task::spawn_blocking(move || state.passwords.check(kept.as_deref(), &given)).await;
        let verdict = verdict.map_err(|_| PasswordError::System("it broke off"))??;
        drop((turn, line));
        let user = self.user(name).filter(|_| verdict != Verdict::Wrong).ok_or(LoginError::Wrong)?;
        self.lock().waits.succeeded(name, place, self.up());
        let now = Utc::now().timestamp();
        self.0.store.save_known_place(&user.name, &place_text(place), now, now - KNOWN).await?;
        if verdict == Verdict::RightButOld {
            self.raise(&user, password).await;
        }
        Ok(user)
    }

    /// Makes a hash anew at the present cost. It is tried again at the next login.
    async fn raise(&self, user: &User, password: String) {
        let edit = UserEdit { password: Some(password), ..UserEdit::default() };
        if let Err(error) = self.edit(&user.name, edit, None).await {
            tracing::debug!(%error, "a password's hash stays as it is");
        }
    }
}

#[cfg(test)]
mod tests {
    use downbeat_store::Store;
    use downbeat_trust::{
        admission::{Credential, Refusal},
        rights::Role,
        tokens::NewToken,
    };

    use super::{super::NewUser, *};

    const PASSWORD: &str = "correct horse battery";

    async fn people(folder: &tempfile::TempDir) -> People {
        People::load(Store::open(folder.path()).await.unwrap()).await.unwrap()
    }

    fn place(last: u8) -> Place {
        Place::of([10, 0, 0, last].into())
    }

    fn new(name: &str, role: Role) -> NewUser {
        NewUser { name: name.into(), password: PASSWORD.into(), role, bound: None, max_volume: None }
    }

    fn is_person(credential: &Credential, name: &str) -> bool {
        matches!(credential, Credential::Of(person) if person.name == name)
    }

    #[tokio::test]
    async fn a_session_and_a_token_outlive_a_restart_and_end_with_their_user() {
        let folder = tempfile::tempdir().unwrap();
        let first = people(&folder).await;
        assert!(!first.has_admin());
        first.add(new("ada", Role::Admin)).await.unwrap();
        first.add(new("olga", Role::Operator)).await.unwrap();
        let (_, secret) = first.login("Olga", PASSWORD.into(), place(1), None).await.unwrap();
        let cookie = secret.unwrap().reveal();
        let (token, _) = first.make_token("olga", NewToken { name: "t".into(), ..NewToken::default() }).await.unwrap();
        let again = people(&folder).await;
        assert!(again.has_admin());
        assert!(is_person(&again.by_cookie(&cookie, place(1)), "olga"));
        assert!(is_person(&again.by_token(&token, place(2)), "olga"));
        assert_eq!(again.by_cookie(&cookie, place(2)), Credential::Wrong(Refusal::PasswordAgain), "a stolen cookie");
        again.delete("olga").await.unwrap();
        assert_eq!(again.by_cookie(&cookie, place(1)), Credential::Wrong(Refusal::Wrong));
        assert_eq!(again.by_token(&token, place(2)), Credential::Wrong(Refusal::Wrong));
        let third = people(&folder).await;
        assert_eq!(third.by_token(&token, place(2)), Credential::Wrong(Refusal::Wrong));
        assert!(matches!(third.delete("ada").await, Err(PeopleError::User(_))), "the last admin stays");
    }

    #[tokio::test]
    async fn another_password_ends_the_sessions_but_for_the_one_that_set_it() {
        let folder = tempfile::tempdir().unwrap();
        let people = people(&folder).await;
        people.add(new("ada", Role::Admin)).await.unwrap();
        let mut cookies = Vec::new();
        for _ in 0..2 {
            let (_, secret) = people.login("ada", PASSWORD.into(), place(1), None).await.unwrap();
            cookies.push(secret.unwrap().reveal());
        }
        let edit = UserEdit { password: Some("another horse battery".into()), ..UserEdit::default() };
        people.edit("ada", edit, Some(&cookies[0])).await.unwrap();
        assert!(is_person(&people.by_cookie(&cookies[0], place(1)), "ada"));
        assert_eq!(people.by_cookie(&cookies[1], place(1)), Credential::Wrong(Refusal::Wrong));
        assert!(matches!(people.login("ada", PASSWORD.into(), place(1), None).await, Err(LoginError::Wrong)));
    }

    #[tokio::test]
    async fn failures_ask_for_a_wait_in_which_the_right_password_is_not_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let people = people(&folder).await;
        people.add(new("ada", Role::Admin)).await.unwrap();
        people.login("ada", PASSWORD.into(), place(1), None).await.unwrap();
        for name in ["ada", "nobody"] {
            let mut wait = None;
            for _ in 0..10 {
                match people.prove(name, "wrong wrong wrong".into(), place(9)).await {
                    Err(LoginError::Wrong) => {}
                    Err(LoginError::Wait(time)) => wait = Some(time),
                    other => panic!("{other:?}"),
                }
            }
            assert!(wait.is_some(), "{name}");
        }
        let right = people.prove("ada", PASSWORD.into(), place(9)).await;
        assert!(matches!(right, Err(LoginError::Wait(_))), "{right:?}");
        people.prove("ada", PASSWORD.into(), place(1)).await.expect("where they usually are nobody waits for others");
    }

    #[tokio::test]
    async fn a_setup_link_makes_an_admin_once() {
        let folder = tempfile::tempdir().unwrap();
        let people = people(&folder).await;
        let secret = people.make_setup().unwrap().reveal();
        let wrong = Secret::<20>::generate().unwrap().reveal();
        assert!(matches!(people.set_up(&wrong, "ada", PASSWORD.into()).await, Err(PeopleError::Setup)));
        let short = people.set_up(&secret, "ada", "short".into()).await;
        assert!(matches!(short, Err(PeopleError::Password(PasswordError::Length))), "and the link is good still");
        people.set_up(&secret, "ada", PASSWORD.into()).await.unwrap();
        assert!(matches!(people.set_up(&secret, "eve", PASSWORD.into()).await, Err(PeopleError::Setup)));
        people.login("ada", PASSWORD.into(), place(1), None).await.unwrap();
        // forgotten: a new link sets it anew
        let secret = people.make_setup().unwrap().reveal();
        people.set_up(&secret, "ada", "another horse battery".into()).await.unwrap();
        people.login("ada", "another horse battery".into(), place(1), None).await.unwrap();
    }
}
