//! Counts of speakers that nobody has heard of, and of the zones that they name.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use downbeat_protocol::ServerTime;

use crate::pace::{Pace, Used};

/// New speakers of one address. A proxy, and this machine, bring as many as there is room for.
const OF_AN_ADDRESS: Pace = Pace { burst: 256, each_us: 300_000_000 };
/// New zones that speakers name.
const ZONES: Pace = Pace { burst: 64, each_us: 60_000_000 };
/// So many addresses are told apart; those beyond share one pace.
const ADDRESSES: usize = 8_192;

/// How often addresses of long ago are forgotten, microseconds.
const TIDY_US: i64 = 60_000_000;

/// How many came of late.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    state: Mutex<State>,
    proxies: HashSet<IpAddr>,
}

#[derive(Debug, Default)]
struct State {
    by_address: HashMap<IpAddr, Used>,
    tidied: Option<ServerTime>,
    zones: Used,
}

impl Arrivals {
    pub(super) fn new(proxies: &[IpAddr]) -> Self {
        Self { state: Mutex::default(), proxies: proxies.iter().map(IpAddr::to_canonical).collect() }
    }

    /// True if one more new speaker may come from here.
    pub(super) fn may_come(&self, address: IpAddr, now: ServerTime) -> bool {
        let address = address.to_canonical();
        if address.is_loopback() || self.proxies.contains(&address) {
            return true;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { by_address, tidied, .. } = &mut *state;
        if by_address.len() >= ADDRESSES && tidied.is_none_or(|at| now.micros_since(at) >= TIDY_US) {
            *tidied = Some(now);
            by_address.retain(|_, used| !used.is_whole(now));
        }
        let known = by_address.len() < ADDRESSES || by_address.contains_key(&address);
        let key = if known { address } else { IpAddr::from([0; 4]) };
        by_address.entry(key).or_default().take(OF_AN_ADDRESS, now)
    }

    pub(super) fn may_make_zone(&self, now: ServerTime) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).zones.take(ZONES, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_brings_so_many_and_others_are_not_kept_out() {
        let proxy = IpAddr::from([10, 0, 0, 9]);
        let arrivals = Arrivals::new(&[proxy]);
        let now = ServerTime(0);
        let come = |address: IpAddr, many| (0..many).filter(|_| arrivals.may_come(address, now)).count();
        assert_eq!(come([10, 0, 0, 1].into(), 1_000), 256);
        assert_eq!(come("::ffff:10.0.0.1".parse().unwrap(), 1_000), 0, "the same machine");
        assert_eq!(come([10, 0, 0, 2].into(), 1_000), 256);
        assert_eq!((come(proxy, 1_000), come([127, 0, 0, 1].into(), 1_000)), (1_000, 1_000));
        for i in 0..20_000_u32 {
            come(IpAddr::from(i.to_be_bytes()), 1);
        }
        assert!(arrivals.state.lock().unwrap().by_address.len() <= ADDRESSES + 1);
    }
}
