//! Files that are broken on purpose, in every container, half of them in sizes, counts, offsets and types only: no
//! panic of ours, no hang, no memory without bound, and no edit after which a file sounds otherwise than before.
//!
//! The same seed makes the same files everywhere. `make test` tries some of each container, `make test-long` 2,400:
//!
//! - `DOWNBEAT_MUTATED=80` files of each container and seed
//! - `DOWNBEAT_MUTATED_SEEDS=11,12` the seeds
//! - `DOWNBEAT_MUTATED_FFMPEG=1` ffmpeg decodes each edited file before and after
//!
//! A file on which something is wrong is kept, with its container, seed and number in its name.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a test that tells what it found")]

mod anatomy;
mod change;
mod chunks;
mod corpus;
mod flac;
mod id3;
mod mp4;
mod mpeg;
mod ogg;
mod trial;

use std::{
    collections::BTreeMap,
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Mutex, mpsc},
    time::Duration,
};

use change::{Random, mutate};
use nix::{
    sys::resource::{Resource, getrlimit, setrlimit},
    time::{ClockId, clock_gettime},
};
use trial::Outcome;

/// The most that one file may take of the processor.
const MOST_TIME: Duration = Duration::from_secs(10);
/// A file that has not ended after this long hangs, however busy the machine is.
const HANGS: Duration = Duration::from_mins(3);
/// The most memory that one file may have touched at once, KiB.
const MOST_MEMORY: u64 = 100 << 10;
/// Address space beyond that of the start, bytes: a claim of more ends the process.
const MOST_CLAIMED: u64 = 1 << 30;

/// The places of panics in code of ours.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn setting(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.into())
}

/// A figure of this process, KiB.
fn status(name: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|figure| figure.parse().ok()).unwrap_or(0)
}

fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap().into()
}

/// The results of a run.
#[derive(Default)]
struct Results {
    edited: BTreeMap<&'static str, u32>,
    refused: BTreeMap<&'static str, u32>,
    /// The most that one file took, and its name.
    memory: (u64, String),
    time: (Duration, String),
    wrong: Vec<String>,
}

impl Results {
    fn add(&mut self, container: &'static str, name: &str, outcome: Result<Outcome, String>, used: (u64, Duration)) {
        match outcome {
            Ok(Outcome::Edited) => *self.edited.entry(container).or_default() += 1,
            Ok(Outcome::Refused) => *self.refused.entry(container).or_default() += 1,
            Err(what) => self.wrong.push(format!("{name}: {what}")),
        }
        self.memory = self.memory.clone().max((used.0, name.to_owned()));
        self.time = self.time.clone().max((used.1, name.to_owned()));
    }
}

/// Tries one file; what it took of memory and time, and what is wrong.
fn attempt(
    bytes: &[u8],
    ending: &str,
    folder: &Path,
    random: &mut Random,
) -> (Result<Outcome, String>, (u64, Duration)) {
    // The peak of the memory that is in use, from now on.
    let can_be_measured = fs::write("/proc/self/clear_refs", "5").is_ok();
    let (memory, begun) = (status("VmRSS:"), processor_time());
    let tried = catch_unwind(AssertUnwindSafe(|| trial::file(bytes, ending, folder, random)));
    let time = processor_time().saturating_sub(begun);
    let memory = if can_be_measured { status("VmHWM:").saturating_sub(memory) } else { 0 };
    let panics = std::mem::take(&mut *PANICS.lock().unwrap());
    let outcome = match tried {
        _ if !panics.is_empty() => Err(format!("a panic of ours: {}", panics.join("; "))),
        Err(_) => Err("a panic".into()),
        Ok(_) if time > MOST_TIME => Err(format!("it took {time:?} of the processor")),
        Ok(_) if memory > MOST_MEMORY => Err(format!("it took {memory} KiB of memory")),
        Ok(outcome) => outcome,
    };
    (outcome, (memory, time))
}

fn run(count: u64, seeds: &[u64], folder: &Path, kept: &Path, begun: &mpsc::Sender<String>) -> Results {
    let corpus = corpus::corpus();
    let all: Vec<&corpus::Original> = corpus.iter().flat_map(|(_, files)| files).collect();
    let mut results = Results::default();
    for seed in seeds {
        for (container, files) in &corpus {
            for number in 0..count {
                let mut random = Random::new(seed << 32 | number << 8 | container.len() as u64);
                let (original, other) = (random.pick(files), random.pick(&all));
                let bytes = mutate(&original.bytes, &other.bytes, number % 2 == 0, &mut random);
                let name = format!("{container}-{seed}-{number}-{}.{}", original.name, original.ending);
                // If the process ends, this one is to blame.
                fs::write(kept.join("in-hand"), &bytes).unwrap();
                let _ = begun.send(name.clone());
                let (outcome, used) = attempt(&bytes, &original.ending, folder, &mut random);
                if outcome.is_err() {
                    fs::write(kept.join(&name), &bytes).unwrap();
                }
                results.add(container, &name, outcome, used);
            }
        }
    }
    results
}

#[test]
fn broken_files_harm_nobody_and_an_edited_one_sounds_as_before() {
    let count = setting("DOWNBEAT_MUTATED", "4").parse().unwrap();
    let seeds: Vec<u64> = setting("DOWNBEAT_MUTATED_SEEDS", "11,12").split(',').map(|s| s.parse().unwrap()).collect();
    let kept = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mutated");
    fs::create_dir_all(&kept).unwrap();
    let claimed = status("VmSize:") * 1024 + MOST_CLAIMED;
    let (_, hard) = getrlimit(Resource::RLIMIT_AS).unwrap();
    setrlimit(Resource::RLIMIT_AS, claimed.min(hard), hard).unwrap();
    std::panic::set_hook(Box::new(|info| {
        let at = info.location().map(ToString::to_string).unwrap_or_default();
        // Others' crates may panic: they are guarded.
        if ["server/library/", "media/"].iter().any(|ours| at.starts_with(ours) || at.contains("/media/patched/")) {
            PANICS.lock().unwrap().push(info.to_string());
        }
    }));
    let folder = tempfile::tempdir().unwrap();
    let (begun, at_work) = mpsc::channel();
    let (kept_there, place) = (kept.clone(), folder.path().to_owned());
    let worker = std::thread::spawn(move || run(count, &seeds, &place, &kept_there, &begun));
    let mut in_hand = String::new();
    loop {
        match at_work.recv_timeout(HANGS) {
            Ok(name) => in_hand = name,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("{in_hand} hangs; kept as {}/in-hand", kept.display()),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    let results = worker.join().unwrap_or_else(|_| panic!("{in_hand} ended the run"));
    let _ = std::panic::take_hook();
    println!("edited: {:?}\nrefused: {:?}", results.edited, results.refused);
    println!("most memory: {} KiB by {}", results.memory.0, results.memory.1);
    println!("most time: {:?} by {}", results.time.0, results.time.1);
    assert!(results.wrong.is_empty(), "kept in {}:\n{}", kept.display(), results.wrong.join("\n"));
    assert!(results.edited.values().sum::<u32>() > 0);
}
