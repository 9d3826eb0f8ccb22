//! The bytes that the cache may take of its disk. Pure: the disk is looked at elsewhere.
//!
//! The room is the limit, or the cache's own bytes and the free ones less those that must stay free, if that is
//! smaller. A disk too small for that leaves a little room all the same, so that music plays at all. A disk that
//! refuses to grow, full or by a quota that nothing tells of, is believed for a while.

use std::{fmt, str::FromStr, time::Duration};

use downbeat_host::files::Space;
use tokio::time::Instant;

use super::window::LEAST_WINDOW;
use crate::config::Size;

/// The share of the disk that stays free if nothing else is said, percent.
const USUAL_PERCENT: f64 = 5.0;
/// No less than this stays free if nothing else is said, bytes.
const USUAL_LEAST: u64 = 256_000_000;
/// The cache may always have this much, or half of all that is free without it, if that is less, bytes.
const LEAST_ROOM: u64 = 64_000_000;
/// A disk that refused is not tried again before.
const REFUSED_FOR: Duration = Duration::from_mins(5);
/// Some file systems (btrfs) give back what was deleted only after a while; it is not taken for others' use so long.
const GIVEN_BACK_WITHIN: Duration = Duration::from_mins(1);

/// The part of the disk that the cache leaves free.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum KeepFree {
    /// 5 % of the disk, and no less than 256 MB.
    #[default]
    Usual,
    /// So many bytes.
    Bytes(u64),
    /// A share of the disk, percent.
    Percent(f64),
}

/// Why a text does not say how much stays free.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?}: a size or a share of the disk from 0% to 100% is wanted, e.g. 1GiB or 10%")]
pub struct KeepFreeError(String);

impl KeepFree {
    /// Bytes that stay free on a disk of `total` bytes.
    pub(crate) fn bytes(self, total: u64) -> u64 {
        let share = |percent: f64| (total as f64 * (percent / 100.0)) as u64;
        match self {
            Self::Usual => share(USUAL_PERCENT).max(USUAL_LEAST),
            Self::Bytes(bytes) => bytes,
            Self::Percent(percent) => share(percent),
        }
    }
}

impl FromStr for KeepFree {
    type Err = KeepFreeError;

    fn from_str(text: &str) -> Result<Self, KeepFreeError> {
        let wrong = || KeepFreeError(text.into());
        match text.trim().strip_suffix('%') {
            Some(number) => {
                let percent: f64 = number.trim().parse().map_err(|_| wrong())?;
                if (0.0..=100.0).contains(&percent) { Ok(Self::Percent(percent)) } else { Err(wrong()) }
            }
            None => text.parse::<Size>().map(|size| Self::Bytes(size.bytes())).map_err(|_| wrong()),
        }
    }
}

impl fmt::Display for KeepFree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usual => f.write_str("5%, at least 256MB"),
            Self::Bytes(bytes) => Size(*bytes).fmt(f),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

/// The room of the cache.
#[derive(Debug)]
pub(super) struct Room {
    /// The bound that was set, bytes.
    pub(super) limit: u64,
    keep: KeepFree,
    /// By the last look at the disk, bytes.
    by_disk: u64,
    /// The free bytes and the cache's own, at the last look.
    ours_to_share: Option<u64>,
    /// Deleted bytes that the file system may not have given back yet.
    deleted: u64,
    deleted_at: Option<Instant>,
    /// The disk took no more than this, until then.
    refused: Option<(u64, Instant)>,
}

impl Default for Room {
    fn default() -> Self {
        Self::new(u64::MAX, KeepFree::Bytes(0))
    }
}

impl Room {
    /// Room up to `limit` bytes, until the disk is looked at.
    pub(super) fn new(limit: u64, keep: KeepFree) -> Self {
        Self { limit, keep, by_disk: u64::MAX, ours_to_share: None, deleted: 0, deleted_at: None, refused: None }
    }

    /// The bytes that the cache may have.
    pub(super) fn bytes(&self) -> u64 {
        let taken = self.refused.map_or(u64::MAX, |(most, _)| most);
        self.limit.min(self.by_disk).min(taken)
    }

    /// The disk was looked at while the cache had `own` bytes on it. `None`: it could not be, and counts as it did; as
    /// without end if it never was.
    pub(super) fn look(&mut self, space: Option<Space>, own: u64, now: Instant) {
        self.refused = self.refused.filter(|(_, until)| *until > now);
        let Some(space) = space else { return };
        // a file system that states no size states no free bytes either
        if space.total == 0 {
            self.by_disk = u64::MAX;
            return;
        }
        let seen = own.saturating_add(space.free);
        if self.deleted_at.is_some_and(|at| now.duration_since(at) >= GIVEN_BACK_WITHIN)
            || self.ours_to_share.is_some_and(|before| seen >= before)
        {
            self.deleted = 0;
        }
        let owed = seen.saturating_add(self.deleted);
        let share = self.ours_to_share.map_or(seen, |before| seen.max(owed.min(before)));
        self.ours_to_share = Some(share);
        let kept = share.saturating_sub(self.keep.bytes(space.total));
        self.by_disk = kept.max(LEAST_ROOM.min(share / 2));
    }

    /// The cache deleted so many bytes.
    pub(super) fn deleted(&mut self, bytes: u64, now: Instant) {
        if bytes > 0 {
            self.deleted = self.deleted.saturating_add(bytes);
            self.deleted_at = Some(now);
        }
    }

    /// The disk refused to take more while the cache had `own` bytes on it: some of these are given back, so that
    /// others can write. Two small windows are tried all the same.
    pub(super) fn refused(&mut self, own: u64, now: Instant) {
        let most = (own - own / 16).max(2 * LEAST_WINDOW);
        let most = self.refused.map_or(most, |(before, _)| before.min(most));
        self.refused = Some((most, now + REFUSED_FOR));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1_000_000;
    const GB: u64 = 1000 * MB;

    fn room(limit: u64, keep: KeepFree, total: u64, free: u64, own: u64) -> u64 {
        let mut room = Room::new(limit, keep);
        room.look(Some(Space { total, free }), own, Instant::now());
        room.bytes()
    }

    #[test]
    fn the_limit_or_the_disk_less_what_stays_free() {
        let usual = KeepFree::Usual;
        assert_eq!(room(2 * GB, usual, 32 * GB, 20 * GB, 0), 2 * GB, "the limit");
        assert_eq!(room(2 * GB, usual, 32 * GB, 2 * GB, 0), 400 * MB, "5 % of 32 GB stay free");
        assert_eq!(room(2 * GB, usual, 32 * GB, 1600 * MB, 400 * MB), 400 * MB, "its own files do not count twice");
        assert_eq!(room(2 * GB, usual, 4 * GB, GB, 0), 744 * MB, "256 MB at least");
        assert_eq!(room(2 * GB, KeepFree::Percent(50.0), 4 * GB, 3 * GB, 0), GB);
        assert_eq!(room(2 * GB, KeepFree::Bytes(0), 4 * GB, GB, 0), GB);
    }

    #[test]
    fn a_small_disk_leaves_a_little_room() {
        let usual = KeepFree::Usual;
        assert_eq!(room(2 * GB, usual, 120 * MB, 120 * MB, 0), 60 * MB, "half");
        assert_eq!(room(2 * GB, usual, 120 * MB, 80 * MB, 40 * MB), 60 * MB, "the same while it is used");
        assert_eq!(room(2 * GB, usual, 16 * MB, 16 * MB, 0), 8 * MB);
        assert_eq!(room(2 * GB, usual, GB, 300 * MB, 0), 64 * MB);
        assert_eq!(room(2 * GB, KeepFree::Bytes(8 * GB), 4 * GB, 3 * GB, 0), 64 * MB, "more than there is");
        assert_eq!(room(10 * MB, usual, GB, 300 * MB, 0), 10 * MB, "never above the limit");
        assert_eq!(room(2 * GB, usual, GB, 0, 0), 0);
    }

    #[test]
    fn a_disk_that_tells_nothing_is_bounded_by_the_limit() {
        assert_eq!(room(2 * GB, KeepFree::Usual, 0, 0, 0), 2 * GB);
        let mut room = Room::new(2 * GB, KeepFree::Usual);
        room.look(None, 0, Instant::now());
        assert_eq!(room.bytes(), 2 * GB);
        room.look(Some(Space { total: 4 * GB, free: GB }), 0, Instant::now());
        room.look(None, 0, Instant::now());
        assert_eq!(room.bytes(), 744 * MB, "as it was seen last");
    }

    #[test]
    fn a_file_system_that_gives_back_later_is_not_taken_for_others() {
        let mut room = Room::new(2 * GB, KeepFree::Bytes(100 * MB));
        let now = Instant::now();
        room.look(Some(Space { total: GB, free: 100 * MB }), 500 * MB, now);
        assert_eq!(room.bytes(), 500 * MB);
        room.deleted(200 * MB, now);
        room.look(Some(Space { total: GB, free: 100 * MB }), 300 * MB, now);
        assert_eq!(room.bytes(), 500 * MB, "deleted, and not free yet");
        room.look(Some(Space { total: GB, free: 100 * MB }), 300 * MB, now + GIVEN_BACK_WITHIN);
        assert_eq!(room.bytes(), 300 * MB, "others took it");
    }

    #[test]
    fn a_disk_that_refuses_is_believed_for_a_while() {
        let mut room = Room::new(2 * GB, KeepFree::Bytes(0));
        let now = Instant::now();
        let plenty = Some(Space { total: 8 * GB, free: 8 * GB });
        room.look(plenty, 0, now);
        room.refused(160 * MB, now);
        assert_eq!(room.bytes(), 150 * MB, "a quota that nothing tells of");
        room.refused(165 * MB, now);
        assert_eq!(room.bytes(), 150 * MB);
        room.look(plenty, 150 * MB, now + REFUSED_FOR);
        assert_eq!(room.bytes(), 2 * GB);
    }

    #[test]
    fn what_people_write() {
        for (text, keep) in [
            ("10%", KeepFree::Percent(10.0)),
            (" 2.5 %", KeepFree::Percent(2.5)),
            ("1GB", KeepFree::Bytes(GB)),
            ("0", KeepFree::Bytes(0)),
        ] {
            assert_eq!(text.parse(), Ok(keep), "{text}");
            assert_eq!(keep.to_string().parse(), Ok(keep), "{text}");
        }
        for text in ["", "%", "-1%", "101%", "NaN%", "much"] {
            assert!(text.parse::<KeepFree>().is_err(), "{text}");
        }
    }
}
