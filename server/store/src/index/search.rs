//! Search, best hits first.
//!
//! Hits come in tiers: the title itself; the very words in title, artist or album; words that begin so there; the same
//! anywhere. Within a tier tracks come in the order in which they were found, which keeps albums together, and albums
//! and artists by name. So a page is a walk that ends when the page is full, however many hits there are.
//!
//! When nothing matches, each word that no word of the library begins with is replaced by the likest one.

use downbeat_protocol::TrackId;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection, sqlite::SqliteRow};

use super::{
    condition::push_figures,
    conditions::{Conditions, Filter, now},
    ends::with_ends,
    expression::{Columns, Match, expression, unwanted},
    fold::folded,
    keys,
    page::{
        Column::{Key, Number},
        Cursor, ListError, NoCursor, Order, Page, Part, Value,
    },
    query::{Field, Query, Text},
    searched::Kind,
    sorts::TrackSort,
    things::{self, Album, Artist},
    words::{self, Vocabulary},
};
use crate::{error::StoreError, row::parsed, store::Store};

/// Words that might have been meant and are looked up.
const CANDIDATES: usize = 24;

/// The query as it was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Understood {
    /// The query to search with.
    pub query: Query,
    /// How it reads, if it is not what was typed.
    pub instead: Option<String>,
}

impl Store {
    /// Understands what was typed; if nothing in the library matches it, what was probably meant.
    pub async fn understand(&self, typed: &str) -> Result<Understood, StoreError> {
        let query = Query::parse(typed);
        let mut db = self.reader().await?;
        let Some(any) = expression(&query, Columns::All, Match::Beginning) else {
            return Ok(Understood { query, instead: None });
        };
        if self.occurs(&mut db, &any).await? {
            return Ok(Understood { query, instead: None });
        }
        let mut meant = query.clone();
        let mut changed = false;
        for text in meant.texts.iter_mut().filter(|t| !t.not) {
            let Text { field, words, open, .. } = &mut text.what;
            let last = words.len() - 1;
            for (i, word) in words.iter_mut().enumerate() {
                let (words, open) = (vec![word.clone()], *open && i == last);
                let mut single = Text { field: *field, words, open, ends: Vec::new() };
                if let Some(better) = self.meant(&mut db, &mut single).await? {
                    *word = better;
                    changed = true;
                }
            }
        }
        if changed {
            let instead = Some(meant.to_string());
            return Ok(Understood { query: meant, instead });
        }
        Ok(Understood { query, instead: None })
    }

    /// The word that was probably meant by one that does not occur.
    async fn meant(&self, db: &mut SqliteConnection, single: &mut Text) -> Result<Option<String>, StoreError> {
        let of = |text: &Text| {
            let query =
                Query { texts: vec![super::query::Part { what: text.clone(), not: false }], ..Query::default() };
            expression(&query, Columns::All, Match::Beginning).unwrap_or_default()
        };
        if self.occurs(db, &of(single)).await? {
            return Ok(None);
        }
        let near = self.near(db, folded(&single.words[0])).await?;
        let listed = serde_json::to_string(&near.iter().map(|n| &n.word).collect::<Vec<_>>()).unwrap_or_default();
        let counts: Vec<(String, i64)> =
            sqlx::query_as("SELECT v.term, v.doc FROM json_each(?) w CROSS JOIN song_vocabulary v ON v.term = w.value")
                .bind(listed)
                .fetch_all(&mut *db)
                .await
                .map_err(|e| self.fail(e))?;
        let count = |word: &str| counts.iter().find(|(term, _)| term == word).map_or(0, |(_, count)| *count);
        let mut ranked: Vec<_> = near.into_iter().map(|n| (n.distance, n.beginning, -count(&n.word), n.word)).collect();
        ranked.retain(|(_, _, count, _)| *count < 0);
        ranked.sort();
        for (_, _, _, word) in ranked {
            single.words[0] = word;
            if self.occurs(db, &of(single)).await? {
                return Ok(single.words.pop());
            }
        }
        Ok(None)
    }

    async fn occurs(&self, db: &mut SqliteConnection, expression: &str) -> Result<bool, StoreError> {
        let found: Option<i64> = sqlx::query_scalar("SELECT rowid FROM song_words WHERE song_words MATCH ? LIMIT 1")
            .bind(expression)
            .fetch_optional(db)
            .await
            .map_err(|e| self.fail(e))?;
        Ok(found.is_some())
    }

    async fn near(&self, db: &mut SqliteConnection, word: String) -> Result<Vec<words::Near>, StoreError> {
        let vocabulary = self.vocabulary();
        if vocabulary.read().is_ok_and(|v| v.is_none()) {
            // One long text: a row for each word would take ten times as long.
            let all: Option<String> = sqlx::query_scalar("SELECT group_concat(word, ' ') FROM words")
                .fetch_one(db)
                .await
                .map_err(|e| self.fail(e))?;
            if let Ok(mut place) = vocabulary.write() {
                *place = Some(Vocabulary::of(all.unwrap_or_default().split_whitespace()));
            }
        }
        let look = move || {
            let vocabulary = vocabulary.read().ok()?;
            Some(vocabulary.as_ref()?.near(&word, CANDIDATES))
        };
        Ok(tokio::task::spawn_blocking(look).await.ok().flatten().unwrap_or_default())
    }

    /// Tracks, best hits first.
    pub async fn search_tracks(
        &self,
        query: &Query,
        unavailable: bool,
        part: Part,
    ) -> Result<Page<TrackId>, ListError> {
        const ORDER: &Order = &Order { list: 51, columns: &[Number("tier"), Number("num")], index: "" };
        if query.wanted().next().is_none() {
            let filter = Filter { query: query.clone(), unavailable, ..Filter::default() };
            return self.list_tracks(&filter, TrackSort::Artist.into(), part).await;
        }
        let after = part.after.map(|cursor| cursor.of(ORDER)).transpose()?;
        let (mut tier, mut behind) = numbers(after.as_ref())?;
        let mut db = self.reader().await?;
        let query = &with_ends(&mut db, query).await.map_err(|e| self.fail(e))?;
        let widest = expression(query, Columns::All, Match::Beginning).unwrap_or_default();
        let same = plain(query).map(|title| keys::same_letters(&title));
        let words = expression(query, Columns::Main, Match::Word).unwrap_or_default();
        let begun = expression(query, Columns::Main, Match::Beginning).unwrap_or_default();
        let tiers = [None, Some((&words, None)), Some((&begun, Some(&words))), Some((&widest, Some(&begun)))];
        let unwanted = unwanted(query);
        let now = now();
        let mut items: Vec<(i64, i64, TrackId)> = Vec::new();
        while let Some(one) = usize::try_from(tier).ok().and_then(|t| tiers.get(t)) {
            let wanted = part.limit + 1 - items.len();
            let mut sql = QueryBuilder::new("SELECT songs.id, songs.num FROM ");
            match (one, &same) {
                (None, Some((from, to))) => {
                    sql.push("songs INDEXED BY songs_by_title WHERE k_title >= ").push_bind(from.as_slice());
                    sql.push(" AND k_title < ").push_bind(to.as_slice()).push(" AND songs.num > ").push_bind(behind);
                }
                (Some((these, but)), _) if but.is_none_or(|but| but != *these) => {
                    let mut expression = format!("({these})");
                    for but in but.iter().map(|b| b.as_str()).chain(unwanted.as_deref()) {
                        expression = format!("({expression} NOT ({but}))");
                    }
                    sql.push("song_words CROSS JOIN songs ON songs.num = song_words.rowid WHERE song_words MATCH ");
                    sql.push_bind(expression).push(" AND song_words.rowid > ").push_bind(behind);
                    if let Some((from, to)) = &same {
                        sql.push(" AND NOT (k_title >= ").push_bind(from.as_slice());
                        sql.push(" AND k_title < ").push_bind(to.as_slice()).push(")");
                    }
                }
                _ => {
                    (tier, behind) = (tier + 1, 0);
                    continue;
                }
            }
            sql.push(" AND ");
            push_figures(&mut sql, &query.figures, now);
            sql.push(if unavailable { "" } else { " AND shown = 1" });
            sql.push(if one.is_some() { " ORDER BY song_words.rowid LIMIT " } else { " ORDER BY songs.num LIMIT " });
            sql.push_bind(wanted as i64);
            let rows = sql.build().fetch_all(&mut *db).await.map_err(|e| self.fail(e))?;
            for row in rows {
                let (id, num) =
                    parsed(&row, "id").and_then(|id| Ok((id, row.try_get("num")?))).map_err(|e| self.fail(e))?;
                items.push((tier, num, id));
            }
            if items.len() > part.limit {
                break;
            }
            (tier, behind) = (tier + 1, 0);
        }
        let more = items.len() > part.limit;
        items.truncate(part.limit);
        let place = |(tier, num, _): &(i64, i64, TrackId)| Cursor {
            list: ORDER.list,
            values: vec![Value::Number(*tier), Value::Number(*num)],
        };
        let next = items.last().filter(|_| more).map(place);
        Ok(Page { items: items.into_iter().map(|(_, _, id)| id).collect(), next })
    }

    /// Albums, best hits first: by title and artist, and such that have tracks that match the rest.
    pub async fn search_albums(&self, query: &Query, unavailable: bool, part: Part) -> Result<Page<Album>, ListError> {
        let kind = Kind {
            table: "albums",
            words: "album_words",
            select: "id, title, artist, year, tracks, ms, added, cover, num, edition,
                k_title AS k",
            key: "k_title",
            index: "albums_by_title",
            links: "SELECT album FROM songs WHERE num IN (",
            tracks: "songs INDEXED BY songs_of_album WHERE album = albums.num",
            column: |field| match field {
                None => Some(""),
                Some(Field::Album | Field::Title) => Some("title : "),
                Some(Field::Artist | Field::AlbumArtist) => Some("artist : "),
                Some(_) => None,
            },
            order: &Order { list: 52, columns: &[Number("tier"), Key("k"), Number("num")], index: "" },
        };
        self.search_named(&kind, query, unavailable, part, things::album).await
    }

    /// Artists, best hits first: by name, and such that have tracks that match the rest.
    pub async fn search_artists(
        &self,
        query: &Query,
        unavailable: bool,
        part: Part,
    ) -> Result<Page<Artist>, ListError> {
        let kind = Kind {
            table: "artists",
            words: "artist_words",
            select: things::ARTIST_WITH_KEY,
            key: "k_name",
            index: "artists_by_name",
            links: "SELECT artist FROM song_artists WHERE song IN (",
            tracks: "song_artists CROSS JOIN songs INDEXED BY songs_in_short ON songs.num = song_artists.song
                WHERE song_artists.artist = artists.num",
            column: |field| match field {
                None | Some(Field::Artist | Field::AlbumArtist) => Some("name : "),
                Some(_) => None,
            },
            order: &Order { list: 53, columns: &[Number("tier"), Key("k"), Number("num")], index: "" },
        };
        self.search_named(&kind, query, unavailable, part, things::artist).await
    }

    async fn search_named<T>(
        &self,
        kind: &Kind,
        query: &Query,
        unavailable: bool,
        part: Part,
        decode: fn(&SqliteRow) -> sqlx::Result<T>,
    ) -> Result<Page<T>, ListError> {
        let after = part.after.map(|cursor| cursor.of(kind.order)).transpose()?;
        if query.is_empty() || query.nothing {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let mut db = self.reader().await?;
        let (own, rest) = kind.split(query);
        let filter = Filter { query: rest, unavailable, within: None };
        let rest = Conditions::of(&mut db, &filter, now()).await.map_err(|e| self.fail(e))?;
        let same = plain(&own).map(|name| keys::same_letters(&name));
        let begun = kind.expression(&own, Match::Beginning);
        let words = kind.expression(&own, Match::Word).filter(|words| !words.not);
        let (mut tier, mut behind) = match after.map(|c| c.values) {
            None => (0, None),
            Some(values) => match values.as_slice() {
                [Value::Number(tier), Value::Key(key), Value::Number(num)] => (*tier, Some((key.clone(), *num))),
                _ => return Err(NoCursor.into()),
            },
        };
        let mut rows: Vec<(i64, SqliteRow)> = Vec::new();
        // The name itself; the very words; words that begin so, or whatever has tracks that match.
        while (0..3).contains(&tier) && rows.len() <= part.limit {
            let skipped = (tier == 0 && same.is_none()) || (tier == 1 && (words.is_none() || words == begun));
            if !skipped {
                let mut sql = QueryBuilder::<Sqlite>::new("SELECT ");
                sql.push(kind.select).push(" FROM ").push(kind.table).push(" INDEXED BY ").push(kind.index);
                sql.push(if unavailable { " WHERE true" } else { " WHERE tracks > 0" });
                kind.push_tier(&mut sql, tier, same.as_ref(), words.as_ref(), begun.as_ref());
                kind.push_rest(&mut sql, &rest);
                if let Some((key, num)) = behind.take() {
                    sql.push(" AND (")
                        .push(kind.key)
                        .push(", num) > (")
                        .push_bind(key)
                        .push(", ")
                        .push_bind(num)
                        .push(")");
                }
                sql.push(" ORDER BY ")
                    .push(kind.key)
                    .push(", num LIMIT ")
                    .push_bind((part.limit + 1 - rows.len()) as i64);
                let found = sql.build().fetch_all(&mut *db).await.map_err(|e| self.fail(e))?;
                rows.extend(found.into_iter().map(|row| (tier, row)));
            }
            behind = None;
            tier += 1;
        }
        let more = rows.len() > part.limit;
        rows.truncate(part.limit);
        let place = |(tier, row): &(i64, SqliteRow)| {
            let values = vec![Value::Number(*tier), Value::Key(row.try_get("k")?), Value::Number(row.try_get("num")?)];
            Ok(Cursor { list: kind.order.list, values })
        };
        let next = rows.last().filter(|_| more).map(place).transpose().map_err(|e| self.fail(e))?;
        let items: sqlx::Result<Vec<T>> = rows.iter().map(|(_, row)| decode(row)).collect();
        Ok(Page { items: items.map_err(|e| self.fail(e))?, next })
    }
}

/// The words of a query that is nothing but words.
fn plain(query: &Query) -> Option<String> {
    let all_plain = query.figures.is_empty() && query.texts.iter().all(|t| !t.not && t.what.field.is_none());
    let words: Vec<&str> = query.wanted().flat_map(|t| &t.words).map(String::as_str).collect();
    (all_plain && !words.is_empty()).then(|| words.join(" "))
}

fn numbers(cursor: Option<&Cursor>) -> Result<(i64, i64), NoCursor> {
    match cursor.map(|c| c.values.as_slice()) {
        None => Ok((0, 0)),
        Some([Value::Number(tier), Value::Number(num)]) => Ok((*tier, *num)),
        Some(_) => Err(NoCursor),
    }
}
