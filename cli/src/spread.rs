//! How far apart the speakers truly sound. Virtual devices on one machine share its raw clock, so each tells the
//! instant a frame left it and the instant it was due; the differences of that are the spread, whatever the speakers
//! believe of themselves.

use crate::model::Speaker;

/// The latest speaker minus the earliest, microseconds, over those that play and know the truth; `None` with fewer
/// than two.
pub fn true_spread_us(speakers: &[Speaker]) -> Option<f64> {
    // The lateness has an unknown common offset (raw clock against server clock), which the difference removes.
    spread(speakers.iter().filter(|speaker| speaker.is_playing()).filter_map(|speaker| speaker.truth).map(|truth| {
        let whole_us = truth.raw_ns.div_euclid(1_000) as f64;
        let rest_us = truth.raw_ns.rem_euclid(1_000) as f64 / 1_000.0;
        whole_us - truth.content_us + rest_us
    }))
}

/// The same of the sync errors that the speakers report: what they believe.
pub fn believed_spread_us(speakers: &[Speaker]) -> Option<f64> {
    spread(speakers.iter().filter(|speaker| speaker.is_playing()).filter_map(|speaker| speaker.sync_error_us))
}

/// Max minus min of at least two finite values.
fn spread(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    if values.len() < 2 {
        return None;
    }
    let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let min = values.iter().copied().fold(f64::INFINITY, f64::min);
    Some(max - min)
}

/// Readings of the true spread while one watches.
#[derive(Debug, Default)]
pub struct SpreadHistory {
    readings: Vec<f64>,
}

impl SpreadHistory {
    /// Adds a reading, if there is one and it is a new one.
    pub fn add(&mut self, reading: Option<f64>) {
        // Speakers report once a second: what is read twice is the same report again.
        if let Some(reading) = reading
            && self.readings.last() != Some(&reading)
        {
            self.readings.push(reading);
        }
    }

    /// Median, greatest and number of readings so far.
    pub fn summary(&self) -> Option<(f64, f64, usize)> {
        let mut sorted = self.readings.clone();
        sorted.sort_by(f64::total_cmp);
        let median = *sorted.get(sorted.len() / 2)?;
        Some((median, *sorted.last()?, sorted.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Truth;

    fn speaker(raw_ns: i64, content_us: f64) -> Speaker {
        Speaker {
            connected: true,
            state: Some("playing".into()),
            truth: Some(Truth { raw_ns, content_us }),
            ..Speaker::default()
        }
    }

    #[test]
    fn the_common_offset_falls_out_and_the_instants_need_not_agree() {
        // An up-time of 100 days: the offset is eleven digits, the spread two.
        let offset_us = 8_640_000_000_000;
        let sounds =
            |content_us: i64, late_ns: i64| speaker((offset_us + content_us) * 1_000 + late_ns, content_us as f64);
        let speakers = [sounds(1_000_000, 0), sounds(1_700_000, 21_500), sounds(1_300_000, -8_500)];
        let spread = true_spread_us(&speakers).unwrap();
        assert!((spread - 30.0).abs() < 0.01, "{spread}");
    }

    #[test]
    fn only_speakers_that_play_and_know_count() {
        let away = Speaker { connected: false, ..speaker(9_000_000, 0.0) };
        let paused = Speaker { state: Some("paused".into()), ..speaker(9_000_000, 0.0) };
        let ignorant = Speaker { truth: None, ..speaker(0, 0.0) };
        assert_eq!(true_spread_us(&[speaker(0, 0.0), away.clone(), paused.clone(), ignorant.clone()]), None);
        assert_eq!(true_spread_us(&[speaker(0, 0.0), speaker(5_000, 0.0), away, paused, ignorant]), Some(5.0));
    }

    #[test]
    fn history() {
        let mut history = SpreadHistory::default();
        assert_eq!(history.summary(), None);
        for reading in [Some(10.0), Some(10.0), None, Some(30.0), Some(20.0)] {
            history.add(reading);
        }
        assert_eq!(history.summary(), Some((20.0, 30.0, 3)));
    }
}
