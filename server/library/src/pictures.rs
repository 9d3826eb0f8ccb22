//! The picture of a track: embedded in its file, or beside it in its folder. Pictures come from strangers, too: one
//! that is too large in bytes or in points is refused before it is read or unpacked, and named as a warning.

use std::{
    cell::Cell,
    fs,
    io::{self, Cursor, Read as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use downbeat_media::guard;
use image::{DynamicImage, ImageFormat, ImageReader, codecs::jpeg::JpegEncoder};
use lofty::{
    config::ParseOptions,
    file::TaggedFileExt as _,
    picture::{Picture, PictureType},
    probe::Probe,
};
use nix::errno::Errno;

use super::{
    limits::Limits,
    open::{in_words, open},
    picture_names::rank,
    retag,
    source::{Bytes, Source},
};

/// No picture has more bytes.
const MAX_BYTES: u64 = 16 << 20;
/// No picture has more points.
const MAX_POINTS: u64 = 36_000_000;
/// The memory that unpacking one picture may take, bytes.
const MAX_MEMORY: u64 = 192 << 20;
/// Of thumbnails, in percent.
const QUALITY: u8 = 85;

/// A picture that can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cover {
    pub(super) bytes: Vec<u8>,
    pub(super) source: PathBuf,
    pub(super) embedded: bool,
    pub(super) mime: &'static str,
}

/// The result of looking for a picture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) cover: Option<Cover>,
    /// Why one that is there is not shown, for people.
    pub(super) warning: Option<String>,
}

/// Why there are no bytes of a picture.
#[derive(Debug)]
enum Fault {
    /// The file cannot be read now, which says nothing about it.
    Unread(io::Error),
    /// The content of the file cannot be shown.
    Unfit(String),
}

/// Looks for the picture of an audio file. An error says that it could not be looked for now.
pub(super) fn find(audio: &Path, limits: &Limits) -> io::Result<Look> {
    let mut look = Look::default();
    let mut offer = |bytes: Result<Option<Vec<u8>>, Fault>, source: &Path, embedded: bool| {
        let checked = match bytes {
            Ok(bytes) => bytes.map(|b| Ok((kind(&b)?, b))).transpose(),
            Err(Fault::Unfit(reason)) => Err(reason),
            Err(Fault::Unread(error)) => return Err(error),
        };
        Ok(match checked {
            Ok(None) => false,
            Ok(Some((mime, bytes))) => {
                look.cover = Some(Cover { bytes, source: source.to_owned(), embedded, mime });
                true
            }
            Err(reason) => {
                let which = if embedded {
                    "its picture".into()
                } else {
                    source.file_name().unwrap_or_default().to_string_lossy()
                };
                look.warning.get_or_insert_with(|| format!("{which}{NOT_SHOWN}{reason}"));
                false
            }
        })
    };
    if !offer(embedded(audio, limits), audio, true)? {
        let folder = audio.parent().unwrap_or(Path::new("/"));
        let mut found = false;
        for path in pictures_in(folder)? {
            found = offer(beside(&path), &path, false)?;
            if found {
                break;
            }
        }
        if !found {
            // A disk that goes away takes the pictures with it: then nobody knows.
            fs::metadata(audio)?;
        }
    }
    Ok(look)
}

/// The text that every warning of a picture has in it.
pub(super) const NOT_SHOWN: &str = " is not shown: ";

/// The pictures of the files in this folder, best first. It is gone through by name, as a walk does, so that both know
/// the same: opening `cover.jpg` would find `Cover.JPG`, too, on some disks.
///
/// A folder may have all the files of a library in it, one after the other of which asks the same: the last answer is
/// kept while the folder is as it was, and was so for a while.
fn pictures_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let changed = fs::metadata(folder).and_then(|m| m.modified()).ok();
    let last = LAST_FOLDER.take().filter(|(path, then, _)| path == folder && Some(*then) == changed);
    let pictures = match last {
        Some((.., pictures)) => pictures,
        None => read_pictures_in(folder)?,
    };
    if let Some(changed) = changed.filter(|at| at.elapsed().is_ok_and(|age| age > SETTLED)) {
        LAST_FOLDER.set(Some((folder.to_owned(), changed, pictures.clone())));
    }
    Ok(pictures)
}

thread_local! {
    static LAST_FOLDER: Cell<Option<(PathBuf, SystemTime, Vec<PathBuf>)>> = const { Cell::new(None) };
}

/// Disks tell the time of a change only so exactly.
const SETTLED: Duration = Duration::from_secs(10);

fn read_pictures_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        // A walk sees nothing in it, either.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = folder.join(entry?.file_name());
        found.extend(rank(&path).map(|rank| (rank, path)));
    }
    found.sort_unstable();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// The bytes of a picture that was found before.
pub(super) fn load(source: &Path, is_embedded: bool, limits: &Limits) -> Result<Option<Vec<u8>>, String> {
    let bytes = if is_embedded { embedded(source, limits) } else { beside(source) };
    match bytes {
        Err(Fault::Unread(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(Fault::Unread(error)) => Err(in_words(&error)),
        Err(Fault::Unfit(reason)) => Err(reason),
        Ok(bytes) => Ok(bytes),
    }
}

fn beside(path: &Path) -> Result<Option<Vec<u8>>, Fault> {
    let file = match open(path) {
        Ok(file) => file,
        Err(error) => {
            return match error.kind() {
                io::ErrorKind::PermissionDenied => Err(Fault::Unfit(in_words(&error))),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename => Ok(None),
                // It is no file; or a link to itself, a socket, or a device that nothing is behind.
                _ if error.raw_os_error().is_none_or(is_no_file) => Ok(None),
                _ => Err(Fault::Unread(error)),
            };
        }
    };
    let bytes = file.metadata().map_err(Fault::Unread)?.len();
    if bytes > MAX_BYTES {
        return Err(Fault::Unfit(too_large(bytes)));
    }
    let mut content = Vec::with_capacity(bytes as usize);
    file.take(MAX_BYTES).read_to_end(&mut content).map_err(Fault::Unread)?;
    Ok(Some(content))
}

fn is_no_file(code: i32) -> bool {
    matches!(Errno::from_raw(code), Errno::ELOOP | Errno::ENXIO | Errno::ENODEV)
}

fn too_large(bytes: u64) -> String {
    format!("it has {} MB, more than {}", bytes >> 20, MAX_BYTES >> 20)
}

fn embedded(audio: &Path, limits: &Limits) -> Result<Option<Vec<u8>>, Fault> {
    let file = open(audio).map_err(Fault::Unread)?;
    let bytes = file.metadata().map_err(Fault::Unread)?.len();
    let source = Source::new(file, bytes, limits.clone());
    let picture = guard::catch(|| read_embedded(&mut source.reader()));
    if let Some(error) = source.trouble() {
        return Err(Fault::Unread(error));
    }
    let picture = picture.map_err(|_| Fault::Unfit("the tag reader failed on it".into()))?;
    let Some(picture) = picture.map_err(Fault::Unfit)? else { return Ok(None) };
    let bytes = picture.into_data();
    let fits = bytes.len() as u64 <= MAX_BYTES;
    if fits { Ok(Some(bytes)) } else { Err(Fault::Unfit(too_large(bytes.len() as u64))) }
}

/// Reads with the usual parser, and with ours where that one gives up.
pub(super) fn read_embedded(mut reader: &mut dyn Bytes) -> Result<Option<Picture>, String> {
    let usual = guard::catch(|| by_lofty(reader)).unwrap_or_else(|_| Err("the tag reader failed on it".into()));
    usual.or_else(|reason| match retag::read(&mut reader, true) {
        Ok(found) => Ok(found.picture.map(|bytes| Picture::unchecked(bytes).build())),
        Err(_) => Err(reason),
    })
}

fn by_lofty(reader: &mut dyn Bytes) -> Result<Option<Picture>, String> {
    // The reader of tags refuses single allocations beyond 16 MB by itself.
    let options = ParseOptions::new().read_properties(false);
    let probe = Probe::new(reader).options(options).guess_file_type().map_err(|e| e.to_string())?;
    if probe.file_type().is_none() {
        return Ok(None);
    }
    let mut tagged = probe.read().map_err(|e| e.to_string())?;
    let primary = tagged.primary_tag_type();
    let mut tags: Vec<_> = tagged.tags().iter().map(lofty::tag::Tag::tag_type).collect();
    tags.sort_by_key(|t| *t != primary);
    for kind in tags {
        let Some(tag) = tagged.tag_mut(kind).filter(|tag| tag.picture_count() > 0) else { continue };
        let front = tag.pictures().iter().position(|p| p.pic_type() == PictureType::CoverFront);
        return Ok(Some(tag.remove_picture(front.unwrap_or(0))));
    }
    Ok(None)
}

/// The MIME type of the picture that these bytes are, if it can be shown.
fn kind(bytes: &[u8]) -> Result<&'static str, String> {
    guard::catch(|| {
        let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|e| e.to_string())?;
        let mime = match reader.format() {
            Some(ImageFormat::Jpeg) => "image/jpeg",
            Some(ImageFormat::Png) => "image/png",
            Some(ImageFormat::WebP) => "image/webp",
            _ => return Err("it is neither JPEG nor PNG nor WebP".to_owned()),
        };
        let (width, height) = reader.into_dimensions().map_err(|e| e.to_string())?;
        if u64::from(width) * u64::from(height) > MAX_POINTS {
            return Err(format!("it has {width} x {height} points, more than {} million", MAX_POINTS / 1_000_000));
        }
        Ok(mime)
    })
    .unwrap_or_else(|_| Err("the picture reader failed on it".into()))
}

/// The picture as a JPEG that fits into a square of `size` points.
pub(super) fn thumbnail(bytes: &[u8], size: u32) -> Result<Vec<u8>, String> {
    kind(bytes)?;
    guard::catch(|| {
        let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|e| e.to_string())?;
        let mut limits = image::Limits::default();
        limits.max_alloc = Some(MAX_MEMORY);
        reader.limits(limits);
        let full = reader.decode().map_err(|e| e.to_string())?;
        let small = if full.width().max(full.height()) > size { full.thumbnail(size, size) } else { full };
        let mut jpeg = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
        DynamicImage::ImageRgb8(small.into_rgb8()).write_with_encoder(encoder).map_err(|e| e.to_string())?;
        Ok(jpeg)
    })
    .unwrap_or_else(|_| Err("the picture reader failed on it".into()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let image = DynamicImage::ImageRgb8(image::RgbImage::from_pixel(width, height, image::Rgb([200, 10, 10])));
        image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes
    }

    /// A PNG that says it has so many points.
    fn bomb(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = png(2, 2);
        bytes[16..20].copy_from_slice(&width.to_be_bytes());
        bytes[20..24].copy_from_slice(&height.to_be_bytes());
        // IHDR's checksum covers its name and content.
        let checksum = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
        bytes
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
        })
    }

    fn limits() -> Limits {
        Limits::new(Duration::from_mins(1), Arc::default())
    }

    #[test]
    fn thumbnails_fit_and_are_never_larger_than_the_picture() {
        let size = |bytes: &[u8]| {
            let image = image::load_from_memory(bytes).unwrap();
            (image.width(), image.height())
        };
        assert_eq!(size(&thumbnail(&png(1_000, 500), 256).unwrap()), (256, 128));
        assert_eq!(size(&thumbnail(&png(10, 20), 256).unwrap()), (10, 20));
        let small = image::load_from_memory(&thumbnail(&png(100, 100), 64).unwrap()).unwrap().to_rgb8();
        assert!(small.get_pixel(32, 32).0[0] > 180);
    }

    #[test]
    fn bombs_and_other_files_are_refused() {
        for (bytes, why) in [
            (bomb(60_000, 60_000), "60000 x 60000"),
            (b"hello, this is text".to_vec(), "neither"),
            (png(10, 10)[..20].to_vec(), ""),
        ] {
            let error = thumbnail(&bytes, 64).unwrap_err();
            assert!(error.contains(why) && !error.is_empty(), "{error}");
        }
    }

    #[test]
    fn the_picture_beside_a_file_is_found_and_a_huge_one_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let audio = dir.path().join("a.flac");
        fs::write(&audio, "no music").unwrap();
        assert_eq!(find(&audio, &limits()).unwrap(), Look::default());
        fs::File::create(dir.path().join("cover.jpg")).unwrap().set_len(200 << 20).unwrap();
        let look = find(&audio, &limits()).unwrap();
        assert_eq!(look.warning.as_deref(), Some("cover.jpg is not shown: it has 200 MB, more than 16"));
        fs::write(dir.path().join("Folder.png"), png(5, 5)).unwrap();
        let cover = find(&audio, &limits()).unwrap().cover.unwrap();
        assert_eq!((cover.mime, cover.embedded, cover.source), ("image/png", false, dir.path().join("Folder.png")));
    }

    #[test]
    fn the_embedded_front_cover_comes_first() {
        use lofty::{
            config::WriteOptions,
            picture::MimeType,
            tag::{Tag, TagExt as _, TagType},
        };
        let dir = tempfile::tempdir().unwrap();
        let audio = dir.path().join("a.flac");
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media/fixtures/44100-stereo-16.flac");
        fs::copy(fixture, &audio).unwrap();
        fs::write(dir.path().join("cover.png"), png(5, 5)).unwrap();
        let mut tag = Tag::new(TagType::VorbisComments);
        for (kind, bytes) in [(PictureType::Artist, png(3, 3)), (PictureType::CoverFront, png(4, 4))] {
            tag.push_picture(Picture::unchecked(bytes).mime_type(MimeType::Png).pic_type(kind).build());
        }
        tag.save_to_path(&audio, WriteOptions::default()).unwrap();
        let cover = find(&audio, &limits()).unwrap().cover.unwrap();
        assert!(cover.embedded && cover.bytes == png(4, 4));
        assert_eq!(load(&audio, true, &limits()).unwrap().unwrap(), png(4, 4));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_not_one_without_a_picture() {
        let dir = tempfile::tempdir().unwrap();
        let audio = dir.path().join("a.flac");
        assert!(find(&audio, &limits()).is_err());
        assert_eq!(load(&audio, true, &limits()), Ok(None), "it is gone");
        fs::write(&audio, "no music").unwrap();
        assert!(find(&audio, &Limits::new(Duration::from_mins(1), Arc::new(true.into()))).is_err(), "the end came");
        assert!(find(&audio, &limits()).is_ok());
    }

    #[test]
    fn the_names_of_pictures_have_an_order() {
        let rank = |name: &str| super::rank(&Path::new("/m/a").join(name));
        let order = ["cover.jpg", "cOvEr.jpg", "Cover.JPG", "COVER.jpeg", "cover.png", "Front.JPG", "folder.jpg"];
        assert!(order.iter().all(|name| rank(name).is_some()) && order.is_sorted_by_key(|name| rank(name)));
        for name in ["back.jpg", "cover", "a.flac", "cover.flac", ".cover.jpg", "cover.jpg.png"] {
            assert_eq!(rank(name), None, "{name}");
        }
    }

    #[test]
    fn a_picture_is_taken_by_the_name_that_a_walk_sees_however_that_is_spelled() {
        let dir = tempfile::tempdir().unwrap();
        let audio = dir.path().join("a.flac");
        fs::write(&audio, "no music").unwrap();
        for (name, size) in [("album.png", 3), ("folder.png", 4), ("Front.PNG", 5), ("cOVER.PnG", 6)] {
            fs::write(dir.path().join(name), png(size, size)).unwrap();
            let cover = find(&audio, &limits()).unwrap().cover.unwrap();
            assert_eq!((cover.source, cover.bytes), (dir.path().join(name), png(size, size)));
        }
    }

    #[test]
    fn what_only_has_the_name_of_a_picture_hides_none() {
        use std::os::unix::{fs::symlink, net::UnixListener};
        let dir = tempfile::tempdir().unwrap();
        let [audio, cover, front, back] = ["a.flac", "cover.jpg", "front.jpg", "album.png"].map(|n| dir.path().join(n));
        fs::write(&audio, "no music").unwrap();
        symlink(&cover, &cover).unwrap();
        let _socket = UnixListener::bind(&front).unwrap();
        fs::create_dir(dir.path().join("folder.jpg")).unwrap();
        nix::unistd::mkfifo(&dir.path().join("folder.png"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        symlink(dir.path().join("nowhere"), dir.path().join("folder.webp")).unwrap();
        assert_eq!(find(&audio, &limits()).unwrap(), Look::default());
        fs::write(&back, png(5, 5)).unwrap();
        let look = find(&audio, &limits()).unwrap();
        assert_eq!((look.cover.unwrap().source, look.warning), (back, None));
    }

    #[test]
    fn a_folder_is_read_anew_when_it_has_changed() {
        let dir = tempfile::tempdir().unwrap();
        let names = || pictures_in(dir.path()).unwrap().len();
        let long_ago = |seconds: u64| {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            fs::File::open(dir.path()).unwrap().set_modified(time).unwrap();
        };
        long_ago(1_000);
        assert_eq!(names(), 0);
        fs::write(dir.path().join("cover.jpg"), "").unwrap();
        assert_eq!(names(), 1, "changed just now");
        fs::write(dir.path().join("front.jpg"), "").unwrap();
        assert_eq!(names(), 2, "what has just changed is not kept");
        long_ago(2_000);
        assert_eq!(names(), 2);
        fs::write(dir.path().join("folder.jpg"), "").unwrap();
        long_ago(2_000);
        assert_eq!(names(), 2, "read once");
    }
}
