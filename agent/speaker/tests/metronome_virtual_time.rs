//! The metronome on simulated sound cards, in virtual time: the instants of its ticks, by the cards' own truth.

mod rig;

use std::f64::consts::TAU;

use downbeat_protocol::{Frames, LocalTime, ServerTime, ZoneId, server_message, timeline::Line};
use downbeat_speaker::{
    clock::ServerInstant, render::command::Command, render::gate::Gate, render::metronome::Metronome,
};
use rig::{Speaker, clock, server};

const SECOND_US: i64 = 1_000_000;
/// A full second before any of the tests begins.
const LONG_AGO: i64 = 300 * SECOND_US;

/// Ticks every second on the second, from server time `at` on.
fn every_second(at: i64) -> Command {
    let told = server_message::Metronome {
        server_time: ServerTime(0),
        zone: ZoneId::DEFAULT,
        on: true,
        at: ServerTime(at),
        interval_us: 1_000_000,
        until: ServerTime(at + 600 * SECOND_US),
    };
    Command::Metronome(Metronome::of(&told))
}

/// How late each tick from `since_us` (local) on is: what leaves an amplifier that is `behind_us` behind the card,
/// against a tick at the full second of server time. Microseconds; `skew` is that of the clock.
fn late_us(s: &Speaker, since_us: f64, skew: f64, behind_us: f64) -> Vec<f64> {
    let heard = |n: usize| {
        let local = LocalTime((s.true_us(n as u64) * 1_000.0).round() as i64);
        clock(skew).server_at(local).plus(behind_us)
    };
    let quiet = |from: usize, to: usize| s.out[from..to].iter().all(|x| x.abs() < 1e-2);
    let first = (since_us / s.true_us(1)) as usize;
    let begins: Vec<usize> =
        (first..s.out.len() - 700).filter(|n| s.out[*n].abs() > 1e-2 && quiet(n - 900, *n)).collect();
    begins
        .into_iter()
        .map(|begin| {
            let second = ServerTime((heard(begin).whole.0 + SECOND_US / 2) / SECOND_US * SECOND_US);
            let begin = begin - 10;
            let sound: Vec<(f64, f64)> = (begin..begin + 200)
                .map(|n| (heard(n).minus(ServerInstant::from(second)), f64::from(s.out[n])))
                .collect();
            let peak = sound.iter().fold(0.0f64, |p, (_, x)| p.max(x.abs()));
            let tick = |us: f64| if us < 0.0 { 0.0 } else { (-us / 2_000.0).exp() * (TAU * 2e-3 * us).sin() };
            let level = peak / 0.883; // of the damped sine's first peak
            let off = |late: f64| sound.iter().map(|(us, x)| (x - level * tick(us - late)).powi(2)).sum::<f64>();
            let candidates = (-2_000..=2_000).map(|k| f64::from(k) * 0.5);
            candidates.min_by(|a, b| off(*a).total_cmp(&off(*b))).expect("candidates")
        })
        .collect()
}

#[test]
fn unlike_speakers_tick_in_the_same_instants() {
    // another crystal, rate and block, and an amplifier of its own behind the card
    let zone = [(48_000, 180.0, 480, 0), (44_100, -150.0, 1_024, 12_345), (48_000, 41.0, 1_200, -3_000)];
    for (rate, ppm, block, behind) in zone {
        let mut s = Speaker::new(rate, ppm, block, 20.0);
        s.tell(Command::Clock(clock(-60.0)));
        s.tell(Command::OutputDelay(behind));
        s.run_until(10e6);
        let at = (server(10.2e6).whole.0 / SECOND_US + 1) * SECOND_US;
        s.tell(every_second(at));
        s.run_until(29.5e6);
        let late = late_us(&s, 10e6, -60.0, behind as f64);
        assert_eq!(late.len(), 19, "{ppm} ppm: {late:?}");
        assert!(late.iter().all(|us| us.abs() < 15.0), "{ppm} ppm, {behind} us: {late:?}");
    }
}

#[test]
fn a_new_output_delay_holds_from_the_next_tick_on() {
    let mut s = Speaker::new(48_000, 20.0, 480, 5.0);
    s.tell(Command::Clock(clock(0.0)));
    s.run_until(5e6);
    s.tell(every_second(LONG_AGO)); // told long after its first tick
    s.run_until(10.5e6);
    s.tell(Command::OutputDelay(700));
    s.run_until(15.5e6);
    let late = late_us(&s, 5e6, 0.0, 0.0);
    assert!((9..=11).contains(&late.len()), "{late:?}");
    assert!(late[..4].iter().all(|us| us.abs() < 15.0), "{late:?}");
    assert!(late[late.len() - 4..].iter().all(|us| (us + 700.0).abs() < 15.0), "{late:?}");
}

#[test]
fn it_ticks_over_music_whatever_the_volume_through_an_outage_and_until_it_is_told_to_end() {
    let mut s = Speaker::new(48_000, -30.0, 480, 5.0);
    s.tell(Command::Clock(clock(0.0)));
    s.tell(Command::GainNow(0.0));
    s.run_until(5e6);
    let line = Line::new(server(5.2e6).whole, Frames(0), 44_100);
    let gate = Gate { on: ServerInstant::from(line.anchor), fade_in: false, ..Gate::default() };
    s.play(1, |_| 0.5, 0, 60 * 44_100, line, gate);
    s.tell(every_second(LONG_AGO));
    s.run_until(10e6);
    assert_eq!(late_us(&s, 5e6, 0.0, 0.0).len(), 4);
    // the clock is that of the last estimate: nobody tells anything
    s.run_until(20e6);
    let late = late_us(&s, 5e6, 0.0, 0.0);
    assert!(late.len() == 14 && late.iter().all(|us| us.abs() < 15.0), "{late:?}");
    s.tell(Command::Metronome(None));
    s.run_until(24e6);
    assert_eq!(late_us(&s, 20e6, 0.0, 0.0), Vec::<f64>::new());
    // another coordinator's clock: its instants are the old ones, moved
    s.tell(every_second(LONG_AGO + 300_000));
    s.tell(Command::ChangeClock(clock(0.0), -300_000));
    s.run_until(28e6);
    let late = late_us(&s, 24e6, 0.0, 0.0);
    assert!(late.len() >= 3 && late.iter().all(|us| us.abs() < 15.0), "{late:?}");
}
