//! The facts of a track that are known before a frame of it is played.

use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known as codec;
use symphonia::core::formats::FormatId;
use symphonia::core::formats::well_known as container;

use crate::plain::FORMAT_ID_AU;

/// How the audio is coded. The container matters only where it decides what is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// FLAC, native, in Ogg or in MP4.
    Flac,
    /// MPEG-1/2 layer III.
    Mp3,
    /// MPEG-1/2 layer II.
    Mp2,
    /// MPEG-1/2 layer I.
    Mp1,
    /// Vorbis in Ogg.
    Vorbis,
    /// Opus, in Ogg or in MP4.
    Opus,
    /// PCM or ADPCM in RIFF/WAVE, RF64, BW64 or W64.
    Wav,
    /// PCM in AIFF.
    Aiff,
    /// PCM in Sun's and NeXT's AU.
    Au,
    /// PCM or ADPCM in Apple's CAF.
    Caf,
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
            Self::Mp2 => "mp2",
            Self::Mp1 => "mp1",
            Self::Vorbis => "ogg",
            Self::Opus => "opus",
            Self::Wav => "wav",
            Self::Aiff => "aiff",
            Self::Au => "au",
            Self::Caf => "caf",
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
            Self::Mp2 => "MPEG layer II",
            Self::Mp1 => "MPEG layer I",
            Self::Vorbis => "Ogg Vorbis",
            Self::Opus => "Opus",
            Self::Wav => "WAV",
            Self::Aiff => "AIFF",
            Self::Au => "AU",
            Self::Caf => "CAF",
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
            (_, codec::CODEC_ID_MP2) => Self::Mp2,
            (_, codec::CODEC_ID_MP1) => Self::Mp1,
            (_, codec::CODEC_ID_VORBIS) => Self::Vorbis,
            (_, codec::CODEC_ID_OPUS) => Self::Opus,
            (_, codec::CODEC_ID_ALAC) => Self::Alac,
            (container::FORMAT_ID_ADTS, codec::CODEC_ID_AAC) => Self::AacAdts,
            (_, codec::CODEC_ID_AAC) => Self::Aac,
            (container::FORMAT_ID_WAVE, _) => Self::Wav,
            (container::FORMAT_ID_AIFF, _) => Self::Aiff,
            (FORMAT_ID_AU, _) => Self::Au,
            (container::FORMAT_ID_CAF, _) => Self::Caf,
            _ => Self::Other,
        }
    }

    /// True if the decoder gives back the very samples that were encoded (integers up to 24 bit).
    pub fn is_lossless(self) -> bool {
        matches!(self, Self::Flac | Self::Wav | Self::Aiff | Self::Au | Self::Caf | Self::Alac)
    }

    /// MPEG-1 and MPEG-2 audio, whose packets have headers of their own.
    pub(crate) fn is_mpeg(self) -> bool {
        matches!(self, Self::Mp3 | Self::Mp2 | Self::Mp1)
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
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is a fault of its own")]
pub struct Damage {
    /// The header promises more frames than the file has.
    pub truncated: bool,
    /// The file has more frames than the header promises; they play.
    pub longer: bool,
    /// More sound follows that is not played: a link of a chained Ogg stream that is of no known kind.
    pub more_follows: bool,
    /// A part of the file has another sample rate than its beginning, to which it is brought. All of it plays.
    pub rate_changes: bool,
    /// The number of channels changes on the way. All of it plays.
    pub channels_change: bool,
    /// The file is HE-AAC, of which only the core plays.
    pub core_only: Option<HighEfficiency>,
    /// Packets that could not be decoded and are played as silence. `probe` sees only those that it decodes, at the
    /// start and the end; `verify` sees all.
    pub bad_packets: u64,
}

impl Damage {
    /// Nothing wrong was seen.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }

    /// The faults in words for people; `None` if they would hear none.
    pub fn in_words(self) -> Option<String> {
        let faults = [
            (self.truncated, "it ends before the length that it states"),
            (self.longer, "it is longer than the length that it states; all of it plays"),
            (self.more_follows, "more sound follows the part that plays: it was joined from several files"),
            (
                self.core_only == Some(HighEfficiency::V1),
                "it is HE-AAC (SBR): the upper half of its band is not heard, nor its stereo if it is version 2",
            ),
            (
                self.core_only == Some(HighEfficiency::V2),
                "it is HE-AAC version 2 (SBR and PS): it plays in mono, without the upper half of its band",
            ),
        ];
        let words: Vec<&str> = faults.into_iter().filter_map(|(is_so, words)| is_so.then_some(words)).collect();
        (!words.is_empty()).then(|| words.join("; "))
    }
}

/// The parts of HE-AAC that are not decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HighEfficiency {
    /// Spectral band replication: the upper half of the band. Parametric stereo may be there, too, unannounced.
    V1,
    /// Parametric stereo as well.
    V2,
}
