//! The process among other processes: signals and systemd.

use std::process::ExitCode;

use downbeat_host::signals;
use nix::sys::signal::Signal::SIGHUP;
use tokio::signal::unix::{SignalKind, signal};

use crate::{config::ConfigError, output};

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
        "default\n    the system's default output\n\
         alsa:NAME\n    a card by its ALSA name, driven directly (best for a Raspberry Pi)"
    );
    for (name, description) in output::cpal::list() {
        println!("{name}\n    {description}");
    }
    println!("virtual[:ppm=..,jitter_us=..,wav=FILE,rate=48000]\n    no card: plays to nowhere, or to a file");
    ExitCode::SUCCESS
}

/// Completes at SIGTERM, SIGINT or SIGHUP (unless `nohup` has it ignored).
pub async fn asked_to_stop() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals cannot be listened to; only SIGKILL will end this process");
        return std::future::pending().await;
    };
    let mut hang_up = if signals::is_ignored(SIGHUP) { None } else { signal(SignalKind::hangup()).ok() };
    let terminal_gone = async {
        match &mut hang_up {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = terminal_gone => {}
    }
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
}

/// Tells systemd that the agent runs.
pub fn ready() {
    if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Ready]) {
        tracing::debug!(%error, "systemd was not told");
    }
}
