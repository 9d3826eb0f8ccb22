//! What taggers of thirty years wrote, and what people mean by it.

use std::io::Cursor;

use downbeat_store::index::{AlbumSort, Filter, NameSort, Part as PagePart, Query, Sorted, TrackSort, Within};
use encoding_rs::{Encoding, GBK, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251};

use super::{containers::*, *};
use crate::{
    edit::{Editor, TagEdit},
    playlist_file::find::Roots,
    retag, tags,
    turn::meta_for_tests,
};

fn comments(texts: &[&str]) -> Vec<u8> {
    flac(&texts.iter().map(|text| text.as_bytes()).collect::<Vec<_>>())
}

fn text_item(name: [u8; 4], texts: &[&str]) -> Vec<u8> {
    atom(name, &texts.iter().flat_map(|text| value(1, text.as_bytes())).collect::<Vec<_>>())
}

/// One artist whose name holds a sign, and two artists as each kind of tag says several.
#[test]
fn several_names_are_said_by_the_tag_and_not_by_signs() {
    let both = |one: Vec<u8>, two: Vec<u8>| {
        let (one, two) = (read(&one), read(&two));
        assert_eq!((one.artist.as_str(), one.artists.as_slice()), ("hey; ho", &["hey; ho".to_owned()][..]));
        assert_eq!((two.artist.as_str(), two.artists.as_slice()), ("A/B, C", &["A/B".to_owned(), "C".to_owned()][..]));
        assert_eq!(two.composer, "X; Y, Z");
        assert_eq!(two.details.composers, ["X; Y", "Z"]);
        assert_eq!(two.genres, ["Rock", "Pop", "Folk"]);
    };
    let id3 = |version: u8| {
        let name = |new: &'static str, old: &'static str| if version == 2 { old } else { new };
        let artist = name("TPE1", "TP1");
        both(
            id3_texts(version, &[(artist, "hey; ho")]),
            id3_texts(
                version,
                &[(artist, "A/B\0C"), (name("TCOM", "TCM"), "X; Y\0Z"), (name("TCON", "TCO"), "Rock; Pop\0Folk")],
            ),
        );
    };
    [2, 3, 4].into_iter().for_each(id3);
    both(
        comments(&["ARTIST=hey; ho"]),
        comments(&["ARTIST=A/B", "artist=C", "COMPOSER=X; Y", "COMPOSER=Z", "GENRE=Rock; Pop", "GENRE=Folk"]),
    );
    both(
        ape(&[("Artist", b"hey; ho")]),
        ape(&[("Artist", b"A/B\0C"), ("Composer", b"X; Y\0Z"), ("Genre", b"Rock; Pop\0Folk")]),
    );
    both(
        mp4(&[text_item(*b"\xa9ART", &["hey; ho"])]),
        mp4(&[
            text_item(*b"\xa9ART", &["A/B", "C"]),
            text_item(*b"\xa9wrt", &["X; Y", "Z"]),
            text_item(*b"\xa9gen", &["Rock; Pop", "Folk"]),
        ]),
    );
    let set = Separators::new(Some(&["; ".to_owned(), "/".to_owned()]), Some(&["none".to_owned()])).unwrap();
    let tags = read_with(&comments(&["ARTIST=hey; ho", "ARTIST=AC/DC / Eno", "GENRE=Rock; Pop"]), &set);
    assert_eq!(tags.artists, ["hey", "ho", "AC/DC", "Eno"]);
    assert_eq!(tags.genres, ["Rock; Pop"]);
}

/// Numbers, totals and years as they are written in each kind of tag.
#[test]
fn numbers_and_dates_of_every_spelling_are_read_in_every_container() {
    type Say = fn(track: &str, disc: &str, date: &str) -> Vec<u8>;
    let all: [(&str, Say); 9] = [
        ("ID3v2.2", |t, d, y| id3_texts(2, &[("TRK", t), ("TPA", d), ("TYE", y), ("TT2", "x")])),
        ("ID3v2.3", |t, d, y| id3_texts(3, &[("TRCK", t), ("TPOS", d), ("TYER", y), ("TIT2", "x")])),
        ("ID3v2.4", |t, d, y| id3_texts(4, &[("TRCK", t), ("TPOS", d), ("TDRC", y), ("TIT2", "x")])),
        ("Vorbis", |t, d, y| {
            comments(&["TITLE=x", &format!("TRACKNUMBER={t}"), &format!("DISCNUMBER={d}"), &format!("DATE={y}")])
        }),
        ("Vorbis, short", |t, d, y| {
            comments(&["TITLE=x", &format!("Track={t}"), &format!("disc={d}"), &format!("YEAR={y}")])
        }),
        ("APE", |t, d, y| {
            ape(&[("Title", b"x"), ("Track", t.as_bytes()), ("Disc", d.as_bytes()), ("Year", y.as_bytes())])
        }),
        ("MP4", |t, d, y| {
            let pair = |text: &str| {
                let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter_map(|run| run.parse::<u16>().ok());
                let mut next = || numbers.next().unwrap_or(0).to_be_bytes();
                value(0, &[&[0, 0][..], &next(), &next(), &[0, 0]].concat())
            };
            let day = text_item(*b"\xa9day", &[y]);
            mp4(&[text_item(*b"\xa9nam", &["x"]), atom(*b"trkn", &pair(t)), atom(*b"disk", &pair(d)), day])
        }),
        ("ffmpeg's list", |t, d, y| format!("title=x\ntrack={t}\ndisc={d}\ndate={y}\n").into_bytes()),
        ("ASF by ffmpeg", |t, d, y| {
            format!("title=x\nWM/TrackNumber={t}\nWM/PartOfSet={d}\nWM/Year={y}\n").into_bytes()
        }),
    ];
    for (kind, say) in all {
        let tags = |track: &str, disc: &str, date: &str| {
            let file = say(track, disc, date);
            if kind.contains("ffmpeg") { meta_for_tests(&String::from_utf8(file).unwrap()) } else { read(&file) }
        };
        for (track, disc, date, year) in [
            ("3 of 12", "1/2", "2004/05/06", 2004),
            ("03/12", "1 of 2", "06.05.2004", 2004),
            ("3 von 12", "Disc 1 of 2", "May 2004", 2004),
            ("#3/12", "CD1/2", "(p) 1999", 1999),
            ("Track 3 (12)", "1 - 2", "c. 1970", 1970),
            (" 3 / 12", "01/02", "19990501", 1999),
        ] {
            let tags = tags(track, disc, date);
            assert_eq!((tags.track_no, tags.disc_no, tags.year), (Some(3), Some(1), Some(year)), "{kind}: {track}");
            assert_eq!((tags.details.track_total, tags.details.disc_total), (Some(12), Some(2)), "{kind}: {track}");
        }
        let tags = tags("0", "", "Unknown");
        assert_eq!((tags.track_no, tags.disc_no, tags.year), (None, None, None), "{kind}");
    }
    let info = read(&wav(&[("INAM", b"x"), ("ITRK", b"3 of 12"), ("ICRD", b"06.05.2004")]));
    assert_eq!((info.track_no, info.details.track_total, info.year), (Some(3), Some(12), Some(2004)));
    let totals = read(&comments(&["TITLE=x", "TRACKNUMBER=3", "TOTALTRACKS=12", "DISC=1", "DISCTOTAL=2"]));
    assert_eq!((totals.details.track_total, totals.details.disc_total), (Some(12), Some(2)));
    for (tags, year) in [
        (read(&comments(&["TITLE=x", "ORIGINALDATE=1971-06-22"])), 1971),
        (read(&comments(&["TITLE=x", "RELEASEDATE=22.06.1971", "ORIGINALYEAR=1970"])), 1971),
        (read(&id3_texts(4, &[("TIT2", "x"), ("TDRL", "1971")])), 1971),
        (read(&id3_texts(3, &[("TIT2", "x"), ("TXXX", "originalyear\x001971")])), 1971),
        (read(&mp4(&[text_item(*b"\xa9nam", &["x"]), own_item("ORIGINALDATE", &["1971-06"])])), 1971),
    ] {
        assert_eq!(tags.year, Some(year));
    }
}

/// Names for sorting, the release, the work: each kind of tag has its own names for them.
#[test]
fn what_is_said_of_release_and_work_is_read_in_every_container() {
    let expected = |tags: tags::Tags, what: &str| {
        let d = &tags.details;
        let said = [
            &d.title_sort,
            &d.artist_sort,
            &d.album_sort,
            &d.album_artist_sort,
            &d.composer_sort,
            &d.release,
            &d.catalog,
            &d.disc_title,
            &d.work,
            &d.movement,
        ];
        let meant = ["ts", "as", "bs", "bas", "cs", "id", "C-1", "dt", "Work", "Allegro"];
        assert_eq!(said.map(String::as_str), meant, "{what}");
        assert!(d.compilation, "{what}");
        assert_eq!((d.movement_no, d.movement_total), (Some(2), Some(4)), "{what}");
    };
    expected(
        read(&comments(&[
            "TITLE=x",
            "TITLESORT=ts",
            "ARTISTSORT=as",
            "ALBUMSORT=bs",
            "ALBUMARTISTSORT=bas",
            "COMPOSERSORT=cs",
            "COMPILATION=1",
            "MUSICBRAINZ_ALBUMID=id",
            "CATALOGNUMBER=C-1",
            "DISCSUBTITLE=dt",
            "WORK=Work",
            "MOVEMENTNAME=Allegro",
            "MOVEMENT=2",
            "MOVEMENTTOTAL=4",
        ])),
        "Vorbis",
    );
    for version in [3, 4] {
        expected(
            read(&id3_texts(
                version,
                &[
                    ("TIT2", "x"),
                    ("TSOT", "ts"),
                    ("TSOP", "as"),
                    ("TSOA", "bs"),
                    ("TSO2", "bas"),
                    ("TSOC", "cs"),
                    ("TCMP", "1"),
                    ("TXXX", "MusicBrainz Album Id\0id"),
                    ("TXXX", "CATALOGNUMBER\0C-1"),
                    ("TSST", "dt"),
                    ("TIT1", "Work"),
                    ("MVNM", "Allegro"),
                    ("MVIN", "2/4"),
                ],
            )),
            "ID3v2",
        );
    }
    let number = |name: [u8; 4], bytes: &[u8]| atom(name, &value(21, bytes));
    expected(
        read(&mp4(&[
            text_item(*b"\xa9nam", &["x"]),
            text_item(*b"sonm", &["ts"]),
            text_item(*b"soar", &["as"]),
            text_item(*b"soal", &["bs"]),
            text_item(*b"soaa", &["bas"]),
            text_item(*b"soco", &["cs"]),
            number(*b"cpil", &[1]),
            own_item("MusicBrainz Album Id", &["id"]),
            own_item("CATALOGNUMBER", &["C-1"]),
            own_item("DISCSUBTITLE", &["dt"]),
            text_item(*b"\xa9wrk", &["Work"]),
            text_item(*b"\xa9mvn", &["Allegro"]),
            number(*b"\xa9mvi", &[0, 2]),
            number(*b"\xa9mvc", &[0, 4]),
        ])),
        "MP4",
    );
    let none = read(&id3_texts(4, &[("TIT2", "x"), ("TIT1", "Group"), ("TCMP", "0")]));
    assert_eq!((none.details.work.as_str(), none.details.compilation), ("", false), "a group is no work by itself");
    let named = read(&comments(&["TITLE=x", "MOVEMENT=II. Adagio"]));
    assert_eq!((named.details.movement.as_str(), named.details.movement_no), ("II. Adagio", None));
    let genres = read(&id3_texts(3, &[("TIT2", "x"), ("TCON", "(31)(39)")]));
    assert_eq!(genres.genres, ["Trance", "Noise"]);
}

fn bytes_of(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    encoding.encode(text).0.into_owned()
}

#[test]
fn texts_of_old_code_pages_are_read_where_they_are_sure_and_shown_as_guessed() {
    let (title, artist, album) = ("Группа крови", "Кино", "Звезда по имени Солнце");
    let old = |text: &str| bytes_of(WINDOWS_1251, text);
    let latin = |text: &str| [&[0][..], &old(text)].concat();
    let frames = [frame(3, "TIT2", &latin(title)), frame(3, "TPE1", &latin(artist)), frame(3, "TALB", &latin(album))];
    let said = |name: &str, text: &str| [name.as_bytes(), b"=", &old(text)].concat();
    let vorbis = [said("TITLE", title), said("ARTIST", artist), said("ALBUM", album)];
    for (kind, file) in [
        ("ID3v1", [vec![0; 200], id3v1(&old(title), &old(artist), &old(album))].concat()),
        ("ID3v2", id3v2(3, &frames)),
        ("Vorbis", flac(&vorbis.iter().map(Vec::as_slice).collect::<Vec<_>>())),
        ("APE", ape(&[("Title", &old(title)), ("Artist", &old(artist)), ("Album", &old(album))])),
        ("INFO", wav(&[("INAM", &old(title)), ("IART", &old(artist)), ("IPRD", &old(album))])),
    ] {
        let tags = read(&file);
        let texts = [tags.title.as_str(), &tags.artist, &tags.album];
        assert_eq!((texts, tags.details.charset_guessed.as_str()), ([title, artist, album], "windows-1251"), "{kind}");
    }
    let utf8 = id3v2(3, &[frame(3, "TIT2", &[&[0][..], "Größe".as_bytes()].concat())]);
    let tags = read(&utf8);
    assert_eq!((tags.title.as_str(), tags.details.charset_guessed.as_str()), ("Größe", "UTF-8"), "said to be Latin-1");
    let western = id3v2(3, &[frame(3, "TIT2", b"\0Bj\xf6rk\x92s D\xe9but")]);
    let tags = read(&western);
    assert_eq!((tags.title.as_str(), tags.details.charset_guessed.as_str()), ("Björk’s Début", ""));
    let said = read(&id3_texts(4, &[("TIT2", "Ãðóïïà êðîâè")]));
    assert_eq!(said.title, "Ãðóïïà êðîâè", "what a tag says in UTF-8 is so");
}

#[tokio::test]
async fn the_files_of_an_album_show_their_encoding_together_and_an_edit_mends_it() {
    let bench = Bench::new();
    let put = |name: &str, encoding: &'static Encoding, texts: [&str; 3]| {
        let path = bench.fixture("48000-mono-cbr-notag.mp3", name);
        let [title, artist, album] = texts.map(|text| bytes_of(encoding, text));
        let sound = fs::read(&path).unwrap();
        fs::write(&path, [sound, id3v1(&title, &artist, &album)].concat()).unwrap();
        touch(&path);
        path
    };
    let album = "Mała płyta";
    let short = put("pl/1.mp3", WINDOWS_1250, ["Łódź", "Grzegorz", "Live"]);
    for (i, title) in
        ["Pieśń o małym rycerzu", "Żółta ciżemka", "Święta noc", "Przeżyj to sam", "Gdzie są"].iter().enumerate()
    {
        put(&format!("pl/{}.mp3", i + 2), WINDOWS_1250, [title, "Grzegorz", album]);
    }
    let alone = put("de/1.mp3", WINDOWS_1251, ["Дым", "X", ""]);
    let japanese = put("jp/1.mp3", SHIFT_JIS, ["となりのトトロ", "久石譲", "サウンドトラック"]);
    let chinese = put("cn/1.mp3", GBK, ["月亮代表我的心", "邓丽君", "经典名曲"]);
    let library = bench.library().await;
    let catalog = library.catalog();
    let seen = |path: &Path| {
        let track = by_path(&catalog, path);
        (track.title.to_string(), track.details.charset_guessed.clone())
    };
    assert_eq!(seen(&short), ("Łódź".into(), "windows-1250".into()), "by the others of its folder");
    assert_eq!(seen(&alone), ("Äûì".into(), String::new()), "nothing beside it helps");
    assert_eq!(seen(&japanese), ("となりのトトロ".into(), "Shift_JIS".into()));
    assert_eq!(seen(&chinese), ("月亮代表我的心".into(), "GBK".into()));
    let edit = TagEdit { title: Some("Дым".into()), artists: Some(vec!["X".into()]), ..TagEdit::default() };
    let editor = Editor::new([bench.music.path().to_owned()].into(), bench.data.path().join("edits"), 1);
    editor.write(by_path(&catalog, &alone).id, &alone, &edit).unwrap();
    let mended = rescan(&library).await;
    let track = by_path(&mended, &alone);
    assert_eq!((&*track.title, track.details.charset_guessed.as_str()), ("Дым", ""));
    // The text as it was guessed, and it is said from now on.
    let edit = TagEdit { title: Some("となりのトトロ".into()), ..TagEdit::default() };
    editor.write(by_path(&catalog, &japanese).id, &japanese, &edit).unwrap();
    let found = retag::read(&mut Cursor::new(fs::read(&japanese).unwrap()), false).unwrap();
    assert_eq!((found.of(retag::Field::Artist).next(), found.charset), (Some("久石譲"), None), "all of the new tag");
}

#[tokio::test]
async fn lists_and_marks_leave_folders_out_and_count_them() {
    let bench = Bench::new();
    let kept = bench.wav("a/kept.wav", 1, 1_000);
    for (seed, name) in ["a/@eaDir/x.wav", "b/@eaDir/x.wav", ".Trash-1000/x.wav", "Podcasts/x.wav"].iter().enumerate() {
        bench.wav(name, seed as i16 + 2, 1_000);
    }
    let marked = bench.wav("m/x/y/z.wav", 7, 1_000);
    fs::write(bench.path("m/x/.nomedia"), "").unwrap();
    let named = bench.wav("n/live/z.wav", 8, 1_000);
    let beside = bench.wav("n/z.wav", 9, 1_000);
    fs::write(bench.path("n/.ndignore"), "live/\n[a-b]\n").unwrap();
    // The music folder itself is wanted by whoever named it.
    fs::write(bench.path(".nomedia"), "").unwrap();
    let store = Store::open(bench.data.path()).await.unwrap();
    let leave_out = LeaveOut::new(&["podcasts", "!lost+found"]).unwrap();
    let settings = LibrarySettings { leave_out, ..LibrarySettings::default() };
    let library = Library::start(store, vec![bench.music.path().to_owned()], settings).await.unwrap();
    let status = library.fulfilled(1).await;
    let paths = |library: &Library| {
        let all = library.catalog().all();
        let mut there: Vec<PathBuf> = all.iter().filter(|t| t.available).map(|t| t.path.clone()).collect();
        there.sort();
        there
    };
    assert_eq!(paths(&library), [kept.clone(), beside.clone()]);
    let count = |name: &str| status.not_taken.iter().find(|kind| kind.ending == name).map(|kind| kind.files);
    assert_eq!([count("@eaDir/"), count(".Trash-*/"), count("podcasts/")], [Some(2), Some(1), Some(1)]);
    assert_eq!([count(".nomedia"), count(".ndignore")], [Some(1), Some(1)]);
    let fault = status.left_out.iter().find(|left| left.path.ends_with(".ndignore")).unwrap();
    assert!(fault.reason.contains("line 2 is not understood"), "{fault:?}");

    // A part that is asked for by name is left out as well.
    for part in [&marked, &named, &bench.path("a/@eaDir"), &bench.path("Podcasts/x.wav")] {
        library.scan_part(part).unwrap();
    }
    assert_eq!(rescan(&library).await.len(), 2);
    // A mark that goes, and one that comes, are seen at once.
    fs::remove_file(bench.path("m/x/.nomedia")).unwrap();
    eventually(&library, |c| c.at_path(&marked).is_some_and(|t| t.available)).await;
    fs::write(bench.path("a/.nomedia"), "").unwrap();
    eventually(&library, |c| c.at_path(&kept).is_some_and(|t| !t.available)).await;
    assert_eq!(paths(&library), [marked, beside]);
}

#[tokio::test]
async fn albums_works_and_places_in_lists_are_as_people_mean_them() {
    let bench = Bench::new();
    let put = |name: &str, texts: &[&str]| {
        let path = bench.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, comments(texts)).unwrap();
        touch(&path);
    };
    // A compilation, a folder for each artist.
    for artist in ["Abba", "Blur", "Cher"] {
        let by = format!("ARTIST={artist}");
        put(&format!("{artist}/1.flac"), &["TITLE=x", &by, "ALBUM=Sampler", "COMPILATION=1"]);
    }
    // Two releases of an album, the second on two discs.
    let joni = ["ARTIST=Joni Mitchell", "ARTISTSORT=Mitchell, Joni", "ALBUMARTIST=Joni Mitchell", "ALBUM=Blue"];
    put("old/1.flac", &[&joni[..], &["TITLE=o", "CATALOGNUMBER=MS 2038", "ALBUMARTISTSORT=Mitchell, Joni"]].concat());
    for disc in ["1", "2"] {
        let number = format!("DISCNUMBER={disc}");
        let more = ["TITLE=n", "CATALOGNUMBER=R2 1", &number, "DISCSUBTITLE=Demos", "ALBUMARTISTSORT=Mitchell, Joni"];
        put(&format!("new {disc}/1.flac"), &[&joni[..], &more].concat());
    }
    put("z/1.flac", &["TITLE=t", "ARTIST=Nina", "ALBUMARTIST=Nina", "ALBUM=Zoo", "ALBUMSORT=Aaa"]);
    let sonata = ["ARTIST=Brendel", "ALBUM=Sonatas", "COMPOSER=Ludwig van Beethoven", "COMPOSERSORT=Beethoven, Ludwig"];
    for (number, movement) in ["Adagio", "Allegretto"].iter().enumerate() {
        let (number, name) = (format!("MOVEMENT={}", number + 1), format!("MOVEMENTNAME={movement}"));
        let more = ["TITLE=m", "WORK=Moonlight Sonata", &number, &name];
        put(&format!("s/{movement}.flac"), &[&sonata[..], &more].concat());
    }
    let library = bench.library().await;
    let store = library.store();
    let all = PagePart::first(100);
    let by = Sorted { by: AlbumSort::Title, reverse: false };
    let albums = store.list_albums(downbeat_store::index::AlbumFilter::default(), by, all.clone()).await.unwrap().items;
    let seen = albums.iter().map(|a| (a.title.as_str(), a.artist.as_str(), a.edition.as_str(), a.tracks));
    let mut seen: Vec<_> = seen.collect();
    // The two releases stand at one place.
    seen[1..3].sort_unstable();
    assert_eq!(
        seen,
        [
            ("Zoo", "Nina", "", 1),
            ("Blue", "Joni Mitchell", "MS 2038", 1),
            ("Blue", "Joni Mitchell", "R2 1", 2),
            ("Sampler", "Various Artists", "", 3),
            ("Sonatas", "Brendel", "", 2),
        ]
    );
    let artists = store.list_artists(false, false, NameSort::Name.into(), all.clone()).await.unwrap().items;
    let names: Vec<_> = artists.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["Abba", "Blur", "Brendel", "Cher", "Joni Mitchell", "Nina"], "Joni at M");
    let found = store.search_artists(&Query::parse("joni mitchell"), false, all.clone()).await.unwrap().items;
    assert_eq!(found.len(), 1, "and found by the name");
    let composers = store.list_composers(NameSort::Name.into(), all.clone()).await.unwrap().items;
    assert_eq!(
        composers.iter().map(|c| (c.name.as_str(), c.tracks)).collect::<Vec<_>>(),
        [("Ludwig van Beethoven", 2)]
    );
    let works = store.list_works(Some(composers[0].id), all.clone()).await.unwrap().items;
    assert_eq!((works[0].name.as_str(), works[0].composer.as_str()), ("Moonlight Sonata", "Ludwig van Beethoven"));
    for within in [Within::Composer(composers[0].id), Within::Work(works[0].id)] {
        let filter = Filter { within: Some(within), ..Filter::default() };
        assert_eq!(store.list_tracks(&filter, TrackSort::Album.into(), all.clone()).await.unwrap().items.len(), 2);
    }
    for (typed, count) in [("work:moonlight", 2), ("adagio", 1), ("movement:allegretto", 1), ("composer:beethoven", 2)]
    {
        let hits = store.search_tracks(&Query::parse(typed), false, all.clone()).await.unwrap().items.len();
        assert_eq!(hits, count, "{typed}");
    }
    // Another setting has every file read once more.
    drop(library);
    put("sep/1.flac", &["TITLE=t", "ARTIST=hey; ho"]);
    let artists = async |separators: Separators| {
        let store = Store::open(bench.data.path()).await.unwrap();
        let settings = LibrarySettings { separators, ..LibrarySettings::default() };
        let library = Library::start(store, vec![bench.music.path().to_owned()], settings).await.unwrap();
        library.fulfilled(1).await;
        by_path(&library.catalog(), &bench.path("sep/1.flac")).artists.len()
    };
    assert_eq!(artists(Separators::default()).await, 1);
    assert_eq!(artists(Separators::new(Some(&[";".to_owned()]), None).unwrap()).await, 2);
}

#[tokio::test]
async fn letters_and_accents_apart_or_together_are_one_name() {
    let bench = Bench::new();
    let (together, apart) = ("Bj\u{f6}rk", "Bjo\u{308}rk");
    for (i, name) in [together, apart].iter().enumerate() {
        let path = bench.path(&format!("{name}/{i}.flac"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let tags = [
            format!("TITLE={i}"),
            format!("ARTIST={name}"),
            format!("ALBUM=De\u{301}but {name}"),
            format!("ALBUMARTIST={name}"),
        ];
        fs::write(&path, comments(&tags.iter().map(String::as_str).collect::<Vec<_>>())).unwrap();
    }
    let library = bench.library().await;
    let (store, all) = (library.store(), PagePart::first(100));
    let artists = store.list_artists(false, false, NameSort::Name.into(), all.clone()).await.unwrap().items;
    assert_eq!(artists.iter().map(|a| (a.name.as_str(), a.tracks)).collect::<Vec<_>>(), [(together, 2)]);
    let albums = store
        .list_albums(downbeat_store::index::AlbumFilter::default(), AlbumSort::Title.into(), all.clone())
        .await
        .unwrap()
        .items;
    assert_eq!(albums.len(), 1);
    for name in [together, apart] {
        let found = store.search_artists(&Query::parse(name), false, all.clone()).await.unwrap().items;
        assert_eq!(found.len(), 1, "{name:?}");
        let hits = store.search_tracks(&Query::parse(&format!("artist:\"{name}\"")), false, all.clone()).await.unwrap();
        assert_eq!(hits.items.len(), 2, "{name:?}");
        assert_eq!(downbeat_store::index::artist_id(name), artists[0].id);
        for (i, folder) in [together, apart].iter().enumerate() {
            let swapped = if *folder == together { apart } else { together };
            for written in [folder, &swapped] {
                let text = format!("{written}/{i}.flac\n");
                let list = crate::playlist_file::read(text.as_bytes()).unwrap();
                let catalog = library.catalog();
                let finder = crate::playlist_file::find::Finder::new(&catalog, vec![bench.path("")]);
                let found = finder.find(&list.named[0], &mut Roots::default());
                let own = by_path(&library.catalog(), &bench.path(&format!("{folder}/{i}.flac"))).id;
                assert_eq!(found.tracks().iter().map(|t| t.id).collect::<Vec<_>>(), [own], "{written:?}/{i}");
            }
        }
    }
}
