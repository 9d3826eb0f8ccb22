//! Users: `/api/users`, and the link that makes an admin: `/api/setup-link`.

use axum::{extract::State, http::StatusCode};
use downbeat_protocol::volume::Volume;
use downbeat_trust::{admission::Secrecy, rights::Role};
use serde::{Deserialize, Deserializer, Serialize};

use super::{
    Api,
    body::{Body, InPath, volume},
    bound_view::BoundView,
    describe::{ToSchema, call},
    glance::Thing,
    json::Json,
    problem::{Problem, ProblemBody},
    secretive::Secret,
};
use crate::{
    access::{NewUser, User, UserEdit},
    authority::https_addresses,
};

/// The roles of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = UserRole)]
pub enum UserRole {
    /// Queues, playlists, volumes, speakers: of all zones, or of those that they are bound to.
    Operator,
    /// Everything.
    Admin,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    /// The name.
    pub name: String,
    /// The role.
    pub role: UserRole,
    /// The zones and labels that the user is bound to; null: to none.
    pub bound: Option<BoundView>,
    /// The greatest volume that the user may set, 0..=100; null: any.
    pub max_volume: Option<f32>,
    /// When it was made, seconds since 1970.
    pub made: i64,
}

/// All users.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct UserList {
    /// By name.
    pub users: Vec<UserView>,
}

/// A user that is to be.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserRequest {
    /// The name; no two differ in upper and lower case alone.
    name: String,
    /// The password, 10 to 256 characters.
    password: String,
    /// The role.
    role: UserRole,
    /// The zones and labels that the user is bound to.
    #[serde(default)]
    bound: Option<BoundView>,
    /// The greatest volume that the user may set, 0..=100.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100)]
    max_volume: Option<f64>,
}

/// A change of a user. Fields that are left out stay.
#[expect(clippy::option_option, reason = "not named, and null, are two things")]
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserEditRequest {
    /// A new password, 10 to 256 characters.
    #[serde(default)]
    password: Option<String>,
    /// Another role.
    #[serde(default)]
    role: Option<UserRole>,
    /// Other bindings; null: to none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<BoundView>)]
    bound: Option<Option<BoundView>>,
    /// Another bound of the volume; null: any.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 100)]
    max_volume: Option<Option<f64>>,
}

/// A link that sets an admin's password.
#[derive(Serialize, ToSchema)]
pub struct SetupLink {
    /// The link, by each address of the coordinator. The secret stands behind `#`.
    pub links: Vec<String>,
    /// The fingerprint of the CA's key, to compare with the browser's warning.
    pub fingerprint: String,
}

/// A bound of the volume.
fn most(percent: f64) -> Result<Volume, Problem> {
    volume(percent).map_err(|problem| Problem::field("maxVolume", problem.detail()))
}

/// A field that is named, if only as null.
#[expect(clippy::option_option, reason = "not named, and null, are two things")]
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}

impl From<UserRole> for Role {
    fn from(role: UserRole) -> Self {
        match role {
            UserRole::Operator => Self::Operator,
            UserRole::Admin => Self::Admin,
        }
    }
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            name: user.name,
            role: if user.role == Role::Admin { UserRole::Admin } else { UserRole::Operator },
            bound: user.bound.as_ref().map(BoundView::of),
            max_volume: user.max_volume.map(Volume::percent),
            made: user.made,
        }
    }
}

/// All users.
#[call(get, path = "/api/users", right = users, operation_id = "list_users", tag = "access",
    responses((status = 200, body = UserList)))]
pub async fn list(State(api): State<Api>) -> Json<UserList> {
    Json(UserList { users: api.access.people().users().into_iter().map(UserView::from).collect() })
}

/// Make a user.
#[call(post, path = "/api/users", right = users, operation_id = "create_user", tag = "access",
    request_body = UserRequest,
    responses((status = 201, body = UserView),
              (status = 409, body = ProblemBody, description = "`name_taken`, `too_many_users`"),
              (status = 429, body = ProblemBody, description = "`too_many_logins`")))]
pub async fn create(
    State(api): State<Api>,
    Body(request): Body<UserRequest>,
) -> Result<(StatusCode, Json<UserView>), Problem> {
    api.may_be_secret(Secrecy::Token)?;
    let new = NewUser {
        name: request.name,
        password: request.password,
        role: request.role.into(),
        bound: request.bound.map(Into::into),
        max_volume: request.max_volume.map(most).transpose()?,
    };
    let user = api.access.people().add(new).await?;
    api.made(Thing::User(user.name.clone()));
    Ok((StatusCode::CREATED, Json(user.into())))
}

/// Change a user: password, role, bindings, bound of the volume. Their sessions end.
#[call(patch, path = "/api/users/{name}", right = users, operation_id = "edit_user", tag = "access",
    request_body = UserEditRequest,
    params(("name" = String, Path, description = "The user's name")),
    responses((status = 200, body = UserView),
              (status = 409, body = ProblemBody, description = "`last_admin`"),
              (status = 429, body = ProblemBody, description = "`too_many_logins`")))]
pub async fn edit(
    State(api): State<Api>,
    InPath(name): InPath<String>,
    Body(request): Body<UserEditRequest>,
) -> Result<Json<UserView>, Problem> {
    let password = request.password.is_some();
    if password {
        api.may_be_secret(Secrecy::Token)?;
    }
    let edit = UserEdit {
        password: request.password,
        role: request.role.map(Into::into),
        bound: request.bound.map(|bound| bound.map(Into::into)),
        max_volume: request.max_volume.map(|percent| percent.map(most).transpose()).transpose()?,
    };
    let own = api.person().is_ok_and(|person| person.name.eq_ignore_ascii_case(&name));
    let keep = api.asked()?.admitted().session.as_deref().filter(|_| own);
    let (_, user) = api.access.people().edit(&name, edit, keep).await?;
    if let Some(trail) = api.trail().filter(|_| password) {
        trail.remark("another password");
    }
    Ok(Json(user.into()))
}

/// Delete a user, with their sessions and tokens.
#[call(delete, path = "/api/users/{name}", right = users, operation_id = "delete_user", tag = "access",
    params(("name" = String, Path, description = "The user's name")),
    responses((status = 204), (status = 409, body = ProblemBody, description = "`last_admin`")))]
pub async fn delete(State(api): State<Api>, InPath(name): InPath<String>) -> Result<StatusCode, Problem> {
    api.access.people().delete(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make a link that sets an admin's password, for the first one and for one that was forgotten. It is good once, for a
/// day; the one before ends.
#[call(post, path = "/api/setup-link", right = users, operation_id = "create_setup_link", tag = "access",
    responses((status = 201, body = SetupLink)))]
pub async fn setup_link(State(api): State<Api>) -> Result<(StatusCode, Secret<SetupLink>), Problem> {
    api.may_be_secret(Secrecy::Token)?;
    let secret = api.access.people().make_setup()?;
    let links = https_addresses(api.port).iter().map(|base| format!("{base}/setup#{}", secret.reveal())).collect();
    let fingerprint = api.authority.fingerprint().to_string();
    Ok((StatusCode::CREATED, Secret(SetupLink { links, fingerprint })))
}
