//! Texts that many tracks have in common, kept once: artists, albums, genres, formats.

use std::{collections::HashSet, hash::Hash, sync::Arc};

use super::TrackRow;
use downbeat_store::{Details, Text, Texts};

/// The texts that are shared, and lists of them.
#[derive(Debug, Default)]
pub(super) struct SharedTexts {
    texts: Pool<str>,
    lists: Pool<[Text]>,
    details: Pool<Details>,
}

impl SharedTexts {
    /// Puts shared texts in the place of the track's own.
    pub(super) fn share(&mut self, track: &mut TrackRow) {
        let TrackRow { track: music, genre, composer, cover, warning, .. } = track;
        let music = Arc::make_mut(music);
        let texts = [&mut music.format, &mut music.artist, &mut music.album, &mut music.album_artist, genre, composer];
        for text in texts.into_iter().chain(cover).chain(&mut music.fault).chain(warning) {
            self.texts.share(text);
        }
        self.details.share(&mut track.details);
        for list in [&mut track.artists, &mut track.album_artists, &mut track.genres] {
            self.share_list(list);
        }
    }

    fn share_list(&mut self, list: &mut Texts) {
        if self.lists.find(list) {
            return;
        }
        *list = list
            .iter()
            .map(|text| {
                let mut text = Arc::clone(text);
                self.texts.share(&mut text);
                text
            })
            .collect();
        self.lists.share(list);
    }
}

/// Values that are kept once. Those that nobody uses any more are thrown out now and then.
#[derive(Debug)]
struct Pool<T: ?Sized> {
    values: HashSet<Arc<T>>,
    sweep_at: usize,
}

impl<T: ?Sized> Default for Pool<T> {
    fn default() -> Self {
        Self { values: HashSet::new(), sweep_at: 4_096 }
    }
}

impl<T: ?Sized + Hash + Eq> Pool<T> {
    /// Puts the kept value of the same content in its place, if there is one.
    fn find(&self, value: &mut Arc<T>) -> bool {
        let kept = self.values.get(&**value);
        if let Some(kept) = kept {
            *value = Arc::clone(kept);
        }
        kept.is_some()
    }

    fn share(&mut self, value: &mut Arc<T>) {
        if self.find(value) {
            return;
        }
        if self.values.len() >= self.sweep_at {
            self.values.retain(|value| Arc::strong_count(value) > 1);
            self.sweep_at = 2 * self.values.len().max(2_048);
        }
        self.values.insert(Arc::clone(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_uses_is_forgotten() {
        let mut pool = Pool::<str>::default();
        let mut kept: Text = "kept".into();
        pool.share(&mut kept);
        for i in 0..20_000 {
            pool.share(&mut i.to_string().into());
        }
        assert!(pool.values.len() <= 4_096, "{}", pool.values.len());
        let mut same: Text = String::from("kept").into();
        pool.share(&mut same);
        assert!(Arc::ptr_eq(&kept, &same));
    }
}
