//! The grammar of targets.
//!
//! ```text
//! selector = term , term , ...          every term must hold
//! term     = all                        every speaker
//!          | key = value                the label has this value
//!          | key != value               it has another one, or is not there
//!          | key in ( value , ... )     it has one of these
//!          | key not in ( value , ... ) none of these
//!          | word                       the speaker has this label, this name or this id, or its zone this name
//!          | ! term                     what the term does not pick
//! key      = a label's key, or one of the fields name, zone, id
//! ```
//!
//! `:` may stand for `=` (`zone:bar`). Upper and lower case count alike. A value that contains one of `, ( ) = ! : "`
//! is written in quotes, with `\"` and `\\` inside (a value may hold `:` without). A zone is meant by its name or its
//! id.

use std::{
    cell::OnceCell,
    collections::BTreeMap,
    fmt::{self, Display},
};

use downbeat_protocol::{SpeakerId, ZoneId};

use super::labels::{Labels, key_of};
use crate::names::folded;

/// The longest selector, bytes.
pub const MAX_BYTES: usize = 16 * 1024;

/// A choice of speakers. Made by [`Selector::parse`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector(Vec<Term>);

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    not: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    All,
    Word(Value),
    /// The field is one of these.
    In(Field, Vec<Value>),
}

/// A text with all that it is compared as: worked out once, for it may be compared with thousands of speakers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Value {
    text: String,
    folded: String,
    /// As a label's key.
    key: Option<String>,
    speaker: Option<SpeakerId>,
    zone: Option<ZoneId>,
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        let (folded, key) = (folded(&text), key_of(&text));
        Self { folded, key, speaker: text.parse().ok(), zone: text.parse().ok(), text }
    }
}

/// A speaker with its names folded.
struct Folded<'a> {
    target: &'a Target<'a>,
    name: String,
    zone_name: String,
    /// Values, once one is asked for.
    labels: OnceCell<BTreeMap<&'a str, String>>,
}

impl<'a> Folded<'a> {
    fn of(target: &'a Target<'a>) -> Self {
        let (name, zone_name) = (folded(target.name), folded(target.zone_name));
        Self { target, name, zone_name, labels: OnceCell::new() }
    }

    fn label(&self, key: &str) -> Option<&str> {
        let fold = || self.target.labels.iter().map(|(key, value)| (key.as_str(), folded(value))).collect();
        self.labels.get_or_init(fold).get(key).map(String::as_str)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Field {
    Name,
    Zone,
    Id,
    Label(String),
}

/// The facts of a speaker that a selector looks at.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The speaker's id.
    pub id: SpeakerId,
    /// Its name.
    pub name: &'a str,
    /// The id of its zone.
    pub zone: ZoneId,
    /// The name of its zone.
    pub zone_name: &'a str,
    /// Its labels.
    pub labels: &'a Labels,
}

/// Why a selector cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}, at character {at} of the selector")]
pub struct SelectorError {
    /// The place of the fault, counted in characters from 1.
    pub at: usize,
    /// The fault, for people.
    pub detail: String,
}

impl Selector {
    /// Every speaker.
    pub fn all() -> Self {
        Self(vec![Term { not: false, test: Test::All }])
    }

    /// Reads a selector. An empty one is refused: nobody is to mean all by saying nothing.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let mut parser = Parser { text, at: 0 };
        if text.len() > MAX_BYTES {
            return Err(parser.fail(format!("it is longer than {MAX_BYTES} bytes")));
        }
        let mut terms = Vec::new();
        loop {
            terms.push(parser.term()?);
            match parser.next_char() {
                None => return Ok(Self(terms)),
                Some(',') => parser.eat(','),
                Some(c) => return Err(parser.fail(format!("{c:?} does not belong here"))),
            };
        }
    }

    /// True if this speaker is meant.
    pub fn picks(&self, target: &Target<'_>) -> bool {
        let folded = Folded::of(target);
        self.0.iter().all(|term| term.test.holds(&folded) != term.not)
    }
}

impl Test {
    fn holds(&self, target: &Folded<'_>) -> bool {
        match self {
            Self::All => true,
            Self::Word(word) => {
                let label = word.key.as_ref().is_some_and(|key| target.target.labels.get(key).is_some());
                label || [Field::Name, Field::Zone, Field::Id].iter().any(|field| field.is(word, target))
            }
            Self::In(field, values) => values.iter().any(|value| field.is(value, target)),
        }
    }
}

impl Field {
    fn named(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "name" => Some(Self::Name),
            "zone" => Some(Self::Zone),
            "id" => Some(Self::Id),
            _ => key_of(word).map(Self::Label),
        }
    }

    fn is(&self, value: &Value, target: &Folded<'_>) -> bool {
        match self {
            Self::Name => target.name == value.folded,
            Self::Zone => target.zone_name == value.folded || value.zone == Some(target.target.zone),
            Self::Id => value.speaker == Some(target.target.id),
            Self::Label(key) => target.label(key).is_some_and(|is| is == value.folded),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    /// The next byte.
    at: usize,
}

/// A word, and whether it stood in quotes.
struct Piece {
    text: String,
    quoted: bool,
    at: usize,
}

impl Parser<'_> {
    fn term(&mut self) -> Result<Term, SelectorError> {
        let mut not = false;
        while self.eat('!') {
            not = !not;
        }
        let word = self.piece(true)?;
        let next = self.next_char();
        let test = match next {
            Some('=' | ':') => {
                self.eat(next.unwrap_or_default());
                Test::In(self.field(&word)?, vec![self.piece(false)?.text.into()])
            }
            Some('!') => {
                self.eat('!');
                if !self.eat('=') {
                    return Err(self.fail("'!' stands before a term, or in '!='"));
                }
                not = !not;
                Test::In(self.field(&word)?, vec![self.piece(false)?.text.into()])
            }
            Some('(') if !word.quoted => {
                let (key, none) = list_key(&word.text)
                    .ok_or_else(|| self.fail("a list is written as: key in (value, value) or key not in (value)"))?;
                not ^= none;
                let field = self.field(&Piece { text: key.to_owned(), ..word })?;
                Test::In(field, self.list()?)
            }
            _ if !word.quoted && word.text.eq_ignore_ascii_case("all") => Test::All,
            _ => Test::Word(word.text.into()),
        };
        Ok(Term { not, test })
    }

    fn field(&self, word: &Piece) -> Result<Field, SelectorError> {
        Field::named(&word.text).ok_or_else(|| {
            let detail = format!("{:?} is no label's key, and none of the fields name, zone, id", word.text);
            Parser { text: self.text, at: word.at }.fail(detail)
        })
    }

    fn list(&mut self) -> Result<Vec<Value>, SelectorError> {
        self.eat('(');
        let mut values = vec![self.piece(false)?.text.into()];
        while self.eat(',') {
            values.push(self.piece(false)?.text.into());
        }
        if self.eat(')') { Ok(values) } else { Err(self.fail("the list is not closed: ')' is missing")) }
    }

    /// The next word or quoted text. A `:` ends a word, but not a value.
    fn piece(&mut self, word: bool) -> Result<Piece, SelectorError> {
        let quoted = self.next_char() == Some('"');
        let at = self.at;
        if quoted {
            return self.quoted().map(|text| Piece { text, quoted, at });
        }
        let ends = |c: char| matches!(c, ',' | '(' | ')' | '=' | '!' | '"') || (word && c == ':') || c.is_control();
        let rest = &self.text[at..];
        let length = rest.find(ends).unwrap_or(rest.len());
        self.at += length;
        let text = rest[..length].trim_end().to_owned();
        if text.is_empty() {
            return Err(self.fail("a word is missing (what contains one of , ( ) = ! : is written in quotes)"));
        }
        Ok(Piece { text, quoted, at })
    }

    fn quoted(&mut self) -> Result<String, SelectorError> {
        let mut text = String::new();
        let mut chars = self.text[self.at + 1..].char_indices();
        while let Some((offset, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += 1 + offset + 1;
                    return Ok(text);
                }
                '\\' => match chars.next() {
                    Some((_, c @ ('"' | '\\'))) => text.push(c),
                    _ => break,
                },
                c => text.push(c),
            }
        }
        Err(self.fail("the quotes are not closed (inside, \\\" and \\\\ stand for \" and \\)"))
    }

    /// The next character, after blanks.
    fn next_char(&mut self) -> Option<char> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        self.text[self.at..].chars().next()
    }

    fn eat(&mut self, c: char) -> bool {
        let there = self.next_char() == Some(c);
        if there {
            self.at += c.len_utf8();
        }
        there
    }

    fn fail(&self, detail: impl Into<String>) -> SelectorError {
        SelectorError { at: self.text[..self.at].chars().count() + 1, detail: detail.into() }
    }
}

/// The key of `key in` or `key not in`, and whether it was the latter.
fn list_key(text: &str) -> Option<(&str, bool)> {
    let (rest, last) = text.rsplit_once(char::is_whitespace)?;
    if !last.eq_ignore_ascii_case("in") {
        return None;
    }
    match rest.trim_end().rsplit_once(char::is_whitespace) {
        Some((key, word)) if word.eq_ignore_ascii_case("not") => Some((key.trim_end(), true)),
        _ => Some((rest.trim_end(), false)),
    }
}

/// As it is read again.
impl Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, term) in self.0.iter().enumerate() {
            f.write_str(if index > 0 { "," } else { "" })?;
            match &term.test {
                Test::All => write!(f, "{}all", if term.not { "!" } else { "" })?,
                Test::Word(Value { text: word, .. }) => {
                    let word = if word.eq_ignore_ascii_case("all") { format!("{word:?}") } else { written(word) };
                    write!(f, "{}{word}", if term.not { "!" } else { "" })?;
                }
                Test::In(field, values) => {
                    let field = match field {
                        Field::Name => "name",
                        Field::Zone => "zone",
                        Field::Id => "id",
                        Field::Label(key) => key,
                    };
                    if let [value] = values.as_slice() {
                        write!(f, "{field}{}{}", if term.not { "!=" } else { "=" }, written(&value.text))?;
                    } else {
                        let values = values.iter().map(|v| written(&v.text)).collect::<Vec<_>>().join(",");
                        write!(f, "{field}{} in ({values})", if term.not { " not" } else { "" })?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// A word as it is written: in quotes, unless it needs none.
fn written(word: &str) -> String {
    let plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if plain { word.to_owned() } else { format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Speaker {
        id: SpeakerId,
        name: &'static str,
        zone: &'static str,
        labels: Labels,
    }

    fn speaker(n: u128, name: &'static str, zone: &'static str, labels: &[(&str, &str)]) -> Speaker {
        let labels = super::super::labels::changed(&Labels::new(), labels.iter().map(|(k, v)| (*k, Some(*v)))).unwrap();
        Speaker { id: SpeakerId(uuid::Uuid::from_u128(n)), name, zone, labels }
    }

    fn fleet() -> Vec<Speaker> {
        vec![
            speaker(1, "Kitchen", "home", &[("site", "41"), ("floor", "1")]),
            speaker(2, "Bar, left", "bar", &[("site", "41"), ("floor", "2"), ("side", "left")]),
            speaker(3, "Terrace", "bar", &[("site", "41"), ("floor", "1"), ("outdoor", "")]),
            speaker(4, "Lobby", "home", &[("site", "7"), ("floor", "2")]),
        ]
    }

    fn zone_id(name: &str) -> ZoneId {
        ZoneId(uuid::Uuid::from_u128(if name == "bar" { 100 } else { 101 }))
    }

    fn target(s: &Speaker) -> Target<'_> {
        Target { id: s.id, name: s.name, zone: zone_id(s.zone), zone_name: s.zone, labels: &s.labels }
    }

    fn picked(text: &str) -> Vec<u128> {
        let selector = Selector::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        let fleet = fleet();
        fleet.iter().filter(|s| selector.picks(&target(s))).map(|s| s.id.0.as_u128()).collect()
    }

    #[test]
    fn every_kind_of_term() {
        let cases: &[(&str, &[u128])] = &[
            ("all", &[1, 2, 3, 4]),
            ("ALL , site=41", &[1, 2, 3]),
            ("!all", &[]),
            ("site = 41, floor in (1, 2), !outdoor", &[1, 2]),
            ("site!=41", &[4]),
            ("side!=left", &[1, 3, 4]),
            ("outdoor", &[3]),
            ("!outdoor", &[1, 2, 4]),
            ("floor not in (2,3)", &[1, 3]),
            ("!floor in (2)", &[1, 3]),
            ("name:kitchen", &[1]),
            ("zone:BAR", &[2, 3]),
            ("zone=bar,!outdoor", &[2]),
            ("bar", &[2, 3]),
            ("kitchen", &[1]),
            ("00000000-0000-0000-0000-000000000004", &[4]),
            ("id in (00000000-0000-0000-0000-000000000001, \"00000000-0000-0000-0000-000000000002\")", &[1, 2]),
            ("zone:00000000-0000-0000-0000-000000000064", &[2, 3]),
            (r#"name:"bar, left""#, &[2]),
            (r#""Bar, left""#, &[2]),
            (r#""all""#, &[]),
            ("floor", &[1, 2, 3, 4]),
            ("nothing", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(picked(text), *expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_shown_where_it_is_wrong() {
        let cases = [
            ("", 1),
            ("  ", 3),
            ("site=41,", 9),
            (",", 1),
            ("site=", 6),
            ("site in 41,42)", 14),
            ("site in (41", 12),
            ("site (41)", 6),
            ("!=3", 2),
            ("a b=3", 1),
            ("in=3", 1),
            ("site!41", 6),
            (r#"name:"open"#, 6),
            (r#"name:"a" b"#, 10),
            ("a=b=c", 4),
        ];
        for (text, at) in cases {
            assert_eq!(Selector::parse(text).map_err(|e| e.at), Err(at), "{text}");
        }
        assert!(Selector::parse(&"a,".repeat(MAX_BYTES)).is_err());
    }

    fn term() -> impl Strategy<Value = Term> {
        let word = prop_oneof!["[a-z]{1,4}", "[ -~äß]{1,6}".prop_map(|s| s.trim().to_owned()), Just("all".to_owned())]
            .prop_filter("a word is not empty", |w| !w.is_empty());
        let key = "[a-z][a-z0-9._-]{0,5}".prop_filter("none of the reserved words", |k| key_of(k).is_some());
        let field = prop_oneof![Just(Field::Name), Just(Field::Zone), Just(Field::Id), key.prop_map(Field::Label),];
        let test = prop_oneof![
            Just(Test::All),
            word.clone().prop_map(|word| Test::Word(word.into())),
            (field, prop::collection::vec(word.prop_map(Value::from), 1..4)).prop_map(|(f, v)| Test::In(f, v)),
        ];
        (any::<bool>(), test).prop_map(|(not, test)| Term { not, test })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(terms in prop::collection::vec(term(), 1..6)) {
            let selector = Selector(terms);
            let text = selector.to_string();
            prop_assert_eq!(Selector::parse(&text), Ok(selector), "{}", text);
        }

        #[test]
        fn no_text_is_too_odd(text in "\\PC{0,40}|[a-c,=!:() \"\\\\]{0,20}") {
            if let Ok(selector) = Selector::parse(&text) {
                prop_assert_eq!(Selector::parse(&selector.to_string()), Ok(selector));
            }
        }

        #[test]
        fn a_comma_is_and_and_a_mark_is_not(a in term(), b in term()) {
            let one = |t: &Term| Selector(vec![t.clone()]);
            let (both, no) = (Selector(vec![a.clone(), b.clone()]), Selector(vec![Term { not: !a.not, ..a.clone() }]));
            for s in &fleet() {
                let t = target(s);
                prop_assert_eq!(both.picks(&t), one(&a).picks(&t) && one(&b).picks(&t));
                prop_assert_ne!(no.picks(&t), one(&a).picks(&t));
            }
        }
    }
}
