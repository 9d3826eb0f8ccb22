//! What was ended for good, and what a restore makes of it.

use std::collections::HashSet;

use sqlx::{Row as _, Sqlite, Transaction};

use super::key_state::KeyState;
use crate::{Store, StoreError};

/// A kind of things that end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndedKind {
    /// An API token.
    Token,
    /// A user.
    User,
    /// The adoption of a key.
    Adoption,
    /// A speaker's leave to come without encryption.
    Clear,
    /// A CA.
    Ca,
    /// The word of a CA for the one that took its place.
    OldCa,
}

impl EndedKind {
    fn text(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::User => "user",
            Self::Adoption => "adoption",
            Self::Clear => "clear",
            Self::Ca => "ca",
            Self::OldCa => "old_ca",
        }
    }
}

/// What stays ended over a restore, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StaysEnded {
    /// Users that were deleted.
    pub users: Vec<String>,
    /// Users that keep the password, the role and the bounds of now.
    pub changed: Vec<String>,
    /// API tokens, as user and name.
    pub tokens: Vec<(String, String)>,
    /// Speakers whose adoption was ended.
    pub speakers: Vec<String>,
}

/// A user as it is known to `ended`.
pub(super) fn user_id(name: &str, made: i64) -> String {
    format!("{} {made}", name.to_lowercase())
}

/// A fingerprint as it is known to `ended`.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Store {
    /// Notes that something is ended for good.
    pub async fn end(&self, kind: EndedKind, id: &str) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        self.note_end(&mut tx, kind, id).await?;
        self.commit(tx).await
    }

    pub(super) async fn note_end(
        &self,
        tx: &mut Transaction<'static, Sqlite>,
        kind: EndedKind,
        id: &str,
    ) -> Result<(), StoreError> {
        let note = sqlx::query("INSERT OR IGNORE INTO ended (kind, id) VALUES (?, ?)").bind(kind.text()).bind(id);
        note.execute(&mut **tx).await.map_err(|e| self.fail(e))?;
        Ok(())
    }

    /// The ids of this kind that are ended.
    pub async fn ended(&self, kind: EndedKind) -> Result<HashSet<String>, StoreError> {
        let rows = sqlx::query("SELECT id FROM ended WHERE kind = ?").bind(kind.text()).fetch_all(self.readers()).await;
        let rows = self.decode("ended", &rows.map_err(|e| self.fail(e))?, |row| row.try_get::<String, _>(0))?;
        Ok(rows.into_iter().collect())
    }

    /// Ends in this database, which comes from a backup, all that was ended in `present`: what was taken away since
    /// the backup stays away. What was changed of a user since stays as it is now.
    pub async fn keep_ended(&self, present: &Store) -> Result<StaysEnded, StoreError> {
        let mut stays = StaysEnded::default();
        let (users, tokens) = (self.load_users().await?, self.load_api_tokens().await?);
        let keys = self.load_speaker_keys().await?;
        let now = (present.load_users().await?, present.load_api_tokens().await?, present.load_speaker_keys().await?);
        let ended_users = present.ended(EndedKind::User).await?;
        let ended_tokens = present.ended(EndedKind::Token).await?;
        let ended_adoptions = present.ended(EndedKind::Adoption).await?;

        let mut tx = self.write().await?;
        let all = sqlx::query("SELECT kind, id FROM ended").fetch_all(present.readers()).await;
        for row in all.map_err(|e| present.fail(e))? {
            let note = sqlx::query("INSERT OR IGNORE INTO ended (kind, id) VALUES (?, ?)");
            let (kind, id) = (row.try_get::<String, _>(0), row.try_get::<String, _>(1));
            let note = note.bind(kind.map_err(|e| present.fail(e))?).bind(id.map_err(|e| present.fail(e))?);
            note.execute(&mut *tx).await.map_err(|e| self.fail(e))?;
        }
        for token in tokens {
            if ended_tokens.contains(&token.id.to_string()) {
                let gone = sqlx::query("DELETE FROM api_tokens WHERE id = ?").bind(token.id.to_string());
                gone.execute(&mut *tx).await.map_err(|e| self.fail(e))?;
                stays.tokens.push((token.user, token.name));
            } else if now.1.iter().any(|other| other.id == token.id && other.exposed) {
                let seen = sqlx::query("UPDATE api_tokens SET exposed = 1 WHERE id = ?").bind(token.id.to_string());
                seen.execute(&mut *tx).await.map_err(|e| self.fail(e))?;
            }
        }
        for user in users {
            if ended_users.contains(&user_id(&user.name, user.made)) {
                let gone = sqlx::query("DELETE FROM users WHERE name = ?").bind(&user.name);
                gone.execute(&mut *tx).await.map_err(|e| self.fail(e))?;
                stays.users.push(user.name);
                continue;
            }
            let id = user_id(&user.name, user.made);
            let same = now.0.iter().find(|other| user_id(&other.name, other.made) == id && other.edits >= user.edits);
            if let Some(later) = same.filter(|later| **later != user) {
                self.replace_user(&mut tx, later).await?;
                stays.changed.push(user.name);
            }
        }
        for key in keys.iter().filter(|key| key.state == KeyState::Adopted) {
            let known = now.2.iter().find(|other| other.key == key.key);
            let revoked = known.is_some_and(|other| other.state != KeyState::Adopted);
            if known.is_none() && ended_adoptions.contains(&hex(&key.key)) {
                let gone = sqlx::query("DELETE FROM speaker_keys WHERE key = ?").bind(key.key.as_slice());
                gone.execute(&mut *tx).await.map_err(|e| self.fail(e))?;
                stays.speakers.push(key.name.clone());
            } else if revoked {
                stays.speakers.push(key.name.clone());
            }
        }
        for key in now.2.iter().filter(|key| key.state != KeyState::Adopted) {
            self.save_key(&mut tx, key).await?;
        }
        self.commit(tx).await?;
        Ok(stays)
    }
}
