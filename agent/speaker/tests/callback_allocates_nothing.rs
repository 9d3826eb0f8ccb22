//! The real-time callback allocates and frees nothing, whatever it is told: an allocator that aborts says so.

use std::sync::Arc;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use downbeat_protocol::{
    ClockId, EntryId, Frames, LocalTime, Ppm, ServerTime, ZoneId, exchange::Offset, server_message, timeline::Line,
};
use downbeat_speaker::{
    clock::{ClockEstimate, ServerInstant},
    render::calibration::Calibration,
    render::command::{Command, Overlay},
    render::gate::{Gate, VoiceId},
    render::metronome::Metronome,
    render::renderer::Renderer,
    render::report::BlockStamp,
    render::resampler::Kernel,
    render::voice::Voice,
};

#[global_allocator]
static GUARD: AllocDisabler = AllocDisabler;

fn server(local_s: f64) -> ServerInstant {
    ServerInstant::from(ServerTime((local_s * 1e6) as i64))
}

fn clock(offset_us: i64) -> Command {
    Command::Clock(ClockEstimate {
        clock_id: ClockId(uuid::Uuid::nil()),
        local: LocalTime(0),
        offset: Offset { whole_us: offset_us, fraction_us: 0.0 },
        skew: Ppm(11.0),
        offset_variance: 1.0,
        covariance: 0.0,
        skew_variance: 0.0,
        wander: 0.0,
        delay_floor_us: 20.0,
        jitter_us: 0.0,
        probes_lost: 0.0,
        asymmetry_us: 0.0,
    })
}

fn voice(id: u64, at_s: f64, rate: u32, frames: i64, fade_in: bool) -> (rtrb::Producer<f32>, Command) {
    let (mut ring, consumer) = rtrb::RingBuffer::new(4 * rate as usize);
    while ring.push(0.5).is_ok() {}
    let line = Line::new(server(at_s).whole, Frames(0), rate);
    let gate = Gate { on: server(at_s), fade_in, ..Gate::default() };
    let kernel = Arc::new(Kernel::new(f64::from(rate) / 48_000.0));
    let entry = EntryId(uuid::Uuid::nil());
    (
        ring,
        Command::Add(Box::new(Voice::new(VoiceId(id), entry, consumer, Frames(0), Frames(frames), line, gate, kernel))),
    )
}

#[test]
fn whatever_it_is_told() {
    let (mut renderer, mut controls) = Renderer::new(Some(Ppm(20.0)));
    renderer.set_rate(48_000);
    // everything that is made, is made before; `feeds` are dropped after
    let mut feeds = Vec::new();
    let mut add = |id, at, rate, frames, fade| {
        let (feed, command) = voice(id, at, rate, frames, fade);
        feeds.push(feed);
        command
    };
    let overlay =
        |at: f64| Command::Overlay(Box::new(Overlay { samples: vec![0.1; 9_600], at: server(at), played: 0 }));
    let ticks = server_message::Metronome {
        server_time: ServerTime(0),
        zone: ZoneId::DEFAULT,
        on: true,
        at: ServerTime(4_000_000),
        interval_us: 100_000,
        until: ServerTime(9_000_000),
    };
    let hisses = server_message::Calibration {
        server_time: ServerTime(0),
        zone: ZoneId::DEFAULT,
        on: true,
        at: ServerTime(4_100_000),
        every_us: 700_000,
        count: 5,
        code: 9,
        level_db: -20.0,
    };
    let script = vec![
        (0.0, clock(0)),
        (0.1, add(1, 0.5, 48_000, 48_000, false)),
        (0.1, add(2, 1.5, 44_100, 88_200, false)),
        (0.7, Command::Solo(true)),
        (0.9, Command::Solo(false)),
        (1.0, Command::Gain(0.3, server(1.2), 20_000.0)),
        (1.1, overlay(1.3)),
        (1.2, overlay(1.35)), // replaces the one before
        (2.0, clock(20_000)), // a step: re-anchor
        (2.2, Command::Close(VoiceId(2), Some(server(2.5)))),
        (2.2, add(3, 2.5, 96_000, 960_000, true)),
        (3.0, Command::Close(VoiceId(3), None)),
        (3.1, add(4, 9.0, 48_000, 48_000, false)),
        (3.2, Command::Close(VoiceId(4), None)), // never heard
        (3.3, Command::ClockLost),
        (3.6, clock(20_000)),
        (3.7, add(5, 3.8, 48_000, 48_000, false)), // runs out of decoded frames
        (3.7, add(6, 3.8, 48_000, 96_000, false)),
        (3.7, add(7, 3.8, 48_000, 96_000, false)),
        (3.7, add(8, 3.8, 48_000, 96_000, false)),
        (3.7, add(9, 3.8, 48_000, 96_000, false)),
        (3.7, add(10, 3.8, 48_000, 96_000, false)),
        (3.7, add(11, 3.8, 48_000, 96_000, false)), // more than fit
        (4.0, Command::Metronome(Metronome::of(&ticks))),
        (4.0, Command::OutputDelay(5_000)),
        (4.0, Command::MaxDrift(2_000)),
        (4.0, Command::Calibration(Calibration::of(&hisses))),
        (5.2, Command::Metronome(None)),
        (5.4, Command::Calibration(None)),
    ];
    let mut script = script.into_iter().peekable();
    let (mut block, mut heard) = (vec![0.0f32; 960], false);
    for k in 0..600u64 {
        let now = k as f64 * 0.01;
        while script.peek().is_some_and(|(at, _)| *at <= now) {
            let (_, command) = script.next().expect("peeked");
            controls.commands.push(command).expect("room");
        }
        let stamp = BlockStamp {
            frame: k * 480,
            observed: Some((k * 480, LocalTime(k as i64 * 10_000_000))),
            epoch: u32::from(k > 450),
            queued: 480,
            ..BlockStamp::default()
        };
        assert_no_alloc(|| renderer.render(&mut block, &stamp));
        heard |= block.iter().any(|x| x.abs() > 0.1);
        while controls.reports.pop().is_ok() {}
        if k % 50 == 0 {
            while controls.trash.pop().is_ok() {}
        }
    }
    assert!(heard, "it was at work");
}
