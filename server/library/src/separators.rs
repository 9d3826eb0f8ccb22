//! How several names that were written as one text are told apart.

use std::sync::Arc;

/// Signs that stand between several names in one text. A sign of letters, and `/`, `&`, `+`, `x`, counts only with
/// blanks around it: "AC/DC" is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Separators {
    /// Of artists, album artists and composers.
    artists: Arc<[String]>,
    /// Of genres.
    genres: Arc<[String]>,
}

impl Default for Separators {
    /// Names stay as they are written: tags can say several, and a name may hold any sign. Genres are words of a
    /// list, and most programs that write several into one text put `;` between them.
    fn default() -> Self {
        Self { artists: Arc::new([]), genres: Arc::new([";".to_owned()]) }
    }
}

/// The texts whose separators are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Artists,
    Genres,
}

impl Separators {
    /// With these signs; `None`: the usual ones; `none` as the only one: none. The error names what cannot be one.
    pub fn new(artists: Option<&[String]>, genres: Option<&[String]>) -> Result<Self, String> {
        let usual = Self::default();
        let read = |signs: Option<&[String]>, usual: &Arc<[String]>| -> Result<Arc<[String]>, String> {
            let Some(signs) = signs else { return Ok(Arc::clone(usual)) };
            let signs: Vec<String> = signs.iter().map(|sign| sign.trim().to_lowercase()).collect();
            if signs == ["none"] {
                return Ok(Arc::new([]));
            }
            let wrong =
                |sign: &&String| sign.is_empty() || sign.chars().count() > 16 || sign.contains(char::is_control);
            match signs.iter().find(wrong) {
                Some(sign) => Err(format!("{sign:?} is no separator: say a sign such as \";\", or \"none\"")),
                None => Ok(signs.into()),
            }
        };
        Ok(Self { artists: read(artists, &usual.artists)?, genres: read(genres, &usual.genres)? })
    }

    /// None but those of the tags themselves.
    pub(crate) fn none() -> Self {
        Self { artists: Arc::new([]), genres: Arc::new([]) }
    }

    /// A number that differs where the signs do; 0 for the usual ones.
    pub(crate) fn mark(&self) -> u32 {
        if *self == Self::default() {
            return 0;
        }
        let said = format!("{:?} {:?}", self.artists, self.genres);
        let hash = blake3::hash(said.as_bytes());
        let [a, b, ..] = *hash.as_bytes();
        u32::from(u16::from_le_bytes([a, b])) + 1
    }

    /// The parts of a text. Zeros always part it: tags put them between several values.
    pub(crate) fn split<'t>(&self, of: Of, text: &'t str) -> Vec<&'t str> {
        let signs = match of {
            Of::Artists => &self.artists,
            Of::Genres => &self.genres,
        };
        let mut parts: Vec<&str> = text.split('\0').collect();
        for sign in signs.iter() {
            parts = parts.into_iter().flat_map(|part| split_at(part, sign)).collect();
        }
        parts
    }
}

/// The parts of `text` between which `sign` stands.
fn split_at<'t>(text: &'t str, sign: &str) -> Vec<&'t str> {
    let needs_blanks = sign.chars().any(|c| c.is_alphanumeric() || "/&+.".contains(c));
    let (mut parts, mut from, mut at) = (Vec::new(), 0, 0);
    while let Some(rest) = text.get(at..) {
        let Some(first) = rest.chars().next() else { break };
        let end = at + sign.len();
        let is_sign = text.get(at..end).is_some_and(|there| there.to_lowercase() == sign);
        let blank = |c: Option<char>| c.is_some_and(char::is_whitespace);
        let apart = !needs_blanks
            || blank(text[..at].chars().next_back()) && blank(text.get(end..).and_then(|rest| rest.chars().next()));
        if is_sign && apart {
            parts.push(&text[from..at]);
            (from, at) = (end, end);
        } else {
            at += first.len_utf8();
        }
    }
    parts.push(&text[from..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn names_stay_as_they_are_written_unless_a_setting_says_otherwise() {
        let usual = Separators::default();
        assert_eq!(usual.split(Of::Artists, "hey; ho"), ["hey; ho"]);
        assert_eq!(usual.split(Of::Artists, "Tyler\0The Creator"), ["Tyler", "The Creator"]);
        assert_eq!(usual.split(Of::Genres, "Rock; Pop"), ["Rock", " Pop"]);
        assert_eq!(usual.split(Of::Genres, "Pop/Rock"), ["Pop/Rock"]);
        let set = Separators::new(Some(&texts(&[";", "/", "feat."])), Some(&texts(&["none"]))).unwrap();
        assert_eq!(set.split(Of::Artists, "a;b / AC/DC feat. C"), ["a", "b ", " AC/DC ", " C"]);
        assert_eq!(set.split(Of::Artists, "Defeat.x FEAT. İ"), ["Defeat.x ", " İ"]);
        assert_eq!(set.split(Of::Genres, "a;b"), ["a;b"]);
        assert_eq!(Separators::new(None, None).unwrap(), usual);
        assert!(Separators::new(Some(&texts(&[""])), None).unwrap_err().contains("no separator"));
        assert_eq!((usual.mark(), set.mark() == 0, set.mark() == Separators::none().mark()), (0, false, false));
    }
}
