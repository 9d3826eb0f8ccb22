//! What a zone is listening to, as far as a book is to go on there: seen from time to time, and told when it counts.
//!
//! A place that was only looked into does not replace the one that is kept: from a jump on, half a minute must have
//! been heard without another.

use downbeat_protocol::{Frames, ServerTime, TrackId};

/// So much must have been heard since the last jump, microseconds.
const HEARD_US: i64 = 30_000_000;
/// A place that is off by no more than this goes on from the one before, microseconds.
const SAME_US: i64 = 3_000_000;

/// A track at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// The track.
    pub(super) track: TrackId,
    /// The frame of the track that is heard.
    pub(super) frame: Frames,
    /// Its length.
    pub(super) length: Frames,
    /// Frames a second.
    pub(super) rate: u32,
    /// True if it sounds.
    pub(super) running: bool,
}

/// What is to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It was heard up to here.
    At(TrackId, Frames),
    /// It was heard to its end.
    End(TrackId),
}

/// Remembers what was seen last.
#[derive(Debug, Default)]
pub(super) struct Listening {
    last: Option<(Seen, ServerTime)>,
    /// Heard since the last jump, microseconds.
    heard_us: i64,
    told: Option<Heard>,
}

impl Seen {
    fn micros(&self, frames: i64) -> i64 {
        (frames as f64 * 1e6 / f64::from(self.rate.max(1))) as i64
    }

    /// The microseconds from its start to the frame that is heard `us` later.
    fn after(&self, us: i64) -> i64 {
        self.micros(self.frame.0).saturating_add(if self.running { us } else { 0 })
    }
}

impl Listening {
    /// Takes what is heard now; `None`: nothing of a book. Answers what is to be kept.
    pub(super) fn see(&mut self, now: ServerTime, seen: Option<Seen>) -> Option<Heard> {
        let mut heard = None;
        let before = self.last.take();
        if let Some((last, at)) = before {
            let passed_us = now.micros_since(at).max(0);
            let due_us = last.after(passed_us);
            let length_us = last.micros(last.length.0);
            let same = seen.filter(|seen| seen.track == last.track);
            if let Some(seen) = same {
                let moved_us = seen.micros(seen.frame.0) - last.micros(last.frame.0);
                // what was held, or about to start, may have begun at any time since
                let least_us = if last.running { passed_us } else { 0 };
                let goes_on = (least_us - SAME_US..=passed_us + SAME_US).contains(&moved_us);
                self.heard_us = if goes_on { self.heard_us.saturating_add(moved_us.max(0)) } else { 0 };
            } else {
                let came_us = due_us.min(length_us);
                let to_end = last.running && due_us >= length_us - SAME_US;
                self.heard_us = self.heard_us.saturating_add((came_us - last.micros(last.frame.0)).max(0));
                let frame = Frames((came_us as f64 * f64::from(last.rate) / 1e6) as i64);
                heard = Some(if to_end { Heard::End(last.track) } else { Heard::At(last.track, frame) })
                    .filter(|_| self.heard_us >= HEARD_US.min(length_us - SAME_US));
                // the track that follows by itself is no jump
                if !(to_end && seen.is_some()) {
                    self.heard_us = 0;
                }
            }
        }
        self.last = seen.map(|seen| (seen, now));
        if let Some(seen) = seen.filter(|_| heard.is_none() && self.heard_us >= HEARD_US) {
            heard = Some(Heard::At(seen.track, seen.frame));
        }
        let is_new = heard.is_some() && heard != self.told;
        self.told = heard.or(self.told);
        heard.filter(|_| is_new)
    }

    /// What was seen last.
    #[cfg(test)]
    pub(super) fn seen(&self) -> Option<(TrackId, Frames)> {
        self.last.map(|(seen, _)| (seen.track, seen.frame))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 1_000;

    fn track(n: u128) -> TrackId {
        TrackId(uuid::Uuid::from_u128(n))
    }

    #[expect(clippy::unnecessary_wraps, reason = "as it is seen, beside nothing")]
    fn at(n: u128, second: i64, running: bool) -> Option<Seen> {
        let frames = |seconds: i64| Frames(seconds * i64::from(RATE));
        Some(Seen { track: track(n), frame: frames(second), length: frames(600), rate: RATE, running })
    }

    fn told(seen: &[(i64, Option<Seen>)]) -> Vec<Heard> {
        let mut listening = Listening::default();
        seen.iter().filter_map(|(second, seen)| listening.see(ServerTime(second * 1_000_000), *seen)).collect()
    }

    fn place(n: u128, second: i64) -> Heard {
        Heard::At(track(n), Frames(second * i64::from(RATE)))
    }

    #[test]
    fn a_place_counts_after_half_a_minute_and_is_told_when_it_moved() {
        let (from, to) = (at(1, 100, true), at(1, 130, true));
        assert_eq!(told(&[(0, from), (29, at(1, 129, true))]), []);
        assert_eq!(
            told(&[(0, from), (30, to), (35, at(1, 135, false)), (900, at(1, 135, false))]),
            [place(1, 130), place(1, 135)]
        );
        assert_eq!(told(&[(0, from), (30, to), (40, None)]), [place(1, 130), place(1, 140)], "stopped");
        assert_eq!(told(&[(0, from), (30, to), (40, at(2, 0, true))]), [place(1, 130), place(1, 140)], "another");
        assert_eq!(told(&[(0, at(1, 100, false)), (500, at(1, 100, false)), (501, None)]), [], "paused all the time");
        assert_eq!(told(&[(0, at(1, 100, false)), (40, at(1, 138, true))]), [place(1, 138)], "it was about to start");
        assert_eq!(
            told(&[(0, at(1, 100, false)), (0, at(1, 400, false)), (40, at(1, 400, false))]),
            [],
            "moved while held"
        );
    }

    #[test]
    fn a_jump_begins_anew_and_what_was_looked_into_is_forgotten() {
        let listened = [(0, at(1, 100, true)), (30, at(1, 130, true))];
        let jumped = |more: &[(i64, Option<Seen>)]| told(&[&listened[..], more].concat());
        assert_eq!(
            jumped(&[(31, at(1, 131, true)), (31, at(1, 500, true)), (50, at(1, 519, true)), (51, None)]),
            [place(1, 130), place(1, 131)]
        );
        assert_eq!(jumped(&[(31, at(1, 500, true)), (61, at(1, 530, true))]), [place(1, 130), place(1, 530)]);
        assert_eq!(told(&[(0, at(1, 0, true)), (10, None)]), [], "a tap by mistake");
    }

    #[test]
    fn a_track_that_runs_out_has_ended_and_the_next_one_goes_on() {
        let end = Heard::End(track(1));
        assert_eq!(told(&[(0, at(1, 580, true)), (20, None)]), [], "only the last seconds of it");
        assert_eq!(told(&[(0, at(1, 560, true)), (50, None)]), [end]);
        assert_eq!(told(&[(0, at(1, 560, true)), (45, at(2, 5, true)), (55, at(2, 15, false))]), [end, place(2, 15)]);
        assert_eq!(told(&[(0, at(1, 560, true)), (20, None)]), [], "stopped before");
        let short = Seen { length: Frames(10_000), ..at(1, 0, true).unwrap() };
        assert_eq!(told(&[(0, Some(short)), (11, None)]), [end], "a chapter of ten seconds");
    }
}
