//! The answer for each path of the page.

use std::{borrow::Cow, path::PathBuf};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;

use super::{
    files::Files,
    headers::{of_file, of_page, takes, wants_page},
};
use crate::files::range::none_match_fails;

/// Paths that are never the page's: what is not there is a fault of the caller.
const NOT_PAGES: &[&str] = &["/api/", "/media/", "/test-client/", "/assets/"];
/// The page's base as it is built; it is answered with the way back from the path that was asked for, so that the page
/// works below any path of a proxy that nobody needs to name.
const BASE: &str = r#"<base href="./" />"#;
const NOT_BUILT: &str = "<!doctype html>\n<html lang=\"en\">\n\
    <head><meta charset=\"utf-8\"><title>Downbeat</title></head>\n\
    <body>\n<h1>The page is not part of this program</h1>\n<p>The coordinator runs, and answers the command line and \
    REST. It was built without its page, which needs Node: run <code>make web</code> in the sources, build again, and \
    reload this page. Or name a folder with the built page: <code>--web-dir</code>.</p>\n\
    <p><a href=\"/test-client/\">The page for engineers</a> is here without it.</p>\n</body>\n</html>\n";

/// True of a packed file, which is sent in place of the plain one and has no address of its own.
fn is_packed(name: &str) -> bool {
    matches!(name.rsplit_once('.'), Some((_, "br" | "gz")))
}

/// The page.
#[derive(Debug, Clone, Default)]
pub struct Page {
    files: Files,
}

impl Page {
    /// The page of the program, or of a folder.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { files: Files::new(folder) }
    }

    /// The answer to a request for what is no call of REST; `None` if it is nothing of the page's.
    pub async fn answer(&self, method: &Method, path: &str, headers: &HeaderMap) -> Option<Response> {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return None;
        }
        let name = path.strip_prefix('/').unwrap_or(path);
        let file = !name.is_empty() && name != "index.html" && !is_packed(name);
        if file && let Some(content) = self.files.get(name).await {
            return Some(self.file(name, content, headers).await);
        }
        let elsewhere = NOT_PAGES.iter().any(|place| format!("{path}/").starts_with(place));
        if elsewhere || !wants_page(headers) {
            return None;
        }
        Some(self.index(path, headers).await)
    }

    /// The page itself, for a path at which a browser is led to it.
    pub async fn index(&self, path: &str, headers: &HeaderMap) -> Response {
        let Some(built) = self.files.get("index.html").await else {
            let mut response = NOT_BUILT.into_response();
            of_page(response.headers_mut(), path, headers);
            return response;
        };
        let depth = path.matches('/').count().saturating_sub(1);
        let back = if depth == 0 { "./".to_owned() } else { "../".repeat(depth) };
        let text = String::from_utf8_lossy(&built).replacen(BASE, &format!(r#"<base href="{back}" />"#), 1);
        let mut response = tagged(Bytes::from(text.into_bytes()), headers);
        of_page(response.headers_mut(), path, headers);
        response
    }

    async fn file(&self, name: &str, content: Cow<'static, [u8]>, headers: &HeaderMap) -> Response {
        let mut coding = None;
        let mut content = content;
        for (one, ending) in [("br", "br"), ("gzip", "gz")] {
            if takes(headers, one)
                && let Some(packed) = self.files.get(&format!("{name}.{ending}")).await
            {
                coding = Some(one);
                content = packed;
                break;
            }
        }
        let content = match content {
            Cow::Borrowed(part) => Bytes::from_static(part),
            Cow::Owned(part) => Bytes::from(part),
        };
        let mut response = tagged(content, headers);
        of_file(response.headers_mut(), name);
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(coding) = coding {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        response
    }
}

/// An answer with the hash of its content as its tag, or 304 if the client has it.
fn tagged(content: Bytes, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", &blake3::hash(&content).to_hex()[..32]);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = if known.is_some_and(|known| none_match_fails(known, &tag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(content))
    };
    response.headers_mut().insert(header::ETAG, HeaderValue::try_from(tag).expect("hex digits in quotes"));
    response
}
