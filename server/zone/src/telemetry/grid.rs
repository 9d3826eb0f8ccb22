//! The instants of an answer, and the figures at them.

use downbeat_protocol::ServerTime;

use super::ring::{HOUR, Past};

/// Even steps of time, of which each holds whole bins. Two questions a second apart have the same steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// The beginning of the first step.
    pub from: ServerTime,
    /// The length of a step, microseconds.
    pub step_us: i64,
    /// The number of steps.
    pub count: usize,
    /// It is of minutes: the hour does not reach so far back.
    pub wide: bool,
}

impl Grid {
    /// At most so many steps from `from` to `to`, where bins of the hour are so long, microseconds.
    pub fn new(now: ServerTime, (from, to): (ServerTime, ServerTime), points: usize, fine_us: i64) -> Self {
        let fine_us = fine_us.max(1);
        let wide = now.micros_since(from) > HOUR as i64 * fine_us;
        let unit = if wide { fine_us * 60 } else { fine_us };
        let span = to.micros_since(from).max(1);
        // one more than fits, since it begins at a whole step
        let most = i64::try_from(points.max(2) - 1).unwrap_or(i64::MAX);
        let step_us = unit * (span + unit * most - 1).div_euclid(unit * most).max(1);
        let first = from.0.div_euclid(step_us);
        let count = usize::try_from(to.0.div_euclid(step_us) - first + 1).unwrap_or(1);
        Self { from: ServerTime(first * step_us), step_us, count, wide }
    }

    /// The beginnings of its steps.
    pub fn instants(&self) -> impl Iterator<Item = ServerTime> {
        let Self { from, step_us, .. } = *self;
        (0..self.count as i64).map(move |n| from.plus_micros(n * step_us))
    }

    /// The figures of a past at its steps, a column each.
    pub fn columns<const N: usize>(&self, past: &Past<N>) -> Vec<Column> {
        let end = self.from.plus_micros(self.step_us * self.count as i64 - 1);
        let bins = past.bins(self.from, end, self.wide);
        (0..=N)
            .map(|n| {
                let mut column = Column::empty(self.count);
                let mut middles: Vec<f32> = Vec::new();
                let mut open = 0;
                for (begins, _, wide) in &bins {
                    let step = usize::try_from(begins.micros_since(self.from).div_euclid(self.step_us)).unwrap_or(0);
                    if step != open {
                        column.middle[open] = median(&mut middles);
                        open = step.min(self.count - 1);
                    }
                    let (least, most, middle) = (wide.least.get(n), wide.most.get(n), wide.middle.get(n));
                    // of a number and none, `min` and `max` answer the number
                    column.least[open] = column.least[open].min(least);
                    column.most[open] = column.most[open].max(most);
                    if !middle.is_nan() {
                        middles.push(middle);
                    }
                }
                column.middle[open] = median(&mut middles);
                column
            })
            .collect()
    }
}

/// Takes all of them.
fn median(values: &mut Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    let middle = values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f32::NAN);
    values.clear();
    middle
}

/// One figure at each step; NaN: nothing is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The least within the step.
    pub least: Vec<f32>,
    /// The greatest.
    pub most: Vec<f32>,
    /// The middle one.
    pub middle: Vec<f32>,
}

impl Column {
    fn empty(count: usize) -> Self {
        let none = || vec![f32::NAN; count];
        Self { least: none(), most: none(), middle: none() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::ring::Row, *};

    const SECOND: i64 = 1_000_000;

    #[test]
    fn a_minute_is_told_by_the_second_and_a_day_by_minutes_with_its_spike() {
        let mut past = Past::<2>::default();
        for second in 0..80_000 {
            let value = if second == 40_000 { 900.0 } else { 1.0 };
            past.put(ServerTime(second * SECOND), Row::new(value, [0.5, f32::NAN]));
        }
        let now = ServerTime(80_000 * SECOND);
        let last = |seconds: i64| (now.plus_micros(-seconds * SECOND), now);
        let minute = Grid::new(now, last(60), 600, SECOND);
        assert_eq!((minute.step_us, minute.wide), (SECOND, false));
        let columns = minute.columns(&past);
        assert_eq!((columns.len(), columns[0].middle.len()), (3, minute.count));
        assert!(columns[0].middle[..60].iter().all(|v| (*v - 1.0).abs() < 1e-6));
        assert!(columns[2].middle.iter().all(|v| v.is_nan()));
        let day = Grid::new(now, last(79_000), 200, SECOND);
        assert!(day.wide && day.count <= 200 && day.step_us % (60 * SECOND) == 0);
        let spike: Vec<usize> =
            day.columns(&past)[0].most.iter().enumerate().filter(|(_, v)| **v > 899.0).map(|(n, _)| n).collect();
        assert_eq!(spike.len(), 1);
        let begins = day.instants().nth(spike[0]).unwrap();
        assert!((0..day.step_us).contains(&ServerTime(40_000 * SECOND).micros_since(begins)));
        assert_eq!(Grid::new(now.plus_micros(SECOND), last(79_000), 200, SECOND).step_us, day.step_us);
    }

    proptest! {
        #[test]
        fn a_grid_has_no_more_steps_than_asked_for_and_covers_what_was(
            from in -100_000_000_000_i64..100_000_000_000, span in 1_i64..90_000_000_000, points in 2_usize..5_000,
            coarse in 0_u32..5,
        ) {
            let (from, to) = (ServerTime(from), ServerTime(from + span));
            let fine = SECOND << coarse;
            let grid = Grid::new(to, (from, to), points, fine);
            prop_assert!(grid.count <= points, "{:?}", grid);
            prop_assert_eq!(grid.step_us % fine, 0);
            prop_assert!(grid.from <= from);
            prop_assert!(grid.from.0 + grid.step_us * grid.count as i64 > to.0);
        }
    }
}
