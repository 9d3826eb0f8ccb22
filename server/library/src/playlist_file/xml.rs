//! XML of strangers, within bounds: no entities of its own, no depth without end, and no text that is longer than what
//! a list says.

use std::{borrow::Cow, io::BufRead};

use encoding_rs::{Encoding, UTF_8};
use quick_xml::{Reader, escape::resolve_predefined_entity, events::Event};

use super::named::{MAX_TEXT, Unreadable};

/// The elements that lie within each other in any playlist, and then some.
const MAX_DEPTH: usize = 32;
/// So much of a file is looked at for its first element, bytes.
const HEAD: usize = 4 * 1_024;

/// The name of the first element, in small letters, if the file looks like XML or HTML; `None`: it is plain text.
pub(super) fn root(content: &[u8]) -> Option<String> {
    let head = &content[..content.len().min(HEAD)];
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if !text.starts_with('<') {
        return None;
    }
    let is_marked = ["<?xml", "<?wpl", "<?zpl", "<!--", "<!doctype"]
        .iter()
        .any(|mark| text.get(..mark.len()).is_some_and(|own| own.eq_ignore_ascii_case(mark)));
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if rest.starts_with("!--") {
            rest = rest.find("-->").map_or("", |end| &rest[end..]);
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'));
            let name = rest[..end.unwrap_or(rest.len())].to_ascii_lowercase();
            let name = name.rsplit(':').next().unwrap_or_default().to_owned();
            let is_known = ["playlist", "smil", "plist", "html", "asx"].contains(&name.as_str());
            // a path may begin with this sign, too
            return (is_marked || is_known).then_some(name);
        } else if !is_marked && !rest.starts_with(['?', '!']) {
            return None;
        }
    }
    is_marked.then(|| "?".to_owned())
}

/// The text of a file that is no UTF-16: in the encoding that it names, or UTF-8, or what it is read as otherwise.
pub(super) fn decoded(content: &[u8]) -> Cow<'_, str> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    if let Ok(text) = std::str::from_utf8(content) {
        return text.into();
    }
    let head = String::from_utf8_lossy(&content[..content.len().min(200)]);
    let named = head.split_once("encoding=").and_then(|(_, after)| {
        let quote = after.chars().next()?;
        Encoding::for_label(after[1..].split(quote).next()?.as_bytes())
    });
    match named.filter(|named| *named != UTF_8 && named.is_ascii_compatible()) {
        Some(named) => named.decode_without_bom_handling(content).0,
        None => super::address::decoded(content).into(),
    }
}

/// A piece of the file.
#[derive(Debug, PartialEq)]
pub(super) enum Node {
    /// An element begins: its name without a prefix, and its attributes, both names in small letters.
    Open(String, Vec<(String, String)>),
    /// The latest element ends.
    Close,
    /// Text; there may be several in a row.
    Text(String),
    /// The file ends.
    End,
}

/// Reads piece by piece.
pub(super) struct Xml<R> {
    reader: Reader<R>,
    buffer: Vec<u8>,
    depth: usize,
}

impl<R: BufRead> Xml<R> {
    pub(super) fn new(from: R) -> Self {
        let mut reader = Reader::from_reader(from);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        // old programs write a lone & as it is
        config.allow_dangling_amp = true;
        Self { reader, buffer: Vec::new(), depth: 0 }
    }

    /// Bytes that were read so far.
    pub(super) fn place(&self) -> u64 {
        self.reader.buffer_position()
    }

    /// The next piece, and an error with the place of the fault.
    pub(super) fn next(&mut self) -> Result<Node, Fault> {
        loop {
            self.buffer.clear();
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(quick_xml::Error::Io(error)) => return Err(Fault::Is(Unreadable::Lost(error.to_string()))),
                Err(error) => return Err(Fault::Broken(error.to_string())),
            };
            return Ok(match event {
                Event::Start(element) => {
                    self.depth += 1;
                    if self.depth > MAX_DEPTH {
                        return Err(Fault::Is(Unreadable::TooDeep));
                    }
                    let name = element.local_name().into_inner().to_ascii_lowercase();
                    let mut attributes = element.attributes();
                    let attributes = attributes.with_checks(false).filter_map(Result::ok).map(|attribute| {
                        let name = attribute.key.local_name().into_inner().to_ascii_lowercase();
                        (name, dereferenced(&cut(&attribute.value)))
                    });
                    Node::Open(name, attributes.collect())
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    Node::Close
                }
                Event::Text(text) => Node::Text(cut(&text.xml10_content())),
                Event::CData(text) => Node::Text(cut(&text.xml10_content())),
                Event::GeneralRef(reference) => {
                    let character = reference.resolve_char_ref().ok().flatten().map(String::from);
                    let name = reference.xml10_content();
                    let known = || resolve_predefined_entity(&name).map(str::to_owned);
                    Node::Text(character.or_else(known).unwrap_or_else(|| format!("&{};", cut(&name))))
                }
                Event::DocType(text) if text.contains('[') => return Err(Fault::Is(Unreadable::Entities)),
                // an element without content comes as two pieces, not as an empty one
                Event::Empty(_) | Event::DocType(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
                Event::Eof if self.depth > 0 => return Err(Fault::Broken("it ends in the midst of an element".into())),
                Event::Eof => Node::End,
            });
        }
    }

    /// The text of the element that was opened last, up to its end.
    pub(super) fn text(&mut self) -> Result<String, Fault> {
        let (mut all, mut depth) = (String::new(), 0);
        loop {
            match self.next()? {
                Node::Open(..) => depth += 1,
                Node::Close if depth == 0 => return Ok(all),
                Node::Close => depth -= 1,
                Node::Text(text) if depth == 0 && all.len() < MAX_TEXT => all.push_str(&text),
                Node::Text(_) => {}
                Node::End => return Ok(all),
            }
        }
    }
}

/// A fault, of which the line is not known yet.
#[derive(Debug)]
pub(super) enum Fault {
    Broken(String),
    Is(Unreadable),
}

impl Fault {
    pub(super) fn at(self, line: usize) -> Unreadable {
        match self {
            Self::Broken(reason) => Unreadable::Broken { line, reason },
            Self::Is(unreadable) => unreadable,
        }
    }
}

/// The text with what its references stand for; an & that is none stays.
fn dereferenced(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        all.push_str(before);
        let reference = after.split_once(';').filter(|(name, _)| name.len() <= 8);
        let meant = reference.and_then(|(name, _)| {
            let number = name.strip_prefix('#').and_then(|number| match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => number.parse().ok(),
            });
            let character = number.and_then(char::from_u32).map(String::from);
            character.or_else(|| resolve_predefined_entity(name).map(str::to_owned))
        });
        if let (Some(meant), Some((_, after))) = (meant, reference) {
            all.push_str(&meant);
            rest = after;
        } else {
            all.push('&');
            rest = after;
        }
    }
    all + rest
}

/// No more of a text than a list says.
fn cut(text: &str) -> String {
    let end = text.floor_char_boundary(MAX_TEXT);
    text[..end].to_owned()
}

/// Counts lines of a text, from 1, at places that only grow.
pub(super) struct Lines<'a> {
    text: &'a [u8],
    place: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text: text.as_bytes(), place: 0, line: 1 }
    }

    pub(super) fn at(&mut self, place: u64) -> usize {
        let place = usize::try_from(place).unwrap_or(usize::MAX).clamp(self.place, self.text.len());
        self.line += self.text[self.place..place].iter().filter(|b| matches!(b, b'\n')).count();
        self.place = place;
        self.line
    }
}
