//! Edits of files' tags, and how they are taken back.

use std::io::Write;

use reqwest::Method;
use serde::Deserialize;

use crate::{
    error::CliError,
    task::{Task, print_json},
};

#[derive(Debug, Deserialize)]
struct Edits {
    edits: Vec<Edit>,
}

#[derive(Debug, Deserialize)]
struct Edit {
    id: String,
    path: String,
    at: String,
    fields: Vec<String>,
}

impl Task<'_> {
    /// `GET /api/edits`, of one track or of all.
    pub(crate) async fn edits(&self, words: &[String], out: &mut impl Write) -> Result<(), CliError> {
        let mut query = Vec::new();
        if !words.is_empty() {
            let tracks = self.chosen(words).await?;
            let Some(track) = tracks.first() else { return Err(CliError::NotFound("no track matches".into())) };
            query.push(("track".to_owned(), track.id.clone()));
        }
        let answer = self.client.send(Method::GET, "edits", &query, None).await?;
        if self.args.json {
            return print_json(out, &answer);
        }
        let edits = self.client.read::<Edits>(answer)?.edits;
        if edits.is_empty() {
            writeln!(out, "There is no edit that could be taken back.")?;
        }
        for edit in edits {
            let at = edit.at.get(..19).unwrap_or(&edit.at).replace('T', " ");
            writeln!(out, "{}  {at} UTC  {}  {}", edit.id, edit.fields.join(", "), edit.path)?;
        }
        Ok(())
    }

    /// `POST /api/edits/{id}/undo`.
    pub(crate) async fn undo(&self, edit: &str, out: &mut impl Write) -> Result<(), CliError> {
        let answer = self.client.call(Method::POST, &["edits", edit, "undo"], None).await?;
        let title = answer["title"].as_str().unwrap_or_default();
        self.say(out, &answer, &format!("The file of '{title}' is as it was before the edit."))
    }
}
