//! The coordinator's side of the exchange for the short code, for one connection of a pending speaker.

use downbeat_identity::{
    Fingerprint, SecretError,
    pairing::{Code, Commitment, Nonce, code},
};

/// An exchange that was begun: the agent is bound to its number, and hears ours.
#[derive(Debug)]
pub struct Exchange {
    agent: Fingerprint,
    ca: Fingerprint,
    commitment: Commitment,
    ours: Nonce,
}

/// Why there is no code. The connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// The agent's number is not the one that it was bound to.
    #[error("the speaker opened another number than the one that it was bound to")]
    Broken,
    /// The system has no randomness.
    #[error(transparent)]
    Random(#[from] SecretError),
}

impl Exchange {
    /// Begins one with the agent of this key. The number of ours is made after its commitment is here.
    pub fn begin(agent: Fingerprint, ca: Fingerprint, commitment: Commitment) -> Result<Self, ExchangeError> {
        Ok(Self { agent, ca, commitment, ours: Nonce::generate()? })
    }

    /// The number to send.
    pub fn ours(&self) -> Nonce {
        self.ours
    }

    /// The code, now that the agent opened its number. An exchange ends with it, right or wrong.
    pub fn finish(self, theirs: Nonce) -> Result<Code, ExchangeError> {
        if self.commitment.holds(self.agent, &theirs) {
            Ok(code(self.agent, self.ca, &theirs, &self.ours))
        } else {
            Err(ExchangeError::Broken)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(of: &str) -> Fingerprint {
        Fingerprint::of_public_key(of.as_bytes())
    }

    #[test]
    fn both_ends_have_one_code_unless_somebody_stands_between() {
        let (agent, ca, middle) = (key("agent"), key("ca"), key("middle"));
        let a = Nonce::generate().unwrap();
        let exchange = Exchange::begin(agent, ca, Commitment::to(agent, &a)).unwrap();
        let at_agent = code(agent, ca, &a, &exchange.ours());
        assert_eq!(exchange.finish(a), Ok(at_agent));
        // one in the middle has a CA towards the agent and a key towards the coordinator, and relays the numbers
        let exchange = Exchange::begin(middle, ca, Commitment::to(middle, &a)).unwrap();
        let at_agent = code(agent, middle, &a, &exchange.ours());
        assert_ne!(exchange.finish(a), Ok(at_agent));
    }

    #[test]
    fn an_agent_cannot_choose_its_number_after_it_heard_ours() {
        let (agent, ca) = (key("agent"), key("ca"));
        let (a, better) = (Nonce::generate().unwrap(), Nonce::generate().unwrap());
        let exchange = Exchange::begin(agent, ca, Commitment::to(agent, &a)).unwrap();
        assert_eq!(exchange.finish(better), Err(ExchangeError::Broken));
        // nor take over another key's commitment
        let exchange = Exchange::begin(key("thief"), ca, Commitment::to(agent, &a)).unwrap();
        assert_eq!(exchange.finish(a), Err(ExchangeError::Broken));
    }
}
