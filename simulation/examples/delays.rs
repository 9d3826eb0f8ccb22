//! The clock's filter against delays of several kinds: how far it is from the truth, and its bound (but for the
//! ways' inequality: here they are alike).
//!
//! One speaker, without cards and sound: only exchanges, the sample of each burst, the filter. Two schedules: `fixed`
//! (eight exchanges every four seconds, as in the table that the filter is measured by) and `asked` (as often as the
//! speaker asks by itself). Moments: the third to the tenth second, from the first minute on, and from the fifth on.
//! Arguments: the first seed (1 was looked at while the filter was made), the crystal's wander (ppm^2 a second, 1e-3 if
//! none is given), and 1 for the kinds of delays that were held out.
//!
//! `cargo run --release -p downbeat-simulation --example delays`

use std::io::Write;

use downbeat_protocol::{
    ClockId, LocalTime,
    exchange::{Offset, Sample},
};
use downbeat_simulation::{dice::Dice, percentile};
use downbeat_speaker::clock::{
    ClockFilter,
    burst::{BurstScheduler, PINGS_PER_BURST, least},
};
use uuid::Uuid;

/// A delay of one way, microseconds.
type Delay = fn(&mut Dice) -> f64;

/// The kinds by which the filter was made: the first five are those of the table that it is measured by.
const KNOWN: [(&str, Delay); 8] = [
    ("5 ms +- 2 ms, uniform", |d| d.between(3_000.0, 7_000.0)),
    ("1.5 ms + exponential 3 ms", |d| 1_500.0 + d.exponential(3_000.0)),
    ("1.2 ms + Pareto 1.5, 1 ms", |d| 1_200.0 + pareto(d, 1.5, 1_000.0)),
    ("5 ms, normal 1 ms", |d| (5_000.0 + 1_000.0 * d.normal()).max(500.0)),
    ("0.1 ms + exponential 20 us", |d| 100.0 + d.exponential(20.0)),
    ("30 to 90 ms, uniform", |d| d.between(30_000.0, 90_000.0)),
    ("1 ms + two exponential 1 ms", |d| 1_000.0 + d.exponential(1_000.0) + d.exponential(1_000.0)),
    ("0.5 or 3.5 ms + exponential 0.4 ms", |d| {
        let longer = if d.chance(0.3) { 3_000.0 } else { 0.0 };
        500.0 + longer + d.exponential(400.0)
    }),
];

/// Kinds that were looked at only when it was done.
const HELD_OUT: [(&str, Delay); 8] = [
    ("0.8 ms + log-normal, median 1 ms, 1.0", |d| 800.0 + 1_000.0 * d.normal().exp()),
    ("2 ms + Weibull 0.7, 1 ms", |d| 2_000.0 + 1_000.0 * d.exponential(1.0).powf(1.0 / 0.7)),
    ("2 ms + Weibull 3, 2 ms", |d| 2_000.0 + 2_000.0 * d.exponential(1.0).powf(1.0 / 3.0)),
    ("0.3 ms + Pareto 1.1, 50 us", |d| 300.0 + pareto(d, 1.1, 50.0)),
    ("4 ms, triangular +- 3 ms", |d| d.between(500.0, 3_500.0) + d.between(500.0, 3_500.0)),
    ("15 to 25 ms, uniform", |d| d.between(15_000.0, 25_000.0)),
    ("slots of 1 ms, one to eight of them", |d| 1_000.0 * (1.0 + (8.0 * d.uniform()).floor()) + d.exponential(50.0)),
    ("1 ms, or a sleep of up to 100 ms", |d| {
        1_000.0 + d.exponential(200.0) + if d.chance(0.5) { d.between(0.0, 100_000.0) } else { 0.0 }
    }),
];

fn pareto(dice: &mut Dice, shape: f64, scale: f64) -> f64 {
    scale * ((1.0 - dice.uniform()).powf(-1.0 / shape) - 1.0)
}

const SEEDS: u64 = 24;
const LOSS: f64 = 0.01;

/// Error and bound of a moment, microseconds.
type Seen = Vec<(f64, f64)>;

/// One speaker for so many seconds: after each burst the instant, the error and the bound.
fn run(seed: u64, delay: Delay, wander: f64, fixed: bool, seconds: f64) -> Vec<(f64, f64, f64)> {
    let mut dice = Dice::new(seed);
    let mut filter = ClockFilter::new(ClockId(Uuid::nil()), None);
    filter.reset();
    let mut scheduler = BurstScheduler::new(LocalTime(0));
    scheduler.set_playing(true, LocalTime(0));
    // server minus local, microseconds, and its rate, ppm
    let (mut truth, mut skew) = (0.0, dice.between(-40.0, 40.0));
    let (mut now, mut before, mut looks) = (0.0, 0.0, Vec::new());
    while now < seconds {
        skew += dice.normal() * (wander * (now - before)).sqrt();
        truth += skew * (now - before);
        before = now;
        let (mut samples, mut within) = (Vec::new(), 0.0);
        for _ in 0..PINGS_PER_BURST {
            let (there, back) = (delay(&mut dice), delay(&mut dice));
            if dice.chance(LOSS) || dice.chance(LOSS) {
                within += 0.02;
                continue;
            }
            let middle = within + (there + back) / 2e6;
            let offset = truth + skew * middle + (there - back) / 2.0;
            samples.push(Sample {
                at: LocalTime(((now + middle) * 1e9) as i64),
                offset_us: Offset::default().plus(offset),
                round_trip_us: there + back,
            });
            within += (there + back) / 1e6;
        }
        let local = LocalTime(((now + within) * 1e9) as i64);
        if let Some(sample) = least(&samples) {
            let _ = filter.add(sample);
            let deviation_us = filter.estimate().map_or(0.0, |e| e.deviation_us(local));
            scheduler.set_unrest(filter.jitter_us(), deviation_us);
        }
        scheduler.burst_done(local);
        if let Some(e) = filter.estimate() {
            let said = e.server_at(local).minus(downbeat_speaker::clock::ServerInstant::default());
            let error = said - (now + within) * 1e6 - truth - skew * within;
            looks.push((now, error, e.measured_bound_us(local)));
        }
        now = if fixed { now + 4.0 } else { scheduler.next_at().0 as f64 / 1e9 };
    }
    looks
}

fn figures(seen: &Seen) -> String {
    let errors: Vec<f64> = seen.iter().map(|s| s.0).collect();
    let bounds: Vec<f64> = seen.iter().map(|s| s.1).collect();
    let inside = seen.iter().filter(|(e, b)| e.abs() <= *b).count() as f64 / seen.len().max(1) as f64;
    let [median, p99, bound] =
        [(&errors, 0.5), (&errors, 0.99), (&bounds, 0.5)].map(|(values, share)| percentile(values, share));
    format!("{median:.1} / {p99:.1} | {bound:.1} | {inside:.3}")
}

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1).filter_map(|a| a.parse::<f64>().ok());
    let first = arguments.next().unwrap_or(1.0) as u64;
    let wander = arguments.next().unwrap_or(1e-3);
    let kinds = if arguments.next() == Some(1.0) { HELD_OUT } else { KNOWN };
    let mut out = std::io::stdout().lock();
    writeln!(out, "errors from the truth, microseconds, median / p99; median of the measured bound; share within it")?;
    for (name, fixed) in [("eight every four seconds", true), ("as often as the speaker asks", false)] {
        writeln!(
            out,
            "\n| {name} | 3 to 10 s | bound | inside | 60 to 300 s | bound | inside | 300 to 1,200 s | bound | inside |"
        )?;
        writeln!(out, "|---|---|---|---|---|---|---|---|---|---|")?;
        for (kind, delay) in kinds {
            let spans = [(3.0, 10.0), (60.0, 300.0), (300.0, 1_200.0)];
            let mut seen: [Seen; 3] = Default::default();
            for k in 0..SEEDS {
                for (at, error, bound) in run(1_000 * first + k, delay, wander, fixed, 1_200.0) {
                    for (span, seen) in spans.iter().zip(&mut seen) {
                        if at >= span.0 && at < span.1 {
                            seen.push((error, bound));
                        }
                    }
                }
            }
            writeln!(out, "| {kind} | {} |", seen.iter().map(figures).collect::<Vec<_>>().join(" | "))?;
            out.flush()?;
        }
    }
    Ok(())
}
