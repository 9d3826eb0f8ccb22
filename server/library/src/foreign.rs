//! The private decoders of foreign bytes, for the fuzz targets alone.

use std::io::Cursor;

use super::{
    pictures,
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
        tags::read(&mut Cursor::new(content)).map_err(|e| e.to_string())?;
    let Gains { track_db, track_peak, album_db, album_peak } = gains;
    Ok(FoundTags {
        texts: vec![title, artist, album, album_artist, genre, composer],
        lists: vec![artists, album_artists, genres],
        gains: [track_db, album_db].into_iter().flatten().collect(),
        peaks: [track_peak, album_peak].into_iter().flatten().collect(),
    })
}

/// The picture in the tags of a file, if there is one, or why they cannot be read.
pub fn embedded_picture(content: &[u8]) -> Result<Option<Vec<u8>>, String> {
    Ok(pictures::read_embedded(&mut Cursor::new(content))?.map(lofty::picture::Picture::into_data))
}

/// A picture as a JPEG that fits into a square of `size` points, or why it cannot be shown.
pub fn thumbnail(content: &[u8], size: u32) -> Result<Vec<u8>, String> {
    pictures::thumbnail(content, size)
}
