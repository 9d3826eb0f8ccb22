//! `downbeat-agent doctor`: what is wrong with this machine as a speaker, and what to do about it.
//!
//! Facts are read first, then judged: what judges is pure, so that each trouble can be tried without having it.
//!
//! - [`facts`]: all that is looked at; `read` and `reach` get it
//! - `sound`, `machine`, `network`: the judgements
//! - `pack`: what a person sends on for help

pub mod facts;
mod machine;
mod network;
mod pack;
mod reach;
mod read;
mod sound;
#[cfg(test)]
mod tests;

use std::{path::Path, process::ExitCode};

use downbeat_host::{
    finding::{self, Finding, Findings, Verdict},
    machine::{judge_clocks, speed},
};

use crate::{
    config::{Asked, Config},
    coordinator::ServerAddress,
    trust::Trust,
};
use facts::Facts;

/// Looks at this machine and says what was found. The exit code is 1 if something is broken. `config`: why there are no
/// settings, if there are none.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "it is what was asked for")]
pub fn run(config: Result<&Config, &str>, asked: &Asked) -> ExitCode {
    let mut facts = read::facts(Path::new("/"), config);
    if let (Ok(config), Some(disk)) = (config, &mut facts.disk) {
        disk.speed = speed(&config.data);
    }
    if let Some((address, config)) = config.ok().and_then(|config| Some((address(config)?, config))) {
        facts.coordinator = Some(reach::try_it(&address));
        facts.certificate = reach::certificate(&address, &config.data);
        facts.seen = reach::seen(&address, &config.data);
    }
    let findings = examine(&facts, env!("CARGO_PKG_VERSION"));
    let json = finding::json("downbeat-agent", env!("CARGO_PKG_VERSION"), &findings);
    let text = finding::text(&findings);
    print!("{}", if asked.json { &json } else { &text });
    if let Some(file) = &asked.bundle {
        let data = config.ok().map(|config| config.data.as_path());
        match pack::bundle(file, data, &asked.files, [("doctor.txt", &text), ("doctor.json", &json)]) {
            Ok(()) => {
                eprintln!("{} is for whoever helps you: read it first, it has no secrets of ours", file.display());
            }
            Err(error) => {
                eprintln!("downbeat-agent: {} cannot be written: {error}", file.display());
                return ExitCode::FAILURE;
            }
        }
    }
    if finding::worst(&findings) == Verdict::Fault { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// The coordinator's address, as it was set, or as a join token said it.
fn address(config: &Config) -> Option<ServerAddress> {
    let told = || Trust::told_address(&config.data)?.parse().ok();
    config.server.clone().or_else(told)
}

/// All findings; `version` is this program's.
pub fn examine(facts: &Facts, version: &str) -> Vec<Finding> {
    let parts = [
        settings(facts),
        sound::card(facts),
        sound::mixer(facts),
        sound::realtime(facts),
        judge_clocks(&facts.clocks),
        network::coordinator(facts, version),
        network::certificate(facts),
        network::both_ways(facts),
        network::time(facts),
        network::wifi(facts),
        machine::disk(facts),
        machine::power(facts),
    ];
    parts.into_iter().flatten().collect()
}

fn settings(facts: &Facts) -> Vec<Finding> {
    let mut found = Findings::on("settings");
    match &facts.settings_fault {
        Some(why) => found.fault(why, "mend /etc/downbeat/agent.toml (or say --config FILE), then restart the agent"),
        None => found.good("they can be read"),
    }
    found.done()
}
