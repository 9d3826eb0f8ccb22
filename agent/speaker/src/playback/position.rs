//! The position report.

use downbeat_protocol::{
    AgentMessage, Frames, LocalTime,
    report::{PlayerState, Position, Truth},
};

use super::{action::Action, player::Player};

impl Player {
    pub(super) fn state(&self) -> PlayerState {
        let Some(timeline) = self.session.as_ref().and_then(|s| s.timeline.as_ref()) else { return PlayerState::Idle };
        if self.output_fault.is_some() || self.tracks.iter().any(|t| t.entry == timeline.entry && t.failed().is_some())
        {
            return PlayerState::Faulted;
        }
        match (timeline.running, self.report.as_ref().is_some_and(|r| r.sounding.is_some())) {
            (false, _) => PlayerState::Paused,
            (true, true) => PlayerState::Playing,
            (true, false) => PlayerState::Preparing,
        }
    }

    pub(super) fn position_report(&mut self, now: LocalTime) -> Action {
        self.told_lead_us = self.lead_us();
        Action::Send(AgentMessage::PositionReport(Box::new(self.position(now))))
    }

    /// The player's position report: its place, and how well it keeps step.
    pub fn position(&self, now: LocalTime) -> Position {
        let mut position = Position { state: self.state(), lead_us: Some(self.lead_us()), ..Position::default() };
        position.underruns = self.counters.underruns;
        position.output_losses = self.counters.output_losses;
        if let Some(clock) = &self.clock {
            position.server_time = clock.server_at(now).whole;
            position.skew_ppm = clock.skew;
            position.offset_us = clock.offset.whole_us;
            position.error_bound_us = Some(clock.error_bound_us(now));
            position.round_trip_us = Some(clock.delay_floor_us);
            position.jitter_us = Some(clock.jitter_us);
            position.probes_lost = Some(clock.probes_lost);
        }
        if let Some(timeline) = self.session.as_ref().and_then(|s| s.timeline.as_ref()) {
            position.entry = Some(timeline.entry);
            position.position_frames = Frames(timeline.anchor_media_frames.0.max(0));
        }
        let Some(report) = &self.report else { return position };
        position.starved = report.starved;
        position.reanchors = report.reanchors;
        position.dac_ppm = report.dac;
        position.card_bound_us = Some(report.card_bound_us);
        position.card_step_us = Some(report.card_step_us).filter(|us| *us > 0.0);
        position.error_bound_us = position.error_bound_us.map(|us| us + report.card_bound_us);
        position.output_queue_ms = f64::from(report.queued) * 1000.0 / f64::from(self.rate);
        if let (Some((_, entry, frames)), Some(content)) = (report.sounding, report.content) {
            position.entry = Some(entry);
            position.position_frames = frames;
            position.sync_error_us = report.sync_error_us;
            position.correction_ppm = report.correction;
            position.buffer_ms = report.buffered_ms;
            if let Some(clock) = &self.clock {
                position.server_time = clock.server_at(report.heard_at).whole;
            }
            position.truth = report.truth.map(|raw| Truth {
                raw_ns: raw.plus_micros(self.settings.output_delay_us).0,
                content_us: content.whole.0 as f64 + content.fraction_us,
            });
        }
        position
    }
}
