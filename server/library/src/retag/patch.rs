//! A change of a file as the bytes that give way and the bytes that come: all else stays, to the bit.

use std::io::{self, Read, Seek, SeekFrom, Write};

/// Some bytes in the place of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// The place in the file as it was.
    pub(crate) at: u64,
    /// The bytes that are there.
    pub(crate) old: Vec<u8>,
    /// The bytes that will be there.
    pub(crate) new: Vec<u8>,
}

/// The changes of one file, in the order of their places; no two overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Patch(Vec<Change>);

impl Patch {
    /// A patch of these changes, which came from a file of ours. `None` if they are in no order.
    pub(crate) fn from_changes(changes: Vec<Change>) -> Option<Self> {
        let ends = changes.iter().map(|c| c.at.checked_add(c.old.len() as u64)).collect::<Option<Vec<_>>>()?;
        changes.iter().skip(1).zip(ends).all(|(next, end)| end <= next.at).then_some(Self(changes))
    }

    /// The changes.
    pub(crate) fn changes(&self) -> &[Change] {
        &self.0
    }

    /// Puts `new` in the place of `old`, which begins at `at`. The bytes that they begin and end with alike stay.
    pub(crate) fn replace(&mut self, at: u64, old: &[u8], new: &[u8]) {
        let same = |a: &u8, b: &u8| a == b;
        let front = old.iter().zip(new).take_while(|(a, b)| same(a, b)).count();
        let (old, new) = (&old[front..], &new[front..]);
        let back = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| same(a, b)).count();
        let (old, new) = (&old[..old.len() - back], &new[..new.len() - back]);
        if old.is_empty() && new.is_empty() {
            return;
        }
        let change = Change { at: at + front as u64, old: old.to_vec(), new: new.to_vec() };
        let place = self.0.partition_point(|c| c.at <= change.at);
        self.0.insert(place, change);
    }

    /// True if nothing changes.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// By how many bytes the file grows.
    pub(crate) fn growth(&self) -> i64 {
        self.0.iter().map(|c| c.new.len() as i64 - c.old.len() as i64).sum()
    }

    /// The patch that takes this one back.
    pub(crate) fn inverse(&self) -> Self {
        let mut moved = 0_i64;
        let changes = self.0.iter().map(|c| {
            let at = c.at.saturating_add_signed(moved);
            moved += c.new.len() as i64 - c.old.len() as i64;
            Change { at, old: c.new.clone(), new: c.old.clone() }
        });
        Self(changes.collect())
    }

    /// Writes the changed file. Fails if `from` does not hold the bytes that are to give way.
    pub(crate) fn apply(&self, from: &mut (impl Read + Seek), to: &mut impl Write) -> io::Result<()> {
        let mut at = 0;
        from.seek(SeekFrom::Start(0))?;
        for change in &self.0 {
            let gap = change.at.checked_sub(at).ok_or(io::ErrorKind::InvalidData)?;
            if io::copy(&mut from.by_ref().take(gap), to)? != gap {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let mut there = vec![0; change.old.len()];
            from.read_exact(&mut there)?;
            if there != change.old {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is not the one that was looked at"));
            }
            to.write_all(&change.new)?;
            at = change.at + change.old.len() as u64;
        }
        io::copy(from, to)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn applied(patch: &Patch, from: &[u8]) -> Vec<u8> {
        let mut to = Vec::new();
        patch.apply(&mut Cursor::new(from), &mut to).unwrap();
        to
    }

    #[test]
    fn only_what_differs_is_kept_and_the_inverse_takes_it_back() {
        let mut patch = Patch::default();
        patch.replace(0, b"abc", b"abc");
        assert!(patch.is_empty());
        patch.replace(4, b"title=one.", b"title=seventeen.");
        patch.replace(0, b"ab", b"");
        patch.replace(14, b"", b"!");
        assert_eq!(patch.changes().len(), 3);
        let before = b"abc-title=one.rest";
        let after = applied(&patch, before);
        assert_eq!(after, b"c-title=seventeen.!rest");
        assert_eq!(patch.growth(), 5);
        assert_eq!(applied(&patch.inverse(), &after), before);
        let mut to = Vec::new();
        assert!(patch.apply(&mut Cursor::new(b"xyz-title=one.rest"), &mut to).is_err(), "another file");
    }

    proptest! {
        #[test]
        fn any_patch_can_be_taken_back(
            before in prop::collection::vec(any::<u8>(), 0..200),
            cuts in prop::collection::vec((0_usize..40, 0_usize..20, prop::collection::vec(any::<u8>(), 0..30)), 0..6),
        ) {
            let mut patch = Patch::default();
            let mut at = 0;
            for (gap, length, new) in cuts {
                let start = (at + gap).min(before.len());
                let end = (start + length).min(before.len());
                patch.replace(start as u64, &before[start..end], &new);
                at = end + 1;
            }
            let after = applied(&patch, &before);
            prop_assert_eq!(after.len() as i64 - before.len() as i64, patch.growth());
            prop_assert_eq!(applied(&patch.inverse(), &after), before);
            prop_assert!(Patch::from_changes(patch.changes().to_vec()).is_some());
        }
    }
}
