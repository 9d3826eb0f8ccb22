//! The files of the CA.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use downbeat_host::files;
use downbeat_identity::{Fingerprint, handshake::coordinator};
use downbeat_trust::authority::{About, Authority, AuthorityError, Names, ca_is_due, pem, server_is_due};
use rustls::{
    ServerConfig,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{PemObject as _, SectionKind},
    },
};

use serde::{Deserialize, Serialize};

use crate::net::people;

/// The folder in the data folder.
pub const FOLDER: &str = "trust";
const CA_KEY: &str = "ca.key";
/// The key of the CA that this one took the place of, while it vouches.
const OLD_KEY: &str = "ca-old.key";
const CA: &str = "ca.crt";
const CA_ABOUT: &str = "ca.json";
/// The key and the certificate of the server, as people see it.
const SERVER: &str = "server.pem";
const SERVER_ABOUT: &str = "server.json";

/// Why there are no certificates.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityFault {
    /// A file.
    #[error("{path}: {source}. The coordinator's keys lie there: give its user the right to read and write it")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The CA.
    #[error("{path}: {source}")]
    Authority {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: AuthorityError,
    },
    /// TLS does not take what was made.
    #[error("a certificate that was made cannot be used: {0}")]
    Tls(#[from] rustls::Error),
}

/// The CA, with its certificate and the server's for people.
#[derive(Debug)]
pub struct OwnAuthority {
    folder: PathBuf,
    ca: Authority,
    old: Mutex<Option<Arc<Authority>>>,
    made: Mutex<Made>,
}

#[derive(Debug)]
struct Made {
    ca: (About, CertificateDer<'static>),
    server: Option<Server>,
}

#[derive(Debug)]
struct Server {
    about: About,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl OwnAuthority {
    /// The CA of this data folder, which begins here if there is none. `clock`: seconds since 1970, if it is set.
    pub fn open(data: &Path, clock: Option<i64>, names: &Names) -> Result<Self, AuthorityFault> {
        let folder = data.join(FOLDER);
        make_folder(&folder)?;
        let ca = read_or_begin(&folder)?;
        let kept = read_ca(&folder, &ca);
        let fresh = kept.is_none();
        let kept = match kept {
            Some(kept) => kept,
            None => about_ca(&folder, &ca, clock, names)?,
        };
        let old = Mutex::new(read_old(&folder, &ca)?.map(Arc::new));
        let own = Self { made: Mutex::new(Made { ca: kept, server: read_server(&folder) }), folder, ca, old };
        if fresh {
            own.keep_ca(&own.lock().ca)?;
        }
        own.renew(clock, names)?;
        Ok(own)
    }

    /// The pin of speakers.
    pub fn fingerprint(&self) -> Fingerprint {
        self.ca.fingerprint()
    }

    /// The CA's certificate, for people that want to trust it.
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.lock().ca.1.clone()
    }

    /// The first and the last second of the CA's certificate, since 1970.
    pub fn dates_of_ca(&self) -> (i64, i64) {
        let made = self.lock();
        (made.ca.0.begins, made.ca.0.ends)
    }

    /// The first and the last second of the server's certificate for people, since 1970.
    pub fn dates_of_server(&self) -> Option<(i64, i64)> {
        self.lock().server.as_ref().map(|server| (server.about.begins, server.about.ends))
    }

    /// The CA that vouches for this one, since it took its place.
    pub fn old(&self) -> Option<Fingerprint> {
        self.vouching().map(|old| old.fingerprint())
    }

    fn vouching(&self) -> Option<Arc<Authority>> {
        self.old.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes another CA, in force with the next start. This one vouches for it, if `vouch`: speakers and programs that
    /// pinned it follow. Answers the new one's fingerprint.
    pub fn rotate(&self, vouch: bool) -> Result<Fingerprint, AuthorityFault> {
        let _made = self.lock();
        let new = Authority::generate().map_err(|source| self.fault(source))?;
        if vouch {
            self.write(OLD_KEY, self.ca.to_pem().as_bytes())?;
        } else {
            self.remove(OLD_KEY)?;
        }
        // the old one signed it
        self.remove(SERVER)?;
        self.write(CA_KEY, new.to_pem().as_bytes())?;
        Ok(new.fingerprint())
    }

    /// Forgets the CA that vouches for this one: what has not followed yet does not follow any more. Answers whether
    /// there was one.
    pub fn end_old(&self) -> Result<bool, AuthorityFault> {
        self.remove(OLD_KEY)?;
        Ok(self.old.lock().unwrap_or_else(PoisonError::into_inner).take().is_some())
    }

    /// The keys, for a backup that is encrypted.
    pub fn keys(&self) -> String {
        let keys = Keys { ca: self.ca.to_pem(), old: self.vouching().map(|old| old.to_pem()) };
        serde_json::to_string(&keys).unwrap_or_default()
    }

    fn remove(&self, name: &str) -> Result<(), AuthorityFault> {
        let path = self.folder.join(name);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(AuthorityFault::File { path, source }),
            _ => Ok(()),
        }
    }

    /// How speakers are answered: by a certificate without an end.
    pub fn for_speakers(&self) -> Result<ServerConfig, AuthorityFault> {
        let made = self.ca.for_speakers(self.vouching().as_deref()).map_err(|source| self.fault(source))?;
        Ok(coordinator(made.chain, made.key)?)
    }

    /// How people are answered: the server's certificate, and the CA's behind it, so that a program can compare its
    /// fingerprint.
    pub fn for_people(&self) -> Result<ServerConfig, AuthorityFault> {
        let made = self.lock();
        let Some(server) = &made.server else {
            return Err(rustls::Error::NoCertificatesPresented.into());
        };
        let mut chain = server.chain.clone();
        chain.push(made.ca.1.clone());
        if let Some(old) = self.vouching() {
            let vouched = self.ca.vouched_by(&old, &made.ca.0.names);
            chain.extend(vouched.map_err(|source| self.fault(source))?);
        }
        Ok(people(chain, server.key.clone_key())?)
    }

    /// Makes anew what is due. Answers whether people are shown something else from now on.
    pub fn renew(&self, clock: Option<i64>, names: &Names) -> Result<bool, AuthorityFault> {
        let mut made = self.lock();
        let due = ca_is_due(&made.ca.0, clock, names);
        if due {
            made.ca = about_ca(&self.folder, &self.ca, clock, names)?;
            self.keep_ca(&made.ca)?;
            tracing::info!(fingerprint = %self.fingerprint(), "the CA's certificate was made anew around the same key");
        }
        if made.server.as_ref().is_some_and(|server| !server_is_due(&server.about, clock, names)) {
            return Ok(due);
        }
        let new = self.ca.for_people(clock, names).map_err(|source| self.fault(source))?;
        let mut text = pem("PRIVATE KEY", new.key.secret_der());
        new.chain.iter().for_each(|certificate| text.push_str(&pem("CERTIFICATE", certificate)));
        self.write(SERVER, text.as_bytes())?;
        self.write(SERVER_ABOUT, &json(&new.about))?;
        made.server = Some(Server { about: new.about, chain: new.chain, key: new.key });
        Ok(true)
    }

    fn keep_ca(&self, (about, certificate): &(About, CertificateDer<'_>)) -> Result<(), AuthorityFault> {
        self.write(CA, pem("CERTIFICATE", certificate).as_bytes())?;
        self.write(CA_ABOUT, &json(about))
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<(), AuthorityFault> {
        write(&self.folder, name, content)
    }

    fn fault(&self, source: AuthorityError) -> AuthorityFault {
        AuthorityFault::Authority { path: self.folder.clone(), source }
    }

    fn lock(&self) -> MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The keys of a coordinator, as a backup holds them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    ca: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    old: Option<String>,
}

/// What became of the keys of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StagedKeys {
    /// They are to take the place of a data folder's.
    Taken,
    /// Their CA gave way to another one, which stays.
    Ended,
    /// They are none.
    Damaged,
}

/// Puts the keys of a backup into `folder`, to take the place of a data folder's. A CA that is among `ended` does not
/// come back, nor does one among `ended_old` vouch again; both are fingerprints.
pub fn stage_keys(
    folder: &Path,
    keys: &str,
    ended: impl Fn(&str) -> bool,
    ended_old: impl Fn(&str) -> bool,
) -> Result<StagedKeys, AuthorityFault> {
    let Ok(keys) = serde_json::from_str::<Keys>(keys) else { return Ok(StagedKeys::Damaged) };
    let fingerprint = |pem: &String| Authority::from_pem(pem).map(|ca| ca.fingerprint().to_string());
    let Ok(ca) = fingerprint(&keys.ca) else { return Ok(StagedKeys::Damaged) };
    let Ok(old) = keys.old.as_ref().map(fingerprint).transpose() else { return Ok(StagedKeys::Damaged) };
    if ended(&ca) {
        return Ok(StagedKeys::Ended);
    }
    make_folder(folder)?;
    write(folder, CA_KEY, keys.ca.as_bytes())?;
    if let Some(pem) = keys.old.filter(|_| old.is_some_and(|old| !ended_old(&old))) {
        write(folder, OLD_KEY, pem.as_bytes())?;
    }
    Ok(StagedKeys::Taken)
}

fn make_folder(folder: &Path) -> Result<(), AuthorityFault> {
    use std::os::unix::fs::DirBuilderExt as _;
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|source| AuthorityFault::File { path: folder.to_owned(), source })
}

fn read_or_begin(folder: &Path) -> Result<Authority, AuthorityFault> {
    let path = folder.join(CA_KEY);
    let fault = |source| AuthorityFault::Authority { path: path.clone(), source };
    match fs::read_to_string(&path) {
        Ok(text) => Authority::from_pem(&text).map_err(fault),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let ca = Authority::generate().map_err(fault)?;
            write(folder, CA_KEY, ca.to_pem().as_bytes())?;
            tracing::info!(fingerprint = %ca.fingerprint(), "this coordinator has a CA of its own from now on");
            Ok(ca)
        }
        Err(source) => Err(AuthorityFault::File { path, source }),
    }
}

/// The CA that vouches for this one.
fn read_old(folder: &Path, ca: &Authority) -> Result<Option<Authority>, AuthorityFault> {
    let path = folder.join(OLD_KEY);
    let old = match fs::read_to_string(&path) {
        Ok(text) => Authority::from_pem(&text).map_err(|source| AuthorityFault::Authority { path, source })?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(AuthorityFault::File { path, source }),
    };
    // a crash in the middle of a rotation: nothing was rotated
    Ok(Some(old).filter(|old| old.fingerprint() != ca.fingerprint()))
}

fn about_ca(
    folder: &Path,
    ca: &Authority,
    clock: Option<i64>,
    names: &Names,
) -> Result<(About, CertificateDer<'static>), AuthorityFault> {
    let about = About::of_ca(clock, names.clone());
    let made = ca.certificate(&about);
    let fault = |source| AuthorityFault::Authority { path: folder.to_owned(), source };
    Ok((about, made.map_err(fault)?))
}

/// The CA's certificate, if it is whole and around this key.
fn read_ca(folder: &Path, ca: &Authority) -> Option<(About, CertificateDer<'static>)> {
    let certificate = CertificateDer::from_pem_file(folder.join(CA)).ok()?;
    let own = Fingerprint::of_certificate(&certificate).ok()? == ca.fingerprint();
    own.then_some((read_about(folder, CA_ABOUT)?, certificate))
}

/// The server's certificate, if it is whole: else it is made anew.
fn read_server(folder: &Path) -> Option<Server> {
    let bytes = fs::read(folder.join(SERVER)).ok()?;
    let about = read_about(folder, SERVER_ABOUT)?;
    let (mut chain, mut key) = (Vec::new(), None);
    for item in <(SectionKind, Vec<u8>)>::pem_slice_iter(&bytes) {
        match item.ok()? {
            (SectionKind::Certificate, der) => chain.push(der.into()),
            (SectionKind::PrivateKey, der) => key = PrivateKeyDer::try_from(der).ok(),
            _ => {}
        }
    }
    let key = key.filter(|_| !chain.is_empty())?;
    // a power cut between the two files, or a hand: they must be one pair
    people(chain.clone(), key.clone_key()).ok()?;
    Some(Server { about, chain, key })
}

fn read_about(folder: &Path, name: &str) -> Option<About> {
    serde_json::from_slice(&fs::read(folder.join(name)).ok()?).ok()
}

fn json(about: &About) -> Vec<u8> {
    serde_json::to_vec(about).unwrap_or_default()
}

fn write(folder: &Path, name: &str, content: &[u8]) -> Result<(), AuthorityFault> {
    let path = folder.join(name);
    files::replace_private(&path, content).map_err(|source| AuthorityFault::File { path, source })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use downbeat_trust::authority::DAY;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn names(more: &[&str]) -> Names {
        Names::new(["music.local"].into_iter().chain(more.iter().copied()), [[10, 0, 0, 2].into()])
    }

    fn server(own: &OwnAuthority) -> CertificateDer<'static> {
        own.lock().server.as_ref().unwrap().chain[0].clone()
    }

    #[test]
    fn a_start_anew_finds_what_there_was_and_only_the_own_user_reads_it() {
        let data = tempfile::tempdir().unwrap();
        let first = OwnAuthority::open(data.path(), Some(NOW), &names(&[])).unwrap();
        let again = OwnAuthority::open(data.path(), Some(NOW + DAY), &names(&[])).unwrap();
        assert_eq!(again.fingerprint(), first.fingerprint());
        assert_eq!((again.certificate(), server(&again)), (first.certificate(), server(&first)));
        let folder = data.path().join(FOLDER);
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
        }
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        again.for_people().unwrap();
        again.for_speakers().unwrap();
    }

    #[test]
    fn what_is_due_is_made_anew_around_the_same_keys_name() {
        let data = tempfile::tempdir().unwrap();
        let own = OwnAuthority::open(data.path(), None, &names(&[])).unwrap();
        let (ca, first) = (own.certificate(), server(&own));
        assert!(!own.renew(None, &names(&[])).unwrap(), "nothing is new");
        assert!(own.renew(Some(NOW), &names(&[])).unwrap(), "the clock was set");
        assert_ne!((own.certificate(), server(&own)), (ca, first));
        let (ca, dated) = (own.certificate(), server(&own));
        assert!(!own.renew(Some(NOW), &Names::new(["music.local"], [])).unwrap(), "an address that is gone is no news");
        assert!(own.renew(Some(NOW), &names(&["stage.local"])).unwrap(), "a name is new");
        assert_ne!(server(&own), dated);
        assert_eq!(own.certificate(), ca, "the CA may sign it as it is");
        assert_eq!(Fingerprint::of_certificate(&own.certificate()).unwrap(), own.fingerprint());
    }

    #[test]
    fn another_ca_takes_the_place_with_the_word_of_the_one_before_until_that_is_forgotten() {
        let data = tempfile::tempdir().unwrap();
        let open = || OwnAuthority::open(data.path(), Some(NOW), &names(&[])).unwrap();
        let first = open();
        let (before, new) = (first.keys(), first.rotate(true).unwrap());
        assert_eq!(first.old(), None, "until the next start all is as it was");
        let second = open();
        assert_eq!((second.fingerprint(), second.old()), (new, Some(first.fingerprint())));
        assert_ne!(server(&second), server(&first), "the old one signed it");
        second.for_speakers().unwrap();
        second.for_people().unwrap();
        let keys = second.keys();
        assert!(second.end_old().unwrap() && !second.end_old().unwrap());
        assert_eq!((open().fingerprint(), open().old()), (new, None));
        assert_ne!(open().rotate(false).unwrap(), new);
        assert_eq!(open().old(), None, "nobody vouches");
        // both keys go into a backup, and come out of it
        let staged = data.path().join("other").join(FOLDER);
        fs::create_dir(data.path().join("other")).unwrap();
        let (none, of_first) = (String::new(), first.fingerprint().to_string());
        let stage =
            |keys: &str, ended: &str, old: &str| stage_keys(&staged, keys, |ca| ca == ended, |ca| ca == old).unwrap();
        assert_eq!(stage(&before, &of_first, &none), StagedKeys::Ended, "it gave way to another one");
        assert!(!staged.exists());
        assert_eq!(stage(&keys, &of_first, &none), StagedKeys::Taken);
        let restored = OwnAuthority::open(&data.path().join("other"), Some(NOW), &names(&[])).unwrap();
        assert_eq!((restored.fingerprint(), restored.old()), (new, Some(first.fingerprint())));
        for damaged in ["{}", &before.replace('A', "B")] {
            assert_eq!(stage(damaged, &none, &none), StagedKeys::Damaged);
        }
        fs::remove_dir_all(&staged).unwrap();
        assert_eq!(stage(&keys, &none, &of_first), StagedKeys::Taken);
        assert!(staged.join(CA_KEY).exists() && !staged.join(OLD_KEY).exists(), "it vouches no more");
        // a crash between the two files of a rotation
        let folder = data.path().join(FOLDER);
        fs::copy(folder.join(CA_KEY), folder.join(OLD_KEY)).unwrap();
        assert_eq!(open().old(), None);
    }

    #[test]
    fn a_damaged_certificate_is_made_anew_and_a_damaged_key_is_said() {
        let data = tempfile::tempdir().unwrap();
        let first = OwnAuthority::open(data.path(), Some(NOW), &names(&[])).unwrap();
        let folder = data.path().join(FOLDER);
        for damaged in [CA, CA_ABOUT, SERVER, SERVER_ABOUT] {
            fs::write(folder.join(damaged), "half a fi").unwrap();
            let again = OwnAuthority::open(data.path(), Some(NOW), &names(&[])).unwrap();
            assert_eq!(again.fingerprint(), first.fingerprint(), "{damaged}");
            again.for_people().unwrap();
        }
        fs::write(folder.join(CA_KEY), "half a key").unwrap();
        let fault = OwnAuthority::open(data.path(), Some(NOW), &names(&[])).unwrap_err().to_string();
        assert!(fault.contains("restore it from a backup"), "{fault}");
    }
}
