//! The changes: half of the files are other in their numbers only, the rest in everything.

use crate::{
    anatomy::{Anatomy, Sort, Spot, number},
    flac, ogg,
};

/// SplitMix64: small, and good enough to choose bytes with.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, or 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// A change of `original`; `other` lends its bytes.
pub(crate) fn mutate(original: &[u8], other: &[u8], in_numbers: bool, random: &mut Random) -> Vec<u8> {
    let anatomy = Anatomy::of(original);
    let mut bytes = original.to_vec();
    let most = if random.below(3) == 0 { 8 } else { 2 };
    let times = 1 + random.below(most);
    for _ in 0..times {
        if in_numbers && !anatomy.spots.is_empty() {
            renumber(&mut bytes, &anatomy, random);
        } else if random.below(2) == 0 && !anatomy.parts.is_empty() {
            rearrange(&mut bytes, &anatomy, random);
        } else {
            spoil(&mut bytes, other, random);
        }
    }
    // Most readers pass over what has a wrong checksum, and would not meet the rest.
    if random.below(8) != 0 {
        ogg::mend(&mut bytes);
        if bytes.len() == original.len() {
            let is_other = |(start, _, end): &(usize, usize, usize)| bytes[*start..*end] != original[*start..*end];
            let frames: Vec<_> = anatomy.frames.iter().copied().filter(is_other).collect();
            for frame in frames {
                flac::mend(&mut bytes, frame);
            }
        }
    }
    bytes
}

/// Another number in the place of one.
fn renumber(bytes: &mut [u8], anatomy: &Anatomy, random: &mut Random) {
    // Each sort as often as the others, however many there are of it.
    let sort = *random.pick(&[Sort::Size, Sort::Count, Sort::Offset, Sort::Type]);
    let of_sort: Vec<&Spot> = anatomy.spots.iter().filter(|spot| spot.sort == sort).collect();
    let spot = if of_sort.is_empty() { random.pick(&anatomy.spots) } else { *random.pick(&of_sort) };
    let Spot { at, width, is_little, sort } = *spot;
    if at + width > bytes.len() {
        return;
    }
    let was = number(bytes, at, width, is_little);
    let most = u64::MAX >> (64 - 8 * width);
    let length = bytes.len() as u64;
    let value = match random.below(if sort == Sort::Type { 8 } else { 20 }) {
        0 => 0,
        1 => most,
        2 => was.wrapping_add(1),
        3 => was ^ 1 << random.below(8 * width),
        4 => random.next(),
        5 | 6 => {
            let alike: Vec<&Spot> =
                anatomy.spots.iter().filter(|other| other.sort == sort && other.width == width).collect();
            let other = random.pick(&alike);
            number(bytes, other.at, width, other.is_little)
        }
        7 => was.wrapping_sub(1),
        8 => 1,
        9 => most >> 1,
        10 => (most >> 1) + 1,
        11 => was.wrapping_mul(2),
        12 => was / 2,
        13 => length,
        14 => length - at as u64,
        15 => was.wrapping_add(8),
        16 => was.wrapping_sub(8),
        17 => most - 7,
        18 => most >> random.below(8 * width),
        _ => was.wrapping_add(random.below(4096) as u64),
    };
    let big = value.to_be_bytes();
    let place = &mut bytes[at..at + width];
    place.copy_from_slice(&big[8 - width..]);
    if is_little {
        place.reverse();
    }
}

/// A part that is not there, is there often, is elsewhere, or ends early.
fn rearrange(bytes: &mut Vec<u8>, anatomy: &Anatomy, random: &mut Random) {
    let part = random.pick(&anatomy.parts).clone();
    let to = random.pick(&anatomy.parts).clone();
    if part.end > bytes.len() || to.end > bytes.len() {
        return;
    }
    let copy = bytes[part.clone()].to_vec();
    match random.below(6) {
        0 => drop(bytes.drain(part)),
        1 => drop(bytes.splice(to.start..to.start, copy)),
        2 => {
            let times = 1 << random.below(if copy.len() < 1000 { 7 } else { 3 });
            bytes.splice(part.end..part.end, copy.repeat(times));
        }
        3 => drop(bytes.splice(to, copy)),
        4 => bytes.truncate(part.start + random.below(part.len())),
        _ => {
            let keeps = random.below(part.len());
            bytes.drain(part.start + keeps..part.end);
        }
    }
}

/// Anything, anywhere.
fn spoil(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let length = bytes.len();
    // Half of them near the beginning.
    let near = if random.below(2) == 0 { length.min(600) } else { length };
    let at = random.below(near);
    let end = (at + 1 + random.below(600)).min(length);
    match random.below(9) {
        0 => (0..1 << random.below(8)).for_each(|_| {
            if let Some(byte) = bytes.get_mut(random.below(length)) {
                *byte ^= 1 << random.below(8);
            }
        }),
        1 => bytes[at..end].iter_mut().for_each(|byte| *byte = random.next() as u8),
        2 => bytes[at..end].fill(*random.pick(&[0, 0xff])),
        3 => bytes.truncate(at),
        4 => {
            let piece = (0..end - at).map(|_| random.next() as u8).collect::<Vec<_>>();
            bytes.splice(at..at, piece);
        }
        5 => drop(bytes.drain(at..end)),
        6 => {
            let from = random.below(other.len());
            let piece = &other[from..(from + end - at).min(other.len())];
            bytes.splice(at..at, piece.iter().copied());
        }
        7 => bytes.extend_from_slice(&other[random.below(other.len())..]),
        _ => {
            let piece = vec![*random.pick(&[0, 0xff, 0x20]); 1 << random.below(17)];
            bytes.splice(at..at, piece);
        }
    }
}
