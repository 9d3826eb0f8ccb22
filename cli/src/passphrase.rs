//! The passphrase of a backup: from a file or the terminal, never from the command line.

use std::{
    fs,
    io::{self, IsTerminal as _, Read as _},
    path::Path,
};

use crate::error::CliError;

/// The beginning of a file that a passphrase closes.
const SEALED: &[u8] = b"age-encryption.org/v1\n";

/// The passphrase that closes a new backup; `None`: it is to be without the CA's keys. Asked for twice at a terminal.
pub(crate) fn new(file: Option<&Path>) -> Result<Option<String>, CliError> {
    if let Some(file) = file {
        return first_line(file).map(Some);
    }
    if !io::stdin().is_terminal() {
        return Ok(None);
    }
    let wanted = rpassword::prompt_password("Passphrase (10 characters or more; empty: without the CA's keys): ")?;
    if wanted.is_empty() {
        return Ok(None);
    }
    if rpassword::prompt_password("Once more: ")? != wanted {
        return Err(CliError::Passphrase("the two passphrases differ; nothing is saved".into()));
    }
    Ok(Some(wanted))
}

/// The passphrase that opens a backup; `None`: it is not closed.
pub(crate) fn of(backup: &Path, file: Option<&Path>) -> Result<Option<String>, CliError> {
    let mut beginning = Vec::new();
    let opened = fs::File::open(backup).map_err(|error| CliError::file(backup, &error))?;
    let read = opened.take(SEALED.len() as u64).read_to_end(&mut beginning);
    read.map_err(|error| CliError::file(backup, &error))?;
    match file {
        _ if beginning != SEALED => Ok(None),
        Some(file) => first_line(file).map(Some),
        None if io::stdin().is_terminal() => Ok(Some(rpassword::prompt_password("Passphrase of the backup: ")?)),
        None => {
            Err(CliError::Passphrase("this backup was closed with a passphrase; say --passphrase-file FILE".into()))
        }
    }
}

fn first_line(file: &Path) -> Result<String, CliError> {
    let text = fs::read_to_string(file).map_err(|error| CliError::file(file, &error))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_that_is_closed_asks_for_its_passphrase_and_another_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str, text: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let words = at("words", b"correct horse\r\nanother line\n");
        let (open, closed) = (at("open", b"SQLite format 3\0"), at("closed", b"age-encryption.org/v1\n-> scrypt"));
        assert_eq!(of(&open, Some(&words)).unwrap(), None);
        assert_eq!(of(&closed, Some(&words)).unwrap().as_deref(), Some("correct horse"));
        assert_eq!(new(Some(&words)).unwrap().as_deref(), Some("correct horse"));
        assert!(of(&folder.path().join("none"), None).is_err());
    }
}
