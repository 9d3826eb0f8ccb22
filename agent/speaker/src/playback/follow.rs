//! The session followed: what it wants is opened in time, sounded, and silenced.

use downbeat_protocol::{EntryId, Frames, LocalTime, ServerTime, server_message::Session, timeline::Line};

use super::{
    action::Action,
    input::Change,
    player::{MARGIN_US, Player},
    schedule::{Wanted, fades_on, open_from, same_line, wanted},
    track::Part,
};
use crate::{
    clock::ServerInstant,
    render::{command::Command, gate::Gate},
};

/// A voice that takes over in the middle of an entry begins so much later, microseconds: time to open it ...
const TAKEOVER_US: i64 = 500_000;
/// ... but so much before the other ends.
const TAKEOVER_FADE_US: i64 = 20_000;
/// Coming entries that are fetched ahead.
const PREFETCH: usize = 64;

impl Player {
    pub(super) fn adopt(&mut self, now: LocalTime, mut session: Session, change: Change, out: &mut Vec<Action>) {
        if let Some(old) = &self.session
            && old.zone == session.zone
            && session.revision < old.revision
        {
            return; // overtaken by what is already known
        }
        let next: Vec<_> = session.plan.iter().take(PREFETCH).map(|e| (e.entry, e.hash.clone())).collect();
        if next != self.prefetched {
            out.push(Action::Prefetch(session.plan.iter().take(PREFETCH).cloned().collect()));
            self.prefetched = next;
        }
        if session.fading.is_none()
            && let Some(old) = self.session.as_ref().filter(|old| old.zone == session.zone)
        {
            session.fading = fades_on(old, &session);
        }
        // a change that lies ahead leaves what is heard until then as it was
        let heard = match (self.previous.take(), self.session.take()) {
            (Some(previous), Some(pending)) if session.server_time < pending.at => Some(previous),
            (_, current) => current,
        };
        self.previous = heard.filter(|h| h.zone == session.zone && session.server_time < session.at);
        self.session = Some(session);
        self.silence_what_is_not_planned(out);
        self.drop_unplanned(out);
        self.reconcile(now, out);
        if change == Change::Transport {
            self.drop_unused(out);
        }
    }

    /// Voices of the renderer that the session does not hold any more end when the session begins.
    pub(super) fn silence_what_is_not_planned(&mut self, out: &mut Vec<Action>) {
        let Some(session) = &self.session else { return };
        let schedule: Vec<(EntryId, Line, ServerTime)> = match &session.timeline {
            Some(t) if t.running => {
                t.schedule(&session.plan).take(64).map(|s| (session.plan[s.index].entry, s.line, s.start)).collect()
            }
            _ => Vec::new(),
        };
        let fading = session.fading.as_ref().filter(|_| !schedule.is_empty()).map(|f| (f.entry.entry, f.line()));
        let at = session.at;
        let begins = schedule.first().map(|(_, _, start)| *start);
        for track in &mut self.tracks {
            let Some(line) = track.line else { continue };
            let known = schedule.iter().map(|(e, l, _)| (*e, *l)).chain(fading);
            let planned = known.into_iter().any(|(e, l)| e == track.entry && same_line(&l, &line));
            // an entry that ends just where the told part begins has run its course: it ends by itself
            let runs_out = begins.is_some_and(|b| line.instant_of(track.length) <= b);
            if planned || runs_out || track.silenced.is_some_and(|earlier| earlier <= at) {
                continue;
            }
            track.silenced = Some(at);
            out.push(Action::Render(Command::Close(track.id, Some(at.into()))));
        }
    }

    /// Opens what will be wanted, and sounds what is ready to.
    pub(super) fn reconcile(&mut self, now: LocalTime, out: &mut Vec<Action>) {
        if self.output_fault.is_some() {
            return;
        }
        let horizon = self.clock.map(|c| c.server_at(now).whole.plus_micros(self.queue_us + MARGIN_US / 2));
        // taken out while it is read, since a plan is too long to copy ten times a second
        if let (Some(previous), Some(at)) = (self.previous.take(), self.session.as_ref().map(|s| s.at))
            && horizon.is_some_and(|h| h < at)
        {
            self.follow(now, &previous, Some(at), horizon, out);
            self.previous = Some(previous);
        }
        if let Some(session) = self.session.take() {
            self.follow(now, &session, None, horizon, out);
            self.session = Some(session);
        }
    }

    /// Opens and sounds what `session` wants; `until`: another one follows it then.
    pub(super) fn follow(
        &mut self,
        now: LocalTime,
        session: &Session,
        until: Option<ServerTime>,
        horizon: Option<ServerTime>,
        out: &mut Vec<Action>,
    ) {
        let Some(timeline) = &session.timeline else { return };
        if !timeline.running {
            // at a pause the place to go on from is kept primed
            if until.is_none()
                && let Some(entry) = session.plan.iter().find(|e| e.entry == timeline.entry)
            {
                self.find_or_open(now, entry, timeline.anchor_media_frames.0.max(0), out);
            }
            return;
        }
        let Some(horizon) = horizon.filter(|_| self.clock.is_some_and(|c| c.clock_id == timeline.clock_id)) else {
            return;
        };
        for mut w in wanted(session, horizon) {
            if let Some(until) = until {
                if w.gate.on.whole >= until {
                    break;
                }
                w.gate.off = Some(until.into());
            }
            let sounding = self.tracks.iter().position(|t| {
                let ends = until.is_some() || t.silenced.is_none();
                t.entry == w.entry.entry
                    && t.failed().is_none()
                    && ends
                    && t.line.is_some_and(|l| same_line(&l, &w.line))
            });
            match sounding {
                // what another change overtakes is left as it is
                Some(_) if until.is_some() => {}
                Some(index) => self.keep(now, index, &w, horizon, out),
                None => self.sound(now, &w, horizon, out),
            }
        }
    }

    /// Sees that the voice that sounds what is wanted ends and falls as is wanted; if another part of the entry is
    /// wanted of it, or another loudness, another voice takes over.
    pub(super) fn keep(
        &mut self,
        now: LocalTime,
        index: usize,
        w: &Wanted,
        horizon: ServerTime,
        out: &mut Vec<Action>,
    ) {
        let wanted = Part::of(&w.entry);
        let track = &mut self.tracks[index];
        if w.gate.fall != track.fall {
            track.fall = w.gate.fall;
            out.push(Action::Render(Command::Fall(track.id, w.gate.fall)));
        }
        let (heard, rest) = (track.part.gain_db.to_bits() == wanted.gain_db.to_bits(), wanted.last < track.length);
        if heard && wanted.last <= track.part.last {
            if rest {
                track.length = wanted.last;
                out.push(Action::Render(Command::EndAt(track.id, wanted.last)));
            }
            if wanted.last <= track.length {
                return;
            }
        }
        if w.gate.on.whole > horizon {
            // nothing of it is heard yet
            let id = track.id;
            self.tracks.remove(index);
            out.extend([Action::Render(Command::Close(id, None)), Action::Close(id)]);
            self.sound(now, w, horizon, out);
            return;
        }
        // both are the same sound on the same line, so that no seam is heard
        let (id, ends) = (track.id, w.line.instant_of(track.length).plus_micros(-TAKEOVER_FADE_US));
        let at = horizon.plus_micros(TAKEOVER_US).min(ends).max(horizon);
        if w.line.frame_at(at) >= wanted.last {
            return; // it would be over before
        }
        track.silenced = Some(at);
        let from = w.line.frame_at(at).max(w.from);
        let on = w.line.instant_of(from);
        out.push(Action::Render(Command::Close(id, Some(on.into()))));
        let gate = Gate { on: on.into(), fade_in: true, ..w.gate };
        self.sound(now, &Wanted { from, gate, ..w.clone() }, horizon, out);
    }

    pub(super) fn sound(&mut self, now: LocalTime, w: &Wanted, horizon: ServerTime, out: &mut Vec<Action>) {
        let from = match self.usable(&w.entry, w.from.0) {
            Some(_) => w.from.0,
            None => open_from(w, horizon).0,
        };
        let Some(index) = self.find_or_open(now, &w.entry, from, out) else { return };
        let track = &mut self.tracks[index];
        let mut gate = w.gate;
        // nothing before the first decoded frame can be heard
        let first = ServerInstant::from(w.line.instant_of(Frames(track.from)));
        if first > gate.on {
            gate = Gate { on: first, fade_in: true, ..gate };
        }
        track.line = Some(w.line);
        track.silenced = gate.off.map(|off| off.whole);
        track.fall = gate.fall;
        track.prepared = None;
        out.push(Action::Sound(track.id, w.line, gate));
    }
}
