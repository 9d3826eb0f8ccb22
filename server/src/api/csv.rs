//! Lines of CSV (RFC 4180) that are safe to open in a spreadsheet.
//!
//! A title is a stranger's text. One that begins with `=`, `+`, `-` or `@` would be calculated by a spreadsheet, and
//! can call programs there; such a text gets an apostrophe before it.

use std::fmt::{Display, Write as _};

/// A line that is being written.
#[derive(Debug, Default)]
pub struct Line {
    text: String,
    begun: bool,
}

impl Line {
    /// A field of our own: a number, an id, an instant.
    pub fn plain(&mut self, value: impl Display) {
        self.separate();
        // writing to a string cannot fail
        let _ = write!(self.text, "{value}");
    }

    /// A field that people wrote.
    pub fn text(&mut self, value: &str) {
        self.separate();
        let formula =
            value.starts_with(['=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
        let quoted = value.contains(['"', ',', '\r', '\n', ';', '\t']) || value.trim() != value;
        if quoted {
            self.text.push('"');
        }
        if formula {
            self.text.push('\'');
        }
        if quoted {
            self.text.push_str(&value.replace('"', "\"\""));
            self.text.push('"');
        } else {
            self.text.push_str(value);
        }
    }

    /// The line with its end.
    pub fn end(mut self) -> String {
        self.text.push_str("\r\n");
        self.text
    }

    fn separate(&mut self) {
        if self.begun {
            self.text.push(',');
        }
        self.begun = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_and_formulas_are_none() {
        let mut line = Line::default();
        line.plain(-5);
        for text in ["plain", "", "a,b", "say \"hi\"", "two\nlines", "=1+1", "@sum(a)", "-,", " space"] {
            line.text(text);
        }
        let expected = "-5,plain,,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",'=1+1,'@sum(a),\"'-,\",\" space\"\r\n";
        assert_eq!(line.end(), expected);
    }
}
