//! Kinds of files that have no decoder here, or no whole one: known by their first bytes, since ffmpeg is told what to
//! take a file for. A list of other files that is named like music would make it open these.

use std::io::{self, Read, Seek, SeekFrom};

/// A kind of file that ffmpeg reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// ffmpeg's name of its reader.
    pub(crate) reader: &'static str,
    /// Its usual ending.
    pub(crate) format: &'static str,
    /// The samples are given back as they were encoded, from the first to the last.
    pub(crate) is_exact: bool,
    pub(crate) is_dsd: bool,
}

const fn kind(reader: &'static str, format: &'static str) -> Kind {
    Kind { reader, format, is_exact: false, is_dsd: false }
}

const fn exact(reader: &'static str, format: &'static str) -> Kind {
    Kind { is_exact: true, ..kind(reader, format) }
}

const fn dsd(reader: &'static str, format: &'static str) -> Kind {
    Kind { is_dsd: true, ..exact(reader, format) }
}

/// Files of these kinds have no reader here.
const UNREAD: [(&[u8], Kind); 22] = [
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", kind("asf", "wma")),
    (b"wvpk", exact("wv", "wv")),
    (b"MAC ", exact("ape", "ape")),
    (b"MAC\x46", exact("ape", "ape")),
    (b"DSD ", dsd("dsf", "dsf")),
    (b"TTA1", exact("tta", "tta")),
    (b"tBaK", exact("tak", "tak")),
    (b"MPCK", kind("mpc8", "mpc")),
    (b"MP+", kind("mpc", "mpc")),
    (b"\x7f\xfe\x80\x01", kind("dts", "dts")),
    (b"\xfe\x7f\x01\x80", kind("dts", "dts")),
    (b"\x1f\xff\xe8\x00", kind("dts", "dts")),
    (b"\xff\x1f\x00\xe8", kind("dts", "dts")),
    (b"DTSHDHDR", kind("dtshd", "dts")),
    (b".RMF", kind("rm", "ra")),
    (b".ra\xfd", kind("rm", "ra")),
    (b"#!AMR", kind("amr", "amr")),
    (b"ea3\x03", kind("oma", "oma")),
    (b"EA3\x01", kind("oma", "oma")),
    (b"ajkg", exact("shn", "shn")),
    (b"TWIN", kind("vqf", "vqf")),
    (b"\x56\xe0", kind("loas", "loas")),
];

/// Files of these kinds have a reader here, which does not take all that is in them.
const READ: [(&[u8], Kind); 8] = [
    (b"OggS", kind("ogg", "ogg")),
    (b"RIFF", kind("wav", "wav")),
    (b"RF64", kind("wav", "wav")),
    (b"FORM", kind("aiff", "aiff")),
    (b"caff", kind("caf", "caf")),
    (b".snd", kind("au", "au")),
    (b"riff", kind("w64", "w64")),
    (b"\x1a\x45\xdf\xa3", kind("matroska", "mka")),
];

/// The bytes of a file that are looked at, behind a tag that precedes it.
const HEAD: u64 = 32;

/// The kind of a file that no reader here recognises.
pub(crate) fn unread(head: &[u8]) -> Option<Kind> {
    if head.starts_with(b"FRM8") && head.get(12..16) == Some(b"DSD ") {
        return Some(dsd("iff", "dff"));
    }
    match head.get(4..8) {
        Some(b"\xf8\x72\x6f\xba") => return Some(exact("truehd", "thd")),
        Some(b"\xf8\x72\x6f\xbb") => return Some(exact("mlp", "mlp")),
        _ => {}
    }
    // A word to begin with, two bits of a rate that is one, and the version of the stream.
    if head.starts_with(b"\x0b\x77") && head.get(4).is_some_and(|byte| byte >> 6 != 3) {
        return match head.get(5)? >> 3 {
            0..=10 => Some(kind("ac3", "ac3")),
            11..=16 => Some(kind("eac3", "eac3")),
            _ => None,
        };
    }
    UNREAD.iter().find_map(|(magic, kind)| head.starts_with(magic).then_some(*kind))
}

/// The kind of a file that a reader here does not take, or not whole.
pub(crate) fn read(head: &[u8]) -> Option<Kind> {
    if head.get(4..8) == Some(b"ftyp") {
        return Some(kind("mov", "m4a"));
    }
    if head.first() == Some(&0xff) && head.get(1).is_some_and(|byte| byte & 0xf6 == 0xf0) {
        return Some(kind("aac", "aac"));
    }
    READ.iter().find_map(|(magic, kind)| head.starts_with(magic).then_some(*kind))
}

/// The first bytes, behind an ID3v2 tag.
pub(crate) fn head<R: Read + Seek>(file: &mut R) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.by_ref().take(HEAD).read_to_end(&mut head)?;
    if head.len() >= 10 && head.starts_with(b"ID3") {
        let size = head[6..10].iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7f));
        let footer = if head[5] & 0x10 == 0 { 0 } else { 10 };
        file.seek(SeekFrom::Start(10 + size + footer))?;
        head.clear();
        file.by_ref().take(HEAD).read_to_end(&mut head)?;
    }
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_are_those_behind_a_tag() {
        let mut tagged = b"ID3\x04\0\0\0\0\x01\x00".to_vec();
        tagged.extend([7; 128]);
        tagged.extend(b"MAC \x96\x0f");
        let found = head(&mut io::Cursor::new(tagged)).unwrap();
        assert_eq!(unread(&found).map(|kind| kind.reader), Some("ape"));
        assert_eq!(head(&mut io::Cursor::new(b"ID3")).unwrap(), b"ID3");
    }

    #[test]
    fn a_kind_is_known_by_its_first_bytes() {
        let name = |head: &[u8]| unread(head).or_else(|| read(head)).map(|kind| (kind.reader, kind.format));
        assert_eq!(name(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6"), Some(("asf", "wma")));
        assert_eq!(name(b"FRM8\0\0\0\0\0\0\0\x10DSD FVER"), Some(("iff", "dff")));
        assert_eq!(name(b"\x0b\x77\x9e\x0b\x14\x40\x2f"), Some(("ac3", "ac3")));
        assert_eq!(name(b"\x0b\x77\x01\x7f\x34\x86\xff"), Some(("eac3", "eac3")));
        assert_eq!(name(b"\0\0\0\x20ftypM4A "), Some(("mov", "m4a")));
        assert_eq!(name(b"\xff\xf1\x5c\x80"), Some(("aac", "aac")));
        // Lists that would have it open other files.
        for list in [&b"#EXTM3U\n#EXT-X-VERSION:3\n"[..], b"ffconcat version 1.0\nfile '/etc/passwd'\n", b"<?xml", b""]
        {
            assert_eq!(name(list), None);
        }
    }
}
