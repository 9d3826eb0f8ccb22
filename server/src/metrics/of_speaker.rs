//! The figures of a speaker.

use std::fmt;

use downbeat_protocol::report::{Health, PlayerState, Position};
use prometheus_client::encoding::DescriptorEncoder;

use super::{
    facts::SpeakerFacts,
    figure::{Figure, counter, flag, gauge, seconds},
};

/// The most series that a speaker has.
pub const SERIES_OF_A_SPEAKER: usize = FIGURES.len() + 1;

fn position(s: &SpeakerFacts, of: impl FnOnce(&Position) -> Option<f64>) -> Option<f64> {
    s.position.as_ref().and_then(of)
}

fn health(s: &SpeakerFacts, of: impl FnOnce(&Health) -> Option<f64>) -> Option<f64> {
    s.health.as_ref().and_then(of)
}

const FIGURES: [Figure<SpeakerFacts>; 24] = [
    gauge("downbeat_speaker_connected", "1 while the speaker is connected.", |s| Some(flag(s.connected.is_some()))),
    gauge("downbeat_speaker_volume_ratio", "The volume of speaker and zone as it comes out, 0 to 1; muted: 0.", |s| {
        Some(s.volume)
    }),
    gauge("downbeat_speaker_playing", "1 while the speaker sounds, in step.", |s| {
        position(s, |p| Some(flag(p.state == PlayerState::Playing)))
    }),
    gauge(
        "downbeat_speaker_faulted",
        "1 while the speaker should sound and does not: the output is lost, or the file cannot be had or decoded.",
        |s| position(s, |p| Some(flag(p.state == PlayerState::Faulted))),
    ),
    gauge(
        "downbeat_speaker_sync_error_seconds",
        "The speaker's place minus its place by the timeline, late is positive, as the speaker believes.",
        |s| {
            let plays = |p: &Position| matches!(p.state, PlayerState::Playing);
            position(s, |p| plays(p).then(|| seconds(p.sync_error_us)))
        },
    ),
    gauge(
        "downbeat_speaker_sync_error_bound_seconds",
        "The most that the sync error may be wrong by: of the clock's estimate and of the card's.",
        |s| position(s, |p| p.error_bound_us.map(seconds)),
    ),
    gauge("downbeat_speaker_correction_ratio", "The correction in force, beyond what the crystals differ by.", |s| {
        position(s, |p| Some(seconds(p.correction_ppm.0)))
    }),
    gauge("downbeat_speaker_card_drift_ratio", "The sound card's crystal against the speaker's clock.", |s| {
        position(s, |p| Some(seconds(p.dac_ppm.0)))
    }),
    gauge("downbeat_speaker_clock_drift_ratio", "The coordinator's clock against the speaker's.", |s| {
        position(s, |p| Some(seconds(p.skew_ppm.0)))
    }),
    gauge("downbeat_speaker_clock_offset_seconds", "Server time minus the speaker's clock, as estimated.", |s| {
        position(s, |p| Some(seconds(p.offset_us as f64)))
    }),
    gauge("downbeat_speaker_round_trip_seconds", "The least round trip of the last exchanges of time.", |s| {
        position(s, |p| p.round_trip_us.map(seconds))
    }),
    gauge(
        "downbeat_speaker_jitter_seconds",
        "How far bursts of exchanges usually lie above the least round trip.",
        |s| position(s, |p| p.jitter_us.map(seconds)),
    ),
    gauge(
        "downbeat_speaker_probes_lost_ratio",
        "The share of the exchanges of time of late that were not answered, 0 to 1.",
        |s| position(s, |p| p.probes_lost),
    ),
    counter("downbeat_speaker_underruns", "The times that the sound card ran dry since the agent's start.", |s| {
        position(s, |p| Some(p.underruns as f64))
    }),
    counter("downbeat_speaker_starved", "The times that the decoder was late since the agent's start.", |s| {
        position(s, |p| Some(p.starved as f64))
    }),
    counter(
        "downbeat_speaker_reanchors",
        "The times that the speaker jumped to the right position since the agent's start.",
        |s| position(s, |p| Some(p.reanchors as f64)),
    ),
    counter(
        "downbeat_speaker_output_losses",
        "The times that the output was lost and opened again since the agent's start.",
        |s| position(s, |p| Some(p.output_losses as f64)),
    ),
    gauge("downbeat_speaker_buffered_seconds", "Decoded audio that waits.", |s| {
        position(s, |p| Some(f64::from(p.buffer_ms) / 1e3))
    }),
    gauge("downbeat_speaker_output_ok", "1 while the output works.", |s| {
        health(s, |h| Some(flag(h.output_fault.is_none())))
    }),
    gauge("downbeat_speaker_cache_bytes", "The music files that are kept.", |s| {
        health(s, |h| Some(h.cache_bytes as f64))
    }),
    gauge("downbeat_speaker_uptime_seconds", "The time since the agent's start.", |s| {
        health(s, |h| Some(h.uptime_s as f64))
    }),
    gauge("downbeat_speaker_temperature_celsius", "The processor's temperature, where the machine tells.", |s| {
        health(s, |h| h.temperature_c.map(f64::from))
    }),
    gauge("downbeat_speaker_wifi_signal_dbm", "The level of the Wi-Fi's signal, where there is one.", |s| {
        health(s, |h| h.wifi_dbm.map(f64::from))
    }),
    gauge(
        "downbeat_speaker_undervoltage",
        "1 while the voltage of the supply is too low, where the machine tells.",
        |s| health(s, |h| h.undervoltage.map(flag)),
    ),
];

/// Beside those of [`FIGURES`]: words.
const INFO: Figure<SpeakerFacts> = gauge(
    "downbeat_speaker_info",
    "Always 1: the speaker's class, version, the state of its key; is it encrypted, is its audio thread real-time?",
    |_| Some(1.0),
);

/// Writes the figures of all speakers.
pub(super) fn write(encoder: &mut DescriptorEncoder<'_>, speakers: &[SpeakerFacts]) -> fmt::Result {
    let names: Vec<_> =
        speakers.iter().map(|s| [("zone", &*s.zone), ("speaker", &*s.name), ("speaker_id", &*s.id)]).collect();
    let words: Vec<_> = speakers.iter().zip(&names).map(|(s, names)| (*names, words(s))).collect();
    INFO.write(encoder, speakers.iter().zip(&words))?;
    FIGURES.iter().try_for_each(|figure| figure.write(encoder, speakers.iter().zip(&names)))
}

fn words(s: &SpeakerFacts) -> [(&'static str, &str); 5] {
    let word = |is: Option<bool>| match is {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    };
    let realtime = s.health.as_ref().map(|h| h.realtime);
    [
        ("class", s.class),
        ("version", &s.version),
        ("key", s.key),
        ("encrypted", word(s.connected)),
        ("realtime", word(realtime)),
    ]
}
