//! A speaker as pure state: it reads no clock, opens no file, knows no socket and no sound card.
//!
//! - [`speaker`]: all of it, tied together; begin here
//! - [`clock`]: whose time it is
//! - [`playback`]: which entries are ready and sounding, and when
//! - [`render`]: the frames themselves

pub mod clock;
pub mod playback;
pub mod render;
pub mod speaker;
