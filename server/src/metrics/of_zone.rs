//! The figures of a zone.

use std::fmt;

use downbeat_zone::PlayState;
use prometheus_client::encoding::DescriptorEncoder;

use super::{
    facts::ZoneFacts,
    figure::{Figure, flag, gauge, seconds},
};

const FIGURES: [Figure<ZoneFacts>; 11] = [
    gauge("downbeat_zone_playing", "1 while the zone plays.", |z| {
        Some(flag(z.view.state == PlayState::Playing && !z.view.preparing))
    }),
    gauge("downbeat_zone_preparing", "1 while a start waits for the zone's speakers.", |z| {
        Some(flag(z.view.preparing))
    }),
    gauge("downbeat_zone_speakers", "The zone's speakers that are connected.", |z| Some(z.view.members as f64)),
    gauge("downbeat_zone_sync_speakers", "The speakers that the spread is of.", |z| Some(z.sync.speakers as f64)),
    gauge("downbeat_zone_spread_seconds", "The latest speaker minus the earliest, as they report.", |z| {
        z.sync.spread_us.map(seconds)
    }),
    gauge("downbeat_zone_spread_bound_seconds", "The most that the true spread may exceed the spread by.", |z| {
        z.sync.bound_us.map(seconds)
    }),
    gauge(
        "downbeat_zone_spread_p95_seconds",
        "The spread that 95 % of the readings of the last five minutes did not exceed.",
        |z| z.sync.p95_us.map(seconds),
    ),
    gauge("downbeat_zone_spread_max_seconds", "The greatest spread of the last five minutes.", |z| {
        z.sync.max_us.map(seconds)
    }),
    gauge("downbeat_zone_volume_ratio", "The zone's volume, 0 to 1.", |z| {
        Some(f64::from(z.view.volume.percent()) / 100.0)
    }),
    gauge("downbeat_zone_muted", "1 while the zone is muted.", |z| Some(flag(z.view.muted))),
    gauge("downbeat_zone_queue_entries", "The entries of the zone's queue.", |z| Some(z.view.queue_length as f64)),
];

/// Writes the figures of all zones.
pub(super) fn write(encoder: &mut DescriptorEncoder<'_>, zones: &[ZoneFacts]) -> fmt::Result {
    let names: Vec<_> = zones.iter().map(|z| [("zone", z.view.name.as_str())]).collect();
    FIGURES.iter().try_for_each(|figure| figure.write(encoder, zones.iter().zip(&names)))
}
