//! The state that a zone shows of itself.

use downbeat_protocol::{
    EntryId, Frames, ServerTime, SpeakerId, ZoneId, server_message::PositionCheck, volume::Volume,
};

use super::{
    modes::{AbLoop, Modes},
    queue::{Queue, QueueEntry},
    state::{Zone, own_frame},
};

/// The activity of the zone, as it will be when every decided change has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlayState {
    /// Silent.
    Stopped,
    /// Held at a frame.
    Paused,
    /// Playing, or about to; also if after a restart its speakers still play and it is not known yet at which frame.
    Playing,
}

/// A zone at one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// Its id.
    pub id: ZoneId,
    /// Its name.
    pub name: String,
    /// Its revision.
    pub revision: u64,
    /// The activity of the zone.
    pub state: PlayState,
    /// True if a start waits for its members.
    pub preparing: bool,
    /// The entry that plays, is held or is about to start.
    pub entry: Option<QueueEntry>,
    /// Its index in the queue.
    pub index: Option<usize>,
    /// The frame heard at `at`, counted from where the track begins; so are those of `anchor` and `ab`.
    pub position: Frames,
    /// The instant of `position`: now, or the start if that lies ahead.
    pub at: ServerTime,
    /// The frame of the entry from which its position is counted, and the instant of that frame: other than `position`
    /// and `at` these stay as they are until something changes.
    pub anchor: (Frames, ServerTime),
    /// The zone's volume.
    pub volume: Volume,
    /// True if the zone is muted.
    pub muted: bool,
    /// True if guests may control it, as far as guests may control anything.
    pub open_to_guests: bool,
    /// Length of the queue.
    pub queue_length: usize,
    /// The revision with which the queue became what it is and how it is shown.
    pub queue_version: u64,
    /// The revision with which the entries of the queue came to stand as they do.
    pub arrangement: u64,
    /// Connected speakers.
    pub members: usize,
    /// How it goes through its queue.
    pub modes: Modes,
    /// The A-B loop.
    pub ab: Option<AbLoop>,
    /// The commands that are to be done later, the next first: the name, and the instant at which it is to be heard.
    pub pending: Vec<(&'static str, ServerTime)>,
}

impl Zone {
    /// Its id.
    pub fn id(&self) -> ZoneId {
        self.id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Grows with every change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The revision with which its queue became what it is and how it is shown: no other content of it ever has the
    /// same.
    pub fn queue_version(&self) -> u64 {
        self.queue_version
    }

    /// The revision with which the entries of its queue came to stand as they do.
    pub fn arrangement(&self) -> u64 {
        self.arrangement
    }

    /// The modes that people set.
    pub fn modes(&self) -> &Modes {
        self.program.modes()
    }

    /// The A-B loop, its frames counted from where the entry's track begins.
    pub fn ab(&self) -> Option<AbLoop> {
        self.program.ab().map(|ab| self.shown_loop(ab))
    }

    fn shown_loop(&self, ab: &AbLoop) -> AbLoop {
        let entry = self.program.queue().get(ab.entry);
        AbLoop { a: own_frame(entry, ab.a), b: own_frame(entry, ab.b), ..*ab }
    }

    /// Its queue.
    pub fn queue(&self) -> &Queue {
        self.program.queue()
    }

    /// The entry of the queue that has this id in plans.
    pub fn planned(&self, id: EntryId) -> Option<&QueueEntry> {
        self.program.entry(id)
    }

    /// The entries that come after the current one, at most so many, as they will be played if nobody interferes.
    pub fn upcoming(&self, most: usize) -> Vec<QueueEntry> {
        let Some(cursor) = self.program.cursor() else { return Vec::new() };
        let coming = self.program.coming(cursor, most, false);
        coming.into_iter().filter_map(|o| self.program.queue().get(o.entry).cloned()).collect()
    }

    /// How loud, and whether muted.
    pub fn level(&self) -> (Volume, bool) {
        (self.volume, self.muted)
    }

    /// True if guests may control it, as far as guests may control anything.
    pub fn is_open_to_guests(&self) -> bool {
        self.open_to_guests
    }

    /// Its connected speakers.
    pub fn members(&self) -> Vec<SpeakerId> {
        self.members.ids().collect()
    }

    /// How many they are.
    pub fn member_count(&self) -> usize {
        self.members.len()
    }

    /// The zone at `now`.
    pub fn view(&self, now: ServerTime) -> View {
        let last = self.playback.last();
        let at = now.max(last.from);
        let spot = last.spot(at);
        let (state, position, at, entry) = match (&self.readiness, spot) {
            (Some(r), _) => (PlayState::Playing, r.from, now, Some(r.entry)),
            (None, Some(s)) if self.withholds() => (PlayState::Playing, s.frame, at, Some(s.entry)),
            (None, Some(s)) if s.running => (PlayState::Playing, s.frame, at, Some(s.entry)),
            (None, Some(s)) => (PlayState::Paused, s.frame, at, Some(s.entry)),
            (None, None) => (PlayState::Stopped, Frames(0), at, None),
        };
        let line = last.timeline.as_ref().filter(|t| self.readiness.is_none() && Some(t.entry) == entry);
        let anchor = match (line, &self.readiness) {
            (Some(line), _) => (line.anchor_media_frames, line.anchor_server_us),
            (None, Some(r)) => (position, r.deadline),
            (None, None) if entry.is_none() => (position, last.from),
            (None, None) => (position, at),
        };
        let queue = self.program.queue();
        let entry = entry.and_then(|id| self.program.entry(id));
        let index = entry.and_then(|e| queue.index_of(e.id()));
        View {
            id: self.id,
            name: self.name.clone(),
            revision: self.revision,
            state,
            preparing: self.readiness.is_some(),
            entry: entry.cloned(),
            index,
            position: own_frame(entry, position),
            at,
            anchor: (own_frame(entry, anchor.0), anchor.1),
            volume: self.volume,
            muted: self.muted,
            open_to_guests: self.open_to_guests,
            queue_length: queue.len(),
            queue_version: self.queue_version,
            arrangement: self.arrangement,
            modes: self.program.modes().clone(),
            ab: self.program.ab().map(|ab| self.shown_loop(ab)),
            pending: self.pending().iter().map(|p| (p.command.name(), p.at)).collect(),
            members: self.members.len(),
        }
    }

    /// The position that every member should have at `now`; `None` unless something is running.
    pub fn position_check(&self, now: ServerTime) -> Option<PositionCheck> {
        let spot = self.playback.heard(now).spot(now).filter(|s| s.running)?;
        Some(PositionCheck {
            server_time: now,
            zone: self.id,
            revision: self.revision,
            entry: Some(spot.entry),
            expected_frames: spot.frame,
        })
    }
}
