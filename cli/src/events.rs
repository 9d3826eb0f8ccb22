//! `downbeat events`: what changes, as it changes, a line for each.

use std::{collections::HashMap, io::Write, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::{args::EventArgs, error::CliError, task::Task};

/// A coordinator that says nothing for so long is not there: it sends a comment every 15 seconds.
const SILENCE: Duration = Duration::from_secs(45);
/// How long until it is tried again.
const RETRY: Duration = Duration::from_secs(2);

/// The one who follows the stream: how far it came, and what it was told.
#[derive(Debug, Default)]
struct Follower {
    last_id: Option<String>,
    /// A picture of everything is being told.
    picture: bool,
    names: KnownNames,
    /// The last line of each subject: much that changes is not in a line.
    said: HashMap<(String, String), String>,
}

/// The names of things, to be told when they are gone.
#[derive(Debug, Default)]
struct KnownNames(HashMap<(String, String), String>);

/// Of which thing, by type and id.
fn key_of(event: &Value) -> (String, String) {
    let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
    (text("type"), text("id"))
}

impl Task<'_> {
    /// `downbeat events`
    pub(crate) async fn events(&self, events: &EventArgs, out: &mut impl Write) -> Result<(), CliError> {
        let end = events.duration.map(|seconds| Instant::now() + Duration::from_secs_f64(seconds));
        let mut query: Vec<(String, String)> = Vec::new();
        query.extend(events.types.iter().map(|types| ("types".to_owned(), types.clone())));
        query.extend(self.args.zone.iter().map(|zone| ("zone".to_owned(), zone.clone())));
        let mut follower = Follower::default();
        follower.names.learn_zones(&self.client.call(Method::GET, &["zones"], None).await?);
        let mut first = true;
        loop {
            let following = self.follow(&query, events.changes, &mut follower, out);
            let done = match end {
                Some(end) => match timeout_at(end, following).await {
                    Ok(done) => done,
                    Err(_) => return Ok(()),
                },
                None => following.await,
            };
            let error = match done {
                // Wrong from the start, or said by the coordinator, is not worth waiting for.
                Err(error @ (CliError::Refused { .. } | CliError::Output(_))) => return Err(error),
                Err(error) if first && follower.last_id.is_none() => return Err(error),
                Err(error) => error.to_string(),
                Ok(()) => "the coordinator ended the stream".to_owned(),
            };
            first = false;
            let line = if self.args.json { json!({ "error": error }).to_string() } else { error };
            writeln!(out, "{line}")?;
            out.flush()?;
            let retry = Instant::now() + RETRY;
            sleep_until(end.map_or(retry, |end| end.min(retry))).await;
            if end.is_some_and(|end| Instant::now() >= end) {
                return Ok(());
            }
        }
    }

    /// Until the connection ends.
    async fn follow(
        &self,
        query: &[(String, String)],
        only_changes: bool,
        follower: &mut Follower,
        out: &mut impl Write,
    ) -> Result<(), CliError> {
        let last_id = follower.last_id.clone();
        let header = last_id.as_deref().map(|id| ("last-event-id", id));
        let mut response = self.client.stream("events", query, header).await?;
        let mut text = Vec::new();
        loop {
            let chunk = timeout(SILENCE, response.chunk()).await;
            let chunk = chunk.map_err(|_| {
                self.client.odd(
                    "it says nothing any more. A proxy between may hold events back (in nginx: proxy_buffering off)"
                        .to_owned(),
                )
            })?;
            let Some(chunk) = chunk.map_err(|error| self.client.unreachable(&error))? else { return Ok(()) };
            text.extend_from_slice(&chunk);
            while let Some(end) = text.windows(2).position(|w| w == b"\n\n") {
                let message: Vec<u8> = text.drain(..end + 2).collect();
                if let Some(line) = self.line(follower, &String::from_utf8_lossy(&message), only_changes) {
                    writeln!(out, "{line}")?;
                }
            }
            out.flush()?;
        }
    }

    /// The line that is shown for one message of the stream.
    fn line(&self, follower: &mut Follower, message: &str, only_changes: bool) -> Option<String> {
        let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let event: Value = serde_json::from_str(field("data:")?).ok()?;
        if let Some(id) = field("id:") {
            follower.last_id = Some(id.to_owned());
        }
        let kind = event["type"].as_str().unwrap_or_default();
        match kind {
            "resync" => {
                follower.picture = true;
                follower.said.clear();
            }
            "synced" => follower.picture = false,
            _ => {}
        }
        let words = follower.names.words(kind, &event);
        if only_changes && (follower.picture || kind == "synced") {
            return None;
        }
        if self.args.json {
            return Some(event.to_string());
        }
        let words = words?;
        let before = follower.said.insert(key_of(&event), words.clone());
        (before.as_ref() != Some(&words)).then_some(words)
    }
}

impl KnownNames {
    /// Queues are told of by their zone's id, and perhaps nothing is told of the zone.
    fn learn_zones(&mut self, list: &Value) {
        for zone in list["zones"].as_array().into_iter().flatten() {
            if let (Some(id), Some(name)) = (zone["id"].as_str(), zone["name"].as_str()) {
                self.0.insert(("zone".to_owned(), id.to_owned()), name.to_owned());
            }
        }
    }

    /// An event in words; `None`: there is nothing to say.
    fn words(&mut self, kind: &str, event: &Value) -> Option<String> {
        let key = key_of(event);
        let id = key.1.as_str();
        let state = &event["state"];
        if let Some(name) = state["name"].as_str() {
            self.0.insert(key.clone(), name.to_owned());
        }
        let zone = |names: &Self, id: &Value| {
            let id = id.as_str().unwrap_or_default();
            names.0.get(&("zone".to_owned(), id.to_owned())).map_or(id, String::as_str).to_owned()
        };
        let name = match kind {
            "queue" => zone(self, &json!(id)),
            _ => self.0.get(&key).map_or(id, String::as_str).to_owned(),
        };
        let what = match kind {
            "resync" => return None,
            "synced" => return Some("-- this is how it is now; what changes follows --".to_owned()),
            "playlists" => "playlist",
            kind => kind,
        };
        if state.is_null() {
            self.0.remove(&key);
            return Some(format!("{what} {name} is gone"));
        }
        let number = |value: &Value| value.as_f64().map_or_else(|| "-".to_owned(), |n| format!("{n:.0}"));
        let about = match kind {
            "zone" => playback(&state["state"]),
            "queue" => {
                let at = state["currentIndex"].as_u64().map_or_else(String::new, |i| format!(", at number {}", i + 1));
                format!("{} entries{at}", number(&state["total"]))
            }
            "speaker" => {
                let state_of = state["state"].as_str().unwrap_or("connected");
                let is = if state["connected"] == true { state_of } else { "away" };
                let muted = if state["muted"] == true { ", muted" } else { "" };
                let zone = state["zone"].as_str().unwrap_or("-");
                format!("{is} in zone {zone}, volume {}{muted}", number(&state["volume"]))
            }
            "presets" => {
                let names = state["presets"].as_array().into_iter().flatten().filter_map(|p| p["name"].as_str());
                let names: Vec<&str> = names.collect();
                return Some(format!(
                    "presets: {}",
                    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
                ));
            }
            "library" => {
                let scan = if state["scanning"] == true {
                    format!(", scanning: {} of {}", number(&state["done"]), number(&state["found"]))
                } else {
                    String::new()
                };
                return Some(format!("library: {} tracks{scan}", number(&state["tracks"])));
            }
            "playlists" => match state["trackCount"].as_u64() {
                Some(count) => format!("{count} tracks"),
                None => "by a rule".to_owned(),
            },
            _ => state.to_string(),
        };
        Some(format!("{what} {name}: {about}"))
    }
}

fn playback(state: &Value) -> String {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let track = &state["currentTrack"];
    let track = match (text(&track["title"]), text(&track["artist"])) {
        (Some(title), Some(artist)) => format!(" {title} - {artist}"),
        (Some(title), None) => format!(" {title}"),
        (None, _) => String::new(),
    };
    let muted = if state["muted"] == true { ", muted" } else { "" };
    let volume = state["volume"].as_f64().unwrap_or(0.0);
    format!("{}{track}, volume {volume:.0}{muted}", text(&state["playbackState"]).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_line_and_what_is_gone_is_called_as_it_was() {
        let mut names = KnownNames::default();
        names.learn_zones(&json!({ "zones": [{ "id": "q", "name": "attic" }] }));
        let mut say = |event: Value| names.words(event["type"].as_str().unwrap(), &event);
        let playing =
            json!({ "playbackState": "playing", "volume": 60.0, "currentTrack": { "title": "Tide", "artist": "" } });
        let zone = json!({ "type": "zone", "id": "z", "state": { "name": "bar", "state": playing } });
        assert_eq!(say(zone).unwrap(), "zone bar: playing Tide, volume 60");
        let queue = json!({ "type": "queue", "id": "z", "state": { "total": 12, "currentIndex": 2 } });
        assert_eq!(say(queue).unwrap(), "queue bar: 12 entries, at number 3");
        assert_eq!(say(json!({ "type": "zone", "id": "z", "state": null })).unwrap(), "zone bar is gone");
        let other = json!({ "type": "queue", "id": "q", "state": { "total": 1, "currentIndex": null } });
        assert_eq!(say(other).unwrap(), "queue attic: 1 entries");
        let library = json!({ "type": "library", "state": { "tracks": 7, "scanning": true, "done": 3, "found": 9 } });
        assert_eq!(say(library).unwrap(), "library: 7 tracks, scanning: 3 of 9");
        assert_eq!(
            say(json!({ "type": "playlists", "id": "p", "state": { "name": "x" } })).unwrap(),
            "playlist x: by a rule"
        );
        assert_eq!(say(json!({ "type": "resync", "state": null })), None);
        let newer = json!({ "type": "weather", "state": { "rain": true } });
        assert!(say(newer).unwrap().contains("rain"), "a newer coordinator may tell more");
    }
}
