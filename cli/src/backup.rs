//! Files on their way to and from the coordinator: large, so never whole in memory, and with no limit of time.

use std::{path::Path, time::Duration};

use reqwest::Method;
use serde_json::Value;
use tokio::{fs::File, io::AsyncWriteExt as _, time::Instant};

use crate::{client::Client, error::CliError};

/// How long a coordinator that took a backup up may take to be back.
const BACK_WITHIN: Duration = Duration::from_secs(30);
/// How often it is looked for.
const GLANCE: Duration = Duration::from_millis(100);

impl Client {
    /// `POST /api/backup` into `file`, which is replaced only by a whole one. Returns its length, bytes.
    pub async fn backup(&self, file: &Path) -> Result<u64, CliError> {
        let part = file.with_extension("part");
        let written = self.download("backup", &part).await;
        let moved = match written {
            Ok(bytes) => tokio::fs::rename(&part, file).await.map(|()| bytes).map_err(|e| CliError::file(file, &e)),
            Err(error) => Err(error),
        };
        if moved.is_err() {
            let _ = tokio::fs::remove_file(&part).await;
        }
        moved
    }

    async fn download(&self, path: &str, to: &Path) -> Result<u64, CliError> {
        let mut file = File::create(to).await.map_err(|e| CliError::file(to, &e))?;
        let mut response = self.large(Method::POST, path, &[], None).await?;
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
    pub async fn restore(&self, file: &Path) -> Result<Value, CliError> {
        let opened = File::open(file).await.map_err(|e| CliError::file(file, &e))?;
        let before = self.health().await?["startedAt"].clone();
        let response = self.large(Method::POST, "restore", &[], Some(opened.into())).await?;
        let text = response.text().await.map_err(|e| self.unreachable(&e))?;
        let answer = serde_json::from_str(&text).map_err(|e| self.odd(format!("its answer is not JSON ({e})")))?;
        let answered = Instant::now();
        while answered.elapsed() < BACK_WITHIN {
            tokio::time::sleep(GLANCE).await;
            if self.health().await.is_ok_and(|health| health["startedAt"] != before) {
                return Ok(answer);
            }
        }
        Err(self.odd("it took the backup and has not come back; its log says why".to_owned()))
    }
}
