//! The browser's speaker (`server/web/speaker`) follows the coordinator's clock in JavaScript. So that both hold the
//! same of the same bursts, this test writes down what the filter makes of some, and a test beside the speaker reads
//! it.
//!
//! `UPDATE_VECTORS=1 cargo test -p downbeat-speaker --test clock_vectors` writes the file anew.

use downbeat_protocol::{
    ClockId, LocalTime,
    exchange::{Offset, Sample},
};
use downbeat_speaker::clock::{ClockFilter, Verdict, burst::BurstSample};
use serde_json::{Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../server/web/speaker/tests/clock_vectors.json");
/// The server's clock is ahead by so much at first, microseconds.
const AHEAD_US: i64 = 5_000_000_000;
/// Results may differ by so much, microseconds: machines round an exponential function as they like.
const ALIKE: f64 = 0.01;

/// Numbers that look random and are the same in every run, on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 20) % bound.max(1).cast_unsigned()).cast_signed()
    }

    /// Mostly short, with a long tail.
    fn queue(&mut self, scale: i64) -> i64 {
        let (a, b) = (self.below(1_000), self.below(1_000));
        scale * a * b / 300_000
    }
}

/// A change at a burst: added to the clock, to the way there, to the way back, nanoseconds.
type Change = (i64, [i64; 3]);

/// Name, floors, queues (of the ways, and of both alike, nanoseconds), skew (ppm), bursts, nanoseconds between them,
/// changes.
type Case = (&'static str, [i64; 2], [i64; 3], i64, i64, i64, &'static [Change]);

const CASES: [Case; 9] = [
    ("a wire", [60_000; 2], [20_000, 35_000, 0], 30, 80, 1_000_000_000, &[]),
    ("Wi-Fi", [525_000, 575_000], [700_000, 900_000, 0], -12, 160, 1_000_000_000, &[]),
    ("a restless network", [3_000_000; 2], [900_000, 900_000, 0], 40, 160, 250_000_000, &[]),
    ("no floor to be seen", [3_000_000; 2], [900_000, 900_000, 0], 25, 120, 250_000_000, &[]),
    ("processors that wake", [22_000, 24_000], [3_000, 4_000, 60_000], 6, 80, 1_000_000_000, &[]),
    ("a step of the clock", [60_000; 2], [20_000, 20_000, 0], 5, 60, 1_000_000_000, &[(30, [250_000_000, 0, 0])]),
    (
        "a way that becomes longer, and short again",
        [500_000; 2],
        [200_000, 200_000, 0],
        8,
        180,
        2_000_000_000,
        &[(60, [0, 3_000_000, 0]), (120, [0, -3_000_000, 0])],
    ),
    (
        "a radio that slept",
        [60_000, 90_060_000],
        [20_000, 3_000_000, 0],
        -20,
        90,
        1_000_000_000,
        &[(60, [0, 0, -90_000_000])],
    ),
    (
        "a step beside a queue that stands",
        [60_000; 2],
        [20_000, 20_000, 0],
        -7,
        80,
        1_000_000_000,
        &[(20, [0, 0, 80_000_000]), (40, [-5_000_000, 0, 0])],
    ),
];

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Started => "seeded",
        Verdict::Absorbed => "absorbed",
        Verdict::Doubted => "suspect",
        Verdict::Stepped(_) => "stepped",
    }
}

/// A burst and what the filter makes of it: instant, offset, round trip, how far the middle of each way lies above the
/// least (nanoseconds), verdict; offset (beyond [`AHEAD_US`]), skew, bound.
fn run(seed: u64, (name, floors, queues, skew, bursts, apart, changes): Case) -> Value {
    let mut numbers = Numbers(seed);
    let mut filter = ClockFilter::new(ClockId(uuid::Uuid::nil()), None);
    let (mut extra, mut told) = ([0i64; 3], Vec::new());
    for burst in 0..bursts {
        for (_, change) in changes.iter().filter(|(at, _)| *at == burst) {
            for (sum, by) in extra.iter_mut().zip(change) {
                *sum += by;
            }
        }
        let at = 1_000_000_000 + burst * apart + numbers.below(1_000_000);
        let alike = numbers.queue(queues[2]);
        let ways = [0, 1].map(|way| floors[way] + alike + numbers.queue(queues[way]) + extra[way + 1]);
        let offset = AHEAD_US * 1_000 + extra[0] + at / 1_000_000 * skew + (ways[0] - ways[1]) / 2;
        let round_trip = ways[0] + ways[1];
        let offset_us = Offset::from_nanos(offset.into());
        let least = Sample { at: LocalTime(at), offset_us, round_trip_us: round_trip as f64 / 1_000.0 };
        // close to a constant above the floor, as where none is to be seen, in the case that is about it
        let middle = [0, 1].map(|way| match name {
            "no floor to be seen" => floors[way] + 2_000_000 + numbers.queue(100_000) - ways[way] + extra[way + 1],
            _ => numbers.queue(queues[way]),
        });
        let said = filter.add(BurstSample { least, middle_us: middle.map(|ns| ns as f64 / 1_000.0) });
        let Some(e) = filter.estimate() else { unreachable!("it begins with the first") };
        let local = LocalTime(at + 500_000_000);
        let ahead = e.server_at(local).minus(downbeat_protocol::ServerTime(AHEAD_US + local.0 / 1_000).into());
        let ahead = ahead - (local.0 % 1_000) as f64 / 1_000.0;
        let rounded = |v: f64| (v * 10_000.0).round() / 10_000.0;
        let figures = [ahead, e.skew.0, e.error_bound_us(local)].map(rounded);
        told.push(json!([at, offset, round_trip, middle, verdict(said), figures]));
    }
    json!({ "name": name, "bursts": told })
}

/// The same but for what machines round.
fn alike(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| alike(a, b)))
        }
        (Value::Number(a), Value::Number(b)) if a.is_f64() || b.is_f64() => {
            a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| (a - b).abs() < ALIKE)
        }
        _ => a == b,
    }
}

#[test]
fn the_vectors_are_those_of_this_filter() {
    let cases: Vec<_> = CASES.into_iter().zip(1..).map(|(case, seed)| run(seed, case)).collect();
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        // One case a line: a change shows as the lines that it changes.
        let lines: Vec<_> = cases.iter().map(Value::to_string).collect();
        std::fs::write(FILE, format!("[\n{}\n]\n", lines.join(",\n"))).expect("the vectors can be written");
    }
    let kept = std::fs::read_to_string(FILE).expect("the vectors are there");
    let kept: Vec<Value> = serde_json::from_str(&kept).expect("they are JSON");
    assert_eq!(kept.len(), cases.len());
    for (kept, case) in kept.iter().zip(&cases) {
        assert!(alike(kept, case), "{}: clock_vectors.json is not what the filter yields: see the head", case["name"]);
    }
    let told = |said: &str| {
        cases.iter().flat_map(|c| c["bursts"].as_array().cloned().unwrap_or_default()).filter(|b| b[4] == said).count()
    };
    assert!(told("stepped") == 2 && told("suspect") >= 2 && told("seeded") > CASES.len(), "every turn is taken");
}
