//! The log of a process: to standard error, in colour on a terminal, plain to the journal.

use std::io::IsTerminal as _;

use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// Logs what `filter` lets through from now on. A filter that is not understood is said, and `info` is used.
///
/// The filter is a list of levels and of `crate::module=level`. One that looks into spans and their fields would bring
/// a machine for regular expressions into every program.
pub fn start_logging(filter: &str) {
    let parsed = quiet(filter).parse::<Targets>();
    let wrong = parsed.as_ref().err().map(ToString::to_string);
    let to_stderr = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // said on standard error, a log file on a full disk would be a panic
        .log_internal_errors(false);
    let let_through = parsed.unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO));
    tracing_subscriber::registry().with(let_through).with(to_stderr).init();
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
    use tracing_subscriber::filter::{LevelFilter, Targets};

    use super::quiet;

    #[test]
    fn a_filter_is_levels_and_levels_of_targets() {
        let let_through = |filter: &str| {
            let targets = quiet(filter).parse::<Targets>().unwrap();
            let level = |target| {
                let levels = [LevelFilter::TRACE, LevelFilter::DEBUG, LevelFilter::INFO, LevelFilter::WARN];
                levels.into_iter().find(|l| l.into_level().is_some_and(|level| targets.would_enable(target, &level)))
            };
            ["downbeat_agent::media", "hyper", "symphonia_core"].map(level)
        };
        let (trace, debug) = (Some(LevelFilter::TRACE), Some(LevelFilter::DEBUG));
        let (info, warn) = (Some(LevelFilter::INFO), Some(LevelFilter::WARN));
        assert_eq!(let_through("info"), [info, info, None]);
        assert_eq!(let_through("WARN"), [warn, warn, None]);
        assert_eq!(let_through("downbeat_agent=debug"), [debug, None, None]);
        assert_eq!(let_through("warn,downbeat_agent=debug"), [debug, warn, None]);
        assert_eq!(let_through("info,downbeat_agent::media=trace,hyper=off"), [trace, None, None]);
        assert_eq!(let_through("downbeat_agent"), [trace, None, None]);
        assert_eq!(let_through("info,symphonia=debug"), [info, info, debug]);
        for wrong in ["info,downbeat_agent=loud", "[span{field=1}]=debug"] {
            assert!(quiet(wrong).parse::<Targets>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn decoders_are_silent_unless_the_filter_names_them() {
        assert_eq!(quiet("info"), "info,symphonia=off");
        assert_eq!(quiet("info,symphonia_core=debug"), "info,symphonia_core=debug");
    }
}
