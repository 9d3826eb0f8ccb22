//! Speakers that wait for a person. The list is bounded in all and by address, so that nobody drowns the one that is
//! meant.

use std::collections::HashMap;

use downbeat_identity::{Fingerprint, pairing::Code};

use crate::place::Place;

/// So many wait, in all and from one place.
const MOST: usize = 64;
const MOST_OF_PLACE: usize = 8;
/// So many exchanges for a code are begun a minute, in all and by one place. Each is a try of one in the middle.
const EXCHANGES: usize = 60;
const EXCHANGES_OF_PLACE: usize = 6;
/// One that was not there for so long is forgotten, seconds.
const FORGOTTEN: u64 = 86_400;
/// The most characters of a claimed name.
const NAME: usize = 64;

/// A speaker's own words about itself. They are shown, and decide nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claims {
    /// The name.
    pub name: String,
    /// The id that it had before the upgrade.
    pub id: Option<downbeat_protocol::SpeakerId>,
    /// The program and its version.
    pub version: String,
}

impl Claims {
    /// Cut, and without what could change how a list or a terminal looks.
    #[must_use]
    pub fn plain(self) -> Self {
        let plain = |text: &str| text.chars().filter(|c| is_plain(*c)).take(NAME).collect::<String>();
        Self { name: plain(&self.name).trim().to_owned(), id: self.id, version: plain(&self.version) }
    }
}

/// No control characters, and none of those that turn the direction of a text or cannot be seen.
fn is_plain(c: char) -> bool {
    !(c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'))
}

/// A speaker that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingSpeaker {
    /// Its key.
    pub key: Fingerprint,
    /// From where it is, or was last, connected.
    pub place: Place,
    /// Its own words about itself.
    pub claims: Claims,
    /// The code, once the exchange is done.
    pub code: Option<Code>,
    /// It is connected.
    pub here: bool,
    /// A person has opened it: it does not give way.
    pub opened: bool,
    /// When it was last there, seconds of a clock that always goes.
    pub seen: u64,
}

/// There is no room for one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// Too many from one place.
    #[error("8 speakers from your address wait to be adopted; adopt or refuse them first")]
    Place,
    /// Too many in all.
    #[error("64 speakers wait to be adopted; adopt or refuse some first, or use a join token")]
    All,
    /// Too many exchanges at once: it comes back.
    #[error("too many speakers ask for a code at once; this one comes back by itself")]
    Exchanges,
}

/// Those that wait.
#[derive(Debug, Default)]
pub struct Pending {
    speakers: HashMap<Fingerprint, PendingSpeaker>,
    /// The minute, and the places of the exchanges that were begun in it.
    exchanges: (u64, Vec<Place>),
}

impl Pending {
    /// Takes one in that has connected, or has come back. One that comes back keeps its code only with its old
    /// exchange.
    pub fn come(&mut self, key: Fingerprint, place: Place, claims: Claims, now: u64) -> Result<&PendingSpeaker, Full> {
        self.forget(now);
        if !self.speakers.contains_key(&key) {
            let of_place = |s: &&PendingSpeaker| s.place == place;
            if self.speakers.values().filter(of_place).count() >= MOST_OF_PLACE {
                self.give_way(Some(place)).ok_or(Full::Place)?;
            }
            if self.speakers.len() >= MOST {
                self.give_way(None).ok_or(Full::All)?;
            }
        }
        let new = || PendingSpeaker {
            key,
            place,
            claims: Claims::default(),
            code: None,
            here: true,
            opened: false,
            seen: now,
        };
        let speaker = self.speakers.entry(key).or_insert_with(new);
        (speaker.place, speaker.claims, speaker.here, speaker.seen) = (place, claims.plain(), true, now);
        Ok(speaker)
    }

    /// Counts an exchange that is to begin, ended or not. Its speaker loses the code that it had.
    pub fn begin_exchange(&mut self, key: Fingerprint, place: Place, now: u64) -> Result<(), Full> {
        let minute = now / 60;
        if self.exchanges.0 != minute {
            self.exchanges = (minute, Vec::new());
        }
        let begun = &mut self.exchanges.1;
        let of_place = begun.iter().filter(|other| **other == place).count();
        if begun.len() >= EXCHANGES || of_place >= EXCHANGES_OF_PLACE {
            return Err(Full::Exchanges);
        }
        begun.push(place);
        if let Some(speaker) = self.speakers.get_mut(&key) {
            speaker.code = None;
        }
        Ok(())
    }

    /// Notes the code of an exchange.
    pub fn agreed(&mut self, key: Fingerprint, code: Code) {
        if let Some(speaker) = self.speakers.get_mut(&key) {
            speaker.code = Some(code);
        }
    }

    /// Notes that one is gone for now.
    pub fn gone(&mut self, key: Fingerprint, now: u64) {
        if let Some(speaker) = self.speakers.get_mut(&key) {
            (speaker.here, speaker.seen) = (false, now);
        }
    }

    /// A person looks at one: it does not give way any more.
    pub fn open(&mut self, key: Fingerprint) -> Option<&PendingSpeaker> {
        let speaker = self.speakers.get_mut(&key)?;
        speaker.opened = true;
        Some(speaker)
    }

    /// The one that shows this code and is here. `None` if there is none, or two: then nobody is to be adopted by it.
    pub fn by_code(&self, code: Code) -> Option<&PendingSpeaker> {
        let mut with = self.speakers.values().filter(|s| s.code == Some(code) && s.here);
        with.next().filter(|_| with.next().is_none())
    }

    /// Takes one out: it was decided.
    pub fn decided(&mut self, key: Fingerprint) -> Option<PendingSpeaker> {
        self.speakers.remove(&key)
    }

    /// All of them, those that are here first, then the last seen.
    pub fn list(&self) -> Vec<&PendingSpeaker> {
        let mut all: Vec<_> = self.speakers.values().collect();
        all.sort_by_key(|s| (std::cmp::Reverse((s.here, s.seen)), s.key));
        all
    }

    /// Those that are gone give way to those that are here, the longest seen first; of those that are here, nobody does
    /// to a stranger of another place.
    fn give_way(&mut self, of: Option<Place>) -> Option<()> {
        let may = |s: &&PendingSpeaker| !s.opened && of.map_or(!s.here, |place| s.place == place);
        let first = self.speakers.values().filter(may).min_by_key(|s| (s.here, s.seen, s.key))?.key;
        self.speakers.remove(&first).map(drop)
    }

    fn forget(&mut self, now: u64) {
        self.speakers.retain(|_, s| s.here || now.saturating_sub(s.seen) < FORGOTTEN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u32) -> Fingerprint {
        Fingerprint::of_public_key(&n.to_be_bytes())
    }

    fn place(n: u8) -> Place {
        Place::of([10, 0, 0, n].into())
    }

    fn named(name: &str) -> Claims {
        Claims { name: name.into(), ..Claims::default() }
    }

    fn code(n: u8) -> Code {
        format!("0000-000{n}").parse().unwrap()
    }

    #[test]
    fn a_flood_from_one_address_touches_only_its_own() {
        let mut pending = Pending::default();
        pending.come(key(0), place(1), named("kitchen"), 0).unwrap();
        for n in 1..1_000 {
            pending.come(key(n), place(2), named("flood"), u64::from(n)).unwrap();
        }
        assert_eq!(pending.list().len(), 9);
        assert!(pending.list().iter().any(|s| s.claims.name == "kitchen"));
    }

    #[test]
    fn a_flood_from_everywhere_does_not_push_out_one_that_is_here_or_was_opened() {
        let mut pending = Pending::default();
        pending.come(key(0), place(200), named("kitchen"), 0).unwrap();
        pending.come(key(1), place(200), named("bath"), 0).unwrap();
        pending.open(key(1)).unwrap();
        pending.gone(key(1), 1);
        let mut full = 0;
        for n in 0..200 {
            match pending.come(key(1_000 + n), place((n % 150) as u8), named("flood"), 2) {
                Ok(_) if n % 2 == 0 => pending.gone(key(1_000 + n), 3),
                Ok(_) => {}
                Err(refused) => {
                    assert_eq!(refused, Full::All);
                    full += 1;
                }
            }
        }
        let names: Vec<_> = pending.list().iter().map(|s| s.claims.name.clone()).collect();
        assert!(names.contains(&"kitchen".to_owned()) && names.contains(&"bath".to_owned()));
        assert!(pending.list().len() == 64 && full > 0);
    }

    #[test]
    fn exchanges_are_counted_and_take_the_old_code_away() {
        let mut pending = Pending::default();
        pending.come(key(1), place(1), named("kitchen"), 0).unwrap();
        pending.begin_exchange(key(1), place(1), 0).unwrap();
        pending.agreed(key(1), code(1));
        assert_eq!(pending.by_code(code(1)).unwrap().key, key(1));
        pending.come(key(1), place(1), named("kitchen"), 5).unwrap();
        assert!(pending.by_code(code(1)).is_some(), "one that comes back with its exchange keeps its code");
        for _ in 1..EXCHANGES_OF_PLACE {
            pending.begin_exchange(key(2), place(1), 30).unwrap();
        }
        assert_eq!(pending.begin_exchange(key(1), place(1), 59), Err(Full::Exchanges), "its place's share");
        for n in EXCHANGES_OF_PLACE..EXCHANGES {
            pending.begin_exchange(key(3), place(n as u8), 59).unwrap();
        }
        assert_eq!(pending.begin_exchange(key(4), place(200), 59), Err(Full::Exchanges), "all");
        assert!(pending.by_code(code(1)).is_some(), "one that was not begun takes nothing away");
        pending.begin_exchange(key(1), place(1), 60).unwrap();
        assert_eq!(pending.by_code(code(1)), None);
    }

    #[test]
    fn a_code_names_one_that_is_here_or_nobody() {
        let mut pending = Pending::default();
        for n in [1, 2] {
            pending.come(key(n), place(1), named("x"), 0).unwrap();
            pending.agreed(key(n), code(7));
        }
        assert_eq!(pending.by_code(code(7)), None, "two");
        pending.gone(key(2), 1);
        assert_eq!(pending.by_code(code(7)).unwrap().key, key(1));
        pending.gone(key(1), 1);
        assert_eq!(pending.by_code(code(7)), None, "gone");
        assert!(pending.decided(key(1)).is_some() && pending.decided(key(1)).is_none());
        pending.come(key(3), place(1), named("y"), FORGOTTEN + 2).unwrap();
        assert_eq!(pending.list().len(), 1, "those that stay away are forgotten");
    }

    #[test]
    fn claims_are_cut_and_cannot_change_how_a_list_looks() {
        let claims = named(&format!("  Kit\u{202e}chen\x1b[2J\n{}", "x".repeat(100))).plain();
        assert!(claims.name.starts_with("Kitchen[2Jxx") && claims.name.chars().count() <= NAME, "{}", claims.name);
    }
}
