//! The names of fields in calls and sentences.

use crate::retag::Field;

/// The field as the calls of people name it.
pub(super) fn name(field: Field) -> &'static str {
    match field {
        Field::Title => "title",
        Field::Artist | Field::Artists => "artists",
        Field::Album => "album",
        Field::AlbumArtist | Field::AlbumArtists => "albumArtists",
        Field::Genre => "genres",
        Field::Composer => "composer",
        Field::Track => "trackNo",
        Field::Disc => "discNo",
        _ => "year",
    }
}
