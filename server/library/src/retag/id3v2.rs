//! ID3v2.2 to 2.4. Frames that are not named stay as they are, to the bit, in their order; the version stays, too.

mod edit;
mod texts;

pub(super) use texts::text_of;

use self::texts::{genre_names, is_date, short};
use super::{
    chapters::{self, Chapters},
    fields::{Field, Found, Kind},
    input::{Input, MOST_BYTES, Refusal, be32, synchsafe},
};

const HEADER: usize = 10;
const UNSYNCHRONISED: u8 = 0x80;
const EXTENDED: u8 = 0x40;
const EXPERIMENTAL: u8 = 0x20;
const FOOTER: u8 = 0x10;

/// A frame, its header with it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Frame {
    name: String,
    raw: Vec<u8>,
    /// The bytes of `raw` that are its header.
    header: usize,
}

/// A tag, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    version: u8,
    flags: u8,
    frames: Vec<Frame>,
    /// The fault that ended the reading of its frames, for people.
    fault: Option<String>,
    /// The bytes of the file that it takes.
    pub(super) size: usize,
    whole: Vec<u8>,
}

fn to_synchsafe(size: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| (size >> shift) as u8 & 0x7f)
}

fn resynchronised(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut last = 0;
    for byte in bytes {
        if !(last == 0xff && *byte == 0) {
            plain.push(*byte);
        }
        last = *byte;
    }
    plain
}

impl Tag {
    /// The tag at `at`, if there is one.
    pub(super) fn read(input: &mut Input<'_>, at: u64) -> Result<Option<Self>, Refusal> {
        let header = input.up_to(at, HEADER as u64)?;
        if header.len() < HEADER || !header.starts_with(b"ID3") || header[3] == 0xff {
            return Ok(None);
        }
        let Some(size) = synchsafe(&header[6..]) else { return Ok(None) };
        let footer = if header[3] == 4 && header[5] & FOOTER != 0 { HEADER } else { 0 };
        let size = (HEADER + size + footer).min((input.len() - at) as usize);
        if size as u64 > MOST_BYTES {
            return Refusal::because("its ID3v2 tag is larger than any tag may be");
        }
        let whole = input.bytes(at, size as u64)?;
        Ok(Some(Self::parse(whole)))
    }

    /// Of all of its bytes.
    pub(super) fn parse(whole: Vec<u8>) -> Self {
        let (version, flags, size) = (whole[3], whole[5], whole.len());
        let footer = if version == 4 && flags & FOOTER != 0 && size >= 2 * HEADER { HEADER } else { 0 };
        let mut tag = Self { version, flags, frames: Vec::new(), fault: None, size, whole };
        if !(2..=4).contains(&version) {
            tag.fault = Some(format!("its ID3v2 tag is of version {version}, which is not known"));
            return tag;
        }
        let mut body = tag.whole[HEADER..size - footer].to_vec();
        if version < 4 && flags & UNSYNCHRONISED != 0 {
            body = resynchronised(&body);
        }
        let mut at = 0;
        if flags & EXTENDED != 0 && version > 2 {
            at = match version {
                3 => be32(&body, 0).map_or(0, |size| 4_usize.saturating_add(size as usize)),
                _ => synchsafe(&body).unwrap_or(0),
            };
            if at > body.len() {
                at = 0;
            }
        }
        while let Some(frame) = tag.frame(&body, at) {
            let end = at + frame.raw.len();
            if body[at..end] != frame.raw {
                tag.fault = Some(format!("its ID3v2 frame {} states more bytes than there are", frame.name));
            }
            at = end;
            tag.frames.push(frame);
        }
        if body.get(at..).is_some_and(|rest| rest.iter().any(|b| *b != 0)) {
            let last = tag.frames.last().map_or("its header".to_owned(), |f| format!("the frame {}", f.name));
            tag.fault = Some(format!("its ID3v2 tag cannot be read behind {last}"));
        }
        tag
    }

    fn frame(&self, body: &[u8], at: usize) -> Option<Frame> {
        let (id, header) = if self.version == 2 { (3, 6) } else { (4, 10) };
        let rest = body.get(at..)?;
        if !is_name(rest.get(..id)?) {
            return None;
        }
        let size_bytes = rest.get(id..id + if self.version == 2 { 3 } else { 4 })?;
        let plain = size_bytes.iter().fold(0_usize, |sum, b| (sum << 8) | usize::from(*b));
        let candidates = match (self.version, synchsafe(size_bytes)) {
            (2, _) | (_, None) => [plain, plain],
            (3, Some(safe)) => [plain, safe],
            (_, Some(safe)) => [safe, plain],
        };
        // Some write the sizes of the other version: what is behind tells.
        let fits = |size: &usize| {
            let next = rest.get(header + *size..);
            next.is_some_and(|next| next.is_empty() || next[0] == 0 || next.get(..id).is_some_and(is_name))
        };
        let size = candidates.into_iter().find(fits).or_else(|| {
            // What follows is no frame: this one is as long as it says, if it is there.
            candidates.into_iter().find(|size| header + size <= rest.len())
        });
        let raw = match size {
            Some(size) => rest[..header + size].to_vec(),
            // It states more than there is: the last frame, then.
            None => self.clipped(rest, id, header)?,
        };
        let name = String::from_utf8_lossy(&raw[..id]).trim_end_matches(['\0', ' ']).to_owned();
        Some(Frame { name, raw, header })
    }

    /// A frame of all that is left, with its size as it is.
    fn clipped(&self, rest: &[u8], id: usize, header: usize) -> Option<Vec<u8>> {
        let mut raw = rest.to_vec();
        let size = raw.len().checked_sub(header)?;
        match self.version {
            2 => raw[id..id + 3].copy_from_slice(&(size as u32).to_be_bytes()[1..]),
            3 => raw[id..id + 4].copy_from_slice(&(size as u32).to_be_bytes()),
            _ => raw[id..id + 4].copy_from_slice(&to_synchsafe(size)),
        }
        Some(raw)
    }

    /// The content of a frame, as it was before it was packed; `None` if that is beyond what is done here.
    fn content(&self, frame: &Frame) -> Option<Vec<u8>> {
        let body = &frame.raw[frame.header..];
        let format = if self.version > 2 { frame.raw[9] } else { 0 };
        match self.version {
            // Packed or secret.
            3 if format & 0xc0 != 0 => None,
            3 => body.get(usize::from(format & 0x20 != 0)..).map(<[u8]>::to_vec),
            4 if format & 0x0c != 0 => None,
            4 => {
                let skip = usize::from(format & 0x40 != 0) + if format & 1 == 0 { 0 } else { 4 };
                let body = body.get(skip..)?;
                let all = self.flags & UNSYNCHRONISED != 0;
                Some(if all || format & 2 != 0 { resynchronised(body) } else { body.to_vec() })
            }
            _ => Some(body.to_vec()),
        }
    }

    /// The field that a frame is of, and what it says. The error is for people.
    fn says(&self, frame: &Frame) -> Result<Option<(Field, String)>, String> {
        let is_own = frame.name == "TXXX" || frame.name == "TXX";
        let field = Kind::Id3v2.field(&frame.name);
        if !is_own && field.is_none() {
            let is_text = frame.name.starts_with('T') || matches!(frame.name.as_str(), "COMM" | "COM" | "USLT" | "ULT");
            let encoding = self.content(frame).and_then(|content| content.first().copied());
            return match encoding.filter(|encoding| is_text && *encoding > 3) {
                Some(_) => Err(format!("its frame {} is in an encoding that there is not", frame.name)),
                None => Ok(None),
            };
        }
        let content = self.content(frame).ok_or_else(|| format!("its frame {} is packed or secret", frame.name))?;
        let Some((encoding, text)) = content.split_first() else {
            return Err(format!("its frame {} is empty", frame.name));
        };
        let text = text_of(*encoding, text);
        if is_own {
            let Some((name, value)) = text.split_once('\0') else { return Ok(None) };
            let field = Kind::Id3v2.field(&format!("{}:{name}", frame.name));
            return Ok(field.map(|field| (field, value.to_owned())));
        }
        if *encoding > 3 {
            return Err(format!("its frame {} is in an encoding that there is not", frame.name));
        }
        Ok(field.map(|field| (field, text)))
    }

    /// Its chapters, in the order in which they begin.
    pub(super) fn chapters(&self) -> Chapters {
        let frames = self.frames.iter().filter(|frame| frame.name == "CHAP");
        let mut all: Chapters =
            frames.filter_map(|frame| chapters::of_frame(&self.content(frame)?, self.version)).collect();
        all.sort_by_key(|(at, _)| *at);
        all
    }

    pub(super) fn found(&self, pictures: bool) -> Found {
        let mut found = Found::default();
        let mut rank = u32::MAX;
        for frame in &self.frames {
            match self.says(frame) {
                Ok(Some((Field::Genre, text))) => {
                    for genre in text.split('\0') {
                        for name in genre_names(genre) {
                            found.push(Field::Genre, &name);
                        }
                    }
                }
                Ok(Some((field, text))) => {
                    if matches!(field, Field::Year | Field::OriginalYear | Field::ReleaseYear)
                        && !text.trim().is_empty()
                        && !is_date(&text)
                    {
                        found.fault(format!(
                            "its frame {} says {:?}, which is no date by the rules",
                            frame.name,
                            short(&text)
                        ));
                    }
                    found.push(field, &text);
                }
                Ok(None) => {}
                Err(fault) => found.fault(fault),
            }
            if pictures
                && (frame.name == "APIC" || frame.name == "PIC")
                && let Some((its, bytes)) = self.content(frame).and_then(|c| picture(&c, self.version))
                && its < rank
            {
                (rank, found.picture) = (its, Some(bytes));
            }
        }
        if let Some(fault) = &self.fault {
            found.fault(fault.clone());
        }
        found
    }

    /// A tag without frames, of the version that names several values best.
    pub(super) fn empty() -> Self {
        let whole = [&b"ID3\x04\0\0"[..], &[0; 4]].concat();
        Self { size: 0, ..Self::parse(whole) }
    }
}

/// Letters and digits; of some the last is a blank.
fn is_name(bytes: &[u8]) -> bool {
    let named = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    bytes.len() >= 3 && bytes[..3].iter().all(named) && bytes.get(3).is_none_or(|b| named(b) || *b == 0 || *b == b' ')
}

/// A picture of a frame, and how good it is: the front cover is the best.
fn picture(content: &[u8], version: u8) -> Option<(u32, Vec<u8>)> {
    let (encoding, rest) = content.split_first()?;
    let rest = if version == 2 { rest.get(3..)? } else { rest.get(rest.iter().position(|b| *b == 0)? + 1..)? };
    let (kind, rest) = rest.split_first()?;
    let end = if matches!(encoding, 1 | 2) {
        2 * rest.as_chunks::<2>().0.iter().position(|pair| *pair == [0, 0])? + 2
    } else {
        rest.iter().position(|b| *b == 0)? + 1
    };
    Some((if *kind == 3 { 0 } else { 1 + u32::from(*kind) }, rest.get(end..)?.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::{
        super::fields::{Role, Wanted},
        *,
    };

    fn frame(version: u8, name: &str, content: &[u8]) -> Vec<u8> {
        let size = match version {
            2 => (content.len() as u32).to_be_bytes()[1..].to_vec(),
            3 => (content.len() as u32).to_be_bytes().to_vec(),
            _ => to_synchsafe(content.len()).to_vec(),
        };
        [name.as_bytes(), &size, if version == 2 { &[] } else { &[0, 0] }, content].concat()
    }

    fn tag(version: u8, flags: u8, frames: &[Vec<u8>], room: usize) -> Vec<u8> {
        let body = [frames.concat(), vec![0; room]].concat();
        [&b"ID3"[..], &[version, 0, flags], &to_synchsafe(body.len()), &body].concat()
    }

    fn edited(whole: Vec<u8>, wanted: &[Wanted]) -> Vec<u8> {
        let mut tag = Tag::parse(whole);
        tag.apply(wanted, Role::Main);
        tag.build().unwrap()
    }

    fn of(bytes: &[u8], field: Field) -> Vec<String> {
        Tag::parse(bytes.to_vec()).found(false).of(field).map(str::to_owned).collect()
    }

    #[test]
    fn other_frames_stay_to_the_bit_and_the_size_stays_where_there_is_room() {
        for version in [2, 3, 4] {
            let (title, own) = if version == 2 { ("TT2", "TXX") } else { ("TIT2", "TXXX") };
            let odd = frame(version, if version == 2 { "PRI" } else { "PRIV" }, b"\xff\xfb\0\x01");
            let mine = frame(version, own, b"\0MINE\0x");
            let before = tag(version, 0, &[odd.clone(), frame(version, title, b"\0old"), mine.clone()], 64);
            let after = edited(before.clone(), &[(Field::Title, vec!["Zo\u{eb} \u{4e00}".into()])]);
            assert_eq!(after.len(), before.len());
            assert_eq!(of(&after, Field::Title), ["Zo\u{eb} \u{4e00}"]);
            assert!(after[10..].starts_with(&odd));
            assert!(after.windows(mine.len()).any(|w| w == mine));
        }
    }

    #[test]
    fn dates_that_break_the_rules_are_read_named_and_mended() {
        for (version, name) in [(3, "TYER"), (4, "TDRC"), (2, "TYE")] {
            let before = tag(
                version,
                0,
                &[
                    frame(version, name, b"\0May 2004"),
                    frame(version, if version == 2 { "TT2" } else { "TIT2" }, b"\0t"),
                ],
                0,
            );
            let found = Tag::parse(before.clone()).found(false);
            assert_eq!(found.of(Field::Year).collect::<Vec<_>>(), ["May 2004"]);
            assert_eq!(found.of(Field::Title).collect::<Vec<_>>(), ["t"]);
            assert_eq!(found.faults.len(), 1, "{:?}", found.faults);
            let after = edited(before, &[(Field::Year, vec!["2004".into()])]);
            assert_eq!(of(&after, Field::Year), ["2004"]);
            assert!(Tag::parse(after).found(false).faults.is_empty());
        }
    }

    #[test]
    fn broken_sizes_encodings_and_ends_cost_only_themselves() {
        let plain = frame(3, "TALB", &[b"\0", &[b'a'; 200][..]].concat());
        let itunes = tag(4, 0, &[plain, frame(4, "TIT2", b"\0t")], 20);
        assert_eq!(of(&itunes, Field::Title), ["t"], "sizes of the version before");
        let too_long = tag(3, 0, &[frame(3, "TIT2", b"\0t"), b"TPE1\0\0\x7f\xff\0\0\0x".to_vec()], 0);
        let found = Tag::parse(too_long.clone()).found(false);
        assert_eq!((found.of(Field::Title).next(), found.of(Field::Artist).next()), (Some("t"), Some("x")));
        assert_eq!(found.faults.len(), 1, "{:?}", found.faults);
        let mended = edited(too_long, &[(Field::Artist, vec!["a".into()])]);
        assert_eq!((of(&mended, Field::Artist), Tag::parse(mended).fault), (vec!["a".to_owned()], None));
        let encoding = tag(4, 0, &[frame(4, "TIT2", b"\x09t"), frame(4, "TPE1", b"\0a")], 0);
        assert_eq!(of(&encoding, Field::Artist), ["a"]);
        assert_eq!(of(&edited(encoding, &[(Field::Title, vec!["n".into()])]), Field::Title), ["n"], "not twice");
    }

    #[test]
    fn what_was_unsynchronised_is_read_and_stays() {
        let body = [frame(3, "PRIV", b"\xff\xe0"), frame(3, "TIT2", b"\0t")].concat();
        let mut packed = Vec::new();
        for byte in &body {
            packed.push(*byte);
            if *byte == 0xff {
                packed.push(0);
            }
        }
        let before = [&b"ID3\x03\0\x80"[..], &to_synchsafe(packed.len()), &packed].concat();
        let after = edited(before, &[(Field::Title, vec!["u".into()])]);
        assert_eq!((of(&after, Field::Title), after[5]), (vec!["u".to_owned()], 0));
        assert!(after[10..].starts_with(&frame(3, "PRIV", b"\xff\xe0")));
    }

    #[test]
    fn genres_have_their_names() {
        for (text, names) in [
            ("(17)", "Rock"),
            ("17", "Rock"),
            ("(17)Own", "Own"),
            ("((x)", "(x)"),
            ("Pop", "Pop"),
            ("(999)", "(999)"),
            ("(31)(39)", "Trance|Noise"),
            ("(31)(RX)Own", "Trance|Remix|Own"),
            ("", ""),
        ] {
            assert_eq!(genre_names(text).join("|"), names, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(
            mut bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 10..300),
            version in 0_u8..6,
        ) {
            bytes[..3].copy_from_slice(b"ID3");
            bytes[3] = version;
            let mut tag = Tag::parse(bytes);
            tag.found(true);
            if (2..=4).contains(&tag.version) {
                tag.apply(&[(Field::Title, vec!["t".into()])], Role::Main);
                let after = Tag::parse(tag.build().unwrap());
                let title: Vec<_> = after.found(false).of(Field::Title).map(str::to_owned).collect();
                assert_eq!(title, ["t"]);
            }
        }
    }
}
