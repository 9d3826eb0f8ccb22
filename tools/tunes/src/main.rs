//! A demo needs music that may be given away with the repository, and that shows what matters: chords whose beating
//! betrays speakers out of step, a gapless pair, three formats. So it is rendered, from a score, by this program: a few
//! seconds of computing instead of megabytes of recordings, and the same bytes on every run.
//!
//! `instruments` makes notes, `pieces` is the score, `room` mixes, `files` writes.

mod files;
mod instruments;
mod pieces;
mod room;

use std::{fs, io::Write, path::PathBuf};

use anyhow::{Context, Result};
use clap::Parser;

/// Renders the demo's music.
#[derive(Debug, Parser)]
#[command(name = "downbeat-tunes", version, about)]
struct Args {
    /// The folder to write to; made if it is missing.
    folder: PathBuf,
    /// Write WAV files, too.
    #[arg(long)]
    wav: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    fs::create_dir_all(&args.folder).with_context(|| format!("cannot make {}", args.folder.display()))?;
    let mut out = std::io::stdout();
    for (index, piece) in pieces::all().into_iter().enumerate() {
        let tags = files::Tags { title: piece.title, number: index as u32 + 1 };
        if args.wav {
            files::write_wav(&args.folder, &piece.sound, tags)?;
        }
        let path = files::write(&args.folder, &piece.sound, piece.kind, tags)?;
        writeln!(out, "{}", path.display())?;
    }
    Ok(())
}
