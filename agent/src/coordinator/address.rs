//! The coordinator's address, as people write it.
//!
//! `SCHEME://HOST:PORT/PATH`, of which all but the host may be left out. A path is what a reverse proxy put before the
//! coordinator: its WebSocket is at `PATH/ws` then, its files at `PATH/media/`.

use std::{fmt, net::Ipv6Addr, str::FromStr};

use downbeat_protocol::handshake::WEBSOCKET_PATH;

/// The coordinator's default port.
pub const DEFAULT_PORT: u16 = 3000;
/// The port of a proxy before it.
const HTTP_PORT: u16 = 80;
/// The same, where it passes TLS on.
const HTTPS_PORT: u16 = 443;
/// The name in the place of an address with a zone, which no URL can have; files' own resolver leads it to the peer.
pub(crate) const ZONED: &str = "coordinator.invalid";

/// The coordinator's address. What was left out is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    /// A name, an IPv4 address, or an IPv6 address without brackets and zone.
    pub host: String,
    /// The interface of an IPv6 address of a link: `eth0`.
    zone: Option<String>,
    /// The TCP port.
    pub port: u16,
    /// The port that is tried after it, where none was written and both are usual.
    other_port: Option<u16>,
    /// The path before the coordinator's own: empty, or with a leading slash and without one at its end.
    prefix: String,
    /// Encryption was asked for by the scheme. Without it, it is tried all the same.
    secure: bool,
}

/// Why a text is no address of a coordinator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not one of `ws`, `wss`, `http`, `https`.
    #[error("{0:?}: the scheme must be ws, wss, http or https, e.g. ws://10.0.0.2:3000")]
    Scheme(String),
    /// A user's name or password.
    #[error(
        "{0:?}: a user's name or password cannot be given to a proxy; write ws://HOST:PORT, e.g. ws://10.0.0.2:3000"
    )]
    User(String),
    /// A query or a fragment.
    #[error("{0:?}: an address has no ? and no #; write ws://HOST:PORT/PATH, e.g. ws://10.0.0.2/downbeat")]
    Query(String),
    /// No host, or one with characters that no host has.
    #[error("{0:?}: a host is missing or misspelt; write ws://HOST:PORT, e.g. ws://music.local:3000")]
    Host(String),
    /// A port that is none.
    #[error("{0:?}: the port must be a number from 1 to 65535, e.g. ws://10.0.0.2:3000")]
    Port(String),
    /// A path that no URL has as it is.
    #[error("{0:?}: the path is misspelt: it has letters, digits and signs without blanks, and no . or .. of its own")]
    Path(String),
}

impl ServerAddress {
    /// This address and port.
    pub fn of(address: std::net::IpAddr, port: u16) -> Self {
        let host = address.to_string();
        Self { host, zone: None, port, other_port: None, prefix: String::new(), secure: true }
    }

    /// The addresses to try, in order.
    pub fn candidates(&self) -> impl Iterator<Item = Self> + use<'_> {
        let at = |port| Self { port, other_port: None, ..self.clone() };
        std::iter::once(self.port).chain(self.other_port).map(at)
    }

    /// The same, and this port after its own.
    #[cfg(test)]
    pub(super) fn or_port(self, port: u16) -> Self {
        Self { other_port: Some(port), ..self }
    }

    /// The host for the system's resolver: with its zone.
    pub fn resolvable(&self) -> String {
        match &self.zone {
            Some(zone) => format!("{}%{zone}", self.host),
            None => self.host.clone(),
        }
    }

    /// `ws://HOST:PORT/ws`, for the wire: without a zone.
    pub fn websocket_url(&self) -> String {
        format!("ws://{}{}{WEBSOCKET_PATH}", self.authority(""), self.prefix)
    }

    /// True if nothing but encryption will do.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// `http://HOST:PORT`, below which `/media/` is; `https` if the connection is encrypted.
    pub fn http_base(&self, encrypted: bool) -> String {
        let scheme = if encrypted { "https" } else { "http" };
        match self.zone {
            Some(_) => format!("{scheme}://{ZONED}:{}{}", self.port, self.prefix),
            None => format!("{scheme}://{}{}", self.authority(""), self.prefix),
        }
    }

    /// `HOST:PORT`, brackets around an IPv6 address.
    fn authority(&self, zone: &str) -> String {
        if self.host.contains(':') {
            format!("[{}{zone}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// As it can be written again.
impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zone = self.zone.as_ref().map_or_else(String::new, |zone| format!("%{zone}"));
        let scheme = if self.secure { "wss" } else { "ws" };
        write!(f, "{scheme}://{}{}{WEBSOCKET_PATH}", self.authority(&zone), self.prefix)
    }
}

impl FromStr for ServerAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let whole = text.trim();
        let (web, rest) = match whole.split_once("://") {
            None => (None, whole),
            Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
                "ws" | "http" => (Some(HTTP_PORT), rest),
                "wss" | "https" => (Some(HTTPS_PORT), rest),
                _ => return Err(AddressError::Scheme(text.into())),
            },
        };
        if rest.contains(['?', '#']) {
            return Err(AddressError::Query(text.into()));
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(AddressError::User(text.into()));
        }
        let (host, port) = split_port(authority).ok_or_else(|| AddressError::Host(text.into()))?;
        let (host, zone) = canonical(host).ok_or_else(|| AddressError::Host(text.into()))?;
        let prefix = prefix(path).ok_or_else(|| AddressError::Path(text.into()))?;
        let (port, other_port) = match port {
            Some(port) => (port.parse().ok().filter(|p| *p > 0), None),
            // a path is a proxy's, and a proxy's port is that of the web
            None if prefix.is_empty() || web.is_none() => (Some(DEFAULT_PORT), web),
            None => (web, Some(DEFAULT_PORT)),
        };
        let port = port.ok_or_else(|| AddressError::Port(text.into()))?;
        Ok(Self { host, zone, port, other_port, prefix, secure: web == Some(HTTPS_PORT) })
    }
}

/// Host and port of `HOST`, `HOST:PORT`, `[IPV6]`, `[IPV6]:PORT` or a bare IPv6 address.
fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        // in brackets there is nothing else
        host.contains(':').then_some(())?;
        return match after {
            "" => Some((host, None)),
            _ => Some((host, Some(after.strip_prefix(':')?))),
        };
    }
    match authority.split_once(':') {
        Some((_, port)) if port.contains(':') => Some((authority, None)),
        Some((host, port)) => Some((host, Some(port))),
        None => Some((authority, None)),
    }
}

/// The host as it goes over the wire, and the zone of an IPv6 address.
fn canonical(host: &str) -> Option<(String, Option<String>)> {
    let Some((address, zone)) = host.contains(':').then(|| host.split_once('%').unwrap_or((host, ""))) else {
        // as URLs have it: in lower case, umlauts as xn--
        let url = reqwest::Url::parse(&format!("http://{host}/")).ok()?;
        let plain = url.path() == "/" && url.username().is_empty() && url.port().is_none() && !host.contains('\\');
        return plain
            .then(|| url.host_str().unwrap_or_default().to_owned())
            .filter(|h| !h.is_empty())
            .map(|h| (h, None));
    };
    let address: Ipv6Addr = address.parse().ok()?;
    // RFC 6874 writes the % as %25
    let zone = zone.strip_prefix("25").filter(|z| !z.is_empty()).unwrap_or(zone);
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    match zone {
        "" if host.contains('%') => None,
        "" => Some((address.to_string(), None)),
        _ => zone.chars().all(known).then(|| (address.to_string(), Some(zone.to_owned()))),
    }
}

/// The path before the coordinator's own, of a path that may end with its WebSocket.
fn prefix(path: &str) -> Option<String> {
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix(WEBSOCKET_PATH).unwrap_or(path).trim_end_matches('/');
    let fits = |part: &str| {
        let known =
            |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}');
        !matches!(part, "" | "." | "..") && part.bytes().all(known)
    };
    (path.is_empty() || path[1..].split('/').all(fits)).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Each spelling and the addresses that are tried, or `refused`. The command-line client keeps to it as well.
    const SPELLINGS: &str = include_str!("../../../docs/addresses.md");

    fn tried(text: &str) -> Result<Vec<String>, AddressError> {
        Ok(text.parse::<ServerAddress>()?.candidates().map(|a| a.to_string()).collect())
    }

    #[test]
    fn every_spelling_of_the_page_is_tried_where_it_says() {
        let rows = SPELLINGS.lines().filter(|line| line.starts_with("| `"));
        let mut count = 0;
        for row in rows {
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
            let [text, due] = cells[..] else { panic!("{row}") };
            let text = text.trim_matches('`');
            let due: Vec<String> = due.split(", ").map(|at| format!("ws://{}/ws", at.trim_matches('`'))).collect();
            let tried = tried(text).map_err(|e| e.to_string());
            if row.contains("refused") {
                assert!(tried.is_err(), "{text}: {tried:?}");
            } else {
                assert_eq!(tried, Ok(due), "{text}");
            }
            count += 1;
        }
        assert!(count > 20, "{count} rows");
    }

    #[test]
    fn where_encryption_is_asked_for_the_web_has_another_port() {
        for text in ["wss://pi", "HTTPS://pi/"] {
            assert_eq!(tried(text).unwrap(), ["wss://pi:3000/ws", "wss://pi:443/ws"], "{text}");
        }
        assert_eq!(tried("https://pi/downbeat").unwrap(), ["wss://pi:443/downbeat/ws", "wss://pi:3000/downbeat/ws"]);
        assert_eq!(tried("wss://pi:8080").unwrap(), ["wss://pi:8080/ws"]);
        let secure = |text: &str| text.parse::<ServerAddress>().unwrap().is_secure();
        assert!(secure("wss://pi") && !secure("ws://pi") && !secure("pi"));
    }

    #[test]
    fn files_come_from_below_the_same_path() {
        let base = |text: &str| text.parse::<ServerAddress>().unwrap().http_base(false);
        assert_eq!(base("pi:80"), "http://pi:80");
        assert_eq!(base("ws://pi:80/downbeat/"), "http://pi:80/downbeat");
        assert_eq!(base("ws://[FD77::9]:3000/a/b/ws"), "http://[fd77::9]:3000/a/b");
        let zoned: ServerAddress = "ws://[fe80::1%eth0]:3000".parse().unwrap();
        assert_eq!(zoned.resolvable(), "fe80::1%eth0");
        assert_eq!(zoned.websocket_url(), "ws://[fe80::1]:3000/ws", "a zone means nothing to others");
        assert_eq!(zoned.http_base(true), "https://coordinator.invalid:3000", "URLs have no zones");
        assert_eq!(zoned.to_string(), "ws://[fe80::1%eth0]:3000/ws");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let error = |text: &str| text.parse::<ServerAddress>().unwrap_err();
        assert!(matches!(error("ftp://pi"), AddressError::Scheme(_)));
        assert!(matches!(error("ws://me:secret@pi"), AddressError::User(_)));
        for text in ["ws://pi/?zone=all", "pi#top"] {
            assert!(matches!(error(text), AddressError::Query(_)), "{text}");
        }
        for text in ["", "ws://", "ws://:3000", "ws://a b", "ws://[::1", "ws://[::1]x", "[pi]", "fe80::1%", "1.2.3.400"]
        {
            assert!(matches!(error(text), AddressError::Host(_)), "{text}: {:?}", error(text));
        }
        for text in ["pi:", "pi:0", "pi:65536", "pi:http", "ws:/pi"] {
            assert!(matches!(error(text), AddressError::Port(_)), "{text}");
        }
        for text in ["pi/a b", "pi/../x", "pi//x", "pi/\u{fc}"] {
            assert!(matches!(error(text), AddressError::Path(_)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived_and_what_is_understood_stays(
            text in "((wss?|https?)://)?(\\PC{0,40}|[a-z0-9.:/%\\[\\]-]{0,40})",
        ) {
            if let Ok(address) = text.parse::<ServerAddress>() {
                let first = address.candidates().next().unwrap();
                prop_assert_eq!(first.to_string().parse::<ServerAddress>(), Ok(first.clone()));
                prop_assert!(reqwest::Url::parse(&first.http_base(true)).is_ok());
            }
        }
    }
}
