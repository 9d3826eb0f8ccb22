//! The private decoders of foreign bytes, for the fuzz targets alone.

use std::io::Cursor;

use downbeat_protocol::Frames;

use super::{
    charset, cue, pictures,
    separators::Separators,
    tags::{self, Gains, Tags},
};

/// All that was found in the tags of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FoundTags {
    /// The texts.
    pub texts: Vec<String>,
    /// The lists of single values.
    pub lists: Vec<Vec<String>>,
    /// The gains, dB.
    pub gains: Vec<f32>,
    /// The peaks.
    pub peaks: Vec<f32>,
}

/// The tags of a file, or why they cannot be read.
pub fn tags(content: &[u8]) -> Result<FoundTags, String> {
    let Tags { title, artist, artists, album, album_artist, album_artists, genre, genres, composer, gains, .. } =
        tags::read(&mut Cursor::new(content), &Separators::default(), &|| None).map_err(|e| e.to_string())?;
    let Gains { track_db, track_peak, album_db, album_peak } = gains;
    Ok(FoundTags {
        texts: vec![title, artist, album, album_artist, genre, composer],
        lists: vec![artists, album_artists, genres],
        gains: [track_db, album_db].into_iter().flatten().collect(),
        peaks: [track_peak, album_peak].into_iter().flatten().collect(),
    })
}

/// A part of a file that a cue sheet cuts: its first frame, its length, and its texts.
pub type Cut = (i64, i64, Vec<String>);

/// The files that a cue sheet names, each cut as if it had so many frames; why it is a bad sheet.
pub fn sheet(content: &[u8], frames: i64, rate: u32) -> Result<Vec<(String, Vec<Cut>)>, String> {
    let sheet = cue::parse(&charset::decode(content).text)?;
    let parts = |file: cue::SheetFile| {
        let cuts = cue::Cuts::new(String::new(), sheet.album.clone(), file.points);
        let (pieces, _) = cue::cut(&cuts, Frames(frames), rate, &Tags::default(), &Separators::default());
        let texts =
            |tags: Tags| vec![tags.title, tags.artist, tags.album, tags.album_artist, tags.genre, tags.composer];
        (file.name, pieces.into_iter().map(|piece| (piece.first.0, piece.frames.0, texts(piece.tags))).collect())
    };
    Ok(sheet.files.into_iter().map(parts).collect())
}

/// True if what a file says of its tracks can be read; nothing if it says nothing.
pub fn own_sheet(content: &[u8]) -> Option<bool> {
    cue::own_cuts(&mut Cursor::new(content)).map(|cuts| cuts.is_ok())
}

/// The picture in the tags of a file, if there is one, or why they cannot be read.
pub fn embedded_picture(content: &[u8]) -> Result<Option<Vec<u8>>, String> {
    Ok(pictures::read_embedded(&mut Cursor::new(content))?.map(lofty::picture::Picture::into_data))
}

/// A picture as a JPEG that fits into a square of `size` points, or why it cannot be shown.
pub fn thumbnail(content: &[u8], size: u32) -> Result<Vec<u8>, String> {
    pictures::thumbnail(content, size)
}
