//! `downbeat-server`, the coordinator.

use std::process::ExitCode;

fn main() -> ExitCode {
    downbeat_server::program::run()
}
