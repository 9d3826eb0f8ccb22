//! The settings of a zone's session that people make: repeat, shuffle, crossfade, loudness, the tracks that come when
//! the queue ends, and the A-B loop.

use downbeat_protocol::{Frames, ServerTime};

use super::{
    action::Action,
    answer::{Refusal, Ticket},
    command::ModesPatch,
    modes::MIN_LOOP_US,
    occurrence::Occurrence,
    playback::Change,
    position::EntryPosition,
    state::{Zone, answer_all},
    telling,
};

impl Zone {
    /// Sets the modes. The sound goes on as it is; the entries to come are others.
    pub(super) fn set_modes(&mut self, now: ServerTime, ticket: Ticket, patch: &ModesPatch, out: &mut Vec<Action>) {
        self.change_modes(now, patch, out);
        answer_all([ticket], now, out);
    }

    /// Modes and loop, of which only the loop can be refused: then nothing of it is done.
    pub(super) fn set_session(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        patch: &ModesPatch,
        part: Option<(EntryPosition, EntryPosition)>,
        out: &mut Vec<Action>,
    ) -> Result<(), Refusal> {
        part.map(|part| self.part_to_loop(part)).transpose()?;
        self.change_modes(now, patch, out);
        self.set_loop(now, ticket, part, out)
    }

    fn change_modes(&mut self, now: ServerTime, patch: &ModesPatch, out: &mut Vec<Action>) {
        let mut modes = self.program.modes().clone();
        modes.repeat = patch.repeat.unwrap_or(modes.repeat);
        modes.shuffle = patch.shuffle.unwrap_or(modes.shuffle);
        modes.crossfade_us = patch.crossfade_us.unwrap_or(modes.crossfade_us);
        modes.loudness = patch.loudness.unwrap_or(modes.loudness);
        modes.preamp_db = patch.preamp_db.unwrap_or(modes.preamp_db);
        modes.headroom_db = patch.headroom_db.unwrap_or(modes.headroom_db);
        modes.limiter = patch.limiter.unwrap_or(modes.limiter);
        modes.autoplay = patch.autoplay.unwrap_or(modes.autoplay);
        if modes != *self.program.modes() {
            self.program.set_modes(modes);
            self.edited(now, out);
        }
    }

    /// The current occurrence, and the frames from which and up to which it would be played over and over.
    fn part_to_loop(&self, (a, b): (EntryPosition, EntryPosition)) -> Result<(Occurrence, Frames, Frames), Refusal> {
        let last = self.playback.last();
        let cursor = self.program.cursor().filter(|_| self.readiness.is_some() || last.timeline.is_some());
        let cursor = cursor.ok_or(Refusal::NothingPlaying)?;
        let track = self.program.queue().get(cursor.entry).ok_or(Refusal::NothingPlaying)?.track().clone();
        let (a, b) = (a.frame(track.sample_rate), b.frame(track.sample_rate));
        let long_enough =
            b.0.saturating_sub(a.0).saturating_mul(1_000_000) >= MIN_LOOP_US * i64::from(track.sample_rate);
        if a.0 < 0 || b > track.frames || !long_enough {
            return Err(Refusal::BadLoop { length_ms: (track.duration_seconds() * 1e3) as i64 });
        }
        let first = track.first_frame().0;
        Ok((cursor, Frames(a.0 + first), Frames(b.0 + first)))
    }

    /// Plays a part of the current entry over and over. Before B is reached what sounds goes on; from beyond B it goes
    /// to A. Without a part it plays on to the end.
    pub(super) fn set_loop(
        &mut self,
        now: ServerTime,
        ticket: Ticket,
        part: Option<(EntryPosition, EntryPosition)>,
        out: &mut Vec<Action>,
    ) -> Result<(), Refusal> {
        let Some(part) = part else {
            if self.program.ab().is_some() {
                self.program.end_loop();
                self.edited(now, out);
            }
            answer_all([ticket], now, out);
            return Ok(());
        };
        let latest = self.instant(now, None);
        let (cursor, a, b) = self.part_to_loop(part)?;
        self.program.begin_loop(cursor.entry, a, b);
        let again = Occurrence { pass: 0, ..cursor };
        match (&self.readiness, self.playback.last().spot(latest.max(self.playback.last().from))) {
            (Some(r), _) if r.from >= b => {
                let (change, at) = (r.change, r.at);
                self.restart(now, again, a, (change, at), ticket, out);
                telling::keep(out);
            }
            (None, Some(spot)) if !spot.running && spot.frame >= b => {
                self.hold(now, again, a, (latest, Change::Seek), out);
                answer_all([ticket], latest, out);
            }
            // also in the last moment before B, which not every speaker could make
            (None, spot) if spot.is_none_or(|s| s.running && (s.frame >= b || s.entry != cursor.id())) => {
                self.restart(now, again, a, (Change::Seek, None), ticket, out);
                telling::keep(out);
            }
            _ => {
                self.edited(now, out);
                answer_all([ticket], now, out);
            }
        }
        Ok(())
    }
}
