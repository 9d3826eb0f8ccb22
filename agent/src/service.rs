//! The process among other processes: signals, systemd, the log, and what happens on a panic.

use std::{io::IsTerminal as _, process::ExitCode};

use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::{config::ConfigError, media::guard, output};

/// Logs to standard error; to a terminal in colour, to the journal plain.
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

/// The decoders say how they found out how long each file is and what they skipped, a line or more for every file of a
/// library, without its name; what is wrong with a file is said elsewhere. So they are not asked, unless the
/// filter says something of them.
fn quiet(filter: &str) -> String {
    if filter.contains("symphonia") { filter.to_owned() } else { format!("{filter},symphonia=off") }
}

/// A half-dead speaker is worse than one that systemd restarts. Only code that reads foreign files may panic: it is
/// caught.
pub fn abort_on_panic() {
    let say = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if guard::guarded() {
            tracing::warn!(%panic, "a file made a decoder panic");
            return;
        }
        say(panic);
        std::process::abort();
    }));
}

/// Says what is wrong with the settings; for `--help` and `--version`, what was asked for.
#[expect(clippy::print_stderr, reason = "there is no log yet")]
pub fn explain(error: &ConfigError) -> ExitCode {
    match error {
        ConfigError::CommandLine(error) => {
            let _ = error.print();
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
        }
        other => {
            eprintln!("downbeat-agent: {other}");
            ExitCode::from(2)
        }
    }
}

/// Prints every output of this machine, with the name to ask for.
#[expect(clippy::print_stdout, reason = "it is what was asked for")]
pub fn list_outputs() -> ExitCode {
    println!(
        "default\n    the system's default output\nalsa:NAME\n    a card by its ALSA name, driven directly (best for a Raspberry Pi)"
    );
    for (name, description) in output::cpal::list() {
        println!("{name}\n    {description}");
    }
    println!("virtual[:ppm=..,jitter_us=..,wav=FILE,rate=48000]\n    no card: plays to nowhere, or to a file");
    ExitCode::SUCCESS
}

/// Completes at SIGTERM or SIGINT.
pub async fn asked_to_stop() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals cannot be listened to; only SIGKILL will end this process");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
}

/// Tells systemd that the agent runs.
pub fn ready() {
    if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Ready]) {
        tracing::debug!(%error, "systemd was not told");
    }
}
