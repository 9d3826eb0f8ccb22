//! A speaker that comes, and the verdict on it.

use std::{fmt, net::SocketAddr};

use downbeat_identity::Fingerprint;
use downbeat_protocol::{SpeakerId, adoption::Standing};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{fleet::Closing, net::Peer};

/// A connection on which a speaker says hello.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Its address.
    pub address: SocketAddr,
    /// The own address that it came to.
    pub own: SocketAddr,
    /// The key that it proved.
    pub key: Option<Fingerprint>,
    /// It came over TLS.
    pub encrypted: bool,
    /// It came by a proxy that is believed: its address is the proxy's.
    pub proxied: bool,
    /// Its caller may listen, as a browser does, until this is cancelled.
    pub listening: Option<CancellationToken>,
}

impl From<Peer> for Arrival {
    fn from(peer: Peer) -> Self {
        let key = peer.secured.and_then(|secured| secured.speaker);
        let encrypted = peer.secured.is_some();
        Self { address: peer.address, own: peer.own, key, encrypted, proxied: false, listening: None }
    }
}

impl Arrival {
    /// True if it came over loopback, where it may be a program of this coordinator's own user; and not through a
    /// proxy that was named, whoever runs it.
    pub(super) fn is_near(&self) -> bool {
        let near = self.address.ip().to_canonical().is_loopback() && self.own.ip().to_canonical().is_loopback();
        near && !self.proxied
    }
}

/// What becomes of it.
#[derive(Debug)]
pub enum Verdict {
    /// It is let in.
    In(Entry),
    /// It waits for a person.
    Wait(Waiting),
    /// It is refused.
    Out(Closing),
}

/// The terms on which it is let in.
#[derive(Debug)]
pub struct Entry {
    /// The id that it speaks for; `None`: it is given one.
    pub id: Option<SpeakerId>,
    /// Its key is adopted, and speaks for this id. Else the id is its word.
    pub adopted: bool,
    /// It may become a new speaker.
    pub may_be_new: bool,
    /// To be said before the welcome.
    pub standing: Option<Standing>,
    /// It is here.
    pub presence: Presence,
}

/// One that waits.
#[derive(Debug)]
pub struct Waiting {
    /// To be said now.
    pub standing: Standing,
    /// The words for it.
    pub words: mpsc::UnboundedReceiver<Word>,
    /// It is here.
    pub presence: Presence,
}

/// A word for one that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// It is decided: judge it anew.
    Decided,
    /// Somebody looks for it: it is to beep.
    Beep,
}

/// A speaker is here: ends with its right to be, and is noted when it goes.
pub struct Presence {
    end: CancellationToken,
    gone: Option<Box<dyn FnOnce() + Send + Sync>>,
}

impl Presence {
    /// One that ends with `end`, and of whose going nobody needs to know.
    pub(super) fn until(end: CancellationToken) -> Self {
        Self { end, gone: None }
    }

    /// The same; `gone` is called when it goes.
    pub(super) fn noted(end: CancellationToken, gone: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self { end, gone: Some(Box::new(gone)) }
    }

    /// Returns when its right to be here has ended.
    pub async fn ended(&self) {
        self.end.cancelled().await;
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if let Some(gone) = self.gone.take() {
            gone();
        }
    }
}

impl fmt::Debug for Presence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Presence")
    }
}
