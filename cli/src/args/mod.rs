//! The words that can be typed. Kept apart from what they do, so that the help can be read in one place.

mod adoption;
mod history;
mod library;
mod people;
mod queue;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::quantity::{Delay, LabelChange, Level, Seek, interval};
pub use adoption::{Keys, Tokens};
pub use history::History;
pub use library::{Books, Format, Library, Playlists, Stars};
pub use people::{ApiTokens, Users};
pub use queue::{Add, EventArgs, Loop, LoudnessChoice, Part, Queue, Repeat};

/// Play, pause and watch a fleet of speakers that play as one.
#[derive(Debug, Parser)]
#[command(name = "downbeat", version, about, propagate_version = true)]
pub struct Args {
    /// The coordinator; without a port 3000, or 80 behind a proxy; a proxy's path may follow.
    #[arg(long, global = true, env = "DOWNBEAT_SERVER", default_value = "http://127.0.0.1:3000", value_name = "URL")]
    pub server: String,

    /// The zone meant, by name or id; without it the default zone, which holds every speaker that is in no other.
    #[arg(long, global = true, env = "DOWNBEAT_ZONE", value_name = "ZONE")]
    pub zone: Option<String>,

    /// Print the coordinator's JSON instead of tables and sentences.
    #[arg(long, global = true)]
    pub json: bool,

    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Log in at the coordinator, over https: the password is asked for, and a token is kept for this person.
    Login {
        /// The user; without it, it is asked for.
        user: Option<String>,
        /// The fingerprint of the coordinator's CA, as its console or a logged-in colleague shows it; without it, it is
        /// shown and asked about.
        #[arg(long, value_name = "HEX")]
        fingerprint: Option<String>,
    },
    /// Forget the login, and end its token.
    Logout,
    /// Say how the coordinator knows you, and what you may.
    Whoami,
    /// List, make and delete users.
    Users {
        /// What is done; without it, they are listed.
        #[command(subcommand)]
        what: Option<Users>,
    },
    /// List, make and end tokens of programs.
    ApiTokens {
        /// What is done; without it, one's own are listed.
        #[command(subcommand)]
        what: Option<ApiTokens>,
    },
    /// Make a link that sets an admin's password: the first one, or a new one after it was forgotten.
    SetupLink,
    /// List the tracks; with words, only those that match all of them, as in `search`.
    Tracks {
        /// Words to look for.
        search: Vec<String>,
    },
    /// Search tracks, albums, artists and playlists, the best hits first.
    ///
    /// Words may be the beginnings of words, and mistyped; "phrases in quotes", artist:abba, album:, title:, genre:,
    /// composer:, path:, year:1990..1999, format:flac, rate:96k, added:7d, stars:4.., plays:5.., played:7d, and a minus
    /// for what must not be.
    Search {
        /// Words to look for. One that begins with a minus goes behind `--`.
        #[arg(value_name = "WORD", required = true)]
        words: Vec<String>,
        /// At most so many of each kind.
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// List the albums.
    Albums,
    /// List the artists.
    Artists,
    /// List the playlists; or take one from a file of another program, and write one into such.
    Playlists {
        /// The command; without it, they are listed.
        #[command(subcommand)]
        what: Option<Playlists>,
    },
    /// Say what the library holds, and what is converted.
    Library {
        /// The command; without it, what the library holds.
        #[command(subcommand)]
        what: Option<Library>,
    },
    /// List the books that were begun, with the place where each goes on; or go on with one.
    Books {
        /// The command; without it, they are listed.
        #[command(subcommand)]
        what: Option<Books>,
    },
    /// Rate tracks: `rate 4.5 dancing queen`, `rate none 3`.
    Rate {
        /// Stars from 0 to 5, in halves; or none.
        stars: Stars,
        /// Each an id, a number in the last listing, or words of a title, artist or album.
        #[arg(value_name = "TRACK", required = true)]
        tracks: Vec<String>,
    },
    /// Play tracks; without any, go on after a pause, or start the queue.
    Play {
        /// Each an id, a number in the last listing, or words of a title, artist or album.
        #[arg(value_name = "TRACK", conflicts_with = "all")]
        tracks: Vec<String>,
        /// Play the whole library, in the order of the listing.
        #[arg(long)]
        all: bool,
    },
    /// Show the queue, or add to it, move, remove, clear, save it.
    ///
    /// The numbers are those of the last listing: an entry keeps its number until the queue is listed again.
    #[command(args_conflicts_with_subcommands = true)]
    Queue {
        /// The part that is shown.
        #[command(flatten)]
        part: Part,
        /// The change of the queue; without it, the queue is shown.
        #[command(subcommand)]
        what: Option<Queue>,
    },
    /// Show how the zone goes through its queue: repeat, shuffle, crossfade, loudness, autoplay, loop.
    Modes,
    /// Say or set what comes after the last entry (all: the first one), or after each (one: the same).
    Repeat {
        /// off, one or all; without it, the present one is said.
        repeat: Option<Repeat>,
    },
    /// Say or set whether entries are played in a shuffled order.
    Shuffle {
        /// On or off; without it, it is said.
        switch: Option<Switch>,
        /// The number that the order follows from; the same one gives the same order.
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Say or set for how long two entries overlap, 0 to 12 seconds; never within an album.
    Crossfade {
        /// Without it, the present one is said.
        seconds: Option<f64>,
    },
    /// Say or set by what tracks are made equally loud: each track, whole albums, or not at all.
    Loudness {
        /// off, track or album; without it, the present one is said.
        loudness: Option<LoudnessChoice>,
        /// How much louder than the reference level, -15 to 15 dB.
        #[arg(long, value_name = "DB", allow_hyphen_values = true)]
        preamp: Option<f64>,
        /// On: speakers limit peaks.
        #[arg(long)]
        limiter: Option<Switch>,
        /// How far below full scale peaks stay without the limiter, 0 to 15 dB.
        #[arg(long, value_name = "DB")]
        headroom: Option<f64>,
    },
    /// Say or set what is added when the queue comes to its end.
    Autoplay {
        /// off, similar, or a playlist by name or id; without it, the present one is said.
        #[arg(value_name = "WHAT")]
        what: Option<String>,
    },
    /// Play a part of the current track over and over, from A to B: `loop 1:10 1:25`; `loop off` ends it.
    Loop {
        /// Its beginning, or off; without it, the present one is said.
        #[arg(value_name = "A")]
        a: Option<Loop>,
        /// Its end.
        #[arg(value_name = "B")]
        b: Option<Loop>,
    },
    /// Follow what changes, as it changes; ends with Ctrl-C. With --zone only what belongs to that zone.
    Events(EventArgs),
    /// Pause, everywhere in the same instant.
    Pause,
    /// Go on after a pause.
    Resume,
    /// Go to a position in the track: 90, 1:30, or +10 and -10 from where it is.
    Seek {
        /// Seconds, minutes:seconds or hours:minutes:seconds; with a sign, from the present position.
        #[arg(allow_hyphen_values = true)]
        position: Seek,
    },
    /// Stop.
    Stop,
    /// The next entry of the queue.
    Next,
    /// The previous entry of the queue.
    Previous,
    /// Say or set the volume, 0 to 100; +5 and -5 change it.
    Volume {
        /// The level; without it, the present one is said.
        #[arg(allow_hyphen_values = true)]
        level: Option<Level>,
        /// One speaker's own volume instead of the zone's.
        #[arg(long, value_name = "NAME")]
        speaker: Option<String>,
        /// The own volumes of these speakers instead, all in the same instant.
        #[arg(long, value_name = "SELECTOR", conflicts_with = "speaker", requires = "level")]
        select: Option<String>,
    },
    /// Silence the zone, or one speaker; its volume is kept.
    Mute {
        /// Only this speaker.
        #[arg(long, value_name = "NAME")]
        speaker: Option<String>,
        /// Only these speakers, in the same instant.
        #[arg(long, value_name = "SELECTOR", conflicts_with = "speaker")]
        select: Option<String>,
    },
    /// End the silence of `mute`.
    Unmute {
        /// Only this speaker.
        #[arg(long, value_name = "NAME")]
        speaker: Option<String>,
        /// Only these speakers, in the same instant.
        #[arg(long, value_name = "SELECTOR", conflicts_with = "speaker")]
        select: Option<String>,
    },
    /// Show the present track, and how well each speaker keeps step.
    Status {
        /// Show it again and again, each so many seconds.
        #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "1", value_parser = interval)]
        watch: Option<f64>,
        /// With --watch: end after so many seconds.
        #[arg(long, value_name = "SECONDS", requires = "watch", value_parser = interval)]
        duration: Option<f64>,
    },
    /// List the speakers; or those that wait to be adopted, and what was decided about their keys.
    #[command(args_conflicts_with_subcommands = true)]
    Speakers {
        /// Only these: `zone:bar`, `site=41,floor in (1,2),!outdoor`, ...
        #[arg(long, value_name = "SELECTOR")]
        select: Option<String>,
        /// The command; without it, the speakers are listed.
        #[command(subcommand)]
        what: Option<Keys>,
    },
    /// Adopt a speaker that waits: from now on it is one of this coordinator's own.
    Adopt {
        /// The code that the speaker shows itself (K7QX-3M9D): in its log, and by `downbeat-agent status`.
        code: String,
        /// Adopt it without its code: CODE is its name or the first digits of its key, as `downbeat speakers pending`
        /// shows them. Nobody knows then that no one stands between.
        #[arg(long)]
        unseen: bool,
    },
    /// Tokens that let speakers in without a person.
    Tokens {
        /// The command.
        #[command(subcommand)]
        what: Tokens,
    },
    /// List the zones, or make, change and delete them.
    Zones {
        /// The command; without it, they are listed.
        #[command(subcommand)]
        what: Option<Zones>,
    },
    /// List the presets, or save and recall sets of zones: who is where, and how loud.
    Presets {
        /// The command; without it, they are listed.
        #[command(subcommand)]
        what: Option<Presets>,
    },
    /// Set labels of speakers (site=41 floor=2 outdoor), or take them away (outdoor-); without any, show them.
    Label {
        /// Speakers: a name, `all`, `zone:bar`, `site=41,!outdoor`, ...
        #[arg(value_name = "SELECTOR")]
        select: String,
        /// KEY=VALUE or KEY sets, KEY- takes away.
        #[arg(value_name = "LABEL")]
        labels: Vec<LabelChange>,
    },
    /// Set what a speaker makes of left and right, and bounds of its volume.
    Configure {
        /// Speakers: a name, `all`, `zone:bar`, `site=41,!outdoor`, ...
        #[arg(value_name = "SELECTOR")]
        select: String,
        /// stereo, left, right, mono or swapped.
        #[arg(long)]
        channels: Option<Channels>,
        /// Never less loud than this, 0 to 100, whatever the volumes.
        #[arg(long, value_name = "LEVEL")]
        min_volume: Option<f64>,
        /// Never louder than this, 0 to 100, whatever the volumes.
        #[arg(long, value_name = "LEVEL")]
        max_volume: Option<f64>,
    },
    /// Say or set a speaker's output delay: what lies behind its sound card (amplifier, DSP, air).
    Delay {
        /// The speaker.
        #[arg(value_name = "NAME")]
        speaker: String,
        /// It sounds this much later than its card believes: 1.5ms, or -250us; without it, the present one is said.
        #[arg(allow_hyphen_values = true)]
        delay: Option<Delay>,
        /// Change it by so much instead.
        #[arg(long, value_name = "DELAY", allow_hyphen_values = true, conflicts_with = "delay")]
        by: Option<Delay>,
    },
    /// Have every speaker of the zone tick in the same instants, for trimming output delays by ear.
    Metronome {
        /// On, for ten minutes at most, or off.
        switch: Switch,
    },
    /// List tracks that were played, and where, the latest first; with --zone only there.
    History(History),
    /// List the edits of files' tags that can be taken back, the latest first.
    Edits {
        /// Only those of this track: an id, a number in the last listing, or words.
        #[arg(value_name = "TRACK")]
        track: Vec<String>,
    },
    /// Take an edit of a file's tags back; a file that was changed since is left as it is.
    Undo {
        /// The edit's id, as `edits` lists it.
        edit: String,
    },
    /// Say what is wrong in the whole house, and what to do about it; exit code 1 if something is broken.
    ///
    /// An admin hears of the coordinator's machine, too. What a speaker's machine knows of itself,
    /// `downbeat-agent doctor` says there.
    Doctor {
        /// Also save a bundle for whoever helps: findings, settings, the last lines of the log, figures, versions,
        /// without secrets.
        #[arg(long, value_name = "FILE.tar.gz")]
        bundle: Option<PathBuf>,
    },
    /// Save everything that people set, and what is known of the music, while all goes on.
    ///
    /// With a passphrase the backup holds the coordinator's keys, too, so that on another machine adopted speakers go
    /// on by it; `age -d` opens it. At a terminal the passphrase is asked for.
    Backup {
        /// The file; one that is there is replaced when the new one is whole.
        file: PathBuf,
        /// A file whose first line is the passphrase.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
        /// Without keys, and so without a passphrase.
        #[arg(long, conflicts_with = "passphrase_file")]
        without_keys: bool,
    },
    /// Put a backup in the place of what is set now. Zones hold where it says; what was there is kept in a folder.
    Restore {
        /// The file that `backup` made.
        file: PathBuf,
        /// A file whose first line is the passphrase that it was closed with; without it, it is asked for.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
        /// Only say what it would change: zones, speakers, playlists, users and keys, now and afterwards.
        #[arg(long)]
        preview: bool,
    },
    /// Show the coordinator's CA, by which speakers and logins know it, or let it give way to a new one.
    Ca {
        /// The command; without it, the CA is shown.
        #[command(subcommand)]
        what: Option<Ca>,
    },
    /// Put a new speaker in the place of one that is gone: name, zone, volume, labels, delay. Without NEW, the one that
    /// is connected under the same name.
    Replace {
        /// The speaker that is gone, by name or id.
        #[arg(value_name = "GONE")]
        gone: String,
        /// The new one, by name or id.
        #[arg(value_name = "NEW")]
        new: Option<String>,
    },
    /// Have a speaker chirp, to find it.
    Identify {
        /// The speaker.
        #[arg(value_name = "NAME", required_unless_present = "select")]
        speaker: Option<String>,
        /// These speakers.
        #[arg(long, value_name = "SELECTOR", conflicts_with = "speaker")]
        select: Option<String>,
    },
}

/// The commands of zones.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Zones {
    /// Make a zone.
    Create {
        /// Its name.
        name: String,
    },
    /// Give a zone another name.
    Rename {
        /// The zone.
        zone: String,
        /// Its new name.
        name: String,
    },
    /// Open a zone to guests, or close it: they may look and listen there, and change nothing.
    Guests {
        /// The zone.
        zone: String,
        /// on: guests may control it, as far as the coordinator's --guests says; off: they may not.
        switch: Switch,
    },
    /// Delete a zone; its speakers fall back to the default one.
    Delete {
        /// The zone.
        zone: String,
    },
    /// Move speakers to a zone. Nobody else hears anything of it.
    Move {
        /// Speakers: a name, `all`, `zone:bar`, `site=41,!outdoor`, ...
        #[arg(value_name = "SELECTOR")]
        select: String,
        /// The zone.
        zone: String,
    },
}

/// The commands of the CA.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Ca {
    /// Make a new CA, for which the old one vouches: speakers and logins follow. The coordinator starts anew.
    Rotate {
        /// After a theft of the old key: nobody vouches, and each speaker is adopted anew.
        #[arg(long)]
        without_old: bool,
    },
    /// Forget the old CA: speakers that have not followed are adopted anew.
    EndOld,
}

/// The commands of presets.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Presets {
    /// Save the present set of zones; a preset of this name is overwritten.
    Save {
        /// Its name.
        name: String,
    },
    /// Say what is in a preset.
    Show {
        /// The preset.
        preset: String,
    },
    /// Bring a preset back.
    Recall {
        /// The preset.
        preset: String,
    },
    /// Give a preset another name.
    Rename {
        /// The preset.
        preset: String,
        /// Its new name.
        name: String,
    },
    /// Delete a preset.
    Delete {
        /// The preset.
        preset: String,
    },
}

/// The use that a speaker makes of left and right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Channels {
    /// As in the file.
    Stereo,
    /// The left channel.
    Left,
    /// The right channel.
    Right,
    /// Both, mixed.
    Mono,
    /// Left and right exchanged.
    Swapped,
}

impl Channels {
    /// As the coordinator calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stereo => "stereo",
            Self::Left => "left",
            Self::Right => "right",
            Self::Mono => "mono",
            Self::Swapped => "swapped",
        }
    }
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, error::ErrorKind};

    use super::*;

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn signs_reach_seek_and_volume() {
        let Command::Seek { position } = parse("downbeat seek -10").unwrap().command else { panic!() };
        assert_eq!(position, Seek::By(-10.0));
        let Command::Volume { level, .. } = parse("downbeat volume -5 --speaker kitchen").unwrap().command else {
            panic!()
        };
        assert_eq!(level, Some(Level::By(-5.0)));
    }

    #[test]
    fn delays_have_signs_and_units() {
        let delay = |line: &str| match parse(line).unwrap().command {
            Command::Delay { speaker, delay, by } => (speaker, delay.map(|d| d.micros), by.map(|d| d.micros)),
            other => panic!("{other:?}"),
        };
        assert_eq!(delay("downbeat delay kitchen -1.5ms"), ("kitchen".into(), Some(-1_500), None));
        assert_eq!(delay("downbeat delay kitchen --by -250us"), ("kitchen".into(), None, Some(-250)));
        assert_eq!(delay("downbeat delay kitchen"), ("kitchen".into(), None, None));
        assert!(parse("downbeat delay kitchen 1500").is_err(), "of what?");
        assert!(parse("downbeat delay kitchen 1ms --by 1ms").is_err());
        assert!(parse("downbeat metronome loud").is_err());
    }

    #[test]
    fn labels_are_set_and_taken_away() {
        let Command::Label { select, labels } =
            parse("downbeat label site=41,!outdoor floor=2 quiet old-").unwrap().command
        else {
            panic!()
        };
        assert_eq!(select, "site=41,!outdoor");
        let labels: Vec<_> = labels.iter().map(|l| (l.key.as_str(), l.value.as_deref())).collect();
        assert_eq!(labels, [("floor", Some("2")), ("quiet", Some("")), ("old", None)]);
        assert!(parse("downbeat identify").is_err() && parse("downbeat identify --select all").is_ok());
        assert!(parse("downbeat volume --select all").is_err(), "how loud?");
    }

    #[test]
    fn watch_takes_an_interval_or_none() {
        let watch = |line: &str| match parse(line).unwrap().command {
            Command::Status { watch, .. } => watch,
            other => panic!("{other:?}"),
        };
        assert_eq!(watch("downbeat status"), None);
        assert_eq!(watch("downbeat status --watch"), Some(1.0));
        assert_eq!(watch("downbeat status --watch 0.5"), Some(0.5));
        assert_eq!(parse("downbeat status --watch 0").unwrap_err().kind(), ErrorKind::ValueValidation);
    }

    #[test]
    fn options_may_follow_the_command() {
        let args = parse("downbeat pause --json --zone kitchen --server http://h:1").unwrap();
        assert!(args.json);
        assert_eq!(args.zone.as_deref(), Some("kitchen"));
        assert_eq!(args.server, "http://h:1");
    }

    #[test]
    fn all_and_named_tracks_exclude_each_other() {
        assert_eq!(parse("downbeat play --all one").unwrap_err().kind(), ErrorKind::ArgumentConflict);
    }
}
