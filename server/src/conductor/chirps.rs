//! Speakers that make themselves heard: one chirp at a time.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use downbeat_protocol::{ServerTime, SpeakerId};

/// A chirp lasts so long, with a breath after it, microseconds.
const CHIRP_US: i64 = 1_000_000;

/// When speakers chirped last: those that chirp now, and perhaps some that have ended.
#[derive(Debug, Default)]
pub(crate) struct Chirps(Mutex<Began>);

#[derive(Debug, Default)]
struct Began {
    at: HashMap<SpeakerId, ServerTime>,
    /// Those that have ended are forgotten when there are so many.
    tidy: usize,
}

impl Chirps {
    /// True if this one chirps no more; then it begins.
    pub(crate) fn begin(&self, speaker: SpeakerId, now: ServerTime) -> bool {
        let mut began = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Began { at: began, tidy } = &mut *began;
        let ended = |at: &ServerTime| now.micros_since(*at) >= CHIRP_US;
        if began.get(&speaker).is_some_and(|at| !ended(at)) {
            return false;
        }
        if began.len() >= *tidy {
            began.retain(|_, at| !ended(at));
            *tidy = 1_024.max(2 * began.len());
        }
        began.insert(speaker, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speaker_chirps_once_at_a_time() {
        let (chirps, one, other) = (Chirps::default(), SpeakerId::random(), SpeakerId::random());
        let begun = |speaker, at| (0..3_000).filter(|_| chirps.begin(speaker, ServerTime(at))).count();
        assert_eq!((begun(one, 0), begun(other, 1), begun(one, CHIRP_US - 1), begun(one, CHIRP_US)), (1, 1, 0, 1));
    }
}
