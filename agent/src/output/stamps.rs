//! Reading a device's position so that a preempted thread does not spoil it.

use downbeat_protocol::LocalTime;

/// A reading that took longer than this was interrupted; it is taken once more.
const MAX_READ_NS: i64 = 30_000;
const TRIES: usize = 3;

/// Reads a position between two readings of the clock, up to three times, and keeps the tightest: the value and the
/// instant in the middle of it.
pub fn bracketed<T, E>(
    mut clock: impl FnMut() -> LocalTime,
    mut read: impl FnMut() -> Result<T, E>,
) -> Result<(T, LocalTime), E> {
    let mut best: Option<(T, LocalTime, i64)> = None;
    for _ in 0..TRIES {
        let before = clock();
        let value = read()?;
        let took = clock().nanos_since(before);
        if best.as_ref().is_none_or(|(_, _, least)| took < *least) {
            best = Some((value, before.plus_nanos(took / 2), took));
        }
        if took <= MAX_READ_NS {
            break;
        }
    }
    match best {
        Some((value, at, _)) => Ok((value, at)),
        None => read().map(|value| (value, clock())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_reading_is_taken_again() {
        let mut times = [0, 900_000, 1_000_000, 1_010_000].into_iter();
        let mut reads = 0;
        let read = bracketed(
            || LocalTime(times.next().expect("four readings")),
            || {
                reads += 1;
                Ok::<_, ()>(reads)
            },
        );
        assert_eq!(read, Ok((2, LocalTime(1_005_000))));
    }
}
