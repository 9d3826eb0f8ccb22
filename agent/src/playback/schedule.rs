//! From a zone's session to what must sound: which entries, on which lines, through which gates.

use downbeat_protocol::{
    Frames, ServerTime,
    server_message::Session,
    timeline::{Line, PlanEntry},
};

use super::voice::Gate;
use crate::clock::ServerInstant;

/// How far ahead a coming entry is opened, microseconds.
const LOOKAHEAD_US: i64 = 8_000_000;
/// More entries than these need not be open at once, however short they are.
const MOST: usize = 3;
/// What opening and decoding takes until the first frames are there, about, microseconds.
const OPENING_US: i64 = 120_000;

/// An entry that must sound, now or soon.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The entry.
    pub entry: PlanEntry,
    /// Where its frames lie.
    pub line: Line,
    /// The first frame of it that can still be heard.
    pub from: Frames,
    /// The first instant at which it can still be heard, and whether that is in the middle of it.
    pub gate: Gate,
}

/// What must sound from `horizon` on (the first instant that can still be rendered), nearest first.
pub fn wanted(session: &Session, horizon: ServerTime) -> Vec<Wanted> {
    let Some(timeline) = session.timeline.as_ref().filter(|t| t.running) else { return Vec::new() };
    timeline
        .schedule(&session.plan)
        .skip_while(|s| s.end <= horizon)
        .take_while(|s| s.start < horizon.plus_micros(LOOKAHEAD_US))
        .take(MOST)
        .map(|s| {
            let late = s.start < horizon;
            let from = s.line.frame_at(s.start.max(horizon)).0.max(0);
            let on = if late { ServerInstant::from(horizon) } else { ServerInstant::from(s.start) };
            Wanted {
                entry: session.plan[s.index].clone(),
                line: s.line,
                from: Frames(from),
                gate: Gate { on, fade_in: late || from > 0, off: None },
            }
        })
        .collect()
}

/// Whether two lines place the same frames at the same instants, however they are told.
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
    fn the_same_line_told_differently_is_the_same() {
        let a = Line::new(ServerTime(5), Frames(0), 44_100);
        assert!(same_line(&a, &Line::new(ServerTime(1_000_005), Frames(44_100), 44_100)));
        assert!(!same_line(&a, &Line::new(ServerTime(1_000_006), Frames(44_100), 44_100)));
        assert!(!same_line(&a, &Line::new(ServerTime(5), Frames(0), 48_000)));
    }
}
