//! Both ends' rules as rustls asks for them: the speaker judges the coordinator by its [`Pin`], the coordinator takes
//! any key and learns which one it is. The key's owner and rights are looked up after the handshake.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, OtherError, RootCertStore,
    ServerConfig, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime},
    server::{
        ParsedCertificate,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
    version::TLS13,
};

use crate::{Dates, Fingerprint, Known, Pin, PinError, SpeakerKey};

/// The protocol that a speaker names in its hello (ALPN). It is shown the own CA's certificate and asked for its own;
/// browsers are not.
pub const ALPN: &[u8] = b"downbeat/1";

/// The cryptography of both programs.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// TLS that believes no certificate: for clients of HTTP that speak clear alone, and are not to look for the system's.
pub fn clear_alone() -> ClientConfig {
    let config = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    #[expect(clippy::expect_used, reason = "ring speaks them all, or no test passes")]
    let config = config.expect("the usual versions of TLS");
    config.with_root_certificates(RootCertStore::empty()).with_no_client_auth()
}

/// How a speaker connects: TLS 1.3, its own certificate, and the pinned coordinator alone.
pub fn speaker(key: &SpeakerKey, pin: Pin, dates: Dates) -> Result<ClientConfig, Error> {
    let provider = provider();
    let algorithms = provider.signature_verification_algorithms;
    let verifier = PinVerifier { pin, dates, algorithms, seen: None };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_auth_cert(vec![key.certificate().clone()], key.private())?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    // the names of coordinators are nobody's business, and addresses have none
    config.enable_sni = false;
    Ok(config)
}

/// How a program of people connects: TLS 1.3 or 1.2, without a key of its own, and the pinned coordinator alone. `seen`
/// is told the CA of the coordinator that was believed.
pub fn program(pin: Pin, dates: Dates, seen: Seen) -> Result<ClientConfig, Error> {
    let provider = provider();
    let algorithms = provider.signature_verification_algorithms;
    let verifier = PinVerifier { pin, dates, algorithms, seen: Some(seen) };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(rustls::DEFAULT_VERSIONS)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The CA of the coordinator that was believed last; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Seen(Arc<Mutex<Option<Fingerprint>>>);

impl Seen {
    /// Its fingerprint, after a handshake.
    pub fn get(&self) -> Option<Fingerprint> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a coordinator answers speakers: TLS 1.3, any key, and tickets under a key that lives in memory alone.
pub fn coordinator(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<ServerConfig, Error> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(Arc::new(AnyKey::default()))
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.ticketer = ring::Ticketer::new()?;
    // a speaker opens one connection for good and some for files
    config.send_tls13_tickets = 1;
    Ok(config)
}

/// The proof in the chain that a connection was made with, also after a session that was resumed. It names the CA to
/// pin, so it is asked for once the handshake is done.
pub fn known(pin: Pin, dates: Dates, chain: Option<&[CertificateDer<'_>]>, clock: UnixTime) -> Result<Known, PinError> {
    pin.judge(chain.unwrap_or_default(), &ring::default_provider().signature_verification_algorithms, dates, clock)
}

/// The key at the other end of a connection that was made with [`AnyKey`].
pub fn speaker_of(chain: Option<&[CertificateDer<'_>]>) -> Option<Fingerprint> {
    Fingerprint::of_certificate(chain?.first()?).ok()
}

/// The judgement of a speaker, or of a program of people.
#[derive(Debug)]
struct PinVerifier {
    pin: Pin,
    dates: Dates,
    algorithms: WebPkiSupportedAlgorithms,
    /// Is told the CA that was believed.
    seen: Option<Seen>,
}

impl ServerCertVerifier for PinVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain: Vec<_> = std::iter::once(end_entity).chain(intermediates).cloned().collect();
        match self.pin.judge(&chain, &self.algorithms, self.dates, now) {
            Ok(known) => {
                if let Some(seen) = &self.seen {
                    *seen.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(known.ca);
                }
                Ok(ServerCertVerified::assertion())
            }
            Err(error) => Err(Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(error))))),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// The coordinator's side: any certificate will do, since only its key counts, and the handshake proves that the other
/// end has that key.
#[derive(Debug)]
pub struct AnyKey(WebPkiSupportedAlgorithms);

impl Default for AnyKey {
    fn default() -> Self {
        Self(ring::default_provider().signature_verification_algorithms)
    }
}

impl ClientCertVerifier for AnyKey {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if !intermediates.is_empty() {
            return Err(Error::General("a speaker shows one certificate, not a chain".into()));
        }
        ParsedCertificate::try_from(end_entity).map(|_| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
