//! Commands about the coordinator that a speaker belongs to: join one, say which it is, forget it.

use std::{fs, path::Path};

use downbeat_host::{built::BUILT, files::replace};
use downbeat_identity::{JoinToken, Pin, pairing::Code};

use crate::{
    config::Config,
    coordinator::{ConnectionSettings, ServerAddress, SharedTrust, take_in},
    identity,
    introduction::introduction,
    output,
    trust::Trust,
};

/// Holds the code, for as long as a speaker waits to be adopted.
const CODE_FILE: &str = "adoption-code";

/// Joins the coordinator that the token names. The answer is for people.
pub async fn join(config: Config, token: &JoinToken) -> Result<String, String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let _lock = identity::lock(&config.data).map_err(|e| said(&e))?;
    let mut trust = Trust::load(&config.data, BUILT).map_err(|e| said(&e))?;
    let id = identity::speaker_id(&config.data).map_err(|e| said(&e))?;
    let address: ServerAddress = token.address.parse().map_err(|e| said(&e))?;
    trust.join(token).map_err(|e| said(&e))?;
    let settings = ConnectionSettings { trust: Some(SharedTrust::new(trust)), ..ConnectionSettings::new(address) };
    let mut hello = introduction(&config, id, output::for_spec(&config.output).describe(), false);
    hello.credentials = Some(token.secret.reveal());
    let welcome = take_in(&settings, hello).await?;
    if !welcome.adopted {
        return Err("the coordinator took this speaker in, and did not adopt it: is it of an earlier version?".into());
    }
    let kept = identity::keep_speaker_id(&config.data, welcome.speaker_id);
    kept.map_err(|error| format!("the id cannot be kept in {}: {error}", config.data.display()))?;
    Ok(format!("{:?} belongs to {} now. Start it: downbeat-agent", welcome.name, token.address))
}

/// Says which coordinator the speaker of this data folder belongs to.
pub fn status(data: &Path) -> Result<String, String> {
    if !data.join("speaker.key").exists() {
        return Err(format!("no speaker has been started with {} yet", data.display()));
    }
    let trust = Trust::load(data, BUILT).map_err(|error| error.to_string())?;
    let key = trust.fingerprint();
    Ok(match (trust.pin(), fs::read_to_string(data.join(CODE_FILE))) {
        (Pin::Ca(ca), _) => format!("adopted\nkey {key}\ncoordinator's CA {ca}"),
        (Pin::Open, Ok(code)) => format!("not adopted yet\ncode {}\nkey {key}", code.trim()),
        (Pin::Open, Err(_)) => format!("not adopted yet, and no coordinator has been met\nkey {key}"),
    })
}

/// Makes the speaker of this data folder nobody's.
pub fn forget(data: &Path) -> Result<String, String> {
    let _lock = identity::lock(data).map_err(|error| error.to_string())?;
    Trust::forget(data).map_err(|error| error.to_string())?;
    note_code(data, None);
    Ok("this speaker belongs to nobody any more. Started again, it has a new key, and the coordinator that adopts it \
        owns it"
        .into())
}

/// Keeps the code for [`status`], or takes it away.
pub fn note_code(data: &Path, code: Option<Code>) {
    let path = data.join(CODE_FILE);
    let done = match code {
        Some(code) => replace(&path, format!("{code}\n").as_bytes()),
        None if path.exists() => fs::remove_file(&path),
        None => Ok(()),
    };
    if let Err(error) = done {
        tracing::debug!(%error, path = %path.display(), "the code is in the log alone");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speaker_says_whose_it_is_and_forgets_it() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path();
        assert!(status(data).unwrap_err().contains("no speaker"));
        let mut trust = Trust::load(data, BUILT).unwrap();
        let key = trust.fingerprint().to_string();
        note_code(data, Some("K7QX-3M9D".parse().unwrap()));
        let said = status(data).unwrap();
        assert!(said.contains("K7QX-3M9D") && said.contains(&key), "{said}");
        let ca = downbeat_identity::Fingerprint::of_public_key(b"ours");
        trust.adopted_by(ca).unwrap();
        let said = status(data).unwrap();
        assert!(said.starts_with("adopted") && said.contains(&ca.to_string()), "{said}");
        forget(data).unwrap();
        assert!(status(data).unwrap_err().contains("no speaker"));
        assert!(!data.join("adoption-code").exists());
    }
}
