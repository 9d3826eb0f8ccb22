//! From sound to files: WAV and FLAC by ourselves, MP3 and Ogg where the machine has an encoder.

use std::{
    fs,
    io::{Cursor, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, anyhow, bail};
use flacenc::{component::BitRepr, error::Verify};
use lofty::{
    config::WriteOptions,
    ogg::tag::VorbisComments,
    tag::{Accessor, TagExt},
};

use crate::{
    instruments::{Noise, RATE},
    pieces::Kind,
    room::Stereo,
};

/// The artist that the tags name.
const ARTIST: &str = "Hollow Lantern";
/// The album all pieces are of.
const ALBUM: &str = "Rooms in Step";
/// The year they were written.
const YEAR: &str = "2026";

/// The tags of one file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tags {
    /// The title.
    pub(crate) title: &'static str,
    /// Its place on the album, from 1.
    pub(crate) number: u32,
}

impl Tags {
    /// `NN Title.extension`.
    fn file_name(self, extension: &str) -> String {
        format!("{:02} {}.{extension}", self.number, self.title)
    }
}

/// Writes `sound` into `folder` as `kind`, or as FLAC where the encoder is missing. The file appears under its name
/// only when it is whole.
pub(crate) fn write(folder: &Path, sound: &Stereo, kind: Kind, tags: Tags) -> Result<PathBuf> {
    let samples = quantise(sound, u64::from(tags.number));
    let kind = match kind {
        Kind::Mp3 if !at_hand("lame") => Kind::Flac,
        Kind::Ogg if !at_hand("oggenc") => Kind::Flac,
        kind => kind,
    };
    let extension = match kind {
        Kind::Flac => "flac",
        Kind::Mp3 => "mp3",
        Kind::Ogg => "ogg",
    };
    let path = folder.join(tags.file_name(extension));
    let part = folder.join(format!(".{:02}.part.{extension}", tags.number));
    let encoded = match kind {
        Kind::Flac => flac(&samples, &part, tags),
        Kind::Mp3 => lame(&samples, &part, tags),
        Kind::Ogg => oggenc(&samples, &part, tags),
    };
    encoded
        .and_then(|()| Ok(fs::rename(&part, &path)?))
        .inspect_err(|_| drop(fs::remove_file(&part)))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// Writes `sound` as WAV beside the others.
pub(crate) fn write_wav(folder: &Path, sound: &Stereo, tags: Tags) -> Result<PathBuf> {
    let path = folder.join(tags.file_name("wav"));
    fs::write(&path, wav(&quantise(sound, u64::from(tags.number)))?)?;
    Ok(path)
}

/// 16 bits, left and right in turn, with a dither of one step so that the last of a fade does not crackle.
fn quantise(sound: &Stereo, seed: u64) -> Vec<i16> {
    let mut noise = Noise::new(seed);
    let mut step = |sample: f64| {
        let dither = f64::midpoint(noise.next(), noise.next());
        (sample * 32_767.0 + dither).round().clamp(-32_768.0, 32_767.0) as i16
    };
    sound.left.iter().zip(&sound.right).flat_map(|(left, right)| [step(*left), step(*right)]).collect()
}

fn wav(samples: &[i16]) -> Result<Vec<u8>> {
    let spec =
        hound::WavSpec { channels: 2, sample_rate: RATE, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec)?;
    for sample in samples {
        writer.write_sample(*sample)?;
    }
    writer.finalize()?;
    Ok(bytes.into_inner())
}

fn flac(samples: &[i16], path: &Path, tags: Tags) -> Result<()> {
    let config = flacenc::config::Encoder::default()
        .into_verified()
        .map_err(|(_, error)| anyhow!("encoder settings: {error}"))?;
    let wide: Vec<i32> = samples.iter().map(|sample| i32::from(*sample)).collect();
    let source = flacenc::source::MemSource::from_samples(&wide, 2, 16, RATE as usize);
    let mut stream = flacenc::encode_with_fixed_block_size(&config, source, config.block_size)
        .map_err(|error| anyhow!("FLAC: {error}"))?;
    // The encoder counts the last, shorter block as the least one, which by the specification it is not: strict
    // decoders would take the stream for one of varying blocks, and find it broken.
    stream
        .stream_info_mut()
        .set_block_sizes(config.block_size, config.block_size)
        .map_err(|error| anyhow!("FLAC: {error}"))?;
    let mut sink = flacenc::bitsink::ByteSink::new();
    stream.write(&mut sink).map_err(|error| anyhow!("FLAC: {error}"))?;
    fs::write(path, sink.as_slice())?;

    let mut comments = VorbisComments::new();
    comments.set_vendor(concat!("downbeat-tunes ", env!("CARGO_PKG_VERSION")).to_owned());
    comments.set_title(tags.title.to_owned());
    comments.set_artist(ARTIST.to_owned());
    comments.set_album(ALBUM.to_owned());
    comments.set_track(tags.number);
    comments.push("DATE".to_owned(), YEAR.to_owned());
    comments.save_to_path(path, WriteOptions::default())?;
    Ok(())
}

fn lame(samples: &[i16], path: &Path, tags: Tags) -> Result<()> {
    let number = tags.number.to_string();
    let mut command = Command::new("lame");
    command.args(["--quiet", "-V", "2", "--id3v2-only", "--tt", tags.title, "--ta", ARTIST, "--tl", ALBUM]);
    command.args(["--ty", YEAR, "--tn", &number, "-"]).arg(path);
    feed(command, &wav(samples)?)
}

fn oggenc(samples: &[i16], path: &Path, tags: Tags) -> Result<()> {
    let number = tags.number.to_string();
    let mut command = Command::new("oggenc");
    // The serial number is chance otherwise, and the file another one with every run.
    command.args(["--quiet", "--quality", "6", "--serial", &number, "--title", tags.title, "--artist", ARTIST]);
    command.args(["--album", ALBUM, "--date", YEAR, "--tracknum", &number, "--output"]).arg(path).arg("-");
    feed(command, &wav(samples)?)
}

/// Runs an encoder with `input` on its standard input.
fn feed(mut command: Command, input: &[u8]) -> Result<()> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    let written = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(input));
    let status = child.wait()?;
    if !status.success() {
        bail!("the encoder failed: {status}");
    }
    Ok(written?)
}

/// True if a program of this name is on the search path.
fn at_hand(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use lofty::{file::AudioFile, probe::Probe, tag::ItemKey};

    use super::*;

    fn second() -> Stereo {
        let channel: Vec<f64> = (0..RATE).map(|index| 0.5 * (f64::from(index) * 0.05).sin()).collect();
        Stereo { left: channel.clone(), right: channel }
    }

    #[test]
    fn a_flac_has_all_frames_and_its_tags() {
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), &second(), Kind::Flac, Tags { title: "A, B", number: 3 }).unwrap();
        assert_eq!(path.file_name().unwrap(), "03 A, B.flac");
        let file = Probe::open(&path).unwrap().read().unwrap();
        assert_eq!(file.properties().duration().as_millis(), 1_000);
        let tag = lofty::file::TaggedFileExt::primary_tag(&file).unwrap();
        assert_eq!(tag.title().as_deref(), Some("A, B"));
        assert_eq!(tag.get_string(ItemKey::TrackArtist), Some(ARTIST));
        assert_eq!(tag.track(), Some(3));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half-written stays");
    }

    #[test]
    fn a_flac_is_decoded_to_the_samples_it_was_made_of() {
        let folder = tempfile::tempdir().unwrap();
        let tags = Tags { title: "A", number: 1 };
        let path = write(folder.path(), &second(), Kind::Flac, tags).unwrap();
        let mut decoder = downbeat_media::Decoder::open(Box::new(fs::File::open(path).unwrap()), "flac").unwrap();
        let mut heard = Vec::new();
        while let Some(block) = decoder.next_block().unwrap() {
            heard.extend(block.iter().map(|sample| (sample * 32_768.0) as i16));
        }
        assert!(heard == quantise(&second(), 1), "{} samples, some of them others", heard.len());
    }

    #[test]
    fn quantising_does_not_shift_or_clip() {
        let samples = quantise(&second(), 1);
        let loudest = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
        assert!((16_380..=16_386).contains(&loudest), "{loudest}");
    }
}
