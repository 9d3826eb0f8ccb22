//! The name of a key: the SHA-256 of its SubjectPublicKeyInfo.
//!
//! It is the same for each certificate around that key, so a certificate can be made anew under one name. Anybody can
//! reckon it: `openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | sha256sum`.

use std::{fmt, str::FromStr};

use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};
use rustls::{pki_types::CertificateDer, server::ParsedCertificate};

/// The bytes of a SHA-256.
const BYTES: usize = 32;

/// The SHA-256 of a key's SubjectPublicKeyInfo. Not a secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; BYTES]);

/// Why something has no fingerprint, or is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FingerprintError {
    /// No fingerprint.
    #[error("a fingerprint is 64 hexadecimal digits, with or without colons")]
    Text,
    /// No certificate.
    #[error("this is no X.509 certificate: {0}")]
    Certificate(String),
}

impl Fingerprint {
    /// Of a SubjectPublicKeyInfo in DER.
    pub fn of_public_key(spki: &[u8]) -> Self {
        let mut bytes = [0; BYTES];
        bytes.copy_from_slice(digest(&SHA256, spki).as_ref());
        Self(bytes)
    }

    /// Of the key that a certificate holds.
    pub fn of_certificate(certificate: &CertificateDer<'_>) -> Result<Self, FingerprintError> {
        let parsed = ParsedCertificate::try_from(certificate);
        let parsed = parsed.map_err(|error| FingerprintError::Certificate(error.to_string()))?;
        Ok(Self::of_public_key(&parsed.subject_public_key_info()))
    }

    /// As it was kept.
    pub fn from_bytes(bytes: [u8; BYTES]) -> Self {
        Self(bytes)
    }

    /// To be kept.
    pub fn as_bytes(&self) -> &[u8; BYTES] {
        &self.0
    }

    /// Its first 16 digits, for lists and logs. Never for a decision.
    pub fn short(&self) -> String {
        HEXLOWER.encode(&self.0[..8])
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    /// Upper and lower case alike, colons as openssl writes them.
    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let digits: String = text.trim().chars().filter(|c| *c != ':').map(|c| c.to_ascii_lowercase()).collect();
        let bytes = HEXLOWER.decode(digits.as_bytes()).map_err(|_| FingerprintError::Text)?;
        bytes.try_into().map(Self).map_err(|_| FingerprintError::Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_what_sha256sum_says_and_reads_back() {
        let of_abc = Fingerprint::of_public_key(b"abc");
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(of_abc.to_string(), text);
        assert_eq!(of_abc.short(), "ba7816bf8f01cfea");
        assert_eq!(text.parse(), Ok(of_abc));
        let pairs: Vec<_> = (0..64).step_by(2).map(|at| text[at..at + 2].to_uppercase()).collect();
        assert_eq!(pairs.join(":").parse(), Ok(of_abc));
        assert_eq!(Fingerprint::from_bytes(*of_abc.as_bytes()), of_abc);
        for wrong in ["", "ba", &text[1..], &format!("{text}00"), "zz7816bf", "ö"] {
            assert_eq!(wrong.parse::<Fingerprint>(), Err(FingerprintError::Text), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_fingerprint() {
        for bytes in [vec![], vec![0x30, 0x80], vec![7; 600]] {
            let certificate = CertificateDer::from(bytes);
            assert!(matches!(Fingerprint::of_certificate(&certificate), Err(FingerprintError::Certificate(_))));
        }
    }
}
