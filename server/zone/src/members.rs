//! The members of the zone, and how far ahead an instant must lie for all of them to make it.

use std::collections::BTreeMap;

use downbeat_protocol::{ServerTime, SpeakerId, handshake::SpeakerClass};

/// The lead of a speaker that never said one, microseconds.
pub const DEFAULT_LEAD_US: i64 = 60_000;

/// The longest lead that is believed, microseconds: a speaker that claims more is not waited for that long.
const MAX_LEAD_US: i64 = 2_000_000;

/// The longest round trip that is believed, microseconds.
const MAX_ROUND_TRIP_US: f64 = 400_000.0;

/// A connected speaker.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The kind of speaker.
    pub class: SpeakerClass,
    /// As it measured it last, microseconds; 0: not known.
    pub round_trip_us: f64,
    /// As it said last, microseconds.
    pub lead_us: i64,
    /// It let the last start pass without a word: the next one does not wait for it.
    pub mute: bool,
}

impl Member {
    /// How long after now a change that is sent now can be heard, microseconds.
    fn notice_us(&self) -> i64 {
        self.lead_us + (self.round_trip_us / 2.0) as i64
    }
}

/// A message to all takes longer for each member, microseconds: frames are handed to one socket after the other.
/// Measured: 10 us on a machine that carries speakers and coordinator on two cores; with room for what else goes on.
const FAN_OUT_US: i64 = 20;

/// So many are reached within the usual margin.
const FEW: usize = 100;

/// The connected speakers of one zone.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Members(BTreeMap<SpeakerId, Member>);

impl Members {
    /// Adds one; one that is here already keeps its lead.
    pub fn join(&mut self, speaker: SpeakerId, class: SpeakerClass, round_trip_us: Option<f64>) {
        let member = self.0.entry(speaker).or_insert(Member {
            class,
            round_trip_us: 0.0,
            lead_us: DEFAULT_LEAD_US,
            mute: false,
        });
        member.class = class;
        if let Some(us) = round_trip_us {
            self.round_trip(speaker, us);
        }
    }

    /// Removes one; whether it was here.
    pub fn leave(&mut self, speaker: SpeakerId) -> bool {
        self.0.remove(&speaker).is_some()
    }

    /// Notes a lead, microseconds.
    pub fn lead(&mut self, speaker: SpeakerId, lead_us: i64) {
        if let Some(m) = self.0.get_mut(&speaker) {
            m.lead_us = lead_us.clamp(0, MAX_LEAD_US);
        }
    }

    /// Notes whether one let a start pass without a word.
    pub fn mute(&mut self, speaker: SpeakerId, mute: bool) {
        if let Some(m) = self.0.get_mut(&speaker) {
            m.mute = mute;
        }
    }

    /// Those that a start waits for, and those that are asked only.
    pub fn asked(&self) -> (impl Iterator<Item = SpeakerId>, impl Iterator<Item = SpeakerId>) {
        let of = |mute| self.0.iter().filter(move |(_, m)| m.mute == mute).map(|(id, _)| *id);
        (of(false), of(true))
    }

    /// Notes a round trip, microseconds.
    pub fn round_trip(&mut self, speaker: SpeakerId, micros: f64) {
        if let Some(m) = self.0.get_mut(&speaker)
            && micros.is_finite()
        {
            m.round_trip_us = micros.clamp(0.0, MAX_ROUND_TRIP_US);
        }
    }

    /// True if this speaker is a member.
    pub fn contains(&self, speaker: SpeakerId) -> bool {
        self.0.contains_key(&speaker)
    }

    /// Their ids, in order.
    pub fn ids(&self) -> impl Iterator<Item = SpeakerId> {
        self.0.keys().copied()
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if there are no members.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The earliest instant that all members for which `counts` holds can make, and that is not before `at`.
    pub fn instant(
        &self,
        now: ServerTime,
        margin_us: i64,
        at: Option<ServerTime>,
        counts: impl Fn(SpeakerId) -> bool,
    ) -> ServerTime {
        let margin_us = margin_us + self.0.len().saturating_sub(FEW) as i64 * FAN_OUT_US;
        let notice = self.0.iter().filter(|(id, _)| counts(**id)).map(|(_, m)| m.notice_us() + margin_us).max();
        let earliest = now.plus_micros(notice.unwrap_or(0));
        at.map_or(earliest, |at| earliest.max(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_is_given_the_time_that_its_messages_take() {
        let mut members = Members::default();
        let mut join = |count: usize| {
            while members.len() < count {
                members.join(SpeakerId(uuid::Uuid::from_u128(members.len() as u128)), SpeakerClass::Agent, None);
            }
            members.instant(ServerTime(0), 10_000, None, |_| true).0
        };
        assert_eq!(join(4), DEFAULT_LEAD_US + 10_000);
        assert_eq!(join(100), DEFAULT_LEAD_US + 10_000);
        assert_eq!(join(5_100), DEFAULT_LEAD_US + 10_000 + 5_000 * FAN_OUT_US);
    }
}
