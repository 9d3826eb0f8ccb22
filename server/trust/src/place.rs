//! The place that a request comes from: an address, or for IPv6 the network of 64 bits in which one machine has as many
//! addresses as it likes.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use serde::{Deserialize, Serialize};

/// An IPv4 address, or an IPv6 network of 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Place(IpAddr);

impl Place {
    /// The place of an address.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(v6) => {
                let network = v6.segments();
                Self(Ipv6Addr::new(network[0], network[1], network[2], network[3], 0, 0, 0, 0).into())
            }
            v4 @ IpAddr::V4(_) => Self(v4),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(v4) => v4.fmt(f),
            IpAddr::V6(v6) => write!(f, "{v6}/64"),
        }
    }
}

/// A range of addresses, as `10.0.0.0/8`; an address alone is a range of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    base: IpAddr,
    bits: u8,
}

/// A text that is no range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no range of addresses: write 10.0.0.0/8, fd00::/8, or one address")]
pub struct NoRange(pub String);

impl Range {
    /// The addresses that begin with the first `bits` of `base`.
    pub fn new(base: IpAddr, bits: u8) -> Option<Self> {
        let most = if base.is_ipv4() { 32 } else { 128 };
        (bits <= most).then_some(Self { base, bits })
    }

    /// True if the address lies in it. An IPv4 address in an IPv6 coat is an IPv4 address.
    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.base.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits.min(32))).unwrap_or(0);
                base.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                base.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl std::str::FromStr for Range {
    type Err = NoRange;

    fn from_str(text: &str) -> Result<Self, NoRange> {
        let none = || NoRange(text.to_owned());
        let (base, bits) = match text.trim().split_once('/') {
            Some((base, bits)) => (base, Some(bits.parse().map_err(|_| none())?)),
            None => (text.trim(), None),
        };
        let base: IpAddr = base.parse().map_err(|_| none())?;
        Self::new(base, bits.unwrap_or(if base.is_ipv4() { 32 } else { 128 })).ok_or_else(none)
    }
}

/// True for an address of the local network: one that no router of the Internet carries on, or one of the networks that
/// this machine stands in (`own`).
pub fn is_local(address: IpAddr, own: &[Range]) -> bool {
    let address = address.to_canonical();
    let private = match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    };
    private || own.iter().any(|range| range.holds(address))
}

/// The client's address behind proxies: the rightmost of `X-Forwarded-For` that is not a proxy's own, since each proxy
/// adds on the right, and the left is whatever the client wrote. `None` if there is none, or one is no address.
pub fn behind_proxies(forwarded: &str, proxies: &[Range]) -> Option<IpAddr> {
    for entry in forwarded.rsplit(',') {
        let address = address_in(entry.trim())?;
        if !proxies.iter().any(|proxy| proxy.holds(address)) {
            return Some(address);
        }
    }
    None
}

/// An address, as proxies write it: some add a port, some put brackets around IPv6.
fn address_in(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    text.parse::<std::net::SocketAddr>().map(|with_port| with_port.ip()).ok().or_else(|| {
        let bare = text.strip_prefix('[')?.strip_suffix(']')?;
        bare.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
    })
}

/// A place for tests and for callers that have none.
impl Default for Place {
    fn default() -> Self {
        Self(Ipv4Addr::UNSPECIFIED.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_machine_is_one_place() {
        assert_eq!(Place::of(ip("2001:db8::1")), Place::of(ip("2001:db8::ffff:1")));
        assert_ne!(Place::of(ip("2001:db8::1")), Place::of(ip("2001:db8:0:1::1")));
        assert_eq!(Place::of(ip("::ffff:10.0.0.1")), Place::of(ip("10.0.0.1")));
        assert_ne!(Place::of(ip("10.0.0.1")), Place::of(ip("10.0.0.2")));
        assert_eq!(Place::of(ip("2001:db8::1")).to_string(), "2001:db8::/64");
        assert_eq!(Place::of(ip("10.0.0.1")).to_string(), "10.0.0.1");
    }

    #[test]
    fn local_is_what_stays_in_the_house() {
        let own: Vec<Range> = ["2001:db8:5::/64", "203.0.113.0/28"].map(|r| r.parse().unwrap()).into();
        for local in ["127.0.0.1", "::1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.1.1", "fe80::1", "fd12::1"]
        {
            assert!(is_local(ip(local), &[]), "{local}");
        }
        for own_network in ["2001:db8:5::77", "203.0.113.15", "::ffff:203.0.113.1", "::ffff:192.168.0.1"] {
            assert!(is_local(ip(own_network), &own), "{own_network}");
        }
        for far in ["8.8.8.8", "172.32.0.1", "100.64.0.1", "2001:db8:6::1", "203.0.113.16", "::ffff:8.8.8.8", "0.0.0.0"]
        {
            assert!(!is_local(ip(far), &own), "{far}");
        }
    }

    #[test]
    fn the_left_end_of_a_forwarded_header_is_not_believed() {
        let proxies: Vec<Range> = ["10.0.0.0/24", "::1"].map(|r| r.parse().unwrap()).into();
        let client = |header| behind_proxies(header, &proxies);
        assert_eq!(client("192.168.1.5"), Some(ip("192.168.1.5")));
        assert_eq!(client("127.0.0.1, 8.8.8.8"), Some(ip("8.8.8.8")));
        assert_eq!(client("127.0.0.1, 8.8.8.8, 10.0.0.7"), Some(ip("8.8.8.8")), "two proxies in a row");
        assert_eq!(client("8.8.8.8:4711, [::1]:80"), Some(ip("8.8.8.8")));
        assert_eq!(client("[2001:db8::1]"), Some(ip("2001:db8::1")));
        for none in ["", "10.0.0.7", "unknown", "8.8.8.8, _hidden", "8.8.8.8,"] {
            assert_eq!(client(none), None, "{none}");
        }
    }

    #[test]
    fn ranges_are_read_or_named() {
        for wrong in ["", "10.0.0.0/33", "10.0.0.0/x", "fd00::/129", "house", "10.0.0/8", "10.0.0.0/-1"] {
            assert_eq!(wrong.parse::<Range>(), Err(NoRange(wrong.to_owned())));
        }
        let all: Range = "0.0.0.0/0".parse().unwrap();
        assert!(all.holds(ip("8.8.8.8")) && !all.holds(ip("::1")));
        assert!("::/0".parse::<Range>().unwrap().holds(ip("2001:db8::1")));
    }

    proptest! {
        #[test]
        fn a_range_holds_what_has_its_first_bits(base: u32, bits in 0_u8..=32, other: u32) {
            let range = Range::new(Ipv4Addr::from_bits(base).into(), bits).unwrap();
            let alike = (0..u32::from(bits)).all(|i| (base ^ other) >> (31 - i) & 1 == 0);
            prop_assert_eq!(range.holds(Ipv4Addr::from_bits(other).into()), alike);
        }

        #[test]
        fn any_header_is_survived(header in "\\PC{0,60}") {
            let _ = behind_proxies(&header, &[]);
        }
    }
}
