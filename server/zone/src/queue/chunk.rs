//! A stretch of the queue: what is changed, shared and kept in one piece. An edit copies and writes a chunk or two, not
//! a hundred thousand entries.

use std::sync::Arc;

use super::QueueEntry;

/// A chunk that grows beyond this is split ...
pub(super) const MOST: usize = 512;
/// ... into parts of this many.
pub(super) const PART: usize = 256;
/// From the position of one chunk to that of the next one, if there is room.
pub(super) const STEP: i64 = 1 << 32;

/// Some entries in order, and where they lie among the chunks.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// Orders the chunks of a queue; also its name where it is kept.
    pub position: i64,
    /// At most 512.
    pub entries: Vec<QueueEntry>,
}

/// The chunks of a queue at one moment, to be kept: cheap to make, and equal chunks are the very same ones.
pub type Snapshot = Vec<Arc<Chunk>>;

/// `count` positions that lie between two others; `None` if there is no room.
pub(super) fn between(before: Option<i64>, after: Option<i64>, count: usize) -> Option<Vec<i64>> {
    let count = count as i64;
    let (from, step) = match (before, after) {
        (None, None) => (0, STEP),
        (Some(b), None) => (b.checked_add(STEP)?, STEP),
        (None, Some(a)) => (a.checked_sub(STEP.checked_mul(count)?)?, STEP),
        (Some(b), Some(a)) => {
            let step = (i128::from(a) - i128::from(b)) / (i128::from(count) + 1);
            let step = i64::try_from(step.min(i128::from(STEP))).ok()?;
            (b + step, step)
        }
    };
    (step > 0).then(|| (0..count).map(|i| from + i * step).collect())
}
