//! MP4: the items of `moov/udta/meta/ilst`. If they grow into free room nothing moves; else every place in the file
//! that is named anywhere in it is told anew.

mod places;
mod shift;

pub(super) use places::places;

use self::shift::Shift;
use super::{
    boxes::{Part, build, find, meta_start, movie, parts},
    fields::{Field, Found, Kind, Wanted, number, texts, with_dependants},
    id3v2::text_of,
    input::{Input, Refusal, be32},
    patch::Patch,
};

/// The room that is left for later edits when the sound must move.
const ROOM: usize = 1024;
const TEXT: u32 = 1;
const WIDE_TEXT: u32 = 2;
const JPEG: u32 = 13;
const PNG: u32 = 14;

/// The place of the items within the bytes of a movie header.
#[derive(Debug, Clone, Copy, Default)]
struct Path {
    udta: Option<Part>,
    meta: Option<Part>,
    ilst: Option<Part>,
}

/// All places are counted from the start of `moov`, whose header is with it.
fn path(moov: &[u8], header: usize) -> Path {
    let within = |part: Part, skip: usize| {
        let shift = part.at + part.header + skip;
        let (inner, _) = parts(&moov[..part.end()], shift);
        inner
    };
    let (top, _) = parts(moov, header);
    let mut found = Path::default();
    for udta in top.iter().filter(|p| &p.name == b"udta") {
        found.udta = found.udta.or(Some(*udta));
        for meta in within(*udta, 0).iter().filter(|p| &p.name == b"meta") {
            let skip = meta_start(meta.content(moov));
            if meta.size < meta.header + skip {
                continue;
            }
            let inner = within(*meta, skip);
            let is_ours = find(&inner, *b"hdlr").is_some_and(|h| h.content(moov).get(8..12) == Some(b"mdir"));
            if let Some(ilst) = find(&inner, *b"ilst").filter(|_| is_ours || found.ilst.is_none()) {
                return Path { udta: Some(*udta), meta: Some(*meta), ilst: Some(ilst) };
            }
            if is_ours {
                (found.udta, found.meta) = (Some(*udta), Some(*meta));
            }
        }
    }
    found
}

/// An item of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Item {
    name: String,
    raw: Vec<u8>,
}

/// The items; false if something behind them cannot be told apart.
fn items(ilst: &[u8]) -> (Vec<Item>, bool) {
    let (all, end) = parts(ilst, 0);
    let items = all.iter().map(|part| {
        let content = part.content(ilst);
        let mut name: String = part.name.iter().map(|b| char::from(*b)).collect();
        if &part.name == b"----" {
            let (inner, _) = parts(content, 0);
            let own = find(&inner, *b"name").map(|n| n.content(content).get(4..).unwrap_or_default());
            name = format!("----:{}", String::from_utf8_lossy(own.unwrap_or_default()));
        }
        Item { name, raw: ilst[part.at..part.end()].to_vec() }
    });
    (items.collect(), end == ilst.len())
}

impl Item {
    /// The kind and the bytes of each value.
    fn data(&self) -> Vec<(u32, &[u8])> {
        let content = self.raw.get(8..).unwrap_or_default();
        let (inner, _) = parts(content, 0);
        let data = inner.iter().filter(|p| &p.name == b"data").map(|p| p.content(content));
        data.filter_map(|d| Some((be32(d, 0)? & 0x00ff_ffff, d.get(8..)?))).collect()
    }

    fn field(&self) -> Option<Field> {
        Kind::Mp4.field(&self.name)
    }

    fn texts(&self) -> Vec<String> {
        let pair = |d: &[u8]| {
            let of = |at: usize| d.get(at..at + 2).map_or(0, |b| u16::from_be_bytes([b[0], b[1]]));
            if of(4) > 0 { format!("{}/{}", of(2), of(4)) } else { of(2).to_string() }
        };
        let text = |(kind, d): (u32, &[u8])| match (self.name.as_str(), kind) {
            ("trkn" | "disk", _) => pair(d),
            ("gnre", _) => {
                let id = d.get(..2).map_or(0, |b| u16::from_be_bytes([b[0], b[1]]));
                let name = id.checked_sub(1).and_then(|i| u8::try_from(i).ok()).and_then(super::id3v1::genre);
                name.unwrap_or_default().to_owned()
            }
            (_, WIDE_TEXT) => text_of(2, d),
            ("cpil" | "\u{a9}mvi" | "\u{a9}mvc", kind) if kind != TEXT && d.len() <= 8 => {
                d.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)).to_string()
            }
            _ => text_of(3, d),
        };
        self.data().into_iter().map(text).collect()
    }

    fn new(name: &str, values: &[(u32, Vec<u8>)]) -> Self {
        let data = values
            .iter()
            .flat_map(|(kind, value)| build(*b"data", &[&kind.to_be_bytes()[..], &[0; 4], value].concat()));
        let bytes: Vec<u8> = name.chars().map(|c| u32::from(c) as u8).collect();
        let raw = build(bytes.try_into().unwrap_or(*b"free"), &data.collect::<Vec<_>>());
        Self { name: name.to_owned(), raw }
    }

    /// The values of a field, as they are written.
    fn of(field: Field, name: &str, values: &[String]) -> Self {
        let data = match field {
            Field::Track | Field::Disc => {
                let text = values.first().map(String::as_str).unwrap_or_default();
                let of = |n: Option<u32>| u16::try_from(n.unwrap_or(0)).unwrap_or(0).to_be_bytes();
                let total = of(text.split_once('/').and_then(|(_, total)| number(total)));
                let mut bytes = [&[0, 0][..], &of(number(text)), &total].concat();
                if field == Field::Track {
                    bytes.extend([0; 2]);
                }
                vec![(0, bytes)]
            }
            _ => values.iter().map(|v| (TEXT, v.as_bytes().to_vec())).collect(),
        };
        Self::new(name, &data)
    }
}

pub(super) fn read(input: &mut Input<'_>, pictures: bool) -> Result<Found, Refusal> {
    let (_, _, moov, bytes) = movie(input)?;
    let mut found = Found::default();
    let Some(ilst) = path(&bytes, moov.header as usize).ilst else { return Ok(found) };
    let (items, whole) = items(ilst.content(&bytes));
    for item in items {
        if let Some(field) = item.field() {
            for text in item.texts() {
                found.push(field, &text);
            }
        } else if pictures && item.name == "covr" && found.picture.is_none() {
            let picture = item.data().into_iter().find(|(kind, _)| matches!(*kind, 0 | JPEG | PNG));
            found.picture = picture.map(|(_, bytes)| bytes.to_vec());
        }
    }
    if !whole {
        found.fault("its list of tags cannot be read to its end");
    }
    Ok(found)
}

fn apply(items: &mut Vec<Item>, wanted: &[Wanted]) {
    for (field, values) in with_dependants(wanted) {
        let own = |item: &Item| item.field() == Some(field);
        let said: Vec<String> = items.iter().filter(|i| own(i)).flat_map(Item::texts).collect();
        let said: Vec<&str> = said.iter().map(String::as_str).collect();
        let Some(new) = texts(field, &values, &said) else { continue };
        let place = items.iter().position(own).unwrap_or(items.len());
        items.retain(|i| !own(i));
        if let Some(name) = Kind::Mp4.name(field).filter(|name| !new.is_empty() && name.chars().count() == 4) {
            items.insert(place, Item::of(field, name, &new));
        }
    }
}

pub(super) fn edit(input: &mut Input<'_>, wanted: &[Wanted], patch: &mut Patch) -> Result<(), Refusal> {
    let (tops, whole, top, moov) = movie(input)?;
    let header = top.header as usize;
    if parts(&moov, header).0.iter().any(|p| &p.name == b"cmov") {
        return Refusal::because("its movie header is packed");
    }
    let place = path(&moov, header);
    let there = place.ilst.map_or(&[][..], |ilst| ilst.content(&moov));
    let (before, _) = items(there);
    let mut items = before.clone();
    apply(&mut items, wanted);
    if items == before && place.ilst.is_some() {
        return Ok(());
    }
    let ilst = build(*b"ilst", &items.iter().flat_map(|i| i.raw.iter().copied()).collect::<Vec<_>>());
    // First as if there were no room to keep, then with the room that makes it as long as it was.
    let bare = with_ilst(&moov, header, place, &ilst, None);
    let behind = tops.iter().find(|t| t.at == top.end() && (&t.name == b"free" || &t.name == b"skip"));
    let new = match moov.len().checked_sub(bare.len()) {
        Some(0) => bare,
        Some(room) if room >= 8 => with_ilst(&moov, header, place, &ilst, Some(room - 8)),
        _ => {
            let growth = bare.len() as i64 - moov.len() as i64;
            if let Some(free) = behind.filter(|f| f.size as i64 >= growth + 8 && f.header == 8) {
                // It grows into the room behind, or leaves some to it.
                let rest = (free.size as i64 - growth) as usize;
                let room = build(free.name, &vec![0; rest - 8]);
                let old = [moov, input.bytes(free.at, free.size)?].concat();
                patch.replace(top.at, &old, &[bare, room].concat());
                return Ok(());
            }
            with_ilst(&moov, header, place, &ilst, Some(ROOM))
        }
    };
    let growth = new.len() as i64 - moov.len() as i64;
    let mut new = new;
    if growth != 0 && top.end() < input.len() {
        if !whole {
            return Refusal::because("it does not end where its last box does, so that nothing in it can be moved");
        }
        let shift = Shift { from: top.end(), by: growth };
        shift.movie(&mut new, header)?;
        shift.file(input, &tops, patch)?;
    }
    patch.replace(top.at, &moov, &new);
    Ok(())
}

/// The movie header with this list, and with so much free room behind it; all other room beside it is given up.
fn with_ilst(moov: &[u8], header: usize, path: Path, ilst: &[u8], room: Option<usize>) -> Vec<u8> {
    let room = room.map(|size| build(*b"free", &vec![0; size])).unwrap_or_default();
    let list = [ilst, &room].concat();
    let meta = if let Some(meta) = path.meta {
        let bytes = &moov[..meta.end()];
        let start = meta.at + meta.header + meta_start(meta.content(moov));
        let (inner, end) = parts(bytes, start);
        let mut content = moov[meta.at + meta.header..start].to_vec();
        let place = inner.iter().position(|p| Some(*p) == path.ilst);
        for (i, part) in inner.iter().enumerate() {
            // Room before or behind the list is this list's.
            let beside = place.is_some_and(|place| i + 1 == place || i == place + 1);
            if Some(i) == place {
                content.extend(&list);
            } else if !(beside && &part.name == b"free") {
                content.extend(&moov[part.at..part.end()]);
            }
        }
        if place.is_none() {
            content.extend(&list);
        }
        content.extend(&moov[end..meta.end()]);
        build(*b"meta", &content)
    } else {
        let handler = [&[0; 8][..], b"mdirappl", &[0; 9]].concat();
        build(*b"meta", &[&[0; 4][..], &build(*b"hdlr", &handler), &list].concat())
    };
    let udta = match path.udta {
        Some(udta) => {
            let start = udta.at + udta.header;
            let (inner, end) = parts(&moov[..udta.end()], start);
            let mut content = Vec::new();
            for part in &inner {
                if Some(*part) == path.meta {
                    content.extend(&meta);
                } else {
                    content.extend(&moov[part.at..part.end()]);
                }
            }
            if path.meta.is_none() {
                content.extend(&meta);
            }
            // Some end it with four zeros.
            content.extend(&moov[end..udta.end()]);
            build(*b"udta", &content)
        }
        None => build(*b"udta", &meta),
    };
    let mut bytes = moov[..header].to_vec();
    if let Some(part) = path.udta {
        bytes.extend(&moov[header..part.at]);
        bytes.extend(&udta);
        bytes.extend(&moov[part.end()..]);
    } else {
        bytes.extend(&moov[header..]);
        bytes.extend(&udta);
    }
    let size = bytes.len();
    if header == 16 {
        bytes[8..16].copy_from_slice(&(size as u64).to_be_bytes());
    } else if be32(moov, 0) != Some(0) {
        bytes[..4].copy_from_slice(&(size as u32).to_be_bytes());
    }
    bytes
}

/// The first box, by which a file is known to be one.
pub(super) fn is(start: &[u8]) -> bool {
    const FIRST: [&[u8; 4]; 7] = [b"ftyp", b"styp", b"moov", b"mdat", b"free", b"skip", b"wide"];
    start.get(4..8).is_some_and(|name| FIRST.iter().any(|f| name == *f))
}
