//! TLS on a connection to the coordinator: who is at the other end, and what to do where there is no TLS.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use downbeat_identity::{
    Fingerprint, Known,
    handshake::{ALPN, known},
};
use rustls::{
    CertificateError, ClientConfig, Error, OtherError,
    pki_types::{ServerName, UnixTime},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_util::either::Either;

use super::address::ServerAddress;
use crate::trust::Trust;

/// A name that stands for every coordinator: names do not count, and none is sent.
const ANY: &str = "coordinator.invalid";

/// Bytes to and from the coordinator, encrypted or not. In a box, since TLS takes ten times as much.
pub(super) type Wire = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// The speaker's key and pin, as the connection and the agent share them.
#[derive(Debug, Clone)]
pub struct SharedTrust(Arc<Mutex<Trust>>);

/// What a connection over TLS has shown.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The coordinator's CA, and whether the pinned one gives way to it.
    pub known: Known,
    /// How files are fetched from it.
    pub client: Arc<ClientConfig>,
}

impl PartialEq for Proof {
    fn eq(&self, other: &Self) -> bool {
        self.known == other.known && Arc::ptr_eq(&self.client, &other.client)
    }
}

/// Why there is no TLS.
#[derive(Debug)]
pub(super) enum NoTls {
    /// The other end speaks something else.
    Clear,
    /// The other end is not the one that this speaker belongs to, or no coordinator.
    Refused(String),
    /// The network, or the other end's silence.
    Lost(String),
}

impl SharedTrust {
    /// Shares it.
    pub fn new(trust: Trust) -> Self {
        Self(Arc::new(Mutex::new(trust)))
    }

    /// For a look or a change; nothing is awaited meanwhile.
    pub fn lock(&self) -> MutexGuard<'_, Trust> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Speaks TLS on a connection, and says which CA the other end has.
pub(super) async fn secure(
    trust: &SharedTrust,
    address: &ServerAddress,
    stream: TcpStream,
) -> Result<(Wire, Proof), NoTls> {
    let (client, pin, dates) = {
        let mut trust = trust.lock();
        let client = trust.client().map_err(|error| NoTls::Lost(error.to_string()))?;
        (client, trust.pin(), trust.dates())
    };
    let name = ServerName::try_from(ANY).map_err(|error| NoTls::Lost(error.to_string()))?;
    let stream = TlsConnector::from(Arc::clone(&client)).connect(name, stream).await;
    let stream = stream.map_err(|error| why(address, &error))?;
    let session = stream.get_ref().1;
    if session.alpn_protocol() != Some(ALPN) {
        return Err(NoTls::Refused(format!(
            "{address} speaks TLS, but is no Downbeat coordinator. Is a proxy that ends TLS between? Speakers need the \
             coordinator's own port"
        )));
    }
    let known = known(pin, dates, session.peer_certificates(), UnixTime::now());
    let known = known.map_err(|error| NoTls::Refused(format!("{address}: {error}")))?;
    Ok((Either::Right(Box::new(stream)), Proof { known, client }))
}

/// Speaks TLS with the coordinator as this speaker does, and hangs up: the fingerprint of its CA, or why it is not
/// believed.
pub(crate) async fn shown(trust: Trust, address: &ServerAddress) -> Result<Fingerprint, String> {
    let stream = TcpStream::connect((address.resolvable(), address.port)).await.map_err(|error| error.to_string())?;
    match secure(&SharedTrust::new(trust), address, stream).await {
        Ok((_, proof)) => Ok(proof.known.ca),
        Err(NoTls::Clear) => Err(format!("{address} does not encrypt")),
        Err(NoTls::Refused(why) | NoTls::Lost(why)) => Err(why),
    }
}

fn why(address: &ServerAddress, error: &io::Error) -> NoTls {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidMessage(_)) => NoTls::Clear,
        Some(Error::InvalidCertificate(CertificateError::Other(OtherError(why)))) => {
            NoTls::Refused(format!("{address}: {why}"))
        }
        Some(Error::NoApplicationProtocol | Error::AlertReceived(rustls::AlertDescription::NoApplicationProtocol)) => {
            NoTls::Refused(format!(
                "{address} speaks TLS, but not with speakers. Is a proxy that ends TLS between? Speakers need the \
                 coordinator's own port"
            ))
        }
        Some(error) => NoTls::Lost(format!("{address} and this speaker do not agree on TLS: {error}")),
        None => NoTls::Lost(format!("{address} broke off the TLS handshake: {error}")),
    }
}
