//! XSPF: addresses with what is known of each track.

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
    let mut within: Vec<String> = Vec::new();
    loop {
        match xml.next()? {
            Node::Open(name, _) => match (within.last().map(String::as_str), name.as_str()) {
                (Some("playlist"), "title") => list.name = some(&xml.text()?),
                (Some("tracklist"), "track") => {
                    let line = lines.at(xml.place());
                    list.named.extend(track(xml, line)?);
                    if list.named.len() > MAX_NAMED {
                        return Ok(list);
                    }
                }
                _ => within.push(name),
            },
            Node::Close => _ = within.pop(),
            Node::Text(_) => {}
            Node::End => return Ok(list),
        }
    }
}

/// The track whose element was opened last; one that names nothing is none.
fn track(xml: &mut Xml<&[u8]>, line: usize) -> Result<Option<Named>, Fault> {
    let mut track = Named { line, ..Named::default() };
    loop {
        match xml.next()? {
            Node::Open(name, _) => {
                let text = xml.text()?;
                let text = text.trim();
                match name.as_str() {
                    "location" if !text.is_empty() => {
                        if track.text.is_empty() {
                            text.clone_into(&mut track.text);
                        }
                        track.paths.extend(paths(text.as_bytes()));
                    }
                    "title" => track.title = some(text),
                    "creator" => track.artist = some(text),
                    "album" => track.album = some(text),
                    "duration" => {
                        track.seconds = text.parse().ok().map(|ms: f64| ms / 1e3).filter(|s| s.is_finite() && *s > 0.0);
                    }
                    _ => {}
                }
            }
            Node::Text(_) => {}
            Node::Close | Node::End => break,
        }
    }
    if track.text.is_empty() {
        let known = [track.artist.as_deref(), track.title.as_deref()];
        track.text = known.into_iter().flatten().collect::<Vec<_>>().join(" - ");
    }
    Ok(Some(track).filter(|track| !track.text.is_empty()))
}
