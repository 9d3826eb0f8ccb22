//! Instants as people say them: how long until, how long ago.

use std::time::{SystemTime, UNIX_EPOCH};

/// This machine's wall clock, seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "for people: when a token ends")]
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// So many seconds from now, as people say it.
pub(crate) fn until(seconds: i64) -> String {
    if seconds <= 0 { "over".to_owned() } else { format!("in {}", roughly(seconds)) }
}

/// So many seconds ago, as people say it.
pub(crate) fn since(seconds: i64) -> String {
    format!("{} ago", roughly(seconds.max(0)))
}

fn roughly(seconds: i64) -> String {
    const HOUR: i64 = 3_600;
    const DAY: i64 = 24 * HOUR;
    match seconds {
        ..HOUR => format!("{} min", seconds / 60),
        HOUR..172_800 => format!("{} h", seconds / HOUR),
        _ => format!("{} days", seconds / DAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_token_is_said_as_people_say_it() {
        let day = 86_400;
        let said = [-day, 0, 59, 3_599, 3_600, 2 * day - 1, 2 * day, 90 * day].map(until);
        assert_eq!(said, ["over", "over", "in 0 min", "in 59 min", "in 1 h", "in 47 h", "in 2 days", "in 90 days"]);
        assert_eq!([-5, 90, 3 * day].map(since), ["0 min ago", "1 min ago", "3 days ago"]);
    }
}
