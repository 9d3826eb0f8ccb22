//! The bytes of a file that are there. A reader may jump while the file comes in, so they do not come in order; and
//! they are to be readable the moment they arrive, so this counts bytes, not blocks.

use std::ops::Range;

/// A set of byte ranges: sorted, not empty, not touching each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Spans {
    ranges: Vec<Range<u64>>,
}

impl Spans {
    /// The bytes of `range` are there now.
    pub(super) fn insert(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        let first = self.ranges.partition_point(|r| r.end < range.start);
        let after = self.ranges.partition_point(|r| r.start <= range.end);
        let merged = self.ranges[first..after].iter().fold(range, |sum, r| sum.start.min(r.start)..sum.end.max(r.end));
        self.ranges.splice(first..after, [merged]);
    }

    /// The bytes of `range` are gone.
    pub(super) fn remove(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        let first = self.ranges.partition_point(|r| r.end <= range.start);
        let after = self.ranges.partition_point(|r| r.start < range.end);
        let touched = &self.ranges[first..after];
        let before = touched.first().map(|r| r.start..range.start);
        let behind = touched.last().map(|r| range.end..r.end);
        let rest: Vec<_> = before.into_iter().chain(behind).filter(|r| !r.is_empty()).collect();
        self.ranges.splice(first..after, rest);
    }

    /// How many bytes are there in one piece from `offset` on.
    pub(super) fn available(&self, offset: u64) -> u64 {
        let i = self.ranges.partition_point(|r| r.end <= offset);
        self.ranges.get(i).filter(|r| r.start <= offset).map_or(0, |r| r.end - offset)
    }

    /// The first hole at or after `offset` in a file of `total` bytes; if there is none, the first hole of all.
    pub(super) fn hole(&self, offset: u64, total: u64) -> Option<Range<u64>> {
        self.hole_after(offset, total).or_else(|| self.hole_after(0, total))
    }

    fn hole_after(&self, offset: u64, total: u64) -> Option<Range<u64>> {
        let start = offset + self.available(offset);
        let i = self.ranges.partition_point(|r| r.start <= start);
        let end = self.ranges.get(i).map_or(total, |r| r.start).min(total);
        (start < end).then_some(start..end)
    }

    /// Bytes that are there.
    pub(super) fn count(&self) -> u64 {
        self.ranges.iter().map(|r| r.end - r.start).sum()
    }

    /// True if a file of `total` bytes is whole.
    pub(super) fn is_whole(&self, total: u64) -> bool {
        self.available(0) >= total
    }

    /// Nothing is there any more.
    pub(super) fn clear(&mut self) {
        self.ranges.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TOTAL: usize = 200;

    proptest! {
        #[test]
        fn agrees_with_one_flag_a_byte(
            changes in prop::collection::vec((0..TOTAL, 0..60usize, prop::bool::weighted(0.7)), 0..40),
            at in 0..TOTAL,
        ) {
            let mut spans = Spans::default();
            let mut flags = [false; TOTAL];
            for (start, length, comes) in changes {
                let end = (start + length).min(TOTAL);
                let range = start as u64..end as u64;
                if comes { spans.insert(range) } else { spans.remove(range) }
                flags[start..end].fill(comes);
            }
            let available = flags[at..].iter().take_while(|f| **f).count();
            prop_assert_eq!(spans.available(at as u64), available as u64);
            prop_assert_eq!(spans.count(), flags.iter().filter(|f| **f).count() as u64);
            prop_assert_eq!(spans.is_whole(TOTAL as u64), flags.iter().all(|f| *f));
            let start = (at..TOTAL).find(|i| !flags[*i]).or_else(|| (0..TOTAL).find(|i| !flags[*i]));
            let hole = start.map(|s| s as u64..(s..TOTAL).find(|i| flags[*i]).unwrap_or(TOTAL) as u64);
            prop_assert_eq!(spans.hole(at as u64, TOTAL as u64), hole);
            prop_assert!(spans.ranges.iter().all(|r| !r.is_empty()), "{:?}", spans);
            prop_assert!(spans.ranges.windows(2).all(|w| w[0].end < w[1].start), "{:?}", spans);
        }
    }

    #[test]
    fn an_empty_file_is_whole() {
        assert!(Spans::default().is_whole(0));
        assert_eq!(Spans::default().hole(0, 0), None);
    }
}
