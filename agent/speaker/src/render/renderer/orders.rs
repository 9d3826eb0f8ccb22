//! The commands that the renderer takes, at the start of each block.

use super::{MAX_VOICES, Renderer, discard};
use crate::render::{
    command::{Command, Trash},
    gain::GainRamp,
    voice::Voice,
};

impl Renderer {
    pub(super) fn take_commands(&mut self) {
        // Whatever a command replaces must have room in the trash, or it waits.
        while self.trash.slots() > MAX_VOICES
            && let Ok(command) = self.commands.pop()
        {
            match command {
                Command::Clock(estimate) => {
                    self.tell.clock(estimate.clock_id);
                    self.clock = Some(estimate);
                }
                Command::ChangeClock(estimate, shift_us) => {
                    self.clock = Some(estimate);
                    self.tell.clock(estimate.clock_id);
                    self.shift(shift_us);
                }
                Command::ClockLost => self.clock = None,
                Command::Add(voice) => self.add(voice),
                Command::Close(id, at) => {
                    for slot in &mut self.voices {
                        let Some(voice) = slot.as_mut().filter(|v| v.id == id) else { continue };
                        voice.close(at, self.content);
                        if voice.is_closed() {
                            discard(&mut self.trash, &mut self.tell, slot);
                        }
                    }
                }
                Command::Fall(id, fall) => {
                    let now = self.content;
                    self.voices.iter_mut().flatten().filter(|v| v.id == id).for_each(|v| v.fall(fall, now));
                }
                Command::EndAt(id, total) => {
                    let now = self.content;
                    self.voices.iter_mut().flatten().filter(|v| v.id == id).for_each(|v| v.end_at(total, now));
                }
                Command::Channels(role, at) => self.channels.become_role(role, at),
                Command::Gain(gain, at, length_us) => {
                    // told too late for its instant: begin now, since a ramp half over would be a step
                    let begin = self.content.map_or(at, |now| if at < now { now } else { at });
                    self.gain.go(gain, begin, length_us);
                }
                Command::GainNow(gain) => self.gain = GainRamp::constant(gain),
                Command::OutputDelay(us) => self.output_delay_us = us as f64,
                Command::MaxDrift(us) => self.max_drift_us = us as f64,
                Command::Solo(solo) => self.solo = solo,
                Command::Metronome(Some(new)) => {
                    self.metronome = Some(new.instead_of(self.metronome));
                    self.ends.metronome = false;
                }
                Command::Metronome(None) => self.ends.metronome = self.metronome.is_some(),
                Command::Calibration(Some(new)) => {
                    self.calibration = Some(new.instead_of(self.calibration));
                    self.ends.calibration = false;
                }
                Command::Calibration(None) => self.ends.calibration = self.calibration.is_some(),
                Command::Overlay(overlay) => {
                    if let Some(old) = self.overlay.replace(overlay) {
                        let _ = self.trash.push(Trash::Overlay(old));
                    }
                }
            }
        }
    }

    fn shift(&mut self, us: i64) {
        for voice in self.voices.iter_mut().flatten() {
            voice.shift(us);
        }
        if let Some(overlay) = &mut self.overlay {
            overlay.at = overlay.at.plus_whole(us);
        }
        if let Some(metronome) = &mut self.metronome {
            metronome.shift(us);
        }
        if let Some(calibration) = &mut self.calibration {
            calibration.shift(us);
        }
        self.gain.shift(us);
        self.channels.shift(us);
        self.content = self.content.map(|content| content.plus_whole(us));
    }

    fn add(&mut self, voice: Box<Voice>) {
        // A full house: what is being silenced makes room, else what is wanted last.
        let free = self.voices.iter().position(Option::is_none).unwrap_or_else(|| {
            let rank = |v: &Voice| (v.gate.off.is_none(), std::cmp::Reverse(v.gate.on.whole));
            let last = self.voices.iter().enumerate().min_by_key(|(_, v)| v.as_deref().map(rank));
            let last = last.map_or(0, |(k, _)| k);
            discard(&mut self.trash, &mut self.tell, &mut self.voices[last]);
            last
        });
        self.voices[free] = Some(voice);
    }
}
