//! A thing that calls change, as it looks at one moment: the audit tells `before` and `after` from two such glances.

use std::fmt::Write as _;

use downbeat_protocol::{SpeakerId, TrackId, ZoneId};
use downbeat_trust::rights::{Bound, Role};
use uuid::Uuid;

use crate::{access::Access, conductor::Conductor};

/// The most characters of one value.
const MOST: usize = 80;

/// A thing that calls change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thing {
    /// A zone.
    Zone(ZoneId),
    /// A speaker.
    Speaker(SpeakerId),
    /// A user.
    User(String),
    /// An API token.
    Token(Uuid),
    /// A preset.
    Preset(Uuid),
    /// A playlist.
    Playlist(Uuid),
    /// A track.
    Track(TrackId),
}

/// The look of a thing: what people set of it, in short, and no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The kind and the name.
    pub name: String,
    facts: Vec<(&'static str, String)>,
}

/// The eyes; clones share what they see.
#[derive(Clone)]
pub struct Eyes {
    /// Sees zones, speakers, tracks, and what the store has.
    pub conductor: Conductor,
    /// Sees users and tokens.
    pub access: Access,
}

impl Look {
    fn new(kind: &str, name: &str) -> Self {
        Self { name: format!("{kind} {}", cut(name)), facts: vec![("name", cut(name))] }
    }

    #[expect(clippy::needless_pass_by_value, reason = "a row of facts is easier to read so")]
    fn fact(mut self, key: &'static str, value: impl ToString) -> Self {
        self.facts.push((key, cut(&value.to_string())));
        self
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.facts.iter().find(|(k, _)| *k == key).map(|(_, value)| value.as_str())
    }

    /// The facts that `other` does not share, as a text.
    pub fn beside(&self, other: Option<&Self>) -> String {
        let mut text = String::new();
        for (key, value) in &self.facts {
            if other.and_then(|other| other.get(key)) != Some(value) {
                let comma = if text.is_empty() { "" } else { ", " };
                let _ = write!(text, "{comma}{key} {}", if value.is_empty() { "-" } else { value });
            }
        }
        text
    }
}

fn cut(text: &str) -> String {
    let mut chars = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut cut: String = chars.by_ref().take(MOST).collect();
    if chars.next().is_some() {
        cut.push('…');
    }
    cut
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn bound(bound: Option<&Bound>) -> String {
    let Some(bound) = bound else { return "nothing".into() };
    let zones = bound.zones.iter().map(|zone| format!("zone {zone}"));
    let labels = bound.labels.iter().map(|(key, value)| format!("{key}={value}"));
    zones.chain(labels).collect::<Vec<_>>().join(" ")
}

impl Eyes {
    /// The thing that a path names: `parameters` are those of the path.
    pub async fn named_by(&self, path: &str, parameters: &[(String, String)]) -> Option<Thing> {
        let (_, value) = parameters.first()?;
        let kind = path.strip_prefix("/api/")?.split('/').next()?;
        match kind {
            "users" => Some(Thing::User(value.clone())),
            "tokens" => value.parse().ok().map(Thing::Token),
            "playlists" => value.parse().ok().map(Thing::Playlist),
            "tracks" => value.parse().ok().map(Thing::Track),
            "presets" => self.conductor.preset(value).await.ok().map(|preset| Thing::Preset(preset.id)),
            "speakers" => self.conductor.find_speaker(value).ok().map(Thing::Speaker),
            _ => None,
        }
    }

    /// The look of a thing; `None` if it is not there.
    pub async fn look(&self, thing: &Thing) -> Option<Look> {
        match thing {
            Thing::Preset(id) => {
                let preset = self.conductor.preset(&id.to_string()).await.ok()?;
                let speakers: usize = preset.zones.iter().map(|zone| zone.speakers.len()).sum();
                let look = Look::new("preset", &preset.name).fact("zones", preset.zones.len());
                Some(look.fact("speakers", speakers).fact("saved", preset.saved.to_rfc3339()))
            }
            Thing::Playlist(id) => {
                let list = self.conductor.store().playlist(*id).await.ok()?;
                let look = Look::new("playlist", &list.name).fact("entries", list.entries);
                Some(look.fact("rule", list.rule.unwrap_or_default()))
            }
            other => look_at(&self.conductor, other).or_else(|| self.person_or_token(other)),
        }
    }

    fn person_or_token(&self, thing: &Thing) -> Option<Look> {
        let people = self.access.people();
        match thing {
            Thing::User(name) => {
                let user = people.user(name)?;
                let role = if user.role == Role::Admin { "admin" } else { "operator" };
                let most = user.max_volume.map_or_else(|| "any".into(), |most| most.percent().to_string());
                let look =
                    Look::new("user", &user.name).fact("role", role).fact("bound to", bound(user.bound.as_ref()));
                Some(look.fact("greatest volume", most))
            }
            Thing::Token(id) => {
                let token = people.tokens().into_iter().find(|token| token.id == *id)?;
                let scopes = token.scopes.as_ref().map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>());
                let look = Look::new("token", &token.name).fact("user", &token.user);
                let look = look.fact("scopes", scopes.map_or_else(|| "all".into(), |all| all.join(" ")));
                Some(look.fact("bound to", bound(token.bound.as_ref())).fact("ends", token.ends))
            }
            _ => None,
        }
    }
}

/// The look of a thing that is in memory.
pub fn look_at(conductor: &Conductor, thing: &Thing) -> Option<Look> {
    match thing {
        Thing::Zone(id) => zone(conductor, *id),
        Thing::Speaker(id) => speaker(conductor, *id),
        Thing::Track(id) => track(conductor, *id),
        Thing::User(_) | Thing::Token(_) | Thing::Preset(_) | Thing::Playlist(_) => None,
    }
}

fn zone(conductor: &Conductor, id: ZoneId) -> Option<Look> {
    let view = conductor.zone(id).ok()?;
    let title = view.entry.as_ref().map_or_else(String::new, |entry| entry.track().title.to_string());
    let modes = &view.modes;
    let look = Look::new("zone", &view.name)
        .fact("volume", view.volume.percent())
        .fact("muted", yes(view.muted))
        .fact("open to guests", yes(view.open_to_guests))
        .fact("state", format!("{:?}", view.state).to_lowercase())
        .fact("track", title)
        .fact("queue", view.queue_length)
        .fact("repeat", format!("{:?}", modes.repeat).to_lowercase())
        .fact("shuffle", yes(modes.shuffle.is_some()))
        .fact("crossfade us", modes.crossfade_us)
        .fact("waiting", view.pending.len());
    Some(look)
}

fn speaker(conductor: &Conductor, id: SpeakerId) -> Option<Look> {
    let row = conductor.fleet().look_at(&[id], |speaker| Some(speaker.row.clone())).pop()?;
    let zone = conductor.zone(row.zone).map_or_else(|_| row.zone.to_string(), |view| view.name);
    let labels: Vec<_> = row.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let look = Look::new("speaker", &row.name)
        .fact("zone", zone)
        .fact("volume", row.volume.percent())
        .fact("muted", yes(row.muted))
        .fact("delay us", row.output_delay_us)
        .fact("least volume", row.min_volume.percent())
        .fact("greatest volume", row.max_volume.percent())
        .fact("channels", format!("{:?}", row.channels).to_lowercase())
        .fact("labels", labels.join(" "));
    Some(look)
}

fn track(conductor: &Conductor, id: TrackId) -> Option<Look> {
    let row = conductor.library().catalog().get(id)?;
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    let look = Look::new("track", &row.title)
        .fact("artist", row.artists.join("; "))
        .fact("album", &row.album)
        .fact("album artist", row.album_artists.join("; "))
        .fact("genre", row.genres.join("; "))
        .fact("composer", &row.composer)
        .fact("year", number(row.year))
        .fact("number", number(row.track_no))
        .fact("disc", number(row.disc_no))
        .fact("rating", conductor.store().mark(id).rating.map(|rating| rating.to_string()).unwrap_or_default())
        .fact("file", row.path.display())
        .fact("there", yes(row.available));
    Some(look)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_glances_only_the_difference_is_told_and_no_text_is_long() {
        let before = Look::new("zone", "Bar").fact("volume", 40).fact("muted", "no");
        let after = Look::new("zone", "Bar").fact("volume", 55).fact("muted", "no");
        assert_eq!(
            (before.beside(Some(&after)), after.beside(Some(&before))),
            ("volume 40".into(), "volume 55".into())
        );
        assert_eq!(after.beside(None), "name Bar, volume 55, muted no", "all of what was made");
        assert_eq!(before.beside(Some(&before)), "");
        assert_eq!(before.fact("track", "").beside(Some(&after)), "volume 40, track -");
        let long = Look::new("zone", &"ü\n".repeat(500));
        assert!(long.name.chars().count() < 90 && !long.name.contains('\n'), "{}", long.name);
    }
}
