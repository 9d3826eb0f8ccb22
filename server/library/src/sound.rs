//! The sound of a file: how loud it is, and the shape that people see of it. Found by decoding all of it.
//!
//! Loudness is that of EBU R128: blocks of 400 ms, every 100 ms, gated. How many blocks were how loud is kept, in
//! tenths of a decibel, since the loudness of an album follows from the blocks of its tracks, and not from their
//! loudness.

use downbeat_media::{Damage, Decoder, MediaError, MediaSource};
use downbeat_store::TrackRow;
use ebur128::{EbuR128, Mode};

/// Parts of a waveform.
pub(super) const PARTS: usize = 1_000;
/// The loudness that ReplayGain 2 aims at, LUFS.
const REFERENCE_LUFS: f64 = -18.0;
/// Blocks more silent than this do not count, LUFS.
const SILENT_LUFS: f64 = -70.0;
/// Nor do those so much below the mean of the others, LU.
const GATE_LU: f64 = -10.0;
/// Steps of the histogram in one LU.
const STEPS: f64 = 10.0;
/// From -70 to +10 LUFS.
const BINS: usize = 800;
/// A pair that names no bin: the measurement was made with the decoders of 2026-11-30 or later.
const DECODERS: [u8; 6] = [0xfe, 0xff, 1, 0, 0, 0];

/// True for kinds of files that decoders before 2026-11-30 made noise of. A row does not say the bits of a sample; more
/// than 20 bits a sample in the file are those of 24 or 32.
pub(super) fn may_have_been_noise(track: &TrackRow) -> bool {
    let file_frames = track.part.as_ref().map_or(track.frames, |part| part.file_frames);
    match &*track.format {
        "flac" => track.channels == 2 && track.bytes as f64 * 8.0 > 40.0 * file_frames.0 as f64,
        "ogg" => track.channels > 2,
        _ => false,
    }
}

/// The key under which the sound of a track is kept: the hash of its file, and its frames if it is a part.
pub(super) fn key(track: &TrackRow) -> String {
    match &track.part {
        None => track.hash.clone(),
        Some(part) => format!("{}#{}+{}", track.hash, part.first.0, track.frames.0),
    }
}

/// The results of decoding a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sound {
    pub(super) blocks: Blocks,
    /// Pairs of bytes, peak and root mean square of a part; 255 is full scale.
    pub(super) waveform: Vec<u8>,
    /// The faults that only decoding all of it shows, for people.
    pub(super) warning: Option<String>,
}

/// How many blocks were how loud, and the true peak.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Blocks {
    counts: Vec<u32>,
    peak: f32,
}

impl Default for Blocks {
    fn default() -> Self {
        Self { counts: vec![0; BINS], peak: 0.0 }
    }
}

impl Blocks {
    fn add(&mut self, lufs: f64) {
        if lufs > SILENT_LUFS {
            let bin = ((lufs - SILENT_LUFS) * STEPS) as usize;
            self.counts[bin.min(BINS - 1)] += 1;
        }
    }

    /// These and others as one: an album.
    pub(super) fn join(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_add(*more);
        }
        self.peak = self.peak.max(other.peak);
    }

    /// Integrated loudness, LUFS; `None` if nothing is heard.
    pub(super) fn loudness(&self) -> Option<f64> {
        let gate = self.mean(0)? + GATE_LU;
        let from = ((gate - SILENT_LUFS) * STEPS).max(0.0).round() as usize;
        self.mean(from)
    }

    /// The mean loudness of the blocks from this bin on.
    fn mean(&self, from: usize) -> Option<f64> {
        let (mut energy, mut blocks) = (0.0, 0.0);
        for (bin, count) in self.counts.iter().enumerate().skip(from) {
            let lufs = SILENT_LUFS + (bin as f64 + 0.5) / STEPS;
            energy += f64::from(*count) * 10_f64.powf(lufs / 10.0);
            blocks += f64::from(*count);
        }
        (blocks > 0.0).then(|| 10.0 * (energy / blocks).log10())
    }

    /// The gain that makes it as loud as others, dB.
    pub(super) fn gain_db(&self) -> Option<f32> {
        self.loudness().map(|lufs| (REFERENCE_LUFS - lufs) as f32)
    }

    /// The true peak; 1.0 is full scale.
    pub(super) fn peak(&self) -> f32 {
        self.peak
    }

    /// As it is stored: the peak, then pairs of bin and count.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.peak.to_le_bytes().to_vec();
        bytes.extend(DECODERS);
        for (bin, count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            bytes.extend((bin as u16).to_le_bytes());
            bytes.extend(count.to_le_bytes());
        }
        bytes
    }

    /// True if a stored measurement is of a decoder that was mended since, for this kind of file: a FLAC of 32 bits in
    /// stereo, or Vorbis of more than two channels, which were noise.
    pub(super) fn are_of_noise(bytes: &[u8], track: &TrackRow) -> bool {
        let is_mended = bytes.get(4..10) == Some(&DECODERS[..]);
        !is_mended && may_have_been_noise(track)
    }

    /// The reverse; `None` if these are no such bytes.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (peak, pairs) = bytes.split_at_checked(4)?;
        let mut blocks = Self { peak: f32::from_le_bytes(peak.try_into().ok()?), ..Self::default() };
        for pair in pairs.chunks(6).filter(|pair| **pair != DECODERS) {
            let (bin, count) = pair.split_at_checked(2)?;
            let bin = usize::from(u16::from_le_bytes(bin.try_into().ok()?));
            *blocks.counts.get_mut(bin)? = u32::from_le_bytes(count.try_into().ok()?);
        }
        Some(blocks)
    }
}

/// Decodes `frames` frames of a file from `first` on: all of it, or a part, of which the rest is not heard. `ending` is
/// that of the file's name and only a hint.
pub(super) fn listen(
    source: Box<dyn MediaSource>,
    ending: &str,
    (first, frames): (u64, u64),
    is_part: bool,
) -> Result<Sound, MediaError> {
    let mut decoder = Decoder::open(source, ending)?;
    if first > 0 {
        decoder.seek(first)?;
    }
    let rate = decoder.info().sample_rate;
    let mut meter = Meter::new(rate);
    let mut shape = Shape::new(frames);
    let mut heard = 0;
    while let Some(block) = decoder.next_block()? {
        let left = if is_part { frames.saturating_sub(heard) } else { u64::MAX };
        let block = &block[..block.len().min(usize::try_from(left.saturating_mul(2)).unwrap_or(usize::MAX))];
        if block.is_empty() {
            break;
        }
        meter.add(block);
        shape.add(block);
        heard += block.len() as u64 / 2;
    }
    let blocks = meter.finish();
    let warning = faults(decoder.damage(), heard, frames, blocks.peak());
    Ok(Sound { blocks, waveform: shape.finish(), warning })
}

/// The faults in what was heard, compared with the scan's result.
fn faults(damage: Damage, heard: u64, frames: u64, peak: f32) -> Option<String> {
    let mut words = Vec::from_iter(damage.in_words());
    match damage.bad_packets {
        0 => {}
        1 => words.push("one broken packet in it is silent".into()),
        n => words.push(format!("{n} broken packets in it are silent")),
    }
    if heard != frames {
        words.push(format!("decoding it gives {heard} frames, where the scan found {frames}"));
    }
    if heard > 0 && peak == 0.0 {
        words.push("it is silent from start to end".into());
    }
    (!words.is_empty()).then(|| words.join("; "))
}

/// Measures stereo frames as they come.
struct Meter {
    /// `None` for a rate that cannot be measured.
    ebu: Option<EbuR128>,
    blocks: Blocks,
    /// Frames between two blocks: 100 ms.
    hop: usize,
    /// Frames until the next block is complete.
    left: usize,
}

impl Meter {
    fn new(rate: u32) -> Self {
        let hop = (rate as usize / 10).max(1);
        let ebu = EbuR128::new(2, rate, Mode::M | Mode::TRUE_PEAK).ok();
        Self { ebu, blocks: Blocks::default(), hop, left: 4 * hop }
    }

    fn add(&mut self, mut frames: &[f32]) {
        let Some(ebu) = &mut self.ebu else { return };
        while !frames.is_empty() {
            let (now, later) = frames.split_at(frames.len().min(2 * self.left));
            if ebu.add_frames_f32(now).is_err() {
                return;
            }
            self.left -= now.len() / 2;
            frames = later;
            if self.left == 0 {
                self.left = self.hop;
                self.blocks.add(ebu.loudness_momentary().unwrap_or(f64::NEG_INFINITY));
            }
        }
    }

    fn finish(mut self) -> Blocks {
        let peak = |channel| self.ebu.as_ref().and_then(|ebu| ebu.true_peak(channel).ok()).unwrap_or(0.0);
        self.blocks.peak = peak(0).max(peak(1)) as f32;
        self.blocks
    }
}

/// Peak and power of each part of a track.
struct Shape {
    frames: u64,
    next: u64,
    parts: Vec<(f32, f64, u64)>,
}

impl Shape {
    fn new(frames: u64) -> Self {
        Self { frames: frames.max(1), next: 0, parts: vec![(0.0, 0.0, 0); PARTS] }
    }

    fn add(&mut self, frames: &[f32]) {
        for frame in frames.as_chunks::<2>().0 {
            let part = (self.next * PARTS as u64 / self.frames).min(PARTS as u64 - 1) as usize;
            let (peak, power, count) = &mut self.parts[part];
            *peak = peak.max(frame[0].abs()).max(frame[1].abs());
            *power += f64::from(frame[0] * frame[0] + frame[1] * frame[1]) / 2.0;
            *count += 1;
            self.next += 1;
        }
    }

    fn finish(self) -> Vec<u8> {
        let byte = |level: f64| (level.clamp(0.0, 1.0) * 255.0).round() as u8;
        let mut bytes = Vec::with_capacity(2 * PARTS);
        let mut last = [0, 0];
        for (peak, power, count) in self.parts {
            // Of a track with fewer frames than parts, some parts have none of their own.
            if count > 0 {
                last = [byte(f64::from(peak)), byte((power / count as f64).sqrt())];
            }
            bytes.extend(last);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds of a 1 kHz sine at this level, dB below full scale, on both channels.
    fn sine(seconds: f64, level_db: f64) -> Vec<f32> {
        let amplitude = 10_f64.powf(level_db / 20.0);
        let sample = |i: usize| (amplitude * (i as f64 * 1_000.0 / 48_000.0 * std::f64::consts::TAU).sin()) as f32;
        (0..(seconds * 48_000.0) as usize).flat_map(|i| [sample(i); 2]).collect()
    }

    fn measured(pieces: &[Vec<f32>]) -> Blocks {
        let mut meter = Meter::new(48_000);
        for piece in pieces {
            for chunk in piece.chunks(2 * 1_234) {
                meter.add(chunk);
            }
        }
        meter.finish()
    }

    /// The cases 1 to 5 of EBU Tech 3341, with its tolerance.
    #[test]
    fn loudness_is_that_of_the_ebu_s_test_signals() {
        let cases = [
            (vec![sine(20.0, -23.0)], -23.0),
            (vec![sine(20.0, -33.0)], -33.0),
            (vec![sine(10.0, -36.0), sine(60.0, -23.0), sine(10.0, -36.0)], -23.0),
            (
                vec![sine(10.0, -72.0), sine(10.0, -36.0), sine(60.0, -23.0), sine(10.0, -36.0), sine(10.0, -72.0)],
                -23.0,
            ),
            (vec![sine(20.0, -26.0), sine(20.1, -20.0), sine(20.0, -26.0)], -23.0),
        ];
        for (i, (pieces, expected)) in cases.iter().enumerate() {
            let lufs = measured(pieces).loudness().unwrap();
            assert!((lufs - expected).abs() <= 0.1, "case {}: {lufs}", i + 1);
        }
    }

    #[test]
    fn what_decoding_all_of_it_shows_is_said() {
        let none = Damage::default();
        assert_eq!(faults(none, 1000, 1000, 0.5), None);
        assert_eq!(faults(none, 0, 0, 0.0), None);
        let mut broken = none;
        broken.bad_packets = 3;
        broken.truncated = true;
        assert_eq!(
            faults(broken, 900, 1000, 0.0).unwrap(),
            "it ends before the length that it states; 3 broken packets in it are silent; decoding it gives 900 \
             frames, where the scan found 1000; it is silent from start to end"
        );
    }

    #[test]
    fn what_was_measured_of_noise_is_measured_anew() {
        let now = measured(&[sine(5.0, -23.0)]).to_bytes();
        let before = [&now[..4], &now[10..]].concat();
        assert_eq!(Blocks::from_bytes(&before), Blocks::from_bytes(&now), "both are read");
        let track = |format: &str, channels, bytes| {
            crate::tests::a_track("a").with(|t| {
                (t.format, t.channels, t.bytes) = (format.into(), channels, bytes);
            })
        };
        // 44,100 frames: 32 bits in stereo are 352,800 bytes
        for (track, is_suspect) in [
            (track("flac", 2, 300_000), true),
            (track("flac", 2, 120_000), false),
            (track("flac", 1, 300_000), false),
            (track("ogg", 6, 50_000), true),
            (track("ogg", 2, 50_000), false),
            (track("opus", 6, 50_000), false),
        ] {
            assert_eq!(Blocks::are_of_noise(&before, &track), is_suspect, "{}", track.format);
            assert!(!Blocks::are_of_noise(&now, &track));
        }
    }

    #[test]
    fn gain_aims_at_minus_18_and_silence_has_none() {
        let blocks = measured(&[sine(5.0, -23.0)]);
        assert!((blocks.gain_db().unwrap() - 5.0).abs() <= 0.1);
        let peak = 20.0 * f64::from(blocks.peak()).log10();
        assert!((peak + 23.0).abs() < 0.2, "{peak}");
        assert_eq!(measured(&[vec![0.0; 480_000]]).gain_db(), None);
        assert_eq!(measured(&[sine(0.3, -10.0)]).gain_db(), None, "shorter than a block");
    }

    #[test]
    fn an_album_is_measured_by_the_blocks_of_its_tracks_also_from_the_store() {
        let (loud, soft) = (vec![sine(20.0, -20.0)], vec![sine(20.0, -40.0)]);
        let whole = measured(&[loud[0].clone(), soft[0].clone()]).loudness().unwrap();
        let stored = |blocks: &Blocks| Blocks::from_bytes(&blocks.to_bytes()).unwrap();
        let mut album = stored(&measured(&loud));
        assert_eq!(album, measured(&loud));
        album.join(&stored(&measured(&soft)));
        assert!((album.loudness().unwrap() - whole).abs() < 0.1);
        assert!((album.loudness().unwrap() + 20.0).abs() < 0.2, "the soft one is gated out");
        for wrong in [&[1, 2][..], &[0, 0, 0, 0, 1], &[0, 0, 0, 0, 255, 255, 1, 0, 0, 0]] {
            assert_eq!(Blocks::from_bytes(wrong), None);
        }
    }

    #[test]
    fn the_shape_has_a_peak_and_a_mean_for_every_part() {
        let mut shape = Shape::new(4_000);
        shape.add(&[1.0, -0.5].repeat(2_000));
        shape.add(&[0.0, 0.25].repeat(2_000));
        let bytes = shape.finish();
        assert_eq!(bytes.len(), 2 * PARTS);
        assert_eq!(bytes[..2], [255, 202]);
        assert_eq!(bytes[2 * PARTS - 2..], [64, 45]);
        let mut short = Shape::new(2);
        short.add(&[1.0, 1.0, 0.0, 0.0]);
        let bytes = short.finish();
        assert_eq!((bytes[0], bytes[998], bytes[1_000]), (255, 255, 0), "each frame fills half of it");
    }
}
