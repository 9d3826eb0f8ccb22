//! The tracks that a zone goes on with when its queue comes to its end: a venue must not fall silent.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use downbeat_protocol::TrackId;

use super::{
    Library, TrackRow,
    selection::{NamedSelection, resolve_tracks},
};
use downbeat_zone::{modes::Autoplay, queue::MAX_ENTRIES};

/// Tracks to go on with after `recent` (the newest last), at most `count`; none of them recent, unless there is nothing
/// else. Empty only if nothing can be played.
pub async fn pick(library: &Library, autoplay: Autoplay, recent: &[TrackId], count: usize) -> Vec<Arc<TrackRow>> {
    let catalog = library.catalog();
    let from = match autoplay {
        Autoplay::Off => return Vec::new(),
        Autoplay::Similar => Vec::new(),
        Autoplay::Playlist(id) => {
            let playlist = NamedSelection::Playlist(id.to_string());
            resolve_tracks(library, &playlist, MAX_ENTRIES).await.unwrap_or_default()
        }
    };
    if !from.is_empty() {
        return go_on(&from, recent, count);
    }
    // without a playlist, or if it is gone or empty: anything rather than silence
    let seeds: Vec<Arc<TrackRow>> = recent.iter().rev().take(SEEDS).filter_map(|id| catalog.get(*id)).collect();
    similar(&catalog.all(), &seeds, recent, count)
}

/// So many of the latest tracks say what is similar.
const SEEDS: usize = 5;

/// A playlist goes on behind the track that was played last of it, and begins again at its end.
fn go_on(playlist: &[Arc<TrackRow>], recent: &[TrackId], count: usize) -> Vec<Arc<TrackRow>> {
    let last = recent.iter().rev().find_map(|id| playlist.iter().position(|t| t.id == *id));
    let from = last.map_or(0, |i| i + 1);
    let around = playlist[from..].iter().chain(&playlist[..from]);
    around.filter(|t| t.playable()).take(count).cloned().collect()
}

/// Tracks of the same artists first, then of the same genres, then any; in an order that differs from time to time.
fn similar(all: &[Arc<TrackRow>], seeds: &[Arc<TrackRow>], recent: &[TrackId], count: usize) -> Vec<Arc<TrackRow>> {
    let heard: HashSet<TrackId> = recent.iter().copied().collect();
    let artists: HashSet<&str> = seeds.iter().flat_map(|t| t.artists.iter()).map(|a| &**a).collect();
    let genres: HashSet<&str> = seeds.iter().flat_map(|t| t.genres.iter()).map(|g| &**g).collect();
    let dice = |t: &TrackRow| {
        let mut hasher = DefaultHasher::new();
        (recent.last(), t.id).hash(&mut hasher);
        hasher.finish()
    };
    let rank = |t: &TrackRow| {
        let near = t.artists.iter().any(|a| artists.contains(&**a));
        let akin = t.genres.iter().any(|g| genres.contains(&**g));
        (heard.contains(&t.id), !(near || akin), dice(t))
    };
    let mut ranked: Vec<_> = all.iter().filter(|t| t.playable()).map(|t| (rank(t), t)).collect();
    let most = count.min(ranked.len());
    if most < ranked.len() {
        ranked.select_nth_unstable_by_key(most, |(rank, _)| *rank);
        ranked.truncate(most);
    }
    ranked.sort_unstable_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, t)| Arc::clone(t)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::a_track;

    fn track(name: &str, artist: &str, genre: &str) -> Arc<TrackRow> {
        let texts = |t: &str| if t.is_empty() { [].into() } else { [t.into()].into() };
        Arc::new(a_track(name).with(|t| {
            t.artists = texts(artist);
            t.genres = texts(genre);
        }))
    }

    fn titles(tracks: &[Arc<TrackRow>]) -> Vec<&str> {
        tracks.iter().map(|t| &*t.title).collect()
    }

    #[test]
    fn similar_tracks_come_before_others_and_heard_ones_last() {
        let all = [
            track("heard", "Nina", "jazz"),
            track("same artist", "Nina", "soul"),
            track("same genre", "Ella", "jazz"),
            track("other", "Kraftwerk", "electronic"),
            Arc::new(TrackRow::clone(&track("gone", "Nina", "jazz")).with(|t| t.available = false)),
        ];
        let found = similar(&all, &all[..1], &[all[0].id], 10);
        let mut first = titles(&found[..2]);
        first.sort_unstable();
        assert_eq!(first, ["same artist", "same genre"]);
        assert_eq!(titles(&found[2..]), ["other", "heard"], "rather that than silence, and not what is gone");
        assert_eq!(similar(&all, &all[..1], &[all[0].id], 2).len(), 2);
        assert!(similar(&[], &[], &[], 3).is_empty());
    }

    #[test]
    fn a_playlist_goes_on_where_it_was_and_begins_again() {
        let all: Vec<_> = ["a", "b", "c"].into_iter().map(|n| track(n, "", "")).collect();
        assert_eq!(titles(&go_on(&all, &[], 2)), ["a", "b"]);
        assert_eq!(titles(&go_on(&all, &[all[1].id], 2)), ["c", "a"]);
    }
}
