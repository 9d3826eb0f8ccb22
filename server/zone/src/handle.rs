//! The door of a zone: its answer to each input and command, and the instant at which it wants to be called again.

use downbeat_protocol::{ServerTime, handshake::SpeakerClass};

use super::{
    action::Action,
    answer::Ticket,
    command::{Command, Input},
    returning::Returning,
    state::Zone,
    telling::Telling,
};

impl Zone {
    /// Takes an input at `now`, which must not be before that of the call before, and says what is to be done.
    pub fn handle(&mut self, now: ServerTime, input: Input, out: &mut Vec<Action>) {
        self.advance(now, out);
        self.try_again(now, out);
        match input {
            Input::Command(ticket, command) => {
                let command = self.put_off(now, ticket, command, out);
                if let Some(command) = command.and_then(|c| self.after_return(ticket, c)) {
                    self.command(now, ticket, command, out);
                }
            }
            Input::Joined { speaker, class, round_trip_us, claim } => {
                // a page in a browser does not measure how clocks go together
                if let Some(claim) = claim.filter(|_| class == SpeakerClass::Agent) {
                    self.claimed(now, speaker, *claim, out);
                }
                self.members.join(speaker, class, round_trip_us);
                self.tell_newcomer(now, speaker, out);
            }
            Input::ClockShift { speaker, shift } => self.clock_shift(now, speaker, &shift),
            Input::Left { speaker } => {
                self.members.leave(speaker);
                if let Some(r) = &mut self.readiness {
                    r.left(speaker);
                }
                self.complaints_of_all(now, out);
            }
            Input::StateRequested { speaker } => {
                if self.members.contains(speaker) {
                    self.tell_newcomer(now, speaker, out);
                }
            }
            Input::Ready { speaker, prepare_id, entry: _, lead_us, error } => {
                self.members.mute(speaker, false);
                if error.is_none() {
                    self.members.lead(speaker, lead_us);
                }
                if let Some(r) = &mut self.readiness {
                    r.answer(speaker, prepare_id, error);
                }
            }
            Input::MemberFault { speaker, entry, error } => self.complaint(now, speaker, entry, &error, out),
            Input::RoundTrip { speaker, micros } => self.members.round_trip(speaker, micros),
            Input::Lead { speaker, micros } => self.members.lead(speaker, micros),
            Input::LevelsChanged { speakers, at } => {
                let at = self.instant(now, at);
                for speaker in speakers {
                    self.commit(now, Telling::Level { speaker, at }, out);
                }
            }
            Input::Tracks(news) => self.tracks(now, news, out),
            Input::More(entries) => self.more(now, entries, out),
            Input::Timeout => {}
        }
        self.settle_return(now, out);
        self.decide(now, out);
        self.do_pending(now, out);
        self.want(now, out);
        self.drop_unheard_answers(out);
        self.count_edits();
    }

    /// When to call [`Zone::handle`] with [`Input::Timeout`] if no other input comes first.
    pub fn next_timeout(&self) -> Option<ServerTime> {
        let deadline = self.readiness.as_ref().map(|r| r.deadline);
        let returning = self.returning.as_ref().map(Returning::next_timeout);
        let own =
            [deadline, self.playback.next_event(), returning, self.more_again, self.next_pending(), self.reach_again];
        own.into_iter().flatten().min()
    }

    pub(super) fn command(&mut self, now: ServerTime, ticket: Ticket, command: Command, out: &mut Vec<Action>) {
        let done = match command {
            Command::Play { entries, start, from, at } => self.play(now, ticket, (entries, start), (from, at), out),
            Command::Jump { entry, from, at } => self.jump(now, ticket, entry, (from, at), out),
            Command::Resume { at } => self.resume(now, ticket, at, out),
            Command::Seek { to, at } => self.seek(now, ticket, to, at, out),
            Command::Next { at } => self.next(now, ticket, at, out),
            Command::Previous { at } => self.previous(now, ticket, at, out),
            Command::Enqueue { entries, place } => self.enqueue(now, ticket, entries, place, out),
            Command::PlayNow { entries, at } => self.play_now(now, ticket, entries, at, out),
            Command::Replace { entries } => self.replace(now, ticket, entries, out),
            Command::Remove { entry } => self.remove(now, ticket, entry, out),
            Command::Move { entries, place } => self.shift(now, ticket, &entries, place, out),
            Command::Session(patch, part) => self.set_session(now, ticket, &patch, part, out),
            Command::Loop(part) => self.set_loop(now, ticket, part, out),
            Command::Modes(patch) => return self.set_modes(now, ticket, &patch, out),
            Command::RemoveMany { entries } => return self.remove_many(now, ticket, &entries, out),
            Command::Pause { at } => return self.pause(now, ticket, at, out),
            Command::Stop { at } => return self.stop(now, ticket, at, out),
            Command::Volume { volume, muted, ramp_ms, at } => {
                return self.set_volume(now, ticket, (volume, muted), (ramp_ms, at), out);
            }
            Command::Clear => return self.clear(now, ticket, out),
            Command::CallOff => return self.call_off(now, ticket, out),
        };
        if let Err(refusal) = done {
            out.push(Action::Answer { ticket, result: Err(refusal) });
        }
    }

    /// Gives the queue a version of its own if it is not as it was.
    fn count_edits(&mut self) {
        let edits = self.program.queue().edits();
        if edits.shown == self.counted.shown {
            return;
        }
        // never twice the same: it grows, and is within the revision, which is kept
        self.revision = self.revision.max(self.queue_version + 1);
        self.queue_version = self.revision;
        if edits.arranged != self.counted.arranged {
            self.arrangement = self.revision;
        }
        self.counted = edits;
    }
}
