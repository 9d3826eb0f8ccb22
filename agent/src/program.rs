//! The program: from the settings to the signal that ends it.
//!
//! It is part of the library, and not of `main.rs`: the body of an asynchronous function is compiled in the crate that
//! awaits it, and here it shares what the library has compiled.

use std::process::ExitCode;

use downbeat_host::{files, logging, panics};
use downbeat_identity::JoinToken;
use downbeat_media::guard;
use tokio::runtime::Runtime;

use crate::{
    agent, belonging,
    config::{Config, Invocation},
    doctor, service,
};

/// From the settings to the end of the process.
pub fn run() -> ExitCode {
    match Invocation::from_process() {
        Ok(Invocation::Run(config)) => speak(*config),
        Ok(Invocation::ListOutputs) => service::list_outputs(),
        Ok(Invocation::Doctor { config, asked }) => doctor::run(config.as_deref().map_err(String::as_str), &asked),
        Ok(Invocation::Join(config, token)) => join(*config, &token),
        Ok(Invocation::Status(data)) => service::say(belonging::status(&data)),
        Ok(Invocation::Forget(data)) => service::say(belonging::forget(&data)),
        Err(error) => service::explain(&error),
    }
}

fn join(config: Config, token: &JoinToken) -> ExitCode {
    files::keep_private();
    logging::start_logging(&config.log);
    match runtime() {
        Some(runtime) => service::say(runtime.block_on(belonging::join(config, token))),
        None => ExitCode::FAILURE,
    }
}

/// One thread: what else it does must not delay the time stamps, and all that blocks has threads of its own.
fn runtime() -> Option<Runtime> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.inspect_err(|error| tracing::error!("cannot start: {error}")).ok()
}

fn speak(config: Config) -> ExitCode {
    files::keep_private();
    logging::start_logging(&config.log);
    panics::abort_on_panic(guard::guarded, "decoder");
    if let Some(why) = &config.boot_file_fault {
        tracing::error!("starting without the boot file: {why}");
    }
    let Some(runtime) = runtime() else { return ExitCode::FAILURE };
    match runtime.block_on(agent::run(config, service::asked_to_stop())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}
