//! Tags, read and changed byte by byte.
//!
//! A change names the bytes that give way and the bytes that come ([`Patch`]); all else of the file stays. So nothing
//! is lost that is not known here: other fields, other blocks, other streams, pictures. Each kind of file has its
//! writer; what cannot be changed rightly is refused with the reason.
//!
//! The same parsers read what the usual reader gives up on: a frame that breaks a rule costs itself, not the tag.

mod ape;
mod boxes;
mod chapters;
mod chunks;
pub(crate) mod fields;
mod flac;
mod id3v1;
mod id3v2;
mod input;
mod mp4;
mod ogg;
mod own_sheet;
pub(crate) mod patch;
mod vorbis;

use crate::source::Bytes;
pub(crate) use chapters::Chapters;
use fields::Role;
pub(crate) use fields::{Field, Found, Wanted};
use input::Input;
pub(crate) use input::{MOST_BYTES, Refusal};
pub(crate) use own_sheet::OwnSheet;
pub(crate) use patch::Patch;

/// ID3v2 tags in a row.
const MOST_TAGS: usize = 16;

/// The kinds of file by what they begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Flac,
    Ogg,
    Mp4,
    Chunks(chunks::Format),
    /// Frames of MP3 or AAC, or nothing that is known.
    Frames,
}

/// A file, and the tags around its content.
struct Layout {
    kind: Kind,
    /// The ID3v2 tags in front, each with its place in the file.
    front: Vec<(u64, id3v2::Tag)>,
    /// The first byte behind them.
    start: u64,
    ape: ape::Look,
    /// The ID3v1 tag, and where it lies.
    id3v1: Option<(u64, Vec<u8>)>,
}

impl Layout {
    fn read(input: &mut Input<'_>) -> Result<Self, Refusal> {
        let (mut start, mut front) = (0, Vec::new());
        while front.len() < MOST_TAGS
            && let Some(tag) = id3v2::Tag::read(input, start)?
        {
            let at = start;
            start += tag.size as u64;
            front.push((at, tag));
        }
        let head = input.up_to(start, 12)?;
        let kind = if head.starts_with(b"fLaC") {
            Kind::Flac
        } else if head.starts_with(b"OggS") {
            Kind::Ogg
        } else if front.is_empty() && mp4::is(&head) {
            Kind::Mp4
        } else if front.is_empty() && head.starts_with(b"RIFF") && head.ends_with(b"WAVE") {
            Kind::Chunks(chunks::Format::Wav)
        } else if front.is_empty() && head.starts_with(b"FORM") && (head.ends_with(b"AIFF") || head.ends_with(b"AIFC"))
        {
            Kind::Chunks(chunks::Format::Aiff)
        } else if front.is_empty() && [&b"RF64"[..], b"BW64", b"riff", b"RIFX"].iter().any(|m| head.starts_with(m)) {
            return Refusal::because("tags of a WAV file of this kind (RF64, BW64, W64, RIFX) are not read or written");
        } else {
            Kind::Frames
        };
        let (mut ape, mut id3v1) = (ape::Look::None, None);
        if matches!(kind, Kind::Flac | Kind::Frames) {
            let mut end = input.len();
            if let Some(at) = end.checked_sub(id3v1::SIZE).filter(|at| *at >= start) {
                let tag = input.bytes(at, id3v1::SIZE)?;
                if id3v1::is(&tag) {
                    id3v1 = Some((at, tag));
                    end = at;
                }
            }
            ape = ape::look(input, end)?;
            if let ape::Look::There(tag) = &ape
                && tag.at < start
            {
                ape = ape::Look::Stray("there is an APE tag in it that begins within another tag".into());
            }
        }
        Ok(Self { kind, front, start, ape, id3v1 })
    }

    /// The tags at the end, the better first.
    fn behind(&self) -> Found {
        let mut found = match &self.ape {
            ape::Look::There(tag) => tag.found(),
            ape::Look::Stray(fault) => Found { faults: vec![fault.clone()], ..Found::default() },
            ape::Look::None => Found::default(),
        };
        if let Some((_, tag)) = &self.id3v1 {
            found.beneath(id3v1::found(tag));
        }
        found
    }
}

/// All that the tags of a file say, as far as they can be read; and what is wrong with the rest.
pub(crate) fn read(reader: &mut dyn Bytes, pictures: bool) -> Result<Found, Refusal> {
    read_unsettled(reader, pictures).map(Found::settled)
}

/// The same, with texts of which the encoding is not said.
pub(crate) fn read_unsettled(reader: &mut dyn Bytes, pictures: bool) -> Result<Found, Refusal> {
    let input = &mut Input::new(reader)?;
    let layout = Layout::read(input)?;
    let mut found = match layout.kind {
        Kind::Flac => flac::read(input, layout.start, pictures)?,
        Kind::Ogg => ogg::read(input, layout.start)?,
        Kind::Mp4 => mp4::read(input, pictures)?,
        Kind::Chunks(format) => chunks::read(format, input, pictures)?,
        Kind::Frames => Found::default(),
    };
    for (_, tag) in &layout.front {
        found.beneath(tag.found(pictures));
    }
    found.beneath(layout.behind());
    Ok(found)
}

/// The cue sheet or the chapters in a file, if there are any.
pub(crate) fn sheet(reader: &mut dyn Bytes) -> Result<Option<OwnSheet>, Refusal> {
    let input = &mut Input::new(reader)?;
    let mut start = 0;
    let mut chapters = Chapters::new();
    while chapters.is_empty()
        && let Some(tag) = id3v2::Tag::read(input, start)?
    {
        start += tag.size as u64;
        chapters = tag.chapters();
    }
    let head = input.up_to(start, 12)?;
    if head.starts_with(b"fLaC") {
        return flac::sheet(input, start);
    } else if head.starts_with(b"OggS") {
        chapters = ogg::chapters(input, start)?;
    } else if start == 0 && mp4::is(&head) {
        let (_, _, moov, bytes) = boxes::movie(input)?;
        chapters = chapters::of_movie(&bytes, moov.header as usize);
    }
    Ok((!chapters.is_empty()).then_some(OwnSheet::Chapters(chapters)))
}

/// The change of the file that has its tags say what is wanted; nothing else of it changes.
pub(crate) fn plan(reader: &mut dyn Bytes, wanted: &[Wanted]) -> Result<Patch, Refusal> {
    let input = &mut Input::new(reader)?;
    let layout = Layout::read(input)?;
    let mut patch = Patch::default();
    let behind = layout.behind().settled();
    let mut role = Role::Beside;
    match layout.kind {
        Kind::Flac => flac::edit(input, layout.start, wanted, &mut patch)?,
        Kind::Ogg => ogg::edit(input, layout.start, wanted, &mut patch)?,
        Kind::Mp4 => mp4::edit(input, wanted, &mut patch)?,
        Kind::Chunks(format) => chunks::edit(format, input, wanted, &mut patch)?,
        Kind::Frames => role = Role::Main,
    }
    if role == Role::Main && layout.front.is_empty() && !matches!(layout.ape, ape::Look::There(_)) {
        let mut tag = id3v2::Tag::empty();
        tag.apply(&chunks::merged(&behind, wanted), Role::Main);
        patch.replace(0, &[], &tag.build()?);
        role = Role::Beside;
    }
    for (at, tag) in layout.front {
        tag.edit(at, wanted, role, &mut patch)?;
        role = Role::Beside;
    }
    if let ape::Look::There(tag) = layout.ape {
        tag.edit(wanted, role, &mut patch);
    }
    if let Some((at, tag)) = &layout.id3v1 {
        id3v1::edit(tag, *at, wanted, &mut patch);
    }
    Ok(patch)
}

/// The places in a file at which other parts of it say that something lies; empty where nothing says so.
pub(crate) fn places(reader: &mut dyn Bytes) -> Result<Vec<u64>, Refusal> {
    let input = &mut Input::new(reader)?;
    match Layout::read(input)?.kind {
        Kind::Mp4 => mp4::places(input),
        _ => Ok(Vec::new()),
    }
}
