//! All places that are named anywhere in a file, told anew when a part of it moves.

use crate::retag::{
    boxes::{Top, find, meta_start, parts},
    input::{Input, Refusal, be32, be64},
    patch::Patch,
};

/// All that lies from a place on moves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shift {
    pub(super) from: u64,
    pub(super) by: i64,
}

impl Shift {
    fn of(self, place: u64) -> Result<u64, Refusal> {
        if place < self.from {
            return Ok(place);
        }
        place.checked_add_signed(self.by).ok_or_else(|| Refusal::Cannot("it names places that there are not".into()))
    }

    /// The places in a table of places: `count` entries of `width` bytes from `at` on.
    fn table(self, bytes: &mut [u8], at: usize, count: u32, width: usize) -> Result<(), Refusal> {
        for i in 0..count as usize {
            let at = at + i * width;
            let Some(entry) = bytes.get_mut(at..at + width) else {
                return Refusal::because("a table of places in it is shorter than it states");
            };
            self.entry(entry)?;
        }
        Ok(())
    }

    fn entry(self, entry: &mut [u8]) -> Result<(), Refusal> {
        if entry.len() == 8 {
            let place = self.of(be64(entry, 0).unwrap_or(0))?;
            entry.copy_from_slice(&place.to_be_bytes());
        } else {
            let place = self.of(u64::from(be32(entry, 0).unwrap_or(0)))?;
            let Ok(place) = u32::try_from(place) else {
                return Refusal::because("its sound would lie further behind than its tables can say");
            };
            entry.copy_from_slice(&place.to_be_bytes());
        }
        Ok(())
    }

    /// The places that a movie header names.
    pub(super) fn movie(self, moov: &mut [u8], header: usize) -> Result<(), Refusal> {
        const INSIDE: [&[u8; 4]; 5] = [b"trak", b"mdia", b"minf", b"stbl", b"edts"];
        let mut todo = vec![(header, moov.len())];
        while let Some((from, to)) = todo.pop() {
            let (inner, _) = parts(&moov[..to], from);
            for part in inner {
                let at = part.at + part.header;
                let count = be32(part.content(moov), 4).unwrap_or(0);
                match &part.name {
                    b"stco" => self.table(&mut moov[..part.end()], at + 8, count, 4)?,
                    b"co64" => self.table(&mut moov[..part.end()], at + 8, count, 8)?,
                    b"saio" => self.auxiliary(&mut moov[..part.end()], at)?,
                    b"iloc" => return Refusal::because("it names places of things in a way that is not known here"),
                    name if INSIDE.contains(&name) => todo.push((at, part.end())),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn auxiliary(self, bytes: &mut [u8], at: usize) -> Result<(), Refusal> {
        let (version, flags) = (bytes.get(at).copied().unwrap_or(0), bytes.get(at + 3).copied().unwrap_or(0));
        let at = at + if flags & 1 == 0 { 4 } else { 12 };
        let count = be32(bytes, at).unwrap_or(0);
        self.table(bytes, at + 4, count, if version == 0 { 4 } else { 8 })
    }

    /// The places that other boxes of the file name.
    pub(super) fn file(self, input: &mut Input<'_>, tops: &[Top], patch: &mut Patch) -> Result<(), Refusal> {
        for top in tops {
            match &top.name {
                b"moof" => {
                    let old = input.bytes(top.at, top.size)?;
                    let mut new = old.clone();
                    self.fragment(&mut new, top.header as usize)?;
                    patch.replace(top.at, &old, &new);
                }
                b"mfra" => {
                    let old = input.bytes(top.at, top.size)?;
                    let mut new = old.clone();
                    self.random_access(&mut new, top.header as usize)?;
                    patch.replace(top.at, &old, &new);
                }
                b"sidx" | b"ssix" if top.end() < self.from => {
                    let old = input.bytes(top.at, top.size)?;
                    let mut new = old.clone();
                    self.index(&mut new, top)?;
                    patch.replace(top.at, &old, &new);
                }
                b"meta" => {
                    let bytes = input.bytes(top.at, top.size)?;
                    let start = (top.header as usize) + meta_start(&bytes[top.header as usize..]);
                    if find(&parts(&bytes, start).0, *b"iloc").is_some() {
                        return Refusal::because("it names places of things in a way that is not known here");
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Fragments that count from the start of the file.
    fn fragment(self, moof: &mut [u8], header: usize) -> Result<(), Refusal> {
        let (runs, _) = parts(moof, header);
        for run in runs.iter().filter(|p| &p.name == b"traf") {
            let (inner, _) = parts(&moof[..run.end()], run.at + run.header);
            let Some(head) = find(&inner, *b"tfhd") else { continue };
            let at = head.at + head.header;
            let from_the_start = be32(moof, at).is_some_and(|flags| flags & 1 != 0);
            if from_the_start && let Some(entry) = moof[..head.end()].get_mut(at + 8..at + 16) {
                self.entry(entry)?;
            }
        }
        Ok(())
    }

    fn random_access(self, mfra: &mut [u8], header: usize) -> Result<(), Refusal> {
        let (tables, _) = parts(mfra, header);
        for table in tables.iter().filter(|p| &p.name == b"tfra") {
            let at = table.at + table.header;
            let wide = mfra.get(at) == Some(&1);
            let (Some(lengths), Some(count)) = (be32(mfra, at + 8), be32(mfra, at + 12)) else { continue };
            let extra = [4, 2, 0].iter().map(|shift| ((lengths >> shift) & 3) as usize + 1).sum::<usize>();
            let width = if wide { 8 } else { 4 };
            for i in 0..count as usize {
                let at = at + 16 + i * (2 * width + extra) + width;
                let Some(entry) = mfra[..table.end()].get_mut(at..at + width) else {
                    return Refusal::because("a table of places in it is shorter than it states");
                };
                self.entry(entry)?;
            }
        }
        Ok(())
    }

    /// An index ahead of the movie header counts from its own end.
    fn index(self, sidx: &mut [u8], top: &Top) -> Result<(), Refusal> {
        let at = top.header as usize;
        let (place, width) = if sidx.get(at) == Some(&0) { (at + 16, 4) } else { (at + 20, 8) };
        let Some(entry) = sidx.get_mut(place..place + width) else { return Ok(()) };
        let first = if width == 8 { be64(entry, 0) } else { be32(entry, 0).map(u64::from) }.unwrap_or(0);
        let absolute = self.of(top.end().saturating_add(first))?;
        let first = absolute.saturating_sub(top.end());
        if width == 8 {
            entry.copy_from_slice(&first.to_be_bytes());
        } else if let Ok(first) = u32::try_from(first) {
            entry.copy_from_slice(&first.to_be_bytes());
        } else {
            return Refusal::because("its index would point too far");
        }
        Ok(())
    }
}
