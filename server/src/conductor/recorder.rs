//! Keeps what speakers tell of what they sounded, and says so to them once it is on disk.
//!
//! One task does all writing, many messages at a time: after an outage a thousand speakers tell hours of history, and
//! each waits for its answer before it tells more. When more messages wait than there is room for, one is let go:
//! its speaker tells it again.

use std::{collections::HashMap, time::Duration};

use downbeat_protocol::{
    ClockId, Frames, ServerMessage, ServerTime, SpeakerId, ZoneId,
    history::{History, HistoryKept, MAX_STRETCHES, Stretch},
};
use tokio::time::{Instant, sleep_until};

use super::{
    Conductor,
    history_inbox::{HistoryLimits, Messages},
};
use crate::{
    clock::ServerClock,
    wall_clock::{DAY_US, EARLIEST_US, Wall, wall_us},
};
use downbeat_store::{KnownBy, PlayReport, StoreError, StretchRow, TrackFacts};

/// Messages of one transaction: a hundred stretches or so, some tens of milliseconds. Others wait for the database as
/// well.
const TOGETHER: usize = 8;
/// The wall clock may be set, or run apart from the coordinator's: how they go together is noted this often.
const NOTE_CLOCK: Duration = Duration::from_mins(10);
/// The interval at which history that is too old is looked for; the first time is after a moment.
const TRIM: Duration = Duration::from_hours(1);
const FIRST_TRIM: Duration = Duration::from_mins(1);
/// Names of what is gone are looked for no more often.
const TIDY: Duration = Duration::from_hours(24);
/// A wall clock that is not believed is looked at this often.
const LOOK_AT_CLOCK: Duration = Duration::from_secs(10);
/// Plays that go in one transaction: others wait for the database as well.
const TRIMMED_TOGETHER: u32 = 100;
/// A full disk is not complained of more often.
const COMPLAIN: Duration = Duration::from_mins(1);

impl Conductor {
    /// A speaker tells what it sounded. It is answered once that is kept.
    pub fn history_told(&self, speaker: SpeakerId, history: History) {
        if self.0.history.0.try_send((speaker, history)).is_err() {
            tracing::debug!(%speaker, "too much history waits; it will be told again");
        }
    }

    /// Keeps what is told, until the conductor stops.
    pub(super) async fn record(self, mut messages: Messages) {
        let Some((clocks, mut wall)) = self.known_clocks().await else { return };
        let (mut note, mut trim) = (Instant::now(), Instant::now() + FIRST_TRIM);
        let mut tidy = Tidy::default();
        let mut complained: Option<Instant> = None;
        loop {
            let mut batch = Vec::new();
            tokio::select! {
                biased;
                () = self.0.stopping.cancelled() => break,
                count = messages.recv_many(&mut batch, TOGETHER) => if count == 0 { break },
                () = sleep_until(note) => {
                    let now = wall_us();
                    if !wall.believes(now, Instant::now()) {
                        note = Instant::now() + LOOK_AT_CLOCK;
                        continue;
                    }
                    note = Instant::now() + NOTE_CLOCK;
                    let (offset, now) = (clocks.offset_at(now), wall.reckoned(now, Instant::now()));
                    if let Err(error) = self.0.store.note_clock(self.0.clock.id(), offset, now).await {
                        tracing::warn!(%error, "how the clock goes with the wall clock is not kept");
                    }
                }
                () = sleep_until(trim) => {
                    trim = Instant::now() + TRIM;
                    let now = wall.reckoned(wall_us(), Instant::now());
                    if let Err(error) = self.trim_history(now, &mut tidy).await {
                        tracing::warn!(%error, "the history could not be trimmed");
                    }
                }
            }
            // what cannot be dated stays with the speakers, which tell it again
            let now = wall_us();
            if !batch.is_empty()
                && wall.believes(now, Instant::now())
                && let Err(error) = self.keep(&clocks, now, batch).await
                && complained.is_none_or(|at| at.elapsed() >= COMPLAIN)
            {
                complained = Some(Instant::now());
                tracing::warn!(%error, "what speakers played is not kept; they will tell it again");
            }
        }
    }

    /// The offsets that make UTC of instants, and the trust in the wall clock. `None`: the conductor stops.
    async fn known_clocks(&self) -> Option<(Clocks, Wall)> {
        loop {
            match self.0.store.clock_offsets().await {
                Ok(noted) => {
                    let newest_us = noted.iter().map(|(_, _, noted_us)| *noted_us).max();
                    let known = noted.into_iter().map(|(clock, offset_us, _)| (clock, offset_us)).collect();
                    let wall = Wall::new(newest_us, Instant::now());
                    return Some((Clocks { own: self.0.clock, known }, wall));
                }
                Err(error) => tracing::warn!(%error, "no history is kept: the clocks of earlier runs are not known"),
            }
            tokio::select! {
                () = self.0.stopping.cancelled() => return None,
                () = tokio::time::sleep(COMPLAIN) => {}
            }
        }
    }

    async fn keep(&self, clocks: &Clocks, now_us: i64, batch: Vec<(SpeakerId, History)>) -> Result<(), StoreError> {
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
            told.extend(sound.map(|s| self.told((clocks, now_us), &zones, (speaker, &name), s)));
        }
        self.0.store.save_history(&told, &dropped).await?;
        for (speaker, sequence) in answers {
            let kept = HistoryKept { server_time: self.0.clock.now(), sequence };
            self.0.fleet.send(&[speaker], ServerMessage::HistoryKept(kept));
        }
        Ok(())
    }

    fn told(
        &self,
        (clocks, now_us): (&Clocks, i64),
        zones: &HashMap<ZoneId, String>,
        (speaker, name): (SpeakerId, &str),
        s: Stretch,
    ) -> PlayReport {
        let length_us = duration_us(Frames(s.to_frames.0 - s.from_frames.0), s.sample_rate);
        let (start_us, known_by) = clocks.utc_of(now_us, (s.clock_id, s.at), s.utc_us, length_us);
        let track = self.0.library.catalog().get(s.track);
        // what is told is frames of the file, and what is kept is of the track
        let first = track.as_ref().map_or(0, |t| t.first_frame().0);
        let own = |frame: Frames| Frames(frame.0.saturating_sub(first).max(0));
        let certain = track.as_ref().is_some_and(|t| t.hash.as_str() == s.hash);
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
            from: own(s.from_frames),
            to: own(s.to_frames),
            missing: s.missing_frames,
            audible: !s.silent,
            cut: s.cut,
        };
        let zone_name = zones.get(&s.zone).cloned().unwrap_or_default();
        PlayReport {
            zone: s.zone,
            zone_name,
            entry: s.entry,
            track,
            certain,
            stretch,
            clock: s.clock_id,
            at_us: s.at.0,
        }
    }

    async fn trim_history(&self, now_us: i64, tidy: &mut Tidy) -> Result<(), StoreError> {
        let HistoryLimits { days, stretches } = self.0.settings.history;
        let before = if days == 0 { i64::MIN } else { now_us.saturating_sub(i64::from(days) * DAY_US) };
        // what is dated before was noted by a clock that was not set: it may be of today
        let past = EARLIEST_US..before;
        let mut gone = 0;
        loop {
            let some = self.0.store.trim_history(past.clone(), stretches, TRIMMED_TOGETHER).await?;
            gone += some;
            if some == 0 || self.0.stopping.is_cancelled() {
                break;
            }
            tokio::task::yield_now().await;
        }
        if gone > 0 {
            tidy.owed = true;
            tracing::info!(plays = gone, "the oldest of the history is gone");
        }
        if tidy.owed && tidy.last.is_none_or(|at| at.elapsed() >= TIDY) {
            self.0.store.tidy_history().await?;
            *tidy = Tidy { owed: false, last: Some(Instant::now()) };
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
    us.clamp(0, i128::from(DAY_US)) as i64
}

/// The search for names that nothing names any more: if it is owed, and when it was done last.
#[derive(Debug, Default)]
struct Tidy {
    owed: bool,
    last: Option<Instant>,
}

/// The offsets that make UTC of the instants of clocks.
struct Clocks {
    own: ServerClock,
    known: HashMap<ClockId, i64>,
}

impl Clocks {
    fn offset_at(&self, now_us: i64) -> i64 {
        now_us - self.own.now().0
    }

    fn utc_of(
        &self,
        now_us: i64,
        (clock, at): (ClockId, ServerTime),
        speakers: Option<i64>,
        length_us: i64,
    ) -> (i64, KnownBy) {
        let own = clock == self.own.id();
        let offset = if own { Some(self.offset_at(now_us)) } else { self.known.get(&clock).copied() };
        let (start, by) = match (offset, speakers) {
            (Some(offset), _) => (at.0.saturating_add(offset), KnownBy::Coordinator),
            (None, Some(utc)) => (utc, KnownBy::Speaker),
            (None, None) => return (now_us.saturating_sub(length_us), KnownBy::Arrival),
        };
        // nobody has heard the future, nor anything before there was such a speaker
        let sane = (EARLIEST_US..=now_us).contains(&start);
        if sane { (start, by) } else { (now_us.saturating_sub(length_us), KnownBy::Arrival) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000_000;

    #[test]
    fn instants_become_utc_by_what_is_known_best() {
        let (old, foreign) = (ClockId::random(), ClockId::random());
        let known = HashMap::from([(old, 1_790_000_000_000_000)]);
        let clocks = Clocks { own: ServerClock::new(), known };
        let ago = ServerTime(clocks.own.now().0 - 5_000_000);
        let (utc, by) = clocks.utc_of(NOW, (clocks.own.id(), ago), Some(1), 0);
        let off = NOW - 5_000_000 - utc;
        assert!((0..60_000_000).contains(&off) && by == KnownBy::Coordinator, "{off} {by:?}");
        let of = |clock, speakers| clocks.utc_of(NOW, (clock, ServerTime(7)), speakers, 9);
        assert_eq!(of(old, Some(1)), (1_790_000_000_000_007, KnownBy::Coordinator));
        assert_eq!(of(foreign, Some(NOW - 99)), (NOW - 99, KnownBy::Speaker));
        assert_eq!(of(foreign, Some(99)), (NOW - 9, KnownBy::Arrival), "a speaker whose clock was never set");
        assert_eq!(of(foreign, None), (NOW - 9, KnownBy::Arrival));
        assert_eq!(of(foreign, Some(NOW + 1)), (NOW - 9, KnownBy::Arrival), "a clock set wrongly");
    }
}
