//! Makes the files: copies of the fixtures of `media/`, each with tags and perhaps a picture of its own, so that no two
//! hold the same bytes.

use std::{
    fs,
    io::Cursor,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use anyhow::{Context as _, Result, anyhow};
use image::{ImageFormat, Rgb, RgbImage};
use lofty::{
    config::{ParseOptions, WriteOptions},
    file::{FileType, TaggedFileExt as _},
    picture::{MimeType, Picture as Embedded, PictureType},
    probe::Probe,
    tag::{ItemKey, Tag, TagExt as _},
};

use crate::library::{self, Album, File, LONG, LONG_COPIES, LONG_MASTER, Picture, Tags};

/// The file beside the music that holds the number of files a finished library was made of. No player looks at it.
const STAMP: &str = ".library-bench";
/// Raise it when files are made in another way.
const VERSION: usize = 1;

/// Makes the library of so many files in `folder`, if it is not there yet; false if it was.
pub fn make(folder: &Path, fixtures: &Path, files: usize) -> Result<bool> {
    let stamp = format!("{VERSION} {files}\n");
    if fs::read_to_string(folder.join(STAMP)).is_ok_and(|s| s == stamp) {
        return Ok(false);
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let strange = fs::read_dir(folder)?.next().is_some() && !folder.join(STAMP).exists();
    if strange {
        return Err(anyhow!("{} is not empty, and holds no library of this program", folder.display()));
    }
    fs::write(folder.join(STAMP), "unfinished\n")?;
    let albums = library::library(files);
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    thread::scope(|scope| {
        let work = || -> Result<()> {
            while let Some(album) = albums.get(next.fetch_add(1, Ordering::Relaxed)) {
                write_album(folder, fixtures, album)?;
            }
            Ok(())
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|w| w.join().map_err(|_| anyhow!("a worker panicked"))?)
    })?;
    fs::write(folder.join(LONG), read(fixtures, LONG_MASTER)?.repeat(LONG_COPIES))?;
    let tags = Tags { title: "A Long One".into(), artists: vec!["Nobody".into()], number: 1, ..Tags::default() };
    retag(&folder.join(LONG), &tags, None)?;
    fs::write(folder.join(STAMP), stamp)?;
    Ok(true)
}

fn read(fixtures: &Path, name: &str) -> Result<Vec<u8>> {
    let path = fixtures.join(name);
    fs::read(&path).with_context(|| format!("cannot read the fixture {}", path.display()))
}

fn write_album(folder: &Path, fixtures: &Path, album: &Album) -> Result<()> {
    let home = folder.join(&album.folder);
    fs::create_dir_all(&home).with_context(|| format!("cannot make {}", home.display()))?;
    let picture = match album.picture {
        Picture::None => None,
        Picture::Embedded => Some(draw(album.seed, 180)?),
        Picture::Beside => {
            fs::write(home.join("cover.jpg"), draw(album.seed, 400)?)?;
            None
        }
    };
    for File { path, master, tags } in &album.files {
        let path = folder.join(path);
        fs::write(&path, read(fixtures, master)?)?;
        if let Some(tags) = tags {
            retag(&path, tags, picture.as_deref())?;
        }
    }
    Ok(())
}

/// Writes these tags into a file, in the place of its own.
pub fn retag(path: &Path, tags: &Tags, picture: Option<&[u8]>) -> Result<()> {
    let fail = || format!("cannot tag {}", path.display());
    let kind = Probe::open(path).with_context(fail)?.guess_file_type().with_context(fail)?.file_type();
    let kind = kind.or_else(|| FileType::from_path(path)).with_context(fail)?;
    let mut tag = Tag::new(kind.primary_tag_type());
    let mut put = |key, text: &str| {
        if !text.is_empty() {
            tag.insert_text(key, text.to_owned());
        }
    };
    put(ItemKey::TrackTitle, &tags.title);
    put(ItemKey::AlbumTitle, &tags.album);
    put(ItemKey::AlbumArtist, &tags.album_artist);
    put(ItemKey::Composer, tags.composer.as_deref().unwrap_or_default());
    put(ItemKey::RecordingDate, &tags.year.map(|y| y.to_string()).unwrap_or_default());
    put(ItemKey::TrackNumber, &tags.number.to_string());
    put(ItemKey::DiscNumber, &tags.disc.map(|d| d.to_string()).unwrap_or_default());
    if let Some([track, track_peak, album, album_peak]) = tags.replay_gain {
        put(ItemKey::ReplayGainTrackGain, &format!("{track:.2} dB"));
        put(ItemKey::ReplayGainTrackPeak, &format!("{track_peak:.6}"));
        put(ItemKey::ReplayGainAlbumGain, &format!("{album:.2} dB"));
        put(ItemKey::ReplayGainAlbumPeak, &format!("{album_peak:.6}"));
    }
    for (key, texts) in [(ItemKey::TrackArtist, &tags.artists), (ItemKey::Genre, &tags.genres)] {
        for text in texts {
            tag.push(lofty::tag::TagItem::new(key, lofty::tag::ItemValue::Text(text.clone())));
        }
    }
    if let Some(picture) = picture {
        let picture = Embedded::unchecked(picture.to_vec());
        tag.push_picture(picture.pic_type(PictureType::CoverFront).mime_type(MimeType::Jpeg).build());
    }
    tag.save_to_path(path, WriteOptions::default()).with_context(fail)
}

/// Gives the file another title and leaves everything else as it is.
pub fn retitle(path: &Path, title: &str) -> Result<()> {
    let options = ParseOptions::new().read_properties(false);
    let mut file = Probe::open(path)?.options(options).guess_file_type()?.read()?;
    let tag = file.primary_tag_mut().with_context(|| format!("{} has no tags", path.display()))?;
    tag.insert_text(ItemKey::TrackTitle, title.to_owned());
    Ok(tag.save_to_path(path, WriteOptions::default())?)
}

/// A square JPEG that is unlike any other.
fn draw(seed: u64, size: u32) -> Result<Vec<u8>> {
    let mut dice = library::Dice::new(seed);
    let [a, b, c, d] = std::array::from_fn(|_| dice.roll(255) as u32);
    let picture = RgbImage::from_fn(size, size, |x, y| {
        let wave = |of: u32, by: u32| ((of * by / size) % 256) as u8;
        Rgb([wave(x + y, a + 40), wave(x * x / size + y, b + 40), wave(c * y + d * x, 2)])
    });
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Jpeg)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use lofty::{file::AudioFile as _, tag::Accessor as _};

    use super::*;

    fn fixtures() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media/fixtures")
    }

    #[test]
    fn every_kind_of_file_keeps_its_sound_and_has_its_tags() {
        let folder = tempfile::tempdir().unwrap();
        for (_, master) in library::MASTERS {
            let path = folder.path().join(master);
            fs::copy(fixtures().join(master), &path).unwrap();
            let length = |path: &Path| Probe::open(path).unwrap().read().unwrap().properties().duration();
            let before = length(&path);
            let tags = Tags {
                title: "Ночь 夜".into(),
                artists: vec!["A".into()],
                album: "B".into(),
                number: 7,
                year: Some(1999),
                ..Tags::default()
            };
            retag(&path, &tags, Some(&draw(1, 32).unwrap())).unwrap();
            retitle(&path, "Another").unwrap();
            let file = Probe::open(&path).unwrap().read().unwrap();
            let tag = file.primary_tag().unwrap_or_else(|| panic!("{master} has no tags"));
            assert_eq!(tag.title().as_deref(), Some("Another"), "{master}");
            assert_eq!((tag.artist().as_deref(), tag.album().as_deref()), (Some("A"), Some("B")), "{master}");
            assert_eq!((tag.track(), tag.pictures().len()), (Some(7), 1), "{master}");
            let drift = length(&path).abs_diff(before).as_millis();
            assert!(drift < 60, "{master}: {drift} ms longer or shorter");
        }
    }

    #[test]
    fn a_library_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let music = folder.path().join("music");
        assert!(make(&music, &fixtures(), 40).unwrap());
        assert!(!make(&music, &fixtures(), 40).unwrap(), "it is there");
        let files = library::library(40).into_iter().flat_map(|a| a.files).map(|f| music.join(f.path));
        assert_eq!(files.filter(|f| f.is_file()).count(), 39);
        assert!(fs::metadata(music.join(LONG)).unwrap().len() > 5_000_000);
        let strange = folder.path().join("strange");
        fs::create_dir(&strange).unwrap();
        fs::write(strange.join("mine.flac"), "x").unwrap();
        assert!(make(&strange, &fixtures(), 40).is_err(), "nothing is written among somebody's files");
    }
}
