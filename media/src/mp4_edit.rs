//! The edit lists of an MP4 file, which say where the encoder's delay ends. The demuxer ignores them.
//!
//! Only the one shape that encoders write is used: at most an initial pause, then one stretch of the media at normal
//! speed. Anything else is a montage, and is played as if there were no list.

use std::io::{self, Read, SeekFrom};

use symphonia::core::io::MediaSource;

/// A movie header larger than this is not read for its edit lists, in bytes.
const MAX_MOOV: u64 = 32 << 20;
/// Top-level atoms that are looked at in search of the movie header.
const MAX_ATOMS: usize = 1024;

/// The stretch of a track's media that is to be played, in the units of the track's own time scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) track_id: u32,
    pub(crate) start: u64,
    /// How long, or `None` for "to the end".
    pub(crate) length: Option<u64>,
    /// The error that `length` may have: it is stated in the movie's coarser time scale.
    pub(crate) tolerance: u64,
}

/// The facts of a movie header that the demuxer does not tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Movie {
    pub(crate) edits: Vec<Edit>,
    /// The sound lies in fragments, each with a header of its own.
    pub(crate) is_fragmented: bool,
}

/// Reads the movie header and goes back to the start. Anything that is not an MP4 file has none.
pub(crate) fn read(source: &mut dyn MediaSource) -> Movie {
    if !source.is_seekable() {
        return Movie::default();
    }
    let moov = read_moov(source).ok().flatten();
    if source.seek(SeekFrom::Start(0)).is_err() {
        return Movie::default();
    }
    moov.map(|moov| Movie { edits: edits(&moov), is_fragmented: child(&moov, *b"mvex").is_some() }).unwrap_or_default()
}

fn read_moov(source: &mut dyn MediaSource) -> io::Result<Option<Vec<u8>>> {
    let mut position = 0_u64;
    for n in 0..MAX_ATOMS {
        let mut header = [0; 8];
        source.read_exact(&mut header)?;
        let kind = &header[4..];
        if n == 0 && kind != b"ftyp" {
            return Ok(None);
        }
        let (size, header_size) = match u32_at(&header, 0).unwrap_or(0) {
            0 => (u64::MAX, 8),
            1 => {
                let mut long = [0; 8];
                source.read_exact(&mut long)?;
                (u64::from_be_bytes(long), 16)
            }
            short => (u64::from(short), 8),
        };
        if kind == b"moov" {
            let length = size.saturating_sub(header_size);
            if size != u64::MAX && length > MAX_MOOV {
                return Ok(None);
            }
            let mut moov = Vec::new();
            source.take(length.min(MAX_MOOV)).read_to_end(&mut moov)?;
            return Ok(Some(moov));
        }
        match position.checked_add(size) {
            Some(next) if size >= header_size => position = next,
            _ => return Ok(None),
        }
        source.seek(SeekFrom::Start(position))?;
    }
    Ok(None)
}

/// The usable edits of a movie header's payload.
fn edits(moov: &[u8]) -> Vec<Edit> {
    let Some(movie_scale) = child(moov, *b"mvhd").and_then(time_scale) else { return Vec::new() };
    children(moov).filter(|(kind, _)| kind == b"trak").filter_map(|(_, trak)| edit(trak, movie_scale)).collect()
}

fn edit(trak: &[u8], movie_scale: u32) -> Option<Edit> {
    let tkhd = child(trak, *b"tkhd")?;
    let track_id = u32_at(tkhd, if tkhd.first() == Some(&1) { 20 } else { 12 })?;
    let media_scale = time_scale(child(child(trak, *b"mdia")?, *b"mdhd")?)?;
    let elst = child(child(trak, *b"edts")?, *b"elst")?;
    let wide = elst.first() == Some(&1);
    let width = if wide { 20 } else { 12 };
    let entries: Vec<(u64, i64, u32)> = elst
        .get(8..)?
        .chunks_exact(width)
        .take(usize::try_from(u32_at(elst, 4)?).ok()?)
        .filter_map(|e| {
            Some(if wide {
                (u64_at(e, 0)?, u64_at(e, 8)? as i64, u32_at(e, 16)?)
            } else {
                (u64::from(u32_at(e, 0)?), i64::from(u32_at(e, 4)? as i32), u32_at(e, 8)?)
            })
        })
        .collect();
    let pauses = entries.iter().take_while(|(_, start, _)| *start == -1).count();
    let [(length, start, 0x0001_0000)] = entries[pauses..] else { return None };
    let in_media = |ticks: u64| u128::from(ticks) * u128::from(media_scale) / u128::from(movie_scale);
    Some(Edit {
        track_id,
        start: u64::try_from(start).ok()?,
        length: u64::try_from(in_media(length)).ok().filter(|_| length > 0),
        tolerance: u64::from(media_scale.div_ceil(movie_scale)),
    })
}

/// The time scale of an `mvhd` or `mdhd` payload.
fn time_scale(header: &[u8]) -> Option<u32> {
    u32_at(header, if header.first() == Some(&1) { 20 } else { 12 }).filter(|scale| *scale > 0)
}

fn child(parent: &[u8], kind: [u8; 4]) -> Option<&[u8]> {
    children(parent).find(|(k, _)| *k == kind).map(|(_, payload)| payload)
}

/// The atoms directly within `parent`, up to the first that does not fit.
fn children(mut parent: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let size = usize::try_from(u32_at(parent, 0)?).ok()?;
        let kind = parent.get(4..8)?.try_into().ok()?;
        let payload = parent.get(8..size)?;
        parent = &parent[size..];
        Some((kind, payload))
    })
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn atom(kind: [u8; 4], payload: &[u8]) -> Vec<u8> {
        [&(payload.len() as u32 + 8).to_be_bytes()[..], &kind, payload].concat()
    }

    fn movie(entries: &[(u32, i32)]) -> Vec<u8> {
        let scale = |s: u32| [&[0; 12][..], &s.to_be_bytes(), &[0; 8]].concat();
        let mut elst = [[0; 4], (entries.len() as u32).to_be_bytes()].concat();
        for (length, start) in entries {
            elst.extend([&length.to_be_bytes()[..], &start.to_be_bytes(), &[0, 1, 0, 0]].concat());
        }
        let trak = [
            atom(*b"tkhd", &[&[0; 12][..], &7_u32.to_be_bytes()].concat()),
            atom(*b"edts", &atom(*b"elst", &elst)),
            atom(*b"mdia", &atom(*b"mdhd", &scale(44_100))),
        ];
        [atom(*b"mvhd", &scale(1000)), atom(*b"trak", &trak.concat())].concat()
    }

    #[test]
    fn the_encoders_delay_is_found() {
        let expected = Edit { track_id: 7, start: 1024, length: Some(110_250), tolerance: 45 };
        assert_eq!(edits(&movie(&[(2500, 1024)])), [expected]);
        // an initial pause does not matter
        assert_eq!(edits(&movie(&[(40, -1), (2500, 1024)])), [expected]);
        // length 0 means all of it
        assert_eq!(edits(&movie(&[(0, 1024)])), [Edit { length: None, ..expected }]);
    }

    #[test]
    fn a_montage_is_not_used() {
        assert_eq!(edits(&movie(&[(100, 0), (100, 5000)])), []);
        assert_eq!(edits(&movie(&[])), []);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0..200_usize, value: u8) {
            edits(&bytes);
            let mut movie = movie(&[(2500, 1024)]);
            if let Some(b) = movie.get_mut(at) {
                *b = value;
            }
            edits(&movie);
            read(&mut io::Cursor::new([atom(*b"ftyp", b"M4A "), atom(*b"moov", &movie)].concat()));
        }
    }
}
