//! The sorted lists of tracks.

use downbeat_protocol::TrackId;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::{
    condition::push_has_words,
    conditions::{Conditions, Filter, Walk, now},
    page::{self, ListError, Page, Part},
    sorts::{Sorted, TrackSort},
};
use crate::{error::StoreError, row::parsed, store::Store};

/// Tracks that are looked at for each one of a page, where at least half of them match.
const LOOKED_AT: usize = 3;
/// A longer page is not worth that: each track takes some 20 us.
const LOOKED_AT_MOST: usize = 200;

impl Store {
    /// The ids of the tracks of `filter`, sorted.
    pub async fn list_tracks(
        &self,
        filter: &Filter,
        sort: Sorted<TrackSort>,
        part: Part,
    ) -> Result<Page<TrackId>, ListError> {
        let mut db = self.reader().await?;
        let conditions = Conditions::of(&mut db, filter, now()).await.map_err(|e| self.fail(e))?;
        self.list_on(&mut db, &conditions, sort, part).await
    }

    /// The same, and how many there are in all parts.
    pub async fn list_and_count_tracks(
        &self,
        filter: &Filter,
        sort: Sorted<TrackSort>,
        part: Part,
    ) -> Result<(Page<TrackId>, u64), ListError> {
        let conditions = {
            let mut db = self.reader().await?;
            self.counted_words(&mut db, filter).await?
        };
        // Each on a connection of its own, which nobody holds who waits for another.
        let page = async {
            let mut db = self.reader().await?;
            self.list_on(&mut db, &conditions, sort, part).await
        };
        let count = async {
            if let Some(known) = conditions.known() {
                return Ok(known);
            }
            let mut db = self.reader().await?;
            conditions.count(&mut db).await.map_err(|e| ListError::from(self.fail(e)))
        };
        let (page, count) = tokio::try_join!(page, count)?;
        Ok((page, count.unsigned_abs()))
    }

    async fn list_on(
        &self,
        db: &mut SqliteConnection,
        conditions: &Conditions,
        sort: Sorted<TrackSort>,
        part: Part,
    ) -> Result<Page<TrackId>, ListError> {
        let order = sort.by.order();
        let after = part.after.map(|cursor| cursor.of(order)).transpose()?;
        let walk = match (&after, sort.reverse) {
            _ if order.index.is_empty() => Walk::Free,
            (None, _) => Walk::Along(order.index),
            (Some(_), false) => Walk::Onwards(order.index),
            (Some(_), true) => Walk::Back(order.index),
        };
        let push = |query: &mut QueryBuilder<Sqlite>, conditions: &Conditions, limit| {
            query.push("SELECT id, ");
            page::push_columns(query, order);
            query.push(" FROM ");
            conditions.push(query, walk);
            page::push_after(query, order, sort.reverse, after.as_ref());
            page::push_order(query, order, sort.reverse, limit);
        };
        let mut rows = Vec::new();
        if let Some((words, others)) =
            conditions.words_of_most().filter(|_| walk != Walk::Free && part.limit <= LOOKED_AT_MOST)
        {
            // The next tracks of all are most likely enough: to have a set of all that match takes longer.
            let mut query = QueryBuilder::new("SELECT * FROM (");
            push(&mut query, &others, LOOKED_AT * part.limit);
            query.push(") AS songs WHERE ");
            push_has_words(&mut query, words);
            page::push_order(&mut query, order, sort.reverse, part.limit);
            rows = query.build().fetch_all(&mut *db).await.map_err(|e| self.fail(e))?;
        }
        if rows.len() <= part.limit {
            let mut query = QueryBuilder::new("");
            push(&mut query, conditions, part.limit);
            rows = query.build().fetch_all(db).await.map_err(|e| self.fail(e))?;
        }
        Ok(self.page(rows, order, part.limit, |row| parsed(row, "id"))?)
    }

    /// How many tracks `filter` has.
    pub async fn count_listed(&self, filter: &Filter) -> Result<u64, StoreError> {
        let mut db = self.reader().await?;
        let conditions = self.counted_words(&mut db, filter).await?;
        let count = conditions.count(&mut db).await.map_err(|e| self.fail(e))?;
        Ok(count.unsigned_abs())
    }

    async fn counted_words(&self, db: &mut SqliteConnection, filter: &Filter) -> Result<Conditions, StoreError> {
        let mut conditions = Conditions::of(db, filter, now()).await.map_err(|e| self.fail(e))?;
        conditions.count_words(db).await.map_err(|e| self.fail(e))?;
        Ok(conditions)
    }
}
