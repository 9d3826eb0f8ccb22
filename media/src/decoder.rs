//! From a file to stereo frames, from any frame on.

use std::ops::Range;

use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::codecs::audio::well_known::profiles::{CODEC_PROFILE_AAC_HE, CODEC_PROFILE_AAC_HE_V2};
use symphonia::core::errors::Error;
use symphonia::core::units::Duration;

use crate::downmix::Downmix;
use crate::format::{Damage, Format, HighEfficiency, StreamInfo, TrackInfo};
use crate::gapless::opus_header;
use crate::mpeg::Header;
use crate::packets::{Opened, Packets};
use crate::registry::make_codec;
use crate::resample::{self, Resampler};
use crate::stream_clock::Packet;
use crate::timeline::Timeline;
use crate::{MediaError, MediaSource};

/// Packets at the start of a file that may fail before the whole file is given up.
const MAX_FAILURES_AT_START: usize = 256;
/// Packets behind a stated end that show that the sound goes on: fewer may be a tag that looks like one.
const MORE_PACKETS: u32 = 3;
/// No block has more frames.
const MAX_BLOCK_FRAMES: usize = 65_536;
/// Silence is delivered in blocks of at most this many frames.
const SILENCE_FRAMES: usize = 4096;
static SILENCE: [f32; 2 * SILENCE_FRAMES] = [0.0; 2 * SILENCE_FRAMES];
/// No track is longer, in seconds.
const MAX_LENGTH_S: u64 = 7 * 24 * 3600;

/// Delivers a file's frames as interleaved stereo.
///
/// It blocks in the source's `read`, and belongs on a thread where that is allowed.
pub struct Decoder {
    packets: Packets,
    codec: Box<dyn AudioDecoder>,
    info: StreamInfo,
    gain: f32,
    timeline: Timeline,
    /// Packets that end before this frame need not be decoded.
    decode_from: i64,
    /// If packets are missing at the end, it is because they are broken, and not because the file was cut.
    fill_to_end: bool,
    pending: Pending,
    /// The last decoded packet, interleaved stereo.
    block: Vec<f32>,
    scratch: Vec<f32>,
    ended: bool,
    bad_packets: u64,
    /// The part that `codec` is for, and what brings it to the rate of the first.
    part: u32,
    resampler: Option<Resampler>,
    resampled: Vec<f32>,
    /// Nothing is placed after this frame.
    end: Option<u64>,
    /// If more packets follow the end and this many frames of padding, the header states too small a length, or that of
    /// the first part.
    padding: Option<u64>,
    has_resumed: bool,
    /// Those met so far that are not counted elsewhere.
    faults: Damage,
}

/// The rest of the last packet, still to be delivered, in this order, in frames.
#[derive(Debug, Default)]
struct Pending {
    silence_before: u64,
    block: Range<usize>,
    silence_after: u64,
}

impl Pending {
    fn frames(&self) -> u64 {
        self.silence_before + self.block.len() as u64 + self.silence_after
    }
}

impl Decoder {
    /// Opens a file and decodes its first packet. `hint` is a file extension without dot, or empty; the bytes decide.
    ///
    /// Reads the start of the file only, but for Ogg (also the last 64 KiB, for the length), MP4 whose movie header is
    /// at the end, AIFF (every chunk's header, so that the whole may be read over) and ADTS (some samples of the rate).
    pub fn open(source: Box<dyn MediaSource>, hint: &str) -> Result<Self, MediaError> {
        let Opened { is_cut, packets, codec, format, sample_rate, bounds, end_is_certain } =
            Packets::open(source, hint)?;
        let believable = u64::from(sample_rate) * MAX_LENGTH_S;
        let stated_frames = bounds.frames.filter(|n| (1..=believable).contains(n));
        let info = StreamInfo { format, sample_rate, channels: 0, exactness: bounds.exactness, stated_frames };
        // Where there is nothing to cut behind the last frame, a header that states too little takes nothing away.
        let end = stated_frames.filter(|_| !bounds.is_open);
        let padding = bounds.padding.or(packets.is_ogg().then_some(0));
        let padding = padding.filter(|_| end.is_some() && packets.is_seekable());
        let mut decoder = Self {
            gain: opus_header(packets.params()).map_or(1.0, |header| header.gain),
            packets,
            codec,
            end,
            padding,
            timeline: Timeline::new(0, end, info.sample_rate),
            part: 0,
            resampler: None,
            resampled: Vec::new(),
            info,
            decode_from: i64::MIN,
            fill_to_end: end_is_certain && stated_frames.is_some(),
            pending: Pending::default(),
            block: Vec::new(),
            scratch: Vec::new(),
            ended: false,
            bad_packets: 0,
            has_resumed: false,
            faults: Damage { truncated: is_cut, ..Damage::default() },
        };
        decoder.decode_first()?;
        Ok(decoder)
    }

    /// The facts of the stream that opening the file told.
    pub fn info(&self) -> &StreamInfo {
        &self.info
    }

    /// The frame that the next block begins with.
    pub fn position(&self) -> u64 {
        self.timeline.next() - self.pending.frames()
    }

    /// Packets so far that could not be decoded, or not even be found, and were played as silence.
    pub fn bad_packets(&self) -> u64 {
        self.bad_packets + self.packets.faults
    }

    /// The next block will begin with exactly this frame. At or after the end there is no next block.
    ///
    /// Costs what the format costs: FLAC, Ogg, WAV, AIFF and MP4 read a few dozen KiB, MP3 and ADTS walk the file's
    /// frame headers. Where a format's reader fails, the file is walked from its start. After an error try again once;
    /// if that fails, too, open the file anew.
    pub fn seek(&mut self, frame: u64) -> Result<(), MediaError> {
        self.pending = Pending::default();
        // Until the new place is reached, there is nothing to deliver.
        self.ended = true;
        let reached = self.timeline.next();
        self.timeline = Timeline::new(frame, self.end, self.info.sample_rate);
        if self.timeline.is_complete() && !self.find_more(frame)? {
            return Ok(());
        }
        self.codec.reset();
        self.has_resumed = false;
        if self.packets.is_seekable() {
            if !self.packets.seek(frame)? {
                self.packets.rewind()?;
            }
        } else if frame < reached {
            return Err(MediaError::CannotSeek);
        }
        self.decode_from = (frame.min(i64::MAX as u64) as i64).saturating_sub_unsigned(self.packets.preroll());
        self.ended = false;
        Ok(())
    }

    /// The next frames, interleaved left and right, 1 to 65,536 of them; `None` at the end.
    ///
    /// Full scale is +-1.0; integer samples of up to 24 bit are exactly value / 2^(bits - 1). After an error the
    /// position is lost until the next `seek`.
    pub fn next_block(&mut self) -> Result<Option<&[f32]>, MediaError> {
        while self.pending.frames() == 0 {
            if !self.decode_next()? {
                return Ok(None);
            }
        }
        let silence = if self.pending.silence_before > 0 {
            &mut self.pending.silence_before
        } else if !self.pending.block.is_empty() {
            let Range { start, end } = self.pending.block;
            let stop = end.min(start + MAX_BLOCK_FRAMES);
            self.pending.block.start = stop;
            return Ok(self.block.get(2 * start..2 * stop));
        } else {
            &mut self.pending.silence_after
        };
        let frames = (*silence).min(SILENCE_FRAMES as u64);
        *silence -= frames;
        Ok(Some(&SILENCE[..2 * frames as usize]))
    }

    /// Opens the file anew, so that the parser is in the state of a decoder that plays from the start: some parsers
    /// cut a broken file into other packets after a seek.
    pub(crate) fn restart(&mut self) -> Result<(), MediaError> {
        self.packets.rewind()?;
        self.codec.reset();
        self.has_resumed = false;
        self.timeline = Timeline::new(0, self.end, self.info.sample_rate);
        self.decode_from = i64::MIN;
        self.pending = Pending::default();
        self.ended = false;
        Ok(())
    }

    /// Places the rest of the packets without decoding them. Returns the number of frames of the whole track.
    pub(crate) fn walk(&mut self) -> Result<u64, MediaError> {
        loop {
            if self.timeline.is_complete() && !self.find_more(self.timeline.next())? {
                break;
            }
            match self.packets.next()? {
                Some(packet) => {
                    self.note_changes(&packet);
                    self.timeline.place(packet.start, packet.frames);
                    self.check_length()?;
                }
                None if self.resume()? => {}
                None => break,
            }
        }
        self.fill_to_end();
        self.ended = true;
        self.pending = Pending::default();
        Ok(self.timeline.next())
    }

    /// True if the file is large enough for so many frames: a packet may be dated days later.
    pub(crate) fn may_have(&self, frames: u64) -> bool {
        self.packets.has_room_for(frames / u64::from(self.info.sample_rate))
    }

    /// True if a packet is there for this frame. Decodes nothing; the position is lost.
    pub(crate) fn has_packet_for(&mut self, frame: u64) -> Result<bool, MediaError> {
        self.seek(frame)?;
        while !self.ended
            && let Some(packet) = self.packets.next()?
        {
            let placement = self.timeline.place(packet.start, packet.frames);
            if placement.silence + placement.take > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// After [`has_packet_for`](Self::has_packet_for) the last frame: true if no frame follows that should be played.
    /// Decodes nothing.
    pub(crate) fn ends_as_stated(&mut self) -> Result<bool, MediaError> {
        if let Some(end) = self.end {
            if self.find_more(end)? {
                return Ok(false);
            }
            self.look_behind_the_end()?;
            return Ok(true);
        }
        while let Some(packet) = self.packets.next()? {
            let placement = self.timeline.place(packet.start, packet.frames);
            if placement.silence + placement.take > 0 {
                break;
            }
        }
        Ok(self.info.stated_frames.is_none_or(|stated| self.timeline.next() <= stated))
    }

    /// Looks for packets behind the stated end, once. If there are, the end is open and the next frame is `frame`; the
    /// packets are then those behind the end.
    fn find_more(&mut self, frame: u64) -> Result<bool, MediaError> {
        let (Some(end), Some(padding)) = (self.end, self.padding.take()) else { return Ok(false) };
        // A seek behind the end has not met the packets before it.
        if frame > end && !self.packets.seek(end.saturating_sub(1))? {
            self.packets.rewind()?;
        }
        let placed = |frame: u64| frame.min(i64::MAX as u64) as i64;
        let first = placed(end.saturating_add(padding));
        let (wanted, mut more, mut behind) = (if self.packets.is_ogg() { 1 } else { MORE_PACKETS }, 0, Vec::new());
        while more < wanted
            && let Some(packet) = self.packets.next()?
        {
            let counts = if self.packets.is_ogg() {
                packet.part > 0
            } else {
                packet.start >= first && Header::read(&packet.inner.data).is_some()
            };
            more += u32::from(counts);
            if counts || packet.end() > placed(end) {
                behind.push(packet);
            }
        }
        if more < wanted {
            return Ok(false);
        }
        tracing::debug!(end, "the file is longer than it states");
        self.packets.give_back(behind);
        self.end = None;
        self.timeline = Timeline::new(frame, None, self.info.sample_rate);
        Ok(true)
    }

    /// Looks at a packet that is not decoded.
    fn note_changes(&mut self, packet: &Packet) {
        self.faults.rate_changes |= packet.sample_rate != self.info.sample_rate;
        if self.info.format.is_mpeg()
            && let Some(header) = Header::read(&packet.inner.data)
        {
            self.faults.channels_change |= header.channels != self.info.channels;
        }
    }

    /// Looks whether the file goes on behind what is played. Decodes nothing; the position is lost.
    pub(crate) fn look_behind_the_end(&mut self) -> Result<(), MediaError> {
        if self.packets.is_ogg() {
            while self.packets.next()?.is_some() {}
        }
        Ok(())
    }

    /// The facts of the file, if it has `frames` frames, and its faults, as far as they were met.
    pub(crate) fn track_info(&self, frames: u64) -> TrackInfo {
        let StreamInfo { format, sample_rate, channels, exactness, stated_frames } = self.info;
        let mut damage = self.damage();
        damage.truncated |= stated_frames.is_some_and(|stated| frames < stated);
        // An Ogg file states the length of its first link.
        damage.longer = stated_frames.is_some_and(|stated| frames > stated) && !self.packets.is_ogg();
        TrackInfo { format, sample_rate, channels, frames, exactness, damage }
    }

    /// The faults met so far. A wrong length shows at the end only: see [`probe`](crate::probe()).
    pub fn damage(&self) -> Damage {
        let core_only = match self.codec.codec_params().profile {
            Some(CODEC_PROFILE_AAC_HE) => Some(HighEfficiency::V1),
            Some(CODEC_PROFILE_AAC_HE_V2) => Some(HighEfficiency::V2),
            _ => None,
        };
        Damage {
            bad_packets: self.bad_packets(),
            more_follows: self.packets.is_lost(),
            core_only: core_only.filter(|_| matches!(self.info.format, Format::Aac | Format::AacAdts)),
            ..self.faults
        }
    }

    /// True if the source can be read anew.
    pub(crate) fn is_seekable(&self) -> bool {
        self.packets.is_seekable()
    }

    /// Fails if what was placed so far is longer than a track can be.
    pub(crate) fn check_length(&self) -> Result<(), MediaError> {
        let longest = u64::from(self.info.sample_rate) * MAX_LENGTH_S;
        if self.timeline.next() > longest { Err(MediaError::TooLong) } else { Ok(()) }
    }

    /// Decodes packets until one gives frames: a file that never does is not worth a place in a library.
    fn decode_first(&mut self) -> Result<(), MediaError> {
        let mut reason = None;
        let mut silence_before = 0;
        for _ in 0..MAX_FAILURES_AT_START {
            let Some(packet) = self.packets.next()? else { break };
            let placement = self.timeline.place(packet.start, packet.frames);
            match self.decode(packet) {
                Ok(0) => silence_before += placement.silence + placement.take,
                Ok(frames) => {
                    self.pending = Pending::new(placement.skip, placement.take, frames);
                    self.pending.silence_before += silence_before + placement.silence;
                    return Ok(());
                }
                Err(error) => {
                    silence_before += placement.silence + placement.take;
                    self.bad_packets += 1;
                    reason.get_or_insert(error);
                }
            }
        }
        Err(MediaError::Undecodable(reason.unwrap_or_else(|| "there is none".into())))
    }

    /// Makes the next packet pending. `false` at the end.
    fn decode_next(&mut self) -> Result<bool, MediaError> {
        if !self.ended && self.timeline.is_complete() {
            let end = self.timeline.next();
            // Of MPEG audio the packet with the end in it goes on behind it.
            if self.find_more(end)? && !self.packets.is_ogg() {
                self.seek(end)?;
            }
        }
        while !self.ended && !self.timeline.is_complete() {
            let packet = match self.packets.next() {
                Ok(Some(packet)) => packet,
                Ok(None) if self.resume()? => continue,
                Ok(None) => break,
                Err(error) => {
                    self.ended = true;
                    return Err(error);
                }
            };
            let placement = self.timeline.place(packet.start, packet.frames);
            if packet.end() < self.decode_from {
                continue;
            }
            let is_heard = placement.take > 0;
            match self.decode(packet) {
                Ok(frames) => self.pending = Pending::new(placement.skip, placement.take, frames),
                Err(error) => {
                    if is_heard {
                        self.bad_packets += 1;
                        tracing::debug!(error, frame = self.timeline.next(), "packet replaced by silence");
                    }
                    self.pending = Pending::new(0, placement.take, 0);
                }
            }
            self.pending.silence_before += placement.silence;
            return Ok(true);
        }
        if self.ended {
            return Ok(false);
        }
        self.ended = true;
        self.pending = Pending { silence_after: self.fill_to_end(), ..Pending::default() };
        Ok(self.pending.silence_after > 0)
    }

    /// Goes on with the last packet, if no packet before it can be found: the tables of an MP4 file have no place for
    /// them, or a reader took something within them for the end. The length that probing found holds.
    fn resume(&mut self) -> Result<bool, MediaError> {
        let end = self.info.stated_frames.filter(|end| self.timeline.next() < *end && self.packets.can_skip());
        match end.filter(|_| !std::mem::replace(&mut self.has_resumed, true)) {
            Some(end) => {
                self.packets.rewind()?;
                self.packets.seek(end - 1)
            }
            None => Ok(false),
        }
    }

    /// Places silence after the last packet, if the end is known to lie further. Returns its frames.
    fn fill_to_end(&mut self) -> u64 {
        match self.info.stated_frames {
            Some(end) if self.fill_to_end => self.timeline.place(end.min(i64::MAX as u64) as i64, 0).silence,
            _ => 0,
        }
    }

    /// Decodes a packet into `block`, untrimmed. Returns its frames.
    fn decode(&mut self, mut packet: Packet) -> Result<usize, String> {
        // The timeline does the trimming, alike for all formats.
        packet.inner.trim_start = Duration::ZERO;
        packet.inner.trim_end = Duration::ZERO;
        self.block.clear();
        if packet.part != self.part {
            self.begin_part(packet.part)?;
        }
        if let Err(error) = self.codec.decode(&packet.inner) {
            if matches!(error, Error::ResetRequired) {
                self.codec.reset();
            }
            // The decoder keeps to the layout of its first packet. A new one takes any.
            let anew = make_codec(self.packets.params()).ok().filter(|_| self.info.format.is_mpeg());
            let Some(mut anew) = anew.filter(|_| self.info.channels > 0) else { return Err(error.to_string()) };
            match anew.decode(&packet.inner) {
                Ok(decoded) if decoded.spec() != self.codec.last_decoded().spec() => self.codec = anew,
                _ => return Err(error.to_string()),
            }
        }
        let decoded = self.codec.last_decoded();
        let frames = decoded.frames();
        if frames == 0 {
            return Ok(0);
        }
        let (rate, channels) = (decoded.spec().rate(), decoded.spec().channels());
        if rate != packet.sample_rate {
            return Err(format!("{rate} frames per second where {} are stated", packet.sample_rate));
        }
        if self.info.channels == 0 {
            self.info.channels = channels.count() as u16;
        } else if usize::from(self.info.channels) != channels.count() {
            self.faults.channels_change = true;
        }
        let downmix = Downmix::new(channels);
        decoded.copy_to_vec_interleaved(&mut self.scratch);
        downmix.apply(&self.scratch, self.gain, &mut self.block);
        Ok(if rate == self.info.sample_rate { frames } else { self.resample(&packet) })
    }

    /// Brings the block to the rate of the track. Returns its frames.
    fn resample(&mut self, packet: &Packet) -> usize {
        self.faults.rate_changes = true;
        let (from, to) = (packet.sample_rate, self.info.sample_rate);
        let resampler = self.resampler.get_or_insert_with(|| Resampler::new(from, to));
        let first = resample::place(packet.in_part, from, to);
        self.resampled.clear();
        resampler.process(packet.in_part, &self.block, first, packet.frames as usize, &mut self.resampled);
        std::mem::swap(&mut self.block, &mut self.resampled);
        self.block.len() / 2
    }

    /// The next packet is of another part than the one before.
    fn begin_part(&mut self, part: u32) -> Result<(), String> {
        self.part = part;
        self.resampler = None;
        // A decoder of MPEG audio is made anew where the present one does not go on.
        if !self.info.format.is_mpeg() {
            let params = self.packets.params();
            self.gain = opus_header(params).map_or(1.0, |header| header.gain);
            self.codec = make_codec(params).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

impl Pending {
    /// `take` frames after the first `skip` of a block of `frames`; what the block lacks is silence.
    fn new(skip: u64, take: u64, frames: usize) -> Self {
        let start = skip.min(frames as u64);
        let end = (start + take).min(frames as u64);
        Self { silence_before: 0, block: start as usize..end as usize, silence_after: take - (end - start) }
    }
}
