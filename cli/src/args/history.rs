//! The words that can be typed about the play history.

use clap::Args;

/// The part of the history that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
pub struct History {
    /// Only what this speaker sounded, by name or id.
    #[arg(long, value_name = "NAME")]
    pub speaker: Option<String>,
    /// Only this track, by id.
    #[arg(long, value_name = "ID")]
    pub track: Option<String>,
    /// Only what began then or later: 2026-05-01, or 2026-05-01T18:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Only what began before that.
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Only what could be heard: not muted, and no volume of 0.
    #[arg(long)]
    pub audible: bool,
    /// Each stretch of each speaker instead of what was played in each zone.
    #[arg(long)]
    pub by_speaker: bool,
    /// At most so many; an export holds all unless this is given [default: 50].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// Write CSV, the latest first, for a spreadsheet.
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
}
