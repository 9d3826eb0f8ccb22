//! The states of a speaker's key, and the steps between them. What is not here cannot happen.

use crate::rights::SpeakerState;

/// A decision about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// A person adopted it.
    Adopt,
    /// A join token let it in.
    Join,
    /// A person said no.
    Refuse,
    /// A person ended its adoption.
    Revoke,
    /// A person lets it ask again.
    Forgive,
}

/// A step that there is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a speaker that is {0:?} cannot be treated so ({1:?}): {2}")]
pub struct NoSuchStep(pub SpeakerState, pub Decision, pub &'static str);

/// The state after a decision.
pub fn after(state: SpeakerState, decision: Decision) -> Result<SpeakerState, NoSuchStep> {
    use SpeakerState::{Adopted, Pending, Refused, Revoked};
    let no = |advice| Err(NoSuchStep(state, decision, advice));
    match (state, decision) {
        (Pending | Adopted, Decision::Adopt | Decision::Join) => Ok(Adopted),
        (Pending | Refused, Decision::Refuse) => Ok(Refused),
        (Adopted | Revoked, Decision::Revoke) => Ok(Revoked),
        (Refused | Revoked | Pending, Decision::Forgive) => Ok(Pending),
        (Adopted, Decision::Refuse) => no("it is adopted; revoke it"),
        (Adopted, Decision::Forgive) => no("it is adopted"),
        (Pending | Refused, Decision::Revoke) => no("it was never adopted; refuse it"),
        (Revoked, Decision::Refuse) => no("it is revoked, which is more"),
        // what a person ended, only a person begins again: a thief may have a join token, too
        (Refused | Revoked, Decision::Adopt | Decision::Join) => no("let it ask again first"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [SpeakerState; 4] =
        [SpeakerState::Pending, SpeakerState::Adopted, SpeakerState::Refused, SpeakerState::Revoked];
    const DECISIONS: [Decision; 5] =
        [Decision::Adopt, Decision::Join, Decision::Refuse, Decision::Revoke, Decision::Forgive];

    #[test]
    fn each_step_is_as_docs_security_says() {
        let table: Vec<String> = STATES
            .iter()
            .map(|state| {
                let cells = DECISIONS.map(|decision| after(*state, decision).map_or("-", letter));
                format!("{} {}", letter(*state), cells.concat())
            })
            .collect();
        assert_eq!(table, ["p aar-p", "a aa-v-", "r --r-p", "v ---vp"]);
    }

    fn letter(state: SpeakerState) -> &'static str {
        match state {
            SpeakerState::Pending => "p",
            SpeakerState::Adopted => "a",
            SpeakerState::Refused => "r",
            SpeakerState::Revoked => "v",
        }
    }

    #[test]
    fn what_a_person_ended_no_token_begins_again() {
        for state in [SpeakerState::Refused, SpeakerState::Revoked] {
            for way in DECISIONS.iter().filter(|d| **d != Decision::Forgive) {
                assert_ne!(after(state, *way), Ok(SpeakerState::Adopted), "{state:?} {way:?}");
            }
        }
        let words = after(SpeakerState::Revoked, Decision::Join).unwrap_err().to_string();
        assert!(words.contains("ask again"), "{words}");
    }

    #[test]
    fn saying_it_twice_is_no_fault() {
        for state in STATES {
            for decision in DECISIONS {
                if let Ok(next) = after(state, decision) {
                    assert_eq!(after(next, decision), Ok(next), "{state:?} {decision:?}");
                }
            }
        }
    }
}
