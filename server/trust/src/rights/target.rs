//! The facts of what is asked about.

use std::collections::BTreeMap;

use downbeat_protocol::{SpeakerId, ZoneId};

/// A zone, as far as rights go.
#[derive(Debug, Clone, Copy)]
pub struct ZoneFacts<'a> {
    /// Its id.
    pub id: ZoneId,
    /// Guests may control it.
    pub open: bool,
    /// The labels of each of its speakers.
    pub speakers: &'a [&'a BTreeMap<String, String>],
}

/// A speaker, as far as rights go.
#[derive(Debug, Clone, Copy)]
pub struct SpeakerFacts<'a> {
    /// Its id.
    pub id: SpeakerId,
    /// The zone that it is in.
    pub zone: ZoneId,
    /// Guests may control its zone.
    pub open: bool,
    /// Its labels.
    pub labels: &'a BTreeMap<String, String>,
}

/// The thing that is asked about.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// The coordinator as a whole.
    All,
    /// A zone.
    Zone(ZoneFacts<'a>),
    /// A speaker.
    Speaker(SpeakerFacts<'a>),
    /// The things of the user of this name.
    User(&'a str),
    /// A media file, and whether it stands in the plan of the asking speaker's zone.
    Media {
        /// It does.
        planned: bool,
    },
}
