#![warn(missing_docs, missing_debug_implementations)]
#![forbid(clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc = include_str!("../README.md")]

use std::fmt;

use symphonia_core::audio::{
    AsGenericAudioBufferRef, AudioBuffer, AudioMut, AudioSpec, Channels, GenericAudioBufferRef,
    layouts,
};
use symphonia_core::codecs::CodecInfo;
use symphonia_core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia_core::codecs::audio::{
    AudioCodecParameters, AudioDecoder, AudioDecoderOptions, FinalizeResult,
};
use symphonia_core::codecs::registry::{RegisterableAudioDecoder, SupportedAudioCodec};
use symphonia_core::errors::{Result, unsupported_error};
use symphonia_core::io::{BufReader, ReadBytes};
use symphonia_core::support_audio_codec;

use crate::decoder::Decoder;

mod decoder;

/// Maximum sampling rate is 48 kHz for normal opus, and 96 kHz for Opus HD in the 1.6 spec.
const MAX_SAMPLE_RATE: usize = 48000;
const DEFAULT_SAMPLE_RATE: usize = 48000;
/// Assuming 48 kHz sample rate with the default 20 ms frames.
const DEFAULT_SAMPLES_PER_CHANNEL: usize = DEFAULT_SAMPLE_RATE * 20 / 1000;
/// Opus maximum frame size is 60 ms, with worst case being 120 ms when combining frames per packet.
const MAX_SAMPLES_PER_CHANNEL: usize = MAX_SAMPLE_RATE * 120 / 1000;

/// Symphonia-compatible wrapper for the libopus decoder.
pub struct OpusDecoder {
    params: AudioCodecParameters,
    decoder: Decoder,
    buf: AudioBuffer<f32>,
    pcm: Vec<f32>,
    channels: Channels,
    samples_per_channel: usize,
    sample_rate: u32,
    num_channels: usize,
    pre_skip: usize,
}

impl fmt::Debug for OpusDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpusDecoder")
            .field("params", &self.params)
            .field("decoder", &self.decoder)
            .field("buf", &"<buf>")
            .field("pcm", &"<pcm>")
            .field("samples_per_channel", &self.samples_per_channel)
            .field("sample_rate", &self.sample_rate)
            .field("num_channels", &self.num_channels)
            .finish()
    }
}

// This should probably be handled in the Ogg demuxer, but we'll include it here for now.
fn parse_pre_skip(buf: &[u8]) -> Result<usize> {
    // See https://wiki.xiph.org/OggOpus

    let mut reader = BufReader::new(buf);

    // Header - "OpusHead"
    let mut header = [0; 8];
    reader.read_buf_exact(&mut header)?;

    // Version - 1 is the only valid version currently
    reader.read_byte()?;

    // Number of channels (same as what we get from the CodecParameters)
    reader.read_byte()?;

    // Pre-skip - number of samples (at 48 kHz) to discard from the start of the stream
    let pre_skip = reader.read_u16()?;

    Ok(pre_skip as usize)
}

impl OpusDecoder {
    fn try_new(params: &AudioCodecParameters, _opts: &AudioDecoderOptions) -> Result<Self>
    where
        Self: Sized,
    {
        let num_channels = if let Some(channels) = &params.channels {
            channels.count()
        } else {
            return unsupported_error("opus: channels or channel layout is required");
        };
        let sample_rate = if let Some(sample_rate) = params.sample_rate {
            sample_rate
        } else {
            return unsupported_error("opus: sample rate required");
        };

        if !(1..=8).contains(&num_channels) {
            return unsupported_error("opus: unsupported number of channels");
        }
        let head = params.extra_data.as_deref().unwrap_or_default();
        let multistream = match head.get(18).copied() {
            Some(family) if family > 0 => {
                head.get(19).copied().zip(head.get(20).copied()).zip(head.get(21..21 + num_channels))
            }
            _ => None,
        };
        let (decoder, channels) = match (multistream, map_to_channels(num_channels), &params.channels) {
            (Some(((streams, coupled), mapping)), known, given) => {
                let decoder = Decoder::multistream(sample_rate, streams, coupled, mapping)?;
                (decoder, known.or_else(|| given.clone()))
            }
            (None, known @ Some(_), _) => (Decoder::new(sample_rate, num_channels as u32)?, known),
            _ => return unsupported_error("opus: more than two channels without a channel mapping"),
        };
        let Some(channels) = channels else {
            return unsupported_error("opus: channels or channel layout is required");
        };

        let pre_skip = if let Some(extra_data) = &params.extra_data {
            parse_pre_skip(extra_data).unwrap_or_default()
        } else {
            0
        };

        Ok(Self {
            params: params.to_owned(),
            decoder,

            buf: audio_buffer(sample_rate, DEFAULT_SAMPLES_PER_CHANNEL, &channels),
            pcm: vec![0.0; MAX_SAMPLES_PER_CHANNEL * num_channels],
            channels,
            samples_per_channel: DEFAULT_SAMPLES_PER_CHANNEL,
            sample_rate,
            num_channels,
            pre_skip,
        })
    }
}

impl AudioDecoder for OpusDecoder {
    fn codec_info(&self) -> &CodecInfo {
        &Self::supported_codecs()
            .first()
            .expect("missing codecs")
            .info
    }

    fn reset(&mut self) {
        self.decoder.reset()
    }

    fn codec_params(&self) -> &AudioCodecParameters {
        &self.params
    }

    fn decode_ref(
        &mut self,
        packet: &symphonia_core::packet::PacketRef<'_>,
    ) -> Result<GenericAudioBufferRef<'_>> {
        let samples_per_channel = self.decoder.decode(packet.data, &mut self.pcm)?;

        if samples_per_channel != self.samples_per_channel {
            self.buf = audio_buffer(self.sample_rate, samples_per_channel, &self.channels);
            self.samples_per_channel = samples_per_channel;
        }

        let samples = samples_per_channel * self.num_channels;
        let pcm = &self.pcm[..samples];

        self.buf.clear();
        self.buf.render_uninit(None);
        if self.num_channels <= 2 {
            self.buf.copy_from_slice_interleaved(&pcm);
        } else {
            // Packets have Vorbis' order of channels, the buffer that of their positions.
            for (channel, &plane) in channel_places(self.num_channels).iter().enumerate() {
                if let Some(plane) = self.buf.plane_mut(plane) {
                    let samples = pcm.iter().skip(channel).step_by(self.num_channels);
                    plane.iter_mut().zip(samples).for_each(|(to, from)| *to = *from);
                }
            }
        }

        self.buf.trim(
            packet.trim_start.get() as usize
                + (self.pre_skip * self.sample_rate as usize) / DEFAULT_SAMPLE_RATE,
            packet.trim_end.get() as usize,
        );
        // Pre-skip should only be used for the first packet, after that it should always be 0.
        self.pre_skip = 0;
        Ok(self.buf.as_generic_audio_buffer_ref())
    }

    fn finalize(&mut self) -> FinalizeResult {
        FinalizeResult::default()
    }

    fn last_decoded(&self) -> GenericAudioBufferRef<'_> {
        self.buf.as_generic_audio_buffer_ref()
    }
}

impl RegisterableAudioDecoder for OpusDecoder {
    fn try_registry_new(
        params: &AudioCodecParameters,
        opts: &AudioDecoderOptions,
    ) -> Result<Box<dyn AudioDecoder>>
    where
        Self: Sized,
    {
        Ok(Box::new(OpusDecoder::try_new(params, opts)?))
    }

    fn supported_codecs() -> &'static [SupportedAudioCodec] {
        &[support_audio_codec!(CODEC_ID_OPUS, "opus", "Opus")]
    }
}

pub(crate) fn map_to_channels(num_channels: usize) -> Option<Channels> {
    let channels = match num_channels {
        1 => layouts::CHANNEL_LAYOUT_MONO,
        2 => layouts::CHANNEL_LAYOUT_STEREO,
        _ => return None,
    };

    Some(channels)
}

/// The plane of each channel of Vorbis' order.
fn channel_places(num_channels: usize) -> &'static [usize] {
    match num_channels {
        3 => &[0, 2, 1],
        4 => &[0, 1, 2, 3],
        5 => &[0, 2, 1, 3, 4],
        6 => &[0, 2, 1, 4, 5, 3],
        7 => &[0, 2, 1, 5, 6, 4, 3],
        8 => &[0, 2, 1, 6, 7, 4, 5, 3],
        _ => &[],
    }
}

fn audio_buffer(
    sample_rate: u32,
    samples_per_channel: usize,
    channels: &Channels,
) -> AudioBuffer<f32> {
    let spec = AudioSpec::new(sample_rate, channels.clone());
    AudioBuffer::new(spec, samples_per_channel)
}
