//! The browser's speaker and the page (`server/web/speaker/codes.js`) make the same hisses in JavaScript. So that all
//! sound and listen alike, this test writes down samples of some codes, and a test beside the speaker reads them.
//!
//! `UPDATE_VECTORS=1 cargo test -p downbeat-protocol --test calibration_vectors` writes the file anew.

use downbeat_protocol::calibration::{CODES, LENGTH_US, sample};
use serde_json::{Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/web/speaker/tests/calibration_vectors.json");

/// Samples of a code at odd instants, over its whole length.
fn case(code: u16) -> Value {
    let samples: Vec<_> = (0..160)
        .map(|k| {
            let us = f64::from(k * k % 163) * LENGTH_US as f64 / 163.0 + f64::from(k) * 0.37;
            json!([us, (sample(code, us) * 1e9).round() / 1e9])
        })
        .collect();
    json!({ "code": code, "samples": samples })
}

#[test]
fn the_vectors_are_those_of_these_codes() {
    let cases: Vec<_> = [0, 1, 2, 24, 1_023, CODES - 1].map(case).into();
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        let lines: Vec<_> = cases.iter().map(Value::to_string).collect();
        std::fs::write(FILE, format!("[\n{}\n]\n", lines.join(",\n"))).expect("the vectors can be written");
    }
    let kept = std::fs::read_to_string(FILE).expect("the vectors are there");
    let kept: Vec<Value> = serde_json::from_str(&kept).expect("they are JSON");
    assert_eq!(kept.len(), cases.len());
    for (kept, case) in kept.iter().zip(&cases) {
        assert_eq!(kept["code"], case["code"]);
        let pairs = |value: &Value| serde_json::from_value::<Vec<[f64; 2]>>(value["samples"].clone());
        let (kept, case) = (pairs(kept).expect("pairs"), pairs(case).expect("pairs"));
        assert_eq!(kept.len(), case.len());
        for ([us, kept], [_, made]) in kept.into_iter().zip(case) {
            // machines round sines as they like
            assert!((kept - made).abs() < 1e-8, "at {us}: {kept}, not {made}: see the head of this test");
        }
    }
}
