//! The past of a speaker, from what it reports of itself.

use downbeat_protocol::{
    ServerTime, ZoneId,
    report::{PlayerState, Position},
};

use super::{
    marks::{Kind, Marks},
    ring::{Past, Row},
};

/// The settings of a speaker, of which changes are marked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeakerFacts {
    /// Its own volume, percent.
    pub volume: f32,
    /// It is muted by itself.
    pub muted: bool,
    /// Its output delay, microseconds.
    pub delay_us: i64,
    /// Its zone.
    pub zone: ZoneId,
}

/// Figures that only grow while an agent runs.
#[derive(Debug, Clone, Copy)]
struct Counts {
    underruns: u64,
    starved: u64,
    reanchors: u64,
    output_losses: u64,
}

/// The past of one speaker. The columns are: how late it is, the bound of that (microseconds), the correction in force
/// (ppm), the round trip (microseconds), and the coordinator's clock against its own (ppm).
#[derive(Debug, Clone, Default)]
pub struct SpeakerPast {
    /// The figures.
    pub figures: Past<4>,
    /// What happened.
    pub marks: Marks,
    counts: Option<Counts>,
    facts: Option<SpeakerFacts>,
}

impl SpeakerPast {
    /// It connected.
    pub fn connected(&mut self, now: ServerTime) {
        self.marks.note(now, Kind::Connected, 1, None, None);
    }

    /// Its connection ended.
    pub fn disconnected(&mut self, now: ServerTime) {
        self.marks.note(now, Kind::Disconnected, 1, None, None);
    }

    /// It told of an error.
    pub fn failed(&mut self, now: ServerTime, code: &str) {
        self.marks.note(now, Kind::Error, 1, None, Some(code));
    }

    /// It reported; bins are to be so long, seconds.
    pub fn report(&mut self, now: ServerTime, said: &Position, seconds: u32) {
        self.figures.coarsen(seconds);
        let known = |value: Option<f64>| value.map_or(f32::NAN, |v| v as f32);
        let playing = said.state == PlayerState::Playing;
        let error = if playing && said.sync_error_us.is_finite() { said.sync_error_us as f32 } else { f32::NAN };
        let ppm = if playing { said.correction_ppm.0 as f32 } else { f32::NAN };
        let others = [known(said.error_bound_us), ppm, known(said.round_trip_us), said.skew_ppm.0 as f32];
        self.figures.put(now, Row::new(error, others));
        let counts = Counts {
            underruns: said.underruns,
            starved: said.starved,
            reanchors: said.reanchors,
            output_losses: said.output_losses,
        };
        if let Some(last) = self.counts.replace(counts) {
            // one that counts less than before was started anew
            let more = |now: u64, before: u64| if now < before { now } else { now - before };
            for (kind, count) in [
                (Kind::OutputLost, more(counts.output_losses, last.output_losses)),
                (Kind::Underrun, more(counts.underruns, last.underruns)),
                (Kind::Starved, more(counts.starved, last.starved)),
                (Kind::Reanchor, more(counts.reanchors, last.reanchors)),
            ] {
                self.marks.note(now, kind, count, None, None);
            }
        }
    }

    /// Its settings are these.
    pub fn settings(&mut self, now: ServerTime, facts: SpeakerFacts) {
        let Some(last) = self.facts.replace(facts).filter(|last| *last != facts) else { return };
        if last.muted != facts.muted {
            let kind = if facts.muted { Kind::Muted } else { Kind::Unmuted };
            self.marks.note(now, kind, 1, None, None);
        }
        if last.volume.to_bits() != facts.volume.to_bits() {
            self.marks.note(now, Kind::Volume, 1, Some(f64::from(facts.volume)), None);
        }
        if last.delay_us != facts.delay_us {
            self.marks.note(now, Kind::Delay, 1, Some(facts.delay_us as f64), None);
        }
        if last.zone != facts.zone {
            self.marks.note(now, Kind::Moved, 1, None, None);
        }
    }

    /// What it takes, bytes.
    pub fn bytes(&self) -> usize {
        self.figures.bytes() + self.marks.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> ServerTime {
        ServerTime(second * 1_000_000)
    }

    fn kinds(past: &SpeakerPast) -> Vec<(Kind, u32)> {
        past.marks.within(at(0), at(1_000)).map(|mark| (mark.kind, mark.count)).collect()
    }

    #[test]
    fn what_grew_between_two_reports_is_a_mark_and_what_was_before_is_none() {
        let mut past = SpeakerPast::default();
        let said = |underruns, reanchors| Position {
            state: PlayerState::Playing,
            sync_error_us: 12.0,
            underruns,
            reanchors,
            ..Position::default()
        };
        past.connected(at(0));
        past.report(at(1), &said(40, 7), 1);
        past.report(at(2), &said(40, 7), 1);
        past.report(at(3), &said(43, 8), 1);
        past.disconnected(at(4));
        past.connected(at(5));
        // the agent was started anew, and stumbled once
        past.report(at(6), &said(1, 0), 1);
        past.failed(at(7), "decode_failed");
        let expected = [
            (Kind::Connected, 1),
            (Kind::Underrun, 3),
            (Kind::Reanchor, 1),
            (Kind::Disconnected, 1),
            (Kind::Connected, 1),
            (Kind::Underrun, 1),
            (Kind::Error, 1),
        ];
        assert_eq!(kinds(&past), expected);
    }

    #[test]
    fn an_error_of_one_that_does_not_play_is_none() {
        let mut past = SpeakerPast::default();
        let paused = Position {
            state: PlayerState::Paused,
            sync_error_us: 5e6,
            round_trip_us: Some(90.0),
            ..Position::default()
        };
        past.report(at(1), &paused, 1);
        let bins = past.figures.bins(at(1), at(1), false);
        assert!(bins[0].2.most.get(0).is_nan() && bins[0].2.most.get(1).is_nan());
        assert_eq!(Some(bins[0].2.most.get(3)), Some(90.0));
    }

    #[test]
    fn changes_of_settings_are_marks_from_the_second_look_on() {
        let mut past = SpeakerPast::default();
        let facts = SpeakerFacts { volume: 60.0, muted: false, delay_us: 0, zone: ZoneId::DEFAULT };
        past.settings(at(1), facts);
        past.settings(at(2), facts);
        assert_eq!(kinds(&past), []);
        past.settings(at(3), SpeakerFacts { volume: 20.0, muted: true, ..facts });
        past.settings(at(20), SpeakerFacts { delay_us: -400, zone: ZoneId::random(), ..facts });
        let expected = [Kind::Muted, Kind::Volume, Kind::Unmuted, Kind::Volume, Kind::Delay, Kind::Moved];
        assert_eq!(kinds(&past).into_iter().map(|(kind, _)| kind).collect::<Vec<_>>(), expected);
        let values: Vec<_> = past.marks.within(at(0), at(99)).filter_map(|mark| mark.value).collect();
        assert_eq!(values, [20.0, 60.0, -400.0]);
    }
}
