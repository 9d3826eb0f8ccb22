//! Logins: `/api/login`, `/api/logout`, `/api/whoami`, `/api/setup`, and one's own password.

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use downbeat_trust::{
    admission::Secrecy,
    rights::{Caller, GuestLevel, Person, Right, Role, Way, may_some},
};
use serde::{Deserialize, Serialize};

use super::{
    Api,
    body::Body,
    bound_view::BoundView,
    describe::{ToSchema, call},
    json::Json,
    problem::{Problem, ProblemBody, Secretive},
};
use crate::access::{User, UserEdit, session_cookie, without_session};

/// A name and a password.
#[derive(Deserialize, ToSchema)]
pub struct LoginRequest {
    /// The user's name.
    user: String,
    /// The password.
    password: String,
}

/// The password of an admin that is made, or set anew.
#[derive(Deserialize, ToSchema)]
pub struct SetupRequest {
    /// The secret of the link, behind its `#`.
    secret: String,
    /// The user's name.
    user: String,
    /// The password, 10 to 256 characters.
    password: String,
}

/// One's own new password.
#[derive(Deserialize, ToSchema)]
pub struct PasswordRequest {
    /// The present one.
    old: String,
    /// The new one, 10 to 256 characters.
    new: String,
}

/// The roles of callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CallerRole)]
pub enum CallerRole {
    /// Everything.
    Admin,
    /// Queues, playlists, volumes, speakers: of all zones, or of those that they are bound to.
    Operator,
    /// A caller of the local network without a login, that may control playback.
    Guest,
    /// A caller of the local network without a login, that may look and listen.
    Listener,
    /// Nobody that is known.
    Nobody,
    /// A speaker.
    Speaker,
}

/// The caller, as the coordinator sees it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WhoamiView {
    /// The user's name; of callers without a login a word for them.
    pub name: String,
    /// The role.
    pub role: CallerRole,
    /// The name of the token, if the caller showed one.
    pub token: Option<String>,
    /// True if the caller has a session.
    pub session: bool,
    /// True if the password was given within the last quarter of an hour, as what is dangerous asks for.
    pub fresh: bool,
    /// The zones and labels that the caller is bound to; null: to none.
    pub bound: Option<BoundView>,
    /// The greatest volume that the caller may set, 0..=100; null: any.
    pub max_volume: Option<f32>,
    /// The rights that the caller has at all, as scopes of tokens name them.
    pub rights: Vec<String>,
    /// True if the request came over https.
    pub encrypted: bool,
    /// The folder that holds the admin's token; told on the coordinator's own machine alone.
    pub data_folder: Option<String>,
}

/// Begin a session: the answer sets the cookie `__Host-downbeat`. Over https only. After wrong passwords the next one
/// is looked at after a wait (429 `wait`).
#[call(post, path = "/api/login", right = public, operation_id = "log_in", tag = "access", request_body = LoginRequest,
    responses((status = 200, body = WhoamiView),
              (status = 401, body = ProblemBody, description = "`wrong_password`"),
              (status = 429, body = ProblemBody, description = "`wait`, `too_many_logins`")))]
pub async fn log_in(State(api): State<Api>, Body(request): Body<LoginRequest>) -> Result<Response, Problem> {
    let asker = api.asked()?;
    let source = asker.admitted().source;
    api.may_be_secret(Secrecy::Session)?;
    let cookie = asker.admitted().session.as_deref();
    let people = api.access.people();
    let (user, secret) = people.login(&request.user, request.password, source.place(), cookie).await?;
    begun(&api, &user, secret.map(|secret| secret.reveal()))
}

/// End the session.
#[call(post, path = "/api/logout", right = public, operation_id = "log_out", tag = "access",
    responses((status = 204)))]
pub async fn log_out(State(api): State<Api>) -> Result<Response, Problem> {
    let asker = api.asked()?;
    if let Some(cookie) = &asker.admitted().session {
        api.access.people().logout(cookie).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    if asker.admitted().source.channel.encrypted {
        response.headers_mut().insert(header::SET_COOKIE, without_session());
    }
    Ok(response)
}

/// The caller, as the coordinator sees it.
#[call(get, path = "/api/whoami", right = public, in_clear = true, operation_id = "get_whoami", tag = "access",
    responses((status = 200, body = WhoamiView)))]
pub async fn whoami(State(api): State<Api>) -> Result<Response, Problem> {
    let asker = api.asked()?;
    let channel = asker.admitted().source.channel;
    let folder = api.store.path().parent().filter(|_| channel.near).map(|path| path.display().to_string());
    let view = WhoamiView { encrypted: channel.encrypted, data_folder: folder, ..view_of(api.caller()) };
    let mut response = Json(view).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Set the first admin's password, or a new one after it was forgotten, with the link that the coordinator's console or
/// `downbeat setup-link` showed. A link is good once, for a day. Over https only.
#[call(post, path = "/api/setup", right = public, operation_id = "set_up", tag = "access", request_body = SetupRequest,
    responses((status = 200, body = WhoamiView),
              (status = 401, body = ProblemBody, description = "`setup_link_invalid`, `wrong_password`"),
              (status = 409, body = ProblemBody, description = "`name_taken`, `too_many_users`"),
              (status = 429, body = ProblemBody, description = "`wait`, `too_many_logins`")))]
pub async fn set_up(State(api): State<Api>, Body(request): Body<SetupRequest>) -> Result<Response, Problem> {
    let source = api.asked()?.admitted().source;
    api.may_be_secret(Secrecy::Session)?;
    let people = api.access.people();
    people.set_up(&request.secret, &request.user, request.password.clone()).await?;
    let (user, secret) = people.login(&request.user, request.password, source.place(), None).await?;
    begun(&api, &user, secret.map(|secret| secret.reveal()))
}

/// Change one's own password. Other sessions of the user end.
#[call(put, path = "/api/me/password", right = own, about = own, operation_id = "change_own_password", tag = "access",
    request_body = PasswordRequest,
    responses((status = 204),
              (status = 401, body = ProblemBody, description = "`wrong_password`"),
              (status = 404, body = ProblemBody, description = "`user_not_found`"),
              (status = 429, body = ProblemBody, description = "`wait`, `too_many_logins`")))]
pub async fn password(State(api): State<Api>, Body(request): Body<PasswordRequest>) -> Result<StatusCode, Problem> {
    let asker = api.asked()?;
    api.may_be_secret(Secrecy::Session)?;
    let name = api.person()?.name.clone();
    let people = api.access.people();
    people.prove(&name, request.old, asker.admitted().source.place()).await?;
    let edit = UserEdit { password: Some(request.new), ..UserEdit::default() };
    people.edit(&name, edit, asker.admitted().session.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The answer to a login.
fn begun(api: &Api, user: &User, secret: Option<String>) -> Result<Response, Problem> {
    let person = Person {
        name: user.name.clone(),
        role: user.role,
        bound: user.bound.clone(),
        way: Way::Session,
        scopes: None,
        token_bound: None,
        max_volume: user.max_volume,
        fresh: true,
    };
    let encrypted = api.asked()?.admitted().source.channel.encrypted;
    let view = WhoamiView { encrypted, ..view_of(&Caller::Person(Box::new(person))) };
    let mut response = Json(view).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(Secretive);
    if let Some(cookie) = secret.and_then(|secret| session_cookie(&secret)) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn view_of(caller: &Caller) -> WhoamiView {
    let rights = Right::ALL.iter().filter(|right| may_some(&fresh(caller), **right).is_ok());
    let role = match caller {
        Caller::Nobody => CallerRole::Nobody,
        Caller::Guest { level: GuestLevel::Control, .. } => CallerRole::Guest,
        Caller::Guest { level: GuestLevel::Listen, .. } => CallerRole::Listener,
        Caller::Speaker { .. } => CallerRole::Speaker,
        Caller::Person(person) if person.role == Role::Admin => CallerRole::Admin,
        Caller::Person(_) => CallerRole::Operator,
    };
    let person = if let Caller::Person(person) = caller { Some(person) } else { None };
    let token = person.and_then(|p| if let Way::Token(name) = &p.way { Some(name.clone()) } else { None });
    WhoamiView {
        name: caller.name().to_owned(),
        role,
        token,
        session: person.is_some_and(|p| p.way == Way::Session),
        fresh: person.is_some_and(|p| p.fresh),
        bound: person.and_then(|p| p.bound.as_ref()).map(BoundView::of),
        max_volume: caller.max_volume().map(downbeat_protocol::volume::Volume::percent),
        rights: rights.map(ToString::to_string).collect(),
        encrypted: false,
        data_folder: None,
    }
}

/// The same caller, as if the password had just been given: that is asked for when it is needed.
fn fresh(caller: &Caller) -> Caller {
    match caller {
        Caller::Person(person) => Caller::Person(Box::new(Person { fresh: true, ..(**person).clone() })),
        other => other.clone(),
    }
}
