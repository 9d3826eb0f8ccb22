//! What a restore would change: what is there now, against what would be there afterwards.

use std::collections::BTreeMap;

use downbeat_store::{
    Store, StoreError,
    index::{ListError, Part},
};
use serde::Serialize;

use crate::{api::describe::ToSchema, house::Kept};

/// So many names of a kind are told.
const MOST_NAMES: usize = 100;
/// Playlists that are read at once.
const AT_ONCE: usize = 1_000;

/// Things of one kind, now and afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct Change {
    /// The number of them now.
    pub now: usize,
    /// The number afterwards.
    pub after: usize,
    /// The number of those that would be gone.
    pub lost: usize,
    /// The names of those, at most a hundred.
    #[serde(rename = "lostNames")]
    pub lost_names: Vec<String>,
    /// The number of those that would be there and are not now.
    pub new: usize,
}

/// The difference that a restore would make.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    /// Zones.
    pub zones: Change,
    /// Speakers.
    pub speakers: Change,
    /// Tracks that are known; files are neither added nor deleted. No names.
    pub tracks: Change,
    /// Playlists.
    pub playlists: Change,
    /// Presets.
    pub presets: Change,
    /// Users.
    pub users: Change,
    /// API tokens, as `USER: NAME`.
    pub api_tokens: Change,
    /// Keys of speakers that are known: adopted, refused, revoked. No names.
    pub speaker_keys: Change,
    /// The music folders and the rights of guests that were set over REST would be others.
    pub settings: bool,
}

impl Change {
    /// Of two sets of things, by what they are known by, with their names.
    fn of(now: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Self {
        let lost: Vec<&String> = now.iter().filter(|(id, _)| !after.contains_key(*id)).map(|(_, name)| name).collect();
        let mut lost_names: Vec<String> = lost.iter().take(MOST_NAMES).map(|name| (*name).clone()).collect();
        lost_names.sort();
        let new = after.keys().filter(|id| !now.contains_key(*id)).count();
        Self { now: now.len(), after: after.len(), lost: lost.len(), lost_names, new }
    }

    /// The same without names.
    fn unnamed(self) -> Self {
        Self { lost_names: Vec::new(), ..self }
    }
}

/// All of a database that people would miss.
struct All {
    zones: BTreeMap<String, String>,
    speakers: BTreeMap<String, String>,
    tracks: usize,
    playlists: BTreeMap<String, String>,
    presets: BTreeMap<String, String>,
    users: BTreeMap<String, String>,
    api_tokens: BTreeMap<String, String>,
    keys: BTreeMap<String, String>,
    settings: Kept,
}

impl All {
    async fn of(store: &Store) -> Result<Self, StoreError> {
        let mut playlists = BTreeMap::new();
        let mut part = Some(Part::first(AT_ONCE));
        while let Some(next) = part.take() {
            let page = match store.list_playlists(next).await {
                Ok(page) => page,
                Err(ListError::Store(error)) => return Err(error),
                // the cursor is the store's own
                Err(ListError::Cursor(_)) => break,
            };
            playlists.extend(page.items.into_iter().map(|list| (list.id.to_string(), list.name)));
            part = page.next.map(|after| Part { limit: AT_ONCE, after: Some(after) });
        }
        let zones = store.load_zones().await?;
        let speakers = store.load_speakers().await?;
        let tokens = store.load_api_tokens().await?;
        Ok(Self {
            zones: zones.into_iter().map(|zone| (zone.id.to_string(), zone.name)).collect(),
            speakers: speakers.into_iter().map(|speaker| (speaker.id.to_string(), speaker.name)).collect(),
            tracks: store.track_count().await?,
            playlists,
            presets: store
                .load_presets()
                .await?
                .into_iter()
                .map(|preset| (preset.id.to_string(), preset.name))
                .collect(),
            users: store.load_users().await?.into_iter().map(|user| (user.name.clone(), user.name)).collect(),
            api_tokens: tokens.into_iter().map(|t| (t.id.to_string(), format!("{}: {}", t.user, t.name))).collect(),
            keys: store
                .load_speaker_keys()
                .await?
                .into_iter()
                .map(|row| (format!("{:?}", row.key), String::new()))
                .collect(),
            settings: Kept::load(store).await?,
        })
    }
}

/// What changes when `restored`, which is fit to hold, takes the place of `present`.
pub async fn compare(restored: &Store, present: &Store) -> Result<Changes, StoreError> {
    let (now, after) = (All::of(present).await?, All::of(restored).await?);
    let tracks = Change {
        now: now.tracks,
        after: after.tracks,
        lost: now.tracks.saturating_sub(after.tracks),
        new: after.tracks.saturating_sub(now.tracks),
        lost_names: Vec::new(),
    };
    Ok(Changes {
        zones: Change::of(&now.zones, &after.zones),
        speakers: Change::of(&now.speakers, &after.speakers),
        tracks,
        playlists: Change::of(&now.playlists, &after.playlists),
        presets: Change::of(&now.presets, &after.presets),
        users: Change::of(&now.users, &after.users),
        api_tokens: Change::of(&now.api_tokens, &after.api_tokens),
        speaker_keys: Change::of(&now.keys, &after.keys).unnamed(),
        settings: now.settings != after.settings,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_of_the_same_name_is_not_the_same_thing() {
        let of = |things: &[(&str, &str)]| things.iter().map(|(id, name)| ((*id).into(), (*name).into())).collect();
        let now = of(&[("1", "bar"), ("2", "attic"), ("3", "bath")]);
        let change = Change::of(&now, &of(&[("1", "renamed"), ("4", "attic")]));
        let expected = Change { now: 3, after: 2, lost: 2, lost_names: vec!["attic".into(), "bath".into()], new: 1 };
        assert_eq!(change, expected);
        let many: BTreeMap<String, String> = (0..500).map(|n| (n.to_string(), n.to_string())).collect();
        let change = Change::of(&many, &BTreeMap::new());
        assert_eq!((change.lost, change.lost_names.len()), (500, MOST_NAMES));
    }
}
