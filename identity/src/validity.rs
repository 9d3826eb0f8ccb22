//! The dates in a certificate of somebody else, as the verifier itself reads them.

use std::time::Duration;

use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage};

/// Behind the end of every certificate: their dates have years of four digits.
const NEVER_S: u64 = 1 << 40;

/// A certificate whose dates cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("its dates cannot be read ({0})")]
pub struct NoDates(String);

/// The first and the last second of a certificate, since 1970. Nothing else of it is judged.
pub fn dates_of(certificate: &CertificateDer<'_>) -> Result<(u64, u64), NoDates> {
    let broken = |error: Error| NoDates(error.to_string());
    let parsed = EndEntityCert::try_from(certificate).map_err(broken)?;
    // the verifier looks at the dates first, and says which one refuses the time
    let at = |seconds| {
        let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms.all;
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        parsed.verify_for_usage(algorithms, &[], &[], time, KeyUsage::server_auth(), None, None).err()
    };
    let begins = match at(0) {
        Some(Error::CertNotValidYet { not_before, .. }) => not_before.as_secs(),
        _ => 0,
    };
    match at(NEVER_S) {
        Some(Error::CertExpired { not_after, .. }) => Ok((begins, not_after.as_secs())),
        Some(error) => Err(broken(error)),
        None => Err(NoDates("it has no end".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::second;

    #[test]
    fn the_dates_are_those_that_the_certificate_was_made_with() {
        let key = rcgen::KeyPair::generate().unwrap();
        for (begins, ends) in [(1_700_000_000, 1_700_086_400), (1_900_000_000, 4_000_000_000), (0, 253_402_300_799)] {
            let mut params = rcgen::CertificateParams::new(vec!["music.example".into()]).unwrap();
            (params.not_before, params.not_after) = (second(begins), second(ends));
            let made = params.self_signed(&key).unwrap();
            let (first, last) = dates_of(made.der()).unwrap();
            assert_eq!((first as i64, last as i64), (begins, ends));
        }
        assert!(dates_of(&CertificateDer::from(vec![0x30, 0])).is_err());
    }
}
