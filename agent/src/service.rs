//! The process among other processes: signals and systemd.

use std::{fmt::Write, path::Path, process::ExitCode};

use downbeat_host::signals;
use nix::sys::signal::Signal::SIGHUP;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    config::ConfigError,
    output::cards::{self, Playback},
};

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

/// Prints the answer of a command, or why there is none.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "it is what was asked for")]
pub fn say(answer: Result<String, String>) -> ExitCode {
    match answer {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("downbeat-agent: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the outputs of this machine, with the names to write.
#[expect(clippy::print_stdout, reason = "it is what was asked for")]
pub fn list_outputs() -> ExitCode {
    print!("{}", listing(&cards::read(Path::new("/"))));
    ExitCode::SUCCESS
}

fn listing(cards: &[Playback]) -> String {
    let likely = cards::likely(cards);
    let mut rows: Vec<(String, String)> = cards
        .iter()
        .map(|card| {
            (
                card.output(),
                format!("{}{}", card.description, if Some(card) == likely { "  <- most likely" } else { "" }),
            )
        })
        .collect();
    rows.push(("default".into(), "the system's default output".into()));
    rows.push(("virtual".into(), "no card: plays to nowhere".into()));
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut text =
        "Write one of these as `output` in /etc/downbeat/agent.toml, or say it with --output:\n\n".to_owned();
    if cards.is_empty() {
        text.push_str("  (the kernel knows no card that plays)\n");
    }
    for (name, what) in rows {
        // writing to a text cannot fail
        let _ = writeln!(text, "  {name:width$}  {what}");
    }
    text
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_listed_by_what_to_write_and_the_likely_one_is_marked() {
        let folder = tempfile::tempdir().unwrap();
        let asound = folder.path().join("proc/asound");
        std::fs::create_dir_all(&asound).unwrap();
        std::fs::write(asound.join("cards"), cards::tests::PI_CARDS).unwrap();
        std::fs::write(asound.join("pcm"), cards::tests::PI_DEVICES).unwrap();
        let text = listing(&cards::read(folder.path()));
        let marked: Vec<&str> = text.lines().filter(|line| line.contains("<- most likely")).collect();
        let [one] = marked[..] else { panic!("{text}") };
        assert!(one.trim_start().starts_with("alsa:hw:CARD=sndrpihifiberry,DEV=0  "), "{one}");
        assert_eq!(text.lines().count(), 2 + 3 + 2, "{text}");

        let text = listing(&[]);
        assert!(text.contains("no card that plays)\n  default  the system's"), "{text}");
    }
}
