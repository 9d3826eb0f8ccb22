//! The time by which a certificate's end is judged.
//!
//! A speaker without a clock of its own boots in 1970, or years off. So its clock alone decides nothing: the latest of
//! its clock, its build and the last time that it kept does. None of them can be behind the truth by being late, and
//! the kept one moves only by the word of a coordinator that was verified, and never past the own clock.

use rustls::pki_types::UnixTime;

/// The times that a speaker knows of, seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dates {
    /// When the program was built.
    pub built: u64,
    /// The last time that was kept.
    pub kept: u64,
}

impl Dates {
    /// The present for judging an end, while the clock shows `clock`.
    pub fn present(&self, clock: UnixTime) -> UnixTime {
        let latest = clock.as_secs().max(self.built).max(self.kept);
        UnixTime::since_unix_epoch(std::time::Duration::from_secs(latest))
    }

    /// The time to keep, after a verified coordinator said that it is `told` and while the own clock shows `clock`.
    /// `None` if there is nothing new.
    pub fn to_keep(&self, told: u64, clock: u64) -> Option<u64> {
        Some(told.min(clock)).filter(|time| *time > self.kept)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> UnixTime {
        UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds))
    }

    #[test]
    fn the_latest_of_the_three_is_the_present() {
        let dates = Dates { built: 200, kept: 300 };
        assert_eq!(dates.present(at(0)), at(300), "a clock that was never set");
        assert_eq!(dates.present(at(400)), at(400));
        assert_eq!(Dates { kept: 100, ..dates }.present(at(0)), at(200));
    }

    proptest! {
        /// Neither a lie nor a wrong clock alone moves the kept time ahead, and nothing moves it back.
        #[test]
        fn the_kept_time_moves_by_two_witnesses(kept: u64, told: u64, clock: u64) {
            match (Dates { built: 0, kept }).to_keep(told, clock) {
                Some(new) => prop_assert!(new > kept && new <= told && new <= clock),
                None => prop_assert!(told <= kept || clock <= kept),
            }
        }
    }
}
