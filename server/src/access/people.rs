//! The people that there are, their sessions and tokens: in memory, where each request looks, and in the store.
//!
//! A change is in the store first, and in force before its call is answered. What is only a note (a token was used) is
//! written behind the request.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::Utc;
use downbeat_identity::{Digest, Secret, SecretError};
use downbeat_protocol::volume::Volume;
use downbeat_store::{ApiTokenRow, LoginRow, Store, StoreError, UserError, UserRow};
use downbeat_trust::{
    admission::{Credential, Refusal},
    joining::{Present, Setup},
    password::{PasswordError, Passwords},
    place::Place,
    rights::{Bound, Person, Right, Role, Way},
    sessions::{Session, SessionError, Sessions},
    tokens::{NewToken, Token, TokenError, Tokens},
    waits::Waits,
};
use tokio::{sync::Semaphore, time::Instant};
use uuid::Uuid;

use crate::names::{composed, folded};

/// Passwords that are reckoned at once, and logins that wait for it beside them.
pub(super) const RECKONED: usize = 2;
const IN_LINE: usize = 16;
/// Names by which the audit calls others.
const RESERVED: [&str; 7] = ["admin-token", "console", "coordinator", "guest", "loopback", "nobody", "speaker"];
/// The most users.
const MOST_USERS: usize = 1_000;

/// A user.
#[derive(Clone, PartialEq)]
pub struct User {
    /// The name.
    pub name: String,
    /// The role.
    pub role: Role,
    /// The zones and labels that an operator is bound to.
    pub bound: Option<Bound>,
    /// They make nothing louder than this.
    pub max_volume: Option<Volume>,
    /// When it was made, seconds since 1970.
    pub made: i64,
    /// The hash of the password; empty: none was set.
    pub(super) password: String,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("name", &self.name).field("role", &self.role).finish_non_exhaustive()
    }
}

/// A user that is to be. It does not print itself, for it has a password.
#[derive(Clone, PartialEq)]
pub struct NewUser {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
    /// The role.
    pub role: Role,
    /// The bindings.
    pub bound: Option<Bound>,
    /// The bound of the volume.
    pub max_volume: Option<Volume>,
}

/// A change of a user; `None`: as it is. It does not print itself, for it may have a password.
#[derive(Clone, PartialEq, Default)]
pub struct UserEdit {
    /// A new password.
    pub password: Option<String>,
    /// Another role.
    pub role: Option<Role>,
    /// Other bindings; the inner `None`: bound to nothing.
    pub bound: Option<Option<Bound>>,
    /// Another bound of the volume; the inner `None`: no bound.
    pub max_volume: Option<Option<Volume>>,
}

/// Why something of people's was not done.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// There is no such user.
    #[error("there is no user named {0:?}; GET /api/users lists those there are")]
    NoUser(String),
    /// There is no such token.
    #[error("there is no token {0}; GET /api/tokens lists those there are")]
    NoToken(Uuid),
    /// The name cannot be.
    #[error("a user's name has 1 to 64 printable characters, and none at its ends that nobody sees")]
    Name,
    /// There are too many.
    #[error("there are {MOST_USERS} users; delete some first")]
    TooMany,
    /// The password is not taken.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The token is not made.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The name is taken, or the last admin would be gone.
    #[error(transparent)]
    User(#[from] UserError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] SecretError),
    /// The setup link was used, has ended, or is another one.
    #[error("this link was used, has ended, or is not one of this coordinator; `downbeat setup-link` makes a new one")]
    Setup,
}

/// The people; clones share them.
#[derive(Debug, Clone)]
pub struct People(pub(super) Arc<PeopleState>);

#[derive(Debug)]
pub(super) struct PeopleState {
    pub(super) store: Store,
    pub(super) passwords: Passwords,
    /// Logins that may wait.
    pub(super) line: Semaphore,
    /// Passwords that may be reckoned.
    pub(super) reckoning: Semaphore,
    pub(super) known: Mutex<Known>,
    /// One change of users at a time.
    pub(super) edit: tokio::sync::Mutex<()>,
    run: Uuid,
    began: Instant,
}

#[derive(Debug, Default)]
pub(super) struct Known {
    /// By name in lower case.
    pub(super) users: BTreeMap<String, User>,
    pub(super) sessions: Sessions,
    pub(super) tokens: Tokens,
    pub(super) waits: Waits,
    pub(super) setup: Option<Setup>,
}

impl People {
    /// Those that the store knows.
    pub async fn load(store: Store) -> Result<Self, PeopleError> {
        let users = store.load_users().await?.into_iter().map(User::from).map(|user| (key(&user.name), user)).collect();
        let sessions = Sessions::load(store.load_logins().await?.into_iter().map(session_of));
        let tokens = Tokens::load(store.load_api_tokens().await?.into_iter().map(token_of));
        let mut waits = Waits::default();
        for (user, place, _) in store.load_known_places().await? {
            if let Ok(place) = serde_json::from_value::<Place>(serde_json::Value::String(place)) {
                waits.succeeded(&user, place, 0);
            }
        }
        let state = PeopleState {
            store,
            passwords: Passwords::new(RECKONED)?,
            line: Semaphore::new(RECKONED + IN_LINE),
            reckoning: Semaphore::new(RECKONED),
            known: Mutex::new(Known { users, sessions, tokens, waits, setup: None }),
            edit: tokio::sync::Mutex::default(),
            run: Uuid::new_v4(),
            began: Instant::now(),
        };
        Ok(Self(Arc::new(state)))
    }

    /// All users, by name.
    pub fn users(&self) -> Vec<User> {
        self.lock().users.values().cloned().collect()
    }

    /// The user of this name; upper and lower case are alike.
    pub fn user(&self, name: &str) -> Option<User> {
        self.lock().users.get(&key(name)).cloned()
    }

    /// True if a label of this key decides what some user or token may.
    pub(super) fn decides(&self, key: &str) -> bool {
        let known = self.lock();
        let users = known.users.values().filter_map(|user| user.bound.as_ref());
        let tokens = known.tokens.list();
        let mut bounds = users.chain(tokens.into_iter().filter_map(|token| token.bound.as_ref()));
        bounds.any(|bound| bound.decides_by(key))
    }

    /// True if somebody could log in as an admin.
    pub fn has_admin(&self) -> bool {
        self.lock().users.values().any(|user| user.role == Role::Admin && !user.password.is_empty())
    }

    /// Makes a user.
    pub async fn add(&self, new: NewUser) -> Result<User, PeopleError> {
        let _edit = self.0.edit.lock().await;
        let name = composed(&new.name);
        if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) || name.trim() != name {
            return Err(PeopleError::Name);
        }
        if RESERVED.contains(&key(&name).as_str()) {
            return Err(UserError::NameTaken(name).into());
        }
        if self.lock().users.len() >= MOST_USERS {
            return Err(PeopleError::TooMany);
        }
        let password = self.hash(&name, new.password).await?;
        let made = Utc::now().timestamp();
        let user = User { name, role: new.role, bound: new.bound, max_volume: new.max_volume, made, password };
        self.0.store.add_user(&row_of(&user)).await?;
        self.lock().users.insert(key(&user.name), user.clone());
        Ok(user)
    }

    /// Changes a user. Another password, role or binding ends their sessions, but for `keep`. Answers how it was
    /// before, and how it is.
    pub async fn edit(&self, name: &str, edit: UserEdit, keep: Option<&str>) -> Result<(User, User), PeopleError> {
        let _edit = self.0.edit.lock().await;
        let before = self.user(name).ok_or_else(|| PeopleError::NoUser(name.to_owned()))?;
        let mut after = before.clone();
        if let Some(password) = edit.password {
            after.password = self.hash(&after.name, password).await?;
        }
        after.role = edit.role.unwrap_or(after.role);
        after.bound = edit.bound.unwrap_or(after.bound);
        after.max_volume = edit.max_volume.unwrap_or(after.max_volume);
        if after == before {
            return Ok((before, after));
        }
        if !self.0.store.save_user(&row_of(&after)).await? {
            return Err(PeopleError::NoUser(name.to_owned()));
        }
        let ended = {
            let mut known = self.lock();
            known.users.insert(key(&after.name), after.clone());
            ended_with(&mut known.sessions, &after.name, keep)
        };
        self.0.store.delete_logins(&ended).await?;
        Ok((before, after))
    }

    /// Deletes a user, with their tokens and sessions.
    pub async fn delete(&self, name: &str) -> Result<User, PeopleError> {
        let _edit = self.0.edit.lock().await;
        let user = self.user(name).ok_or_else(|| PeopleError::NoUser(name.to_owned()))?;
        self.0.store.delete_user(&user.name).await?;
        let mut known = self.lock();
        known.users.remove(&key(name));
        known.sessions.end_all(&user.name, None);
        known.tokens.end_all(&user.name);
        Ok(user)
    }

    /// Makes a token of a user. Answers the text that is shown once.
    pub async fn make_token(&self, user: &str, new: NewToken) -> Result<(String, Token), PeopleError> {
        let _edit = self.0.edit.lock().await;
        new.check()?;
        let user = self.user(user).ok_or_else(|| PeopleError::NoUser(user.to_owned()))?;
        let (text, token) = self.lock().tokens.make(&user.name, new, Utc::now().timestamp())?;
        if let Err(error) = self.0.store.save_api_token(&token_row(&token)).await {
            self.lock().tokens.end(token.id);
            return Err(error.into());
        }
        Ok((text, token))
    }

    /// All tokens, by user and name.
    pub fn tokens(&self) -> Vec<Token> {
        self.lock().tokens.list().into_iter().cloned().collect()
    }

    /// Ends a token.
    pub async fn end_token(&self, id: Uuid) -> Result<Token, PeopleError> {
        let ended = self.lock().tokens.end(id).ok_or(PeopleError::NoToken(id))?;
        self.0.store.delete_api_token(id).await?;
        Ok(ended)
    }

    /// Makes a new link for setting an admin's password; the one before ends.
    pub fn make_setup(&self) -> Result<Secret<20>, PeopleError> {
        let secret = Secret::generate()?;
        let setup = Setup::new(&secret, self.present());
        self.lock().setup = Some(setup);
        Ok(secret)
    }

    /// The admin that a setup link makes, or whose password it sets anew. The link is used up.
    pub async fn set_up(&self, secret: &str, name: &str, password: String) -> Result<User, PeopleError> {
        let opens = |known: &Known| {
            let secret = secret.parse::<Secret<20>>().ok()?;
            known.setup.as_ref().filter(|setup| setup.opens(&secret, self.present())).map(drop)
        };
        opens(&self.lock()).ok_or(PeopleError::Setup)?;
        let role = Role::Admin;
        let user = if let Some(user) = self.user(name) {
            let edit = UserEdit { password: Some(password), role: Some(role), bound: Some(None), max_volume: None };
            self.edit(&user.name, edit, None).await?.1
        } else {
            let name = name.to_owned();
            self.add(NewUser { name, password, role, bound: None, max_volume: None }).await?
        };
        self.lock().setup = None;
        Ok(user)
    }

    /// The person that a session's cookie stands for.
    pub(super) fn by_cookie(&self, cookie: &str, place: Place) -> Credential {
        let (credential, note) = {
            let mut known = self.lock();
            match known.sessions.check(cookie, place, Utc::now().timestamp()) {
                Err(SessionError::Unknown) => (Credential::Wrong(Refusal::Wrong), None),
                Err(SessionError::Elsewhere) => (Credential::Wrong(Refusal::PasswordAgain), None),
                Ok(good) => match known.users.get(&key(&good.user)) {
                    None => (Credential::Wrong(Refusal::Wrong), None),
                    Some(user) => {
                        let person = person(user, Way::Session, good.fresh);
                        let note =
                            good.note.then(|| known.sessions.of(&good.user).first().map(|s| login_row(s))).flatten();
                        (Credential::Of(Box::new(person)), note)
                    }
                },
            }
        };
        if let Some(row) = note {
            let store = self.0.store.clone();
            tokio::spawn(async move { store.note_login(&row).await });
        }
        credential
    }

    /// The person that a token stands for.
    pub(super) fn by_token(&self, text: &str, place: Place) -> Credential {
        let mut known = self.lock();
        let known = &mut *known;
        let Some((token, note)) = known.tokens.check(text, place, Utc::now().timestamp()) else {
            return Credential::Wrong(Refusal::Wrong);
        };
        let Some(user) = known.users.get(&key(&token.user)) else { return Credential::Wrong(Refusal::Wrong) };
        let mut person = person(user, Way::Token(token.name.clone()), true);
        person.scopes.clone_from(&token.scopes);
        person.token_bound.clone_from(&token.bound);
        if note {
            self.keep(token_row(token));
        }
        Credential::Of(Box::new(person))
    }

    /// True if a person that showed who they are a while ago still may what they might then: the session or the token
    /// is there, and the user is as it was.
    pub(super) fn still(&self, person: &Person, session: Option<&str>, place: Place) -> bool {
        let now = Utc::now().timestamp();
        let mut known = self.lock();
        let same = known.users.get(&key(&person.name)).is_some_and(|user| {
            (user.role, &user.bound, user.max_volume) == (person.role, &person.bound, person.max_volume)
        });
        same && match &person.way {
            Way::Loopback => true,
            Way::Session => session.is_some_and(|cookie| known.sessions.check(cookie, place, now).is_ok()),
            Way::Token(name) => known.tokens.list().into_iter().any(|token| {
                token.user == person.name && token.name == *name && now < token.ends && token.scopes == person.scopes
            }),
        }
    }

    /// Notes that a token came in clear over the network: somebody may have read it. Answers its name and user if that
    /// is news.
    pub(super) fn expose(&self, text: &str) -> Option<(String, String)> {
        let mut known = self.lock();
        let token = known.tokens.expose(text)?;
        self.keep(token_row(token));
        Some((token.user.clone(), token.name.clone()))
    }

    /// Forgets sessions that have ended.
    pub async fn sweep(&self) {
        let ended: Vec<_> = self.lock().sweep(Utc::now().timestamp());
        if !ended.is_empty()
            && let Err(error) = self.0.store.delete_logins(&ended).await
        {
            tracing::debug!(%error, "sessions that ended are forgotten later");
        }
    }

    /// Seconds of a clock that is never set back.
    pub(super) fn up(&self) -> u64 {
        self.0.began.elapsed().as_secs()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The hash of a new password, reckoned on a thread that may wait.
    pub(super) async fn hash(&self, user: &str, password: String) -> Result<String, PeopleError> {
        let _line = self.0.line.try_acquire().map_err(|_| PasswordError::Busy)?;
        let _turn = self.0.reckoning.acquire().await.map_err(|_| PasswordError::Busy)?;
        let (state, user) = (Arc::clone(&self.0), user.to_owned());
        let hashed = tokio::task::spawn_blocking(move || state.passwords.hash(&user, &password)).await;
        Ok(hashed.map_err(|_| PasswordError::System("it broke off"))??)
    }

    fn present(&self) -> Present {
        let up = i64::try_from(self.up()).unwrap_or(i64::MAX);
        Present { wall: crate::authority::set_clock(), run: self.0.run, up }
    }

    /// Writes a token's use down, behind the request.
    fn keep(&self, row: ApiTokenRow) {
        let store = self.0.store.clone();
        tokio::spawn(async move {
            if let Err(error) = store.note_api_token(&row).await {
                tracing::debug!(%error, "a token's last use is not kept");
            }
        });
    }
}

impl Known {
    fn sweep(&mut self, now: i64) -> Vec<[u8; 32]> {
        self.sessions.sweep(now).iter().map(|digest| *digest.as_bytes()).collect()
    }
}

/// Ends the sessions of a user. Answers their digests.
fn ended_with(sessions: &mut Sessions, user: &str, keep: Option<&str>) -> Vec<[u8; 32]> {
    let digests = |sessions: &Sessions| {
        sessions.of(user).iter().map(|session| *session.digest.as_bytes()).collect::<BTreeSet<_>>()
    };
    let before = digests(sessions);
    sessions.end_all(user, keep);
    before.difference(&digests(sessions)).copied().collect()
}

/// Names are alike in upper and lower case.
pub(super) fn key(name: &str) -> String {
    folded(name)
}

fn person(user: &User, way: Way, fresh: bool) -> Person {
    Person {
        name: user.name.clone(),
        role: user.role,
        bound: user.bound.clone(),
        way,
        scopes: None,
        token_bound: None,
        max_volume: user.max_volume,
        fresh,
    }
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        // a role or a binding that is not understood gives nothing away
        let role = if row.role == "admin" { Role::Admin } else { Role::Operator };
        let known = matches!(row.role.as_str(), "admin" | "operator");
        let bound = row.bound.as_deref().map(|text| serde_json::from_str(text).unwrap_or_default());
        let bound = if known { bound } else { Some(Bound::default()) };
        Self { name: row.name, role, bound, max_volume: row.max_volume, made: row.made, password: row.password }
    }
}

fn row_of(user: &User) -> UserRow {
    UserRow {
        name: user.name.clone(),
        role: if user.role == Role::Admin { "admin" } else { "operator" }.to_owned(),
        password: user.password.clone(),
        bound: user.bound.as_ref().and_then(|bound| serde_json::to_string(bound).ok()),
        max_volume: user.max_volume,
        made: user.made,
        edits: 0,
    }
}

fn token_of(row: ApiTokenRow) -> Token {
    let place = |text: String| serde_json::from_value::<Place>(serde_json::Value::String(text)).ok();
    Token {
        id: row.id,
        digest: Digest::from_bytes(row.digest),
        name: row.name,
        user: row.user,
        scopes: row.scopes.map(|text| serde_json::from_str::<BTreeSet<Right>>(&text).unwrap_or_default()),
        bound: row.bound.map(|text| serde_json::from_str(&text).unwrap_or_default()),
        made: row.made,
        ends: row.ends,
        used: row.used.and_then(|(at, from)| Some((at, place(from)?))),
        exposed: row.exposed,
    }
}

fn token_row(token: &Token) -> ApiTokenRow {
    ApiTokenRow {
        id: token.id,
        digest: *token.digest.as_bytes(),
        name: token.name.clone(),
        user: token.user.clone(),
        scopes: token.scopes.as_ref().and_then(|scopes| serde_json::to_string(scopes).ok()),
        bound: token.bound.as_ref().and_then(|bound| serde_json::to_string(bound).ok()),
        made: token.made,
        ends: token.ends,
        used: token.used.map(|(at, from)| (at, place_text(from))),
        exposed: token.exposed,
    }
}

/// A place as it is kept.
pub(super) fn place_text(place: Place) -> String {
    match serde_json::to_value(place) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

fn session_of(row: LoginRow) -> Session {
    Session {
        digest: Digest::from_bytes(row.digest),
        user: row.user,
        began: row.began,
        used: row.used,
        proved: row.proved,
        places: serde_json::from_str(&row.places).unwrap_or_default(),
    }
}

pub(super) fn login_row(session: &Session) -> LoginRow {
    LoginRow {
        digest: *session.digest.as_bytes(),
        user: session.user.clone(),
        began: session.began,
        used: session.used,
        proved: session.proved,
        places: serde_json::to_string(&session.places).unwrap_or_default(),
    }
}
