//! The words that can be typed about the library, its books, and playlists of other programs.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

/// The commands of playlists.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Playlists {
    /// Make a playlist of a file: M3U, M3U8, PLS, XSPF, WPL or ZPL. Of the library of iTunes or Music (its XML) all
    /// playlists, ratings and counts of plays are taken.
    Import {
        /// The file.
        file: PathBuf,
        /// The name of the new playlist; without it, the file's own.
        #[arg(long)]
        name: Option<String>,
        /// The folder on the coordinator's machine from which relative paths count.
        #[arg(long, value_name = "DIR")]
        folder: Option<String>,
        /// Leave out tracks that are not there, also where it is known at which path their files would lie.
        #[arg(long)]
        without_missing: bool,
        /// Of a library: replace the entries of playlists of the same name, and ratings.
        #[arg(long)]
        replace: bool,
    },
    /// Write a playlist into a file.
    Export {
        /// The playlist, by name or id.
        playlist: String,
        /// The file; without it, it is printed.
        file: Option<PathBuf>,
        /// The kind of file.
        #[arg(long, default_value = "m3u8")]
        format: Format,
        /// Write paths as they are seen from this folder of the coordinator's machine.
        #[arg(long, value_name = "DIR")]
        relative_to: Option<String>,
    },
}

/// The kinds of playlist files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// M3U in UTF-8.
    M3u8,
    /// The same under its old name.
    M3u,
    /// PLS.
    Pls,
    /// XSPF.
    Xspf,
}

impl Format {
    /// As the coordinator calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::M3u8 => "m3u8",
            Self::M3u => "m3u",
            Self::Pls => "pls",
            Self::Xspf => "xspf",
        }
    }
}

/// The commands of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum Library {
    /// Say what the library holds, and what it lacks.
    Stats,
    /// Say how far files are that ffmpeg converts to FLAC, and which of them wait or failed, and why.
    Conversions,
}

/// The commands of books.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Books {
    /// Go on with a book where it was left, in whichever zone that was.
    Resume {
        /// Its number in the list, or words of its title or author; without it, the one that was heard last.
        #[arg(value_name = "BOOK")]
        book: Vec<String>,
    },
    /// Forget where a book was left: it begins anew.
    Forget {
        /// Its number in the list, or words of its title or author.
        #[arg(value_name = "BOOK", required = true)]
        book: Vec<String>,
    },
}

/// A rating as it is typed: half stars from 0 to 5, or none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stars(pub Option<f64>);

impl std::str::FromStr for Stars {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(None));
        }
        match text.parse::<f64>() {
            Ok(stars) if (0.0..=5.0).contains(&stars) && (stars * 2.0).fract() == 0.0 => Ok(Self(Some(stars))),
            _ => Err("stars from 0 to 5 in halves, or none".to_owned()),
        }
    }
}
