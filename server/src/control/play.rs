//! The start of something: a choice of tracks, an entry of the queue, or whatever there is.

use std::{pin::pin, task::Poll};

use downbeat_protocol::{EntryId, ServerTime, ZoneId, volume::Volume};
use downbeat_zone::{
    Command, EntryPosition, QueueEntry, View, Zone,
    queue::{MAX_ENTRIES, Queue},
};
use futures_util::poll;
use uuid::Uuid;

use super::{Choice, ChoiceError, HowLoud, ZonePatch};
use crate::conductor::{Conductor, ConductorError};

/// A wish to hear something.
#[derive(Debug, Clone)]
pub struct Play {
    /// The tracks that become the queue. Without any, `entry` counts.
    pub choice: Choice,
    /// An entry of the queue as it is. Without one: go on, or play the queue, or the whole library.
    pub entry: Option<EntryId>,
    /// The track of the choice to begin with; default: the first, or any while the zone shuffles.
    pub start_index: Option<usize>,
    /// The place in that track; default: its start, or where it is held.
    pub from: Option<EntryPosition>,
    /// The zone's volume, set before anything sounds.
    pub volume: Option<Volume>,
    /// Not before this instant.
    pub at: Option<ServerTime>,
}

/// A start that is under way.
#[derive(Debug, Clone)]
pub struct Played {
    /// It is heard from then on.
    pub at: ServerTime,
    /// The zone from then on.
    pub view: View,
}

/// Why nothing was started.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// The choice yields nothing.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// The start lies behind the last track of the choice.
    #[error("there are only {tracks} tracks")]
    StartPastEnd {
        /// So many are there.
        tracks: usize,
    },
    /// The zone or its store says no.
    #[error(transparent)]
    Conductor(#[from] ConductorError),
}

/// Starts it in a zone.
pub async fn play(conductor: &Conductor, zone: ZoneId, wish: Play) -> Result<Played, PlayError> {
    let Play { choice, entry, start_index, from, volume, at } = wish;
    let place = from.unwrap_or(EntryPosition::START);
    let entries = choice.entries(conductor).await?;
    let view = conductor.zone(zone)?;
    let wanted = match (entries, entry) {
        (Some(entries), _) => {
            let any =
                || view.modes.shuffle.map_or(0, |_| Uuid::new_v4().as_u64_pair().1 as usize % entries.len().max(1));
            let start = start_index.unwrap_or_else(any);
            if start >= entries.len() && !entries.is_empty() {
                return Err(PlayError::StartPastEnd { tracks: entries.len() });
            }
            Some(Command::Play { entries, start, from: place, at })
        }
        (None, Some(entry)) => Some(Command::Jump { entry, from: place, at }),
        (None, None) => None,
    };
    // Without a wish the queue decides, as it is when the zone is asked: another caller may edit it meanwhile.
    let command = |zone: &Zone| Ok(wanted.unwrap_or_else(|| going_on(conductor, zone.queue(), from, at)));
    let Some(volume) = volume else {
        let outcome = conductor.command_of(zone, command).await?;
        return Ok(Played { at: outcome.at, view: outcome.view });
    };
    let mut playing = pin!(conductor.command_of(zone, command));
    // A start that is refused at once changes nothing. Else it is as loud as it is to be before all speakers are ready.
    let outcome = match poll!(&mut playing) {
        Poll::Ready(Err(refused)) => return Err(refused.into()),
        outcome => outcome,
    };
    let outcome = async {
        match outcome {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => playing.await,
        }
    };
    let patch = ZonePatch { volume: Some(HowLoud::To(volume)), at, ..ZonePatch::default() };
    let (level, outcome) = tokio::join!(conductor.edit_zone(zone, patch, |_| true), outcome);
    let (outcome, (level, _)) = (outcome?, level?);
    let revision = outcome.view.revision.max(level.revision);
    Ok(Played { at: outcome.at, view: View { volume: level.volume, revision, ..outcome.view } })
}

/// What a play without a wish means: from a place of the current entry or else the first one, or on as it is; without a
/// queue, the whole library.
fn going_on(conductor: &Conductor, queue: &Queue, from: Option<EntryPosition>, at: Option<ServerTime>) -> Command {
    let first = queue.current().or_else(|| queue.nth(0));
    match (first, from) {
        (Some(entry), Some(from)) => Command::Jump { entry: entry.id(), from, at },
        (Some(_), None) => Command::Resume { at },
        (None, _) => {
            let from = from.unwrap_or(EntryPosition::START);
            Command::Play { entries: whole_library(conductor), start: 0, from, at }
        }
    }
}

/// Everything that can be played, in the library's order, as much as a queue holds.
fn whole_library(conductor: &Conductor) -> Vec<QueueEntry> {
    let catalog = conductor.library().catalog();
    let playable = catalog.list().into_iter().filter(|t| t.playable()).take(MAX_ENTRIES);
    playable.map(|row| QueueEntry::of(EntryId::random(), row.track.clone())).collect()
}
