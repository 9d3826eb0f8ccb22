//! How the folders of another machine go together with those here, learned from the files that were found.

use std::{
    collections::HashMap,
    path::{Component, Path, PathBuf},
};

use super::{
    Named,
    address::tidy,
    readings::{names, without_case},
};

/// Pairs of folders that hold the same: there and here.
#[derive(Debug, Clone, Default)]
pub struct Roots(HashMap<(PathBuf, PathBuf), usize>);

impl Roots {
    /// The file at `there` is the one at `here`.
    pub(super) fn learn(&mut self, there: &Path, here: &Path) {
        let (own, theirs) = (names(here), names(there));
        let same = own.iter().zip(&theirs).take_while(|(a, b)| without_case(a) == without_case(b)).count();
        if same >= 2 {
            *self.0.entry((above(there, same), above(here, same))).or_default() += 1;
        }
    }

    /// What was learned, to be asked.
    pub fn sorted(self) -> Places {
        let mut known: Vec<_> = self.0.into_iter().collect();
        // the most frequent first, and of those the longest
        known.sort_by(|((a, x), n), ((b, y), m)| (m, b.as_os_str().len(), b, y).cmp(&(n, a.as_os_str().len(), a, x)));
        Places(known.into_iter().map(|(pair, _)| pair).take(MOST).collect())
    }
}

/// So many pairs are asked.
const MOST: usize = 100;

/// Pairs of folders that hold the same, the likeliest first.
#[derive(Debug, Clone, Default)]
pub struct Places(Vec<(PathBuf, PathBuf)>);

impl Places {
    /// The path here at which a file would lie that was not found: where those lie that were, if their folders say so.
    pub fn place_of(&self, named: &Named) -> Option<PathBuf> {
        let paths = named.paths.iter().map(|path| tidy(path));
        let placed = |path: PathBuf| {
            self.0.iter().find_map(|(there, here)| {
                let rest = path.strip_prefix(there).ok()?;
                let is_below =
                    rest.components().all(|c| matches!(c, Component::Normal(_))) && rest.file_name().is_some();
                (is_below && !there.as_os_str().is_empty()).then(|| here.join(rest))
            })
        };
        paths.into_iter().find_map(placed)
    }
}

/// The path without its last `count` names.
fn above(path: &Path, count: usize) -> PathBuf {
    let count = path.components().count().saturating_sub(count);
    path.components().take(count).collect()
}
