//! Outputs that fail, come back, run dry: what the supervisor makes of them, and that the renderer survives it.

use std::{
    sync::{
        atomic::Ordering,
        mpsc::{self, Receiver},
    },
    time::Duration,
};

use downbeat_agent::{
    config::VirtualSpec, output::Output, output::OutputEnd, output::OutputError, output::OutputState,
    output::supervisor::OutputEvent, output::supervisor::Supervisor, output::r#virtual::Virtual,
};
use downbeat_speaker::{render::command::Controls, render::renderer::Renderer, render::report::BlockStamp};

/// Long enough for any machine; nothing here waits for it unless it is broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// Fails at once the first `absent` times, then plays a few blocks and is lost, then plays until it is stopped.
#[derive(Debug)]
struct Flaky {
    absent: u32,
    runs: u32,
}

impl Output for Flaky {
    fn describe(&self) -> String {
        "flaky".into()
    }

    fn run(
        &mut self,
        mut renderer: Box<Renderer>,
        shared: &OutputState,
        opened: &mut dyn FnMut(u32),
    ) -> (Box<Renderer>, OutputEnd) {
        self.runs += 1;
        let lost =
            |reason: &str| OutputEnd::Lost(OutputError::Failed { output: "flaky".into(), reason: reason.into() });
        if self.runs <= self.absent {
            return (renderer, lost("absent"));
        }
        opened(48_000);
        let mut block = [0.0; 960];
        let play = |renderer: &mut Renderer, block: &mut [f32]| {
            let frame = shared.frames.fetch_add(480, Ordering::Relaxed);
            renderer.render(block, &BlockStamp { frame, epoch: shared.epoch(), ..BlockStamp::default() });
        };
        if self.runs == self.absent + 1 {
            (0..5).for_each(|_| play(&mut renderer, &mut block));
            return (renderer, lost("unplugged"));
        }
        while !shared.stopping() {
            play(&mut renderer, &mut block);
            std::thread::yield_now();
        }
        (renderer, OutputEnd::Stopped)
    }
}

fn start(output: impl Output + 'static) -> (Supervisor, Controls, OutputState, Receiver<OutputEvent>) {
    let (renderer, controls) = Renderer::new(None);
    let shared = OutputState::default();
    let (events, happens) = mpsc::channel();
    let supervisor = Supervisor::start(Box::new(output), renderer, shared.clone(), move |e| drop(events.send(e)));
    (supervisor.expect("a thread"), controls, shared, happens)
}

#[test]
fn a_lost_output_is_tried_again_with_longer_waits_and_taken_up_again() {
    let (mut supervisor, mut controls, shared, happens) = start(Flaky { absent: 2, runs: 0 });
    let mut waits = Vec::new();
    let mut opened = 0;
    while opened < 2 {
        match happens.recv_timeout(PATIENCE).expect("something happens") {
            OutputEvent::Opened { output, rate } => {
                assert_eq!((output.as_str(), rate), ("flaky", 48_000));
                opened += 1;
            }
            OutputEvent::Lost { error, retry_in } => {
                assert!(error.to_string().contains("flaky"));
                waits.push(retry_in);
            }
        }
    }
    assert_eq!(waits.len(), 3, "absent twice, unplugged once");
    assert!(waits.is_sorted() && waits[0] < waits[2], "{waits:?}");
    assert_eq!(shared.epoch(), 3, "what was known of the card's phase is void after each");
    // the same renderer goes on: its reports come from beyond the frames of the first run
    while controls.reports.pop().map_or(0, |r| r.frame) <= 5 * 480 {
        assert!(!shared.stopping());
        std::thread::yield_now();
    }
    supervisor.stop();
}

#[test]
fn stopping_does_not_wait_for_the_next_try() {
    let (mut supervisor, _controls, _, happens) = start(Flaky { absent: u32::MAX, runs: 0 });
    // the waits grow to ten seconds; four of them are over two
    for _ in 0..3 {
        happens.recv_timeout(PATIENCE).expect("it is lost");
    }
    let (done, ended) = mpsc::channel();
    std::thread::spawn(move || {
        supervisor.stop();
        let _ = done.send(());
    });
    ended.recv_timeout(PATIENCE).expect("it ends");
}

#[test]
fn a_virtual_card_runs_dry_when_asked_and_records_its_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let wav = folder.path().join("out.wav");
    let spec = VirtualSpec { ppm: 50.0, wav: Some(wav.clone()), xrun_every_s: Some(0.2), ..VirtualSpec::default() };
    let (mut supervisor, _controls, shared, _happens) = start(Virtual::new(spec));
    while shared.underruns.load(Ordering::Relaxed) < 3 {
        std::thread::yield_now();
    }
    supervisor.stop();
    let underruns = shared.underruns.load(Ordering::Relaxed) as usize;
    assert_eq!(shared.epoch() as usize, underruns);
    let runs = std::fs::read_to_string(folder.path().join("out.wav.seg")).expect("the list of runs");
    assert_eq!(runs.lines().filter(|l| l.starts_with("seg ")).count(), underruns + 1);
    assert_eq!(runs.lines().filter(|l| l.contains(" underrun ")).count(), underruns);
    assert!(runs.lines().any(|l| l.starts_with("seg 0 ") && l.ends_with("48002.400000000")), "{runs}");
    // every frame that was handed over is in the file
    let frames = u64::from(hound::WavReader::open(&wav).expect("a recording").duration());
    assert_eq!(frames, shared.frames.load(Ordering::Relaxed));
}

#[test]
fn a_card_whose_position_moves_in_steps_is_read_right_after_them() {
    let step_us = 4_000.0;
    let spec = VirtualSpec { ppm: -30.0, gran: 192.0, ..VirtualSpec::default() };
    let (mut supervisor, mut controls, shared, _happens) = start(Virtual::new(spec));
    loop {
        assert!(!shared.stopping());
        let Ok(report) = controls.reports.pop() else {
            std::thread::yield_now();
            continue;
        };
        let Some(truth) = report.truth.filter(|_| report.card_bound_us > 0.0) else { continue };
        let off_us = report.heard_at.nanos_since(truth) as f64 / 1_000.0;
        // by the readings alone it would be two milliseconds off
        let known = (report.card_step_us - step_us).abs() < 25.0 && report.card_bound_us < step_us / 4.0;
        if known && off_us.abs() <= report.card_bound_us {
            break;
        }
    }
    supervisor.stop();
}

#[test]
fn a_recording_that_cannot_be_written_says_which() {
    let spec = VirtualSpec { wav: Some("/no/such/folder/out.wav".into()), ..VirtualSpec::default() };
    let (_supervisor, _controls, _, happens) = start(Virtual::new(spec));
    match happens.recv_timeout(PATIENCE).expect("an event") {
        OutputEvent::Lost { error, .. } => assert!(error.to_string().contains("/no/such/folder/out.wav"), "{error}"),
        opened @ OutputEvent::Opened { .. } => panic!("{opened:?}"),
    }
}
