//! The fields of a tag changed, and the tag built anew.

use super::{EXPERIMENTAL, FOOTER, Frame, HEADER, Tag, UNSYNCHRONISED, texts::genre_names, to_synchsafe};
use crate::retag::{
    fields::{Field, Kind, Role, Wanted, texts, with_dependants},
    input::Refusal,
    patch::Patch,
};

/// The room that is left for later edits when the sound must move.
const ROOM: usize = 1024;

impl Tag {
    /// Changes the fields; false if all is as it was.
    pub(in crate::retag) fn apply(&mut self, wanted: &[Wanted], role: Role) -> bool {
        let before = self.frames.clone();
        for (field, values) in with_dependants(wanted) {
            let own: Vec<bool> = self
                .frames
                .iter()
                .map(|f| matches!(self.says(f), Ok(Some((is, _))) if is == field) || self.is_named(f, field))
                .collect();
            if role == Role::Beside && !own.contains(&true) {
                continue;
            }
            let said: Vec<String> = self
                .frames
                .iter()
                .zip(&own)
                .filter(|(_, own)| **own)
                .flat_map(|(f, _)| match self.says(f) {
                    Ok(Some((_, text))) => text
                        .split('\0')
                        .flat_map(|t| if field == Field::Genre { genre_names(t) } else { vec![t.to_owned()] })
                        .collect(),
                    _ => vec![String::new()],
                })
                .collect();
            let said: Vec<&str> = said.iter().map(String::as_str).collect();
            let Some(new) = texts(field, &values, &said) else { continue };
            let place = own.iter().position(|own| *own).unwrap_or(self.frames.len());
            let mut keep = own.iter().map(|own| !own);
            self.frames.retain(|_| keep.next().unwrap_or(true));
            if field == Field::Year {
                // Day and time belonged to the other date.
                self.frames.retain(|f| !matches!(f.name.as_str(), "TDAT" | "TIME" | "TDA" | "TIM"));
            }
            let values: Vec<String> = new.into_iter().filter(|v| !v.is_empty()).collect();
            if let Some(frame) = (!values.is_empty()).then(|| self.text_frame(field, &values)).flatten() {
                self.frames.insert(place.min(self.frames.len()), frame);
            }
        }
        self.frames != before
    }

    /// True for a frame of the field that cannot be read.
    fn is_named(&self, frame: &Frame, field: Field) -> bool {
        frame.name != "TXXX"
            && frame.name != "TXX"
            && Kind::Id3v2.field(&frame.name) == Some(field)
            && self.says(frame).is_err()
    }

    fn text_frame(&self, field: Field, values: &[String]) -> Option<Frame> {
        let name = match (self.version, field) {
            (2, Field::Title) => "TT2",
            (2, Field::Artist) => "TP1",
            (2, Field::Album) => "TAL",
            (2, Field::AlbumArtist) => "TP2",
            (2, Field::Genre) => "TCO",
            (2, Field::Composer) => "TCM",
            (2, Field::Year) => "TYE",
            (2, Field::Track) => "TRK",
            (2, Field::Disc) => "TPA",
            (3, Field::Year) => "TYER",
            (_, field) => Kind::Id3v2.name(field).filter(|name| name.len() == 4)?,
        };
        let text = values.iter().map(|v| {
            if v.starts_with('(') && self.version < 4 && field == Field::Genre { format!("({v}") } else { v.clone() }
        });
        let text = text.collect::<Vec<_>>().join("\0");
        let mut content = Vec::new();
        if self.version == 4 {
            content.push(if text.is_ascii() { 0 } else { 3 });
            content.extend(text.as_bytes());
        } else if text.chars().all(|c| u32::from(c) < 0x80) {
            content.push(0);
            content.extend(text.as_bytes());
        } else {
            content.extend([1, 0xff, 0xfe]);
            content.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        }
        let mut raw = name.as_bytes().to_vec();
        match self.version {
            2 => raw.extend(&(content.len() as u32).to_be_bytes()[1..]),
            3 => raw.extend((content.len() as u32).to_be_bytes()),
            _ => raw.extend(to_synchsafe(content.len())),
        }
        if self.version > 2 {
            raw.extend([0; 2]);
        }
        let header = raw.len();
        raw.extend(content);
        Some(Frame { name: name.to_owned(), raw, header })
    }

    /// The bytes of the tag; as many as before, if it fits.
    pub(in crate::retag) fn build(&self) -> Result<Vec<u8>, Refusal> {
        let mut body: Vec<u8> = self.frames.iter().flat_map(|f| f.raw.iter().copied()).collect();
        // A checksum would no longer be true. Of the older versions all was unpacked.
        let mut flags = self.flags & (EXPERIMENTAL | if self.version == 4 { UNSYNCHRONISED | FOOTER } else { 0 });
        let footer = self.version == 4 && flags & FOOTER != 0;
        if !footer {
            flags &= !FOOTER;
            let there = self.size.saturating_sub(HEADER);
            let size = if body.len() <= there { there } else { body.len() + ROOM };
            body.resize(size, 0);
        }
        if body.len() >= 1 << 28 {
            return Refusal::because("its ID3v2 tag would be larger than it may be");
        }
        let rest = [&[self.version, 0, flags][..], &to_synchsafe(body.len())].concat();
        let mut bytes = [b"ID3", &rest[..], &body].concat();
        if footer {
            bytes.extend([b"3DI", &rest[..]].concat());
        }
        Ok(bytes)
    }

    /// Changes the tag that lies at `at`.
    pub(in crate::retag) fn edit(
        mut self,
        at: u64,
        wanted: &[Wanted],
        role: Role,
        patch: &mut Patch,
    ) -> Result<(), Refusal> {
        if !(2..=4).contains(&self.version) {
            return match role {
                Role::Main => Refusal::because(self.fault.unwrap_or_default()),
                Role::Beside => Ok(()),
            };
        }
        if self.apply(wanted, role) || role == Role::Main && self.fault.is_some() {
            let new = self.build()?;
            patch.replace(at, &self.whole, &new);
        }
        Ok(())
    }
}
