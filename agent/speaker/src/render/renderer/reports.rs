//! The reports that the renderer sends out.

use downbeat_protocol::{Frames, Ppm};

use super::Renderer;
use crate::render::{
    position::position_on,
    report::{BlockStamp, RenderReport},
};

/// Reports a second.
const REPORTS_PER_S: u32 = 10;

impl Renderer {
    pub(super) fn report(&mut self, stamp: &BlockStamp) {
        if stamp.frame < self.next_report && self.next_report - stamp.frame < u64::from(self.rate) {
            return;
        }
        self.next_report = stamp.frame + u64::from(self.rate / REPORTS_PER_S);
        let heard = self.heard(stamp.frame);
        let mut report = RenderReport {
            frame: stamp.frame,
            heard_at: self.dac.heard_at(stamp.frame).map(|(at, _)| at).unwrap_or_default(),
            // the content clock has moved to the block's end; the error of this moment tells where it began
            content: self.content.and(heard).map(|(heard, _)| heard.plus(-self.sync_error_us)),
            sync_error_us: self.sync_error_us,
            correction: Ppm(self.servo.correction_ppm()),
            dac: self.dac.ppm(),
            dac_sharp: self.dac.is_sharp(),
            stamp_noise_us: self.dac.noise_us(),
            card_bound_us: self.dac.bound_us().unwrap_or(0.0),
            card_step_us: stamp.step_us,
            sounding: None,
            buffered_ms: 0,
            queued: stamp.queued,
            epoch: stamp.epoch,
            starved: self.starved,
            reanchors: self.reanchors,
            lost_reports: self.lost_reports,
            lost_runs: 0,
            truth: stamp.truth,
        };
        if let Some(content) = report.content {
            // of two that cross-fade the later one, but not one that only rings before its beginning
            let audible = self.voices.iter().flatten().filter(|v| v.is_sounding() && v.gate.off.is_none());
            if let Some(v) = audible.max_by_key(|v| (v.gate.on <= content, v.gate.on.whole, v.id)) {
                let frame = position_on(&v.line, content).frame.max(0);
                report.sounding = Some((v.id, v.entry, Frames(frame)));
                report.buffered_ms = (v.buffered() as u64 * 1000 / u64::from(v.line.rate)) as u32;
            }
        }
        for voice in self.voices.iter().flatten() {
            self.tell.progress(voice.id, &voice.runs);
        }
        report.lost_runs = self.tell.lost();
        if self.reports.push(report).is_err() {
            self.lost_reports += 1;
        }
    }
}
