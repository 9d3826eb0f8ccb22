//! One command on its way: the coordinator that it asks, and its answer to the person.

use std::io::Write;

use serde_json::Value;

use crate::{args::Args, client::Client, error::CliError};

/// One command on its way.
pub(crate) struct Task<'a> {
    pub(crate) client: Client,
    pub(crate) args: &'a Args,
}

impl Task<'_> {
    /// The answer itself with `--json`, a sentence without.
    pub(crate) fn say(&self, out: &mut impl Write, answer: &Value, sentence: &str) -> Result<(), CliError> {
        if self.args.json { print_json(out, answer) } else { Ok(writeln!(out, "{sentence}")?) }
    }
}

pub(crate) fn print_json(out: &mut impl Write, value: &Value) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    Ok(writeln!(out, "{text}")?)
}
