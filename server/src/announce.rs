//! The coordinator announces itself in its network (mDNS, `_downbeat._tcp`): name, port, the CA's fingerprint.
//!
//! That is a hint for agents that were not told an address. It proves nothing: an agent goes by its pin, or by the
//! code.

use std::net::SocketAddr;

use downbeat_host::names::OwnNames;
use downbeat_identity::Fingerprint;
use mdns_sd::{ServiceDaemon, ServiceInfo};

const SERVICE: &str = "_downbeat._tcp.local.";

/// The announcement, for as long as this lives.
pub struct Announcement {
    daemon: ServiceDaemon,
    full_name: String,
}

impl Announcement {
    /// Announces the coordinator that listens at `address`, unless nobody but this machine reaches that. A network that
    /// cannot be spoken to is no reason not to start.
    /// `old`: the CA that vouches for the present one, which speakers may have pinned.
    pub fn begin(address: SocketAddr, ca: Fingerprint, old: Option<Fingerprint>) -> Option<Self> {
        if address.ip().is_loopback() {
            return None;
        }
        let begun = Self::announce(address, ca, old);
        begun.inspect_err(|error| tracing::warn!(%error, "agents cannot find this coordinator by themselves")).ok()
    }

    fn announce(address: SocketAddr, ca: Fingerprint, old: Option<Fingerprint>) -> Result<Self, mdns_sd::Error> {
        let own = OwnNames::read();
        let short = &ca.short()[..4];
        // two coordinators of one name are two, and the machine's own name stays its own
        let name = format!("{} {short}", own.names.first().map_or("downbeat", String::as_str));
        let host = format!("downbeat-{}.local.", ca.short());
        let mut properties = vec![("ca", ca.to_string()), ("version", env!("CARGO_PKG_VERSION").to_owned())];
        properties.extend(old.map(|old| ("old", old.to_string())));
        let service = match address.ip() {
            ip if ip.is_unspecified() => {
                ServiceInfo::new(SERVICE, &name, &host, "", address.port(), &properties[..])?.enable_addr_auto()
            }
            ip => ServiceInfo::new(SERVICE, &name, &host, ip, address.port(), &properties[..])?,
        };
        let full_name = service.get_fullname().to_owned();
        let daemon = ServiceDaemon::new()?;
        daemon.register(service)?;
        tracing::info!(name, "agents in this network find this coordinator by themselves");
        Ok(Self { daemon, full_name })
    }
}

impl Drop for Announcement {
    fn drop(&mut self) {
        let _ = self.daemon.unregister(&self.full_name);
        let _ = self.daemon.shutdown();
    }
}
