//! The plan: the window of the way through the queue that speakers are told.

use downbeat_protocol::{Frames, PlanEntry, TrackId};

use super::Program;
use crate::{
    loudness::{Gains, gain},
    occurrence::Occurrence,
    queue::QueueEntry,
    window::{MAX_PLAN_BYTES, PLAN_ENTRIES},
};

impl Program {
    /// The plan entry that speakers are told to start an occurrence from anywhere in it.
    pub fn head(&self, occurrence: Occurrence) -> Option<PlanEntry> {
        let entry = self.queue.get(occurrence.entry)?;
        let plan = self.planned(occurrence, entry, None, None);
        let gain_db = self.gain_among(entry, self.neighbours(occurrence));
        Some(PlanEntry { start_frames: entry.track().first_frame(), gain_db, ..plan })
    }

    /// The plan that begins with `own`, which is or will be sounding as it is, and goes on with what comes behind it.
    /// An entry whose file is not identified yet ends it. `None` if it is not in the queue (any more): then nothing is
    /// known to follow.
    pub fn plan(&self, own: &PlanEntry) -> Option<Vec<PlanEntry>> {
        let from = self.occurrence(own.entry)?;
        let mut plan = vec![PlanEntry { end_frames: self.end_of(from), ..own.clone() }];
        // as many as are told, to know the neighbours of the last one
        let coming = self.coming(from, PLAN_ENTRIES, false);
        let mut bytes: usize = plan.iter().map(encoded).sum();
        let mut before = self.queue.get(from.entry);
        for (i, occurrence) in coming.iter().enumerate() {
            let Some(entry) = self.queue.get(occurrence.entry).filter(|e| e.identified()) else { break };
            let next = coming.get(i + 1).and_then(|o| self.queue.get(o.entry));
            let planned = self.planned(*occurrence, entry, before, next);
            bytes += encoded(&planned);
            if plan.len() >= PLAN_ENTRIES || bytes > MAX_PLAN_BYTES {
                break;
            }
            plan.push(planned);
            before = Some(entry);
        }
        Some(plan)
    }

    /// The tracks of the window that speakers cannot be told of, because their files are not identified.
    pub fn unidentified(&self) -> Vec<TrackId> {
        let Some(cursor) = self.cursor() else { return Vec::new() };
        let coming = std::iter::once(cursor).chain(self.coming(cursor, PLAN_ENTRIES, false));
        let mut tracks: Vec<TrackId> = Vec::new();
        for entry in coming.filter_map(|o| self.queue.get(o.entry)).filter(|e| e.playable() && !e.identified()) {
            if !tracks.contains(&entry.track_id()) {
                tracks.push(entry.track_id());
            }
        }
        tracks
    }

    fn planned(
        &self,
        occurrence: Occurrence,
        entry: &QueueEntry,
        before: Option<&QueueEntry>,
        next: Option<&QueueEntry>,
    ) -> PlanEntry {
        // what is repeated by itself is as loud as between its neighbours
        let again = |other: Option<&QueueEntry>| other.is_some_and(|o| o.id() == entry.id());
        let neighbours = if again(before) || again(next) { self.neighbours(occurrence) } else { [before, next] };
        let looped = self.ab.filter(|l| l.entry == occurrence.entry && occurrence.pass > l.base);
        PlanEntry {
            start_frames: looped.map_or(entry.track().first_frame(), |l| l.a),
            end_frames: self.end_of(occurrence),
            gain_db: self.gain_among(entry, neighbours),
            overlap_us: before.map_or(0, |b| self.overlap_us(b, entry)),
            ..entry.plan(occurrence.id())
        }
    }

    /// The entries that are played before and after an entry when nothing is repeated by itself.
    fn neighbours(&self, occurrence: Occurrence) -> [Option<&QueueEntry>; 2] {
        let before = self.previous(Some(occurrence.entry));
        [before, self.next(occurrence)].map(|o| self.queue.get(o?.entry))
    }

    /// How loud an entry is between these.
    fn gain_among(&self, entry: &QueueEntry, [before, next]: [Option<&QueueEntry>; 2]) -> f32 {
        let track = entry.track();
        let in_album =
            before.is_some_and(|b| b.track().precedes(track)) || next.is_some_and(|n| track.precedes(n.track()));
        gain(&self.modes, Gains::of(track), in_album)
    }

    fn end_of(&self, occurrence: Occurrence) -> Option<Frames> {
        let looped = self.ab.filter(|l| l.entry == occurrence.entry).map(|l| l.b);
        let track = || self.queue.get(occurrence.entry).map(QueueEntry::track);
        looped.or_else(|| track().filter(|t| t.part.is_some()).map(|t| t.end_frame()))
    }

    /// No crossfade between what belongs together, nor where it would take more than half of a track.
    fn overlap_us(&self, before: &QueueEntry, entry: &QueueEntry) -> u32 {
        let overlap = self.modes.crossfade_us;
        let seconds = 2.0 * f64::from(overlap) / 1e6;
        let (before, track) = (before.track(), entry.track());
        let short = before.duration_seconds() < seconds || track.duration_seconds() < seconds;
        if short || before.id == track.id || before.precedes(track) { 0 } else { overlap }
    }
}

/// How long an entry of a plan is as JSON, with what separates it from the next one, bytes.
fn encoded(entry: &PlanEntry) -> usize {
    serde_json::to_vec(entry).map_or(0, |json| json.len() + 1)
}
