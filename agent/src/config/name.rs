//! The names that a speaker or a zone may have.

/// The longest name of a speaker or a zone, in characters.
pub(super) const MAX_NAME: usize = 100;

pub(super) fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MAX_NAME || text.chars().any(char::is_control) {
        return Err(format!("a name of 1 to {MAX_NAME} characters is wanted, e.g. kitchen"));
    }
    Ok(text.into())
}
