//! The facts that an agent learnt and keeps over a restart: how its crystals differ.

use std::path::PathBuf;

use downbeat_protocol::{LocalTime, Ppm};

use crate::identity::Drift;

/// Written at most this often, nanoseconds: flash cards wear.
const INTERVAL_NS: i64 = 600_000_000_000;
/// A smaller change is not worth a write, ppm.
const WORTH_PPM: f64 = 0.5;

/// The drift file, and when it was written last.
#[derive(Debug)]
pub struct LastKnown {
    data: PathBuf,
    drift: Drift,
    output: String,
    server: String,
    written: Option<LocalTime>,
}

impl LastKnown {
    /// Of the folder `data`, for this output and this coordinator.
    pub fn load(data: PathBuf, output: String, server: String) -> Self {
        Self { drift: Drift::load(&data), data, output, server, written: None }
    }

    /// The kept rate of the card's crystal.
    pub fn dac(&self) -> Option<Ppm> {
        self.drift.dac(&self.output)
    }

    /// The kept skew of the coordinator's clock, against this machine's.
    pub fn clock(&self) -> Option<Ppm> {
        self.drift.clock(&self.server)
    }

    /// Both are known sharply now: keeps them, if that is worth a write.
    pub fn keep(&mut self, now: LocalTime, dac: Ppm, clock: Ppm) {
        let news = |old: Option<Ppm>, new: Ppm| old.is_none_or(|old| (old.0 - new.0).abs() > WORTH_PPM);
        let due = self.written.is_none_or(|w| now.nanos_since(w) > INTERVAL_NS);
        if due && (news(self.dac(), dac) || news(self.clock(), clock)) {
            self.written = Some(now);
            self.drift.set_dac(&self.output, dac);
            self.drift.set_clock(&self.server, clock);
            if let Err(error) = self.drift.save(&self.data) {
                tracing::warn!(%error, "the drift file cannot be written; the next start will learn the crystals anew");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_there_after_a_restart_and_does_not_wear_the_card() {
        let folder = tempfile::tempdir().expect("a folder");
        let load = || LastKnown::load(folder.path().into(), "hw:0".into(), "ws://server".into());
        let mut k = load();
        assert_eq!((k.dac(), k.clock()), (None, None));
        k.keep(LocalTime(0), Ppm(18.0), Ppm(-3.0));
        assert_eq!((load().dac(), load().clock()), (Some(Ppm(18.0)), Some(Ppm(-3.0))));
        k.keep(LocalTime(1_000_000_000), Ppm(25.0), Ppm(-3.0));
        assert_eq!(load().dac(), Some(Ppm(18.0)), "too soon");
        k.keep(LocalTime(INTERVAL_NS + 1), Ppm(18.1), Ppm(-3.1));
        assert_eq!(load().dac(), Some(Ppm(18.0)), "not worth it");
        k.keep(LocalTime(INTERVAL_NS + 2), Ppm(25.0), Ppm(-3.0));
        assert_eq!(load().dac(), Some(Ppm(25.0)));
    }
}
