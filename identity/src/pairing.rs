//! The short code that agent and coordinator both show before an adoption, so that one in the middle shows.
//!
//! One in the middle has a key towards each end, and may choose both. If the code were a hash of the keys alone, it
//! would look for two keys that give one code: 2^20 tries on each side for 40 bits. So each end adds random bytes, and
//! the agent is bound to its own by a commitment before it hears the coordinator's. Then each try of the one in the
//! middle is blind, and succeeds with 2^-40. ZRTP (RFC 6189) and Bluetooth's numeric comparison do the same.
//!
//! 1. agent to coordinator: [`Commitment`] to `a`
//! 2. coordinator to agent: `c`
//! 3. agent to coordinator: `a`
//! 4. both: [`code`]

use std::{fmt, str::FromStr};

use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};

use crate::{
    Fingerprint, SecretError,
    secret::{BASE32, random},
};

/// The bytes of the code; two characters each five bits.
const CODE_BYTES: usize = 5;

/// Random bytes of one end, for one exchange. Secret until they are sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Nonce([u8; 32]);

/// The agent's word on its [`Nonce`], which it cannot take back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Commitment([u8; 32]);

/// The code that people compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code([u8; CODE_BYTES]);

/// A text that is none of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PairingError {
    /// No code.
    #[error("a code has eight letters and digits, as the speaker shows it: K7QX-3M9D")]
    Code,
    /// No nonce and no commitment.
    #[error("64 hexadecimal digits are expected")]
    Bytes,
}

impl Nonce {
    /// A new one: each exchange has its own.
    pub fn generate() -> Result<Self, SecretError> {
        random().map(Self)
    }
}

impl Commitment {
    /// The agent's commitment to `nonce`.
    pub fn to(agent: Fingerprint, nonce: &Nonce) -> Self {
        Self(hash(b"downbeat commitment 1", &[agent.as_bytes(), &nonce.0]))
    }

    /// True if the agent of this key was bound to `nonce` by this.
    pub fn holds(&self, agent: Fingerprint, nonce: &Nonce) -> bool {
        *self == Self::to(agent, nonce)
    }
}

/// The code of an exchange between the agent's key and the coordinator's CA.
pub fn code(agent: Fingerprint, ca: Fingerprint, of_agent: &Nonce, of_coordinator: &Nonce) -> Code {
    let parts = [agent.as_bytes(), ca.as_bytes(), &of_agent.0, &of_coordinator.0];
    let whole = hash(b"downbeat code 1", &parts);
    let mut code = [0; CODE_BYTES];
    code.copy_from_slice(&whole[..CODE_BYTES]);
    Code(code)
}

/// All parts have a fixed length, so that no two lists of parts make one text.
fn hash(purpose: &[u8], parts: &[&[u8; 32]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(purpose);
    for part in parts {
        context.update(*part);
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.finish().as_ref());
    bytes
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = BASE32.encode(&self.0);
        write!(f, "{}-{}", &text[..4], &text[4..])
    }
}

impl FromStr for Code {
    type Err = PairingError;

    /// As people type it: upper or lower case, with or without the hyphen, O for 0.
    fn from_str(text: &str) -> Result<Self, PairingError> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let bytes = BASE32.decode(text.as_bytes()).map_err(|_| PairingError::Code)?;
        bytes.try_into().map(Self).map_err(|_| PairingError::Code)
    }
}

macro_rules! hex {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(...)"))
            }
        }

        impl FromStr for $name {
            type Err = PairingError;

            fn from_str(text: &str) -> Result<Self, PairingError> {
                let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| PairingError::Bytes)?;
                bytes.try_into().map(Self).map_err(|_| PairingError::Bytes)
            }
        }
    };
}

hex!(Nonce);
hex!(Commitment);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(of: &str) -> Fingerprint {
        Fingerprint::of_public_key(of.as_bytes())
    }

    /// Made by other code (Python's hashlib and an own base 32), so that an agent of another language can be checked.
    #[test]
    fn known_answers() {
        let bytes: Vec<u8> = (0..32).collect();
        let counting = Nonce(bytes.try_into().unwrap());
        for (a, c, commitment, expected) in [
            (Nonce([0; 32]), Nonce([0xff; 32]), COMMITMENT_1, CODE_1),
            (counting, Nonce([7; 32]), COMMITMENT_2, CODE_2),
        ] {
            assert_eq!(Commitment::to(key("agent"), &a).to_string(), commitment);
            assert_eq!(code(key("agent"), key("ca"), &a, &c).to_string(), expected);
        }
    }

    const COMMITMENT_1: &str = "21e905ac0d55388f49a6501daf3f399fea1e3a8eec615ee5b7cecdf43560bbe2";
    const CODE_1: &str = "W3NK-EMXQ";
    const COMMITMENT_2: &str = "822b97821f4e2b1efa17634bcff82d2675412ba2a706ff96f559c6b3756d12df";
    const CODE_2: &str = "ZQXA-5B37";

    #[test]
    fn both_ends_show_the_same_code() {
        let (agent, ca) = (key("agent"), key("ca"));
        let a = Nonce::generate().unwrap();
        let sent = Commitment::to(agent, &a).to_string();
        let c: Nonce = Nonce::generate().unwrap().to_string().parse().unwrap();
        let opened: Nonce = a.to_string().parse().unwrap();
        assert!(sent.parse::<Commitment>().unwrap().holds(agent, &opened));
        assert_eq!(code(agent, ca, &a, &c), code(agent, ca, &opened, &c));
        assert!(!Commitment::to(agent, &a).holds(key("another"), &a), "it is bound to its key");
        assert!(!Commitment::to(agent, &a).holds(agent, &c));
    }

    #[test]
    fn each_part_changes_the_code() {
        let (n, m) = (Nonce([1; 32]), Nonce([2; 32]));
        let base = code(key("agent"), key("ca"), &n, &m);
        for other in [
            code(key("other"), key("ca"), &n, &m),
            code(key("agent"), key("other"), &n, &m),
            code(key("ca"), key("agent"), &n, &m),
            code(key("agent"), key("ca"), &m, &n),
            code(key("agent"), key("ca"), &n, &Nonce([3; 32])),
            code(key("agent"), key("ca"), &Nonce([3; 32]), &m),
        ] {
            assert_ne!(other, base);
        }
    }

    #[test]
    fn a_code_is_read_as_people_type_it_and_nonces_do_not_print_in_logs() {
        let code = code(key("agent"), key("ca"), &Nonce([1; 32]), &Nonce([2; 32]));
        let text = code.to_string();
        assert_eq!(text.len(), 9);
        for typed in [text.clone(), text.to_lowercase(), text.replace('-', ""), format!(" {} ", text.replace('-', " "))]
        {
            assert_eq!(typed.parse(), Ok(code), "{typed}");
        }
        for wrong in ["", "K7QX", "K7QX-3M9D-1", "K7QX-3M9U", "ÄÖ"] {
            assert_eq!(wrong.parse::<Code>(), Err(PairingError::Code), "{wrong}");
        }
        assert_eq!(format!("{:?}", Nonce([1; 32])), "Nonce(...)");
    }

    proptest! {
        #[test]
        fn any_code_reads_back(bytes: [u8; 5]) {
            let code = Code(bytes);
            prop_assert_eq!(code.to_string().parse(), Ok(code));
        }

        #[test]
        fn any_text_is_survived(text in "\\PC{0,70}") {
            let _ = (text.parse::<Code>(), text.parse::<Nonce>());
        }
    }
}
