//! A copy of everything that people set, taken while the coordinator works, and its way back.
//!
//! A backup is one SQLite file: the database as of one moment, without sessions and join tokens. Thumbnails and the
//! like are made again. One that a passphrase closes holds the CA's keys, too. The way back has
//! three steps, and a crash between them loses neither the old state nor the new one:
//!
//! 1. [`Restore::stage`] puts the file beside the database and makes it fit: schema, clock, revisions. Only then
//!    [`READY`] is written.
//! 2. The coordinator ends all that works on the old database, and starts anew within the same process.
//! 3. [`take_up`], before the database is opened: the old one is put aside into [`ASIDE`], the new one takes its place.
//!
//! The speakers keep their connections' habits: they reconnect, are told the restored state, and hold where it says.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    api::describe::ToSchema,
    authority::{AuthorityFault, FOLDER as TRUST, StagedKeys, stage_keys},
    restore_preview::{Changes, compare},
};
use downbeat_store::{EndedKind, FILE_NAME, StaysEnded, Store, StoreError, Untrusted, ZoneError, check_schema};
use downbeat_zone::Saved;

/// The folder in the data folder in which a database waits to be taken up.
const STAGE: &str = "restore";
/// The file in it that says that it is whole.
const READY: &str = "ready";
/// The file in it that says that the old database is being put aside.
const MOVING: &str = "moving";
/// The folder in the data folder that keeps what was there before the last restore.
pub const ASIDE: &str = "before-restore";
/// How the name of a copy in the making begins.
const TEMPORARY: &str = "backup.tmp-";
/// The endings of the files that a database consists of.
const PARTS: [&str; 3] = ["", "-wal", "-shm"];

/// Why a restore was refused. The coordinator goes on with what it has.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Another one is under way.
    #[error("another restore is under way")]
    Busy,
    /// The file is not one of ours.
    #[error("this is no backup of a Downbeat coordinator: {0}")]
    NotABackup(String),
    /// Files beside the database.
    #[error("cannot write to {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A database, the present one or the one to come.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The CA's keys cannot be kept.
    #[error(transparent)]
    Authority(#[from] AuthorityFault),
    /// A zone of the restored database cannot be kept.
    #[error(transparent)]
    Zone(#[from] ZoneError),
}

impl From<Untrusted> for RestoreError {
    fn from(error: Untrusted) -> Self {
        match error {
            Untrusted::Schema(detail) => Self::NotABackup(detail),
            Untrusted::Store(error) => Self::Store(error),
        }
    }
}

/// The contents of a backup, which a restored coordinator will know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Contents {
    /// Zones.
    pub zones: usize,
    /// Speakers.
    pub speakers: usize,
    /// Tracks.
    pub tracks: usize,
    /// True if the CA's keys came with it: adopted speakers go on without a new adoption.
    pub keys: bool,
    /// The users that may log in afterwards, by name.
    pub users: Vec<String>,
    /// The API tokens that are good afterwards, as `USER: NAME`.
    pub api_tokens: Vec<String>,
    /// Ended or changed since, and not brought back.
    pub ended: Ended,
}

/// Things that were ended or changed since the backup was made, and that stay so over the restore.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ended {
    /// Users that were deleted.
    pub users: Vec<String>,
    /// Users that keep the password, the role and the bounds of now.
    pub changed_users: Vec<String>,
    /// API tokens that were ended, as `USER: NAME`.
    pub api_tokens: Vec<String>,
    /// Speakers whose adoption was ended.
    pub speakers: Vec<String>,
    /// True if the CA of the backup gave way to another one, which stays.
    pub ca: bool,
}

impl From<StaysEnded> for Ended {
    fn from(stays: StaysEnded) -> Self {
        let api_tokens = stays.tokens.iter().map(|(user, name)| token_name(user, name)).collect();
        Self { users: stays.users, changed_users: stays.changed, api_tokens, speakers: stays.speakers, ca: false }
    }
}

fn token_name(user: &str, name: &str) -> String {
    format!("{user}: {name}")
}

/// A restore that is being prepared. Dropped before [`Restore::stage`] succeeded, it leaves nothing behind.
#[derive(Debug)]
pub struct Restore {
    folder: PathBuf,
    staged: bool,
}

impl Restore {
    /// Begins one in this data folder.
    pub fn begin(data: &Path) -> Result<Self, RestoreError> {
        let folder = data.join(STAGE);
        match fs::create_dir(&folder) {
            Ok(()) => Ok(Self { folder, staged: false }),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(RestoreError::Busy),
            Err(source) => Err(RestoreError::Io { path: folder, source }),
        }
    }

    /// The place where the backup is to be written before [`Restore::stage`].
    pub fn file(&self) -> PathBuf {
        self.folder.join(FILE_NAME)
    }

    /// Makes the file fit to take the place of `present`, and says what is in it.
    /// `sealed`: it was encrypted. Keys are taken of such a one alone.
    pub async fn stage(mut self, present: &Store, sealed: bool) -> Result<Contents, RestoreError> {
        let (contents, _) = self.fitted(present, sealed).await?;
        sync(&self.file())?;
        write_and_sync(&self.folder.join(READY))?;
        self.staged = true;
        Ok(contents)
    }

    /// What is in the file, and what would change if it took the place of `present`. Nothing of it stays.
    pub async fn preview(self, present: &Store, sealed: bool) -> Result<(Contents, Changes), RestoreError> {
        self.fitted(present, sealed).await
    }

    async fn fitted(&self, present: &Store, sealed: bool) -> Result<(Contents, Changes), RestoreError> {
        check_header(&self.file())?;
        check_schema(&self.file()).await?;
        let restored = Store::open(&self.folder).await?;
        let contents = fit(&restored, present).await;
        let changes = compare(&restored, present).await;
        let keys = restored.take_backup_keys().await;
        restored.close().await;
        let mut contents = contents?;
        if let Some(keys) = keys?.filter(|_| sealed) {
            let ended = (present.ended(EndedKind::Ca).await?, present.ended(EndedKind::OldCa).await?);
            match stage_keys(&self.folder.join(TRUST), &keys, |ca| ended.0.contains(ca), |ca| ended.1.contains(ca))? {
                StagedKeys::Damaged => {
                    return Err(RestoreError::NotABackup("the CA's keys in it are damaged".into()));
                }
                StagedKeys::Ended => contents.ended.ca = true,
                StagedKeys::Taken => contents.keys = true,
            }
        }
        Ok((contents, changes?))
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        if !self.staged {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// SQLite would make an empty database of an empty file, and one of ours of an empty database.
fn check_header(file: &Path) -> Result<(), RestoreError> {
    let mut head = [0; 16];
    let read = File::open(file).and_then(|mut f| io::Read::read_exact(&mut f, &mut head));
    match read {
        Ok(()) if head == *b"SQLite format 3\0" => Ok(()),
        Err(source) if source.kind() != io::ErrorKind::UnexpectedEof => {
            Err(RestoreError::Io { path: file.to_owned(), source })
        }
        _ => Err(RestoreError::NotABackup("it does not begin as an SQLite database does".into())),
    }
}

/// Makes what was kept at another time fit to hold now.
async fn fit(restored: &Store, present: &Store) -> Result<Contents, RestoreError> {
    restored.check_integrity().await?;
    // the clock that speakers play by is this process's, not the backup's
    restored.put_clock(present.get_clock().await?).await?;
    // a session or a join token that was ended since would let somebody in again
    restored.forget_what_lets_in().await?;
    // nor does a restore bring back what was ended since: tokens, users, passwords, adopted speakers
    let ended = restored.keep_ended(present).await?;
    let now = present.load_zones().await?;
    let newest = now.iter().map(|zone| zone.revision).max().unwrap_or(0);
    let mut zones = restored.load_zones().await?;
    for zone in &mut zones {
        // speakers ignore what is older than what they know
        zone.revision = zone.revision.max(newest) + Saved::BEYOND_ANY_CLAIM;
        if let Ok(saved) = serde_json::from_str::<Saved>(&zone.session) {
            zone.session = serde_json::to_string(&saved.held_where_it_was()).unwrap_or_default();
        }
        restored.save_zone(zone).await?;
    }
    Ok(Contents {
        zones: zones.len(),
        speakers: restored.load_speakers().await?.len(),
        tracks: restored.track_count().await?,
        keys: false,
        users: restored.load_users().await?.into_iter().map(|user| user.name).collect(),
        api_tokens: restored.load_api_tokens().await?.iter().map(|t| token_name(&t.user, &t.name)).collect(),
        ended: ended.into(),
    })
}

/// The name of a copy that is being made in the data folder, of which nothing stays unless the coordinator is killed.
pub fn temporary_name() -> String {
    format!("{TEMPORARY}{}", uuid::Uuid::new_v4())
}

/// Clears away copies that a killed coordinator left half made.
fn sweep(data: &Path) {
    for entry in fs::read_dir(data).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Puts a staged database into its place, if there is one; what was there is kept in [`ASIDE`]. To be called before the
/// store is opened. Whatever a crash left half done is finished, or cleared away.
pub fn take_up(data: &Path) -> Result<bool, RestoreError> {
    sweep(data);
    let stage = data.join(STAGE);
    let fail = |path: &Path| {
        let path = path.to_owned();
        move |source| RestoreError::Io { path, source }
    };
    // A disk that does not answer says nothing of what is there.
    let is_there = |path: &Path| path.try_exists().map_err(fail(path));
    if !is_there(&stage.join(READY))? {
        if is_there(&stage)? {
            fs::remove_dir_all(&stage).map_err(fail(&stage))?;
        }
        return Ok(false);
    }
    let new = stage.join(FILE_NAME);
    if is_there(&new)? {
        let aside = data.join(ASIDE);
        let moving = stage.join(MOVING);
        if !is_there(&moving)? {
            // of the restore before this one; a second attempt at this one may have put parts of the database there
            if is_there(&data.join(FILE_NAME))? && is_there(&aside)? {
                fs::remove_dir_all(&aside).map_err(fail(&aside))?;
            }
            fs::create_dir_all(&aside).map_err(fail(&aside))?;
            sync(data)?;
            write_and_sync(&moving)?;
        }
        let (keys, trust) = (stage.join(TRUST), data.join(TRUST));
        if is_there(&keys)? {
            if is_there(&trust)? {
                fs::rename(&trust, aside.join(TRUST)).map_err(fail(&trust))?;
            }
            fs::rename(&keys, &trust).map_err(fail(&keys))?;
            sync(data)?;
        }
        // the journal first: without its database it is nothing, a database without its journal is an older one
        for part in PARTS.iter().rev() {
            let name = format!("{FILE_NAME}{part}");
            let old = data.join(&name);
            if is_there(&old)? {
                fs::rename(&old, aside.join(&name)).map_err(fail(&old))?;
            }
        }
        fs::rename(&new, data.join(FILE_NAME)).map_err(fail(&new))?;
        sync(data)?;
    }
    fs::remove_dir_all(&stage).map_err(fail(&stage))?;
    Ok(true)
}

fn write_and_sync(path: &Path) -> Result<(), RestoreError> {
    let written = File::create(path).and_then(|file| file.sync_all());
    written.map_err(|source| RestoreError::Io { path: path.to_owned(), source })?;
    sync(path.parent().unwrap_or(path))
}

fn sync(path: &Path) -> Result<(), RestoreError> {
    let synced = File::open(path).and_then(|file| file.sync_all());
    synced.map_err(|source| RestoreError::Io { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .map(|list| list.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect())
            .unwrap_or_default();
        names.sort();
        names
    }

    #[test]
    fn what_is_staged_takes_the_place_and_what_was_there_is_kept() {
        let data = tempfile::tempdir().unwrap();
        let data = data.path();
        fs::write(data.join(temporary_name()), "half a copy").unwrap();
        assert!(!take_up(data).unwrap(), "nothing to do");
        assert_eq!(names(data), [] as [std::string::String; 0]);
        let put = |path: &Path, text: &str| fs::write(path, text).unwrap();
        put(&data.join(FILE_NAME), "old");
        put(&data.join("downbeat.db-wal"), "old journal");
        let restore = Restore::begin(data).unwrap();
        assert!(matches!(Restore::begin(data), Err(RestoreError::Busy)));
        put(&restore.file(), "new");
        drop(restore);
        assert_eq!(names(data), ["downbeat.db", "downbeat.db-wal"], "given up, nothing stays");

        let mut restore = Restore::begin(data).unwrap();
        put(&restore.file(), "new");
        restore.staged = true;
        drop(restore);
        assert!(!take_up(data).unwrap(), "a crash before it was whole: as if it had never been");
        assert_eq!(fs::read_to_string(data.join(FILE_NAME)).unwrap(), "old");

        // crashes before anything is put aside, after the journal is, and after all is
        for done in 0..=2 {
            let stage = data.join(STAGE);
            fs::create_dir_all(&stage).unwrap();
            put(&stage.join(FILE_NAME), "new");
            put(&stage.join(READY), "");
            let journal = format!("{FILE_NAME}-wal");
            put(&data.join(FILE_NAME), "old");
            put(&data.join(&journal), &format!("journal {done}"));
            if done > 0 {
                put(&stage.join(MOVING), "");
            }
            for part in [journal.as_str(), FILE_NAME].iter().take(done) {
                fs::rename(data.join(part), data.join(ASIDE).join(part)).unwrap();
            }
            assert!(take_up(data).unwrap());
            assert_eq!(fs::read_to_string(data.join(FILE_NAME)).unwrap(), "new");
            let aside = |part: &str| fs::read_to_string(data.join(ASIDE).join(part)).unwrap();
            assert_eq!((aside(FILE_NAME), aside(&journal)), ("old".into(), format!("journal {done}")));
            assert!(!stage.exists());
        }
        assert!(!data.join("downbeat.db-wal").exists(), "a journal of the old one would spoil the new one");

        // the CA's keys, with crashes before they are moved, between, and after
        for done in 0..=2 {
            let (stage, aside, trust) = (data.join(STAGE), data.join(ASIDE), data.join(TRUST));
            for folder in [&stage, &stage.join(TRUST), &trust] {
                fs::create_dir_all(folder).unwrap();
            }
            put(&stage.join(FILE_NAME), "new");
            put(&stage.join(READY), "");
            put(&stage.join(TRUST).join("ca.key"), "new");
            put(&trust.join("ca.key"), "old");
            if done > 0 {
                fs::remove_dir_all(&aside).unwrap();
                fs::create_dir(&aside).unwrap();
                put(&stage.join(MOVING), "");
                fs::rename(&trust, aside.join(TRUST)).unwrap();
            }
            if done > 1 {
                fs::rename(stage.join(TRUST), &trust).unwrap();
            }
            assert!(take_up(data).unwrap());
            let key = |folder: &Path| fs::read_to_string(folder.join(TRUST).join("ca.key")).unwrap();
            assert_eq!((key(data), key(&aside)), ("new".into(), "old".into()), "{done}");
        }
    }

    #[test]
    fn a_disk_that_does_not_answer_says_nothing_of_what_is_there() {
        let data = tempfile::tempdir().unwrap();
        let data = data.path();
        let stage = data.join(STAGE);
        fs::create_dir(&stage).unwrap();
        fs::write(stage.join(FILE_NAME), "new").unwrap();
        // a link to itself cannot be looked at
        let loops = |path: &Path| std::os::unix::fs::symlink(path, path).unwrap();
        loops(&stage.join(READY));
        assert!(matches!(take_up(data), Err(RestoreError::Io { .. })));
        assert!(stage.join(FILE_NAME).is_file(), "what is staged stays");
        fs::remove_file(stage.join(READY)).unwrap();
        fs::write(stage.join(READY), "").unwrap();
        let journal = data.join(format!("{FILE_NAME}-wal"));
        loops(&journal);
        assert!(matches!(take_up(data), Err(RestoreError::Io { .. })));
        assert!(stage.join(FILE_NAME).is_file() && !data.join(FILE_NAME).exists(), "an old journal would spoil it");
        let unread = data.join("unread");
        loops(&unread);
        assert!(matches!(check_header(&unread), Err(RestoreError::Io { .. })));
        fs::write(data.join("short"), "SQLite").unwrap();
        assert!(matches!(check_header(&data.join("short")), Err(RestoreError::NotABackup(_))));
    }
}
