//! The question "may this caller do this to that?", and its one answer.

mod caller;
mod may;
mod right;
mod target;
mod volume;

pub use caller::{Bound, Caller, GuestLevel, Person, Role, SpeakerState, Way};
pub use may::{Denied, may, may_all, may_some};
pub use right::{Guests, Operators, Right, Row, UnknownRight};
pub use target::{SpeakerFacts, Target, ZoneFacts};
pub use volume::bounded;
