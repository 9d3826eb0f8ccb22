//! The readers and the decoders that there are.

use std::sync::LazyLock;

use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::formats::probe::{Hint, Probe};
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;
use symphonia::default::{formats, meta};

use crate::MediaError;
use crate::plain::PlainReader;
use crate::watched::Watch;

/// Formats, and the tags that may precede them. Tags at a file's end are not read: opening a file that is still being
/// fetched must not wait for its last byte.
static PROBE: LazyLock<Probe> = LazyLock::new(|| {
    let mut probe = Probe::default();
    probe.register_format::<formats::AdtsReader<'_>>();
    probe.register_format::<formats::AiffReader<'_>>();
    probe.register_format::<formats::CafReader<'_>>();
    probe.register_format::<formats::FlacReader<'_>>();
    probe.register_format::<formats::IsoMp4Reader<'_>>();
    probe.register_format::<formats::MkvReader<'_>>();
    probe.register_format::<formats::MpaReader<'_>>();
    probe.register_format::<formats::OggReader<'_>>();
    probe.register_format::<formats::WavReader<'_>>();
    probe.register_format::<PlainReader<'_>>();
    probe.register_metadata::<meta::Id3v2Reader<'_>>();
    probe
});

static CODECS: LazyLock<CodecRegistry> = LazyLock::new(|| {
    let mut registry = CodecRegistry::new();
    symphonia::default::register_enabled_codecs(&mut registry);
    registry.register_audio_decoder::<symphonia_adapter_libopus::OpusDecoder>();
    registry
});

/// A decoder for the stream, in the state of its start.
pub(crate) fn make_codec(params: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>, MediaError> {
    CODECS.make_audio_decoder(params, &AudioDecoderOptions::default()).map_err(MediaError::from_opening)
}

pub(crate) fn recognise(
    stream: MediaSourceStream<'static>,
    hint: &Hint,
    watch: &Watch,
) -> Result<Box<dyn FormatReader>, MediaError> {
    let result = PROBE.probe(hint, stream, FormatOptions::default(), MetadataOptions::default());
    match watch.take_failure() {
        Some(failure) => Err(failure),
        None => result.map_err(MediaError::from_opening),
    }
}
