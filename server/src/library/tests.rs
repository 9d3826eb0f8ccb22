use downbeat_protocol::{Frames, TrackId};

use super::*;

/// A track that plays, at `path`.
pub(super) fn a_track(path: &str) -> Track {
    Track {
        id: TrackId::random(),
        hash: String::new(),
        path: path.into(),
        bytes: 1,
        mtime_ns: 1,
        inode: 1,
        available: true,
        format: "flac".into(),
        sample_rate: 44_100,
        channels: 2,
        frames: Frames(44_100),
        sample_exact: true,
        title: path.into(),
        artist: String::new(),
        album: String::new(),
        album_artist: String::new(),
        genre: String::new(),
        track_no: None,
        disc_no: None,
        year: None,
        fault: None,
        warning: None,
        scan_version: 1,
    }
}
