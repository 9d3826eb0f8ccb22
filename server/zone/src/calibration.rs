//! When the speakers of a zone sound their codes for a microphone: one after the other, some rounds of all.
//!
//! Each has a code of its own and a slot of its own. The code says whose a hiss is, however late it is heard; the slot
//! keeps a near speaker from drowning a far one. A recording holds both, so the phone that makes it needs no clock of
//! ours: it compares speakers with each other. It is not kept: a coordinator that was started anew knows nothing of it.

use downbeat_protocol::{ServerTime, SpeakerId, ZoneId, server_message};
use uuid::Uuid;

/// From the beginning of one speaker's hiss to that of the next one's, microseconds: a hiss, and the room's echo.
pub const SLOT_US: i64 = 800_000;
/// A round is no shorter, microseconds: a speaker that is half of it late could not be told from one that is early.
const LEAST_ROUND_US: i64 = 3_200_000;
/// So many speakers at once: two minutes at most.
pub const MOST_SPEAKERS: usize = 24;
/// The fewest rounds, those that are played unless another number is asked for, and the most.
pub const ROUNDS: (u32, u32, u32) = (3, 5, 8);
/// The first hiss comes no sooner than this, microseconds: all must have heard of it.
const NOTICE_US: i64 = 1_500_000;
/// It ends when the one that asked for it was not heard of for so long, microseconds.
pub const PATIENCE_US: i64 = 10_000_000;

/// One speaker's part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// The speaker.
    pub speaker: SpeakerId,
    /// Its output delay when it began, microseconds: its hisses are heard at their instants if that is right.
    pub output_delay_us: i64,
    /// How loud, decibels of full scale.
    pub level_db: f32,
}

/// A calibration that goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibrating {
    /// Names it for the one that asked for it.
    pub id: Uuid,
    /// The beginning of the first hiss.
    pub at: ServerTime,
    /// Rounds of all.
    pub rounds: u32,
    /// The speakers, in their order; the place of each is its code.
    pub parts: Vec<Part>,
    /// Speakers of the zone that do not take part, and why not.
    pub left_out: Vec<(SpeakerId, LeftOut)>,
    /// It ends unless it is asked for again by then.
    listened_until: ServerTime,
}

/// Why a speaker does not take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// Its program does not know the codes.
    TooOld,
    /// It is muted.
    Muted,
    /// The bounds of its volume, or of the caller, leave nothing to be heard.
    Silenced,
    /// It was not asked for.
    NotAsked,
}

impl Calibrating {
    /// One that begins soon.
    pub fn begun(now: ServerTime, rounds: u32, parts: Vec<Part>, left_out: Vec<(SpeakerId, LeftOut)>) -> Self {
        let ahead = parts.iter().map(|part| part.output_delay_us).max().unwrap_or(0).max(0);
        let (id, at) = (Uuid::new_v4(), now.plus_micros(NOTICE_US + ahead));
        let rounds = rounds.clamp(ROUNDS.0, ROUNDS.2);
        Self { id, at, rounds, parts, left_out, listened_until: at.plus_micros(PATIENCE_US) }
    }

    /// From one hiss of a speaker to its next one, microseconds.
    pub fn round_us(&self) -> i64 {
        (self.parts.len() as i64 * SLOT_US).max(LEAST_ROUND_US)
    }

    /// The first hiss of the speaker at this place.
    pub fn first_of(&self, place: usize) -> ServerTime {
        self.at.plus_micros(place as i64 * SLOT_US)
    }

    /// No hiss begins from here on.
    pub fn ends(&self) -> ServerTime {
        self.at.plus_micros(self.round_us() * i64::from(self.rounds))
    }

    /// When it is over, unless it is asked for again.
    pub fn until(&self) -> ServerTime {
        self.ends().min(self.listened_until)
    }

    /// True while it goes on.
    pub fn goes_on(&self, now: ServerTime) -> bool {
        now < self.until()
    }

    /// The one that asked for it still listens.
    pub fn is_listened_to(&mut self, now: ServerTime) {
        self.listened_until = self.listened_until.max(now.plus_micros(PATIENCE_US));
    }

    /// The message to a speaker; `None`: it has no part.
    pub fn message(&self, zone: ZoneId, now: ServerTime, to: SpeakerId) -> Option<server_message::Calibration> {
        let place = self.parts.iter().position(|part| part.speaker == to)?;
        let part = self.parts.get(place)?;
        Some(server_message::Calibration {
            server_time: now,
            zone,
            on: true,
            at: self.first_of(place),
            every_us: u32::try_from(self.round_us()).unwrap_or(u32::MAX),
            count: self.rounds,
            code: u16::try_from(place).unwrap_or(0),
            level_db: part.level_db,
        })
    }
}

/// The message that ends it.
pub fn end(zone: ZoneId, now: ServerTime) -> server_message::Calibration {
    let (at, on, every_us, count, code, level_db) = (now, false, 0, 0, 0, 0.0);
    server_message::Calibration { server_time: now, zone, on, at, every_us, count, code, level_db }
}

#[cfg(test)]
mod tests {
    use downbeat_protocol::calibration::{LEAST_INTERVAL_US, LENGTH_US};

    use super::*;

    fn parts(count: usize, delay: i64) -> Vec<Part> {
        (0..count).map(|_| Part { speaker: SpeakerId::random(), output_delay_us: delay, level_db: -30.0 }).collect()
    }

    #[test]
    fn no_two_speakers_hiss_at_once_and_none_before_it_can_know() {
        for count in [1, 2, 4, 5, MOST_SPEAKERS] {
            let now = ServerTime(5_000_000);
            let it = Calibrating::begun(now, 5, parts(count, 700_000), Vec::new());
            assert!(it.at.micros_since(now) >= NOTICE_US + 700_000);
            let mut instants: Vec<(ServerTime, usize)> = (0..it.rounds)
                .flat_map(|round| (0..count).map(move |place| (round, place)))
                .map(|(round, place)| (it.first_of(place).plus_micros(it.round_us() * i64::from(round)), place))
                .collect();
            instants.sort_unstable();
            assert!(instants.windows(2).all(|two| two[1].0.micros_since(two[0].0) >= LENGTH_US + 200_000), "{count}");
            assert!(it.round_us() >= LEAST_ROUND_US && it.round_us() >= i64::from(LEAST_INTERVAL_US));
            assert!(it.ends().micros_since(it.at) < 180_000_000, "it is bounded");
            let (last, _) = instants.pop().expect("some");
            assert!(it.ends().micros_since(last) >= LENGTH_US);
        }
    }

    #[test]
    fn each_is_told_its_own_and_others_nothing() {
        let it = Calibrating::begun(ServerTime(0), 99, parts(3, 0), Vec::new());
        assert_eq!(it.rounds, ROUNDS.2);
        let told = it.parts.iter().map(|p| it.message(ZoneId::DEFAULT, ServerTime(9), p.speaker).expect("a part"));
        for (place, told) in told.enumerate() {
            assert_eq!((told.on, told.code, told.count), (true, place as u16, ROUNDS.2));
            assert_eq!(told.at, it.first_of(place));
        }
        assert_eq!(it.message(ZoneId::DEFAULT, ServerTime(9), SpeakerId::random()), None);
    }

    #[test]
    fn it_ends_when_nobody_listens_and_when_all_is_played() {
        let mut it = Calibrating::begun(ServerTime(0), 5, parts(5, 0), Vec::new());
        assert!(it.goes_on(it.at.plus_micros(PATIENCE_US - 1)) && !it.goes_on(it.at.plus_micros(PATIENCE_US)));
        it.is_listened_to(it.at.plus_micros(9_000_000));
        assert!(it.goes_on(it.at.plus_micros(18_999_999)));
        it.is_listened_to(it.ends());
        assert!(it.goes_on(it.ends().plus_micros(-1)) && !it.goes_on(it.ends()));
    }
}
