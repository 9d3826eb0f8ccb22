//! The letters that the items of a list begin with, and where each begins: a way into a list of a hundred thousand.

use sqlx::{QueryBuilder, Row as _, Sqlite};

use super::{
    keys,
    page::{Column, Cursor, Order, Value},
    sorts::{AlbumSort, TrackSort},
};
use crate::{Store, StoreError};

/// What begins before the letters: digits, signs.
const BEFORE: &str = "#";
/// What begins behind them: other scripts, and nothing at all.
const BEHIND: &str = "…";
/// The first letter of the script behind the Latin one.
const NEXT_SCRIPT: &str = "α";

/// A list with letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lettered {
    /// The tracks whose files are there, in an order by name.
    Tracks(TrackSort),
    /// The albums of these.
    Albums(AlbumSort),
    /// The artists of these, by name; true: only those that lead an album.
    Artists(bool),
}

/// The part of a list that begins with one letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// `A` to `Z`, whatever accents; `#` for what comes before, `…` for what comes behind.
    pub letter: String,
    /// The items before it.
    pub index: u64,
    /// Its items.
    pub count: u64,
    /// The list from there on; `None`: from the start.
    pub cursor: Option<Cursor>,
}

impl Store {
    /// The letters of a list that have items, in its order; `None`: it is not in an order by name.
    pub async fn letters(&self, list: Lettered) -> Result<Option<Vec<Letter>>, StoreError> {
        let Some((order, table, shown)) = place_of(list) else { return Ok(None) };
        let key = order.columns.first().map_or("", Column::name);
        let bounds: Vec<(String, Vec<u8>)> = ('A'..='Z')
            .map(|letter| (letter.to_string(), keys::letters(&letter.to_string())))
            .chain([(BEHIND.to_owned(), keys::letters(NEXT_SCRIPT))])
            .collect();
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        // each a stretch of one index: together they walk it once
        let ends = std::iter::once(None).chain(bounds.iter().map(Some));
        for (n, (from, to)) in ends.clone().zip(ends.skip(1).chain([None])).enumerate() {
            query.push(if n > 0 { ", (SELECT count(*) FROM " } else { "(SELECT count(*) FROM " });
            query.push(table).push(" INDEXED BY ").push(order.index).push(" WHERE ").push(shown);
            if let Some((_, from)) = from {
                query.push(" AND ").push(key).push(" >= ").push_bind(from.as_slice());
            }
            if let Some((_, to)) = to {
                query.push(" AND ").push(key).push(" < ").push_bind(to.as_slice());
            }
            query.push(")");
        }
        let row = query.build().fetch_one(self.readers()).await.map_err(|e| self.fail(e))?;
        let (mut letters, mut index) = (Vec::new(), 0);
        let names =
            std::iter::once((BEFORE, None)).chain(bounds.iter().map(|(name, from)| (name.as_str(), Some(from))));
        for (n, (letter, from)) in names.enumerate() {
            let count = row.try_get::<i64, _>(n).map_err(|e| self.fail(e))?.unsigned_abs();
            if count > 0 {
                let cursor = from.map(|from| before(order, from));
                letters.push(Letter { letter: letter.to_owned(), index, count, cursor });
            }
            index += count;
        }
        Ok(Some(letters))
    }
}

/// The place before all items whose key is not less than this.
fn before(order: &Order, key: &[u8]) -> Cursor {
    let values = order.columns.iter().enumerate().map(|(n, column)| match (n, column.is_key()) {
        (0, _) => Value::Key(key.to_vec()),
        (_, true) => Value::Key(Vec::new()),
        (_, false) => Value::Number(i64::MIN),
    });
    Cursor { list: order.list, values: values.collect() }
}

fn place_of(list: Lettered) -> Option<(&'static Order, &'static str, &'static str)> {
    Some(match list {
        Lettered::Tracks(sort @ (TrackSort::Title | TrackSort::Artist | TrackSort::Album)) => {
            (sort.order(), "songs", "shown = 1")
        }
        Lettered::Albums(sort @ (AlbumSort::Title | AlbumSort::Artist)) => (sort.order(), "albums", "tracks > 0"),
        Lettered::Artists(leading) => {
            (super::collections::ARTISTS_BY_NAME, "artists", if leading { "leads > 0" } else { "tracks > 0" })
        }
        Lettered::Tracks(_) | Lettered::Albums(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use downbeat_protocol::{Frames, TrackId};

    use super::{
        super::{Filter, Part},
        *,
    };
    use crate::TrackRow;

    #[tokio::test]
    async fn a_letter_leads_to_the_first_item_that_begins_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let titles = ["The Zoo", "abba", "Álom", "10 cc", "Bach", "bird", "Über", "Ωmega", "東京"];
        let rows: Vec<TrackRow> = titles
            .iter()
            .map(|title| {
                TrackRow::unknown(TrackId::random(), format!("/m/{title}.flac").into()).with(|t| {
                    t.title = (*title).into();
                    t.artist = (*title).into();
                    t.format = "flac".into();
                    t.sample_rate = 44_100;
                    t.frames = Frames(44_100);
                })
            })
            .collect();
        store.save_tracks(&rows).await.unwrap();
        for sort in [TrackSort::Title, TrackSort::Artist] {
            let letters = store.letters(Lettered::Tracks(sort)).await.unwrap().unwrap();
            let told: Vec<_> = letters.iter().map(|l| (l.letter.as_str(), l.index, l.count)).collect();
            assert_eq!(told, [("#", 0, 1), ("A", 1, 2), ("B", 3, 2), ("U", 5, 1), ("Z", 6, 1), ("…", 7, 2)]);
            for letter in &letters {
                let part = Part { limit: 1, after: letter.cursor.clone() };
                let page = store.list_tracks(&Filter::default(), sort.into(), part).await.unwrap();
                let all = store.list_tracks(&Filter::default(), sort.into(), Part::first(99)).await.unwrap();
                assert_eq!(page.items[0], all.items[usize::try_from(letter.index).unwrap()], "{}", letter.letter);
            }
        }
        assert_eq!(store.letters(Lettered::Tracks(TrackSort::Added)).await.unwrap(), None);
        assert_eq!(store.letters(Lettered::Albums(AlbumSort::Title)).await.unwrap(), Some(Vec::new()));
    }
}
