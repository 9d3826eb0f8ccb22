//! All speakers, and what can be asked of them together.

use std::{sync::Arc, time::Duration};

use downbeat_host::clock;
use downbeat_protocol::LocalTime;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{
    board::{Arrivals, Board},
    shared::Shared,
    speaker,
};

/// How often a condition is looked at.
const GLANCE: Duration = Duration::from_millis(5);

/// A crowd. Dropping it switches all speakers off.
#[derive(Debug)]
pub struct Crowd {
    shared: Arc<Shared>,
    /// Counts how often all were told to drop their sockets.
    drops: watch::Sender<u64>,
    speakers: JoinSet<()>,
}

impl Crowd {
    /// Nobody yet.
    pub fn new(shared: Shared) -> Self {
        Self { shared: Arc::new(shared), drops: watch::Sender::new(0), speakers: JoinSet::new() }
    }

    /// The board of all that the crowd heard.
    pub fn board(&self) -> &Board {
        &self.shared.board
    }

    /// How many there are, online or not.
    pub fn len(&self) -> usize {
        self.speakers.len()
    }

    /// True if there are no speakers.
    pub fn is_empty(&self) -> bool {
        self.speakers.is_empty()
    }

    /// Switches on as many more as make `count`, so many a second.
    pub async fn grow(&mut self, count: usize, a_second: f64) {
        let (began, before) = (Instant::now(), self.len());
        self.board().await_online(count, count - before);
        for index in before..count {
            self.speakers.spawn(speaker::live(self.shared.clone(), index, self.drops.subscribe()));
            let due = began + Duration::from_secs_f64((index + 1 - before) as f64 / a_second);
            if due > Instant::now() + GLANCE {
                tokio::time::sleep_until(due).await;
            }
        }
    }

    /// All sockets go at once; the speakers come back by themselves. The instant it was said.
    pub fn drop_all(&self) -> LocalTime {
        self.board().await_online(self.len(), self.len());
        let at = clock::now();
        self.drops.send_modify(|drops| *drops += 1);
        at
    }

    /// Waits until all are online, for so long at most. When the last one came.
    pub async fn all_online(&self, patience: Duration) -> Option<LocalTime> {
        let began = Instant::now();
        while began.elapsed() < patience {
            if let Some(at) = self.board().complete_at() {
                return Some(at);
            }
            sleep(GLANCE).await;
        }
        None
    }

    /// From now on, awaits a message of this type at everyone; see [`Crowd::all_got_it`].
    pub fn expect(&self, kind: &'static str) {
        self.board().await_message(kind, self.len());
    }

    /// Waits until the expected message came to everyone, for so long at most; to whom it came, and when.
    pub async fn all_got_it(&self, patience: Duration) -> Arrivals {
        let began = Instant::now();
        while began.elapsed() < patience && self.board().arrived() < self.len() {
            sleep(GLANCE).await;
        }
        self.board().arrivals()
    }
}
