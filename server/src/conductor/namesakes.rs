//! A new speaker of a name that is known: a card that was written anew, a container made again without its folder, or
//! a second machine made from the image of a first.
//!
//! - A new identity is never louder than the last of its name: from the speaker's side it is the same box in the same
//!   room.
//! - If one speaker alone has the name, and it is gone, the new one takes its place: name, zone, volume, labels, delay.
//! - If several are gone, a person says which one it replaces ([`Conductor::replace_speaker`]).
//! - A machine that comes with the id of another one that is connected and alive gets an id of its own.

use std::time::Duration;

use chrono::Utc;
use downbeat_protocol::{SpeakerId, agent_message::Hello, handshake::SpeakerClass, volume::Volume};
use tokio::time::timeout;

use super::{Conductor, ConductorError};
use crate::{
    changes::Subject,
    fleet::{Connection, Speaker},
    names::folded,
    rarely,
    shortened::shortened,
};
use downbeat_store::SpeakerRow;

/// A connection that gives no sign of life for this long has lost its speaker. Wi-Fi that saves power takes a third.
const SIGN_OF_LIFE: Duration = Duration::from_millis(1_500);
/// The most bytes of a name in the log.
const NAME_BYTES: usize = 128;
/// After a start, speakers that have not come back for this long are gone, microseconds.
const RETURN_US: i64 = 60_000_000;

impl Conductor {
    /// The id under which the machine that says hello is let in: its own, unless another machine is there under it.
    pub(super) async fn id_for(&self, hello: &Hello, peer: std::net::IpAddr) -> SpeakerId {
        let Some(id) = hello.speaker_id else { return SpeakerId::random() };
        if !self.is_copy(id, hello).await {
            return id;
        }
        // the same machine gets the same one again, should it not be able to keep it
        let own = derived(id, &hello.name, peer);
        let own = if self.is_copy(own, hello).await { SpeakerId::random() } else { own };
        if let Some(left_out) = rarely::may_tell(&format!("copy of {id}")) {
            let name = shortened(&hello.name, NAME_BYTES);
            tracing::warn!(
                name, %id, %own, %peer, left_out,
                "a machine has the speaker id of another one that is connected: its data folder was copied. It is a \
                 speaker of its own now"
            );
        }
        own
    }

    /// True if another machine than the one that says hello is connected under this id. A browser's tabs share one id,
    /// and the newest is meant.
    pub(super) async fn is_copy(&self, id: SpeakerId, hello: &Hello) -> bool {
        let connection = self.0.fleet.get(id).and_then(|speaker| speaker.connection);
        match connection {
            Some(Connection { outbox, number, .. }) if hello.class == SpeakerClass::Agent => {
                timeout(SIGN_OF_LIFE, outbox.sign_of_life()).await.is_ok() && self.0.fleet.is_current(id, number)
            }
            _ => false,
        }
    }

    /// All speakers of this name (upper and lower case alike), the last seen first.
    pub(crate) fn namesakes(&self, name: &str) -> Vec<Speaker> {
        let wanted = folded(name);
        let ids = self.0.fleet.ids_by_name();
        let mut same = self.0.fleet.look_at(&ids, |s| (folded(&s.row.name) == wanted).then(|| s.clone()));
        same.sort_by_key(|s| std::cmp::Reverse((s.connection.is_some(), s.row.last_seen)));
        same
    }

    /// The one speaker of this name, if it is gone.
    fn gone_alone(&self, name: &str, class: SpeakerClass) -> Option<Speaker> {
        if class != SpeakerClass::Agent {
            return None;
        }
        let [only] = <[Speaker; 1]>::try_from(self.namesakes(name)).ok()?;
        let long_up = self.0.clock.now().micros_since(self.0.started) > RETURN_US;
        let gone = only.connection.is_none() && (only.came || long_up);
        (gone && only.row.class == class).then_some(only)
    }

    /// Gives a newcomer the place of the one speaker of its name that is gone, if there is one.
    pub(super) async fn inherit(&self, new: &SpeakerRow) -> Result<(), ConductorError> {
        if self.gone_alone(&new.name, new.class).is_none() {
            return Ok(());
        }
        let _edit = self.0.edits.write().await;
        // others may have come meanwhile
        let Some(gone) = self.gone_alone(&new.name, new.class) else { return Ok(()) };
        let row = heir(&gone.row, new);
        self.0.store.replace_speaker(gone.id(), &row).await?;
        self.0.fleet.forget(gone.id());
        self.0.changes.mark(Subject::Presets);
        if let Some(left_out) = rarely::may_tell(&format!("heir of {}", row.name)) {
            let (name, gone, new) = (&row.name, gone.id(), row.id);
            tracing::info!(name, %gone, %new, left_out, "a new speaker takes the place of its name");
        }
        self.0.fleet.add(row);
        Ok(())
    }

    /// Makes a newcomer no louder than the last of its name was.
    pub(super) fn soften(&self, new: &mut SpeakerRow) {
        let Some(last) = self.namesakes(&new.name).into_iter().max_by_key(|s| s.row.last_seen) else { return };
        let level = |zone| self.cell(zone).map_or((Volume::FULL, false), |cell| cell.lock().zone.level());
        let (before, now) = (level(last.row.zone), level(new.zone));
        new.volume = no_louder(last.row.volume, last.bounded(before.0), now.0);
        new.max_volume = last.row.max_volume;
        new.muted = last.row.muted;
    }

    /// [`ConductorError::SpeakerNameTaken`] if another speaker has this name.
    pub(crate) fn speaker_name_is_free(&self, id: SpeakerId, name: &str) -> Result<(), ConductorError> {
        match self.namesakes(name).into_iter().find(|s| s.id() != id) {
            None => Ok(()),
            Some(other) => Err(ConductorError::SpeakerNameTaken {
                name: other.row.name.clone(),
                id: other.id(),
                gone: other.connection.is_none(),
            }),
        }
    }
}

/// The settings that people made for `gone`, under the identity of `new`.
pub(crate) fn heir(gone: &SpeakerRow, new: &SpeakerRow) -> SpeakerRow {
    SpeakerRow { id: new.id, class: new.class, first_seen: new.first_seen, last_seen: Utc::now(), ..gone.clone() }
}

/// The volume that is no louder in a zone of volume `zone` than `heard` was, and no more than `last`.
fn no_louder(last: Volume, heard: Volume, zone: Volume) -> Volume {
    let own = if zone.percent() > 0.0 { heard.percent() / zone.percent() * 100.0 } else { 100.0 };
    Volume::clamped(own.min(last.percent()))
}

/// The id of a copy: of the id that it came with, its name and its address.
fn derived(id: SpeakerId, name: &str, peer: std::net::IpAddr) -> SpeakerId {
    let hash = blake3::hash(format!("{id} {peer} {name}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_bytes()[..16]);
    SpeakerId(uuid::Builder::from_random_bytes(bytes).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newcomer_is_never_louder_than_the_last_of_its_name() {
        let volume = Volume::clamped;
        for (last, heard, zone, expected) in [
            (15.0, 15.0, 100.0, 15.0),
            // the other zone was softer
            (50.0, 10.0, 100.0, 10.0),
            // this zone is softer: it does not make up for that
            (50.0, 50.0, 20.0, 50.0),
            (100.0, 30.0, 60.0, 50.0),
            (40.0, 0.0, 0.0, 40.0),
            (40.0, 0.0, 50.0, 0.0),
        ] {
            let new = no_louder(volume(last), volume(heard), volume(zone));
            assert!((new.percent() - expected).abs() < 1e-3, "{last} {heard} {zone}: {new:?}");
            assert!(zone == 0.0 || new.percent() * zone / 100.0 <= heard + 1e-3);
        }
    }

    #[test]
    fn a_copy_gets_the_same_id_again_and_another_one_another() {
        let (id, here) = (SpeakerId::random(), "10.0.0.7".parse().unwrap());
        assert_eq!(derived(id, "Two", here), derived(id, "Two", here));
        assert_ne!(derived(id, "Two", here), derived(id, "Three", here));
        assert_ne!(derived(id, "Two", here), derived(id, "Two", "10.0.0.8".parse().unwrap()));
        assert_ne!(derived(id, "Two", here), id);
    }
}
