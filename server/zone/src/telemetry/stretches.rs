//! The times in which something was out of step.

use downbeat_protocol::ServerTime;

use super::ring::Past;

/// Out of step is what is farther off than this, microseconds: two at that distance make no echo, but a smear.
pub const OUT_US: f32 = 1_000.0;
/// Two stretches with less than this between them are one, microseconds.
const QUIET_US: i64 = 10_000_000;
/// So many are answered, the newest.
const MOST: usize = 100;

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// From then on.
    pub from: ServerTime,
    /// Until then; `None`: it still is.
    pub to: Option<ServerTime>,
    /// The figure that was farthest off, microseconds.
    pub worst_us: f32,
}

/// The stretches of a past between two instants in which its first figure was farther from zero than `limit`. One that
/// nothing came after yet goes on at `now`, unless more than some seconds have gone by.
pub fn of<const N: usize>(
    past: &Past<N>,
    (from, to): (ServerTime, ServerTime),
    now: ServerTime,
    limit: f32,
) -> Vec<Stretch> {
    let mut found: Vec<(ServerTime, ServerTime, f32)> = Vec::new();
    // the last instant at which a figure was within the limit
    let mut fine = None;
    for (begins, length, wide) in past.bins(from, to, false) {
        let (least, most) = (wide.least.get(0), wide.most.get(0));
        let far = if -least > most { least } else { most };
        if far.is_nan() {
            continue;
        }
        let ends = begins.plus_micros(length);
        if far.abs() <= limit {
            fine = Some(ends);
            continue;
        }
        match found.last_mut() {
            Some((_, until, worst)) if begins.micros_since(*until) <= QUIET_US => {
                *until = ends;
                if far.abs() > worst.abs() {
                    *worst = far;
                }
            }
            _ => found.push((begins, ends, far)),
        }
    }
    let skip = found.len().saturating_sub(MOST);
    let stretch = |(from, until, worst_us): (ServerTime, ServerTime, f32)| {
        let over = fine.is_some_and(|fine| fine >= until) || now.micros_since(until) > QUIET_US.max(past.fine_us() * 3);
        Stretch { from, to: over.then_some(until), worst_us }
    };
    found.into_iter().skip(skip).map(stretch).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::ring::Row, *};

    fn at(second: i64) -> ServerTime {
        ServerTime(second * 1_000_000)
    }

    fn past(error: impl Fn(i64) -> f32, until: i64) -> Past<2> {
        let mut past = Past::default();
        (0..until).for_each(|second| past.put(at(second), Row::new(error(second), [0.0; 2])));
        past
    }

    #[test]
    fn since_when_it_is_out_of_step() {
        // out for a while, with a breath in between; and again, to the end
        let error = |s: i64| match s {
            100..110 | 115..120 => -2_500.0 - s as f32,
            5_000.. => 1_200.0,
            _ => 20.0,
        };
        let found = of(&past(error, 5_400), (at(0), at(5_400)), at(5_400), OUT_US);
        // the first lies where only minutes are left, from the fifth minute they are told by the second
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].from, found[0].to, found[0].worst_us), (at(60), Some(at(120)), -2_619.0));
        assert_eq!((found[1].from, found[1].to), (at(5_000), None));
        let recent = of(&past(error, 200), (at(0), at(200)), at(200), OUT_US);
        assert_eq!((recent[0].from, recent[0].to), (at(100), Some(at(120))), "to the second within the hour");
    }

    #[test]
    fn what_says_nothing_any_more_is_not_out_of_step_now() {
        let past = past(|_| 3_000.0, 50);
        assert_eq!(of(&past, (at(0), at(55)), at(55), OUT_US)[0].to, None);
        assert_eq!(of(&past, (at(0), at(90)), at(90), OUT_US)[0].to, Some(at(50)));
        assert_eq!(of(&past, (at(0), at(90)), at(90), 5_000.0), []);
    }

    #[test]
    fn one_that_strays_again_and_again_does_not_fill_the_answer() {
        let past = past(|s| if s % 30 == 0 { 2_000.0 } else { 0.0 }, 3_600);
        assert_eq!(of(&past, (at(0), at(3_600)), at(3_600), OUT_US).len(), 100);
    }
}
