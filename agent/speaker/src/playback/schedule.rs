//! From a zone's session to what must sound: which entries, on which lines, through which gates.

use downbeat_protocol::{
    Frames, ServerTime,
    server_message::{Fading, Session},
    timeline::{Line, PlanEntry, Scheduled},
};

use crate::render::{crossfade::Span, gate::Gate};

/// How far ahead a coming entry is opened, microseconds.
const LOOKAHEAD_US: i64 = 8_000_000;
/// More entries than these need not be open at once ...
const MOST: usize = 3;
/// ... unless they are so short (a loop) that more begin within this, microseconds: opening takes its time ...
const SOON_US: i64 = 500_000;
/// ... but never more than these.
const MOST_SHORT: usize = 7;
/// The time from opening an entry until its first frames are decoded, about, microseconds.
const OPENING_US: i64 = 120_000;

/// An entry that must sound, now or soon.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The entry.
    pub entry: PlanEntry,
    /// The line on which its frames lie.
    pub line: Line,
    /// The first frame of it that can still be heard.
    pub from: Frames,
    /// The first instant at which it can still be heard, and whether that is in the middle of it; and when it rises
    /// and falls.
    pub gate: Gate,
}

/// A span in which two entries share the time; `None` if there is nothing of it.
fn shared(from: ServerTime, length_us: i64) -> Option<Span> {
    (length_us > 0).then(|| Span { from: from.into(), length_us: length_us as f64 })
}

/// The entries that must sound from `horizon` on (the first instant that can still be rendered), nearest first.
pub fn wanted(session: &Session, horizon: ServerTime) -> Vec<Wanted> {
    let Some(timeline) = session.timeline.as_ref().filter(|t| t.running) else { return Vec::new() };
    let mut found = Vec::new();
    let mut schedule = timeline.schedule(&session.plan).peekable();
    let mut rises = None;
    if let (Some(fading), Some(own)) = (&session.fading, schedule.peek()) {
        let (line, end) = (fading.line(), fading.end());
        // its own beginning, also if the timeline's anchor lies behind that
        let began = own.line.instant_of(session.plan[own.index].first_frame());
        rises = shared(began, end.micros_since(began));
        if end > horizon && rises.is_some() {
            let from = line.frame_at(horizon).max(fading.entry.first_frame());
            let gate = Gate { on: horizon.into(), fade_in: true, fall: rises, ..Gate::default() };
            found.push(Wanted { entry: fading.entry.clone(), line, from, gate });
        }
    }
    while let Some(s) = schedule.next() {
        let rise = rises.take().or_else(|| shared(s.start, s.overlap_us));
        if s.end <= horizon {
            continue;
        }
        let most = if s.start < horizon.plus_micros(SOON_US) { MOST_SHORT } else { MOST };
        if s.start >= horizon.plus_micros(LOOKAHEAD_US) || found.len() >= most {
            break;
        }
        let entry = &session.plan[s.index];
        let late = s.start < horizon;
        let from = s.line.frame_at(s.start.max(horizon)).max(entry.first_frame());
        let on = s.start.max(horizon).into();
        let fall = schedule.peek().and_then(|next| shared(next.start, next.overlap_us));
        let gate = Gate { on, fade_in: late || from > entry.first_frame(), off: None, rise, fall };
        found.push(Wanted { entry: entry.clone(), line: s.line, from, gate });
    }
    found
}

/// The entry of `old` that sounds on under the one from which `new` is told, where `new` only tells the same line from
/// a later entry: so a coordinator need not say it to a speaker that knows it.
pub fn fades_on(old: &Session, new: &Session) -> Option<Fading> {
    let (was, is) = (old.timeline.as_ref().filter(|t| t.running)?, new.timeline.as_ref().filter(|t| t.running)?);
    let own = new.plan.iter().find(|e| e.entry == is.entry)?;
    let line = is.line(own.sample_rate);
    let mut before: Option<Scheduled> = None;
    for s in was.schedule(&old.plan) {
        if old.plan[s.index].entry == is.entry {
            return match before.filter(|_| same_line(&s.line, &line)) {
                Some(b) => (s.overlap_us > 0).then(|| Fading {
                    entry: old.plan[b.index].clone(),
                    anchor_server_us: b.line.anchor,
                    anchor_media_frames: b.line.frames,
                }),
                None => old.fading.clone().filter(|_| same_line(&s.line, &line)),
            };
        }
        before = Some(s);
    }
    None
}

/// True if two lines place the same frames at the same instants, however they are told.
pub fn same_line(a: &Line, b: &Line) -> bool {
    let apart_us = i128::from(b.anchor.0) - i128::from(a.anchor.0);
    let apart_frames = i128::from(b.frames.0) - i128::from(a.frames.0);
    a.rate == b.rate && apart_us * i128::from(a.rate) == apart_frames * 1_000_000
}

/// From which frame to open an entry that is wanted from `from` on and is not opened yet: by the time it is decoded,
/// what is wanted lies ahead, unless its start is still to come.
pub fn open_from(wanted: &Wanted, horizon: ServerTime) -> Frames {
    if wanted.gate.on.whole > horizon.plus_micros(OPENING_US) {
        return wanted.from;
    }
    let ready = wanted.line.frame_at(horizon.plus_micros(OPENING_US));
    if wanted.gate.fade_in { Frames(ready.0.max(wanted.from.0)) } else { wanted.from }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ServerInstant;
    use downbeat_protocol::{ClockId, EntryId, Timeline, TrackId, ZoneId};

    fn session(anchor: i64, frames: i64, running: bool, lengths: &[i64]) -> Session {
        let id = |k: usize| uuid::Uuid::from_u128(k as u128 + 1);
        let plan = lengths
            .iter()
            .enumerate()
            .map(|(k, frames)| PlanEntry {
                entry: EntryId(id(k)),
                track: TrackId(id(k)),
                hash: String::new(),
                bytes: 0,
                format: "flac".into(),
                sample_rate: 48_000,
                frames: Frames(*frames),
                ..PlanEntry::default()
            })
            .collect();
        let timeline = Timeline {
            clock_id: ClockId(uuid::Uuid::nil()),
            entry: EntryId(id(0)),
            anchor_server_us: ServerTime(anchor),
            anchor_media_frames: Frames(frames),
            running,
        };
        Session {
            server_time: ServerTime(0),
            zone: ZoneId::DEFAULT,
            revision: 1,
            at: ServerTime(anchor),
            timeline: Some(timeline),
            plan,
            fading: None,
            continues: None,
            request: None,
        }
    }

    #[test]
    fn a_coming_start_is_exact_and_unfaded() {
        let w = wanted(&session(1_000_000, 0, true, &[480_000]), ServerTime(900_000));
        assert_eq!(w.len(), 1);
        assert_eq!(
            (w[0].from, w[0].gate.on, w[0].gate.fade_in),
            (Frames(0), ServerInstant::from(ServerTime(1_000_000)), false)
        );
    }

    #[test]
    fn a_start_in_the_middle_fades_in_at_its_instant() {
        let w = wanted(&session(1_000_000, 96_000, true, &[480_000]), ServerTime(900_000));
        assert_eq!((w[0].from, w[0].gate.on.whole, w[0].gate.fade_in), (Frames(96_000), ServerTime(1_000_000), true));
    }

    #[test]
    fn who_is_late_begins_at_the_horizon() {
        let w = wanted(&session(0, 0, true, &[480_000]), ServerTime(3_000_000));
        assert_eq!((w[0].from, w[0].gate.on.whole, w[0].gate.fade_in), (Frames(144_000), ServerTime(3_000_000), true));
        assert_eq!(
            open_from(&w[0], ServerTime(3_000_000)),
            Frames(144_000 + 5_760),
            "120 ms later, when it is decoded"
        );
    }

    #[test]
    fn the_next_entry_is_wanted_in_time_and_past_ones_are_not() {
        let s = session(0, 0, true, &[480_000, 480_000, 480_000]);
        assert_eq!(wanted(&s, ServerTime(1_000_000)).len(), 1);
        let two = wanted(&s, ServerTime(3_000_000));
        assert_eq!(two.len(), 2);
        assert!(!two[1].gate.fade_in && two[1].gate.on.whole == ServerTime(10_000_000));
        let later = wanted(&s, ServerTime(10_000_000));
        assert_eq!(later[0].entry.entry, s.plan[1].entry);
        assert_eq!(wanted(&s, ServerTime(30_000_000)).len(), 0);
        assert_eq!(wanted(&session(0, 0, false, &[480_000]), ServerTime(0)).len(), 0, "paused");
    }

    #[test]
    fn short_laps_are_opened_half_a_second_ahead() {
        let w = wanted(&session(0, 0, true, &[4_800; 40]), ServerTime(1_000_000));
        assert_eq!(w.len(), 5, "the laps of 0.1 s that begin within half a second");
        let w = wanted(&session(0, 0, true, &[480; 400]), ServerTime(1_000_000));
        assert_eq!(w.len(), MOST_SHORT);
    }

    fn faded() -> Session {
        let mut s = session(0, 0, true, &[480_000, 480_000, 480_000]);
        s.plan[1].overlap_us = 2_000_000;
        s
    }

    /// `s`, told from its second entry.
    fn reached(s: &Session) -> Session {
        let timeline = s.timeline.as_ref().unwrap().advanced_to(&s.plan, ServerTime(8_000_000));
        Session { timeline, plan: s.plan[1..].to_vec(), revision: 2, ..s.clone() }
    }

    #[test]
    fn entries_that_overlap_rise_and_fall_together() {
        let s = faded();
        let w = wanted(&s, ServerTime(7_000_000));
        let span = Span { from: ServerTime(8_000_000).into(), length_us: 2e6 };
        assert_eq!((w[0].gate.rise, w[0].gate.fall), (None, Some(span)));
        assert_eq!((w[1].gate.rise, w[1].gate.fall, w[1].gate.fade_in), (Some(span), None, false));
    }

    #[test]
    fn who_joins_in_the_middle_of_an_overlap_sounds_both() {
        let old = faded();
        let mut new = reached(&old);
        new.fading = fades_on(&old, &new);
        let span = Span { from: ServerTime(8_000_000).into(), length_us: 2e6 };
        for told in [&old, &new] {
            let w = wanted(told, ServerTime(9_000_000));
            assert_eq!(w.len(), 2);
            let of = |w: &Wanted| (w.from, w.gate);
            let gate = Gate { on: ServerTime(9_000_000).into(), fade_in: true, ..Gate::default() };
            assert_eq!(of(&w[0]), (Frames(432_000), Gate { fall: Some(span), ..gate }));
            assert_eq!(of(&w[1]), (Frames(48_000), Gate { rise: Some(span), ..gate }));
            assert_eq!(wanted(told, ServerTime(10_000_000)).len(), 1, "the first has ended");
        }
    }

    #[test]
    fn what_fades_on_is_known_from_what_was_told_before() {
        let old = faded();
        let mut new = reached(&old);
        let fading = fades_on(&old, &new).expect("the first entry");
        assert_eq!((fading.entry.entry, fading.end()), (old.plan[0].entry, ServerTime(10_000_000)));
        new.fading = Some(fading.clone());
        let edited = Session { plan: new.plan[..1].to_vec(), fading: None, revision: 3, ..new.clone() };
        assert_eq!(fades_on(&new, &edited), Some(fading), "also when only what comes is told anew");
        let mut sought = new.clone();
        sought.timeline.as_mut().unwrap().anchor_media_frames.0 += 1;
        assert_eq!(fades_on(&new, &sought), None, "another line");
        assert_eq!(fades_on(&session(0, 0, true, &[480_000; 3]), &reached(&old)), None, "nothing overlapped");
    }

    #[test]
    fn the_same_line_told_differently_is_the_same() {
        let a = Line::new(ServerTime(5), Frames(0), 44_100);
        assert!(same_line(&a, &Line::new(ServerTime(1_000_005), Frames(44_100), 44_100)));
        assert!(!same_line(&a, &Line::new(ServerTime(1_000_006), Frames(44_100), 44_100)));
        assert!(!same_line(&a, &Line::new(ServerTime(5), Frames(0), 48_000)));
    }
}
