//! A line of the audit.

use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

/// The most bytes of one text in a line.
const MOST: usize = 1_024;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
    /// It failed.
    Failed,
}

/// An event, as it is told to the audit. No text of it is ever a secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Entry {
    /// The user, `guest`, `loopback`, `speaker`, `nobody`.
    pub who: String,
    /// From where.
    pub from: String,
    /// The way: `session`, `token NAME`, `tls`, `clear`, `loopback`, `console`.
    pub way: String,
    /// The act, as `speaker.adopt`.
    pub what: String,
    /// About what.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// The value before, in short.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub before: String,
    /// The value now, in short.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The code of the refusal, or what else is to be known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// A line, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Seconds since 1970, by the wall clock.
    pub at: i64,
    /// The wall clock was set.
    pub set: bool,
    /// How often, within a minute.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub count: u32,
    /// The event.
    #[serde(flatten)]
    pub entry: Entry,
    /// The SHA-256 of the line before, in hexadecimal.
    pub prev: String,
}

fn once() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
fn is_once(count: &u32) -> bool {
    *count == 1
}

/// A line that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It cannot be read: a power cut, or a hand.
    #[error("a line cannot be read")]
    Damaged,
    /// It does not follow the one before.
    #[error("lines are missing or were changed before this one")]
    Gap,
}

impl Entry {
    /// With each text cut to a bound.
    #[must_use]
    pub fn cut(mut self) -> Self {
        let texts = [
            &mut self.who,
            &mut self.from,
            &mut self.way,
            &mut self.what,
            &mut self.target,
            &mut self.before,
            &mut self.after,
            &mut self.detail,
        ];
        for text in texts {
            if text.len() > MOST {
                let end = (0..=MOST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
                text.truncate(end);
                text.push('…');
            }
        }
        self
    }
}

/// The hash of a line, as the next one names it.
pub(super) fn hash(line: &str) -> String {
    HEXLOWER.encode(digest(&SHA256, line.as_bytes()).as_ref())
}

/// The first line of a table.
pub fn csv_head() -> &'static str {
    "at,clock_set,count,who,from,way,what,target,before,after,outcome,detail\r\n"
}

/// A line of a table. No cell is a formula to a spreadsheet.
pub fn csv(line: &Line) -> String {
    let outcome = match line.entry.outcome {
        Outcome::Done => "done",
        Outcome::Refused => "refused",
        Outcome::Failed => "failed",
    };
    let (at, count) = (line.at.to_string(), line.count.to_string());
    let e = &line.entry;
    let set = if line.set { "yes" } else { "no" };
    let cells: [&str; 12] =
        [&at, set, &count, &e.who, &e.from, &e.way, &e.what, &e.target, &e.before, &e.after, outcome, &e.detail];
    let mut text = cells.map(cell).join(",");
    text.push_str("\r\n");
    text
}

fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    let guarded = if formula { format!("'{text}") } else { text.to_owned() };
    if guarded.contains([',', '"', '\n', '\r']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(target: &str) -> Entry {
        Entry {
            who: "ada".into(),
            from: "10.0.0.1".into(),
            way: "session".into(),
            what: "speaker.adopt".into(),
            target: target.into(),
            before: String::new(),
            after: String::new(),
            outcome: Outcome::Done,
            detail: String::new(),
        }
    }

    #[test]
    fn a_line_is_json_without_what_is_empty_and_reads_back() {
        let line = Line { at: 5, set: true, count: 1, entry: entry("Küche"), prev: "00".into() };
        let json = serde_json::to_string(&line).unwrap();
        let expected = [
            r#"{"at":5,"set":true,"who":"ada","from":"10.0.0.1","way":"session","#,
            r#""what":"speaker.adopt","target":"Küche","outcome":"done","prev":"00"}"#,
        ];
        assert_eq!(json, expected.concat());
        assert_eq!(serde_json::from_str::<Line>(&json).unwrap(), line);
    }

    #[test]
    fn no_cell_is_a_formula_and_none_breaks_the_table() {
        let of = |target: &str| csv(&Line { at: -5, set: false, count: 2, entry: entry(target), prev: String::new() });
        assert_eq!(of("a"), "-5,no,2,ada,10.0.0.1,session,speaker.adopt,a,,,done,\r\n");
        for (target, cell) in
            [("=1+1", "'=1+1"), ("@x", "'@x"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("-1", "-1")]
        {
            assert!(of(target).contains(&format!(",{cell},")), "{target}");
        }
        assert!(of("+x\n=2").contains("\"'+x\n=2\""));
        assert_eq!(csv_head().matches(',').count(), 11);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let cut = entry(&"ü".repeat(2_000)).cut();
        assert!(cut.target.len() <= MOST + 3 && cut.target.ends_with("ü…"));
        assert_eq!(entry("short").cut(), entry("short"));
    }
}
