//! Vorbis comments: a list of `NAME=value`, the same in FLAC, Ogg Vorbis and Opus.

use super::{
    chapters::{self, Chapters},
    fields::{Found, Kind, Role, Wanted, texts, with_dependants},
    input::{be32, le32},
};
use crate::charset;

/// No list has more entries.
const MOST: u32 = 100_000;

/// A block of comments, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Comments {
    vendor: Vec<u8>,
    entries: Vec<Vec<u8>>,
    /// The bytes after the last entry.
    pub(crate) tail: Vec<u8>,
    /// True if it ends before all entries that it promises.
    pub(crate) cut: bool,
}

impl Comments {
    pub(crate) fn empty() -> Self {
        Self { vendor: b"downbeat".to_vec(), entries: Vec::new(), tail: Vec::new(), cut: false }
    }

    /// Takes as much as there is; `None` if not even the vendor is there.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = |at: usize| {
            let length = le32(bytes, at)? as usize;
            Some((bytes.get(at + 4..(at + 4).checked_add(length)?)?.to_vec(), at + 4 + length))
        };
        let (vendor, mut at) = text(0)?;
        let count = le32(bytes, at).unwrap_or(0);
        at = (at + 4).min(bytes.len());
        let mut entries = Vec::new();
        while entries.len() < count.min(MOST) as usize
            && let Some((entry, next)) = text(at)
        {
            entries.push(entry);
            at = next;
        }
        let cut = entries.len() < count as usize;
        let tail = if cut { Vec::new() } else { bytes[at..].to_vec() };
        Some(Self { vendor, entries, tail, cut })
    }

    /// The block, without the tail.
    pub(crate) fn build(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut text = |text: &[u8]| {
            bytes.extend((text.len() as u32).to_le_bytes());
            bytes.extend(text);
        };
        text(&self.vendor);
        let count = (self.entries.len() as u32).to_le_bytes();
        let mut rest = Vec::new();
        for entry in &self.entries {
            rest.extend((entry.len() as u32).to_le_bytes());
            rest.extend(entry);
        }
        bytes.extend(count);
        bytes.extend(rest);
        bytes
    }

    /// The name and the value of an entry; a value that is no UTF-8 is yet to be settled.
    fn split(entry: &[u8]) -> Option<(String, String)> {
        let at = entry.iter().position(|b| *b == b'=')?;
        let name = String::from_utf8_lossy(&entry[..at]).into_owned();
        Some((name, charset::utf8_or_unsure(&entry[at + 1..])))
    }

    /// The bytes of the first entry of this name that has any.
    pub(crate) fn named(&self, name: &str) -> Option<Vec<u8>> {
        self.entries.iter().find_map(|entry| {
            let at = entry.iter().position(|b| *b == b'=')?;
            let (own, value) = (entry[..at].trim_ascii(), &entry[at + 1..]);
            (own.eq_ignore_ascii_case(name.as_bytes()) && !value.is_empty()).then(|| value.to_vec())
        })
    }

    pub(crate) fn chapters(&self) -> Chapters {
        let entries: Vec<_> = self.entries.iter().filter_map(|entry| Self::split(entry)).collect();
        chapters::of_comments(entries.iter().map(|(name, value)| (name.trim(), value.as_str())))
    }

    pub(crate) fn found(&self) -> Found {
        let mut found = Found::default();
        for entry in &self.entries {
            let Some((name, value)) = Self::split(entry) else { continue };
            if let Some(field) = Kind::Vorbis.field(name.trim()) {
                found.push(field, &value);
            }
        }
        if self.cut {
            found.fault("its comments end before the number that they state");
        }
        found
    }

    /// Changes the fields. `Beside`: only those that are there.
    pub(crate) fn apply(&mut self, wanted: &[Wanted], role: Role) {
        for (field, values) in with_dependants(wanted) {
            let own =
                |entry: &[u8]| Self::split(entry).filter(|(name, _)| Kind::Vorbis.field(name.trim()) == Some(field));
            let there: Vec<(String, String)> = self.entries.iter().filter_map(|e| own(e)).collect();
            if there.is_empty() && role == Role::Beside {
                continue;
            }
            let said: Vec<&str> = there.iter().map(|(_, value)| value.as_str()).collect();
            let Some(new) = texts(field, &values, &said) else { continue };
            let name =
                there.first().map_or_else(|| Kind::Vorbis.name(field).unwrap_or("TITLE").into(), |t| t.0.clone());
            let place = self.entries.iter().position(|e| own(e).is_some()).unwrap_or(self.entries.len());
            self.entries.retain(|e| own(e).is_none());
            let new = new.iter().map(|value| format!("{name}={value}").into_bytes());
            self.entries.splice(place..place, new);
        }
    }
}

/// A picture of a FLAC block, and how good it is: the front cover is the best.
pub(crate) fn picture(block: &[u8]) -> Option<(u32, Vec<u8>)> {
    let kind = be32(block, 0)?;
    let mime = be32(block, 4)? as usize;
    let words = 8_usize.checked_add(mime)?;
    let data = words.checked_add(4)?.checked_add(be32(block, words)? as usize)?.checked_add(16)?;
    let length = be32(block, data)? as usize;
    let picture = block.get(data + 4..(data + 4).checked_add(length)?)?;
    Some((if kind == 3 { 0 } else { 1 + kind }, picture.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retag::fields::Field;

    fn comments(entries: &[&str]) -> Comments {
        let entries = entries.iter().map(|e| e.as_bytes().to_vec()).collect();
        Comments { vendor: b"v".to_vec(), entries, tail: vec![1], cut: false }
    }

    fn texts_of(comments: &Comments) -> Vec<&str> {
        comments.entries.iter().map(|e| std::str::from_utf8(e).unwrap()).collect()
    }

    #[test]
    fn only_the_named_fields_change_and_keep_their_place_and_spelling() {
        let mut tag =
            comments(&["CUESHEET=x", "Title=a", "FMPS_RATING=1", "ARTIST=p", "artists=p", "artist=q", "title=b"]);
        let wanted = [(Field::Title, vec!["new".into()]), (Field::Artist, vec!["r".into(), "s".into()])];
        tag.apply(&wanted, Role::Main);
        assert_eq!(texts_of(&tag), ["CUESHEET=x", "Title=new", "FMPS_RATING=1", "ARTIST=r", "ARTIST=s"]);
        tag.apply(&[(Field::Disc, vec!["2".into()]), (Field::Title, vec![])], Role::Main);
        assert_eq!(texts_of(&tag), ["CUESHEET=x", "FMPS_RATING=1", "ARTIST=r", "ARTIST=s", "DISCNUMBER=2"]);
        tag.apply(&[(Field::Album, vec!["x".into()])], Role::Beside);
        assert_eq!(tag.entries.len(), 5, "nothing is added beside");
    }

    #[test]
    fn what_is_no_text_stays_as_it_is() {
        let mut tag = comments(&[]);
        tag.entries = vec![b"MYOWN=\xff\xfe".to_vec(), b"no equals sign".to_vec(), b"TITLE=\xff".to_vec()];
        tag.apply(&[(Field::Title, vec!["t".into()])], Role::Main);
        assert_eq!(tag.entries, [b"MYOWN=\xff\xfe".to_vec(), b"no equals sign".to_vec(), b"TITLE=t".to_vec()]);
        let built = [tag.build(), tag.tail.clone()].concat();
        assert_eq!(Comments::parse(&built), Some(tag));
    }

    #[test]
    fn a_block_that_was_cut_is_read_as_far_as_it_goes() {
        let mut bytes = comments(&["TITLE=a", "ALBUM=b"]).build();
        bytes.truncate(bytes.len() - 3);
        let tag = Comments::parse(&bytes).unwrap();
        assert!(tag.cut && tag.found().faults.len() == 1);
        assert_eq!(texts_of(&tag), ["TITLE=a"]);
        assert_eq!(Comments::parse(&[9, 0, 0, 0, 1]), None);
        let endless = [&[0_u8; 4][..], &[0xff; 4]].concat();
        assert!(Comments::parse(&endless).unwrap().cut);
    }
}
