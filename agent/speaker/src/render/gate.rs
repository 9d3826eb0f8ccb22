//! When a voice is heard, and how it is called.

use super::crossfade::Span;
use crate::clock::ServerInstant;

/// Names a voice within one agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VoiceId(pub u64);

/// When a voice is to be heard.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Gate {
    /// From when.
    pub on: ServerInstant,
    /// True if it begins in the middle of the music, and so must fade in.
    pub fade_in: bool,
    /// Until when, if not to its end; it fades out from then on.
    pub off: Option<ServerInstant>,
    /// When it rises, over the end of the entry before.
    pub rise: Option<Span>,
    /// When it falls, under the beginning of the entry after.
    pub fall: Option<Span>,
}
