//! The browser's speaker (`server/web/speaker`) does the timeline's arithmetic in JavaScript. So that both compute the
//! same frame, this test writes down the results of the arithmetic here, and a test beside the speaker reads them.
//!
//! `UPDATE_VECTORS=1 cargo test -p downbeat-protocol --test timeline_vectors` writes the file anew.

use downbeat_protocol::{ClockId, EntryId, Frames, PlanEntry, ServerTime, Timeline, TrackId};
use serde_json::{Value, json};
use uuid::Uuid;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/web/speaker/tests/timeline_vectors.json");

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 20) % bound) as i64
    }
}

/// From a click to a day.
fn length(numbers: &mut Numbers) -> i64 {
    let most = [100, 1_000_000, 30_000_000, 4_000_000_000][numbers.below(4) as usize];
    numbers.below(most)
}

fn plan(numbers: &mut Numbers) -> Vec<PlanEntry> {
    const RATES: [u32; 6] = [44_100, 44_100, 48_000, 48_000, 96_000, 8_000];
    let parts = numbers.below(2) == 0;
    (0..=numbers.below(6))
        .map(|n| PlanEntry {
            entry: EntryId(Uuid::from_u128(n as u128 + 1)),
            track: TrackId(Uuid::from_u128(n as u128 + 1)),
            hash: n.to_string(),
            bytes: 1,
            format: "flac".into(),
            sample_rate: RATES[numbers.below(RATES.len() as u64) as usize],
            frames: Frames(1 + length(numbers)),
            start_frames: Frames(if parts && numbers.below(3) == 0 { length(numbers) } else { 0 }),
            end_frames: (parts && numbers.below(3) == 0).then(|| Frames(length(numbers))),
            overlap_us: if parts { numbers.below(12_000_000) as u32 } else { 0 },
            ..PlanEntry::default()
        })
        .collect()
}

fn case(numbers: &mut Numbers) -> Value {
    let plan = plan(numbers);
    let own = numbers.below(plan.len() as u64) as usize;
    let timeline = Timeline {
        clock_id: ClockId(Uuid::from_u128(9)),
        entry: plan[own].entry,
        anchor_server_us: ServerTime(numbers.below(20_000_000_000_000)),
        anchor_media_frames: Frames(numbers.below(50_000_000) - 25_000_000),
        running: numbers.below(8) != 0,
    };
    let schedule: Vec<_> = timeline
        .schedule(&plan)
        .map(|s| json!([s.index, s.line.anchor, s.line.frames, s.line.rate, s.start, s.end, s.overlap_us]))
        .collect();
    let last = timeline.schedule(&plan).last().map_or(timeline.anchor_server_us, |s| s.end);
    let span = last.micros_since(timeline.anchor_server_us).max(1) as u64 + 2_000_000;
    let positions: Vec<_> = (0..12)
        .map(|_| {
            let t = timeline.anchor_server_us.plus_micros(numbers.below(span) - 1_000_000);
            let frame = timeline.line(plan[own].sample_rate).frame_at(t);
            let instant = timeline.line(plan[own].sample_rate).instant_of(frame);
            json!([t, timeline.at(&plan, t), frame, instant])
        })
        .collect();
    json!({ "timeline": timeline, "plan": plan, "schedule": schedule, "positions": positions })
}

#[test]
fn the_vectors_are_those_of_this_arithmetic() {
    let mut numbers = Numbers(1);
    let cases: Vec<_> = (0..60).map(|_| case(&mut numbers)).collect();
    // One case a line: a change shows as the lines that it changes.
    let lines: Vec<_> = cases.iter().map(Value::to_string).collect();
    let text = format!("[\n{}\n]\n", lines.join(",\n"));
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(FILE, &text).expect("the vectors can be written");
    }
    let kept = std::fs::read_to_string(FILE).expect("the vectors are there");
    assert!(kept == text, "timeline_vectors.json is not what the timeline yields: see the head of this test");
}
