//! The machine that a file is asked of: the one at the other end of the connection to the coordinator, before others
//! that its name leads to. It is known to live, and its address may have a zone, which no URL can have.

use std::{net::SocketAddr, sync::Arc};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::shared::SharedCache;
use crate::coordinator::address::ZONED;

/// Resolves names, the peer first.
#[derive(Debug)]
pub(super) struct PeerFirst(pub(super) Arc<SharedCache>);

impl Resolve for PeerFirst {
    fn resolve(&self, name: Name) -> Resolving {
        let peer = self.0.lock().peer;
        Box::pin(async move {
            if name.as_str() == ZONED {
                return Ok(Box::new(peer.into_iter()) as Addrs);
            }
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            // a name server that is gone is no reason to forget the machine that plays to us
            let found: Vec<SocketAddr> = match (found, peer) {
                (Ok(found), _) => found.collect(),
                (Err(_), Some(_)) => Vec::new(),
                (Err(error), None) => return Err(error.into()),
            };
            let others = found.into_iter().filter(move |a| peer.is_none_or(|peer| a.ip() != peer.ip()));
            Ok(Box::new(peer.into_iter().chain(others)) as Addrs)
        })
    }
}

impl SharedCache {
    /// The `Host` of a URL whose own host is a stand-in.
    pub(super) fn zoned_host(&self, url: &str) -> Option<String> {
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
        let stand_in = host.strip_prefix(ZONED)?.starts_with(':');
        let peer = self.lock().peer.filter(|_| stand_in)?;
        Some(match peer {
            SocketAddr::V6(peer) => format!("[{}]:{}", peer.ip(), peer.port()),
            SocketAddr::V4(peer) => peer.to_string(),
        })
    }
}
