//! The program: from the settings to the signal that ends it.
//!
//! It is part of the library, and not of `main.rs`: the body of an asynchronous function is compiled in the crate that
//! awaits it, and here it shares what the library has compiled.

use std::process::ExitCode;

use downbeat_host::{files, logging, panics};
use downbeat_media::guard;

use crate::{
    agent,
    config::{Config, Invocation},
    doctor, service,
};

/// From the settings to the end of the process.
pub fn run() -> ExitCode {
    match Invocation::from_process() {
        Ok(Invocation::Run(config)) => speak(*config),
        Ok(Invocation::ListOutputs) => service::list_outputs(),
        Ok(Invocation::Doctor { config, json }) => doctor::run(config.as_deref().map_err(String::as_str), json),
        Err(error) => service::explain(&error),
    }
}

fn speak(config: Config) -> ExitCode {
    files::keep_private();
    logging::start_logging(&config.log);
    panics::abort_on_panic(guard::guarded, "decoder");
    // One thread: what else it does must not delay the time stamps, and all that blocks has threads of its own.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!("cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(agent::run(config, service::asked_to_stop())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}
