//! Keeps what speakers tell of what they sounded, and says so to them once it is on disk.
//!
//! One task does all writing, many messages at a time: after an outage a thousand speakers tell hours of history, and
//! each waits for its answer before it tells more. When more messages wait than there is room for, one is let go:
//! its speaker tells it again.

use std::{collections::HashMap, time::Duration};

use chrono::Utc;
use downbeat_protocol::{
    ClockId, Frames, ServerMessage, ServerTime, SpeakerId, ZoneId, codec,
    history::{History, HistoryKept, MAX_STRETCHES, Stretch},
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::Conductor;
use crate::{
    clock::ServerClock,
    fleet::Slot,
    store::{KnownBy, StoreError, StretchRow, Told, TrackFacts},
};

/// Messages that may wait.
const WAITING: usize = 256;
/// Messages of one transaction: a hundred stretches or so, some tens of milliseconds. Others wait for the database as
/// well.
const TOGETHER: usize = 8;
/// The wall clock may be set, or run apart from the coordinator's: how they go together is noted this often.
const NOTE_CLOCK: Duration = Duration::from_mins(10);
/// What is too old is looked for this often, and first after a moment.
const TRIM: Duration = Duration::from_hours(1);
const FIRST_TRIM: Duration = Duration::from_mins(1);
/// Plays that go in one transaction: others wait for the database as well.
const TRIMMED_TOGETHER: u32 = 100;
/// A full disk is not complained of more often.
const COMPLAIN: Duration = Duration::from_mins(1);

/// How much history is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryLimits {
    /// Days; 0: for ever.
    pub days: u32,
    /// Stretches.
    pub stretches: u64,
}

impl Default for HistoryLimits {
    fn default() -> Self {
        Self { days: 400, stretches: 5_000_000 }
    }
}

/// Where messages are handed in.
#[derive(Debug)]
pub(super) struct Recorder(mpsc::Sender<(SpeakerId, History)>);

/// The other end.
pub(super) type Messages = mpsc::Receiver<(SpeakerId, History)>;

impl Recorder {
    pub(super) fn new() -> (Self, Messages) {
        let (sender, messages) = mpsc::channel(WAITING);
        (Self(sender), messages)
    }
}

impl Conductor {
    /// A speaker tells what it sounded. It is answered once that is kept.
    pub fn history_told(&self, speaker: SpeakerId, history: History) {
        if self.0.recorder.0.try_send((speaker, history)).is_err() {
            tracing::debug!(%speaker, "too much history waits; it will be told again");
        }
    }

    /// Keeps what is told, until the conductor stops.
    pub(super) async fn record(self, mut messages: Messages) {
        let mut clocks = Clocks::of(self.0.clock);
        match self.0.store.clock_offsets().await {
            Ok(known) => clocks.known = known.into_iter().collect(),
            Err(error) => tracing::warn!(%error, "the clocks of earlier runs are not known"),
        }
        let (mut note, mut trim) = (Instant::now(), Instant::now() + FIRST_TRIM);
        let mut complained: Option<Instant> = None;
        loop {
            let mut batch = Vec::new();
            tokio::select! {
                biased;
                () = self.0.stopping.cancelled() => break,
                count = messages.recv_many(&mut batch, TOGETHER) => if count == 0 { break },
                () = sleep_until(note) => {
                    note = Instant::now() + NOTE_CLOCK;
                    let (offset, now) = (clocks.present_offset(), Utc::now().timestamp_micros());
                    if let Err(error) = self.0.store.note_clock(self.0.clock.id(), offset, now).await {
                        tracing::warn!(%error, "how the clock goes with the wall clock is not kept");
                    }
                }
                () = sleep_until(trim) => {
                    trim = Instant::now() + TRIM;
                    if let Err(error) = self.trim_history().await {
                        tracing::warn!(%error, "the history could not be trimmed");
                    }
                }
            }
            if !batch.is_empty()
                && let Err(error) = self.keep(&clocks, batch).await
                && complained.is_none_or(|at| at.elapsed() >= COMPLAIN)
            {
                complained = Some(Instant::now());
                tracing::warn!(%error, "what speakers played is not kept; they will tell it again");
            }
        }
    }

    async fn keep(&self, clocks: &Clocks, batch: Vec<(SpeakerId, History)>) -> Result<(), StoreError> {
        let zones = self.zone_names();
        let (mut told, mut dropped, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        for (speaker, history) in batch {
            let name = self.0.fleet.get(speaker).map(|s| s.row.name).unwrap_or_default();
            if history.dropped > 0 {
                dropped.push((speaker, history.dropped));
            }
            answers.extend(history.stretches.last().map(|last| (speaker, last.sequence)));
            // what makes no sense is not worth telling again either
            let sound = history.stretches.into_iter().take(MAX_STRETCHES).filter(makes_sense);
            told.extend(sound.map(|s| self.told(clocks, &zones, (speaker, &name), s)));
        }
        self.0.store.save_history(&told, &dropped).await?;
        for (speaker, sequence) in answers {
            let kept = HistoryKept { server_time: self.0.clock.now(), sequence };
            let text = codec::encode_server_message(&ServerMessage::HistoryKept(kept));
            self.0.fleet.send(&[speaker], Slot::HistoryKept, &text.into());
        }
        Ok(())
    }

    fn told(
        &self,
        clocks: &Clocks,
        zones: &HashMap<ZoneId, String>,
        (speaker, name): (SpeakerId, &str),
        s: Stretch,
    ) -> Told {
        let length_us = duration_us(Frames(s.to_frames.0 - s.from_frames.0), s.sample_rate);
        let (start_us, known_by) = clocks.utc_of(s.clock_id, s.at, s.utc_us, length_us);
        let track = self.0.library.catalog().get(s.track);
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let track = TrackFacts {
            id: s.track.0,
            hash: s.hash,
            title: text(track.as_ref().map(|t| &*t.title)),
            artist: text(track.as_ref().map(|t| &*t.artist)),
            album: text(track.as_ref().map(|t| &*t.album)),
            composer: text(track.as_ref().map(|t| &*t.composer)),
        };
        let stretch = StretchRow {
            number: 0,
            speaker,
            speaker_name: name.to_owned(),
            start_us,
            end_us: start_us.saturating_add(length_us),
            known_by,
            sample_rate: s.sample_rate,
            from: s.from_frames,
            to: s.to_frames,
            missing: s.missing_frames,
            audible: !s.silent,
            cut: s.cut,
        };
        let zone_name = zones.get(&s.zone).cloned().unwrap_or_default();
        Told { zone: s.zone, zone_name, entry: s.entry, track, stretch, clock: s.clock_id, at_us: s.at.0 }
    }

    async fn trim_history(&self) -> Result<(), StoreError> {
        let HistoryLimits { days, stretches } = self.0.settings.history;
        let before = Utc::now() - chrono::Duration::days(i64::from(days));
        let before = if days == 0 { i64::MIN } else { before.timestamp_micros() };
        let mut gone = 0;
        loop {
            let some = self.0.store.trim_history(before, stretches, TRIMMED_TOGETHER).await?;
            gone += some;
            if some == 0 || self.0.stopping.is_cancelled() {
                break;
            }
            tokio::task::yield_now().await;
        }
        if gone > 0 {
            self.0.store.tidy_history().await?;
            tracing::info!(plays = gone, "the oldest of the history is gone");
        }
        Ok(())
    }
}

fn makes_sense(s: &Stretch) -> bool {
    s.sample_rate > 0 && s.from_frames.0 >= 0 && s.to_frames > s.from_frames && s.hash.len() <= 64
}

/// Never more than a day: no file is longer, and a speaker may say anything.
fn duration_us(frames: Frames, rate: u32) -> i64 {
    let us = i128::from(frames.0) * 1_000_000 / i128::from(rate.max(1));
    us.clamp(0, 86_400_000_000) as i64
}

/// What makes UTC of the instants of clocks.
struct Clocks {
    own: ServerClock,
    known: HashMap<ClockId, i64>,
}

impl Clocks {
    fn of(own: ServerClock) -> Self {
        Self { own, known: HashMap::new() }
    }

    fn present_offset(&self) -> i64 {
        Utc::now().timestamp_micros() - self.own.now().0
    }

    fn utc_of(&self, clock: ClockId, at: ServerTime, speakers: Option<i64>, length_us: i64) -> (i64, KnownBy) {
        let now = Utc::now().timestamp_micros();
        let offset = if clock == self.own.id() { Some(self.present_offset()) } else { self.known.get(&clock).copied() };
        let (start, by) = match (offset, speakers) {
            (Some(offset), _) => (at.0.saturating_add(offset), KnownBy::Coordinator),
            (None, Some(utc)) => (utc, KnownBy::Speaker),
            (None, None) => return (now.saturating_sub(length_us), KnownBy::Arrival),
        };
        // nobody has heard the future, nor anything before there were such files
        if (0..=now).contains(&start) { (start, by) } else { (now.saturating_sub(length_us), KnownBy::Arrival) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_become_utc_by_what_is_known_best() {
        let mut clocks = Clocks::of(ServerClock::new());
        let (old, foreign) = (ClockId::random(), ClockId::random());
        clocks.known.insert(old, 1_700_000_000_000_000);
        let ago = ServerTime(clocks.own.now().0 - 5_000_000);
        let (utc, by) = clocks.utc_of(clocks.own.id(), ago, Some(1), 0);
        let off = Utc::now().timestamp_micros() - 5_000_000 - utc;
        assert!((0..60_000_000).contains(&off) && by == KnownBy::Coordinator, "{off} {by:?}");
        let of_old = clocks.utc_of(old, ServerTime(7), Some(1), 0);
        assert_eq!(of_old, (1_700_000_000_000_007, KnownBy::Coordinator));
        assert_eq!(clocks.utc_of(foreign, ServerTime(7), Some(99), 0), (99, KnownBy::Speaker));
        assert_eq!(clocks.utc_of(foreign, ServerTime(7), None, 0).1, KnownBy::Arrival);
        let tomorrow = Utc::now().timestamp_micros() + 86_400_000_000;
        assert_eq!(clocks.utc_of(foreign, ServerTime(7), Some(tomorrow), 0).1, KnownBy::Arrival, "a clock set wrongly");
    }
}
