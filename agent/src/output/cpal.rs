//! Any device of the system's sound library, through cpal: `default`, or a device by name.
//!
//! The stamps of its callbacks are noisy and have traps: the first ones are from filling the ring before it runs, and
//! `callback` is not now but the instant of a reading. Only the difference of `playback` and `callback` is used (how
//! much waits in the device), together with our own reading of the clock, and the renderer filters what comes of it.
//!
//! It is left to do what it does well: stereo in the formats that every card has. On ALSA all other cards, and devices
//! without a clock, are driven as `alsa:NAME` is ([`super::alsa`]): the library writes no packed samples of 24 bits,
//! and writes noise to cards of the other byte order.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    time::Duration,
};

use cpal::{
    BufferSize, Device, ErrorKind, SampleFormat, SizedSample, StreamConfig,
    traits::{DeviceTrait, HostTrait, StreamTrait},
};

use super::{
    Output, OutputEnd, OutputError, OutputState, PREFERRED_RATE,
    alsa::Alsa,
    card,
    latency::Kind,
    pace::Allowance,
    realtime::{self, sleep_us},
    sample::{CardSample, Dither, convert},
};
use crate::config::AlsaSpec;
use downbeat_host::clock;
use downbeat_protocol::LocalTime;
use downbeat_speaker::{render::renderer::Renderer, render::report::BlockStamp};

/// Frames a callback; the ring is two of them on ALSA.
const PERIOD: u32 = 1_200;
/// Stamps of the first callbacks are not of a running device.
const PREFILL_CALLBACKS: u64 = 8;
/// The longest block a callback may ask for, frames.
const MAX_BLOCK: usize = 16_384;
/// No callback for this long: the device hangs.
const SILENT_DEVICE: Duration = Duration::from_secs(3);
/// Underruns without a callback between: the device only fails.
const MOST_UNDERRUNS: u64 = 100;
/// A callback of a device without a clock waits for so long, microseconds, until the stream is closed.
const CLOCKLESS_WAIT_US: i64 = 20_000;

/// A device of the system's sound library.
#[derive(Debug)]
pub struct Cpal {
    /// `None`: the default device.
    name: Option<String>,
}

impl Cpal {
    /// The default device, or one by name or id.
    pub fn new(name: Option<String>) -> Self {
        Self { name }
    }

    fn find(&self) -> Result<Device, OutputError> {
        // the library's own way to the default one panics where there is none
        let host = cpal::ALL_HOSTS.iter().map(|id| cpal::host_from_id(*id));
        let host = host.reduce(Result::or).unwrap_or(Err(ErrorKind::HostUnavailable.into()));
        let host = host.map_err(|e| OutputError::Unusable {
            output: self.describe(),
            reason: format!("{e}; look for a fault in /etc/asound.conf and ~/.asoundrc"),
        })?;
        let Some(wanted) = &self.name else {
            return host.default_output_device().ok_or_else(|| OutputError::NoDevice {
                output: self.describe(),
                reason: "this machine has no sound output; --output virtual plays to nowhere".into(),
            });
        };
        let devices = host.output_devices().map_err(|e| self.unusable(&e))?;
        devices
            .into_iter()
            .find(|d| names(d).iter().any(|n| n == wanted))
            .ok_or_else(|| OutputError::NoDevice { output: self.describe(), reason: "no device of that name".into() })
    }

    fn unusable(&self, error: &cpal::Error) -> OutputError {
        if matches!(error.kind(), ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable) {
            let reason = match self.name {
                None => "this machine has no sound output that works; --output virtual plays to nowhere",
                Some(_) => "it is not there, or not usable now",
            };
            return OutputError::NoDevice { output: self.describe(), reason: reason.into() };
        }
        OutputError::Unusable { output: self.describe(), reason: error.to_string() }
    }

    fn config(&self, device: &Device) -> Result<(StreamConfig, SampleFormat), OutputError> {
        let default = device.default_output_config().map_err(|e| self.unusable(&e))?;
        let ranges: Vec<_> = device.supported_output_configs().map_err(|e| self.unusable(&e))?.collect();
        let usable = |f: SampleFormat| matches!(f, SampleFormat::F32 | SampleFormat::I32 | SampleFormat::I16);
        let best = ranges.iter().filter(|r| r.channels() == 2 && usable(r.sample_format())).max_by_key(|r| {
            let has_rate = (r.min_sample_rate()..=r.max_sample_rate()).contains(&PREFERRED_RATE);
            let depth = match r.sample_format() {
                SampleFormat::F32 => 2,
                SampleFormat::I32 => 1,
                _ => 0,
            };
            (has_rate, depth)
        });
        let best = best.ok_or_else(|| {
            let mut offered: Vec<String> =
                ranges.iter().map(|r| format!("{} x {}", r.channels(), r.sample_format())).collect();
            offered.dedup();
            OutputError::Unusable {
                output: self.describe(),
                reason: format!("offers {}, of which none can be written; 2 x f32, i32 or i16 can", offered.join(", ")),
            }
        })?;
        let rate = if (best.min_sample_rate()..=best.max_sample_rate()).contains(&PREFERRED_RATE) {
            PREFERRED_RATE
        } else {
            default.sample_rate().clamp(best.min_sample_rate(), best.max_sample_rate())
        };
        let config = StreamConfig { channels: 2, sample_rate: rate, buffer_size: BufferSize::Fixed(PERIOD) };
        Ok((config, best.sample_format()))
    }
}

/// The card behind a device on ALSA.
fn on_alsa(device: &Device) -> Option<AlsaSpec> {
    let id = device.id().ok()?.to_string();
    id.strip_prefix("alsa:").map(|name| AlsaSpec { name: name.into(), channels: None })
}

/// The names by which a device can be asked for: its id (on ALSA the PCM's name) and its description.
fn names(device: &Device) -> Vec<String> {
    let id = device.id().map(|id| id.to_string());
    let description = device.description().map(|d| d.to_string());
    let bare = id.as_ref().ok().and_then(|id| id.split_once(':').map(|(_, rest)| rest.to_string()));
    id.into_iter().chain(bare).chain(description).collect()
}

impl Output for Cpal {
    fn describe(&self) -> String {
        self.name.clone().unwrap_or_else(|| "default".into())
    }

    fn run(
        &mut self,
        renderer: Box<Renderer>,
        shared: &OutputState,
        opened: &mut dyn FnMut(u32),
    ) -> (Box<Renderer>, OutputEnd) {
        let device = match self.find() {
            Ok(d) => d,
            Err(e) => return (renderer, OutputEnd::Lost(e)),
        };
        let on_alsa = on_alsa(&device);
        if let Some(spec) = on_alsa.clone().filter(|spec| !card::is_plain(&spec.name)) {
            return Alsa::new(spec).run(renderer, shared, opened);
        }
        let (config, format) = match (self.config(&device), on_alsa.clone()) {
            (Ok(c), _) => c,
            (Err(OutputError::Unusable { .. }), Some(spec)) => return Alsa::new(spec).run(renderer, shared, opened),
            (Err(e), _) => return (renderer, OutputEnd::Lost(e)),
        };
        let mut renderer = renderer;
        renderer.set_rate(config.sample_rate);
        let (back, returned) = mpsc::channel();
        let (faults, errors) = mpsc::channel();
        let kind = device.id().map_or(Kind::CpalOther, |id| Kind::of_cpal(&id.to_string()));
        let callback = Callback::new(renderer, shared.clone(), back, kind, config.sample_rate);
        let clockless = callback.clockless.clone();
        let stream = match format {
            SampleFormat::F32 => open::<f32>(&device, config, callback, shared.clone(), faults),
            SampleFormat::I32 => open::<i32>(&device, config, callback, shared.clone(), faults),
            _ => open::<i16>(&device, config, callback, shared.clone(), faults),
        };
        let result = stream.and_then(|stream| stream.play().map(|()| stream));
        let (end, played) = match result {
            Err(e) => (OutputEnd::Lost(self.unusable(&e)), false),
            Ok(stream) => {
                let end = self.watch(shared, &errors, &clockless, &mut || opened(config.sample_rate));
                drop(stream);
                (end, true)
            }
        };
        // the callback gives the renderer back when it is dropped, with its stream
        let Ok(renderer) = returned.recv_timeout(Duration::from_secs(5)) else {
            // a stream that cannot even be closed holds the audio state hostage: only a new process can help
            tracing::error!(output = self.describe(), "the device hangs and cannot be closed; giving up");
            std::process::abort()
        };
        let unfit = clockless.load(Ordering::Relaxed) || !played;
        match (end, on_alsa) {
            (OutputEnd::Lost(OutputError::Unusable { .. }), Some(spec)) if unfit => {
                shared.new_epoch();
                Alsa::new(spec).run(renderer, shared, opened)
            }
            (end, _) => (renderer, end),
        }
    }
}

impl Cpal {
    /// Waits until the output is to stop, the device fails, or it stops asking for frames. `opened` is called once it
    /// asks for some.
    fn watch(
        &self,
        shared: &OutputState,
        errors: &mpsc::Receiver<cpal::Error>,
        clockless: &AtomicBool,
        opened: &mut dyn FnMut(),
    ) -> OutputEnd {
        let failed = |reason: String| OutputEnd::Lost(OutputError::Failed { output: self.describe(), reason });
        let (mut last, mut since) = (shared.frames.load(Ordering::Relaxed), clock::now());
        let mut underruns = shared.underruns.load(Ordering::Relaxed);
        let mut asked = false;
        loop {
            match errors.recv_timeout(Duration::from_millis(if asked { 50 } else { 5 })) {
                Ok(e) => return failed(e.to_string()),
                Err(RecvTimeoutError::Disconnected) => return failed("the stream ended by itself".into()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if shared.stopping() {
                return OutputEnd::Stopped;
            }
            if clockless.load(Ordering::Relaxed) {
                let reason = "has no clock: it takes frames as fast as they come".into();
                return OutputEnd::Lost(OutputError::Unusable { output: self.describe(), reason });
            }
            // what the first callback found out (its priority) is seen with the frames that it took
            let frames = shared.frames.load(Ordering::Acquire);
            if frames != last {
                (last, since) = (frames, clock::now());
                underruns = shared.underruns.load(Ordering::Relaxed);
                if !asked {
                    asked = true;
                    opened();
                }
            } else if shared.underruns.load(Ordering::Relaxed) > underruns + MOST_UNDERRUNS {
                return failed("it runs dry again and again, and asks for no frames".into());
            } else if clock::now().nanos_since(since) > SILENT_DEVICE.as_nanos() as i64 {
                return failed("it does not ask for frames any more".into());
            }
        }
    }
}

fn open<T: SizedSample + CardSample>(
    device: &Device,
    config: StreamConfig,
    mut callback: Callback,
    shared: OutputState,
    faults: mpsc::Sender<cpal::Error>,
) -> Result<cpal::Stream, cpal::Error> {
    device.build_output_stream(
        config,
        move |data: &mut [T], info: &cpal::OutputCallbackInfo| {
            let entered = clock::now();
            let stamp = info.timestamp();
            let waits = stamp.playback.saturating_duration_since(stamp.callback);
            callback.fill(data, entered, waits);
        },
        move |error: cpal::Error| match error.kind() {
            // called in storms after an underrun: count, and nothing else
            ErrorKind::Xrun => {
                shared.underruns.fetch_add(1, Ordering::Relaxed);
                shared.new_epoch();
            }
            ErrorKind::RealtimeDenied | ErrorKind::DeviceChanged => {}
            _ => drop(faults.send(error)),
        },
        None,
    )
}

/// The state of the device's callback. Gives the renderer back when it is dropped.
struct Callback {
    renderer: Option<Box<Renderer>>,
    back: mpsc::Sender<Box<Renderer>>,
    shared: OutputState,
    block: Vec<f32>,
    dither: Dither,
    calls: u64,
    kind: Kind,
    /// Since the first call.
    allowance: Option<Allowance>,
    rate: u32,
    /// Set: the device takes frames faster than time passes.
    clockless: Arc<AtomicBool>,
}

impl Callback {
    fn new(
        renderer: Box<Renderer>,
        shared: OutputState,
        back: mpsc::Sender<Box<Renderer>>,
        kind: Kind,
        rate: u32,
    ) -> Self {
        Self {
            renderer: Some(renderer),
            back,
            shared,
            block: vec![0.0; 2 * MAX_BLOCK],
            dither: Dither::default(),
            calls: 0,
            kind,
            allowance: None,
            rate,
            clockless: Arc::default(),
        }
    }

    fn fill<T: CardSample>(&mut self, data: &mut [T], entered: LocalTime, waits: Duration) {
        let rate = self.rate;
        let ring = 2 * (data.len() as u64 / 2);
        let allowance = self.allowance.get_or_insert_with(|| Allowance::new(entered, rate, ring));
        if !allowance.took(entered, data.len() as u64 / 2) {
            // an empty machine for as long as it takes to close the stream
            self.clockless.store(true, Ordering::Relaxed);
            sleep_us(CLOCKLESS_WAIT_US);
            return;
        }
        if self.calls == 0 {
            // the device's own thread: whether it may be a real-time one is the system's to say
            self.shared.realtime.store(realtime::promote_this_thread().is_ok(), Ordering::Relaxed);
        }
        self.calls += 1;
        let frame = self.shared.frames.load(Ordering::Relaxed);
        let waits_ns = i64::try_from(waits.as_nanos()).unwrap_or(0);
        let observed =
            (self.calls > PREFILL_CALLBACKS).then(|| (frame, self.kind.heard_at(entered.plus_nanos(waits_ns), rate)));
        let queued = (waits.as_secs_f64() * f64::from(rate)) as u32;
        let stamp = BlockStamp { frame, observed, epoch: self.shared.epoch(), queued, ..BlockStamp::default() };
        let mut done = 0u64;
        for part in data.chunks_mut(2 * MAX_BLOCK) {
            let block = &mut self.block[..part.len()];
            if let Some(renderer) = &mut self.renderer {
                let observed = stamp.observed.filter(|_| done == 0);
                renderer.render(block, &BlockStamp { frame: frame + done, observed, ..stamp });
            }
            convert(block, part, &mut self.dither);
            done += part.len() as u64 / 2;
        }
        self.shared.frames.fetch_add(done, Ordering::Release);
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        if let Some(renderer) = self.renderer.take() {
            let _ = self.back.send(renderer);
        }
    }
}
