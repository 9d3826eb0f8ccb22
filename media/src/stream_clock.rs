//! From the time stamps of a file to frames of its track, and back.

use symphonia::core::units::TimeBase;

use crate::resample;

/// No codec has longer packets, in frames.
pub(crate) const MAX_PACKET_FRAMES: u64 = 65_536;

/// A packet and the frames of the track that it decodes to.
pub(crate) struct Packet {
    /// The frame that the first decoded frame is; before 0 is encoder delay.
    pub(crate) start: i64,
    /// How many frames it decodes to.
    pub(crate) frames: u64,
    /// The number of its part, from 0.
    pub(crate) part: u32,
    /// Frames a second of its part.
    pub(crate) sample_rate: u32,
    /// The frame of its part, at its part's own rate, that the first decoded frame is.
    pub(crate) in_part: i64,
    pub(crate) inner: symphonia::core::packet::Packet,
}

impl Packet {
    /// The frame after the last.
    pub(crate) fn end(&self) -> i64 {
        self.start.saturating_add_unsigned(self.frames)
    }
}

/// From the track's time stamps to frames and back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StreamClock {
    pub(crate) track_id: u32,
    /// Of the part that it is for.
    pub(crate) sample_rate: u32,
    /// Of the track.
    pub(crate) track_rate: u32,
    /// The frame of the track at which the part begins.
    pub(crate) base: i64,
    pub(crate) time_base: TimeBase,
    /// If the time stamps do not count frames: the number of frames in every packet, by which they are made exact.
    pub(crate) packet_frames: Option<u64>,
    pub(crate) origin: i64,
    /// The earliest time stamp that may be sought.
    pub(crate) first: i64,
    /// The packet's own duration already includes what is trimmed (see `frames`).
    pub(crate) untrimmed: bool,
}

impl StreamClock {
    pub(crate) fn place(&self, packet: symphonia::core::packet::Packet, part: u32) -> Packet {
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
        let (in_part, frames) = (start.saturating_sub(self.origin), frames.min(MAX_PACKET_FRAMES));
        let sample_rate = self.sample_rate;
        if sample_rate == self.track_rate {
            return Packet {
                start: self.base.saturating_add(in_part),
                frames,
                part,
                sample_rate,
                in_part,
                inner: packet,
            };
        }
        let at = |n| resample::place(n, sample_rate, self.track_rate);
        let (first, end) = (at(in_part), at(in_part.saturating_add_unsigned(frames)));
        let frames = end.abs_diff(first);
        Packet { start: self.base.saturating_add(first), frames, part, sample_rate, in_part, inner: packet }
    }

    fn frames(&self, time_stamp: i64) -> i64 {
        let scale = i128::from(self.time_base.numer.get()) * i128::from(self.sample_rate);
        let frames = (i128::from(time_stamp) * scale).div_euclid(self.time_base.denom.get().into());
        frames.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }

    /// The time stamp of the frame that is `ahead` frames ahead of `frame`, or the first.
    pub(crate) fn time_stamp(&self, frame: u64, ahead: u64) -> i64 {
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
