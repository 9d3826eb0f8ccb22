//! The observations of speakers, and the figures made of them.

use crate::{
    crystal::SECOND,
    sound::{ENTRIES, SoundedFrame, ahead, radius_of},
    truth::Due,
};

/// Near a change or an entry's end, sound is two sounds: not judged, microseconds.
const EDGE_US: i64 = 25_000;
/// Speakers are compared this often, nanoseconds.
pub(crate) const BIN: i64 = SECOND / 10;

/// The sound that left a card at an instant, against the sound that was due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Judgement {
    /// The sound that was due or another place of it, so much too late (negative: too early).
    Sound {
        /// Microseconds.
        late_us: f64,
    },
    /// Nothing, though something was due.
    Gap,
    /// A fade, though nothing was to fade.
    Unclear,
    /// Another entry than the one that was due, or any where silence was.
    Wrong,
    /// Silence, which was due; or too near a change to be judged.
    Nothing,
}

impl Judgement {
    /// True for the wrong entry, and for sound that is more than `us` microseconds too late or too early.
    pub fn is_off_by(&self, us: f64) -> bool {
        match self {
            Self::Wrong => true,
            Self::Sound { late_us } => late_us.abs() > us,
            Self::Gap | Self::Unclear | Self::Nothing => false,
        }
    }
}

/// One look at what leaves a card.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// The true instant.
    pub at: i64,
    /// The judgement.
    pub what: Judgement,
}

impl Mark {
    /// The mark of `heard` where `due` was due, so many microseconds from a change.
    pub fn of(at: i64, heard: SoundedFrame, (due, clear_us): (Option<Due>, i64)) -> Self {
        let what = match (heard, due) {
            _ if clear_us < EDGE_US => Judgement::Nothing,
            (
                SoundedFrame::Frame { .. } | SoundedFrame::Unclear { .. },
                Some(Due { entry, seconds, under: Some((older, done)) }),
            ) => {
                let turn = std::f64::consts::FRAC_PI_2 * done;
                let wanted = radius_of(older) * turn.cos() + radius_of(entry) * turn.sin();
                let (radius, place) = match heard {
                    SoundedFrame::Unclear { radius, seconds } => (radius, seconds),
                    SoundedFrame::Frame { entry, seconds } => (radius_of(entry), seconds),
                    SoundedFrame::Silence => (0.0, 0.0),
                };
                let as_due = (radius - wanted).abs() < 2e-3;
                if as_due { Judgement::Sound { late_us: -ahead(place, seconds) * 1e6 } } else { Judgement::Unclear }
            }
            (SoundedFrame::Frame { entry, seconds }, Some(due)) if entry % ENTRIES == due.entry % ENTRIES => {
                Judgement::Sound { late_us: -ahead(seconds, due.seconds) * 1e6 }
            }
            (SoundedFrame::Silence, Some(_)) => Judgement::Gap,
            (SoundedFrame::Unclear { .. }, Some(_)) => Judgement::Unclear,
            (SoundedFrame::Silence, None) => Judgement::Nothing,
            _ => Judgement::Wrong,
        };
        Self { at, what }
    }
}

/// How well the coordinator's clock is known at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Belief {
    /// The true instant.
    pub at: i64,
    /// Estimate minus truth, microseconds.
    pub error_us: f64,
    /// The bound that the speaker gives, microseconds.
    pub bound_us: f64,
    /// The part of it that measuring makes: without the ways' inequality, which nobody can measure.
    pub measured_us: f64,
}

/// The observations of one speaker.
#[derive(Debug, Default)]
pub struct Record {
    /// The marks of the sound that left its card.
    pub marks: Vec<Mark>,
    /// Its clock.
    pub beliefs: Vec<Belief>,
    /// True instant, sync error as the speaker says, the same as its card knows, and its bound; microseconds.
    pub said: Vec<(i64, f64, f64, f64)>,
    /// Steps of the coordinator's clock that it told of, with their instants.
    pub steps: Vec<(i64, f64)>,
    /// Suspensions it noticed.
    pub suspended: u32,
    /// Times the coordinator had another clock.
    pub replaced: u32,
    /// Times it went on over a change of the clock.
    pub continued: u32,
    /// Times its estimate went stale.
    pub stale: u32,
    /// Re-anchors, by its own count.
    pub reanchors: u64,
    /// Times its decoder was late, by its own count.
    pub starved: u64,
    /// Voices opened.
    pub opened: u64,
    /// Exchanges that counted, and bursts.
    pub samples: u64,
    /// Bursts that ended.
    pub bursts: u64,
    /// The rate of its card's crystal as the speaker believes it, ppm.
    pub dac_ppm: f64,
    /// The bound of what it does not know of its card, and the steps it sees there, microseconds.
    pub card_bound_us: f64,
    /// See [`Record::card_bound_us`]; 0: none.
    pub card_step_us: f64,
    /// The strongest correction of late, ppm.
    pub correction_ppm: f64,
    /// Looks at its card are kept no more often than this, nanoseconds; 0: all.
    pub thin_ns: i64,
}

impl Record {
    pub(crate) fn mark(&mut self, mark: Mark) {
        let due = self.marks.last().is_none_or(|last| mark.at - last.at >= self.thin_ns);
        if due || !matches!(mark.what, Judgement::Sound { .. } | Judgement::Nothing) {
            self.marks.push(mark);
        }
    }

    /// The marks between two true instants.
    pub fn between(&self, from: i64, to: i64) -> &[Mark] {
        let begin = self.marks.partition_point(|m| m.at < from);
        let end = self.marks.partition_point(|m| m.at < to);
        &self.marks[begin..end]
    }

    /// How late it was, look by look, microseconds.
    pub fn late_us(&self, from: i64, to: i64) -> Vec<f64> {
        let late = |m: &Mark| if let Judgement::Sound { late_us } = m.what { Some(late_us) } else { None };
        self.between(from, to).iter().filter_map(late).collect()
    }

    /// How late it was by its own clock, ten times a second, microseconds: what the card's estimator and the servo are
    /// to blame for, without the error of the coordinator's clock.
    pub fn card_errors(&self, from: i64, to: i64) -> Vec<f64> {
        let marks = self.between(from, to);
        let near = |b: &Belief| {
            let m = marks.get(marks.partition_point(|m| m.at < b.at))?;
            let Judgement::Sound { late_us } = m.what else { return None };
            (m.at - b.at < BIN).then_some(late_us + b.error_us)
        };
        self.beliefs.iter().filter(|b| (from..to).contains(&b.at)).filter_map(near).collect()
    }

    /// The clock's errors, microseconds.
    pub fn clock_errors(&self, from: i64, to: i64) -> Vec<f64> {
        self.beliefs.iter().filter(|b| (from..to).contains(&b.at)).map(|b| b.error_us).collect()
    }

    /// How many looks found this.
    pub fn count(&self, from: i64, to: i64, what: impl Fn(&Judgement) -> bool) -> usize {
        self.between(from, to).iter().filter(|m| what(&m.what)).count()
    }

    /// Looks that found something else than what was due: a gap, a fade, another entry.
    pub fn disturbed(&self, from: i64, to: i64) -> usize {
        self.count(from, to, |w| matches!(w, Judgement::Gap | Judgement::Unclear | Judgement::Wrong))
    }

    /// The greatest change of lateness from one look to the next, beyond what the servo's strongest correction can
    /// make of it, microseconds: a jump that was heard.
    pub fn jump_us(&self, from: i64, to: i64) -> f64 {
        let marks = self.between(from, to);
        let sounds = marks.iter().filter_map(|m| match m.what {
            Judgement::Sound { late_us } => Some((m.at, late_us)),
            _ => None,
        });
        let mut worst = 0.0f64;
        let mut last: Option<(i64, f64)> = None;
        for (at, late_us) in sounds {
            if let Some((before, was)) = last {
                let steered = 510e-6 * (at - before) as f64 / 1_000.0;
                worst = worst.max((late_us - was).abs() - steered);
            }
            last = Some((at, late_us));
        }
        worst.max(0.0)
    }

    /// How often the truth lay within the bound, 0..=1.
    pub fn honesty(&self, from: i64, to: i64) -> f64 {
        share(self.beliefs.iter().filter(|b| (from..to).contains(&b.at)).map(|b| b.error_us.abs() <= b.bound_us))
    }
}

/// How often it is so.
pub fn share(all: impl Iterator<Item = bool>) -> f64 {
    let (mut yes, mut count) = (0u64, 0u64);
    for is in all {
        yes += u64::from(is);
        count += 1;
    }
    if count == 0 { 0.0 } else { yes as f64 / count as f64 }
}

/// The value below which this share of the values lies; NaN of none, which no ceiling lets pass.
pub fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted: Vec<f64> = values.iter().map(|v| v.abs()).collect();
    sorted.sort_by(f64::total_cmp);
    if sorted.is_empty() { f64::NAN } else { sorted[((sorted.len() - 1) as f64 * share).round() as usize] }
}

/// The greatest of the values; NaN of none.
pub fn worst(values: &[f64]) -> f64 {
    percentile(values, 1.0)
}
