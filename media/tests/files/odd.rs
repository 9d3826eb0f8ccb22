//! Files as people have them: each one's whole sound against a decoder of other code, what is said of it, and the page
//! that tells people so.

use std::fmt::Write as _;
use std::io::Cursor;
use std::path::Path;

use downbeat_media::{Decoder, Exactness, Format, MediaSource, TrackInfo, probe, verify};

use crate::common::{FIXTURES, bytes, difference, open, read_all, read_some};
use crate::sketch::{Distance, Reference, references};

/// A file in fixtures/odd, and what is right.
struct Case {
    file: &'static str,
    /// Of the page.
    group: &'static str,
    /// The kind of file, for people.
    kind: &'static str,
    outcome: Outcome,
}

enum Outcome {
    /// So many frames, not further from the reference than `rms`, and in `warning` what the library says of it.
    Plays { frames: u64, rms: f64, warning: Option<&'static str> },
    /// The error.
    Refused(&'static str),
}

const EXACT: f64 = 2e-6;
/// References of 16 bits.
const ROUNDED: f64 = 3e-5;
/// IMA ADPCM in QuickTime's form begins each packet at a sample of nine bits. ffmpeg goes on with its own where it may.
const NINE_BITS: f64 = 3e-3;
/// Noise that an AAC encoder had the decoder make.
const NOISE: f64 = 1.5e-3;

const CUT: Option<&str> = Some("it ends before the length that it states");
const LONGER: Option<&str> = Some("it is longer than the length that it states; all of it plays");
const SBR: Option<&str> =
    Some("it is HE-AAC (SBR): the upper half of its band is not heard, nor its stereo if it is version 2");
const PS: Option<&str> =
    Some("it is HE-AAC version 2 (SBR and PS): it plays in mono, without the upper half of its band");

const fn case(
    file: &'static str,
    group: &'static str,
    kind: &'static str,
    frames: u64,
    rms: f64,
    warning: Option<&'static str>,
) -> Case {
    Case { file, group, kind, outcome: Outcome::Plays { frames, rms, warning } }
}

const fn refused(file: &'static str, group: &'static str, kind: &'static str, why: &'static str) -> Case {
    Case { file, group, kind, outcome: Outcome::Refused(why) }
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    case("flac-stereo-4.flac", "FLAC", "4 bits", 6001, EXACT, None),
    case("flac-mono-8.flac", "FLAC", "8 bits, mono", 6001, EXACT, None),
    case("flac-stereo-12.flac", "FLAC", "12 bits", 6001, EXACT, None),
    case("flac-stereo-20.flac", "FLAC", "20 bits", 6001, EXACT, None),
    case("flac-stereo-24.flac", "FLAC", "24 bits", 6001, EXACT, None),
    case("flac-mono-32.flac", "FLAC", "32 bits, mono", 6001, EXACT, None),
    case("flac-32-libflac.flac", "FLAC", "32 bits, stereo, by flac 1.4", 6001, EXACT, None),
    case("flac-32-left-side.flac", "FLAC", "32 bits, stereo as left and difference", 6001, EXACT, None),
    case("flac-32-right-side.flac", "FLAC", "32 bits, stereo as difference and right", 6001, EXACT, None),
    case("flac-32-mid-side.flac", "FLAC", "32 bits, stereo as mean and difference", 6001, EXACT, None),
    case("flac-32-wasted-bits.flac", "FLAC", "32 bits of which some are never used", 6001, EXACT, None),
    case("flac-7.1-32.flac", "FLAC", "32 bits, 7.1", 1500, EXACT, None),
    case("flac-id3v1-behind.flac", "FLAC", "an ID3v1 tag behind it", 6001, EXACT, None),
    case("flac-ape-behind.flac", "FLAC", "an APE tag behind it", 6001, EXACT, None),
    case("flac-ape-and-id3v1-behind.flac", "FLAC", "an APE tag and an ID3v1 tag behind it", 6001, EXACT, None),
    case("flac-id3v2-behind.flac", "FLAC", "an ID3v2 tag behind it", 6001, EXACT, None),
    case("flac-id3v2-before.flac", "FLAC", "an ID3v2 tag before it", 6001, EXACT, None),
    case("flac-junk-behind.flac", "FLAC", "bytes that mean nothing behind it", 6001, EXACT, None),
    case("flac-one-byte-behind.flac", "FLAC", "one byte behind it", 6001, EXACT, None),
    case("flac-junk-between.flac", "FLAC", "bytes that mean nothing between frames", 6001, EXACT, None),
    case("flac-false-sync-inside.flac", "FLAC", "samples that look like the start of a frame", 6001, EXACT, None),
    case("flac-no-total.flac", "FLAC", "no length stated", 6001, EXACT, None),
    case("flac-total-too-small.flac", "FLAC", "too small a length stated", 6001, EXACT, LONGER),
    case("flac-total-too-great.flac", "FLAC", "too great a length stated", 6001, EXACT, CUT),
    case("flac-block-size-too-small.flac", "FLAC", "too small blocks stated", 6001, EXACT, None),
    case("flac-block-size-too-great.flac", "FLAC", "too large blocks stated", 6001, EXACT, None),
    case("flac-block-sizes-differ.flac", "FLAC", "another least than largest block stated, though all are alike",
        6001, EXACT, None),
    case("flac-variable-blocks.flac", "FLAC", "blocks of various lengths", 6001, EXACT, None),

    case("mp3-no-tag.mp3", "MP3, MPEG layer II", "no tag", 21_888, EXACT, None),
    case("mp3-mono-then-stereo.mp3", "MP3, MPEG layer II", "mono, then stereo", 43_776, EXACT, None),
    case("mp3-stereo-then-mono.mp3", "MP3, MPEG layer II", "stereo, then mono", 43_776, EXACT, None),
    case("mp3-rate-changes.mp3", "MP3, MPEG layer II", "a part of another sample rate: it is brought to that of the first", 52_052, EXACT, None),
    case("mp3-joined-behind-a-tag.mp3", "MP3, MPEG layer II", "two files joined, each with a LAME tag", 42_671, EXACT, LONGER),
    case("mp3-xing-0-lame.mp3", "MP3, MPEG layer II", "a LAME tag that states no frames", 61_103, EXACT, None),
    case("mp3-xing-a-third-lame.mp3", "MP3, MPEG layer II", "a LAME tag that states a third of the frames",
        61_103, EXACT, LONGER),
    case("mp3-xing-thrice-lame.mp3", "MP3, MPEG layer II", "a LAME tag that states thrice the frames",
        61_103, EXACT, CUT),
    case("mp3-xing-0-other.mp3", "MP3, MPEG layer II", "a Xing tag that states no frames", 62_208, EXACT, None),
    case("mp3-xing-a-third-other.mp3", "MP3, MPEG layer II", "a Xing tag that states a third of the frames",
        62_208, EXACT, LONGER),
    case("mp3-xing-thrice-other.mp3", "MP3, MPEG layer II", "a Xing tag that states thrice the frames",
        62_208, EXACT, CUT),
    case("mp3-in-wav.wav", "MP3, MPEG layer II", "MP3 in WAV", 21_888, EXACT, None),
    case("mpeg-layer-2.mp2", "MP3, MPEG layer II", "MPEG layer II", 20_736, ROUNDED, None),

    case("mp4-index-each.m4a", "MP4", "AAC in fragments, with an index each (DASH in one file)", 45_125, NOISE, None),
    case("mp4-one-index.m4a", "MP4", "AAC in fragments, with one index", 45_125, NOISE, None),
    case("mp4-no-index.m4a", "MP4", "AAC in fragments, without an index", 45_125, NOISE, None),
    case("mp4-absolute-offsets.m4a", "MP4", "AAC in fragments whose offsets are implied", 45_125, NOISE, None),
    case("mp4-moof-relative.m4a", "MP4", "AAC in fragments whose offsets count from each", 45_125, NOISE, None),
    case("mp4-moov-with-sound.m4a", "MP4", "AAC in fragments behind a part that is none", 45_125, NOISE, None),
    case("mp4-negative-cts.m4a", "MP4", "AAC in CMAF fragments", 45_125, NOISE, None),
    case("mp4-joined-hls.mp4", "MP4", "AAC in segments of HLS, joined", 45_125, NOISE, None),
    case("mp4-joined-live.mp4", "MP4", "the same of a live stream, whose time begins late", 45_125, NOISE, None),
    case("mp4-flac-index-each.mp4", "MP4", "FLAC in fragments", 13_230, EXACT, None),
    case("mp4-alac-index-each.m4a", "MP4", "ALAC in fragments", 13_230, EXACT, None),
    refused("mp4-ac3.mp4", "MP4", "AC-3", "cannot be decoded here: core (codec): unsupported audio codec"),

    case("he-aac-implicit.m4a", "HE-AAC", "announced by nothing", 66_150, 0.0, SBR),
    case("he-aac-compatible-v1.m4a", "HE-AAC", "announced so that old players play it, SBR", 66_150, 0.0, SBR),
    case("he-aac-v2.m4a", "HE-AAC", "announced so that old players play it, SBR and PS", 66_150, 0.0, PS),
    case("he-aac-explicit-v1.m4a", "HE-AAC", "announced so that old players refuse it, SBR", 66_150, 0.0, SBR),
    case("he-aac-explicit-v2.m4a", "HE-AAC", "announced so that old players refuse it, SBR and PS", 66_150, 0.0, PS),
    case("he-aac-adts.aac", "HE-AAC", "in ADTS", 70_656, 0.0, SBR),

    case("ogg-skeleton.ogg", "Ogg", "Vorbis with a skeleton (`oggenc -k`)", 30_011, ROUNDED, None),
    case("ogg-kate.ogg", "Ogg", "Vorbis with words (Kate)", 30_011, ROUNDED, None),
    case("ogg-kate-first.ogg", "Ogg", "words (Kate) with Vorbis", 30_011, ROUNDED, None),
    case("ogg-video.ogv", "Ogg", "a video (Theora) with Vorbis", 29_988, EXACT, None),
    case("opus-skeleton.opus", "Ogg", "Opus with words (Kate)", 24_011, ROUNDED, None),
    case("ogg-two-sounds.ogg", "Ogg", "two sounds side by side: the first plays", 30_011, ROUNDED, None),
    case("ogg-chained.ogg", "Ogg", "two sounds one after the other (chained), of other rates and codecs", 52_071, ROUNDED, None),
    case("ogg-end-too-late.ogg", "Ogg", "an end that is stated hours too late", 30_400, ROUNDED, CUT),
    refused("ogg-speex.ogg", "Ogg", "Speex", "cannot be decoded here: ogg: no stream of a known kind"),

    case("vorbis-3ch-q3.ogg", "Surround", "Vorbis 3.0, quality 3", 12_007, EXACT, None),
    case("vorbis-4ch-q0.ogg", "Surround", "Vorbis 4.0, quality 0", 12_007, EXACT, None),
    case("vorbis-5ch-q3.ogg", "Surround", "Vorbis 5.0, quality 3", 12_007, EXACT, None),
    case("vorbis-6ch-q-1.ogg", "Surround", "Vorbis 5.1, quality -1", 12_007, EXACT, None),
    case("vorbis-6ch-q3.ogg", "Surround", "Vorbis 5.1, quality 3", 12_007, EXACT, None),
    case("vorbis-6ch-q6.ogg", "Surround", "Vorbis 5.1, quality 6", 12_007, EXACT, None),
    case("vorbis-8ch-q3.ogg", "Surround", "Vorbis 7.1, quality 3", 12_007, EXACT, None),
    case("opus-3ch.opus", "Surround", "Opus 3.0", 12_007, ROUNDED, None),
    case("opus-4ch.opus", "Surround", "Opus 4.0", 12_007, ROUNDED, None),
    case("opus-5ch.opus", "Surround", "Opus 5.0", 12_007, ROUNDED, None),
    case("opus-6ch.opus", "Surround", "Opus 5.1", 12_007, ROUNDED, None),
    case("opus-8ch.opus", "Surround", "Opus 7.1", 12_007, ROUNDED, None),
    case("aac-3.0.m4a", "Surround", "AAC 3.0", 16_001, NOISE, None),
    case("aac-4.0.m4a", "Surround", "AAC 4.0", 16_001, NOISE, None),
    case("aac-5.0.m4a", "Surround", "AAC 5.0", 16_001, NOISE, None),
    case("aac-5.1.m4a", "Surround", "AAC 5.1", 16_001, NOISE, None),
    case("aac-5.1-adts.aac", "Surround", "AAC 5.1 in ADTS", 17_408, NOISE, None),
    case("aac-7.1.m4a", "Surround", "AAC 7.1, two of them at the front", 16_001, NOISE, None),
    refused("aac-described.m4a", "Surround", "AAC whose layout is described within the stream (PCE)",
        "cannot be decoded here: common (mp4a): program config element"),
    refused("opus-family-255.opus", "Surround",
        "Opus of another channel mapping than those of Vorbis (families 2, 3, 255)",
        "cannot be decoded here: ogg: no stream of a known kind"),

    case("wav-size-0.wav", "WAV, AIFF", "length 0 (its writer was ended)", 9001, EXACT, None),
    case("wav-size-0-in-riff-only.wav", "WAV, AIFF", "length 0 of the whole only", 9001, EXACT, None),
    case("wav-size-unknown.wav", "WAV, AIFF", "length unknown (written to a pipe)", 9001, EXACT, None),
    case("wav-size-too-great.wav", "WAV, AIFF", "too great a length", 9001, EXACT, CUT),
    case("wav-rf64.wav", "WAV, AIFF", "RF64", 9001, EXACT, None),
    case("wav-bw64.wav", "WAV, AIFF", "BW64", 9001, EXACT, None),
    case("wav-adpcm-ms.wav", "WAV, AIFF", "ADPCM (Microsoft)", 9108, EXACT, None),
    case("wav-adpcm-ima.wav", "WAV, AIFF", "ADPCM (IMA)", 9153, EXACT, None),
    case("aiff-frames-too-many.aiff", "WAV, AIFF", "AIFF, too many frames stated", 9001, EXACT, None),
    case("aiff-frames-too-few.aiff", "WAV, AIFF", "AIFF, too few frames stated", 9001, EXACT, None),

    case("mkv-flac.mka", "Matroska, WebM", "FLAC", 9001, EXACT, None),
    case("mkv-pcm.mka", "Matroska, WebM", "PCM", 9001, EXACT, None),
    case("mkv-alac.mka", "Matroska, WebM", "ALAC", 9001, EXACT, None),
    case("mkv-vorbis.mka", "Matroska, WebM", "Vorbis", 9920, EXACT, None),
    case("mkv-mp3.mka", "Matroska, WebM", "MP3", 10_106, EXACT, None),
    case("mkv-mp2.mka", "Matroska, WebM", "MPEG layer II", 9216, ROUNDED, None),
    case("mkv-aac.mka", "Matroska, WebM", "AAC", 10_240, NOISE, None),
    case("webm-opus.webm", "Matroska, WebM", "Opus", 9001, ROUNDED, None),
    case("webm-opus-60ms.webm", "Matroska, WebM", "Opus in packets of 60 ms", 9001, ROUNDED, None),
    case("webm-vorbis.webm", "Matroska, WebM", "Vorbis", 9920, EXACT, None),
    case("webm-video.webm", "Matroska, WebM", "a video (VP8) with Opus", 9001, ROUNDED, None),
    case("webm-live.webm", "Matroska, WebM", "Opus as a browser records it: no length, no index", 9001, ROUNDED, None),

    case("caf-16.caf", "CAF", "16 bits", 9001, EXACT, None),
    case("caf-24-le.caf", "CAF", "24 bits, the low byte first", 9001, EXACT, None),
    case("caf-f32.caf", "CAF", "floating point", 9001, EXACT, None),
    case("caf-mulaw.caf", "CAF", "mu-law", 9001, EXACT, None),
    case("caf-alac.caf", "CAF", "ALAC", 9001, EXACT, None),
    case("caf-ima.caf", "CAF", "ADPCM (IMA)", 9024, NINE_BITS, None),
    case("caf-aac.caf", "CAF", "AAC", 9001, NOISE, None),

    case("au-8.au", "AU", "8 bits", 9001, EXACT, None),
    case("au-16.au", "AU", "16 bits", 9001, EXACT, None),
    case("au-24.au", "AU", "24 bits", 9001, EXACT, None),
    case("au-f32.au", "AU", "floating point, 32 bits", 9001, EXACT, None),
    case("au-f64.au", "AU", "floating point, 64 bits", 9001, EXACT, None),
    case("au-alaw.au", "AU", "A-law", 9001, EXACT, None),
    case("au-mulaw.au", "AU", "mu-law", 9001, EXACT, None),
    case("au-length-unknown.au", "AU", "length unknown (written to a pipe)", 9001, EXACT, None),

    case("w64-16.w64", "W64, RF64", "W64, 16 bits", 9002, EXACT, None),
    case("w64-24.w64", "W64, RF64", "W64, 24 bits", 9001, EXACT, None),
    case("w64-f32.w64", "W64, RF64", "W64, floating point", 9001, EXACT, None),
    case("w64-5.1.w64", "W64, RF64", "W64, 5.1", 4001, EXACT, None),
    case("wav-rf64-5-gb.wav", "W64, RF64", "RF64 that states five gigabytes, and is cut", 9001, EXACT, CUT),
    case("mpeg-layer-1.mp1", "MP3, MPEG layer II", "MPEG layer I", 15_360, ROUNDED, None),
];

impl Case {
    fn source(&self) -> Box<dyn MediaSource> {
        Box::new(Cursor::new(bytes(&format!("odd/{}", self.file))))
    }

    fn decoder(&self) -> Decoder {
        Decoder::open(self.source(), "").unwrap_or_else(|e| panic!("{}: {e}", self.file))
    }
}

fn playing() -> impl Iterator<Item = (&'static Case, u64, f64, Option<&'static str>)> {
    CASES.iter().filter_map(|case| match case.outcome {
        Outcome::Plays { frames, rms, warning } => Some((case, frames, rms, warning)),
        Outcome::Refused(_) => None,
    })
}

/// The files of the table.
pub(crate) fn odd_files() -> impl Iterator<Item = String> {
    CASES.iter().map(|case| format!("odd/{}", case.file))
}

fn reference<'a>(references: &'a [(String, Reference)], case: &Case) -> Option<&'a Reference> {
    references.iter().find(|(name, _)| name == case.file).map(|(_, reference)| reference)
}

#[test]
fn the_whole_sound_is_that_of_a_decoder_of_other_code() {
    let references = references();
    for (case, frames, rms, _) in playing() {
        let decoded = read_all(&mut case.decoder()).unwrap();
        assert_eq!(decoded.len() as u64, 2 * frames, "{}", case.file);
        let Some(reference) = reference(&references, case) else {
            assert_eq!(case.group, "HE-AAC", "{} has no reference", case.file);
            continue;
        };
        let distance = reference.distance(&decoded);
        let Distance { rms: got, worst, level } = distance;
        assert!(level > 0.1, "{}: the reference is silent: {distance:?}", case.file);
        assert!(got <= rms && worst <= 4.0 * rms, "{}: {distance:?}", case.file);
    }
}

#[test]
fn no_frame_more_or_less_than_the_reference_has() {
    // ffmpeg leaves out the first block of one stream of a video, and the last block of one of a low quality. Where the
    // end is not to be believed, the padding is heard.
    const SHORTER: [(&str, usize); 3] =
        [("ogg-video.ogv", 128), ("vorbis-6ch-q-1.ogg", 256), ("ogg-end-too-late.ogg", 389)];
    let references = references();
    for (case, frames, ..) in playing() {
        let Some(reference) = reference(&references, case) else { continue };
        let missing = SHORTER.iter().find(|(file, _)| *file == case.file).map_or(0, |(_, missing)| *missing);
        // The reference is that of the first part; `parts.rs` compares the others.
        if !["mp3-rate-changes.mp3", "ogg-chained.ogg"].contains(&case.file) {
            assert_eq!(reference.frames + missing, frames as usize, "{}", case.file);
        }
    }
}

#[test]
fn probing_and_decoding_agree_and_say_what_is_wrong() {
    for (case, frames, _, warning) in playing() {
        let probed = probe(case.source(), "").unwrap();
        assert_eq!(probed.frames, frames, "{}", case.file);
        assert_eq!(probed.damage.in_words().as_deref(), warning, "{}", case.file);
        let TrackInfo { damage, .. } = verify(case.source(), "").unwrap();
        assert_eq!(damage.in_words().as_deref(), warning, "{}", case.file);
        assert_eq!(damage.bad_packets, 0, "{}", case.file);
    }
}

#[test]
fn a_refusal_has_its_reason() {
    for case in CASES {
        if let Outcome::Refused(why) = case.outcome {
            assert_eq!(probe(case.source(), "").map_err(|e| e.to_string()), Err(why.to_owned()), "{}", case.file);
        }
    }
}

#[test]
fn any_frame_of_an_odd_file_can_be_sought() {
    for (case, frames, rms, _) in playing() {
        let all = read_all(&mut case.decoder()).unwrap();
        let mut decoder = case.decoder();
        // Opus has a memory, AAC makes noise of its own.
        let has_opus = case.file.contains("opus") || case.file == "ogg-chained.ogg";
        let allowed = if has_opus || rms == NOISE || case.group == "HE-AAC" { 0.05 } else { 0.0 };
        for frame in [0, frames - 1, 1, frames / 2, frames / 3, frames - 700, frames * 3 / 4, 0] {
            decoder.seek(frame).unwrap();
            let got = read_some(&mut decoder, 900);
            assert!(!got.is_empty(), "{}: nothing at frame {frame}", case.file);
            let (peak, _) = difference(&got, &all[2 * frame as usize..][..got.len()]);
            assert!(peak <= allowed, "{}: frame {frame} differs by {peak}", case.file);
        }
        decoder.seek(frames).unwrap();
        assert_eq!(decoder.next_block().unwrap(), None, "{}", case.file);
    }
}

#[test]
fn every_odd_file_is_in_the_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/odd");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_script = [".py", ".txt", "__pycache__"].iter().any(|end| name.ends_with(end));
        assert!(is_script || CASES.iter().any(|case| case.file == name), "{name} is tested by nothing");
    }
}

#[test]
fn megabytes_of_nothing_before_an_mp3_are_passed_over() {
    let whole = bytes("odd/mp3-no-tag.mp3");
    let plain = probe(Box::new(Cursor::new(whole.clone())), "").unwrap();
    let sound = read_all(&mut Decoder::open(Box::new(Cursor::new(whole.clone())), "").unwrap()).unwrap();
    // Noise in which the start of an ID3v2 tag of no known version stands, and codes of frames that are none.
    let noise = |n: u32| (n.wrapping_mul(2_654_435_761) >> 24) as u8;
    let mut junk: Vec<u8> = (0..2_500_000).map(noise).collect();
    junk[700_000..700_010].copy_from_slice(b"ID3\x61\x07\x99\x20\x20\x20\x20");
    junk[900_000..900_004].copy_from_slice(&[0xff, 0xfb, 0x90, 0x40]);
    // A tag that is one, and zeros behind it.
    let mut padded = b"ID3\x03\0\0\0\0\0\x0a".to_vec();
    padded.resize(2_200_000, 0);
    for (what, before) in [("zeros", vec![0; 2_200_000]), ("junk", junk), ("a tag and zeros", padded)] {
        let file = [before, whole.clone()].concat();
        let info = probe(Box::new(Cursor::new(file.clone())), "mp3").unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(info, plain, "{what}");
        let mut decoder = Decoder::open(Box::new(Cursor::new(file)), "mp3").unwrap();
        assert!(read_all(&mut decoder).unwrap() == sound, "{what}");
        decoder.seek(10_000).unwrap();
        assert!(read_all(&mut decoder).unwrap() == sound[20_000..], "{what}");
    }
}

/// The places of the pages of an Ogg file.
fn pages(file: &[u8]) -> Vec<usize> {
    let (mut all, mut at) = (Vec::new(), 0);
    while let Some(segments) = file.get(at + 26) {
        let table = &file[at + 27..at + 27 + usize::from(*segments)];
        all.push(at);
        at += 27 + table.len() + table.iter().map(|n| usize::from(*n)).sum::<usize>();
    }
    all
}

/// An Ogg file of which the page at `at` is dated later by so many frames.
fn with_a_page_dated(mut file: Vec<u8>, at: usize, frames: i64) -> Vec<u8> {
    let stop = pages(&file).into_iter().find(|next| *next > at).unwrap_or(file.len());
    let end = i64::from_le_bytes(file[at + 6..at + 14].try_into().expect("eight bytes"));
    file[at + 6..at + 14].copy_from_slice(&(end + frames).to_le_bytes());
    file[at + 22..at + 26].fill(0);
    let sum = file[at..stop].iter().fold(0_u32, |sum, byte| {
        let sum = sum ^ u32::from(*byte) << 24;
        (0..8).fold(sum, |sum, _| if sum & 0x8000_0000 == 0 { sum << 1 } else { sum << 1 ^ 0x04c1_1db7 })
    });
    file[at + 22..at + 26].copy_from_slice(&sum.to_le_bytes());
    file
}

/// The last page of an Ogg file, dated later by so many frames.
fn with_a_later_end(file: Vec<u8>, frames: u64) -> Vec<u8> {
    let last = *pages(&file).last().expect("a page");
    with_a_page_dated(file, last, frames as i64)
}

#[test]
fn an_ogg_page_in_the_middle_that_is_dated_wrongly_moves_nothing() {
    for name in ["44100-stereo.ogg", "gapless-a.ogg", "48000-stereo.opus", "48000-mono.opus", "odd/vorbis-6ch-q3.ogg"] {
        let whole = bytes(name);
        let memory = |file: &[u8]| -> Box<dyn MediaSource> { Box::new(Cursor::new(file.to_vec())) };
        let sound = read_all(&mut Decoder::open(memory(&whole), "").unwrap()).unwrap();
        let plain = probe(memory(&whole), "").unwrap();
        let all = pages(&whole);
        // Behind the headers and the first page of sound, which says where it begins; before the last.
        let middle: Vec<usize> = all.iter().copied().skip(3).take(all.len().saturating_sub(4)).collect();
        for at in middle {
            for frames in [-48_000 * 3000, -20_000, -700, 1, 700, 20_000, 48_000 * 5, 48_000 * 3000, i64::MAX / 2] {
                let file = with_a_page_dated(whole.clone(), at, frames);
                assert_eq!(probe(memory(&file), "").unwrap(), plain, "{name}, page at {at} by {frames}");
                let mut decoder = Decoder::open(memory(&file), "").unwrap();
                assert!(read_all(&mut decoder).unwrap() == sound, "{name}, page at {at} by {frames}");
            }
        }
    }
}

#[test]
fn an_ogg_ends_where_its_sound_does_however_late_an_end_it_states() {
    for name in ["44100-stereo.ogg", "gapless-a.ogg", "48000-stereo.opus", "48000-mono.opus", "odd/ogg-skeleton.ogg"] {
        let whole = bytes(name);
        let memory = |file: &[u8]| -> Box<dyn MediaSource> { Box::new(Cursor::new(file.to_vec())) };
        let sound = read_all(&mut Decoder::open(memory(&whole), "").unwrap()).unwrap();
        for seconds in [4, 600, 2400, 100_000] {
            let file = with_a_later_end(whole.clone(), seconds * 48_000);
            let info = probe(memory(&file), "").unwrap();
            assert_eq!(info.damage.in_words().as_deref(), CUT, "{name}, {seconds} s later");
            let mut decoder = Decoder::open(memory(&file), "").unwrap();
            let heard = read_all(&mut decoder).unwrap();
            assert_eq!(heard.len() as u64, 2 * info.frames, "{name}, {seconds} s later");
            // The padding is heard, as nothing says how much of it is music, and the length of a packet on two pages
            // is not known.
            let more = heard.len().checked_sub(sound.len()).unwrap();
            assert!(heard.starts_with(&sound) && more <= 4 * 8192, "{name}, {seconds} s later: {more}");
            decoder.seek(info.frames - 100).unwrap();
            let end = read_all(&mut decoder).unwrap();
            assert_eq!(end.len(), 200, "{name}, {seconds} s later");
        }
    }
}

#[test]
fn sound_of_another_rate_behind_the_stated_end_of_an_mp3_plays() {
    let joined = [bytes("44100-stereo-cbr-lame.mp3"), bytes("48000-mono-cbr-notag.mp3")].concat();
    let memory = || Box::new(Cursor::new(joined.clone()));
    let alone = probe(Box::new(Cursor::new(bytes("44100-stereo-cbr-lame.mp3"))), "").unwrap();
    // 88 packets of 48 kHz, and the padding of the first part
    let behind = 93_139;
    for info in [probe(memory(), "").unwrap(), verify(memory(), "").unwrap()] {
        assert!((behind..behind + 3 * 1152).contains(&(info.frames - alone.frames)), "{info:?}");
        assert_eq!((info.damage.in_words().as_deref(), info.damage.bad_packets), (LONGER, 0));
    }
}

/// The part of the page that this table is.
fn page() -> String {
    let mut text = String::from("| files | kind | plays |\n|---|---|---|\n");
    let mut formats: Vec<(Format, &str)> = Vec::new();
    for f in FIXTURES {
        assert!(open(f.file).info().format == f.format, "{}", f.file);
        if !formats.iter().any(|(format, _)| *format == f.format) {
            let exactness = |e| FIXTURES.iter().any(|g| g.format == f.format && g.exactness == e);
            let join = match (exactness(Exactness::SampleExact), exactness(Exactness::LengthExact)) {
                (true, false) => "yes; two join without a gap",
                (true, true) => "yes; two join without a gap where the encoder's delay is stated",
                _ => "yes; two do not join without a gap",
            };
            formats.push((f.format, join));
        }
    }
    for (format, join) in formats {
        let _ = writeln!(text, "| {} | mono and stereo, as encoders write it | {join} |", format.name());
    }
    for case in CASES {
        let plays = match case.outcome {
            Outcome::Plays { warning: None, .. } => "yes".to_owned(),
            Outcome::Plays { warning: Some(warning), .. } => format!("yes, with a warning: {warning}"),
            Outcome::Refused(why) => format!("no: {why}"),
        };
        let _ = writeln!(text, "| {} | {} | {plays} |", case.group, case.kind);
    }
    text
}

/// `DOWNBEAT_DESCRIBE=1 cargo test -p downbeat-media the_page` writes it anew.
#[test]
fn the_page_says_what_is_so() {
    const MARKS: [&str; 2] = ["<!-- sound: made by media/tests/files/odd.rs -->\n", "<!-- sound: end -->\n"];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/compatibility.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let [begin, end] = MARKS.map(|mark| text.find(mark).unwrap_or_else(|| panic!("{mark} is not in the page")));
    let begin = begin + MARKS[0].len();
    if std::env::var_os("DOWNBEAT_DESCRIBE").is_some() {
        std::fs::write(&path, [&text[..begin], &page(), &text[end..]].concat()).unwrap();
        return;
    }
    assert!(text[begin..end] == page(), "docs/compatibility.md says otherwise: write it anew with DOWNBEAT_DESCRIBE=1");
}
