//! The hisses of a calibration on simulated sound cards, in virtual time: when they are heard, by the cards' own truth.

mod rig;

use downbeat_protocol::{
    Frames, LocalTime, ServerMessage, ServerTime, ZoneId, calibration::sample, server_message, timeline::Line,
};
use downbeat_speaker::{
    clock::ServerInstant,
    render::{calibration::Calibration, command::Command, gate::Gate},
};
use rig::{Speaker, clock, server};

const EVERY_US: i64 = 3_200_000;
/// So much of a hiss is looked at, microseconds.
const HEARD_US: f64 = 120_000.0;

/// So many hisses from server time `at` on.
fn hisses(at: i64, count: u32, code: u16) -> Command {
    let told = server_message::Calibration {
        server_time: ServerTime(0),
        zone: ZoneId::DEFAULT,
        on: true,
        at: ServerTime(at),
        every_us: EVERY_US as u32,
        count,
        code,
        level_db: -20.0,
    };
    Command::Calibration(Calibration::of(&told))
}

/// How late the hiss is that was to leave an amplifier `behind_us` behind the card at server time `due`, microseconds,
/// and how loud it is, against one of amplitude 1.
fn late_us(s: &Speaker, skew: f64, behind_us: f64, due: i64, code: u16) -> (f64, f64) {
    let heard = |n: usize| {
        let local = LocalTime((s.true_us(n as u64) * 1_000.0).round() as i64);
        clock(skew).server_at(local).plus(behind_us).minus(ServerInstant::from(ServerTime(due)))
    };
    let sound: Vec<(f64, f64)> = (0..s.out.len())
        .map(|n| (heard(n), f64::from(s.out[n])))
        .filter(|(us, _)| (-2_000.0..HEARD_US).contains(us))
        .collect();
    let alike = |late: f64| sound.iter().map(|(us, x)| x * sample(code, us - late)).sum::<f64>();
    let energy: f64 = sound.iter().map(|(us, _)| sample(code, *us).powi(2)).sum();
    let around = |middle: f64, step: f64| {
        (-60..=60)
            .map(|k| middle + f64::from(k) * step)
            .max_by(|a, b| alike(*a).total_cmp(&alike(*b)))
            .expect("candidates")
    };
    let late = around(around(0.0, 20.0), 0.4);
    (late, alike(late) / energy)
}

#[test]
fn unlike_speakers_hiss_at_their_instants_to_a_fraction_of_a_frame() {
    // another crystal, rate and block, and an amplifier of its own behind the card
    let zone = [(48_000, 180.0, 480, 0, 0), (44_100, -150.0, 1_024, 12_345, 1), (48_000, 41.0, 1_200, -3_000, 2_046)];
    for (rate, ppm, block, behind, code) in zone {
        let mut s = Speaker::new(rate, ppm, block, 20.0);
        s.tell(Command::Clock(clock(-60.0)));
        s.tell(Command::OutputDelay(behind));
        s.run_until(10e6);
        let at = server(11e6).whole.0 + 7;
        s.tell(hisses(at, 3, code));
        s.run_until(22e6);
        for k in 0..3 {
            let (late, level) = late_us(&s, -60.0, behind as f64, at + k * EVERY_US, code);
            assert!(late.abs() < 15.0, "{ppm} ppm, {behind} us, hiss {k}: {late} us late");
            assert!((level - 0.1).abs() < 0.01, "{level}");
        }
        let (_, fourth) = late_us(&s, -60.0, behind as f64, at + 3 * EVERY_US, code);
        assert!(fourth.abs() < 1e-6, "a fourth one: {fourth}");
    }
}

#[test]
fn without_noise_of_the_card_it_is_exact() {
    let mut s = Speaker::new(48_000, 0.0, 480, 0.0);
    s.tell(Command::Clock(clock(0.0)));
    s.run_until(5e6);
    // a third of a frame after one
    let at = server(6e6).whole.0 + 7;
    s.tell(hisses(at, 1, 3));
    s.run_until(8e6);
    let (late, _) = late_us(&s, 0.0, 0.0, at, 3);
    assert!(late.abs() < 1.0, "{late}");
}

#[test]
fn it_hisses_over_music_whatever_the_volume_and_until_it_is_told_to_end() {
    let mut s = Speaker::new(48_000, -30.0, 480, 5.0);
    s.tell(Command::Clock(clock(0.0)));
    s.tell(Command::GainNow(0.0));
    s.run_until(5e6);
    let line = Line::new(server(5.2e6).whole, Frames(0), 44_100);
    let gate = Gate { on: ServerInstant::from(line.anchor), fade_in: false, ..Gate::default() };
    s.play(1, |_| 0.5, 0, 60 * 44_100, line, gate);
    let at = server(6e6).whole.0;
    s.tell(hisses(at, 9, 4));
    s.run_until(12e6);
    s.tell(Command::Calibration(None));
    s.run_until(20e6);
    let level = |k: i64| late_us(&s, 0.0, 0.0, at + k * EVERY_US, 4).1;
    assert!((0..2).all(|k| (level(k) - 0.1).abs() < 0.01));
    assert!((2..4).all(|k| level(k).abs() < 0.01), "it was told to end");
}

#[test]
fn a_message_of_the_coordinators_is_rendered_and_a_whole_state_ends_it() {
    use downbeat_speaker::speaker::{Event, Speaker};
    let (mut speaker, mut renderer) = Speaker::new(LocalTime(0), 0, None);
    renderer.set_rate(48_000);
    speaker.command(Command::Clock(clock(0.0)));
    let told = server_message::Calibration {
        server_time: ServerTime(0),
        zone: ZoneId::DEFAULT,
        on: true,
        at: server(3e6).whole,
        every_us: 1_000_000,
        count: 9,
        code: 1,
        level_db: -20.0,
    };
    speaker.handle(LocalTime(0), Event::Message(Box::new(ServerMessage::Calibration(told))), &mut Vec::new());
    let mut loud = Vec::new();
    let mut block = [0.0f32; 960];
    for k in 0..700u64 {
        let local = LocalTime(k as i64 * 10_000_000);
        if k == 480 {
            let session = server_message::Session {
                server_time: ServerTime(0),
                zone: ZoneId::DEFAULT,
                revision: 1,
                at: ServerTime(0),
                timeline: None,
                plan: Vec::new(),
                fading: None,
                continues: None,
                request: None,
            };
            let volume = server_message::Level::default();
            let sync = server_message::StateSync { session, zone_name: "all".into(), volume };
            speaker.handle(local, Event::Message(Box::new(ServerMessage::StateSync(sync))), &mut Vec::new());
        }
        let stamp = downbeat_speaker::render::report::BlockStamp {
            frame: k * 480,
            observed: Some((k * 480, local)),
            ..Default::default()
        };
        renderer.render(&mut block, &stamp);
        if block.iter().any(|x| x.abs() > 0.03) {
            loud.push(k / 100);
        }
    }
    loud.dedup();
    assert_eq!(loud, [3, 4], "seconds in which it hissed");
}
