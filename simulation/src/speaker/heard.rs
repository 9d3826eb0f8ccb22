//! A speaker's sound: it is fed, leaves the card, and is held against what was due.

use downbeat_protocol::LocalTime;
use downbeat_speaker::clock::ServerInstant;

use super::Speaker;
use crate::{
    measure::{Belief, Judgement, Mark},
    sound::SoundedFrame,
    truth::Truth,
};

impl Speaker {
    /// Decoders are faster than playing.
    pub(super) fn feed(&mut self, at: i64) {
        if self.decoders_stalled {
            return;
        }
        for feed in self.feeds.values_mut().filter(|f| f.ready_at <= at && f.next < f.total) {
            let Some(circle) = self.circles.get(&feed.rate) else { continue };
            let room = feed.ring.slots() / 2;
            let frames = room.min((feed.total - feed.next) as usize);
            if frames < feed.ring.buffer().capacity() / 16 && frames < (feed.total - feed.next) as usize {
                continue;
            }
            if let Ok(chunk) = feed.ring.write_chunk_uninit(2 * frames) {
                let mut frame = feed.next;
                chunk.fill_from_iter((0..2 * frames).map(|k| {
                    let (l, r) = circle.frame(feed.entry, frame);
                    frame += i64::from(k % 2 == 1);
                    if k % 2 == 0 { l } else { r }
                }));
                feed.next += frames as i64;
            }
        }
    }

    /// The card wants a block.
    pub fn callback(&mut self, at: i64, truth: &mut Truth) {
        self.feed(at);
        let (stamp, leaves) = self.card.callback(at, &mut self.local);
        let leaves = leaves + self.behind_us * 1_000;
        let mut block = std::mem::take(&mut self.block);
        self.renderer.render(&mut block, &stamp);
        self.heard.push_back((stamp.frame, leaves, SoundedFrame::of(block[0], block[1])));
        self.block = block;
        while self.heard.front().is_some_and(|(_, leaves, _)| *leaves <= at) {
            if let Some((frame, leaves, heard)) = self.heard.pop_front() {
                self.judge(frame, leaves, heard, truth);
            }
        }
    }

    /// Marks the sound that left the card, against the sound that was due then.
    fn judge(&mut self, frame: u64, leaves: i64, heard: SoundedFrame, truth: &mut Truth) {
        let due = truth.due(leaves);
        let mark = Mark::of(leaves, heard, due);
        let said = self.said.remove(&frame);
        self.said = self.said.split_off(&frame);
        if let (Some(said), Judgement::Sound { late_us }) = (said.filter(|s| s.is_finite()), mark.what)
            && let Some(estimate) = self.joint.clock().estimate()
        {
            let now = LocalTime(self.local.read(leaves));
            self.record.said.push((leaves, said, late_us, estimate.error_bound_us(now)));
        }
        self.record.mark(mark);
    }

    /// Notes how well the coordinator's clock is known.
    pub fn note_belief(&mut self, at: i64, truth: &mut Truth) {
        let now = self.now(at);
        // while it goes on by the clock of a coordinator that is no more, there is no truth to hold it against
        if let Some(estimate) = self.joint.clock().estimate().filter(|e| e.clock_id == truth.clock_id) {
            let (whole, fraction_us) = truth.server_time(at);
            let believed = estimate.server_at(now);
            let error_us = believed.minus(ServerInstant { whole, fraction_us });
            let (bound_us, measured_us) = (estimate.error_bound_us(now), estimate.measured_bound_us(now));
            self.record.beliefs.push(Belief { at, error_us, bound_us, measured_us });
        }
    }
}
