//! Files that are broken, cut, misnamed, endless or made to harm: an error or a shorter decode, never a panic or hang.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use downbeat_media::{Decoder, MediaError, MediaSource, TrackInfo, probe, verify};
use proptest::prelude::*;

use crate::common::{FIXTURES, bytes, expected, open, read_all, source};
use crate::odd::odd_files;

fn memory(bytes: Vec<u8>) -> Box<dyn MediaSource> {
    Box::new(Cursor::new(bytes))
}

/// Probes, verifies, decodes and seeks; whatever happens, all agree.
fn exercise(bytes: &[u8]) -> Result<TrackInfo, MediaError> {
    let probed = probe(memory(bytes.to_vec()), "");
    let mut decoder = match Decoder::open(memory(bytes.to_vec()), "") {
        Ok(decoder) => decoder,
        Err(error) => {
            assert!(probed.is_err(), "opening fails with {error}, probing does not: {probed:?}");
            return Err(error);
        }
    };
    let info = probed?;
    let mut frames = 0;
    while let Some(block) = decoder.next_block()? {
        assert!(!block.is_empty() && block.iter().all(|x| x.is_finite()));
        frames += block.len() as u64 / 2;
        // A broken time stamp may claim an hour of silence; no more.
        assert!(frames < 48_000 * 4000, "{frames} frames");
    }
    assert_eq!(frames, info.frames, "delivered and probed frames differ");
    for frame in [info.frames.saturating_sub(1), info.frames / 2, 0] {
        decoder.seek(frame)?;
        assert_eq!(decoder.next_block()?.is_some(), frame < info.frames, "frame {frame} of {}", info.frames);
    }
    Ok(info)
}

#[test]
fn what_is_not_audio_is_said_plainly() {
    let noise: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    assert!(matches!(probe(memory(Vec::new()), "flac"), Err(MediaError::Empty)));
    for (bytes, name) in [
        (vec![0], "mp3"),
        (vec![0; 3_000_000], "flac"),
        (b"<html><body>404 Not Found</body></html>".to_vec(), "mp3"),
        (b"fLaC".to_vec(), "flac"),
        (b"OggS".to_vec(), "ogg"),
        (b"RIFF\x24\0\0\0WAVEfmt ".to_vec(), "wav"),
        (b"\0\0\0\x18ftypM4A ".to_vec(), "m4a"),
        (noise, "mp3"),
    ] {
        let error = probe(memory(bytes.clone()), name).unwrap_err();
        assert!(
            matches!(error, MediaError::Unrecognised | MediaError::Corrupt(_) | MediaError::Undecodable(_)),
            "{} bytes named {name}: {error:?}",
            bytes.len()
        );
        assert!(!error.code().is_empty() && !error.to_string().is_empty());
    }
}

#[test]
fn a_truncated_file_plays_as_far_as_it_goes() {
    for f in FIXTURES {
        let whole = bytes(f.file);
        let all = read_all(&mut open(f.file)).unwrap();
        for part in [95, 70, 50, 20_u64] {
            let cut = &whole[..whole.len() * part as usize / 100];
            let Ok(info) = exercise(cut) else {
                // ffmpeg puts the movie header last: without it there is nothing. The AIFF reader wants all chunks. The
                // headers of Vorbis alone are 5 kB.
                let may_fail = f.file.ends_with("m4a") || f.file.ends_with("aiff") || part == 20;
                assert!(may_fail, "{} cut to {part} %: {:?}", f.file, exercise(cut));
                continue;
            };
            assert!(info.frames < f.frames, "{} cut to {part} %: {} frames", f.file, info.frames);
            // An Ogg page holds up to a second, and a page that is cut is lost.
            assert!(info.frames * 110 / 100 + 48_000 > f.frames * part / 100, "{}: {} frames", f.file, info.frames);
            let states_its_length = open(f.file).info().stated_frames.is_some() && !f.file.contains(".o");
            assert_eq!(info.damage.truncated, states_its_length, "{} cut to {part} %", f.file);
            // What is there is what was there, but for the last packet.
            let got = read_all(&mut Decoder::open(memory(cut.to_vec()), "").unwrap()).unwrap();
            let safe = got.len().saturating_sub(2 * 8192);
            assert!(got[..safe] == all[..safe], "{} cut to {part} %", f.file);
        }
    }
}

#[test]
fn a_broken_frame_is_silence_and_timing_holds() {
    for f in FIXTURES.iter().filter(|f| f.frames > 40_000) {
        let mut broken = bytes(f.file);
        let middle = broken.len() / 2;
        broken[middle..middle + 600].fill(0x55);
        let all = read_all(&mut open(f.file)).unwrap();
        let mut decoder = Decoder::open(memory(broken.clone()), "").unwrap();
        let got = read_all(&mut decoder).unwrap();
        let info = probe(memory(broken), "").unwrap();
        assert_eq!(info.frames * 2, got.len() as u64, "{}", f.file);
        if [".mp3", ".aac", ".ogg", ".opus"].iter().any(|extension| f.file.ends_with(extension)) {
            // MP3 and ADTS have no time stamps: a frame whose header is lost is lost, and its length with it. In Ogg
            // the reader dates the page after a lost one too early.
            continue;
        }
        assert_eq!(got.len(), all.len(), "{}", f.file);
        let tail = all.len() - 2 * 6000;
        let peak = got[tail..].iter().zip(&all[tail..]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(peak < 0.03, "{}: after the fault the music is off by {peak}", f.file);
    }
}

#[test]
fn broken_flac_frames_are_counted_or_bridged() {
    let mut broken = bytes("44100-stereo-16.flac");
    let middle = broken.len() / 2;
    broken[middle] ^= 0xff;
    let got = read_all(&mut Decoder::open(memory(broken), "").unwrap()).unwrap();
    let wanted = expected(44_100, 2, 16, 0, 50_021);
    let wrong: Vec<usize> = (0..50_021).filter(|n| got[2 * n..2 * n + 2] != wanted[2 * n..2 * n + 2]).collect();
    let (first, last) = (wrong[0], wrong[wrong.len() - 1]);
    assert_eq!(first % 4096, 0, "exactly one block is lost");
    assert!(last < first + 4096);
    assert!(got[2 * first..2 * (first + 4096)].iter().all(|x| *x == 0.0), "and it is silence");
}

/// Never ends, and never says so.
struct Endless {
    head: Vec<u8>,
    filler: Vec<u8>,
    position: u64,
    read: Arc<AtomicU64>,
}

impl Read for Endless {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let at = self.position as usize;
        let head = self.head.get(at..).unwrap_or_default();
        let from_head = head.len().min(buf.len());
        buf[..from_head].copy_from_slice(&head[..from_head]);
        for chunk in buf[from_head..].chunks_mut(self.filler.len()) {
            chunk.copy_from_slice(&self.filler[..chunk.len()]);
        }
        self.position += buf.len() as u64;
        self.read.fetch_add(buf.len() as u64, Ordering::Relaxed);
        Ok(buf.len())
    }
}

impl Seek for Endless {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::Error::other("forwards only"))
    }
}

impl MediaSource for Endless {
    fn is_seekable(&self) -> bool {
        false
    }

    fn byte_len(&self) -> Option<u64> {
        None
    }
}

#[test]
fn an_endless_source_without_audio_is_given_up() {
    for f in FIXTURES {
        let whole = bytes(f.file);
        for filler in [vec![0; 4096], b"OggS".repeat(1024)] {
            let head = whole[..whole.len() / 2].to_vec();
            let read = Arc::new(AtomicU64::new(0));
            let endless = Endless { head, filler, position: 0, read: read.clone() };
            if let Ok(mut decoder) = Decoder::open(Box::new(endless), "") {
                let mut frames = 0;
                while frames < 48_000 * 60
                    && let Ok(Some(block)) = decoder.next_block()
                {
                    frames += block.len() / 2;
                }
            }
            let read = read.load(Ordering::Relaxed);
            assert!(read < 200 << 20, "{}: {read} bytes read", f.file);
        }
    }
}

#[test]
fn an_endless_track_has_no_length() {
    // Zero bytes after a WAV header that promises the most it can: 4 GiB of silence of one byte a frame.
    let mut head = bytes("44100-stereo-16.wav")[..44].to_vec();
    head[4..8].fill(0xff);
    head[22..24].copy_from_slice(&1_u16.to_le_bytes());
    head[24..28].copy_from_slice(&1000_u32.to_le_bytes());
    head[32..36].copy_from_slice(&[1, 0, 8, 0]);
    head[40..44].fill(0xff);
    let endless = Endless { head, filler: vec![0x80; 4096], position: 0, read: Arc::default() };
    let result = probe(Box::new(endless), "wav");
    assert!(matches!(result, Err(MediaError::TooLong)), "{result:?}");
}

/// A source whose reads fail from some byte on, or that cannot go back.
struct Awkward {
    inner: Cursor<Vec<u8>>,
    fails_at: u64,
    seekable: bool,
}

impl Read for Awkward {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.inner.position() + buf.len() as u64 > self.fails_at {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the network is gone"));
        }
        self.inner.read(buf)
    }
}

impl Seek for Awkward {
    fn seek(&mut self, pos: SeekFrom) -> io::Result<u64> {
        if self.seekable { self.inner.seek(pos) } else { Err(io::Error::other("forwards only")) }
    }
}

impl MediaSource for Awkward {
    fn is_seekable(&self) -> bool {
        self.seekable
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.inner.get_ref().len() as u64)
    }
}

/// Ogg and MP4 look at the end when they are opened, AIFF walks over all its chunks, ADTS samples the bit rate.
fn looks_further(file: &str) -> bool {
    [".ogg", ".opus", ".m4a", ".aiff", ".aac"].iter().any(|extension| file.ends_with(extension))
}

#[test]
fn a_failing_source_is_not_taken_for_the_end() {
    for f in FIXTURES {
        let bytes = bytes(f.file);
        let fails_at = bytes.len() as u64 * 3 / 4;
        let mut decoder =
            match Decoder::open(Box::new(Awkward { inner: Cursor::new(bytes), fails_at, seekable: true }), "") {
                Ok(decoder) => decoder,
                Err(MediaError::Io(_)) if looks_further(f.file) => continue,
                Err(other) => panic!("{}: {other}", f.file),
            };
        let error = read_all(&mut decoder).unwrap_err();
        assert!(matches!(&error, MediaError::Io(e) if e.kind() == io::ErrorKind::TimedOut), "{}: {error}", f.file);
        // It may be tried again from where it was.
        decoder.seek(100).unwrap();
        assert!(decoder.next_block().unwrap().is_some(), "{}", f.file);
    }
}

#[test]
fn a_source_that_cannot_go_back_can_still_be_played_and_sought_forwards() {
    for f in FIXTURES.iter().filter(|f| !f.file.ends_with("m4a")) {
        let forward_only = || {
            let inner = Cursor::new(bytes(f.file));
            Decoder::open(Box::new(Awkward { inner, fails_at: u64::MAX, seekable: false }), "").unwrap()
        };
        let all = read_all(&mut open(f.file)).unwrap();
        assert!(read_all(&mut forward_only()).unwrap() == all, "{}", f.file);
        let mut decoder = forward_only();
        decoder.seek(15_001).unwrap();
        let rest = read_all(&mut decoder).unwrap();
        assert_eq!(rest.len(), all.len() - 30_002, "{}", f.file);
        if f.seek_peak == 0.0 {
            assert!(rest == all[30_002..], "{}", f.file);
        }
        assert!(matches!(decoder.seek(0), Err(MediaError::CannotSeek)), "{}", f.file);
    }
}

#[test]
fn opening_reads_the_start_only() {
    for f in FIXTURES.iter().filter(|f| !looks_further(f.file)) {
        let inner = Cursor::new(bytes(f.file));
        // If a byte after the first 40,000 were asked for, opening would fail.
        let result = Decoder::open(Box::new(Awkward { inner, fails_at: 40_000, seekable: true }), "");
        assert!(result.is_ok(), "{}: {:?}", f.file, result.err());
    }
}

#[test]
fn several_decoders_of_one_file_do_not_disturb_each_other() {
    fn is_send<T: Send>() {}
    is_send::<Decoder>();
    let threads: Vec<_> =
        (0..4).map(|_| std::thread::spawn(|| verify(source("44100-stereo.ogg"), "ogg").unwrap().frames)).collect();
    assert!(threads.into_iter().all(|t| t.join().unwrap() == 110_251));
}

/// The bytes of some fixture, changed somehow.
fn mutation() -> impl Strategy<Value = Vec<u8>> {
    let edit = (0.0..1.0_f64, prop::collection::vec(any::<u8>(), 1..40));
    let edits = prop::collection::vec(edit, 0..12);
    // Headers are where the harm is.
    let header_edits = prop::collection::vec((0..400_usize, any::<u8>()), 0..6);
    let names: Vec<String> = FIXTURES.iter().map(|f| f.file.to_owned()).chain(odd_files()).collect();
    (prop::sample::select(names), edits, header_edits, 0.05..1.0_f64, any::<bool>()).prop_map(
        |(name, edits, header_edits, cut, moov_too)| {
            let mut bytes = bytes(&name);
            let len = bytes.len();
            for (at, new) in edits {
                let at = (at * len as f64) as usize;
                let end = (at + new.len()).min(len);
                bytes[at..end].copy_from_slice(&new[..end - at]);
            }
            // The movie header of an MP4 file stands at its end.
            let moov = bytes.windows(4).rposition(|w| w == b"moov").filter(|_| moov_too).unwrap_or(0);
            for (at, new) in header_edits {
                let at = (moov + at).min(len - 1);
                bytes[at] = new;
            }
            if cut < 0.8 && moov == 0 {
                bytes.truncate((cut * len as f64) as usize);
            }
            bytes
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_files_give_an_error_or_a_consistent_decode(bytes in mutation()) {
        let _ = exercise(&bytes);
    }

    #[test]
    fn random_bytes_after_a_known_start_are_survived(
        start in prop::sample::select(
            vec![&b"fLaC"[..], b"OggS", b"RIFF", b"FORM", b"\0\0\0\x18ftyp", b"ID3", b"\xff\xfb"],
        ),
        rest in prop::collection::vec(any::<u8>(), 0..4000),
    ) {
        let _ = exercise(&[start, &rest].concat());
    }
}
