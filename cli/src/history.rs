//! `downbeat history`: what was played where, as a table or as CSV.

use std::io::Write;

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    args::History,
    client::Client,
    error::CliError,
    quantity::clock,
    table,
    task::{Task, print_json},
};

/// Lines of a table if no limit is given.
const LINES: u32 = 50;
/// The most that the coordinator answers at once.
const PAGE: u32 = 1_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Play {
    start: String,
    heard: f64,
    zone_name: String,
    title: String,
    artist: String,
    stretches: Vec<Stretch>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Stretch {
    speaker_name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Page {
    plays: Vec<Play>,
}

impl History {
    fn query(&self, zone: Option<&str>) -> Vec<(String, String)> {
        let by = self.by_speaker.then_some("speaker");
        let audible = self.audible.then_some("true");
        let all = [
            ("zone", zone),
            ("speaker", self.speaker.as_deref()),
            ("track", self.track.as_deref()),
            ("from", self.from.as_deref()),
            ("to", self.to.as_deref()),
            ("by", by),
            ("audible", audible),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect()
    }
}

impl Task<'_> {
    pub(crate) async fn history(&self, wanted: &History, out: &mut impl Write) -> Result<(), CliError> {
        let query = wanted.query(self.args.zone.as_deref());
        if wanted.csv {
            return export(&self.client, query, wanted.limit, out).await;
        }
        let answer = self.plays(query, wanted.limit.unwrap_or(LINES)).await?;
        if self.args.json {
            return print_json(out, &answer);
        }
        let dropped = answer["dropped"].as_u64().unwrap_or(0);
        let page: Page = self.client.read(answer)?;
        if page.plays.is_empty() {
            writeln!(out, "Nothing was played.")?;
        } else {
            write!(out, "{}", lines(&page.plays))?;
        }
        if dropped > 0 {
            writeln!(out, "Speakers were away for too long: {dropped} stretches are lost.")?;
        }
        Ok(())
    }

    /// The latest `most`, over as many pages as that takes.
    async fn plays(&self, query: Vec<(String, String)>, most: u32) -> Result<Value, CliError> {
        let (mut whole, mut left): (Option<Value>, u32) = (None, most);
        let mut cursor: Option<String> = None;
        loop {
            let mut query = query.clone();
            query.push(("limit".into(), left.min(PAGE).to_string()));
            query.extend(cursor.iter().map(|cursor| ("cursor".to_owned(), cursor.clone())));
            let mut page = self.client.send(Method::GET, "history", &query, None).await?;
            let next = page["next"].as_str().map(str::to_owned);
            let count = page["plays"].as_array().map_or(0, Vec::len) as u32;
            left = left.saturating_sub(count);
            match whole.as_mut().and_then(|w| w["plays"].as_array_mut()) {
                Some(plays) => plays.append(page["plays"].as_array_mut().unwrap_or(&mut Vec::new())),
                None => whole = Some(page),
            }
            if left == 0 || count == 0 || next.is_none() || next == cursor {
                let mut whole = whole.unwrap_or_default();
                whole["next"] = next.into();
                return Ok(whole);
            }
            cursor = next;
        }
    }
}

async fn export(
    client: &Client,
    mut query: Vec<(String, String)>,
    limit: Option<u32>,
    out: &mut impl Write,
) -> Result<(), CliError> {
    query.extend(limit.map(|limit| ("limit".to_owned(), limit.to_string())));
    let mut response = client.large(Method::GET, "history.csv", &query, None).await?;
    while let Some(chunk) = response.chunk().await.map_err(|e| client.unreachable(&e))? {
        out.write_all(&chunk)?;
    }
    Ok(())
}

fn lines(plays: &[Play]) -> String {
    let mut lines = table::new(&["START (UTC)", ">HEARD", "ZONE", "TITLE", "ARTIST", "SPEAKERS"]);
    for play in plays {
        let mut speakers: Vec<&str> = Vec::new();
        for stretch in &play.stretches {
            if !speakers.contains(&stretch.speaker_name.as_str()) {
                speakers.push(&stretch.speaker_name);
            }
        }
        let start = play.start.get(..19).unwrap_or(&play.start).replace('T', " ");
        let heard = if play.heard > 0.0 { clock(play.heard) } else { "silent".into() };
        lines.add_row([&start, &heard, &play.zone_name, &play.title, &play.artist, &speakers.join(", ")]);
    }
    table::text(&lines)
}
