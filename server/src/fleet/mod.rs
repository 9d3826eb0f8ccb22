//! The speakers: which are known, which are connected, what they said of themselves last.
//!
//! What people set (name, zone, volume, output delay) outlives connections and restarts; what speakers report is the
//! last word of each and is lost with the process. Every connection has an [`outbox`], so that nobody who sends to a
//! speaker ever waits for its network.

pub mod outbox;
pub mod registry;
pub mod speaker;

pub use outbox::{Closing, Outbox, Outgoing, Slot};
pub use registry::Fleet;
pub use speaker::{Connection, Reports, Speaker};
