//! The program: from the settings to the signal that ends it.
//!
//! It is part of the library, and not of `main.rs`: the body of an asynchronous function is compiled in the crate that
//! awaits it, so the program would have the whole coordinator compiled a second time.

use std::process::ExitCode;

use downbeat_host::{files, logging};

use crate::{app, config::Config, service};

/// From the settings to the end of the process.
pub fn run() -> ExitCode {
    let config = match Config::load(std::env::args_os(), |name| std::env::var_os(name)) {
        Ok(config) => config,
        Err(error) => return service::explain(&error),
    };
    files::keep_private();
    logging::start_logging_and_keep(&config.log);
    service::abort_on_panic();
    service::keep_memory_small();
    service::raise_file_limit();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return service::fail(&error),
    };
    runtime.block_on(async {
        let mut signals = match service::Signals::new() {
            Ok(signals) => signals,
            Err(error) => return service::fail(&error),
        };
        let mut config = config;
        let mut told = false;
        loop {
            let running = match app::start(config.clone()).await {
                Ok(running) => running,
                Err(error) => return service::fail(&error),
            };
            if !std::mem::replace(&mut told, true) {
                service::ready();
                service::first_steps(&running);
            }
            tokio::select! {
                why = signals.wait() => {
                    tracing::info!(signal = why, "stopping");
                    service::stopping();
                    running.shutdown().await;
                    return ExitCode::SUCCESS;
                }
                () = running.start_anew() => {
                    // speakers come back to where they were, also if any free port was asked for
                    config.listen = running.addr.to_string();
                    running.shutdown().await;
                }
            }
        }
    })
}
