//! Speakers: what a person called them, where they belong, how loud they are.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use downbeat_protocol::{SpeakerId, ZoneId, handshake::SpeakerClass, server_message::ChannelRole, volume::Volume};
use sqlx::{Row as _, Sqlite, Transaction, sqlite::SqliteRow};

use super::{Store, StoreError, row::parsed};

/// A speaker as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct SpeakerRow {
    /// Made by the speaker itself at its first start.
    pub id: SpeakerId,
    /// The name that people gave it.
    pub name: String,
    /// Agent or browser.
    pub class: SpeakerClass,
    /// The zone it is in.
    pub zone: ZoneId,
    /// As people set it.
    pub volume: Volume,
    /// Silent, whatever the volume.
    pub muted: bool,
    /// The delay behind its sound card, microseconds, signed.
    pub output_delay_us: i64,
    /// It is never less loud than this, whatever the volumes; only muted.
    pub min_volume: Volume,
    /// It is never louder than this, whatever the volumes.
    pub max_volume: Volume,
    /// The channel or channels of the file that it sounds.
    pub channels: ChannelRole,
    /// The labels that people wrote on it, by key.
    pub labels: BTreeMap<String, String>,
    /// When it said its first hello.
    pub first_seen: DateTime<Utc>,
    /// When it was last connected.
    pub last_seen: DateTime<Utc>,
    /// Its other settings as JSON, which the store does not read.
    pub settings: String,
}

/// Why a speaker was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SpeakerError {
    /// The speaker's zone does not exist.
    #[error("there is no zone {0}")]
    NoSuchZone(ZoneId),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Every speaker that was ever seen and not forgotten, by name.
    pub async fn load_speakers(&self) -> Result<Vec<SpeakerRow>, StoreError> {
        let rows = sqlx::query("SELECT * FROM speakers ORDER BY name, id")
            .fetch_all(self.readers())
            .await
            .map_err(|e| self.fail(e))?;
        self.decode("speakers", &rows, decode)
    }

    /// Adds the speaker or replaces what is known of it. [`SpeakerError::NoSuchZone`] if its zone is gone.
    pub async fn save_speaker(&self, speaker: &SpeakerRow) -> Result<(), SpeakerError> {
        self.save_speakers(std::slice::from_ref(speaker)).await
    }

    /// Adds or replaces many at once: one wait for the disk for all of them. All or none.
    pub async fn save_speakers(&self, speakers: &[SpeakerRow]) -> Result<(), SpeakerError> {
        let mut tx = self.write().await?;
        for speaker in speakers {
            self.save_one(&mut tx, speaker).await?;
        }
        Ok(self.commit(tx).await?)
    }

    /// Notes when speakers were last connected. Those that are not known are left out.
    pub async fn save_last_seen(&self, seen: &[(SpeakerId, DateTime<Utc>)]) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for (id, at) in seen {
            sqlx::query("UPDATE speakers SET last_seen = ? WHERE id = ?")
                .bind(instant_text(*at))
                .bind(id.to_string())
                .execute(&mut *tx)
                .await
                .map_err(|e| self.fail(e))?;
        }
        self.commit(tx).await
    }

    async fn save_one(&self, tx: &mut Transaction<'static, Sqlite>, speaker: &SpeakerRow) -> Result<(), SpeakerError> {
        sqlx::query(
            "INSERT INTO speakers (id, name, class, zone, volume, muted, output_delay_us, first_seen, last_seen,
                 settings, min_volume, max_volume, channels, labels)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, class = excluded.class, zone = excluded.zone,
                 volume = excluded.volume, muted = excluded.muted, output_delay_us = excluded.output_delay_us,
                 first_seen = excluded.first_seen, last_seen = excluded.last_seen, settings = excluded.settings,
                 min_volume = excluded.min_volume, max_volume = excluded.max_volume, channels = excluded.channels,
                 labels = excluded.labels",
        )
        .bind(speaker.id.to_string())
        .bind(&speaker.name)
        .bind(class_text(speaker.class))
        .bind(speaker.zone.to_string())
        .bind(f64::from(speaker.volume.percent()))
        .bind(speaker.muted)
        .bind(speaker.output_delay_us)
        .bind(instant_text(speaker.first_seen))
        .bind(instant_text(speaker.last_seen))
        .bind(&speaker.settings)
        .bind(f64::from(speaker.min_volume.percent()))
        .bind(f64::from(speaker.max_volume.percent()))
        .bind(channels_text(speaker.channels))
        .bind(serde_json::to_string(&speaker.labels).unwrap_or_default())
        .execute(&mut **tx)
        .await
        .map_err(|e| match e.as_database_error() {
            Some(cause) if cause.is_foreign_key_violation() => SpeakerError::NoSuchZone(speaker.zone),
            _ => self.fail(e).into(),
        })?;
        Ok(())
    }

    /// Puts `row` in the place of the speaker `gone`, which is forgotten, in the presets, too. All or nothing.
    pub async fn replace_speaker(&self, gone: SpeakerId, row: &SpeakerRow) -> Result<(), SpeakerError> {
        let mut tx = self.write().await?;
        self.save_one(&mut tx, row).await?;
        // the key of one that was replaced is not to come back
        sqlx::query(
            "UPDATE speaker_keys SET state = 'revoked', cache_key = NULL WHERE speaker = ? AND state = 'adopted'",
        )
        .bind(gone.to_string())
        .execute(&mut *tx)
        .await
        .map_err(|e| self.fail(e))?;
        sqlx::query("DELETE FROM speakers WHERE id = ?")
            .bind(gone.to_string())
            .execute(&mut *tx)
            .await
            .map_err(|e| self.fail(e))?;
        // an id is a UUID: nothing else in the text looks like it
        sqlx::query("UPDATE presets SET content = replace(content, ?1, ?2) WHERE instr(content, ?1) > 0")
            .bind(gone.to_string())
            .bind(row.id.to_string())
            .execute(&mut *tx)
            .await
            .map_err(|e| self.fail(e))?;
        Ok(self.commit(tx).await?)
    }

    /// Removes the speaker, and that it was adopted. Returns whether there was one.
    pub async fn forget_speaker(&self, id: SpeakerId) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM speaker_keys WHERE speaker = ? AND state = 'adopted'")
            .bind(id.to_string())
            .execute(&mut *tx)
            .await
            .map_err(|e| self.fail(e))?;
        let done = sqlx::query("DELETE FROM speakers WHERE id = ?")
            .bind(id.to_string())
            .execute(&mut *tx)
            .await
            .map_err(|e| self.fail(e))?;
        self.commit(tx).await?;
        Ok(done.rows_affected() > 0)
    }
}

fn decode(row: &SqliteRow) -> Result<SpeakerRow, sqlx::Error> {
    Ok(SpeakerRow {
        id: parsed(row, "id")?,
        name: row.try_get("name")?,
        class: class_from(row.try_get("class")?),
        zone: parsed(row, "zone")?,
        volume: Volume::clamped(row.try_get::<f64, _>("volume")? as f32),
        muted: row.try_get("muted")?,
        output_delay_us: row.try_get("output_delay_us")?,
        min_volume: Volume::clamped(row.try_get::<f64, _>("min_volume")? as f32),
        max_volume: Volume::clamped(row.try_get::<f64, _>("max_volume")? as f32),
        channels: channels_from(row.try_get("channels")?),
        labels: serde_json::from_str(row.try_get("labels")?)
            .map_err(|e| sqlx::Error::ColumnDecode { index: "labels".into(), source: Box::new(e) })?,
        first_seen: parsed(row, "first_seen")?,
        last_seen: parsed(row, "last_seen")?,
        settings: row.try_get("settings")?,
    })
}

fn class_text(class: SpeakerClass) -> &'static str {
    match class {
        SpeakerClass::Agent => "agent",
        SpeakerClass::Browser => "browser",
        SpeakerClass::Other => "other",
    }
}

fn class_from(text: &str) -> SpeakerClass {
    match text {
        "agent" => SpeakerClass::Agent,
        "browser" => SpeakerClass::Browser,
        _ => SpeakerClass::Other,
    }
}

fn channels_text(channels: ChannelRole) -> &'static str {
    match channels {
        ChannelRole::Stereo => "stereo",
        ChannelRole::Left => "left",
        ChannelRole::Right => "right",
        ChannelRole::Mono => "mono",
        ChannelRole::Swapped => "swapped",
    }
}

fn channels_from(text: &str) -> ChannelRole {
    match text {
        "left" => ChannelRole::Left,
        "right" => ChannelRole::Right,
        "mono" => ChannelRole::Mono,
        "swapped" => ChannelRole::Swapped,
        _ => ChannelRole::Stereo,
    }
}

fn instant_text(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
