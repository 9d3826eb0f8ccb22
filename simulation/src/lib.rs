//! Downbeat in virtual time.

pub mod card;
pub mod coordinator;
pub mod crystal;
pub mod dice;
pub mod measure;
pub mod network;
pub mod outcome;
pub mod scenarios;
pub mod sound;
pub mod speaker;
pub mod truth;
pub mod world;

pub use coordinator::entry;
pub use measure::{percentile, worst};
pub use outcome::Outcome;
pub use speaker::SpeakerSpec;
pub use world::World;
