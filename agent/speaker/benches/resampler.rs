//! The cost of a stereo frame in the audio callback, ours and others'; `cargo bench -p downbeat-speaker`.
//!
//! `resampler [NAME [BLOCKS]]` runs only what has NAME in its name, over so many blocks, once: two such runs under an
//! instruction counter give the instructions a frame by their difference (`docs/adr/0006-resampler.md`).

#![expect(clippy::print_stdout, reason = "its output is a table for people")]

use std::{hint::black_box, sync::Arc, time::Instant};

use downbeat_protocol::{ClockId, EntryId, Frames, LocalTime, Ppm, ServerTime, exchange::Offset, timeline::Line};
use downbeat_speaker::{
    clock::{ClockEstimate, ServerInstant},
    render::command::{Command, Controls},
    render::gate::{Gate, VoiceId},
    render::renderer::Renderer,
    render::report::BlockStamp,
    render::resampler::Kernel,
    render::voice::Voice,
};
use rubato::{
    Adjustable, Async, FixedAsync, PolynomialDegree, Resampler, SincInterpolationParameters, SincInterpolationType,
    WindowFunction, audioadapter_buffers::direct::SequentialSliceOfVecs,
};

/// Frames a block.
const BLOCK: usize = 256;

struct Bench {
    only: Option<String>,
    blocks: usize,
    rounds: usize,
}

impl Bench {
    /// The best of some rounds, since whatever else the machine does only makes it slower.
    #[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
    fn run(&self, name: &str, mut block: impl FnMut()) {
        if self.only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            return;
        }
        let mut best = f64::INFINITY;
        for _ in 0..self.rounds {
            let begin = Instant::now();
            for _ in 0..self.blocks {
                block();
            }
            best = best.min(begin.elapsed().as_secs_f64());
        }
        let ns = best * 1e9 / (self.blocks * BLOCK) as f64;
        println!("{name:44} {ns:7.2} ns a frame   {:.5} s a second of 48 kHz", ns * 48e-6);
    }
}

fn main() {
    // cargo passes `--bench`
    let mut args = std::env::args().skip(1).filter(|a| !a.starts_with("--"));
    let only = args.next();
    let blocks = args.next().and_then(|n| n.parse().ok());
    let bench = Bench { only, blocks: blocks.unwrap_or(2_000), rounds: if blocks.is_some() { 1 } else { 15 } };
    let signal: Vec<f32> = (0..4_096).map(|k| ((k * 7919) % 1000) as f32 / 1000.0 - 0.5).collect();
    for (name, ratio) in [("48 -> 48", 1.0), ("44.1 -> 48", 44.1 / 48.0), ("48 -> 44.1", 48.0 / 44.1)] {
        ours(&bench, name, ratio, &signal);
        for (other, taps, phases, interpolation) in [
            ("rubato sinc 64 linear 512", 64, 512, SincInterpolationType::Linear),
            ("rubato sinc 64 cubic 128", 64, 128, SincInterpolationType::Cubic),
            ("rubato sinc 128 cubic 256", 128, 256, SincInterpolationType::Cubic),
        ] {
            let parameters = SincInterpolationParameters::new(taps, WindowFunction::BlackmanHarris2)
                .oversampling_factor(phases)
                .interpolation(interpolation);
            let made = Async::<f32>::new_sinc(1.0 / ratio, 1.01, &parameters, BLOCK, 2, FixedAsync::Output);
            theirs(&bench, &format!("{other}, {name}"), made.expect("valid parameters"), &signal);
        }
        let made = Async::<f32>::new_poly(1.0 / ratio, 1.01, PolynomialDegree::Septic, BLOCK, 2, FixedAsync::Output);
        theirs(&bench, &format!("rubato polynomial 7, {name}"), made.expect("valid parameters"), &signal);
    }
    whole(&bench, "renderer, 48 -> 48, corrected", 48_000, 0.7);
    whole(&bench, "renderer, 48 -> 48, volume", 48_000, 0.3);
    whole(&bench, "renderer, 44.1 -> 48", 44_100, 1.0);
    whole(&bench, "renderer, 96 -> 48", 96_000, 1.0);
}

fn ours(bench: &Bench, name: &str, ratio: f64, signal: &[f32]) {
    let kernel = Kernel::new(ratio);
    let step = ratio * 1.000_02;
    let (mut at, mut out) = (0.3f64, vec![0.0f32; 2 * BLOCK]);
    bench.run(&format!("ours {} taps, {name}", kernel.taps()), || {
        out.fill(0.0);
        kernel.mix((black_box(signal), black_box(signal)), at, step, &mut out, |_| 1.0);
        at = (at + step * BLOCK as f64).fract();
        black_box(&mut out);
    });
}

/// With a ratio that changes in every block, as ours may.
fn theirs(bench: &Bench, name: &str, mut resampler: Async<f32>, signal: &[f32]) {
    let input = vec![signal.to_vec(), signal.to_vec()];
    let mut output = vec![vec![0.0f32; BLOCK]; 2];
    let mut block = 0;
    bench.run(name, || {
        block = (block + 1) % 100;
        resampler.set_resample_ratio_relative(1.0 + 1e-6 * f64::from(block), true).expect("within bounds");
        let frames = resampler.input_frames_next();
        let from = SequentialSliceOfVecs::new(black_box(&input), 2, frames).expect("long enough");
        let mut to = SequentialSliceOfVecs::new_mut(&mut output, 2, BLOCK).expect("long enough");
        resampler.process_into_buffer(&from, &mut to, None).expect("fits");
        black_box(&mut to);
    });
}

/// The whole callback: ring, voice, servo, gain; and filling the ring, which the decoder does otherwise.
fn whole(bench: &Bench, name: &str, rate: u32, gain: f32) {
    let mut speaker = Speaker::new(rate, gain);
    bench.run(name, || speaker.block());
}

struct Speaker {
    renderer: Box<Renderer>,
    controls: Controls,
    ring: rtrb::Producer<f32>,
    out: Vec<f32>,
    frame: u64,
}

impl Speaker {
    fn new(rate: u32, gain: f32) -> Self {
        let (mut renderer, mut controls) = Renderer::new(Some(Ppm(20.0)));
        renderer.set_rate(48_000);
        let clock = ClockEstimate {
            clock_id: ClockId(uuid::Uuid::nil()),
            local: LocalTime(0),
            offset: Offset { whole_us: 0, fraction_us: 0.0 },
            skew: Ppm(5.0),
            offset_variance: 1.0,
            covariance: 0.0,
            skew_variance: 0.0,
            wander: 0.0,
            delay_floor_us: 50.0,
            jitter_us: 0.0,
            probes_lost: 0.0,
            asymmetry_us: 0.0,
        };
        let (ring, consumer) = rtrb::RingBuffer::new(4 * rate as usize);
        let line = Line::new(ServerTime(500_000), Frames(0), rate);
        let gate = Gate { on: ServerInstant::from(line.anchor), fade_in: false, ..Gate::default() };
        let kernel = Arc::new(Kernel::new(f64::from(rate) / 48_000.0));
        let voice = Voice::new(
            VoiceId(1),
            EntryId(uuid::Uuid::nil()),
            consumer,
            Frames(0),
            Frames(i64::MAX / 4),
            line,
            gate,
            kernel,
        );
        for command in [Command::Clock(clock), Command::GainNow(gain), Command::Add(Box::new(voice))] {
            controls.commands.push(command).expect("room");
        }
        let mut speaker = Self { renderer, controls, ring, out: vec![0.0; 2 * BLOCK], frame: 0 };
        while speaker.frame < 96_000 {
            speaker.block();
        }
        assert!(speaker.out.iter().any(|x| *x != 0.0), "it is heard");
        speaker
    }

    fn block(&mut self) {
        let room = self.ring.slots();
        if room > 16_384
            && let Ok(chunk) = self.ring.write_chunk_uninit(room & !1)
        {
            chunk.fill_from_iter(std::iter::repeat(0.25));
        }
        let at = LocalTime((self.frame as f64 * 1e9 / 48_000.96).round() as i64);
        let stamp = BlockStamp { frame: self.frame, observed: Some((self.frame, at)), ..BlockStamp::default() };
        self.renderer.render(&mut self.out, &stamp);
        self.frame += BLOCK as u64;
        while self.controls.reports.pop().is_ok() {}
        black_box(&mut self.out);
    }
}
