//! Files whose sound changes its rate, its channels or its codec on the way: all of it plays.

use std::io::Cursor;

use downbeat_media::{Decoder, MediaSource, probe, verify};

use crate::common::{bytes, difference, read_all, read_some};

fn memory(file: &[u8]) -> Box<dyn MediaSource> {
    Box::new(Cursor::new(file.to_vec()))
}

fn open(file: &[u8]) -> Decoder {
    Decoder::open(memory(file), "").expect("it opens")
}

/// Files that are joined, and the most by which a seek into them may differ (AAC makes noise of its own, Opus has a
/// memory).
const JOINED: [(&[&str], f32); 12] = [
    (&["odd/mp3-no-tag.mp3", "48000-mono-cbr-notag.mp3", "odd/mp3-no-tag.mp3"], 0.0),
    (&["48000-mono-cbr-notag.mp3", "odd/mp3-no-tag.mp3"], 0.0),
    (&["44100-mono-adts.aac", "odd/he-aac-adts.aac", "44100-mono-adts.aac"], 0.05),
    (&["odd/aac-5.1-adts.aac", "44100-mono-adts.aac"], 0.05),
    (&["44100-stereo.ogg", "44100-stereo.ogg"], 0.0),
    (&["44100-stereo.ogg", "48000-mono.opus", "44100-stereo.ogg"], 0.05),
    (&["48000-stereo.opus", "44100-stereo.ogg"], 0.05),
    (&["48000-stereo.opus", "48000-mono.opus"], 0.05),
    (&["odd/vorbis-6ch-q3.ogg", "44100-stereo.ogg"], 0.0),
    (&["gapless-a.ogg", "gapless-b.ogg"], 0.0),
    (&["odd/ogg-skeleton.ogg", "odd/ogg-kate.ogg"], 0.0),
    (&["44100-stereo.ogg", "odd/ogg-video.ogv"], 0.0),
];

/// The left channel of `sound` at another rate, by straight lines; `late` frames of its own later.
fn drawn(sound: &[f32], from: u32, to: u32, frames: usize, late: f64) -> Vec<f32> {
    let left = |n: i64| usize::try_from(n).ok().and_then(|n| sound.get(2 * n)).copied().unwrap_or(0.0);
    let at = |n: usize| n as f64 * f64::from(from) / f64::from(to) - late;
    let line = |x: f64| {
        let frac = (x - x.floor()) as f32;
        left(x.floor() as i64) * (1.0 - frac) + left(x.floor() as i64 + 1) * frac
    };
    (0..frames).map(|n| line(at(n))).collect()
}

#[test]
fn every_part_plays_as_it_does_alone() {
    for (files, _) in JOINED {
        let parts: Vec<Vec<u8>> = files.iter().map(|file| bytes(file)).collect();
        let joined = parts.concat();
        let rate = open(&joined).info().sample_rate;
        let sound = read_all(&mut open(&joined)).unwrap();
        let mut at = 0;
        for (n, part) in parts.iter().enumerate() {
            let (own, alone) = (open(part).info().sample_rate, read_all(&mut open(part)).unwrap());
            let frames = (alone.len() as u64 / 2 * u64::from(rate) * 2 + u64::from(own)) / (2 * u64::from(own));
            let frames = frames as usize;
            let here = sound.get(2 * at..2 * (at + frames)).unwrap_or_else(|| panic!("{files:?}: part {n} is cut"));
            at += frames;
            if own == rate {
                // Of MPEG audio and AAC the first packets have the end of the part before in them.
                let (begin, allowed) =
                    if files[n].ends_with('3') || files[n].contains("aac") { (8_000, 0.05) } else { (0, 0.0) };
                let begin = if n == 0 { 0 } else { begin };
                let (peak, _) = difference(&here[begin..], &alone[begin..]);
                assert!(peak <= allowed, "{files:?}: part {n} differs by {peak}");
                continue;
            }
            let late = (16.0 / (0.95 * (f64::from(rate) / f64::from(own)).min(1.0))).ceil();
            let left: Vec<f32> = here.iter().step_by(2).copied().collect();
            let drawn = drawn(&alone, own, rate, frames, late);
            let (_, level) = difference(&drawn, &vec![0.0; frames]);
            let (_, rms) = difference(&left, &drawn);
            assert!(level > 0.05 && rms < 0.15 * level, "{files:?}: part {n} differs by {rms} of {level}");
        }
        assert_eq!(at, sound.len() / 2, "{files:?}: no more and no less");
    }
}

#[test]
fn the_scan_finds_the_length_that_is_played_and_nothing_wrong() {
    for (files, _) in JOINED {
        let joined: Vec<u8> = files.iter().flat_map(|file| bytes(file)).collect();
        let frames = read_all(&mut open(&joined)).unwrap().len() as u64 / 2;
        for info in [probe(memory(&joined), "").unwrap(), verify(memory(&joined), "").unwrap()] {
            assert_eq!((info.frames, info.damage.bad_packets), (frames, 0), "{files:?}");
            let core = info.damage.core_only.is_some();
            assert_eq!(info.damage.in_words().is_none(), !core, "{files:?}: {:?}", info.damage);
        }
    }
}

#[test]
fn any_frame_of_any_part_can_be_sought() {
    for (files, allowed) in JOINED {
        let joined: Vec<u8> = files.iter().flat_map(|file| bytes(file)).collect();
        let all = read_all(&mut open(&joined)).unwrap();
        let frames = all.len() as u64 / 2;
        let mut decoder = open(&joined);
        let first = read_all(&mut open(&bytes(files[0]))).unwrap().len() as u64 / 2;
        for frame in [frames - 1, 0, first - 1, first, first + 1, first + 700, frames - 5_000, first / 2, frames / 2] {
            decoder.seek(frame).unwrap();
            let got = read_some(&mut decoder, 3_000);
            assert!(!got.is_empty(), "{files:?}: nothing at frame {frame}");
            let (peak, _) = difference(&got, &all[2 * frame as usize..][..got.len()]);
            assert!(peak <= allowed, "{files:?}: frame {frame} differs by {peak}");
        }
        decoder.seek(frames).unwrap();
        assert_eq!(decoder.next_block().unwrap(), None, "{files:?}");
    }
}

#[test]
fn a_packet_that_looks_like_another_rate_is_no_part() {
    let mut file = bytes("odd/mp3-no-tag.mp3");
    let plain = read_all(&mut open(&file)).unwrap();
    // The rate in the header of one frame, the size of which stays (128 kbit/s: 417 or 418 bytes, and 384 of 48 kHz).
    let heads: Vec<usize> = (0..file.len() - 1).filter(|n| file[*n] == 0xff && file[n + 1] & 0xfe == 0xfa).collect();
    file[heads[9] + 2] = file[heads[9] + 2] & !0x0c | 0x04;
    let info = verify(memory(&file), "").unwrap();
    assert!(!info.damage.rate_changes, "{info:?}");
    assert!((info.frames as i64 - plain.len() as i64 / 2).abs() <= 1152, "{info:?}");
}
