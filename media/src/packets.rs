//! The packets of a file's one audio track, each with its place in frames.

use std::io::{ErrorKind, Seek, SeekFrom};
use std::sync::LazyLock;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::{Hint, Probe};
use symphonia::core::formats::well_known::{FORMAT_ID_ISOMP4, FORMAT_ID_OGG};
use symphonia::core::formats::{FormatId, FormatOptions, FormatReader, SeekMode, SeekTo, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::units::{TimeBase, Timestamp};
use symphonia::default::{formats, meta};

use crate::MediaError;
use crate::format::Format;
use crate::gapless::{Bounds, Headers, ITunesGapless};
use crate::watched::{Watch, Watched};
use crate::{guard, mend, mp4_edit};

/// Broken or empty packets in a row after which the rest of the file is given up.
const MAX_FAULTS_IN_A_ROW: u32 = 1000;
/// No codec has longer packets, in frames.
pub(crate) const MAX_PACKET_FRAMES: u64 = 65_536;

/// Formats, and the tags that may precede them. Tags at a file's end are not read: opening a file that is still being
/// fetched must not wait for its last byte.
static PROBE: LazyLock<Probe> = LazyLock::new(|| {
    let mut probe = Probe::default();
    probe.register_format::<formats::AdtsReader<'_>>();
    probe.register_format::<formats::AiffReader<'_>>();
    probe.register_format::<formats::FlacReader<'_>>();
    probe.register_format::<formats::IsoMp4Reader<'_>>();
    probe.register_format::<formats::MpaReader<'_>>();
    probe.register_format::<formats::OggReader<'_>>();
    probe.register_format::<formats::WavReader<'_>>();
    probe.register_metadata::<meta::Id3v2Reader<'_>>();
    probe
});

static CODECS: LazyLock<CodecRegistry> = LazyLock::new(|| {
    let mut registry = CodecRegistry::new();
    symphonia::default::register_enabled_codecs(&mut registry);
    registry.register_audio_decoder::<symphonia_adapter_libopus::OpusDecoder>();
    registry
});

/// A packet and the frames that it decodes to.
pub(crate) struct Packet {
    /// The frame that the first decoded frame is; before 0 is encoder delay.
    pub(crate) start: i64,
    /// How many frames it decodes to.
    pub(crate) frames: u64,
    pub(crate) inner: symphonia::core::packet::Packet,
}

impl Packet {
    /// The frame after the last.
    pub(crate) fn end(&self) -> i64 {
        self.start.saturating_add_unsigned(self.frames)
    }
}

/// The parts that opening a file gives.
pub(crate) struct Opened {
    /// The file is shorter than its header says.
    pub(crate) is_cut: bool,
    pub(crate) packets: Packets,
    pub(crate) codec: Box<dyn AudioDecoder>,
    pub(crate) format: Format,
    pub(crate) sample_rate: u32,
    pub(crate) params: AudioCodecParameters,
    pub(crate) bounds: Bounds,
    /// The last packet was seen to be there.
    pub(crate) end_is_certain: bool,
}

/// Reads packets, forwards or from any frame.
pub(crate) struct Packets {
    /// `None` only after a rewind failed.
    reader: Option<Box<dyn FormatReader>>,
    watch: Watch,
    hint: Hint,
    clock: StreamClock,
    preroll: u64,
    peeked: Option<Packet>,
    /// Another stream was begun (chained Ogg): the reader forgot ours.
    lost: bool,
    /// The reader panicked: it is not to be asked again.
    broken: bool,
    /// Faults between packets, which leave holes.
    pub(crate) faults: u64,
    container: FormatId,
}

/// From the track's time stamps to frames and back.
#[derive(Debug, Clone, Copy)]
struct StreamClock {
    track_id: u32,
    sample_rate: u32,
    time_base: TimeBase,
    /// If the time stamps do not count frames: the number of frames in every packet, by which they are made exact.
    packet_frames: Option<u64>,
    origin: i64,
    /// The earliest time stamp that may be sought.
    first: i64,
    /// The packet's own duration already includes what is trimmed (see `frames`).
    untrimmed: bool,
}

impl Packets {
    pub(crate) fn open(source: Box<dyn MediaSource>, extension: &str) -> Result<Opened, MediaError> {
        if source.byte_len() == Some(0) {
            return Err(MediaError::Empty);
        }
        let (source, watch) = Watched::new(source);
        let mut source = mend::mend(source);
        let is_cut = source.is_cut();
        let movie = mp4_edit::read(&mut source);
        if let Some(failure) = watch.take_failure() {
            return Err(failure);
        }
        let mut hint = Hint::new();
        if !extension.is_empty() {
            hint.with_extension(extension);
        }
        let stream = MediaSourceStream::new(Box::new(source), MediaSourceStreamOptions::default());
        let mut reader = recognise(stream, &hint, &watch)?;

        let container = reader.format_info().format;
        let latest = reader.metadata().skip_to_latest().and_then(ITunesGapless::find);
        let no_track = || MediaError::Unsupported("it has no audio track of a known kind".into());
        let track = reader.default_track(TrackType::Audio).ok_or_else(no_track)?.clone();
        let Some(CodecParameters::Audio(params)) = &track.codec_params else { return Err(no_track()) };
        let channels = params.channels.as_ref().map_or(1, symphonia::core::audio::Channels::count);
        if channels > 32 {
            return Err(MediaError::Unsupported(format!("{channels} channels")));
        }
        let format = Format::new(container, params.codec);
        let mut codec_params = params.clone();
        if format == Format::Opus {
            // The decoder would cut the pre-skip from whatever packet comes first, also after a seek.
            codec_params.extra_data = codec_params.extra_data.take().map(without_pre_skip);
        }
        let codec = make_codec(&codec_params)?;

        let sample_rate = codec.codec_params().sample_rate.or(params.sample_rate).unwrap_or(0);
        if !(1000..=768_000).contains(&sample_rate) {
            return Err(MediaError::Unsupported(format!("{sample_rate} frames per second")));
        }
        let time_base = track.time_base.or(TimeBase::try_from_recip(sample_rate)).ok_or_else(no_track)?;
        let counts_frames = TimeBase::try_from_recip(sample_rate) == Some(time_base);
        let packet_frames = match (counts_frames, format) {
            (true, _) => None,
            (false, Format::Aac) => Some(1024),
            (false, _) => return Err(MediaError::Unsupported("time stamps that do not count frames".into())),
        };
        let is_fragmented = container == FORMAT_ID_ISOMP4 && movie.is_fragmented;
        let edit = movie.edits.into_iter().find(|edit| container == FORMAT_ID_ISOMP4 && edit.track_id == track.id);
        let headers =
            Headers { container, format, track: &track, params, counts_frames, is_fragmented, edit, itunes: latest };
        let bounds = headers.bounds();
        let delay = i64::from(track.delay.unwrap_or(0));
        let first = match container {
            FORMAT_ID_OGG => track.start_ts.get(),
            _ if matches!(format, Format::Mp3 | Format::Mp2) => -delay,
            _ => 0,
        };
        let clock = StreamClock {
            track_id: track.id,
            sample_rate,
            time_base,
            packet_frames,
            origin: bounds.origin,
            first,
            untrimmed: matches!(format, Format::Mp3 | Format::Mp2),
        };
        let packets = Self {
            reader: Some(reader),
            watch,
            hint,
            clock,
            preroll: preroll(format),
            peeked: None,
            lost: false,
            broken: false,
            faults: 0,
            container,
        };
        // The Ogg reader states the length only after it has found the last page.
        let end_is_certain = container == FORMAT_ID_OGG;
        // The reader believes no end that is later than the last packet's, and leaves the excess as padding.
        let padding = track.padding.map_or(0, u64::from);
        let is_cut = is_cut || (container == FORMAT_ID_OGG && padding > MAX_PACKET_FRAMES);
        Ok(Opened { is_cut, params: params.clone(), packets, codec, format, sample_rate, bounds, end_is_certain })
    }

    /// Frames that must be decoded ahead of one that is to be right.
    pub(crate) fn preroll(&self) -> u64 {
        self.preroll
    }

    pub(crate) fn is_ogg(&self) -> bool {
        self.container == FORMAT_ID_OGG
    }

    pub(crate) fn is_mp4(&self) -> bool {
        self.container == FORMAT_ID_ISOMP4
    }

    /// True if another stream was found behind this one.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost
    }

    pub(crate) fn is_seekable(&self) -> bool {
        self.watch.is_seekable()
    }

    /// The next packet of the track, or `None` at the end of what can be read.
    pub(crate) fn next(&mut self) -> Result<Option<Packet>, MediaError> {
        if let Some(packet) = self.peeked.take() {
            return Ok(Some(packet));
        }
        let (mut in_a_row, mut outside) = (0, 0);
        while in_a_row < MAX_FAULTS_IN_A_ROW && !self.lost && !self.broken {
            let Some(reader) = &mut self.reader else { return Ok(None) };
            let result = guard::catch(|| reader.next_packet()).map_err(|panic| {
                self.broken = true;
                MediaError::Corrupt(format!("the reader gave up: {panic}"))
            })?;
            if let Some(failure) = self.watch.take_failure() {
                return Err(failure);
            }
            match result {
                Ok(Some(packet)) => {
                    self.watch.progress();
                    if packet.track_id != self.clock.track_id {
                        continue;
                    }
                    if !packet.data.is_empty() {
                        self.faults += outside;
                        return Ok(Some(self.clock.place(packet)));
                    }
                    in_a_row += 1;
                }
                Ok(None) => return Ok(None),
                // A table may place one sample outside of the file, and the next within.
                Err(Error::IoError(e))
                    if e.kind() == ErrorKind::UnexpectedEof && self.container == FORMAT_ID_ISOMP4 =>
                {
                    outside += 1;
                    in_a_row += 1;
                }
                Err(Error::IoError(e)) if e.kind() == ErrorKind::UnexpectedEof => return Ok(None),
                Err(Error::ResetRequired) => self.lost = true,
                Err(error) => {
                    tracing::debug!(%error, "packet skipped");
                    self.faults += 1;
                    in_a_row += 1;
                }
            }
        }
        Ok(None)
    }

    /// Looks at the next packet without taking it.
    pub(crate) fn peek(&mut self) -> Result<Option<&Packet>, MediaError> {
        if self.peeked.is_none() {
            self.peeked = self.next()?;
        }
        Ok(self.peeked.as_ref())
    }

    /// Tries to go to a packet at or before the one that `frame` and its pre-roll need. `false` if the format or its
    /// reader cannot: the position is then unknown, and `rewind` helps.
    pub(crate) fn seek(&mut self, frame: u64) -> Result<bool, MediaError> {
        self.peeked = None;
        self.watch.progress();
        let Some(reader) = self.reader.as_mut().filter(|_| !self.lost && !self.broken) else { return Ok(false) };
        let ts = Timestamp::new(self.clock.time_stamp(frame, self.preroll));
        let to = SeekTo::Timestamp { ts, track_id: self.clock.track_id };
        let result = guard::catch(|| reader.seek(SeekMode::Accurate, to)).unwrap_or_else(|_| {
            self.broken = true;
            Err(Error::DecodeError("the reader failed"))
        });
        if let Some(failure) = self.watch.take_failure() {
            return Err(failure);
        }
        // What goes wrong on the way is not heard.
        let faults = self.faults;
        let target = frame.min(i64::MAX as u64) as i64;
        let arrived = result.is_ok() && self.peek()?.is_some_and(|packet| packet.start <= target);
        self.faults = faults;
        Ok(arrived)
    }

    /// Back to the first packet, by opening the file anew.
    pub(crate) fn rewind(&mut self) -> Result<(), MediaError> {
        self.peeked = None;
        self.watch.progress();
        let mut stream = self.reader.take().ok_or(MediaError::CannotSeek)?.into_inner();
        if !stream.is_seekable() || stream.seek(SeekFrom::Start(0)).is_err() {
            return Err(self.watch.take_failure().unwrap_or(MediaError::CannotSeek));
        }
        self.reader = Some(recognise(stream, &self.hint, &self.watch)?);
        self.lost = false;
        self.broken = false;
        Ok(())
    }
}

/// A decoder for the stream, in the state of its start.
pub(crate) fn make_codec(params: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>, MediaError> {
    CODECS.make_audio_decoder(params, &AudioDecoderOptions::default()).map_err(MediaError::from_opening)
}

/// An Opus header that states no pre-skip.
fn without_pre_skip(mut header: Box<[u8]>) -> Box<[u8]> {
    if let Some(pre_skip) = header.get_mut(10..12) {
        pre_skip.fill(0);
    }
    header
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

/// The preroll that a decoder needs before its output is right, in frames.
fn preroll(format: Format) -> u64 {
    match format {
        // The bit reservoir reaches back 511 bytes, which is many frames at the lowest rates; then the overlap.
        Format::Mp3 => 24 * 1152,
        // The filter's memory.
        Format::Mp2 => 2 * 1152,
        // One block of the largest size.
        Format::Vorbis => 8192,
        // RFC 7845 asks for 80 ms; more brings the decoder's memory closer to what it would have been.
        Format::Opus => 9600,
        // The overlap of one packet.
        Format::Aac | Format::AacAdts => 3 * 1024,
        _ => 0,
    }
}

impl StreamClock {
    fn place(&self, packet: symphonia::core::packet::Packet) -> Packet {
        let (start, frames) = match self.packet_frames {
            Some(n) => {
                let n = n as i64;
                let index = self.frames(packet.pts.get()).saturating_add(n / 2).div_euclid(n);
                (index.saturating_mul(n), n as u64)
            }
            // The MP3 reader sets `dur` to all frames of the packet and the trims besides.
            None if self.untrimmed => (packet.pts.get(), packet.dur.get()),
            // What is trimmed at the end is not heard, and the next packet's time stamp knows it.
            None => (packet.pts.get(), packet.dur.saturating_add(packet.trim_start).get()),
        };
        Packet { start: start.saturating_sub(self.origin), frames: frames.min(MAX_PACKET_FRAMES), inner: packet }
    }

    fn frames(&self, time_stamp: i64) -> i64 {
        let scale = i128::from(self.time_base.numer.get()) * i128::from(self.sample_rate);
        let frames = (i128::from(time_stamp) * scale).div_euclid(self.time_base.denom.get().into());
        frames.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }

    /// The time stamp of the frame that is `ahead` frames ahead of `frame`, or the first.
    fn time_stamp(&self, frame: u64, ahead: u64) -> i64 {
        // Encoder delay is pre-roll, too: the position may lie before frame 0.
        let position = i128::from(frame) + i128::from(self.origin) - i128::from(ahead);
        let scale = i128::from(self.time_base.numer.get()) * i128::from(self.sample_rate);
        let ts = match self.packet_frames {
            None => position,
            Some(_) => (position * i128::from(self.time_base.denom.get())).div_euclid(scale),
        };
        ts.clamp(self.first.into(), i64::MAX.into()) as i64
    }
}
