//! What a library holds, and what it lacks: counted in one pass over the tracks in memory.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::Hash,
    sync::Arc,
};

use downbeat_protocol::TrackId;

use super::{TrackRow, Turning, books::book_of};

/// Groups of doubles, and reasons of faults, that are named.
const NAMED: usize = 100;

/// Some tracks.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Share {
    /// How many.
    pub tracks: u64,
    /// Their length, seconds.
    pub seconds: f64,
    /// The size of their files, bytes; a file that holds several tracks counts at its first.
    pub bytes: u64,
}

impl Share {
    fn add(&mut self, track: &TrackRow) {
        self.tracks += 1;
        self.seconds += track.duration_seconds();
        if track.part.as_ref().is_none_or(|part| part.number <= 1) {
            self.bytes += track.file_bytes();
        }
    }
}

/// What a library holds and lacks. Everything but `gone` is of tracks whose files are there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stats {
    /// All tracks.
    pub all: Share,
    /// Tracks whose files are not there.
    pub gone: u64,
    /// Files.
    pub files: u64,
    /// By the kind of file, the most first.
    pub formats: Vec<(String, Share)>,
    /// By frames a second, of those that can be played.
    pub rates: Vec<(u32, Share)>,
    /// By channels, of those that can be played.
    pub channels: Vec<(u16, Share)>,
    /// Tracks of books.
    pub spoken: Share,
    /// Tracks without an artist, an album, a year, a picture, a genre, a number; and whose loudness is not known.
    pub lacks: Lacks,
    /// Files whose bytes are those of another.
    pub doubles: Doubles,
    /// Faults by their reasons, the most frequent first.
    pub faults: Vec<(String, u64)>,
    /// Faults of all reasons.
    pub faulty: u64,
    /// Tracks that play, though something is wrong with their files.
    pub warned: u64,
    /// How far files are that ffmpeg turns.
    pub turning: Turned,
}

/// How many tracks lack what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lacks {
    /// No artist.
    pub artist: u64,
    /// No album.
    pub album: u64,
    /// No year.
    pub year: u64,
    /// No genre.
    pub genre: u64,
    /// No number on the disc.
    pub number: u64,
    /// No picture.
    pub cover: u64,
    /// No measured or told loudness.
    pub loudness: u64,
}

/// Files with the same bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Doubles {
    /// Groups of them.
    pub groups: u64,
    /// Files that could go, and nothing would be lost.
    pub surplus: u64,
    /// Their size, bytes.
    pub bytes: u64,
    /// A track of each file of the first groups, those that take the most room first.
    pub named: Vec<Vec<TrackId>>,
}

/// Tracks of kinds that ffmpeg turns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turned {
    /// Wait for their turn.
    pub waiting: u64,
    /// Wait for ffmpeg.
    pub needs_ffmpeg: u64,
    /// Could not be turned.
    pub failed: u64,
    /// Were turned.
    pub done: u64,
}

impl Stats {
    /// Counts.
    pub fn of(tracks: &[Arc<TrackRow>]) -> Self {
        let mut stats = Self::default();
        let (mut formats, mut rates, mut channels) = (HashMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut faults: HashMap<&str, u64> = HashMap::new();
        let mut by_hash: HashMap<&str, Vec<&TrackRow>> = HashMap::new();
        let mut cut: HashSet<&std::path::Path> = HashSet::new();
        for track in tracks.iter().map(|track| &**track) {
            if !track.available {
                stats.gone += 1;
                continue;
            }
            stats.all.add(track);
            formats.entry(track.file_format()).or_insert_with(Share::default).add(track);
            let is_first = track.part.is_none() || cut.insert(&track.path);
            stats.files += u64::from(is_first);
            if is_first && !track.file_hash().is_empty() {
                by_hash.entry(track.file_hash()).or_default().push(track);
            }
            if book_of(track).is_some() {
                stats.spoken.add(track);
            }
            if let Some(fault) = &track.fault {
                *faults.entry(fault).or_default() += 1;
            } else {
                rates.entry(track.sample_rate).or_insert_with(Share::default).add(track);
                channels.entry(track.channels).or_insert_with(Share::default).add(track);
            }
            stats.warned += u64::from(track.warning.is_some());
            stats.lacks.add(track);
            stats.turning.add(track);
        }
        stats.formats = by_count(formats.into_iter().map(|(format, share)| (format.to_owned(), share)));
        stats.rates = rates.into_iter().collect();
        stats.channels = channels.into_iter().collect();
        stats.faulty = faults.values().sum();
        let mut faults: Vec<_> = faults.into_iter().map(|(reason, count)| (reason.to_owned(), count)).collect();
        faults.sort_by(|(a, n), (b, m)| (m, a).cmp(&(n, b)));
        faults.truncate(NAMED);
        stats.faults = faults;
        stats.doubles = Doubles::of(by_hash.into_values().filter(|files| files.len() > 1));
        stats
    }
}

/// The most tracks first.
fn by_count<K: Ord + Hash>(shares: impl Iterator<Item = (K, Share)>) -> Vec<(K, Share)> {
    let mut shares: Vec<_> = shares.collect();
    shares.sort_by(|(a, x), (b, y)| (y.tracks, a).cmp(&(x.tracks, b)));
    shares
}

impl Lacks {
    fn add(&mut self, track: &TrackRow) {
        let blank = |text: &str| u64::from(text.trim().is_empty());
        self.artist += blank(&track.artist);
        self.album += blank(&track.album);
        self.genre += blank(&track.genre);
        self.year += u64::from(track.year.is_none());
        self.number += u64::from(track.track_no.is_none());
        self.cover += u64::from(track.cover.is_none());
        self.loudness += u64::from(track.fault.is_none() && track.track_gain_db.is_none());
    }
}

impl Turned {
    fn add(&mut self, track: &TrackRow) {
        match Turning::of(track) {
            Some(Turning::Waits) => self.waiting += 1,
            Some(Turning::NeedsFfmpeg) => self.needs_ffmpeg += 1,
            Some(Turning::Failed) => self.failed += 1,
            Some(Turning::Turned) => self.done += 1,
            None => {}
        }
    }
}

impl Doubles {
    fn of<'a>(groups: impl Iterator<Item = Vec<&'a TrackRow>>) -> Self {
        let mut doubles = Self::default();
        let mut all = Vec::new();
        for mut group in groups {
            let surplus = group.len() as u64 - 1;
            let bytes = surplus * group.first().map_or(0, |track| track.file_bytes());
            doubles.groups += 1;
            doubles.surplus += surplus;
            doubles.bytes += bytes;
            group.sort_by(|a, b| a.path.cmp(&b.path));
            all.push((bytes, group));
        }
        all.sort_by(|(n, a), (m, b)| (m, &a[0].path).cmp(&(n, &b[0].path)));
        let named = all.into_iter().take(NAMED).map(|(_, group)| group.iter().take(NAMED).map(|t| t.id).collect());
        doubles.named = named.collect();
        doubles
    }
}

#[cfg(test)]
mod tests {
    use downbeat_protocol::Frames;
    use downbeat_store::SourceFile;
    use downbeat_zone::Part;

    use super::*;
    use crate::{
        done::{TO_TURN, TURN_FAILED},
        tests::a_track,
    };

    fn of(tracks: Vec<TrackRow>) -> Stats {
        Stats::of(&tracks.into_iter().map(Arc::new).collect::<Vec<_>>())
    }

    #[test]
    fn what_a_library_holds_and_lacks_is_counted() {
        let full = |path: &str, hash: &str| {
            a_track(path).with(|t| {
                (t.artist, t.album, t.genre) = ("A".into(), "B".into(), "C".into());
                (t.year, t.track_no, t.cover, t.track_gain_db) = (Some(1999), Some(1), Some("x".into()), Some(0.0));
                (t.hash, t.bytes) = (hash.into(), 100);
            })
        };
        let stats = of(vec![
            full("/m/1", "aa"),
            full("/m/2", "aa").with(|t| (t.format, t.sample_rate, t.frames) = ("mp3".into(), 48_000, Frames(96_000))),
            full("/m/3", "aa"),
            full("/m/4", "bb").with(|t| (t.artist, t.channels) = (" ".into(), 6)),
            full("/m/5", "bb").with(|t| t.available = false),
            a_track("/m/6").with(|t| t.fault = Some("it is empty".into())),
            a_track("/m/7").with(|t| t.fault = Some("it is empty".into())),
            a_track("/m/8").with(|t| (t.fault, t.done) = (Some("needs".into()), TO_TURN | TURN_FAILED)),
            a_track("/m/9").with(|t| t.warning = Some("odd".into())),
        ]);
        assert_eq!((stats.all.tracks, stats.gone, stats.files, stats.all.bytes), (8, 1, 8, 404));
        assert_eq!(
            stats.formats.iter().map(|(f, s)| (f.as_str(), s.tracks)).collect::<Vec<_>>(),
            [("flac", 7), ("mp3", 1)]
        );
        assert_eq!(stats.rates.iter().map(|(r, s)| (*r, s.tracks)).collect::<Vec<_>>(), [(44_100, 4), (48_000, 1)]);
        assert_eq!(stats.channels.iter().map(|(c, s)| (*c, s.tracks)).collect::<Vec<_>>(), [(2, 4), (6, 1)]);
        assert!((stats.all.seconds - 9.0).abs() < 1e-9);
        let lacks = Lacks { artist: 5, album: 4, year: 4, genre: 4, number: 4, cover: 4, loudness: 1 };
        assert_eq!(stats.lacks, lacks);
        assert_eq!((stats.doubles.groups, stats.doubles.surplus, stats.doubles.bytes), (1, 2, 200), "one is gone");
        assert_eq!(stats.doubles.named[0].len(), 3);
        assert_eq!(stats.faults, [("it is empty".into(), 2), ("needs".into(), 1)]);
        assert_eq!((stats.faulty, stats.warned), (3, 1));
        assert_eq!(stats.turning, Turned { failed: 1, ..Turned::default() });
    }

    #[test]
    fn a_file_that_holds_several_tracks_is_one_and_a_turned_one_counts_as_it_lies_there() {
        let part = |number| {
            a_track("/m/image.flac").with(|t| {
                (t.hash, t.bytes) = ("cc".into(), 1_000);
                let first = Frames(0);
                t.part = Some(Box::new(Part { number, count: 2, first, file_frames: Frames(88_200) }));
            })
        };
        let source = SourceFile { bytes: 7, hash: "dd".into(), format: "wma".into() };
        let turned = |path: &str| a_track(path).with(|t| t.source = Some(Box::new(source.clone())));
        let stats = of(vec![part(1), part(2), turned("/m/a.wma"), turned("/m/b.wma")]);
        assert_eq!((stats.all.tracks, stats.files, stats.all.bytes), (4, 3, 1_014));
        assert_eq!(
            stats.formats.iter().map(|(f, s)| (f.as_str(), s.bytes)).collect::<Vec<_>>(),
            [("flac", 1_000), ("wma", 14)]
        );
        assert_eq!((stats.doubles.groups, stats.doubles.bytes, stats.turning.done), (1, 7, 2), "parts are no doubles");
        assert_eq!(of(Vec::new()), Stats::default());
    }
}
