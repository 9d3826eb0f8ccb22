//! The facts that a speaker must know of a coming entry to play it alone: which file, which part of it, how loud, and
//! how it joins the entry before it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    handshake::{EntryId, TrackId},
    time::Frames,
};

/// An entry of the plan: all that a speaker needs to fetch, verify and play it alone.
///
/// It is an *occurrence*: where repeat, or a loop, plays the same queue entry again, each time is an entry of its own
/// with an id of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanEntry {
    /// Its place in the queue.
    pub entry: EntryId,
    /// The track, for people and logs.
    pub track: TrackId,
    /// BLAKE3 of the file's bytes, lower-case hex: its name under `/media/` and in the cache.
    pub hash: String,
    /// The file's size in bytes.
    pub bytes: u64,
    /// The kind of file, as its usual ending: `flac`, `mp3`, `ogg`, `wav`, ... A hint for the decoder.
    pub format: String,
    /// Frames a second.
    pub sample_rate: u32,
    /// The exact length. A decoder that yields fewer is filled up with silence, one that yields more is cut.
    pub frames: Frames,
    /// The first frame that is played; nothing before it ever is. Use [`PlanEntry::first_frame`], which survives
    /// foreign nonsense.
    #[serde(default, skip_serializing_if = "is_default")]
    pub start_frames: Frames,
    /// Played up to here, exclusive; `None`: to the end. Use [`PlanEntry::last_frame`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_frames: Option<Frames>,
    /// For people: the frame with which the track begins, where it is a part of the file. Positions are shown from it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub track_start_frames: Frames,
    /// For people: the frame before which the track ends; `None`: with the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track_end_frames: Option<Frames>,
    /// How much louder than in the file it is played, decibels (loudness); applied before the volumes. A gain above 0
    /// goes through a limiter.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gain_db: f32,
    /// Crossfade: it begins so much before the entry before it ends, microseconds. Never more than half of what is
    /// played of either; see [`Timeline::schedule`](crate::Timeline::schedule).
    #[serde(default, skip_serializing_if = "is_default")]
    pub overlap_us: u32,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub artist: String,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// An entry of no length with the ids of zeros: for `..PlanEntry::default()`.
impl Default for PlanEntry {
    fn default() -> Self {
        Self {
            entry: EntryId(Uuid::nil()),
            track: TrackId(Uuid::nil()),
            hash: String::new(),
            bytes: 0,
            format: String::new(),
            sample_rate: 0,
            frames: Frames(0),
            start_frames: Frames(0),
            end_frames: None,
            track_start_frames: Frames(0),
            track_end_frames: None,
            gain_db: 0.0,
            overlap_us: 0,
            title: String::new(),
            artist: String::new(),
        }
    }
}

impl PlanEntry {
    /// The first frame that is played: 0 <= first <= last.
    pub fn first_frame(&self) -> Frames {
        Frames(self.start_frames.0.clamp(0, self.last_frame().0))
    }

    /// The frame before which playing ends: 0 <= last <= `frames`, and 0 for a length below 0.
    pub fn last_frame(&self) -> Frames {
        let length = self.frames.0.max(0);
        Frames(self.end_frames.map_or(length, |end| end.0.clamp(0, length)))
    }

    /// How many frames are played: never below 0.
    pub fn played_frames(&self) -> Frames {
        Frames(self.last_frame().0 - self.first_frame().0)
    }

    /// The amplitude factor of `gain_db`: 1 for 0 dB and for what is no number; at most +24 dB, at least -60 dB.
    pub fn gain(&self) -> f32 {
        if self.gain_db == 0.0 || !self.gain_db.is_finite() {
            1.0
        } else {
            10f32.powf(self.gain_db.clamp(-60.0, 24.0) / 20.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part(frames: i64, start: i64, end: Option<i64>) -> PlanEntry {
        let (frames, start_frames, end_frames) = (Frames(frames), Frames(start), end.map(Frames));
        PlanEntry { frames, start_frames, end_frames, ..PlanEntry::default() }
    }

    #[test]
    fn a_part_of_an_entry() {
        let e = part(1_000, 100, Some(400));
        assert_eq!((e.first_frame(), e.last_frame(), e.played_frames()), (Frames(100), Frames(400), Frames(300)));
        assert_eq!(part(1_000, 100, None).played_frames(), Frames(900));
        assert_eq!(part(1_000, 0, Some(2_000)).last_frame(), Frames(1_000), "no longer than the entry");
        assert_eq!(part(1_000, 500, Some(400)).played_frames(), Frames(0), "the end before the start");
        assert_eq!(part(-5, -7, Some(-9)).played_frames(), Frames(0));
    }

    #[test]
    fn what_is_as_usual_is_not_written() {
        let json = serde_json::to_value(part(10, 0, None)).unwrap();
        for key in [
            "start_frames",
            "end_frames",
            "track_start_frames",
            "track_end_frames",
            "gain_db",
            "overlap_us",
            "title",
            "artist",
        ] {
            assert!(json.get(key).is_none(), "{key}");
        }
    }

    #[test]
    fn gains() {
        let gain = |gain_db| PlanEntry { gain_db, ..PlanEntry::default() }.gain();
        assert!(gain(0.0).to_bits() == 1f32.to_bits() && gain(f32::NAN).to_bits() == 1f32.to_bits());
        assert!((gain(-20.0) - 0.1).abs() < 1e-6 && (gain(6.0) - 1.995_262).abs() < 1e-5);
        assert!(gain(f32::MAX) < 16.0 && gain(f32::MIN) > 0.0);
    }

    proptest! {
        #[test]
        fn any_numbers_make_a_part(frames: i64, start: i64, end: Option<i64>) {
            let e = part(frames, start, end);
            prop_assert!(0 <= e.first_frame().0 && e.first_frame() <= e.last_frame());
            prop_assert!(e.last_frame().0 <= frames.max(0) && e.played_frames().0 >= 0);
        }
    }
}
