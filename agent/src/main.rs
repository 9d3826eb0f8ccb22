//! `downbeat-agent`, the speaker.

use std::process::ExitCode;

use downbeat_agent::{
    agent,
    config::{Config, Invocation},
    service,
};
use downbeat_host::{files, logging, panics};
use downbeat_media::guard;

fn main() -> ExitCode {
    match Invocation::from_process() {
        Ok(Invocation::Run(config)) => run(*config),
        Ok(Invocation::ListOutputs) => service::list_outputs(),
        Err(error) => service::explain(&error),
    }
}

fn run(config: Config) -> ExitCode {
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
