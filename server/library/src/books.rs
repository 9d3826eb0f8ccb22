//! Books: what is listened to over days, and goes on where it was left.
//!
//! A track is of a book if its file is an `.m4b`, if its genre says that somebody speaks, or if it is longer than a CD
//! (80 minutes). A book is an album of such tracks; without an album it is one file, with all of its chapters. An
//! episode of a podcast is a book by itself.

use std::sync::Arc;

use downbeat_store::{TrackRow, index::album_of};
use uuid::Uuid;

/// What is longer was not made as music for one disc, seconds.
const LONG_SECONDS: f64 = 80.0 * 60.0;

/// Words that genres of books have, small and without accents and signs.
const SPOKEN: [&str; 20] = [
    "audiobook",
    "audiobooks",
    "audiobok",
    "horbuch",
    "horbucher",
    "horspiel",
    "horspiele",
    "hangoskonyv",
    "hangjatek",
    "livreaudio",
    "audiolivre",
    "audiolibro",
    "audiolibri",
    "audiolivro",
    "luisterboek",
    "lydbog",
    "lydbok",
    "ljudbok",
    "spokenword",
    "аудиокнига",
];
const PODCASTS: [&str; 2] = ["podcast", "podcasts"];

/// A book, in the order of listening.
#[derive(Debug, Clone, PartialEq)]
pub struct Book {
    /// Its title: that of the album, or of its one track.
    pub title: String,
    /// The author, as far as the tags say.
    pub author: String,
    /// Its tracks.
    pub tracks: Vec<Arc<TrackRow>>,
}

/// What the tracks of one book have in common; two tracks with the same are of one book.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BookKey {
    /// The album.
    Album(Uuid),
    /// The file.
    File(std::path::PathBuf),
}

/// The book that a track is of; `None`: it is music.
pub fn book_of(track: &TrackRow) -> Option<BookKey> {
    let joined = track.genres.is_empty().then_some(&*track.genre);
    let genres = || track.genres.iter().map(|genre| &**genre).chain(joined);
    let is_podcast = genres().any(|genre| is_one_of(genre, &PODCASTS));
    let is_m4b = track.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("m4b"));
    let is_spoken = is_podcast || is_m4b || genres().any(|genre| is_one_of(genre, &SPOKEN));
    // of a file with chapters the whole counts; of one that a sheet cuts into songs each song
    let whole = match &track.part {
        Some(part) if track.sheet.as_deref() == Some("own") => part.file_frames,
        _ => track.frames,
    };
    let is_long = whole.as_seconds(track.sample_rate) > LONG_SECONDS;
    if !is_spoken && !is_long {
        return None;
    }
    let album = if is_spoken && !is_podcast { album_of(track) } else { None };
    Some(album.map_or_else(|| BookKey::File(track.path.clone()), BookKey::Album))
}

/// True if a genre is one of these words, whatever its case, accents, blanks and signs. All tracks are asked when they
/// are counted.
fn is_one_of(genre: &str, words: &[&str]) -> bool {
    if genre.is_ascii() {
        let letters = || genre.bytes().filter(u8::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase());
        return words.iter().any(|word| letters().eq(word.bytes()));
    }
    let lower = genre.to_lowercase();
    let apart = icu_normalizer::DecomposingNormalizerBorrowed::new_nfd().normalize(&lower);
    words.iter().any(|word| apart.chars().filter(|c| c.is_alphanumeric()).eq(word.chars()))
}

impl Book {
    /// The place of a track in it.
    pub fn chapter(&self, track: &TrackRow) -> Option<usize> {
        self.tracks.iter().position(|own| own.id == track.id)
    }

    /// Seconds before this chapter.
    pub fn seconds_before(&self, chapter: usize) -> f64 {
        self.tracks.iter().take(chapter).map(|track| track.duration_seconds()).sum()
    }

    /// Its length, seconds.
    pub fn seconds(&self) -> f64 {
        self.seconds_before(self.tracks.len())
    }
}

#[cfg(test)]
mod tests {
    use downbeat_protocol::Frames;
    use downbeat_zone::Part;

    use super::*;
    use crate::tests::a_track;

    fn spoken(path: &str, genre: &str, album: &str, minutes: i64) -> TrackRow {
        a_track(path).with(|t| {
            (t.genre, t.album) = (genre.into(), album.into());
            t.frames = Frames(44_100 * 60 * minutes);
        })
    }

    #[test]
    fn a_book_is_known_by_its_file_its_genre_or_its_length() {
        let is = |path: &str, genre: &str, minutes| book_of(&spoken(path, genre, "A", minutes)).is_some();
        for genre in ["Audiobook", "Hörbuch", "HO\u{308}RBUCH", "Hör-Buch", "podcast", "Spoken Word", "Hangoskönyv"]
        {
            assert!(is("/m/1.mp3", genre, 3), "{genre}");
        }
        assert!(is("/m/1.M4B", "", 3) && is("/m/1.mp3", "", 81));
        assert!(!is("/m/1.mp3", "Speed Metal", 80) && !is("/m/1.m4a", "", 3) && !is("/m/m4b/1.mp3", "Booktrance", 3));
        let second = spoken("/m/1.mp3", "", "A", 3).with(|t| t.genres = ["Krimi".into(), "Hörspiel".into()].into());
        assert!(book_of(&second).is_some(), "any of several genres");
    }

    #[test]
    fn an_album_is_one_book_an_episode_is_one_and_so_is_a_file_with_chapters() {
        let key = |path: &str, genre: &str, album: &str, minutes| book_of(&spoken(path, genre, album, minutes));
        assert_eq!(key("/m/1.mp3", "Audiobook", "A", 3), key("/m/2.mp3", "Audiobook", "A", 3));
        assert_ne!(key("/m/1.mp3", "Audiobook", "A", 3), key("/m/2.mp3", "Audiobook", "B", 3));
        assert_ne!(key("/m/1.mp3", "Podcast", "Show", 3), key("/m/2.mp3", "Podcast", "Show", 3));
        assert_ne!(key("/m/1.mp3", "", "Ring des Nibelungen", 90), key("/m/2.mp3", "", "Ring des Nibelungen", 90));
        let part = |number, sheet: &str| {
            spoken("/m/x.mka", "", "", 10).with(|t| {
                t.sheet = Some(sheet.into());
                let first = Frames(44_100 * 600 * (i64::from(number) - 1));
                t.part = Some(Box::new(Part { number, count: 9, first, file_frames: Frames(44_100 * 5_400) }));
            })
        };
        assert!(book_of(&part(1, "own")).is_some());
        assert_eq!(book_of(&part(1, "own")), book_of(&part(2, "own")));
        assert_eq!(book_of(&part(1, "0123")), None, "a recording that a sheet cuts into songs");
    }
}
