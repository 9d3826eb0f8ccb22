//! The guard against web pages of other sites, and against names that were bound anew.
//!
//! A browser lets any page send requests to any address of the network that it stands in. It adds the page's own site
//! as `Origin` to each change and each WebSocket; programs add none. So a change or an upgrade whose `Origin` is not
//! the site that it was sent to (`Host`) is refused. `Sec-Fetch-Site`, which says the same, is sent to `https` and to
//! this machine only.
//!
//! Reads of other sites' pages are refused as well where the browser says whose they are: it would show them nothing,
//! but a follower of events would hold a place.
//!
//! A page can also have its own name lead here (DNS rebinding): its `Origin` then equals `Host`. So `Host` must be one
//! that no stranger can have bound: an address, a name of this machine, or a name that a person allowed. Speakers are
//! spared that: they name no `Origin`, and reach only their WebSocket and files by hash.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use downbeat_host::names::OwnNames;
use downbeat_protocol::handshake::WEBSOCKET_PATH;
use tokio::time::Instant;

use super::problem::Problem;
use crate::net::Peer;

/// The machine's names are read anew for an unknown name, at most this often.
const NAMES_LAST: Duration = Duration::from_secs(10);
/// Suffixes that no one can register: names below them exist within one's own network only.
const PRIVATE_SUFFIXES: &[&str] =
    &["local", "lan", "home", "home.arpa", "internal", "intranet", "localdomain", "private", "corp", "fritz.box"];
/// Headers that pages of others may ask with.
const ASKED_WITH: &str = "authorization, content-type, if-match, if-none-match, idempotency-key, last-event-id";

/// The names that this coordinator may be called by.
#[derive(Debug, Clone)]
pub struct Sites(Arc<Names>);

#[derive(Debug)]
struct Names {
    /// Names that a person allowed, in lower case, without a port.
    allowed: Vec<String>,
    /// Sites of others whose pages may ask, with a token.
    cors: Vec<String>,
    own: Mutex<(OwnNames, Instant)>,
}

/// The refusal of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Refused {
    /// `Host` is a name that is not ours.
    Host(String),
    /// `Origin` is another site.
    Origin(String),
}

impl Sites {
    /// The machine's own names, and those that a person allowed.
    pub fn new(allowed: &[String], cors: &[String]) -> Self {
        let allowed = allowed.iter().map(|name| plain(name)).collect();
        let cors = cors.iter().map(|origin| origin.to_ascii_lowercase()).collect();
        Self(Arc::new(Names { allowed, cors, own: Mutex::new((OwnNames::read(), Instant::now())) }))
    }

    /// True for a site of others whose pages may ask.
    fn lets_in(&self, origin: &str) -> bool {
        self.0.cors.contains(&origin.to_ascii_lowercase())
    }

    fn is_allowed(&self, name: &str) -> bool {
        self.0.allowed.iter().any(|allowed| allowed == name)
    }

    /// True for a name under which no stranger's page can have reached this coordinator.
    fn is_ours(&self, name: &str) -> bool {
        if is_address(name) || is_loopback_name(name) || self.is_allowed(name) {
            return true;
        }
        let mut own = self.0.own.lock().unwrap_or_else(PoisonError::into_inner);
        if is_named(name, &own.0) {
            return true;
        }
        if own.1.elapsed() < NAMES_LAST {
            return false;
        }
        *own = (OwnNames::read(), Instant::now());
        is_named(name, &own.0)
    }

    /// True if a page of `origin` is one of this coordinator, which was called `host`.
    fn is_page_of(&self, origin: &str, host: &str) -> bool {
        origin_host(origin).is_some_and(|name| self.is_allowed(&name)) || same_site(origin, host)
    }

    fn check(&self, request: &Asked<'_>) -> Result<(), Refused> {
        if let Some(host) = request.host
            && !(request.of_speaker && request.origin.is_none())
            && !self.is_ours(&host_of(host))
        {
            return Err(Refused::Host(host_of(host)));
        }
        match (request.origin, request.host) {
            (Some(origin), _) if self.lets_in(origin) => Ok(()),
            // a page that came in clear may have been changed on its way: it is another site to what is encrypted
            (Some(origin), _) if request.encrypted && !origin.starts_with("https://") && request.changes => {
                Err(Refused::Origin(origin.to_owned()))
            }
            _ if !request.changes => {
                if request.embedded {
                    return Err(Refused::Origin("another site".to_owned()));
                }
                // the browser would show that page nothing of it; so no work is done for it, and no place held
                match (request.origin, request.host) {
                    (Some(origin), Some(host)) if request.of_data && !self.is_page_of(origin, host) => {
                        Err(Refused::Origin(origin.to_owned()))
                    }
                    _ => Ok(()),
                }
            }
            (Some(origin), host) if self.is_page_of(origin, host.unwrap_or_default()) => Ok(()),
            (Some(origin), _) => Err(Refused::Origin(origin.to_owned())),
            (None, _) if request.foreign => Err(Refused::Origin("another site".to_owned())),
            (None, _) => Ok(()),
        }
    }
}

/// The parts of a request that matter here.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Asked<'a> {
    host: Option<&'a str>,
    origin: Option<&'a str>,
    /// The browser says that another site made it.
    foreign: bool,
    /// It is in no page of its own: a picture, a script, a call of another site's page.
    embedded: bool,
    /// It came over TLS.
    encrypted: bool,
    /// It changes something, or opens a connection.
    changes: bool,
    /// It is one of the two requests that a speaker makes.
    of_speaker: bool,
    /// It is for data or music, and not for a file of the page.
    of_data: bool,
}

impl<'a> Asked<'a> {
    fn new(method: &Method, uri: &'a Uri, headers: &'a HeaderMap, encrypted: bool) -> Self {
        let text = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let upgrades = headers.contains_key(header::UPGRADE);
        let path = uri.path();
        let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        let mode = headers.get("sec-fetch-mode").map(HeaderValue::as_bytes);
        Self {
            // a full address in the request line counts more than the header
            host: uri.authority().map(Authority::as_str).or_else(|| text(header::HOST)),
            origin: text(header::ORIGIN),
            foreign: matches!(site, Some(b"cross-site" | b"same-site")),
            embedded: site == Some(b"cross-site") && mode != Some(b"navigate"),
            encrypted,
            changes: upgrades || !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS),
            of_speaker: (upgrades && (path == WEBSOCKET_PATH || path == "/")) || path.starts_with("/media/"),
            of_data: path.starts_with("/api/") || path.starts_with("/media/"),
        }
    }
}

/// Refuses requests of other sites' pages, and those to a name that is not ours. Pages of sites that a person named may
/// ask, and read the answers; their browsers send no cookie with it.
pub async fn guard(State(sites): State<Sites>, request: Request, next: Next) -> Response {
    let encrypted = request.extensions().get::<Peer>().is_some_and(|peer| peer.secured.is_some());
    let asked = Asked::new(request.method(), request.uri(), request.headers(), encrypted);
    if let Err(refused) = sites.check(&asked) {
        return refused.into_problem(asked.host.unwrap_or_default()).into_response();
    }
    let let_in = asked.origin.filter(|origin| sites.lets_in(origin)).map(str::to_owned);
    let Some(origin) = let_in else { return next.run(request).await };
    let asks_first =
        *request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if asks_first { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    if let Ok(origin) = HeaderValue::try_from(origin) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if asks_first {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(ASKED_WITH));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    } else {
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("etag, retry-after, x-request-id, x-server-time"),
        );
    }
    response
}

impl Refused {
    fn into_problem(self, host: &str) -> Problem {
        match self {
            Self::Host(name) => {
                let detail = format!(
                    "`{name}` is not a name of this coordinator. If you gave it that name, start the coordinator with \
                     --allow-host {name} (or set DOWNBEAT_ALLOW_HOST); its addresses work in any case"
                );
                Problem::new(StatusCode::FORBIDDEN, "unknown_host", detail)
            }
            Self::Origin(origin) => {
                let name = origin_host(&origin).unwrap_or_else(|| "NAME".to_owned());
                let detail = format!(
                    "a page of {origin} may not change anything at {host}. If that page is yours, or a proxy stands \
                     between, have the proxy pass `Host` on unchanged, or start the coordinator with --allow-host \
                     {name}"
                );
                Problem::new(StatusCode::FORBIDDEN, "foreign_site", detail)
            }
        }
    }
}

/// The name of a `Host`: without its port and the last dot, in lower case, an IPv6 address without brackets.
fn host_of(host: &str) -> String {
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    plain(name)
}

fn plain(name: &str) -> String {
    let name = name.trim();
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

fn origin_host(origin: &str) -> Option<String> {
    Some(host_of(origin.split_once("://")?.1)).filter(|name| !name.is_empty())
}

fn is_address(name: &str) -> bool {
    // a link-local address may name its interface
    name.split('%').next().unwrap_or(name).parse::<IpAddr>().is_ok()
}

fn is_loopback_name(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// True for the machine's name: as it is, below a suffix of one's own network, or numbered below `.local`, as a
/// name is when two machines chose the same.
fn is_named(name: &str, own: &OwnNames) -> bool {
    if own.names.iter().any(|n| n == name) {
        return true;
    }
    let Some((first, suffix)) = name.split_once('.') else { return false };
    let private = PRIVATE_SUFFIXES.contains(&suffix) || own.suffixes.iter().any(|s| s == suffix);
    let numbered = |own: &str| {
        let number = first.strip_prefix(own).and_then(|rest| rest.strip_prefix('-'));
        suffix == "local" && number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    private && own.names.iter().any(|n| n == first || numbered(n))
}

/// True if a page of `origin` belongs to the site that was asked under `host`. A port that is not said is the scheme's.
fn same_site(origin: &str, host: &str) -> bool {
    let Some((scheme, rest)) = origin.split_once("://") else { return false };
    let port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return false,
    };
    let site = |text: &str| {
        let authority: Authority = text.parse().ok()?;
        // a user's name before it would hide the true one
        let clean = !authority.as_str().contains('@');
        clean.then(|| (host_of(authority.as_str()), authority.port_u16().unwrap_or(port)))
    };
    site(rest).is_some_and(|page| site(host) == Some(page))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sites(allowed: &[&str]) -> Sites {
        let allowed = allowed.iter().map(|a| plain(a)).collect();
        let own =
            OwnNames { names: vec!["box".into(), "box.shop.example".into()], suffixes: vec!["office.example".into()] };
        // never read again
        Sites(Arc::new(Names {
            allowed,
            cors: vec!["https://panel.example".into()],
            own: Mutex::new((own, Instant::now() + Duration::from_hours(1))),
        }))
    }

    fn asked<'a>(host: &'a str, origin: &'a str) -> Asked<'a> {
        let some = |text: &'a str| Some(text).filter(|t| !t.is_empty());
        Asked {
            host: some(host),
            origin: some(origin),
            foreign: false,
            embedded: false,
            encrypted: false,
            changes: true,
            of_speaker: false,
            of_data: true,
        }
    }

    #[test]
    fn a_change_is_taken_from_the_page_of_the_same_site_only() {
        let sites = sites(&["music.example"]);
        for (host, origin) in [
            ("192.168.7.5:3000", ""),
            ("192.168.7.5:3000", "http://192.168.7.5:3000"),
            ("[fd00::5]:3000", "http://[fd00::5]:3000"),
            ("Box.local:3000", "http://box.local:3000"),
            ("box", "http://box"),
            ("box:80", "http://box"),
            ("music.example", "https://music.example"),
            // a proxy that does not pass `Host` on
            ("127.0.0.1:3000", "https://music.example"),
            ("", ""),
        ] {
            assert_eq!(sites.check(&asked(host, origin)), Ok(()), "{host} {origin}");
        }
        for (host, origin) in [
            ("192.168.7.5:3000", "http://news.example"),
            ("192.168.7.5:3000", "http://192.168.7.5"),
            ("192.168.7.5:3000", "http://192.168.7.5:8080"),
            ("192.168.7.5:3000", "https://192.168.7.5"),
            ("192.168.7.5:3000", "http://192.168.7.5:3000@news.example"),
            ("192.168.7.5:3000", "http://192.168.7.5:3000.news.example"),
            ("192.168.7.5:3000", "null"),
            ("192.168.7.5:3000", "file://"),
            ("192.168.7.5:3000", "chrome-extension://abc"),
            ("192.168.7.5:3000", "?"),
            ("localhost:3000", "http://localhost:5173"),
            ("", "http://192.168.7.5:3000"),
        ] {
            let refused = sites.check(&asked(host, origin));
            assert_eq!(refused, Err(Refused::Origin(origin.to_owned())), "{host}");
        }
        // the browser shows the page nothing of what it reads; it costs no work, and holds no place among the followers
        let reads = |origin| Asked { changes: false, ..asked("192.168.7.5:3000", origin) };
        assert!(matches!(sites.check(&reads("http://news.example")), Err(Refused::Origin(_))));
        assert_eq!(sites.check(&reads("http://192.168.7.5:3000")), Ok(()));
        assert_eq!(sites.check(&reads("https://music.example")), Ok(()));
        assert_eq!(sites.check(&reads("")), Ok(()), "a page that is opened, a program");
        // browsers differ in whether a page's own files are asked for with an origin, behind a proxy that hides `Host`
        let file = Asked { of_data: false, ..reads("http://news.example") };
        assert_eq!(sites.check(&file), Ok(()));
        let reads = reads("");
        let embeds = Asked { embedded: true, ..reads };
        assert!(matches!(sites.check(&embeds), Err(Refused::Origin(_))), "where the browser says that it embeds it");
        // a page that came in clear is another site to what is encrypted
        let (clear, secure) = ("http://192.168.7.5:3000", "https://192.168.7.5:3000");
        let encrypted = |origin| Asked { encrypted: true, ..asked("192.168.7.5:3000", origin) };
        assert_eq!(sites.check(&encrypted(secure)), Ok(()));
        assert_eq!(sites.check(&encrypted(clear)), Err(Refused::Origin(clear.to_owned())));
        // a site that a person named
        assert_eq!(sites.check(&asked("192.168.7.5:3000", "https://panel.example")), Ok(()));
        assert!(sites.check(&asked("192.168.7.5:3000", "http://panel.example")).is_err());
        // an old browser that names no origin still says that the page is another site's
        let foreign = Asked { foreign: true, ..asked("192.168.7.5:3000", "") };
        assert!(matches!(sites.check(&foreign), Err(Refused::Origin(_))));
    }

    #[test]
    fn a_name_that_a_stranger_can_bind_is_not_ours() {
        let sites = sites(&["Music.Example."]);
        let ours = |host: &str| sites.is_ours(&host_of(host));
        for host in [
            "10.0.0.1",
            "10.0.0.1:3000",
            "[::1]:3000",
            "[fe80::1%25eth0]:3000",
            "localhost",
            "LOCALHOST:3000",
            "downbeat.localhost",
            "box",
            "BOX.:3000",
            "box.local",
            "box-2.local",
            "box.lan",
            "box.home.arpa",
            "box.fritz.box",
            "box.office.example",
            "box.shop.example",
            "music.example:443",
        ] {
            assert!(ours(host), "{host}");
        }
        for host in [
            "evil.example",
            "box.evil.example",
            "evil.box",
            "other.local",
            "box-x.local",
            "box-2.lan",
            "box.shop.example.evil.example",
            "10.0.0.1.nip.io",
            "0x7f000001",
            "localhost.evil.example",
            "sub.music.example",
            "",
            "@10.0.0.1",
        ] {
            assert!(!ours(host), "{host}");
        }
    }

    #[test]
    fn a_speaker_may_call_the_coordinator_by_any_name() {
        let sites = sites(&[]);
        let headers = |list: &[(&'static str, &'static str)]| {
            list.iter()
                .map(|(k, v)| (header::HeaderName::from_static(k), HeaderValue::from_static(v)))
                .collect::<HeaderMap>()
        };
        let check = |method: Method, uri: &'static str, list: &[(&'static str, &'static str)]| {
            let (uri, headers) = (Uri::from_static(uri), headers(list));
            sites.check(&Asked::new(&method, &uri, &headers, false))
        };
        let socket = [("host", "house.example:3000"), ("upgrade", "websocket")];
        let page = [("host", "house.example"), ("upgrade", "websocket"), ("origin", "http://house.example")];
        assert_eq!(check(Method::GET, "/ws", &socket), Ok(()));
        assert_eq!(check(Method::GET, "/", &socket), Ok(()));
        assert_eq!(check(Method::GET, "/media/00", &socket[..1]), Ok(()));
        let unknown = Err(Refused::Host("house.example".to_owned()));
        assert_eq!(check(Method::GET, "/ws", &page), unknown, "a page whose name was bound anew");
        assert_eq!(check(Method::GET, "/api/events/ws", &socket), unknown);
        assert_eq!(check(Method::GET, "/api/tracks", &socket[..1]), unknown);
        assert_eq!(check(Method::GET, "/mediaaa", &socket[..1]), unknown);
        assert_eq!(check(Method::GET, "http://house.example/api/tracks", &[("host", "10.0.0.1")]), unknown);
        assert_eq!(check(Method::GET, "/api/tracks", &[]), Ok(()), "HTTP/1.0 of a program");
    }
}
