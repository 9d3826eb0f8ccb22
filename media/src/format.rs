//! The facts of a track that are known before a frame of it is played.

use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known as codec;
use symphonia::core::formats::FormatId;
use symphonia::core::formats::well_known as container;

/// How the audio is coded. The container matters only where it decides what is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// FLAC, native, in Ogg or in MP4.
    Flac,
    /// MPEG-1/2 layer III.
    Mp3,
    /// Vorbis in Ogg.
    Vorbis,
    /// Opus, in Ogg or in MP4.
    Opus,
    /// PCM in RIFF/WAVE.
    Wav,
    /// PCM in AIFF.
    Aiff,
    /// ALAC in MP4.
    Alac,
    /// AAC, low complexity, in MP4.
    Aac,
    /// AAC, low complexity, as a bare ADTS stream.
    AacAdts,
    /// Anything else that happens to be decodable, such as PCM in MP4.
    Other,
}

impl Format {
    /// The usual file extension, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Flac => "flac",
            Self::Mp3 => "mp3",
            Self::Vorbis => "ogg",
            Self::Opus => "opus",
            Self::Wav => "wav",
            Self::Aiff => "aiff",
            Self::Alac | Self::Aac => "m4a",
            Self::AacAdts => "aac",
            Self::Other => "bin",
        }
    }

    /// The name that people use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flac => "FLAC",
            Self::Mp3 => "MP3",
            Self::Vorbis => "Ogg Vorbis",
            Self::Opus => "Opus",
            Self::Wav => "WAV",
            Self::Aiff => "AIFF",
            Self::Alac => "ALAC",
            Self::Aac => "AAC",
            Self::AacAdts => "AAC (ADTS)",
            Self::Other => "other",
        }
    }

    pub(crate) fn new(container_id: FormatId, codec_id: AudioCodecId) -> Self {
        match (container_id, codec_id) {
            (_, codec::CODEC_ID_FLAC) => Self::Flac,
            (_, codec::CODEC_ID_MP3) => Self::Mp3,
            (_, codec::CODEC_ID_VORBIS) => Self::Vorbis,
            (_, codec::CODEC_ID_OPUS) => Self::Opus,
            (_, codec::CODEC_ID_ALAC) => Self::Alac,
            (container::FORMAT_ID_ADTS, codec::CODEC_ID_AAC) => Self::AacAdts,
            (_, codec::CODEC_ID_AAC) => Self::Aac,
            (container::FORMAT_ID_WAVE, _) => Self::Wav,
            (container::FORMAT_ID_AIFF, _) => Self::Aiff,
            _ => Self::Other,
        }
    }

    /// True if the decoder gives back the very samples that were encoded (integers up to 24 bit).
    pub fn is_lossless(self) -> bool {
        matches!(self, Self::Flac | Self::Wav | Self::Aiff | Self::Alac)
    }
}

/// How far the frames of a file are those that were encoded into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Exactness {
    /// The count is that of the frames delivered, alike on every machine, but the encoder's delay and padding are not
    /// known: the music starts some hundred frames in, and two such tracks do not join without a gap.
    LengthExact,
    /// Frame 0 is the first frame that was encoded, the last frame the last: tracks join without a gap.
    SampleExact,
}

/// The facts that opening a file tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamInfo {
    /// How the audio is coded.
    pub format: Format,
    /// Frames per second.
    pub sample_rate: u32,
    /// Channels in the file, 1 or more. What is delivered is always stereo.
    pub channels: u16,
    /// The degree to which delay and padding are known.
    pub exactness: Exactness,
    /// The number of frames, if a header that can be trusted states it. A truncated file has fewer:
    /// [`probe`](crate::probe()) looks.
    pub stated_frames: Option<u64>,
}

/// The findings of [`probe`](crate::probe()) and [`verify`](crate::verify()).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackInfo {
    /// How the audio is coded.
    pub format: Format,
    /// Frames per second.
    pub sample_rate: u32,
    /// Channels in the file, 1 or more. What is delivered is always stereo.
    pub channels: u16,
    /// The number of frames that a [`Decoder`](crate::Decoder) delivers from start to end.
    pub frames: u64,
    /// The degree to which delay and padding are known.
    pub exactness: Exactness,
    /// The faults of the file, though it plays.
    pub damage: Damage,
}

/// Faults of a file that plays in spite of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Damage {
    /// The header promises more frames than the file has.
    pub truncated: bool,
    /// Packets that could not be decoded and are played as silence. `probe` sees only those that it decodes, at the
    /// start and the end; `verify` sees all.
    pub bad_packets: u64,
}

impl Damage {
    /// Nothing wrong was seen.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}
