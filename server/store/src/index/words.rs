//! The words of the library, and which of them was meant when one was typed that none begins with.
//!
//! All words are kept in memory once somebody has mistyped one: some two megabytes for a hundred thousand, gone through
//! in a millisecond or two. Most are passed over by comparing which letters they have.

use std::collections::HashSet;

use super::{fold::folded, query};

/// Words outside these lengths (characters) are never meant by another.
const MEANT: std::ops::RangeInclusive<usize> = 3..=24;

/// Adds the words of `text` that could be meant by others to `words`.
pub(super) fn collect(text: &str, words: &mut HashSet<String>) {
    for word in query::words(text) {
        let word = folded(&word);
        if MEANT.contains(&word.chars().count()) && word.chars().any(char::is_alphabetic) && !words.contains(&word) {
            words.insert(word);
        }
    }
}

/// How many letters may be wrong in a word of so many.
fn tolerance(letters: usize) -> usize {
    match letters {
        0..3 => 0,
        3..6 => 1,
        _ => 2,
    }
}

/// All words, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    text: String,
    /// The end of each word in `text`, and the letters that it has.
    words: Vec<(u32, u32)>,
}

/// A word that may have been meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Near {
    /// How many letters differ.
    pub(super) distance: usize,
    /// True if only its beginning is like the word that was typed.
    pub(super) beginning: bool,
    /// The word.
    pub(super) word: String,
}

impl Vocabulary {
    pub(super) fn of<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut vocabulary = Self::default();
        vocabulary.extend(words);
        vocabulary
    }

    pub(super) fn extend<'a>(&mut self, words: impl IntoIterator<Item = &'a str>) {
        for word in words {
            self.text.push_str(word);
            self.words.push((self.text.len() as u32, letters(word)));
        }
    }

    /// The words like `typed` (which is folded), at most `limit`, the likest first.
    pub(super) fn near(&self, typed: &str, limit: usize) -> Vec<Near> {
        let typed: Vec<char> = typed.chars().collect();
        let most = tolerance(typed.len());
        if most == 0 || typed.len() > *MEANT.end() {
            return Vec::new();
        }
        let wanted = typed.iter().fold(0, |all, c| all | letter(*c));
        let (mut near, mut start) = (Vec::new(), 0);
        for (end, has) in &self.words {
            let word = &self.text[start..*end as usize];
            start = *end as usize;
            // Each wrong letter explains one that is missing.
            if (wanted & !has).count_ones() as usize > most {
                continue;
            }
            if let Some((distance, beginning)) = distance(&typed, word, most) {
                near.push(Near { distance, beginning, word: word.to_owned() });
            }
        }
        near.sort();
        near.truncate(limit);
        near
    }
}

/// A bit for each letter a to z; other characters share the rest.
fn letter(c: char) -> u32 {
    match c {
        'a'..='z' => 1 << (c as u32 - 'a' as u32),
        _ => 1 << (26 + c as u32 % 6),
    }
}

fn letters(word: &str) -> u32 {
    word.chars().fold(0, |all, c| all | letter(c))
}

/// How many letters of `typed` must be changed, added, left out or swapped with their neighbour to make `word`, or else
/// the beginning of it; `None` if more than `most`.
fn distance(typed: &[char], word: &str, most: usize) -> Option<(usize, bool)> {
    const COLUMNS: usize = 32;
    let far = most + 1;
    let mut letters = ['\0'; COLUMNS];
    let mut count = 0;
    // Letters so far behind the end of what was typed cannot matter.
    for c in word.chars().take((typed.len() + far).min(COLUMNS - 1)) {
        letters[count] = c;
        count += 1;
    }
    let whole = count < typed.len() + far;
    if count + most < typed.len() {
        return None;
    }
    let mut before_last = [far; COLUMNS];
    let mut last: [usize; COLUMNS] = std::array::from_fn(|j| j);
    for (i, &c) in typed.iter().enumerate() {
        let mut row = [far; COLUMNS];
        row[0] = i + 1;
        for j in 1..=count {
            let same = usize::from(c != letters[j - 1]);
            let mut d = (last[j - 1] + same).min(last[j] + 1).min(row[j - 1] + 1);
            if i > 0 && j > 1 && c == letters[j - 2] && typed[i - 1] == letters[j - 1] {
                d = d.min(before_last[j - 2] + 1);
            }
            row[j] = d;
        }
        if row[..=count].iter().all(|d| *d > most) {
            return None;
        }
        (before_last, last) = (last, row);
    }
    if whole && last[count] <= most {
        return Some((last[count], false));
    }
    // A beginning must be as long as what was typed, or nearly so, to be one.
    let best = (typed.len() - 1..=count).map(|j| last[j]).min().filter(|d| *d <= most && typed.len() > 3)?;
    Some((best, true))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(typed: &str, words: &[&str]) -> Vec<String> {
        Vocabulary::of(words.iter().copied()).near(typed, 10).into_iter().map(|n| n.word).collect()
    }

    #[test]
    fn the_likest_word_comes_first() {
        let words = ["beatles", "beetle", "beat", "beatitude", "abba", "alba", "radiohead", "queen"];
        assert_eq!(near("beatels", &words)[0], "beatles");
        assert_eq!(near("baetles", &words)[0], "beatles");
        assert_eq!(near("radoihaed", &words), ["radiohead"]);
        assert_eq!(near("abb", &words), ["abba"]);
        assert_eq!(near("raidio", &words), ["radiohead"], "its beginning");
        assert_eq!(near("queeen", &words), ["queen"]);
        assert_eq!(near("xyzzy", &words), [""; 0]);
        assert_eq!(near("qu", &words), [""; 0], "too short to be sure of");
    }

    #[test]
    fn words_are_folded_as_in_the_tables() {
        assert_eq!(folded("ÉTÉ"), "ete");
        assert_eq!(folded("Straße"), "straße");
        let mut words = HashSet::new();
        collect("Björk – It's Oh So Quiet (1995) 2CD 東京", &mut words);
        let mut words: Vec<_> = words.into_iter().collect();
        words.sort();
        assert_eq!(words, ["2cd", "bjork", "quiet"]);
    }

    /// The textbook's distance, slowly.
    fn plainly(a: &[char], b: &[char]) -> usize {
        let mut d = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                d[i][j] = match (i, j) {
                    (0, j) => j,
                    (i, 0) => i,
                    _ => {
                        let mut best = (d[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]))
                            .min(d[i - 1][j] + 1)
                            .min(d[i][j - 1] + 1);
                        if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                            best = best.min(d[i - 2][j - 2] + 1);
                        }
                        best
                    }
                };
            }
        }
        d[a.len()][b.len()]
    }

    proptest! {
        #[test]
        fn no_near_word_is_passed_over(typed in "[abcé]{3,9}", word in "[abcé]{3,9}") {
            let (t, w): (Vec<char>, Vec<char>) = (typed.chars().collect(), word.chars().collect());
            let most = tolerance(t.len());
            let whole = plainly(&t, &w);
            let found = Vocabulary::of([word.as_str()]).near(&typed, 1).pop();
            if whole <= most {
                prop_assert_eq!(found.map(|n| (n.distance, n.beginning)), Some((whole, false)));
            } else if let Some(found) = found {
                prop_assert!(found.beginning);
                prop_assert!((0..=w.len()).any(|j| plainly(&t, &w[..j]) == found.distance));
            }
        }
    }
}
