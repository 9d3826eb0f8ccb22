//! The coordinator's CA: `/api/ca`.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};

use super::{
    Api,
    body::Body,
    describe::{ToSchema, call},
    json::Json,
    problem::{Problem, ProblemBody},
};
use crate::authority::AuthorityFault;
use downbeat_store::EndedKind;

/// The CA.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Ca)]
pub struct CaView {
    /// The fingerprint of its key: the pin of speakers and of logins.
    pub fingerprint: String,
    /// The fingerprint of the CA that it took the place of, and that vouches for it; null: there is none.
    pub old: Option<String>,
    /// The adopted speakers that have not followed yet, by name. They follow when they connect, while the old one
    /// vouches.
    pub waiting: Vec<String>,
}

/// A rotation.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[schema(as = RotateCa)]
#[serde(rename_all = "camelCase")]
pub struct RotateRequest {
    /// After a theft of the old key: nobody vouches for the new one, and each speaker is adopted anew.
    #[serde(default)]
    without_old: bool,
}

/// A rotation that is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RotatedCa)]
pub struct RotatedView {
    /// The fingerprint of the new CA's key.
    pub fingerprint: String,
    /// The fingerprint of the one before.
    pub before: String,
}

/// The CA, and the speakers that have not followed its last rotation yet.
#[call(get, path = "/api/ca", right = trust, operation_id = "get_ca", tag = "access",
    responses((status = 200, body = CaView)))]
pub async fn get(State(api): State<Api>) -> Json<CaView> {
    let old = api.authority.old().map(|old| old.to_string());
    Json(CaView {
        fingerprint: api.authority.fingerprint().to_string(),
        old,
        waiting: api.gateway.register.unfollowed(),
    })
}

/// Make a new CA in the place of the present one, which vouches for it: speakers and logins follow without a person.
/// The coordinator starts anew right after the answer, within a second or two.
#[call(post, path = "/api/ca/rotate", right = trust, operation_id = "rotate_ca", tag = "access",
    request_body = RotateRequest,
    responses((status = 200, body = RotatedView),
              (status = 409, body = ProblemBody, description = "`rotation_under_way`")))]
pub async fn rotate(State(api): State<Api>, Body(request): Body<RotateRequest>) -> Result<Json<RotatedView>, Problem> {
    if api.authority.old().is_some() && !request.without_old {
        let detail = "the CA before this one still vouches for it, and a speaker follows one step at a time: GET /api/ca \
                      lists those that have not followed; DELETE /api/ca/old ends it";
        return Err(Problem::new(StatusCode::CONFLICT, "rotation_under_way", detail));
    }
    let before = api.authority.fingerprint();
    // first: a CA that gave way to another one comes back by no restore, though the power fails in between
    for kind in [Some(EndedKind::Ca), request.without_old.then_some(EndedKind::OldCa)].into_iter().flatten() {
        api.store.end(kind, &before.to_string()).await?;
    }
    let new = api.authority.rotate(!request.without_old)?;
    tracing::warn!(%before, %new, vouched = !request.without_old, "the CA gives way to a new one; starting anew");
    if let Some(trail) = api.trail() {
        trail.remark(if request.without_old { "another CA, without the old one" } else { "another CA" });
    }
    api.start_anew.notify_one();
    Ok(Json(RotatedView { fingerprint: new.to_string(), before: before.to_string() }))
}

/// Forget the CA before this one. Speakers that have not followed are adopted anew.
#[call(delete, path = "/api/ca/old", right = trust, operation_id = "end_old_ca", tag = "access",
    responses((status = 204), (status = 404, body = ProblemBody, description = "`no_old_ca`")))]
pub async fn end_old(State(api): State<Api>) -> Result<StatusCode, Problem> {
    if let Some(old) = api.authority.old() {
        api.store.end(EndedKind::OldCa, &old.to_string()).await?;
    }
    if !api.authority.end_old()? {
        let detail = "no CA vouches for the present one";
        return Err(Problem::new(StatusCode::NOT_FOUND, "no_old_ca", detail));
    }
    api.certificates.set_speakers(api.authority.for_speakers()?);
    api.certificates.set_people(api.authority.for_people()?);
    Ok(StatusCode::NO_CONTENT)
}

impl From<AuthorityFault> for Problem {
    fn from(fault: AuthorityFault) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "storage_failed", fault.to_string())
    }
}
