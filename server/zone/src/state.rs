//! The zone itself: its state.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use downbeat_protocol::{
    ClockId, EntryId, Frames, PlanEntry, ServerTime, SpeakerId, Timeline, TrackId, ZoneId, server_message::Continues,
    volume::Volume,
};

use super::{
    action::Action,
    agenda::Pending,
    answer::{Refusal, Ticket},
    members::Members,
    playback::Playback,
    position::EntryPosition,
    program::Program,
    queue::{Edits, Fault, QueueEntry},
    readiness::Readiness,
    returning::Returning,
    search::Search,
    track::Track,
};

/// The settings of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZoneSettings {
    /// How long a start waits for members that have not answered, microseconds.
    pub ready_deadline_us: i64,
    /// The margin on top of the time that the slowest member needs, for the message's way through both processes,
    /// microseconds.
    pub margin_us: i64,
    /// `previous` goes to the entry before if less than this of the current one was heard, microseconds.
    pub restart_after_us: i64,
}

impl Default for ZoneSettings {
    fn default() -> Self {
        Self { ready_deadline_us: 2_000_000, margin_us: 10_000, restart_after_us: 3_000_000 }
    }
}

/// A change of volume takes this long, milliseconds, unless said otherwise.
pub const RAMP_MS: u32 = 50;

/// A zone. See the [module](super).
#[derive(Debug, Clone)]
pub struct Zone {
    pub(super) id: ZoneId,
    pub(super) name: String,
    pub(super) clock_id: ClockId,
    pub(super) settings: ZoneSettings,
    pub(super) program: Program,
    pub(super) playback: Playback,
    /// A start that waits for members; meanwhile the old sound goes on.
    pub(super) readiness: Option<Readiness>,
    /// The commands that people want done later, in order of time.
    pub(super) pending: Vec<Pending>,
    /// The last one that was begun. While it is prepared it is kept as if it still waited.
    pub(super) doing: Option<Pending>,
    pub(super) members: Members,
    pub(super) volume: Volume,
    pub(super) muted: bool,
    pub(super) open_to_guests: bool,
    pub(super) revision: u64,
    /// The revision with which the queue became what it is and how it is shown ...
    pub(super) queue_version: u64,
    /// ... and that with which its entries came to stand as they do.
    pub(super) arrangement: u64,
    /// The changes of the queue that these two know of.
    pub(super) counted: Edits,
    pub(super) last_prepare: u64,
    /// The members that cannot play a coming entry, for each such entry.
    pub(super) complaints: BTreeMap<EntryId, (BTreeSet<SpeakerId>, Fault)>,
    /// The queue came to its end by itself, and more is looked for.
    pub(super) dry: bool,
    /// The state of the search for more to play.
    pub(super) search: Search,
    /// Nothing was found: look again then.
    pub(super) more_again: Option<ServerTime>,
    /// The instant at which files that speakers could not get are tried again.
    pub(super) reach_again: Option<ServerTime>,
    /// News of the track that sounds, which would change what sounds: taken in when it is over.
    pub(super) withheld: HashMap<TrackId, Option<Arc<Track>>>,
    /// The tracks of the window whose files were asked to be identified.
    pub(super) unidentified: Vec<TrackId>,
    /// The revision of which it is known what is wanted.
    pub(super) wanted_at: Option<u64>,
    /// After a restart: what speakers still play may be taken up.
    pub(super) returning: Option<Returning>,
    /// After a restart: the revision that was kept last.
    pub(super) kept_revision: Option<u64>,
    /// After a restart on another clock: how the old one and this one go together.
    pub(super) continues: Option<Continues>,
}

impl Zone {
    /// A silent zone with an empty queue.
    pub fn new(id: ZoneId, name: String, clock_id: ClockId, settings: ZoneSettings, now: ServerTime) -> Self {
        Self {
            id,
            name,
            clock_id,
            settings,
            program: Program::default(),
            playback: Playback::silent(now),
            readiness: None,
            pending: Vec::new(),
            doing: None,
            members: Members::default(),
            volume: Volume::FULL,
            muted: false,
            open_to_guests: true,
            revision: 0,
            queue_version: 0,
            arrangement: 0,
            counted: Edits::default(),
            last_prepare: 0,
            complaints: BTreeMap::new(),
            dry: false,
            search: Search::Idle,
            more_again: None,
            reach_again: None,
            withheld: HashMap::new(),
            unidentified: Vec::new(),
            wanted_at: None,
            returning: None,
            kept_revision: None,
            continues: None,
        }
    }

    /// Another name; to be kept with the next save.
    pub fn rename(&mut self, name: String) {
        self.name = name;
        self.revision += 1;
    }

    /// Opens it to guests, or closes it to them; to be kept with the next save.
    pub fn open_to_guests(&mut self, open: bool) {
        if self.open_to_guests != open {
            self.open_to_guests = open;
            self.revision += 1;
        }
    }

    /// The earliest instant that every member can make, and that is not before `at`.
    pub fn earliest(&self, now: ServerTime, at: Option<ServerTime>) -> ServerTime {
        self.instant(now, at)
    }

    /// The earliest instant that every member can make.
    pub(super) fn instant(&self, now: ServerTime, at: Option<ServerTime>) -> ServerTime {
        self.members.instant(now, self.settings.margin_us, at, |_| true)
    }

    pub(super) fn timeline(&self, entry: EntryId, frames: Frames, at: ServerTime, running: bool) -> Timeline {
        Timeline { clock_id: self.clock_id, entry, anchor_server_us: at, anchor_media_frames: frames, running }
    }
}

/// `frame`, brought into what is played of an entry.
pub(super) fn within(frame: Frames, entry: &PlanEntry) -> Frames {
    let (first, last) = (entry.first_frame().0, entry.last_frame().0);
    Frames(frame.0.clamp(first, (last - 1).max(first)))
}

/// The frame of the file that is meant by `place`, a place in the track; the very end counts as the last frame.
pub(super) fn resolve(place: EntryPosition, entry: &QueueEntry) -> Result<Frames, Refusal> {
    let track = entry.track();
    let frame = place.frame(track.sample_rate);
    if frame > track.frames {
        let length_ms = (track.duration_seconds() * 1e3) as i64;
        return Err(Refusal::PastEnd { length_ms });
    }
    Ok(track.within(Frames(track.first_frame().0.saturating_add(frame.0))))
}

/// The frame of the file that is `frame` of the entry's track, and the reverse.
pub(super) fn file_frame(entry: Option<&QueueEntry>, frame: Frames) -> Frames {
    Frames(frame.0.saturating_add(entry.map_or(0, |e| e.track().first_frame().0)))
}

pub(super) fn own_frame(entry: Option<&QueueEntry>, frame: Frames) -> Frames {
    Frames(frame.0.saturating_sub(entry.map_or(0, |e| e.track().first_frame().0)))
}

pub(super) fn answer_all(tickets: impl IntoIterator<Item = Ticket>, at: ServerTime, out: &mut Vec<Action>) {
    out.extend(tickets.into_iter().map(|ticket| Action::Answer { ticket, result: Ok(at) }));
}
