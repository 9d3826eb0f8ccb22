//! `downbeat-server`, the coordinator.

use std::process::ExitCode;

use downbeat_server::{app, config::Config, service};

fn main() -> ExitCode {
    let config = match Config::load(std::env::args_os(), |name| std::env::var_os(name)) {
        Ok(config) => config,
        Err(error) => return service::explain(&error),
    };
    service::start_logging(&config.log);
    service::abort_on_panic();
    service::raise_file_limit();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return service::fail(&error),
    };
    runtime.block_on(async {
        let signal = match service::Signals::new() {
            Ok(signals) => signals,
            Err(error) => return service::fail(&error),
        };
        match app::start(config).await {
            Ok(running) => {
                service::ready();
                let why = signal.wait().await;
                tracing::info!(signal = why, "stopping");
                service::stopping();
                running.shutdown().await;
                ExitCode::SUCCESS
            }
            Err(error) => service::fail(&error),
        }
    })
}
