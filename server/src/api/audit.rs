//! `/api/audit`: who did what, from where, and how it ended; and what is told to it.

use axum::{
    extract::State,
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use downbeat_trust::{
    audit::{Entry, Kind, Outcome, csv, csv_head},
    rights::{Caller, Way},
};
use serde::Deserialize;

use super::{
    Api,
    body::Params,
    describe::{IntoParams, call},
    problem::Problem,
    told::Told,
};
use crate::access::{Admitted, Source};

/// True if a request of this method changes something.
pub fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// The lines that are asked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// `changes` (default): what was done; `refusals`: what was refused.
    #[param(schema_with = kinds)]
    kind: Option<String>,
    /// `json` (default): a line of JSON each; `csv`: a table. No cell of it is a formula to a spreadsheet.
    #[param(schema_with = formats)]
    format: Option<String>,
}

#[cfg(test)]
fn kinds() -> utoipa::openapi::schema::Object {
    super::describe::one_of("`changes` (default) or `refusals`", ["changes", "refusals"])
}

#[cfg(test)]
fn formats() -> utoipa::openapi::schema::Object {
    super::describe::one_of("`json` (default): a line of JSON each; `csv`: a table", ["json", "csv"])
}

/// The acts of people and programs, or the refusals, the oldest first, as far back as they are kept.
#[call(get, path = "/api/audit", right = audit, operation_id = "get_audit", tag = "access", params(AuditQuery),
    responses((status = 200, content((String = "application/jsonl"), (String = "text/csv")))))]
pub async fn audit(State(api): State<Api>, Params(query): Params<AuditQuery>) -> Result<Response, Problem> {
    let kind = match query.kind.as_deref() {
        None | Some("changes") => Kind::Changes,
        Some("refusals") => Kind::Refusals,
        Some(other) => return Err(Problem::field("kind", format!("{other:?} is neither changes nor refusals"))),
    };
    let table = match query.format.as_deref() {
        None | Some("json") => false,
        Some("csv") => true,
        Some(other) => return Err(Problem::field("format", format!("{other:?} is neither json nor csv"))),
    };
    let lines = api.audit.read(kind).await;
    let mut text = if table { csv_head().to_owned() } else { String::new() };
    for line in &lines {
        if table {
            text.push_str(&csv(line));
        } else {
            text.push_str(&serde_json::to_string(line).unwrap_or_default());
            text.push('\n');
        }
    }
    let mut response = text.into_response();
    let kind = if table { "text/csv; charset=utf-8" } else { "application/jsonl" };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The line of a request, if it is worth one: what people and tokens changed, and what was refused.
pub fn entry(
    admitted: Option<&Admitted>,
    source: Source,
    parts: &Parts,
    path: &str,
    answer: &Response,
) -> Option<Entry> {
    let caller = admitted.map_or(&Caller::Nobody, |admitted| &admitted.caller);
    let status = answer.status();
    let refused = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS);
    let changes = changes(&parts.method);
    let login = matches!(path, "/api/login" | "/api/setup");
    let backup = path == "/api/backup";
    if !refused && !(changes && (matches!(caller, Caller::Person(_)) || login)) && !backup {
        return None;
    }
    let told = answer.extensions().get::<Told>().cloned().unwrap_or_default();
    let outcome = match status {
        _ if refused => Outcome::Refused,
        status if status.is_success() => Outcome::Done,
        _ => Outcome::Failed,
    };
    let target = if told.target.is_empty() { parts.uri.path().to_owned() } else { told.target };
    Some(Entry {
        who: caller.name().to_owned(),
        from: source.place().to_string(),
        way: way(caller, source),
        what: format!("{} {path}", parts.method),
        target,
        before: told.before,
        after: told.after,
        outcome,
        detail: if outcome == Outcome::Done { String::new() } else { status.as_u16().to_string() },
    })
}

fn way(caller: &Caller, source: Source) -> String {
    match caller {
        Caller::Person(person) => match &person.way {
            Way::Session => "session".into(),
            Way::Token(name) => format!("token {name}"),
            Way::Loopback => "loopback".into(),
        },
        _ if source.channel.encrypted => "tls".into(),
        _ => "clear".into(),
    }
}
