//! A certificate and its key in files that somebody else writes (`--tls-cert`, `--tls-key`), an ACME client for one.

use std::{
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    ServerConfig,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject as _},
    },
};

use super::https::people;
use downbeat_identity::dates_of;

/// The two files, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairFiles {
    /// The server's certificate first, then those that signed it.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// Why the files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// One of them cannot be read.
    #[error("{path} cannot be used: {reason}. It must hold {expected} in PEM, readable for the coordinator's user")]
    File {
        /// The file.
        path: PathBuf,
        /// The thing that it must hold.
        expected: &'static str,
        /// Why not.
        reason: String,
    },
    /// They do not belong together.
    #[error("the certificate in {certificate} and the key in {key} cannot be used together: {reason}")]
    Pair {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why not.
        reason: rustls::Error,
    },
}

/// The dates of a certificate, seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub begins: i64,
    /// The last second.
    pub ends: i64,
}

/// The state of both files by which a change is seen: inode, length, seconds and nanoseconds of the last change.
type Stamp = [Option<(u64, u64, i64, i64)>; 2];

/// The files as they were read last.
#[derive(Debug)]
pub(super) struct Watched {
    files: PairFiles,
    seen: Stamp,
}

impl PairFiles {
    /// Reads both.
    pub fn load(&self) -> Result<ServerConfig, PairError> {
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_file_iter(&self.certificate).and_then(Iterator::collect::<Result<_, _>>);
        let chain =
            chain.and_then(|chain: Vec<_>| if chain.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(chain) });
        let chain = chain.map_err(|e| refused(&self.certificate, "a certificate", &e))?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|e| refused(&self.key, "a private key", &e))?;
        people(chain, key).map_err(|reason| PairError::Pair {
            certificate: self.certificate.clone(),
            key: self.key.clone(),
            reason,
        })
    }

    /// The dates of the certificate, if both can be used.
    pub fn validity(&self) -> Result<Validity, PairError> {
        self.load()?;
        let wrong =
            |reason: String| PairError::File { path: self.certificate.clone(), expected: "a certificate", reason };
        let certificate = CertificateDer::from_pem_file(&self.certificate).map_err(|e| wrong(e.to_string()))?;
        let (begins, ends) = dates_of(&certificate).map_err(|e| wrong(e.to_string()))?;
        let signed = |seconds| i64::try_from(seconds).unwrap_or(i64::MAX);
        Ok(Validity { begins: signed(begins), ends: signed(ends) })
    }

    fn stamp(&self) -> Stamp {
        [&self.certificate, &self.key].map(|path| {
            let found = std::fs::metadata(path).ok()?;
            Some((found.ino(), found.len(), found.mtime(), found.mtime_nsec()))
        })
    }
}

impl Watched {
    /// Reads both for the first time.
    pub(super) fn new(files: PairFiles) -> Result<(Self, ServerConfig), PairError> {
        let seen = files.stamp();
        let config = files.load()?;
        Ok((Self { files, seen }, config))
    }

    /// The certificate that they hold, if they changed. Files that cannot be used, because the second is not written
    /// yet for one, are looked at again when they change again; until then the old certificate stays.
    pub(super) fn changed(&mut self) -> Option<Arc<ServerConfig>> {
        let now = self.files.stamp();
        if now == self.seen {
            return None;
        }
        self.seen = now;
        match self.files.load() {
            Ok(config) => {
                tracing::info!(certificate = %self.files.certificate.display(), "the certificate was read anew");
                Some(Arc::new(config))
            }
            Err(error) => {
                tracing::warn!("{error}; the certificate from before is shown meanwhile");
                None
            }
        }
    }
}

fn refused(path: &Path, expected: &'static str, error: &pem::Error) -> PairError {
    let reason = match error {
        pem::Error::NoItemsFound => "there is none in it".to_owned(),
        pem::Error::Io(error) if error.kind() == io::ErrorKind::NotFound => "there is no such file".to_owned(),
        other => other.to_string(),
    };
    PairError::File { path: path.to_owned(), expected, reason }
}
