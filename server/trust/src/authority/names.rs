//! The names and addresses that a coordinator is called by, and the bounds of what its CA may sign.

use std::{collections::BTreeSet, net::IpAddr};

use rcgen::{CidrSubnet, GeneralSubtree, NameConstraints, SanType};
use serde::{Deserialize, Serialize};

use crate::place::is_local;

/// Suffixes that no one can register.
const PRIVATE: &[&str] = &["local", "lan", "home", "home.arpa", "internal", "intranet", "localdomain", "localhost"];
/// More are not put into a certificate.
const MOST: usize = 64;

/// Host names in lower case, and addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// Host names.
    pub hosts: BTreeSet<String>,
    /// Addresses.
    pub addresses: BTreeSet<IpAddr>,
}

impl Names {
    /// Those that can be written in a certificate; others are left out.
    pub fn new<'a>(hosts: impl IntoIterator<Item = &'a str>, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        let plain = |host: &str| host.trim_end_matches('.').to_ascii_lowercase();
        Self {
            hosts: hosts.into_iter().map(plain).filter(|host| is_host(host)).take(MOST).collect(),
            addresses: addresses.into_iter().map(|address| address.to_canonical()).take(MOST).collect(),
        }
    }

    /// The names for the server's certificate: addresses of the local network alone, since the CA signs no others, and
    /// loopback's names.
    #[must_use]
    pub fn certifiable(&self) -> Self {
        let mut hosts = self.hosts.clone();
        hosts.insert("localhost".into());
        let loopback: [IpAddr; 2] = [[127, 0, 0, 1].into(), std::net::Ipv6Addr::LOCALHOST.into()];
        let addresses = self.addresses.iter().copied().filter(|address| is_local(*address, &[]));
        Self { hosts, addresses: addresses.chain(loopback).collect() }
    }

    /// True if each of these is one of the others.
    pub fn are_among(&self, others: &Self) -> bool {
        self.hosts.is_subset(&others.hosts) && self.addresses.is_subset(&others.addresses)
    }

    /// The names that are not within a private suffix, so that the CA must name each.
    fn own(&self) -> BTreeSet<&str> {
        let private = |host: &&str| PRIVATE.iter().any(|suffix| is_below(host, suffix));
        self.hosts.iter().map(String::as_str).filter(|host| !private(host)).collect()
    }

    /// True if a CA with the bounds of `other` may sign all of these.
    pub fn constraints_within(&self, other: &Self) -> bool {
        let bounds = other.own();
        self.own().iter().all(|host| bounds.iter().any(|bound| is_below(host, bound)))
    }

    /// The bounds of a CA: private names, the machine's own, private addresses.
    pub(super) fn constraints(&self) -> NameConstraints {
        let names = PRIVATE.iter().copied().chain(self.own());
        let names = names.map(|name| GeneralSubtree::DnsName(name.to_owned()));
        let v4 = [
            ([10, 0, 0, 0], 8),
            ([172, 16, 0, 0], 12),
            ([192, 168, 0, 0], 16),
            ([169, 254, 0, 0], 16),
            ([127, 0, 0, 0], 8),
        ];
        let v4 = v4.map(|(base, bits)| GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix(base, bits)));
        let v6 = [("fc00::", 7), ("fe80::", 10), ("::1", 128)];
        let v6 = v6.iter().filter_map(|(base, bits)| Some((base.parse::<std::net::Ipv6Addr>().ok()?, *bits)));
        let v6 = v6.map(|(base, bits)| GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(base.octets(), bits)));
        NameConstraints { permitted_subtrees: names.chain(v4).chain(v6).collect(), excluded_subtrees: vec![] }
    }

    pub(super) fn alternatives(&self) -> Vec<SanType> {
        let hosts = self.hosts.iter().filter_map(|host| host.as_str().try_into().ok().map(SanType::DnsName));
        hosts.chain(self.addresses.iter().copied().map(SanType::IpAddress)).collect()
    }
}

fn is_below(host: &str, suffix: &str) -> bool {
    host.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn is_host(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    name.len() <= 253 && name.split('.').all(label) && name.parse::<IpAddr>().is_err()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_certificate_is_for_names_and_for_addresses_of_the_house() {
        let addresses =
            ["10.0.0.2", "203.0.113.7", "2001:db8::1", "fd00::1", "::ffff:192.168.0.9"].map(|a| a.parse().unwrap());
        let names = Names::new(["Music.Local.", "music", "a b", "", "10.0.0.2", "x..y", "mü.local"], addresses);
        assert_eq!(names.hosts.iter().collect::<Vec<_>>(), ["music", "music.local"]);
        let certified = names.certifiable();
        let shown: Vec<_> = certified.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["10.0.0.2", "127.0.0.1", "192.168.0.9", "::1", "fd00::1"]);
        assert!(certified.hosts.contains("localhost"));
        assert_eq!(certified.alternatives().len(), 3 + 5);
        assert_eq!(certified.certifiable(), certified);
    }

    #[test]
    fn a_ca_may_sign_private_names_and_what_it_names() {
        let ours = Names::new(["music.local", "music", "music.example.org"], []);
        let within = |host| Names::new([host], []).constraints_within(&ours);
        for inside in ["other.local", "music", "music.example.org", "a.music.example.org", "x.home.arpa", "local"] {
            assert!(within(inside), "{inside}");
        }
        for outside in ["example.org", "xmusic.example.org", "google.com", "notlocal", "stage"] {
            assert!(!within(outside), "{outside}");
        }
    }

    proptest! {
        #[test]
        fn any_names_can_be_written(hosts in proptest::collection::vec("\\PC{0,20}", 0..6)) {
            let names = Names::new(hosts.iter().map(String::as_str), []);
            prop_assert_eq!(names.alternatives().len(), names.hosts.len());
        }
    }
}
