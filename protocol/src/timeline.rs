//! The timeline: which media frame is heard at which server instant, and where each coming entry begins.
//!
//! Positions are computed from the index (anchor + k/rate), never by adding rounded durations, and entirely in whole
//! numbers where both ends must agree: two speakers that joined hours apart compute the same frame.

use serde::{Deserialize, Serialize};

use crate::{
    handshake::{ClockId, EntryId},
    time::{Frames, ServerTime},
};

pub use crate::plan::PlanEntry;

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
    /// True if the position advances. If not, it stays at `anchor_media_frames` from `anchor_server_us` on.
    pub running: bool,
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

    /// The line of `next`, which follows `entry` on this line and begins `overlap_us` before that ends (as
    /// [`overlap_us`] answers it).
    ///
    /// At the same rate it is this very line, counted from the new entry's own frames: nothing is rounded but the
    /// overlap, to whole frames, however long the chain. At another rate it begins at a whole microsecond: that of the
    /// end, minus the overlap.
    #[must_use]
    pub fn following(&self, entry: &PlanEntry, next: &PlanEntry, overlap_us: i64) -> Self {
        let (end, first) = (entry.last_frame(), next.first_frame());
        if next.sample_rate.max(1) == self.rate {
            let overlap = i128::from(overlap_us) * i128::from(self.rate) / 1_000_000;
            let frames = i128::from(self.frames.0) - i128::from(end.0) + i128::from(first.0) + overlap;
            Self { frames: Frames(saturate(frames)), ..*self }
        } else {
            Self::new(self.instant_of(end).plus_micros(-overlap_us), first, next.sample_rate)
        }
    }
}

/// For how long `next` sounds together with the entry before it, of which `played` frames at `rate` are played,
/// microseconds: what it asks for, but never more than half of what is played of either.
pub fn overlap_us(played: Frames, rate: u32, next: &PlanEntry) -> i64 {
    let half = |frames: Frames, rate: u32| i128::from(frames.0.max(0)) * 500_000 / i128::from(rate.max(1));
    let most = half(played, rate).min(half(next.played_frames(), next.sample_rate));
    saturate(i128::from(next.overlap_us).min(most))
}

fn saturate(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

/// One entry of a running plan with its line and its boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheduled {
    /// Its index in the plan.
    pub index: usize,
    /// The line on which its frames lie.
    pub line: Line,
    /// The first instant at which one of its frames is heard.
    pub start: ServerTime,
    /// The first instant at which none is any more. The next entry starts then, or before by its overlap.
    pub end: ServerTime,
    /// For how long from `start` on the entry before it sounds as well, microseconds: a crossfade. 0 for the
    /// timeline's own entry, of which no plan tells what came before.
    pub overlap_us: i64,
}

impl Timeline {
    /// The line of this timeline's own entry, which plays at `sample_rate`.
    pub fn line(&self, sample_rate: u32) -> Line {
        Line::new(self.anchor_server_us, self.anchor_media_frames, sample_rate)
    }

    /// Every entry of `plan` from this timeline's own on, with its line and boundaries. Empty if the plan does not
    /// hold the timeline's entry. Boundaries are those of uninterrupted play, also while `running` is false.
    ///
    /// Starts and ends never go back. An overlap is at most half of what is played of either entry (of the timeline's
    /// own: from the anchor on), so never more than two entries sound at once.
    pub fn schedule<'a>(&self, plan: &'a [PlanEntry]) -> impl Iterator<Item = Scheduled> + 'a {
        let begin = plan.iter().position(|e| e.entry == self.entry).unwrap_or(plan.len());
        let mut next = plan.get(begin).map(|own| {
            let line = self.line(own.sample_rate);
            let from = own.first_frame().max(self.anchor_media_frames);
            let start = line.instant_of(own.first_frame()).max(self.anchor_server_us);
            (line, start, 0, Frames(own.last_frame().0.saturating_sub(from.0)))
        });
        (begin..plan.len()).map_while(move |index| {
            let (line, start, overlap, played) = next?;
            let entry = &plan[index];
            let end = line.instant_of(entry.last_frame()).max(start);
            next = plan.get(index + 1).map(|after| {
                let overlap = overlap_us(played, line.rate, after);
                let line = line.following(entry, after, overlap);
                let start = line.instant_of(after.first_frame()).max(start);
                (line, start, end.micros_since(start), after.played_frames())
            });
            Some(Scheduled { index, line, start, end, overlap_us: overlap })
        })
    }

    /// The entry that is heard at `t`: of two that sound at once the later one, before the start the timeline's own.
    fn heard(&self, plan: &[PlanEntry], t: ServerTime) -> Option<Scheduled> {
        let mut heard = None;
        for s in self.schedule(plan) {
            if heard.is_some() && s.start > t {
                break;
            }
            if t < s.end {
                heard = Some(s);
            }
        }
        heard
    }

    /// The entry that is heard at `t` and the frame in it; before the start, the start; past the plan's end, `None`.
    /// While two entries cross-fade it is the one that has begun last.
    pub fn at(&self, plan: &[PlanEntry], t: ServerTime) -> Option<(usize, Frames)> {
        let first = plan.iter().position(|e| e.entry == self.entry)?;
        if !self.running {
            return Some((first, self.anchor_media_frames));
        }
        self.heard(plan, t).map(|s| {
            let frame = s.line.frame_at(t.max(self.anchor_server_us));
            (s.index, frame.max(plan[s.index].first_frame()))
        })
    }

    /// This timeline, told from the entry that is heard at `t` (see [`Timeline::at`]): the same sound from then on, but
    /// for the end of an entry that still fades. `None` past the plan's end. Unchanged until the next entry begins.
    pub fn advanced_to(&self, plan: &[PlanEntry], t: ServerTime) -> Option<Self> {
        if !self.running {
            return Some(self.clone());
        }
        let s = self.heard(plan, t)?;
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
        let entry = EntryId(uuid::Uuid::from_u128(n));
        PlanEntry { entry, sample_rate: rate, frames: Frames(frames), ..PlanEntry::default() }
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

    #[test]
    fn a_part_of_an_entry_joins_without_rounding() {
        let part = |n, from, to| PlanEntry {
            start_frames: Frames(from),
            end_frames: Some(Frames(to)),
            ..entry(n, 44_100, 1_000_000)
        };
        let plan = [part(1, 100, 50_101), part(2, 7_000, 7_777), entry(3, 44_100, 5)];
        // told from the middle of the first
        let s: Vec<_> = timeline(50, 200, true).schedule(&plan).collect();
        assert_eq!((s[0].start, s[0].line.frames), (ServerTime(50), Frames(200)));
        assert_eq!(s[1].line.frames, Frames(200 - 50_101 + 7_000));
        assert_eq!((s[0].end, s[1].end), (s[1].start, s[2].start));
        assert_eq!(timeline(50, 200, true).at(&plan, s[1].start), Some((1, Frames(7_000))));
        assert_eq!(timeline(50, 200, true).at(&plan, s[1].start.plus_micros(-1)), Some((0, Frames(50_100))));
        // nothing before its first frame is heard, also if the line is told from there
        let early = timeline(1_000, 0, true);
        assert_eq!(early.schedule(&plan).next().map(|s| s.start), Some(ServerTime(1_000 + 2_268)));
        assert_eq!(early.at(&plan, ServerTime(1_000)), Some((0, Frames(100))));
    }

    #[test]
    fn a_crossfade_begins_before_the_end() {
        let faded = |n, rate, frames, overlap_us| PlanEntry { overlap_us, ..entry(n, rate, frames) };
        let plan =
            [entry(1, 48_000, 480_000), faded(2, 48_000, 480_000, 2_000_000), faded(3, 44_100, 441_000, 3_000_001)];
        let line = timeline(0, 0, true);
        let s: Vec<_> = line.schedule(&plan).collect();
        let spans: Vec<_> = s.iter().map(|s| (s.start.0, s.end.0, s.overlap_us)).collect();
        assert_eq!(
            spans,
            [(0, 10_000_000, 0), (8_000_000, 18_000_000, 2_000_000), (14_999_999, 24_999_999, 3_000_001)]
        );
        assert_eq!(s[1].line, Line::new(ServerTime(0), Frames(-384_000), 48_000), "the same line, to the frame");
        assert_eq!(line.at(&plan, ServerTime(7_999_999)), Some((0, Frames(383_999))));
        assert_eq!(line.at(&plan, ServerTime(8_000_000)), Some((1, Frames(0))), "the one that began last");
        assert_eq!(line.at(&plan, ServerTime(17_000_000)).map(|(index, _)| index), Some(2));
    }

    #[test]
    fn a_crossfade_takes_at_most_half_of_either() {
        let faded = |n, frames, overlap_us| PlanEntry { overlap_us, ..entry(n, 48_000, frames) };
        let spans = |anchor_frames, plan: &[PlanEntry]| -> Vec<_> {
            let schedule = timeline(0, anchor_frames, true);
            schedule.schedule(plan).map(|s| (s.start.0, s.end.0)).collect()
        };
        let plan = [entry(1, 48_000, 480_000), faded(2, 48_000, 12_000_000), faded(3, 480_000, 12_000_000)];
        assert_eq!(spans(0, &plan), [(0, 10_000_000), (9_500_000, 10_500_000), (10_000_000, 20_000_000)]);
        // who seeks to the last second hears half of that of the old entry alone
        let plan = [entry(1, 48_000, 480_000), faded(2, 480_000, 12_000_000)];
        assert_eq!(spans(432_000, &plan), [(0, 1_000_000), (500_000, 10_500_000)]);
        assert_eq!(timeline(0, 432_000, true).at(&plan, ServerTime(0)), Some((0, Frames(432_000))));
    }

    #[test]
    fn ten_thousand_laps_do_not_drift() {
        // 0.5 s and a frame, at a rate that no microsecond fits
        let lap = |n| PlanEntry {
            start_frames: Frames(30 * 44_100),
            end_frames: Some(Frames(30 * 44_100 + 22_051)),
            ..entry(n, 44_100, 90 * 44_100)
        };
        let plan: Vec<_> = (1..=10_000).map(lap).collect();
        let mut told = timeline(77, 30 * 44_100, true);
        let last = told.schedule(&plan).last().unwrap();
        let exact = Line::new(ServerTime(77), Frames(0), 44_100);
        assert_eq!(last.start, exact.instant_of(Frames(9_999 * 22_051)));
        assert_eq!(last.end, exact.instant_of(Frames(10_000 * 22_051)));
        // and told anew at every hundredth lap it is the same
        for k in (0..10_000).step_by(100) {
            let t = exact.instant_of(Frames(k * 22_051));
            told = told.advanced_to(&plan[(k as usize).saturating_sub(100)..], t).unwrap();
            assert_eq!(told.entry, plan[k as usize].entry);
        }
        assert_eq!(told.schedule(&plan[9_900..]).last().map(|s| (s.start, s.end)), Some((last.start, last.end)));
    }

    fn plans() -> impl Strategy<Value = Vec<PlanEntry>> {
        let rate = prop::sample::select(vec![8_000u32, 44_100, 48_000, 96_000, 192_000]);
        prop::collection::vec((rate, 1i64..5_000_000), 1..12)
            .prop_map(|v| v.into_iter().enumerate().map(|(i, (r, f))| entry(i as u128 + 1, r, f)).collect())
    }

    /// Parts, crossfades and all; few rates, so that many follow at the same.
    fn mixed_plans() -> impl Strategy<Value = Vec<PlanEntry>> {
        let rate = prop::sample::select(vec![44_100u32, 44_100, 48_000]);
        let start = prop_oneof![Just(0i64), 0i64..2_000_000];
        let end = prop::option::of(0i64..3_000_000);
        let overlap = prop_oneof![Just(0u32), 0u32..12_000_000];
        prop::collection::vec((rate, 1i64..3_000_000, start, end, overlap), 1..12).prop_map(|v| {
            let made = v.into_iter().enumerate().map(|(i, (r, f, start, end, overlap_us))| PlanEntry {
                start_frames: Frames(start),
                end_frames: end.map(Frames),
                overlap_us,
                ..entry(i as u128 + 1, r, f)
            });
            made.collect()
        })
    }

    /// A line that begins in what is played of the plan's first entry (or before it, where `from` is below 0).
    fn begun(plan: &[PlanEntry], anchor: i64, from: i64) -> Timeline {
        let (first, played) = (plan[0].first_frame().0, plan[0].played_frames().0.max(1));
        timeline(anchor, first + from % played, true)
    }

    proptest! {
        #[test]
        fn whoever_joins_late_computes_the_same_frame(
            plan in plans(), anchor in 0i64..1_000_000_000, join in 0i64..200_000_000, later in 0i64..200_000_000,
        ) {
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
        fn a_schedule_never_goes_back(
            plan in mixed_plans(), anchor in -1_000_000_000i64..1_000_000_000, from in -3_000_000i64..3_000_000,
        ) {
            let s: Vec<_> = begun(&plan, anchor, from).schedule(&plan).collect();
            prop_assert_eq!(s.len(), plan.len());
            for s in &s {
                prop_assert!(s.start <= s.end && s.start.0 >= anchor);
            }
            for w in s.windows(2) {
                let overlap = w[0].end.micros_since(w[1].start);
                prop_assert_eq!(overlap, w[1].overlap_us);
                prop_assert!((0..=i64::from(plan[w[1].index].overlap_us)).contains(&overlap));
                prop_assert!(2 * overlap <= w[0].end.micros_since(w[0].start) + 1, "half of the one before");
                prop_assert!(2 * overlap <= w[1].end.micros_since(w[1].start) + 1, "half of its own");
            }
            for w in s.windows(3) {
                prop_assert!(w[0].end <= w[2].start.plus_micros(1), "never three at once");
            }
        }

        #[test]
        fn the_schedule_says_what_is_heard(
            plan in mixed_plans(), anchor in 0i64..1_000_000_000, from in 0i64..1_000_000, later in 0i64..200_000_000,
        ) {
            let line = begun(&plan, anchor, from);
            let t = ServerTime(anchor + later);
            let heard = line.at(&plan, t);
            let begun = line.schedule(&plan).filter(|s| s.start <= t && t < s.end).last();
            match begun {
                Some(s) => prop_assert_eq!(heard, Some((s.index, s.line.frame_at(t)))),
                // before the first frame of the timeline's own entry, or past the end
                None => prop_assert!(heard.is_none_or(|(index, frame)| index == 0 && frame == plan[0].first_frame())),
            }
            if let Some((index, frame)) = heard.filter(|(index, _)| plan[*index].played_frames().0 > 0) {
                prop_assert!(plan[index].first_frame() <= frame && frame < plan[index].last_frame());
            }
        }

        #[test]
        fn told_from_the_next_entry_it_is_the_same(
            plan in mixed_plans(), anchor in 0i64..1_000_000_000, from in 0i64..1_000_000, later in 0i64..200_000_000,
            after in 0i64..100_000_000,
        ) {
            let old = begun(&plan, anchor, from);
            if let Some(new) = old.advanced_to(&plan, ServerTime(anchor + later)) {
                let rest = |t: &Timeline| -> Vec<_> {
                    let schedule = t.schedule(&plan).skip_while(|s| plan[s.index].entry != new.entry);
                    schedule.map(|s| (s.line, s.start, s.end)).collect()
                };
                prop_assert_eq!(rest(&old), rest(&new));
                let u = ServerTime(anchor + later + after);
                prop_assert_eq!(old.at(&plan, u), new.at(&plan, u));
            }
        }

        #[test]
        fn foreign_numbers_do_not_panic(
            (anchor, frames, rate) in any::<(i64, i64, u32)>(), length: i64, t: i64, start: i64, end: Option<i64>,
            overlap_us: u32, same_rate: bool,
        ) {
            let l = Line::new(ServerTime(anchor), Frames(frames), rate);
            let _ = (l.frame_at(ServerTime(t)), l.instant_of(Frames(length)), l.position_at(ServerTime(t), 0.5));
            let part = |e| PlanEntry { start_frames: Frames(start), end_frames: end.map(Frames), overlap_us, ..e };
            let second = part(entry(2, if same_rate { rate } else { 48_000 }, length));
            let plan = [part(entry(1, rate, length)), second, entry(3, 48_000, length)];
            let tl = timeline(anchor, frames, true);
            let _ = (tl.at(&plan, ServerTime(t)), tl.advanced_to(&plan, ServerTime(t)));
        }
    }
}
