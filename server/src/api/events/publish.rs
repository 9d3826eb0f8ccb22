//! Fills the log: while somebody follows (and for a minute after the last one left, so that who comes back need not
//! begin anew), a task looks at every subject that was marked as changed and publishes its view, the one that its GET
//! answers, without live figures. A burst of changes (a volume that is dragged) is looked at once every [`PAUSE`], a
//! scan's progress once every [`LIBRARY_PAUSE`].

use std::{
    collections::{BTreeSet, HashMap},
    sync::atomic::Ordering,
    time::Duration,
};

use axum::extract::State;
use downbeat_protocol::{SpeakerId, ZoneId};
use serde::Serialize;
use tokio::time::{Instant, sleep, sleep_until};
use uuid::Uuid;

use super::super::{
    Api, library,
    playlists::PlaylistView,
    presets,
    queue_view::QueueState,
    speaker_view::Zones,
    zones::{Membership, zone_view},
};
use crate::{changes::Subject, control::QueueMoment, events::Topic};
use downbeat_store::{PlaylistError, index::Part};

/// How long changes are gathered.
const PAUSE: Duration = Duration::from_millis(25);
/// Of a scan under way more than this is more than people can read.
const LIBRARY_PAUSE: Duration = Duration::from_millis(300);
/// How long changes are still kept after the last one who followed has left.
const LINGER: Duration = Duration::from_mins(1);
/// How often zones are looked at though nothing was marked: a metronome ends by itself.
const SWEEP: Duration = Duration::from_secs(1);
/// So many playlists are read at once.
const PLAYLISTS: usize = 500;

/// Publishes what changes, until the coordinator stops.
pub async fn publish(api: Api) {
    let stopping = api.gateway.stopping.clone();
    tokio::select! {
        () = stopping.cancelled() => {}
        () = async {
            loop {
                publish_while_followed(&api).await;
            }
        } => {}
    }
}

async fn publish_while_followed(api: &Api) {
    let events = &*api.events.0;
    while events.followers.load(Ordering::Acquire) == 0 {
        events.came.notified().await;
    }
    let library = api.conductor.library();
    let (mut scan, mut background, mut news) = (library.changed(), library.background(), library.news());
    events.changes.watch(true);
    let mut publisher = Publisher { api, queues: HashMap::new(), library: LibraryPace::default() };
    publisher.look_at(&everything(api)).await;
    publisher.all_playlists().await;
    events.complete.send_replace(true);
    let mut sweep = tokio::time::interval(SWEEP);
    let mut left: Option<Instant> = None;
    loop {
        let deserted = events.followers.load(Ordering::Acquire) == 0;
        left = if deserted { left.or_else(|| Some(Instant::now() + LINGER)) } else { None };
        let due = publisher.library.due;
        tokio::select! {
            () = events.changes.wait() => {}
            Ok(()) = scan.changed() => events.changes.mark(Subject::Library),
            Ok(()) = background.changed() => events.changes.mark(Subject::Library),
            _ = news.next() => events.changes.mark(Subject::Library),
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                events.changes.mark(Subject::Library);
            }
            _ = sweep.tick() => {
                for zone in api.conductor.zones() {
                    events.changes.mark(Subject::Zone(zone.id));
                }
            }
            () = events.came.notified() => continue,
            () = sleep_until(left.unwrap_or_else(Instant::now)), if left.is_some() => break,
        }
        sleep(PAUSE).await;
        publisher.look_at(&events.changes.take()).await;
    }
    events.complete.send_replace(false);
    events.changes.watch(false);
    events.log.forget();
}

/// All subjects there are, but the playlists.
fn everything(api: &Api) -> BTreeSet<Subject> {
    let zones = api.conductor.zones().into_iter().flat_map(|z| [Subject::Zone(z.id), Subject::Queue(z.id)]);
    let speakers = api.conductor.fleet().ids_by_name().into_iter().map(Subject::Speaker);
    zones.chain(speakers).chain([Subject::Presets, Subject::Library]).collect()
}

/// When the library is looked at.
#[derive(Debug, Default)]
struct LibraryPace {
    /// When it was told last.
    told: Option<Instant>,
    /// It changed since: when it is to be told.
    due: Option<Instant>,
}

impl LibraryPace {
    /// It changed; whether it is to be told now.
    fn now(&mut self, now: Instant) -> bool {
        let due = self.told.map(|told| told + LIBRARY_PAUSE).filter(|due| *due > now);
        self.due = due;
        if due.is_none() {
            self.told = Some(now);
        }
        due.is_none()
    }
}

struct Publisher<'a> {
    api: &'a Api,
    /// The queues as they were told of last.
    queues: HashMap<ZoneId, QueueMoment>,
    library: LibraryPace,
}

impl Publisher<'_> {
    /// Publishes the present state of each.
    async fn look_at(&mut self, subjects: &BTreeSet<Subject>) {
        let api = self.api;
        let log = &api.events.0.log;
        let (mut membership, mut zones) = (None, Zones::new(api));
        for subject in subjects {
            match *subject {
                Subject::Zone(id) => {
                    let members = membership.get_or_insert_with(|| Membership::now(&api.conductor));
                    let state = api.conductor.zone(id).ok().map(|view| zone_view(&api.conductor, members, &view));
                    log.publish(of_zone("zone", id), json(state.as_ref()));
                }
                Subject::Queue(id) => self.look_at_queue(id),
                Subject::Speaker(id) => {
                    let speaker = api.conductor.fleet().get(id);
                    let state = speaker.as_ref().map(|s| zones.view(s).settled(s));
                    log.publish(of_speaker(id, speaker.map(|s| s.row.zone)), json(state.as_ref()));
                }
                Subject::Presets => {
                    if let Ok(list) = presets::list(State(api.clone())).await {
                        log.publish(alone("presets"), json(Some(&list.0)));
                    }
                }
                Subject::Library => {
                    if self.library.now(Instant::now()) {
                        log.publish(alone("library"), json(Some(&library::view(api))));
                    }
                }
                Subject::Playlist(id) => self.look_at_playlist(id).await,
            }
        }
    }

    fn look_at_queue(&mut self, id: ZoneId) {
        let log = &self.api.events.0.log;
        let Ok(now) = self.api.conductor.queue_now(id) else {
            self.queues.remove(&id);
            return log.publish(of_zone("queue", id), None);
        };
        let catalog = self.api.conductor.library().catalog();
        if let Some(state) = QueueState::after(&catalog, id, self.queues.get(&id), &now) {
            log.publish(of_zone("queue", id), json(Some(&state)));
            self.queues.insert(id, now);
        }
    }

    async fn look_at_playlist(&self, id: Uuid) {
        let events = &*self.api.events.0;
        match self.api.store.playlist(id).await {
            Ok(row) => events.log.publish(of_playlist(id), json(Some(&PlaylistView::from(row)))),
            Err(PlaylistError::NoSuchPlaylist(_)) => events.log.publish(of_playlist(id), None),
            Err(error) => {
                tracing::debug!(%error, "a playlist cannot be read; it is tried again");
                events.changes.mark(Subject::Playlist(id));
            }
        }
    }

    async fn all_playlists(&self) {
        let mut part = Part::first(PLAYLISTS);
        loop {
            let page = match self.api.store.list_playlists(part).await {
                Ok(page) => page,
                Err(error) => {
                    tracing::warn!(%error, "the playlists cannot be read; events do not tell of those that are there");
                    return;
                }
            };
            for row in page.items {
                self.api.events.0.log.publish(of_playlist(row.id), json(Some(&PlaylistView::from(row))));
            }
            let Some(next) = page.next else { return };
            part = Part { limit: PLAYLISTS, after: Some(next) };
        }
    }
}

fn json(state: Option<&impl Serialize>) -> Option<String> {
    state.and_then(|state| serde_json::to_string(state).ok())
}

fn of_zone(kind: &'static str, id: ZoneId) -> Topic {
    Topic { kind, id: Some(id.0), zone: Some(id.0) }
}

fn of_speaker(id: SpeakerId, zone: Option<ZoneId>) -> Topic {
    Topic { kind: "speaker", id: Some(id.0), zone: zone.map(|z| z.0) }
}

fn of_playlist(id: Uuid) -> Topic {
    Topic { kind: "playlists", id: Some(id), zone: None }
}

fn alone(kind: &'static str) -> Topic {
    Topic { kind, id: None, zone: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_told_a_few_times_a_second_and_the_last_change_always() {
        let (mut pace, start) = (LibraryPace::default(), Instant::now());
        let mut told = Vec::new();
        // it changes every 20 ms for a second, and is looked at when that is due
        let mut changed_at = 0;
        for ms in (0..2_000).step_by(20) {
            let now = start + Duration::from_millis(ms);
            let due = pace.due.is_some_and(|due| due <= now);
            if ms < 1_000 {
                changed_at = ms;
            }
            if (ms < 1_000 || due) && pace.now(now) {
                told.push(ms);
            }
        }
        assert!((4..=5).contains(&told.len()), "{told:?}");
        assert!(told.last().is_some_and(|last| *last > changed_at), "{told:?}");
        assert_eq!(pace.due, None);
    }
}
