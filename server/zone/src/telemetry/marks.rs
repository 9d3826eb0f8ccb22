//! The events of a past: what a plot has lines for.

use std::collections::VecDeque;

use downbeat_protocol::ServerTime;

/// So many are kept of one speaker, or of one zone.
pub const MOST: usize = 256;
/// What happens again within this time, with nothing else between, is told as one that happened several times,
/// microseconds.
const AGAIN_US: i64 = 10_000_000;
/// The longest detail, bytes.
const MOST_DETAIL: usize = 32;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It connected.
    Connected,
    /// Its connection ended.
    Disconnected,
    /// The sound card ran dry.
    Underrun,
    /// The decoder was late.
    Starved,
    /// It jumped to the right position.
    Reanchor,
    /// The output was lost.
    OutputLost,
    /// It told of an error; the detail is its code.
    Error,
    /// It was muted.
    Muted,
    /// It was muted no more.
    Unmuted,
    /// Its volume was set, percent.
    Volume,
    /// Its output delay was set, microseconds.
    Delay,
    /// It came into another zone.
    Moved,
    /// Playing began, or went on.
    Playing,
    /// A pause.
    Paused,
    /// Playing ended.
    Stopped,
}

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// When, and the first time if it happened several times.
    pub at: ServerTime,
    /// What.
    pub kind: Kind,
    /// How often.
    pub count: u32,
    /// The last time.
    pub until: ServerTime,
    /// What it became, where it is a number.
    pub value: Option<f64>,
    /// A code.
    pub detail: Option<Box<str>>,
}

/// The newest.
#[derive(Debug, Clone, Default)]
pub struct Marks(VecDeque<Mark>);

impl Marks {
    /// Something happened so many times.
    pub fn note(&mut self, at: ServerTime, kind: Kind, count: u64, value: Option<f64>, detail: Option<&str>) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        if count == 0 {
            return;
        }
        if let Some(last) = self.0.back_mut()
            && last.kind == kind
            && last.detail.as_deref() == detail
            && at.micros_since(last.until) <= AGAIN_US
        {
            last.count = last.count.saturating_add(count);
            (last.until, last.value) = (at, value);
            return;
        }
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        let detail = detail.map(|text| text[..text.floor_char_boundary(MOST_DETAIL)].into());
        self.0.push_back(Mark { at, kind, count, until: at, value, detail });
    }

    /// Those of a time, the oldest first.
    pub fn within(&self, from: ServerTime, to: ServerTime) -> impl Iterator<Item = &Mark> {
        self.0.iter().filter(move |mark| mark.until >= from && mark.at <= to)
    }

    /// What they take, bytes.
    pub fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<Mark>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_one_kind_is_one_mark_and_of_many_the_newest_stay() {
        let at = |second: i64| ServerTime(second * 1_000_000);
        let mut marks = Marks::default();
        marks.note(at(0), Kind::Connected, 1, None, None);
        for second in 0..5_000 {
            marks.note(at(second), Kind::Underrun, 2, None, None);
        }
        let all: Vec<&Mark> = marks.within(at(0), at(9_000)).collect();
        assert_eq!(all.len(), 2);
        assert_eq!((all[1].count, all[1].at, all[1].until), (10_000, at(0), at(4_999)));
        assert_eq!(marks.within(at(3_000), at(3_001)).count(), 1, "it goes on then");
        marks.note(at(5_100), Kind::Underrun, 1, None, None);
        marks.note(at(5_101), Kind::Error, 1, None, Some("no_such_file_at_all_and_a_longer_word"));
        marks.note(at(5_102), Kind::Error, 1, None, Some("other"));
        marks.note(at(5_103), Kind::Error, 0, None, None);
        assert_eq!(marks.0.len(), 5);
        assert_eq!(marks.0[3].detail.as_deref().map(str::len), Some(MOST_DETAIL));
        for n in 0..2_000 {
            marks.note(at(6_000 + n * 20), Kind::Reanchor, 1, None, None);
        }
        assert_eq!(marks.0.len(), MOST);
        assert!(marks.bytes() <= MOST * 72, "{}", size_of::<Mark>());
    }
}
