//! Secrets that a log must not hold: those of the programs by their form, those of the tests by their text.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The password that tests give away.
pub const PASSWORD: &str = "correct horse battery";
/// The beginnings of secrets, and how many characters of a secret follow at least.
const FORMS: [(&str, usize); 7] = [
    // an API token, and the admin's
    ("dbt_", 16),
    ("dbj1.", 16),
    ("PRIVATE KEY", 0),
    ("__Host-downbeat=", 1),
    ("/setup#", 1),
    ("$argon2", 0),
    (PASSWORD, 0),
];

/// The secrets in a text: their beginnings.
pub fn in_text(text: &str) -> Vec<&'static str> {
    let is_secret = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let holds = |(form, length): &(&str, usize)| {
        let follows = |at: usize| text[at + form.len()..].chars().take_while(|c| is_secret(*c)).count();
        text.match_indices(form).any(|(at, _)| follows(at) >= *length)
    };
    FORMS.iter().filter(|form| holds(form)).map(|(form, _)| *form).collect()
}

/// The logs below a folder that hold secrets, with the beginnings of these.
pub fn in_logs(folder: &Path) -> Vec<(PathBuf, Vec<&'static str>)> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
    let logs = files.filter(|path| path.extension().is_some_and(|ending| ending == "log"));
    let held = logs.map(|path| {
        let text = fs::read(&path).unwrap_or_default();
        let found = in_text(&String::from_utf8_lossy(&text));
        (path, found)
    });
    held.filter(|(_, found)| !found.is_empty()).collect()
}
