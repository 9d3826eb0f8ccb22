//! The log of a process: to standard error, in colour on a terminal, plain to the journal.

use std::{
    collections::VecDeque,
    io::{self, IsTerminal as _, Write},
    sync::{Mutex, PoisonError},
};

use tracing_subscriber::{
    Layer, Registry,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// Logs what `filter` lets through from now on. A filter that is not understood is said, and `info` is used.
///
/// The filter is a list of levels and of `crate::module=level`. One that looks into spans and their fields would bring
/// a machine for regular expressions into every program.
pub fn start_logging(filter: &str) {
    start(filter, None);
}

/// The same, and [`last_lines`] has the last lines from now on.
pub fn start_logging_and_keep(filter: &str) {
    let kept = tracing_subscriber::fmt::layer().with_writer(|| Kept).with_ansi(false).log_internal_errors(false);
    start(filter, Some(kept.boxed()));
}

/// The layer that keeps lines, if there is one.
type KeptLayer = Box<dyn Layer<Registry> + Send + Sync>;

fn start(filter: &str, kept: Option<KeptLayer>) {
    let parsed = quiet(filter).parse::<Targets>();
    let wrong = parsed.as_ref().err().map(ToString::to_string);
    let to_stderr = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // said on standard error, a log file on a full disk would be a panic
        .log_internal_errors(false);
    let let_through = parsed.unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO));
    let layers: Vec<KeptLayer> = kept.into_iter().chain([to_stderr.boxed()]).collect();
    tracing_subscriber::registry().with(layers.with_filter(let_through)).init();
    if let Some(wrong) = wrong {
        tracing::warn!(filter, wrong, "the log filter is not understood; logging at level info");
    }
}

/// The last lines of the log that are kept, and the most bytes of each.
const LINES: usize = 2_000;
const LONGEST: usize = 1_024;

static LAST: Mutex<VecDeque<Box<str>>> = Mutex::new(VecDeque::new());

/// The last lines of this process's log, oldest first; none, unless it was started to keep them.
pub fn last_lines() -> String {
    let lines = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    lines.iter().map(AsRef::as_ref).collect()
}

/// Keeps what is written, a line at a time.
struct Kept;

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut line: String = String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST)]).into_owned();
        if !line.ends_with('\n') {
            line.push('\n');
        }
        let mut lines = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line.into());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
    use super::*;

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
    fn the_last_lines_are_kept_and_no_more() {
        for n in 0..LINES + 3 {
            Kept.write_all(format!("line {n}\n").as_bytes()).unwrap();
        }
        Kept.write_all(&[b'x'; 5_000]).unwrap();
        let lines = last_lines();
        assert_eq!(lines.lines().count(), LINES);
        assert_eq!(lines.lines().next(), Some("line 4"));
        assert_eq!(lines.lines().last().map(str::len), Some(LONGEST));
    }

    #[test]
    fn decoders_are_silent_unless_the_filter_names_them() {
        assert_eq!(quiet("info"), "info,symphonia=off");
        assert_eq!(quiet("info,symphonia_core=debug"), "info,symphonia_core=debug");
    }
}
