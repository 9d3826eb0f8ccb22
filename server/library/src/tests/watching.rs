use super::*;

#[tokio::test]
async fn files_that_come_change_move_and_go_are_seen_without_a_scan() {
    let bench = Bench::new();
    bench.wav("old/a.wav", 1, 1_000);
    let library = bench.library().await;
    let seen = async |path: &Path, is_so: &dyn Fn(&TrackRow) -> bool| {
        eventually(&library, |c| c.at_path(path).is_some_and(|t| is_so(&t))).await;
        by_path(&library.catalog(), path)
    };
    // In a folder that is new, and in one of those that were walked.
    let new = bench.wav("new/deep/b.wav", 2, 2_000);
    let b = seen(&new, &|t| t.playable()).await;
    let beside = bench.wav("old/c.wav", 3, 3_000);
    seen(&beside, &|t| t.playable()).await;

    bench.wav("new/deep/b.wav", 2, 4_000);
    assert_eq!(seen(&new, &|t| t.frames == Frames(4_000)).await.id, b.id);

    let moved = bench.path("old/moved.wav");
    fs::rename(&new, &moved).unwrap();
    assert_eq!(seen(&moved, &|t| t.playable()).await.id, b.id, "moved to another folder");
    fs::rename(bench.path("old"), bench.path("older")).unwrap();
    let moved = bench.path("older/moved.wav");
    assert_eq!(seen(&moved, &|t| t.playable()).await.id, b.id, "moved with its folder");
    fs::remove_file(&moved).unwrap();
    seen(&moved, &|t| !t.available).await;
    assert_eq!(library.catalog().len(), 3);
    let status = library.status();
    assert_eq!((status.found, status.done, status.watch_fault), (2, 2, None));
}

#[tokio::test]
async fn a_folder_that_is_not_there_keeps_its_tracks_and_comes_back() {
    let bench = Bench::new();
    let other = tempfile::tempdir().unwrap();
    let disk = other.path().join("disk");
    fs::create_dir(&disk).unwrap();
    bench.wav("a.wav", 1, 1_000);
    fs::copy(bench.wav("b.wav", 2, 1_000), disk.join("b.wav")).unwrap();
    fs::remove_file(bench.path("b.wav")).unwrap();
    let folders = || vec![bench.music.path().to_owned(), disk.clone()];
    let store = Store::open(bench.data.path()).await.unwrap();
    let library = start(store.clone(), folders()).await.unwrap();
    library.fulfilled(1).await;
    hash_all(&library).await;
    let id = by_path(&library.catalog(), &disk.join("b.wav")).id;
    let states = |library: &Library| library.status().folders.iter().map(|f| f.state).collect::<Vec<_>>();
    assert_eq!(states(&library), [FolderState::Present, FolderState::Present]);

    // Unmounted: the mount point is empty.
    let away = other.path().join("away");
    fs::rename(&disk, &away).unwrap();
    fs::create_dir(&disk).unwrap();
    let after = rescan(&library).await;
    assert_eq!(states(&library), [FolderState::Present, FolderState::Empty]);
    assert!(after.get(id).unwrap().available && after.len() == 2, "a disk that is away is no news about the music");
    drop(library);
    // Gone altogether, and the coordinator starts all the same.
    fs::remove_dir(&disk).unwrap();
    let library = start(store.clone(), folders()).await.unwrap();
    library.fulfilled(1).await;
    assert_eq!(states(&library), [FolderState::Present, FolderState::Missing]);
    assert!(library.catalog().get(id).unwrap().available);

    fs::rename(&away, &disk).unwrap();
    assert!(rescan(&library).await.get(id).unwrap().playable(), "the same track");
}

#[tokio::test]
async fn everything_is_looked_at_now_and_then() {
    let bench = Bench::new();
    let path = bench.wav("a.wav", 1, 1_000);
    let store = Store::open(bench.data.path()).await.unwrap();
    let settings = LibrarySettings { rescan: Some(Duration::from_millis(50)), ..LibrarySettings::default() };
    let library = Library::start(store, vec![bench.music.path().to_owned()], settings).await.unwrap();
    library.fulfilled(1).await;
    let mut status = library.changed();
    let first = status.borrow().finished_at;
    status.wait_for(|s| s.finished_at > first).await.unwrap();
    assert!(by_path(&library.catalog(), &path).playable());
}

#[tokio::test]
async fn a_part_of_the_library_is_looked_through_when_asked() {
    let bench = Bench::new();
    bench.wav("a/a.wav", 1, 1_000);
    let library = bench.library().await;
    assert_eq!(library.scan_part(Path::new("/nowhere")), Err(ScanRefused::Outside));
    assert_eq!(library.scan_part(&bench.path("a/../../x")), Err(ScanRefused::Outside));
    let new = bench.wav("a/b.wav", 1, 1_000);
    library.scan_part(&bench.path("a")).unwrap();
    eventually(&library, |c| c.at_path(&new).is_some()).await;
}

#[tokio::test]
async fn a_file_moved_from_another_disk_keeps_its_id_whichever_place_is_looked_at_first() {
    let bench = Bench::new();
    let old = bench.wav("one/a.wav", 1, 1_000);
    let library = bench.library().await;
    let id = by_path(&library.catalog(), &old).id;
    // Its bytes come into another file, and then it is removed.
    let new = bench.path("two/b.wav");
    fs::create_dir(bench.path("two")).unwrap();
    fs::copy(&old, &new).unwrap();
    fs::remove_file(&old).unwrap();
    library.scan_part(&bench.path("two")).unwrap();
    let after = eventually(&library, |c| c.at_path(&new).is_some()).await;
    assert_eq!(by_path(&after, &new).id, id);
}

#[tokio::test]
async fn a_link_to_a_folder_that_is_known_makes_no_tracks_and_takes_none_away() {
    let bench = Bench::new();
    let path = bench.wav("rock/queen/a.wav", 1, 1_000);
    let library = bench.library().await;
    let id = by_path(&library.catalog(), &path).id;
    // Sorted before what they lead to.
    std::os::unix::fs::symlink(bench.path("rock/queen"), bench.path("00-favourites")).unwrap();
    std::os::unix::fs::symlink(bench.music.path(), bench.path("rock/all")).unwrap();
    for part in ["00-favourites", "rock/all", "00-favourites/a.wav"] {
        library.scan_part(&bench.path(part)).unwrap();
    }
    // Seen after them.
    let last = bench.wav("zz.wav", 2, 1_000);
    eventually(&library, |c| c.at_path(&last).is_some()).await;
    let after = rescan(&library).await;
    assert_eq!(after.len(), 2, "{:?}", after.list().iter().map(|t| t.path.clone()).collect::<Vec<_>>());
    let track = after.get(id).unwrap();
    assert!(track.available && track.path == path);
}

#[tokio::test]
async fn a_music_folder_within_another_is_present_with_its_own_files() {
    let bench = Bench::new();
    let inner = bench.path("inner");
    bench.wav("inner/a.wav", 1, 1_000);
    bench.wav("b.wav", 2, 1_000);
    bench.wav("c.wav", 3, 1_000);
    let link = tempfile::tempdir().unwrap();
    let linked = link.path().join("link");
    std::os::unix::fs::symlink(&inner, &linked).unwrap();
    let store = Store::open(bench.data.path()).await.unwrap();
    let library = start(store, vec![bench.music.path().to_owned(), inner.clone(), linked]).await.unwrap();
    library.fulfilled(1).await;
    rescan(&library).await;
    let told: Vec<_> = library.status().folders.iter().map(|f| (f.state, f.found)).collect();
    assert_eq!(told, [(FolderState::Present, 2), (FolderState::Present, 1), (FolderState::Present, 0)]);
    // Its disk is gone: the outer one is there all the same.
    fs::remove_dir_all(&inner).unwrap();
    fs::create_dir(&inner).unwrap();
    rescan(&library).await;
    assert_eq!(library.status().folders[1].state, FolderState::Empty);
}
