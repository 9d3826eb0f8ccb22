//! The text that lets a speaker in without a person: where the coordinator is, which CA it has, and a secret.
//!
//! `dbj1.CHECK.SECRET.FINGERPRINT.HOST:PORT`. The sum is for text that was not copied whole; it protects nothing.

use std::{fmt, str::FromStr};

use ring::digest::{SHA256, digest};

use crate::{Fingerprint, Secret, secret::BASE32};

const KIND: &str = "dbj1";
/// The longest address: a host name has at most 253 characters.
const MAX_ADDRESS: usize = 280;

/// A secret of 160 bits, and the coordinator that it is for.
#[derive(Clone)]
pub struct JoinToken {
    /// `HOST:PORT`, as the agent's `--server` takes it.
    pub address: String,
    /// The CA that the agent pins before it connects.
    pub ca: Fingerprint,
    /// The secret; the coordinator keeps its digest alone.
    pub secret: Secret<20>,
}

/// Why a text is no join token. The text itself is never in the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JoinTokenError {
    /// Something else.
    #[error("this is no join token: one begins with {KIND}. and is made by `downbeat tokens create --join`")]
    Kind,
    /// A part is missing or was changed.
    #[error("the join token was not copied whole, or was changed; copy it once more, from {KIND} to the port")]
    Damaged,
    /// An address that no token can hold.
    #[error("the address of a join token is HOST:PORT, without spaces")]
    Address,
}

impl JoinToken {
    /// A token for the coordinator at `address`.
    pub fn new(address: &str, ca: Fingerprint, secret: Secret<20>) -> Result<Self, JoinTokenError> {
        if !is_address(address) {
            return Err(JoinTokenError::Address);
        }
        Ok(Self { address: address.to_owned(), ca, secret })
    }

    /// The text that is shown once.
    pub fn reveal(&self) -> String {
        let rest = format!("{}.{}.{}", self.secret.reveal(), BASE32.encode(self.ca.as_bytes()), self.address);
        format!("{KIND}.{}.{rest}", sum(&rest))
    }
}

fn is_address(text: &str) -> bool {
    let port = text.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
    text.len() <= MAX_ADDRESS
        && text.len() > 2
        && text.chars().all(|c| c.is_ascii_graphic())
        && matches!(port, Some(Ok(1..)))
}

/// Four characters over the text as it is written.
fn sum(rest: &str) -> String {
    let digest = digest(&SHA256, rest.as_bytes());
    BASE32.encode(&digest.as_ref()[..5])[..4].to_owned()
}

impl fmt::Debug for JoinToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JoinToken({}, {})", self.address, self.ca.short())
    }
}

impl FromStr for JoinToken {
    type Err = JoinTokenError;

    fn from_str(text: &str) -> Result<Self, JoinTokenError> {
        let rest =
            text.trim().strip_prefix(KIND).and_then(|rest| rest.strip_prefix('.')).ok_or(JoinTokenError::Kind)?;
        let (check, rest) = rest.split_once('.').ok_or(JoinTokenError::Damaged)?;
        if check != sum(rest) {
            return Err(JoinTokenError::Damaged);
        }
        let mut parts = rest.splitn(3, '.');
        let mut part = || parts.next().ok_or(JoinTokenError::Damaged);
        let (secret, ca, address) = (part()?, part()?, part()?);
        let secret = secret.parse().map_err(|_| JoinTokenError::Damaged)?;
        let ca = BASE32.decode(ca.as_bytes()).map_err(|_| JoinTokenError::Damaged)?;
        let ca = ca.try_into().map_err(|_| JoinTokenError::Damaged)?;
        Self::new(address, Fingerprint::from_bytes(ca), secret)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token(address: &str) -> JoinToken {
        JoinToken::new(address, Fingerprint::of_public_key(b"ca"), Secret::generate().unwrap()).unwrap()
    }

    #[test]
    fn a_token_holds_address_ca_and_secret_and_prints_no_secret() {
        for address in ["music.local:3000", "10.0.0.2:3000", "[fe80::1]:65535"] {
            let token = token(address);
            let text = token.reveal();
            let read: JoinToken = format!("  {text}\n").parse().unwrap();
            assert_eq!((read.address.as_str(), read.ca), (address, token.ca));
            assert_eq!(read.secret.digest(), token.secret.digest());
            assert!(!format!("{token:?}").contains(&token.secret.reveal()));
        }
    }

    #[test]
    fn one_that_was_cut_or_changed_is_told_from_one_that_is_none() {
        let text = token("music.local:3000").reveal();
        for cut in 5..text.len() {
            assert_eq!(text[..cut].parse::<JoinToken>().unwrap_err(), JoinTokenError::Damaged, "{cut}");
        }
        for at in 5..text.len() {
            let other = if text.as_bytes()[at] == b'7' { "8" } else { "7" };
            let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            assert!(changed.parse::<JoinToken>().is_err(), "{at}");
        }
        for none in ["", "dbj2.x", "dbt_abc", "music.local:3000"] {
            assert_eq!(none.parse::<JoinToken>().unwrap_err(), JoinTokenError::Kind, "{none}");
        }
        for address in ["", "music.local", "music.local:0", "a b:1", "music.local:70000", &format!("{:0>300}:1", "")] {
            let made = JoinToken::new(address, Fingerprint::of_public_key(b"ca"), Secret::generate().unwrap());
            assert_eq!(made.unwrap_err(), JoinTokenError::Address, "{address}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "(dbj1\\.)?\\PC{0,120}") {
            let _ = text.parse::<JoinToken>();
        }
    }
}
