//! The way over https, with a credential: that of a login that is kept, or the admin's token of a coordinator on the
//! same machine. A token is sent to the coordinator that it was made for alone: the fingerprint of its CA is kept
//! beside it.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use downbeat_identity::{
    Dates, Fingerprint, Pin,
    handshake::{Seen, program},
};
use reqwest::{
    Url,
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use serde::{Deserialize, Serialize};

use crate::error::CliError;

/// The file of a coordinator's data folder that holds the admin's token.
const ADMIN_TOKEN: &str = "admin-token";
/// The certificate of its CA, there.
const CA: &str = "trust/ca.crt";

/// A token, and the coordinator that it is for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Login {
    /// The user.
    pub(crate) user: String,
    /// The token.
    pub(crate) token: String,
    /// Its id, to end it.
    pub(crate) id: String,
    /// The fingerprint of the coordinator's CA.
    pub(crate) fingerprint: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// The logins that are kept, by `HOST:PORT`.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Logins(BTreeMap<String, Login>);

impl Logins {
    /// Those of a file; none if there is none.
    pub(crate) fn load(file: &Path) -> Self {
        fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// The login at this coordinator.
    pub(crate) fn get(&self, base: &Url) -> Option<&Login> {
        self.0.get(&place(base))
    }

    /// Keeps another one, or none.
    pub(crate) fn set(&mut self, base: &Url, login: Option<Login>) {
        match login {
            Some(login) => self.0.insert(place(base), login),
            None => self.0.remove(&place(base)),
        };
    }

    /// Pins another CA for a coordinator whose kept one vouches for it.
    pub(crate) fn follow(file: &Path, base: &Url, ca: Fingerprint) -> Result<(), CliError> {
        let mut logins = Self::load(file);
        let ca = ca.to_string();
        match logins.0.get_mut(&place(base)) {
            Some(login) if login.fingerprint != ca => login.fingerprint = ca,
            _ => return Ok(()),
        }
        logins.save(file)
    }

    /// Keeps them, in a file that nobody else may read.
    pub(crate) fn save(&self, file: &Path) -> Result<(), CliError> {
        let fail = |error: io::Error| CliError::file(file, &error);
        if let Some(folder) = file.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fail)?;
        }
        let beside = file.with_extension("new");
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fail(error)),
            _ => {}
        }
        let mut new = fs::File::options().write(true).create_new(true).mode(0o600).open(&beside).map_err(fail)?;
        let text = serde_json::to_vec_pretty(self).unwrap_or_default();
        io::Write::write_all(&mut new, &text).map_err(fail)?;
        fs::rename(&beside, file).map_err(fail)
    }
}

/// The file of the logins.
pub(crate) fn file() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")))?;
    Some(folder.join("downbeat/logins.json"))
}

fn place(base: &Url) -> String {
    format!("{}:{}", base.host_str().unwrap_or_default(), base.port_or_known_default().unwrap_or_default())
}

/// The admin's token of a data folder on this machine, if this user may read it, and the pin of its coordinator.
pub(crate) fn of_data_folder(folder: &Path) -> Option<(String, Fingerprint)> {
    let token = fs::read_to_string(folder.join(ADMIN_TOKEN)).ok()?.trim().to_owned();
    let ca = CertificateDer::from_pem_file(folder.join(CA)).ok()?;
    Some((token, Fingerprint::of_certificate(&ca).ok()?)).filter(|(token, _)| token.starts_with("dbt_"))
}

/// The same address over https.
pub(crate) fn https(base: &Url) -> Option<Url> {
    let port = base.port_or_known_default()?;
    let mut url = Url::parse(&base.as_str().replacen("http://", "https://", 1)).ok()?;
    url.set_port(Some(port)).ok()?;
    Some(url)
}

/// True for an address of this machine alone.
pub(crate) fn is_of_this_machine(base: &Url) -> bool {
    base.host_str().is_some_and(|host| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

/// The parts of a client that believes a pin, and carries a token.
pub(crate) fn secure(
    http: reqwest::ClientBuilder,
    pin: Pin,
    token: Option<&str>,
    seen: Seen,
) -> Result<reqwest::Client, String> {
    let tls = program(pin, Dates::default(), seen).map_err(|error| error.to_string())?;
    let mut headers = HeaderMap::new();
    if let Some(token) = token {
        let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(|error| error.to_string())?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    // a redirect could lead a token elsewhere
    let http = http.tls_backend_preconfigured(tls).default_headers(headers).redirect(reqwest::redirect::Policy::none());
    http.build().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_login_is_kept_for_its_coordinator_alone_and_nobody_else_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("downbeat/logins.json");
        let at = |text: &str| Url::parse(text).unwrap();
        let login = Login { user: "ada".into(), token: "dbt_1".into(), id: "1".into(), fingerprint: "00".into() };
        let mut logins = Logins::load(&file);
        logins.set(&at("http://music.local:3000/x"), Some(login.clone()));
        logins.save(&file).unwrap();
        logins.save(&file).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let mut again = Logins::load(&file);
        assert_eq!(again.get(&at("https://music.local:3000/")), Some(&login));
        assert_eq!(again.get(&at("http://music.local:3001/")), None);
        let new = Fingerprint::of_public_key(b"new");
        Logins::follow(&file, &at("http://music.local:3001/"), new).unwrap();
        assert_eq!(Logins::load(&file), again, "another coordinator's is nothing to it");
        Logins::follow(&file, &at("http://music.local:3000/"), new).unwrap();
        again = Logins::load(&file);
        let followed = Login { fingerprint: new.to_string(), ..login };
        assert_eq!(again.get(&at("http://music.local:3000/")), Some(&followed));
        again.set(&at("http://music.local:3000/"), None);
        assert_eq!(again, Logins::default());
    }

    #[test]
    fn https_is_on_the_same_port() {
        let at = |text: &str| https(&Url::parse(text).unwrap()).unwrap().to_string();
        assert_eq!(at("http://10.0.0.2:3000/music"), "https://10.0.0.2:3000/music");
        assert_eq!(at("http://[::1]:3000"), "https://[::1]:3000/");
        assert!(is_of_this_machine(&Url::parse("http://[::1]:3000").unwrap()));
        assert!(!is_of_this_machine(&Url::parse("http://localhost.evil.example:3000").unwrap()));
    }
}
