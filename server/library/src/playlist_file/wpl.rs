//! WPL of Windows Media Player and ZPL of Zune: SMIL with a line for each file.

use super::{
    address::paths,
    named::{ListFile, MAX_NAMED, Named, Unreadable, some},
    xml::{Fault, Lines, Node, Xml},
};

pub(super) fn read(text: &str) -> Result<ListFile, Unreadable> {
    let (mut xml, mut lines) = (Xml::new(text.as_bytes()), Lines::of(text));
    let read = list(&mut xml, &mut lines);
    read.map_err(|fault| fault.at(lines.at(xml.place())))
}

fn list(xml: &mut Xml<&[u8]>, lines: &mut Lines<'_>) -> Result<ListFile, Fault> {
    let mut list = ListFile::default();
    loop {
        match xml.next()? {
            Node::Open(name, _) if name == "title" && list.name.is_none() => list.name = some(&xml.text()?),
            Node::Open(name, attributes) if name == "media" => {
                list.named.extend(media(&attributes, lines.at(xml.place())));
                if list.named.len() > MAX_NAMED {
                    return Ok(list);
                }
            }
            Node::Open(..) | Node::Close | Node::Text(_) => {}
            Node::End => return Ok(list),
        }
    }
}

fn media(attributes: &[(String, String)], line: usize) -> Option<Named> {
    let get = |name: &str| attributes.iter().find(|(own, _)| own == name).and_then(|(_, value)| some(value));
    let text = get("src")?;
    Some(Named {
        line,
        paths: paths(text.as_bytes()),
        text,
        artist: get("trackartist").or_else(|| get("albumartist")),
        title: get("tracktitle"),
        album: get("albumtitle"),
        seconds: get("duration").and_then(|ms| ms.parse().ok()).map(|ms: f64| ms / 1e3).filter(|s| *s > 0.0),
    })
}
