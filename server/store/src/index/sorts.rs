//! The orders of lists.

use super::page::{
    Column::{Key, Number},
    Order,
};

/// How tracks are sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TrackSort {
    /// By title.
    Title,
    /// By artist, album, disc and number.
    #[default]
    Artist,
    /// By album, its artist, disc and number.
    Album,
    /// By year, album, disc and number.
    Year,
    /// By when they were first seen.
    Added,
    /// By length.
    Duration,
    /// By folder and name of the file.
    Path,
    /// By rating, album, disc and number; those that have none first.
    Rating,
    /// By how often they were heard, album, disc and number.
    Plays,
    /// By when they were heard last; never comes first.
    Played,
    /// By disc and number alone: the order of listening within an album.
    Disc,
}

impl TrackSort {
    /// The orders by the names that people give them.
    pub const NAMES: [(&'static str, Self); 11] = [
        ("artist", Self::Artist),
        ("title", Self::Title),
        ("album", Self::Album),
        ("year", Self::Year),
        ("added", Self::Added),
        ("duration", Self::Duration),
        ("path", Self::Path),
        ("rating", Self::Rating),
        ("plays", Self::Plays),
        ("played", Self::Played),
        ("disc", Self::Disc),
    ];

    /// The order of this name; with a minus before it, backwards.
    pub fn sorted(name: &str) -> Option<Sorted<Self>> {
        let (plain, reverse) = name.strip_prefix('-').map_or((name, false), |plain| (plain, true));
        Self::NAMES.iter().find(|(known, _)| *known == plain).map(|(_, by)| Sorted { by: *by, reverse })
    }

    /// The name that [`TrackSort::sorted`] reads.
    pub fn name_of(sorted: Sorted<Self>) -> String {
        let name = Self::NAMES.iter().find(|(_, by)| *by == sorted.by).map_or("", |(name, _)| name);
        format!("{}{name}", if sorted.reverse { "-" } else { "" })
    }

    pub(super) fn order(self) -> &'static Order {
        match self {
            Self::Title => &Order { list: 1, columns: &[Key("k_title"), Number("num")], index: "songs_by_title" },
            Self::Artist => &Order { list: 2, columns: &[Key("k_artist"), Number("num")], index: "songs_by_artist" },
            Self::Album => &Order { list: 3, columns: &[Key("k_album"), Number("num")], index: "songs_by_album" },
            Self::Year => {
                &Order { list: 4, columns: &[Number("year"), Key("k_album"), Number("num")], index: "songs_by_year" }
            }
            Self::Added => &Order { list: 5, columns: &[Number("added"), Number("num")], index: "songs_by_added" },
            Self::Duration => &Order { list: 6, columns: &[Number("ms"), Number("num")], index: "songs_by_ms" },
            Self::Path => &Order { list: 7, columns: &[Key("k_path"), Number("num")], index: "songs_by_path" },
            Self::Rating => &Order {
                list: 9,
                columns: &[Number("rating"), Key("k_album"), Number("num")],
                index: "songs_by_rating",
            },
            Self::Plays => {
                &Order { list: 10, columns: &[Number("plays"), Key("k_album"), Number("num")], index: "songs_by_plays" }
            }
            Self::Played => &Order { list: 15, columns: &[Number("played"), Number("num")], index: "songs_by_played" },
            // Within an album there are few, which are sorted; outside of one the order means nothing.
            Self::Disc => &Order { list: 8, columns: &[Key("k_disc"), Number("num")], index: "" },
        }
    }
}

/// How a list is sorted, and whether backwards.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sorted<S> {
    /// The value to sort by.
    pub by: S,
    /// From the end.
    pub reverse: bool,
}

impl<S> From<S> for Sorted<S> {
    fn from(by: S) -> Self {
        Self { by, reverse: false }
    }
}

/// How albums are sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AlbumSort {
    /// By title.
    Title,
    /// By artist, year and title.
    #[default]
    Artist,
    /// By year and title.
    Year,
    /// By when their latest track was first seen.
    Added,
}

impl AlbumSort {
    pub(super) fn order(self) -> &'static Order {
        match self {
            Self::Title => &Order { list: 11, columns: &[Key("k_sort"), Number("num")], index: "albums_by_sort" },
            Self::Artist => &Order { list: 12, columns: &[Key("k_artist"), Number("num")], index: "albums_by_artist" },
            Self::Year => {
                &Order { list: 13, columns: &[Number("year"), Key("k_sort"), Number("num")], index: "albums_by_year" }
            }
            Self::Added => &Order { list: 14, columns: &[Number("added"), Number("num")], index: "albums_by_added" },
        }
    }
}

/// How artists and genres are sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NameSort {
    /// By name.
    #[default]
    Name,
    /// By how many tracks they have.
    Tracks,
}
