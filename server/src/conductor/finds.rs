//! The library is searched for what a zone asks for: hashes of files, and more to play.

use downbeat_protocol::{EntryId, TrackId, ZoneId};

use super::Conductor;
use downbeat_library::autoplay;
use downbeat_zone::{Input, QueueEntry, TrackNews, modes::Autoplay};

impl Conductor {
    pub(super) fn find_hashes(&self, zone: ZoneId, tracks: Vec<TrackId>) {
        let conductor = self.clone();
        self.0.tasks.spawn(async move {
            conductor.0.library.find_hashes(&tracks).await;
            // Of those that had been found before the zone asked there is no news.
            let catalog = conductor.0.library.catalog();
            let known = |track| catalog.track(track).filter(|t| !t.hash.is_empty());
            let news = tracks.into_iter().filter_map(|track| Some(TrackNews { track, now: Some(known(track)?) }));
            conductor.tell_zone(zone, Input::Tracks(news.collect()));
        });
    }

    /// Looks for more to play, and tells the zone.
    pub(super) fn look_for_more(&self, zone: ZoneId, autoplay: Autoplay, recent: Vec<TrackId>, count: usize) {
        let conductor = self.clone();
        self.0.tasks.spawn(async move {
            let found = autoplay::pick(conductor.library(), autoplay, &recent, count).await;
            let entries =
                found.into_iter().map(|track| QueueEntry::of(EntryId::random(), track.track.clone())).collect();
            conductor.tell_zone(zone, Input::More(entries));
        });
    }
}
