//! Every format: the right frames, the right number of them, from any frame on.

use crate::common::{
    FIXTURES, Fixture, bytes, difference, difference_but_for_gain, expected, open, read_all, read_some, signal, source,
};
use downbeat_media::{Damage, Decoder, Exactness, Format, probe, verify};

/// Bits of the integers in a lossless fixture.
fn bits(f: &Fixture) -> u32 {
    if f.file.contains("24") || f.file.contains("f32") { 24 } else { 16 }
}

fn what_the_source_was(f: &Fixture) -> Vec<f32> {
    let bits = if f.format.is_lossless() { bits(f) } else { 16 };
    expected(f.sample_rate, f.channels, bits, f.first, f.frames)
}

#[test]
fn every_format_gives_the_source_without_lag() {
    for f in FIXTURES {
        let decoded = read_all(&mut open(f.file)).unwrap();
        assert_eq!(decoded.len() as u64, 2 * f.frames, "{}", f.file);
        // Where encoder delay or padding is heard, only what was encoded can be compared.
        let (skip, end) = match f.exactness {
            Exactness::SampleExact => (0, decoded.len()),
            Exactness::LengthExact => (2 * f.first.unsigned_abs() as usize, decoded.len() - 4000),
        };
        let (decoded, source) = (&decoded[skip..end], &what_the_source_was(f)[skip..end]);
        if f.rms == 0.0 {
            assert!(decoded == source, "{}: {:?}", f.file, difference(decoded, source));
            continue;
        }
        let (gain, peak, rms) = difference_but_for_gain(decoded, source);
        assert!((0.94..1.06).contains(&gain), "{}: {gain}", f.file);
        let end = source.len() - 2;
        for (_, _, lagging) in [
            difference_but_for_gain(&decoded[2..], &source[..end]),
            difference_but_for_gain(&decoded[..end], &source[2..]),
        ] {
            assert!(lagging > 1.5 * rms, "{}: {lagging} one frame off, {rms} as it is", f.file);
        }
        assert!(peak <= f.peak && rms <= f.rms, "{}: peak {peak}, rms {rms}", f.file);
    }
}

#[test]
fn probe_verify_and_decoder_agree() {
    for f in FIXTURES {
        let info = probe(source(f.file), "").unwrap();
        assert_eq!(info.frames, f.frames, "{}", f.file);
        assert_eq!(info.format, f.format, "{}", f.file);
        assert_eq!(info.sample_rate, f.sample_rate, "{}", f.file);
        assert_eq!(info.channels, f.channels, "{}", f.file);
        assert_eq!(info.exactness, f.exactness, "{}", f.file);
        assert_eq!(info.damage, Damage::default(), "{}", f.file);
        assert_eq!(verify(source(f.file), "").unwrap(), info, "{}", f.file);
        let stated = open(f.file).info().stated_frames;
        assert!(stated.is_none_or(|n| n == f.frames), "{}: {stated:?}", f.file);
        assert_eq!(stated.is_some(), f.exactness == Exactness::SampleExact, "{}", f.file);
    }
}

#[test]
fn any_frame_can_be_sought() {
    for f in FIXTURES {
        let all = read_all(&mut open(f.file)).unwrap();
        let mut decoder = open(f.file);
        let n = f.frames;
        let mut worst = 0.0_f32;
        // forwards, backwards, around packet borders, twice the same, the ends
        let targets =
            [0, n - 1, 1, n / 2, n / 2 + 1, n / 2, 575, 1151, 1152, 1153, 4095, 4096, 4097, n - 2, n - 5000, 0];
        let spread = (1..24).map(|i| (i * 7_919_317) % n);
        for frame in targets.into_iter().chain(spread) {
            decoder.seek(frame).unwrap();
            assert_eq!(decoder.position(), frame, "{}", f.file);
            let got = read_some(&mut decoder, 3000);
            let wanted = &all[2 * frame as usize..][..got.len()];
            let (peak, _) = difference(&got, wanted);
            worst = worst.max(peak);
            assert!(peak <= f.seek_peak, "{}: frame {frame} differs by {peak}", f.file);
            assert_eq!(decoder.bad_packets(), 0, "{}: frame {frame}", f.file);
        }
        // To the last frame after a seek, not more.
        decoder.seek(n - 700).unwrap();
        assert_eq!(read_all(&mut decoder).unwrap().len(), 1400, "{}", f.file);
        assert_eq!(decoder.position(), n, "{}", f.file);
    }
}

#[test]
fn after_the_end_there_is_nothing_and_one_can_go_back() {
    for f in FIXTURES {
        let mut decoder = open(f.file);
        for frame in [f.frames, f.frames + 1, f.frames + 1_000_000_000, u64::MAX] {
            decoder.seek(frame).unwrap();
            assert_eq!(decoder.next_block().unwrap(), None, "{}: {frame}", f.file);
            assert_eq!(decoder.next_block().unwrap(), None, "{}: {frame}", f.file);
        }
        decoder.seek(0).unwrap();
        assert_eq!(read_all(&mut decoder).unwrap().len() as u64, 2 * f.frames, "{}", f.file);
    }
}

#[test]
fn two_files_join_without_a_gap() {
    let whole = expected(44_100, 1, 16, 0, 61_237 + 50_001);
    for (extension, peak_allowed, rms_allowed) in [("flac", 0.0, 0.0), ("mp3", 0.12, 0.02), ("ogg", 0.12, 0.03)] {
        let mut joined = read_all(&mut open(&format!("gapless-a.{extension}"))).unwrap();
        assert_eq!(joined.len(), 2 * 61_237, "{extension}");
        joined.extend(read_all(&mut open(&format!("gapless-b.{extension}"))).unwrap());
        // Around the cut the codecs see an edge, but one frame lost or doubled would put all after it out of step.
        for part in [0..61_237, 61_237 - 500..61_237 + 500, 61_237..61_237 + 50_001] {
            let part = 2 * part.start..2 * part.end;
            let (_, peak, rms) = difference_but_for_gain(&joined[part.clone()], &whole[part.clone()]);
            assert!(peak <= peak_allowed && rms <= rms_allowed, "{extension} {part:?}: peak {peak}, rms {rms}");
        }
    }
}

#[test]
fn a_lag_of_one_frame_would_be_seen() {
    // The tolerances above mean something: the source itself, one frame late, is far outside.
    for rate in [44_100, 48_000] {
        let (_, rms) = difference(&expected(rate, 2, 16, 0, 100_000), &expected(rate, 2, 16, 1, 100_000));
        assert!(rms > 0.04, "{rms}");
    }
}

#[test]
fn surround_is_mixed_by_the_itu_coefficients() {
    let decoded = read_all(&mut open("48000-surround-16.flac")).unwrap();
    assert_eq!(decoded.len(), 2 * 9001);
    let half = std::f32::consts::FRAC_1_SQRT_2;
    let scale = 1.0 / (1.0 + half + half);
    for n in 0..9001 {
        // front left, front right, centre, low frequencies, rear left, rear right
        let x: [f32; 6] = std::array::from_fn(|c| (signal(n, c, 48_000) >> 8) as f32 / 32_768.0);
        let wanted = [x[0] + half * (x[2] + x[4]), x[1] + half * (x[2] + x[5])].map(|y| y * scale);
        for side in 0..2 {
            let got = decoded[2 * n as usize + side];
            assert!((got - wanted[side]).abs() < 1e-6, "frame {n}: {got} for {}", wanted[side]);
        }
    }
    assert_eq!(probe(source("48000-surround-16.flac"), "").unwrap().channels, 6);
}

#[test]
fn the_name_does_not_decide() {
    for hint in ["mp3", "wav", "exe", ""] {
        let info = probe(source("44100-stereo-16.flac"), hint).unwrap();
        assert_eq!((info.format, info.frames), (Format::Flac, 50_021));
    }
}

#[test]
fn tags_before_and_after_the_music_change_nothing() {
    for file in ["44100-stereo-cbr-lame.mp3", "48000-mono-cbr-notag.mp3"] {
        // An ID3v2 tag of 70,000 zero bytes (7 bits a byte: 4, 34, 112), and an ID3v1 tag.
        let mut tagged = b"ID3\x04\0\0".to_vec();
        tagged.extend([0, 4, 34, 112]);
        tagged.resize(10 + 70_000, 0);
        tagged.extend(bytes(file));
        tagged.extend(b"TAG");
        tagged.resize(tagged.len() + 125, b'x');
        let info = probe(Box::new(std::io::Cursor::new(tagged)), "mp3").unwrap();
        assert_eq!(info, probe(source(file), "mp3").unwrap(), "{file}");
    }
}

/// An atom of an MP4 file.
fn atom(kind: &str, payload: &[u8]) -> Vec<u8> {
    [&(payload.len() as u32 + 8).to_be_bytes()[..], kind.as_bytes(), payload].concat()
}

/// The AAC fixture without its edit list, and with `more` at the end of its movie header.
fn aac_without_edit_list(more: &[u8]) -> Vec<u8> {
    let mut file = bytes("44100-stereo-aac.m4a");
    let find = |file: &[u8], kind: &[u8]| file.windows(4).rposition(|w| w == kind).expect("it has such an atom");
    let edts = find(&file, b"edts");
    file[edts..edts + 4].copy_from_slice(b"free");
    let moov = find(&file, b"moov") - 4;
    // The movie header is the last atom.
    file.extend(more);
    let size = (file.len() - moov) as u32;
    file[moov..moov + 4].copy_from_slice(&size.to_be_bytes());
    file
}

#[test]
fn aac_without_an_edit_list_keeps_its_delay() {
    let file = aac_without_edit_list(&[]);
    let info = probe(Box::new(std::io::Cursor::new(file.clone())), "").unwrap();
    assert_eq!((info.frames, info.exactness), (110_251 + 1024, Exactness::LengthExact));
    let decoded = read_all(&mut Decoder::open(Box::new(std::io::Cursor::new(file)), "").unwrap()).unwrap();
    assert_eq!(decoded[2048..], read_all(&mut open("44100-stereo-aac.m4a")).unwrap());
}

#[test]
fn itunes_gapless_tag_is_heeded() {
    // delay 1024, padding 1275, 110,000 frames
    let text = b"\0\0\0\x01\0\0\0\0 00000000 00000400 000004FB 000000000001ADB0 00000000";
    let tag = [atom("mean", b"\0\0\0\0com.apple.iTunes"), atom("name", b"\0\0\0\0iTunSMPB"), atom("data", text)];
    let handler = atom("hdlr", b"\0\0\0\0\0\0\0\0mdirappl\0\0\0\0\0\0\0\0\0");
    let meta = [&[0; 4][..], &handler, &atom("ilst", &atom("----", &tag.concat()))].concat();
    let file = aac_without_edit_list(&atom("udta", &atom("meta", &meta)));
    let info = probe(Box::new(std::io::Cursor::new(file.clone())), "").unwrap();
    assert_eq!((info.frames, info.exactness), (110_000, Exactness::SampleExact));
    let decoded = read_all(&mut Decoder::open(Box::new(std::io::Cursor::new(file)), "").unwrap()).unwrap();
    assert_eq!(decoded, read_all(&mut open("44100-stereo-aac.m4a")).unwrap()[..2 * 110_000]);
}
