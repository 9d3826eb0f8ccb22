//! `/test-client`: one page, without a build step, that joins as a speaker. Its files are part of the binary.

use axum::{
    http::header,
    response::{IntoResponse, Redirect, Response},
};

use super::body::InPath;
use super::problem::{Problem, no_route};

/// Name, content type, content. A new file is one line.
const FILES: &[(&str, &str, &str)] =
    &[("index.html", "text/html; charset=utf-8", include_str!("../../assets/test-client/index.html"))];

/// `GET /test-client/{file}`
pub async fn file(uri: axum::http::Uri, InPath(name): InPath<String>) -> Result<Response, Problem> {
    match FILES.iter().find(|(file, ..)| *file == name) {
        Some((_, kind, text)) => {
            Ok(([(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, "no-cache")], *text).into_response())
        }
        None => Err(no_route(uri).await),
    }
}

/// `GET /test-client/`
pub async fn index(uri: axum::http::Uri) -> Result<Response, Problem> {
    file(uri, InPath("index.html".to_owned())).await
}

/// `GET /` and `GET /test-client`
pub async fn redirect() -> Redirect {
    Redirect::temporary("/test-client/")
}
