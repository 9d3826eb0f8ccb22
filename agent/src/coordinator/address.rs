//! The coordinator's address, as people write it.

use std::{fmt, str::FromStr};

use downbeat_protocol::handshake::WEBSOCKET_PATH;

/// The coordinator's default port.
pub const DEFAULT_PORT: u16 = 3000;

/// The coordinator's address: `ws://HOST:PORT/PATH`. A missing scheme, port or path is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    /// A name or an IP address; IPv6 without its brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// The WebSocket's path, with its leading slash.
    pub path: String,
}

/// Why a text is no address of a coordinator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Encryption is asked for.
    #[error(
        "{0:?}: encrypted connections (wss, https) are not supported yet; write ws://HOST:PORT, e.g. ws://10.0.0.2:3000"
    )]
    Encrypted(String),
    /// Not `ws` or `http`.
    #[error("{0:?}: the scheme must be ws, e.g. ws://10.0.0.2:3000")]
    Scheme(String),
    /// No host, or one with characters that no host has.
    #[error("{0:?}: a host is missing or misspelt; write ws://HOST:PORT, e.g. ws://music.local:3000")]
    Host(String),
    /// A port that is none.
    #[error("{0:?}: the port must be a number from 1 to 65535, e.g. ws://10.0.0.2:3000")]
    Port(String),
}

impl ServerAddress {
    /// `ws://HOST:PORT/PATH`.
    pub fn websocket_url(&self) -> String {
        format!("ws://{}{}", self.authority(), self.path)
    }

    /// `http://HOST:PORT`, where media come from.
    pub fn http_base(&self) -> String {
        format!("http://{}", self.authority())
    }

    /// `HOST:PORT`, brackets around an IPv6 address.
    fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.websocket_url())
    }
}

impl FromStr for ServerAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let whole = text.trim();
        let rest = match whole.split_once("://") {
            None => whole,
            Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
                "ws" | "http" => rest,
                "wss" | "https" => return Err(AddressError::Encrypted(text.into())),
                _ => return Err(AddressError::Scheme(text.into())),
            },
        };
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        let (host, port) = split_port(authority).ok_or_else(|| AddressError::Host(text.into()))?;
        let known = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
        if host.is_empty() || !host.chars().all(known) {
            return Err(AddressError::Host(text.into()));
        }
        let port = match port {
            None => DEFAULT_PORT,
            Some(port) => port.parse().ok().filter(|p| *p > 0).ok_or_else(|| AddressError::Port(text.into()))?,
        };
        if path.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(AddressError::Host(text.into()));
        }
        let path = if path.is_empty() || path == "/" { WEBSOCKET_PATH } else { path };
        Ok(Self { host: host.into(), port, path: path.into() })
    }
}

/// Host and port of `HOST`, `HOST:PORT`, `[IPV6]`, `[IPV6]:PORT` or a bare IPv6 address.
fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn url(text: &str) -> String {
        text.parse::<ServerAddress>().unwrap().websocket_url()
    }

    #[test]
    fn what_people_write_is_understood() {
        for text in
            ["ws://pi:3000/ws", "ws://pi:3000", "ws://pi:3000/", "http://pi:3000", "pi:3000", "pi", "WS://pi", " pi "]
        {
            assert_eq!(url(text), "ws://pi:3000/ws", "{text}");
        }
        assert_eq!(url("ws://10.0.0.2:8080/sound/ws"), "ws://10.0.0.2:8080/sound/ws");
        for text in ["[fe80::1]", "ws://[fe80::1]:3000", "fe80::1"] {
            assert_eq!(url(text), "ws://[fe80::1]:3000/ws", "{text}");
        }
        assert_eq!("pi:80".parse::<ServerAddress>().unwrap().http_base(), "http://pi:80");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let error = |text: &str| text.parse::<ServerAddress>().unwrap_err();
        assert!(matches!(error("wss://pi:3000"), AddressError::Encrypted(_)));
        assert!(error("https://pi").to_string().contains("not supported yet"));
        assert!(matches!(error("ftp://pi"), AddressError::Scheme(_)));
        for text in ["", "ws://", "ws://:3000", "ws://a b", "ws://[::1", "ws://[::1]x", "pi/a b"] {
            assert!(matches!(error(text), AddressError::Host(_)), "{text}: {:?}", error(text));
        }
        for text in ["pi:", "pi:0", "pi:65536", "pi:http"] {
            assert!(matches!(error(text), AddressError::Port(_)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived_and_what_is_understood_stays(text in ".{0,40}") {
            if let Ok(address) = text.parse::<ServerAddress>() {
                prop_assert_eq!(address.websocket_url().parse::<ServerAddress>(), Ok(address));
            }
        }
    }
}
