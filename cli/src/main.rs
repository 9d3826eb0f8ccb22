//! `downbeat`, the command-line client. See the library for what it does; here is only the way in and out.

use std::{io::Write, process::ExitCode};

use clap::Parser;
use downbeat_cli::{args::Args, commands};

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("no asynchronous runtime: {error}"), 1),
    };
    match runtime.block_on(commands::run(&args, &mut std::io::stdout())) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of a pipe that has read enough (`downbeat tracks | head`) is no failure.
        Err(error) if error.is_closed_pipe() => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string(), error.exit_code()),
    }
}

fn fail(message: &str, code: u8) -> ExitCode {
    // Nothing can be done if standard error is closed, too.
    let _ = writeln!(std::io::stderr(), "downbeat: {message}");
    ExitCode::from(code)
}
