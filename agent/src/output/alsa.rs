//! A sound card through ALSA, driven directly.
//!
//! Unlike the general library ([`super::cpal`]) this sets how much waits in the card: little while nothing plays, so
//! that a start comes at once; much while something does, so that a stalled machine is not heard. It also reads the
//! position between two readings of the clock, and keeps its own policy for a card that ran dry.
//!
//! A card that is not what it says costs little, and is said: one that takes frames faster than time passes is paced by
//! the system's clock, one that stands is looked at more and more rarely and given up.

use std::sync::atomic::Ordering;

use alsa::pcm::{IO, State};
use nix::errno::Errno;

use super::{
    Output, OutputEnd, OutputState,
    card::{Card, Fault},
    format::Encoder,
    latency::Kind,
    pace::{Allowance, Paced},
    realtime::{self, sleep_us},
    stamps::bracketed,
};
use crate::config::AlsaSpec;
use downbeat_host::clock;
use downbeat_speaker::{
    render::renderer::Renderer,
    render::report::BlockStamp,
    render::staircase::{Sight, Staircase},
};

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

/// The shortest wait before the position is looked at again, microseconds; it doubles while the position stands.
const SHORTEST_WAIT_US: i64 = 100;

/// A PCM by its ALSA name.
#[derive(Debug)]
pub struct Alsa {
    spec: AlsaSpec,
}

impl Alsa {
    /// The card that `spec` names.
    pub fn new(spec: AlsaSpec) -> Self {
        Self { spec }
    }
}

impl Output for Alsa {
    fn describe(&self) -> String {
        format!("alsa:{}", self.spec)
    }

    fn run(
        &mut self,
        mut renderer: Box<Renderer>,
        shared: &OutputState,
        opened: &mut dyn FnMut(u32),
    ) -> (Box<Renderer>, OutputEnd) {
        let device = match Card::open(&self.spec.name, self.spec.channels.as_ref()) {
            Ok(card) => Device(card),
            Err(fault) => return (renderer, OutputEnd::Lost(fault.explain(self.describe()))),
        };
        match realtime::promote_this_thread() {
            Ok(()) => shared.realtime.store(true, Ordering::Relaxed),
            Err(why) => realtime::say_once(&why),
        }
        renderer.set_rate(device.0.rate);
        let Card { format, map, .. } = &device.0;
        tracing::debug!(%format, channels = %map, "the card is opened");
        opened(device.0.rate);
        match device.play(&mut renderer, shared) {
            Ok(()) => (renderer, OutputEnd::Stopped),
            Err(fault) => (renderer, OutputEnd::Lost(fault.explain(self.describe()))),
        }
    }
}

type Step<T> = Result<T, Fault>;

fn call(what: &'static str) -> impl Fn(alsa::Error) -> Fault {
    move |e| Fault::Call(what, e)
}

/// A card that plays.
struct Device(Card);

/// The card's run since it was started or prepared last.
struct Run {
    running: bool,
    /// The first frame of the run.
    first: u64,
    /// The card has no clock: this one counts.
    paced: Option<Paced>,
    /// The frames that waited at the last look, and the pause before the next one, microseconds; 0 while they move.
    stands: (i64, i64),
    /// The steps of the card's position, and the last position that counts.
    stairs: Staircase,
    sight: Option<Sight>,
}

impl Device {
    /// As much of `depth` as the card's ring takes.
    fn depth(&self, depth: Depth) -> FrameDepth {
        let (ring, frames) = (self.0.ring as i64, |us| us * i64::from(self.0.rate) / 1_000_000);
        let block = frames(depth.block_us).min(ring / 4).max(1);
        FrameDepth { fill: frames(depth.fill_us).min(ring - block).max(2 * block), block }
    }

    fn play(&self, renderer: &mut Renderer, shared: &OutputState) -> Step<()> {
        let Card { pcm, format, map, rate, ring } = &self.0;
        let (idle, playing) = (self.depth(IDLE), self.depth(PLAYING));
        let longest = idle.block.max(playing.block) as usize;
        let mut buffer = vec![0.0f32; 2 * longest];
        let mut encoder = Encoder::new(*format, map.clone(), longest)
            .ok_or_else(|| Fault::Unusable(format!("{format} cannot be written")))?;
        let io = pcm.io_bytes();
        let mut faults = 0;
        let first = shared.frames.load(Ordering::Relaxed);
        let stairs = Staircase::new(*rate);
        let mut run = Run { running: false, first, paced: None, stands: (0, 0), stairs, sight: None };
        let mut last_fed = clock::now();
        let mut allowance = Allowance::new(last_fed, *rate, *ring);
        while !shared.stopping() {
            let now = clock::now();
            if now.nanos_since(last_fed) > STUCK_NS {
                return Err(Fault::Call("does not play on", alsa::Error::new("snd_pcm_delay", Errno::EIO as i32)));
            }
            let written = shared.frames.load(Ordering::Relaxed);
            let waiting = match self.look(&mut run, shared, written) {
                Ok(Some(waiting)) => waiting,
                Ok(None) => continue,
                Err(e) => {
                    faults += 1;
                    if faults > MAX_FAULTS || !is_underrun(e) {
                        return Err(Fault::Call("stopped telling its position", e));
                    }
                    self.restart(shared, &mut run)?;
                    continue;
                }
            };
            let FrameDepth { fill, block } = if run.running && renderer.is_sounding() { playing } else { idle };
            let enough = fill - block;
            let due_us = (waiting - enough).max(0) * 1_000_000 / i64::from(*rate);
            if run.running
                && run.paced.is_none()
                && let Some(wait_ns) = run.stairs.look_again(clock::now(), 1_000 * due_us)
            {
                sleep_us(wait_ns / 1_000);
                continue;
            }
            if waiting > enough {
                if run.running {
                    sleep_us((due_us + SHORTEST_WAIT_US).max(run.stands.1));
                } else {
                    pcm.start().map_err(call("does not start"))?;
                    run.running = true;
                }
                continue;
            }
            let sight = run.sight.take();
            let stamp = BlockStamp {
                frame: written,
                observed: sight.map(|s| (s.frame, s.at)),
                slack_us: sight.map_or(0.0, |s| s.slack_us),
                step_us: run.stairs.step_us().unwrap_or(0.0),
                epoch: shared.epoch(),
                queued: waiting.max(0) as u32,
                truth: None,
            };
            let block = block as usize;
            renderer.render(&mut buffer[..2 * block], &stamp);
            encoder.encode(&buffer[..2 * block]);
            match Self::write_all(&io, &encoder, block) {
                Ok(()) => {
                    faults = 0;
                    last_fed = now;
                    shared.frames.fetch_add(block as u64, Ordering::Relaxed);
                    if run.paced.is_none() && !allowance.took(now, block as u64) {
                        tracing::warn!(
                            "this device has no clock: it takes frames as fast as they come, so it is paced by the \
                             system's clock; nobody hears it unless something else plays what it is given"
                        );
                        shared.new_epoch();
                        run.paced = Some(Paced::from(now, written, *rate));
                        run.sight = None;
                    }
                }
                Err(e) => {
                    faults += 1;
                    if faults > MAX_FAULTS || !is_underrun(e) {
                        return Err(Fault::Call("refuses frames", e));
                    }
                    self.restart(shared, &mut run)?;
                }
            }
        }
        let _ = pcm.drop();
        Ok(())
    }

    /// The frames that wait. `None`: the card ran dry, and was prepared anew.
    fn look(&self, run: &mut Run, shared: &OutputState, written: u64) -> Result<Option<i64>, alsa::Error> {
        if let Some(paced) = &mut run.paced {
            let now = clock::now();
            let heard = paced.heard(now);
            if heard > written {
                // this machine stood still, and the device with it
                shared.underruns.fetch_add(1, Ordering::Relaxed);
                shared.new_epoch();
                *paced = Paced::from(now, written, self.0.rate);
                return Ok(None);
            }
            run.sight = Some(Sight { frame: heard, at: now, slack_us: 0.0 });
            return Ok(Some((written - heard) as i64));
        }
        if !run.running {
            return Ok(Some((written - run.first) as i64));
        }
        let (waiting, at) = bracketed(clock::now, || self.0.pcm.delay())?;
        if self.0.pcm.state() == State::XRun {
            return Err(alsa::Error::new("snd_pcm_delay", Errno::EPIPE as i32));
        }
        let stands = if run.stands.0 == waiting { (2 * run.stands.1).clamp(SHORTEST_WAIT_US, 5_000) } else { 0 };
        run.stands = (waiting, stands);
        let heard = written as i64 - waiting;
        if heard >= run.first as i64 {
            let at = Kind::Alsa.heard_at(at, self.0.rate);
            run.sight = run.stairs.read(heard as u64, at).or(run.sight);
        }
        Ok(Some(waiting))
    }

    /// Writes a whole block. There was room for it, so waiting for more is the exception.
    fn write_all(io: &IO<'_, u8>, block: &Encoder, frames: usize) -> alsa::Result<()> {
        let mut done = 0;
        let mut waits = 0;
        while done < frames {
            match io.writei(block.frames(done, frames)) {
                Ok(count) if count > 0 => done += count,
                Ok(_) if waits < MAX_WAITS => {
                    waits += 1;
                    sleep_us(1_000);
                }
                Ok(_) => return Err(alsa::Error::new("snd_pcm_writei", Errno::EAGAIN as i32)),
                Err(e) if waits < MAX_WAITS && matches!(Errno::from_raw(e.errno()), Errno::EAGAIN | Errno::EINTR) => {
                    waits += 1;
                    sleep_us(1_000);
                }
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// The card ran dry (or was suspended): prepare it anew.
    fn restart(&self, shared: &OutputState, run: &mut Run) -> Step<()> {
        shared.underruns.fetch_add(1, Ordering::Relaxed);
        if run.paced.is_some() {
            return Err(Fault::Unusable(format!(
                "takes frames faster than the {} a second that it says, and runs dry; its driver is at fault",
                self.0.rate
            )));
        }
        shared.new_epoch();
        run.first = shared.frames.load(Ordering::Relaxed);
        run.running = false;
        run.stairs.restart();
        run.sight = None;
        self.0.pcm.prepare().map_err(call("does not recover from an underrun"))
    }
}

fn is_underrun(e: alsa::Error) -> bool {
    matches!(Errno::from_raw(e.errno()), Errno::EPIPE | Errno::ESTRPIPE | Errno::EINTR | Errno::EAGAIN)
}
