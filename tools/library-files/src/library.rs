//! The contents of the library that is made: believable, and the same in every run.
//!
//! Some facts of real collections matter for what is measured: few words are common and most are rare, few artists have
//! many albums, texts are of every script, some albums are compilations, some files have no tags. So they are here,
//! too.

use std::path::PathBuf;

/// The same numbers in every run.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Another seed is another row of numbers.
    pub fn new(seed: u64) -> Self {
        // Spread, so that neighbours do not begin alike; never zero.
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// 0..sides.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides.max(1) as u64) as usize
    }

    /// Low numbers are common, high ones rare, as words are.
    pub fn skewed(&mut self, sides: usize) -> usize {
        let (a, b) = (self.roll(sides), self.roll(sides));
        a * b / sides.max(1)
    }

    /// True in so many of a hundred.
    pub fn percent(&mut self, share: usize) -> bool {
        self.roll(100) < share
    }

    /// One of them, each as likely as the others.
    pub fn one_of<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.roll(of.len())]
    }
}

/// The kinds of files, by the fixtures of `media/` that they are copied from: how many of a hundred, and from what.
pub const MASTERS: [(usize, &str); 16] = [
    (22, "44100-stereo-vbr-lame.mp3"),
    (14, "44100-stereo-cbr-lame.mp3"),
    (9, "48000-mono-cbr-notag.mp3"),
    (18, "gapless-a.flac"),
    (6, "44100-stereo-16.flac"),
    (2, "48000-mono-24.flac"),
    (5, "44100-stereo.ogg"),
    (2, "gapless-b.ogg"),
    (4, "48000-stereo.opus"),
    (2, "48000-mono.opus"),
    (7, "44100-stereo-aac.m4a"),
    (2, "48000-mono-aac.m4a"),
    (3, "44100-stereo-alac.m4a"),
    (2, "44100-stereo-16.wav"),
    (1, "44100-mono-16.aiff"),
    (1, "44100-mono-adts.aac"),
];

/// The one file that lasts for minutes, so that something sounds on while a queue is edited; in the library's folder.
pub const LONG: &str = "A Long One.mp3";
/// So many copies of its master, one after the other: a quarter of an hour.
pub const LONG_COPIES: usize = 430;
/// The file that it is copied from: frames of a constant rate without any tag can be joined.
pub const LONG_MASTER: &str = "48000-mono-cbr-notag.mp3";

/// A picture of an album.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// There is none.
    None,
    /// In each of its files.
    Embedded,
    /// `cover.jpg` beside them.
    Beside,
}

/// The tags of a file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tags {
    /// Empty where nothing is said, as all texts.
    pub title: String,
    /// Each is a value of its own.
    pub artists: Vec<String>,
    /// The album.
    pub album: String,
    /// The album's artist.
    pub album_artist: String,
    /// Each is a value of its own.
    pub genres: Vec<String>,
    /// The composer.
    pub composer: Option<String>,
    /// The year of the recording.
    pub year: Option<usize>,
    /// The place on its disc, from 1.
    pub number: usize,
    /// The disc, from 1.
    pub disc: Option<usize>,
    /// Gain in dB and peak, of the track and of its album.
    pub replay_gain: Option<[f64; 4]>,
}

/// One file.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// Below the library's folder.
    pub path: PathBuf,
    /// The fixture that it is a copy of.
    pub master: &'static str,
    /// No tags at all: none.
    pub tags: Option<Tags>,
}

/// The files of one folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Album {
    /// Below the library's folder.
    pub folder: PathBuf,
    /// The place of its picture.
    pub picture: Picture,
    /// The seed that its picture is drawn by.
    pub seed: u64,
    /// In the order of the album.
    pub files: Vec<File>,
}

const SYLLABLES: [&str; 32] = [
    "lo", "ve", "ra", "dio", "mi", "da", "ne", "quee", "tor", "san", "bel", "ka", "ri", "os", "hea", "ven", "blu",
    "go", "ld", "en", "sta", "ny", "ter", "é", "mor", "ning", "sh", "ö", "wi", "th", "ar", "un",
];
const CYRILLIC: [&str; 12] = ["мо", "ре", "не", "бо", "ве", "тер", "ночь", "ка", "ли", "на", "дор", "ога"];
const GREEK: [&str; 10] = ["θά", "λα", "σσα", "νύ", "χτα", "με", "ρα", "φως", "πό", "λη"];
const KANJI: [&str; 16] =
    ["夜", "空", "海", "花", "風", "雨", "光", "夢", "山", "川", "恋", "歌", "星", "月", "雪", "春"];
const HANGUL: [&str; 10] = ["사", "랑", "하", "늘", "바", "다", "노", "래", "별", "빛"];

/// How many words of each script there are.
const WORDS: usize = 30_000;

fn word(number: usize, syllables: &[&str]) -> String {
    let mut number = number + syllables.len();
    let mut word = String::new();
    while number > 0 {
        word.push_str(syllables[number % syllables.len()]);
        number /= syllables.len();
    }
    word
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// One to `most` words of the same script.
fn words(dice: &mut Dice, most: usize) -> String {
    let (script, range): (&[&str], usize) = match dice.roll(100) {
        0..=3 => (&CYRILLIC, 3_000),
        4..=5 => (&GREEK, 2_000),
        6..=8 => (&KANJI, 3_000),
        9..=10 => (&HANGUL, 2_000),
        _ => (&SYLLABLES, WORDS),
    };
    let count = 1 + dice.roll(most);
    let words: Vec<String> = (0..count).map(|_| capital(&word(dice.skewed(range), script))).collect();
    words.join(" ")
}

/// A name that a file system takes.
fn file_name(text: &str) -> String {
    text.chars().map(|c| if matches!(c, '/' | '\0') { '_' } else { c }).take(60).collect()
}

struct Artist {
    name: String,
    genres: Vec<String>,
}

/// The albums of a library of so many files; the long one is one more, and counted.
pub fn library(files: usize) -> Vec<Album> {
    let mut dice = Dice::new(2_026);
    let genres: Vec<String> = (0..90).map(|i| capital(&word(i * 7, &SYLLABLES))).collect();
    let artists: Vec<Artist> = (0..(files / 40).max(3))
        .map(|_| Artist {
            name: if dice.percent(15) { format!("The {}", words(&mut dice, 2)) } else { words(&mut dice, 3) },
            genres: (0..=dice.roll(2)).map(|_| genres[dice.skewed(genres.len())].clone()).collect(),
        })
        .collect();
    let mut left = files.saturating_sub(1);
    let mut albums = Vec::new();
    while left > 0 {
        let album = album(&mut dice, &artists, albums.len(), left);
        left -= album.files.len();
        albums.push(album);
    }
    albums
}

fn album(dice: &mut Dice, artists: &[Artist], number: usize, most: usize) -> Album {
    let compilation = dice.percent(8);
    let leader = &artists[dice.skewed(artists.len())];
    let album_artist = if compilation { "Various Artists" } else { &leader.name };
    let title = words(dice, 4);
    let year = (!dice.percent(4)).then(|| 1955 + dice.roll(71));
    let discs = if dice.percent(6) { 2 } else { 1 };
    let count = (1 + dice.roll(12) + dice.roll(14)).min(most);
    // One kind of file an album, as people copy albums.
    let master = master(dice.roll(100));
    let gains = dice.percent(30);
    let untagged = dice.percent(1);
    let picture = match dice.roll(100) {
        0..=19 => Picture::Embedded,
        20..=64 => Picture::Beside,
        _ => Picture::None,
    };
    let year_text = year.map(|y| format!(" ({y})")).unwrap_or_default();
    // The number keeps two albums of one name apart.
    let folder = PathBuf::from(file_name(album_artist)).join(file_name(&format!("{title}{year_text} {number}")));
    let mut files = Vec::with_capacity(count);
    for index in 0..count {
        let (disc, on_disc) =
            if index * 2 >= count && discs == 2 { (2, index - count.div_ceil(2)) } else { (1, index) };
        let mut singers = vec![if compilation { &artists[dice.skewed(artists.len())] } else { leader }];
        if dice.percent(8) {
            singers.push(dice.one_of(artists));
        }
        let track = words(dice, 5);
        let tags = Tags {
            title: track.clone(),
            artists: singers.iter().map(|a| a.name.clone()).collect(),
            album: title.clone(),
            album_artist: album_artist.to_owned(),
            genres: singers[0].genres.clone(),
            composer: dice.percent(20).then(|| words(dice, 2)),
            year,
            number: on_disc + 1,
            disc: (discs == 2).then_some(disc),
            replay_gain: gains.then(|| [-(dice.roll(120) as f64) / 10.0, 0.97, -7.4, 0.99]),
        };
        let ending = master.rsplit_once('.').map_or("", |(_, ending)| ending);
        let name = file_name(&format!("{disc}-{:02} {track}", on_disc + 1));
        let path = folder.join(format!("{name}.{ending}"));
        files.push(File { path, master, tags: (!untagged).then_some(tags) });
    }
    Album { folder, picture, seed: number as u64, files }
}

fn master(mut roll: usize) -> &'static str {
    for (share, name) in MASTERS {
        if roll < share {
            return name;
        }
        roll -= share;
    }
    MASTERS[0].1
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn it_is_the_same_every_time_and_as_large_as_asked_for() {
        let albums = library(5_000);
        assert_eq!(albums, library(5_000));
        let paths: Vec<&PathBuf> = albums.iter().flat_map(|a| &a.files).map(|f| &f.path).collect();
        assert_eq!(paths.len() + 1, 5_000, "and the long one");
        assert_eq!(paths.iter().collect::<HashSet<_>>().len(), paths.len(), "no two at one place");
        assert!((300..600).contains(&albums.len()), "{} albums", albums.len());
    }

    #[test]
    fn every_kind_of_file_and_of_text_is_there() {
        assert_eq!(MASTERS.iter().map(|(share, _)| share).sum::<usize>(), 100);
        let albums = library(20_000);
        let kinds: HashSet<&str> = albums.iter().flat_map(|a| &a.files).map(|f| f.master).collect();
        assert_eq!(kinds.len(), MASTERS.len());
        let tags: Vec<&Tags> = albums.iter().flat_map(|a| &a.files).filter_map(|f| f.tags.as_ref()).collect();
        assert!(tags.iter().any(|t| !t.title.is_ascii()) && tags.iter().any(|t| t.replay_gain.is_some()));
        assert!(tags.iter().any(|t| t.artists.len() > 1) && tags.iter().any(|t| t.disc == Some(2)));
        assert!(albums.iter().any(|a| a.files.iter().all(|f| f.tags.is_none())));
        for picture in [Picture::None, Picture::Embedded, Picture::Beside] {
            assert!(albums.iter().any(|a| a.picture == picture));
        }
    }
}
