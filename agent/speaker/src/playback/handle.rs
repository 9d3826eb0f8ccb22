//! The inputs, one by one: this is how the player is driven.

use downbeat_protocol::{
    AgentMessage, LocalTime, ServerTime,
    agent_message::{ClientError, Ready},
    server_message::{Level, MAX_OUTPUT_DELAY_US, Prepare},
};

use super::{
    action::Action,
    input::{Change, Input},
    player::Player,
    track::Status,
};
use crate::{
    clock::ServerInstant,
    render::{command::Command, gate::VoiceId},
};

/// A voice that comes to an untimely end begins to fade so much before its last frame, microseconds.
const DRY_FADE_US: i64 = 20_000;
/// A change of the lead that the coordinator must know at once, microseconds.
const LEAD_NEWS_US: i64 = 15_000;

impl Player {
    /// Takes an input; pushes what is to be done.
    pub fn handle(&mut self, now: LocalTime, input: Input, out: &mut Vec<Action>) {
        match input {
            Input::Session(session, change) => {
                if !self.keep_for_change(now, &session, change, None, out) {
                    self.adopt(now, session, change, out);
                }
            }
            Input::Sync(session, level) => {
                if !self.keep_for_change(now, &session, Change::Transport, Some(level), out) {
                    self.take_level(level, session.server_time, out);
                    self.adopt(now, session, Change::Transport, out);
                }
            }
            Input::Prepare(prepare) => self.prepare(now, &prepare, out),
            Input::Volume(v) => {
                self.level = v.volume;
                self.level_changes(v.volume);
                let at = self.instant_in_force(now, v.at);
                out.push(Action::Render(Command::Gain(v.volume.gain(), at.into(), f64::from(v.ramp_ms) * 1000.0)));
            }
            Input::Settings(mut s, at) => {
                s.output_delay_us = s.output_delay_us.clamp(-MAX_OUTPUT_DELAY_US, MAX_OUTPUT_DELAY_US);
                out.push(Action::Render(Command::OutputDelay(s.output_delay_us)));
                out.push(Action::Render(Command::MaxDrift(s.max_drift_us.max(1_000))));
                out.push(Action::Render(Command::Solo(s.solo)));
                let at = at.map(|at| self.instant_in_force(now, at));
                out.push(Action::Render(Command::Channels(s.channels, at.map(ServerInstant::from))));
                self.settings = s;
            }
            Input::Clock(estimate) => {
                if !estimate.is_some_and(|e| self.learn(now, e, out)) {
                    self.clock = estimate;
                    self.reconcile(now, out);
                }
            }
            Input::PositionCheck => out.push(self.position_report(now)),
            Input::Primed(id) => self.primed(now, id, out),
            Input::Failed(id, error) => self.failed(now, id, error, out),
            Input::Over(id) => {
                // a failed one is remembered until it is tried again
                if self.tracks.iter().any(|t| t.id == id && t.failed().is_none()) {
                    self.tracks.retain(|t| t.id != id);
                    out.push(Action::Close(id));
                }
            }
            Input::Report(report, rate) => {
                self.rate = rate.max(1);
                let queue = i64::from(report.queued) * 1_000_000 / i64::from(self.rate);
                // the deepest of late, forgotten within a second: it varies by a block, and after a stop
                // the next start need not lie behind what no longer waits
                self.queue_us = queue.max(self.queue_us - (self.queue_us - queue) / 4);
                self.report = Some(*report);
                // the coordinator times pauses by this lead: a deeper card must not be news a second later
                if (self.lead_us() - self.told_lead_us).abs() > LEAD_NEWS_US {
                    out.push(self.position_report(now));
                }
            }
            Input::Output(fault) => {
                // without an output nothing is over by itself: voices would pile up
                if fault.is_some() {
                    self.let_go(out);
                }
                self.output_fault = fault;
                self.reconcile(now, out);
            }
            Input::ClockChanges(to) => self.clock_changes(to, out),
            Input::Jumped => {
                self.let_go(out);
                self.reconcile(now, out);
            }
            Input::Tick => {
                self.reconcile(now, out);
                let interval = i64::from(self.settings.report_interval_ms) * 1_000_000;
                if interval > 0 && now >= self.next_report {
                    self.next_report = now.plus_nanos(interval);
                    out.push(self.position_report(now));
                }
            }
        }
    }

    /// Takes the level of a whole state: ramped if something sounds.
    pub(super) fn take_level(&mut self, level: Level, at: ServerTime, out: &mut Vec<Action>) {
        self.level = level;
        out.push(if self.tracks.iter().any(|t| t.line.is_some()) {
            Action::Render(Command::Gain(level.gain(), at.into(), 50_000.0))
        } else {
            Action::Render(Command::GainNow(level.gain()))
        });
    }

    pub(super) fn prepare(&mut self, now: LocalTime, p: &Prepare, out: &mut Vec<Action>) {
        if let Some(fault) = &self.output_fault {
            let error = ClientError { code: "output_lost".into(), detail: fault.clone(), entry: Some(p.entry.entry) };
            let (prepare_id, entry, lead_us) = (p.prepare_id, p.entry.entry, self.lead_us());
            out.push(Action::Send(AgentMessage::Ready(Ready { prepare_id, entry, lead_us, error: Some(error) })));
            return;
        }
        // a newer prepare replaces older ones
        for t in self.tracks.iter().filter(|t| t.prepared.is_some() && t.line.is_none() && t.entry != p.entry.entry) {
            out.push(Action::Close(t.id));
        }
        self.tracks.retain(|t| t.prepared.is_none() || t.line.is_some() || t.entry == p.entry.entry);
        // asked for anew, a failed entry is tried anew
        self.tracks.retain(|t| t.entry != p.entry.entry || t.failed().is_none());
        let Some(index) = self.find_or_open(now, &p.entry, p.from_frames.0.max(0), out) else { return };
        let lead_us = self.lead_us();
        let track = &mut self.tracks[index];
        track.prepared = Some(p.prepare_id);
        if track.status == Status::Primed {
            out.push(Action::Send(AgentMessage::Ready(Ready {
                prepare_id: p.prepare_id,
                entry: p.entry.entry,
                lead_us,
                error: None,
            })));
        }
    }

    pub(super) fn primed(&mut self, now: LocalTime, id: VoiceId, out: &mut Vec<Action>) {
        let lead_us = self.lead_us();
        if let Some(t) = self.tracks.iter_mut().find(|t| t.id == id)
            && t.status == Status::Opening
        {
            t.status = Status::Primed;
            if let Some(prepare_id) = t.prepared {
                let entry = t.entry;
                out.push(Action::Send(AgentMessage::Ready(Ready { prepare_id, entry, lead_us, error: None })));
            }
        }
        self.reconcile(now, out);
    }

    pub(super) fn failed(&mut self, now: LocalTime, id: VoiceId, error: ClientError, out: &mut Vec<Action>) {
        let lead_us = self.lead_us();
        let Some(t) = self.tracks.iter_mut().find(|t| t.id == id) else { return };
        let error = ClientError { entry: Some(t.entry), ..error };
        t.status = Status::Failed { at: now, error: error.clone() };
        let message = match t.prepared.take() {
            Some(prepare_id) => AgentMessage::Ready(Ready { prepare_id, entry: t.entry, lead_us, error: Some(error) }),
            None => AgentMessage::ClientError(error),
        };
        if t.line.take().is_some() {
            // what was decoded is good
            let sounding = self.report.as_ref().filter(|r| r.sounding.is_some_and(|(sounding, ..)| sounding == id));
            let dry = sounding
                .and_then(|r| Some(r.content?.whole.plus_micros(i64::from(r.buffered_ms) * 1_000 - DRY_FADE_US)));
            out.push(Action::Render(Command::Close(id, dry.map(ServerInstant::from))));
        }
        out.push(Action::Send(message));
        out.push(Action::Close(id));
    }
}
