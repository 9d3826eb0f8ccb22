//! The choice of a decoder's frames that are music: from frame 0 to the end.

use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::formats::{FormatId, Track, well_known as container};
use symphonia::core::meta::{MetadataRevision, RawValue};

use crate::format::{Exactness, Format};
use crate::mp4_edit::Edit;

/// The music within a stream, in frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// The stream position (by its time stamps) of frame 0.
    pub(crate) origin: i64,
    /// How many frames there are, if the headers can be trusted on it.
    pub(crate) frames: Option<u64>,
    /// If there are more, they are music, too: the format has no padding.
    pub(crate) is_open: bool,
    /// Frames of padding that follow the last, if the header states them.
    pub(crate) padding: Option<u64>,
    pub(crate) exactness: Exactness,
}

/// The delay and the length that an encoder noted in iTunes' own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ITunesGapless {
    delay: u64,
    frames: u64,
}

impl ITunesGapless {
    /// Finds the `iTunSMPB` tag.
    pub(crate) fn find(metadata: &MetadataRevision) -> Option<Self> {
        let tag = metadata.media.tags.iter().find(|tag| tag.raw.key.ends_with("iTunSMPB"))?;
        match &tag.raw.value {
            RawValue::String(text) => Self::parse(text),
            _ => None,
        }
    }

    /// `" 00000000 00000840 000001CA 00000000003F31F6 ..."`: zero, delay, padding, frames.
    fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split_whitespace().map(|field| u64::from_str_radix(field, 16).ok());
        let [_, delay, _, frames] = std::array::from_fn(|_| fields.next().flatten());
        Some(Self { delay: delay?, frames: frames.filter(|n| *n > 0)? })
    }
}

/// All that the headers say about it.
pub(crate) struct Headers<'a> {
    pub(crate) container: FormatId,
    pub(crate) format: Format,
    pub(crate) track: &'a Track,
    pub(crate) params: &'a AudioCodecParameters,
    /// The track's time stamps count frames.
    pub(crate) counts_frames: bool,
    /// MP4 in fragments.
    pub(crate) is_fragmented: bool,
    pub(crate) edit: Option<Edit>,
    pub(crate) itunes: Option<ITunesGapless>,
}

impl Headers<'_> {
    pub(crate) fn bounds(&self) -> Bounds {
        use Exactness::{LengthExact, SampleExact};
        let whole = |frames, exactness| Bounds { origin: 0, frames, is_open: false, padding: None, exactness };
        let frames = self.track.num_frames;
        match self.container {
            container::FORMAT_ID_OGG => self.ogg(),
            container::FORMAT_ID_ISOMP4 => self.mp4(),
            // Without a LAME tag the count is one estimated from the bit rate, or one that includes the delay.
            container::FORMAT_ID_MP3 if self.track.delay.is_some() => {
                Bounds { padding: Some(self.track.padding.unwrap_or(0).into()), ..whole(frames, SampleExact) }
            }
            container::FORMAT_ID_MP3
            | container::FORMAT_ID_MP2
            | container::FORMAT_ID_MP1
            | container::FORMAT_ID_ADTS => whole(None, LengthExact),
            container::FORMAT_ID_MKV => self.matroska(),
            // Some write the frames of whole packets where the last has fewer, as it says itself.
            container::FORMAT_ID_CAF if self.format == Format::Alac && self.track.padding.is_none() => {
                Bounds { is_open: true, ..whole(None, SampleExact) }
            }
            container::FORMAT_ID_CAF if self.track.delay.is_some() => whole(frames, SampleExact),
            container::FORMAT_ID_CAF if !self.format.is_lossless() => whole(frames, LengthExact),
            container::FORMAT_ID_FLAC => Bounds { is_open: true, ..whole(frames, SampleExact) },
            _ if self.format.is_lossless() => whole(frames, SampleExact),
            _ => whole(None, LengthExact),
        }
    }

    /// Every packet is counted, the last of which says how much of it is padding.
    fn matroska(&self) -> Bounds {
        let delay = self.track.delay.map(i64::from);
        let origin = match self.format {
            Format::Opus => opus_header(self.params).map(|header| i64::from(header.pre_skip)).or(delay),
            // The packets are dated from the first frame that is heard.
            Format::Vorbis => None,
            _ => delay,
        };
        let is_exact =
            self.format.is_lossless() || matches!(self.format, Format::Opus | Format::Vorbis) || delay.is_some();
        let exactness = if is_exact { Exactness::SampleExact } else { Exactness::LengthExact };
        Bounds { origin: origin.unwrap_or(0), frames: None, is_open: true, padding: None, exactness }
    }

    fn ogg(&self) -> Bounds {
        let start = self.track.start_ts.get();
        let origin = match self.format {
            Format::Opus => start.max(0).saturating_add(opus_header(self.params).map_or(0, |h| i64::from(h.pre_skip))),
            // The first packet only primes the decoder: its frames lie before frame 0.
            Format::Vorbis => start.saturating_add(i64::from(self.track.delay.unwrap_or(0))).max(0),
            _ => start.max(0),
        };
        let end = self.track.num_frames.and_then(|end| i64::try_from(end).ok());
        let frames = end.and_then(|end| u64::try_from(end.saturating_sub(origin)).ok());
        Bounds { origin, frames, is_open: false, padding: None, exactness: Exactness::SampleExact }
    }

    fn mp4(&self) -> Bounds {
        if self.is_fragmented {
            return self.fragmented();
        }
        let exactness = Exactness::SampleExact;
        let exact = Bounds { origin: 0, frames: None, is_open: false, padding: None, exactness };
        let total = self.track.num_frames.filter(|n| self.counts_frames && *n > 0);
        if let (Some(total), Some(itunes)) = (total, self.itunes)
            && itunes.delay.checked_add(itunes.frames).is_some_and(|end| end <= total)
        {
            let origin = itunes.delay as i64;
            return Bounds { origin, frames: Some(itunes.frames), ..exact };
        }
        if let (Some(total), Some(edit)) = (total, self.edit)
            && edit.start < total
        {
            let rest = total - edit.start;
            // The list's own length is rounded to the movie's time scale; the sample table knows better.
            let frames = edit.length.filter(|length| length.saturating_add(edit.tolerance) < rest).unwrap_or(rest);
            return Bounds { origin: edit.start as i64, frames: Some(frames), ..exact };
        }
        let exactness = if self.format.is_lossless() { Exactness::SampleExact } else { Exactness::LengthExact };
        Bounds { frames: total, exactness, ..exact }
    }
}

impl Headers<'_> {
    /// The fragments alone say how long it is: an index may be that of one fragment, and the header's length 0.
    fn fragmented(&self) -> Bounds {
        use Exactness::{LengthExact, SampleExact};
        let open = Bounds { origin: 0, frames: None, is_open: true, padding: None, exactness: LengthExact };
        if let Some(itunes) = self.itunes.filter(|_| self.counts_frames) {
            let origin = itunes.delay.min(i64::MAX as u64) as i64;
            return Bounds { origin, frames: Some(itunes.frames), is_open: false, exactness: SampleExact, ..open };
        }
        match self.edit.filter(|_| self.counts_frames) {
            Some(edit) => Bounds { origin: edit.start.min(i64::MAX as u64) as i64, exactness: SampleExact, ..open },
            None if self.format.is_lossless() => Bounds { exactness: SampleExact, ..open },
            None => open,
        }
    }
}

/// The fields of Opus' identification header beyond rate and channels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct OpusHeader {
    /// Frames at 48 kHz to leave out at the start.
    pub(crate) pre_skip: u16,
    /// To be applied to every sample, linear.
    pub(crate) gain: f32,
}

pub(crate) fn opus_header(params: &AudioCodecParameters) -> Option<OpusHeader> {
    let head = params.extra_data.as_deref().filter(|head| head.starts_with(b"OpusHead"))?;
    let pre_skip = u16::from_le_bytes(head.get(10..12)?.try_into().ok()?);
    let gain_db = f32::from(i16::from_le_bytes(head.get(16..18)?.try_into().ok()?)) / 256.0;
    Some(OpusHeader { pre_skip, gain: 10_f32.powf(gain_db / 20.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn itunes_tag_as_itunes_writes_it() {
        let text = " 00000000 00000840 000001CA 00000000003F31F6 00000000 00000000 00000000 00000000";
        assert_eq!(ITunesGapless::parse(text), Some(ITunesGapless { delay: 2112, frames: 4_141_558 }));
        assert_eq!(ITunesGapless::parse(" 00000000 00000840 000001CA"), None);
        assert_eq!(ITunesGapless::parse("nonsense"), None);
    }

    #[test]
    fn opus_header_gain_and_pre_skip() {
        let mut params = AudioCodecParameters::new();
        assert_eq!(opus_header(&params), None);
        // version 1, 2 channels, pre-skip 312, 48 kHz, -6 dB, mapping 0
        params.with_extra_data(Box::from(*b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\xfa\0"));
        let header = opus_header(&params).expect("it is one");
        assert_eq!(header.pre_skip, 312);
        assert!((header.gain - 0.501_187).abs() < 1e-5);
    }
}
