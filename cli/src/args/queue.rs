//! The words that can be typed about the queue, the way through it, and events.

use clap::{Args, Subcommand, ValueEnum};

use crate::quantity::{Numbers, Seek, interval};

/// The part of the queue that is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Part {
    /// From this number on; without it, the part around the current entry.
    #[arg(long, value_name = "N", value_parser = number())]
    pub from: Option<u32>,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,
    /// All of it.
    #[arg(long, conflicts_with_all = ["from", "coming"])]
    pub all: bool,
    /// The entries after the current one, as they will be played.
    #[arg(long, conflicts_with = "from")]
    pub coming: bool,
}

/// The commands of the queue.
#[derive(Debug, Clone, PartialEq, Subcommand)]
pub enum Queue {
    /// Add tracks, an album, all of an artist, a folder, a playlist, all that a search finds. They go behind all others
    /// unless said otherwise.
    Add(Add),
    /// Start an entry.
    Play {
        /// Its number.
        #[arg(value_name = "N", value_parser = number())]
        number: u32,
    },
    /// Move entries, together: `queue move 7 9-12 --next`, `queue move 7 --to 2`.
    Move {
        /// Numbers: 7, or 7-9.
        #[arg(value_name = "N", required = true)]
        numbers: Vec<Numbers>,
        /// So that the first of them has this number.
        #[arg(long, value_name = "N", value_parser = number(), required_unless_present_any = ["next", "end"])]
        to: Option<u32>,
        /// Behind the current entry.
        #[arg(long, conflicts_with_all = ["to", "end"])]
        next: bool,
        /// Behind all.
        #[arg(long, conflicts_with = "to")]
        end: bool,
    },
    /// Take entries out. If the current one is among them, the next one starts.
    Remove {
        /// Numbers: 7, or 7-9.
        #[arg(value_name = "N", required = true)]
        numbers: Vec<Numbers>,
    },
    /// Take everything out but what sounds.
    Clear,
    /// Save it as a playlist.
    Save {
        /// The name of the playlist.
        name: String,
        /// If there is a playlist of this name, it gets the queue's entries instead of its own.
        #[arg(long)]
        replace: bool,
    },
}

/// The tracks to add, and their place.
#[derive(Debug, Clone, Default, PartialEq, Args)]
#[group(
    id = "source",
    required = true,
    multiple = true,
    args = ["tracks", "album", "artist", "genre", "folder", "playlist", "search"]
)]
pub struct Add {
    /// Each an id, a number in the last listing of tracks, or words of a title, artist or album.
    #[arg(value_name = "TRACK", conflicts_with_all = ["album", "artist", "genre", "folder", "playlist", "search"])]
    pub tracks: Vec<String>,
    /// An album, by title or id.
    #[arg(long, conflicts_with_all = ["genre", "folder", "playlist", "search"])]
    pub album: Option<String>,
    /// All of an artist; beside --album: whose.
    #[arg(long, conflicts_with_all = ["genre", "folder", "playlist", "search"])]
    pub artist: Option<String>,
    /// All of a genre.
    #[arg(long, conflicts_with_all = ["folder", "playlist", "search"])]
    pub genre: Option<String>,
    /// A folder and all below.
    #[arg(long, conflicts_with_all = ["playlist", "search"])]
    pub folder: Option<String>,
    /// A playlist, by name or id.
    #[arg(long, conflicts_with = "search")]
    pub playlist: Option<String>,
    /// All that a search finds, as in `search`.
    #[arg(long, value_name = "WORDS")]
    pub search: Option<String>,
    /// Behind the current entry.
    #[arg(long, conflicts_with_all = ["now", "replace", "at"])]
    pub next: bool,
    /// Behind the current entry, and start with the first of them.
    #[arg(long, conflicts_with_all = ["replace", "at"])]
    pub now: bool,
    /// In the place of everything but what sounds.
    #[arg(long, conflicts_with = "at")]
    pub replace: bool,
    /// So that the first of them has this number.
    #[arg(long, value_name = "N", value_parser = number())]
    pub at: Option<u32>,
}

/// The entry after the last one, or after each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Repeat {
    /// The queue ends.
    Off,
    /// The same entry again.
    One,
    /// The first one again.
    All,
}

/// By what tracks are made equally loud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LoudnessChoice {
    /// Not at all.
    Off,
    /// Each track.
    Track,
    /// Whole albums.
    Album,
}

impl Repeat {
    /// As the coordinator calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::One => "one",
            Self::All => "all",
        }
    }
}

impl LoudnessChoice {
    /// As the coordinator calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Track => "track",
            Self::Album => "album",
        }
    }
}

/// An end of a loop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Loop {
    /// There is to be none.
    Off,
    /// Seconds from the start of the track.
    At(f64),
}

impl std::str::FromStr for Loop {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            _ if text == "off" => Ok(Self::Off),
            Ok(Seek::To(seconds)) => Ok(Self::At(seconds)),
            _ => Err("a position from the start of the track, as 90 or 1:30, or off".to_owned()),
        }
    }
}

/// The events that are followed, and for how long.
#[derive(Debug, Clone, Default, PartialEq, Args)]
pub struct EventArgs {
    /// Only these, by commas: zone, queue, speaker, presets, library, playlists.
    #[arg(long, value_name = "TYPES")]
    pub types: Option<String>,
    /// Only what changes from now on, not how everything is at first.
    #[arg(long)]
    pub changes: bool,
    /// End after so many seconds.
    #[arg(long, value_name = "SECONDS", value_parser = interval)]
    pub duration: Option<f64>,
}

fn number() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..)
}

#[cfg(test)]
mod tests {
    use clap::{Parser, error::ErrorKind};

    use super::{
        super::{Args, Command},
        *,
    };

    fn queue(line: &str) -> Result<Queue, ErrorKind> {
        let args = Args::try_parse_from(["downbeat", "queue"].into_iter().chain(line.split_whitespace()));
        match args.map_err(|e| e.kind())?.command {
            Command::Queue { what: Some(what), .. } => Ok(what),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_added_is_named_in_one_way_and_goes_to_one_place() {
        let Ok(Queue::Add(add)) = queue("add --album Evening --artist abba --next") else { panic!() };
        assert_eq!((add.album.as_deref(), add.artist.as_deref(), add.next), (Some("Evening"), Some("abba"), true));
        let Ok(Queue::Add(add)) = queue("add slow river --at 3") else { panic!() };
        assert_eq!((add.tracks.len(), add.at), (2, Some(3)));
        assert_eq!(queue("add"), Err(ErrorKind::MissingRequiredArgument));
        for both in ["add x --album y", "add --genre x --folder y", "add x --next --now", "add x --replace --at 1"] {
            assert_eq!(queue(both), Err(ErrorKind::ArgumentConflict), "{both}");
        }
        assert_eq!(queue("add x --at 0"), Err(ErrorKind::ValueValidation));
    }

    #[test]
    fn entries_are_named_by_numbers_and_ranges() {
        let Ok(Queue::Move { numbers, next: true, .. }) = queue("move 7 9-12 --next") else { panic!() };
        assert_eq!(numbers, [Numbers { first: 7, last: 7 }, Numbers { first: 9, last: 12 }]);
        assert_eq!(queue("move 7"), Err(ErrorKind::MissingRequiredArgument), "where to?");
        assert_eq!(queue("remove 9-7"), Err(ErrorKind::ValueValidation));
        assert_eq!(queue("remove"), Err(ErrorKind::MissingRequiredArgument));
    }

    #[test]
    fn a_loop_has_two_ends_or_none() {
        assert_eq!(("1:30".parse(), "off".parse()), (Ok(Loop::At(90.0)), Ok(Loop::Off)));
        assert!("+3".parse::<Loop>().is_err() && "on".parse::<Loop>().is_err());
    }
}
