//! Labels: what people write on a speaker to find it again.

use std::collections::BTreeMap;

/// The most labels of a speaker.
pub const MAX_LABELS: usize = 32;
/// The most characters of a key.
pub const MAX_KEY_CHARS: usize = 32;
/// The most characters of a value.
pub const MAX_VALUE_CHARS: usize = 64;

/// Words with a meaning of their own in a [selector](super::Selector).
const RESERVED: [&str; 6] = ["all", "id", "in", "name", "not", "zone"];

/// The labels of a speaker, in order of their keys; an empty value is a label that is only there (`outdoor`).
pub type Labels = BTreeMap<String, String>;

/// Why a label is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// Not a key.
    #[error(
        "{0:?} is no key of a label: 1 to {MAX_KEY_CHARS} of a-z, 0-9, '_', '-' and '.', beginning with a letter, and \
         none of the words of a selector (all, id, in, name, not, zone)"
    )]
    Key(String),
    /// Not a value.
    #[error("the value of {0:?} is too long, or not on one line: a value has at most {MAX_VALUE_CHARS} characters")]
    Value(String),
    /// Too many.
    #[error("a speaker has at most {MAX_LABELS} labels")]
    TooMany,
}

/// `labels` with `changes` made: `Some` sets, `None` takes away. All or none.
pub fn changed<'a>(
    labels: &Labels,
    changes: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
) -> Result<Labels, LabelError> {
    let mut new = labels.clone();
    for (key, value) in changes {
        let folded = key_of(key).ok_or_else(|| LabelError::Key(key.to_owned()))?;
        match value.map(str::trim) {
            None => new.remove(&folded),
            Some(v) if v.chars().count() > MAX_VALUE_CHARS || v.chars().any(char::is_control) => {
                return Err(LabelError::Value(folded));
            }
            Some(v) => new.insert(folded, v.to_owned()),
        };
    }
    if new.len() > MAX_LABELS { Err(LabelError::TooMany) } else { Ok(new) }
}

/// A key as it is kept (upper and lower case count alike), if it is one.
pub fn key_of(text: &str) -> Option<String> {
    let key = text.trim().to_ascii_lowercase();
    let good = key.len() <= MAX_KEY_CHARS
        && key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.'))
        && !RESERVED.contains(&key.as_str());
    good.then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(labels: &Labels) -> Vec<(&str, &str)> {
        labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
    }

    #[test]
    fn labels_are_set_taken_away_and_bounded() {
        let labels = changed(&Labels::new(), [("Site", Some(" 41 ")), ("outdoor", Some(""))]).unwrap();
        assert_eq!(pairs(&labels), [("outdoor", ""), ("site", "41")]);
        let labels = changed(&labels, [("site", Some("42")), ("outdoor", None), ("never", None)]).unwrap();
        assert_eq!(pairs(&labels), [("site", "42")]);
        for key in ["", "4th", "a b", "all", "ZONE", "a=b", "ä", &"x".repeat(33)] {
            assert_eq!(changed(&labels, [(key, Some("1"))]), Err(LabelError::Key(key.to_owned())));
        }
        for value in ["a\nb", &"ä".repeat(65)] {
            assert_eq!(changed(&labels, [("a", Some(value))]), Err(LabelError::Value("a".into())));
        }
        let many: Vec<_> = (0..33).map(|n| format!("k{n}")).collect();
        assert_eq!(changed(&labels, many.iter().map(|k| (k.as_str(), Some("")))), Err(LabelError::TooMany));
    }
}
