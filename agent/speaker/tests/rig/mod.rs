//! A speaker in virtual time, and how its sound is measured. Shared by tests and by the measurement of
//! `docs/measurements/2026-11-22-sound`.

#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

pub mod clicks;

use std::sync::Arc;

use downbeat_protocol::{
    ClockId, EntryId, Frames, LocalTime, Ppm, ServerTime,
    exchange::Offset,
    timeline::{Line, PlanEntry},
};
use downbeat_speaker::{
    clock::{ClockEstimate, ServerInstant},
    render::command::{Command, Controls},
    render::gate::{Gate, VoiceId},
    render::renderer::Renderer,
    render::report::{BlockStamp, RenderReport},
    render::resampler::Kernel,
    render::voice::Voice,
};

/// A deterministic source of noise, mean 0, deviation 1.
struct Noise(u64);
impl Noise {
    fn next(&mut self) -> f64 {
        let mut sum = 0.0;
        for _ in 0..12 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            sum += (self.0 >> 33) as f64 / (1u64 << 31) as f64;
        }
        sum - 6.0
    }
}

/// A speaker: a renderer on a card whose crystal and stamps are known, with a feeder that plays a formula.
pub struct Speaker {
    renderer: Box<Renderer>,
    pub controls: Controls,
    pub feeds: Vec<Feed>,
    pub frame: u64,
    pub epoch: u32,
    pub rate: u32,
    pub ppm: f64,
    block: usize,
    noise: Noise,
    stamp_noise_us: f64,
    /// Local instant of frame 0 of this epoch, in microseconds, and the frame it belongs to.
    pub origin: (u64, f64),
    pub out: Vec<f32>,
    pub reports: Vec<RenderReport>,
}

pub struct Feed {
    ring: rtrb::Producer<f32>,
    pub next: i64,
    pub total: i64,
    signal: Box<dyn Fn(i64) -> f32>,
}

/// Server time is local time plus this, in every test.
pub const OFFSET_US: i64 = 777_000_123;

/// The estimate of the coordinator's clock: exact, and the skew as said.
pub fn clock(skew_ppm: f64) -> ClockEstimate {
    ClockEstimate {
        clock_id: ClockId(uuid::Uuid::nil()),
        local: LocalTime(0),
        offset: Offset { whole_us: OFFSET_US, fraction_us: 0.25 },
        skew: Ppm(skew_ppm),
        offset_variance: 1.0,
        covariance: 0.0,
        skew_variance: 0.0,
        wander: 0.0,
        delay_floor_us: 50.0,
        jitter_us: 0.0,
        probes_lost: 0.0,
        asymmetry_us: 0.0,
    }
}

impl Speaker {
    pub fn new(rate: u32, ppm: f64, block: usize, stamp_noise_us: f64) -> Self {
        let (mut renderer, controls) = Renderer::new(None);
        renderer.set_rate(rate);
        Self {
            renderer,
            controls,
            feeds: Vec::new(),
            frame: 0,
            epoch: 0,
            rate,
            ppm,
            block,
            noise: Noise(42),
            stamp_noise_us,
            origin: (0, 0.0),
            out: Vec::new(),
            reports: Vec::new(),
        }
    }

    pub fn tell(&mut self, command: Command) {
        self.controls.commands.push(command).expect("room for a command");
    }

    /// The true local instant of a frame, microseconds.
    pub fn true_us(&self, frame: u64) -> f64 {
        self.origin.1 + (frame as f64 - self.origin.0 as f64) * 1e6 / (f64::from(self.rate) * (1.0 + self.ppm * 1e-6))
    }

    pub fn now_us(&self) -> f64 {
        self.true_us(self.frame)
    }

    pub fn play(
        &mut self,
        id: u64,
        signal: impl Fn(i64) -> f32 + 'static,
        first: i64,
        total: i64,
        line: Line,
        gate: Gate,
    ) {
        let (ring, consumer) = rtrb::RingBuffer::new(2 * line.rate as usize);
        self.feeds.push(Feed { ring, next: first, total, signal: Box::new(signal) });
        self.feed();
        self.play_ring(id, consumer, first, total, line, gate);
    }

    /// Plays what a ring holds.
    pub fn play_ring(&mut self, id: u64, ring: rtrb::Consumer<f32>, first: i64, total: i64, line: Line, gate: Gate) {
        let kernel = Arc::new(Kernel::new(f64::from(line.rate) / f64::from(self.rate)));
        let entry = EntryId(uuid::Uuid::from_u128(id.into()));
        let voice = Voice::new(VoiceId(id), entry, ring, Frames(first), Frames(total), line, gate, kernel);
        self.tell(Command::Add(Box::new(voice)));
    }

    fn feed(&mut self) {
        for f in &mut self.feeds {
            while f.ring.slots() >= 2 && f.next < f.total {
                let x = (f.signal)(f.next);
                f.ring.push(x).expect("room");
                f.ring.push(x).expect("room");
                f.next += 1;
            }
        }
    }

    /// Renders one block; keeps the sound.
    pub fn step(&mut self) {
        self.feed();
        let stamp_us = self.true_us(self.frame) + self.stamp_noise_us * self.noise.next();
        let stamp = BlockStamp {
            frame: self.frame,
            observed: Some((self.frame, LocalTime((stamp_us * 1000.0).round() as i64))),
            epoch: self.epoch,
            truth: Some(LocalTime((self.true_us(self.frame) * 1000.0).round() as i64)),
            ..BlockStamp::default()
        };
        let mut block = vec![0.0f32; 2 * self.block];
        self.renderer.render(&mut block, &stamp);
        self.out.extend(block.as_chunks::<2>().0.iter().map(|f| f[0]));
        self.frame += self.block as u64;
        while let Ok(r) = self.controls.reports.pop() {
            self.reports.push(r);
        }
        while self.controls.trash.pop().is_ok() {}
    }

    pub fn run_until(&mut self, local_us: f64) {
        while self.now_us() < local_us {
            self.step();
        }
    }

    /// True sync error at each report since `local_us`, microseconds, by a clock whose skew is `skew_ppm`.
    pub fn true_errors(&self, since_us: f64, skew_ppm: f64) -> Vec<f64> {
        let clock = clock(skew_ppm);
        self.reports
            .iter()
            .filter(|r| r.sounding.is_some() && self.true_us(r.frame) >= since_us)
            .map(|r| clock.server_at(r.truth.expect("a virtual card")).minus(r.content.expect("sounding")))
            .collect()
    }
}

/// The server instant of a local one, microseconds.
pub fn server(local_us: f64) -> ServerInstant {
    ServerInstant { whole: ServerTime(OFFSET_US), fraction_us: 0.25 }.plus(local_us)
}

/// An entry that is played whole.
pub fn entry(frames: i64, sample_rate: u32) -> PlanEntry {
    PlanEntry { sample_rate, frames: Frames(frames), ..PlanEntry::default() }
}
