//! The settings that are kept in the store and set over REST: music folders, the rights of guests.
//!
//! A setting of the start (a flag, a variable, the file) wins over one that is kept, and says so. Music folders are
//! only taken below folders that the start allows: an admin over the network does not get to read `/etc` by it. They
//! come into force when the coordinator starts anew, which it does by itself, within a second.

use std::path::{Path, PathBuf};

use downbeat_protocol::volume::Volume;
use downbeat_store::{Store, StoreError};
use downbeat_trust::rights::GuestLevel;
use serde::{Deserialize, Serialize};

use crate::config::Config;

/// The name under which they are kept.
const NAME: &str = "house";
/// The folder in the data folder that is always allowed, and made when it is chosen.
const OWN: &str = "music";
/// The most music folders that are kept.
pub const MOST_FOLDERS: usize = 64;

/// The settings that are kept. `None`: as if nothing was said.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// The music folders.
    pub music: Option<Vec<PathBuf>>,
    /// The rights of guests.
    pub guests: Option<Guests>,
    /// The bound of the volumes that they set, percent.
    pub guest_max_volume: Option<f32>,
}

/// The rights of guests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Guests {
    /// None.
    None,
    /// They look and listen.
    Listen,
    /// And control playback.
    Control,
}

impl From<Guests> for Option<GuestLevel> {
    fn from(guests: Guests) -> Self {
        match guests {
            Guests::None => None,
            Guests::Listen => Some(GuestLevel::Listen),
            Guests::Control => Some(GuestLevel::Control),
        }
    }
}

impl From<Option<GuestLevel>> for Guests {
    fn from(level: Option<GuestLevel>) -> Self {
        match level {
            None => Self::None,
            Some(GuestLevel::Listen) => Self::Listen,
            Some(GuestLevel::Control) => Self::Control,
        }
    }
}

/// The settings of the start that decide about these.
#[derive(Debug, Clone)]
pub struct House {
    /// The settings of the start, without what is kept.
    pub start: Config,
}

impl Kept {
    /// Those that are kept; what an older or a newer version wrote differently counts as nothing.
    pub async fn load(store: &Store) -> Result<Self, StoreError> {
        let text = store.access_setting(NAME).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// Keeps them.
    pub async fn save(&self, store: &Store) -> Result<(), StoreError> {
        store.save_access_setting(NAME, &serde_json::to_string(self).unwrap_or_default()).await
    }
}

impl House {
    /// The settings of the start with those that are kept, where the start says nothing. Kept folders that are not
    /// allowed any more, or are not there, are left out, and logged: a start does not fail by them.
    pub fn in_force(&self, kept: &Kept) -> Config {
        let mut config = self.start.clone();
        if config.music.is_empty() {
            let folders = kept.music.iter().flatten();
            config.music = folders.filter(|folder| self.taken(folder)).cloned().collect();
        }
        if let Some(guests) = kept.guests.filter(|_| !config.said.guests) {
            config.access.policy.guests = guests.into();
        }
        if let Some(percent) = kept.guest_max_volume.filter(|_| !config.said.guest_max_volume) {
            config.access.policy.guest_volume = Volume::new(percent);
        }
        config
    }

    fn taken(&self, folder: &Path) -> bool {
        let reason = match self.allow(folder) {
            Ok(()) if folder.is_dir() => return true,
            Ok(()) => "it is not there".to_owned(),
            Err(reason) => reason,
        };
        let folder = folder.display();
        tracing::warn!(%folder, reason, "a music folder that was chosen is left out");
        false
    }

    /// The data folder's own.
    pub fn own(&self) -> PathBuf {
        let data = std::path::absolute(&self.start.data).unwrap_or_else(|_| self.start.data.clone());
        data.join(OWN)
    }

    /// The folders below which music folders may be chosen.
    pub fn roots(&self) -> Vec<PathBuf> {
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        std::iter::once(self.own()).chain(self.start.music_roots.iter().map(absolute)).collect()
    }

    /// Refuses a folder that is not below an allowed one, wherever links lead. Otherwise answers what is wrong, for
    /// people.
    pub fn allow(&self, folder: &Path) -> Result<(), String> {
        if !folder.is_absolute() {
            return Err(format!("{} is not a whole path: it begins with /", folder.display()));
        }
        // of one that is not there, the letters count: it holds nothing that could be read
        let real = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let climbs = real.components().any(|part| part == std::path::Component::ParentDir);
        let below = |root: &PathBuf| {
            let root = std::fs::canonicalize(root).unwrap_or_else(|_| root.clone());
            real.starts_with(root)
        };
        if !climbs && self.roots().iter().any(below) {
            return Ok(());
        }
        let roots: Vec<String> = self.roots().iter().map(|root| root.display().to_string()).collect();
        Err(format!(
            "{} lies in none of the folders that this coordinator allows: {}. Start it with --music-root DIR to allow \
             another",
            folder.display(),
            roots.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn house(change: impl FnOnce(&mut Config, &Path)) -> (tempfile::TempDir, House) {
        let dir = tempfile::tempdir().unwrap();
        let mut start = Config::for_tests(dir.path().join("data"), Vec::new());
        change(&mut start, dir.path());
        (dir, House { start })
    }

    #[test]
    fn what_the_start_says_wins_and_what_it_does_not_say_is_kept() {
        let kept = Kept { music: None, guests: Some(Guests::None), guest_max_volume: Some(40.0) };
        let (_dir, house) = house(|_, _| {});
        let policy = house.in_force(&kept).access.policy;
        assert_eq!((policy.guests, policy.guest_volume.map(Volume::percent)), (None, Some(40.0)));
        let (_dir, house) = self::house(|start, _| start.said.guests = true);
        let policy = house.in_force(&kept).access.policy;
        assert_eq!((policy.guests, policy.guest_volume.map(Volume::percent)), (Some(GuestLevel::Control), Some(40.0)));
        let (dir, house) = self::house(|start, dir| start.music = vec![dir.join("said")]);
        let kept = Kept { music: Some(vec![house.own()]), ..Kept::default() };
        assert_eq!(house.in_force(&kept).music, [dir.path().join("said")]);
    }

    #[test]
    fn folders_are_taken_below_those_that_are_allowed_alone_wherever_links_lead() {
        let (dir, house) = house(|start, dir| start.music_roots = vec![dir.join("disks")]);
        let disk = dir.path().join("disks/one");
        fs::create_dir_all(&disk).unwrap();
        fs::create_dir_all(dir.path().join("secret")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("secret"), dir.path().join("disks/link")).unwrap();
        for allowed in [disk.clone(), dir.path().join("disks"), house.own(), house.own().join("jazz")] {
            assert_eq!(house.allow(&allowed), Ok(()), "{}", allowed.display());
        }
        for refused in ["/", "/etc", "disks/one", "disks/../secret", "disks/link", "disks-too"] {
            let refused = if refused.starts_with('/') { refused.into() } else { dir.path().join(refused) };
            if !refused.ends_with("disks/one") {
                assert!(house.allow(&refused).unwrap_err().contains("--music-root"), "{}", refused.display());
            }
        }
        assert!(house.allow(Path::new("disks/one")).unwrap_err().contains("begins with /"));
        let missing = dir.path().join("disks/two");
        let kept = Kept { music: Some(vec![disk.clone(), missing, "/etc".into()]), ..Kept::default() };
        assert_eq!(house.in_force(&kept).music, [disk], "others are left out, and it starts");
    }
}
