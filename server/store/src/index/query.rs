//! The language in which people look for music. Anything is a valid query: a piece that is no operator is a word, and a
//! piece that holds no letter or digit is passed over.
//!
//! ```text
//! love me do             tracks that have all three words, or words that begin so, anywhere
//! "love me"              these words one after the other
//! artist:abba            in the artists; also album: albumartist: title: genre: composer: work: path:
//! year:1994              also year:1990..1999 year:..1980 year:2001.. year:1990s
//! format:flac rate:96k   what kind of file; rates also as ranges
//! added:7d               first seen in the last seven days; also h, w, m (30 days), y
//! rating:80..  stars:4.5 how good people say it is, 0 to 100 or in halves of five stars; -rating:0.. has none
//! plays:5..  played:7d   how often it was heard, and when last
//! -live -artist:abba     without
//! ```

use std::{fmt, ops::RangeInclusive};

use super::{fold::folded, keys};

/// Words of a query beyond these are passed over: no one types more, and every one costs a look-up.
const MAX_PARTS: usize = 32;
/// Characters of a query beyond these are passed over.
const MAX_CHARS: usize = 1_000;

/// A field of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The title.
    Title,
    /// The artists, also the album's.
    Artist,
    /// The album.
    Album,
    /// The album's artists.
    AlbumArtist,
    /// The genres.
    Genre,
    /// The composers.
    Composer,
    /// The names of the file and its folders.
    Path,
    /// The piece, and its movement.
    Work,
}

impl Field {
    const NAMES: [(&'static str, Self); 12] = [
        ("title", Self::Title),
        ("artist", Self::Artist),
        ("album", Self::Album),
        ("albumartist", Self::AlbumArtist),
        ("genre", Self::Genre),
        ("composer", Self::Composer),
        ("path", Self::Path),
        ("file", Self::Path),
        ("folder", Self::Path),
        ("track", Self::Title),
        ("work", Self::Work),
        ("movement", Self::Work),
    ];

    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, f)| *f == self).map_or("", |(name, _)| name)
    }
}

/// A part of a query that is text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The field in which it must be; `None`: anywhere.
    pub field: Option<Field>,
    /// Its words, one after the other; there is at least one. Letters and digits only.
    pub words: Vec<String>,
    /// True if the last word need only be the beginning of one.
    pub open: bool,
    /// The words of the library that an open last word is the beginning of, if they were looked up and are few.
    pub ends: Vec<String>,
}

/// A part of a query that is a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Figure {
    /// The year of publication.
    Year(RangeInclusive<u32>),
    /// The kind of file, as its usual ending.
    Format(String),
    /// Frames a second.
    Rate(RangeInclusive<u32>),
    /// First seen within so many seconds.
    Added(u64),
    /// The rating, of 100.
    Rating(RangeInclusive<u32>),
    /// How often it was heard.
    Plays(RangeInclusive<u32>),
    /// Heard last within so many seconds.
    Played(u64),
}

/// A condition that must, or must not, be met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<T> {
    /// The condition.
    pub what: T,
    /// True if it must not be met.
    pub not: bool,
}

/// A query, understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// All of these.
    pub texts: Vec<Part<Text>>,
    /// And all of these.
    pub figures: Vec<Part<Figure>>,
    /// True if something was typed of which nothing could be looked for: it is found nowhere.
    pub nothing: bool,
}

impl Query {
    /// Understands `typed`, whatever it is.
    pub fn parse(typed: &str) -> Self {
        let typed: String = typed.chars().take(MAX_CHARS).collect();
        let mut query = Self::default();
        let mut rest = typed.as_str();
        while let Some(piece) = Piece::take(&mut rest) {
            if query.texts.len() + query.figures.len() == MAX_PARTS {
                break;
            }
            query.add(&piece);
        }
        query.nothing = query.texts.is_empty() && query.figures.is_empty() && !typed.trim().is_empty();
        query
    }

    /// True if nothing is asked for, so that everything is meant.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.figures.is_empty() && !self.nothing
    }

    /// The texts that must be there.
    pub fn wanted(&self) -> impl Iterator<Item = &Text> {
        self.texts.iter().filter(|t| !t.not).map(|t| &t.what)
    }

    /// True if a name has a word that begins with each word of this query. Of a thing that has only a name, no more can
    /// be asked.
    pub fn matches_name(&self, name: &str) -> bool {
        let has: Vec<String> = words(name).iter().map(|w| folded(w)).collect();
        let found = |text: &Text| text.words.iter().all(|word| has.iter().any(|h| h.starts_with(&folded(word))));
        let plain = self.figures.is_empty() && self.texts.iter().all(|t| t.what.field.is_none());
        plain && !self.nothing && self.texts.iter().all(|t| found(&t.what) != t.not)
    }

    fn add(&mut self, piece: &Piece<'_>) {
        let not = piece.not;
        if let Some(figure) = piece.name.and_then(|name| figure(name, piece.value)) {
            self.figures.push(Part { what: figure, not });
            return;
        }
        let field = piece.name.and_then(field);
        // A piece that looks like an operator and is none is a word: "Re:Zero".
        let value = match (piece.name, field) {
            (Some(name), None) => format!("{name} {}", piece.value),
            _ => piece.value.to_owned(),
        };
        let words = words(&value);
        if !words.is_empty() {
            self.texts.push(Part { what: Text { field, words, open: !piece.quoted, ends: Vec::new() }, not });
        }
    }
}

/// A query as one would type it; it need not be what was typed.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for Part { what: text, not } in &self.texts {
            let minus = if *not { "-" } else { "" };
            // A piece that was typed as one word stays one.
            let (quote, words) = if text.open { ("", text.words.join("/")) } else { ("\"", text.words.join(" ")) };
            let (field, colon) = text.field.map_or(("", ""), |field| (field.name(), ":"));
            write!(f, "{between}{minus}{field}{colon}{quote}{words}{quote}")?;
            between = " ";
        }
        for Part { what: figure, not } in &self.figures {
            write!(f, "{between}{}", if *not { "-" } else { "" })?;
            match figure {
                Figure::Year(range) => write!(f, "year:{}", written(range, |year| year.to_string()))?,
                Figure::Rate(range) => write!(f, "rate:{}", written(range, written_rate))?,
                Figure::Format(format) => write!(f, "format:{format}")?,
                Figure::Added(seconds) => write!(f, "added:{}h", seconds / 3600)?,
                Figure::Rating(range) => write!(f, "rating:{}", written(range, |rating| rating.to_string()))?,
                Figure::Plays(range) => write!(f, "plays:{}", written(range, |plays| plays.to_string()))?,
                Figure::Played(seconds) => write!(f, "played:{}h", seconds / 3600)?,
            }
            between = " ";
        }
        Ok(())
    }
}

/// One part as it was typed: `-name:"value"`.
struct Piece<'a> {
    not: bool,
    name: Option<&'a str>,
    value: &'a str,
    quoted: bool,
}

impl<'a> Piece<'a> {
    /// Takes the first piece off `rest`.
    fn take(rest: &mut &'a str) -> Option<Self> {
        let mut text = rest.trim_start();
        if text.is_empty() {
            return None;
        }
        // A lone minus is a dash.
        let not = text.strip_prefix('-').filter(|after| after.starts_with(|c: char| !c.is_whitespace() && c != '-'));
        let negated = not.is_some();
        text = not.unwrap_or(text);
        let name = text.find([':', '"']).filter(|&i| i > 0 && text[i..].starts_with(':')).map(|i| &text[..i]);
        let name = name.filter(|name| name.chars().all(char::is_alphanumeric));
        if let Some(name) = name {
            text = &text[name.len() + 1..];
        }
        let quoted = text.strip_prefix('"');
        let (value, after) = match quoted {
            Some(inside) => inside.split_once('"').unwrap_or((inside, "")),
            None => text.split_at(text.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(text.len())),
        };
        *rest = after;
        Some(Self { not: negated, name, value, quoted: quoted.is_some() })
    }
}

fn field(name: &str) -> Option<Field> {
    Field::NAMES.iter().find(|(n, _)| name.eq_ignore_ascii_case(n)).map(|(_, field)| *field)
}

fn figure(name: &str, value: &str) -> Option<Figure> {
    let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
    if is("year") {
        let decade = value.strip_suffix(['s', 'S']).and_then(|d| d.parse::<u32>().ok()).filter(|d| d % 10 == 0);
        match decade {
            Some(decade) => Some(Figure::Year(decade..=decade.saturating_add(9))),
            None => range(value, |year| year.parse().ok()).map(Figure::Year),
        }
    } else if is("rate") {
        range(value, rate).map(Figure::Rate)
    } else if is("format") {
        let format = value.trim_start_matches('.').to_lowercase();
        (!format.is_empty() && format.chars().all(char::is_alphanumeric)).then_some(Figure::Format(format))
    } else if is("added") {
        span(value).map(Figure::Added)
    } else if is("rating") {
        range(value, |rating| rating.parse().ok()).map(Figure::Rating)
    } else if is("stars") {
        let halves = range(value, halves)?;
        // as many as are shown: the nearest half
        let (from, to) = (halves.start().saturating_mul(10), halves.end().saturating_mul(10));
        Some(Figure::Rating(from.saturating_sub(5)..=to.saturating_add(4)))
    } else if is("plays") {
        range(value, |plays| plays.parse().ok()).map(Figure::Plays)
    } else if is("played") {
        span(value).map(Figure::Played)
    } else {
        None
    }
}

/// `5`, `5..9`, `..9` or `5..`.
fn range(value: &str, number: impl Fn(&str) -> Option<u32>) -> Option<RangeInclusive<u32>> {
    match value.split_once("..") {
        None => number(value).map(|n| n..=n),
        Some(("", "")) => None,
        Some((from, to)) => {
            let from = if from.is_empty() { Some(0) } else { number(from) }?;
            let to = if to.is_empty() { Some(u32::MAX) } else { number(to) }?;
            Some(from.min(to)..=to.max(from))
        }
    }
}

/// A range as it is read again: one that is open at its end stays so, as not every number may stand there.
fn written(range: &RangeInclusive<u32>, number: impl Fn(u32) -> String) -> String {
    let to = if *range.end() == u32::MAX { String::new() } else { number(*range.end()) };
    format!("{}..{to}", number(*range.start()))
}

/// Small numbers would be read as kilohertz.
fn written_rate(hertz: u32) -> String {
    if (1..1_000).contains(&hertz) { format!("{}k", f64::from(hertz) / 1_000.0) } else { hertz.to_string() }
}

/// `44100`, `44.1`, `44.1k` or `44.1khz`.
fn rate(value: &str) -> Option<u32> {
    let value = value.to_lowercase();
    let kilo = ["khz", "k"].iter().find_map(|unit| value.strip_suffix(unit));
    let number: f64 = kilo.or_else(|| value.strip_suffix("hz")).unwrap_or(&value).parse().ok()?;
    let factor = if kilo.is_some() || number < 1_000.0 { 1_000.0 } else { 1.0 };
    let hertz = (number * factor).round();
    (0.0..4e9).contains(&hertz).then_some(hertz as u32)
}

/// `4` or `4.5` stars, in halves of one.
fn halves(value: &str) -> Option<u32> {
    let halves = value.parse::<f64>().ok()? * 2.0;
    ((0.0..=10.0).contains(&halves) && halves.fract() == 0.0).then_some(halves as u32)
}

/// `12h`, `7d`, `2w`, `3m` or `1y`, in seconds.
fn span(value: &str) -> Option<u64> {
    const HOUR: u64 = 3_600;
    let unit = value.chars().last()?;
    let number: u64 = value[..value.len() - unit.len_utf8()].parse().ok()?;
    let seconds = match unit.to_ascii_lowercase() {
        'h' => HOUR,
        'd' => 24 * HOUR,
        'w' => 7 * 24 * HOUR,
        'm' => 30 * 24 * HOUR,
        'y' => 365 * 24 * HOUR,
        _ => return None,
    };
    // Whole hours, also at the most.
    Some(number.checked_mul(seconds).unwrap_or(u64::MAX / HOUR * HOUR))
}

/// The words of a text, as the full-text tables split it: runs of letters and digits; ideographs each by itself.
pub(super) fn words(text: &str) -> Vec<String> {
    let spaced = keys::spaced(text);
    let mark = |c: char| ('\u{300}'..='\u{36f}').contains(&c);
    spaced
        .split(|c: char| !c.is_alphanumeric() && !mark(c))
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(typed: &str) -> Vec<(bool, Option<Field>, String, bool)> {
        let query = Query::parse(typed);
        assert!(query.figures.is_empty(), "{query:?}");
        query.texts.into_iter().map(|t| (t.not, t.what.field, t.what.words.join(" "), t.what.open)).collect()
    }

    fn figures(typed: &str) -> Vec<(bool, Figure)> {
        let query = Query::parse(typed);
        assert!(query.texts.is_empty(), "{query:?}");
        query.figures.into_iter().map(|f| (f.not, f.what)).collect()
    }

    #[test]
    fn words_phrases_and_fields() {
        let word = |text: &str| (false, None, text.to_owned(), true);
        assert_eq!(text(" love  me"), [word("love"), word("me")]);
        assert_eq!(text("AC/DC"), [word("AC DC")]);
        assert_eq!(text(r#""love me" do"#), [(false, None, "love me".into(), false), word("do")]);
        assert_eq!(
            text(r#"artist:"the who" -title:live"#),
            [(false, Some(Field::Artist), "the who".into(), false), (true, Some(Field::Title), "live".into(), true)]
        );
        assert_eq!(
            text("ARTIST:abba -x"),
            [(false, Some(Field::Artist), "abba".into(), true), (true, None, "x".into(), true)]
        );
        assert_eq!(text("re:zero"), [word("re zero")], "no operator");
        assert_eq!(text("love - me -- do"), [word("love"), word("me"), word("do")], "dashes");
        assert_eq!(text(r#"say "what"#), [word("say"), (false, None, "what".into(), false)], "no closing quote");
        assert_eq!(text(r#"a"b c"d"#), [word("a"), (false, None, "b c".into(), false), word("d")]);
        assert_eq!(text("東京"), [word("東 京")]);
        assert_eq!(text("artist:"), []);
        assert_eq!(text("year:soon"), [word("year soon")]);
    }

    #[test]
    fn figures_are_ranges_kinds_and_spans() {
        let yes = |figure| vec![(false, figure)];
        assert_eq!(figures("year:1994"), yes(Figure::Year(1994..=1994)));
        assert_eq!(figures("year:1990..1999"), yes(Figure::Year(1990..=1999)));
        assert_eq!(figures("year:1999..1990"), yes(Figure::Year(1990..=1999)));
        assert_eq!(figures("year:..1980"), yes(Figure::Year(0..=1980)));
        assert_eq!(figures("Year:2001.."), yes(Figure::Year(2001..=u32::MAX)));
        assert_eq!(figures("year:1990s"), yes(Figure::Year(1990..=1999)));
        assert_eq!(figures("-format:FLAC"), [(true, Figure::Format("flac".into()))]);
        assert_eq!(figures("rate:44100"), figures("rate:44.1k"));
        assert_eq!(figures("rate:48.."), yes(Figure::Rate(48_000..=u32::MAX)));
        assert_eq!(figures("added:7d"), yes(Figure::Added(7 * 86_400)));
        assert_eq!(figures("added:2w added:1H").len(), 2);
        assert_eq!(figures("rating:80.."), yes(Figure::Rating(80..=u32::MAX)));
        assert_eq!(figures("-rating:0..100"), [(true, Figure::Rating(0..=100))]);
        assert_eq!(figures("stars:4.5"), yes(Figure::Rating(85..=94)));
        assert_eq!(figures("stars:0"), yes(Figure::Rating(0..=4)));
        assert_eq!(figures("Stars:4..5"), yes(Figure::Rating(75..=104)));
        assert_eq!(figures("stars:3.."), yes(Figure::Rating(55..=u32::MAX)));
        assert_eq!(
            figures("plays:0 played:1y"),
            [(false, Figure::Plays(0..=0)), (false, Figure::Played(365 * 86_400))]
        );
        for no in ["stars:4.3", "stars:-1", "stars:6", "stars:NaN", "rating:good", "plays:-1", "played:soon"] {
            assert_eq!(Query::parse(no).figures, [], "{no}");
        }
    }

    #[test]
    fn nothing_is_everything_and_only_signs_are_nothing() {
        assert!(Query::parse("  ").is_empty() && !Query::parse("  ").nothing);
        assert!(Query::parse("!!! ???").nothing && !Query::parse("!!!").is_empty());
    }

    #[test]
    fn figures_at_the_edges_read_back_as_the_same() {
        for typed in [
            "rate:48..",
            "rate:..48",
            "rate:0.5k",
            "rate:0.3..0.7k",
            "rate:3999999999.7",
            "year:2001..",
            "added:999999999999999999y",
            "played:999999999999999999y",
            "stars:0.5..",
            "rating:..20",
            "plays:3..",
        ] {
            let query = Query::parse(typed);
            assert_eq!(query.figures.len(), usize::from(typed != "rate:3999999999.7"), "{typed}");
            assert_eq!(Query::parse(&query.to_string()), query, "{typed} is written {query}");
        }
    }

    proptest! {
        #[test]
        fn anything_typed_is_a_query_of_words(typed in "\\PC{0,60}|[a-z:\"\\- .0-9*^(){}]{0,60}") {
            let query = Query::parse(&typed);
            for part in &query.texts {
                prop_assert!(!part.what.words.is_empty());
                for word in &part.what.words {
                    prop_assert!(!word.contains(|c: char| c == '"' || c.is_whitespace() || c == '*'), "{word}");
                }
            }
            prop_assert_eq!(query.is_empty(), typed.trim().is_empty());
        }

        #[test]
        fn a_query_typed_as_it_reads_is_the_same(
            typed in concat!(
                r#"(-?(artist:|title:|)("[a-z]{1,4} [a-z]{1,4}"|[a-z]{1,6})|"#,
                r"-?year:(19[0-9]{2}|20[0-2][0-9]\.\.|1990s)|rate:44.1|format:[a-z]{3}|added:[1-9]d| ){0,6}"
            )
        ) {
            let query = Query::parse(&typed);
            prop_assert_eq!(Query::parse(&query.to_string()), query);
        }
    }
}
