//! Playlist files as other programs write them: M3U, M3U8, PLS, XSPF, WPL, ZPL, and the library of iTunes and Music.
//!
//! They are foreign text of any age: with a byte order mark or not, in UTF-8, UTF-16 or Windows-1252, with paths of
//! another machine. A plain list never fails: each of its lines names something. A file of XML may be broken, and then
//! nothing is taken of it. [`find`] leads from a name to the track that it means.
//!
//! - [`plain`]: M3U and PLS; [`xspf`], [`wpl`]: lists of XML; [`itunes`]: a whole library
//! - [`address`]: paths and `file:` addresses of all systems; [`readings`]: what each may mean here
//! - [`xml`]: XML within bounds; [`write`](mod@write): the way out

mod address;
pub mod find;
mod itunes;
mod named;
mod plain;
mod readings;
mod roots;
#[cfg(test)]
mod tests;
mod wpl;
mod write;
mod xml;
mod xspf;

pub use self::{
    address::tidy,
    itunes::{OtherLibrary, OtherList, OtherTrack, read_library},
    named::{ListFile, MAX_NAMED, Named, Unreadable},
    write::{Kind, Written, write},
};

/// The tracks that a file names, in its order; its content says of which kind it is.
pub fn read(content: &[u8]) -> Result<ListFile, Unreadable> {
    let converted = plain::narrow(content);
    let content = converted.as_deref().unwrap_or(content);
    let list = match xml::root(content).as_deref() {
        Some("playlist") => xspf::read(&xml::decoded(content))?,
        Some("smil") => wpl::read(&xml::decoded(content))?,
        Some("plist") => return Err(Unreadable::Library),
        Some(other) => return Err(Unreadable::Unknown(other.to_owned())),
        None => plain::read(content),
    };
    if list.named.len() > MAX_NAMED { Err(Unreadable::TooLong) } else { Ok(list) }
}
