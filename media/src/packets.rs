//! The packets of a file's one audio track, each with its place in frames.

use std::collections::VecDeque;
use std::io::{ErrorKind, Seek, SeekFrom};

use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::well_known::{
    FORMAT_ID_CAF, FORMAT_ID_ISOMP4, FORMAT_ID_MKV, FORMAT_ID_MP1, FORMAT_ID_MP2, FORMAT_ID_MP3, FORMAT_ID_OGG,
};
use symphonia::core::formats::{FormatId, FormatReader, SeekMode, SeekTo};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::units::{Duration, Timestamp};

use crate::MediaError;
use crate::format::Format;
use crate::gapless::{Bounds, Headers, ITunesGapless};
use crate::lengths::Counter;
use crate::mpeg::Header;
use crate::parts::Link;
use crate::registry::recognise;
use crate::stream_clock::{MAX_PACKET_FRAMES, Packet, StreamClock};
use crate::watched::{Watch, Watched};
use crate::{guard, lengths, mend, mp4_edit};

/// Broken or empty packets in a row after which the rest of the file is given up.
const MAX_FAULTS_IN_A_ROW: u32 = 1000;
/// No codec takes less for a second of silence.
const LEAST_BYTES_A_SECOND: u64 = 100;
/// Packets in a row that show that another part has begun; fewer may be noise that looks like one.
const SURE_PACKETS: usize = 3;
/// The parts that opening a file gives.
pub(crate) struct Opened {
    /// The file is shorter than its header says.
    pub(crate) is_cut: bool,
    pub(crate) packets: Packets,
    pub(crate) codec: Box<dyn AudioDecoder>,
    pub(crate) format: Format,
    pub(crate) sample_rate: u32,
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
    /// The number of the part that was begun last, and the decoder's parameters in it.
    part: u32,
    params: AudioCodecParameters,
    /// The clock and the parameters of the first part, and its end if it is stated.
    first: (StreamClock, AudioCodecParameters),
    first_end: Option<u64>,
    /// The frame behind the last packet that was placed.
    end: i64,
    /// What was read ahead: packets that are placed, and those behind them that are not.
    peeked: VecDeque<Packet>,
    ahead: VecDeque<symphonia::core::packet::Packet>,
    /// Of a file whose own times are too coarse.
    counter: Option<Counter>,
    /// Another stream was begun (chained Ogg) that is of no known kind.
    lost: bool,
    /// The reader panicked: it is not to be asked again.
    broken: bool,
    /// Faults between packets, which leave holes.
    pub(crate) faults: u64,
    container: FormatId,
    format: Format,
    bytes: Option<u64>,
}

impl Packets {
    pub(crate) fn open(source: Box<dyn MediaSource>, extension: &str) -> Result<Opened, MediaError> {
        if source.byte_len() == Some(0) {
            return Err(MediaError::Empty);
        }
        let bytes = source.byte_len();
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
        let itunes = reader.metadata().skip_to_latest().and_then(ITunesGapless::find);
        let edits = if container == FORMAT_ID_ISOMP4 { movie.edits } else { Vec::new() };
        let is_fragmented = container == FORMAT_ID_ISOMP4 && movie.is_fragmented;
        let Link { track, params, codec_params, format, sample_rate, time_base, counts_frames, codec } =
            Link::of(reader.as_ref(), container)?;
        let counter = match container {
            FORMAT_ID_MKV => Some(Counter::new(&params, sample_rate, time_base).ok_or_else(uncounted)?),
            _ => None,
        };
        let counts_frames = counts_frames || counter.is_some();
        let packet_frames = match (counts_frames, format) {
            (true, _) => None,
            (false, Format::Aac) => Some(1024),
            (false, _) => return Err(uncounted()),
        };
        let edit = edits.into_iter().find(|edit| edit.track_id == track.id);
        let headers =
            Headers { container, format, track: &track, params: &params, counts_frames, is_fragmented, edit, itunes };
        let bounds = headers.bounds();
        let delay = i64::from(track.delay.unwrap_or(0));
        let first = match container {
            FORMAT_ID_OGG => track.start_ts.get(),
            FORMAT_ID_CAF => -delay,
            _ if format.is_mpeg() && counter.is_none() => -delay,
            _ => 0,
        };
        let clock = StreamClock {
            track_id: track.id,
            sample_rate,
            track_rate: sample_rate,
            base: 0,
            time_base,
            packet_frames,
            origin: bounds.origin,
            first,
            untrimmed: format.is_mpeg() && counter.is_none(),
        };
        let packets = Self {
            reader: Some(reader),
            watch,
            hint,
            clock,
            preroll: preroll(format),
            part: 0,
            params: codec_params.clone(),
            first: (clock, codec_params),
            first_end: bounds.frames.filter(|_| container == FORMAT_ID_OGG),
            end: i64::MIN,
            peeked: VecDeque::new(),
            ahead: VecDeque::new(),
            counter,
            lost: false,
            broken: false,
            faults: 0,
            container,
            format,
            bytes,
        };
        // The Ogg reader states the length only after it has found the last page.
        let end_is_certain = container == FORMAT_ID_OGG;
        // The reader believes no end that is later than the last packet's, and leaves the excess as padding.
        let padding = track.padding.map_or(0, u64::from);
        let is_cut = is_cut || (container == FORMAT_ID_OGG && padding > MAX_PACKET_FRAMES);
        Ok(Opened { is_cut, packets, codec, format, sample_rate, bounds, end_is_certain })
    }

    /// Frames that must be decoded ahead of one that is to be right.
    pub(crate) fn preroll(&self) -> u64 {
        self.preroll
    }

    /// True if the file is large enough for so many seconds of sound, however quiet.
    pub(crate) fn has_room_for(&self, seconds: u64) -> bool {
        self.bytes.is_none_or(|bytes| seconds <= bytes / LEAST_BYTES_A_SECOND)
    }

    pub(crate) fn is_ogg(&self) -> bool {
        self.container == FORMAT_ID_OGG
    }

    /// True if a packet can be found without those before it, and is one of the first part.
    pub(crate) fn can_skip(&self) -> bool {
        self.is_seekable() && !self.is_walked() && !self.is_ogg() && self.part == 0 && !self.lost
    }

    /// Of MPEG audio, ADTS and Matroska, what lies before decides where a frame is.
    fn is_walked(&self) -> bool {
        self.is_mpeg() || self.format == Format::AacAdts || self.counter.is_some()
    }

    /// True if another stream was found behind this one.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost
    }

    pub(crate) fn is_seekable(&self) -> bool {
        self.watch.is_seekable()
    }

    /// The parameters of the part that was read last, for its decoder.
    pub(crate) fn params(&self) -> &AudioCodecParameters {
        &self.params
    }

    /// The next packet of the track, or `None` at the end of what can be read.
    pub(crate) fn next(&mut self) -> Result<Option<Packet>, MediaError> {
        if let Some(packet) = self.peeked.pop_front() {
            return Ok(Some(packet));
        }
        let inner = match self.ahead.pop_front() {
            Some(inner) => inner,
            None => match self.read()? {
                Some(inner) => inner,
                None => return Ok(None),
            },
        };
        self.note_rate(&inner)?;
        let packet = self.clock.place(inner, self.part);
        self.end = packet.end();
        Ok(Some(packet))
    }

    /// Packets that were taken come once more, before the others.
    pub(crate) fn give_back(&mut self, packets: impl IntoIterator<Item = Packet>) {
        for (n, packet) in packets.into_iter().enumerate() {
            self.peeked.insert(n, packet);
        }
    }

    /// MPEG audio has its rate in each packet: where another one begins, so does another part.
    fn note_rate(&mut self, packet: &symphonia::core::packet::Packet) -> Result<(), MediaError> {
        let rate = |data: &[u8]| Header::read(data).map(|header| header.sample_rate);
        let Some(own) = rate(&packet.data).filter(|own| self.is_mpeg() && *own != self.clock.sample_rate) else {
            return Ok(());
        };
        while self.ahead.len() + 1 < SURE_PACKETS
            && let Some(more) = self.read()?
        {
            self.ahead.push_back(more);
        }
        if self.ahead.len() + 1 >= SURE_PACKETS && self.ahead.iter().all(|more| rate(&more.data) == Some(own)) {
            let origin = packet.pts.get();
            self.begin_part(StreamClock { sample_rate: own, origin, ..self.clock });
        }
        Ok(())
    }

    /// Another link of the file has begun. `false`: it cannot be decoded.
    fn begin_link(&mut self) -> bool {
        let Some(reader) = &self.reader else { return false };
        let Ok(link) = Link::of(reader.as_ref(), self.container) else { return false };
        if !link.counts_frames {
            return false;
        }
        let (container, format) = (self.container, link.format);
        let headers = Headers {
            container,
            format,
            track: &link.track,
            params: &link.params,
            counts_frames: true,
            is_fragmented: false,
            edit: None,
            itunes: None,
        };
        let origin = headers.bounds().origin;
        let (track_id, sample_rate, time_base) = (link.track.id, link.sample_rate, link.time_base);
        self.preroll = self.preroll.max(preroll(format));
        self.params = link.codec_params;
        self.begin_part(StreamClock { track_id, sample_rate, time_base, origin, packet_frames: None, ..self.clock });
        true
    }

    fn begin_part(&mut self, clock: StreamClock) {
        self.part += 1;
        self.clock = StreamClock { base: self.end.max(0), ..clock };
    }

    /// MPEG audio in a container has the container's time.
    fn is_mpeg(&self) -> bool {
        matches!(self.container, FORMAT_ID_MP3 | FORMAT_ID_MP2 | FORMAT_ID_MP1)
    }

    /// The next packet as it is in the file.
    fn read(&mut self) -> Result<Option<symphonia::core::packet::Packet>, MediaError> {
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
                Ok(Some(mut packet)) => {
                    self.watch.progress();
                    if packet.track_id != self.clock.track_id {
                        continue;
                    }
                    if let Some(counter) = &mut self.counter {
                        counter.count(&mut packet);
                    } else if self.container == FORMAT_ID_CAF
                        && let Some(own) = lengths::alac(&packet.data).filter(|_| self.format == Format::Alac)
                    {
                        packet.dur = packet.dur.min(Duration::new(own));
                    }
                    if !packet.data.is_empty() {
                        self.faults += outside;
                        return Ok(Some(packet));
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
                Err(Error::ResetRequired) => {
                    in_a_row += 1;
                    self.lost = !self.begin_link();
                }
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
        if self.peeked.is_empty() {
            let packet = self.next()?;
            self.peeked.extend(packet);
        }
        Ok(self.peeked.front())
    }

    /// Tries to go to a packet at or before the one that `frame` and its pre-roll need. `false` if the format or its
    /// reader cannot: the position is then unknown, and `rewind` helps.
    pub(crate) fn seek(&mut self, frame: u64) -> Result<bool, MediaError> {
        if self.is_seekable() && (self.is_walked() || self.first_end.is_some_and(|end| frame >= end)) {
            return self.walk_to(frame);
        }
        if self.part > 0 {
            self.rewind()?;
        }
        self.forget_what_is_ahead();
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

    /// The same by reading all packets before it.
    fn walk_to(&mut self, frame: u64) -> Result<bool, MediaError> {
        let target = (frame.min(i64::MAX as u64) as i64).saturating_sub_unsigned(self.preroll);
        let at = self.peeked.front().map_or(self.end, |packet| packet.start);
        if at > target || self.lost || self.broken {
            self.rewind()?;
        }
        let faults = self.faults;
        while self.peek()?.is_some_and(|packet| packet.end() <= target) {
            self.peeked.pop_front();
        }
        self.faults = faults;
        Ok(true)
    }

    fn forget_what_is_ahead(&mut self) {
        self.peeked.clear();
        self.ahead.clear();
        self.watch.progress();
    }

    /// Back to the first packet, by opening the file anew.
    pub(crate) fn rewind(&mut self) -> Result<(), MediaError> {
        self.forget_what_is_ahead();
        (self.clock, self.params) = self.first.clone();
        (self.part, self.end) = (0, i64::MIN);
        if let Some(counter) = &mut self.counter {
            counter.restart();
        }
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

fn uncounted() -> MediaError {
    MediaError::Unsupported("time stamps that do not count frames".into())
}

/// The preroll that a decoder needs before its output is right, in frames.
fn preroll(format: Format) -> u64 {
    match format {
        // The bit reservoir reaches back 511 bytes, which is many frames at the lowest rates; then the overlap.
        Format::Mp3 => 24 * 1152,
        // The filter's memory.
        Format::Mp2 | Format::Mp1 => 2 * 1152,
        // One block of the largest size.
        Format::Vorbis => 8192,
        // RFC 7845 asks for 80 ms; more brings the decoder's memory closer to what it would have been.
        Format::Opus => 9600,
        // The overlap of one packet.
        Format::Aac | Format::AacAdts => 3 * 1024,
        _ => 0,
    }
}
