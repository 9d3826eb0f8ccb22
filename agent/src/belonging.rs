//! Commands about the coordinator that a speaker belongs to: join one, say which it is, forget it.

use std::{fs, path::Path, time::Duration};

use downbeat_host::{built::BUILT, clock, files::replace};
use downbeat_identity::{JoinToken, Pin, pairing::Code};
use downbeat_protocol::{SpeakerId, adoption, server_message::Welcome};

use crate::{
    config::Config,
    coordinator::{
        ConnectionSettings, NotTakenIn, ServerAddress, SharedTrust,
        reconnect::{Backoff, BackoffSettings},
        take_in,
    },
    identity,
    introduction::introduction,
    output,
    repeats::Repeats,
    trust::Trust,
};

/// Holds the code, for as long as a speaker waits to be adopted.
const CODE_FILE: &str = "adoption-code";
/// A coordinator that lets speakers in and adopts none.
const NO_KEYS: &str = "no_keys";

/// Joins the coordinator that the token names. The answer is for people.
pub async fn join(config: Config, token: &JoinToken) -> Result<String, String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let _lock = identity::lock(&config.data).map_err(|e| said(&e))?;
    let id = {
        // before the id: a speaker that has an id and no key is from before encryption
        Trust::load(&config.data, BUILT).map_err(|e| said(&e))?;
        identity::speaker_id(&config.data).map_err(|e| said(&e))?
    };
    let welcome = by_token(&config, id, token).await.map_err(|e| said(&e))?;
    Ok(format!("{:?} belongs to {} now. Start it: downbeat-agent", welcome.name, token.address))
}

/// Joins the coordinator of the boot file's token, however long it takes until that is there. Where the token is not
/// taken, the speaker goes on without, and a person adopts it.
pub async fn join_at_start(config: &Config, id: SpeakerId, token: &JoinToken) {
    let settings =
        BackoffSettings { first: Duration::from_secs(1), max: Duration::from_secs(30), ..BackoffSettings::default() };
    let mut backoff = Backoff::new(settings, uuid::Uuid::new_v4().as_u64_pair().0);
    let mut troubles = Repeats::default();
    loop {
        match by_token(config, id, token).await {
            Ok(welcome) => {
                tracing::info!(name = welcome.name, at = token.address, "joined by the token of the boot file");
                return;
            }
            Err(NotTakenIn { code: Some(code), detail }) if code == adoption::code::JOIN || code == NO_KEYS => {
                tracing::error!("the token of the boot file is not taken: {detail}; going on without it");
                return;
            }
            Err(NotTakenIn { detail, .. }) => {
                if let Some(unsaid) = troubles.happened(clock::now(), &detail) {
                    tracing::warn!(unsaid, at = token.address, "cannot join yet, and tries again: {detail}");
                }
            }
        }
        tokio::time::sleep(backoff.ended(Duration::ZERO)).await;
    }
}

/// Is taken in by the coordinator of this token, and then belongs to it. Until then it is believed for this attempt
/// alone.
async fn by_token(config: &Config, id: SpeakerId, token: &JoinToken) -> Result<Welcome, NotTakenIn> {
    let said = |error: &dyn std::fmt::Display| NotTakenIn { code: None, detail: error.to_string() };
    let address: ServerAddress = token.address.parse().map_err(|e| said(&e))?;
    let mut trust = Trust::load(&config.data, BUILT).map_err(|e| said(&e))?;
    trust.believe(token);
    let settings = ConnectionSettings { trust: Some(SharedTrust::new(trust)), ..ConnectionSettings::new(address) };
    let mut hello = introduction(config, id, output::for_spec(&config.output).describe(), false);
    hello.credentials = Some(token.secret.reveal());
    let welcome = take_in(&settings, hello).await?;
    if !welcome.adopted {
        let detail = "the coordinator took this speaker in, and did not adopt it: is it of an earlier version?";
        return Err(NotTakenIn { code: Some(NO_KEYS.into()), detail: detail.into() });
    }
    let kept = Trust::load(&config.data, BUILT).and_then(|mut trust| trust.join(token));
    kept.map_err(|e| said(&e))?;
    identity::keep_speaker_id(&config.data, welcome.speaker_id).map_err(|error| {
        let detail = format!("the id cannot be kept in {}: {error}", config.data.display());
        NotTakenIn { code: None, detail }
    })?;
    Ok(welcome)
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
