//! The CA: a key, and a certificate around it that can be made anew.

use std::fmt;

use downbeat_identity::{Fingerprint, FingerprintError, SecretError, named, second, serial};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData as _,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::{About, Names};

/// The one name in the server's certificate for speakers, which do not look at names.
const FOR_SPEAKERS: &str = "speakers.downbeat.internal";

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// No private key in this text.
    #[error(
        "the CA's key is damaged ({0}); restore it from a backup, or delete it to begin a CA that every speaker must \
         adopt anew"
    )]
    Key(rcgen::Error),
    /// A certificate cannot be made.
    #[error("a certificate cannot be made: {0}")]
    Make(#[from] rcgen::Error),
    /// The system has no randomness.
    #[error(transparent)]
    Random(#[from] SecretError),
    /// The certificate that was made cannot be read.
    #[error(transparent)]
    Read(#[from] FingerprintError),
}

/// The coordinator's CA. Its name follows from its key, so that a certificate can be made anew around the key and is
/// followed by all that the key signed.
pub struct Authority {
    key: KeyPair,
    fingerprint: Fingerprint,
}

/// A certificate of the server, and its key.
pub struct ServerCertificate {
    /// The server's own first.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its key.
    pub key: PrivateKeyDer<'static>,
    /// Its dates and names.
    pub about: About,
}

impl Authority {
    /// A new one.
    pub fn generate() -> Result<Self, AuthorityError> {
        Ok(Self::of(KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?))
    }

    /// As it was kept.
    pub fn from_pem(pem: &str) -> Result<Self, AuthorityError> {
        let key = KeyPair::from_pkcs8_pem_and_sign_algo(pem, &rcgen::PKCS_ECDSA_P256_SHA256);
        Ok(Self::of(key.map_err(AuthorityError::Key)?))
    }

    fn of(key: KeyPair) -> Self {
        let fingerprint = Fingerprint::of_public_key(&key.subject_public_key_info());
        Self { key, fingerprint }
    }

    /// The text to be kept, in a file that nobody else may read.
    pub fn to_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// The pin of speakers.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The certificate around the key.
    pub fn certificate(&self, about: &About) -> Result<CertificateDer<'static>, AuthorityError> {
        Ok(self.about_ca(about)?.self_signed(&self.key)?.der().clone())
    }

    /// The word of this CA that `new` takes its place: a certificate for the other's key. Speakers that pinned this one
    /// follow it.
    pub fn vouch_for(&self, new: &Self) -> Result<CertificateDer<'static>, AuthorityError> {
        self.vouch_within(new, &Names::default())
    }

    /// What people's programs are shown beside this CA's own certificate, so that those that pinned `old` follow:
    /// its word for this one, and its own certificate; for servers of these names.
    pub fn vouched_by(&self, old: &Self, names: &Names) -> Result<Vec<CertificateDer<'static>>, AuthorityError> {
        Ok(vec![old.vouch_within(self, names)?, old.certificate(&About::undated(names.clone()))?])
    }

    fn vouch_within(&self, new: &Self, names: &Names) -> Result<CertificateDer<'static>, AuthorityError> {
        let about = new.about_ca(&About::undated(names.clone()))?;
        Ok(about.signed_by(&new.key, &self.issuer()?)?.der().clone())
    }

    /// The server's certificate for speakers, without an end; with the CA's own behind it, and `old`, the CA's that
    /// this one took the place of, which vouches for it.
    pub fn for_speakers(&self, old: Option<&Self>) -> Result<ServerCertificate, AuthorityError> {
        let about = About::undated(Names::new([FOR_SPEAKERS], []));
        let undated = About::undated(Names::default());
        let mut made = self.server(about)?;
        made.chain.push(self.certificate(&undated)?);
        if let Some(old) = old {
            made.chain.push(old.vouch_for(self)?);
            made.chain.push(old.certificate(&undated)?);
        }
        Ok(made)
    }

    /// The server's certificate for people.
    pub fn for_people(&self, clock: Option<i64>, names: &Names) -> Result<ServerCertificate, AuthorityError> {
        self.server(About::of_server(clock, names.certifiable()))
    }

    fn server(&self, about: About) -> Result<ServerCertificate, AuthorityError> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut params = params(&about, named("Downbeat coordinator"))?;
        params.subject_alt_names = about.names.alternatives();
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer()?)?.der().clone();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        Ok(ServerCertificate { chain: vec![certificate], key, about })
    }

    fn about_ca(&self, about: &About) -> Result<CertificateParams, AuthorityError> {
        let mut params = params(about, self.name())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.name_constraints = Some(about.names.constraints());
        Ok(params)
    }

    fn issuer(&self) -> Result<Issuer<'_, &KeyPair>, AuthorityError> {
        Ok(Issuer::new(self.about_ca(&About::undated(Names::default()))?, &self.key))
    }

    fn name(&self) -> DistinguishedName {
        named(&format!("Downbeat {}", self.fingerprint.short()))
    }
}

fn params(about: &About, name: DistinguishedName) -> Result<CertificateParams, AuthorityError> {
    let mut params = CertificateParams::default();
    (params.not_before, params.not_after) = (second(about.begins), second(about.ends));
    params.distinguished_name = name;
    params.serial_number = Some(serial()?);
    Ok(params)
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authority({})", self.fingerprint)
    }
}

impl fmt::Debug for ServerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerCertificate").field("about", &self.about).finish_non_exhaustive()
    }
}
