//! One file, tried as the library and a speaker would.

use std::{
    fs,
    io::{Cursor, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use downbeat_library::{
    edit::{Editor, TagEdit},
    foreign,
};
use downbeat_media::{Decoder, MediaSource, guard, probe};
use downbeat_protocol::TrackId;

use crate::change::Random;

/// The sound of a file: frames, hash of those that are not silent, packets that could not be decoded; or why none.
type Sound = Result<(u64, String, u64), String>;

/// Longer than any silence that a file may claim, in seconds.
const MOST_SECONDS: u64 = 4000;

fn source(bytes: &[u8]) -> Box<dyn MediaSource> {
    Box::new(Cursor::new(bytes.to_vec()))
}

/// The outcome of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Edited,
    Refused,
}

/// Fails with what is wrong with our handling of the file.
pub(crate) fn file(bytes: &[u8], ending: &str, folder: &Path, random: &mut Random) -> Result<Outcome, String> {
    let sound = listen(bytes, ending)?;
    let _ = guard::catch(|| foreign::tags(bytes));
    let _ = guard::catch(|| foreign::embedded_picture(bytes));
    let path = folder.join(format!("file.{ending}"));
    let read = |path| fs::read(path).map_err(|e| e.to_string());
    fs::write(&path, bytes).map_err(|e| e.to_string())?;
    let editor = Editor::new([folder.to_owned()].into(), folder.join("kept"), 30);
    let track = TrackId(uuid::Uuid::from_u128(7));
    let edited = match editor.write(track, &path, &edit(random)) {
        Err(error) => {
            if read(&path)? != bytes {
                return Err(format!("the edit is refused, and the file is another: {error}"));
            }
            return Ok(Outcome::Refused);
        }
        Ok(edited) => edited,
    };
    let after = read(&path)?;
    let now = listen(&after, ending)?;
    if now != sound {
        return Err(format!("edited it decodes to {now:?}, before to {sound:?}"));
    }
    if edited.changed && std::env::var_os("DOWNBEAT_MUTATED_FFMPEG").is_some() {
        let (before, after) = (by_ffmpeg(bytes)?, by_ffmpeg(&after)?);
        if before != after {
            return Err(format!("edited, ffmpeg decodes it to {after}, before to {before}"));
        }
    }
    if let Some(id) = edited.id {
        editor.undo(id, &path).map_err(|e| format!("it cannot be taken back: {e}"))?;
    }
    if read(&path)? == bytes { Ok(Outcome::Edited) } else { Err("what is taken back is not what was".into()) }
}

fn edit(random: &mut Random) -> TagEdit {
    let title = ["T", "A title", "Une \u{e9}tude, \u{6771}\u{4eac}", ""][random.below(4)].to_owned();
    let title = if random.below(4) == 0 { title.repeat(300) } else { title };
    let mut edit = TagEdit { title: Some(title), ..TagEdit::default() };
    if random.below(2) == 0 {
        edit.artists = Some(vec!["Zo\u{eb}".into(), "Bill".into()]);
        edit.year = Some([0, 1994][random.below(2)]);
        edit.track_no = Some(7);
        edit.genres = Some(Vec::new());
    }
    edit
}

/// Probes, decodes and seeks; all must agree.
fn listen(bytes: &[u8], ending: &str) -> Result<Sound, String> {
    let probed = guard::catch(|| probe(source(bytes), ending)).and_then(|result| result.map_err(|e| e.to_string()));
    let heard = guard::catch(|| heard(bytes, ending)).unwrap_or_else(|panic| Ok(Err(panic)))?;
    match (&probed, &heard) {
        (Ok(info), Ok((frames, ..))) if info.frames != *frames => {
            Err(format!("{} frames by the probe, {frames} by the decoder", info.frames))
        }
        (Err(error), Ok(_)) => Err(format!("it plays, and the probe says: {error}")),
        _ => Ok(heard),
    }
}

fn heard(bytes: &[u8], ending: &str) -> Result<Sound, String> {
    let mut decoder = match Decoder::open(source(bytes), ending) {
        Ok(decoder) => decoder,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let most = u64::from(decoder.info().sample_rate) * MOST_SECONDS;
    let (mut hasher, mut frames) = (blake3::Hasher::new(), 0);
    loop {
        match decoder.next_block() {
            Err(error) => return Ok(Err(error.to_string())),
            Ok(None) => break,
            Ok(Some(block)) => {
                if block.is_empty() || !block.iter().all(|sample| sample.is_finite()) {
                    return Err("a block is empty, or no number".into());
                }
                if block.iter().any(|sample| *sample != 0.0) {
                    hasher.update(&u64::to_le_bytes(frames));
                    for sample in block {
                        hasher.update(&sample.to_le_bytes());
                    }
                }
                frames += block.len() as u64 / 2;
            }
        }
        if frames > most {
            return Err(format!("there are more than {most} frames in {} bytes", bytes.len()));
        }
    }
    let bad = decoder.bad_packets();
    for frame in [frames.saturating_sub(1), frames / 2, 0] {
        let found = decoder.seek(frame).and_then(|()| Ok(decoder.next_block()?.is_some()));
        match found {
            Ok(is_there) if is_there == (frame < frames) => {}
            other => return Err(format!("sought frame {frame} of {frames}: {other:?}")),
        }
    }
    Ok(Ok((frames, hasher.finalize().to_hex().to_string(), bad)))
}

/// The hash of what ffmpeg decodes.
fn by_ffmpeg(bytes: &[u8]) -> Result<String, String> {
    let mut kept = tempfile::NamedTempFile::new().map_err(|e| e.to_string())?;
    kept.write_all(bytes).map_err(|e| e.to_string())?;
    let done = Command::new("timeout")
        .args(["30", "ffmpeg", "-nostdin", "-v", "quiet", "-i"])
        .arg(kept.path())
        .args(["-map", "0:a:0", "-f", "md5", "-"])
        .stdin(Stdio::null())
        .output()
        .map_err(|e| e.to_string())?;
    Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned())
}
