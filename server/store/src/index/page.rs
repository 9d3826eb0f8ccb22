//! Pages of sorted lists that stay right while the list changes.
//!
//! A cursor holds the sort key and the number of the last item that was shown, not a count of items: what is added or
//! removed between two pages neither repeats an item nor skips one.

use crate::error::StoreError;
use sqlx::{QueryBuilder, Row as _, Sqlite, sqlite::SqliteRow};

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The cursor is none, or one of another list or order.
    #[error(transparent)]
    Cursor(#[from] NoCursor),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The place where the next part begins; `None`: this was the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// The same page of other items.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(make).collect(), next: self.next }
    }
}

/// The part of a list that is asked for.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// At most so many items.
    pub limit: usize,
    /// Behind this place; `None`: from the start.
    pub after: Option<Cursor>,
}

impl Part {
    /// The first `limit` items.
    pub fn first(limit: usize) -> Self {
        Self { limit, after: None }
    }
}

/// A value of a cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Number(i64),
    Key(Vec<u8>),
}

/// A place in a list of a certain order. For programs it is text without meaning: [`Cursor::to_string`] and
/// [`Cursor::parse`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The number of the list and its order; see [`Order::name`].
    pub(super) list: u8,
    pub(super) values: Vec<Value>,
}

/// A text that is no cursor, or one of another list or order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this list in this order; begin again without")]
pub struct NoCursor;

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02x}", self.list)?;
        for value in &self.values {
            match value {
                Value::Number(number) => write!(f, "n{number:x}")?,
                Value::Key(key) => {
                    write!(f, "k")?;
                    key.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
                }
            }
        }
        Ok(())
    }
}

impl Cursor {
    /// Reads what [`Cursor::to_string`] wrote.
    pub fn parse(text: &str) -> Result<Self, NoCursor> {
        let byte = |hex: &[u8]| {
            std::str::from_utf8(hex).ok().filter(|_| hex.len() == 2).and_then(|hex| u8::from_str_radix(hex, 16).ok())
        };
        let text = text.as_bytes();
        let list = text.get(..2).and_then(byte).ok_or(NoCursor)?;
        let (mut values, mut rest) = (Vec::new(), &text[2..]);
        while let [kind, after @ ..] = rest {
            let length = after.iter().take_while(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')).count();
            let (digits, after) = after.split_at(length);
            values.push(match kind {
                b'n' => {
                    let digits = std::str::from_utf8(digits).map_err(|_| NoCursor)?;
                    // Numbers are written as their 64 bits.
                    Value::Number(u64::from_str_radix(digits, 16).map_err(|_| NoCursor)? as i64)
                }
                b'k' => Value::Key(digits.chunks(2).map(|pair| byte(pair).ok_or(NoCursor)).collect::<Result<_, _>>()?),
                _ => return Err(NoCursor),
            });
            rest = after;
        }
        Ok(Self { list, values })
    }

    /// The place behind the item with these values, of an order by numbers.
    pub(crate) fn at(order: &Order, values: &[i64]) -> Self {
        Self { list: order.list, values: values.iter().copied().map(Value::Number).collect() }
    }

    /// True if it is a place in a list of tracks.
    pub fn is_of_tracks(&self) -> bool {
        matches!(self.list, 1..=10 | 15)
    }

    /// The cursor if it is one of this order.
    pub(super) fn of(self, order: &Order) -> Result<Self, NoCursor> {
        let fits =
            |(value, column): (&Value, &Column)| matches!(value, Value::Key(_)) == matches!(column, Column::Key(_));
        let fits = self.list == order.list
            && self.values.len() == order.columns.len()
            && self.values.iter().zip(order.columns).all(fits);
        if fits { Ok(self) } else { Err(NoCursor) }
    }
}

/// A column that a list is sorted by.
#[derive(Debug)]
pub(crate) enum Column {
    /// A sort key.
    Key(&'static str),
    Number(&'static str),
}

impl Column {
    /// True for a sort key.
    pub(super) fn is_key(&self) -> bool {
        matches!(self, Self::Key(_))
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Key(name) | Self::Number(name) => name,
        }
    }
}

/// An order of a list; the last column tells all rows apart.
#[derive(Debug)]
pub(crate) struct Order {
    /// Its name in cursors, different for every order of every list.
    pub(super) list: u8,
    pub(super) columns: &'static [Column],
    /// The index that has these columns.
    pub(super) index: &'static str,
}

/// The orders of lists that are not of the index itself.
pub(crate) mod order {
    use super::{
        Column::{Key, Number},
        Order,
    };

    pub(crate) const PLAYLISTS: &Order = &Order { list: 61, columns: &[Key("k_name"), Number("num")], index: "" };
    pub(crate) const PLAYLIST_ENTRIES: &Order =
        &Order { list: 62, columns: &[Number("place"), Number("num")], index: "" };
    pub(crate) const PLAYS: &Order = &Order { list: 71, columns: &[Number("began_us"), Number("play")], index: "" };
    pub(crate) const STRETCHES: &Order =
        &Order { list: 72, columns: &[Number("start_us"), Number("stretch")], index: "" };
}

/// Adds the columns of `order`, which [`take`] reads.
pub(super) fn push_columns(query: &mut QueryBuilder<Sqlite>, order: &Order) {
    for (i, column) in order.columns.iter().enumerate() {
        query.push(if i > 0 { ", " } else { "" }).push(column.name());
    }
}

/// Adds ` AND (columns) > (values)`, if there is a cursor.
pub(super) fn push_after(query: &mut QueryBuilder<Sqlite>, order: &Order, reverse: bool, after: Option<&Cursor>) {
    let Some(cursor) = after else { return };
    query.push(" AND (");
    push_columns(query, order);
    query.push(if reverse { ") < (" } else { ") > (" });
    for (i, value) in cursor.values.iter().enumerate() {
        query.push(if i > 0 { ", " } else { "" });
        match value {
            Value::Number(number) => query.push_bind(*number),
            Value::Key(key) => query.push_bind(key.as_slice()),
        };
    }
    query.push(")");
}

/// Adds ` ORDER BY columns LIMIT limit + 1`: the one more says whether there is a next page.
pub(super) fn push_order(query: &mut QueryBuilder<Sqlite>, order: &Order, reverse: bool, limit: usize) {
    query.push(" ORDER BY ");
    for (i, column) in order.columns.iter().enumerate() {
        query.push(if i > 0 { ", " } else { "" }).push(column.name()).push(if reverse { " DESC" } else { "" });
    }
    query.push(" LIMIT ").push_bind(limit as i64 + 1);
}

/// Makes a page of rows that were asked for by the functions above.
pub(super) fn take<T>(
    mut rows: Vec<SqliteRow>,
    order: &Order,
    limit: usize,
    decode: impl Fn(&SqliteRow) -> sqlx::Result<T>,
) -> sqlx::Result<Page<T>> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = match rows.last().filter(|_| more) {
        Some(row) => Some(place(row, order)?),
        None => None,
    };
    Ok(Page { items: rows.iter().map(decode).collect::<sqlx::Result<_>>()?, next })
}

fn place(row: &SqliteRow, order: &Order) -> sqlx::Result<Cursor> {
    let values = order.columns.iter().map(|column| {
        Ok(match column {
            Column::Key(name) => Value::Key(row.try_get(*name)?),
            Column::Number(name) => Value::Number(row.try_get(*name)?),
        })
    });
    Ok(Cursor { list: order.list, values: values.collect::<sqlx::Result<_>>()? })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(
            list: u8,
            values in prop::collection::vec(
                prop_oneof![any::<i64>().prop_map(Value::Number), any::<Vec<u8>>().prop_map(Value::Key)], 0..5),
        ) {
            let cursor = Cursor { list, values };
            prop_assert_eq!(Cursor::parse(&cursor.to_string()), Ok(cursor));
        }

        #[test]
        fn any_text_is_a_cursor_or_none(text in "\\PC{0,20}|[0-9a-fnk]{0,20}") {
            if let Ok(cursor) = Cursor::parse(&text) {
                // what has only one order is written in one way, up to leading zeros
                prop_assert_eq!(Cursor::parse(&cursor.to_string()), Ok(cursor));
            }
        }
    }
}
