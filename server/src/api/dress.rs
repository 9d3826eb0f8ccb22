//! The part of a track that is shown beside its title: a zone does not know it, and the library does.

use downbeat_protocol::TrackId;
use uuid::Uuid;

use downbeat_library::Catalog;
use downbeat_store::index::album_of;

/// Album, picture and year of a track, as the library knows them at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dress {
    /// The album's id; `None` if it is on none.
    pub album_id: Option<Uuid>,
    /// BLAKE3 of its picture.
    pub cover: Option<String>,
    /// The year of publication.
    pub year: Option<u32>,
}

impl Dress {
    /// That of a track. One that is not in the library any more has none.
    pub fn of(catalog: &Catalog, id: TrackId) -> Self {
        let Some(row) = catalog.get(id) else { return Self::default() };
        Self { album_id: album_of(&row), cover: row.cover.as_deref().map(str::to_owned), year: row.year }
    }
}
