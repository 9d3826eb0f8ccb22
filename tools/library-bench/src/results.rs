//! The results, as they are kept.

use downbeat_load::figures::Spread;
use serde::{Deserialize, Serialize};

/// One whole run of the bench.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) machine: Machine,
    /// Files of music.
    pub(crate) files: usize,
    /// The size of all files together.
    pub(crate) megabytes: f64,
    /// First scans, in the order in which they were made.
    pub(crate) scans: Vec<Scan>,
    /// Lists and searches while the first scan runs.
    pub(crate) while_scanning: Option<WhileScanning>,
    /// While hashes, pictures and loudness follow in the background, and when that is done.
    pub(crate) busy: Life,
    pub(crate) quiet: Life,
    pub(crate) background: Background,
    pub(crate) starts: Vec<Start>,
    /// The most memory until some moment of one coordinator's life, which begins with its first scan.
    pub(crate) peaks: Vec<Peak>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) memory_gb: f64,
    pub(crate) kernel: String,
    /// As it says; empty if it was not measured.
    pub(crate) mpd: String,
    /// True if the system could be made to forget the files it has read.
    pub(crate) can_be_cold: bool,
    pub(crate) load_before: f64,
    pub(crate) load_after: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Scan {
    /// `mpd` or `downbeat`.
    pub(crate) who: String,
    /// Nothing of the files was in memory.
    pub(crate) cold: bool,
    pub(crate) seconds: f64,
    pub(crate) cpu_s: f64,
    pub(crate) peak_mb: f64,
    pub(crate) tracks: u64,
    /// Of the machine, when it ended.
    pub(crate) load: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct WhileScanning {
    pub(crate) seconds: f64,
    pub(crate) requests: usize,
    pub(crate) ms: Spread,
    /// The time from a person's change of a setting until it is on the disk, milliseconds.
    pub(crate) writes_ms: Spread,
}

/// The figures of a coordinator that knows its library.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Life {
    pub(crate) load: f64,
    /// Seconds.
    pub(crate) rescans: Vec<f64>,
    pub(crate) rescan_cpu_s: Vec<f64>,
    /// From the end of writing a file until a search finds its new title, seconds.
    pub(crate) changed: Vec<f64>,
    /// From moving a new file in until a search finds it, seconds.
    pub(crate) added: Vec<f64>,
    pub(crate) queries: Vec<Queries>,
    /// The first page of all tracks, 1000 of them; milliseconds.
    pub(crate) first_page: Spread,
    pub(crate) queue: Option<Queue>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Queries {
    pub(crate) name: String,
    pub(crate) requests: usize,
    pub(crate) ms: Spread,
    /// Processor time of the coordinator for one, all of its threads, on the average; with what it did besides.
    pub(crate) cpu_ms: f64,
}

/// A queue of as many entries as there may be, while its zone plays on two speakers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Queue {
    pub(crate) entries: usize,
    /// Seconds: all of a folder; all by their ids.
    pub(crate) add_folder: Vec<f64>,
    pub(crate) add_ids: Vec<f64>,
    /// Milliseconds.
    pub(crate) edits: Vec<Queries>,
    /// The longest message to a speaker, bytes.
    pub(crate) longest_message: usize,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Background {
    /// Since the first scan's end until all tracks had a hash; a picture was looked for; loudness and waveform.
    /// Seconds; nothing if it did not come to that in the time given.
    pub(crate) hashed: Option<f64>,
    pub(crate) covers: Option<f64>,
    pub(crate) analysed: Option<f64>,
    /// Processor time of the coordinator in that time, queries included.
    pub(crate) cpu_s: f64,
    pub(crate) load: f64,
}

/// From the start of the program until zones and a page of tracks were answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Start {
    pub(crate) cold: bool,
    pub(crate) seconds: f64,
    pub(crate) cpu_s: f64,
    pub(crate) load: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Peak {
    pub(crate) until: String,
    pub(crate) mb: f64,
}
