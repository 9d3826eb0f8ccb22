//! The words of an examination: what was found, and what to do about it.

use std::fmt::Write;

use serde::Serialize;

/// How a finding is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// It works, and could be better.
    Note,
    /// It does not work, or not as long as it should.
    Fault,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The part of the machine.
    pub area: &'static str,
    /// How it is to be taken.
    pub verdict: Verdict,
    /// The finding, a sentence.
    pub what: String,
    /// What to do, where there is something to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub todo: Option<String>,
}

/// Findings on one part of the machine, as they are collected.
#[derive(Debug)]
pub struct Findings(&'static str, Vec<Finding>);

impl Findings {
    /// None yet.
    pub fn on(area: &'static str) -> Self {
        Self(area, Vec::new())
    }

    /// It is as it should be.
    pub fn good(&mut self, what: impl Into<String>) {
        self.1.push(Finding { area: self.0, verdict: Verdict::Good, what: what.into(), todo: None });
    }

    /// It works, and could be better.
    pub fn note(&mut self, what: impl Into<String>, todo: impl Into<String>) {
        self.1.push(Finding { area: self.0, verdict: Verdict::Note, what: what.into(), todo: Some(todo.into()) });
    }

    /// It does not work, or not as long as it should.
    pub fn fault(&mut self, what: impl Into<String>, todo: impl Into<String>) {
        self.1.push(Finding { area: self.0, verdict: Verdict::Fault, what: what.into(), todo: Some(todo.into()) });
    }

    /// All of them.
    pub fn done(self) -> Vec<Finding> {
        self.1
    }
}

/// The gravest verdict.
pub fn worst(findings: &[Finding]) -> Verdict {
    findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Good)
}

/// For people: a line for each, and below it what to do.
pub fn text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { area, verdict, what, todo } in findings {
        let mark = match verdict {
            Verdict::Good => "ok   ",
            Verdict::Note => "note ",
            Verdict::Fault => "FAULT",
        };
        let _ = writeln!(text, "{mark} {area:<12} {what}");
        if let Some(todo) = todo {
            let _ = writeln!(text, "      {:<12} -> {todo}", "");
        }
    }
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let _ = match (count(Verdict::Fault), count(Verdict::Note)) {
        (0, 0) => writeln!(text, "\nNothing is wrong."),
        (faults, notes) => writeln!(text, "\nFaults: {faults}. Notes: {notes}."),
    };
    text
}

/// For programs. `program`: the one that looked, and its version.
pub fn json(program: &str, version: &str, findings: &[Finding]) -> String {
    let answer = serde_json::json!({
        "program": program,
        "version": version,
        "verdict": worst(findings),
        "findings": findings,
    });
    format!("{answer:#}\n")
}
