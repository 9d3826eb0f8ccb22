//! The coordinator's address, as people write it: every spelling that a speaker takes, as `docs/addresses.md` lists
//! them. It is written here once more, since the client shares no crate with the others; both are tested with that
//! page.

use std::net::{Ipv6Addr, SocketAddr, ToSocketAddrs as _};

use reqwest::Url;

const DEFAULT_PORT: u16 = 3000;
/// The port of a proxy.
const HTTP_PORT: u16 = 80;
/// The WebSocket of speakers, which people copy with the rest.
const WEBSOCKET_PATH: &str = "/ws";
/// The host in the place of an address with a zone, which no URL can have.
const ZONED: &str = "coordinator.invalid";

/// An address to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Below it is `/api/`.
    pub url: Url,
    /// An IPv6 address and its zone, if `url` has a stand-in for them.
    pub zoned: Option<(Ipv6Addr, String)>,
}

impl Address {
    /// As it can be written again.
    pub fn shown(&self) -> String {
        let Some((address, zone)) = &self.zoned else { return self.url.to_string() };
        self.url.as_str().replacen(ZONED, &format!("[{address}%{zone}]"), 1)
    }

    /// The host that stands for a zoned address, what it stands for, and what is said as `Host`.
    pub(crate) fn stand_in(&self) -> Option<(&'static str, Vec<SocketAddr>, String)> {
        let (address, zone) = self.zoned.as_ref()?;
        let port = self.url.port_or_known_default()?;
        let leads_to = (format!("{address}%{zone}"), port).to_socket_addrs().ok()?.collect();
        Some((ZONED, leads_to, format!("[{address}]:{port}")))
    }
}

/// The addresses to try, in order: one or two. The error says what is wrong.
pub fn addresses(text: &str) -> Result<Vec<Address>, String> {
    let whole = text.trim();
    let (scheme, rest) = match whole.split_once("://") {
        None => (false, whole),
        Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
            "ws" | "http" => (true, rest),
            "wss" | "https" => return Err("encrypted connections are not supported yet".into()),
            scheme => return Err(format!("the scheme is {scheme}")),
        },
    };
    if rest.contains(['?', '#', '\\']) {
        return Err("an address has no ?, # and \\".into());
    }
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err("a user's name or password cannot be given".into());
    }
    let bad_host = || "the host is missing or misspelt".to_owned();
    let (host, port) = split_port(authority).ok_or_else(bad_host)?;
    let (host, zoned) = match zoned(host).ok_or_else(bad_host)? {
        Some((address, Some(zone))) => (ZONED.to_owned(), Some((address, zone))),
        Some((address, None)) => (format!("[{address}]"), None),
        None => (host.to_owned(), None),
    };
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix(WEBSOCKET_PATH).unwrap_or(path).trim_end_matches('/');
    if path.split('/').skip(1).any(|part| matches!(part, "" | "." | ".."))
        || !path.bytes().all(|b| b.is_ascii_graphic())
    {
        return Err("the path is misspelt".into());
    }
    let ports = match port {
        Some(port) => vec![port.parse().ok().filter(|p| *p > 0).ok_or("the port must be a number from 1 to 65535")?],
        None if !scheme => vec![DEFAULT_PORT],
        None if path.is_empty() => vec![DEFAULT_PORT, HTTP_PORT],
        None => vec![HTTP_PORT, DEFAULT_PORT],
    };
    let at = |port: u16| {
        let url = Url::parse(&format!("http://{host}:{port}{path}")).map_err(|error| error.to_string())?;
        Ok(Address { url, zoned: zoned.clone() })
    };
    ports.into_iter().map(at).collect()
}

fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        return match after {
            _ if !host.contains(':') => None,
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

/// An IPv6 address and its zone, `Some(None)` if the host is a name; `None`: it is misspelt.
#[expect(clippy::option_option, reason = "misspelt is not the same as a name")]
fn zoned(host: &str) -> Option<Option<(Ipv6Addr, Option<String>)>> {
    if !host.contains(':') {
        return (!host.is_empty()).then_some(None);
    }
    let (address, zone) = host.split_once('%').map_or((host, None), |(address, zone)| (address, Some(zone)));
    let address = address.parse().ok()?;
    // RFC 6874 writes the % as %25
    let zone = zone.map(|zone| zone.strip_prefix("25").filter(|z| !z.is_empty()).unwrap_or(zone));
    let known = |zone: &str| !zone.is_empty() && zone.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    zone.is_none_or(known).then(|| Some((address, zone.map(str::to_owned))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPELLINGS: &str = include_str!("../../docs/addresses.md");

    #[test]
    fn every_spelling_of_the_page_is_tried_where_it_says() {
        let mut count = 0;
        for row in SPELLINGS.lines().filter(|line| line.starts_with("| `")) {
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
            let [text, due] = cells[..] else { panic!("{row}") };
            let text = text.trim_matches('`');
            // a URL says neither the port of the web nor an empty path
            let plain = |at: String| at.replacen(":80/", "/", 1).trim_end_matches('/').to_owned();
            let due: Vec<String> =
                due.split(", ").map(|at| plain(format!("http://{}/", at.trim_matches('`')))).collect();
            let tried = addresses(text).map(|all| all.iter().map(|a| plain(a.shown())).collect::<Vec<_>>());
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
    fn a_zone_is_for_the_system_and_not_for_the_other_end() {
        let address = &addresses("ws://[fe80::1%lo]:3000/x").unwrap()[0];
        assert_eq!(address.url.as_str(), "http://coordinator.invalid:3000/x");
        let (host, _, said) = address.stand_in().expect("a stand-in");
        assert_eq!((host, said.as_str()), ("coordinator.invalid", "[fe80::1]:3000"));
        assert_eq!(addresses("pi").unwrap()[0].stand_in(), None);
    }
}
