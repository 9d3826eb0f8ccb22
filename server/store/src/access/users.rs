//! Users.

use downbeat_protocol::volume::Volume;
use sqlx::{Row as _, sqlite::SqliteRow};

use super::ended::{EndedKind, user_id};
use crate::{Store, StoreError};

/// A user, as kept.
#[derive(Clone, PartialEq)]
pub struct UserRow {
    /// The name; no two differ in upper and lower case alone.
    pub name: String,
    /// `operator` or `admin`.
    pub role: String,
    /// The password's hash as a PHC string; empty: none was set yet.
    pub password: String,
    /// Zones and labels as JSON; `None`: bound to nothing.
    pub bound: Option<String>,
    /// They make nothing louder than this.
    pub max_volume: Option<Volume>,
    /// When it was made, seconds since 1970.
    pub made: i64,
    /// How often it was changed. The store counts it.
    pub edits: i64,
}

impl std::fmt::Debug for UserRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserRow").field("name", &self.name).field("role", &self.role).finish_non_exhaustive()
    }
}

/// Why a user was not saved.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// A user of this name exists (upper and lower case count as the same).
    #[error("there is already a user named {0:?}")]
    NameTaken(String),
    /// Without this one nobody would be admin.
    #[error("{0:?} is the last admin; make another one first")]
    LastAdmin(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// All users, by name.
    pub async fn load_users(&self) -> Result<Vec<UserRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM users ORDER BY name").fetch_all(self.readers()).await;
        self.decode("users", &rows.map_err(|e| self.fail(e))?, decode)
    }

    /// Adds a user. [`UserError::NameTaken`] if there is one of this name.
    pub async fn add_user(&self, user: &UserRow) -> Result<(), UserError> {
        let mut tx = self.write().await?;
        let query = "INSERT INTO users (role, password, bound, max_volume, made, name) VALUES (?, ?, ?, ?, ?, ?)";
        bind(query, user).execute(&mut *tx).await.map_err(|e| match e.as_database_error() {
            Some(cause) if cause.is_unique_violation() => UserError::NameTaken(user.name.clone()),
            _ => self.fail(e).into(),
        })?;
        Ok(self.commit(tx).await?)
    }

    /// Replaces what is known of a user. Returns whether there is one. The last admin stays one.
    pub async fn save_user(&self, user: &UserRow) -> Result<bool, UserError> {
        let mut tx = self.write().await?;
        let was_admin = self.is_admin(&mut tx, &user.name).await?;
        let query = "UPDATE users SET role = ?, password = ?, bound = ?, max_volume = ?, made = ?, edits = edits + 1
                     WHERE name = ?";
        let done = bind(query, user).execute(&mut *tx).await.map_err(|e| self.fail(e))?;
        if was_admin && user.role != ADMIN {
            self.keep_an_admin(&mut tx, &user.name).await?;
        }
        self.commit(tx).await?;
        Ok(done.rows_affected() > 0)
    }

    /// A user as another database has it.
    pub(super) async fn replace_user(
        &self,
        tx: &mut sqlx::Transaction<'static, sqlx::Sqlite>,
        user: &UserRow,
    ) -> Result<(), StoreError> {
        let query = "UPDATE users SET role = ?, password = ?, bound = ?, max_volume = ?, made = ?, edits = ?
                     WHERE name = ?";
        let bound = sqlx::query(query)
            .bind(&user.role)
            .bind(&user.password)
            .bind(&user.bound)
            .bind(user.max_volume.map(|volume| f64::from(volume.percent())))
            .bind(user.made)
            .bind(user.edits)
            .bind(&user.name);
        bound.execute(&mut **tx).await.map_err(|e| self.fail(e))?;
        Ok(())
    }

    /// Deletes a user with their tokens, sessions and places, for good. Returns whether there was one. The last admin
    /// stays.
    pub async fn delete_user(&self, name: &str) -> Result<bool, UserError> {
        let mut tx = self.write().await?;
        let query = "DELETE FROM users WHERE name = ? RETURNING name, made";
        let was_admin = self.is_admin(&mut tx, name).await?;
        let done = sqlx::query(query).bind(name).fetch_optional(&mut *tx).await.map_err(|e| self.fail(e))?;
        if was_admin {
            self.keep_an_admin(&mut tx, name).await?;
        }
        if let Some(row) = &done {
            let read = |row: &SqliteRow| Ok(user_id(row.try_get(0)?, row.try_get(1)?));
            let id = read(row).map_err(|e: sqlx::Error| self.fail(e))?;
            self.note_end(&mut tx, EndedKind::User, &id).await?;
        }
        self.commit(tx).await?;
        Ok(done.is_some())
    }

    async fn is_admin(
        &self,
        tx: &mut sqlx::Transaction<'static, sqlx::Sqlite>,
        name: &str,
    ) -> Result<bool, StoreError> {
        let found = sqlx::query("SELECT 1 FROM users WHERE name = ? AND role = 'admin'").bind(name);
        Ok(found.fetch_optional(&mut **tx).await.map_err(|e| self.fail(e))?.is_some())
    }

    /// Fails if nobody is admin after a change of the user `name`, although somebody was before.
    async fn keep_an_admin(
        &self,
        tx: &mut sqlx::Transaction<'static, sqlx::Sqlite>,
        name: &str,
    ) -> Result<(), UserError> {
        let query =
            sqlx::query("SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM users WHERE role = 'admin')");
        let row = query.fetch_one(&mut **tx).await.map_err(|e| self.fail(e))?;
        let admins: i64 = row.try_get(1).map_err(|e| self.fail(e))?;
        if admins == 0 { Err(UserError::LastAdmin(name.to_owned())) } else { Ok(()) }
    }

    /// The places from which accounts logged in: user, place, when.
    pub async fn load_known_places(&self) -> Result<Vec<(String, String, i64)>, StoreError> {
        let rows = sqlx::query("SELECT user, place, at FROM known_places").fetch_all(self.readers()).await;
        let rows = rows.map_err(|e| self.fail(e))?;
        self.decode("known_places", &rows, |row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
    }

    /// Notes a place from which an account logged in, and forgets its places from before `oldest`.
    pub async fn save_known_place(&self, user: &str, place: &str, at: i64, oldest: i64) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let fail = |e| self.fail(e);
        let forget = sqlx::query("DELETE FROM known_places WHERE user = ? AND at < ?").bind(user).bind(oldest);
        forget.execute(&mut *tx).await.map_err(fail)?;
        sqlx::query(
            "INSERT INTO known_places (user, place, at) VALUES (?, ?, ?)
             ON CONFLICT (user, place) DO UPDATE SET at = max(at, excluded.at)",
        )
        .bind(user)
        .bind(place)
        .bind(at)
        .execute(&mut *tx)
        .await
        .map_err(fail)?;
        self.commit(tx).await
    }
}

const ADMIN: &str = "admin";

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

fn bind<'q>(query: &'static str, user: &'q UserRow) -> Query<'q> {
    sqlx::query(query)
        .bind(&user.role)
        .bind(&user.password)
        .bind(&user.bound)
        .bind(user.max_volume.map(|volume| f64::from(volume.percent())))
        .bind(user.made)
        .bind(&user.name)
}

fn decode(row: &SqliteRow) -> Result<UserRow, sqlx::Error> {
    Ok(UserRow {
        name: row.try_get("name")?,
        role: row.try_get("role")?,
        password: row.try_get("password")?,
        bound: row.try_get("bound")?,
        max_volume: row.try_get::<Option<f64>, _>("max_volume")?.map(|percent| Volume::clamped(percent as f32)),
        made: row.try_get("made")?,
        edits: row.try_get("edits")?,
    })
}
