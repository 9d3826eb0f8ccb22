//! `downbeat-load`: a crowd of speakers against a coordinator.

use std::{
    io::Write as _,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use downbeat_load::{
    coordinator::{Coordinator, Launch},
    half_open::Pressed,
    raise_file_limit,
    report::{self, Report},
    run::{self, Plan},
};

/// Puts a coordinator under the load of many speakers and measures how it carries them.
#[derive(Debug, Parser)]
#[command(name = "downbeat-load", version)]
struct Args {
    /// How many speakers.
    #[arg(long, default_value_t = 1_000)]
    speakers: usize,
    /// The address at which the coordinator listens, or is to listen.
    #[arg(long, default_value = "127.0.0.1:3999")]
    server: SocketAddr,
    /// The coordinator's process, for its memory.
    #[arg(long)]
    server_pid: Option<u32>,
    /// Starts this `downbeat-server`, and ends it; needed to see how the crowd comes back after its death.
    #[arg(long, requires = "music", requires = "data")]
    start: Option<PathBuf>,
    /// The music of the one that is started.
    #[arg(long)]
    music: Option<PathBuf>,
    /// The data folder of the one that is started.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Holds so many half-open handshakes of TLS for as long as `--hold` says; one that is ended is begun anew.
    #[arg(long, value_name = "COUNT", conflicts_with = "speakers")]
    half_open: Option<usize>,
    /// The own address that they come from.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", requires = "half_open")]
    from: IpAddr,
    /// The speakers speak TLS, each with a key of its own; a coordinator that runs already must adopt them
    /// (`--adopt-all-for`).
    #[arg(long)]
    tls: bool,
    /// How many speakers are switched on each second.
    #[arg(long, default_value_t = 1_000.0)]
    ramp: f64,
    /// How long the time exchange is watched, seconds.
    #[arg(long, default_value_t = 20.0)]
    hold: f64,
    /// How often `pause` is measured.
    #[arg(long, default_value_t = 5)]
    pauses: usize,
    /// Prints the worst of each figure over the runs in this file (a JSON list of reports), and ends.
    #[arg(long, exclusive = true)]
    summarise: Option<PathBuf>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if let Some(path) = args.summarise {
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        write!(std::io::stdout(), "{}", report::worst(&serde_json::from_str::<Vec<Report>>(&text)?))?;
        return Ok(());
    }
    let files = raise_file_limit()?;
    let wanted = args.half_open.unwrap_or(args.speakers);
    ensure!(
        files >= wanted as u64 + 64,
        "{wanted} connections need as many open files, and this machine allows {files} (ulimit -n)"
    );
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if let Some(count) = args.half_open {
        let pressed = Arc::new(Pressed::default());
        runtime.block_on(pressed.press((args.from, args.server), count, Duration::from_secs_f64(args.hold)))?;
        let Pressed { begun, ended, refused, most, .. } = &*pressed;
        writeln!(
            std::io::stdout(),
            "begun {begun:?}, ended by the coordinator {ended:?}, not taken in {refused:?}, at once {most:?}"
        )?;
        return Ok(());
    }
    let report = runtime.block_on(async {
        let coordinator = match (args.start, args.music, args.data) {
            (Some(program), Some(music), Some(data)) => {
                std::fs::create_dir_all(&data).context("cannot make the data folder")?;
                let log = data.join("coordinator.log");
                Coordinator::start(args.server, Launch { program, music, data, log }).await?
            }
            _ => Coordinator::foreign(args.server, args.server_pid),
        };
        let plan = Plan {
            speakers: args.speakers,
            a_second: args.ramp,
            hold: Duration::from_secs_f64(args.hold),
            pauses: args.pauses,
            patience: Duration::from_mins(1),
            tls: args.tls,
        };
        run::run(&plan, coordinator).await
    })?;
    let text = if args.json { serde_json::to_string_pretty(&report)? } else { report::table(&report) };
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}
