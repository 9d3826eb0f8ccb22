//! The scenarios, one a file, numbered as chrony's are. Each says what it models and what must hold; its limits fail
//! the build.

use downbeat_protocol::Ppm;

use crate::{
    card::CardSpec, crystal::SECOND, dice::Dice, entries::entry, measure::percentile, measure::share, network::Network,
    outcome::Outcome, speaker::SpeakerSpec, world::World,
};

/// A name and what it runs.
pub type Scenario = (&'static str, fn() -> Outcome);

macro_rules! scenarios {
    ($($name:ident)*) => {
        $(pub mod $name;)*
        /// All of them, in order.
        pub const ALL: &[Scenario] = &[$((stringify!($name), $name::run)),*];
    };
}

scenarios! {
    s001_defaults
    s002_large_skew
    s005_server_step
    s006_server_slew
    s007_suspend
    s008_thermal
    s011_asymmetric_jitter
    s012_asymmetric_path
    s013_bufferbloat
    s014_intermittent
    s015_reconnect_same
    s016_reconnect_other
    s017_burst_loss
    s018_duplicate_reorder
    s019_lying_server
    s020_cpu_starved
    s021_dac_lost
    s022_late_joiner
    s023_dac_clock
    s024_thousand_agents
    s101_start
    s102_transport
    s103_gapless
    s104_holdover
    s105_honesty
    s106_frozen
    s107_output_delay
    s108_soak
    s109_coarse_cards
    s110_telemetry
    s111_crossfade
    s112_loop
    s113_jitter
    s114_power_save
    s115_roam
    s116_reroute
    s117_cellular
    s118_dsl
    s119_contention
    s120_staircases
    s121_hour_alone
}

/// The rate of what is played, and of the cards: low, so that hours take seconds. What is measured does not depend on
/// it; `s001_defaults` has one pair at the usual rates.
pub const RATE: u32 = 8_000;
/// Time for clocks and cards to settle, seconds.
pub const SETTLED: f64 = 30.0;

/// Speakers as they come: machines within 40 ppm, cards within 60, on this network.
pub fn some_speakers(seed: u64, count: usize, network: Network) -> Vec<SpeakerSpec> {
    let mut dice = Dice::new(seed ^ 0x5ca1_ab1e);
    let mut one = || SpeakerSpec {
        network,
        clock_ppm: dice.between(-40.0, 40.0),
        card: CardSpec { ppm: dice.between(-60.0, 60.0), ..CardSpec::default() },
        ..SpeakerSpec::default()
    };
    (0..count).map(|_| one()).collect()
}

/// The same, after an earlier run: they know what their crystals were, give or take a ppm.
pub fn known_speakers(seed: u64, count: usize, network: Network) -> Vec<SpeakerSpec> {
    let mut dice = Dice::new(seed ^ 0x0dd_ba11);
    let mut specs = some_speakers(seed, count, network);
    for spec in &mut specs {
        spec.kept_dac = Some(Ppm(spec.card.ppm - spec.clock_ppm + dice.normal()));
    }
    specs
}

/// A world in which `speakers` have been playing one long entry for `seconds`.
pub fn playing(seed: u64, speakers: &[SpeakerSpec], seconds: f64) -> World {
    let mut world = World::new(seed, speakers);
    world.run(3.0);
    let now = world.now;
    world.coordinator.play(now, vec![entry(0, RATE, 20_000.0)]);
    world.run(seconds);
    world
}

/// From `since` on: seconds until all values in `series` (true instant, value) stay below `ceiling`; NaN if they never
/// do.
pub fn back_after(series: &[(i64, f64)], since: i64, ceiling: f64) -> f64 {
    let bad = series.iter().rposition(|(_, v)| v.abs() > ceiling);
    match bad {
        None if series.is_empty() => f64::NAN,
        None => 0.0,
        Some(k) if k + 1 == series.len() => f64::NAN,
        Some(k) => (series[k + 1].0 - since) as f64 / SECOND as f64,
    }
}

/// Looks at a speaker's card as (true instant, microseconds late).
pub fn late_series(world: &World, speaker: usize, (from, to): (i64, i64)) -> Vec<(i64, f64)> {
    let marks = world.speakers[speaker].record.between(from, to).iter();
    marks
        .filter_map(|m| match m.what {
            crate::measure::Judgement::Sound { late_us } => Some((m.at, late_us)),
            _ => None,
        })
        .collect()
}

/// Where both ways are equally long: the bound that measuring alone gives holds in at least 99 % of all moments, for
/// every speaker, and is in the middle at most `times` what 99 % of the errors are below.
pub fn bound_of_measuring(outcome: &mut Outcome, name: &str, world: &World, (from, to): (i64, i64), times: f64) {
    let (mut least, mut errors, mut bounds) = (1.0f64, Vec::new(), Vec::new());
    for speaker in &world.speakers {
        let beliefs: Vec<_> = speaker.record.beliefs.iter().filter(|b| (from..to).contains(&b.at)).collect();
        least = least.min(share(beliefs.iter().map(|b| b.error_us.abs() <= b.measured_us)));
        errors.extend(beliefs.iter().map(|b| b.error_us));
        bounds.extend(beliefs.iter().map(|b| b.measured_us));
    }
    outcome.least(format!("{name}: within the measured bound, share"), least, 0.99);
    let ratio = percentile(&bounds, 0.5) / percentile(&errors, 0.99);
    outcome.most(format!("{name}: measured bound, times the error's p99"), ratio, times);
}
