//! The past of a zone: how far apart its speakers were, and what was done with it.

use downbeat_protocol::ServerTime;

use super::{
    marks::{Kind, Marks},
    ring::{Past, Row},
};
use crate::{sync::Sync, view::PlayState};

/// What a zone is at, of which changes are marked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ZoneFacts {
    /// What it does.
    pub state: PlayState,
    /// Its volume, percent.
    pub volume: f32,
    /// It is muted.
    pub muted: bool,
}

/// The past of one zone. The columns are: the spread, by how much the truth may exceed it (microseconds), and the number
/// of speakers that it is of.
#[derive(Debug, Clone, Default)]
pub struct ZonePast {
    /// The figures.
    pub figures: Past<2>,
    /// What happened.
    pub marks: Marks,
    facts: Option<ZoneFacts>,
}

impl ZonePast {
    /// It is at this.
    pub fn look(&mut self, now: ServerTime, facts: ZoneFacts) {
        let Some(last) = self.facts.replace(facts).filter(|last| *last != facts) else { return };
        if last.state != facts.state {
            let kind = match facts.state {
                PlayState::Playing => Kind::Playing,
                PlayState::Paused => Kind::Paused,
                PlayState::Stopped => Kind::Stopped,
            };
            self.marks.note(now, kind, 1, None, None);
        }
        if last.muted != facts.muted {
            let kind = if facts.muted { Kind::Muted } else { Kind::Unmuted };
            self.marks.note(now, kind, 1, None, None);
        }
        if last.volume.to_bits() != facts.volume.to_bits() {
            self.marks.note(now, Kind::Volume, 1, Some(f64::from(facts.volume)), None);
        }
    }

    /// A reading was taken; bins are to be so long, seconds.
    pub fn read(&mut self, now: ServerTime, sync: &Sync, seconds: u32) {
        self.figures.coarsen(seconds);
        if sync.speakers > 0 {
            let known = |value: Option<f64>| value.map_or(f32::NAN, |v| v as f32);
            let row = Row::new(known(sync.spread_us), [known(sync.bound_us), sync.speakers as f32]);
            self.figures.put(now, row);
        }
    }

    /// What it takes, bytes.
    pub fn bytes(&self) -> usize {
        self.figures.bytes() + self.marks.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_with_a_zone_is_marked_and_an_empty_reading_is_none() {
        let at = |second: i64| ServerTime(second * 1_000_000);
        let mut past = ZonePast::default();
        let facts = ZoneFacts { state: PlayState::Playing, volume: 50.0, muted: false };
        past.look(at(0), facts);
        past.look(at(1), ZoneFacts { state: PlayState::Paused, ..facts });
        past.look(at(2), ZoneFacts { volume: 30.0, muted: true, ..facts });
        let kinds: Vec<Kind> = past.marks.within(at(0), at(9)).map(|mark| mark.kind).collect();
        assert_eq!(kinds, [Kind::Paused, Kind::Playing, Kind::Muted, Kind::Volume]);
        past.read(at(3), &Sync::default(), 1);
        assert_eq!(past.figures.bytes(), 0);
        past.read(at(4), &Sync { spread_us: Some(40.0), speakers: 2, ..Sync::default() }, 1);
        assert_eq!(Some(past.figures.bins(at(4), at(4), false)[0].2.most.get(0)), Some(40.0));
    }
}
