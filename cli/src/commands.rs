//! The questions of each command to the coordinator, and its words to the person.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    args::{ApiTokens, Args, Command, Library, Switch, Users},
    backup::{access_of, changes_of},
    client::Client,
    error::CliError,
    listing::{self, Listing},
    model::{Found, Lists, Playback, SpeakerList, Track, TrackPage},
    passphrase, pick,
    quantity::{Level, Seek, clock},
    secured::{self, Logins},
    spread::{SpreadHistory, true_spread_us},
    status, table,
    task::{Task, print_json},
};

/// A command that is being done.
pub type Doing<'a> = Pin<Box<dyn Future<Output = Result<(), CliError>> + 'a>>;

/// Does what `args` say, and writes the answer to `out`.
///
/// The future is boxed, so that its body is compiled here, beside all that it shares with the rest.
pub fn run<'a>(args: &'a Args, out: &'a mut dyn Write) -> Doing<'a> {
    Box::pin(perform(args, out))
}

async fn perform(args: &Args, mut out: &mut dyn Write) -> Result<(), CliError> {
    let out = &mut out;
    let client = Client::find(&args.server, args.zone.as_deref()).await?;
    if let Some(file) = secured::file()
        && !matches!(args.command, Command::Login { .. })
    {
        client.with_login(&Logins::load(&file))?;
    }
    let task = Task { client, args };
    match &args.command {
        Command::Login { user, fingerprint } => task.log_in(user.as_deref(), fingerprint.as_deref(), out).await,
        Command::Logout => task.log_out(out).await,
        Command::Whoami => task.whoami(out).await,
        Command::Users { what } => task.users(what.as_ref().unwrap_or(&Users::List), out).await,
        Command::ApiTokens { what } => {
            task.api_tokens(what.as_ref().unwrap_or(&ApiTokens::List { all: false }), out).await
        }
        Command::SetupLink => task.setup_link(out).await,
        Command::Tracks { search } => task.tracks(&search.join(" "), out).await,
        Command::Search { words, limit } => task.search(&words.join(" "), *limit, out).await,
        Command::Albums => task.list("albums", "There are no albums.", |l| table::albums(&l.albums), out).await,
        Command::Artists => task.list("artists", "There are no artists.", |l| table::artists(&l.artists), out).await,
        Command::Playlists { what } => task.playlist_files(what.as_ref(), out).await,
        Command::Library { what } => task.library(what.unwrap_or(Library::Stats), out).await,
        Command::Books { what } => task.books(what.as_ref(), out).await,
        Command::Rate { stars, tracks } => task.rate(*stars, tracks, out).await,
        Command::Play { tracks, all } => task.play(tracks, *all, out).await,
        Command::Queue { part, what: None } => task.queue(part, out).await,
        Command::Queue { what: Some(what), .. } => task.change_queue(what, out).await,
        Command::Modes => task.modes(out).await,
        Command::Repeat { .. }
        | Command::Shuffle { .. }
        | Command::Crossfade { .. }
        | Command::Loudness { .. }
        | Command::Autoplay { .. }
        | Command::Loop { .. } => task.mode(&args.command, out).await,
        Command::Events(events) => task.events(events, out).await,
        Command::Pause => task.simple("pause", "Paused", out).await,
        Command::Resume => task.simple("resume", "Playing", out).await,
        Command::Seek { position } => task.seek(*position, out).await,
        Command::Stop => task.simple("stop", "Stopped", out).await,
        Command::Next => task.simple("next", "Next", out).await,
        Command::Previous => task.simple("previous", "Previous", out).await,
        Command::Volume { level: Some(level), select: Some(select), .. } => task.volumes(select, *level, out).await,
        Command::Volume { level, speaker, .. } => task.volume(*level, speaker.as_deref(), out).await,
        Command::Mute { select: Some(select), .. } => task.mute_all(select, true, out).await,
        Command::Unmute { select: Some(select), .. } => task.mute_all(select, false, out).await,
        Command::Mute { speaker, .. } => task.mute(true, speaker.as_deref(), out).await,
        Command::Unmute { speaker, .. } => task.mute(false, speaker.as_deref(), out).await,
        Command::Status { watch: None, .. } => task.status(out).await,
        Command::Status { watch: Some(interval), duration } => task.watch(*interval, *duration, out).await,
        Command::Speakers { what: Some(what), .. } => task.change_keys(what, out).await,
        Command::Speakers { select, .. } => task.speakers(select.as_deref(), out).await,
        Command::Adopt { code, unseen } => task.adopt(code, *unseen, out).await,
        Command::Tokens { what } => task.tokens(what, out).await,
        Command::Zones { what: None } => task.zones(out).await,
        Command::Zones { what: Some(what) } => task.change_zones(what, out).await,
        Command::Presets { what: None } => task.presets(out).await,
        Command::Presets { what: Some(what) } => task.change_presets(what, out).await,
        Command::Label { select, labels } => task.label(select, labels, out).await,
        Command::Configure { select, channels, min_volume, max_volume } => {
            task.configure(select, *channels, (*min_volume, *max_volume), out).await
        }
        Command::Delay { speaker, delay, by } => task.delay(speaker, *delay, *by, out).await,
        Command::Metronome { switch } => task.metronome(*switch == Switch::On, out).await,
        Command::Replace { gone, new } => task.replace(gone, new.as_deref(), out).await,
        Command::Identify { select: Some(select), .. } => task.identify_all(select, out).await,
        Command::Identify { speaker, .. } => task.identify(speaker.as_deref().unwrap_or_default(), out).await,
        Command::History(wanted) => task.history(wanted, out).await,
        Command::Edits { track } => task.edits(track, out).await,
        Command::Undo { edit } => task.undo(edit, out).await,
        Command::Doctor { bundle } => task.doctor(bundle.as_deref(), out).await,
        Command::Backup { file, passphrase_file, without_keys } => {
            task.backup(file, (passphrase_file.as_deref(), *without_keys), out).await
        }
        Command::Restore { file, passphrase_file, preview } => {
            task.restore(file, passphrase_file.as_deref(), *preview, out).await
        }
        Command::Ca { what } => task.ca(what.as_ref(), out).await,
    }?;
    // the coordinator's CA may have given way to another, for which the one that is kept here vouches
    if let (Some(file), Some(ca)) = (secured::file(), task.client.believed_ca()) {
        Logins::follow(&file, task.client.address(), ca)?;
    }
    Ok(())
}

impl Task<'_> {
    async fn tracks(&self, search: &str, out: &mut impl Write) -> Result<(), CliError> {
        let answer = self.client.tracks(search).await?;
        if self.args.json {
            return print_json(out, &answer);
        }
        let tracks = self.client.read::<TrackPage>(answer)?.tracks;
        self.remember(&tracks);
        if tracks.is_empty() {
            let what = if search.is_empty() {
                "The library is empty.".into()
            } else {
                format!("No track matches '{search}'.")
            };
            writeln!(out, "{what}")?;
        } else {
            write!(out, "{}", table::tracks(&tracks))?;
        }
        Ok(())
    }

    /// The tracks that were listed can be named by their numbers.
    fn remember(&self, tracks: &[Track]) {
        if let Some(file) = listing::file() {
            let ids = tracks.iter().map(|track| track.id.clone()).collect();
            Listing { server: self.client.address().to_string(), tracks: ids }.save(&file);
        }
    }

    async fn search(&self, words: &str, limit: u32, out: &mut impl Write) -> Result<(), CliError> {
        let answer = self.client.search(words, limit).await?;
        if self.args.json {
            return print_json(out, &answer);
        }
        let found: Found = self.client.read(answer)?;
        self.remember(&found.tracks.items);
        if let Some(instead) = &found.searched_for {
            writeln!(out, "Nothing matches '{words}'; searched for '{instead}'.")?;
        }
        let tables = [
            (found.tracks.items.is_empty(), table::tracks(&found.tracks.items)),
            (found.albums.items.is_empty(), table::albums(&found.albums.items)),
            (found.artists.items.is_empty(), table::artists(&found.artists.items)),
            (found.playlists.items.is_empty(), table::playlists(&found.playlists.items)),
        ];
        let tables: Vec<_> = tables.into_iter().filter(|(empty, _)| !empty).map(|(_, table)| table).collect();
        if tables.is_empty() {
            writeln!(out, "Nothing matches '{words}'.")?;
        }
        write!(out, "{}", tables.join("\n"))?;
        Ok(())
    }

    pub(crate) async fn list(
        &self,
        name: &str,
        none: &str,
        table: impl Fn(&Lists) -> String,
        out: &mut impl Write,
    ) -> Result<(), CliError> {
        let answer = self.client.all(name).await?;
        if self.args.json {
            return print_json(out, &answer);
        }
        let empty = answer.get(name).and_then(Value::as_array).is_none_or(Vec::is_empty);
        let lists: Lists = self.client.read(answer)?;
        if empty {
            writeln!(out, "{none}")?;
        } else {
            write!(out, "{}", table(&lists))?;
        }
        Ok(())
    }

    async fn play(&self, words: &[String], all: bool, out: &mut impl Write) -> Result<(), CliError> {
        if words.is_empty() && !all {
            let answer = self.client.transport("play", json!({})).await?;
            return self.say(out, &answer, "Playing");
        }
        let tracks = if all {
            let library = self.client.track_list("").await?;
            library.into_iter().filter(|track| track.fault.is_none()).collect()
        } else {
            self.chosen(words).await?
        };
        let Some(first) = tracks.first() else {
            return Err(CliError::NotFound("the library has nothing that can be played".into()));
        };
        let body = if let [one] = tracks.as_slice() {
            json!({ "trackId": one.id })
        } else {
            json!({ "trackIds": tracks.iter().map(|track| &track.id).collect::<Vec<_>>() })
        };
        let answer = self.client.transport("play", body).await?;
        let more = match tracks.len() - 1 {
            0 => String::new(),
            more => format!(", and then {more} more"),
        };
        self.say(out, &answer, &format!("Playing {}{more}", first.caption()))
    }

    /// The tracks that a person means.
    pub(crate) async fn chosen(&self, words: &[String]) -> Result<Vec<Track>, CliError> {
        let listing = listing::file().and_then(|file| Listing::load(&file, self.client.address().as_str()));
        pick::tracks(words, &self.client, listing.as_ref()).await
    }

    async fn simple(&self, action: &str, sentence: &str, out: &mut impl Write) -> Result<(), CliError> {
        let answer = self.client.transport(action, json!({})).await?;
        let after: Option<Playback> = answer.get("state").and_then(|state| self.client.read(state.clone()).ok());
        let sentence = match after.and_then(|after| after.track) {
            Some(track) if action != "stop" => format!("{sentence}: {}", track.caption()),
            _ => sentence.to_owned(),
        };
        self.say(out, &answer, &sentence)
    }

    async fn seek(&self, seek: Seek, out: &mut impl Write) -> Result<(), CliError> {
        let present = match seek {
            Seek::To(_) => 0.0,
            Seek::By(_) => self.client.playback_state().await?.present_position().unwrap_or(0.0),
        };
        let position = seek.resolve(present);
        let answer = self.client.transport("seek", json!({ "position": position })).await?;
        self.say(out, &answer, &format!("At {}", clock(position)))
    }

    async fn volume(&self, level: Option<Level>, speaker: Option<&str>, out: &mut impl Write) -> Result<(), CliError> {
        let Some(name) = speaker else {
            let present = match level {
                Some(Level::To(_)) => None,
                _ => self.client.playback_state().await?.volume,
            };
            let Some(level) = level else {
                return self.say(out, &json!({ "volume": present }), &format!("Volume {}", table::plain(present, 0)));
            };
            let volume = level.resolve(present.unwrap_or(100.0));
            let answer = self.client.transport("volume", json!({ "volume": volume })).await?;
            return self.say(out, &answer, &format!("Volume {volume:.0}"));
        };
        let speakers = self.client.speaker_list().await?;
        let speaker = pick::speaker(name, &speakers)?;
        let Some(level) = level else {
            let sentence = format!("{}: volume {}", speaker.name, table::plain(speaker.volume, 0));
            return self.say(out, &json!({ "volume": speaker.volume }), &sentence);
        };
        let volume = level.resolve(speaker.volume.unwrap_or(100.0));
        let answer = self.client.patch_speaker(&speaker.id, &json!({ "volume": volume })).await?;
        self.say(out, &answer, &format!("{}: volume {volume:.0}", speaker.name))
    }

    async fn backup(
        &self,
        file: &Path,
        (passphrase, without_keys): (Option<&Path>, bool),
        out: &mut impl Write,
    ) -> Result<(), CliError> {
        let passphrase = if without_keys { None } else { passphrase::new(passphrase)? };
        let bytes = self.client.backup(file, passphrase.as_deref()).await?;
        let keys = passphrase.is_some();
        let answer = json!({ "file": file, "bytes": bytes, "keys": keys });
        let kind = if keys {
            "encrypted, with the coordinator's keys"
        } else {
            "without the coordinator's keys: on another machine each speaker is adopted anew (see --passphrase-file)"
        };
        self.say(out, &answer, &format!("Saved to {}, {:.1} MB, {kind}", file.display(), bytes as f64 * 1e-6))
    }

    async fn restore(
        &self,
        file: &Path,
        passphrase: Option<&Path>,
        preview: bool,
        out: &mut impl Write,
    ) -> Result<(), CliError> {
        let passphrase = passphrase::of(file, passphrase)?;
        if preview {
            let answer = self.client.preview_restore(file, passphrase.as_deref()).await?;
            return self.say(out, &answer, &format!("{}{}", changes_of(&answer), access_of(&answer["restored"])));
        }
        let answer = self.client.restore(file, passphrase.as_deref()).await?;
        let count = |what: &str| answer["restored"][what].as_u64().unwrap_or(0);
        let sentence = format!(
            "Restored: zones {}, speakers {}, tracks {}{}. What was there before is in {}",
            count("zones"),
            count("speakers"),
            count("tracks"),
            if answer["restored"]["keys"] == true { ", and the coordinator's keys: log in again" } else { "" },
            answer["before"].as_str().unwrap_or_default()
        );
        self.say(out, &answer, &format!("{sentence}{}", access_of(&answer["restored"])))
    }

    /// The playback and the speakers, in one object.
    async fn snapshot(&self) -> Result<Value, CliError> {
        let (playback, speakers) = tokio::try_join!(self.client.playback(), self.client.speakers())?;
        Ok(json!({ "playback": playback, "speakers": speakers.get("speakers").cloned().unwrap_or_default() }))
    }

    fn view(&self, snapshot: &Value, history: &mut SpreadHistory) -> Result<String, CliError> {
        let playback: Playback = self.client.read(snapshot["playback"].clone())?;
        let mut speakers = self.client.read::<SpeakerList>(snapshot.clone())?.speakers;
        // The zone's own speakers, if the coordinator tells whose they are.
        if playback.zone.is_some() {
            speakers.retain(|speaker| speaker.zone.is_none() || speaker.zone == playback.zone);
        }
        history.add(true_spread_us(&speakers));
        Ok(status::view(&playback, &speakers, self.args.zone.as_deref(), history))
    }

    async fn status(&self, out: &mut impl Write) -> Result<(), CliError> {
        let snapshot = self.snapshot().await?;
        if self.args.json {
            return print_json(out, &snapshot);
        }
        write!(out, "{}", self.view(&snapshot, &mut SpreadHistory::default())?)?;
        Ok(())
    }

    /// Redraws on a terminal; elsewhere, one view after the other. A coordinator that goes away is said, and waited
    /// for: that its speakers play on meanwhile is what one may be watching for.
    async fn watch(&self, interval: f64, duration: Option<f64>, out: &mut impl Write) -> Result<(), CliError> {
        let start = Instant::now();
        let mut ticks = tokio::time::interval(Duration::from_secs_f64(interval));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let redraw = std::io::stdout().is_terminal() && !self.args.json;
        let mut history = SpreadHistory::default();
        let mut first = true;
        let mut above = 0;
        loop {
            ticks.tick().await;
            let snapshot = match self.snapshot().await {
                // Wrong from the start is not worth waiting for.
                Err(error) if first => return Err(error),
                snapshot => snapshot,
            };
            let text = match snapshot {
                Ok(snapshot) if self.args.json => format!("{snapshot}\n"),
                Ok(snapshot) => self.view(&snapshot, &mut history)?,
                Err(error) if self.args.json => format!("{}\n", json!({ "error": error.to_string() })),
                Err(error) => format!("{error}\n"),
            };
            if redraw {
                write!(out, "{}", status::redraw(&text, above))?;
                above = text.lines().count();
            } else {
                writeln!(out, "{text}")?;
            }
            out.flush()?;
            first = false;
            if duration.is_some_and(|duration| start.elapsed().as_secs_f64() >= duration) {
                return Ok(());
            }
        }
    }
}
