//! `/test-client`: the browser's speaker, and the page that lays it open. It has no build step: the files of
//! `server/web/speaker` are part of the binary as they are.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};

use super::body::InPath;
use super::problem::{Problem, no_route};
use crate::web::headers::POLICY;

macro_rules! asset {
    ($name:literal, $kind:literal) => {
        ($name, concat!($kind, "; charset=utf-8"), include_str!(concat!("../../web/speaker/", $name)))
    };
}

/// Name, content type, content. A new file is one line.
const FILES: &[(&str, &str, &str)] = &[
    asset!("index.html", "text/html"),
    asset!("style.css", "text/css"),
    asset!("address.js", "text/javascript"),
    asset!("api.js", "text/javascript"),
    asset!("clock.js", "text/javascript"),
    asset!("codes.js", "text/javascript"),
    asset!("connection.js", "text/javascript"),
    asset!("controls.js", "text/javascript"),
    asset!("floors.js", "text/javascript"),
    asset!("format.js", "text/javascript"),
    asset!("identity.js", "text/javascript"),
    asset!("level.js", "text/javascript"),
    asset!("log.js", "text/javascript"),
    asset!("main.js", "text/javascript"),
    asset!("media_store.js", "text/javascript"),
    asset!("output_clock.js", "text/javascript"),
    asset!("player.js", "text/javascript"),
    asset!("plot.js", "text/javascript"),
    asset!("renderer.js", "text/javascript"),
    asset!("resampler.js", "text/javascript"),
    asset!("score.js", "text/javascript"),
    asset!("servo.js", "text/javascript"),
    asset!("signals.js", "text/javascript"),
    asset!("speaker.js", "text/javascript"),
    asset!("speakers.js", "text/javascript"),
    asset!("telemetry.js", "text/javascript"),
    asset!("time_sync.js", "text/javascript"),
    asset!("timeline.js", "text/javascript"),
    asset!("voice.js", "text/javascript"),
];

/// `GET /test-client/{file}`
pub async fn file(uri: axum::http::Uri, InPath(name): InPath<String>) -> Result<Response, Problem> {
    match FILES.iter().find(|(file, ..)| *file == name) {
        Some((_, kind, text)) => {
            let head = [
                (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
                (header::CONTENT_SECURITY_POLICY, POLICY),
            ];
            Ok((head, *text).into_response())
        }
        None => Err(no_route(uri).await),
    }
}

/// `GET /test-client/`
pub async fn index(uri: axum::http::Uri) -> Result<Response, Problem> {
    file(uri, InPath("index.html".to_owned())).await
}

/// Said by proxies that put the coordinator below a path.
const PREFIX: &str = "x-forwarded-prefix";

/// `GET /test-client`: relative, so that it holds below a path of a proxy, too.
pub async fn redirect(headers: HeaderMap) -> Redirect {
    let prefix = headers.get(PREFIX).and_then(|prefix| prefix.to_str().ok()).map(|p| p.trim_end_matches('/'));
    match prefix.filter(|prefix| is_path(prefix)) {
        Some(prefix) => Redirect::temporary(&format!("{prefix}/test-client/")),
        None => Redirect::temporary("test-client/"),
    }
}

/// True of a path on this host; `//other` would lead to another one.
fn is_path(prefix: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '~');
    prefix.starts_with('/') && !prefix.contains("//") && prefix.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_root_leads_to_the_page_wherever_it_is_seen() {
        for (prefix, location) in [
            (None, "test-client/"),
            (Some("/downbeat"), "/downbeat/test-client/"),
            (Some("/a/b/"), "/a/b/test-client/"),
            (Some("//evil.example"), "test-client/"),
            (Some("https://evil.example"), "test-client/"),
            (Some("/a\\b"), "test-client/"),
            (Some("/"), "test-client/"),
        ] {
            let headers = prefix.map(|prefix| (PREFIX.parse().unwrap(), prefix.parse().unwrap()));
            let answer = redirect(headers.into_iter().collect()).await.into_response();
            assert_eq!(answer.headers()[header::LOCATION], location, "{prefix:?}");
        }
    }

    /// A module that is written but not in the table would be missed by a browser only.
    #[test]
    fn every_file_of_the_page_is_in_the_table() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/web/speaker");
        let there = std::fs::read_dir(folder).expect("the folder of the page").filter_map(|entry| {
            let entry = entry.expect("an entry of the folder");
            let name = entry.file_name().into_string().expect("a plain name");
            let embedded = !entry.path().is_dir() && name != "package.json";
            embedded.then_some(name)
        });
        let mut there: Vec<_> = there.collect();
        let mut listed: Vec<_> = FILES.iter().map(|(name, ..)| (*name).to_owned()).collect();
        there.sort();
        listed.sort();
        assert_eq!(listed, there);
    }

    /// Nothing is fetched from elsewhere, and every import is a file of the table.
    #[test]
    fn the_page_needs_nothing_but_itself() {
        for (name, _, text) in FILES {
            let foreign = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!foreign.contains("http://") && !foreign.contains("https://"), "{name} names another site");
            let imports = text.lines().filter_map(|line| line.split_once(" from './")).map(|(_, rest)| rest);
            for import in imports.filter_map(|rest| rest.split_once('\'')).map(|(file, _)| file) {
                assert!(FILES.iter().any(|(file, ..)| *file == import), "{name} imports {import}, which is not there");
            }
        }
    }
}
