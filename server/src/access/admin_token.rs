//! `DATA/admin-token`: a token with all rights, for those that may read the file.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use downbeat_host::files;
use downbeat_identity::{Digest, Secret, SecretError};
use downbeat_trust::tokens::PREFIX;

/// The file in the data folder.
pub const FILE_NAME: &str = "admin-token";

/// Why there is no such token.
#[derive(Debug, thiserror::Error)]
pub enum AdminTokenFault {
    /// The file.
    #[error(
        "{path}: {source}. The admin's token lies there: give the coordinator's user the right to read and write it"
    )]
    File {
        /// Its path.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{0} holds no token; delete it, and the coordinator makes another one at its next start")]
    Damaged(PathBuf),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] SecretError),
}

/// The token, as far as it is known: its digest.
#[derive(Debug, Clone, Copy)]
pub struct AdminToken(Digest);

impl AdminToken {
    /// The token of this data folder, which is made if there is none.
    pub fn open(data: &Path) -> Result<Self, AdminTokenFault> {
        let path = data.join(FILE_NAME);
        match fs::read_to_string(&path) {
            Ok(text) => read(&text).map(Self).ok_or(AdminTokenFault::Damaged(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = Secret::<32>::generate()?;
                let text = format!("{PREFIX}{}\n", secret.reveal());
                files::replace_private(&path, text.as_bytes())
                    .map_err(|source| AdminTokenFault::File { path, source })?;
                Ok(Self(secret.digest()))
            }
            Err(source) => Err(AdminTokenFault::File { path, source }),
        }
    }

    /// True if `text` is it.
    pub fn is(&self, text: &str) -> bool {
        read(text).is_some_and(|digest| digest == self.0)
    }
}

fn read(text: &str) -> Option<Digest> {
    let secret: Secret = text.trim().strip_prefix(PREFIX)?.parse().ok()?;
    Some(secret.digest())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_token_is_made_once_and_only_the_own_user_reads_it() {
        let data = tempfile::tempdir().unwrap();
        let first = AdminToken::open(data.path()).unwrap();
        let path = data.path().join(FILE_NAME);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let again = AdminToken::open(data.path()).unwrap();
        assert!(first.is(text.trim()) && again.is(text.trim()));
        let other = tempfile::tempdir().unwrap();
        assert!(!AdminToken::open(other.path()).unwrap().is(text.trim()));
        assert!(!first.is("") && !first.is("dbt_"));
        fs::write(&path, "").unwrap();
        assert!(
            AdminToken::open(data.path()).unwrap_err().to_string().contains("delete it"),
            "an empty one is nobody's"
        );
    }
}
