//! `downbeat-agent`, the speaker.

use std::process::ExitCode;

fn main() -> ExitCode {
    downbeat_agent::program::run()
}
