//! Hisses at given instants of server time: for trimming output delays by a microphone.
//!
//! Like the metronome's ticks they are a function of the instant at which a frame is heard, whatever the volume: they
//! fall between frames as they must, and a microphone finds them where they were told to be, plus all that the speaker
//! does not know of itself.

use downbeat_protocol::{
    calibration::{CODES, LEAST_INTERVAL_US, LEAST_LEVEL_DB, LENGTH_US, MOST_LEVEL_DB, sample},
    server_message,
};

use crate::clock::ServerInstant;

/// The hisses of a calibration: plain values, so that telling the renderer asks for no memory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// The first hiss.
    at: ServerInstant,
    every_us: i64,
    /// No hiss from here on.
    until: ServerInstant,
    /// No hiss that began before this: set by the first frame, so that none is heard from its middle on.
    from: Option<ServerInstant>,
    code: u16,
    /// The amplitude.
    level: f64,
}

impl Calibration {
    /// The calibration that a coordinator asks for; `None`: silence. Louder than it may be it is not.
    pub fn of(told: &server_message::Calibration) -> Option<Self> {
        let every_us = i64::from(told.every_us.max(LEAST_INTERVAL_US));
        let decibels = if told.level_db.is_nan() { LEAST_LEVEL_DB } else { told.level_db.min(MOST_LEVEL_DB) };
        (told.on && told.count > 0 && told.code < CODES).then(|| Self {
            at: told.at.into(),
            every_us,
            until: ServerInstant::from(told.at).plus_whole(every_us.saturating_mul(i64::from(told.count))),
            from: None,
            code: told.code,
            level: 10f64.powf(f64::from(decibels) / 20.0),
        })
    }

    /// Takes the place of `old`; a hiss that sounds goes on if both are alike.
    #[must_use]
    pub fn instead_of(self, old: Option<Self>) -> Self {
        let alike = old.filter(|old| (old.at, old.every_us, old.code) == (self.at, self.every_us, self.code));
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
        t.minus(self.until) > LENGTH_US as f64
    }

    /// Mixes the hisses into `out`, interleaved stereo, whose first frame is heard at `heard` and whose frames last
    /// `frame_us`.
    pub fn mix(&mut self, out: &mut [f32], heard: ServerInstant, frame_us: f64) {
        let from = *self.from.get_or_insert(heard);
        let since = heard.minus(self.at);
        let length = out.len() as f64 / 2.0 * frame_us;
        let every = self.every_us as f64;
        // the newest that has begun when the last frame is heard; one is shorter than the least interval
        let hiss = ((since + length) / every).floor();
        let began = self.at.plus_whole((hiss as i64).saturating_mul(self.every_us));
        let into = since - hiss * every;
        if hiss < 0.0 || into > LENGTH_US as f64 || began.minus(from) < 0.0 || began.minus(self.until) >= 0.0 {
            return;
        }
        for (k, frame) in out.as_chunks_mut::<2>().0.iter_mut().enumerate() {
            let x = (self.level * sample(self.code, into + k as f64 * frame_us)) as f32;
            frame[0] += x;
            frame[1] += x;
        }
    }

    /// No further hiss from `t` on; one that sounds goes on to its end.
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

    fn told() -> server_message::Calibration {
        server_message::Calibration {
            server_time: ServerTime(0),
            zone: ZoneId::DEFAULT,
            on: true,
            at: ServerTime(2_000_000),
            every_us: 800_000,
            count: 3,
            code: 5,
            level_db: -20.0,
        }
    }

    /// Where hisses begin within so many seconds from `begin_us` on, milliseconds, and how loud it became.
    fn hisses(c: &mut Calibration, begin_us: f64, seconds: f64) -> (Vec<i64>, f32) {
        let frame_us = 1e6 / 48_000.0;
        let begin = ServerInstant::default().plus(begin_us);
        let mut out = vec![0.0; 2 * (seconds * 48_000.0) as usize];
        for (k, block) in out.chunks_mut(2 * 61).enumerate() {
            c.mix(block, begin.plus(k as f64 * 61.0 * frame_us), frame_us);
        }
        let (mut found, mut quiet, mut peak) = (Vec::new(), 10_000, 0.0f32);
        for (k, frame) in out.as_chunks::<2>().0.iter().enumerate() {
            peak = peak.max(frame[0].abs());
            if frame[0].abs() > 1e-6 {
                if quiet > 500 {
                    found.push(((begin_us + k as f64 * frame_us) / 1_000.0).round() as i64);
                }
                quiet = 0;
            } else {
                quiet += 1;
            }
        }
        (found, peak)
    }

    #[test]
    fn so_many_hisses_are_heard_as_loud_as_told() {
        let mut c = Calibration::of(&told()).expect("on");
        let (at, peak) = hisses(&mut c, 1_000_000.0, 5.0);
        assert_eq!(at.iter().map(|ms| ms / 10 * 10).collect::<Vec<_>>(), [2_000, 2_800, 3_600]);
        assert!((0.08..=0.1).contains(&peak), "{peak}");
        let over = |us| c.is_over(ServerTime(us).into());
        assert!(!over(4_400_000) && over(4_400_000 + LENGTH_US + 1));
    }

    #[test]
    fn one_is_heard_whole_or_not_at_all() {
        let mut c = Calibration::of(&told()).expect("on");
        let (at, _) = hisses(&mut c, 2_001_000.0, 1.2);
        assert_eq!(at.len(), 1, "told in the middle of the first: {at:?}");
        // told again, in the middle of one that sounds: it goes on
        let mut again = Calibration::of(&told()).expect("on").instead_of(Some(c));
        assert_eq!(hisses(&mut again, 2_900_000.0, 0.3).0.len(), 1);
        again.end(ServerTime(3_000_000).into());
        assert_eq!(hisses(&mut again, 3_000_500.0, 3.0).0.len(), 1, "ended within one, it sounds to its end");
    }

    #[test]
    fn nonsense_is_silence_or_bounded() {
        for silent in [
            server_message::Calibration { on: false, ..told() },
            server_message::Calibration { count: 0, ..told() },
            server_message::Calibration { code: CODES, ..told() },
        ] {
            assert_eq!(Calibration::of(&silent), None);
        }
        for level_db in [f32::NAN, f32::INFINITY, 0.0, -12.0, f32::NEG_INFINITY] {
            let wild = server_message::Calibration { every_us: 0, count: u32::MAX, level_db, ..told() };
            let mut c = Calibration::of(&wild).expect("on");
            let (_, peak) = hisses(&mut c, 2_500_000.0, 1.0);
            assert!(peak <= 0.2512, "{level_db} dB: {peak}");
        }
        for at in [i64::MIN, i64::MAX] {
            let wild = server_message::Calibration { at: ServerTime(at), ..told() };
            let mut c = Calibration::of(&wild).expect("on");
            assert!(hisses(&mut c, 0.0, 0.1).1 <= 0.2512);
        }
    }
}
