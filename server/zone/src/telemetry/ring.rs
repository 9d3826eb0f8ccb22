//! Columns of figures by time. A bin that nothing came in is empty, and says so.

use std::collections::VecDeque;

use downbeat_protocol::ServerTime;

/// Bins of the hour.
pub const HOUR: usize = 3_600;
/// Bins of the day.
pub const DAY: usize = 1_440;
/// Bins of the hour in one of the day.
const MINUTE: i64 = 60;
/// The shortest bin, microseconds.
pub const SECOND_US: i64 = 1_000_000;

/// A figure of 16 bits: the sign, the range and the first seven binary places of an `f32`, so it is right to 0.4 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Short(u16);

impl Short {
    /// No figure.
    pub const NONE: Self = Self(0x7fc0);

    /// The nearest that there is.
    pub fn of(value: f32) -> Self {
        if value.is_nan() {
            return Self::NONE;
        }
        let bits = value.to_bits();
        let round = 0x7fff + ((bits >> 16) & 1);
        // of an infinity nothing is rounded
        Self((if value.is_finite() { bits.saturating_add(round) } else { bits } >> 16) as u16)
    }

    /// The figure; NaN: none.
    pub fn get(self) -> f32 {
        f32::from_bits(u32::from(self.0) << 16)
    }
}

/// The figures of a bin: one that counts, and `N` beside it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row<const N: usize> {
    first: f32,
    others: [Short; N],
}

impl<const N: usize> Row<N> {
    /// Nothing.
    pub const NONE: Self = Self { first: f32::NAN, others: [Short::NONE; N] };

    /// These; NaN: not known.
    pub fn new(first: f32, others: [f32; N]) -> Self {
        Self { first, others: others.map(Short::of) }
    }

    /// One of them, the first is 0; NaN: not known.
    pub fn get(&self, column: usize) -> f32 {
        match column.checked_sub(1) {
            None => self.first,
            Some(other) => self.others.get(other).map_or(f32::NAN, |short| short.get()),
        }
    }

    fn from_columns(column: impl Fn(usize) -> f32) -> Self {
        Self::new(column(0), std::array::from_fn(|n| column(n + 1)))
    }

    /// Of two that fall into one bin, each figure that is farther from zero.
    fn farther(self, other: Self) -> Self {
        let far = |a: f32, b: f32| if b.is_nan() || a.abs() > b.abs() { a } else { b };
        Self::from_columns(|n| far(self.get(n), other.get(n)))
    }
}

/// A bin of the day: the least, the greatest and the middle of its seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wide<const N: usize> {
    /// The least.
    pub least: Row<N>,
    /// The greatest.
    pub most: Row<N>,
    /// The median.
    pub middle: Row<N>,
}

impl<const N: usize> Wide<N> {
    /// Nothing.
    const NONE: Self = Self { least: Row::NONE, most: Row::NONE, middle: Row::NONE };

    /// That of one row.
    fn one(row: Row<N>) -> Self {
        Self { least: row, most: row, middle: row }
    }

    /// That of all these.
    fn of(rows: &[Row<N>]) -> Self {
        let sorted: Vec<Vec<f32>> = (0..=N)
            .map(|n| {
                let mut column: Vec<f32> = rows.iter().map(|row| row.get(n)).filter(|v| !v.is_nan()).collect();
                column.sort_by(f32::total_cmp);
                column
            })
            .collect();
        let pick = |at: fn(usize) -> usize| {
            Row::from_columns(|n| {
                let column = &sorted[n];
                if column.is_empty() { f32::NAN } else { column[at(column.len())] }
            })
        };
        Self { least: pick(|_| 0), most: pick(|len| len - 1), middle: pick(|len| (len - 1) / 2) }
    }

    /// Of two that fall into one bin: the least of both, the greatest of both, and the middle that is farther off.
    fn with(self, other: Self) -> Self {
        Self {
            least: Row::from_columns(|n| self.least.get(n).min(other.least.get(n))),
            most: Row::from_columns(|n| self.most.get(n).max(other.most.get(n))),
            middle: self.middle.farther(other.middle),
        }
    }
}

/// The last bins of a kind. Memory is taken as they fill.
#[derive(Debug, Clone)]
struct Ring<T> {
    bins: VecDeque<T>,
    /// The number of the newest bin; bins of a length are counted from server time 0.
    newest: i64,
    most: usize,
}

impl<T: Copy> Ring<T> {
    fn new(most: usize) -> Self {
        Self { bins: VecDeque::new(), newest: 0, most }
    }

    /// Puts a value into a bin; `none` fills those that were passed over.
    fn put(&mut self, bin: i64, value: T, none: T, both: impl FnOnce(T, T) -> T) {
        if self.bins.is_empty() || bin - self.newest >= self.most as i64 {
            self.bins.clear();
            self.newest = bin;
            self.push(value);
            return;
        }
        while self.newest < bin {
            self.newest += 1;
            self.push(if self.newest == bin { value } else { none });
            if self.newest == bin {
                return;
            }
        }
        // the clock does not go back, but reports of one speaker may pass each other
        let back = usize::try_from(self.newest - bin).unwrap_or(usize::MAX);
        if let Some(at) = self.bins.len().checked_sub(1 + back) {
            self.bins[at] = both(self.bins[at], value);
        }
    }

    fn push(&mut self, value: T) {
        if self.bins.len() == self.most {
            self.bins.pop_front();
        } else if self.bins.len() == self.bins.capacity() {
            // exactly: doubled, an hour would take a seventh more
            self.bins.reserve_exact((self.bins.len() / 4 + 60).min(self.most - self.bins.len()));
        }
        self.bins.push_back(value);
    }

    fn oldest(&self) -> i64 {
        self.newest + 1 - self.bins.len() as i64
    }

    fn each(&self, from: i64, to: i64) -> impl Iterator<Item = (i64, T)> {
        let oldest = self.oldest();
        let skip = usize::try_from(from.saturating_sub(oldest)).unwrap_or(0);
        self.bins
            .iter()
            .copied()
            .enumerate()
            .skip(skip)
            .map(move |(n, bin)| (oldest + n as i64, bin))
            .take_while(move |(bin, _)| *bin <= to)
    }

    fn bytes(&self) -> usize {
        self.bins.capacity() * size_of::<T>()
    }
}

/// An hour of rows, and a day of them made coarser.
#[derive(Debug, Clone)]
pub struct Past<const N: usize> {
    /// The length of a bin of the hour, seconds.
    seconds: u32,
    hour: Ring<Row<N>>,
    day: Ring<Wide<N>>,
}

impl<const N: usize> Default for Past<N> {
    fn default() -> Self {
        Self { seconds: 1, hour: Ring::new(HOUR), day: Ring::new(DAY) }
    }
}

impl<const N: usize> Past<N> {
    /// Takes a row in.
    pub fn put(&mut self, now: ServerTime, row: Row<N>) {
        let bin = now.0.div_euclid(self.fine_us());
        let minute = bin.div_euclid(MINUTE);
        if !self.hour.bins.is_empty() {
            let open = self.hour.newest.div_euclid(MINUTE);
            if minute > open {
                let wide = self.minute(open);
                self.day.put(open, wide, Wide::NONE, Wide::with);
            }
        }
        self.hour.put(bin, row, Row::NONE, Row::farther);
    }

    /// Makes bins so long, seconds, if they are shorter.
    pub fn coarsen(&mut self, seconds: u32) {
        if seconds <= self.seconds {
            return;
        }
        let before = std::mem::take(self);
        self.seconds = seconds;
        let by = i64::from(seconds / before.seconds.max(1)).max(1);
        for (bin, wide) in before.day.each(i64::MIN, i64::MAX) {
            self.day.put(bin.div_euclid(by), wide, Wide::NONE, Wide::with);
        }
        // the minutes that are in the day already count once more, and change nothing there
        for (bin, row) in before.hour.each(i64::MIN, i64::MAX) {
            self.put(ServerTime(bin * before.fine_us()), row);
        }
    }

    /// The length of a bin of the hour, microseconds.
    pub fn fine_us(&self) -> i64 {
        i64::from(self.seconds) * SECOND_US
    }

    /// The length of a bin of the day, microseconds.
    pub fn wide_us(&self) -> i64 {
        self.fine_us() * MINUTE
    }

    /// The bins from the one that holds `from` to the one that holds `to`, the oldest first, with the instants at which
    /// they begin and their lengths: by the minute, from where the hour does not reach, or `wide`; else by the second.
    pub fn bins(&self, from: ServerTime, to: ServerTime, wide: bool) -> Vec<(ServerTime, i64, Wide<N>)> {
        let (fine_us, wide_us) = (self.fine_us(), self.wide_us());
        if self.hour.bins.is_empty() {
            return Vec::new();
        }
        let open = self.hour.newest.div_euclid(MINUTE);
        // the first minute of which each second is there
        let whole = if wide { open } else { (self.hour.oldest() + MINUTE - 1).div_euclid(MINUTE) };
        let minutes = self.day.each(from.0.div_euclid(wide_us), (whole - 1).min(to.0.div_euclid(wide_us)));
        let mut bins: Vec<_> = minutes.map(|(bin, of)| (ServerTime(bin * wide_us), wide_us, of)).collect();
        if wide && (from.0.div_euclid(wide_us)..=to.0.div_euclid(wide_us)).contains(&open) {
            bins.push((ServerTime(open * wide_us), wide_us, self.minute(open)));
        } else if !wide {
            // the minute that the hour has a part of is told by the day, if that has it
            let told = !self.day.bins.is_empty() && self.day.newest >= whole - 1;
            let first = from.0.div_euclid(fine_us).max(if told { whole * MINUTE } else { i64::MIN });
            let rows = self.hour.each(first, to.0.div_euclid(fine_us));
            bins.extend(rows.map(|(bin, row)| (ServerTime(bin * fine_us), fine_us, Wide::one(row))));
        }
        bins
    }

    fn minute(&self, minute: i64) -> Wide<N> {
        let first = minute * MINUTE;
        let rows: Vec<_> = self.hour.each(first, first + MINUTE - 1).map(|(_, row)| row).collect();
        Wide::of(&rows)
    }

    /// What it takes, bytes.
    pub fn bytes(&self) -> usize {
        self.hour.bytes() + self.day.bytes()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> ServerTime {
        ServerTime(second * SECOND_US + 300_000)
    }

    #[test]
    fn a_short_figure_is_right_to_four_in_a_thousand() {
        for value in [0.0_f32, 1.0, -1.0, 0.001, 123.456, -98_765.4, 3.0e8, f32::INFINITY] {
            let short = Short::of(value).get();
            assert!(value.is_infinite() || (short - value).abs() <= value.abs() * 0.004, "{value} {short}");
        }
        assert!(Short::of(f32::INFINITY).get().is_infinite());
        assert!(Short::of(f32::NAN).get().is_nan() && Short::NONE.get().is_nan());
        assert!(!Short::of(f32::MAX).get().is_nan());
    }

    #[test]
    fn a_bin_takes_what_the_bound_says() {
        assert_eq!((size_of::<Row<4>>(), size_of::<Wide<4>>()), (12, 36));
        assert_eq!((size_of::<Row<2>>(), size_of::<Wide<2>>()), (8, 24));
        let mut past = Past::<4>::default();
        for second in 0..200_000 {
            past.put(at(second), Row::new(1.0, [2.0; 4]));
        }
        assert_eq!(past.bytes(), HOUR * 12 + DAY * 36);
    }

    #[test]
    fn a_spike_of_one_second_is_there_a_day_later() {
        let mut past = Past::<2>::default();
        for second in 0..86_000 {
            let first = if second == 1_234 { -7_000.0 } else { (second % 10) as f32 };
            past.put(at(second), Row::new(first, [3.0, f32::NAN]));
        }
        let bins = past.bins(at(1_200), at(1_259), true);
        assert_eq!(bins.len(), 1);
        let (begins, length, wide) = bins[0];
        assert_eq!((begins, length), (ServerTime(1_200 * SECOND_US), 60 * SECOND_US));
        assert_eq!((wide.least.get(0), wide.most.get(0), wide.middle.get(0)), (-7_000.0, 9.0, 4.0));
        assert_eq!(Some(wide.most.get(1)), Some(3.0));
        assert!(wide.most.get(2).is_nan(), "what is not known stays so");
        assert_eq!(past.bins(at(85_990), at(85_999), false).len(), 10, "the last hour by the second");
        let both = past.bins(at(0), at(85_999), false);
        assert_eq!(both.iter().filter(|(_, length, _)| *length == SECOND_US).count(), 3_560, "from a whole minute on");
        assert!(both.is_sorted_by(|a, b| a.0.0 + a.1 <= b.0.0), "none twice");
    }

    #[test]
    fn a_silence_is_empty_and_a_long_one_forgets_the_hour() {
        let mut past = Past::<2>::default();
        past.put(at(0), Row::new(5.0, [0.0; 2]));
        past.put(at(10), Row::new(6.0, [0.0; 2]));
        let bins = past.bins(at(0), at(10), false);
        assert_eq!(bins.len(), 11);
        assert!(bins[5].2.middle.get(0).is_nan());
        past.put(at(50_000), Row::new(7.0, [0.0; 2]));
        let told = |past: &Past<2>, wide| {
            let bins = past.bins(at(0), at(500_000), wide);
            bins.iter().filter(|bin| !bin.2.most.get(0).is_nan()).count()
        };
        assert_eq!(told(&past, false), 2, "the first minute, and now");
        past.put(at(500_000), Row::new(8.0, [0.0; 2]));
        assert_eq!(told(&past, true), 3, "both minutes, and now");
    }

    proptest! {
        #[test]
        fn no_extreme_is_lost_by_being_made_coarser(values in prop::collection::vec(-9_000.0_f32..9_000.0, 1..9_000)) {
            let mut past = Past::<2>::default();
            for (second, value) in values.iter().enumerate() {
                past.put(at(second as i64), Row::new(*value, [0.0; 2]));
            }
            let extremes = |past: &Past<2>| {
                let bins = past.bins(at(0), at(values.len() as i64), true);
                let least = bins.iter().map(|b| b.2.least.get(0)).fold(f32::INFINITY, f32::min);
                let most = bins.iter().map(|b| b.2.most.get(0)).fold(f32::NEG_INFINITY, f32::max);
                (least, most)
            };
            let least = values.iter().copied().fold(f32::INFINITY, f32::min);
            let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            prop_assert_eq!(extremes(&past), (least, most));
            let farthest = if -least > most { least } else { most };
            past.coarsen(4);
            let (least, most) = extremes(&past);
            prop_assert!([least, most].contains(&farthest), "{} {} {}", least, most, farthest);
            prop_assert!(past.bytes() <= HOUR * 8 + DAY * 24);
        }
    }
}
