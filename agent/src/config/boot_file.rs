//! The file on the boot partition of an SD card: the few things that a person says while the card is written.
//!
//! Every computer can write that partition, and nobody has a shell on the speaker yet. So a fault in it is no end of the
//! speaker: it starts without the file, and a person adopts it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use downbeat_identity::JoinToken;
use serde::Deserialize;

use super::name::name;
use crate::coordinator::ServerAddress;

/// The boot partition of Raspberry Pi OS since Debian 12, and before.
pub(super) const USUAL: [&str; 2] = ["/boot/firmware/downbeat.toml", "/boot/downbeat.toml"];
/// More is no such file.
const MAX_BYTES: u64 = 64 * 1024;

/// Its content.
#[derive(Debug, Clone, Default)]
pub(super) struct BootFile {
    /// The coordinator; without it that of the token.
    pub(super) server: Option<ServerAddress>,
    pub(super) name: Option<String>,
    pub(super) zone: Option<String>,
    pub(super) token: Option<JoinToken>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    server: Option<String>,
    name: Option<String>,
    zone: Option<String>,
    token: Option<String>,
}

/// The file `named`, or the first of the `usual` ones. One that was named must be there. The error is for people, and
/// holds no token.
pub(super) fn read(named: Option<&Path>, usual: &[PathBuf]) -> Result<BootFile, String> {
    let candidates = named.map_or_else(|| usual.to_vec(), |path| vec![path.to_owned()]);
    for path in candidates {
        let shown = path.display();
        match bounded(&path) {
            Ok(bytes) => return parse(&bytes).map_err(|why| format!("{shown} is wrong: {why}")),
            Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("{shown} cannot be read: {error}")),
        }
    }
    Ok(BootFile::default())
}

fn bounded(path: &Path) -> io::Result<Vec<u8>> {
    let found = fs::metadata(path)?;
    if !found.is_file() || found.len() > MAX_BYTES {
        return Err(io::Error::other("it is no file of a few lines"));
    }
    fs::read(path)
}

fn parse(bytes: &[u8]) -> Result<BootFile, String> {
    let text = str::from_utf8(bytes).map_err(|_| "it is no UTF-8; save it as UTF-8".to_owned())?;
    // Windows' editor puts a byte order mark before the first key
    let text: Text = toml::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(|error| {
        // the line that the error would show may hold the token
        let line = error.span().map_or(0, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
        format!("line {line}: {}", error.message())
    })?;
    let token = text.token.map(|text| text.parse::<JoinToken>().map_err(|error| format!("token: {error}")));
    let token = token.transpose()?;
    let server = text.server.as_deref().or(token.as_ref().map(|token| token.address.as_str()));
    let server = server.map(|server| server.parse().map_err(|error| format!("server: {error}"))).transpose()?;
    let named = |key: &str, text: Option<String>| {
        text.map(|text| name(&text).map_err(|error| format!("{key}: {error}"))).transpose()
    };
    Ok(BootFile { server, name: named("name", text.name)?, zone: named("zone", text.zone)?, token })
}

#[cfg(test)]
mod tests {
    use super::*;
    use downbeat_identity::{Fingerprint, Secret};

    fn token() -> JoinToken {
        let ca = Fingerprint::of_public_key(b"ca");
        JoinToken::new("music.local:3000", ca, Secret::generate().unwrap()).unwrap()
    }

    #[test]
    fn a_card_written_on_windows_says_name_zone_and_token() {
        let folder = tempfile::tempdir().unwrap();
        let (absent, there) = (folder.path().join("absent.toml"), folder.path().join("downbeat.toml"));
        let text = format!("\u{feff}name = \"Kitchen\"\r\nzone = \"house\"\r\ntoken = \"{}\"\r\n", token().reveal());
        fs::write(&there, text).unwrap();
        let said = read(None, &[absent.clone(), there]).unwrap();
        assert_eq!((said.name.as_deref(), said.zone.as_deref()), (Some("Kitchen"), Some("house")));
        assert_eq!(said.token.unwrap().address, "music.local:3000");
        assert_eq!(
            said.server.unwrap().websocket_url(),
            "ws://music.local:3000/ws",
            "the token's, if it says no other"
        );

        let nothing = read(None, std::slice::from_ref(&absent)).unwrap();
        assert!(nothing.name.is_none() && nothing.server.is_none() && nothing.token.is_none());
        let error = read(Some(&absent), &[]).unwrap_err();
        assert!(error.contains("absent.toml cannot be read"), "{error}");
    }

    #[test]
    fn what_is_wrong_is_said_without_the_token() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("downbeat.toml");
        let said = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            read(None, std::slice::from_ref(&path)).unwrap_err()
        };
        let secret = token().reveal();
        for (text, wanted) in [
            (format!("token = {secret}"), "line 1"),
            (format!("name = \"a\"\n\ntoken = \"{secret}\n"), "line 3"),
            (format!("token = \"{secret}x\""), "not copied whole"),
            (format!("tokens = \"{secret}\""), "tokens"),
            (format!("name = \"\"\ntoken = \"{secret}\""), "name: "),
            (format!("server = \"ftp://x\"\ntoken = \"{secret}\""), "server: "),
            ("zone = 3".into(), "line 1"),
        ] {
            let error = said(text.as_bytes());
            assert!(error.contains(wanted) && error.contains("downbeat.toml is wrong"), "{text}: {error}");
            assert!(!error.contains(&secret[10..30]), "{error}");
        }
        assert!(said(b"name = \"K\xfcche\"").contains("UTF-8"));
        assert!(said(&vec![b'#'; 100_000]).contains("a few lines"));
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(read(None, std::slice::from_ref(&path)).unwrap_err().contains("a few lines"));
    }
}
