//! A track, as far as a zone needs it: what a plan tells of it, how loud it is, whether it can be played.

use std::sync::Arc;

use downbeat_protocol::{EntryId, Frames, PlanEntry, TrackId};

/// A text that many tracks share, such as an artist's name.
pub type Text = Arc<str>;

/// A part of a file that is a track of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its number among the parts of the file, from 1.
    pub number: u32,
    /// How many parts the file has.
    pub count: u32,
    /// The frame of the file with which it begins.
    pub first: Frames,
    /// The length of the file.
    pub file_frames: Frames,
}

/// A track. Texts are empty where nothing is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// Survives moving and retagging of the file.
    pub id: TrackId,
    /// BLAKE3 of the file's bytes, lower-case hex; empty as long as it is not known. A track can be queued without, and
    /// be sent to speakers only with it.
    pub hash: String,
    /// The file's size in bytes.
    pub bytes: u64,
    /// True if the file was there when it was last looked for.
    pub available: bool,
    /// The kind of file by its content, as its usual ending: `flac`, `mp3`, ...; by its name if it cannot be played.
    pub format: Text,
    /// Frames a second; 0 if it cannot be played.
    pub sample_rate: u32,
    /// The length: that of the part, if it is one.
    pub frames: Frames,
    /// The part of the file that it is; `None`: the whole file.
    pub part: Option<Box<Part>>,
    /// The title; the file's name if it has none.
    pub title: Text,
    /// The artists in one text, with commas.
    pub artist: Text,
    /// The album.
    pub album: Text,
    /// The album's artists in one text, with commas.
    pub album_artist: Text,
    /// Its number on the disc.
    pub track_no: Option<u32>,
    /// The disc's number in the album.
    pub disc_no: Option<u32>,
    /// The gain that makes it as loud as others (-18 LUFS, the reference of ReplayGain 2), dB.
    pub track_gain_db: Option<f32>,
    /// The highest sample, or true, peak; 1.0 is full scale.
    pub track_peak: Option<f32>,
    /// The gain that makes its album as loud as others, dB.
    pub album_gain_db: Option<f32>,
    /// The highest peak of the album.
    pub album_peak: Option<f32>,
    /// Why it cannot be played, for people.
    pub fault: Option<Text>,
}

impl Track {
    /// A track of which nothing is known but its id: the base for those that are made by hand.
    pub fn unknown(id: TrackId) -> Self {
        let text = Text::from("");
        Self {
            id,
            hash: String::new(),
            bytes: 0,
            available: true,
            format: text.clone(),
            sample_rate: 0,
            frames: Frames(0),
            part: None,
            title: text.clone(),
            artist: text.clone(),
            album: text.clone(),
            album_artist: text,
            track_no: None,
            disc_no: None,
            track_gain_db: None,
            track_peak: None,
            album_gain_db: None,
            album_peak: None,
            fault: None,
        }
    }

    /// True if the file is there and nothing is wrong with it.
    pub fn playable(&self) -> bool {
        self.available && self.fault.is_none()
    }

    /// Why it is not [`playable`](Self::playable), for people.
    pub fn why_not(&self) -> Option<&str> {
        match &self.fault {
            Some(fault) => Some(fault),
            None if !self.available => Some("the file is not there"),
            None => None,
        }
    }

    /// Its length in seconds; 0 if it cannot be played.
    pub fn duration_seconds(&self) -> f64 {
        self.frames.as_seconds(self.sample_rate)
    }

    /// The frame of the file with which it begins.
    pub fn first_frame(&self) -> Frames {
        self.part.as_ref().map_or(Frames(0), |part| part.first)
    }

    /// The frame of the file before which it ends.
    pub fn end_frame(&self) -> Frames {
        Frames(self.first_frame().0.saturating_add(self.frames.0))
    }

    /// `frame` of the file, brought into the track.
    pub fn within(&self, frame: Frames) -> Frames {
        let first = self.first_frame().0;
        Frames(frame.0.clamp(first, (self.end_frame().0 - 1).max(first)))
    }

    /// A track that the library does not know, of what a plan told of it.
    pub fn of_plan(plan: PlanEntry) -> Self {
        let (first, end) = (plan.track_start_frames, plan.track_end_frames);
        let is_part = first != Frames(0) || end.is_some();
        let length = end.unwrap_or(plan.frames).0.saturating_sub(first.0);
        let part = Part { number: 1, count: 1, first, file_frames: plan.frames };
        Self {
            hash: plan.hash,
            bytes: plan.bytes,
            format: plan.format.into(),
            sample_rate: plan.sample_rate,
            frames: Frames(length),
            part: is_part.then(|| Box::new(part)),
            title: plan.title.into(),
            artist: plan.artist.into(),
            ..Self::unknown(plan.track)
        }
    }

    /// True if both are of one album, as far as their tags say.
    pub fn same_album(&self, other: &Self) -> bool {
        let whose = |t: &Self| if t.album_artist.is_empty() { t.artist.clone() } else { t.album_artist.clone() };
        !self.album.is_empty() && self.album == other.album && whose(self) == whose(other)
    }

    /// True if `next` comes right after this one on their album. Where tracks have no numbers, any other of the same
    /// album does.
    pub fn precedes(&self, next: &Self) -> bool {
        let in_order = match (self.track_no, next.track_no) {
            (Some(own), Some(next_no)) if self.disc_no == next.disc_no => next_no == own + 1,
            (Some(_), Some(next_no)) => next_no == 1 && next.disc_no > self.disc_no,
            _ => true,
        };
        in_order && self.id != next.id && self.same_album(next)
    }

    /// This track as the entry `entry` of a plan.
    pub fn plan_entry(&self, entry: EntryId) -> PlanEntry {
        PlanEntry {
            entry,
            track: self.id,
            hash: self.hash.clone(),
            bytes: self.bytes,
            format: self.format.to_string(),
            sample_rate: self.sample_rate,
            frames: self.part.as_ref().map_or(self.frames, |part| part.file_frames),
            start_frames: self.first_frame(),
            end_frames: self.part.as_ref().map(|_| self.end_frame()),
            track_start_frames: self.first_frame(),
            track_end_frames: self.part.as_ref().map(|_| self.end_frame()),
            title: self.title.to_string(),
            artist: self.artist.to_string(),
            ..PlanEntry::default()
        }
    }
}
