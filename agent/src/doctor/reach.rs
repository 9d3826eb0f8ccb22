//! An attempt to reach the coordinator, as the agent would.

use std::{
    fs::File,
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    path::Path,
    time::Duration,
};

use downbeat_host::{built::BUILT, clock};
use downbeat_identity::{Dates, Pin, handshake};
use rustls::ClientConfig;

use super::facts::{Certificate, Reach, Seen};
use crate::{
    coordinator::{ServerAddress, shown},
    trust::Trust,
};

/// A connection takes no longer.
const PATIENCE: Duration = Duration::from_secs(3);
/// So many connections tell how steady the way is.
const CONNECTS: usize = 8;

/// Opens some connections, and asks for the version.
pub(super) fn try_it(address: &ServerAddress) -> Reach {
    let mut failed: Option<String> = None;
    for candidate in address.candidates() {
        match connects(&candidate) {
            Ok(times) => {
                let version = Some(version(&candidate));
                return Reach { address: candidate.to_string(), connects_ms: Ok(times), version };
            }
            Err(why) => failed = Some(failed.map_or(why.clone(), |before| format!("{before}; {why}"))),
        }
    }
    let why = failed.unwrap_or_else(|| "it has no address".into());
    Reach { address: address.to_string(), connects_ms: Err(why), version: None }
}

/// Judges the coordinator's certificate as the speaker with this data folder does. `None`: there is no speaker yet, or
/// no way to the coordinator, which is told elsewhere.
pub(super) fn certificate(address: &ServerAddress, data: &Path) -> Option<Certificate> {
    let key = data.join("speaker.key");
    match File::open(&key) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => return Some(Certificate::Unreadable(format!("{}: {error}", key.display()))),
    }
    let trust = match Trust::load(data, BUILT) {
        Ok(trust) => trust,
        Err(error) => return Some(Certificate::Unreadable(error.to_string())),
    };
    if trust.pin() == Pin::Open {
        return Some(Certificate::Unadopted);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let address = address.candidates().find(|candidate| connects(candidate).is_ok())?;
    let judged = runtime.block_on(tokio::time::timeout(PATIENCE, shown(trust, &address)));
    Some(match judged {
        Ok(Ok(ca)) => Certificate::Ours(ca.short()),
        Ok(Err(why)) => Certificate::Refused(why),
        Err(_) => Certificate::Refused(format!("{address} does not answer the TLS handshake")),
    })
}

/// Milliseconds of each connection.
fn connects(address: &ServerAddress) -> Result<Vec<f64>, String> {
    let host = address.resolvable();
    let found = (host.as_str(), address.port).to_socket_addrs();
    let found: Vec<SocketAddr> = found.map_err(|error| format!("the name {host:?} leads nowhere: {error}"))?.collect();
    let mut why = format!("the name {host:?} has no address");
    for address in found {
        let once = |_| {
            let began = clock::now();
            TcpStream::connect_timeout(&address, PATIENCE).map(|_| clock::now().nanos_since(began) as f64 * 1e-6)
        };
        match (0..CONNECTS).map(once).collect::<Result<Vec<f64>, _>>() {
            Ok(times) => return Ok(times),
            Err(error) => why = format!("{address}: {error}"),
        }
    }
    Err(why)
}

/// The coordinator's version, by REST: in clear, and where that is not served, over TLS.
fn version(address: &ServerAddress) -> Result<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(async {
        let clear = if address.is_secure() { None } else { Some(told(address, false).await) };
        match clear {
            Some(Ok(version)) => Ok(version),
            Some(Err(why)) => told(address, true).await.map_err(|_| why),
            None => told(address, true).await,
        }
    })
}

/// The version that is told this way. Nothing secret is said, so that any certificate will do.
async fn told(address: &ServerAddress, encrypted: bool) -> Result<String, String> {
    let dates = Dates { built: BUILT, kept: 0 };
    let tls = if encrypted {
        handshake::program(Pin::Open, dates, handshake::Seen::default()).map_err(|error| error.to_string())?
    } else {
        handshake::clear_alone()
    };
    let health = asked(address, encrypted, tls, "api/health").await?;
    health["version"].as_str().map(ToOwned::to_owned).ok_or_else(|| "it tells no version".into())
}

/// How the coordinator sees this machine and the speaker with this data folder, as that speaker asks. `None`: it does
/// not say; why not is told elsewhere.
pub(super) fn seen(address: &ServerAddress, data: &Path) -> Option<Seen> {
    if !data.join("speaker.key").exists() {
        return None;
    }
    let tls = ClientConfig::clone(&*Trust::load(data, BUILT).ok()?.client().ok()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let address = address.candidates().find(|candidate| connects(candidate).is_ok())?;
    let answer = runtime.block_on(asked(&address, true, tls, "api/reach")).ok()?;
    serde_json::from_value(answer).ok()
}

/// The JSON at a path.
async fn asked(
    address: &ServerAddress,
    encrypted: bool,
    tls: ClientConfig,
    path: &str,
) -> Result<serde_json::Value, String> {
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).tls_backend_preconfigured(tls);
    let client = client.build().map_err(|error| error.to_string())?;
    let url = format!("{}/{path}", address.http_base(encrypted));
    let answer = client.get(url).send().await.map_err(|error| error.to_string())?;
    answer.json().await.map_err(|error| error.to_string())
}
