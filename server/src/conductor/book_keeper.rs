//! Keeps where books are to go on.
//!
//! Zones are looked at while they are held, and nothing is awaited then: what was heard waits until the one task that
//! writes has kept it.

use std::sync::PoisonError;

use downbeat_library::{
    TrackRow,
    books::{Book, book_of},
    selection::book,
};
use downbeat_protocol::{Frames, ServerTime, TrackId, ZoneId};
use downbeat_store::{BookPlace, index::ListError};
use downbeat_zone::{PlayState, Zone};

use super::{
    Conductor,
    listening::{Heard, Seen},
    zone_cell::ZoneCell,
};

/// A book of which less is left is heard to its end, seconds: what comes then is the name of the publisher.
const END_SECONDS: f64 = 30.0;
impl Conductor {
    /// Looks at what a zone plays, which is held.
    pub(super) fn listen_to(&self, cell: &ZoneCell, zone: &Zone, now: ServerTime) {
        let view = zone.view(now);
        let seen = view.entry.as_ref().filter(|_| view.state != PlayState::Stopped).and_then(|entry| {
            let row = self.0.library.catalog().get(entry.track().id)?;
            book_of(&row)?;
            // a start that lies a moment ahead is seen as running, too
            let ahead = (view.at.micros_since(now).max(0) as f64 * f64::from(row.sample_rate) / 1e6) as i64;
            Some(Seen {
                track: row.id,
                frame: Frames(view.position.0 - ahead),
                length: row.frames,
                rate: row.sample_rate,
                running: view.state == PlayState::Playing && !view.preparing,
            })
        });
        let mut listening = cell.listening.lock().unwrap_or_else(PoisonError::into_inner);
        let heard = listening.see(now, seen);
        drop(listening);
        if let Some(heard) = heard {
            self.0.books.put(zone.id(), heard);
        }
    }

    /// Keeps what was heard, until the conductor stops.
    pub(super) async fn keep_books(self) {
        loop {
            tokio::select! {
                () = self.0.stopping.cancelled() => return,
                () = self.0.books.more.notified() => self.write_books().await,
            }
        }
    }

    /// Keeps what was heard and waits.
    pub(super) async fn write_books(&self) {
        while let Some((zone, heard)) = self.0.books.take() {
            if let Err(error) = self.write_book(zone, heard).await {
                tracing::warn!(%error, "the place in a book is not kept");
            }
        }
    }

    pub(super) async fn write_book(&self, zone: ZoneId, heard: Heard) -> Result<(), ListError> {
        let (Heard::At(track, _) | Heard::End(track)) = heard;
        let Some(row) = self.0.library.catalog().get(track) else { return Ok(()) };
        let Some(book) = self.book_of(&row).await? else { return Ok(()) };
        let Some(chapter) = book.chapter(&row) else { return Ok(()) };
        let place = match heard {
            Heard::At(_, frame) => Some((chapter, frame)),
            Heard::End(_) => (chapter + 1 < book.tracks.len()).then_some((chapter + 1, Frames(0))),
        };
        let left = place.map(|(chapter, frame)| {
            book.seconds() - book.seconds_before(chapter) - frame.as_seconds(book.tracks[chapter].sample_rate)
        });
        let ids: Vec<TrackId> = book.tracks.iter().map(|track| track.id).collect();
        match place.filter(|_| left.is_some_and(|left| left >= END_SECONDS)) {
            Some((chapter, frame)) => {
                let track = book.tracks[chapter].id;
                let noted = chrono::Utc::now().timestamp();
                self.0.store.note_book_place(&BookPlace { track, zone, frame, noted }, &ids).await?;
            }
            None => self.0.store.forget_book_places(&ids, Some(zone)).await?,
        }
        Ok(())
    }

    /// The book that a track is of.
    pub async fn book_of(&self, track: &TrackRow) -> Result<Option<Book>, ListError> {
        match book_of(track) {
            Some(key) => book(&self.0.library, &key).await,
            None => Ok(None),
        }
    }

    /// A place in a book is taken up in another zone than the one that left it: from now on it is that zone's.
    pub async fn move_book_place(&self, place: &BookPlace, book: &Book, to: ZoneId) -> Result<(), ListError> {
        let ids: Vec<TrackId> = book.tracks.iter().map(|track| track.id).collect();
        if place.zone != to {
            self.0.store.forget_book_places(&ids, Some(place.zone)).await?;
            self.0.store.note_book_place(&BookPlace { zone: to, ..*place }, &ids).await?;
        }
        Ok(())
    }
}
