//! One condition that a track must meet, as SQL: as a set of tracks, and as a test of one.

use sqlx::{QueryBuilder, Sqlite};

use super::{
    keys,
    query::{Figure, Part},
};

/// The condition that a track must meet.
#[derive(Debug)]
pub(super) enum Condition {
    /// A full-text expression.
    Words(String),
    NoWords(String),
    Figures(Vec<Part<Figure>>),
    Year(u32),
    Album(i64),
    Artist(i64),
    Genre(i64),
    Composer(i64),
    Work(i64),
    Folder(i64),
    Below(Vec<u8>),
    Never,
}

impl Condition {
    /// True if it can be asked for as a set.
    pub(super) fn is_set(&self) -> bool {
        !matches!(self, Self::NoWords(_))
    }

    /// Adds a query for the numbers of its tracks.
    pub(super) fn push_set(&self, query: &mut QueryBuilder<Sqlite>, now: i64) {
        match self {
            Self::Words(expression) => {
                query.push("SELECT rowid FROM song_words WHERE song_words MATCH ").push_bind(expression);
            }
            Self::Artist(num) => {
                query.push("SELECT song FROM song_artists WHERE artist = ").push_bind(*num);
            }
            Self::Genre(num) => {
                query.push("SELECT song FROM song_genres WHERE genre = ").push_bind(*num);
            }
            Self::Composer(num) => {
                query.push("SELECT song FROM song_composers WHERE composer = ").push_bind(*num);
            }
            Self::Work(num) => {
                query.push("SELECT song FROM song_works WHERE work = ").push_bind(*num);
            }
            _ => {
                query.push("SELECT num FROM songs WHERE ");
                self.push_test(query, now);
            }
        }
    }

    /// Adds a test of one row of `songs`. A text is looked for once, whatever it is tested on: to look for it anew at
    /// every row would cost a search each.
    pub(super) fn push_test(&self, query: &mut QueryBuilder<Sqlite>, now: i64) {
        match self {
            Self::Words(expression) => {
                query
                    .push("+num IN (SELECT rowid FROM song_words WHERE song_words MATCH ")
                    .push_bind(expression)
                    .push(")");
            }
            Self::NoWords(expression) => {
                query.push("num NOT IN (SELECT rowid FROM song_words WHERE song_words MATCH ");
                query.push_bind(expression).push(")");
            }
            Self::Artist(num) => {
                query
                    .push("EXISTS (SELECT 1 FROM song_artists WHERE song = songs.num AND artist = ")
                    .push_bind(*num)
                    .push(")");
            }
            Self::Genre(num) => {
                query
                    .push("EXISTS (SELECT 1 FROM song_genres WHERE song = songs.num AND genre = ")
                    .push_bind(*num)
                    .push(")");
            }
            Self::Composer(num) => {
                query
                    .push("EXISTS (SELECT 1 FROM song_composers WHERE song = songs.num AND composer = ")
                    .push_bind(*num)
                    .push(")");
            }
            Self::Work(num) => {
                query
                    .push("EXISTS (SELECT 1 FROM song_works WHERE song = songs.num AND work = ")
                    .push_bind(*num)
                    .push(")");
            }
            Self::Year(year) => {
                query.push("year = ").push_bind(*year);
            }
            Self::Album(num) => {
                query.push("album = ").push_bind(*num);
            }
            Self::Folder(num) => {
                query.push("folder = ").push_bind(*num);
            }
            Self::Below(key) => push_below(query, ["k_path"; 2], key),
            Self::Never => {
                query.push("false");
            }
            Self::Figures(figures) => push_figures(query, figures, now),
        }
    }
}

/// Adds a test of a row of `songs` by itself: a search each time, which is worth it for some hundred if the words are
/// found quickly.
pub(super) fn push_has_words(query: &mut QueryBuilder<Sqlite>, expression: &str) {
    query.push("EXISTS (SELECT 1 FROM song_words WHERE song_words MATCH ").push_bind(expression.to_owned());
    query.push(" AND song_words.rowid = songs.num)");
}

pub(super) fn push_below(query: &mut QueryBuilder<Sqlite>, [low, high]: [&str; 2], key: &[u8]) {
    query.push(low).push(" >= ").push_bind(key.to_vec());
    query.push(" AND ").push(high).push(" < ").push_bind(keys::end_of(key));
}

/// Adds a test of `songs` for the figures of a query.
pub(super) fn push_figures(query: &mut QueryBuilder<Sqlite>, figures: &[Part<Figure>], now: i64) {
    query.push("true");
    for Part { what, not } in figures {
        query.push(if *not { " AND NOT (" } else { " AND (" });
        match what {
            Figure::Year(range) => {
                // A year that is not known is in no range.
                query.push("year BETWEEN ").push_bind((*range.start()).max(1)).push(" AND ").push_bind(*range.end());
            }
            Figure::Rate(range) => {
                query.push("rate BETWEEN ").push_bind(*range.start()).push(" AND ").push_bind(*range.end());
            }
            Figure::Format(format) => {
                query.push("format = ").push_bind(format);
            }
            Figure::Added(seconds) => {
                let since = now.saturating_sub(i64::try_from(*seconds).unwrap_or(i64::MAX));
                query.push("added >= ").push_bind(since);
            }
            // One that has no rating is below all.
            Figure::Rating(range) => {
                query.push("rating BETWEEN ").push_bind(*range.start()).push(" AND ").push_bind(*range.end());
            }
            Figure::Plays(range) => {
                query.push("plays BETWEEN ").push_bind(*range.start()).push(" AND ").push_bind(*range.end());
            }
            Figure::Played(seconds) => {
                let since = now.saturating_sub(i64::try_from(*seconds).unwrap_or(i64::MAX));
                query.push("played >= ").push_bind(since.max(1));
            }
        }
        query.push(")");
    }
}
