//! `downbeat library`, `downbeat rate`: what the library holds and lacks, what is converted, how good tracks are.

use std::{fmt::Write as _, io::Write};

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    args::{Library, Stars},
    error::CliError,
    quantity::clock,
    table,
    task::{Task, print_json},
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Share {
    tracks: u64,
    seconds: f64,
    bytes: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Keyed {
    format: Option<String>,
    sample_rate: Option<u32>,
    channels: Option<u32>,
    #[serde(flatten)]
    share: Share,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Doubles {
    groups: u64,
    files: u64,
    bytes: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Reason {
    reason: String,
    tracks: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Without {
    artist: u64,
    album: u64,
    year: u64,
    genre: u64,
    number: u64,
    cover: u64,
    loudness: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Converted {
    waiting: u64,
    needs_ffmpeg: u64,
    failed: u64,
    done: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Stats {
    all: Share,
    files: u64,
    gone: u64,
    formats: Vec<Keyed>,
    rates: Vec<Keyed>,
    channels: Vec<Keyed>,
    spoken: Share,
    without: Without,
    doubles: Doubles,
    faulty: u64,
    faults: Vec<Reason>,
    conversion: Converted,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Faults {
    faults: Vec<Fault>,
    total: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fault {
    path: String,
    reason: String,
    conversion: String,
}

impl Task<'_> {
    pub(crate) async fn library(&self, what: Library, out: &mut impl Write) -> Result<(), CliError> {
        match what {
            Library::Stats => self.stats(out).await,
            Library::Conversions => self.conversions(out).await,
        }
    }

    async fn stats(&self, out: &mut impl Write) -> Result<(), CliError> {
        let answer = self.client.send(Method::GET, "library/stats", &[], None).await?;
        if self.args.json {
            return print_json(out, &answer);
        }
        write!(out, "{}", shown(&self.client.read(answer)?))?;
        Ok(())
    }

    async fn conversions(&self, out: &mut impl Write) -> Result<(), CliError> {
        let library = self.client.send(Method::GET, "library", &[], None).await?;
        let query = [("conversion".to_owned(), "true".to_owned()), ("limit".to_owned(), "1000".to_owned())];
        let faults = self.client.send(Method::GET, "library/faults", &query, None).await?;
        let state = library["conversion"].clone();
        if self.args.json {
            return print_json(
                out,
                &json!({ "conversion": state, "files": faults["faults"], "total": faults["total"] }),
            );
        }
        if state.is_null() {
            return Ok(writeln!(out, "No file is of a kind that must be converted.")?);
        }
        let count = |what: &str| state[what].as_u64().unwrap_or(0);
        let with = state["ffmpeg"]
            .as_str()
            .map_or("without ffmpeg (sudo apt install ffmpeg)".to_owned(), |version| format!("with ffmpeg {version}"));
        let (waiting, done, failed) = (count("waiting"), count("done"), count("failed"));
        writeln!(
            out,
            "{waiting} wait, {done} converted, {failed} failed, {with}; {} of {} kept",
            bytes(count("keptBytes")),
            bytes(count("keptBytesMost"))
        )?;
        let read: Faults = self.client.read(faults)?;
        let shown = read.faults.len() as u64;
        if shown > 0 {
            let mut lines = table::new(&["STATE", "FILE", "WHY"]);
            for fault in read.faults {
                let state = match fault.conversion.as_str() {
                    "needsFfmpeg" => "needs ffmpeg",
                    other => other,
                };
                lines.add_row([state, &fault.path, &fault.reason]);
            }
            write!(out, "{}", table::text(&lines))?;
        }
        if read.total > shown {
            writeln!(out, "and {} more", read.total - shown)?;
        }
        Ok(())
    }

    pub(crate) async fn rate(&self, stars: Stars, words: &[String], out: &mut impl Write) -> Result<(), CliError> {
        let tracks = self.chosen(words).await?;
        let mut answers = Vec::new();
        for track in &tracks {
            let body = json!({ "stars": stars.0 });
            answers.push(self.client.call(Method::PUT, &["tracks", &track.id, "rating"], Some(&body)).await?);
        }
        if tracks.is_empty() {
            return Err(CliError::NotFound("no track matches".into()));
        }
        let said = stars.0.map_or_else(|| "no rating".to_owned(), |stars| format!("{stars} of 5 stars"));
        let names = tracks.iter().map(|track| format!("{}: {said}", track.caption())).collect::<Vec<_>>().join("\n");
        self.say(out, &Value::Array(answers), &names)
    }
}

fn shown(stats: &Stats) -> String {
    let of = |share: &Share| format!("{} tracks, {}, {}", share.tracks, clock(share.seconds), bytes(share.bytes));
    let mut text = format!("{} in {} files\n", of(&stats.all), stats.files);
    if stats.gone > 0 {
        let _ = writeln!(text, "{} more tracks whose files are not there", stats.gone);
    }
    if stats.spoken.tracks > 0 {
        let _ = writeln!(text, "Books: {}", of(&stats.spoken));
    }
    let mut kinds = table::new(&["KIND", ">TRACKS", ">LENGTH", ">SIZE"]);
    for keyed in stats.formats.iter().chain(&stats.rates).chain(&stats.channels) {
        let rate = keyed.sample_rate.map(|rate| format!("{} kHz", f64::from(rate) / 1e3));
        let channels = keyed.channels.map(|channels| format!("{channels} channels"));
        let kind = keyed.format.clone().or(rate).or(channels).unwrap_or_default();
        let Share { tracks, seconds, bytes: size } = &keyed.share;
        kinds.add_row([kind, tracks.to_string(), clock(*seconds), bytes(*size)]);
    }
    text += "\n";
    text += &table::text(&kinds);
    let Without { artist, album, year, genre, number, cover, loudness } = stats.without;
    let without = [
        ("artist", artist),
        ("album", album),
        ("year", year),
        ("genre", genre),
        ("number", number),
        ("cover", cover),
        ("known loudness", loudness),
    ];
    let lacking: Vec<_> = without.iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{what} {n}")).collect();
    if !lacking.is_empty() {
        let _ = writeln!(text, "\nWithout: {}", lacking.join(", "));
    }
    let Doubles { groups, files, bytes: size } = stats.doubles;
    if groups > 0 {
        let _ = writeln!(text, "Doubles: {files} files too many in {groups} groups, {}", bytes(size));
    }
    let Converted { waiting, needs_ffmpeg, failed, done } = stats.conversion;
    if waiting + needs_ffmpeg + failed + done > 0 {
        let _ = writeln!(text, "Converted: {done}; {waiting} wait, {needs_ffmpeg} need ffmpeg, {failed} failed");
    }
    if stats.faulty > 0 {
        let _ = writeln!(text, "Cannot be played: {}", stats.faulty);
        for Reason { reason, tracks } in &stats.faults {
            let _ = writeln!(text, "  {tracks}  {reason}");
        }
    }
    text
}

/// A size for people.
fn bytes(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let (mut size, mut unit) = (bytes as f64, 0);
    while size >= 999.5 && unit + 1 < units.len() {
        (size, unit) = (size / 1e3, unit + 1);
    }
    if unit == 0 || size >= 99.5 { format!("{size:.0} {}", units[unit]) } else { format!("{size:.1} {}", units[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_for_people() {
        let all = [0, 999, 1_000, 99_499, 999_499, 999_500, 1_234_567_890, u64::MAX].map(bytes);
        assert_eq!(all, ["0 B", "999 B", "1.0 kB", "99.5 kB", "999 kB", "1.0 MB", "1.2 GB", "18447 PB"]);
    }
}
