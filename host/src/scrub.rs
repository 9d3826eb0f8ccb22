//! Secrets are taken out of texts that a person is to send on: logs, settings, answers.
//!
//! A text is scrubbed of what is known to be secret, word for word, and of all that has the form of a secret of ours:
//! tokens, links with a secret behind `#`, credentials in addresses and headers, private keys.

/// Stands in the place of a secret.
pub const LEFT_OUT: &str = "(left out)";
/// A known secret that is shorter is no secret, and would take out half of a text.
const SHORTEST: usize = 6;
/// What a token of ours begins with.
const TOKENS: [&str; 3] = ["dbj1.", "dbt_", "AGE-SECRET-KEY-"];
/// Names after which, behind `=` or `:`, the rest of a value is secret.
const NAMED: [&str; 8] = ["authorization", "bearer", "cookie", "passphrase", "passwd", "password", "psk", "secret"];
const KEY_BEGIN: &str = "-----BEGIN ";
const KEY_END: &str = "-----END ";

/// `text` without the `known` secrets and without what looks like one.
pub fn scrub(text: &str, known: &[String]) -> String {
    let mut text = text.to_owned();
    for secret in known.iter().map(|secret| secret.trim()).filter(|secret| secret.len() >= SHORTEST) {
        text = text.replace(secret, LEFT_OUT);
    }
    let mut out = String::with_capacity(text.len());
    let mut in_key = false;
    for line in text.split_inclusive('\n') {
        if line.contains(KEY_BEGIN) && line.contains("PRIVATE KEY") {
            in_key = true;
            out.push_str(LEFT_OUT);
            out.push('\n');
        }
        if !in_key {
            out.push_str(&scrub_line(line));
        }
        // a key on one line is escaped: the line was left out, and the next one counts again
        if in_key && line.contains(KEY_END) {
            in_key = false;
        }
    }
    out
}

fn scrub_line(line: &str) -> String {
    let mut line = line.to_owned();
    for token in TOKENS {
        line = without_tokens(&line, token);
    }
    without_named(&without_fragments(&without_credentials(&line)))
}

/// What can be a part of a token.
fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':' | '[' | ']')
}

fn without_tokens(line: &str, begin: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(begin) {
        out.push_str(&rest[..at]);
        out.push_str(LEFT_OUT);
        rest = rest[at..].trim_start_matches(is_of_token);
    }
    out + rest
}

/// `scheme://user:password@host` without its user and password.
fn without_credentials(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (before, behind) = rest.split_at(at + 3);
        out.push_str(before);
        let end = behind
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '?' | '#'))
            .unwrap_or(behind.len());
        rest = match behind[..end].rfind('@') {
            Some(sign) => {
                out.push_str(LEFT_OUT);
                &behind[sign..]
            }
            None => behind,
        };
    }
    out + rest
}

/// An address without what stands behind its `#`: there links carry secrets.
fn without_fragments(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (before, behind) = rest.split_at(at + 3);
        out.push_str(before);
        let end = behind.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).unwrap_or(behind.len());
        match behind[..end].find('#') {
            Some(sign) => {
                out.push_str(&behind[..=sign]);
                out.push_str(LEFT_OUT);
            }
            None => out.push_str(&behind[..end]),
        }
        rest = &behind[end..];
    }
    out + rest
}

/// `name = value` and `name: value` without the value, to the end of the line, where the name is that of a secret.
fn without_named(line: &str) -> String {
    let lower = line.to_ascii_lowercase();
    let first = NAMED.iter().flat_map(|name| lower.match_indices(name).map(move |(at, _)| at + name.len()));
    let value = |behind: usize| {
        let rest = &line[behind..];
        // what closes the name, then what says that a value follows
        let named = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '"' | '\''));
        let value = named.trim_start().strip_prefix(['=', ':'])?;
        (!value.trim().is_empty()).then(|| line.len() - value.len())
    };
    // "Bearer xyz" has nothing between
    let bearer = lower.find("bearer ").map(|at| at + "bearer ".len()).filter(|at| !line[*at..].trim().is_empty());
    match first.filter_map(value).chain(bearer).min() {
        Some(at) => format!("{} {LEFT_OUT}{}", line[..at].trim_end(), if line.ends_with('\n') { "\n" } else { "" }),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_the_form_of_a_secret_is_left_out_and_the_rest_stays() {
        for (text, left) in [
            ("token = \"dbj1.AB.CD.EF.music.local:3000\" # x", "token = \"(left out)\" # x"),
            ("took dbt_ABCDEF0123 and dbt_9.", "took (left out) and (left out)"),
            (
                "server = \"https://jo:hunter2@music.local:3000/x\"",
                "server = \"https://(left out)@music.local:3000/x\"",
            ),
            ("https://music.local/setup#ABCD said", "https://music.local/setup#(left out) said"),
            ("Authorization: Bearer abc.def", "Authorization: (left out)"),
            ("sent Bearer abc.def", "sent Bearer (left out)"),
            ("\"password\": \"hunter2\"", "\"password\": (left out)"),
            ("DOWNBEAT_SECRET_KEY=abc", "DOWNBEAT_SECRET_KEY= (left out)"),
            ("the password was changed", "the password was changed"),
            ("see https://music.local:3000/trust", "see https://music.local:3000/trust"),
            ("music = [\"/srv/music\"]", "music = [\"/srv/music\"]"),
        ] {
            assert_eq!(scrub(text, &[]), left, "{text}");
        }
    }

    #[test]
    fn a_private_key_and_known_secrets_are_left_out() {
        let key = "a\n-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\nb\n";
        assert_eq!(scrub(key, &[]), "a\n(left out)\nb\n");
        let public = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        assert_eq!(scrub(public, &[]), public);
        assert_eq!(scrub("it is K7QX-3M9D now", &["K7QX-3M9D\n".into(), "is".into()]), "it is (left out) now");
    }
}
