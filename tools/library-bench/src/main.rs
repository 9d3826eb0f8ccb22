//! `downbeat-library-bench`: a coordinator on a hundred thousand real files.
//!
//! Made-up rows in a database say little of a scan, and a library of real recordings cannot be handed on. So this makes
//! one: copies of the fixtures of `media/`, each with tags of its own, in a believable tree; then it measures a release
//! coordinator on it over REST, beside mpd on the same files.
//!
//! - [`downbeat_library_files`]: what is in it, and how it is written
//! - [`process`]: the programs that are measured; [`queries`]: what is asked; [`measure`]: in which order
//! - [`results`]: what is kept of it; [`report`]: how it is said

mod measure;
mod process;
mod queries;
mod report;
mod results;

use std::{fs, io::Write as _, path::PathBuf, time::Duration};

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use downbeat_library_files::files;

/// A hundred thousand real files, and how long the coordinator takes for them, beside mpd.
#[derive(Debug, Parser)]
#[command(name = "downbeat-library-bench", version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes the files, unless they are there already.
    Make {
        /// The folder: an empty one, or one that this program made.
        folder: PathBuf,
        /// How many.
        #[arg(long, default_value_t = 100_000)]
        files: usize,
        /// The files that they are copies of.
        #[arg(long, default_value = "media/fixtures")]
        fixtures: PathBuf,
    },
    /// Measures everything and prints it as JSON.
    Run {
        /// A library that `make` made.
        music: PathBuf,
        /// Databases and logs go here; on the disk of the music.
        #[arg(long)]
        work: PathBuf,
        /// How many files were made.
        #[arg(long, default_value_t = 100_000)]
        files: usize,
        /// `downbeat-server`.
        #[arg(long)]
        server: PathBuf,
        /// `mpd`; without it there is nothing to compare with.
        #[arg(long)]
        mpd: Option<PathBuf>,
        /// The coordinator's port; mpd takes the next one.
        #[arg(long, default_value_t = 4_980)]
        port: u16,
        /// First scans of each, cold and warm.
        #[arg(long, default_value_t = 3)]
        runs: usize,
        /// How often the coordinator is started anew.
        #[arg(long, default_value_t = 20)]
        starts: usize,
        /// How long the work in the background is waited for, minutes.
        #[arg(long, default_value_t = 30)]
        patience: u64,
    },
    /// Prints the tables of what `run` printed.
    Table {
        /// The JSON.
        results: PathBuf,
    },
}

fn main() -> Result<()> {
    let text = match Args::parse().command {
        Command::Make { folder, files, fixtures } => {
            let new = files::make(&folder, &fixtures, files)?;
            format!("{files} files {} in {}", if new { "are now" } else { "were already" }, folder.display())
        }
        Command::Run { music, work, files, server, mpd, port, runs, starts, patience } => {
            fs::create_dir_all(&work).context("cannot make the work folder")?;
            let [music, work] = [music, work].map(|path| std::path::absolute(&path).unwrap_or(path));
            let patience = Duration::from_mins(patience);
            let plan = measure::Plan { server, mpd, music, work, port, files, runs, starts, patience };
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            serde_json::to_string_pretty(&runtime.block_on(measure::run(&plan))?)?
        }
        Command::Table { results } => {
            let text = fs::read_to_string(&results).with_context(|| format!("cannot read {}", results.display()))?;
            report::table(&serde_json::from_str(&text)?)
        }
    };
    writeln!(std::io::stdout(), "{}", text.trim_end())?;
    Ok(())
}
