//! Ogg: pages of several streams. The header packets of the first stream of sound are laid out anew; if they take as
//! many pages as before, nothing else changes but their sums.

use super::{
    chapters::Chapters,
    fields::{Found, Role, Wanted},
    input::{Input, MOST_BYTES, Refusal, le32},
    patch::Patch,
    vorbis::Comments,
};

const HEADER: usize = 27;
const MOST_SEGMENTS: usize = 255;
const CONTINUED: u8 = 1;
const FIRST: u8 = 2;
/// The place that a page states on which no packet ends.
const NO_PLACE: u64 = u64::MAX;

/// The header of a page.
#[derive(Debug, Clone)]
struct Page {
    at: u64,
    flags: u8,
    place: u64,
    stream: u32,
    number: u32,
    segments: Vec<u8>,
}

impl Page {
    fn read(input: &mut Input<'_>, at: u64) -> Result<Option<Self>, Refusal> {
        let header = input.up_to(at, (HEADER + MOST_SEGMENTS) as u64)?;
        if header.len() < HEADER || !header.starts_with(b"OggS\0") {
            return Ok(None);
        }
        let count = usize::from(header[26]);
        let Some(segments) = header.get(HEADER..HEADER + count) else { return Ok(None) };
        let place = u64::from_le_bytes(header[6..14].try_into().unwrap_or_default());
        let (stream, number) = (le32(&header, 14).unwrap_or(0), le32(&header, 18).unwrap_or(0));
        Ok(Some(Self { at, flags: header[5], place, stream, number, segments: segments.to_vec() }))
    }

    fn content_at(&self) -> u64 {
        self.at + (HEADER + self.segments.len()) as u64
    }

    fn content_len(&self) -> u64 {
        self.segments.iter().map(|s| u64::from(*s)).sum()
    }

    fn end(&self) -> u64 {
        self.content_at() + self.content_len()
    }

    fn build(&self, content: &[u8]) -> Vec<u8> {
        let mut bytes = b"OggS\0".to_vec();
        bytes.push(self.flags);
        bytes.extend(self.place.to_le_bytes());
        bytes.extend(self.stream.to_le_bytes());
        bytes.extend(self.number.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.push(self.segments.len() as u8);
        bytes.extend(&self.segments);
        bytes.extend(content);
        let sum = sum(&bytes).to_le_bytes();
        bytes[22..26].copy_from_slice(&sum);
        bytes
    }
}

/// The checksum of a page whose own sum is zero.
fn sum(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut i = 0;
        while i < 256 {
            let mut r = (i as u32) << 24;
            let mut bit = 0;
            while bit < 8 {
                r = if r & 0x8000_0000 == 0 { r << 1 } else { (r << 1) ^ 0x04c1_1db7 };
                bit += 1;
            }
            table[i] = r;
            i += 1;
        }
        table
    };
    bytes.iter().fold(0, |sum, byte| (sum << 8) ^ TABLE[usize::from((sum >> 24) as u8 ^ byte)])
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codec {
    Vorbis,
    Opus,
    Flac,
    Speex,
}

impl Codec {
    fn of(first: &[u8]) -> Option<Self> {
        let known: [(&[u8], Self); 4] = [
            (b"\x01vorbis", Self::Vorbis),
            (b"OpusHead", Self::Opus),
            (b"\x7fFLAC", Self::Flac),
            (b"Speex   ", Self::Speex),
        ];
        known.into_iter().find(|(magic, _)| first.starts_with(magic)).map(|(_, codec)| codec)
    }

    /// The bytes of the second packet ahead of the comments.
    fn prefix(self, packet: &[u8]) -> Option<usize> {
        let (magic, length): (&[u8], usize) = match self {
            Self::Vorbis => (b"\x03vorbis", 7),
            Self::Opus => (b"OpusTags", 8),
            Self::Flac => (&[], 4),
            Self::Speex => (&[], 0),
        };
        let is_comment = self != Self::Flac || packet.first().is_some_and(|kind| kind & 0x7f == 4);
        (packet.len() >= length && packet.starts_with(magic) && is_comment).then_some(length)
    }

    /// True if these packets behind the first are all headers.
    fn complete(self, packets: &[Vec<u8>]) -> bool {
        match self {
            Self::Vorbis => packets.len() >= 2,
            Self::Opus | Self::Speex => !packets.is_empty(),
            Self::Flac => packets.last().and_then(|p| p.first()).is_some_and(|kind| kind & 0x80 != 0),
        }
    }
}

/// The header packets behind the first, and the pages that they lie on.
struct Headers {
    codec: Codec,
    pages: Vec<Page>,
    packets: Vec<Vec<u8>>,
    /// The rest of the last page: its lacing values and its bytes.
    rest: (Vec<u8>, Vec<u8>),
    /// An index by places in the file.
    indexed: bool,
}

fn headers(input: &mut Input<'_>, start: u64) -> Result<Headers, Refusal> {
    let mut at = start;
    let (mut own, mut indexed) = (None, false);
    let mut headers: Option<Headers> = None;
    let (mut packet, mut lacing, mut bytes) = (Vec::new(), Vec::new(), 0_u64);
    while let Some(page) = Page::read(input, at)? {
        at = page.end();
        bytes += page.content_len();
        if bytes > MOST_BYTES {
            break;
        }
        if page.flags & FIRST != 0 {
            let first = input.up_to(page.content_at(), page.content_len().min(64))?;
            // Of these only the fourth version says where bytes lie.
            indexed |= first.starts_with(b"fishead\0") && first.get(8).is_some_and(|major| *major >= 4);
            if own.is_none()
                && let Some(codec) = Codec::of(&first)
            {
                own = Some((codec, page.stream));
            }
            continue;
        }
        let Some((codec, stream)) = own else { return Refusal::because("there is no stream of sound in it") };
        if page.stream != stream {
            continue;
        }
        let content = input.bytes(page.content_at(), page.content_len())?;
        let headers = headers.get_or_insert_with(|| Headers {
            codec,
            pages: Vec::new(),
            packets: Vec::new(),
            rest: Default::default(),
            indexed,
        });
        let mut from = 0;
        for segment in &page.segments {
            let to = from + usize::from(*segment);
            let piece = content.get(from..to).unwrap_or_default();
            from = to;
            if codec.complete(&headers.packets) {
                lacing.push(*segment);
                headers.rest.1.extend(piece);
                continue;
            }
            packet.extend(piece);
            if *segment < 255 {
                headers.packets.push(std::mem::take(&mut packet));
            }
        }
        headers.pages.push(page);
        if codec.complete(&headers.packets) {
            break;
        }
    }
    match headers {
        Some(mut headers) if headers.codec.complete(&headers.packets) => {
            headers.rest.0 = lacing;
            headers.indexed = indexed;
            Ok(headers)
        }
        _ => Refusal::because("its headers do not end"),
    }
}

pub(super) fn read(input: &mut Input<'_>, start: u64) -> Result<Found, Refusal> {
    let headers = headers(input, start)?;
    let mut found = Found::default();
    let packet = headers.packets.first().map(Vec::as_slice).unwrap_or_default();
    let comments = headers.codec.prefix(packet).and_then(|prefix| Comments::parse(&packet[prefix..]));
    match comments {
        Some(comments) => found = comments.found(),
        None => found.fault("its comments cannot be read"),
    }
    Ok(found)
}

/// The chapters that its comments name.
pub(super) fn chapters(input: &mut Input<'_>, start: u64) -> Result<Chapters, Refusal> {
    let headers = headers(input, start)?;
    let packet = headers.packets.first().map(Vec::as_slice).unwrap_or_default();
    let comments = headers.codec.prefix(packet).and_then(|prefix| Comments::parse(&packet[prefix..]));
    Ok(comments.map(|comments| comments.chapters()).unwrap_or_default())
}

pub(super) fn edit(input: &mut Input<'_>, start: u64, wanted: &[Wanted], patch: &mut Patch) -> Result<(), Refusal> {
    let mut headers = headers(input, start)?;
    let packet = &mut headers.packets[0];
    let before = packet.len();
    let Some(prefix) = headers.codec.prefix(packet) else {
        return Refusal::because("its comments are not where they should be");
    };
    let Some(mut comments) = Comments::parse(&packet[prefix..]) else {
        return Refusal::because("its comments cannot be read");
    };
    comments.apply(wanted, Role::Main);
    let mut new = packet[..prefix].to_vec();
    new.extend(comments.build());
    if comments.cut && headers.codec == Codec::Vorbis {
        comments.tail = vec![1];
    }
    if headers.codec == Codec::Opus && comments.tail.iter().all(|b| *b == 0) {
        // Nothing but room, which keeps the size as it is.
        new.resize(new.len().max(before), 0);
    } else {
        new.extend(&comments.tail);
    }
    if headers.codec == Codec::Flac {
        let size = (new.len() - 4) as u32;
        if size >= 1 << 24 {
            return Refusal::because("its comments would be larger than FLAC allows");
        }
        new[1..4].copy_from_slice(&size.to_be_bytes()[1..]);
    }
    if headers.indexed && new.len() != before {
        return Refusal::because("it has an index by places in the file (Skeleton 4), which would no longer be true");
    }
    *packet = new;
    lay_out(input, &headers, patch)
}

/// Puts the header packets on pages, and numbers the pages behind anew if there are more or fewer.
fn lay_out(input: &mut Input<'_>, headers: &Headers, patch: &mut Patch) -> Result<(), Refusal> {
    let (Some(first), Some(last)) = (headers.pages.first(), headers.pages.last()) else { return Ok(()) };
    let (mut lacing, mut content, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    for packet in &headers.packets {
        lacing.extend(std::iter::repeat_n(255, packet.len() / 255));
        lacing.push((packet.len() % 255) as u8);
        content.extend(packet);
        ends.push(lacing.len());
    }
    // What follows on the last page stays on a page of its own, which keeps its place.
    let rest_pages = usize::from(!headers.rest.0.is_empty());
    let Some(most) = headers.pages.len().checked_sub(rest_pages) else { return Ok(()) };
    let needed = lacing.len().div_ceil(MOST_SEGMENTS);
    let count = most.clamp(needed, lacing.len().max(needed));
    let mut built = Vec::new();
    let (mut segment, mut byte) = (0, 0);
    for i in 0..count {
        let take = (lacing.len() - segment).div_ceil(count - i);
        let segments = lacing[segment..segment + take].to_vec();
        let length: usize = segments.iter().map(|s| usize::from(*s)).sum();
        let continued = segment > 0 && !ends.contains(&segment);
        let ended = ends.iter().any(|end| (segment + 1..=segment + take).contains(end));
        let page = Page {
            at: 0,
            flags: if continued { CONTINUED } else { 0 },
            place: if ended { 0 } else { NO_PLACE },
            stream: first.stream,
            number: first.number.wrapping_add(i as u32),
            segments,
        };
        built.push(page.build(&content[byte..byte + length]));
        segment += take;
        byte += length;
    }
    if rest_pages > 0 {
        let number = first.number.wrapping_add(count as u32);
        let page = Page { flags: last.flags & !CONTINUED, number, segments: headers.rest.0.clone(), ..last.clone() };
        built.push(page.build(&headers.rest.1));
    }
    // The pages of other streams in between stay where they are: those of ours give way one by one.
    let (pages, mut built) = (headers.pages.len(), built.into_iter());
    let total = built.len();
    for (i, page) in headers.pages.iter().enumerate() {
        let new: Vec<u8> =
            if i + 1 == pages { built.by_ref().flatten().collect() } else { built.next().unwrap_or_default() };
        let old = input.bytes(page.at, page.end() - page.at)?;
        patch.replace(page.at, &old, &new);
    }
    if total != pages {
        let by = (total as u32).wrapping_sub(pages as u32);
        renumber(input, last.end(), first.stream, by, patch)?;
    }
    Ok(())
}

/// Adds `by` to the numbers of the pages of a stream, to the end of its link of a chain.
fn renumber(input: &mut Input<'_>, from: u64, stream: u32, by: u32, patch: &mut Patch) -> Result<(), Refusal> {
    let mut at = from;
    while let Some(mut page) = Page::read(input, at)? {
        at = page.end();
        if page.flags & FIRST != 0 {
            return Ok(());
        }
        if page.stream != stream {
            continue;
        }
        let old = input.up_to(page.at, page.end() - page.at)?;
        if old.len() as u64 != page.end() - page.at {
            return Ok(());
        }
        page.number = page.number.wrapping_add(by);
        let new = page.build(&old[HEADER + page.segments.len()..]);
        patch.replace(page.at + 18, &old[18..26], &new[18..26]);
    }
    if at < input.len() {
        return Refusal::because("its pages do not follow each other to its end");
    }
    Ok(())
}
