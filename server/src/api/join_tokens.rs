//! Tokens that let speakers in without a person: `/api/join-tokens`.

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use chrono::{DateTime, Utc};
use downbeat_trust::{
    admission::Secrecy,
    joining::{HOURS, NewJoin},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Api,
    body::{Body, InPath, Params, name},
    describe::{IntoParams, ToSchema, call},
    json::Json,
    problem::{Problem, ProblemBody},
    secretive::Secret,
    speaker_keys::{by, reached_at},
    told::Told,
};
use crate::register::JoinToken;

/// A join token, without its text.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = JoinToken)]
pub struct JoinTokenView {
    /// Its id.
    pub id: Uuid,
    /// The name that people gave it.
    pub name: String,
    /// So many more speakers.
    pub uses: u32,
    /// Its end; null if the coordinator's clock was not set when it was made: then it ends with its hours, or the
    /// coordinator's run.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends: Option<DateTime<Utc>>,
    /// True if it lets nobody in any more.
    pub over: bool,
    /// By whom it was made.
    pub made_by: String,
}

impl From<JoinToken> for JoinTokenView {
    fn from(token: JoinToken) -> Self {
        let JoinToken { id, name, uses, ends, over, made_by } = token;
        Self { id, name, uses, ends: ends.and_then(|ends| DateTime::from_timestamp(ends, 0)), over, made_by }
    }
}

/// All join tokens.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = JoinTokenList)]
pub struct JoinTokenList {
    /// By name.
    pub tokens: Vec<JoinTokenView>,
}

/// A new join token.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = JoinTokenRequest)]
pub struct JoinTokenRequest {
    /// The name for lists.
    #[serde(default)]
    name: Option<String>,
    /// For so many speakers.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100_000)]
    uses: Option<u32>,
    /// For so many hours; a day if nothing is said.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 720)]
    hours: Option<i64>,
    /// The address at which speakers find this coordinator, `HOST:PORT`. Without it, the one that was asked.
    #[serde(default)]
    address: Option<String>,
}

/// A join token with its text, which is shown once.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = NewJoinToken)]
pub struct NewJoinTokenView {
    /// The token.
    #[serde(flatten)]
    pub token: JoinTokenView,
    /// Its text, for `downbeat-agent join`. It is shown once.
    pub text: String,
}

/// The join tokens.
#[call(get, path = "/api/join-tokens", right = adopt, operation_id = "list_join_tokens", tag = "speakers",
    responses((status = 200, body = JoinTokenList)))]
pub async fn list(State(api): State<Api>) -> Result<Json<JoinTokenList>, Problem> {
    let tokens = api.gateway.register.join_tokens().await?;
    Ok(Json(JoinTokenList { tokens: tokens.into_iter().map(JoinTokenView::from).collect() }))
}

/// Make a token that lets speakers in without a person. Each machine that has it can be a speaker until it ends.
#[call(post, path = "/api/join-tokens", right = adopt, operation_id = "make_join_token", tag = "speakers",
    request_body = JoinTokenRequest, responses((status = 200, body = NewJoinTokenView)))]
pub async fn create(
    State(api): State<Api>,
    headers: HeaderMap,
    Body(request): Body<JoinTokenRequest>,
) -> Result<(Extension<Told>, Secret<NewJoinTokenView>), Problem> {
    api.may_be_secret(Secrecy::Token)?;
    let uses = request.uses.unwrap_or(1);
    if !(1..=100_000).contains(&uses) {
        return Err(Problem::field("uses", "a join token is for 1 to 100000 speakers"));
    }
    if request.hours.is_some_and(|hours| !(1..=HOURS.1).contains(&hours)) {
        return Err(Problem::field("hours", format!("a join token is for 1 to {} hours", HOURS.1)));
    }
    let name = request.name.as_deref().map(name).transpose()?.unwrap_or_default();
    let address = request.address.or_else(|| reached_at(&headers)).ok_or_else(|| {
        Problem::field("address", "say the address at which speakers find this coordinator, e.g. music.local:3000")
    })?;
    let new = NewJoin { name, uses, hours: request.hours };
    let (token, text) = api.gateway.register.make_join_token(new, &address, by(&api)).await?;
    let after = format!("for {uses} speakers, {} hours", request.hours.unwrap_or(HOURS.0));
    let told = Told { target: format!("join token {} {:?}", token.id, token.name), after, ..Told::default() };
    Ok((Extension(told), Secret(NewJoinTokenView { token: token.into(), text: text.reveal() })))
}

/// How a join token is ended.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct EndQuery {
    /// Revoke the speakers that it let in, too.
    with_speakers: bool,
}

/// The result of ending a join token.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = EndedJoinToken)]
pub struct EndedView {
    /// So many speakers were revoked.
    pub revoked: usize,
}

/// End a join token.
#[call(delete, path = "/api/join-tokens/{id}", right = adopt, operation_id = "end_join_token", tag = "speakers",
    params(("id" = String, Path, description = "The token's id"), EndQuery),
    responses((status = 200, body = EndedView),
              (status = 404, body = ProblemBody, description = "`join_token_not_found`")))]
pub async fn end(
    State(api): State<Api>,
    InPath(id): InPath<String>,
    Params(query): Params<EndQuery>,
) -> Result<(Extension<Told>, Json<EndedView>), Problem> {
    let unknown = || Problem::new(StatusCode::NOT_FOUND, "join_token_not_found", "there is no such join token");
    let id: Uuid = id.parse().map_err(|_| unknown())?;
    let ended = api.gateway.register.end_join_token(id, query.with_speakers, by(&api)).await?;
    let revoked = ended.ok_or_else(unknown)?;
    let told = Told { after: format!("ended; {revoked} speakers revoked"), ..Told::default() };
    Ok((Extension(told), Json(EndedView { revoked })))
}
