//! The keys of speakers.

use downbeat_protocol::SpeakerId;
use sqlx::{Row as _, Sqlite, Transaction, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    columns::{hash, maybe_hash},
    ended::{EndedKind, hex},
    key_state::KeyState,
};
use crate::{Store, StoreError};

/// A speaker's key, as kept.
#[derive(Clone, PartialEq, Eq)]
pub struct SpeakerKeyRow {
    /// The fingerprint.
    pub key: [u8; 32],
    /// The decision.
    pub state: KeyState,
    /// The row that it speaks for.
    pub speaker: Option<SpeakerId>,
    /// The name when it was decided.
    pub name: String,
    /// When, seconds since 1970.
    pub decided: i64,
    /// By whom.
    pub decided_by: String,
    /// The code was compared, or a join token let it in.
    pub verified: bool,
    /// The join token that let it in.
    pub join_token: Option<Uuid>,
    /// The CA that it has pinned, as it last said.
    pub pinned: Option<[u8; 32]>,
    /// The key of its encrypted cache: the one secret of this database that is no hash.
    pub cache_key: Option<[u8; 32]>,
}

impl std::fmt::Debug for SpeakerKeyRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let known = (&self.state, &self.speaker, &self.name);
        f.debug_tuple("SpeakerKeyRow").field(&known).finish_non_exhaustive()
    }
}

impl Store {
    /// All keys about which somebody decided.
    pub async fn load_speaker_keys(&self) -> Result<Vec<SpeakerKeyRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM speaker_keys ORDER BY name, key").fetch_all(self.readers()).await;
        self.decode("speaker_keys", &rows.map_err(|e| self.fail(e))?, decode)
    }

    /// Adds a key, or replaces what is known of it. A row that had another key has this one from now on; the other is
    /// revoked, so that two keys never speak for one speaker.
    pub async fn save_speaker_key(&self, key: &SpeakerKeyRow) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        self.save_key(&mut tx, key).await?;
        self.commit(tx).await
    }

    /// Forgets a key: it may ask again, and no restore brings back an adoption of before. Returns whether there was one.
    pub async fn forget_speaker_key(&self, key: [u8; 32]) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query("DELETE FROM speaker_keys WHERE key = ?").bind(key.as_slice()).execute(&mut *tx).await;
        let done = done.map_err(|e| self.fail(e))?;
        self.note_end(&mut tx, EndedKind::Adoption, &hex(&key)).await?;
        self.commit(tx).await?;
        Ok(done.rows_affected() > 0)
    }

    /// Revokes all keys that a join token let in. Returns their fingerprints.
    pub async fn revoke_joined(&self, token: Uuid, by: &str, at: i64) -> Result<Vec<[u8; 32]>, StoreError> {
        let mut tx = self.write().await?;
        let rows = sqlx::query(
            "UPDATE speaker_keys SET state = 'revoked', decided = ?, decided_by = ?, cache_key = NULL
             WHERE join_token = ? AND state = 'adopted' RETURNING key",
        )
        .bind(at)
        .bind(by)
        .bind(token.to_string())
        .fetch_all(&mut *tx)
        .await
        .map_err(|e| self.fail(e))?;
        self.commit(tx).await?;
        self.decode("speaker_keys", &rows, |row| hash(row, "key"))
    }

    pub(super) async fn save_key(
        &self,
        tx: &mut Transaction<'static, Sqlite>,
        key: &SpeakerKeyRow,
    ) -> Result<(), StoreError> {
        let speaker = key.speaker.map(|id| id.to_string());
        let other = sqlx::query(
            "UPDATE speaker_keys SET state = 'revoked', speaker = NULL, cache_key = NULL
             WHERE speaker = ? AND key <> ?",
        );
        let other = other.bind(&speaker).bind(key.key.as_slice());
        other.execute(&mut **tx).await.map_err(|e| self.fail(e))?;
        if key.state == KeyState::Adopted {
            let again = sqlx::query("DELETE FROM ended WHERE kind = 'adoption' AND id = ?").bind(hex(&key.key));
            again.execute(&mut **tx).await.map_err(|e| self.fail(e))?;
        }
        sqlx::query(
            "INSERT INTO speaker_keys (key, state, speaker, name, decided, decided_by, verified, join_token, pinned,
                 cache_key)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (key) DO UPDATE SET state = excluded.state, speaker = excluded.speaker, name = excluded.name,
                 decided = excluded.decided, decided_by = excluded.decided_by, verified = excluded.verified,
                 join_token = excluded.join_token, pinned = excluded.pinned, cache_key = excluded.cache_key",
        )
        .bind(key.key.as_slice())
        .bind(text(key.state))
        .bind(speaker)
        .bind(&key.name)
        .bind(key.decided)
        .bind(&key.decided_by)
        .bind(key.verified)
        .bind(key.join_token.map(|id| id.to_string()))
        .bind(key.pinned.as_ref().map(<[u8; 32]>::as_slice))
        .bind(key.cache_key.as_ref().map(<[u8; 32]>::as_slice))
        .execute(&mut **tx)
        .await
        .map_err(|e| self.fail(e))?;
        Ok(())
    }
}

fn text(state: KeyState) -> &'static str {
    match state {
        KeyState::Adopted => "adopted",
        KeyState::Refused => "refused",
        KeyState::Revoked => "revoked",
    }
}

/// A state that is not known is none that lets in.
fn state(text: &str) -> KeyState {
    match text {
        "adopted" => KeyState::Adopted,
        "refused" => KeyState::Refused,
        _ => KeyState::Revoked,
    }
}

fn decode(row: &SqliteRow) -> Result<SpeakerKeyRow, sqlx::Error> {
    let id = |column: &'static str| -> Result<Option<Uuid>, sqlx::Error> {
        let text: Option<&str> = row.try_get(column)?;
        let read = text.map(str::parse).transpose();
        read.map_err(|e| sqlx::Error::ColumnDecode { index: column.into(), source: Box::new(e) })
    };
    Ok(SpeakerKeyRow {
        key: hash(row, "key")?,
        state: state(row.try_get("state")?),
        speaker: id("speaker")?.map(SpeakerId),
        name: row.try_get("name")?,
        decided: row.try_get("decided")?,
        decided_by: row.try_get("decided_by")?,
        verified: row.try_get("verified")?,
        join_token: id("join_token")?,
        pinned: maybe_hash(row, "pinned")?,
        cache_key: maybe_hash(row, "cache_key")?,
    })
}
