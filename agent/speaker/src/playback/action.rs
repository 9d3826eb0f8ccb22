//! The player's actions.

use downbeat_protocol::{
    AgentMessage, Frames,
    timeline::{Line, PlanEntry},
};

use crate::{
    clock::ClockEstimate,
    render::{
        command::Command,
        gate::{Gate, VoiceId},
    },
};

/// An action that must be done for the player.
#[derive(Debug)]
#[must_use]
pub enum Action {
    /// Fetch the entry and decode it from the frame on.
    Open(VoiceId, PlanEntry, Frames),
    /// End the voice's decoder and forget it.
    Close(VoiceId),
    /// Hand the voice to the renderer.
    Sound(VoiceId, Line, Gate),
    /// Tell the renderer.
    Render(Command),
    /// Tell the renderer: this clock counts; all instants it knows are moved by so many microseconds, or void.
    ChangeClock(ClockEstimate, Option<i64>),
    /// Tell the renderer that no clock is known.
    ForgetClock,
    /// Fetch these, in order, when nothing more urgent is to be fetched; and keep them.
    Prefetch(Vec<PlanEntry>),
    /// Tell the coordinator.
    Send(AgentMessage),
}
