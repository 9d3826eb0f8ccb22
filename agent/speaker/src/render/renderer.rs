//! The renderer: fills the sound card's buffers. It runs in the real-time callback.
//!
//! It allocates nothing, locks nothing, logs nothing and makes no system call: commands come in by a lock-free ring,
//! reports go out by another, and what is done with is sent out by a third to be freed elsewhere. It reads no clock
//! either: the output tells which local instant its frames are heard at.
//!
//! Every block it asks: at which server instant is the first frame of this block heard? (card's crystal, then the
//! coordinator's clock.) It steers the content clock there (`servo`), and mixes every voice at the content clock's
//! position.

mod orders;
mod reports;

use std::sync::Arc;

use downbeat_protocol::Ppm;

use super::{
    calibration::Calibration,
    channels::Channels,
    command::{Command, Controls, Overlay, Trash},
    dac_clock::DacClock,
    gain::{FADE_US, GainRamp},
    metronome::Metronome,
    report::{BlockStamp, RenderReport},
    resampler::Kernel,
    runs::Tell,
    servo::{Servo, Steer},
    voice::Voice,
};
use crate::clock::{ClockEstimate, ServerInstant};

/// Voices at once: the one that sounds, those that come (more where entries are short), and those that fade out.
const MAX_VOICES: usize = 10;
/// Frames rendered at one speed. The correction moves in steps of so many: with 256 a tone of 10 kHz had sidebands at
/// -90 dB while it moved fastest, with 64 they are 20 dB further down.
const CHUNK: usize = 64;
/// The longest tail of a re-anchor's crossfade, frames.
const MAX_TAIL: usize = 2_048;
/// A speaker that plays alone lets its card's crystal go astray up to this part of the threshold of re-anchoring ...
const SOLO_DRIFT: f64 = 0.3;
/// ... then corrects until it is so near, microseconds.
const SOLO_NEAR_US: f64 = 20.0;
/// Soon after a card was started anew it is re-anchored past this, whatever the threshold, microseconds: what it said
/// of its place at first was wrong, and to slide there would take seconds.
const RESTARTED_DRIFT_US: f64 = 1_000.0;

/// What is to end at the next frame.
#[derive(Default)]
struct Ends {
    metronome: bool,
    calibration: bool,
}

/// Fills buffers. Made once; survives the loss of its output.
pub struct Renderer {
    rate: u32,
    dac: DacClock,
    dac_prior: Option<Ppm>,
    clock: Option<ClockEstimate>,
    content: Option<ServerInstant>,
    servo: Servo,
    voices: [Option<Box<Voice>>; MAX_VOICES],
    overlay: Option<Box<Overlay>>,
    metronome: Option<Metronome>,
    calibration: Option<Calibration>,
    ends: Ends,
    tail: Vec<f32>,
    tail_left: usize,
    channels: Channels,
    gain: GainRamp,
    output_delay_us: f64,
    max_drift_us: f64,
    solo: bool,
    /// It plays alone, and nothing is corrected now.
    free: bool,
    epoch: u32,
    starved: u64,
    reanchors: u64,
    lost_reports: u64,
    sync_error_us: f64,
    next_report: u64,
    commands: rtrb::Consumer<Command>,
    reports: rtrb::Producer<RenderReport>,
    trash: rtrb::Producer<Trash>,
    tell: Tell,
}

impl std::fmt::Debug for Renderer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Renderer").field("rate", &self.rate).field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

impl Renderer {
    /// A renderer and the ends by which it is controlled. `dac_prior` is what the card's crystal was measured at in an
    /// earlier run.
    pub fn new(dac_prior: Option<Ppm>) -> (Box<Self>, Controls) {
        let (commands_in, commands) = rtrb::RingBuffer::new(128);
        let (reports, reports_out) = rtrb::RingBuffer::new(64);
        let (trash, trash_out) = rtrb::RingBuffer::new(64);
        let (tell, heard) = Tell::new();
        let renderer = Self {
            rate: 48_000,
            dac: DacClock::new(48_000, dac_prior),
            dac_prior,
            clock: None,
            content: None,
            servo: Servo::default(),
            voices: Default::default(),
            overlay: None,
            metronome: None,
            calibration: None,
            ends: Ends::default(),
            tail: vec![0.0; 2 * MAX_TAIL],
            tail_left: 0,
            channels: Channels::default(),
            gain: GainRamp::constant(1.0),
            output_delay_us: 0.0,
            max_drift_us: 5_000.0,
            solo: false,
            free: false,
            epoch: 0,
            starved: 0,
            reanchors: 0,
            lost_reports: 0,
            sync_error_us: 0.0,
            next_report: 0,
            commands,
            reports,
            trash,
            tell,
        };
        (Box::new(renderer), Controls { commands: commands_in, reports: reports_out, trash: trash_out, heard })
    }

    /// The card was (re)opened at `rate`. Not for the callback: it builds tables.
    pub fn set_rate(&mut self, rate: u32) {
        if rate != self.rate {
            self.rate = rate;
            self.dac = DacClock::new(rate, self.dac_prior);
            for voice in self.voices.iter_mut().flatten() {
                voice.set_kernel(Arc::new(Kernel::new(f64::from(voice.line.rate) / f64::from(rate))));
            }
            self.tail_left = 0;
            // made for the old rate, it would sound at another pitch
            self.overlay = None;
        }
    }

    /// True while a voice is heard, or about to be.
    pub fn is_sounding(&self) -> bool {
        self.voices.iter().any(Option::is_some)
    }

    /// Fills `out`, interleaved stereo.
    pub fn render(&mut self, out: &mut [f32], stamp: &BlockStamp) {
        out.fill(0.0);
        self.take_commands();
        if stamp.epoch != self.epoch {
            self.epoch = stamp.epoch;
            self.dac.restart();
            self.stood_still();
        }
        if let Some((frame, at)) = stamp.observed {
            self.dac.observe(frame, at, stamp.slack_us);
        }
        let mut frame = stamp.frame;
        for chunk in out.chunks_mut(2 * CHUNK) {
            self.render_chunk(chunk, frame);
            for voice in self.voices.iter_mut().flatten() {
                self.tell.ended(voice.id, &mut voice.runs);
            }
            frame += chunk.len() as u64 / 2;
        }
        self.report(stamp);
    }

    /// The card stood still: what sounded is cut off already, and its end would be a sound from the past.
    fn stood_still(&mut self) {
        self.content = None;
        self.tail_left = 0;
        for voice in self.voices.iter_mut().flatten() {
            voice.interrupt();
        }
    }

    /// The server instant at which `frame` is heard, and how long a frame lasts on the server's clock, microseconds.
    fn heard(&self, frame: u64) -> Option<(ServerInstant, f64)> {
        let clock = self.clock.as_ref()?;
        let (at, rest_us) = self.dac.heard_at(frame)?;
        Some((clock.server_at(at).plus(rest_us + self.output_delay_us), self.dac.frame_us() * clock.skew.factor()))
    }

    fn render_chunk(&mut self, out: &mut [f32], frame: u64) {
        let count = out.len() / 2;
        let Some((heard, frame_us)) = self.heard(frame) else {
            self.render_without_time(out);
            return;
        };
        let sounding = self.voices.iter().flatten().any(|v| v.is_sounding());
        let mut content_us = frame_us;
        let content = match self.content {
            Some(content) if sounding => {
                self.sync_error_us = heard.minus(content);
                self.free = self.solo && self.may_run_free();
                let threshold_us = if self.dac.is_young(frame) { RESTARTED_DRIFT_US } else { f64::INFINITY };
                let threshold_us = self.max_drift_us.min(threshold_us);
                match self.servo.steer(self.sync_error_us, threshold_us, count as f64 * frame_us * 1e-6) {
                    Steer::By(_) if self.free => {
                        self.servo.rest();
                        content
                    }
                    Steer::By(ppm) => {
                        content_us *= 1.0 + ppm * 1e-6;
                        content
                    }
                    Steer::Reanchor => {
                        self.reanchor(content, frame_us);
                        heard
                    }
                }
            }
            _ => {
                self.servo.rest();
                self.sync_error_us = 0.0;
                self.free = self.solo;
                heard
            }
        };
        if self.free {
            content_us = 1e6 / f64::from(self.rate);
        }
        let silent = self.gain.at(content) <= 0.0 && self.gain.at(content.plus(count as f64 * content_us)) <= 0.0;
        for slot in &mut self.voices {
            let Some(voice) = slot else { continue };
            voice.runs.silence(silent);
            if voice.is_over(content) || voice.is_closed() {
                discard(&mut self.trash, &mut self.tell, slot);
                continue;
            }
            if voice.mix_into(out, content, content_us, self.free) {
                self.starved += 1;
            }
        }
        self.content = Some(content.plus(count as f64 * content_us));
        self.mix_tail(out);
        self.channels.apply_at(out, self.rate, content, content_us);
        self.apply_gain(out, content, content_us);
        self.mix_overlay(out, content, content_us);
        self.mix_metronome(out, heard, frame_us);
        self.mix_calibration(out, heard, frame_us);
        for sample in out {
            *sample = sample.clamp(-1.0, 1.0);
        }
    }

    /// True if the sync error is small enough to leave it alone: once it was too large, only when it is gone.
    fn may_run_free(&self) -> bool {
        self.sync_error_us.abs() < if self.free { SOLO_DRIFT * self.max_drift_us } else { SOLO_NEAR_US }
    }

    /// The clock or the card is unknown: what sounded fades out, and fades in again once they are known.
    fn render_without_time(&mut self, out: &mut [f32]) {
        let frame_us = 1e6 / f64::from(self.rate);
        if let Some(content) = self.content.take() {
            self.fade_away(content, frame_us);
        }
        for slot in &mut self.voices {
            if slot.as_ref().is_some_and(|v| v.is_closed()) {
                discard(&mut self.trash, &mut self.tell, slot);
            }
        }
        self.servo.rest();
        self.sync_error_us = 0.0;
        self.mix_tail(out);
        self.channels.apply(out, self.rate);
        let gain = self.gain.target();
        for sample in out.iter_mut() {
            *sample *= gain;
        }
        if let Some(at) = self.overlay.as_ref().map(|o| o.at) {
            self.mix_overlay(out, at, frame_us);
        }
    }

    /// Lets all that was sounding go on for a moment, fading, while the new position fades in.
    fn reanchor(&mut self, old: ServerInstant, frame_us: f64) {
        self.reanchors += 1;
        self.fade_away(old, frame_us);
    }

    /// Keeps the fading end of what sounds, as of `old`, to be mixed into what comes; every voice is interrupted.
    fn fade_away(&mut self, old: ServerInstant, frame_us: f64) {
        if !self.voices.iter().flatten().any(|v| v.is_sounding()) {
            return;
        }
        let count = ((FADE_US / frame_us) as usize).min(MAX_TAIL);
        let tail = &mut self.tail[..2 * count];
        tail.fill(0.0);
        for voice in self.voices.iter_mut().flatten().filter(|v| v.is_sounding()) {
            voice.mix_into(tail, old, frame_us, false);
            voice.interrupt();
        }
        for (k, frame) in tail.as_chunks_mut::<2>().0.iter_mut().enumerate() {
            let gain = 1.0 - super::gain::smooth(k as f32 / count as f32);
            frame[0] *= gain;
            frame[1] *= gain;
        }
        // read from the end of the buffer
        self.tail.copy_within(..2 * count, 2 * (MAX_TAIL - count));
        self.tail_left = count;
    }

    fn mix_tail(&mut self, out: &mut [f32]) {
        let take = self.tail_left.min(out.len() / 2);
        let begin = 2 * (MAX_TAIL - self.tail_left);
        for (sample, tail) in out.iter_mut().zip(&self.tail[begin..begin + 2 * take]) {
            *sample += tail;
        }
        self.tail_left -= take;
    }

    fn apply_gain(&self, out: &mut [f32], from: ServerInstant, frame_us: f64) {
        if self.gain.is_settled(from) {
            let gain = self.gain.target();
            if gain < 1.0 {
                for sample in out {
                    *sample *= gain;
                }
            }
            return;
        }
        for (k, frame) in out.as_chunks_mut::<2>().0.iter_mut().enumerate() {
            let gain = self.gain.at(from.plus(k as f64 * frame_us));
            frame[0] *= gain;
            frame[1] *= gain;
        }
    }

    fn mix_overlay(&mut self, out: &mut [f32], from: ServerInstant, frame_us: f64) {
        let Some(overlay) = &mut self.overlay else { return };
        let starts = (overlay.at.minus(from) / frame_us).ceil();
        let skip = if overlay.played > 0 || starts <= 0.0 { 0 } else { starts as usize };
        let room = (out.len() / 2).saturating_sub(skip);
        let left = overlay.samples.len() / 2 - overlay.played;
        let take = room.min(left);
        let clip = &overlay.samples[2 * overlay.played..2 * (overlay.played + take)];
        for (sample, clip) in out.iter_mut().skip(2 * skip).zip(clip) {
            *sample += clip;
        }
        overlay.played += take;
        if overlay.played * 2 >= overlay.samples.len()
            && let Some(done) = self.overlay.take()
            && let Err(rtrb::PushError::Full(Trash::Overlay(back))) = self.trash.push(Trash::Overlay(done))
        {
            self.overlay = Some(back);
        }
    }

    fn mix_metronome(&mut self, out: &mut [f32], heard: ServerInstant, frame_us: f64) {
        let Some(metronome) = &mut self.metronome else { return };
        if std::mem::take(&mut self.ends.metronome) {
            metronome.end(heard);
        }
        if metronome.is_over(heard) {
            self.metronome = None;
        } else {
            metronome.mix(out, heard, frame_us);
        }
    }

    fn mix_calibration(&mut self, out: &mut [f32], heard: ServerInstant, frame_us: f64) {
        let Some(calibration) = &mut self.calibration else { return };
        if std::mem::take(&mut self.ends.calibration) {
            calibration.end(heard);
        }
        if calibration.is_over(heard) {
            self.calibration = None;
        } else {
            calibration.mix(out, heard, frame_us);
        }
    }
}

/// Sends a voice out to be freed. Its slot stays taken if there is no room, which the next block will try again.
fn discard(trash: &mut rtrb::Producer<Trash>, tell: &mut Tell, slot: &mut Option<Box<Voice>>) {
    if let Some(voice) = slot {
        voice.runs.cut();
        tell.ended(voice.id, &mut voice.runs);
    }
    if let Some(voice) = slot.take()
        && let Err(rtrb::PushError::Full(Trash::Voice(back))) = trash.push(Trash::Voice(voice))
    {
        *slot = Some(back);
    }
}
