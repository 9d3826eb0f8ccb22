//! How long a track is, to the frame, and what is wrong with it.

use crate::format::TrackInfo;
use crate::{Decoder, MediaError, MediaSource};

/// Finds out what a [`Decoder`] will deliver.
///
/// Decodes the first packets. If the headers state the length, looks whether the last frame is there; if they do not,
/// or it is not, walks through the packets without decoding them. `hint` is a file extension without dot, or empty.
pub fn probe(source: Box<dyn MediaSource>, hint: &str) -> Result<TrackInfo, MediaError> {
    let mut decoder = Decoder::open(source, hint)?;
    let stated = decoder.info().stated_frames;
    if let Some(frames) = stated {
        // A source that cannot go back could not be played after a look at its end: its header is believed.
        if !decoder.is_seekable()
            || (decoder.may_have(frames) && decoder.has_packet_for(frames - 1)? && decoder.ends_as_stated()?)
        {
            return Ok(decoder.track_info(frames));
        }
        decoder.restart()?;
    }
    let frames = decoder.walk()?;
    Ok(decoder.track_info(frames))
}

/// The same by decoding everything: slow, and finds every fault.
pub fn verify(source: Box<dyn MediaSource>, hint: &str) -> Result<TrackInfo, MediaError> {
    let mut decoder = Decoder::open(source, hint)?;
    let mut frames = 0;
    while let Some(block) = decoder.next_block()? {
        frames += block.len() as u64 / 2;
        decoder.check_length()?;
    }
    decoder.look_behind_the_end()?;
    Ok(decoder.track_info(frames))
}
