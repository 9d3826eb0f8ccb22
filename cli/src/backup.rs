//! Files on their way to and from the coordinator: large, so never whole in memory, and with no limit of time.

use std::{fmt::Write as _, path::Path, time::Duration};

use downbeat_identity::{Pin, handshake::Seen};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    fs::File,
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::Instant,
};
use tokio_util::io::ReaderStream;

use crate::{
    client::{Client, Upload},
    error::CliError,
    secured,
};

/// How long a coordinator that took a backup up may take to be back.
const BACK_WITHIN: Duration = Duration::from_secs(30);
/// How often it is looked for.
const GLANCE: Duration = Duration::from_millis(100);

impl Client {
    /// `POST /api/backup` into `file`, which is replaced only by a whole one. Returns its length, bytes.
    pub async fn backup(&self, file: &Path, passphrase: Option<&str>) -> Result<u64, CliError> {
        self.save(Method::POST, "backup", passphrase, file).await
    }

    /// `GET /api/diagnostics` into `file`, as a backup is saved.
    pub async fn diagnostics(&self, file: &Path) -> Result<u64, CliError> {
        self.save(Method::GET, "diagnostics", None, file).await
    }

    async fn save(&self, method: Method, path: &str, passphrase: Option<&str>, file: &Path) -> Result<u64, CliError> {
        let part = file.with_extension("part");
        let written = self.download(method, path, passphrase, &part).await;
        let moved = match written {
            Ok(bytes) => tokio::fs::rename(&part, file).await.map(|()| bytes).map_err(|e| CliError::file(file, &e)),
            Err(error) => Err(error),
        };
        if moved.is_err() {
            let _ = tokio::fs::remove_file(&part).await;
        }
        moved
    }

    async fn download(&self, method: Method, path: &str, passphrase: Option<&str>, to: &Path) -> Result<u64, CliError> {
        let mut file = File::create(to).await.map_err(|e| CliError::file(to, &e))?;
        let body = match passphrase {
            Some(words) => {
                self.keep_secret().await?;
                let body = json!({ "passphrase": words }).to_string().into();
                Some(Upload { kind: "application/json", body })
            }
            None => None,
        };
        let mut response = self.large(method, path, &[], body).await?;
        let expected = response.content_length();
        let mut bytes = 0;
        while let Some(chunk) = response.chunk().await.map_err(|e| self.unreachable(&e))? {
            file.write_all(&chunk).await.map_err(|e| CliError::file(to, &e))?;
            bytes += chunk.len() as u64;
        }
        if expected.is_some_and(|expected| expected != bytes) {
            return Err(self.odd(format!("only {bytes} bytes of {} came", expected.unwrap_or(0))));
        }
        file.sync_all().await.map_err(|e| CliError::file(to, &e))?;
        Ok(bytes)
    }

    /// `POST /api/restore`, and waits until the coordinator has started anew. Returns its answer.
    pub async fn restore(&self, file: &Path, passphrase: Option<&str>) -> Result<Value, CliError> {
        let before = self.started_at().await?;
        let answer = self.send_backup("restore", file, passphrase).await?;
        self.back_since(&before).await?;
        Ok(answer)
    }

    /// `POST /api/restore/preview`: what a restore would change. Nothing is restored.
    pub async fn preview_restore(&self, file: &Path, passphrase: Option<&str>) -> Result<Value, CliError> {
        self.send_backup("restore/preview", file, passphrase).await
    }

    async fn send_backup(&self, path: &str, file: &Path, passphrase: Option<&str>) -> Result<Value, CliError> {
        let opened = File::open(file).await.map_err(|e| CliError::file(file, &e))?;
        let line = match passphrase {
            Some(words) => {
                self.keep_secret().await?;
                format!("{}\n", json!({ "passphrase": words })).into_bytes()
            }
            None => Vec::new(),
        };
        let body = reqwest::Body::wrap_stream(ReaderStream::new(std::io::Cursor::new(line).chain(opened)));
        let upload = Upload { kind: "application/vnd.sqlite3", body };
        let response = self.large(Method::POST, path, &[], Some(upload)).await?;
        let text = response.text().await.map_err(|e| self.unreachable(&e))?;
        serde_json::from_str(&text).map_err(|e| self.odd(format!("its answer is not JSON ({e})")))
    }

    /// When the coordinator started.
    pub(crate) async fn started_at(&self) -> Result<Value, CliError> {
        Ok(self.health().await?["startedAt"].clone())
    }

    /// Waits until the coordinator has started anew, perhaps with another CA.
    pub(crate) async fn back_since(&self, before: &Value) -> Result<(), CliError> {
        let anybody = secured::secure(Self::builder(), Pin::Open, None, Seen::default()).map_err(|e| self.odd(e))?;
        let url = self.https(&["health"])?;
        let began = Instant::now();
        while began.elapsed() < BACK_WITHIN {
            tokio::time::sleep(GLANCE).await;
            // nothing of it is believed but that it is there
            let secure = async || anybody.get(url.clone()).send().await.ok()?.json::<Value>().await.ok();
            let health = match self.health().await {
                Ok(health) => Some(health),
                Err(_) => secure().await,
            };
            if health.is_some_and(|health| !health["startedAt"].is_null() && health["startedAt"] != *before) {
                return Ok(());
            }
        }
        Err(self.odd("it was to start anew, and has not come back; its log says why".to_owned()))
    }
}

/// What a restore would change, a line a kind.
pub(crate) fn changes_of(preview: &Value) -> String {
    let changes = &preview["changes"];
    let kinds = [
        ("zones", "zones"),
        ("speakers", "speakers"),
        ("tracks", "tracks"),
        ("playlists", "playlists"),
        ("presets", "presets"),
        ("users", "users"),
        ("apiTokens", "API tokens"),
        ("speakerKeys", "keys of speakers"),
    ];
    let line = |(field, name): (&str, &str)| {
        let change = &changes[field];
        let count = |of: &str| change[of].as_u64().unwrap_or(0);
        let names: Vec<&str> =
            change["lostNames"].as_array().into_iter().flatten().filter_map(Value::as_str).take(10).collect();
        let mut line = format!("{name}: {} now, {} after", count("now"), count("after"));
        if count("lost") > 0 {
            let _ = write!(line, "; {} would be lost", count("lost"));
        }
        if !names.is_empty() {
            let more = if count("lost") > names.len() as u64 { ", ..." } else { "" };
            let _ = write!(line, " ({}{more})", names.join(", "));
        }
        line
    };
    let mut lines: Vec<String> = kinds.into_iter().map(line).collect();
    if changes["settings"] == true {
        lines.push("the music folders and the rights of guests would be those of the backup".to_owned());
    }
    lines.join("\n")
}

/// The callers that a restore lets in, and what was ended since the backup and stays so: lines behind its sentence.
pub(crate) fn access_of(restored: &Value) -> String {
    let names = |list: &Value| -> Option<String> {
        let names: Vec<_> = list.as_array()?.iter().filter_map(Value::as_str).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    let ended = &restored["ended"];
    let lines = [
        ("May log in", &restored["users"]),
        ("API tokens", &restored["apiTokens"]),
        ("Users that were deleted since, and stay so", &ended["users"]),
        ("Users that keep the password, the role and the bounds of now", &ended["changedUsers"]),
        ("API tokens that were ended since, and stay so", &ended["apiTokens"]),
        ("Speakers whose adoption was ended since, and stays so", &ended["speakers"]),
    ];
    let lines = lines.into_iter().filter_map(|(what, list)| Some(format!("{what}: {}", names(list)?)));
    let ca = (ended["ca"] == true)
        .then(|| "The CA of the backup gave way to another one, which stays; its keys were not taken".to_owned());
    lines.chain(ca).fold(String::new(), |mut text, line| {
        let _ = write!(text, "\n{line}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_says_what_would_be_lost() {
        let change = |now: u64, after: u64, lost: &[&str]| {
            let count = lost.len();
            json!({ "now": now, "after": after, "lost": count, "lostNames": lost, "new": 0 })
        };
        let preview = json!({ "changes": { "zones": change(3, 1, &["bar", "attic"]), "tracks": change(9, 9, &[]),
                                           "settings": true } });
        let said = changes_of(&preview);
        assert!(said.starts_with("zones: 3 now, 1 after; 2 would be lost (bar, attic)\n"), "{said}");
        assert!(said.contains("\ntracks: 9 now, 9 after\n") && said.ends_with("those of the backup"), "{said}");
    }

    #[test]
    fn a_restore_says_all_that_it_lets_in_and_all_that_stays_ended() {
        let ended =
            json!({ "users": ["carl"], "changedUsers": [], "apiTokens": ["ada: phone"], "speakers": [], "ca": true });
        let said = access_of(&json!({ "users": ["ada", "bert"], "apiTokens": [], "ended": ended }));
        let lines: Vec<_> = said.lines().skip(1).collect();
        assert_eq!(lines[..2], ["May log in: ada, bert", "Users that were deleted since, and stay so: carl"]);
        assert!(lines[2].ends_with(": ada: phone") && lines[3].contains("CA") && lines.len() == 4, "{said}");
        assert_eq!(access_of(&json!({ "zones": 2 })), "", "an older coordinator says nothing of it");
    }
}
