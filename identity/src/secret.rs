//! Random bytes that let somebody in. They are handed out once, as text; what is kept is their digest.

use std::{fmt, str::FromStr, sync::LazyLock};

use data_encoding::{Encoding, Specification};
use ring::{
    digest::{SHA256, digest},
    rand::{SecureRandom, SystemRandom},
};
use subtle::ConstantTimeEq as _;

/// Crockford's base 32: no letter is like a digit, upper and lower case are alike, hyphens are for the eye.
pub(crate) static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut alphabet = Specification::new();
    alphabet.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    alphabet.translate.from.push_str("abcdefghjkmnpqrstvwxyzOoIiLl");
    alphabet.translate.to.push_str("ABCDEFGHJKMNPQRSTVWXYZ001111");
    alphabet.ignore.push('-');
    #[expect(clippy::expect_used, reason = "the alphabet above is a right one, or no test passes")]
    alphabet.encoding().expect("32 different symbols")
});

/// Random bytes from the operating system.
///
/// A system that cannot give any is no place to make secrets: the error ends what was asked for.
pub fn random<const N: usize>() -> Result<[u8; N], SecretError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| SecretError::Random)?;
    Ok(bytes)
}

/// Why there is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The system gives no random bytes.
    #[error("the system gives no random bytes; is /dev/urandom there?")]
    Random,
    /// No text of a secret.
    #[error("this is no secret of Downbeat's: it was cut or changed on its way")]
    Text,
}

/// Random bytes that are shown once.
#[derive(Clone)]
pub struct Secret<const N: usize = 32>([u8; N]);

impl<const N: usize> Secret<N> {
    /// A new one.
    pub fn generate() -> Result<Self, SecretError> {
        random().map(Self)
    }

    /// The digest that is kept of it. It protects random bytes, but no password that a person thought of.
    pub fn digest(&self) -> Digest {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, &self.0).as_ref());
        Digest(bytes)
    }

    /// The text that is shown once, and sent. The name is long so that it is seen where it is written.
    pub fn reveal(&self) -> String {
        BASE32.encode(&self.0)
    }
}

impl<const N: usize> FromStr for Secret<N> {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, SecretError> {
        let bytes = BASE32.decode(text.trim().as_bytes()).map_err(|_| SecretError::Text)?;
        bytes.try_into().map(Self).map_err(|_| SecretError::Text)
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(...)")
    }
}

/// The SHA-256 of a secret. Who has it cannot use it.
#[derive(Clone, Copy, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// As it was kept.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// To be kept.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// In a time that does not depend on where they differ.
impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(...)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_secret_reads_back_as_people_write_it_and_prints_nothing() {
        let secret = Secret::<32>::generate().unwrap();
        let text = secret.reveal();
        assert_eq!(text.len(), 52);
        let spelled = format!(" {}\n", text.to_lowercase().replace('0', "o").replace('1', "l"));
        assert_eq!(spelled.parse::<Secret>().unwrap().digest(), secret.digest());
        assert_ne!(Secret::<32>::generate().unwrap().digest(), secret.digest());
        let shown = format!("{secret:?} {:?}", secret.digest());
        assert_eq!(shown, "Secret(...) Digest(...)");
    }

    #[test]
    fn the_digest_is_the_sha256_of_the_bytes() {
        let zeros: Secret<20> = "0".repeat(32).parse().unwrap();
        let hex = data_encoding::HEXLOWER.encode(zeros.digest().as_bytes());
        assert_eq!(hex, "de47c9b27eb8d300dbb5f2c353e632c393262cf06340c4fa7f1b40c4cbd36f90");
        assert_eq!(Digest::from_bytes(*zeros.digest().as_bytes()), zeros.digest());
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC{0,80}") {
            if let Ok(secret) = text.parse::<Secret>() {
                prop_assert_eq!(secret.reveal().parse::<Secret>().unwrap().digest(), secret.digest());
            }
        }
    }
}
