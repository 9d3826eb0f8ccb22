//! `downbeat playlists`: playlists as files of other programs.

use std::{io::Write, path::Path};

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use tokio::{fs::File, io::AsyncReadExt as _};
use tokio_util::io::ReaderStream;

use crate::{
    args::{Format, Playlists},
    client::Upload,
    error::CliError,
    table,
    task::{Task, print_json},
};

/// So much of a file says whether it is a library, bytes.
const HEAD: u64 = 1_024;
/// Lines of what was not found.
const SHOWN: usize = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Imported {
    not_found: Vec<Line>,
    ambiguous: Vec<Line>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line {
    #[serde(rename = "line")]
    number: u64,
    text: String,
    kept: bool,
}

impl Task<'_> {
    pub(crate) async fn playlist_files(&self, what: Option<&Playlists>, out: &mut impl Write) -> Result<(), CliError> {
        match what {
            None => self.list("playlists", "There are no playlists.", |l| table::playlists(&l.playlists), out).await,
            Some(Playlists::Import { file, name, folder, without_missing, replace }) => {
                let texts = [("name", name), ("folder", folder)];
                let texts = texts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)));
                let keep = ("keepMissing".to_owned(), (!without_missing).to_string());
                self.import(file, texts.chain([keep]).collect(), *replace, out).await
            }
            Some(Playlists::Export { playlist, file, format, relative_to }) => {
                self.export(playlist, file.as_deref(), (*format, relative_to.as_deref()), out).await
            }
        }
    }

    async fn import(
        &self,
        file: &Path,
        mut query: Vec<(String, String)>,
        replace: bool,
        out: &mut impl Write,
    ) -> Result<(), CliError> {
        let failed = |error: &std::io::Error| CliError::file(file, error);
        let mut head = Vec::new();
        File::open(file)
            .await
            .map_err(|e| failed(&e))?
            .take(HEAD)
            .read_to_end(&mut head)
            .await
            .map_err(|e| failed(&e))?;
        let is_library = String::from_utf8_lossy(&head).contains("<plist");
        let opened = File::open(file).await.map_err(|e| failed(&e))?;
        let body = reqwest::Body::wrap_stream(ReaderStream::new(opened));
        let (path, kind) = if is_library {
            query.retain(|(key, _)| key == "keepMissing");
            query.push(("replace".into(), replace.to_string()));
            ("library/import", "application/xml")
        } else {
            ("playlists/import", "text/plain")
        };
        let response = self.client.large(Method::POST, path, &query, Some(Upload { kind, body })).await?;
        let answer: Value = response.json().await.map_err(|error| self.client.unreachable(&error))?;
        if self.args.json {
            return print_json(out, &answer);
        }
        let count = |key: &str| answer[key].as_u64().unwrap_or(0);
        if is_library {
            let lists = answer["playlists"].as_array().map_or(0, Vec::len);
            writeln!(
                out,
                "Found {} of {} tracks; {lists} playlists, {} ratings, {} counts of plays taken",
                count("found"),
                count("tracks"),
                count("rated"),
                count("counted")
            )?;
            let left: Vec<&str> =
                answer["alreadyThere"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            if !left.is_empty() {
                writeln!(out, "Already there, and left as they are (--replace fills them anew): {}", left.join(", "))?;
            }
        } else {
            let name = answer["playlist"]["name"].as_str().unwrap_or_default();
            let entries = answer["playlist"]["trackCount"].as_u64().unwrap_or(0);
            writeln!(out, "Made '{name}' with {entries} entries of {} that the file names", count("named"))?;
        }
        let imported: Imported = self.client.read(answer.clone())?;
        let lines = |what: &str, lines: &[Line], total: u64, out: &mut dyn Write| -> Result<(), CliError> {
            if lines.is_empty() {
                return Ok(());
            }
            writeln!(out, "{what}: {total}")?;
            for line in lines.iter().take(SHOWN) {
                let number = if line.number > 0 { format!("line {}: ", line.number) } else { String::new() };
                let kept = if line.kept { " (its place is kept)" } else { "" };
                writeln!(out, "  {number}{}{kept}", line.text)?;
            }
            if total > SHOWN as u64 {
                writeln!(out, "  and {} more; --json names them", total - SHOWN as u64)?;
            }
            Ok(())
        };
        let total = |key: &str, lines: &[Line]| answer[key].as_u64().unwrap_or(lines.len() as u64);
        lines("Not in the library", &imported.not_found, total("notFoundCount", &imported.not_found), out)?;
        lines("Not sure which track is meant", &imported.ambiguous, total("ambiguousCount", &imported.ambiguous), out)
    }

    async fn export(
        &self,
        playlist: &str,
        file: Option<&Path>,
        (format, relative_to): (Format, Option<&str>),
        out: &mut impl Write,
    ) -> Result<(), CliError> {
        let all = self.client.all("playlists").await?;
        let lists = all["playlists"].as_array().cloned().unwrap_or_default();
        let is = |list: &&Value| {
            let text = |key: &str| list[key].as_str().unwrap_or_default();
            text("id") == playlist || text("name").to_lowercase() == playlist.to_lowercase()
        };
        let found = lists.iter().find(is).and_then(|list| list["id"].as_str());
        let id = found.ok_or_else(|| CliError::NotFound(format!("there is no playlist '{playlist}'")))?;
        let mut query = vec![("format".to_owned(), format.word().to_owned())];
        query.extend(relative_to.map(|folder| ("relativeTo".to_owned(), folder.to_owned())));
        let mut response = self.client.large(Method::GET, &format!("playlists/{id}/export"), &query, None).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| self.client.unreachable(&e))? {
            bytes.extend_from_slice(&chunk);
        }
        match file {
            Some(file) => {
                tokio::fs::write(file, &bytes).await.map_err(|error| CliError::file(file, &error))?;
                let answer = serde_json::json!({ "file": file, "bytes": bytes.len() });
                self.say(out, &answer, &format!("Saved to {}", file.display()))
            }
            None => Ok(out.write_all(&bytes)?),
        }
    }
}
