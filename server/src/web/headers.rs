//! The headers of a file of the page: its kind, the time that it may be kept, the rights of the page.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header, uri::Authority};

/// Of the page itself: everything comes from here, nothing is written into it, and no other page shows it in a frame.
/// A picture that is dropped or recorded sound are data of its own.
pub const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; base-uri 'self'; object-src 'none'; img-src 'self' blob: data:; media-src 'self' blob:; \
     worker-src 'self' blob:; form-action 'self'; frame-ancestors 'none'",
);

/// The headers of the page, beside the policy.
const PAGE: [(HeaderName, HeaderValue); 3] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
];

/// What of the machine a page may ask for, and where: at one address a microphone, everywhere else nothing.
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
const DEAF: HeaderValue = HeaderValue::from_static("camera=(), geolocation=(), microphone=()");
const LISTENING: HeaderValue = HeaderValue::from_static("camera=(), geolocation=(), microphone=(self)");
/// The address at which a phone listens to the speakers.
const CALIBRATE: &str = "calibrate";

/// Isolated from other origins, the page gets a clock of 5 microseconds. A browser that came by plain http ignores
/// both, and writes an error about it into its console.
const ISOLATED: [(HeaderName, HeaderValue); 2] = [
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-embedder-policy"), HeaderValue::from_static("require-corp")),
];

/// Adds what goes with the page, as an answer to a request for `path` with the headers `request`.
pub fn of_page(headers: &mut HeaderMap, path: &str, request: &HeaderMap) {
    headers.extend(PAGE);
    headers.insert(PERMISSIONS, if path.trim_matches('/') == CALIBRATE { LISTENING } else { DEAF });
    if is_secure(request) {
        headers.extend(ISOLATED);
    }
    of_file(headers, "index.html");
}

/// True if the browser takes the page's origin for a secure one: this machine, or https, of which the proxy before it
/// tells. A client that lies gets two headers more in its own answer.
fn is_secure(request: &HeaderMap) -> bool {
    let text = |name: &HeaderName| request.get(name).and_then(|value| value.to_str().ok());
    let proxied = text(&HeaderName::from_static("x-forwarded-proto"));
    if proxied.is_some_and(|list| list.split(',').next().is_some_and(|one| one.trim().eq_ignore_ascii_case("https"))) {
        return true;
    }
    text(&header::HOST).and_then(|host| host.parse::<Authority>().ok()).is_some_and(|host| {
        let name = host.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let loopback = name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        loopback || name == "localhost" || name.ends_with(".localhost")
    })
}

/// Adds what goes with a file. The names under `assets/` have their content's hash in them.
pub fn of_file(headers: &mut HeaderMap, name: &str) {
    headers.insert(header::CONTENT_TYPE, kind(name));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if ending(name) == "js" {
        // a worker of an isolated page must say that it is isolated, too
        let (name, value) = &ISOLATED[1];
        headers.insert(name, value.clone());
    }
    let kept = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
}

fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

fn kind(name: &str) -> HeaderValue {
    HeaderValue::from_static(match ending(name) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        "json" => "application/json",
        _ => "application/octet-stream",
    })
}

/// True if the client takes a coding (RFC 9110, 12.5.3): it is named, and not with a weight of 0.
pub fn takes(headers: &HeaderMap, coding: &str) -> bool {
    let codings = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    codings.flat_map(|value| value.split(',')).any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|q| q.trim().parse::<f32>().ok()).unwrap_or(1.0);
        name.trim().eq_ignore_ascii_case(coding) && weight > 0.0
    })
}

/// True if the client shows pages: a browser that was led to an address, and no program that asks for data.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted
        .flat_map(|value| value.split(','))
        .any(|one| one.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/html")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_coding_is_taken_if_it_is_named_and_not_refused() {
        for taken in ["br", "gzip, br", "gzip;q=0.5, BR ; q=0.1", "br;q=x"] {
            assert!(takes(&with(header::ACCEPT_ENCODING, taken), "br"), "{taken}");
        }
        for refused in ["", "gzip", "br;q=0", "brotli", "br; q=0.0"] {
            assert!(!takes(&with(header::ACCEPT_ENCODING, refused), "br"), "{refused}");
        }
        assert!(!takes(&HeaderMap::new(), "br"));
    }

    #[test]
    fn the_page_is_isolated_where_a_browser_takes_its_origin_for_a_secure_one() {
        let isolated = |list: &[(&'static str, &'static str)]| {
            let request: HeaderMap = list
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect();
            let mut answer = HeaderMap::new();
            of_page(&mut answer, "/library", &request);
            let both = ["cross-origin-opener-policy", "cross-origin-embedder-policy"].map(|n| answer.contains_key(n));
            assert_eq!(both[0], both[1], "{list:?}");
            assert!(answer.contains_key(header::CONTENT_SECURITY_POLICY), "{list:?}");
            both[0]
        };
        for host in ["127.0.0.1:3000", "127.9.9.9", "[::1]:3000", "localhost:3000", "LOCALHOST", "box.localhost:80"] {
            assert!(isolated(&[("host", host)]), "{host}");
        }
        for host in
            ["192.168.7.5:3000", "box.local", "localhost.example", "[2001:db8::1]:3000", "127.0.0.1.example", ""]
        {
            assert!(!isolated(&[("host", host)]), "{host}");
        }
        assert!(!isolated(&[]));
        for proto in ["https", "HTTPS", "https, http"] {
            assert!(isolated(&[("host", "music.example"), ("x-forwarded-proto", proto)]), "{proto}");
        }
        assert!(!isolated(&[("host", "music.example"), ("x-forwarded-proto", "http, https")]));
    }

    #[test]
    fn a_microphone_is_for_one_address_and_a_worker_is_isolated() {
        for (path, given) in
            [("/calibrate", true), ("/calibrate/", true), ("/", false), ("/library/calibrate", false), ("/sync", false)]
        {
            let mut answer = HeaderMap::new();
            of_page(&mut answer, path, &HeaderMap::new());
            let policy = answer[PERMISSIONS].to_str().unwrap();
            assert_eq!(
                (policy.contains("microphone=(self)"), policy.contains("microphone=()")),
                (given, !given),
                "{path}"
            );
        }
        for (name, isolated) in [("assets/worker-1.js", true), ("icon.svg", false)] {
            let mut answer = HeaderMap::new();
            of_file(&mut answer, name);
            assert_eq!(answer.contains_key("cross-origin-embedder-policy"), isolated, "{name}");
        }
    }

    #[test]
    fn a_browser_wants_the_page_and_a_program_does_not() {
        assert!(wants_page(&with(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")));
        assert!(!wants_page(&with(header::ACCEPT, "*/*")));
        assert!(!wants_page(&with(header::ACCEPT, "application/json")));
        assert!(!wants_page(&HeaderMap::new()));
    }

    #[test]
    fn only_what_has_its_hash_in_its_name_is_kept_for_ever() {
        for (name, kept) in [("assets/a-1.js", true), ("index.html", false), ("icon.svg", false)] {
            let mut headers = HeaderMap::new();
            of_file(&mut headers, name);
            assert_eq!(headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"), kept, "{name}");
        }
    }
}
