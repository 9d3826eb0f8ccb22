use std::{
    ffi::OsStr,
    io::Write as _,
    os::unix::{ffi::OsStrExt as _, fs::symlink},
};

use nix::{fcntl, sys::stat};

use super::*;

/// Folders within folders, deeper than any path can name; a file in the deepest.
fn deep(root: &Path, folders: usize) {
    let open = |at: &std::os::fd::OwnedFd, name: &str| {
        fcntl::openat(at, name, fcntl::OFlag::O_DIRECTORY | fcntl::OFlag::O_RDONLY, stat::Mode::empty()).unwrap()
    };
    let mut at: std::os::fd::OwnedFd = fs::File::open(root).unwrap().into();
    for _ in 0..folders {
        stat::mkdirat(&at, "deep", stat::Mode::S_IRWXU).unwrap();
        at = open(&at, "deep");
    }
    let flags = fcntl::OFlag::O_CREAT | fcntl::OFlag::O_WRONLY;
    fcntl::openat(&at, "unreachable.mp3", flags, stat::Mode::S_IRWXU).unwrap();
}

/// Takes such a tree away again, which no call with a path can.
fn remove_deep(root: &Path) {
    let status = std::process::Command::new("rm").arg("-rf").arg(root.join("deep")).status().unwrap();
    assert!(status.success());
}

/// An MP3 whose tag holds a picture of so many bytes.
fn with_cover(bench: &Bench, name: &str, bytes: u32) -> PathBuf {
    let path = bench.fixture("44100-stereo-cbr-lame.mp3", name);
    let audio = fs::read(&path).unwrap();
    let syncsafe = |n: u32| [n >> 21 & 127, n >> 14 & 127, n >> 7 & 127, n & 127].map(|b| b as u8);
    let apic = b"\0image/png\0\x03\0";
    let frame = bytes + apic.len() as u32;
    let mut file = fs::File::create(&path).unwrap();
    file.write_all(&[b"ID3\x04\0\0", &syncsafe(frame + 10)[..], b"APIC", &syncsafe(frame), b"\0\0", apic].concat())
        .unwrap();
    file.write_all(&vec![7; bytes as usize]).unwrap();
    file.write_all(&audio).unwrap();
    path
}

#[tokio::test]
async fn a_hostile_library_is_scanned_to_its_end_with_each_fault_named() {
    let bench = Bench::new();
    let good = bench.wav("good.wav", 1, 1_000);
    let flac = fs::read(bench.fixture("44100-stereo-16.flac", "whole.flac")).unwrap();
    fs::write(bench.path("empty.mp3"), "").unwrap();
    fs::write(bench.path("truncated.flac"), &flac[..flac.len() / 2]).unwrap();
    fs::write(bench.path("stump.ogg"), b"OggS\0\x02").unwrap();
    fs::write(bench.path("letter.m4a"), "this is a letter, not music\n".repeat(1_000)).unwrap();
    fs::copy(&good, bench.path("wrongly-named.ogg")).unwrap();
    // Endless: a pipe, a device, and a file of a terabyte that is nowhere.
    nix::unistd::mkfifo(&bench.path("pipe.flac"), stat::Mode::S_IRWXU).unwrap();
    symlink("/dev/zero", bench.path("device.wav")).unwrap();
    fs::File::create(bench.path("endless.mp3")).unwrap().set_len(1 << 40).unwrap();
    // Names: as long as the system allows, and no text.
    let long = format!("{}.wav", "x".repeat(251));
    fs::copy(&good, bench.path(&long)).unwrap();
    let bytes = bench.music.path().join(OsStr::from_bytes(b"\xff\xfe \x80.wav"));
    fs::copy(&good, &bytes).unwrap();
    // Tags that are no text: UTF-8 that is none, in a tag that says UTF-8.
    let mut bad = b"ID3\x04\0\0\0\0\0\x12TIT2\0\0\0\x08\0\0\x03ab\xff\xfe\xc3(\x80".to_vec();
    bad.extend(fs::read(bench.fixture("44100-stereo-cbr-lame.mp3", "bad-tags.mp3")).unwrap());
    fs::write(bench.path("bad-tags.mp3"), bad).unwrap();
    // Links in circles.
    fs::create_dir(bench.path("folder")).unwrap();
    symlink(bench.music.path(), bench.path("folder/up")).unwrap();
    symlink(bench.path("b.mp3"), bench.path("a.mp3")).unwrap();
    symlink(bench.path("a.mp3"), bench.path("b.mp3")).unwrap();
    symlink(bench.path("nowhere"), bench.path("dangling.mp3")).unwrap();
    deep(bench.music.path(), 10_000);
    // Pictures: one of 200 MB inside a file, and one beside another.
    let covered = with_cover(&bench, "cover/covered.mp3", 200 << 20);
    bench.wav("bomb/a.wav", 3, 1_000);
    fs::write(bench.path("bomb/cover.png"), b"\x89PNG\r\n\x1a\n and no more").unwrap();

    let library = bench.library_while_scanning().await;
    library.fulfilled(1).await;
    let catalog = library.catalog().snapshot();
    let track = |name: &str| by_path(&catalog, &bench.path(name));
    for name in ["good.wav", "whole.flac", "truncated.flac", "wrongly-named.ogg", &long, "bad-tags.mp3", "bomb/a.wav"] {
        assert!(track(name).playable(), "{name}: {:?}", track(name).fault);
    }
    assert!(by_path(&catalog, &bytes).playable() && by_path(&catalog, &covered).playable());
    assert_eq!(&*track("wrongly-named.ogg").format, "wav");
    assert!(track("truncated.flac").warning.is_some());
    assert!(!track("bad-tags.mp3").title.is_empty());
    for (name, why) in
        [("empty.mp3", "empty"), ("stump.ogg", ""), ("letter.m4a", ""), ("endless.mp3", "most of it is not there")]
    {
        let fault = track(name).fault.clone().unwrap_or_else(|| panic!("{name} has no fault"));
        assert!(fault.len() > 5 && fault.contains(why), "{name}: {fault}");
    }
    let status = library.status();
    assert_eq!((status.running, status.found, status.done, status.failed), (false, 13, 13, 4));
    let named = |path: &Path, why: &str| {
        let left = status.left_out.iter().find(|left| left.path == path);
        let left = left.unwrap_or_else(|| panic!("{} is not named: {:?}", path.display(), status.left_out));
        assert!(left.reason.contains(why), "{left:?}");
    };
    named(&bench.path("pipe.flac"), "pipe");
    named(&bench.path("device.wav"), "device");
    named(&bench.path("dangling.mp3"), "link to nothing");
    named(&bench.path("folder/up"), "link back");
    named(&bench.path("a.mp3"), "cannot be read");
    let too_deep = status.left_out.iter().filter(|left| left.reason.contains("longer than the system allows"));
    assert_eq!(too_deep.count(), 1, "{:?}", status.left_out);

    // In the background, the pictures.
    let warned = |c: &Catalog, name: &str| c.at_path(&bench.path(name)).and_then(|t| t.warning.clone());
    let after = eventually(&library, |c| {
        warned(c, "bomb/a.wav").is_some() && c.at_path(&covered).is_some_and(|t| t.warning.is_some())
    });
    let after = after.await;
    assert!(warned(&after, "bomb/a.wav").unwrap().contains("cover.png is not shown"));
    assert!(warned(&after, "cover/covered.mp3").unwrap().contains("its picture"));
    drop(library);
    remove_deep(bench.music.path());
}
