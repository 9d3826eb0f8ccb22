//! What the ending of a name says: whether the file is looked at, and if not, why.

use std::path::Path;

/// The endings of names that are looked at. What is really in a file, its content says.
const MUSIC: [&str; 61] = [
    "flac", "mp3", "mp2", "mp1", "mpa", "mpga", "ogg", "oga", "ogx", "opus", "wav", "wave", "bwf", "rf64", "bw64",
    "w64", "aiff", "aif", "aifc", "caf", "au", "snd", "m4a", "m4b", "m4r", "mp4", "alac", "aac", "mka", "webm",
    // Those below are turned into FLAC first.
    "wma", "asf", "wv", "ape", "apl", "mac", "dsf", "dff", "tta", "tak", "mpc", "mpp", "mp+", "ac3", "eac3", "ec3",
    "dts", "dtshd", "spx", "ra", "rm", "oma", "aa3", "at3", "amr", "3ga", "mlp", "thd", "shn", "vqf", "loas",
];

/// Endings of files that people keep beside their music, and the reason why they are not taken.
const OTHERS: [(&str, &[&str]); 8] = [
    ("a picture", &["jpg", "jpeg", "png", "gif", "bmp", "webp", "tif", "tiff", "heic", "avif", "svg", "psd", "ico"]),
    (
        "a text, a log or a check sum",
        &[
            "txt", "log", "nfo", "md", "pdf", "doc", "docx", "rtf", "htm", "html", "xml", "json", "lrc", "srt", "sfv",
            "md5", "ffp", "accurip", "sha1", "sha256", "epub", "url", "ini", "db", "db3", "sqlite", "itl", "ds_store",
        ],
    ),
    ("a playlist or a cue sheet", &["m3u", "m3u8", "pls", "xspf", "wpl", "asx", "cue", "ccd", "toc"]),
    (
        "a video",
        &[
            "mkv", "avi", "mov", "mpg", "mpeg", "wmv", "flv", "f4v", "vob", "ifo", "bup", "m2ts", "mts", "ts", "m4v",
            "divx",
        ],
    ),
    ("locked by its seller (DRM)", &["m4p", "aax", "aaxc", "aa", "wmdrm", "odm"]),
    (
        "notes for an instrument or a computer, and no sound",
        &[
            "mid", "midi", "kar", "mod", "xm", "s3m", "it", "sid", "nsf", "spc", "vgm", "vgz", "gp5", "mscz",
            "musicxml", "syx",
        ],
    ),
    (
        "packed: unpack it first",
        &["zip", "rar", "7z", "tar", "gz", "bz2", "xz", "iso", "nrg", "img", "bin", "mdf", "dmg"],
    ),
    (
        "a download that has not ended",
        &["part", "partial", "crdownload", "download", "!ut", "!qb", "aria2", "tmp", "filepart"],
    ),
];

/// The ending of the path's name, lower case; empty if there is none.
pub(super) fn ending(path: &Path) -> String {
    path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default()
}

pub(super) fn may_be_music(path: &Path) -> bool {
    MUSIC.contains(&ending(path).as_str())
}

/// Why files with this ending are not looked at, for people.
pub(super) fn why_not(ending: &str) -> &'static str {
    let reason = OTHERS.iter().find_map(|(reason, endings)| endings.contains(&ending).then_some(*reason));
    match reason {
        Some(reason) => reason,
        None if ending.is_empty() => "a name without an ending",
        None => "no ending of a kind of sound that is known",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_is_music_or_has_a_reason() {
        for music in ["a.FLAC", "a.m4b", "b.mp1", "c.mka", "d.w64", "e.snd", "f.webm", "g.caf", "h.ogx", "i.aifc"] {
            assert!(may_be_music(Path::new(music)), "{music}");
        }
        for (ending, reason) in [
            ("jpg", "a picture"),
            ("m4p", "locked by its seller (DRM)"),
            ("", "a name without an ending"),
            ("xyz", "no ending of a kind of sound that is known"),
        ] {
            assert_eq!(why_not(ending), reason);
            assert!(!may_be_music(Path::new(&format!("a.{ending}"))));
        }
        let all = OTHERS.iter().flat_map(|(_, endings)| endings.iter());
        assert!(all.clone().all(|ending| !MUSIC.contains(ending) && *ending == ending.to_lowercase()));
        let mut once: Vec<&str> = all.copied().chain(MUSIC).collect();
        once.sort_unstable();
        assert!(once.windows(2).all(|pair| pair[0] != pair[1]), "an ending has one reason");
    }
}
