//! A sound card through ALSA, driven directly.
//!
//! Unlike the general library ([`super::cpal`]) this sets how much waits in the card: little while nothing plays, so
//! that a start comes at once; much while something does, so that a stalled machine is not heard. It also reads the
//! position between two readings of the clock, and keeps its own policy for a card that ran dry.

use std::sync::atomic::Ordering;

use alsa::{
    Direction, ValueOr,
    pcm::{Access, Format, Frames as AlsaFrames, HwParams, IO, PCM, State},
};
use downbeat_protocol::LocalTime;
use nix::{
    errno::Errno,
    sys::time::TimeSpec,
    time::{ClockId, ClockNanosleepFlags, clock_nanosleep},
};

use super::{
    Output, OutputEnd, OutputError, OutputState, PREFERRED_RATE,
    latency::Kind,
    realtime,
    sample::{Dither, convert},
    stamps::bracketed,
};
use downbeat_host::clock;
use downbeat_speaker::{render::renderer::Renderer, render::report::BlockStamp};

/// The card's own period, microseconds: nothing here waits for it.
const CARD_PERIOD_US: u32 = 10_000;
/// The card's ring, microseconds.
const RING_US: u32 = 250_000;
/// While nothing plays: little waits, so that a start comes at once; yet more than an ordinary stall takes.
const IDLE: Depth = Depth { fill_us: 55_000, block_us: 10_000 };
/// While something does: never less than 140 ms wait, so that a machine that stalls for a tenth of a second is not
/// heard; and blocks are long, since every waking costs as much as rendering several milliseconds.
const PLAYING: Depth = Depth { fill_us: 180_000, block_us: 40_000 };
/// Waits for room in one block before the card counts as stuck.
const MAX_WAITS: u32 = 200;
/// A card that takes no frames for so long is stuck, nanoseconds.
const STUCK_NS: i64 = 3_000_000_000;
/// Errors in a row before the device counts as lost.
const MAX_FAULTS: u32 = 20;

/// How much waits in the card, and how much is rendered and written at a time.
#[derive(Debug, Clone, Copy)]
struct Depth {
    fill_us: i64,
    block_us: i64,
}

/// The same in frames.
#[derive(Debug, Clone, Copy)]
struct FrameDepth {
    fill: i64,
    block: i64,
}

/// A PCM by its ALSA name.
#[derive(Debug)]
pub struct Alsa {
    name: String,
}

impl Alsa {
    /// `name` as ALSA knows it: `hw:0`, `plughw:CARD=sndrpihifiberry`, `default`, ...
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }

    fn failed(&self, what: &str, error: alsa::Error) -> OutputError {
        let output = self.describe();
        let reason = format!("{what}: {}", Errno::from_raw(error.errno()).desc());
        match Errno::from_raw(error.errno()) {
            Errno::ENOENT | Errno::ENODEV | Errno::ENXIO => OutputError::NoDevice { output, reason },
            Errno::EBUSY => OutputError::Unusable { output, reason: "in use by another program".into() },
            Errno::EACCES => {
                OutputError::Unusable { output, reason: "no permission; is this user in the group audio?".into() }
            }
            _ => OutputError::Failed { output, reason },
        }
    }
}

impl Output for Alsa {
    fn describe(&self) -> String {
        format!("alsa:{}", self.name)
    }

    fn run(
        &mut self,
        mut renderer: Box<Renderer>,
        shared: &OutputState,
        opened: &mut dyn FnMut(u32),
    ) -> (Box<Renderer>, OutputEnd) {
        let device = match Device::open(&self.name) {
            Ok(d) => d,
            Err((what, e)) => return (renderer, OutputEnd::Lost(self.failed(what, e))),
        };
        match realtime::promote_this_thread() {
            Ok(()) => shared.realtime.store(true, Ordering::Relaxed),
            Err(why) => tracing::warn!("{why}"),
        }
        renderer.set_rate(device.rate);
        opened(device.rate);
        match device.play(&mut renderer, shared) {
            Ok(()) => (renderer, OutputEnd::Stopped),
            Err((what, e)) => (renderer, OutputEnd::Lost(self.failed(what, e))),
        }
    }
}

type Step<T> = Result<T, (&'static str, alsa::Error)>;

/// An open, configured card.
struct Device {
    pcm: PCM,
    format: Format,
    rate: u32,
    ring: u64,
}

impl Device {
    fn open(name: &str) -> Step<Self> {
        let pcm = PCM::new(name, Direction::Playback, true).map_err(|e| ("cannot be opened", e))?;
        let (format, rate, ring) = {
            let hw = HwParams::any(&pcm).map_err(|e| ("has no parameters", e))?;
            hw.set_access(Access::RWInterleaved).map_err(|e| ("does not take interleaved frames", e))?;
            let format = [Format::S32LE, Format::FloatLE, Format::S16LE]
                .into_iter()
                .find(|f| hw.test_format(*f).is_ok())
                .unwrap_or(Format::S16LE);
            hw.set_format(format).map_err(|e| ("takes none of S32_LE, FLOAT_LE, S16_LE; try plughw:", e))?;
            hw.set_channels(2).map_err(|e| ("does not take two channels; try plughw:", e))?;
            let rate = hw.set_rate_near(PREFERRED_RATE, ValueOr::Nearest).map_err(|e| ("has no usable rate", e))?;
            let _ = hw.set_buffer_time_near(RING_US, ValueOr::Nearest);
            let _ = hw.set_period_time_near(CARD_PERIOD_US, ValueOr::Nearest);
            pcm.hw_params(&hw).map_err(|e| ("refuses its own parameters", e))?;
            let ring = hw.get_buffer_size().map_err(|e| ("does not tell its buffer", e))?;
            (format, rate, ring as u64)
        };
        {
            let sw = pcm.sw_params_current().map_err(|e| ("has no software parameters", e))?;
            // started by hand, once it is filled; an underrun stops it
            let _ = sw.set_start_threshold(ring as AlsaFrames * 2);
            let _ = sw.set_avail_min(1);
            pcm.sw_params(&sw).map_err(|e| ("refuses software parameters", e))?;
        }
        Ok(Self { pcm, format, rate, ring })
    }

    /// As much of `depth` as the card's ring takes.
    fn depth(&self, depth: Depth) -> FrameDepth {
        let (ring, frames) = (self.ring as i64, |us| us * i64::from(self.rate) / 1_000_000);
        let block = frames(depth.block_us).min(ring / 4).max(1);
        FrameDepth { fill: frames(depth.fill_us).min(ring - block).max(2 * block), block }
    }

    fn play(&self, renderer: &mut Renderer, shared: &OutputState) -> Step<()> {
        let (idle, playing) = (self.depth(IDLE), self.depth(PLAYING));
        let longest = idle.block.max(playing.block) as usize;
        let mut buffer = vec![0.0f32; 2 * longest];
        let mut raw_block = RawBlock::new(&self.pcm, self.format, longest).map_err(|e| ("takes no frames", e))?;
        let mut faults = 0;
        let mut running = false;
        let mut first_of_run = shared.frames.load(Ordering::Relaxed);
        let mut last_fed = clock::now();
        while !shared.stopping() {
            let now = clock::now();
            if now.nanos_since(last_fed) > STUCK_NS {
                return Err(("does not play on", alsa::Error::new("snd_pcm_delay", Errno::EIO as i32)));
            }
            let written = shared.frames.load(Ordering::Relaxed);
            // what waits, and which frame is heard now
            let (waiting, observed) = if running {
                match bracketed(clock::now, || self.pcm.delay()) {
                    Ok((delay, at)) if self.pcm.state() != State::XRun => {
                        let heard = written as i64 - delay;
                        let at = Kind::Alsa.heard_at(at, self.rate);
                        let stamp = (heard >= first_of_run as i64).then_some((heard as u64, at));
                        (delay, stamp)
                    }
                    Ok(_) => {
                        running = self.restart(shared, &mut first_of_run)?;
                        continue;
                    }
                    Err(e) => {
                        faults += 1;
                        if faults > MAX_FAULTS || !is_underrun(e) {
                            return Err(("stopped telling its position", e));
                        }
                        running = self.restart(shared, &mut first_of_run)?;
                        continue;
                    }
                }
            } else {
                ((written - first_of_run) as i64, None)
            };
            let FrameDepth { fill, block } = if running && renderer.is_sounding() { playing } else { idle };
            let enough = fill - block;
            if waiting > enough {
                if running {
                    sleep_us((waiting - enough) * 1_000_000 / i64::from(self.rate) + 100);
                } else {
                    self.pcm.start().map_err(|e| ("does not start", e))?;
                    running = true;
                }
                continue;
            }
            let stamp = BlockStamp {
                frame: written,
                observed,
                epoch: shared.epoch(),
                queued: waiting.max(0) as u32,
                truth: None,
            };
            let block = block as usize;
            renderer.render(&mut buffer[..2 * block], &stamp);
            raw_block.fill(&buffer[..2 * block]);
            match Self::write_all(&raw_block, block) {
                Ok(()) => {
                    faults = 0;
                    last_fed = now;
                    shared.frames.fetch_add(block as u64, Ordering::Relaxed);
                }
                Err(e) => {
                    faults += 1;
                    if faults > MAX_FAULTS || !is_underrun(e) {
                        return Err(("refuses frames", e));
                    }
                    running = self.restart(shared, &mut first_of_run)?;
                }
            }
        }
        let _ = self.pcm.drop();
        Ok(())
    }

    /// Writes a whole block. There was room for it, so waiting for more is the exception.
    fn write_all(block: &RawBlock<'_>, frames: usize) -> alsa::Result<()> {
        let mut done = 0;
        let mut waits = 0;
        while done < frames {
            match block.write(done, frames) {
                Ok(count) => done += count,
                Err(e) if waits < MAX_WAITS && matches!(Errno::from_raw(e.errno()), Errno::EAGAIN | Errno::EINTR) => {
                    waits += 1;
                    sleep_us(1_000);
                }
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// The card ran dry (or was suspended): prepare it anew. Always answers "not running".
    fn restart(&self, shared: &OutputState, first_of_run: &mut u64) -> Step<bool> {
        shared.underruns.fetch_add(1, Ordering::Relaxed);
        shared.new_epoch();
        *first_of_run = shared.frames.load(Ordering::Relaxed);
        match self.pcm.prepare() {
            Ok(()) => Ok(false),
            Err(e) => Err(("does not recover from an underrun", e)),
        }
    }
}

fn is_underrun(e: alsa::Error) -> bool {
    matches!(Errno::from_raw(e.errno()), Errno::EPIPE | Errno::ESTRPIPE | Errno::EINTR | Errno::EAGAIN)
}

fn sleep_us(us: i64) {
    let wait = LocalTime(us.clamp(100, 50_000) * 1000);
    let duration = TimeSpec::new(0, wait.0);
    // an interrupted sleep only means to look earlier
    let _ = clock_nanosleep(ClockId::CLOCK_MONOTONIC, ClockNanosleepFlags::empty(), &duration);
}

/// A block in the card's own format, and the way to write it (made once: making it asks for memory).
enum RawBlock<'a> {
    Float(Vec<f32>, IO<'a, f32>),
    S32(Vec<i32>, IO<'a, i32>),
    S16(Vec<i16>, IO<'a, i16>, Dither),
}

impl<'a> RawBlock<'a> {
    fn new(pcm: &'a PCM, format: Format, frames: usize) -> alsa::Result<Self> {
        Ok(match format {
            Format::FloatLE => Self::Float(vec![0.0; 2 * frames], pcm.io_f32()?),
            Format::S32LE => Self::S32(vec![0; 2 * frames], pcm.io_i32()?),
            _ => Self::S16(vec![0; 2 * frames], pcm.io_i16()?, Dither::default()),
        })
    }

    fn fill(&mut self, block: &[f32]) {
        match self {
            Self::Float(out, _) => out[..block.len()].copy_from_slice(block),
            Self::S32(out, _) => convert(block, out, &mut Dither::default()),
            Self::S16(out, _, dither) => convert(block, out, dither),
        }
    }

    /// Writes the frames from `done` to `end`; how many of them the card took.
    fn write(&self, done: usize, end: usize) -> alsa::Result<usize> {
        let range = 2 * done..2 * end;
        match self {
            Self::Float(x, io) => io.writei(&x[range]),
            Self::S32(x, io) => io.writei(&x[range]),
            Self::S16(x, io, _) => io.writei(&x[range]),
        }
    }
}
