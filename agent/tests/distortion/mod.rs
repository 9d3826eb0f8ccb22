//! Sines through the whole path, and what comes with them: THD+N.
//!
//! The path: a file (24-bit WAV) -> the decoder's thread -> the voice's ring -> the renderer, whose content clock is
//! steered, on a card whose crystal is off. The servo is driven by a coordinator's clock that is moved to and fro, so
//! that its own slew makes the correction.
//!
//! How distortion and noise are told from the correction itself: in windows of 100 ms in which the correction changes
//! at one pace, the sound is fitted by one sine of constant amplitude whose phase is a parabola of time (four unknowns:
//! amplitude, phase, frequency, and the frequency's pace). All that is left counts, at whatever frequency: harmonics,
//! images, noise, amplitude modulation, and any modulation of the phase that is not the smooth correction.

#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

use std::{f64::consts::TAU, io::Cursor};

use downbeat_agent::{media::DecodeEvent, media::DecodeJob, media::DecodeThread};
use downbeat_protocol::{Frames, timeline::Line};
use downbeat_speaker::{clock::ServerInstant, render::command::Command, render::gate::Gate};

use super::rig::{Speaker, clock, server};

/// Frames of a window at the card's rate: 100 ms.
const WINDOW_S: f64 = 0.1;
/// When the tone begins, and how long it is, seconds.
const BEGIN_S: f64 = 12.0;
const LENGTH_S: f64 = 10.0;
/// The clock is moved by so much to and fro ...
const SWING_US: i64 = 3_000;
/// ... and stays so long, which takes the correction from one bound to the other.
const SWING_S: f64 = 2.0;

/// Full scale of 24 bits.
pub const FULL: f64 = 8_388_608.0;

/// The correction that is applied to the tone.
#[derive(Clone, Copy, Debug)]
pub enum Correction {
    /// The card's crystal is off by so many ppm.
    Fixed(f64),
    /// Between -500 and +500 ppm, as fast as the servo lets it.
    Swinging,
}

/// A sine as samples of 24 bits.
pub fn sine(hz: f64, rate: u32, amplitude: f64, seconds: f64) -> Vec<i32> {
    let frames = (seconds * f64::from(rate)) as i64;
    (0..frames).map(|n| (amplitude * FULL * (TAU * hz * n as f64 / f64::from(rate)).sin()).round() as i32).collect()
}

/// A WAV file of 24 bits, with the samples in both channels.
pub fn wav(samples: &[i32], rate: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let spec =
        hound::WavSpec { channels: 2, sample_rate: rate, bits_per_sample: 24, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::new(&mut bytes, spec).expect("a header");
    for x in samples {
        writer.write_sample(*x).and_then(|()| writer.write_sample(*x)).expect("memory takes it");
    }
    writer.finalize().expect("a whole file");
    bytes.into_inner()
}

/// Decodes a file by the agent's own thread; all of it, since virtual time does not wait.
pub fn decoded(file: Vec<u8>, frames: i64) -> rtrb::Consumer<f32> {
    let (producer, consumer) = rtrb::RingBuffer::new(2 * frames as usize);
    let (events, ended) = std::sync::mpsc::channel();
    let job = DecodeJob {
        source: Box::new(Cursor::new(file)),
        interrupt: None,
        format_hint: "wav".into(),
        from_frame: 0,
        total_frames: frames,
        gain: 1.0,
        prime_frames: 1_000,
        producer,
        events: Box::new(move |event| drop(events.send(event))),
    };
    let _thread = DecodeThread::spawn(job).expect("a thread");
    loop {
        match ended.recv_timeout(std::time::Duration::from_mins(1)).expect("the decoder says how it ended") {
            DecodeEvent::Primed => {}
            DecodeEvent::Finished { bad_packets: 0, missing_frames: 0 } => return consumer,
            other => panic!("{other:?}"),
        }
    }
}

/// Tone and rest of one window: amplitude, and the rest's power.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fit {
    /// Of the tone.
    pub amplitude: f64,
    /// Mean square of what is not the tone.
    pub rest: f64,
}

/// THD+N of a sine through everything: decibels against the tone; and the tone's gain, decibels.
pub fn thd_n(hz: f64, media: u32, card: u32, correction: Correction) -> (f64, f64) {
    let amplitude = 0.5;
    let ppm = if let Correction::Fixed(ppm) = correction { ppm } else { 0.0 };
    let mut speaker = Speaker::new(card, ppm, 480, 0.0);
    speaker.tell(Command::Clock(clock(0.0)));
    speaker.run_until(BEGIN_S * 1e6 - 500_000.0);
    let line = Line::new(server(BEGIN_S * 1e6).whole, Frames(0), media);
    let frames = (LENGTH_S * f64::from(media)) as i64;
    let ring = decoded(wav(&sine(hz, media, amplitude, LENGTH_S), media), frames);
    let gate = Gate { on: ServerInstant::from(line.anchor), fade_in: false, ..Gate::default() };
    speaker.play_ring(1, ring, 0, frames, line, gate);
    let mut flips = Vec::new();
    while speaker.now_us() < (BEGIN_S + LENGTH_S) * 1e6 {
        let playing_s = speaker.now_us() * 1e-6 - BEGIN_S - 1.0;
        if matches!(correction, Correction::Swinging) && playing_s > SWING_S * flips.len() as f64 {
            // the first one only leads to a bound
            let way = if flips.len().is_multiple_of(2) { 1 } else { -1 };
            flips.push(speaker.frame as f64 / f64::from(card));
            let mut moved = clock(0.0);
            moved.offset.whole_us += way * SWING_US;
            speaker.tell(Command::Clock(moved));
        }
        speaker.step();
    }
    let last = speaker.reports.last().expect("reports");
    assert_eq!((last.reanchors, last.starved), (0, 0), "nothing but the correction happened");
    // Windows between 2 s after the begin and 1 s before the end; not those in which the correction turns round
    let (mut power, mut rest, mut windows) = (0.0, 0.0, 0);
    let count = (WINDOW_S * f64::from(card)) as usize;
    let from = ((BEGIN_S + 2.0) * f64::from(card)) as usize;
    let to = ((BEGIN_S + LENGTH_S - 1.0) * f64::from(card)) as usize;
    for (k, window) in speaker.out[from..to].chunks_exact(count).enumerate() {
        let begins = (from + k * count) as f64 / f64::from(card);
        // the second half of a swing's last step may already be at the bound
        let turns = |(k, flip): (usize, &f64)| {
            let bound = if k == 0 { flip + SWING_S / 2.0 } else { flip + SWING_S };
            [*flip, bound].iter().any(|t| (begins - 0.02..=begins + WINDOW_S + 0.02).contains(t))
        };
        if flips.iter().enumerate().any(turns) {
            continue;
        }
        let fit = fit(window, TAU * hz / f64::from(card) / (1.0 + ppm * 1e-6));
        power += fit.amplitude * fit.amplitude / 2.0;
        rest += fit.rest;
        windows += 1;
    }
    if matches!(correction, Correction::Swinging) {
        let (low, high) = speaker
            .reports
            .iter()
            .fold((0.0f64, 0.0f64), |(low, high), r| (low.min(r.correction.0), high.max(r.correction.0)));
        assert!(low < -480.0 && high > 480.0, "the correction swung from {low} to {high} ppm");
    }
    assert!(windows > 30, "most windows are measured, not {windows}");
    (10.0 * (rest / power).log10(), 10.0 * (power / f64::from(windows) / (amplitude * amplitude / 2.0)).log10())
}

/// Fits a sine near `omega` radians a frame whose frequency changes at one pace.
pub fn fit(window: &[f32], omega: f64) -> Fit {
    let middle = window.len() as f64 / 2.0;
    let (mut phase, mut slope, mut bend) = (0.0, 0.0, 0.0);
    let mut result = Fit::default();
    // coarse: the phase before and after the middle tells phase and frequency, unless it hardly turns
    let part = |from: usize, to: usize| {
        let (re, im) = window[from..to].iter().enumerate().fold((0.0, 0.0), |(re, im), (k, x)| {
            let angle = omega * ((from + k) as f64 - middle);
            (re + f64::from(*x) * angle.sin(), im + f64::from(*x) * angle.cos())
        });
        im.atan2(re)
    };
    let (half, near) = (window.len() / 2, window.len() / 8);
    if omega * (near as f64) < 20.0 {
        phase += part(0, window.len());
    } else {
        let (before, after) = (part(half - near, half), part(half, half + near));
        let turn = (after - before + TAU / 2.0).rem_euclid(TAU) - TAU / 2.0;
        phase += before + turn / 2.0;
        slope += turn / near as f64;
    }
    for _ in 0..8 {
        // y = a sin(p) + b cos(p) + c t cos(p) + d t^2 cos(p), p as known so far
        let mut normal = [[0.0f64; 5]; 4];
        let base = |k: usize| {
            let t = (k as f64 - middle) / middle;
            let angle = omega * (k as f64 - middle) + phase + slope * middle * t + bend * t * t;
            let (sin, cos) = angle.sin_cos();
            [sin, cos, t * cos, t * t * cos]
        };
        for (k, x) in window.iter().enumerate() {
            let row = base(k);
            for i in 0..4 {
                for j in 0..4 {
                    normal[i][j] += row[i] * row[j];
                }
                normal[i][4] += row[i] * f64::from(*x);
            }
        }
        let [a, b, c, d] = solve(normal);
        result.amplitude = a.hypot(b);
        result.rest = window
            .iter()
            .enumerate()
            .map(|(k, x)| {
                let row = base(k);
                (f64::from(*x) - a * row[0] - b * row[1] - c * row[2] - d * row[3]).powi(2)
            })
            .sum::<f64>()
            / window.len() as f64;
        phase += b.atan2(a);
        slope += c / a.hypot(b) / middle;
        bend += d / a.hypot(b);
    }
    result
}

/// Gauss, with pivots.
fn solve(mut m: [[f64; 5]; 4]) -> [f64; 4] {
    for i in 0..4 {
        let pivot = (i..4).max_by(|a, b| m[*a][i].abs().total_cmp(&m[*b][i].abs())).unwrap_or(i);
        m.swap(i, pivot);
        for j in 0..4 {
            if j != i {
                let factor = m[j][i] / m[i][i];
                let row = m[i];
                for (x, y) in m[j].iter_mut().zip(row) {
                    *x -= factor * y;
                }
            }
        }
    }
    [m[0][4] / m[0][0], m[1][4] / m[1][1], m[2][4] / m[2][2], m[3][4] / m[3][3]]
}
