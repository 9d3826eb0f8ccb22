//! How a speaker's key becomes ours: the states, and the list of those that wait for a person.

mod exchange;
mod pending;
mod state;

pub use exchange::{Exchange, ExchangeError};
pub use pending::{Claims, Full, Pending, PendingSpeaker};
pub use state::{Decision, NoSuchStep, after};
