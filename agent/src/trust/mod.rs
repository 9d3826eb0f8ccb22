//! The speaker's key, and the coordinator that it belongs to.
//!
//! The key is made at the first start and stays for good: whoever has it is this speaker. The pin is the CA of the
//! coordinator that adopted it; with a pin the speaker talks to that one alone, over TLS alone.

mod error;
mod kept;

use std::{
    fs::{self, File},
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use downbeat_identity::{Dates, Fingerprint, JoinToken, Known, Pin, SpeakerKey, handshake};
use rustls::ClientConfig;

pub use self::error::TrustError;
use self::kept::Kept;

const KEY_FILE: &str = "speaker.key";
/// The kept time is written at most once a day, seconds: flash cards wear.
const WORTH: u64 = 86_400;

/// The speaker's key and pin, as its data folder has them.
#[derive(Debug)]
pub struct Trust {
    data: PathBuf,
    key: SpeakerKey,
    kept: Kept,
    /// When the program was built, seconds since 1970.
    built: u64,
    /// How it connects now. Kept, since it holds the tickets by which a connection is resumed.
    client: Option<Arc<ClientConfig>>,
}

impl Trust {
    /// As kept in the folder `data`; at the first start with a new key. `built`: when the program was built, seconds
    /// since
    /// 1970. To be called before a new speaker is given an id: one that has an id and no key is from before encryption.
    pub fn load(data: &Path, built: u64) -> Result<Self, TrustError> {
        let path = data.join(KEY_FILE);
        let mut kept = Kept::load(data)?;
        let key = match fs::read_to_string(&path) {
            Ok(pem) => {
                close_to_others(&path);
                SpeakerKey::from_pem(&pem).map_err(|error| TrustError::Key { path, error })?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if kept.ca.is_none() && data.join("speaker-id").exists() {
                    kept.from_before = true;
                    // before the key: a crash between the two must not make it a new one
                    kept.save(data)?;
                }
                new_key(data, &path)?
            }
            Err(error) => return Err(TrustError::Io { path, error }),
        };
        Ok(Self { data: data.to_owned(), key, kept, built, client: None })
    }

    /// The speaker's identity.
    pub fn fingerprint(&self) -> Fingerprint {
        self.key.fingerprint()
    }

    /// The coordinator that it believes.
    pub fn pin(&self) -> Pin {
        self.kept.ca.map_or(Pin::Open, Pin::Ca)
    }

    /// The address of its coordinator, if a join token said it.
    pub fn address(&self) -> Option<&str> {
        self.kept.address.as_deref()
    }

    /// The address that a join token said, as kept in the folder `data`. Nothing is made there.
    pub fn told_address(data: &Path) -> Option<String> {
        Kept::load(data).ok()?.address
    }

    /// True if it may go on in clear with a coordinator that cannot encrypt: it did before it had a key, and nobody has
    /// adopted it since.
    pub fn is_from_before(&self) -> bool {
        self.kept.from_before && self.kept.ca.is_none()
    }

    /// How it connects now.
    pub fn client(&mut self) -> Result<Arc<ClientConfig>, TrustError> {
        if let Some(client) = &self.client {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(handshake::speaker(&self.key, self.pin(), self.dates())?);
        self.client = Some(Arc::clone(&client));
        Ok(client)
    }

    /// The times by which a certificate's end is judged.
    pub fn dates(&self) -> Dates {
        Dates { built: self.built, kept: self.kept.time }
    }

    /// Pins the coordinator of this CA: it adopted this speaker.
    pub fn adopted_by(&mut self, ca: Fingerprint) -> Result<(), TrustError> {
        if self.kept.ca == Some(ca) {
            return Ok(());
        }
        self.keep(Kept { ca: Some(ca), ..self.kept.clone() })
    }

    /// Pins the coordinator that a join token names.
    pub fn join(&mut self, token: &JoinToken) -> Result<(), TrustError> {
        self.keep(Kept { ca: Some(token.ca), address: Some(token.address.clone()), ..self.kept.clone() })
    }

    /// Believes the coordinator of this token alone, until it is loaded anew; nothing is kept.
    pub fn believe(&mut self, token: &JoinToken) {
        self.kept.ca = Some(token.ca);
        self.client = None;
    }

    /// Follows a rotation that the pinned CA vouched for. Returns whether there was one.
    pub fn follow(&mut self, known: Known) -> Result<bool, TrustError> {
        if !known.rotated || self.kept.ca.is_none() {
            return Ok(false);
        }
        tracing::info!(ca = %known.ca, "the coordinator has a new CA, for which its old one vouches: it is pinned now");
        self.adopted_by(known.ca).map(|()| true)
    }

    /// Notes that a verified coordinator says that it is `told`, while the own clock shows `clock`, seconds since 1970.
    pub fn heard_time(&mut self, told: u64, clock: u64) -> Result<(), TrustError> {
        match self.dates().to_keep(told, clock) {
            Some(time) if self.kept.ca.is_some() && time - self.kept.time >= WORTH => {
                self.keep(Kept { time, ..self.kept.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Makes another key: another machine is connected under this one, since the data folder was copied.
    pub fn renew_key(&mut self) -> Result<(), TrustError> {
        self.key = new_key(&self.data, &self.data.join(KEY_FILE))?;
        self.client = None;
        Ok(())
    }

    /// Makes the speaker nobody's: without a pin, and at the next start with a new key and a new id.
    pub fn forget(data: &Path) -> Result<(), TrustError> {
        for path in [data.join(KEY_FILE), Kept::path(data), data.join("speaker-id")] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(TrustError::Io { path, error }),
                _ => {}
            }
        }
        Ok(())
    }

    fn keep(&mut self, kept: Kept) -> Result<(), TrustError> {
        kept.save(&self.data)?;
        self.kept = kept;
        self.client = None;
        Ok(())
    }
}

fn new_key(data: &Path, path: &Path) -> Result<SpeakerKey, TrustError> {
    let key = SpeakerKey::generate().map_err(|error| TrustError::Key { path: path.to_owned(), error })?;
    let written = write_secret(data, path, &key.to_pem());
    written.map_err(|error| TrustError::Io { path: path.to_owned(), error })?;
    Ok(key)
}

/// Writes a file that nobody else may read, and that was not there.
fn write_secret(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    // one that a crash left half written has no name yet
    let beside = path.with_extension("new");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    File::open(folder)?.sync_all()
}

/// A key that was copied here with rights for others is closed to them.
fn close_to_others(path: &Path) {
    let open = fs::symlink_metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o077 != 0);
    if open {
        tracing::warn!(path = %path.display(), "others could read this speaker's key; they cannot any more");
        if let Err(error) = fs::set_permissions(path, fs::Permissions::from_mode(0o600)) {
            tracing::warn!(path = %path.display(), %error, "it stays so");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT: u64 = 1_790_000_000;

    fn ca(of: &str) -> Fingerprint {
        Fingerprint::of_public_key(of.as_bytes())
    }

    #[test]
    fn the_key_is_for_life_and_for_this_user_alone() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("not/yet");
        let first = Trust::load(&data, BUILT).unwrap();
        assert_eq!(Trust::load(&data, BUILT).unwrap().fingerprint(), first.fingerprint());
        let path = data.join("speaker.key");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(Trust::load(&data, BUILT).unwrap().fingerprint(), first.fingerprint());
        assert_eq!(mode(), 0o600, "it is closed again");
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1, "nothing is left beside it");
        assert!(!format!("{first:?}").contains("PRIVATE"));
    }

    #[test]
    fn a_damaged_key_or_pin_makes_no_stranger_and_no_prey() {
        let dir = tempfile::tempdir().unwrap();
        let mut trust = Trust::load(dir.path(), BUILT).unwrap();
        trust.adopted_by(ca("ours")).unwrap();
        let pin = fs::read_to_string(dir.path().join("coordinator.json")).unwrap();
        for damaged in ["", "{", "{}", "{}x", r#"{"ca":"12"}"#, r#"{"ca":7}"#, r#"{"time":7}"#] {
            fs::write(dir.path().join("coordinator.json"), damaged).unwrap();
            let error = Trust::load(dir.path(), BUILT).unwrap_err();
            assert!(
                matches!(error, TrustError::Pin { .. }) && error.to_string().contains("forget"),
                "{damaged}: {error}"
            );
        }
        fs::write(dir.path().join("coordinator.json"), pin).unwrap();
        assert_eq!(Trust::load(dir.path(), BUILT).unwrap().pin(), Pin::Ca(ca("ours")));
        fs::write(dir.path().join("speaker.key"), "nothing").unwrap();
        let error = Trust::load(dir.path(), BUILT).unwrap_err();
        assert!(matches!(error, TrustError::Key { .. }) && error.to_string().contains("forget"), "{error}");
        assert_eq!(fs::read_to_string(dir.path().join("speaker.key")).unwrap(), "nothing");
    }

    #[test]
    fn one_that_had_an_id_before_it_had_a_key_is_from_before_until_it_is_adopted() {
        let dir = tempfile::tempdir().unwrap();
        let new = Trust::load(&dir.path().join("new"), BUILT).unwrap();
        assert!(!new.is_from_before());
        fs::write(dir.path().join("speaker-id"), "5e0f6f0e-3f0c-4a7e-9a61-0d3b5d0c8a11").unwrap();
        assert!(Trust::load(dir.path(), BUILT).unwrap().is_from_before());
        let mut again = Trust::load(dir.path(), BUILT).unwrap();
        assert!(again.is_from_before(), "after a restart, too");
        again.renew_key().unwrap();
        assert!(Trust::load(dir.path(), BUILT).unwrap().is_from_before());
        again.adopted_by(ca("ours")).unwrap();
        assert!(!Trust::load(dir.path(), BUILT).unwrap().is_from_before(), "an adopted one never speaks clear again");
        Trust::forget(dir.path()).unwrap();
        assert!(!Trust::load(dir.path(), BUILT).unwrap().is_from_before(), "nor does one that forgot");
    }

    #[test]
    fn a_join_token_pins_before_anything_is_said_and_tells_the_address() {
        let dir = tempfile::tempdir().unwrap();
        let token = JoinToken::new("music.local:3000", ca("ours"), downbeat_identity::Secret::generate().unwrap());
        Trust::load(dir.path(), BUILT).unwrap().join(&token.unwrap()).unwrap();
        let trust = Trust::load(dir.path(), BUILT).unwrap();
        assert_eq!((trust.pin(), trust.address()), (Pin::Ca(ca("ours")), Some("music.local:3000")));
    }

    #[test]
    fn the_pin_follows_a_rotation_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let mut trust = Trust::load(dir.path(), BUILT).unwrap();
        let rotated = Known { ca: ca("new"), rotated: true };
        assert!(!trust.follow(rotated).unwrap(), "an open one pins nothing by itself");
        assert_eq!(trust.pin(), Pin::Open);
        trust.adopted_by(ca("old")).unwrap();
        assert!(!trust.follow(Known { rotated: false, ..rotated }).unwrap());
        assert_eq!(trust.pin(), Pin::Ca(ca("old")));
        assert!(trust.follow(rotated).unwrap());
        assert_eq!(Trust::load(dir.path(), BUILT).unwrap().pin(), Pin::Ca(ca("new")));
        let before = trust.fingerprint();
        Trust::forget(dir.path()).unwrap();
        Trust::forget(dir.path()).unwrap();
        let nobody = Trust::load(dir.path(), BUILT).unwrap();
        assert_eq!(nobody.pin(), Pin::Open);
        assert_ne!(nobody.fingerprint(), before);
    }

    #[test]
    fn a_time_is_kept_by_two_witnesses_and_not_every_second() {
        let dir = tempfile::tempdir().unwrap();
        let mut trust = Trust::load(dir.path(), BUILT).unwrap();
        let now = BUILT + 1_000_000;
        trust.heard_time(now, now).unwrap();
        assert_eq!(trust.dates().kept, 0, "nobody's word");
        trust.adopted_by(ca("ours")).unwrap();
        trust.heard_time(now, 5).unwrap();
        assert_eq!(trust.dates().kept, 0, "the own clock was not set");
        trust.heard_time(now, now + 9_000_000_000).unwrap();
        assert_eq!(trust.dates().kept, now, "an own clock that is ahead");
        trust.heard_time(now + 60, now + 60).unwrap();
        assert_eq!(trust.dates().kept, now, "not worth a write");
        trust.heard_time(now + WORTH, now + WORTH).unwrap();
        let again = Trust::load(dir.path(), BUILT).unwrap();
        assert_eq!(again.dates(), Dates { built: BUILT, kept: now + WORTH });
    }
}
