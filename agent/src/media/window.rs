//! The part of a file that is here while it is larger than the room: the pieces round its readers. Pure: it names
//! pieces and touches no file.
//!
//! Each reader has an equal share of the window: a little behind it, for demuxers and people that step back, and the
//! rest ahead. A piece outside of all shares goes as soon as one within needs its place, so that what was heard gives
//! way to what comes; a piece within a share never goes, so that no reader is robbed of the bytes that it reads.

use std::{collections::BTreeMap, ops::Range};

/// The bytes of a piece.
pub(super) const PIECE: u64 = 128 * 1024;
/// The smallest window.
pub(super) const LEAST_WINDOW: u64 = 2 << 20;
/// The largest window: some minutes of uncompressed sound.
const MOST_WINDOW: u64 = 64 << 20;

/// The pieces of one file that are here, or coming in.
#[derive(Debug)]
pub(super) struct Window {
    /// So many pieces at most.
    most: usize,
    /// The pieces by their place in the file, each with the serial number in its file's name.
    pieces: BTreeMap<u64, u64>,
}

impl Window {
    /// A window that holds up to `bytes`.
    pub(super) fn new(bytes: u64) -> Self {
        Self { most: pieces_in(bytes), pieces: BTreeMap::new() }
    }

    /// The size of the window of one file, bytes, when the cache has so much room: half of it, so that the next entry
    /// has one, too.
    pub(super) fn wanted(room: u64) -> u64 {
        let half = (room / 2).clamp(LEAST_WINDOW, MOST_WINDOW);
        half / PIECE * PIECE
    }

    /// Bytes that it holds at most.
    pub(super) fn bytes(&self) -> u64 {
        self.most as u64 * PIECE
    }

    /// Makes it smaller or larger. Pieces that are too many are told by [`Self::excess`].
    pub(super) fn resize(&mut self, bytes: u64) {
        self.most = pieces_in(bytes);
    }

    /// How many readers can have a share.
    pub(super) fn most_readers(&self) -> usize {
        self.most
    }

    /// The share of a reader at `position`, one of so many: the bytes that are kept for it.
    pub(super) fn share(&self, position: u64, readers: usize) -> Range<u64> {
        let share = (self.most / readers.max(1)).max(1) as u64;
        let first = (position / PIECE).saturating_sub(share / 8);
        first * PIECE..(first + share) * PIECE
    }

    /// The serial number of the piece at `index`, if it is here.
    pub(super) fn serial(&self, index: u64) -> Option<u64> {
        self.pieces.get(&index).copied()
    }

    /// The serial numbers of all pieces.
    pub(super) fn serials(&self) -> impl Iterator<Item = u64> {
        self.pieces.values().copied()
    }

    /// Makes a place for the piece at `index`, with this serial number, for readers at `positions`: the pieces that go
    /// for it. `None`: no reader needs it.
    #[must_use = "the pieces must be deleted"]
    pub(super) fn admit(&mut self, index: u64, serial: u64, positions: &[u64]) -> Option<Vec<(u64, u64)>> {
        if self.pieces.contains_key(&index) {
            return Some(Vec::new());
        }
        if !self.is_kept(index, positions) {
            return None;
        }
        let mut gone = Vec::new();
        while self.pieces.len() >= self.most {
            let Some(piece) = self.take_farthest(positions) else {
                // more readers than pieces
                self.pieces.extend(gone);
                return None;
            };
            gone.push(piece);
        }
        self.pieces.insert(index, serial);
        Some(gone)
    }

    /// The pieces that are too many, taken out.
    #[must_use = "the pieces must be deleted"]
    pub(super) fn excess(&mut self, positions: &[u64]) -> Vec<(u64, u64)> {
        let mut gone = Vec::new();
        while self.pieces.len() > self.most {
            let Some(piece) = self.take_farthest(positions) else { break };
            gone.push(piece);
        }
        gone
    }

    /// The piece at `index` was lost.
    pub(super) fn forget(&mut self, index: u64) {
        self.pieces.remove(&index);
    }

    fn is_kept(&self, index: u64, positions: &[u64]) -> bool {
        positions.iter().any(|p| self.share(*p, positions.len()).contains(&(index * PIECE)))
    }

    /// Takes out the piece that is farthest from all readers, of those that no reader needs; what lies behind counts
    /// twice.
    fn take_farthest(&mut self, positions: &[u64]) -> Option<(u64, u64)> {
        let distance = |index: u64| {
            let from = |p: &u64| {
                let at = p / PIECE;
                if index < at { (at - index).saturating_mul(2) } else { index - at }
            };
            positions.iter().map(from).min()
        };
        let farthest = self
            .pieces
            .keys()
            .copied()
            .filter(|index| !self.is_kept(*index, positions))
            .max_by_key(|index| (distance(*index), *index))?;
        self.pieces.remove(&farthest).map(|serial| (farthest, serial))
    }
}

fn pieces_in(bytes: u64) -> usize {
    usize::try_from(bytes / PIECE).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn admitted(w: &mut Window, index: u64, positions: &[u64]) -> Option<Vec<u64>> {
        w.admit(index, 100 + index, positions).map(|gone| gone.into_iter().map(|(index, _)| index).collect())
    }

    #[test]
    fn what_was_heard_gives_way_to_what_comes() {
        let mut w = Window::new(16 * PIECE);
        for index in 0..16 {
            assert_eq!(admitted(&mut w, index, &[0]), Some(vec![]));
        }
        assert_eq!(admitted(&mut w, 16, &[0]), None, "not yet");
        assert_eq!(admitted(&mut w, 16, &[2 * PIECE]), None, "a little stays behind the reader");
        assert_eq!(admitted(&mut w, 16, &[3 * PIECE]), Some(vec![0]));
        assert_eq!(w.serial(0), None);
        assert_eq!(w.serial(16), Some(116));
    }

    #[test]
    fn a_look_at_the_end_costs_no_piece_of_the_beginning_for_long() {
        let mut w = Window::new(16 * PIECE);
        for index in 0..16 {
            assert_eq!(admitted(&mut w, index, &[0]), Some(vec![]));
        }
        let end = 1000 * PIECE;
        assert_eq!(admitted(&mut w, 1000, &[end]), Some(vec![0]), "the farthest from where it reads");
        assert_eq!(admitted(&mut w, 0, &[0]), Some(vec![1000]), "back at the beginning");
    }

    #[test]
    fn the_window_of_a_file_leaves_room_for_another() {
        assert_eq!(Window::wanted(16 << 20), 8 << 20);
        assert_eq!(Window::wanted(3 << 20), LEAST_WINDOW);
        assert_eq!(Window::wanted(u64::MAX), MOST_WINDOW);
    }

    proptest! {
        #[test]
        fn readers_have_their_shares_and_pieces_are_never_too_many(
            most in 1usize..40,
            steps in prop::collection::vec((0usize..4, 0u64..300, prop::bool::ANY), 1..200),
            resize in 1usize..40,
        ) {
            let mut w = Window::new(most as u64 * PIECE);
            let mut positions = vec![0; 4.min(most).min(resize)];
            let resized_at = steps.len() / 2;
            for (n, (reader, at, jumps)) in steps.into_iter().enumerate() {
                let reader = reader % positions.len();
                positions[reader] = if jumps { at * PIECE + 17 } else { positions[reader] + PIECE };
                if n == resized_at {
                    w.resize(resize as u64 * PIECE);
                }
                let before: Vec<u64> = w.pieces.keys().copied().collect();
                let mut gone: Vec<u64> = w.excess(&positions).into_iter().map(|(index, _)| index).collect();
                prop_assert!(w.pieces.len() as u64 * PIECE <= w.bytes(), "{w:?}");
                // the reader's own piece, and all of its share, can always come
                let share = w.share(positions[reader], positions.len());
                prop_assert!(share.contains(&positions[reader]));
                for index in share.start / PIECE..share.end / PIECE {
                    let went = admitted(&mut w, index, &positions);
                    prop_assert!(went.is_some(), "{index} is not let in: {w:?} {positions:?}");
                    gone.extend(went.unwrap_or_default());
                    prop_assert!(w.pieces.len() as u64 * PIECE <= w.bytes(), "{w:?}");
                }
                for index in before.into_iter().filter(|index| gone.contains(index)) {
                    prop_assert!(!w.is_kept(index, &positions), "{index} was needed: {positions:?}");
                }
            }
        }
    }
}
