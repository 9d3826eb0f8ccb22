//! How a change of a zone comes into force, and what speakers are told of it.
//!
//! Every change goes through [`Zone::commit`]: it gets a revision of its own, the members that it concerns are told,
//! and it is kept.

use downbeat_protocol::{ServerTime, SpeakerId, server_message::Session};

use super::{
    action::{Action, Audience},
    playback::Segment,
    state::{RAMP_MS, Zone},
};

/// The members' share in a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Telling {
    /// They need not know.
    Nothing,
    /// All hear what is played from now on.
    Session,
    /// All hear everything, as a newcomer does.
    Everything,
    /// All are asked to prepare the start that `readiness` holds. It is kept once it sounds; one that nobody can be
    /// asked to prepare yet is kept now.
    Preparation,
    /// All hear the zone's volume.
    Volume {
        /// From then on.
        at: ServerTime,
        /// The change takes so long, milliseconds.
        ramp_ms: u32,
    },
    /// One hears its own level, which is kept with the speaker.
    Level {
        /// The one.
        speaker: SpeakerId,
        /// From then on.
        at: ServerTime,
    },
}

impl Zone {
    /// Brings a change into force: a revision of its own, told, kept.
    pub(super) fn commit(&mut self, now: ServerTime, telling: Telling, out: &mut Vec<Action>) {
        self.revision += 1;
        match telling {
            Telling::Nothing => {}
            Telling::Session => self.tell(now, Audience::All, out),
            Telling::Everything => self.tell_everybody_everything(now, out),
            Telling::Preparation => {
                if let Some(message) = self.readiness.as_ref().and_then(|r| self.prepare(now, r)) {
                    out.push(Action::Prepare { to: Audience::All, message });
                    return;
                }
            }
            Telling::Volume { at, ramp_ms } => self.tell_volume(Audience::All, at, ramp_ms, out),
            Telling::Level { speaker, at } => {
                self.tell_volume(Audience::One(speaker), at, RAMP_MS, out);
                return;
            }
        }
        keep(out);
    }

    /// Takes a change into force: told to all, kept.
    pub(super) fn change(&mut self, now: ServerTime, segment: Segment, out: &mut Vec<Action>) {
        self.playback.settle(now);
        self.playback.change(segment);
        self.playback.settle(now);
        self.commit(now, Telling::Session, out);
    }

    fn tell_volume(&self, to: Audience, at: ServerTime, ramp_ms: u32, out: &mut Vec<Action>) {
        let (revision, volume, muted) = (self.revision, self.volume, self.muted);
        out.push(Action::Volume { to, revision, volume, muted, at, ramp_ms });
    }

    pub(super) fn tell_everybody_everything(&self, now: ServerTime, out: &mut Vec<Action>) {
        for speaker in self.members() {
            self.tell_newcomer(now, speaker, out);
        }
    }

    /// Tells what holds in the end.
    pub(super) fn tell(&self, now: ServerTime, to: Audience, out: &mut Vec<Action>) {
        if self.withholds() {
            return; // all are told everything as soon as it is known what plays
        }
        let segment = self.playback.last();
        let session = self.session(now, segment, self.revision);
        out.push(Action::Session { to, change: segment.change, session });
    }

    /// Tells everything: what is heard now, the changes already decided, and what is being prepared. Silence until a
    /// change needs no telling: nothing is heard before a timeline's anchor.
    pub(super) fn tell_newcomer(&self, now: ServerTime, speaker: SpeakerId, out: &mut Vec<Action>) {
        if self.withholds() {
            return;
        }
        let segments = self.playback.segments();
        let sounding = segments.iter().position(|s| s.timeline.is_some()).unwrap_or(segments.len() - 1);
        let mut first = true;
        for (behind, segment) in segments.iter().enumerate().skip(sounding).map(|(i, s)| (segments.len() - 1 - i, s)) {
            let session = self.session(now, segment, self.revision.saturating_sub(behind as u64));
            out.push(if std::mem::take(&mut first) {
                Action::StateSync { to: speaker, session, volume: self.volume, muted: self.muted }
            } else {
                Action::Session { to: Audience::One(speaker), change: segment.change, session }
            });
        }
        if let Some(r) = &self.readiness
            && let Some(message) = self.prepare(now, r)
        {
            out.push(Action::Prepare { to: Audience::One(speaker), message });
        }
    }

    fn session(&self, now: ServerTime, segment: &Segment, revision: u64) -> Session {
        Session {
            server_time: now,
            zone: self.id,
            revision,
            at: segment.timeline.as_ref().map_or(segment.from, |t| t.anchor_server_us),
            timeline: segment.timeline.clone(),
            plan: segment.plan.clone(),
            fading: self.playback.fading(segment, now).cloned(),
            continues: self.continues,
            // the zone knows of no requests: the conductor does
            request: None,
        }
    }
}

/// Keeps what was committed. By itself only for what goes with a preparation, such as a queue that was edited.
pub(super) fn keep(out: &mut Vec<Action>) {
    if out.last() != Some(&Action::Save) {
        out.push(Action::Save);
    }
}
