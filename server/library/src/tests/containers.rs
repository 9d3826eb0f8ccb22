//! Files of tags alone, as each kind of file has them.

use std::io::Cursor;

use crate::{
    separators::Separators,
    tags::{self, Tags},
};

/// A frame of ID3v2 and its content, with the byte of its encoding.
pub(super) fn frame(version: u8, name: &str, content: &[u8]) -> Vec<u8> {
    let size = content.len() as u32;
    let size = match version {
        2 => size.to_be_bytes()[1..].to_vec(),
        3 => size.to_be_bytes().to_vec(),
        _ => [21, 14, 7, 0].map(|shift| (size >> shift) as u8 & 0x7f).to_vec(),
    };
    [name.as_bytes(), &size, if version == 2 { &[] } else { &[0, 0] }, content].concat()
}

pub(super) fn id3v2(version: u8, frames: &[Vec<u8>]) -> Vec<u8> {
    let body = frames.concat();
    let size = [21, 14, 7, 0].map(|shift| (body.len() >> shift) as u8 & 0x7f);
    [&b"ID3"[..], &[version, 0, 0], &size, &body].concat()
}

/// An ID3v2 tag of texts in UTF-8 or, of the older versions, in UTF-16.
pub(super) fn id3_texts(version: u8, texts: &[(&str, &str)]) -> Vec<u8> {
    let content = |text: &str| {
        if version == 4 {
            [&[3][..], text.as_bytes()].concat()
        } else {
            // A name of one's own and its value each begin with a mark.
            let parts = text.split('\0').map(|part| {
                [&[0xff, 0xfe][..], &part.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()].concat()
            });
            [&[1][..], &parts.collect::<Vec<_>>().join(&[0, 0][..])].concat()
        }
    };
    id3v2(version, &texts.iter().map(|(name, text)| frame(version, name, &content(text))).collect::<Vec<_>>())
}

/// An ID3v1 tag with bytes of any encoding.
pub(super) fn id3v1(title: &[u8], artist: &[u8], album: &[u8]) -> Vec<u8> {
    let mut tag = vec![0; 128];
    tag[..3].copy_from_slice(b"TAG");
    for (at, text) in [(3, title), (33, artist), (63, album)] {
        let length = text.len().min(30);
        tag[at..at + length].copy_from_slice(&text[..length]);
    }
    tag[127] = 255;
    tag
}

pub(super) fn flac(comments: &[&[u8]]) -> Vec<u8> {
    let mut block = 0_u32.to_le_bytes().to_vec();
    block.extend((comments.len() as u32).to_le_bytes());
    for comment in comments {
        block.extend((comment.len() as u32).to_le_bytes());
        block.extend(*comment);
    }
    let mut file = b"fLaC\0\0\0\x22".to_vec();
    file.extend([0; 34]);
    file.push(0x84);
    file.extend(&(block.len() as u32).to_be_bytes()[1..]);
    file.extend(block);
    file
}

pub(super) fn ape(items: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in items {
        body.extend((value.len() as u32).to_le_bytes());
        body.extend([0; 4]);
        body.extend(name.as_bytes());
        body.push(0);
        body.extend(*value);
    }
    let mut file = vec![0; 64];
    file.extend(&body);
    file.extend(b"APETAGEX");
    for number in [2000, body.len() as u32 + 32, items.len() as u32, 0, 0, 0] {
        file.extend(number.to_le_bytes());
    }
    file
}

pub(super) fn atom(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes()[..], &name, content].concat()
}

/// The value of an item, of a kind: 1 is text, 21 a number, 0 what the item says.
pub(super) fn value(kind: u32, bytes: &[u8]) -> Vec<u8> {
    atom(*b"data", &[&kind.to_be_bytes()[..], &[0; 4], bytes].concat())
}

/// An item of a name of one's own.
pub(super) fn own_item(name: &str, values: &[&str]) -> Vec<u8> {
    let values: Vec<u8> = values.iter().flat_map(|text| value(1, text.as_bytes())).collect();
    let mean = atom(*b"mean", &[&[0; 4][..], b"com.apple.iTunes"].concat());
    let name = atom(*b"name", &[&[0; 4][..], name.as_bytes()].concat());
    atom(*b"----", &[mean, name, values].concat())
}

pub(super) fn mp4(items: &[Vec<u8>]) -> Vec<u8> {
    let handler = atom(*b"hdlr", &[&[0; 8][..], b"mdirappl", &[0; 9]].concat());
    let meta = atom(*b"meta", &[&[0; 4][..], &handler, &atom(*b"ilst", &items.concat())].concat());
    [atom(*b"ftyp", b"M4A \0\0\0\0"), atom(*b"moov", &atom(*b"udta", &meta))].concat()
}

pub(super) fn wav(texts: &[(&str, &[u8])]) -> Vec<u8> {
    let chunk = |name: &[u8], content: &[u8]| {
        let mut chunk = [name, &(content.len() as u32).to_le_bytes(), content].concat();
        chunk.resize(chunk.len().next_multiple_of(2), 0);
        chunk
    };
    let info: Vec<u8> = texts.iter().flat_map(|(name, text)| chunk(name.as_bytes(), text)).collect();
    let list = chunk(b"LIST", &[&b"INFO"[..], &info].concat());
    [b"RIFF", &(list.len() as u32 + 4).to_le_bytes()[..], b"WAVE", &list].concat()
}

pub(super) fn read_with(file: &[u8], separators: &Separators) -> Tags {
    tags::read(&mut Cursor::new(file), separators, &|| None).unwrap()
}

pub(super) fn read(file: &[u8]) -> Tags {
    read_with(file, &Separators::default())
}
