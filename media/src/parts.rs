//! The parts of a file whose sound changes its rate, its channels or its codec on the way: links of a chained Ogg file,
//! files that were joined.

use symphonia::core::audio::Channels;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_PCM_ALAW, CODEC_ID_PCM_MULAW};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder};
use symphonia::core::formats::{FormatId, FormatReader, Track, TrackType};
use symphonia::core::units::TimeBase;

use crate::MediaError;
use crate::format::Format;
use crate::registry::make_codec;

/// The sound that a reader has to offer at its place.
pub(crate) struct Link {
    pub(crate) track: Track,
    /// As the file states them.
    pub(crate) params: AudioCodecParameters,
    /// As the decoder is given them.
    pub(crate) codec_params: AudioCodecParameters,
    pub(crate) format: Format,
    pub(crate) sample_rate: u32,
    pub(crate) time_base: TimeBase,
    /// The time stamps count frames.
    pub(crate) counts_frames: bool,
    pub(crate) codec: Box<dyn AudioDecoder>,
}

impl Link {
    pub(crate) fn of(reader: &dyn FormatReader, container: FormatId) -> Result<Self, MediaError> {
        let no_track = || MediaError::Unsupported("it has no audio track of a known kind".into());
        let track = reader.default_track(TrackType::Audio).ok_or_else(no_track)?.clone();
        let Some(CodecParameters::Audio(params)) = track.codec_params.clone() else { return Err(no_track()) };
        let channels = params.channels.as_ref().map_or(1, Channels::count);
        if channels > 32 {
            return Err(MediaError::Unsupported(format!("{channels} channels")));
        }
        let format = Format::new(container, params.codec);
        let mut codec_params = params.clone();
        if format == Format::Opus {
            // The decoder would cut the pre-skip from whatever packet comes first, also after a seek.
            codec_params.extra_data = codec_params.extra_data.take().map(without_pre_skip);
        }
        if matches!(params.codec, CODEC_ID_PCM_ALAW | CODEC_ID_PCM_MULAW) {
            // They have eight bits, and decode to more. Some readers state the former.
            (codec_params.bits_per_sample, codec_params.bits_per_coded_sample) = (None, None);
        }
        let codec = make_codec(&codec_params)?;
        // Opus always decodes to this, whatever the rate that was encoded.
        let own = if format == Format::Opus { Some(48_000) } else { codec.codec_params().sample_rate };
        let sample_rate = own.or(params.sample_rate).unwrap_or(0);
        if !(1000..=768_000).contains(&sample_rate) {
            return Err(MediaError::Unsupported(format!("{sample_rate} frames per second")));
        }
        let time_base = track.time_base.or(TimeBase::try_from_recip(sample_rate)).ok_or_else(no_track)?;
        let counts_frames = TimeBase::try_from_recip(sample_rate) == Some(time_base);
        Ok(Self { track, params, codec_params, format, sample_rate, time_base, counts_frames, codec })
    }
}

/// An Opus header that states no pre-skip.
fn without_pre_skip(mut header: Box<[u8]>) -> Box<[u8]> {
    if let Some(pre_skip) = header.get_mut(10..12) {
        pre_skip.fill(0);
    }
    header
}
