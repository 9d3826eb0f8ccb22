//! The messages between a coordinator and its speakers, and the arithmetic both must do alike.
//!
//! Everything here is pure: no I/O, no clock, no async. A reader's path:
//!
//! - [`time`]: the time types, which do not mix
//! - [`timeline`]: which media frame is heard at which server instant, and where the next entry begins
//! - [`plan`]: what a speaker must know of an entry to play it alone
//! - [`exchange`]: the four-stamp time exchange
//! - [`server_message`], [`agent_message`]: every message, each a snapshot
//! - [`codec`]: bytes to messages and back, with size limits; survives any bytes
//! - [`history`]: what was sounded, told later
//! - [`handshake`]: identities, versions, and who may talk
//! - [`adoption`]: how a speaker becomes one of a coordinator's own
//! - [`volume`]: from a person's 0..100 to a gain
//! - [`calibration`]: the sounds by which a microphone finds how late speakers are

pub mod adoption;
pub mod agent_message;
pub mod calibration;
pub mod codec;
pub mod exchange;
pub mod handshake;
pub mod history;
pub mod plan;
pub mod report;
pub mod server_message;
pub mod time;
pub mod timeline;
pub mod volume;

pub use agent_message::AgentMessage;
pub use codec::{CodecError, MAX_AGENT_FRAME_BYTES, MAX_SERVER_FRAME_BYTES};
pub use handshake::{ClockId, EntryId, PROTOCOL_VERSION, SpeakerId, TrackId, ZoneId};
pub use plan::PlanEntry;
pub use server_message::ServerMessage;
pub use time::{Frames, LocalTime, Ppm, ServerTime};
pub use timeline::Timeline;
