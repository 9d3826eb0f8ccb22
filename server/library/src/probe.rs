//! The one place where the library asks the decoder what is in a file.

use downbeat_media::{Exactness, Format, MediaError};
use downbeat_protocol::Frames;

use super::source::Reader;

/// The facts of a file that playing needs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Facts {
    /// Its usual ending, by its content.
    pub(super) format: String,
    pub(super) sample_rate: u32,
    pub(super) channels: u16,
    /// The length that the decoder will deliver, to the frame.
    pub(super) frames: Frames,
    pub(super) sample_exact: bool,
    /// The fault that it has though it plays, for people.
    pub(super) warning: Option<String>,
    /// Only a part of its sound is decoded here.
    pub(super) core_only: bool,
}

/// Why a file cannot be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unplayable {
    /// For people.
    pub(super) words: String,
    /// There is no decoder here for what is in it; another program may have one.
    pub(super) is_foreign: bool,
}

impl From<String> for Unplayable {
    fn from(words: String) -> Self {
        Self { words, is_foreign: false }
    }
}

/// Looks into a file; `ending` is that of its name and only a hint.
pub(super) fn probe(file: Reader, ending: &str) -> Result<Facts, Unplayable> {
    let info = downbeat_media::probe(Box::new(file), ending).map_err(|error| Unplayable {
        words: error.to_string(),
        is_foreign: matches!(error, MediaError::Unsupported(_) | MediaError::Unrecognised),
    })?;
    let frames = i64::try_from(info.frames).unwrap_or(i64::MAX);
    if frames == 0 || info.sample_rate == 0 {
        return Err("there is no sound in it".to_owned().into());
    }
    let warning = info.damage.in_words();
    let format = match info.format {
        Format::Other => ending,
        known => known.extension(),
    };
    Ok(Facts {
        format: format.to_owned(),
        sample_rate: info.sample_rate,
        channels: info.channels,
        frames: Frames(frames),
        sample_exact: info.exactness == Exactness::SampleExact,
        warning,
        core_only: info.damage.core_only.is_some(),
    })
}
