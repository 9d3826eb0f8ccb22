//! APE tags: items of a name and a value, at the end of a file, with a footer and mostly a header.

use super::{
    fields::{Field, Found, Kind, Role, Wanted, texts, with_dependants},
    input::{Input, MOST_BYTES, Refusal, le32},
    patch::Patch,
};
use crate::charset;

const MARK: &[u8] = b"APETAGEX";
const FOOTER: usize = 32;
const HAS_HEADER: u32 = 1 << 31;
const IS_HEADER: u32 = 1 << 29;
/// Of an item's flags: its value is no text.
const NO_TEXT: u32 = 0b110;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Item {
    name: String,
    flags: u32,
    value: Vec<u8>,
    raw: Vec<u8>,
}

/// A tag that could be taken apart.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    /// Of its first byte in the file.
    pub(super) at: u64,
    whole: Vec<u8>,
    version: u32,
    has_header: bool,
    items: Vec<Item>,
}

/// The marks at the end of a file.
pub(super) enum Look {
    None,
    There(Box<Tag>),
    /// A footer that belongs to no tag, for people.
    Stray(String),
}

/// Looks for a tag that ends at `end`.
pub(super) fn look(input: &mut Input<'_>, end: u64) -> Result<Look, Refusal> {
    let Some(footer_at) = end.checked_sub(FOOTER as u64) else { return Ok(Look::None) };
    let footer = input.up_to(footer_at, FOOTER as u64)?;
    if !footer.starts_with(MARK) {
        return Ok(Look::None);
    }
    let stray = |why: &str| Ok(Look::Stray(format!("there is the end of an APE tag in it, {why}")));
    let (Some(version), Some(size), Some(count), Some(flags)) =
        (le32(&footer, 8), le32(&footer, 12), le32(&footer, 16), le32(&footer, 20))
    else {
        return Ok(Look::None);
    };
    if flags & IS_HEADER != 0 {
        return stray("which is the beginning of one");
    }
    let Some(items_at) = end.checked_sub(u64::from(size)).filter(|_| size as usize >= FOOTER) else {
        return stray("and it states a size that cannot be");
    };
    if u64::from(size) > MOST_BYTES {
        return stray("and it states a size that cannot be");
    }
    let body = input.bytes(items_at, u64::from(size) - FOOTER as u64)?;
    let (mut items, mut at) = (Vec::new(), 0);
    while items.len() < count as usize
        && let Some(item) = item(&body, at)
    {
        at += item.raw.len();
        items.push(item);
    }
    if items.len() < count as usize || at != body.len() {
        return stray("whose items cannot be told apart");
    }
    let header_at = items_at.checked_sub(FOOTER as u64).filter(|_| flags & HAS_HEADER != 0);
    let header = header_at.map(|at| input.bytes(at, FOOTER as u64)).transpose()?.filter(|h| h.starts_with(MARK));
    let at = if header.is_some() { items_at - FOOTER as u64 } else { items_at };
    let whole = input.bytes(at, end - at)?;
    Ok(Look::There(Box::new(Tag { at, whole, version, has_header: header.is_some(), items })))
}

fn item(body: &[u8], at: usize) -> Option<Item> {
    let (length, flags) = (le32(body, at)? as usize, le32(body, at + 4)?);
    let name = body.get(at + 8..)?;
    let name_length = name.iter().take(256).position(|b| *b == 0)?;
    let name = String::from_utf8_lossy(&name[..name_length]).into_owned();
    let from = at + 8 + name_length + 1;
    let end = from.checked_add(length)?;
    let value = body.get(from..end)?.to_vec();
    (name_length > 0).then(|| Item { name, flags, value, raw: body[at..end].to_vec() })
}

impl Item {
    fn says(&self) -> Option<(Field, String)> {
        let field = Kind::Vorbis.field(&self.name).filter(|_| self.flags & NO_TEXT == 0)?;
        Some((field, charset::utf8_or_unsure(&self.value)))
    }

    fn text(name: &str, text: &str) -> Self {
        let mut raw = (text.len() as u32).to_le_bytes().to_vec();
        raw.extend([0; 4]);
        raw.extend(name.as_bytes());
        raw.push(0);
        raw.extend(text.as_bytes());
        Self { name: name.into(), flags: 0, value: text.as_bytes().to_vec(), raw }
    }
}

/// The names that are written where none is there.
fn name(field: Field) -> Option<&'static str> {
    Some(match field {
        Field::Title => "Title",
        Field::Artist => "Artist",
        Field::Album => "Album",
        Field::AlbumArtist => "Album Artist",
        Field::Genre => "Genre",
        Field::Composer => "Composer",
        Field::Year => "Year",
        Field::Track => "Track",
        Field::Disc => "Disc",
        _ => return None,
    })
}

impl Tag {
    pub(super) fn found(&self) -> Found {
        let mut found = Found::default();
        for (field, text) in self.items.iter().filter_map(Item::says) {
            found.push(field, &text);
        }
        found
    }

    pub(super) fn edit(mut self, wanted: &[Wanted], role: Role, patch: &mut Patch) {
        let before = self.items.clone();
        for (field, values) in with_dependants(wanted) {
            let own = |item: &Item| item.says().is_some_and(|(is, _)| is == field);
            let there: Vec<(String, String)> =
                self.items.iter().filter(|i| own(i)).filter_map(|i| Some((i.name.clone(), i.says()?.1))).collect();
            if there.is_empty() && role == Role::Beside {
                continue;
            }
            let said: Vec<&str> = there.iter().flat_map(|(_, text)| text.split('\0')).collect();
            let Some(new) = texts(field, &values, &said) else { continue };
            let place = self.items.iter().position(own).unwrap_or(self.items.len());
            self.items.retain(|i| !own(i));
            let name = there.first().map(|(name, _)| name.as_str()).or(name(field));
            if let Some(name) = name.filter(|_| !new.is_empty()) {
                self.items.insert(place, Item::text(name, &new.join("\0")));
            }
        }
        if self.items != before {
            let new = self.build();
            patch.replace(self.at, &self.whole, &new);
        }
    }

    fn build(&self) -> Vec<u8> {
        let body: Vec<u8> = self.items.iter().flat_map(|i| i.raw.iter().copied()).collect();
        let end = |is_header: bool| {
            let flags = if self.has_header { HAS_HEADER } else { 0 } | if is_header { IS_HEADER } else { 0 };
            let mut bytes = MARK.to_vec();
            for number in [self.version, (body.len() + FOOTER) as u32, self.items.len() as u32, flags, 0, 0] {
                bytes.extend(number.to_le_bytes());
            }
            bytes
        };
        let header = if self.has_header { end(true) } else { Vec::new() };
        [header, body.clone(), end(false)].concat()
    }
}
