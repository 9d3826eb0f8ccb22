//! The addresses of this machine, and the networks that it stands in.

use std::net::IpAddr;

use nix::{ifaddrs::getifaddrs, net::if_::InterfaceFlags, sys::socket::SockaddrStorage};

/// An address of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnAddress {
    /// The address.
    pub address: IpAddr,
    /// The bits that the addresses of its network begin with alike.
    pub bits: u8,
    /// It is reached from this machine alone.
    pub loopback: bool,
}

/// The addresses of all interfaces that are up; none if the system does not say.
pub fn own_addresses() -> Vec<OwnAddress> {
    let Ok(interfaces) = getifaddrs() else { return Vec::new() };
    let mut found: Vec<_> = interfaces
        .filter(|interface| interface.flags.contains(InterfaceFlags::IFF_UP))
        .filter_map(|interface| {
            let address = ip(interface.address.as_ref()?)?;
            // the mask of a network has its bits at the beginning
            let bits = match interface.netmask.as_ref().and_then(ip)? {
                IpAddr::V4(mask) => mask.to_bits().leading_ones(),
                IpAddr::V6(mask) => mask.to_bits().leading_ones(),
            };
            let loopback = interface.flags.contains(InterfaceFlags::IFF_LOOPBACK);
            Some(OwnAddress { address, bits: u8::try_from(bits).unwrap_or(u8::MAX), loopback })
        })
        .collect();
    found.sort_unstable();
    found
}

fn ip(address: &SockaddrStorage) -> Option<IpAddr> {
    let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
    v4.or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_among_them_with_its_network() {
        let found = own_addresses();
        let loopback = OwnAddress { address: [127, 0, 0, 1].into(), bits: 8, loopback: true };
        assert!(found.contains(&loopback), "{found:?}");
        let bits = |address: &OwnAddress| if address.address.is_ipv4() { 32 } else { 128 };
        assert!(found.iter().all(|address| address.bits <= bits(address)), "{found:?}");
    }
}
