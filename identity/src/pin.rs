//! The coordinator that a speaker believes: the one whose CA's key it pinned.
//!
//! The pin is the fingerprint of a key, so a CA's certificate can be dated anew. A speaker is shown the server's
//! certificate, the CA's, and while a CA gives way to a new one, the new one's as the old one signed it. Names and
//! addresses do not count: this CA signs one coordinator's certificates and nothing else.

use std::fmt;

use rustls::{
    crypto::WebPkiSupportedAlgorithms,
    pki_types::{CertificateDer, TrustAnchor, UnixTime},
};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use crate::{Dates, Fingerprint};

/// More certificates than a coordinator shows are not looked at: server, CA, and two of a rotation.
const MAX_CHAIN: usize = 6;

/// The coordinator that a speaker believes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pin {
    /// Nobody adopted this speaker: any coordinator may, and learns nothing but the speaker's key.
    Open,
    /// The one of this CA.
    Ca(Fingerprint),
}

/// The proof of a chain of certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The CA that signed the server's certificate. If it is not the pinned one, the pinned one vouches for it, and it
    /// is to be pinned from now on.
    pub ca: Fingerprint,
    /// True if the pinned CA gives way to this one.
    pub rotated: bool,
}

/// Why a coordinator is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinError {
    /// Another CA than the pinned one.
    Other {
        /// The CA that was shown; `None` if none was.
        shown: Option<Fingerprint>,
        /// The pinned one.
        pinned: Fingerprint,
    },
    /// The certificates do not hold together.
    Broken(String),
}

impl fmt::Display for PinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other { shown, pinned } => {
                let shown = shown.map_or_else(|| "none".to_owned(), |shown| shown.short());
                write!(
                    f,
                    "this coordinator is not the one that adopted this speaker (its CA is {shown}, pinned is {}). If \
                     it was replaced on purpose, run `downbeat-agent forget` and adopt the speaker again, or restore \
                     the old coordinator's backup, which holds its CA",
                    pinned.short()
                )
            }
            Self::Broken(why) => write!(
                f,
                "the coordinator's certificates do not hold together ({why}). Is a proxy that ends TLS between? \
                 Speakers need the coordinator's own port"
            ),
        }
    }
}

impl std::error::Error for PinError {}

impl Pin {
    /// Judges the chain that a server showed, its own certificate first, while the own clock shows `clock`.
    pub fn judge(
        self,
        chain: &[CertificateDer<'_>],
        algorithms: &WebPkiSupportedAlgorithms,
        dates: Dates,
        clock: UnixTime,
    ) -> Result<Known, PinError> {
        let Some((server, others)) = chain.split_first() else {
            return Err(PinError::Broken("none was shown".into()));
        };
        if others.len() >= MAX_CHAIN {
            return Err(PinError::Broken(format!("there are {}", chain.len())));
        }
        let judge = Judge { server, others, algorithms, present: dates.present(clock) };
        match self {
            Self::Open => judge.direct(),
            Self::Ca(pinned) => judge.from(pinned),
        }
    }
}

struct Judge<'a> {
    server: &'a CertificateDer<'a>,
    others: &'a [CertificateDer<'a>],
    algorithms: &'a WebPkiSupportedAlgorithms,
    present: UnixTime,
}

impl Judge<'_> {
    /// The CA that signed the server's certificate itself.
    fn direct(&self) -> Result<Known, PinError> {
        let mut failed = PinError::Broken("the CA's certificate is missing".into());
        for ca in self.others {
            match self.path(ca, &[]) {
                Ok(ca) => return Ok(Known { ca, rotated: false }),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    /// The CA that the pinned one is, or vouches for by one certificate.
    fn from(&self, pinned: Fingerprint) -> Result<Known, PinError> {
        let of = |certificate: &CertificateDer<'_>| Fingerprint::of_certificate(certificate).ok();
        let mut failed = None;
        for anchor in self.others.iter().filter(|other| of(other) == Some(pinned)) {
            match self.path(anchor, self.others) {
                Ok(ca) => return Ok(Known { ca, rotated: ca != pinned }),
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.unwrap_or_else(|| {
            let shown = self.direct().ok().map(|known| known.ca).or_else(|| self.others.last().and_then(of));
            PinError::Other { shown, pinned }
        }))
    }

    /// The key that signed the server's certificate, at most one step below `anchor`.
    fn path(&self, anchor: &CertificateDer<'_>, between: &[CertificateDer<'_>]) -> Result<Fingerprint, PinError> {
        let broken = |error: webpki::Error| PinError::Broken(error.to_string());
        let server = EndEntityCert::try_from(self.server).map_err(broken)?;
        let anchors = [anchor_from_trusted_cert(anchor).map_err(broken)?];
        match self.verified(&server, &anchors, between, self.present) {
            // somebody's clock is wrong: a beginning in the future does no harm, the end still counts
            Err(webpki::Error::CertNotValidYet { not_before, .. }) => {
                self.verified(&server, &anchors, between, not_before.max(self.present))
            }
            other => other,
        }
        .map_err(broken)
    }

    fn verified(
        &self,
        server: &EndEntityCert<'_>,
        anchors: &[TrustAnchor<'_>],
        between: &[CertificateDer<'_>],
        at: UnixTime,
    ) -> Result<Fingerprint, webpki::Error> {
        let usage = KeyUsage::server_auth();
        let path = server.verify_for_usage(self.algorithms.all, anchors, between, at, usage, None, None)?;
        if path.intermediate_certificates().count() > 1 {
            return Err(webpki::Error::PathLenConstraintViolated);
        }
        Ok(Fingerprint::of_public_key(&path.issuer_spki()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_coordinator_is_refused_with_what_to_do() {
        let pinned = Fingerprint::of_public_key(b"ours");
        let shown = Some(Fingerprint::of_public_key(b"theirs"));
        let text = PinError::Other { shown, pinned }.to_string();
        assert!(text.contains("downbeat-agent forget") && text.contains(&pinned.short()), "{text}");
        assert!(text.contains("backup"), "{text}");
    }

    #[test]
    fn no_chain_and_an_endless_one_are_refused() {
        let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms;
        for length in [0, 1, 2, 7, 500] {
            let chain = vec![CertificateDer::from(vec![0x30, 0]); length];
            for pin in [Pin::Open, Pin::Ca(Fingerprint::of_public_key(b"ours"))] {
                let at = UnixTime::since_unix_epoch(std::time::Duration::ZERO);
                let refused = pin.judge(&chain, &algorithms, Dates::default(), at).unwrap_err();
                assert!(matches!(refused, PinError::Broken(_) | PinError::Other { shown: None, .. }), "{refused}");
            }
        }
    }
}
