//! Keeps speakers in the store, as many at once as are waiting.
//!
//! After a power cut thousands of speakers say hello within a second, and when a switch dies as many leave. A wait for
//! the disk for each would take minutes; all that wait share one. When a speaker was last seen can wait for the next
//! moment, and nobody waits for it.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, Utc};
use downbeat_protocol::SpeakerId;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::ConductorError;
use downbeat_store::{SpeakerError, SpeakerRow, Store};

/// The most speakers in one transaction: others wait for the database as well.
const BATCH: usize = 256;

/// Departures are written so long after the first of them.
const SEEN_DELAY: Duration = Duration::from_secs(1);

/// The end where speakers are handed in.
#[derive(Debug)]
pub(super) struct SpeakerSaver(mpsc::UnboundedSender<Work>);

#[derive(Debug)]
enum Work {
    Save(Waiting),
    Seen(SpeakerId, DateTime<Utc>),
}

#[derive(Debug)]
struct Waiting {
    row: SpeakerRow,
    done: oneshot::Sender<Result<(), SpeakerError>>,
}

impl SpeakerSaver {
    /// A saver, and the task that does its writing, until `stopping`.
    pub(super) fn new(store: Store, stopping: CancellationToken) -> (Self, impl Future<Output = ()>) {
        // Not bounded: whoever saves waits for the answer, and departures are one a connection.
        let (sender, work) = mpsc::unbounded_channel();
        (Self(sender), write(store, work, stopping))
    }

    /// Keeps this speaker; comes back when it is kept.
    pub(super) async fn save(&self, row: SpeakerRow) -> Result<(), ConductorError> {
        let (done, kept) = oneshot::channel();
        self.0.send(Work::Save(Waiting { row, done })).map_err(|_| ConductorError::Stopping)?;
        Ok(kept.await.map_err(|_| ConductorError::Stopping)??)
    }

    /// Notes, soon, when a speaker was last seen.
    pub(super) fn seen(&self, id: SpeakerId, at: DateTime<Utc>) {
        let _ = self.0.send(Work::Seen(id, at));
    }
}

async fn write(store: Store, mut work: mpsc::UnboundedReceiver<Work>, stopping: CancellationToken) {
    let mut seen: HashMap<SpeakerId, DateTime<Utc>> = HashMap::new();
    let mut due = Instant::now();
    let mut batch = Vec::new();
    let mut last = false;
    while !last {
        let mut next = Vec::new();
        tokio::select! {
            biased;
            count = work.recv_many(&mut next, BATCH) => last = count == 0,
            () = sleep_until(due), if !seen.is_empty() => {}
            () = stopping.cancelled() => {
                work.close();
                last = work.recv_many(&mut next, usize::MAX).await == 0 || work.is_empty();
            }
        }
        for piece in next {
            match piece {
                Work::Save(waiting) => batch.push(waiting),
                Work::Seen(id, at) => {
                    if seen.is_empty() {
                        due = Instant::now() + SEEN_DELAY;
                    }
                    seen.insert(id, at);
                }
            }
        }
        save(&store, std::mem::take(&mut batch)).await;
        if last || Instant::now() >= due {
            save_seen(&store, seen.drain().collect()).await;
        }
    }
}

async fn save(store: &Store, batch: Vec<Waiting>) {
    if batch.is_empty() {
        return;
    }
    let (rows, done): (Vec<_>, Vec<_>) = batch.into_iter().map(|w| (w.row, w.done)).unzip();
    if store.save_speakers(&rows).await.is_ok() {
        for done in done {
            let _ = done.send(Ok(()));
        }
        return;
    }
    // One that cannot be kept must not take the others with it, and each is to hear its own reason.
    for (row, done) in rows.iter().zip(done) {
        let _ = done.send(store.save_speaker(row).await);
    }
}

async fn save_seen(store: &Store, seen: Vec<(SpeakerId, DateTime<Utc>)>) {
    for some in seen.chunks(BATCH) {
        if let Err(error) = store.save_last_seen(some).await {
            tracing::warn!(speakers = some.len(), %error, "when speakers were last seen could not be kept");
        }
    }
}

#[cfg(test)]
mod tests {
    use downbeat_protocol::{ZoneId, handshake::SpeakerClass, server_message::ChannelRole, volume::Volume};

    use super::*;
    use crate::fleet::Labels;

    fn row(n: u128, zone: ZoneId) -> SpeakerRow {
        SpeakerRow {
            id: SpeakerId(uuid::Uuid::from_u128(n)),
            name: format!("speaker {n}"),
            class: SpeakerClass::Agent,
            zone,
            volume: Volume::FULL,
            muted: false,
            output_delay_us: 0,
            min_volume: Volume::clamped(0.0),
            max_volume: Volume::FULL,
            channels: ChannelRole::Stereo,
            labels: Labels::default(),
            first_seen: DateTime::UNIX_EPOCH,
            last_seen: DateTime::UNIX_EPOCH,
            settings: String::new(),
        }
    }

    #[tokio::test]
    async fn all_are_kept_when_told_so_and_one_that_cannot_be_hurts_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let stopping = CancellationToken::new();
        let (speaker_saver, writing) = SpeakerSaver::new(store.clone(), stopping.clone());
        let saves = (0..600).map(|n| {
            let zone = if n == 77 { ZoneId::random() } else { ZoneId::DEFAULT };
            speaker_saver.save(row(n, zone))
        });
        let saves = futures_util::future::join_all(saves);
        // The writing begins when all are waiting.
        let (results, ()) = tokio::join!(
            async {
                let results = saves.await;
                assert_eq!(store.load_speakers().await.unwrap().len(), 599);
                let now = DateTime::from_timestamp(1_000_000, 0).unwrap();
                for n in 0..600 {
                    speaker_saver.seen(SpeakerId(uuid::Uuid::from_u128(n)), now);
                }
                stopping.cancel();
                results
            },
            writing
        );
        let failed: Vec<_> = (0..).zip(&results).filter(|(_, r)| r.is_err()).map(|(n, _)| n).collect();
        assert_eq!(failed, [77]);
        let kept = store.load_speakers().await.unwrap();
        assert!(kept.iter().all(|r| r.last_seen.timestamp() == 1_000_000), "departures are kept before the end");
        assert!(matches!(speaker_saver.save(row(1, ZoneId::DEFAULT)).await, Err(ConductorError::Stopping)));
    }
}
