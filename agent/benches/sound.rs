//! THD+N of sines through the whole path, as CSV: against frequency while the correction swings, and against a fixed
//! correction. `docs/measurements/2026-11-22-sound` keeps and plots it. How it is measured: `tests/distortion/mod.rs`.

#![expect(clippy::print_stdout, reason = "its output is a table")]

#[path = "../tests/distortion/mod.rs"]
mod distortion;
#[path = "../speaker/tests/rig/mod.rs"]
mod rig;

use distortion::{Correction, thd_n};

fn main() {
    println!("media_hz,card_hz,correction_ppm,tone_hz,thd_n_db,gain_db");
    let tell = |media: u32, card: u32, correction: Correction, hz: f64| {
        let (thd_n, gain) = thd_n(hz, media, card, correction);
        let ppm = if let Correction::Fixed(ppm) = correction { ppm.to_string() } else { "swinging".into() };
        println!("{media},{card},{ppm},{hz},{thd_n:.2},{gain:.4}");
    };
    for (media, card) in [(48_000, 48_000), (44_100, 48_000), (48_000, 44_100), (96_000, 48_000)] {
        for hz in
            [50.0, 100.0, 200.0, 500.0, 1e3, 2e3, 4e3, 6e3, 8e3, 10e3, 12e3, 14e3, 15e3, 16e3, 17e3, 18e3, 19e3, 20e3]
        {
            tell(media, card, Correction::Swinging, hz);
        }
    }
    for hz in [1e3, 10e3, 18e3] {
        for ppm in
            [-500.0, -300.0, -180.0, -100.0, -41.0, -10.0, -1.0, 0.0, 1.0, 10.0, 41.0, 100.0, 180.0, 300.0, 500.0]
        {
            tell(48_000, 48_000, Correction::Fixed(ppm), hz);
            tell(44_100, 48_000, Correction::Fixed(ppm), hz);
        }
    }
}
