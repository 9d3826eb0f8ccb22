//! WAV and AIFF: chunks. The tag is an ID3v2 tag in a chunk of its own; the texts of the format itself beside it are
//! changed where they are.

use super::{
    fields::{Field, Found, Kind, Role, Wanted, texts},
    id3v2,
    input::{Input, Refusal},
    patch::Patch,
};

/// No file has more chunks.
const MOST: usize = 10_000;

/// The kinds of file with chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Wav,
    Aiff,
}

#[derive(Debug, Clone)]
struct Chunk {
    name: [u8; 4],
    at: u64,
    size: u64,
}

impl Chunk {
    fn content_at(&self) -> u64 {
        self.at + 8
    }

    /// With the byte that makes it even.
    fn end(&self) -> u64 {
        self.at + 8 + self.size + self.size % 2
    }

    fn is_id3(&self) -> bool {
        self.name.eq_ignore_ascii_case(b"id3 ")
    }
}

/// A text: its name, its value, and the whole of it as it stands in its chunk.
type Text = (String, String, Vec<u8>);

struct Chunks {
    chunks: Vec<Chunk>,
    /// True if the last chunk is longer than what is left.
    cut: bool,
}

impl Format {
    fn number(self, bytes: &[u8]) -> u32 {
        let bytes: [u8; 4] = bytes.try_into().unwrap_or_default();
        if self == Self::Wav { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }
    }

    fn bytes(self, number: u32) -> [u8; 4] {
        if self == Self::Wav { number.to_le_bytes() } else { number.to_be_bytes() }
    }

    fn chunk(self, name: [u8; 4], content: &[u8]) -> Vec<u8> {
        let mut bytes = [&name[..], &self.bytes(content.len() as u32), content].concat();
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        bytes
    }

    fn chunks(self, input: &mut Input<'_>) -> Result<Chunks, Refusal> {
        let (mut at, mut chunks) = (12, Vec::new());
        // Some state the size of the first chunks only.
        while at + 8 <= input.len() && chunks.len() < MOST {
            let header = input.bytes(at, 8)?;
            let name: [u8; 4] = header[..4].try_into().unwrap_or_default();
            if !name.iter().all(|b| (0x20..0x7f).contains(b) || *b == 0xa9) {
                break;
            }
            let chunk = Chunk { name, at, size: u64::from(self.number(&header[4..])) };
            if chunk.content_at() + chunk.size > input.len() {
                return Ok(Chunks { chunks, cut: true });
            }
            at = chunk.end();
            chunks.push(chunk);
        }
        Ok(Chunks { chunks, cut: false })
    }
}

/// The texts of a chunk of texts: name, value, and where the whole of it lies within the chunk.
fn info(content: &[u8]) -> Vec<Text> {
    let (mut at, mut texts) = (4, Vec::new());
    while let Some(header) = content.get(at..at + 8) {
        let size = u32::from_le_bytes(header[4..].try_into().unwrap_or_default()) as usize;
        let Some(value) = content.get(at + 8..(at + 8).saturating_add(size)) else { break };
        let next = (at + 8 + size + size % 2).min(content.len());
        let name = String::from_utf8_lossy(&header[..4]).into_owned();
        texts.push((name, id3v2::text_of(3, value), content[at..next].to_vec()));
        at = next;
    }
    texts
}

pub(super) fn read(format: Format, input: &mut Input<'_>, pictures: bool) -> Result<Found, Refusal> {
    let all = format.chunks(input)?;
    let (mut found, mut beside) = (Found::default(), Found::default());
    for chunk in &all.chunks {
        if chunk.is_id3() {
            match id3v2::Tag::read(input, chunk.content_at())? {
                Some(tag) => found.beneath(tag.found(pictures)),
                None => found.fault("its ID3v2 tag cannot be read"),
            }
        } else if let Some(content) = text_chunk(format, chunk, input)? {
            for (name, value, _) in content {
                if let Some(field) = Kind::Info.field(&name) {
                    beside.push(field, &value);
                }
            }
        }
    }
    found.beneath(beside);
    Ok(found)
}

/// The texts in a chunk of the format's own, if it is one.
fn text_chunk(format: Format, chunk: &Chunk, input: &mut Input<'_>) -> Result<Option<Vec<Text>>, Refusal> {
    const MOST: u64 = 4 << 20;
    if chunk.size > MOST {
        return Ok(None);
    }
    match (format, &chunk.name) {
        (Format::Wav, b"LIST") => {
            let content = input.bytes(chunk.content_at(), chunk.size)?;
            Ok(content.starts_with(b"INFO").then(|| info(&content)))
        }
        (Format::Aiff, b"NAME" | b"AUTH") => {
            let content = input.bytes(chunk.content_at(), chunk.size)?;
            let name = String::from_utf8_lossy(&chunk.name).into_owned();
            Ok(Some(vec![(name, id3v2::text_of(3, &content), content)]))
        }
        _ => Ok(None),
    }
}

pub(super) fn edit(format: Format, input: &mut Input<'_>, wanted: &[Wanted], patch: &mut Patch) -> Result<(), Refusal> {
    let header = input.bytes(0, 12)?;
    let all = format.chunks(input)?;
    if all.cut {
        return Refusal::because("it ends before its last chunk does: what were added would be taken for sound");
    }
    let beside = read(format, input, false)?.settled();
    let mut tagged = false;
    let before = patch.growth();
    for chunk in &all.chunks {
        if chunk.is_id3() && !tagged {
            let Some(mut tag) = id3v2::Tag::read(input, chunk.content_at())? else {
                return Refusal::because("its ID3v2 tag cannot be read");
            };
            tagged = true;
            if tag.apply(wanted, Role::Main) {
                replace(format, chunk, input, &tag.build()?, patch)?;
            }
        } else if let Some(texts) = text_chunk(format, chunk, input)?
            && let Some(new) = info_with(format, &texts, wanted)
        {
            let new = if format == Format::Wav { [&b"INFO"[..], &new].concat() } else { new };
            replace(format, chunk, input, &new, patch)?;
        }
    }
    if !tagged {
        let mut tag = id3v2::Tag::empty();
        tag.apply(&merged(&beside, wanted), Role::Main);
        let new = format.chunk(if format == Format::Wav { *b"id3 " } else { *b"ID3 " }, &tag.build()?);
        let end = all.chunks.last().map_or(12, Chunk::end);
        let missing = end.saturating_sub(input.len()) as usize;
        let at = end.min(input.len());
        patch.replace(at, &[], &[&vec![0; missing][..], &new].concat());
    }
    let growth = patch.growth() - before;
    // Its first header states the size; what it did not cover before, it need not now.
    let stated = u64::from(format.number(&header[4..8])).min(input.len() - 8);
    let last = all.chunks.last().map_or(12, Chunk::end).min(input.len()) - 8;
    let stated = if tagged { stated } else { stated.max(last) };
    let Some(size) = stated.checked_add_signed(growth).and_then(|s| u32::try_from(s).ok()) else {
        return Refusal::because("it would be larger than a file of its kind may be");
    };
    patch.replace(4, &header[4..8], &format.bytes(size));
    Ok(())
}

fn replace(
    format: Format,
    chunk: &Chunk,
    input: &mut Input<'_>,
    content: &[u8],
    patch: &mut Patch,
) -> Result<(), Refusal> {
    let old = input.up_to(chunk.at, chunk.end() - chunk.at)?;
    patch.replace(chunk.at, &old, &format.chunk(chunk.name, content));
    Ok(())
}

/// The texts with the changed ones; `None` if all are as they were.
fn info_with(format: Format, there: &[Text], wanted: &[Wanted]) -> Option<Vec<u8>> {
    let mut changed = false;
    let mut bytes = Vec::new();
    for (name, value, raw) in there {
        let field = Kind::Info.field(name);
        let new = wanted.iter().find(|(f, _)| Some(*f) == field).and_then(|(f, values)| texts(*f, values, &[value]));
        match new {
            None => bytes.extend(raw),
            Some(values) => {
                changed = true;
                let text = values.join("; ");
                if format == Format::Aiff {
                    bytes.extend(text.as_bytes());
                } else if !text.is_empty() {
                    let name: [u8; 4] = name.as_bytes().try_into().ok()?;
                    bytes.extend(format.chunk(name, &[text.as_bytes(), &[0]].concat()));
                }
            }
        }
    }
    changed.then_some(bytes)
}

/// All that a new tag must say, so that it hides nothing that another tag says.
pub(super) fn merged(beside: &Found, wanted: &[Wanted]) -> Vec<Wanted> {
    const COPIED: [Field; 9] = [
        Field::Title,
        Field::Artist,
        Field::Album,
        Field::AlbumArtist,
        Field::Genre,
        Field::Composer,
        Field::Year,
        Field::Track,
        Field::Disc,
    ];
    let there = COPIED.into_iter().filter(|field| !wanted.iter().any(|(f, _)| f == field));
    let there = there.map(|field| (field, beside.of(field).map(str::to_owned).collect::<Vec<_>>()));
    there.filter(|(_, values)| !values.is_empty()).chain(wanted.iter().cloned()).collect()
}
