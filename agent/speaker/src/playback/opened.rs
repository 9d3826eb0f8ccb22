//! Voices opened and closed.

use downbeat_protocol::{Frames, LocalTime, timeline::PlanEntry};

use super::{
    action::Action,
    player::Player,
    track::{Part, Status, Track},
};
use crate::render::{command::Command, gate::VoiceId};

/// Frames decoded before the first one that is heard, for the resampler's history.
const PREROLL_FRAMES: i64 = 256;
/// A voice that was opened this much before what is wanted of it is still the right one, seconds: its ring holds two.
const USABLE_AHEAD_S: i64 = 1;
/// A failed entry that should sound is tried again after this, nanoseconds.
const RETRY_NS: i64 = 3_000_000_000;

impl Player {
    /// Ends every voice.
    pub(super) fn let_go(&mut self, out: &mut Vec<Action>) {
        for t in self.tracks.drain(..) {
            if t.line.is_some() {
                out.push(Action::Render(Command::Close(t.id, None)));
            }
            out.push(Action::Close(t.id));
        }
    }

    /// Forgets all that is played by the clock known so far: it is void.
    pub(super) fn forget(&mut self, out: &mut Vec<Action>) {
        self.let_go(out);
        self.session = None;
        self.previous = None;
        self.clock = None;
    }

    /// A voice that is opened for this entry, not sounding, and can be used from the frame `from` on.
    pub(super) fn usable(&self, entry: &PlanEntry, from: i64) -> Option<usize> {
        let from = from.max(entry.first_frame().0);
        let reach = USABLE_AHEAD_S * i64::from(entry.sample_rate);
        self.tracks.iter().position(|t| {
            let unused = t.entry == entry.entry && t.line.is_none() && t.failed().is_none();
            unused && t.part == Part::of(entry) && (0..=reach).contains(&(from - t.from))
        })
    }

    pub(super) fn find_or_open(
        &mut self,
        now: LocalTime,
        entry: &PlanEntry,
        from: i64,
        out: &mut Vec<Action>,
    ) -> Option<usize> {
        if let Some(index) = self.usable(entry, from) {
            return Some(index);
        }
        let failed = |t: &Track| t.entry == entry.entry && t.failed().is_some();
        if let Some(Track { status: Status::Failed { at, .. }, .. }) = self.tracks.iter().find(|t| failed(t)) {
            if now.nanos_since(*at) < RETRY_NS {
                return None;
            }
            self.tracks.retain(|t| !failed(t));
        }
        let part = Part::of(entry);
        let from = from.max(part.first.0);
        // what was opened for another part of it is of no use any more
        let stale = |t: &Track| t.entry == entry.entry && t.line.is_none() && t.failed().is_none() && t.part != part;
        self.tracks.iter().filter(|t| stale(t)).for_each(|t| out.push(Action::Close(t.id)));
        self.tracks.retain(|t| !stale(t));
        let id = VoiceId(self.next_voice);
        self.next_voice += 1;
        // nothing before the part's first frame, since it joins what was before without a fade
        out.push(Action::Open(id, entry.clone(), Frames((from - PREROLL_FRAMES).max(part.first.0))));
        self.tracks.push(Track {
            id,
            entry: entry.entry,
            length: part.last,
            part,
            fall: None,
            from,
            status: Status::Opening,
            line: None,
            silenced: None,
            prepared: None,
        });
        Some(self.tracks.len() - 1)
    }

    /// Closes what was opened, or has failed, and is named by no plan any more: plans may come faster than anything of
    /// them is heard.
    pub(super) fn drop_unplanned(&mut self, out: &mut Vec<Action>) {
        let Self { tracks, session, previous, .. } = self;
        let sessions = || session.iter().chain(previous.iter());
        let is_named = |track: &Track| {
            sessions().any(|s| s.plan.iter().chain(s.fading.iter().map(|f| &f.entry)).any(|e| e.entry == track.entry))
        };
        tracks.retain(|track| {
            let keep = track.line.is_some() || track.prepared.is_some() || is_named(track);
            if !keep && track.failed().is_none() {
                out.push(Action::Close(track.id));
            }
            keep
        });
    }

    /// Closes what was opened and is not wanted by the session (superseded prepares, entries that are not next). What
    /// was prepared outlives a stop: the end of a queue may come while the next start is being prepared.
    pub(super) fn drop_unused(&mut self, out: &mut Vec<Action>) {
        let stopped = self.session.as_ref().is_some_and(|s| s.timeline.is_none());
        let held = self.session.as_ref().and_then(|s| {
            let timeline = s.timeline.as_ref().filter(|t| !t.running)?;
            let entry = s.plan.iter().find(|e| e.entry == timeline.entry)?;
            self.usable(entry, timeline.anchor_media_frames.0.max(0)).map(|k| self.tracks[k].id)
        });
        self.tracks.retain(|t| {
            let keep =
                t.line.is_some() || t.failed().is_some() || Some(t.id) == held || (stopped && t.prepared.is_some());
            if !keep {
                out.push(Action::Close(t.id));
            }
            keep
        });
    }
}
