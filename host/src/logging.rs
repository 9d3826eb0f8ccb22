//! The log of a process: to standard error, in colour on a terminal, plain to the journal.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Logs what `filter` lets through from now on. A filter that is not understood is said, and `info` is used.
pub fn start_logging(filter: &str) {
    let parsed = EnvFilter::try_new(quiet(filter));
    let wrong = parsed.as_ref().err().map(ToString::to_string);
    tracing_subscriber::fmt()
        .with_env_filter(parsed.unwrap_or_else(|_| EnvFilter::new("info")))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // said on standard error, a log file on a full disk would be a panic
        .log_internal_errors(false)
        .init();
    if let Some(wrong) = wrong {
        tracing::warn!(filter, wrong, "the log filter is not understood; logging at level info");
    }
}

/// The decoders log a line or more for every file of a library, without its name: how its length was found, what was
/// skipped. What is wrong with a file is said elsewhere, with its name. So the decoders are silenced, unless the filter
/// names them.
fn quiet(filter: &str) -> String {
    if filter.contains("symphonia") { filter.to_owned() } else { format!("{filter},symphonia=off") }
}

#[cfg(test)]
mod tests {
    use super::quiet;

    #[test]
    fn decoders_are_silent_unless_the_filter_names_them() {
        assert_eq!(quiet("info"), "info,symphonia=off");
        assert_eq!(quiet("info,symphonia_core=debug"), "info,symphonia_core=debug");
    }
}
