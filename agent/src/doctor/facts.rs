//! The facts that an examination is made of. All of them can be missing: a machine may not tell.

use std::net::IpAddr;

use downbeat_host::machine::{Clocks, Disk};
use serde::Deserialize;

use crate::{
    config::OutputSpec,
    output::{cards::Playback, mixer::Control},
};

/// All that was read of the machine, the settings and the coordinator.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// Why the settings are wrong.
    pub settings_fault: Option<String>,
    /// The output by the settings.
    pub output: OutputSpec,
    /// The machine's clocks.
    pub clocks: Clocks,
    /// The ways to play on the machine's cards.
    pub playbacks: Vec<Playback>,
    /// True if this user may use the cards; `None`: there is none.
    pub may_play: Option<bool>,
    /// The mixer of the card in use. `Err`: it could not be read.
    pub mixer: Option<(Playback, Result<Vec<Control>, String>)>,
    /// The agent that runs on this machine.
    pub agent: Option<Running>,
    /// The interfaces for Wi-Fi that are up.
    pub radios: Vec<Radio>,
    /// The disk of the data folder.
    pub disk: Option<Disk>,
    /// The hottest sensor, °C.
    pub temperature_c: Option<f32>,
    /// A Raspberry Pi's word on its voltage and its heat: `get_throttled`.
    pub throttled: Option<u32>,
    /// True if a Raspberry Pi's voltage is too low now.
    pub undervoltage: Option<bool>,
    /// The load average of a minute.
    pub load1: Option<f32>,
    /// Processors.
    pub processors: usize,
    /// How the processor's speed is chosen.
    pub governor: Option<String>,
    /// The tenths of its life that the card of the disk has used, as it says itself; more than 10: all of it.
    pub wear: Option<u8>,
    /// The way to the coordinator; `None`: it is looked for in the network.
    pub coordinator: Option<Reach>,
    /// The coordinator's certificate; `None`: it was not reached.
    pub certificate: Option<Certificate>,
    /// The coordinator's word on this machine; `None`: it was not reached, or is too old to have one.
    pub seen: Option<Seen>,
    /// This machine's addresses.
    pub addresses: Vec<IpAddr>,
}

/// How the coordinator sees this machine.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Seen {
    /// The address that it was asked from, as it sees it.
    pub address: String,
    /// The speaker of this machine's key; `None`: it knows none.
    pub speaker: Option<SeenSpeaker>,
}

/// How the coordinator sees this machine's speaker.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SeenSpeaker {
    /// True if it is connected now.
    pub connected: bool,
    /// The age of its last report, milliseconds.
    pub report_age_ms: Option<i64>,
    /// The least round trip of the exchange of time, microseconds.
    pub round_trip_us: Option<f64>,
    /// How far exchanges usually lie above that, microseconds.
    pub jitter_us: Option<f64>,
    /// The share of exchanges that are not answered, 0..=1.
    pub probes_lost: Option<f64>,
    /// The bound of its error against the zone, microseconds.
    pub error_bound_us: Option<f64>,
}

/// The coordinator's certificate, as this speaker judges it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certificate {
    /// No coordinator has adopted this speaker, so it pins none.
    Unadopted,
    /// It is of the CA that this speaker pinned, of this fingerprint.
    Ours(String),
    /// Why it is not believed.
    Refused(String),
    /// Why this speaker's key and pin cannot be read.
    Unreadable(String),
}

/// An agent that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Running {
    /// Its process.
    pub pid: u32,
    /// The greatest real-time priority that it may take.
    pub rtprio: u64,
    /// True if it may lock all its memory.
    pub may_lock: bool,
    /// Its threads that have real-time priority.
    pub realtime_threads: usize,
    /// True if its program was replaced since it started.
    pub outdated: bool,
}

/// An interface for Wi-Fi.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Radio {
    /// Its name: wlan0.
    pub name: String,
    /// The level of what is received.
    pub dbm: Option<f32>,
    /// True if it sleeps between the packets.
    pub power_save: Option<bool>,
    /// True if the way out of this machine leads over it.
    pub in_use: bool,
}

/// How an attempt to reach the coordinator went.
#[derive(Debug, Clone, PartialEq)]
pub struct Reach {
    /// Its address, as it can be written.
    pub address: String,
    /// Milliseconds of each connection that was opened. `Err`: why there was none.
    pub connects_ms: Result<Vec<f64>, String>,
    /// Its version, as it said. `Err`: why it said none.
    pub version: Option<Result<String, String>>,
}
