//! A speaker that is there takes the place of one that is gone, because a person says so.

use std::collections::BTreeSet;

use downbeat_protocol::SpeakerId;

use crate::{
    changes::Subject,
    conductor::{Conductor, ConductorError, Edited, heir},
    fleet::Speaker,
    names::folded,
};
use downbeat_store::SpeakerRow;

impl Conductor {
    /// The speakers that are gone, and whose place this one could take: those of its name first, then the last seen.
    pub fn replaceable_by(&self, id: SpeakerId) -> Result<Vec<Speaker>, ConductorError> {
        let own = self.fleet().get(id).ok_or(ConductorError::UnknownSpeaker(id))?;
        let name = folded(&own.row.name);
        let ids = self.fleet().ids_by_name();
        let gone = |s: &Speaker| s.connection.is_none() && s.row.id != id && s.row.class == own.row.class;
        let mut gone = self.fleet().look_at(&ids, |s| gone(s).then(|| s.clone()));
        gone.sort_by_key(|s| (folded(&s.row.name) != name, std::cmp::Reverse(s.row.last_seen)));
        Ok(gone)
    }

    /// The speaker to be replaced by `id`: with this id, or the last seen of this name that is gone.
    pub fn find_gone(&self, id_or_name: &str, id: SpeakerId) -> Result<SpeakerId, ConductorError> {
        if let Some(known) = id_or_name.parse().ok().filter(|known| self.fleet().zone_of(*known).is_some()) {
            return Ok(known);
        }
        let others = self.namesakes(id_or_name).into_iter().filter(|s| s.id() != id);
        let (here, gone): (Vec<_>, Vec<_>) = others.partition(|s| s.connection.is_some());
        match (gone.first(), here.first()) {
            (Some(gone), _) => Ok(gone.id()),
            (None, Some(here)) => Err(ConductorError::NotGone(here.row.name.clone())),
            (None, None) => Err(ConductorError::NoSuchSpeaker(id_or_name.to_owned())),
        }
    }

    /// Puts the speaker `id` in the place of `gone`: name, zone, volume, labels, delay, presets. `gone` is forgotten.
    pub async fn replace_speaker(&self, id: SpeakerId, gone: SpeakerId) -> Result<Speaker, ConductorError> {
        let _edit = self.edit().await;
        let old = self.fleet().get(id).ok_or(ConductorError::UnknownSpeaker(id))?.row;
        let before = self.fleet().get(gone).ok_or(ConductorError::UnknownSpeaker(gone))?;
        if before.connection.is_some() || id == gone {
            return Err(ConductorError::NotGone(before.row.name));
        }
        let row = heir(&before.row, &old);
        self.store().replace_speaker(gone, &row).await?;
        self.fleet().forget(gone);
        self.changes().mark(Subject::Presets);
        let taken = self.fleet().update(id, |s| {
            s.row = SpeakerRow { last_seen: s.row.last_seen, ..row };
            s.clone()
        });
        let speaker = taken.ok_or(ConductorError::UnknownSpeaker(id))?;
        self.bring_into_force(&[Edited { old, speaker: speaker.clone() }], None, &BTreeSet::new());
        self.tell_company(before.row.zone, None);
        Ok(speaker)
    }
}
