//! A sound card without hardware, with a crystal of its own, that knows the true instant of every frame.
//!
//! It plays to nowhere or to a WAV file, for tests, for the demo and for machines without sound. What the renderer is
//! told of it is as noisy and coarse as asked for (`jitter_us`, `gran`); what it reports as truth is exact. Beside the
//! WAV file it writes `FILE.seg`: one line a run of the card, with the first frame's index, its true instant in
//! nanoseconds of the raw clock, and the true rate; and a line when the run ends.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    sync::atomic::Ordering,
};

use downbeat_protocol::LocalTime;
use nix::{
    sys::time::TimeSpec,
    time::{ClockId, ClockNanosleepFlags, clock_nanosleep},
};

use super::{Output, OutputEnd, OutputError, OutputState, latency::Kind, realtime};
use crate::config::VirtualSpec;
use downbeat_host::clock;
use downbeat_speaker::{
    render::renderer::Renderer,
    render::report::BlockStamp,
    render::staircase::{Sight, Staircase},
};

/// Frames a buffer, and how many buffers wait in the card.
const PERIOD: u64 = 480;
const PERIODS: u64 = 4;

/// The virtual output.
#[derive(Debug)]
pub struct Virtual {
    card: VirtualSpec,
    recording: Option<Recording>,
    noise: Noise,
}

impl Virtual {
    /// A card as described.
    pub fn new(card: VirtualSpec) -> Self {
        let seed = 0x9e37_79b9_7f4a_7c15 ^ card.ppm.to_bits();
        Self { card, recording: None, noise: Noise(seed) }
    }

    fn true_rate(&self) -> f64 {
        f64::from(self.card.rate) * (1.0 + self.card.ppm * 1e-6)
    }

    fn error(&self, reason: impl std::fmt::Display) -> OutputError {
        OutputError::Unusable { output: self.describe(), reason: reason.to_string() }
    }
}

/// One run of the card without a standstill.
struct Run {
    first: u64,
    t0: LocalTime,
    rate: f64,
}

impl Run {
    fn played_at(&self, now: LocalTime) -> f64 {
        now.seconds_since(self.t0) * self.rate
    }

    /// The true instant of a frame of this run (counted since the agent started).
    fn instant_of(&self, frame: u64) -> LocalTime {
        self.t0.plus_nanos(((frame - self.first) as f64 * 1e9 / self.rate).round() as i64)
    }
}

impl Output for Virtual {
    fn describe(&self) -> String {
        format!("virtual card, {} Hz {:+} ppm", self.card.rate, self.card.ppm)
    }

    fn run(
        &mut self,
        mut renderer: Box<Renderer>,
        shared: &OutputState,
        opened: &mut dyn FnMut(u32),
    ) -> (Box<Renderer>, OutputEnd) {
        if self.recording.is_none()
            && let Some(path) = &self.card.wav
        {
            match Recording::create(path, self.card.rate) {
                Ok(r) => self.recording = Some(r),
                Err(e) => {
                    return (renderer, OutputEnd::Lost(self.error(format!("cannot write {}: {e}", path.display()))));
                }
            }
        }
        shared.realtime.store(realtime::promote_this_thread().is_ok(), Ordering::Relaxed);
        renderer.set_rate(self.card.rate);
        opened(self.card.rate);
        let result = self.play(&mut renderer, shared);
        if let Some(recording) = &mut self.recording {
            recording.flush();
        }
        match result {
            Ok(()) => (renderer, OutputEnd::Stopped),
            Err(e) => (renderer, OutputEnd::Lost(e)),
        }
    }
}

impl Virtual {
    fn play(&mut self, renderer: &mut Renderer, shared: &OutputState) -> Result<(), OutputError> {
        let mut block = vec![0.0f32; 2 * PERIOD as usize];
        let mut run = self.begin_run(shared);
        let (mut stairs, mut seen) = (Staircase::new(self.card.rate), None);
        let next_xrun = self.card.xrun_every_s.unwrap_or(f64::INFINITY);
        while !shared.stopping() {
            let now = clock::now();
            let written = shared.frames.load(Ordering::Relaxed) - run.first;
            let played = run.played_at(now);
            let asked_for = played / run.rate > next_xrun;
            if played > written as f64 + 1.0 || asked_for {
                // it ran dry: everything written was played, and it stands still until it is fed again
                shared.underruns.fetch_add(1, Ordering::Relaxed);
                self.end_run(&run, written, "underrun");
                shared.new_epoch();
                run = self.begin_run(shared);
                stairs.restart();
                seen = None;
                continue;
            }
            let waiting = written as f64 - played.max(0.0);
            let room = (PERIOD * PERIODS) as f64 - waiting - PERIOD as f64;
            let due_ns = (-room / run.rate * 1e9).max(0.0) as i64;
            if self.card.gran > 1.0 && played >= 1.0 {
                let stepped = (played / self.card.gran).floor() * self.card.gran;
                seen = stairs.read(run.first + stepped as u64, now).or(seen);
                if let Some(wait_ns) = stairs.look_again(now, due_ns) {
                    sleep_until(now.plus_nanos(wait_ns));
                    continue;
                }
            }
            if due_ns > 0 {
                sleep_until(now.plus_nanos(due_ns + 20_000));
                continue;
            }
            let frame = run.first + written;
            let stamp_noise = (self.card.jitter_us * 1000.0 * self.noise.next()) as i64;
            let heard = if self.card.gran > 1.0 {
                seen.take()
            } else {
                let heard = if played >= 1.0 { run.first + played as u64 } else { frame };
                Some(Sight { frame: heard, at: run.instant_of(heard), slack_us: 0.0 })
            };
            let observed =
                heard.map(|s| (s.frame, Kind::Virtual.heard_at(s.at, self.card.rate).plus_nanos(stamp_noise)));
            let stamp = BlockStamp {
                frame,
                observed,
                slack_us: heard.map_or(0.0, |s| s.slack_us),
                step_us: stairs.step_us().unwrap_or(0.0),
                epoch: shared.epoch(),
                queued: waiting as u32,
                truth: Some(run.instant_of(frame)),
            };
            renderer.render(&mut block, &stamp);
            if let Some(recording) = &mut self.recording {
                recording.write(&block).map_err(|e| self.error(format!("cannot write the recording: {e}")))?;
            }
            shared.frames.fetch_add(PERIOD, Ordering::Relaxed);
        }
        let written = shared.frames.load(Ordering::Relaxed) - run.first;
        self.end_run(&run, written, "stop");
        Ok(())
    }

    fn begin_run(&mut self, shared: &OutputState) -> Run {
        let run = Run {
            first: shared.frames.load(Ordering::Relaxed),
            t0: clock::now().plus_micros(10_000),
            rate: self.true_rate(),
        };
        if let Some(r) = &mut self.recording {
            r.segment(&format!("seg {} {} {:.9}", run.first, run.t0.0, run.rate));
        }
        run
    }

    fn end_run(&mut self, run: &Run, written: u64, why: &str) {
        if let Some(r) = &mut self.recording {
            r.segment(&format!("end {written} {why} {}", run.instant_of(run.first + written).0));
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a virtual card must wait for its own crystal as a real one does")]
fn sleep_until(at: LocalTime) {
    // CLOCK_MONOTONIC_RAW cannot be slept on; for the milliseconds of a period the two do not differ.
    let wait = at.nanos_since(clock::now());
    if wait > 0 {
        let duration = TimeSpec::new(wait / 1_000_000_000, wait % 1_000_000_000);
        if clock_nanosleep(ClockId::CLOCK_MONOTONIC, ClockNanosleepFlags::empty(), &duration).is_err() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }
}

/// The WAV file and its list of runs.
struct Recording {
    wav: hound::WavWriter<BufWriter<File>>,
    segments: BufWriter<File>,
    unflushed: usize,
}

impl std::fmt::Debug for Recording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recording").finish_non_exhaustive()
    }
}

impl Recording {
    fn create(path: &Path, rate: u32) -> Result<Self, String> {
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: rate,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let wav = hound::WavWriter::create(path, spec).map_err(|e| e.to_string())?;
        let mut segments = path.as_os_str().to_owned();
        segments.push(".seg");
        let segments = File::create(&segments).map_err(|e| e.to_string())?;
        Ok(Self { wav, segments: BufWriter::new(segments), unflushed: 0 })
    }

    fn write(&mut self, block: &[f32]) -> Result<(), hound::Error> {
        for sample in block {
            self.wav.write_sample(*sample)?;
        }
        self.unflushed += block.len();
        if self.unflushed >= 2 * 48_000 {
            // so that a killed process leaves a file that can be read
            self.unflushed = 0;
            self.wav.flush()?;
        }
        Ok(())
    }

    fn segment(&mut self, line: &str) {
        // The list is an aid for measuring; the sound must not suffer for it.
        let _ = writeln!(self.segments, "{line}");
        let _ = self.segments.flush();
    }

    fn flush(&mut self) {
        let _ = self.wav.flush();
        let _ = self.segments.flush();
    }
}

/// Noise for the stamps: sum of uniforms, mean 0, deviation 1.
#[derive(Debug)]
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
