//! Every scenario within its limits.

use downbeat_simulation::scenarios;

macro_rules! scenarios {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            let broken = scenarios::$name::run().broken();
            assert!(broken.is_empty(), "beyond their limits:\n  {}", broken.join("\n  "));
        })*

        #[test]
        fn none_is_forgotten() {
            let tested = [$(stringify!($name)),*];
            let all: Vec<_> = scenarios::ALL.iter().map(|(name, _)| *name).collect();
            assert_eq!(tested.to_vec(), all);
        }
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
