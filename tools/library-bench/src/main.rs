//! `downbeat-library-bench`: makes a library of real files, and measures the coordinator on it.

mod files;
mod library;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

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
        /// Where: an empty folder, or one that this program made.
        folder: PathBuf,
        /// How many.
        #[arg(long, default_value_t = 100_000)]
        files: usize,
        /// The files that they are copies of.
        #[arg(long, default_value = "media/fixtures")]
        fixtures: PathBuf,
    },
}

fn main() -> Result<()> {
    match Args::parse().command {
        Command::Make { folder, files, fixtures } => {
            files::make(&folder, &fixtures, files)?;
        }
    }
    Ok(())
}
