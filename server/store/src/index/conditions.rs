//! The tracks that a list holds, as SQL.
//!
//! The same condition can be asked for in two ways: as a set ("the tracks that ...", good when there are few: fetch
//! them and sort), and of one track ("is it one that ...", good when there are many: walk along the sorted index until
//! the page is full). How many there are is known before one of them is chosen.

use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use uuid::Uuid;

use super::{
    condition::{Condition, push_below, push_has_words},
    ends::{is_held, with_ends},
    expression::{Columns, Match, expression, unwanted},
    keys,
    query::Query,
};

/// The choice of the tracks of a list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The query that was typed.
    pub query: Query,
    /// Only within this.
    pub within: Option<Within>,
    /// Also those whose files are not there.
    pub unavailable: bool,
}

/// A part of the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Within {
    /// An album.
    Album(Uuid),
    /// An artist: as the track's or the album's.
    Artist(Uuid),
    /// A genre.
    Genre(Uuid),
    /// A composer.
    Composer(Uuid),
    /// A work.
    Work(Uuid),
    /// A year.
    Year(u32),
    /// A folder, without those in it.
    Folder(Uuid),
    /// A folder and all below.
    Below(Uuid),
}

// Small in the unit tests, so that these go all ways.

/// So few are fetched and sorted.
const FEW: i64 = if cfg!(test) { 2 } else { 2_000 };

/// So few are gone through if they must meet other conditions, too, which leave nobody knows how many of them.
const FEW_OF_SEVERAL: i64 = if cfg!(test) { 4 } else { 10_000 };

/// So few that are hidden are looked at one by one.
const FEW_HIDDEN: i64 = if cfg!(test) { 1 } else { 100 };

/// How rows of `songs` are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walk {
    /// Along the index of an order, from its beginning or its end.
    Along(&'static str),
    /// The same from a place on, of which a condition follows.
    Onwards(&'static str),
    /// The same from a place back.
    Back(&'static str),
    /// In no order, for what a short row says.
    Short,
    /// In no order.
    Free,
}

/// The conditions of a list, ready to be asked for.
#[derive(Debug)]
pub(super) struct Conditions {
    /// Each with how many tracks meet it; from [`FEW_OF_SEVERAL`] on nobody counts but [`Self::count_words`].
    all: Vec<(Condition, i64)>,
    unavailable: bool,
    /// How many tracks there are.
    held: i64,
    /// Of these, those that only [`Filter::unavailable`] shows.
    hidden: i64,
    /// How many tracks meet all of them, if that is known without counting.
    known: Option<i64>,
    /// True if it takes next to nothing to find out if one track has the words.
    quick: bool,
    /// Seconds since 1970.
    now: i64,
}

impl Conditions {
    pub(super) async fn of(db: &mut SqliteConnection, filter: &Filter, now: i64) -> sqlx::Result<Self> {
        let query = &with_ends(db, &filter.query).await?;
        let (all_shown, held) = totals(db).await?;
        let hidden = held - all_shown;
        let quick = query.wanted().all(is_held);
        let mut conditions =
            Self { all: Vec::new(), unavailable: filter.unavailable, held, hidden, known: None, quick, now };
        let mut shown = None;
        if let Some(within) = &filter.within {
            let (condition, held, there) = within_of(db, within).await?;
            conditions.all.push((condition, held));
            shown = Some(if filter.unavailable { held } else { there });
        }
        if query.nothing {
            conditions.all.push((Condition::Never, 0));
        }
        if let Some(expression) = expression(query, Columns::All, Match::Beginning) {
            let count =
                sqlx::query_scalar("SELECT count(*) FROM (SELECT 1 FROM song_words WHERE song_words MATCH ? LIMIT ?)")
                    .bind(&expression)
                    .bind(FEW_OF_SEVERAL + 1)
                    .fetch_one(&mut *db)
                    .await?;
            conditions.all.push((Condition::Words(expression), count));
        }
        if let Some(expression) = unwanted(query) {
            conditions.all.push((Condition::NoWords(expression), i64::MAX));
        }
        if !query.figures.is_empty() {
            let figures = Condition::Figures(query.figures.clone());
            let mut count = QueryBuilder::new("SELECT count(*) FROM (SELECT 1 FROM songs WHERE ");
            figures.push_test(&mut count, conditions.now);
            count.push(" LIMIT ").push_bind(FEW_OF_SEVERAL + 1).push(")");
            let count = count.build_query_scalar().fetch_one(&mut *db).await?;
            conditions.all.push((figures, count));
        }
        conditions.known = match conditions.all.as_slice() {
            [] => Some(if filter.unavailable { held } else { all_shown }),
            [(condition, held)]
                if condition.is_set() && *held <= FEW_OF_SEVERAL && (filter.unavailable || hidden == 0) =>
            {
                Some(*held)
            }
            [_] => shown,
            _ => None,
        };
        Ok(conditions)
    }

    /// The full-text expression that at least half of all tracks meet, if nothing else is asked and
    /// [`Self::count_words`] found so, and if a track is quickly tested for it; and what is left then, which is
    /// everything.
    pub(super) fn words_of_most(&self) -> Option<(&str, Self)> {
        match self.all.as_slice() {
            [(Condition::Words(expression), count)] if *count > FEW && self.tested_one_by_one(*count) => {
                Some((expression, Self { all: Vec::new(), known: None, ..*self }))
            }
            _ => None,
        }
    }

    /// True if so many tracks have the words that each is better tested by itself. Words that come together rarely are
    /// looked for from the beginning each time.
    fn tested_one_by_one(&self, count: i64) -> bool {
        self.quick && 2 * count >= self.held
    }

    /// True if every track is meant.
    pub(super) fn is_everything(&self) -> bool {
        self.all.is_empty()
    }

    /// How many tracks there are, if that is known without counting.
    pub(super) fn known(&self) -> Option<i64> {
        self.known
    }

    /// True if the tracks are so few that one looks at them all.
    pub(super) fn are_few(&self) -> bool {
        self.fewest(if self.all.len() > 1 { FEW_OF_SEVERAL } else { FEW }).is_some()
    }

    /// Adds ` AND ...` with all conditions to what ends within the conditions on a row of `songs`.
    pub(super) fn push_tests(&self, query: &mut QueryBuilder<Sqlite>) {
        for (condition, _) in &self.all {
            query.push(" AND ");
            condition.push_test(query, self.now);
        }
        if !self.unavailable {
            query.push(" AND songs.shown = 1");
        }
    }

    /// Adds `songs WHERE ...` with all conditions.
    pub(super) fn push(&self, query: &mut QueryBuilder<Sqlite>, walk: Walk) {
        let fewest = match walk {
            Walk::Along(_) | Walk::Onwards(_) | Walk::Back(_) => self.fewest(FEW),
            Walk::Short | Walk::Free => self.fewest(i64::MAX - 1),
        };
        query.push("songs ");
        match walk {
            Walk::Short => query.push("INDEXED BY songs_in_short "),
            _ if fewest.is_some() => query.push("NOT INDEXED "),
            Walk::Along(index) | Walk::Onwards(index) | Walk::Back(index) => {
                query.push("INDEXED BY ").push(index).push(" ")
            }
            Walk::Free => query,
        };
        query.push("WHERE ");
        if let Some(i) = fewest {
            query.push("num IN (");
            self.all[i].0.push_set(query, self.now);
            query.push(")");
        } else {
            query.push("true");
        }
        for (i, (condition, _)) in self.all.iter().enumerate() {
            if Some(i) != fewest {
                query.push(" AND ");
                match (condition, walk) {
                    // The walk begins at the place, which lies within; it can begin at one of two bounds only.
                    (Condition::Below(key), Walk::Onwards(_)) => push_below(query, ["+k_path", "k_path"], key),
                    (Condition::Below(key), Walk::Back(_)) => push_below(query, ["k_path", "+k_path"], key),
                    (condition, _) => condition.push_test(query, self.now),
                }
            }
        }
        if !self.unavailable {
            query.push(" AND shown = 1");
        }
    }

    /// The condition that the fewest tracks meet, if they are not more than `most`.
    fn fewest(&self, most: i64) -> Option<usize> {
        let sets = self.all.iter().enumerate().filter(|(_, (c, count))| c.is_set() && *count <= most);
        sets.min_by_key(|(_, (_, count))| *count).map(|(i, _)| i)
    }

    /// Counts to the end if nothing but words is asked for: that is a walk along the hits, and says how they are best
    /// listed.
    pub(super) async fn count_words(&mut self, db: &mut SqliteConnection) -> sqlx::Result<()> {
        let [(Condition::Words(expression), count)] = self.all.as_mut_slice() else { return Ok(()) };
        if *count > FEW_OF_SEVERAL {
            *count = sqlx::query_scalar("SELECT count(*) FROM song_words WHERE song_words MATCH ?")
                .bind(expression.as_str())
                .fetch_one(&mut *db)
                .await?;
        }
        let count = *count;
        let hidden = if self.unavailable || self.hidden == 0 || count == 0 { 0 } else { self.hits_hidden(db).await? };
        // Tracks may have been hidden between the two.
        self.known = Some((count - hidden).max(0));
        Ok(())
    }

    /// How many of the tracks that are hidden have the words, which are all that is asked for.
    async fn hits_hidden(&self, db: &mut SqliteConnection) -> sqlx::Result<i64> {
        let mut query = QueryBuilder::new("SELECT count(*) FROM songs WHERE shown = 0");
        for (condition, count) in &self.all {
            query.push(" AND ");
            match condition {
                Condition::Words(expression) if self.hidden <= FEW_HIDDEN && self.tested_one_by_one(*count) => {
                    push_has_words(&mut query, expression);
                }
                condition => condition.push_test(&mut query, self.now),
            }
        }
        query.build_query_scalar().fetch_one(db).await
    }

    /// How many tracks there are.
    pub(super) async fn count(&self, db: &mut SqliteConnection) -> sqlx::Result<i64> {
        if let Some(known) = self.known {
            return Ok(known);
        }
        let mut query = QueryBuilder::new("SELECT count(*) FROM ");
        self.push(&mut query, Walk::Free);
        query.build_query_scalar().fetch_one(db).await
    }
}

async fn totals(db: &mut SqliteConnection) -> sqlx::Result<(i64, i64)> {
    sqlx::query_as("SELECT shown, held FROM totals").fetch_one(db).await
}

/// The condition, and how many tracks there are: all, and those that are there.
async fn within_of(db: &mut SqliteConnection, within: &Within) -> sqlx::Result<(Condition, i64, i64)> {
    let (sql, id) = match within {
        Within::Year(year) => {
            let (held, shown): (i64, Option<i64>) =
                sqlx::query_as("SELECT count(*), sum(shown) FROM songs INDEXED BY songs_by_year WHERE year = ?")
                    .bind(*year)
                    .fetch_one(db)
                    .await?;
            return Ok((Condition::Year(*year), held, shown.unwrap_or(0)));
        }
        Within::Album(id) => ("SELECT num, held, tracks, x'' FROM albums WHERE id = ?", id),
        Within::Artist(id) => ("SELECT num, held, tracks, x'' FROM artists WHERE id = ?", id),
        Within::Genre(id) => ("SELECT num, held, tracks, x'' FROM genres WHERE id = ?", id),
        Within::Composer(id) => ("SELECT num, held, tracks, x'' FROM composers WHERE id = ?", id),
        Within::Work(id) => ("SELECT num, held, tracks, x'' FROM works WHERE id = ?", id),
        Within::Folder(id) | Within::Below(id) => ("SELECT num, held, tracks, path FROM folders WHERE id = ?", id),
    };
    let row: Option<(i64, i64, i64, Vec<u8>)> =
        sqlx::query_as(sql).bind(id.to_string()).fetch_optional(&mut *db).await?;
    let Some((num, held, shown, path)) = row else { return Ok((Condition::Never, 0, 0)) };
    let condition = match within {
        Within::Album(_) => Condition::Album(num),
        Within::Artist(_) => Condition::Artist(num),
        Within::Genre(_) => Condition::Genre(num),
        Within::Composer(_) => Condition::Composer(num),
        Within::Work(_) => Condition::Work(num),
        Within::Folder(_) => {
            let (held, shown): (i64, Option<i64>) =
                sqlx::query_as("SELECT count(*), sum(shown) FROM songs INDEXED BY songs_of_folder WHERE folder = ?")
                    .bind(num)
                    .fetch_one(db)
                    .await?;
            return Ok((Condition::Folder(num), held, shown.unwrap_or(0)));
        }
        Within::Below(_) | Within::Year(_) => {
            use std::os::unix::ffi::OsStringExt as _;
            let path = std::ffi::OsString::from_vec(path);
            Condition::Below(keys::folder(std::path::Path::new(&path)))
        }
    };
    Ok((condition, held, shown))
}

/// Seconds since 1970.
pub(super) fn now() -> i64 {
    chrono::Utc::now().timestamp()
}
