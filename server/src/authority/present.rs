//! The names of now and the time of now, and certificates that follow them.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use downbeat_host::{interfaces::own_addresses, names::OwnNames};
use downbeat_trust::authority::Names;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{AuthorityFault, OwnAuthority};
use crate::{net::Certificates, wall_clock};

/// How often it is looked whether a certificate is due.
const EVERY: Duration = Duration::from_mins(1);

/// The wall clock, seconds since 1970, if it is set.
pub fn set_clock() -> Option<i64> {
    let now_us = wall_clock::wall_us();
    wall_clock::is_set(now_us).then_some(now_us / 1_000_000)
}

/// The names and addresses that this coordinator is called by; `allowed`: those that a person named.
pub fn own_names(allowed: &[String]) -> Names {
    let own = OwnNames::read();
    let first = own.names.first().map(String::as_str).unwrap_or_default();
    let more: Vec<_> =
        ["local"].into_iter().chain(own.suffixes.iter().map(String::as_str)).map(|s| format!("{first}.{s}")).collect();
    let hosts = own.names.iter().chain(&more).chain(allowed).map(String::as_str);
    let addresses = own_addresses().into_iter().filter(|own| !own.loopback).map(|own| own.address).filter(is_reached);
    Names::new(hosts, addresses)
}

/// The addresses of this coordinator over https, those that others reach first.
pub fn https_addresses(port: u16) -> Vec<String> {
    let own = own_addresses().into_iter().map(|own| own.address);
    let mut all: Vec<_> = own.filter(is_reached).map(|address| SocketAddr::new(address, port)).collect();
    all.sort_by_key(|address| (address.ip().is_loopback(), address.is_ipv6()));
    all.iter().map(|address| format!("https://{address}")).collect()
}

/// Link-local addresses are reached with the name of an interface alone.
fn is_reached(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !v4.is_link_local(),
        IpAddr::V6(v6) => !v6.is_unicast_link_local(),
    }
}

/// Makes certificates anew when they are due, and shows them, until the coordinator stops.
pub async fn keep_current(
    own: Arc<OwnAuthority>,
    certificates: Certificates,
    allowed: Vec<String>,
    stopping: CancellationToken,
) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ticks.tick().await;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stopping.cancelled() => return,
        }
        let (own, certificates, allowed) = (Arc::clone(&own), certificates.clone(), allowed.clone());
        let done = tokio::task::spawn_blocking(move || renew(&own, &certificates, &own_names(&allowed))).await;
        if let Ok(Err(error)) = done {
            tracing::warn!(%error, "a certificate is due and cannot be made anew; it is tried again");
        }
    }
}

fn renew(own: &OwnAuthority, certificates: &Certificates, names: &Names) -> Result<(), AuthorityFault> {
    if own.renew(set_clock(), names)? {
        certificates.set_people(own.for_people()?);
        tracing::info!("the certificate for people was made anew");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_name_is_there_for_mdns_and_a_name_that_was_allowed() {
        let names = own_names(&["music.example".to_owned()]);
        let first = OwnNames::read().names[0].clone();
        assert!(names.hosts.contains(&format!("{first}.local")) && names.hosts.contains("music.example"), "{names:?}");
        assert!(names.addresses.iter().all(|address| !address.is_loopback()), "{names:?}");
    }
}
