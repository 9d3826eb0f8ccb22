//! Every target over its kept corpus and over mutations of it.
//!
//! The mutations come from a generator with a fixed seed, and there is a fixed number of them: the same inputs on every
//! machine. With `DOWNBEAT_FUZZ_SECONDS` each target runs for so long instead, from another seed each time
//! (`DOWNBEAT_FUZZ_SEED` repeats one). An input that a target fails on is kept in a file, to be put into the corpus.

#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "a test that tells what it found")]

mod mutate;

use std::{
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use mutate::Mutator;

/// The seed of the runs of a fixed number of inputs.
const SEED: u64 = 11;

/// When a run ends.
enum End {
    /// After so many inputs.
    Count(u64),
    /// At this time.
    At(Instant),
}

impl End {
    #[expect(clippy::disallowed_methods, reason = "a run may last as long as somebody wants")]
    fn is_reached(&self, done: u64) -> bool {
        match self {
            Self::Count(count) => done >= *count,
            Self::At(at) => Instant::now() >= *at,
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text:?}")))
}

/// The end of a run, and its seed.
#[expect(clippy::disallowed_methods, reason = "a run may last as long as somebody wants, from another seed each time")]
fn wanted(count: u64) -> (End, u64) {
    let seed = number("DOWNBEAT_FUZZ_SEED");
    match number("DOWNBEAT_FUZZ_SECONDS") {
        None => (End::Count(count), seed.unwrap_or(SEED)),
        Some(seconds) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            (End::At(Instant::now() + Duration::from_secs(seconds)), seed.unwrap_or(now.as_nanos() as u64))
        }
    }
}

/// The files of a folder, in the order of their names.
fn contents(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Runs a target over its corpus, then over `count` mutations of it.
fn run(name: &str, target: fn(&[u8]), others: &[&str], count: u64) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut corpus = contents(&root.join("corpus").join(name));
    corpus.extend(others.iter().flat_map(|folder| contents(&root.join(folder))));
    assert!(!corpus.is_empty());
    for (index, input) in corpus.iter().enumerate() {
        check(name, target, input, &format!("number {index} of the corpus"));
    }
    let (end, seed) = wanted(count);
    let mut mutator = Mutator::new(&corpus, seed);
    let mut done = 0;
    while !end.is_reached(done) {
        check(name, target, mutator.next(), &format!("mutation {done} from seed {seed}"));
        done += 1;
    }
    println!("{name}: {} in the corpus, {done} mutations from seed {seed}", corpus.len());
}

/// Gives a target one input, and keeps it if the target fails.
fn check(name: &str, target: fn(&[u8]), input: &[u8], which: &str) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| target(input))) {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.failed"));
        fs::write(&kept, input).unwrap();
        eprintln!("{name} fails on {which}: {} bytes, kept in {}", input.len(), kept.display());
        resume_unwind(panic);
    }
}

/// One test for each target, with the number of its mutations.
macro_rules! targets {
    ($($name:ident: $count:literal $(with $folder:literal)*;)*) => {
        $(
            #[test]
            fn $name() {
                run(stringify!($name), downbeat_fuzz::$name, &[$($folder),*], $count);
            }
        )*
    };
}

targets! {
    codec: 60_000;
    selector: 60_000;
    query: 60_000;
    range: 100_000;
    playlist: 40_000;
    sheet: 12_000;
    tags: 40_000;
    media: 300 with "../media/fixtures";
    picture: 20_000;
}
