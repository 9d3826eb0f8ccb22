//! Ticks at given instants of server time: for trimming output delays by ear.
//!
//! Two speakers whose output delays are right tick as one; a millisecond between them is heard as two. The ticks are a
//! function of the instant at which a frame is heard, so they fall between frames as they must, need no memory, and a
//! new output delay holds from the next frame on. They follow the clock by which frames are heard, not the content
//! clock: music slides to a new delay, and a speaker that plays alone lets it stray, but a tick is always true.

use std::f64::consts::TAU;

use downbeat_protocol::server_message;

use crate::clock::ServerInstant;

/// The pitch of a tick, Hz: where ears tell instants well and small speakers are loud.
const PITCH_HZ: f64 = 2_000.0;
/// It falls by a factor e in this time, microseconds.
const DECAY_US: f64 = 2_000.0;
/// It is over after this, microseconds: 60 dB down.
const LENGTH_US: f64 = 14_000.0;
/// The first and every so many-th tick from there is louder.
const ACCENT: i64 = 4;
/// How loud a tick is, and how loud an accented one: clear over music, and nothing to startle anyone.
const LEVELS: (f64, f64) = (0.25, 0.5);
/// No two ticks are nearer than this, microseconds.
const LEAST_INTERVAL_US: i64 = 20_000;

/// A metronome's ticks: plain values, so that telling the renderer asks for no memory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metronome {
    /// The first tick.
    at: ServerInstant,
    interval_us: i64,
    /// No tick from here on.
    until: ServerInstant,
    /// No tick that began before this: set by the first frame, so that none is heard from its middle on.
    from: Option<ServerInstant>,
}

impl Metronome {
    /// The metronome that a coordinator asks for; `None`: silence.
    pub fn of(told: &server_message::Metronome) -> Option<Self> {
        let interval_us = i64::from(told.interval_us).max(LEAST_INTERVAL_US);
        (told.on && told.until > told.at).then(|| Self {
            at: told.at.into(),
            interval_us,
            until: told.until.into(),
            from: None,
        })
    }

    /// Takes the place of `old`; a tick that sounds goes on if both tick alike.
    #[must_use]
    pub fn instead_of(self, old: Option<Self>) -> Self {
        let alike = old.filter(|old| (old.at, old.interval_us) == (self.at, self.interval_us));
        Self { from: alike.and_then(|old| old.from), ..self }
    }

    /// Its instants are told on another clock.
    pub fn shift(&mut self, us: i64) {
        self.at = self.at.plus_whole(us);
        self.until = self.until.plus_whole(us);
        self.from = self.from.map(|from| from.plus_whole(us));
    }

    /// True if all is over at `t`.
    pub fn is_over(&self, t: ServerInstant) -> bool {
        t.minus(self.until) > LENGTH_US
    }

    /// Mixes the ticks into `out`, interleaved stereo, whose first frame is heard at `heard` and whose frames last
    /// `frame_us`.
    pub fn mix(&mut self, out: &mut [f32], heard: ServerInstant, frame_us: f64) {
        let from = *self.from.get_or_insert(heard);
        let since = heard.minus(self.at);
        let length = out.len() as f64 / 2.0 * frame_us;
        let interval = self.interval_us as f64;
        // the newest tick that has begun when the last frame is heard; ticks are shorter than the least interval
        let tick = ((since + length) / interval).floor();
        let began = self.at.plus_whole((tick as i64).saturating_mul(self.interval_us));
        let into = since - tick * interval;
        if tick < 0.0 || into > LENGTH_US || began.minus(from) < 0.0 || began.minus(self.until) >= 0.0 {
            return;
        }
        let level = if (tick as i64) % ACCENT == 0 { LEVELS.1 } else { LEVELS.0 };
        for (k, frame) in out.as_chunks_mut::<2>().0.iter_mut().enumerate() {
            let us = into + k as f64 * frame_us;
            if (0.0..LENGTH_US).contains(&us) {
                let x = (level * (-us / DECAY_US).exp() * (TAU * PITCH_HZ * us * 1e-6).sin()) as f32;
                frame[0] += x;
                frame[1] += x;
            }
        }
    }

    /// No further tick from `t` on; one that sounds goes on to its end.
    pub fn end(&mut self, t: ServerInstant) {
        if t < self.until {
            self.until = t;
        }
    }
}

#[cfg(test)]
mod tests {
    use downbeat_protocol::{ServerTime, ZoneId};

    use super::*;

    fn told(on: bool, until: i64) -> server_message::Metronome {
        let at = ServerTime(2_000_000);
        let until = ServerTime(until);
        server_message::Metronome {
            server_time: ServerTime(0),
            zone: ZoneId::DEFAULT,
            on,
            at,
            interval_us: 500_000,
            until,
        }
    }

    /// Ticks for so many seconds from `begin_us` of server time on, in odd blocks: the frames at which one begins, and
    /// how loud it is.
    fn ticks(m: &mut Metronome, begin_us: f64, seconds: f64) -> Vec<(f64, f32)> {
        let frame_us = 1e6 / 48_000.0;
        let begin = ServerInstant::default().plus(begin_us);
        let mut out = vec![0.0; 2 * (seconds * 48_000.0) as usize];
        for (k, block) in out.chunks_mut(2 * 61).enumerate() {
            m.mix(block, begin.plus(k as f64 * 61.0 * frame_us), frame_us);
        }
        let (mut found, mut quiet) = (Vec::new(), 10_000);
        for (k, frame) in out.as_chunks::<2>().0.iter().enumerate() {
            if frame[0].abs() > 1e-3 {
                if quiet > 500 {
                    let peak = out[2 * k..].iter().take(200).fold(0.0f32, |p, x| p.max(x.abs()));
                    found.push((begin_us + k as f64 * frame_us, peak));
                }
                quiet = 0;
            } else {
                quiet += 1;
            }
        }
        found
    }

    #[test]
    fn every_fourth_tick_is_louder_and_none_comes_after_the_end() {
        let mut m = Metronome::of(&told(true, 5_000_000)).expect("on");
        let found = ticks(&mut m, 1_000_000.0, 6.0);
        let at: Vec<i64> = found.iter().map(|(us, _)| (us / 1_000.0).round() as i64).collect();
        assert_eq!(at, [2_000, 2_500, 3_000, 3_500, 4_000, 4_500]);
        let loud: Vec<bool> = found.iter().map(|(_, peak)| *peak > 0.3).collect();
        assert_eq!(loud, [true, false, false, false, true, false]);
        assert!(found.iter().all(|(_, peak)| (0.15..0.5).contains(peak)), "{found:?}");
        assert!(!m.is_over(ServerTime(5_000_000).into()) && m.is_over(ServerTime(5_015_000).into()));
    }

    #[test]
    fn a_tick_is_heard_whole_or_not_at_all() {
        let mut m = Metronome::of(&told(true, 9_000_000)).expect("on");
        let first = ticks(&mut m, 3_001_000.0, 0.9);
        assert_eq!(first.len(), 1, "told in the middle of a tick: {first:?}");
        assert!((first[0].0 - 3_500_000.0).abs() < 100.0);
        // told again, in the middle of one that sounds: it goes on
        let mut again = Metronome::of(&told(true, 9_500_000)).expect("on").instead_of(Some(m));
        assert_eq!(ticks(&mut again, 4_001_000.0, 0.3).len(), 1);
        // ended in the middle of one: it sounds on, and no further one comes
        again.end(ServerTime(4_501_000).into());
        assert_eq!(ticks(&mut again, 4_501_500.0, 2.0).len(), 1);
        // and another rhythm begins with a whole tick
        let mut other = Metronome { interval_us: 250_000, ..Metronome::of(&told(true, 9_000_000)).expect("on") };
        other = other.instead_of(Some(again));
        assert_eq!(ticks(&mut other, 5_001_000.0, 0.2).len(), 0);
    }

    #[test]
    fn nonsense_is_silence_or_bounded() {
        assert_eq!(Metronome::of(&told(false, 5_000_000)), None);
        assert_eq!(Metronome::of(&told(true, 2_000_000)), None);
        let mut m = Metronome::of(&server_message::Metronome {
            interval_us: 0,
            at: ServerTime(i64::MIN),
            until: ServerTime(i64::MAX),
            ..told(true, 0)
        })
        .expect("on");
        let mut out = vec![0.0; 96_000];
        m.mix(&mut out, ServerTime(3).into(), 20.8);
        assert!(out.iter().all(|x| x.is_finite() && x.abs() <= 0.5));
    }
}
