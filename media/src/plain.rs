//! Plain sound in files that no other reader takes: Sony's W64, RF64 and BW64 of more than 4 GB, and AU.

use std::io::{Seek, SeekFrom};
use std::num::NonZero;

use symphonia::core::audio::{Channels, Position};
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known as codec;
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters};
use symphonia::core::errors::{Error, Result, SeekErrorKind, decode_error, seek_error, unsupported_error};
use symphonia::core::formats::probe::{ProbeDataMatchSpec, ProbeFormatData, ProbeableFormat, Score, Scoreable};
use symphonia::core::formats::well_known::FORMAT_ID_WAVE;
use symphonia::core::formats::{
    FormatId, FormatInfo, FormatOptions, FormatReader, MediaInfo, SeekMode, SeekTo, SeekedTo, Track,
};
use symphonia::core::io::{MediaSource as _, MediaSourceStream, ReadBytes, ScopedStream};
use symphonia::core::meta::{Metadata, MetadataLog};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, TimeBase, Timestamp};

/// AU has no number among the well-known ones.
pub(crate) const FORMAT_ID_AU: FormatId = FormatId::new(symphonia::core::common::FourCc::new(*b".snd"));

const W64: FormatInfo = FormatInfo { format: FORMAT_ID_WAVE, short_name: "w64", long_name: "Sony Wave64" };
const RF64: FormatInfo = FormatInfo { format: FORMAT_ID_WAVE, short_name: "rf64", long_name: "RF64 and BW64" };
const AU: FormatInfo = FormatInfo { format: FORMAT_ID_AU, short_name: "au", long_name: "Sun and NeXT audio" };

/// The second half of the names of W64's chunks, but for `riff`.
const W64_TAIL: [u8; 12] = [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];
const W64_RIFF: [u8; 16] =
    [b'r', b'i', b'f', b'f', 0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0x00, 0x00];

/// Chunks that are looked at in search of the sound.
const MAX_CHUNKS: usize = 256;
/// Frames of a packet.
const PACKET: u64 = 2048;

/// A run of samples, and how they are coded.
pub(crate) struct PlainReader<'s> {
    stream: MediaSourceStream<'s>,
    info: &'static FormatInfo,
    media: MediaInfo,
    tracks: [Track; 1],
    metadata: MetadataLog,
    start: u64,
    /// Behind the last byte of sound, as far as it is stated.
    end: u64,
    frame_bytes: NonZero<u64>,
}

/// How the samples are coded.
struct Coding {
    codec: AudioCodecId,
    sample_rate: u32,
    channels: u16,
    positions: Option<Position>,
    frame_bytes: u64,
}

impl Coding {
    /// Of the `fmt ` chunk of a WAV file.
    fn of_wave(chunk: &[u8]) -> Result<Self> {
        let u16_at = |at: usize| chunk.get(at..at + 2).map(|b| u16::from_le_bytes([b[0], b[1]]));
        let u32_at = |at: usize| chunk.get(at..at + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let (Some(mut tag), Some(channels), Some(sample_rate), Some(bits)) =
            (u16_at(0), u16_at(2), u32_at(4), u16_at(14))
        else {
            return decode_error("wav: the format chunk is too short");
        };
        let mut positions = None;
        if tag == 0xfffe {
            let mask = u32_at(20).unwrap_or(0);
            positions = Position::from_wave_channel_mask(mask).filter(|p| p.iter().count() == usize::from(channels));
            tag = u16_at(24).unwrap_or(0);
        }
        let codec = match (tag, bits) {
            (1, 8) => codec::CODEC_ID_PCM_U8,
            (1, 9..=16) => codec::CODEC_ID_PCM_S16LE,
            (1, 17..=24) => codec::CODEC_ID_PCM_S24LE,
            (1, 25..=32) => codec::CODEC_ID_PCM_S32LE,
            (3, 32) => codec::CODEC_ID_PCM_F32LE,
            (3, 64) => codec::CODEC_ID_PCM_F64LE,
            (6, _) => codec::CODEC_ID_PCM_ALAW,
            (7, _) => codec::CODEC_ID_PCM_MULAW,
            _ => return unsupported_error("wav: samples of this kind in a file of this kind"),
        };
        Ok(Self {
            codec,
            sample_rate,
            channels,
            positions,
            frame_bytes: u64::from(bits.div_ceil(8)) * u64::from(channels),
        })
    }

    fn of_au(encoding: u32, sample_rate: u32, channels: u32) -> Result<Self> {
        let (codec, bytes) = match encoding {
            1 => (codec::CODEC_ID_PCM_MULAW, 1),
            2 => (codec::CODEC_ID_PCM_S8, 1),
            3 => (codec::CODEC_ID_PCM_S16BE, 2),
            4 => (codec::CODEC_ID_PCM_S24BE, 3),
            5 => (codec::CODEC_ID_PCM_S32BE, 4),
            6 => (codec::CODEC_ID_PCM_F32BE, 4),
            7 => (codec::CODEC_ID_PCM_F64BE, 8),
            27 => (codec::CODEC_ID_PCM_ALAW, 1),
            _ => return unsupported_error("au: samples of this kind"),
        };
        let Ok(channels) = u16::try_from(channels) else { return decode_error("au: too many channels") };
        Ok(Self { codec, sample_rate, channels, positions: None, frame_bytes: bytes * u64::from(channels) })
    }
}

impl<'s> PlainReader<'s> {
    fn new(mut stream: MediaSourceStream<'s>, options: FormatOptions) -> Result<Self> {
        let magic = stream.read_quad_bytes()?;
        let (info, coding, length) = match &magic {
            b".snd" => au(&mut stream)?,
            b"riff" => w64(&mut stream)?,
            b"RF64" | b"BW64" => rf64(&mut stream)?,
            _ => return unsupported_error("plain: no such file"),
        };
        let start = stream.pos();
        let frame_bytes = match NonZero::new(coding.frame_bytes) {
            Some(bytes) if coding.channels <= 32 => bytes,
            _ => return decode_error("plain: no channels, or too many"),
        };
        let mut params = AudioCodecParameters::new();
        let channels = coding.positions.map(Channels::Positioned);
        params
            .for_codec(coding.codec)
            .with_sample_rate(coding.sample_rate)
            .with_max_frames_per_packet(PACKET)
            .with_channels(channels.unwrap_or(Channels::Discrete(coding.channels)));
        let mut track = Track::new(0);
        track.with_codec_params(CodecParameters::Audio(params));
        if let Some(base) = TimeBase::try_from_recip(coding.sample_rate) {
            track.with_time_base(base);
        }
        let rest = stream.byte_len().map(|all| all.saturating_sub(start));
        if let Some(bytes) = length.or(rest) {
            track.with_num_frames(bytes / frame_bytes);
        }
        let end = length.map_or(u64::MAX, |length| start.saturating_add(length));
        Ok(Self {
            stream,
            info,
            media: MediaInfo::from_track(&track),
            tracks: [track],
            metadata: options.external_data.metadata.unwrap_or_default(),
            start,
            end,
            frame_bytes,
        })
    }
}

/// Reads up to the first byte of sound. The number of its bytes is `None` if it is not stated.
type Head = (&'static FormatInfo, Coding, Option<u64>);

fn au(stream: &mut MediaSourceStream<'_>) -> Result<Head> {
    let offset = stream.read_be_u32()?;
    let length = Some(stream.read_be_u32()?).filter(|n| *n != u32::MAX).map(u64::from);
    let (encoding, sample_rate, channels) = (stream.read_be_u32()?, stream.read_be_u32()?, stream.read_be_u32()?);
    let coding = Coding::of_au(encoding, sample_rate, channels)?;
    match offset.checked_sub(24) {
        Some(more) => stream.ignore_bytes(more.into())?,
        None => return decode_error("au: the sound lies within the header"),
    }
    Ok((&AU, coding, length))
}

fn w64(stream: &mut MediaSourceStream<'_>) -> Result<Head> {
    let mut guid = [0; 16];
    stream.read_buf_exact(&mut guid[4..])?;
    if guid[4..] != W64_RIFF[4..] {
        return unsupported_error("w64: no such file");
    }
    stream.ignore_bytes(8 + 16)?;
    let mut coding = None;
    for _ in 0..MAX_CHUNKS {
        stream.read_buf_exact(&mut guid)?;
        // With the name and the size itself, and without what fills up eight bytes.
        let size = stream.read_u64()?;
        let is_known = guid[4..] == W64_TAIL;
        match (&guid[..4], size.checked_sub(24)) {
            (b"data", length) if is_known => {
                let Some(coding) = coding else { return decode_error("w64: the format chunk is missing") };
                return Ok((&W64, coding, length.filter(|n| *n > 0)));
            }
            (b"fmt ", Some(length @ 16..=4096)) if is_known => {
                let chunk = stream.read_boxed_slice_exact(length as usize)?;
                coding = Some(Coding::of_wave(&chunk)?);
                stream.ignore_bytes(size.wrapping_neg() % 8)?;
            }
            (_, Some(length)) => stream.ignore_bytes(length.saturating_add(size.wrapping_neg() % 8))?,
            (_, None) => return decode_error("w64: a chunk is too short"),
        }
    }
    decode_error("w64: no sound")
}

fn rf64(stream: &mut MediaSourceStream<'_>) -> Result<Head> {
    stream.ignore_bytes(4)?;
    if &stream.read_quad_bytes()? != b"WAVE" {
        return unsupported_error("rf64: no sound");
    }
    let (mut coding, mut long) = (None, None);
    for _ in 0..MAX_CHUNKS {
        let (kind, size) = (stream.read_quad_bytes()?, stream.read_u32()?);
        let padded = u64::from(size) + u64::from(size & 1);
        match &kind {
            b"ds64" if size >= 16 => {
                stream.ignore_bytes(8)?;
                long = Some(stream.read_u64()?);
                stream.ignore_bytes(padded - 16)?;
            }
            b"fmt " if (16..=4096).contains(&size) => {
                coding = Some(Coding::of_wave(&stream.read_boxed_slice_exact(size as usize)?)?);
                stream.ignore_bytes(padded - u64::from(size))?;
            }
            b"data" => {
                let Some(coding) = coding else { return decode_error("rf64: the format chunk is missing") };
                let length = if size == u32::MAX { long.filter(|n| *n > 0) } else { Some(size.into()) };
                return Ok((&RF64, coding, length));
            }
            _ => stream.ignore_bytes(padded)?,
        }
    }
    decode_error("rf64: no sound")
}

impl Scoreable for PlainReader<'_> {
    fn score(_: ScopedStream<&mut MediaSourceStream<'_>>) -> Result<Score> {
        Ok(Score::Supported(255))
    }
}

impl ProbeableFormat<'_> for PlainReader<'_> {
    fn try_probe_new(stream: MediaSourceStream<'_>, options: FormatOptions) -> Result<Box<dyn FormatReader + '_>> {
        Ok(Box::new(PlainReader::new(stream, options)?))
    }

    fn probe_data() -> &'static [ProbeFormatData] {
        const fn of(
            info: FormatInfo,
            extensions: &'static [&'static str],
            markers: &'static [&'static [u8]],
        ) -> ProbeFormatData {
            ProbeFormatData { spec: ProbeDataMatchSpec { extensions, mime_types: &[], markers }, info }
        }
        const DATA: [ProbeFormatData; 3] = [
            of(W64, &["w64"], &[&W64_RIFF]),
            of(RF64, &["rf64", "bw64"], &[b"RF64", b"BW64"]),
            of(AU, &["au", "snd"], &[b".snd"]),
        ];
        &DATA
    }
}

impl FormatReader for PlainReader<'_> {
    fn format_info(&self) -> &FormatInfo {
        self.info
    }

    fn media_info(&self) -> &MediaInfo {
        &self.media
    }

    fn metadata(&mut self) -> Metadata<'_> {
        self.metadata.metadata()
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn seek(&mut self, _: SeekMode, to: SeekTo) -> Result<SeekedTo> {
        let SeekTo::Timestamp { ts: required_ts, .. } = to else { return seek_error(SeekErrorKind::Unseekable) };
        let Ok(frame) = u64::try_from(required_ts.get()) else { return seek_error(SeekErrorKind::OutOfRange) };
        let frame = frame / PACKET * PACKET;
        let place = frame.checked_mul(self.frame_bytes.get()).and_then(|n| n.checked_add(self.start));
        let place = place.filter(|place| *place <= self.end).ok_or(Error::SeekError(SeekErrorKind::OutOfRange))?;
        self.stream.seek(SeekFrom::Start(place))?;
        Ok(SeekedTo { track_id: 0, required_ts, actual_ts: Timestamp::new(frame as i64) })
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        let at = self.stream.pos();
        let frames = (self.end.saturating_sub(at) / self.frame_bytes).min(PACKET);
        if frames == 0 {
            return Ok(None);
        }
        let data = self.stream.read_boxed_slice((frames * self.frame_bytes.get()) as usize)?;
        let whole = data.len() as u64 / self.frame_bytes;
        if whole == 0 {
            return Ok(None);
        }
        let first = at.saturating_sub(self.start) / self.frame_bytes;
        Ok(Some(Packet::new(0, Timestamp::new(first as i64), Duration::new(whole), data)))
    }

    fn into_inner<'t>(self: Box<Self>) -> MediaSourceStream<'t>
    where
        Self: 't,
    {
        self.stream
    }
}
