//! How far apart speakers were.

use crate::{
    measure::{BIN, Judgement},
    speaker::Speaker,
};

/// How far apart speakers were, ten times a second: the latest minus the earliest, microseconds, as heard. Moments at
/// which fewer than two sounded do not count.
pub fn spread_us<'a>(speakers: impl IntoIterator<Item = &'a Speaker>, from: i64, to: i64) -> Vec<f64> {
    let bins = ((to - from).max(0) / BIN) as usize;
    let mut range = vec![(f64::INFINITY, f64::NEG_INFINITY, 0u32); bins];
    for speaker in speakers {
        let mut last = usize::MAX;
        for mark in speaker.record.between(from, to) {
            let bin = ((mark.at - from) / BIN) as usize;
            if bin == last || bin >= bins {
                continue;
            }
            if let Judgement::Sound { late_us } = mark.what {
                let (low, high, count) = range[bin];
                range[bin] = (low.min(late_us), high.max(late_us), count + 1);
                last = bin;
            }
        }
    }
    range.into_iter().filter(|r| r.2 > 1).map(|(low, high, _)| high - low).collect()
}
