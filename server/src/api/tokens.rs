//! API tokens: `/api/tokens`.

use std::collections::BTreeSet;

use axum::{extract::State, http::StatusCode};
use downbeat_trust::{
    admission::Secrecy,
    rights::{Denied, Right, Target, Way, may},
    tokens::{NewToken, Token},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Api,
    body::{Body, InPath, Params},
    bound_view::BoundView,
    describe::{IntoParams, ToSchema, call},
    glance::Thing,
    json::Json,
    problem::{Problem, ProblemBody},
    secretive::Secret,
};
use crate::access::PeopleError;

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenView {
    /// Its id.
    pub id: Uuid,
    /// The name that people gave it.
    pub name: String,
    /// The user whose rights it has, cut to its scopes.
    pub user: String,
    /// Its scopes; null: all that the user may.
    pub scopes: Option<Vec<String>>,
    /// The zones and labels that it is bound to, beside the user's own; null: to none.
    pub bound: Option<BoundView>,
    /// When it was made, seconds since 1970.
    pub made: i64,
    /// When it ends, seconds since 1970.
    pub ends: i64,
    /// When it was last used, to the minute, seconds since 1970.
    pub used: Option<i64>,
    /// From where it was last used.
    pub used_from: Option<String>,
    /// It came in clear over the network, where somebody may have read it: replace it.
    pub exposed: bool,
}

/// Tokens.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TokenList {
    /// By user and name.
    pub tokens: Vec<TokenView>,
}

/// A token that was made.
#[derive(Serialize, ToSchema)]
pub struct NewTokenView {
    /// The token itself: it is shown once. Send it as `Authorization: Bearer`.
    pub secret: String,
    /// The token without its secret.
    pub token: TokenView,
}

/// The tokens that are asked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct TokenQuery {
    /// True: those of all users, for admins.
    all: bool,
}

/// A token that is to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenRequest {
    /// The name; a user has no two of one name.
    name: String,
    /// The user whose rights it has; default: the caller. Another one's is made by admins.
    #[serde(default)]
    user: Option<String>,
    /// Rights, as `GET /api/whoami` names them; default: all that the user may.
    #[serde(default)]
    scopes: Option<BTreeSet<String>>,
    /// The zones and labels that it is bound to.
    #[serde(default)]
    bound: Option<BoundView>,
    /// Its life, days; default 90.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 730)]
    days: Option<i64>,
}

impl From<&Token> for TokenView {
    fn from(token: &Token) -> Self {
        Self {
            id: token.id,
            name: token.name.clone(),
            user: token.user.clone(),
            scopes: token.scopes.as_ref().map(|scopes| scopes.iter().map(ToString::to_string).collect()),
            bound: token.bound.as_ref().map(BoundView::of),
            made: token.made,
            ends: token.ends,
            used: token.used.map(|(at, _)| at),
            used_from: token.used.map(|(_, from)| from.to_string()),
            exposed: token.exposed,
        }
    }
}

/// The caller's tokens; of all users for admins.
#[call(get, path = "/api/tokens", right = own, about = own, operation_id = "list_tokens", tag = "access",
    params(TokenQuery), responses((status = 200, body = TokenList)))]
pub async fn list(State(api): State<Api>, Params(query): Params<TokenQuery>) -> Result<Json<TokenList>, Problem> {
    if query.all {
        api.may(Right::Tokens)?;
    }
    let own = &api.person()?.name;
    let tokens = api.access.people().tokens();
    let tokens = tokens.iter().filter(|token| query.all || token.user == *own).map(TokenView::from).collect();
    Ok(Json(TokenList { tokens }))
}

/// Make a token for a program. The answer shows it once. A token makes no other tokens, but for the admin's of the data
/// folder, which says for whom.
#[call(post, path = "/api/tokens", right = own, about = own, operation_id = "create_token", tag = "access",
    request_body = TokenRequest,
    responses((status = 201, body = NewTokenView),
              (status = 404, body = ProblemBody, description = "`user_not_found`"),
              (status = 409, body = ProblemBody, description = "`name_taken`, `too_many_tokens`")))]
pub async fn create(
    State(api): State<Api>,
    Body(request): Body<TokenRequest>,
) -> Result<(StatusCode, Secret<NewTokenView>), Problem> {
    api.may_be_secret(Secrecy::Token)?;
    let person = api.person()?;
    let user = request.user.unwrap_or_else(|| person.name.clone());
    let own = may(api.caller(), Right::Own, &Target::User(&user)).is_ok();
    if !own {
        api.may(Right::Tokens)?;
    }
    if !person.fresh {
        // a cookie that was stolen makes nothing that outlives it
        return Err(Denied::PasswordAgain.into());
    }
    if matches!(&person.way, Way::Token(_)) && person.name != ADMIN {
        let detail = "a token makes no tokens; log in for it";
        return Err(Problem::new(StatusCode::FORBIDDEN, "session_required", detail));
    }
    let scope = |name: &String| name.parse::<Right>().map_err(|error| Problem::field("scopes", error.to_string()));
    let scopes = request.scopes.map(|scopes| scopes.iter().map(scope).collect::<Result<_, _>>()).transpose()?;
    let new = NewToken { name: request.name, scopes, bound: request.bound.map(Into::into), days: request.days };
    let (secret, token) = api.access.people().make_token(&user, new).await?;
    api.made(Thing::Token(token.id));
    Ok((StatusCode::CREATED, Secret(NewTokenView { secret, token: TokenView::from(&token) })))
}

/// End a token.
#[call(delete, path = "/api/tokens/{id}", right = own, about = own, operation_id = "delete_token", tag = "access",
    params(("id" = Uuid, Path, description = "The token's id")),
    responses((status = 204)))]
pub async fn delete(State(api): State<Api>, InPath(id): InPath<Uuid>) -> Result<StatusCode, Problem> {
    let people = api.access.people();
    let found = people.tokens().into_iter().find(|token| token.id == id);
    let own = found.is_some_and(|token| may(api.caller(), Right::Own, &Target::User(&token.user)).is_ok());
    // another one's is not there for those that may not see it
    if !own && api.may(Right::Tokens).is_err() {
        return Err(PeopleError::NoToken(id).into());
    }
    people.end_token(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The token of the data folder.
const ADMIN: &str = "admin-token";
