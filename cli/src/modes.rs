//! The modes of a zone, the way it goes through its queue: `downbeat modes`, `repeat`, `shuffle`, `crossfade`,
//! `loudness`, `autoplay`, `loop`.

use std::io::Write;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    args::{Command, Loop, Switch},
    error::CliError,
    quantity::clock_tenths,
    task::{Task, print_json},
};

/// The modes that are set.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Modes {
    repeat: String,
    shuffle: bool,
    seed: Option<u64>,
    crossfade_seconds: f64,
    loudness: String,
    preamp_db: f64,
    headroom_db: f64,
    limiter: bool,
    autoplay: String,
    autoplay_playlist: Option<String>,
    #[serde(rename = "loop")]
    ab: Option<Ab>,
}

/// A part that is played over and over.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct Ab {
    a: f64,
    b: f64,
}

/// A playlist, by its id.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Named {
    id: String,
    name: String,
}

impl Task<'_> {
    /// `downbeat modes`
    pub(crate) async fn modes(&self, out: &mut impl Write) -> Result<(), CliError> {
        let answer = self.client.of_zone(Method::GET, &["session"], &[], None).await?;
        if self.args.json {
            return print_json(out, &answer);
        }
        let modes: Modes = self.client.read(answer)?;
        let autoplay = self.autoplay_words(&modes).await?;
        let lines = [
            ("repeat", modes.repeat.clone()),
            ("shuffle", shuffle(&modes)),
            ("crossfade", seconds(modes.crossfade_seconds)),
            ("loudness", loudness(&modes)),
            ("autoplay", autoplay),
            ("loop", looped(&modes)),
        ];
        for (name, value) in lines {
            writeln!(out, "{name:<10} {value}")?;
        }
        Ok(())
    }

    /// Sets one of them, or says it.
    pub(crate) async fn mode(&self, command: &Command, out: &mut impl Write) -> Result<(), CliError> {
        let body = self.wanted(command).await?;
        let answer = if body.is_empty() {
            self.client.of_zone(Method::GET, &["session"], &[], None).await?
        } else {
            self.client.of_zone(Method::PATCH, &["session"], &[], Some(&Value::Object(body))).await?
        };
        let modes = answer.pointer("/state/session").unwrap_or(&answer).clone();
        let modes: Modes = self.client.read(modes)?;
        let sentence = match command {
            Command::Repeat { .. } => format!("Repeat {}", modes.repeat),
            Command::Shuffle { .. } => format!("Shuffle {}", shuffle(&modes)),
            Command::Crossfade { .. } => format!("Crossfade {}", seconds(modes.crossfade_seconds)),
            Command::Loudness { .. } => format!("Loudness {}", loudness(&modes)),
            Command::Autoplay { .. } => format!("Autoplay {}", self.autoplay_words(&modes).await?),
            _ => format!("Loop {}", looped(&modes)),
        };
        self.say(out, &answer, &sentence)
    }

    /// The changes that are wanted; none: the modes are to be said.
    async fn wanted(&self, command: &Command) -> Result<Map<String, Value>, CliError> {
        let mut body = Map::new();
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                body.insert(name.to_owned(), value);
            }
        };
        let on = |switch: &Option<Switch>| switch.map(|s| json!(s == Switch::On));
        match command {
            Command::Repeat { repeat } => set("repeat", repeat.map(|r| json!(r.word()))),
            Command::Shuffle { switch, seed } => {
                set("shuffle", on(switch));
                set("seed", seed.map(Value::from));
            }
            Command::Crossfade { seconds } => set("crossfadeSeconds", seconds.map(Value::from)),
            Command::Loudness { loudness, preamp, limiter, headroom } => {
                set("loudness", loudness.map(|l| json!(l.word())));
                set("preampDb", preamp.map(Value::from));
                set("limiter", on(limiter));
                set("headroomDb", headroom.map(Value::from));
            }
            Command::Autoplay { what: Some(what) } if what == "off" || what == "similar" => {
                set("autoplay", Some(json!(what)));
            }
            Command::Autoplay { what: Some(what) } => {
                let playlist = self.playlist(what).await?;
                set("autoplay", Some(json!("playlist")));
                set("autoplayPlaylist", Some(json!(playlist)));
            }
            Command::Loop { a: Some(Loop::Off), b: None } => set("loop", Some(Value::Null)),
            Command::Loop { a: Some(Loop::At(a)), b: Some(Loop::At(b)) } => {
                set("loop", Some(json!({ "a": a, "b": b })));
            }
            Command::Loop { a: Some(_), .. } => {
                let detail = "a loop has two ends, as in 'downbeat loop 1:10 1:25', or is off".to_owned();
                return Err(CliError::NotFound(detail));
            }
            _ => {}
        }
        Ok(body)
    }

    /// The id of a playlist by its name or id.
    async fn playlist(&self, wanted: &str) -> Result<String, CliError> {
        let lists = self.playlists().await?;
        let lower = wanted.to_lowercase();
        let found: Vec<&Named> = lists.iter().filter(|p| p.id == wanted || p.name.to_lowercase() == lower).collect();
        match found.as_slice() {
            [one] => Ok(one.id.clone()),
            [] => Err(CliError::NotFound(format!(
                "no playlist is named '{wanted}'; 'downbeat playlists' lists them, and off and similar need none"
            ))),
            several => {
                let ids: Vec<&str> = several.iter().map(|p| p.id.as_str()).collect();
                Err(CliError::NotFound(format!("several playlists are named '{wanted}': {}", ids.join(", "))))
            }
        }
    }

    async fn playlists(&self) -> Result<Vec<Named>, CliError> {
        let mut answer = self.client.all("playlists").await?;
        self.client.read(answer["playlists"].take())
    }

    async fn autoplay_words(&self, modes: &Modes) -> Result<String, CliError> {
        let Some(id) = modes.autoplay_playlist.as_ref().filter(|_| modes.autoplay == "playlist") else {
            return Ok(modes.autoplay.clone());
        };
        let lists = self.playlists().await?;
        Ok(match lists.iter().find(|p| p.id == *id) {
            Some(list) => format!("from playlist {}", list.name),
            None => format!("from playlist {id}, which is not there"),
        })
    }
}

fn shuffle(modes: &Modes) -> String {
    match (modes.shuffle, modes.seed) {
        (false, _) => "off".to_owned(),
        (true, None) => "on".to_owned(),
        (true, Some(seed)) => format!("on, seed {seed}"),
    }
}

fn seconds(seconds: f64) -> String {
    if seconds == 0.0 { "off".to_owned() } else { format!("{seconds} s") }
}

fn loudness(modes: &Modes) -> String {
    let preamp = match modes.preamp_db {
        0.0 => String::new(),
        db => format!(", {db:+} dB"),
    };
    let peaks = if modes.limiter {
        String::new()
    } else {
        format!(", no limiter, peaks {} dB below full scale", modes.headroom_db)
    };
    modes.loudness.clone() + &preamp + &peaks
}

fn looped(modes: &Modes) -> String {
    modes.ab.map_or_else(|| "off".to_owned(), |l| format!("{} to {}", clock_tenths(l.a), clock_tenths(l.b)))
}
