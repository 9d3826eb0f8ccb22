use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::{
    TrackRow,
    index::{Sorted, TrackSort},
};

fn track(path: &str, title: &str) -> TrackRow {
    let mut track = TrackRow::unknown(TrackId::random(), path.into());
    track.title = title.into();
    (track.sample_rate, track.frames) = (1_000, downbeat_protocol::Frames(2_000));
    track
}

async fn with(titles: &[&str]) -> (tempfile::TempDir, Store, Vec<TrackRow>) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    let tracks: Vec<_> = titles.iter().map(|t| track(&format!("/m/{t}.mp3"), t)).collect();
    store.save_tracks(&tracks).await.unwrap();
    (dir, store, tracks)
}

async fn entries(store: &Store, id: Uuid) -> Vec<PlaylistEntry> {
    // in small parts, as a reader takes them
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store.playlist_entries(id, Part { limit: 2, after }).await.unwrap();
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

async fn titles(store: &Store, id: Uuid) -> String {
    entries(store, id).await.into_iter().map(|e| e.title).collect()
}

#[tokio::test]
async fn entries_are_added_moved_and_removed() {
    let (dir, store, t) = with(&["a", "b", "c"]).await;
    let list = store.create_playlist("mine", None, &[t[0].id, t[1].id, t[0].id]).await.unwrap();
    assert_eq!((list.entries, list.ms, list.revision), (3, 6_000, 1));
    let id = list.id;
    assert_eq!(titles(&store, id).await, "aba", "a track may be in it twice");
    for more in [t[2].id, t[1].id] {
        assert_eq!(store.playlist(id).await.unwrap().entries, entries(&store, id).await.len() as u64);
        store.add_to_playlist(id, &[more], None, ANY).await.unwrap();
    }
    let listed = store.list_playlists(Part::first(9)).await.unwrap().items;
    assert_eq!((listed[0].entries, listed[0].ms), (5, 10_000), "not as it was counted before");
    let added: Vec<Uuid> = entries(&store, id).await[3..].iter().map(|e| e.id).collect();
    store.remove_from_playlist(id, &added, ANY).await.unwrap();
    store.add_to_playlist(id, &[t[2].id, t[1].id], Some(1), ANY).await.unwrap();
    assert_eq!(titles(&store, id).await, "acbba");
    store.add_to_playlist(id, &[t[2].id], Some(0), ANY).await.unwrap();
    store.add_to_playlist(id, &[t[2].id], None, ANY).await.unwrap();
    store.add_to_playlist(id, &[t[2].id], Some(99), ANY).await.unwrap();
    assert_eq!(titles(&store, id).await, "cacbbacc");
    let e = entries(&store, id).await;
    store.move_in_playlist(id, &[e[5].id, e[0].id], 1, ANY).await.unwrap();
    assert_eq!(titles(&store, id).await, "aaccbbcc");
    let changed = store.remove_from_playlist(id, &[e[3].id, e[7].id], ANY).await.unwrap();
    assert_eq!((titles(&store, id).await.as_str(), changed.revision), ("aaccbc", 10));

    let nobody = Uuid::new_v4();
    let error = store.remove_from_playlist(id, &[e[4].id, nobody], ANY).await.unwrap_err();
    assert!(matches!(error, PlaylistError::NoSuchEntry(e) if e == nobody), "{error}");
    assert_eq!(titles(&store, id).await, "aaccbc", "nothing of it was done");
    assert!(matches!(store.add_to_playlist(nobody, &[], None, ANY).await, Err(PlaylistError::NoSuchPlaylist(_))));
    store.edit_playlist(id, Some("ours"), None, ANY).await.unwrap();
    store.close().await;
    let store = Store::open(dir.path()).await.unwrap();
    assert_eq!(
        (store.playlist(id).await.unwrap().name.as_str(), titles(&store, id).await.as_str()),
        ("ours", "aaccbc")
    );
    store.delete_playlist(id, ANY).await.unwrap();
    assert!(matches!(store.delete_playlist(id, ANY).await, Err(PlaylistError::NoSuchPlaylist(_))));
    assert_eq!(store.list_playlists(Part::first(9)).await.unwrap().items, []);
}

#[tokio::test]
async fn who_means_another_one_changes_nothing() {
    let (_dir, store, t) = with(&["a", "b"]).await;
    let list = store.create_playlist("mine", None, &[t[0].id]).await.unwrap();
    let id = list.id;
    let entry = entries(&store, id).await[0].id;
    let seen: Precondition<'_> = &|row| row.revision == 1;
    store.add_to_playlist(id, &[t[1].id], None, seen).await.unwrap();
    let late = [
        store.edit_playlist(id, Some("x"), None, seen).await.map(drop),
        store.add_to_playlist(id, &[t[1].id], None, seen).await.map(drop),
        store.move_in_playlist(id, &[entry], 1, seen).await.map(drop),
        store.remove_from_playlist(id, &[entry], seen).await.map(drop),
        store.delete_playlist(id, seen).await,
    ];
    assert!(late.iter().all(|done| matches!(done, Err(PlaylistError::Changed))), "{late:?}");
    let now = store.playlist(id).await.unwrap();
    assert_eq!((now.name.as_str(), now.revision, titles(&store, id).await.as_str()), ("mine", 2, "ab"));
}

#[tokio::test]
async fn what_is_saved_under_a_name_takes_its_place_only_if_asked_to() {
    let (_dir, store, t) = with(&["a", "b"]).await;
    let (first, new) = store.save_as_playlist("Evening", &[t[0].id, t[1].id], false).await.unwrap();
    assert!(new && first.entries == 2);
    let taken = store.save_as_playlist("evening", &[t[1].id], false).await;
    assert!(matches!(taken, Err(PlaylistError::NameTaken(_))));
    store.save_as_playlist("Äpfel", &[t[0].id], false).await.unwrap();
    assert!(store.save_as_playlist("äpfel", &[t[1].id], false).await.is_err());
    assert!(store.playlist_named("ÄPFEL ").await.unwrap().is_some());
    let (again, new) = store.save_as_playlist("EVENING", &[t[1].id], true).await.unwrap();
    assert_eq!((again.id, new, again.revision, again.name.as_str()), (first.id, false, 2, "Evening"));
    assert_eq!(titles(&store, first.id).await, "b");
    let rule = Rule { query: "a".into(), sort: None, limit: 9 }.to_json();
    store.create_playlist("smart", Some(&rule), &[]).await.unwrap();
    assert!(matches!(store.save_as_playlist("smart", &[], true).await, Err(PlaylistError::Smart)));
}

#[tokio::test]
async fn a_track_that_comes_back_is_there_again() {
    let (_dir, store, mut t) = with(&["a", "b"]).await;
    let id = store.create_playlist("mine", None, &[t[0].id, t[1].id]).await.unwrap().id;
    t[0].available = false;
    store.save_tracks(&t).await.unwrap();
    assert_eq!(entries(&store, id).await.iter().map(|e| e.available).collect::<Vec<_>>(), [false, true]);
    assert_eq!(store.playlist_tracks(id, 9).await.unwrap(), [t[1].id]);
    // Moved while it was away: known by its id.
    (t[0].available, t[0].path, t[0].title) = (true, "/n/a2.mp3".into(), "A".into());
    store.save_tracks(&t).await.unwrap();
    let back = entries(&store, id).await;
    assert_eq!(
        (back[0].path.as_path(), back[0].title.as_str(), back[0].available),
        (std::path::Path::new("/n/a2.mp3"), "A", true)
    );
    // Forgotten and found again as another track: known by its path.
    (t[0].available, t[0].path) = (false, PathBuf::new());
    let other = track("/n/a2.mp3", "A");
    store.save_tracks(&[t[0].clone(), other.clone()]).await.unwrap();
    assert_eq!(entries(&store, id).await[0].track, other.id);
    assert_eq!(store.playlist_tracks(id, 9).await.unwrap(), [other.id, t[1].id]);
}

#[tokio::test]
async fn a_smart_playlist_finds_its_tracks_each_time() {
    let (_dir, store, t) = with(&["red one", "red two", "blue"]).await;
    let newest = Sorted { by: TrackSort::Title, reverse: true };
    let rule = Rule { query: "red".into(), sort: Some(newest), limit: 2 };
    assert_eq!(Rule::parse(&rule.to_json()), Some(rule.clone()));
    let list = store.create_playlist("red", Some(&rule.to_json()), &[]).await.unwrap();
    assert_eq!(store.playlist_tracks(list.id, 9).await.unwrap(), [t[1].id, t[0].id]);
    store.save_tracks(&[track("/m/z.mp3", "z red")]).await.unwrap();
    assert_eq!(store.playlist_tracks(list.id, 9).await.unwrap().len(), 2, "its own limit");
    assert!(matches!(store.add_to_playlist(list.id, &[t[2].id], None, ANY).await, Err(PlaylistError::Smart)));
    let blue = Rule { query: "blue".into(), sort: None, limit: 9 };
    store.edit_playlist(list.id, None, Some(&blue.to_json()), ANY).await.unwrap();
    assert_eq!(store.playlist_tracks(list.id, 9).await.unwrap(), [t[2].id]);
    let plain = store.create_playlist("plain", None, &[]).await.unwrap();
    assert!(matches!(store.edit_playlist(plain.id, None, Some("{}"), ANY).await, Err(PlaylistError::Smart)));
    let found = store.search_playlists(&Query::parse("RE"), 9).await.unwrap();
    assert_eq!(found.into_iter().map(|p| p.name).collect::<Vec<_>>(), ["red"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Many insertions at one place use up its gap; the order is that of a list all the same.
    #[test]
    fn the_order_is_that_of_a_list(
        steps in prop::collection::vec((0..3_u8, 0..6_usize, 0..6_usize, 1..4_usize), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (_dir, store, t) = with(&["a", "b", "c"]).await;
            let id = store.create_playlist("x", None, &[]).await.unwrap().id;
            let mut model: Vec<Uuid> = Vec::new();
            for (what, at, from, count) in steps {
                let before = entries(&store, id).await;
                assert_eq!(before.iter().map(|e| e.id).collect::<Vec<_>>(), model);
                match what {
                    0 => {
                        let tracks: Vec<TrackId> = (0..count).map(|i| t[i % 3].id).collect();
                        store.add_to_playlist(id, &tracks, Some(at), ANY).await.unwrap();
                        let now = entries(&store, id).await;
                        let at = at.min(model.len());
                        let new: Vec<Uuid> = now[at..at + count].iter().map(|e| e.id).collect();
                        assert!(new.iter().all(|e| !model.contains(e)));
                        model.splice(at..at, new);
                    }
                    1 if from < model.len() => {
                        let moved: Vec<Uuid> = model[from..].iter().take(count).copied().collect();
                        store.move_in_playlist(id, &moved, at, ANY).await.unwrap();
                        model.retain(|e| !moved.contains(e));
                        let at = at.min(model.len());
                        model.splice(at..at, moved);
                    }
                    _ => {
                        // As if very much had been inserted here before.
                        let mut tx = store.write().await.unwrap();
                        sqlx::query(
                            "UPDATE playlist_entries SET place = n.row FROM (
                                 SELECT num, row_number() OVER (ORDER BY place, num) AS row FROM playlist_entries) n
                             WHERE n.num = playlist_entries.num",
                        )
                        .execute(&mut *tx)
                        .await
                        .unwrap();
                        store.commit(tx).await.unwrap();
                    }
                }
            }
            assert_eq!(entries(&store, id).await.iter().map(|e| e.id).collect::<Vec<_>>(), model);
        });
    }
}

#[tokio::test]
async fn there_are_so_many_playlists_and_no_more() {
    let (_dir, store, t) = with(&["a"]).await;
    let mut tx = store.write().await.unwrap();
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         INSERT INTO playlists (id, name, k_name, created, changed, revision)
         SELECT 'p' || i, 'p', x'', 0, 0, 1 FROM n";
    sqlx::query(fill).bind(MAX_PLAYLISTS - 1).execute(&mut *tx).await.unwrap();
    store.commit(tx).await.unwrap();
    let last = store.create_playlist("last", None, &[t[0].id]).await.unwrap();
    let more = store.create_playlist("more", None, &[]).await;
    assert!(matches!(more, Err(PlaylistError::TooMany)), "{more:?}");
    assert!(matches!(store.save_as_playlist("more", &[], false).await, Err(PlaylistError::TooMany)));
    assert_eq!(store.add_to_playlist(last.id, &[t[0].id], None, ANY).await.unwrap().entries, 2);
    store.delete_playlist(last.id, ANY).await.unwrap();
    store.create_playlist("more", None, &[]).await.unwrap();
}

#[tokio::test]
async fn all_playlists_together_have_so_many_entries_and_no_more() {
    let (_dir, store, t) = with(&["a", "b"]).await;
    let list = store.create_playlist("list", None, &[t[0].id]).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         INSERT INTO playlist_entries (id, playlist, place, track, path, title, artist, ms)
         SELECT 'e' || i, ?, 1000000 * i, 't', x'', '', '', 0 FROM n";
    sqlx::query(fill).bind(MAX_ALL_ENTRIES - 3).bind(list.id.to_string()).execute(&mut *tx).await.unwrap();
    store.commit(tx).await.unwrap();
    let both = [t[0].id, t[1].id];
    let small = store.create_playlist("small", None, &both[..1]).await.unwrap();
    let refused = |result: Result<(), PlaylistError>, way: &str| {
        assert!(matches!(result, Err(PlaylistError::TooManyEntries)), "{way}: {result:?}");
    };
    refused(store.create_playlist("more", None, &both).await.map(drop), "made");
    refused(store.add_to_playlist(small.id, &both, None, ANY).await.map(drop), "added");
    refused(store.save_as_playlist("more", &both, false).await.map(drop), "saved");
    assert_eq!(store.add_to_playlist(small.id, &both[..1], None, ANY).await.unwrap().entries, 2, "one fits");
    refused(store.add_to_playlist(small.id, &both[..1], None, ANY).await.map(drop), "full");
    store.create_playlist("empty", None, &[]).await.unwrap();
    store.delete_playlist(list.id, ANY).await.unwrap();
    assert_eq!(store.add_to_playlist(small.id, &both, None, ANY).await.unwrap().entries, 4, "there is room again");
}
