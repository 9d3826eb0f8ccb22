//! Coordinators that announce themselves in the network (mDNS, `_downbeat._tcp`).
//!
//! An announcement is a hint: anybody in the network can make one. It names an address and the fingerprint of a CA; for
//! a speaker that was adopted only the one of its pin counts, and the handshake decides.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use downbeat_identity::{Fingerprint, Pin};
use mdns_sd::{ServiceDaemon, ServiceEvent};
use tokio::time::{Instant, timeout_at};

use super::{address::ServerAddress, words::cut};

/// The service's name.
const SERVICE: &str = "_downbeat._tcp.local.";
/// For so long it is listened, so that a second one is heard, too; answers are rationed to one a second.
const LISTEN: Duration = Duration::from_secs(6);
/// For so long it is listened for others once the one of the pin is heard.
const ANOTHER: Duration = Duration::from_secs(1);
/// More are not told.
const MOST: usize = 16;

/// A coordinator that announced itself.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    name: String,
    ca: Option<Fingerprint>,
    /// The CA that vouches for it.
    old: Option<Fingerprint>,
    addresses: Vec<IpAddr>,
    port: u16,
}

impl Found {
    /// True if it says to be the one of this CA, or to have taken its place.
    fn says(&self, ca: Fingerprint) -> bool {
        [self.ca, self.old].contains(&Some(ca))
    }
}

/// The addresses of the one coordinator in this network. The error is for people.
pub(super) async fn find(pin: Pin) -> Result<Vec<ServerAddress>, String> {
    let found =
        listen(pin).await.map_err(|error| format!("the network cannot be searched: {error}; say --server HOST"))?;
    let chosen = choose(found, pin)?;
    let at = |one: &Found| one.addresses.iter().map(|a| ServerAddress::of(*a, one.port)).collect::<Vec<_>>();
    Ok(chosen.iter().flat_map(at).collect())
}

/// Those that announce themselves; once the one of the pin is heard, not much longer.
async fn listen(pin: Pin) -> Result<Vec<Found>, mdns_sd::Error> {
    let daemon = ServiceDaemon::new()?;
    let events = daemon.browse(SERVICE)?;
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    let mut deadline = Instant::now() + LISTEN;
    while let Ok(Ok(event)) = timeout_at(deadline, events.recv_async()).await {
        match event {
            ServiceEvent::ServiceResolved(service) if found.len() < MOST => {
                let full = service.get_fullname().to_owned();
                let one = Found {
                    name: full.trim_end_matches(SERVICE).trim_end_matches('.').to_owned(),
                    ca: service.get_property_val_str("ca").and_then(|ca| ca.parse().ok()),
                    old: service.get_property_val_str("old").and_then(|old| old.parse().ok()),
                    addresses: in_order(service.get_addresses_v4().into_iter().map(IpAddr::V4)),
                    port: service.get_port(),
                };
                let ours = matches!(pin, Pin::Ca(ca) if one.says(ca)) && !one.addresses.is_empty();
                found.insert(full, one);
                if ours {
                    // one that says the same falsely is heard, too; the handshake tells them apart
                    deadline = deadline.min(Instant::now() + ANOTHER);
                }
            }
            ServiceEvent::ServiceRemoved(_, full) => drop(found.remove(&full)),
            _ => {}
        }
    }
    let _ = daemon.shutdown();
    Ok(found.into_values().filter(|one| !one.addresses.is_empty()).collect())
}

fn in_order(addresses: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let mut all: Vec<_> = addresses.take(MOST).collect();
    all.sort_unstable();
    all
}

/// The one that is meant, if that is clear. For a speaker that was adopted all that say to be its own: the handshake
/// tells which one is.
fn choose(found: Vec<Found>, pin: Pin) -> Result<Vec<Found>, String> {
    let said = |all: &[Found]| {
        let one = |f: &Found| format!("{} at {}:{}", cut(&f.name), f.addresses[0], f.port);
        all.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    let Pin::Ca(ca) = pin else {
        return match found.len() {
            0 => Err("no coordinator is found in this network; say where it is: --server HOST".into()),
            1 => Ok(found),
            _ => Err(format!(
                "several coordinators are found in this network: {}. None is taken; say which: --server HOST",
                said(&found)
            )),
        };
    };
    let (ours, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|one| one.says(ca));
    match others.len() {
        _ if !ours.is_empty() => Ok(ours),
        0 => Err("the coordinator that adopted this speaker is not found in this network; say where it is: --server \
                  HOST"
            .into()),
        _ => Err(format!(
            "the coordinator that adopted this speaker is not found in this network, but {}; say where it is: --server \
             HOST",
            said(&others)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, ca: &str, last: u8) -> Found {
        let ca = Some(Fingerprint::of_public_key(ca.as_bytes()));
        Found { name: name.into(), ca, old: None, addresses: vec![[10, 0, 0, last].into()], port: 3000 }
    }

    #[test]
    fn one_is_taken_and_of_two_none() {
        let ours = Pin::Ca(Fingerprint::of_public_key(b"a"));
        let (a, b) = (one("shop", "a", 1), one("café", "b", 2));
        assert_eq!(choose(vec![a.clone()], Pin::Open), Ok(vec![a.clone()]));
        let both = choose(vec![a.clone(), b.clone()], Pin::Open).unwrap_err();
        assert!(both.contains("shop at 10.0.0.1:3000, café at 10.0.0.2:3000") && both.contains("--server"), "{both}");
        assert_eq!(choose(vec![b.clone(), a.clone()], ours), Ok(vec![a.clone()]), "a pin knows its own");
        let stranger = choose(vec![b], ours).unwrap_err();
        assert!(stranger.contains("café") && stranger.contains("not found"), "{stranger}");
        assert!(choose(vec![], Pin::Open).unwrap_err().contains("--server"));
        let rotated = Found { old: a.ca, ..one("shop", "c", 1) };
        assert_eq!(choose(vec![rotated.clone()], ours), Ok(vec![rotated]), "its CA gave way to another");
        let liar = one("false", "a", 3);
        assert_eq!(choose(vec![liar.clone(), a.clone()], ours).unwrap().len(), 2, "the handshake tells them apart");
        assert!(choose(vec![liar, a], Pin::Open).is_err());
    }
}
