//! The commands for the speakers' keys: adopt one, refuse, revoke; tokens that let speakers in.

use std::io::Write;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    args::{Keys, Tokens},
    error::CliError,
    table,
    task::{Task, print_json},
};

/// The keys.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct KeyList {
    keys: Vec<Key>,
}

/// A speaker's key.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Key {
    #[serde(rename = "key")]
    fingerprint: Option<String>,
    state: String,
    name: String,
    code: Option<String>,
    address: Option<String>,
    connected: bool,
    disputed: bool,
    decided_by: Option<String>,
}

/// The result of a decision.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Decision {
    name: String,
    state: String,
    verified: bool,
}

/// The join tokens.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TokenList {
    tokens: Vec<Token>,
}

/// A join token.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Token {
    id: String,
    name: String,
    uses: u32,
    ends: Option<String>,
    over: bool,
    text: String,
}

/// The digits of a key that lists show; enough to name one.
const SHORT: usize = 16;

impl Key {
    fn short(&self) -> &str {
        self.fingerprint.as_deref().map_or("", |key| key.get(..SHORT).unwrap_or(key))
    }
}

impl Task<'_> {
    async fn keys(&self) -> Result<(Value, Vec<Key>), CliError> {
        let answer = self.client.call(Method::GET, &["speaker-keys"], None).await?;
        let list: KeyList = self.client.read(answer.clone())?;
        Ok((answer, list.keys))
    }

    /// The whole key of the one speaker that `what` names: by its code, by the first digits of its key, by its name.
    async fn key_of(&self, what: &str, state: Option<&str>) -> Result<String, CliError> {
        let (_, keys) = self.keys().await?;
        let plain = |text: &str| text.replace(['-', ' '], "").to_lowercase();
        let wanted = plain(what);
        let is_it = |key: &&Key| {
            let by_code = key.code.as_deref().is_some_and(|code| plain(code) == wanted);
            let by_key = wanted.len() >= 6 && key.fingerprint.as_deref().is_some_and(|key| key.starts_with(&wanted));
            (by_code || by_key || key.name.eq_ignore_ascii_case(what.trim()))
                && key.fingerprint.is_some()
                && state.is_none_or(|state| key.state == state)
        };
        let found: Vec<&Key> = keys.iter().filter(is_it).collect();
        match found[..] {
            [one] => Ok(one.fingerprint.clone().unwrap_or_default()),
            [] => Err(CliError::NotFound(format!(
                "No speaker's key is {what:?}; `downbeat speakers pending` lists them."
            ))),
            _ => Err(CliError::NotFound(format!("{what:?} is more than one; name it by its key."))),
        }
    }

    /// `downbeat adopt CODE`
    pub(crate) async fn adopt(&self, what: &str, unseen: bool, out: &mut impl Write) -> Result<(), CliError> {
        let body =
            if unseen { json!({ "key": self.key_of(what, Some("pending")).await? }) } else { json!({ "code": what }) };
        let answer = self.client.call(Method::POST, &["speaker-keys", "adopt"], Some(&body)).await?;
        self.say_decision(answer, out)
    }

    fn say_decision(&self, answer: Value, out: &mut impl Write) -> Result<(), CliError> {
        if self.args.json {
            return print_json(out, &answer);
        }
        let Decision { name, state, verified } = self.client.read(answer)?;
        let unseen = if state == "adopted" && !verified { ", without a look at its code" } else { "" };
        Ok(writeln!(out, "{name}: {state}{unseen}")?)
    }

    /// `downbeat speakers pending|refuse|revoke|forgive|beep`
    pub(crate) async fn change_keys(&self, what: &Keys, out: &mut impl Write) -> Result<(), CliError> {
        let (name, action, state) = match what {
            Keys::Pending => return self.pending(out).await,
            Keys::Keys => return self.all_keys(out).await,
            Keys::Refuse { speaker } => (speaker, "refuse", Some("pending")),
            Keys::Revoke { speaker } => (speaker, "revoke", Some("adopted")),
            Keys::Forgive { speaker } => (speaker, "forgive", None),
            Keys::Beep { speaker } => (speaker, "identify", Some("pending")),
        };
        let key = match self.key_of(name, state).await {
            // a name that it was given since: the coordinator knows it
            Err(CliError::NotFound(_)) if action == "revoke" => name.clone(),
            key => key?,
        };
        let answer = self.client.call(Method::POST, &["speaker-keys", &key, action], Some(&json!({}))).await?;
        match action {
            "forgive" => Ok(writeln!(out, "{name} may ask again")?),
            "identify" => Ok(writeln!(out, "{name} beeps")?),
            _ => self.say_decision(answer, out),
        }
    }

    async fn pending(&self, out: &mut impl Write) -> Result<(), CliError> {
        let (answer, keys) = self.keys().await?;
        if self.args.json {
            return print_json(out, &answer);
        }
        let pending: Vec<&Key> = keys.iter().filter(|key| key.state == "pending").collect();
        if pending.is_empty() {
            return Ok(writeln!(out, "No speaker waits to be adopted.")?);
        }
        let mut rows = table::new(&["code", "says to be", "address", "key", ""]);
        for key in pending {
            let note = match (&key.fingerprint, key.disputed, key.connected) {
                (None, ..) => "does not encrypt: upgrade its agent",
                (_, true, _) => "another key claims to be this speaker, too",
                (_, _, false) => "gone",
                _ => "",
            };
            let address = key.address.clone().unwrap_or_default();
            rows.add_row([
                key.code.clone().unwrap_or_default(),
                key.name.clone(),
                address,
                key.short().to_owned(),
                note.to_owned(),
            ]);
        }
        write!(out, "{}", table::text(&rows))?;
        Ok(writeln!(
            out,
            "Compare a code with the one that the speaker shows (its log, `downbeat-agent status`); then: downbeat \
             adopt CODE"
        )?)
    }

    async fn all_keys(&self, out: &mut impl Write) -> Result<(), CliError> {
        let (answer, keys) = self.keys().await?;
        if self.args.json {
            return print_json(out, &answer);
        }
        let mut rows = table::new(&["name", "state", "key", "by"]);
        for key in &keys {
            let by = key.decided_by.clone().unwrap_or_default();
            rows.add_row([key.name.clone(), key.state.clone(), key.short().to_owned(), by]);
        }
        Ok(write!(out, "{}", table::text(&rows))?)
    }

    /// `downbeat tokens create|list|end`
    pub(crate) async fn tokens(&self, what: &Tokens, out: &mut impl Write) -> Result<(), CliError> {
        match what {
            Tokens::Create { join: _, uses, expires, address, name } => {
                let hours = expires.0.div_ceil(3_600);
                let mut body = json!({ "uses": uses, "hours": hours });
                if let Some(name) = name {
                    body["name"] = json!(name);
                }
                if let Some(address) = address {
                    body["address"] = json!(address);
                }
                let answer = self.client.call(Method::POST, &["join-tokens"], Some(&body)).await?;
                if self.args.json {
                    return print_json(out, &answer);
                }
                let token: Token = self.client.read(answer)?;
                Ok(writeln!(out, "{}", token.text)?)
            }
            Tokens::List => {
                let answer = self.client.call(Method::GET, &["join-tokens"], None).await?;
                if self.args.json {
                    return print_json(out, &answer);
                }
                let list: TokenList = self.client.read(answer)?;
                let mut rows = table::new(&["id", "name", "uses left", "ends"]);
                for token in list.tokens {
                    let ends = if token.over { "over".to_owned() } else { token.ends.unwrap_or_default() };
                    rows.add_row([token.id, token.name, token.uses.to_string(), ends]);
                }
                Ok(write!(out, "{}", table::text(&rows))?)
            }
            Tokens::End { id, with_speakers } => {
                let path = ["join-tokens", id.as_str()];
                let query = [("withSpeakers".to_owned(), with_speakers.to_string())];
                let answer = self.client.call_with(Method::DELETE, &path, &query).await?;
                if self.args.json {
                    return print_json(out, &answer);
                }
                Ok(writeln!(out, "Ended; {} speakers were revoked", answer["revoked"])?)
            }
        }
    }
}
