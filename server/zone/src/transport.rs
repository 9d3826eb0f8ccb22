//! Pause, stop and volume: the commands that hold or change what sounds.

use downbeat_protocol::{Frames, PlanEntry, ServerTime, volume::Volume};

use super::{
    action::Action,
    answer::Ticket,
    occurrence::Occurrence,
    playback::{Change, Segment},
    state::{Zone, answer_all, within},
    telling::Telling,
};

impl Zone {
    /// Holds the sound at the frame heard at the instant of the pause.
    pub(super) fn pause(&mut self, now: ServerTime, ticket: Ticket, at: Option<ServerTime>, out: &mut Vec<Action>) {
        let at = self.instant(now, at);
        let mut tickets = vec![ticket];
        if let Some(r) = self.readiness.take() {
            tickets.extend(&r.tickets);
            if let Some(occurrence) = self.program.occurrence(r.entry) {
                self.hold(now, occurrence, r.from, (at, Change::Pause), out);
            }
        } else if let Some(spot) = self.playback.heard(at).spot(at).filter(|s| s.running) {
            // what is heard then, not what a change beyond it will bring: that one is overtaken
            let plan = &self.playback.heard(at).plan;
            if let Some(entry) = plan.iter().find(|e| e.entry == spot.entry).cloned() {
                self.hold_entry(now, entry, spot.frame, (at, Change::Pause), out);
            }
        }
        answer_all(tickets, at, out);
    }

    /// Be at this frame of an entry of the queue from `at` on, and stay there.
    pub(super) fn hold(
        &mut self,
        now: ServerTime,
        occurrence: Occurrence,
        frame: Frames,
        how: (ServerTime, Change),
        out: &mut Vec<Action>,
    ) {
        if let Some(entry) = self.program.head(occurrence) {
            self.hold_entry(now, entry, frame, how, out);
        }
    }

    fn hold_entry(
        &mut self,
        now: ServerTime,
        entry: PlanEntry,
        frame: Frames,
        (at, change): (ServerTime, Change),
        out: &mut Vec<Action>,
    ) {
        let frame = within(frame, &entry);
        let timeline = self.timeline(entry.entry, frame, at, false);
        if let Some(occurrence) = self.program.occurrence(entry.entry) {
            self.program.go_to(occurrence);
        } else {
            self.program.end();
        }
        let segment = self.segment(at, timeline, entry, change);
        self.change(now, segment, out);
    }

    /// Silence; the current entry stays current.
    pub(super) fn stop(&mut self, now: ServerTime, ticket: Ticket, at: Option<ServerTime>, out: &mut Vec<Action>) {
        let at = self.instant(now, at);
        let mut tickets = vec![ticket];
        let pending = self.readiness.take();
        let was_pending = pending.is_some();
        tickets.extend(pending.into_iter().flat_map(|r| r.tickets));
        let heard = self.playback.heard(at).timeline.is_some();
        let spot = self.playback.heard(at).spot(at).filter(|s| s.running && !was_pending);
        if let Some(reached) = spot.and_then(|s| self.program.occurrence(s.entry)) {
            self.program.go_to(reached);
        }
        let waiting = std::mem::take(&mut self.dry);
        self.more_again = None;
        self.program.end_loop();
        if was_pending || heard || waiting || self.playback.last().timeline.is_some() {
            self.change(now, Segment::silence(at), out);
        }
        answer_all(tickets, at, out);
    }

    pub(super) fn set_volume(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        (volume, muted): (Option<Volume>, Option<bool>),
        (ramp_ms, at): (u32, Option<ServerTime>),
        out: &mut Vec<Action>,
    ) {
        let at = self.instant(now, at);
        let (volume, muted) = (volume.unwrap_or(self.volume), muted.unwrap_or(self.muted));
        if (volume, muted) != (self.volume, self.muted) {
            (self.volume, self.muted) = (volume, muted);
            self.commit(now, Telling::Volume { at, ramp_ms }, out);
        }
        answer_all([ticket], at, out);
    }
}
