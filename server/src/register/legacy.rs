//! Speakers from before encryption: they have an id and no key.

use std::{collections::HashSet, fmt, str::FromStr};

use chrono::NaiveDate;
use downbeat_protocol::SpeakerId;
use serde::{Deserialize, Serialize};

/// The days for which they are let in if nothing is said.
const DAYS: i64 = 90;
const DAY: i64 = 86_400;

/// For how long speakers are let in that do not encrypt: `--legacy-speakers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LegacySpeakers {
    /// Those that were known before the upgrade, for 90 days.
    #[default]
    Usual,
    /// Those that were known before the upgrade, until the end of this day (UTC).
    Until(NaiveDate),
    /// Those that were known before the upgrade, without an end.
    Forever,
    /// None.
    None,
    /// All, and new ones, too: as it was before the upgrade.
    All,
}

/// A text that is no such setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?}: write until=YYYY-MM-DD, until=never (no end), none (no speaker without encryption) or all (new ones, too)"
)]
pub struct NoLegacy(String);

impl FromStr for LegacySpeakers {
    type Err = NoLegacy;

    fn from_str(text: &str) -> Result<Self, NoLegacy> {
        match text.trim() {
            "none" => Ok(Self::None),
            "all" => Ok(Self::All),
            "until=never" => Ok(Self::Forever),
            other => {
                let date = other.strip_prefix("until=").and_then(|date| date.parse().ok());
                date.map(Self::Until).ok_or_else(|| NoLegacy(text.to_owned()))
            }
        }
    }
}

impl<'de> Deserialize<'de> for LegacySpeakers {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The speakers that were known when the coordinator was upgraded, as they are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// When that was, seconds since 1970; `None`: the clock was not set.
    pub since: Option<i64>,
    /// Their ids.
    pub ids: HashSet<SpeakerId>,
}

impl Before {
    /// The second from which on they are not let in any more; `None`: there is no end that is known.
    pub fn ends(&self, setting: LegacySpeakers) -> Option<i64> {
        match setting {
            LegacySpeakers::Usual => self.since.map(|since| since + DAYS * DAY),
            LegacySpeakers::Until(date) => {
                let next = date.succ_opt().unwrap_or(date);
                Some(next.and_time(chrono::NaiveTime::MIN).and_utc().timestamp())
            }
            LegacySpeakers::Forever | LegacySpeakers::All => None,
            LegacySpeakers::None => Some(i64::MIN),
        }
    }

    /// True if a speaker of this id is let in without encryption. `clock`: the wall clock, if it is set: one that is
    /// not silences nobody.
    pub fn lets_in(&self, id: SpeakerId, setting: LegacySpeakers, clock: Option<i64>) -> bool {
        let over = match (self.ends(setting), clock) {
            (Some(i64::MIN), _) => true,
            (Some(ends), Some(now)) => now >= ends,
            _ => false,
        };
        !over && self.ids.contains(&id)
    }
}

impl fmt::Display for LegacySpeakers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usual => f.write_str("90 days"),
            Self::Until(date) => write!(f, "until={date}"),
            Self::Forever => f.write_str("until=never"),
            Self::None => f.write_str("none"),
            Self::All => f.write_str("all"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_796_000_000;

    #[test]
    fn the_setting_says_whether_never_means_no_end_or_nobody() {
        let read = |text: &str| text.parse::<LegacySpeakers>();
        assert_eq!(read("until=never"), Ok(LegacySpeakers::Forever));
        assert_eq!(read(" none "), Ok(LegacySpeakers::None));
        assert_eq!(read("until=2027-01-31").unwrap().to_string(), "until=2027-01-31");
        for wrong in ["never", "", "until=", "until=2027-02-30", "2027-01-31", "ALL?"] {
            let said = read(wrong).unwrap_err().to_string();
            assert!(said.contains("until=never"), "{wrong}: {said}");
        }
    }

    #[test]
    fn they_are_let_in_until_their_day_and_no_clock_that_is_not_set_ends_it() {
        let (known, new) = (SpeakerId::random(), SpeakerId::random());
        let before = Before { since: Some(NOW), ids: [known].into() };
        let lets = |setting, clock| before.lets_in(known, setting, clock);
        let usual = LegacySpeakers::Usual;
        assert!(lets(usual, Some(NOW + 90 * DAY - 1)) && !lets(usual, Some(NOW + 90 * DAY)));
        assert!(lets(usual, None), "a clock that was lost");
        let until: LegacySpeakers = "until=2027-01-31".parse().unwrap();
        let ends = before.ends(until).unwrap();
        assert_eq!(ends % DAY, 0);
        assert!(lets(until, Some(ends - 1)) && !lets(until, Some(ends)), "the day itself counts");
        assert!(lets(LegacySpeakers::Forever, Some(NOW * 9)));
        assert!(!lets(LegacySpeakers::None, None) && !lets(LegacySpeakers::None, Some(NOW)));
        for setting in [usual, LegacySpeakers::Forever, until] {
            assert!(!before.lets_in(new, setting, Some(NOW)), "a new id");
        }
        let unset = Before { since: None, ..before.clone() };
        assert!(
            unset.lets_in(known, usual, Some(NOW * 2)),
            "upgraded before the clock was set: the days have not begun"
        );
    }
}
