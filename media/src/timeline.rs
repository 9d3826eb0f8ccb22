//! The places of a packet's frames: the arithmetic that makes probing and decoding agree to the frame.
//!
//! Both walk the packets through the same [`Timeline`]; whether a packet is decoded or only counted, it takes the same
//! place. A hole between packets (a page lost, a frame skipped) becomes silence, an overlap is cut, and nothing comes
//! before frame 0 or after the stated end.

/// Silence that one file may claim between its packets, in seconds: more is a lie of its time stamps.
const MAX_SILENCE_S: u64 = 3600;

/// The frames to deliver for one packet, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Placement {
    /// Silence that comes before the packet.
    pub(crate) silence: u64,
    /// Frames at the packet's start that are not delivered.
    pub(crate) skip: u64,
    /// Frames after those that are.
    pub(crate) take: u64,
}

/// The frame that is delivered next, and what may follow it.
#[derive(Debug, Clone)]
pub(crate) struct Timeline {
    next: u64,
    end: Option<u64>,
    shift: i64,
    silence_left: u64,
}

impl Timeline {
    /// Begins at frame `next`; nothing is placed at or after `end`. `sample_rate` in Hz.
    pub(crate) fn new(next: u64, end: Option<u64>, sample_rate: u32) -> Self {
        Self { next, end, shift: 0, silence_left: u64::from(sample_rate) * MAX_SILENCE_S }
    }

    /// The frame that is delivered next; after the last packet, the number of frames.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// No packet can add to it.
    pub(crate) fn is_complete(&self) -> bool {
        self.end.is_some_and(|end| self.next >= end)
    }

    /// Places a packet of `frames` decoded frames, the first of which is frame `start` (before 0: encoder delay).
    pub(crate) fn place(&mut self, start: i64, frames: u64) -> Placement {
        let next = self.next.min(i64::MAX as u64) as i64;
        let mut start = start.saturating_add(self.shift);
        let hole = start.saturating_sub(next).max(0) as u64;
        if hole > self.silence_left {
            // Not believed: what follows is moved here instead.
            self.shift = self.shift.saturating_sub(hole as i64);
            start = next;
        }
        let limit = self.end.unwrap_or(u64::MAX).min(i64::MAX as u64) as i64;
        let stop = start.saturating_add_unsigned(frames).min(limit);
        let first = start.max(next).min(limit.max(next));
        if stop <= next {
            return Placement::default();
        }
        let silence = (first - next) as u64;
        let take = (stop - first).max(0) as u64;
        self.silence_left -= silence.min(self.silence_left);
        self.next = next as u64 + silence + take;
        Placement { silence, skip: first.abs_diff(start), take }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn delay_padding_holes_and_overlaps() {
        let mut t = Timeline::new(0, Some(3000), 1000);
        // MP3: the first packet lies mostly before frame 0
        assert_eq!(t.place(-1105, 1152), Placement { silence: 0, skip: 1105, take: 47 });
        assert_eq!(t.place(47, 1152), Placement { silence: 0, skip: 0, take: 1152 });
        // a packet is missing
        assert_eq!(t.place(1299, 500), Placement { silence: 100, skip: 0, take: 500 });
        // a packet overlaps the one before
        assert_eq!(t.place(1700, 200), Placement { silence: 0, skip: 99, take: 101 });
        // one lies wholly behind
        assert_eq!(t.place(100, 200), Placement::default());
        // padding at the end
        assert_eq!(t.place(1900, 1152), Placement { silence: 0, skip: 0, take: 1100 });
        assert!(t.is_complete());
        assert_eq!(t.place(3052, 1152), Placement::default());
        assert_eq!(t.next(), 3000);
    }

    #[test]
    fn a_packet_before_the_target_of_a_seek_gives_nothing() {
        let mut t = Timeline::new(5000, None, 1000);
        assert_eq!(t.place(3000, 1152), Placement::default());
        assert_eq!(t.place(4152, 1152), Placement { silence: 0, skip: 848, take: 304 });
        assert_eq!(t.next(), 5304);
    }

    #[test]
    fn an_absurd_time_stamp_moves_the_rest_here() {
        let mut t = Timeline::new(0, None, 1000);
        assert_eq!(t.place(i64::MAX - 5, 100), Placement { silence: 0, skip: 0, take: 100 });
        // the next one is five frames later by the same reckoning
        assert_eq!(t.place(i64::MAX, 100), Placement { silence: 0, skip: 95, take: 5 });
    }

    proptest! {
        #[test]
        fn frames_are_neither_lost_nor_doubled(
            packets in prop::collection::vec((any::<i64>(), 0..70_000_u64), 0..50),
            end in prop::option::of(any::<u64>()),
            next in 0..1_000_000_u64,
        ) {
            let mut t = Timeline::new(next, end, 48_000);
            let mut total = next;
            for (start, frames) in packets {
                let p = t.place(start, frames);
                prop_assert!(p.skip + p.take <= frames);
                total += p.silence + p.take;
                prop_assert_eq!(t.next(), total);
                prop_assert!(total <= end.unwrap_or(u64::MAX).max(next));
            }
        }

        #[test]
        fn consecutive_packets_give_every_frame_once(
            lengths in prop::collection::vec(1..5000_u64, 1..50),
            delay in 0..3000_i64,
        ) {
            let mut t = Timeline::new(0, None, 48_000);
            let mut start = -delay;
            for frames in lengths {
                let p = t.place(start, frames);
                start += frames as i64;
                prop_assert_eq!(p.silence, 0);
                prop_assert_eq!(t.next(), start.max(0) as u64);
            }
        }
    }
}
