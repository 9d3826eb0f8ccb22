//! Pages of access, without a build step: `/login`, `/setup`, and `/trust` with the CA's certificate.

use axum::{
    Router,
    extract::{Extension, State},
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use downbeat_trust::authority::pem;

use super::{
    Api,
    asker::Asker,
    body::InPath,
    need::Need,
    problem::{Problem, no_route},
};
use crate::web::headers::POLICY;

/// The paths, and what they ask for. `/trust` is answered in clear, whatever was set.
pub const PATHS: [(&str, Need); 5] = [
    ("/login", Need::PAGE),
    ("/setup", Need::PAGE),
    ("/access/{file}", Need::OPEN),
    ("/trust", Need::OPEN),
    ("/trust/ca.crt", Need::OPEN),
];

const LOGIN: &str = include_str!("../../web/access/login.html");
const SETUP: &str = include_str!("../../web/access/setup.html");
const CLEAR: &str = include_str!("../../web/access/clear.html");
const TRUST: &str = include_str!("../../web/access/trust.html");
const STYLE: &str = include_str!("../../web/access/access.css");
const SCRIPT: &str = include_str!("../../web/access/access.js");

/// Adds the pages.
pub fn routes(router: Router<Api>) -> Router<Api> {
    router
        .route("/login", get(async |asker: Extension<Asker>| form(&asker, LOGIN)))
        .route("/setup", get(async |asker: Extension<Asker>| form(&asker, SETUP)))
        .route("/access/{file}", get(file))
        .route("/trust", get(trust))
        .route("/trust/ca.crt", get(certificate))
}

/// A form that takes a password: over https alone.
fn form(asker: &Asker, text: &'static str) -> Response {
    if asker.admitted().source.channel.encrypted {
        page(StatusCode::OK, "text/html", text.to_owned())
    } else {
        page(StatusCode::FORBIDDEN, "text/html", CLEAR.to_owned())
    }
}

async fn file(uri: Uri, InPath(name): InPath<String>) -> Response {
    match name.as_str() {
        "access.css" => page(StatusCode::OK, "text/css", STYLE.to_owned()),
        "access.js" => page(StatusCode::OK, "text/javascript", SCRIPT.to_owned()),
        _ => no_route(uri).await.into_response(),
    }
}

async fn trust(State(api): State<Api>, asker: Extension<Asker>) -> Response {
    let clear = if may_have_it(&asker) { "" } else { "(open this page with https)" };
    let text = TRUST.replace("{fingerprint}", &api.authority.fingerprint().to_string()).replace("{clear}", clear);
    page(StatusCode::OK, "text/html", text)
}

/// The CA's certificate, which a phone may trust for every name that it was bound to: given over https and on the
/// coordinator's own machine alone.
async fn certificate(State(api): State<Api>, asker: Extension<Asker>) -> Result<Response, Problem> {
    if !may_have_it(&asker) {
        return Err(Problem::tls_required(asker.https()));
    }
    let mut response = pem("CERTIFICATE", &api.authority.certificate()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-x509-ca-cert"));
    let name = HeaderValue::from_static("attachment; filename=\"downbeat-ca.crt\"");
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

fn may_have_it(asker: &Asker) -> bool {
    let channel = asker.admitted().source.channel;
    channel.encrypted || channel.near
}

fn page(status: StatusCode, kind: &str, text: String) -> Response {
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::try_from(format!("{kind}; charset=utf-8")) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response
}
