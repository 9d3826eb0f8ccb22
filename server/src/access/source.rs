//! The place that a request comes from, and its way. The reasons are in docs/security.md, "Behind a proxy" and "The
//! loopback rule".

use std::net::IpAddr;

use axum::http::{HeaderMap, Version, header, request::Parts, uri::Authority};
use downbeat_trust::{
    admission::{Channel, Loopback, PROXY_HEADERS},
    place::{Place, Range, behind_proxies, is_local},
};

use super::AccessSettings;
use crate::net::Peer;

/// The place and the way that a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The client's address. Of a proxy that does not say whom it stands for: its own.
    pub address: IpAddr,
    /// The way.
    pub channel: Channel,
}

impl Source {
    /// The place, as waits and sessions count it.
    pub fn place(&self) -> Place {
        Place::of(self.address)
    }

    /// The source of a request, but for the loopback rule.
    pub(super) fn of(settings: &AccessSettings, networks: &[Range], peer: &Peer, request: &Parts) -> Self {
        let socket = peer.address.ip().to_canonical();
        let secured = peer.secured.is_some();
        let channel = |encrypted, local, near| Channel { encrypted, local, near, loopback: false };
        if is_proxy(settings, socket) {
            return match behind_proxies(&joined(&request.headers, "x-forwarded-for"), &settings.proxies) {
                Some(address) => {
                    let encrypted = last(&joined(&request.headers, "x-forwarded-proto")).eq_ignore_ascii_case("https");
                    Self { address, channel: channel(encrypted, is_local(address, networks), false) }
                }
                // a proxy that was set up wrong gives nobody its own place
                None => Self { address: socket, channel: channel(secured, false, socket.is_loopback()) },
            };
        }
        let near =
            socket.is_loopback() && peer.own.ip().to_canonical().is_loopback() && !is_forwarded(&request.headers);
        Self { address: socket, channel: channel(secured, is_local(socket, networks), near) }
    }
}

/// The facts of the loopback rule; `owner`: the user at the other end of the connection.
pub(super) fn is_of_this_machine(
    settings: &AccessSettings,
    peer: &Peer,
    request: &Parts,
    owner: Option<u32>,
    user: u32,
) -> bool {
    let host = host(request);
    let facts = Loopback {
        peer: peer.address.ip(),
        own: peer.own.ip(),
        port: peer.own.port(),
        host,
        is_proxy: is_proxy(settings, peer.address.ip().to_canonical()),
        forwarded: is_forwarded(&request.headers),
        foreign: is_foreign(&request.headers, host),
        http11: request.version == Version::HTTP_11,
        owner,
        user,
    };
    facts.holds()
}

/// The name that the client called this coordinator by, with a port if it said one.
pub(super) fn host(request: &Parts) -> Option<&str> {
    let header = || request.headers.get(header::HOST).and_then(|value| value.to_str().ok());
    request.uri.authority().map(Authority::as_str).or_else(header)
}

fn is_proxy(settings: &AccessSettings, address: IpAddr) -> bool {
    settings.proxies.iter().any(|proxy| proxy.holds(address))
}

fn is_forwarded(headers: &HeaderMap) -> bool {
    PROXY_HEADERS.iter().any(|name| headers.contains_key(*name))
}

/// True if a page of another site made the request, as far as the browser says. Programs say nothing.
fn is_foreign(headers: &HeaderMap, host: Option<&str>) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let elsewhere = text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none"));
    let page = text("origin").is_some_and(|origin| {
        origin.strip_prefix("http://").zip(host).is_none_or(|(site, host)| !site.eq_ignore_ascii_case(host))
    });
    elsewhere || page
}

/// The values of a header that may come several times, in their order.
fn joined(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?"));
    values.collect::<Vec<_>>().join(",")
}

/// Each proxy adds on the right.
fn last(list: &str) -> &str {
    list.rsplit(',').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;
    use crate::net::Secured;

    fn peer(address: &str, encrypted: bool) -> Peer {
        let own = if address.starts_with("127.") { "127.0.0.1:3000" } else { "10.0.0.2:3000" };
        let secured = encrypted.then_some(Secured { speaker: None, resumed: false });
        Peer { address: format!("{address}:50000").parse().unwrap(), own: own.parse().unwrap(), secured }
    }

    fn request(headers: &[(&str, &str)]) -> Parts {
        let request = headers.iter().fold(Request::get("/api/zones"), |r, (name, value)| r.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    fn behind(proxies: &[&str]) -> AccessSettings {
        AccessSettings { proxies: proxies.iter().map(|p| p.parse().unwrap()).collect(), ..AccessSettings::default() }
    }

    fn source(settings: &AccessSettings, peer: &Peer, headers: &[(&str, &str)]) -> (String, [bool; 3]) {
        let Source { address, channel } = Source::of(settings, &[], peer, &request(headers));
        (address.to_string(), [channel.encrypted, channel.local, channel.near])
    }

    #[test]
    fn a_proxy_that_is_named_is_believed_and_nobody_else() {
        let settings = behind(&["10.0.0.9"]);
        let proxy = peer("10.0.0.9", false);
        let said = [("x-forwarded-for", "6.6.6.6, 8.8.8.8"), ("x-forwarded-proto", "http, https")];
        assert_eq!(source(&settings, &proxy, &said), ("8.8.8.8".into(), [true, false, false]));
        let home = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "192.168.1.9"), ("x-forwarded-proto", "http")];
        assert_eq!(source(&settings, &proxy, &home), ("192.168.1.9".into(), [false, true, false]));
        let nothing = ("10.0.0.9".to_owned(), [false, false, false]);
        assert_eq!(source(&settings, &proxy, &[]), nothing, "a proxy that says nothing is nobody");
        assert_eq!(source(&settings, &proxy, &[("x-forwarded-for", "unknown")]), nothing);
        let forger = peer("10.0.0.66", false);
        assert_eq!(source(&settings, &forger, &said), ("10.0.0.66".into(), [false, true, false]));
        let far = peer("8.8.8.8", true);
        assert_eq!(
            source(&settings, &far, &[("x-forwarded-for", "127.0.0.1")]),
            ("8.8.8.8".into(), [true, false, false])
        );
    }

    #[test]
    fn a_request_of_this_machine_is_near_unless_a_header_says_otherwise() {
        let settings = behind(&[]);
        let near = peer("127.0.0.1", false);
        assert_eq!(source(&settings, &near, &[]).1, [false, true, true]);
        for name in PROXY_HEADERS {
            assert_eq!(source(&settings, &near, &[(*name, "x")]).1, [false, true, false], "{name}");
        }
    }

    #[test]
    fn the_loopback_rule_is_asked_with_what_the_request_says() {
        let holds = |settings: &AccessSettings, peer: &Peer, headers: &[(&str, &str)], owner| {
            is_of_this_machine(settings, peer, &request(headers), owner, 999)
        };
        let (open, near) = (behind(&[]), peer("127.0.0.1", false));
        let host = ("host", "localhost:3000");
        assert!(holds(&open, &near, &[host], Some(1000)));
        assert!(holds(&open, &near, &[host, ("origin", "http://localhost:3000")], Some(1000)));
        assert!(holds(&open, &near, &[host, ("sec-fetch-site", "same-origin")], Some(1000)));
        for (case, headers) in [
            ("another port's page", vec![host, ("origin", "http://localhost:5173")]),
            ("a sandboxed page", vec![host, ("origin", "null")]),
            ("another site's link", vec![host, ("sec-fetch-site", "cross-site")]),
            ("nginx", vec![("host", "127.0.0.1:3000"), ("x-forwarded-for", "8.8.8.8")]),
            ("a name that was bound anew", vec![("host", "evil.example:3000")]),
            ("no name", vec![]),
        ] {
            assert!(!holds(&open, &near, &headers, Some(1000)), "{case}");
        }
        assert!(!holds(&open, &near, &[host], Some(33)), "nginx that hides itself");
        assert!(!holds(&behind(&["127.0.0.1"]), &near, &[host], Some(1000)), "a proxy that is named");
        assert!(!holds(&open, &peer("10.0.0.7", false), &[host], Some(1000)));
    }
}
