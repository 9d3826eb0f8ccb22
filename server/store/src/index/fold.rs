//! Words as the full-text tables keep them.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// `word` in lower case and without accents, as the full-text tables keep it.
pub(super) fn folded(word: &str) -> String {
    let lower = word.to_lowercase();
    if lower.is_ascii() {
        return lower;
    }
    let apart = DecomposingNormalizerBorrowed::new_nfd().normalize(&lower);
    apart.chars().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).collect()
}
