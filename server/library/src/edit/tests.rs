use std::{
    io::Cursor,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    process::Command,
};

use lofty::{
    config::WriteOptions,
    file::TaggedFileExt as _,
    tag::{Accessor as _, ItemKey, Tag, TagExt as _},
};
use nix::errno::Errno;
use proptest::prelude::*;

use super::*;
use crate::{journal::COPY, machine::faults};
use crate::{separators::Separators, tags};

/// The files by writers of different code; see `fixtures/README.md`.
fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut files: Vec<_> = entries.filter(|p| p.extension().is_some_and(|e| e != "py" && e != "md")).collect();
    files.sort();
    assert!(files.len() > 60);
    files
}

fn track() -> TrackId {
    TrackId(uuid::Uuid::from_u128(7))
}

fn editor(folder: &Path, days: u32) -> Editor {
    Editor::new([folder.to_owned()].into(), folder.join(".kept"), days)
}

fn tone(path: &Path) {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(path, spec).unwrap();
    for i in 0..16_000_i16 {
        file.write_sample(i).unwrap();
    }
    file.finalize().unwrap();
}

fn edit(title: &str) -> TagEdit {
    TagEdit {
        title: Some(title.into()),
        artists: Some(vec!["Zo\u{eb}".into(), "Bill".into()]),
        year: Some(1994),
        track_no: Some(7),
        ..TagEdit::default()
    }
}

fn only_title(title: &str) -> TagEdit {
    TagEdit { title: Some(title.into()), ..TagEdit::default() }
}

fn read(path: &Path) -> tags::Tags {
    tags::read(&mut File::open(path).unwrap(), &Separators::default(), &|| None).unwrap()
}

/// All samples that a decoder delivers; `None` if it refuses the file.
fn samples(content: &[u8], ending: &str) -> Option<(Vec<u32>, u64)> {
    guard::catch(|| {
        let source = Box::new(Cursor::new(content.to_vec()));
        let mut decoder = downbeat_media::Decoder::open(source, ending).ok()?;
        let mut all = Vec::new();
        while let Ok(Some(block)) = decoder.next_block() {
            all.extend(block.iter().map(|s| s.to_bits()));
            if all.len() > 4_000_000 {
                break;
            }
        }
        Some((all, decoder.bad_packets()))
    })
    .unwrap_or(None)
}

/// The tags as the decoder's reader sees them, but for those of the fields that `edit` names.
fn others(content: &[u8], ending: &str) -> Vec<(String, String)> {
    const NAMED: [&str; 25] = [
        "TITLE",
        "ARTIST",
        "ARTISTS",
        "DATE",
        "YEAR",
        "TRACKNUMBER",
        "TRACK",
        "TIT2",
        "TPE1",
        "TXXX:ARTISTS",
        "TYER",
        "TDRC",
        "TDAT",
        "TRCK",
        "TT2",
        "TP1",
        "TYE",
        "TRK",
        "INAM",
        "IART",
        "ICRD",
        "\u{a9}nam",
        "\u{a9}ART",
        "trkn",
        "NAME",
    ];
    let source = Box::new(Cursor::new(content.to_vec()));
    let content = downbeat_media::content(source, ending, &mut |_| {}).unwrap();
    let mut tags = content.tags;
    tags.retain(|(name, _)| {
        let own = name.rsplit(':').next().unwrap_or(name);
        !NAMED.iter().any(|n| n.eq_ignore_ascii_case(name))
            && !matches!(name.as_str(), "\u{a9}day" | "AUTH")
            && own != "ARTISTS"
    });
    tags.extend(content.pictures.iter().map(|p| ("picture".to_owned(), blake3::hash(p).to_string())));
    tags.sort();
    tags
}

/// Files that are refused, and a word of the reason.
const REFUSED: [(&str, &str); 1] = [("wav-cut.wav", "taken for sound")];

#[test]
fn files_of_every_writer_are_edited_and_nothing_else_of_them_changes() {
    let dir = tempfile::tempdir().unwrap();
    let editor = editor(dir.path(), 30);
    for fixture in fixtures() {
        let name = fixture.file_name().unwrap().to_str().unwrap().to_owned();
        let ending = fixture.extension().unwrap().to_str().unwrap().to_owned();
        let path = dir.path().join(&name);
        fs::copy(&fixture, &path).unwrap();
        let before = fs::read(&path).unwrap();
        let long = "a longer title ".repeat(20);
        let edits = [edit("One"), edit(&long), only_title("T"), TagEdit { year: Some(0), ..only_title("") }];
        let mut ids = Vec::new();
        for edit in &edits {
            let edited = editor.write(track(), &path, edit);
            if let Some((_, word)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
                assert!(edited.unwrap_err().to_string().contains(word), "{name}");
                assert_eq!(fs::read(&path).unwrap(), before, "{name}");
                continue;
            }
            ids.extend(edited.unwrap_or_else(|e| panic!("{name}: {e}")).id);
            let after = fs::read(&path).unwrap();
            assert_eq!(samples(&after, &ending), samples(&before, &ending), "{name}");
            let (was, is) = (others(&before, &ending), others(&after, &ending));
            for tag in &was {
                assert!(is.contains(tag), "{name}: {tag:?} of {was:?} is not in {is:?}");
            }
            let tags = read(&path);
            if let Some(title) = edit.title.as_ref().filter(|t| !t.is_empty()) {
                assert_eq!(tags.title, title.trim(), "{name}");
            }
            if edit.artists.is_some() {
                assert_eq!(
                    (tags.artists, tags.year, tags.track_no),
                    (vec!["Zo\u{eb}".into(), "Bill".into()], Some(1994), Some(7)),
                    "{name}"
                );
            }
        }
        for id in ids.into_iter().rev() {
            editor.undo(id, &path).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
        assert_eq!(fs::read(&path).unwrap(), before, "{name} is as it was, to the bit");
    }
}

#[test]
fn files_that_lofty_wrote_keep_what_it_wrote() {
    let dir = tempfile::tempdir().unwrap();
    let editor = editor(dir.path(), 30);
    for name in [
        "flac-no-comments.flac",
        "vorbis-ffmpeg.ogg",
        "opus-opusenc.opus",
        "mp3-no-tags.mp3",
        "mp4-no-tags.m4a",
        "wav-plain.wav",
        "aiff-plain.aiff",
    ] {
        let path = dir.path().join(name);
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name), &path).unwrap();
        let mut tag = Tag::new(lofty::read_from_path(&path).unwrap().primary_tag_type());
        tag.set_title("Old".into());
        for (key, text) in [
            (ItemKey::Comment, "kept"),
            (ItemKey::MusicBrainzRecordingId, "0f6b6f7c-7f3e-4c8e-9d5e-1d2c3b4a5f60"),
            (ItemKey::CatalogNumber, "XY 1"),
        ] {
            tag.insert_text(key, text.into());
        }
        tag.save_to_path(&path, WriteOptions::default()).unwrap();
        let before = fs::read(&path).unwrap();
        let id = editor.write(track(), &path, &edit("New")).unwrap_or_else(|e| panic!("{name}: {e}")).id.unwrap();
        let file = lofty::read_from_path(&path).unwrap();
        let after = file.primary_tag().unwrap();
        assert_eq!((after.title().as_deref(), after.track()), (Some("New"), Some(7)), "{name}");
        for item in tag.items().filter(|item| item.key() != ItemKey::TrackTitle) {
            // Which of its keys a kind can say at all, what was read back before tells.
            let said = lofty::probe::Probe::new(Cursor::new(&before)).guess_file_type().unwrap().read().unwrap();
            let was = said.primary_tag().unwrap().get_string(item.key());
            assert_eq!(after.get_string(item.key()), was, "{name}: {item:?}");
        }
        editor.undo(id, &path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), before, "{name}");
    }
}

#[test]
fn what_people_and_programs_wrote_wrongly_is_read_named_and_mended() {
    let dir = tempfile::tempdir().unwrap();
    let editor = editor(dir.path(), 0);
    // The year and the artist as they are read, and a word of the fault.
    for (name, year, artist, fault) in [
        ("broken-year-words.mp3", Some(2004), "One", "TYER"),
        ("broken-year-month.mp3", Some(2004), "One", "TDRC"),
        ("broken-year-unknown.mp3", None, "One", "TORY"),
        ("broken-year-original.mp3", None, "One", "TDOR"),
        ("broken-encoding.mp3", None, "O", "COMM"),
        ("broken-size.mp3", None, "One", ""),
        ("broken-itunes-sizes.mp3", None, "One", ""),
        ("broken-duplicates.mp3", None, "", ""),
        ("broken-ape-footer.mp3", None, "", "APE"),
        ("broken-empty-frames.mp3", None, "One", ""),
    ] {
        let path = dir.path().join(name);
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name), &path).unwrap();
        let tags = read(&path);
        if name != "broken-empty-frames.mp3" {
            assert_eq!(tags.title, "Old", "{name}");
        }
        assert_eq!((tags.year, tags.artist.as_str()), (year, artist), "{name}");
        assert!(tags.faults.iter().any(|f| f.contains(fault)) || fault.is_empty(), "{name}: {:?}", tags.faults);
        editor.write(track(), &path, &edit("New")).unwrap_or_else(|e| panic!("{name}: {e}"));
        let tags = read(&path);
        assert_eq!((tags.title.as_str(), tags.year, tags.track_no), ("New", Some(1994), Some(7)), "{name}");
    }
    for (name, expected) in [
        ("written-slashes.flac", (Some(2004), Some(3), None)),
        ("written-dots.flac", (Some(2004), Some(6), Some(2))),
        ("written-mark.flac", (Some(1999), None, None)),
        ("written-original.flac", (Some(1968), None, None)),
        ("flac-ffmpeg.flac", (None, Some(3), Some(1))),
    ] {
        let tags = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name));
        assert_eq!((tags.year, tags.track_no, tags.disc_no), expected, "{name}");
    }
}

#[test]
fn of_an_mp3_without_id3v2_the_longer_tag_counts() {
    let tags = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mp3-ape-v1.mp3"));
    assert_eq!(tags.title, "A title that is longer than thirty letters");
    assert_eq!(tags.artists, ["One", "Two"]);
}

#[test]
fn the_owner_the_rights_and_the_attributes_stay() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    tone(&path);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let attribute = rustix::fs::setxattr(&path, "user.rating", b"5", rustix::fs::XattrFlags::empty());
    let edited = editor(dir.path(), 0).write(track(), &path, &edit("One")).unwrap();
    assert_eq!((edited.id, edited.changed, edited.notes), (None, true, vec![]));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    if attribute.is_ok() {
        let mut value = [0; 8];
        assert_eq!(rustix::fs::getxattr(&path, "user.rating", &mut value[..]).unwrap(), 1);
    }
    let same = editor(dir.path(), 0).write(track(), &path, &edit("One")).unwrap();
    assert!(!same.changed, "it says all of it already");
    assert!(names(dir.path()).iter().all(|n| !n.starts_with(COPY)), "no copy is left");
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[test]
fn a_link_goes_on_leading_to_the_file_and_another_name_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let (file, link, hard) = (dir.path().join("a.wav"), dir.path().join("link.wav"), dir.path().join("hard.wav"));
    tone(&file);
    symlink(&file, &link).unwrap();
    fs::hard_link(&file, &hard).unwrap();
    let edited = editor(dir.path(), 0).write(track(), &link, &edit("One")).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!((read(&file).title.as_str(), read(&hard).title.as_str()), ("One", ""));
    assert!(edited.notes.iter().any(|n| n.contains("hard links")), "{:?}", edited.notes);
}

#[test]
fn what_cannot_be_written_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let editor = editor(dir.path(), 0);
    let path = dir.path().join("a.mp3");
    assert!(matches!(editor.write(track(), &path, &edit("x")), Err(EditError::Missing)));
    fs::write(&path, b"this is no music").unwrap();
    assert!(matches!(editor.write(track(), &path, &edit("x")), Err(EditError::Unsupported(_))));
    assert_eq!(fs::read(&path).unwrap(), b"this is no music");
    let path = dir.path().join("b.wav");
    tone(&path);
    let lock = File::open(&path).unwrap();
    lock.lock().unwrap();
    assert!(matches!(editor.write(track(), &path, &edit("x")), Err(EditError::Busy)));
    drop(lock);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    assert!(matches!(editor.write(track(), &path, &edit("x")), Err(EditError::ReadOnly { .. })));
    assert_eq!(names(dir.path()).len(), 2, "no copy is left");
}

#[test]
fn a_file_that_is_written_to_meanwhile_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    tone(&path);
    let editor = editor(dir.path(), 30);
    let mut original = Original::open(&path).unwrap();
    let change = plan(original.file(), &edit("x").wanted()).unwrap();
    let theirs = path.clone();
    let result = editor.put(&mut original, track(), Vec::new(), &change, |_, _| {
        fs::OpenOptions::new()
            .append(true)
            .open(&theirs)
            .and_then(|mut f| io::Write::write_all(&mut f, b"more"))
            .unwrap();
        Ok(())
    });
    assert!(matches!(result, Err(EditError::Changed)));
    assert!(fs::read(&path).unwrap().ends_with(b"more"));
    assert!(editor.kept().unwrap().is_empty() && names(dir.path()).iter().all(|n| !n.starts_with(COPY)));
}

#[test]
fn a_machine_without_files_is_no_news_of_an_edit() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    tone(&path);
    let editor = editor(dir.path(), 30);
    let id = editor.write(track(), &path, &edit("x")).unwrap().id.unwrap();
    let folder = editor.kept.folder().to_owned();
    for place in [folder.clone(), folder.join(format!("{id}.edit"))] {
        for code in [Errno::EMFILE as i32, Errno::EIO as i32] {
            faults::set(&place, code);
            let error = editor.kept().unwrap_err();
            assert!(matches!(error, EditError::Machine { .. }), "{error}");
        }
        assert!(editor.kept().unwrap_err().to_string().contains("disk fails"), "it says what to do");
        if place != folder {
            assert!(matches!(editor.undo(id, &path), Err(EditError::Machine { .. })));
        }
        faults::set(&place, 0);
    }
    assert_eq!(editor.kept().unwrap().len(), 1);
    assert!(editor.undo(id, &path).unwrap().changed);
}

#[test]
fn an_edit_can_be_taken_back_after_a_restart_unless_the_file_was_changed_since() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    tone(&path);
    let before = fs::read(&path).unwrap();
    let id = editor(dir.path(), 30).write(track(), &path, &edit("One")).unwrap().id.unwrap();
    // Moved meanwhile, and the coordinator began anew.
    let moved = dir.path().join("b.wav");
    fs::rename(&path, &moved).unwrap();
    let again = editor(dir.path(), 30);
    let kept = again.kept().unwrap();
    assert_eq!((kept.len(), kept[0].id, kept[0].fields.len()), (1, id, 4));
    let edited = fs::read(&moved).unwrap();
    fs::write(&moved, [&edited[..], b"\0\0"].concat()).unwrap();
    assert!(matches!(again.undo(id, &moved), Err(EditError::ChangedSince)));
    fs::write(&moved, &edited).unwrap();
    let redo = again.undo(id, &moved).unwrap().id.unwrap();
    assert_eq!(fs::read(&moved).unwrap(), before);
    assert!(matches!(again.undo(id, &moved), Err(EditError::Unknown)));
    again.undo(redo, &moved).unwrap();
    assert_eq!(fs::read(&moved).unwrap(), edited, "what was taken back can be had again");
    assert_eq!(fs::metadata(dir.path().join(".kept")).unwrap().mode() & 0o777, 0o700);
    assert!(editor(dir.path(), 0).kept().unwrap().is_empty(), "nothing is kept for no days");
}

#[test]
fn if_what_was_there_cannot_be_kept_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    tone(&path);
    let before = fs::read(&path).unwrap();
    fs::write(dir.path().join(".kept"), b"no folder").unwrap();
    let error = editor(dir.path(), 30).write(track(), &path, &edit("One")).unwrap_err();
    assert!(matches!(error, EditError::NotKept { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn copies_that_a_power_cut_left_are_removed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    tone(&path);
    let (old, new) = (dir.path().join(format!("{COPY}old")), dir.path().join(format!("{COPY}new")));
    fs::write(&new, b"").unwrap();
    let long_ago = std::time::UNIX_EPOCH + Duration::from_secs(1);
    File::create(&old).unwrap().set_modified(long_ago).unwrap();
    editor(dir.path(), 0).write(track(), &path, &edit("One")).unwrap();
    assert!(!old.exists() && new.exists());
}

/// Real processes, really killed: this very test, run once more for each step.
#[test]
fn a_coordinator_that_is_killed_at_any_step_leaves_the_old_file_or_the_new_one_and_nothing_else() {
    const FOLDER: &str = "DOWNBEAT_TEST_EDITS";
    if let Some(folder) = std::env::var_os(FOLDER) {
        let folder = PathBuf::from(folder);
        let _ = editor(&folder, 30).write(track(), &folder.join("a.wav"), &edit("One"));
        return;
    }
    let name =
        "edit::tests::a_coordinator_that_is_killed_at_any_step_leaves_the_old_file_or_the_new_one_and_nothing_else";
    let mut fates = Vec::new();
    for step in ["noted", "begun", "written", "kept in part", "kept", "in place", "cleared", "never"] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.wav");
        tone(&path);
        let old = fs::read(&path).unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name])
            .env(FOLDER, dir.path())
            .env(crate::machine::faults::KILLED_AT, step)
            .output()
            .unwrap();
        let killed = std::os::unix::process::ExitStatusExt::signal(&child.status) == Some(9);
        assert_eq!(killed, step != "never", "{step}: {}", String::from_utf8_lossy(&child.stdout));
        let is_new = fs::read(&path).unwrap() != old;
        assert_eq!(read(&path).title, if is_new { "One" } else { "" }, "{step}: neither");
        let kept = dir.path().join(".kept");
        journal::clear(&journal::left(&kept));
        let again = editor(dir.path(), 30);
        assert_eq!(names(dir.path()), [".kept", "a.wav"], "{step}");
        let kept = if kept.exists() { names(&kept) } else { Vec::new() };
        let is_edit = |name: &String| Path::new(name).extension().is_some_and(|ending| ending == "edit");
        assert!(kept.iter().all(is_edit), "{step}: {kept:?}");
        for edit in again.kept().unwrap() {
            let undone = again.undo(edit.id, &path);
            assert!(
                if is_new { undone.is_ok() } else { matches!(undone, Err(EditError::Unknown)) },
                "{step}: {undone:?}"
            );
        }
        assert!(fs::read(&path).unwrap() == old, "{step}: what was made was taken back");
        fates.push(is_new);
    }
    assert_eq!(fates, [false, false, false, false, false, true, true, true]);
}

#[test]
fn a_copy_whose_disk_is_away_goes_when_it_is_back_and_nothing_but_copies_goes() {
    let (dir, disk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (there, away) = (disk.path().join("there"), disk.path().join("away"));
    fs::create_dir(&there).unwrap();
    let (copy, music) = (there.join(format!("{COPY}1")), there.join("a.wav"));
    fs::write(&copy, b"").unwrap();
    fs::write(&music, b"").unwrap();
    std::mem::forget(journal::note(dir.path(), &copy));
    std::mem::forget(journal::note(dir.path(), &music));
    fs::rename(&there, &away).unwrap();
    journal::clear(&journal::left(dir.path()));
    assert_eq!(names(dir.path()).len(), 1, "the note of what is no copy went");
    fs::rename(&away, &there).unwrap();
    journal::clear(&journal::left(dir.path()));
    assert_eq!((names(dir.path()).len(), names(&there)), (0, vec!["a.wav".to_owned()]));
}

#[test]
fn an_edit_that_the_machine_does_not_give_is_not_said_to_be_unknown() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    tone(&path);
    let editor = editor(dir.path(), 30);
    let id = editor.write(track(), &path, &edit("One")).unwrap().id.unwrap();
    let kept = dir.path().join(".kept").join(format!("{id}.edit"));
    let content = fs::read(&kept).unwrap();
    fs::remove_file(&kept).unwrap();
    symlink(&kept, &kept).unwrap();
    assert!(matches!(editor.undo(id, &path), Err(EditError::Other { .. })), "a link to itself cannot be opened");
    fs::remove_file(&kept).unwrap();
    fs::write(&kept, &content[..content.len() - 1]).unwrap();
    assert!(matches!(editor.undo(id, &path), Err(EditError::Other { .. })), "cut");
    fs::write(&kept, &content).unwrap();
    editor.undo(id, &path).unwrap();
}

#[test]
fn a_download_that_has_not_ended_is_left_to_its_program() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    tone(&path);
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(4 << 20).unwrap();
    let error = editor(dir.path(), 0).write(track(), &path, &edit("One")).unwrap_err();
    assert!(error.to_string().contains("a download that has not ended"), "{error}");
    assert_eq!(fs::metadata(&path).unwrap().len(), 4 << 20);
    // Zeros that were written are sound, or may be.
    let whole = fs::read(&path).unwrap();
    fs::write(&path, whole).unwrap();
    assert!(editor(dir.path(), 0).write(track(), &path, &edit("One")).unwrap().changed);
}

#[test]
fn of_edits_at_once_none_is_lost_that_was_answered_as_made() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    tone(&path);
    let before = samples(&fs::read(&path).unwrap(), "wav");
    let editor = editor(dir.path(), 0);
    let run = |make: fn(usize) -> TagEdit| {
        let mut last = None;
        for n in 0..40 {
            match editor.write(track(), &path, &make(n)) {
                Ok(_) => last = Some(n),
                // As large as the caller's patience: it may ask again.
                Err(EditError::Busy | EditError::Changed | EditError::Missing) => {}
                Err(other) => panic!("{other}"),
            }
        }
        last
    };
    let (title, album) = std::thread::scope(|scope| {
        let titles = scope.spawn(|| run(|n| only_title(&format!("title {n}"))));
        let albums = run(|n| TagEdit { album: Some(format!("album {n}")), ..TagEdit::default() });
        (titles.join().unwrap(), albums)
    });
    let said = |name: &str, n: Option<usize>| n.map(|n| format!("{name} {n}")).unwrap_or_default();
    let tags = read(&path);
    assert_eq!((tags.title, tags.album), (said("title", title), said("album", album)));
    assert_eq!(samples(&fs::read(&path).unwrap(), "wav"), before);
    assert!(names(dir.path()).iter().all(|n| !n.starts_with(COPY)), "no copy is left");
}

/// The link leads out of the file system of what is kept, where the machine has another one.
#[test]
fn a_file_on_another_file_system_is_edited_where_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let (file, link) = (other.path().join("a.wav"), dir.path().join("link.wav"));
    tone(&file);
    symlink(&file, &link).unwrap();
    let before = fs::read(&file).unwrap();
    let editor = editor(dir.path(), 30);
    let id = editor.write(track(), &link, &edit("One")).unwrap().id.unwrap();
    assert_eq!((read(&file).title.as_str(), fs::symlink_metadata(&link).unwrap().is_symlink()), ("One", true));
    editor.undo(id, &link).unwrap();
    assert_eq!(fs::read(&file).unwrap(), before);
    assert_eq!(names(other.path()), ["a.wav"], "no copy is left");
}

/// Needs to be root; elsewhere nothing is asserted but that the file stays.
#[test]
fn a_file_that_may_not_change_stays_and_no_copy_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    tone(&path);
    let before = fs::read(&path).unwrap();
    let immutable = |flag: &str| Command::new("chattr").arg(flag).arg(&path).status().is_ok_and(|s| s.success());
    let kept = tempfile::tempdir().unwrap();
    if immutable("+i") {
        let result = editor(kept.path(), 0).write(track(), &path, &edit("One"));
        assert!(immutable("-i"));
        assert!(matches!(result, Err(EditError::ReadOnly { .. })), "{result:?}");
    }
    assert_eq!((fs::read(&path).unwrap(), names(dir.path())), (before, vec!["a.wav".to_owned()]));
}

/// Needs a mount of its own, as below.
#[test]
fn on_a_full_disk_the_file_stays_and_no_copy_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().to_str().unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "none", folder]).status();
    if !mounted.is_ok_and(|s| s.success()) {
        return;
    }
    let path = dir.path().join("a.wav");
    tone(&path);
    let before = fs::read(&path).unwrap();
    let kept = tempfile::tempdir().unwrap();
    let result = editor(kept.path(), 30).write(track(), &path, &edit("One"));
    let (after, left) = (fs::read(&path).unwrap(), names(dir.path()));
    assert!(Command::new("umount").arg(folder).status().unwrap().success());
    assert!(matches!(result, Err(EditError::Full(_))), "{result:?}");
    assert!(after == before && left == ["a.wav"], "{left:?}");
}

/// Needs a mount of its own; where the machine gives none, the mapping of the error alone is tried.
#[test]
fn a_read_only_folder_is_named_with_the_line_that_opens_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    tone(&path);
    let editor = editor(dir.path(), 0);
    let sealed = EditError::ReadOnly { path: path.clone(), source: io::ErrorKind::ReadOnlyFilesystem.into() };
    let text = editor.sealed(&path, sealed).to_string();
    assert!(text.contains(&format!("ReadWritePaths={}", dir.path().display())), "{text}");
    let folder = dir.path().to_str().unwrap();
    let bound = Command::new("mount").args(["--bind", "-o", "ro", folder, folder]).status();
    if bound.is_ok_and(|s| s.success()) {
        let remounted = Command::new("mount").args(["-o", "remount,bind,ro", folder]).status().unwrap().success();
        let result = editor.write(track(), &path, &edit("One"));
        assert!(Command::new("umount").arg(folder).status().unwrap().success());
        assert!(!remounted || matches!(result, Err(EditError::Sealed { .. })), "{result:?}");
    }
}

/// Sizes, counts and places at the edges of what fits.
const EDGES: [&[u8]; 8] = [
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\0\0\0\x01",
    b"\0\0\0\x08",
    b"\x80\0\0\0",
    b"\0\0\x01\0",
    b"\x01\0\0\0",
];

proptest! {
    #[test]
    fn of_mutated_files_nothing_is_written_that_decodes_otherwise(
        which in any::<prop::sample::Index>(),
        mutations in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..12, any::<bool>()), 1..5),
        title in "[a-zA-Z\u{e4}\u{4e00}]{0,60}",
    ) {
        let files = fixtures();
        let fixture = which.get(&files);
        let ending = fixture.extension().unwrap().to_str().unwrap().to_owned();
        let mut before = fs::read(fixture).unwrap();
        for (place, value, kind, near) in mutations {
            let end = if near { before.len().min(1024) } else { before.len() };
            let at = place.index(end);
            match kind {
                0..8 => {
                    let edge = EDGES[usize::from(kind)];
                    let to = (at + 4).min(before.len());
                    before[at..to].copy_from_slice(&edge[..to - at]);
                }
                8 => before.truncate(at.max(16)),
                9 => before.insert(at, value),
                _ => before[at] = value,
            }
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(format!("a.{ending}"));
        fs::write(&path, &before).unwrap();
        let editor = editor(dir.path(), 30);
        if let Ok(Edited { id: Some(id), .. }) = editor.write(track(), &path, &edit(&title)) {
            let after = fs::read(&path).unwrap();
            prop_assert_eq!(samples(&after, &ending), samples(&before, &ending));
            editor.undo(id, &path).unwrap();
        }
        prop_assert_eq!(fs::read(&path).unwrap(), before);
    }
}
