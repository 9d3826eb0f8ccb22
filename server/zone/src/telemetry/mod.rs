//! The past of a zone and of its speakers: an hour by the second, a day by the minute, and marks of what happened.
//!
//! It answers "since when is it out of step?" without anybody having looked. All of it is in memory, and bounded: a
//! speaker takes at most [`SPEAKER_BYTES`], a zone [`ZONE_BYTES`]. With more speakers than [`FINE_SPEAKERS`] each
//! second and each minute becomes two, four, eight, so that all of them together never take more than twice what
//! [`FINE_SPEAKERS`] take for each doubling that is begun.
//!
//! - [`ring`]: the columns, and how a spike survives being made coarser
//! - [`grid`]: the instants of an answer
//! - [`marks`]: what happened; [`stretches`]: when it was out of step
//! - [`speaker`], [`zone`]: what is noted of either

pub mod grid;
pub mod marks;
pub mod ring;
pub mod speaker;
pub mod stretches;
pub mod zone;

pub use grid::{Column, Grid};
pub use marks::{Kind, Mark};
pub use speaker::{SpeakerFacts, SpeakerPast};
pub use stretches::Stretch;
pub use zone::{ZoneFacts, ZonePast};

/// So many speakers have a bin for each second.
pub const FINE_SPEAKERS: usize = 2_000;
/// The most that the past of one speaker takes, bytes: 3,600 bins of 12, 1,440 of 36, 256 marks of 72.
pub const SPEAKER_BYTES: usize = ring::HOUR * 12 + ring::DAY * 36 + marks::MOST * 72;
/// The same of a zone, bytes: bins of 8 and of 24.
pub const ZONE_BYTES: usize = ring::HOUR * 8 + ring::DAY * 24 + marks::MOST * 72;

/// Seconds in a bin of the hour, for so many speakers: a power of two.
pub fn coarseness(speakers: usize) -> u32 {
    u32::try_from(speakers.div_ceil(FINE_SPEAKERS).max(1).next_power_of_two()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_speakers_share_what_two_thousand_take() {
        let of = [0, 1, 2_000, 2_001, 4_000, 4_001, 25_000].map(coarseness);
        assert_eq!(of, [1, 1, 1, 2, 2, 4, 16]);
        assert_eq!((SPEAKER_BYTES, ZONE_BYTES), (113_472, 81_792), "what the documents say");
        assert_eq!(FINE_SPEAKERS * SPEAKER_BYTES, 226_944_000);
    }
}
