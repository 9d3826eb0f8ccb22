//! The speakers: which are known, which are connected, what they said of themselves last.
//!
//! The settings that people make (name, zone, volume, output delay) outlive connections and restarts. Of the reports of
//! speakers the last of each kind is held, and is lost with the process. Every connection has an [`outbox`], so that
//! nobody who sends to a speaker ever waits for its network.
//!
//! A fleet of thousands is not named one by one: speakers carry [`labels`] (`site=41`, `floor=2`), and one small
//! grammar, the [`Selector`], picks them by label, name, zone or id wherever a call takes a target. A selector is pure:
//! only the speaker that is looked at decides, so that it picks the same speakers in a list and in an action.

pub mod labels;
pub mod link;
pub mod outbox;
pub mod registry;
pub mod selector;
pub mod speaker;
pub mod told;

pub use labels::{LabelError, Labels};
pub use link::Outbound;
pub use outbox::{Closing, Outbox, Outgoing, SIGN, Slot};
pub use registry::Fleet;
pub use selector::{Selector, SelectorError, Target};
pub use speaker::{Connection, Reports, Speaker};
pub use told::Told;
