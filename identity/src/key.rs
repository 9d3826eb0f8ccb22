//! A speaker's key. TLS asks for a certificate around it; only the key counts.

use std::fmt;

use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, SerialNumber};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use time::OffsetDateTime;

use crate::{Fingerprint, FingerprintError, SecretError, secret::random};

/// The first and the last second of a certificate without dates: 1970, and the end that RFC 5280 gives to what has
/// none (4.1.2.5), seconds since 1970.
pub const UNDATED: (i64, i64) = (0, 253_402_300_799);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No private key in this text.
    #[error("this is no private key in PEM (PKCS#8, ECDSA P-256): {0}")]
    Text(rcgen::Error),
    /// The key or its certificate cannot be made.
    #[error("a key cannot be made: {0}")]
    Make(#[from] rcgen::Error),
    /// The system has no randomness.
    #[error(transparent)]
    Random(#[from] SecretError),
    /// The certificate that was made cannot be read.
    #[error(transparent)]
    Read(#[from] FingerprintError),
}

/// A key (ECDSA P-256) and the certificate that it signed itself.
pub struct SpeakerKey {
    pair: KeyPair,
    certificate: CertificateDer<'static>,
    fingerprint: Fingerprint,
}

impl SpeakerKey {
    /// A new one.
    pub fn generate() -> Result<Self, KeyError> {
        Self::of(KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?)
    }

    /// As it was kept.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        Self::of(KeyPair::from_pkcs8_pem_and_sign_algo(pem, &rcgen::PKCS_ECDSA_P256_SHA256).map_err(KeyError::Text)?)
    }

    fn of(pair: KeyPair) -> Result<Self, KeyError> {
        let mut about = CertificateParams::default();
        (about.not_before, about.not_after) = (second(UNDATED.0), second(UNDATED.1));
        about.distinguished_name = named("Downbeat speaker");
        about.serial_number = Some(serial()?);
        about.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = about.self_signed(&pair)?.der().clone();
        let fingerprint = Fingerprint::of_certificate(&certificate)?;
        Ok(Self { pair, certificate, fingerprint })
    }

    /// The text to be kept, in a file that nobody else may read.
    pub fn to_pem(&self) -> String {
        self.pair.serialize_pem()
    }

    /// The speaker's identity.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The certificate that TLS asks for.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The key as rustls wants it.
    pub fn private(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.pair.serialized_der().to_vec()).into()
    }
}

impl fmt::Debug for SpeakerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpeakerKey({})", self.fingerprint)
    }
}

/// A name of one part.
pub fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

/// A random serial number: one that is derived from the key would be used twice when a certificate is made anew, and
/// browsers refuse that.
pub fn serial() -> Result<SerialNumber, SecretError> {
    let mut bytes: [u8; 16] = random()?;
    bytes[0] &= 0x7f;
    bytes[0] |= 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

/// A second since 1970 as certificates say it; beyond what can be said it is the nearest that can.
pub fn second(seconds: i64) -> OffsetDateTime {
    let seconds = seconds.clamp(UNDATED.0, UNDATED.1);
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_was_kept_is_the_same_speaker_and_prints_no_secret() {
        let key = SpeakerKey::generate().unwrap();
        let again = SpeakerKey::from_pem(&key.to_pem()).unwrap();
        assert_eq!(again.fingerprint(), key.fingerprint());
        assert_ne!(again.certificate(), key.certificate(), "the certificate does not count");
        assert_ne!(SpeakerKey::generate().unwrap().fingerprint(), key.fingerprint());
        assert_eq!(format!("{key:?}"), format!("SpeakerKey({})", key.fingerprint()));
    }

    #[test]
    fn what_is_no_key_is_said() {
        let other = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap().serialize_pem();
        for text in ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", &other] {
            let error = SpeakerKey::from_pem(text).unwrap_err();
            assert!(matches!(error, KeyError::Text(_)) && error.to_string().contains("PEM"), "{error}");
        }
    }

    #[test]
    fn the_last_second_is_the_one_that_means_no_end() {
        let last = second(UNDATED.1);
        let parts = (last.year(), u8::from(last.month()), last.day(), last.hour(), last.minute(), last.second());
        assert_eq!(parts, (9999, 12, 31, 23, 59, 59));
        assert_eq!((second(i64::MIN), second(i64::MAX)), (second(UNDATED.0), last));
    }
}
