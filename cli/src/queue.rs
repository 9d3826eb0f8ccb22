//! `downbeat queue`: what is to come, and how it is changed.

use std::io::Write;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    args::{Add, Part, Queue},
    error::CliError,
    listing::{self, QueueListing},
    quantity::{Numbers, clock},
    table,
    task::{Task, print_json},
};

/// A part of a queue.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Page {
    current: Option<String>,
    current_index: Option<usize>,
    offset: usize,
    next: Option<usize>,
    total: usize,
    entries: Vec<Entry>,
}

/// One place in it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    #[serde(rename = "entry")]
    id: String,
    title: String,
    artist: String,
    album: String,
    duration: Option<f64>,
    fault: Option<String>,
}

/// How many are asked for at once if all are wanted: the most that the coordinator gives.
const PAGE: usize = 1_000;
/// A queue of more pages than this is a coordinator that goes round in a circle.
const MOST_PAGES: usize = 1_000;

impl Task<'_> {
    /// `downbeat queue`
    pub(crate) async fn queue(&self, part: &Part, out: &mut impl Write) -> Result<(), CliError> {
        let answer = if part.all { self.whole_queue().await? } else { self.queue_part(part).await? };
        if self.args.json {
            return print_json(out, &answer);
        }
        let page: Page = self.client.read(answer)?;
        if page.entries.is_empty() {
            let sentence = match (part.coming, page.total) {
                (_, 0) => "The queue is empty.".to_owned(),
                (true, _) => "Nothing comes after the current entry.".to_owned(),
                (false, total) => format!("The queue has {total} entries."),
            };
            return Ok(writeln!(out, "{sentence}")?);
        }
        if part.coming {
            return Ok(write!(out, "{}", rows(&page, None))?);
        }
        if let Some(file) = listing::queue_file() {
            let entries = page.entries.iter().map(|e| e.id.clone()).collect();
            let (server, zone) = (self.client.address().to_string(), self.client.zone().to_owned());
            QueueListing { server, zone, from: page.offset + 1, entries }.save(&file);
        }
        write!(out, "{}", rows(&page, Some(page.offset + 1)))?;
        let last = page.offset + page.entries.len();
        if page.offset > 0 || last < page.total {
            let more = match page.next {
                Some(next) => format!("; 'downbeat queue --from {}' shows what follows", next + 1),
                None => String::new(),
            };
            writeln!(out, "{} to {last} of {}{more}", page.offset + 1, page.total)?;
        }
        Ok(())
    }

    async fn queue_part(&self, part: &Part) -> Result<Value, CliError> {
        let mut query = vec![("limit".to_owned(), part.limit.to_string())];
        query.extend(part.from.map(|from| ("offset".to_owned(), (from - 1).to_string())));
        if part.coming {
            query.push(("order".to_owned(), "play".to_owned()));
        }
        self.client.of_zone(Method::GET, &["queue"], &query, None).await
    }

    /// All of it, as one part.
    async fn whole_queue(&self) -> Result<Value, CliError> {
        let mut whole: Option<Value> = None;
        let mut offset = 0;
        for _ in 0..MOST_PAGES {
            let query = [("limit".to_owned(), PAGE.to_string()), ("offset".to_owned(), offset.to_string())];
            let mut page = self.client.of_zone(Method::GET, &["queue"], &query, None).await?;
            let next = page["next"].as_u64().filter(|next| *next > offset);
            page["next"] = Value::Null;
            match (&mut whole, page["entries"].as_array_mut()) {
                (Some(whole), Some(entries)) => {
                    if let Some(all) = whole["entries"].as_array_mut() {
                        all.append(entries);
                    }
                }
                (whole, _) => *whole = Some(page),
            }
            match next {
                Some(next) => offset = next,
                None => break,
            }
        }
        Ok(whole.unwrap_or_default())
    }

    /// `downbeat queue add ...` and so on.
    pub(crate) async fn change_queue(&self, what: &Queue, out: &mut impl Write) -> Result<(), CliError> {
        let (answer, sentence) = match what {
            Queue::Add(add) => return self.add(add, out).await,
            Queue::Play { number } => {
                let entry = self.entries(&[Numbers { first: *number, last: *number }]).await?;
                let answer = self.client.transport("play", json!({ "entry": entry.first() })).await?;
                (answer, format!("Playing number {number}"))
            }
            Queue::Move { numbers, to, next, .. } => {
                let entries = self.entries(numbers).await?;
                let mut body = json!({ "entries": entries });
                match to {
                    Some(to) => body["index"] = json!(to - 1),
                    None => body["place"] = json!(if *next { "next" } else { "end" }),
                }
                let answer = self.client.of_zone(Method::PATCH, &["queue"], &[], Some(&body)).await?;
                (answer, format!("Moved {}", counted(entries.len())))
            }
            Queue::Remove { numbers } => {
                let entries = self.entries(numbers).await?;
                let body = json!({ "entries": entries });
                let answer = self.client.of_zone(Method::POST, &["queue", "remove"], &[], Some(&body)).await?;
                (answer, format!("Removed {}", counted(entries.len())))
            }
            Queue::Clear => {
                let answer = self.client.of_zone(Method::DELETE, &["queue"], &[], None).await?;
                (answer, "The queue is empty, but for what sounds".to_owned())
            }
            Queue::Save { name, replace } => {
                let body = json!({ "name": name, "replace": replace });
                let answer = self.client.of_zone(Method::POST, &["queue", "save"], &[], Some(&body)).await;
                let answer = answer.map_err(|error| match error {
                    CliError::Refused { code, detail, field } if code == "name_taken" => {
                        let detail = format!("{detail}; --replace gives it the queue's entries");
                        CliError::Refused { code, detail, field }
                    }
                    error => error,
                })?;
                let tracks = answer["trackCount"].as_u64().unwrap_or(0);
                (answer, format!("Saved as playlist {name}, {tracks} tracks"))
            }
        };
        self.say(out, &answer, &sentence)
    }

    async fn add(&self, add: &Add, out: &mut impl Write) -> Result<(), CliError> {
        let fields = [
            ("album", &add.album),
            ("artist", &add.artist),
            ("genre", &add.genre),
            ("folder", &add.folder),
            ("playlist", &add.playlist),
            ("search", &add.search),
        ];
        let named = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value.as_ref()?))));
        let mut body: Map<String, Value> = named.collect();
        if !add.tracks.is_empty() {
            let tracks = self.chosen(&add.tracks).await?;
            body.insert("trackIds".to_owned(), tracks.iter().map(|t| t.id.as_str()).collect());
        }
        let (place, place_words) = match (add.next, add.now, add.replace, add.at) {
            (true, ..) => ("next", "behind the current entry".to_owned()),
            (_, true, ..) => ("now", "and playing".to_owned()),
            (_, _, true, _) => ("replace", "in the place of the others".to_owned()),
            (.., Some(at)) => ("end", format!("as number {at}")),
            _ => ("end", "behind all".to_owned()),
        };
        match add.at {
            Some(at) => body.insert("index".to_owned(), json!(at - 1)),
            None => body.insert("place".to_owned(), json!(place)),
        };
        let answer = self.client.of_zone(Method::POST, &["queue"], &[], Some(&Value::Object(body))).await?;
        let added = answer["added"].as_u64().unwrap_or(0);
        let first: Entry = self.client.read(answer["entries"][0].clone()).unwrap_or_default();
        let what = match added {
            1 if !first.title.is_empty() => caption(&first),
            count => counted(usize::try_from(count).unwrap_or(usize::MAX)),
        };
        self.say(out, &answer, &format!("Added {what}, {place_words}"))
    }

    /// The entries that numbers mean: those of the last listing, or if the queue was not listed here yet, of the queue
    /// as it is.
    async fn entries(&self, numbers: &[Numbers]) -> Result<Vec<String>, CliError> {
        let server = self.client.address().as_str();
        let listing = listing::queue_file().and_then(|file| QueueListing::load(&file, server, self.client.zone()));
        let mut found = Vec::new();
        for range in numbers {
            for number in range.first..=range.last {
                let id = match &listing {
                    Some(listing) => listing.id(number as usize).map(str::to_owned),
                    None => self.entry_at(number).await?,
                };
                let id = id.ok_or_else(|| {
                    let (shown, list) = match &listing {
                        Some(_) => {
                            ("the last listing of the queue", format!("'downbeat queue --from {number}' lists it"))
                        }
                        None => ("the queue", "'downbeat queue' lists it".to_owned()),
                    };
                    CliError::NotFound(format!("{shown} has no number {number}; {list}"))
                })?;
                if !found.contains(&id) {
                    found.push(id);
                }
            }
        }
        Ok(found)
    }

    async fn entry_at(&self, number: u32) -> Result<Option<String>, CliError> {
        let part = Part { from: Some(number), limit: 1, ..Part::default() };
        let page: Page = self.client.read(self.queue_part(&part).await?)?;
        Ok(page.entries.into_iter().next().map(|e| e.id))
    }
}

fn rows(page: &Page, first: Option<usize>) -> String {
    let mut rows = table::new(&[">#", "", "title", "artist", "album", ">length"]);
    for (i, entry) in page.entries.iter().enumerate() {
        let current = match (first, page.current_index) {
            (Some(_), Some(index)) => index == page.offset + i,
            (Some(_), None) => page.current.as_deref() == Some(&entry.id),
            (None, _) => false,
        };
        rows.add_row([
            first.map_or_else(|| format!("+{}", i + 1), |first| (first + i).to_string()),
            if current { "*".to_owned() } else { String::new() },
            match &entry.fault {
                Some(fault) => format!("{} (skipped: {fault})", entry.title),
                None => entry.title.clone(),
            },
            entry.artist.clone(),
            entry.album.clone(),
            entry.duration.map_or_else(|| table::UNKNOWN.to_owned(), clock),
        ]);
    }
    table::text(&rows)
}

fn caption(entry: &Entry) -> String {
    if entry.artist.is_empty() { entry.title.clone() } else { format!("{} - {}", entry.title, entry.artist) }
}

fn counted(entries: usize) -> String {
    if entries == 1 { "1 entry".to_owned() } else { format!("{entries} entries") }
}
