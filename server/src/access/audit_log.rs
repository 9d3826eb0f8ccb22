//! The audit, written by a thread of its own: a disk that is slow holds no request up.

use std::{
    path::Path,
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    time::Duration,
};

use chrono::Utc;
use downbeat_trust::audit::{Audit, AuditError, Entry, Kind, Line, Outcome, Refusals};
use tokio::sync::oneshot;

use crate::{rarely, wall_clock};

/// The folder in the data folder.
const FOLDER: &str = "audit";
/// So many lines may wait to be written. Beyond it a line is left out, and that is logged.
const WAITING: usize = 4_096;
/// How often refusals that were counted together are written.
const SWEEP: Duration = Duration::from_secs(30);

/// A handle on the audit; clones share it.
#[derive(Debug, Clone)]
pub struct AuditLog(SyncSender<Told>);

#[derive(Debug)]
enum Told {
    Note(Box<Entry>),
    Read(Kind, oneshot::Sender<Vec<Line>>),
}

struct Writer {
    changes: Audit,
    refused: Audit,
    refusals: Refusals,
}

impl AuditLog {
    /// Opens the files of this data folder, and begins to write.
    pub fn open(data: &Path) -> Result<Self, AuditError> {
        let folder = data.join(FOLDER);
        let writer = Writer {
            changes: Audit::open(&folder, Kind::Changes)?,
            refused: Audit::open(&folder, Kind::Refusals)?,
            refusals: Refusals::default(),
        };
        let (sender, told) = sync_channel(WAITING);
        let thread = std::thread::Builder::new().name("audit".into()).spawn(move || writer.write(&told));
        if let Err(error) = thread {
            tracing::error!(%error, "the audit is not written");
        }
        Ok(Self(sender))
    }

    /// Writes a line.
    pub fn note(&self, entry: Entry) {
        if self.0.try_send(Told::Note(Box::new(entry))).is_err()
            && let Some(left_out) = rarely::may_tell("audit")
        {
            tracing::error!(left_out, "the audit does not keep up: a line is left out");
        }
    }

    /// All lines of a kind, the oldest first.
    pub async fn read(&self, kind: Kind) -> Vec<Line> {
        let (reply, lines) = oneshot::channel();
        let (sender, told) = (self.0.clone(), Told::Read(kind, reply));
        // it may have to wait for room
        let sent = tokio::task::spawn_blocking(move || sender.send(told).is_ok()).await.unwrap_or_default();
        if sent { lines.await.unwrap_or_default() } else { Vec::new() }
    }
}

impl Writer {
    fn write(mut self, told: &Receiver<Told>) {
        loop {
            match told.recv_timeout(SWEEP) {
                Ok(Told::Note(entry)) => self.note(*entry),
                Ok(Told::Read(kind, reply)) => {
                    let audit = if kind == Kind::Changes { &self.changes } else { &self.refused };
                    let lines = audit.read().map(|lines| lines.filter_map(Result::ok).collect()).unwrap_or_default();
                    // the reader may have gone
                    drop(reply.send(lines));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.count(i64::MAX);
                    return;
                }
            }
            self.count(Utc::now().timestamp());
        }
    }

    fn note(&mut self, entry: Entry) {
        let now = Utc::now().timestamp();
        if entry.outcome == Outcome::Refused {
            for (entry, count) in self.refusals.note(entry, now) {
                self.refused(entry, count);
            }
            return;
        }
        told(self.changes.append(now, is_set(), 1, entry));
    }

    /// Writes what was counted together.
    fn count(&mut self, now: i64) {
        for (entry, count) in self.refusals.due(now) {
            self.refused(entry, count);
        }
    }

    fn refused(&mut self, entry: Entry, count: u32) {
        told(self.refused.append(Utc::now().timestamp(), is_set(), count, entry));
    }
}

fn is_set() -> bool {
    wall_clock::is_set(wall_clock::wall_us())
}

fn told(done: Result<(), AuditError>) {
    if let Err(error) = done
        && let Some(left_out) = rarely::may_tell("audit files")
    {
        tracing::error!(%error, left_out, "a line of the audit is lost");
    }
}
