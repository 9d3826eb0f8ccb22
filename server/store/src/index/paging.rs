//! Pages of rows, from the readers' connections.

use sqlx::{QueryBuilder, Sqlite, sqlite::SqliteRow};

use super::page::{self, ListError, Order, Page, Part};
use crate::{error::StoreError, store::Store};

impl Store {
    pub(crate) async fn reader(&self) -> Result<sqlx::pool::PoolConnection<Sqlite>, StoreError> {
        self.readers().acquire().await.map_err(|e| self.fail(e))
    }

    pub(super) fn page<T>(
        &self,
        rows: Vec<SqliteRow>,
        order: &Order,
        limit: usize,
        decode: fn(&SqliteRow) -> sqlx::Result<T>,
    ) -> Result<Page<T>, StoreError> {
        page::take(rows, order, limit, decode).map_err(|e| self.fail(e))
    }

    /// Adds place and order to `query`, which ends within its conditions, and asks for a page.
    pub(crate) async fn fetch_page<T>(
        &self,
        query: QueryBuilder<Sqlite>,
        order: &Order,
        part: Part,
        decode: fn(&SqliteRow) -> sqlx::Result<T>,
    ) -> Result<Page<T>, ListError> {
        self.fetch_page_turned(query, order, false, part, decode).await
    }

    /// The same, backwards if told so.
    pub(crate) async fn fetch_page_turned<T>(
        &self,
        mut query: QueryBuilder<Sqlite>,
        order: &Order,
        reverse: bool,
        part: Part,
        decode: fn(&SqliteRow) -> sqlx::Result<T>,
    ) -> Result<Page<T>, ListError> {
        let after = part.after.map(|cursor| cursor.of(order)).transpose()?;
        page::push_after(&mut query, order, reverse, after.as_ref());
        page::push_order(&mut query, order, reverse, part.limit);
        let rows = query.build().fetch_all(self.readers()).await.map_err(|e| self.fail(e))?;
        Ok(self.page(rows, order, part.limit, decode)?)
    }

    pub(super) async fn one<T>(
        &self,
        mut query: QueryBuilder<Sqlite>,
        decode: fn(&SqliteRow) -> sqlx::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let row = query.build().fetch_optional(self.readers()).await.map_err(|e| self.fail(e))?;
        row.as_ref().map(decode).transpose().map_err(|e| self.fail(e))
    }
}
