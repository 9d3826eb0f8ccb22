//! Tokens that let speakers in without a person.

use downbeat_identity::{Digest, Fingerprint, Secret};
use downbeat_store::JoinTokenRow;
use downbeat_trust::{
    adoption::Claims,
    joining::{JoinError, JoinGrant, Life, NewJoin},
    rights::SpeakerState,
};
use uuid::Uuid;

use super::{
    decisions::Grounds,
    state::{Register, RegisterError},
};

/// A join token, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinToken {
    /// Its id.
    pub id: Uuid,
    /// The name that people gave it.
    pub name: String,
    /// So many more speakers.
    pub uses: u32,
    /// The end by the wall clock, seconds since 1970, if that was set.
    pub ends: Option<i64>,
    /// It lets nobody in any more.
    pub over: bool,
    /// By whom it was made.
    pub made_by: String,
}

impl Register {
    /// Makes a join token for the coordinator at `address` (`HOST:PORT`). Its text is shown once.
    pub async fn make_join_token(
        &self,
        new: NewJoin,
        address: &str,
        by: &str,
    ) -> Result<(JoinToken, downbeat_identity::JoinToken), RegisterError> {
        let secret = Secret::<20>::generate()?;
        let present = self.present();
        let grant = JoinGrant::make(&secret, new, present).ok_or(RegisterError::Numbers)?;
        let text = downbeat_identity::JoinToken::new(address, self.ca(), secret)?;
        let row = row(&grant, by);
        self.0.store.add_join_token(&row).await?;
        Ok((listed(&row, false), text))
    }

    /// All join tokens.
    pub async fn join_tokens(&self) -> Result<Vec<JoinToken>, RegisterError> {
        let present = self.present();
        let rows = self.0.store.load_join_tokens().await?;
        Ok(rows.iter().map(|row| listed(row, row.uses == 0 || grant(row).life.has_ended(present))).collect())
    }

    /// Ends a join token; with its speakers: revokes those that it let in. Returns how many those are, or `None` if
    /// there is no such token.
    pub async fn end_join_token(&self, id: Uuid, speakers: bool, by: &str) -> Result<Option<usize>, RegisterError> {
        let there = self.0.store.delete_join_token(id).await?;
        let mut revoked = 0;
        if speakers {
            let came_by = |record: &super::state::KeyRecord| {
                record.join_token == Some(id) && record.state == SpeakerState::Adopted
            };
            for key in self.list().into_iter().filter(came_by).filter_map(|record| record.key) {
                self.revoke(key, by).await?;
                revoked += 1;
            }
        }
        Ok((there || revoked > 0).then_some(revoked))
    }

    /// Lets a speaker in by the secret of a join token. Returns the token.
    pub(super) async fn join(
        &self,
        key: Fingerprint,
        claims: &Claims,
        secret: &Secret<20>,
    ) -> Result<Uuid, RegisterError> {
        let digest = secret.digest();
        let rows = self.0.store.load_join_tokens().await?;
        let grant = rows.iter().map(grant).find(|grant| grant.digest == digest).ok_or(JoinError::Unknown)?;
        grant.admit(secret, self.present(), false)?;
        self.adopt_unasked(key, claims, Grounds::Join(grant.id)).await?;
        Ok(grant.id)
    }
}

fn row(grant: &JoinGrant, by: &str) -> JoinTokenRow {
    JoinTokenRow {
        id: grant.id,
        digest: *grant.digest.as_bytes(),
        name: grant.name.clone(),
        uses: grant.uses,
        ends: grant.life.wall,
        run: grant.life.run,
        ends_up: grant.life.up,
        made_by: by.to_owned(),
    }
}

fn grant(row: &JoinTokenRow) -> JoinGrant {
    JoinGrant {
        id: row.id,
        digest: Digest::from_bytes(row.digest),
        name: row.name.clone(),
        uses: row.uses,
        life: Life { wall: row.ends, run: row.run, up: row.ends_up },
    }
}

fn listed(row: &JoinTokenRow, over: bool) -> JoinToken {
    let JoinTokenRow { id, name, uses, ends, made_by, .. } = row.clone();
    JoinToken { id, name, uses, ends, over, made_by }
}
