//! The timeline: which media frame is heard at which server instant, and where each coming entry begins.
//!
//! Positions are computed from the index (anchor + k/rate), never by adding rounded durations, and entirely in whole
//! numbers where both ends must agree: two speakers that joined hours apart compute the same frame.

use serde::{Deserialize, Serialize};

use crate::{
    handshake::{ClockId, EntryId, TrackId},
    time::{Frames, ServerTime},
};

/// A zone's playback, in one line: media frame `anchor_media_frames` of `entry` is heard at `anchor_server_us`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// The clock that `anchor_server_us` was read from.
    pub clock_id: ClockId,
    /// The entry that is playing (or paused) from `anchor_server_us` on.
    pub entry: EntryId,
    /// The instant of the anchor, microseconds of server time. It may lie in the future: a scheduled start.
    pub anchor_server_us: ServerTime,
    /// The frame heard at the anchor. Negative when the anchor lies before this entry's first frame, as it does after
    /// a gapless transition: the line goes on unbroken, only counted from the new entry's start.
    pub anchor_media_frames: Frames,
    /// Whether the position advances. If not, it stays at `anchor_media_frames` from `anchor_server_us` on.
    pub running: bool,
}

/// An entry of the plan: all that a speaker needs to fetch, verify and play it alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanEntry {
    /// Its place in the queue.
    pub entry: EntryId,
    /// The track, for people and logs.
    pub track: TrackId,
    /// BLAKE3 of the file's bytes, lower-case hex: its name under `/media/` and in the cache.
    pub hash: String,
    /// The file's size in bytes.
    pub bytes: u64,
    /// The kind of file, as its usual ending: `flac`, `mp3`, `ogg`, `wav`, ... A hint for the decoder.
    pub format: String,
    /// Frames a second.
    pub sample_rate: u32,
    /// The exact length. A decoder that yields fewer is filled up with silence, one that yields more is cut.
    pub frames: Frames,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub artist: String,
}

/// A straight line between server time and the frames of one entry: frame `frames` is heard at `anchor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The instant of the anchor.
    pub anchor: ServerTime,
    /// The frame heard then.
    pub frames: Frames,
    /// Frames a second, never 0.
    pub rate: u32,
}

impl Line {
    /// A line through `anchor` and `frames`; a rate of 0 (foreign nonsense) counts as 1.
    pub fn new(anchor: ServerTime, frames: Frames, rate: u32) -> Self {
        Self { anchor, frames, rate: rate.max(1) }
    }

    /// The frame that is being heard at `t` (the last one whose instant is not after `t`).
    pub fn frame_at(&self, t: ServerTime) -> Frames {
        let elapsed = i128::from(t.0) - i128::from(self.anchor.0);
        let frames = i128::from(self.frames.0) + (elapsed * i128::from(self.rate)).div_euclid(1_000_000);
        Frames(saturate(frames))
    }

    /// The position at `t` plus `fraction_us` microseconds, in frames and parts of a frame.
    pub fn position_at(&self, t: ServerTime, fraction_us: f64) -> f64 {
        let elapsed = t.micros_since(self.anchor) as f64 + fraction_us;
        self.frames.0 as f64 + elapsed * f64::from(self.rate) * 1e-6
    }

    /// The first whole microsecond at which `frame` is being heard.
    pub fn instant_of(&self, frame: Frames) -> ServerTime {
        let ahead = (i128::from(frame.0) - i128::from(self.frames.0)) * 1_000_000;
        let rate = i128::from(self.rate);
        let micros = ahead.div_euclid(rate) + i128::from(ahead.rem_euclid(rate) != 0);
        ServerTime(saturate(i128::from(self.anchor.0) + micros))
    }

    /// The line of the entry that follows one of `length` frames on this line, at `next_rate`.
    ///
    /// At the same rate it is this very line, counted from the new entry's first frame: nothing is rounded, however
    /// long the chain. At another rate it begins at the first whole microsecond after the last frame.
    #[must_use]
    pub fn following(&self, length: Frames, next_rate: u32) -> Self {
        if next_rate == self.rate {
            Self { frames: Frames(self.frames.0.saturating_sub(length.0)), ..*self }
        } else {
            Self::new(self.instant_of(length), Frames(0), next_rate)
        }
    }
}

fn saturate(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

/// One entry of a running plan with its line and its boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheduled {
    /// Its index in the plan.
    pub index: usize,
    /// Where its frames lie.
    pub line: Line,
    /// The first instant at which one of its frames is heard.
    pub start: ServerTime,
    /// The first instant at which none is any more: the next entry's start.
    pub end: ServerTime,
}

impl Timeline {
    /// The line of this timeline's own entry, which plays at `sample_rate`.
    pub fn line(&self, sample_rate: u32) -> Line {
        Line::new(self.anchor_server_us, self.anchor_media_frames, sample_rate)
    }

    /// Every entry of `plan` from this timeline's own on, with its line and boundaries. Empty if the plan does not
    /// hold the timeline's entry. Boundaries are those of uninterrupted play, also while `running` is false.
    pub fn schedule<'a>(&self, plan: &'a [PlanEntry]) -> impl Iterator<Item = Scheduled> + 'a {
        let first = plan.iter().position(|e| e.entry == self.entry);
        let mut line = first.map(|i| self.line(plan[i].sample_rate));
        let begin = first.unwrap_or(plan.len());
        let anchor = self.anchor_server_us;
        (begin..plan.len()).map_while(move |index| {
            let this = line?;
            let end = this.instant_of(plan[index].frames);
            line = plan.get(index + 1).map(|next| this.following(plan[index].frames, next.sample_rate));
            let own = this.instant_of(Frames(0));
            Some(Scheduled { index, line: this, start: if index == begin { own.max(anchor) } else { own }, end })
        })
    }

    /// The entry that is heard at `t` and the frame in it; before the start, the start; past the plan's end, `None`.
    pub fn at(&self, plan: &[PlanEntry], t: ServerTime) -> Option<(usize, Frames)> {
        let first = plan.iter().position(|e| e.entry == self.entry)?;
        if !self.running {
            return Some((first, self.anchor_media_frames));
        }
        self.schedule(plan)
            .find(|s| t < s.end)
            .map(|s| (s.index, Frames(s.line.frame_at(t.max(self.anchor_server_us)).0.max(0))))
    }

    /// This timeline, told from the entry that is heard at `t`: the same sound at every instant from then on.
    /// `None` past the plan's end. Unchanged while its own entry lasts.
    pub fn advanced_to(&self, plan: &[PlanEntry], t: ServerTime) -> Option<Self> {
        if !self.running {
            return Some(self.clone());
        }
        let s = self.schedule(plan).find(|s| t < s.end)?;
        Some(Self {
            entry: plan[s.index].entry,
            anchor_server_us: s.line.anchor,
            anchor_media_frames: s.line.frames,
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(n: u128, rate: u32, frames: i64) -> PlanEntry {
        PlanEntry {
            entry: EntryId(uuid::Uuid::from_u128(n)),
            track: TrackId(uuid::Uuid::from_u128(n)),
            hash: String::new(),
            bytes: 0,
            format: "flac".into(),
            sample_rate: rate,
            frames: Frames(frames),
            title: String::new(),
            artist: String::new(),
        }
    }

    fn timeline(anchor: i64, frames: i64, running: bool) -> Timeline {
        Timeline {
            clock_id: ClockId(uuid::Uuid::from_u128(9)),
            entry: EntryId(uuid::Uuid::from_u128(1)),
            anchor_server_us: ServerTime(anchor),
            anchor_media_frames: Frames(frames),
            running,
        }
    }

    #[test]
    fn position_is_computed_from_the_index() {
        let l = Line::new(ServerTime(1_000_000), Frames(0), 44_100);
        assert_eq!(l.frame_at(ServerTime(2_000_000)), Frames(44_100));
        assert_eq!(l.instant_of(Frames(44_100)), ServerTime(2_000_000));
        assert_eq!(l.instant_of(Frames(1)), ServerTime(1_000_023), "22.68 us, up to the next whole one");
        assert_eq!(l.frame_at(ServerTime(1_000_022)), Frames(0));
        assert_eq!(l.frame_at(ServerTime(1_000_023)), Frames(1));
    }

    #[test]
    fn two_hours_at_44100_do_not_drift_by_a_frame() {
        let l = Line::new(ServerTime(123_457), Frames(0), 44_100);
        let two_hours = ServerTime(123_457 + 7_200_000_000);
        assert_eq!(l.frame_at(two_hours), Frames(7_200 * 44_100));
        assert!((l.position_at(two_hours, 0.0) - 317_520_000.0).abs() < 1e-3);
    }

    #[test]
    fn entries_of_one_rate_follow_without_rounding() {
        let plan = [entry(1, 44_100, 100_001), entry(2, 44_100, 77_777), entry(3, 44_100, 5)];
        let s: Vec<_> = timeline(50, 0, true).schedule(&plan).collect();
        assert_eq!(s[2].line.frames, Frames(-177_778), "the same line, counted from the third entry");
        assert_eq!(s[2].line.anchor, ServerTime(50));
        assert_eq!(s[0].end, s[1].start);
        assert_eq!(s[1].end, s[2].start);
        let t = s[1].start;
        assert_eq!(timeline(50, 0, true).at(&plan, t), Some((1, Frames(0))));
        assert_eq!(timeline(50, 0, true).at(&plan, t.plus_micros(-1)), Some((0, Frames(100_000))));
    }

    #[test]
    fn another_rate_begins_at_the_next_microsecond() {
        let plan = [entry(1, 44_100, 1), entry(2, 48_000, 48_000)];
        let s: Vec<_> = timeline(0, 0, true).schedule(&plan).collect();
        assert_eq!((s[1].start, s[1].line.anchor, s[1].line.frames), (ServerTime(23), ServerTime(23), Frames(0)));
        assert_eq!(s[1].end, ServerTime(1_000_023));
    }

    #[test]
    fn paused_stays_and_ends_nowhere() {
        let plan = [entry(1, 48_000, 48_000)];
        assert_eq!(timeline(0, 24_000, false).at(&plan, ServerTime(1 << 50)), Some((0, Frames(24_000))));
        assert_eq!(timeline(0, 24_000, true).at(&plan, ServerTime(500_000)), None);
        assert_eq!(timeline(0, 24_000, true).at(&plan, ServerTime(499_999)), Some((0, Frames(47_999))));
        assert_eq!(timeline(9_000, 24_000, true).at(&plan, ServerTime(0)), Some((0, Frames(24_000))), "not begun yet");
        assert_eq!(timeline(0, 0, true).at(&[], ServerTime(0)), None);
    }

    fn plans() -> impl Strategy<Value = Vec<PlanEntry>> {
        let rate = prop::sample::select(vec![8_000u32, 44_100, 48_000, 96_000, 192_000]);
        prop::collection::vec((rate, 1i64..5_000_000), 1..12)
            .prop_map(|v| v.into_iter().enumerate().map(|(i, (r, f))| entry(i as u128 + 1, r, f)).collect())
    }

    proptest! {
        #[test]
        fn whoever_joins_late_computes_the_same_frame(plan in plans(), anchor in 0i64..1_000_000_000, join in 0i64..200_000_000, later in 0i64..200_000_000) {
            let old = timeline(anchor, 0, true);
            let (t, u) = (ServerTime(anchor + join), ServerTime(anchor + join + later));
            if let Some(new) = old.advanced_to(&plan, t) {
                prop_assert_eq!(old.at(&plan, u), new.at(&plan, u));
            }
        }

        #[test]
        fn boundaries_meet(plan in plans(), anchor in -1_000_000_000i64..1_000_000_000, from in 0i64..1000) {
            let s: Vec<_> = timeline(anchor, from, true).schedule(&plan).collect();
            prop_assert_eq!(s.len(), plan.len());
            for w in s.windows(2) {
                prop_assert_eq!(w[0].end, w[1].start);
            }
        }

        #[test]
        fn foreign_numbers_do_not_panic(anchor: i64, frames: i64, rate: u32, length: i64, t: i64) {
            let l = Line::new(ServerTime(anchor), Frames(frames), rate);
            let _ = (l.frame_at(ServerTime(t)), l.instant_of(Frames(length)), l.position_at(ServerTime(t), 0.5));
            let plan = [entry(1, rate, length), entry(2, 48_000, length)];
            let tl = timeline(anchor, frames, true);
            let _ = (tl.at(&plan, ServerTime(t)), tl.advanced_to(&plan, ServerTime(t)));
        }
    }
}
