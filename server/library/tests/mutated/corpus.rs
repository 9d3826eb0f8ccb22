//! The files that are changed: the fixtures, by their containers.

use std::{fs, path::Path};

/// A file that is right, or odd by itself.
pub(crate) struct Original {
    pub(crate) name: String,
    pub(crate) ending: String,
    pub(crate) bytes: Vec<u8>,
}

/// The containers; each has its share of the changes.
pub(crate) const CONTAINERS: [&str; 15] = [
    "flac",
    "vorbis",
    "opus",
    "oggflac",
    "mp3",
    "mp3-id3v22",
    "mp3-behind",
    "mp2",
    "mp4",
    "mp4-fragments",
    "alac",
    "wav",
    "rf64",
    "aiff",
    "adts",
];
/// Larger ones cost more time than they are worth.
const MOST_BYTES: usize = 64_000;

fn container(name: &str, ending: &str, bytes: &[u8]) -> Option<&'static str> {
    let has = |what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
    let is_behind = bytes.iter().rev().nth(127) == Some(&b'T') || has(b"APETAGEX");
    Some(match ending {
        "flac" => "flac",
        "oga" => "oggflac",
        "ogg" | "ogv" => "vorbis",
        "opus" => "opus",
        "mp3" if bytes.get(3) == Some(&2) => "mp3-id3v22",
        "mp3" if is_behind => "mp3-behind",
        "mp3" => "mp3",
        "mp2" => "mp2",
        "m4a" | "mp4" if has(b"moof") => "mp4-fragments",
        "m4a" if has(b"alac") => "alac",
        "m4a" | "mp4" => "mp4",
        "wav" if name.contains("64") && has(b"ds64") => "rf64",
        "wav" => "wav",
        "aiff" => "aiff",
        "aac" => "adts",
        _ => return None,
    })
}

/// The files of each container.
pub(crate) fn corpus() -> Vec<(&'static str, Vec<Original>)> {
    let mut corpus: Vec<_> = CONTAINERS.iter().map(|name| (*name, Vec::new())).collect();
    let mine = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["fixtures", "../../media/fixtures", "../../media/fixtures/odd"] {
        let mut paths: Vec<_> = fs::read_dir(mine.join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths.into_iter().filter(|path| path.is_file()) {
            let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
            let (name, ending) = (text(path.file_stem()), text(path.extension()));
            let bytes = fs::read(&path).unwrap();
            if bytes.len() <= MOST_BYTES
                && let Some(container) = container(&name, &ending, &bytes)
                && let Some((_, files)) = corpus.iter_mut().find(|(name, _)| *name == container)
            {
                files.push(Original { name, ending, bytes });
            }
        }
    }
    for (container, files) in &corpus {
        assert!(!files.is_empty(), "no file for {container}");
    }
    corpus
}
