//! The facts that are kept beside a certificate, so that none is ever parsed, and the rules by which it is made anew.

use downbeat_identity::UNDATED;
use serde::{Deserialize, Serialize};

use super::Names;

/// A day, seconds.
pub const DAY: i64 = 86_400;
/// The life of a CA, and how long before its end it is dated anew, seconds.
const CA_LIFE: i64 = 20 * 365 * DAY;
const CA_LEFT: i64 = 365 * DAY;
/// The life of a certificate for people: browsers take no longer one. Made anew when a third is left.
const SERVER_LIFE: i64 = 397 * DAY;

/// The dates and names of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The first second, since 1970.
    pub begins: i64,
    /// The last second, since 1970.
    pub ends: i64,
    /// The names and addresses that it is for, or for a CA may sign.
    pub names: Names,
}

impl About {
    /// Of one without dates.
    pub fn undated(names: Names) -> Self {
        Self { begins: UNDATED.0, ends: UNDATED.1, names }
    }

    /// Of a CA that is made now; `clock`: seconds since 1970, if it is set.
    pub fn of_ca(clock: Option<i64>, names: Names) -> Self {
        Self::dated(clock, CA_LIFE, names)
    }

    /// Of a server's certificate for people that is made now.
    pub fn of_server(clock: Option<i64>, names: Names) -> Self {
        Self::dated(clock, SERVER_LIFE, names)
    }

    fn dated(clock: Option<i64>, life: i64, names: Names) -> Self {
        match clock {
            // others' clocks may be somewhat behind
            Some(now) => Self { begins: now - DAY, ends: now - DAY + life, names },
            None => Self::undated(names),
        }
    }

    fn is_undated(&self) -> bool {
        (self.begins, self.ends) == UNDATED
    }

    /// True if the dates ask for new ones, when so many seconds or less are left. A clock that is not set asks for
    /// nothing.
    fn asks(&self, clock: Option<i64>, left: i64) -> bool {
        clock.is_some_and(|now| self.is_undated() || self.begins > now || self.ends.saturating_sub(now) <= left)
    }
}

/// True if the CA's certificate is to be made anew, around the same key.
pub fn ca_is_due(about: &About, clock: Option<i64>, names: &Names) -> bool {
    about.asks(clock, CA_LEFT) || !names.constraints_within(&about.names)
}

/// True if the server's certificate for people is to be made anew. A name or an address that is gone, as that of a
/// network that is down for a minute, asks for nothing: people that said yes to the certificate would be asked again.
pub fn server_is_due(about: &About, clock: Option<i64>, names: &Names) -> bool {
    !names.certifiable().are_among(&about.names) || about.asks(clock, SERVER_LIFE / 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn names() -> Names {
        Names::new(["music.local", "music"], ["10.0.0.2".parse().unwrap()])
    }

    #[test]
    fn what_was_made_before_the_clock_was_set_is_dated_once_it_is() {
        let (ca, server) = (About::of_ca(None, names()), About::of_server(None, names().certifiable()));
        assert_eq!([(ca.begins, ca.ends), (server.begins, server.ends)], [UNDATED; 2]);
        let due = |clock| (ca_is_due(&ca, clock, &names()), server_is_due(&server, clock, &names()));
        assert_eq!((due(None), due(Some(NOW))), ((false, false), (true, true)));
        let dated = About::of_server(Some(NOW), names().certifiable());
        assert!(!server_is_due(&dated, Some(NOW), &names()), "once");
        assert!(!server_is_due(&dated, None, &names()), "a clock that was lost");
    }

    #[test]
    fn a_certificate_is_made_anew_in_time_and_when_the_clock_goes_back() {
        let server = About::of_server(Some(NOW), names().certifiable());
        let due = |now| server_is_due(&server, Some(now), &names());
        assert!(!due(NOW + 260 * DAY) && due(NOW + 265 * DAY) && due(NOW + 9_000 * DAY));
        assert!(!due(NOW - DAY / 2) && due(NOW - 2 * DAY));
        let ca = About::of_ca(Some(NOW), names());
        assert!(!ca_is_due(&ca, Some(NOW + 6_000 * DAY), &names()));
        assert!(ca_is_due(&ca, Some(NOW + 19 * 365 * DAY), &names()));
    }

    #[test]
    fn new_names_ask_for_a_new_certificate_and_a_new_ca_only_beyond_its_bounds() {
        let more = Names::new(["music.local", "stage.local"], ["10.0.0.3".parse().unwrap()]);
        let ca = About::of_ca(Some(NOW), names());
        let server = About::of_server(Some(NOW), names().certifiable());
        assert!(!server_is_due(&server, Some(NOW), &Names::new(["music"], [])), "fewer are no news");
        assert!(server_is_due(&server, Some(NOW), &more) && !ca_is_due(&ca, Some(NOW), &more));
        let public = Names::new(["music.example.org"], []);
        assert!(ca_is_due(&ca, Some(NOW), &public));
    }
}
