//! The round in which the members of a zone are asked for their positions.

use std::time::Duration;

use downbeat_protocol::SpeakerId;

/// A round of questions for the members' positions. If all members of a large zone were asked at once, their answers
/// would come at once, and all else that is sent then, a time reply above all, would wait behind them.
#[derive(Debug, Default)]
pub(super) struct CheckRound {
    members: Vec<SpeakerId>,
    asked: usize,
}

/// So many are asked at once.
const ASKED_AT_ONCE: usize = 50;

impl CheckRound {
    /// How long until the next ones are asked, so that a round takes `all`.
    pub(super) fn interval(&self, all: Duration) -> Duration {
        all / u32::try_from(self.members.len().div_ceil(ASKED_AT_ONCE).max(1)).unwrap_or(1)
    }

    /// The next ones; a new round begins with those who are members then.
    pub(super) fn next(&mut self, members: impl FnOnce() -> Vec<SpeakerId>) -> &[SpeakerId] {
        if self.asked >= self.members.len() {
            *self = Self { members: members(), asked: 0 };
        }
        let from = self.asked;
        self.asked = (from + ASKED_AT_ONCE).min(self.members.len());
        &self.members[from..self.asked]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_asks_everyone_once_and_a_small_zone_at_once() {
        let all = Duration::from_secs(5);
        let members: Vec<SpeakerId> = (0..120).map(|n| SpeakerId(uuid::Uuid::from_u128(n))).collect();
        let mut round = CheckRound::default();
        let mut asked = Vec::new();
        for part in [50, 50, 20] {
            let now = round.next(|| members.clone());
            assert_eq!(now.len(), part);
            asked.extend_from_slice(now);
        }
        assert_eq!(asked, members);
        assert_eq!(round.interval(all), all / 3);
        assert_eq!(round.next(|| members[..3].to_vec()), &members[..3], "the next round, of those who are left");
        assert_eq!(round.interval(all), all);
        assert_eq!(round.next(Vec::new), []);
        assert_eq!(round.interval(all), all, "an empty zone is looked at as often");
    }
}
