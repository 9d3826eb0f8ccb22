use super::*;

/// A library of these dictionaries of tracks, and of playlists.
fn library(tracks: &str, lists: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple Computer//DTD PLIST 1.0//EN\" \
         \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n<dict>\n<key>Major Version</key>\
         <integer>1</integer>\n<key>Music Folder</key><string>file:///x/</string>\n\
         <key>Tracks</key>\n<dict>{tracks}</dict>\n\
         <key>Playlists</key>\n<array>{lists}</array>\n</dict>\n</plist>"
    )
}

fn pairs(pairs: &[(&str, &str, &str)]) -> String {
    let pair = |(key, kind, value): &(&str, &str, &str)| match *kind {
        "true" | "false" => format!("<key>{key}</key><{kind}/>"),
        kind => format!("<key>{key}</key><{kind}>{value}</{kind}>"),
    };
    format!("<dict>{}</dict>", pairs.iter().map(pair).collect::<String>())
}

fn track(id: i64, more: &[(&str, &str, &str)]) -> String {
    let (number, location) = (id.to_string(), format!("file://localhost/C:/Music/A%20B/{id}.mp3"));
    let base = [
        ("Track ID", "integer", number.as_str()),
        ("Name", "string", "Same &#38; same"),
        ("Location", "string", &location),
    ];
    format!("<key>{id}</key>{}", pairs(&[&base[..], more].concat()))
}

fn items(ids: &[i64]) -> String {
    let items = ids.iter().map(|id| pairs(&[("Track ID", "integer", &id.to_string())])).collect::<String>();
    format!("<key>Playlist Items</key><array>{items}</array>")
}

fn list(facts: &[(&str, &str, &str)], ids: &[i64]) -> String {
    pairs(facts).replace("</dict>", &format!("{}</dict>", items(ids)))
}

#[test]
fn tracks_ratings_plays_and_lists_in_their_folders_are_read() {
    let tracks = [
        track(
            1,
            &[
                ("Rating", "integer", "70"),
                ("Play Count", "integer", "12"),
                ("Play Date", "integer", "3786912000"),
                ("Play Date UTC", "date", "2023-12-31T23:00:00Z"),
                ("Total Time", "integer", "61000"),
                ("Artist", "string", "ABBA"),
                ("Album", "string", "Gold"),
                ("Track Type", "string", "File"),
            ],
        ),
        track(2, &[("Rating", "integer", "60"), ("Rating Computed", "true", ""), ("Album Rating", "integer", "60")]),
        track(3, &[("Track Type", "string", "URL")]),
        track(4, &[("Movie", "true", "")]),
        track(5, &[("Rating", "integer", "900"), ("Play Count", "integer", "-4"), ("Play Date UTC", "date", "never")]),
        track(6, &[("Track Type", "string", "Remote")]),
    ];
    let lists = [
        list(&[("Name", "string", "Mediathek"), ("Master", "true", "")], &[1, 2]),
        list(&[("Name", "string", "Musik"), ("Distinguished Kind", "integer", "4")], &[1, 2]),
        list(
            &[
                ("Name", "string", "Folder"),
                ("Playlist Persistent ID", "string", "F"),
                ("Folder", "true", ""),
                ("Parent Persistent ID", "string", "G"),
            ],
            &[1, 2],
        ),
        list(&[("Name", "string", "Mine"), ("Parent Persistent ID", "string", "F")], &[2, 1, 1, 3, 99]),
        list(
            &[
                ("Name", "string", "Over"),
                ("Playlist Persistent ID", "string", "G"),
                ("Folder", "true", ""),
                ("Parent Persistent ID", "string", "F"),
            ],
            &[],
        ),
        list(
            &[("Name", "string", "Smart"), ("Smart Info", "data", "AQEAAwAA"), ("Smart Criteria", "data", "U0xzdAAB")],
            &[5],
        ),
        list(&[("Name", "string", "Of streams")], &[3, 6]),
    ];
    let read = read_library(library(&tracks.concat(), &lists.concat()).as_bytes()).unwrap();
    assert_eq!(read.tracks.len(), 3, "streams and films are left out: {read:?}");
    let [first, second, odd] = &read.tracks[..] else { panic!() };
    assert_eq!((first.rating, first.plays, first.played), (Some(70), 12, Some(1_704_063_600)));
    assert_eq!((first.named.seconds, first.named.album.as_deref()), (Some(61.0), Some("Gold")));
    assert_eq!(first.named.paths, [std::path::Path::new("/C:/Music/A B/1.mp3")]);
    assert_eq!(first.named.title.as_deref(), Some("Same & same"));
    assert_eq!(second.rating, None, "it follows from the album's: nobody said it");
    assert_eq!((odd.rating, odd.plays, odd.played), (None, 0, None), "nonsense");
    // folders that lie within each other in a circle end somewhere
    let mine = &read.lists[0];
    assert!(mine.name.ends_with("Over / Folder / Mine") && mine.name.len() < 300, "{}", mine.name);
    assert_eq!(mine.tracks, [1, 0, 0], "a track that is there twice, in the order of the list");
    assert_eq!(read.lists[1..], [OtherList { name: "Smart".into(), tracks: vec![2] }]);
}

#[test]
fn a_library_that_is_none_or_hostile_is_refused() {
    let refused = |text: &str| read_library(text.as_bytes()).unwrap_err();
    assert!(matches!(refused("<plist><dict><key>Playlists</key><array/></dict></plist>"), Unreadable::Unknown(_)));
    assert!(matches!(refused("bplist00\u{1}\u{2}"), Unreadable::Unknown(_) | Unreadable::Broken { .. }));
    assert!(matches!(refused("<html></html>"), Unreadable::Unknown(_)));
    assert_eq!(refused("<!DOCTYPE plist [<!ENTITY a 'b'>]><plist><dict/></plist>"), Unreadable::Entities);
    let deep = format!("<plist><dict><key>Tracks</key><dict><key>1</key>{}", "<dict><key>a</key>".repeat(1_000));
    assert_eq!(refused(&deep), Unreadable::TooDeep);
    let cut = library(&track(1, &[]), "");
    match refused(&cut[..cut.len() - 40]) {
        Unreadable::Broken { line, .. } => assert!((8..=13).contains(&line), "{line}"),
        other => panic!("{other:?}"),
    }
}
