//! Files that come in pieces: each is kept, hidden, until all of it is there, it is given up, or it grows old.
//!
//! They are bounded in number, age and room, and end with the coordinator: a half file of another run is cleared away
//! at the start, as all that is hidden is.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use downbeat_library::upload::Upload;
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// So many at a time, all together.
pub const MOST: usize = 64;
/// One that nothing came of for this long is given up.
pub const AGE: Duration = Duration::from_hours(6);

/// There are too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

/// The files that come in pieces.
pub type Pieces = Halves<Half>;

/// A file that comes in pieces.
#[derive(Debug)]
pub struct Half {
    /// The place that it will have.
    pub place: PathBuf,
    /// All its bytes.
    pub length: u64,
    /// The part that is there; nothing, while it is being finished or when it is.
    pub upload: tokio::sync::Mutex<Option<Upload>>,
    /// The answer, kept for a client that did not hear it.
    pub done: Mutex<Option<Value>>,
    /// Ends the piece that is coming: its connection may be gone, and another brings the rest.
    turn: Mutex<CancellationToken>,
}

impl Half {
    /// Nothing came yet.
    pub fn new(place: PathBuf, length: u64, upload: Upload) -> Self {
        Self {
            place,
            length,
            upload: tokio::sync::Mutex::new(Some(upload)),
            done: Mutex::new(None),
            turn: Mutex::default(),
        }
    }

    /// Ends the piece that is coming, and begins another: it is to end when the token says so.
    pub fn next(&self) -> CancellationToken {
        let mut turn = held(&self.turn);
        turn.cancel();
        *turn = CancellationToken::new();
        turn.clone()
    }
}

/// One of them, and since when nothing came.
#[derive(Debug)]
struct Kept<T> {
    half: Arc<T>,
    length: u64,
    came: u64,
    touched: Instant,
}

/// All of them; clones share them.
#[derive(Debug)]
pub struct Halves<T>(Arc<Mutex<HashMap<Uuid, Kept<T>>>>);

impl<T> Default for Halves<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Halves<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Halves<T> {
    /// Adds one of so many bytes.
    pub fn add(&self, now: Instant, half: T, length: u64) -> Result<Uuid, TooMany> {
        let mut all = held(&self.0);
        if all.len() >= MOST {
            return Err(TooMany);
        }
        let id = Uuid::new_v4();
        all.insert(id, Kept { half: Arc::new(half), length, came: 0, touched: now });
        Ok(id)
    }

    /// One of them, and how much of it is there.
    pub fn get(&self, id: Uuid) -> Option<(Arc<T>, u64)> {
        held(&self.0).get(&id).map(|kept| (Arc::clone(&kept.half), kept.came))
    }

    /// All of them, the ones that were touched last first, with how much is there and for how long they are kept.
    pub fn all(&self, now: Instant) -> Vec<(Uuid, Arc<T>, u64, Duration)> {
        let all = held(&self.0);
        let mut list: Vec<_> = all.iter().collect();
        list.sort_by_key(|(_, kept)| std::cmp::Reverse(kept.touched));
        let left = |kept: &Kept<T>| AGE.saturating_sub(now.duration_since(kept.touched));
        list.into_iter().map(|(id, kept)| (*id, Arc::clone(&kept.half), kept.came, left(kept))).collect()
    }

    /// So much of it is there now.
    pub fn touch(&self, id: Uuid, now: Instant, came: u64) {
        if let Some(kept) = held(&self.0).get_mut(&id) {
            (kept.came, kept.touched) = (came, now);
        }
    }

    /// Ends one. Its file goes when nobody writes to it any more.
    pub fn remove(&self, id: Uuid) -> Option<Arc<T>> {
        held(&self.0).remove(&id).map(|kept| kept.half)
    }

    /// Takes out those that nothing came of for too long.
    pub fn old(&self, now: Instant) -> Vec<Arc<T>> {
        let mut all = held(&self.0);
        let old: Vec<Uuid> =
            all.iter().filter(|(_, kept)| now.duration_since(kept.touched) > AGE).map(|(id, _)| *id).collect();
        old.into_iter().filter_map(|id| all.remove(&id)).map(|kept| kept.half).collect()
    }

    /// Bytes that are still to come, of all of them.
    pub fn to_come(&self) -> u64 {
        held(&self.0).values().map(|kept| kept.length.saturating_sub(kept.came)).sum()
    }
}

fn held<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_bounded_in_number_and_age_and_say_what_room_they_need() {
        let (halves, start) = (Halves::default(), Instant::now());
        let ids: Vec<Uuid> = (0..MOST).map(|n| halves.add(start, n, 100).unwrap()).collect();
        assert_eq!(halves.add(start, 99, 100), Err(TooMany));
        assert_eq!(halves.to_come(), 100 * MOST as u64);
        halves.touch(ids[3], start + AGE, 60);
        assert_eq!(halves.to_come(), 100 * MOST as u64 - 60);
        assert_eq!(halves.get(ids[3]), Some((Arc::new(3), 60)));
        assert!(halves.old(start + AGE).is_empty());
        let later = start + AGE + Duration::from_secs(1);
        assert_eq!(halves.old(later).len(), MOST - 1, "all but the one that went on");
        let all = halves.all(later);
        assert_eq!(
            (all.len(), all[0].0, all[0].2, all[0].3),
            (1, ids[3], 60, AGE.saturating_sub(Duration::from_secs(1)))
        );
        assert!(halves.remove(ids[3]).is_some() && halves.remove(ids[3]).is_none());
        assert_eq!((halves.to_come(), halves.get(ids[0])), (0, None));
    }
}
