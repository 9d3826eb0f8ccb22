//! From what a person typed to what is meant.

use crate::{
    error::CliError,
    listing::Listing,
    model::{Speaker, Track},
};

/// The tracks meant by `words`, in order. Each word may be an id or a number in `listing` (or, without a listing, in
/// the whole library). What is left is read as one search (`play slow river`) or, if nothing matches all of it, as one
/// search a word (`play river tide`, or `play "slow river" tide`).
pub fn tracks<'a>(
    words: &[String],
    library: &'a [Track],
    listing: Option<&Listing>,
) -> Result<Vec<&'a Track>, CliError> {
    let mut picked = Vec::new();
    let mut search: Vec<&str> = Vec::new();
    for word in words {
        if let Some(track) = direct(word, library, listing)? {
            flush(&mut search, library, &mut picked)?;
            picked.push(track);
        } else {
            search.push(word);
        }
    }
    flush(&mut search, library, &mut picked)?;
    Ok(picked)
}

/// The track with this id or number, if it is one.
fn direct<'a>(word: &str, library: &'a [Track], listing: Option<&Listing>) -> Result<Option<&'a Track>, CliError> {
    if let Some(track) = library.iter().find(|track| track.id == word) {
        return Ok(Some(track));
    }
    let Ok(number) = word.parse::<usize>() else { return Ok(None) };
    let found = match listing {
        Some(listing) => listing.id(number).and_then(|id| library.iter().find(|track| track.id == id)),
        None => number.checked_sub(1).and_then(|index| library.get(index)),
    };
    // A title may be a number ("1999"): only if that fails, too, is it said that there is no such one.
    if found.is_none() && matching(word, library).is_empty() {
        return Err(CliError::NotFound(format!(
            "the last listing has no number {number}; 'downbeat tracks' lists anew"
        )));
    }
    Ok(found)
}

fn flush<'a>(search: &mut Vec<&str>, library: &'a [Track], picked: &mut Vec<&'a Track>) -> Result<(), CliError> {
    let words = std::mem::take(search);
    if words.is_empty() {
        return Ok(());
    }
    let together = matching(&words.join(" "), library);
    if !together.is_empty() {
        picked.extend(together);
        return Ok(());
    }
    for word in words {
        let found = matching(word, library);
        if found.is_empty() {
            return Err(CliError::NotFound(format!("no track matches '{word}'; 'downbeat tracks' lists them all")));
        }
        picked.extend(found);
    }
    Ok(())
}

/// The tracks that have every word of `search` in title, artist or album; if some have it as their whole title, only
/// those. What cannot be played is left out.
pub fn matching<'a>(search: &str, library: &'a [Track]) -> Vec<&'a Track> {
    let search = search.to_lowercase();
    let words: Vec<&str> = search.split_whitespace().collect();
    let found: Vec<&Track> = library
        .iter()
        .filter(|track| track.fault.is_none())
        .filter(|track| {
            let text = [&track.title, &track.artist, &track.album]
                .into_iter()
                .flatten()
                .map(|text| text.to_lowercase())
                .collect::<Vec<_>>()
                .join("\n");
            words.iter().all(|word| text.contains(word))
        })
        .collect();
    let whole: Vec<&Track> = found
        .iter()
        .copied()
        .filter(|track| track.title.as_ref().is_some_and(|title| title.to_lowercase() == search))
        .collect();
    if whole.is_empty() { found } else { whole }
}

/// The one speaker meant by `name`: its id, its name, or the beginning of either.
pub fn speaker<'a>(name: &str, speakers: &'a [Speaker]) -> Result<&'a Speaker, CliError> {
    let wanted = name.to_lowercase();
    let exact = speakers.iter().filter(|speaker| speaker.id == name || speaker.name.to_lowercase() == wanted);
    let begins = speakers
        .iter()
        .filter(|speaker| speaker.name.to_lowercase().starts_with(&wanted) || speaker.id.starts_with(name));
    for found in [exact.collect::<Vec<_>>(), begins.collect()] {
        match found.as_slice() {
            [] => {}
            [one] => return Ok(one),
            several => {
                let names: Vec<_> =
                    several.iter().map(|speaker| format!("{} ({})", speaker.name, speaker.id)).collect();
                return Err(CliError::NotFound(format!("'{name}' may be any of: {}", names.join(", "))));
            }
        }
    }
    let names: Vec<_> = speakers.iter().map(|speaker| speaker.name.as_str()).collect();
    let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    Err(CliError::NotFound(format!("no speaker is named '{name}'; known: {known}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library() -> Vec<Track> {
        let track = |id: &str, title: &str, artist: &str| Track {
            id: id.into(),
            title: Some(title.into()),
            artist: Some(artist.into()),
            ..Track::default()
        };
        vec![
            track("a", "Slow River", "Mill Lane"),
            track("b", "River", "Mill Lane"),
            track("c", "Tide", "Harbour"),
            track("d", "1999", "Harbour"),
            Track { fault: Some("empty file".into()), ..track("e", "River broken", "Harbour") },
        ]
    }

    fn ids(words: &[&str], listing: Option<&Listing>) -> Result<Vec<String>, String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        tracks(&words, &library(), listing)
            .map(|tracks| tracks.iter().map(|track| track.id.clone()).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn ids_numbers_and_words() {
        let listing = Listing { server: String::new(), tracks: vec!["c".into(), "a".into()] };
        assert_eq!(ids(&["1", "2"], Some(&listing)).unwrap(), ["c", "a"]);
        assert_eq!(ids(&["1", "b"], None).unwrap(), ["a", "b"]);
        assert_eq!(ids(&["slow", "river"], None).unwrap(), ["a"]);
        assert_eq!(ids(&["mill"], None).unwrap(), ["a", "b"]);
        assert_eq!(ids(&["river"], None).unwrap(), ["b"], "a whole title comes before a part of one");
        assert_eq!(ids(&["tide", "slow"], None).unwrap(), ["c", "a"], "no track has both: one search each");
        assert_eq!(ids(&["tide", "1", "slow river"], None).unwrap(), ["c", "a", "a"], "the order is kept");
    }

    #[test]
    fn a_title_may_be_a_number() {
        assert_eq!(ids(&["1999"], None).unwrap(), ["d"]);
        assert!(ids(&["77"], None).unwrap_err().contains("no number 77"));
    }

    #[test]
    fn what_matches_nothing_or_cannot_be_played_is_said() {
        assert!(ids(&["polka"], None).unwrap_err().contains("'polka'"));
        assert!(ids(&["broken"], None).is_err());
    }

    #[test]
    fn speakers_by_name_or_its_beginning() {
        let make = |id: &str, name: &str| Speaker { id: id.into(), name: name.into(), ..Speaker::default() };
        let all = [make("1a", "Kitchen"), make("2b", "Kitchen door"), make("3c", "Attic")];
        assert_eq!(speaker("kitchen", &all).unwrap().id, "1a");
        assert_eq!(speaker("att", &all).unwrap().id, "3c");
        assert_eq!(speaker("2b", &all).unwrap().name, "Kitchen door");
        assert!(speaker("kit", &all).unwrap_err().to_string().contains("Kitchen door (2b)"));
        assert!(speaker("cellar", &all).unwrap_err().to_string().contains("known: Kitchen, Kitchen door, Attic"));
    }
}
