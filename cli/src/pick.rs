//! From what a person typed to what is meant.

use crate::{
    error::CliError,
    listing::Listing,
    model::{Speaker, Track},
};

/// The place where tracks are found.
pub(crate) trait Library {
    /// The track of this id.
    async fn by_id(&self, id: &str) -> Result<Option<Track>, CliError>;
    /// The track at this place of the whole list, from 0.
    async fn at(&self, index: usize) -> Result<Option<Track>, CliError>;
    /// Those that match every word, in the order of the list.
    async fn search(&self, words: &str) -> Result<Vec<Track>, CliError>;
}

/// The tracks meant by `words`, in order. Each word may be an id or a number in `listing` (or, without a listing, in
/// the whole library). What is left is read as one search (`play slow river`) or, if nothing matches all of it, as one
/// search a word (`play river tide`, or `play "slow river" tide`).
pub(crate) async fn tracks(
    words: &[String],
    library: &impl Library,
    listing: Option<&Listing>,
) -> Result<Vec<Track>, CliError> {
    let mut picked = Vec::new();
    let mut search: Vec<&str> = Vec::new();
    for word in words {
        if let Some(track) = direct(word, library, listing).await? {
            flush(&mut search, library, &mut picked).await?;
            picked.push(track);
        } else {
            search.push(word);
        }
    }
    flush(&mut search, library, &mut picked).await?;
    Ok(picked)
}

/// The track with this id or number, if it is one.
async fn direct(word: &str, library: &impl Library, listing: Option<&Listing>) -> Result<Option<Track>, CliError> {
    if is_id(word) {
        return library.by_id(word).await;
    }
    let Ok(number) = word.parse::<usize>() else { return Ok(None) };
    let found = match (listing, number.checked_sub(1)) {
        (Some(listing), _) => match listing.id(number) {
            Some(id) => library.by_id(id).await?,
            None => None,
        },
        (None, Some(index)) => library.at(index).await?,
        (None, None) => None,
    };
    // A title may be a number ("1999"): only if that fails, too, is it said that there is no such one.
    if found.is_none() && matching(word, library).await?.is_empty() {
        return Err(CliError::NotFound(format!(
            "the last listing has no number {number}; 'downbeat tracks' lists anew"
        )));
    }
    Ok(found)
}

/// True if it looks like a track's id, so that not every word is asked for.
fn is_id(word: &str) -> bool {
    let places = [8, 13, 18, 23];
    word.len() == 36
        && word.bytes().enumerate().all(|(i, b)| if places.contains(&i) { b == b'-' } else { b.is_ascii_hexdigit() })
}

async fn flush(search: &mut Vec<&str>, library: &impl Library, picked: &mut Vec<Track>) -> Result<(), CliError> {
    let words = std::mem::take(search);
    if words.is_empty() {
        return Ok(());
    }
    let together = matching(&words.join(" "), library).await?;
    if !together.is_empty() {
        picked.extend(together);
        return Ok(());
    }
    for word in words {
        let found = matching(word, library).await?;
        if found.is_empty() {
            return Err(CliError::NotFound(format!(
                "no track matches '{word}'; 'downbeat search' forgives errors of typing, 'downbeat tracks' lists all"
            )));
        }
        picked.extend(found);
    }
    Ok(())
}

/// The tracks that match every word of `search`; if some have it as their whole title, only those. A track that cannot
/// be played is left out.
async fn matching(search: &str, library: &impl Library) -> Result<Vec<Track>, CliError> {
    let mut found = library.search(search).await?;
    found.retain(|track| track.fault.is_none());
    let wanted = search.to_lowercase();
    let is_whole = |track: &Track| track.title.as_ref().is_some_and(|title| title.to_lowercase() == wanted);
    if found.iter().any(is_whole) {
        found.retain(is_whole);
    }
    Ok(found)
}

/// The one speaker meant by `name`: its id, its name, or the beginning of either.
pub fn speaker<'a>(name: &str, speakers: &'a [Speaker]) -> Result<&'a Speaker, CliError> {
    let wanted = name.to_lowercase();
    let exact = speakers.iter().filter(|speaker| speaker.id == name || speaker.name.to_lowercase() == wanted);
    let begins = speakers
        .iter()
        .filter(|speaker| speaker.name.to_lowercase().starts_with(&wanted) || speaker.id.starts_with(name));
    let exact: Vec<_> = exact.collect();
    // of several of one name the one that is there is meant, not those that are gone
    if let [one] = exact.iter().filter(|speaker| speaker.connected).collect::<Vec<_>>().as_slice() {
        return Ok(one);
    }
    for found in [exact, begins.collect()] {
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

    const A: &str = "00000000-0000-4000-8000-00000000000a";
    const B: &str = "00000000-0000-4000-8000-00000000000b";
    const C: &str = "00000000-0000-4000-8000-00000000000c";
    const D: &str = "00000000-0000-4000-8000-00000000000d";

    impl Library for Vec<Track> {
        async fn by_id(&self, id: &str) -> Result<Option<Track>, CliError> {
            Ok(self.iter().find(|track| track.id == id).cloned())
        }

        async fn at(&self, index: usize) -> Result<Option<Track>, CliError> {
            Ok(self.get(index).cloned())
        }

        async fn search(&self, words: &str) -> Result<Vec<Track>, CliError> {
            let words = words.to_lowercase();
            let text = |t: &Track| format!("{} {}", t.title.clone().unwrap(), t.artist.clone().unwrap()).to_lowercase();
            let found = self.iter().filter(|t| words.split_whitespace().all(|word| text(t).contains(word)));
            Ok(found.cloned().collect())
        }
    }

    fn library() -> Vec<Track> {
        let track = |id: &str, title: &str, artist: &str| Track {
            id: id.into(),
            title: Some(title.into()),
            artist: Some(artist.into()),
            ..Track::default()
        };
        vec![
            track(A, "Slow River", "Mill Lane"),
            track(B, "River", "Mill Lane"),
            track(C, "Tide", "Harbour"),
            track(D, "1999", "Harbour"),
            Track { fault: Some("empty file".into()), ..track("e", "River broken", "Harbour") },
        ]
    }

    async fn ids(words: &[&str], listing: Option<&Listing>) -> Result<Vec<String>, String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let picked = tracks(&words, &library(), listing).await;
        picked.map(|tracks| tracks.into_iter().map(|track| track.id).collect()).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn ids_numbers_and_words() {
        let listing = Listing { server: String::new(), tracks: vec![C.into(), A.into()] };
        assert_eq!(ids(&["1", "2"], Some(&listing)).await.unwrap(), [C, A]);
        assert_eq!(ids(&["1", B], None).await.unwrap(), [A, B]);
        assert_eq!(ids(&["slow", "river"], None).await.unwrap(), [A]);
        assert_eq!(ids(&["mill"], None).await.unwrap(), [A, B]);
        assert_eq!(ids(&["river"], None).await.unwrap(), [B], "a whole title comes before a part of one");
        assert_eq!(ids(&["tide", "slow"], None).await.unwrap(), [C, A], "no track has both: one search each");
        assert_eq!(ids(&["tide", "1", "slow river"], None).await.unwrap(), [C, A, A], "the order is kept");
    }

    #[tokio::test]
    async fn a_title_may_be_a_number() {
        assert_eq!(ids(&["1999"], None).await.unwrap(), [D]);
        assert!(ids(&["77"], None).await.unwrap_err().contains("no number 77"));
    }

    #[tokio::test]
    async fn what_matches_nothing_or_cannot_be_played_is_said() {
        assert!(ids(&["polka"], None).await.unwrap_err().contains("'polka'"));
        assert!(ids(&["broken"], None).await.is_err());
    }

    #[test]
    fn speakers_by_name_or_its_beginning() {
        let make = |id: &str, name: &str| Speaker { id: id.into(), name: name.into(), ..Speaker::default() };
        let all = [make("1a", "Kitchen"), make("2b", "Kitchen door"), make("3c", "Attic")];
        assert_eq!(speaker("kitchen", &all).unwrap().id, "1a");
        assert_eq!(speaker("att", &all).unwrap().id, "3c");
        assert_eq!(speaker("2b", &all).unwrap().name, "Kitchen door");
        assert!(speaker("kit", &all).unwrap_err().to_string().contains("Kitchen door (2b)"));
        let mut ghosts = vec![make("5e", "Bath"), make("6f", "Bath"), make("7a", "bath")];
        assert!(speaker("bath", &ghosts).is_err());
        ghosts[1].connected = true;
        assert_eq!(speaker("bath", &ghosts).unwrap().id, "6f", "the one that is there");
        assert_eq!(speaker("5e", &ghosts).unwrap().id, "5e");
        assert!(speaker("cellar", &all).unwrap_err().to_string().contains("known: Kitchen, Kitchen door, Attic"));
    }
}
