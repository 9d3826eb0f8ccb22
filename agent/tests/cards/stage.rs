//! Cards of a test's own, and a process that plays on them.
//!
//! alsa-lib reads its configuration from a path in the environment, once a process. So a test runs itself a second
//! time, with the path of a configuration that has its cards; that process plays, and the first one looks at the bytes.

use std::{
    collections::HashMap,
    env,
    fmt::Write as _,
    fs,
    path::Path,
    process::Command as Process,
    sync::{atomic::Ordering, mpsc},
    time::Duration,
};

use downbeat_agent::output::{OutputState, for_spec, supervisor::OutputEvent, supervisor::Supervisor};
use downbeat_host::clock;
use downbeat_protocol::ServerTime;
use downbeat_speaker::render::{
    command::{Command, Overlay},
    renderer::Renderer,
};

/// The outputs that the second process plays on, a line each: a name, a tab, the output, a tab, the seconds.
const OUTPUTS: &str = "DOWNBEAT_TEST_OUTPUTS";
/// The sound, left and right.
pub(crate) const SOUND: (f32, f32) = (0.5, -0.25);
/// Long enough for any machine; nothing here waits for it unless it is broken.
const PATIENCE: Duration = Duration::from_mins(1);
/// The configuration that comes with alsa-lib.
const SYSTEM: &str = "/usr/share/alsa/alsa.conf";

/// The result of an output's run.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The rate at which it was opened.
    pub(crate) rate: Option<u32>,
    /// Why it was lost.
    pub(crate) fault: Option<String>,
    /// Frames that it took, and in how many nanoseconds.
    pub(crate) frames: u64,
    pub(crate) took_ns: u64,
    /// The bytes that the card was given.
    pub(crate) bytes: Vec<u8>,
    /// How often the card was asked for its position.
    pub(crate) asked: u64,
}

/// Plays [`SOUND`] on outputs, all at once. `cards`: lines for the configuration, each `NAME FIELDS` of an odd card, or
/// a whole `pcm.NAME { ... }`; `outputs`: name and output, and for how many seconds of frames it is to play. `None`:
/// this is the second process, and the test is over.
pub(crate) fn play(test: &str, cards: &[&str], outputs: &[(&str, &str, f64)]) -> Option<HashMap<String, Outcome>> {
    if let Ok(outputs) = env::var(OUTPUTS) {
        perform(&outputs);
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let plugin = at("odd.so");
    build(&plugin);
    let mut configuration = format!("pcm_type.odd {{ lib \"{}\" }}\n", plugin.display());
    for card in cards {
        match card.split_once(' ') {
            Some((name, fields)) if !name.starts_with("pcm.") => {
                let path = at(name);
                writeln!(configuration, "pcm.{name} {{ type odd path \"{}\" {fields} }}", path.display())
                    .expect("a text");
            }
            _ => writeln!(configuration, "{card}").expect("a text"),
        }
    }
    fs::write(at("asoundrc"), configuration).expect("a configuration");
    let list: Vec<String> =
        outputs.iter().map(|(name, output, seconds)| format!("{name}\t{output}\t{seconds}")).collect();
    let done = Process::new(env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture", "--test-threads", "1"])
        .env("ALSA_CONFIG_PATH", format!("{SYSTEM}:{}", at("asoundrc").display()))
        .env(OUTPUTS, list.join("\n"))
        .current_dir(folder.path())
        .output()
        .expect("a second process");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let errors = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}\n{errors}");
    let mut outcomes: HashMap<String, Outcome> = HashMap::new();
    for line in said.lines() {
        // the harness's own words stand before the first line of ours
        let Some(line) = line.split_once("outcome\t").map(|(_, line)| line) else { continue };
        let parts: Vec<&str> = line.split('\t').collect();
        let [name, rate, frames, took_ns, fault] = parts[..] else { panic!("{line}") };
        let asked = fs::read_to_string(at(&format!("{name}.asked"))).unwrap_or_default();
        let outcome = Outcome {
            rate: rate.parse().ok(),
            fault: (!fault.is_empty()).then(|| fault.to_owned()),
            frames: frames.parse().expect("frames"),
            took_ns: took_ns.parse().expect("nanoseconds"),
            bytes: fs::read(at(name)).unwrap_or_default(),
            asked: asked.trim().parse().unwrap_or_default(),
        };
        outcomes.insert(name.to_owned(), outcome);
    }
    assert_eq!(outcomes.len(), outputs.len(), "{said}\n{errors}");
    Some(outcomes)
}

/// Compiles the plugin. There is a compiler, since this program was linked, and alsa-lib's headers with alsa-lib.
fn build(plugin: &Path) {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cards/odd_card.c");
    let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
    let built = Process::new(compiler)
        .args(["-O1", "-shared", "-fPIC", "-DPIC", "-o"])
        .arg(plugin)
        .args([source, "-lasound"])
        .output()
        .expect("a C compiler");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}

/// The second process: plays on all outputs, and says what came of each.
#[expect(clippy::print_stdout, reason = "it is how the first process is told")]
fn perform(outputs: &str) {
    let threads: Vec<_> = outputs
        .lines()
        .map(|line| {
            let line = line.to_owned();
            std::thread::spawn(move || play_on(&line))
        })
        .collect();
    let lines: Vec<String> = threads.into_iter().map(|thread| thread.join().expect("an outcome")).collect();
    println!("\n{}", lines.join("\n"));
}

fn play_on(line: &str) -> String {
    let parts: Vec<&str> = line.split('\t').collect();
    let [name, output, seconds] = parts[..] else { panic!("{line}") };
    let seconds: f64 = seconds.parse().expect("seconds");
    let (renderer, mut controls) = Renderer::new(None);
    let shared = OutputState::default();
    let (events, happens) = mpsc::channel();
    let output = for_spec(&output.parse().expect("an output"));
    let mut supervisor =
        Supervisor::start(output, renderer, shared.clone(), move |e| drop(events.send(e))).expect("a thread");
    let began = clock::now();
    let (mut opened, mut fault) = (String::new(), String::new());
    let mut due = u64::MAX;
    while shared.frames.load(Ordering::Relaxed) < due {
        assert!(clock::now().seconds_since(began) < PATIENCE.as_secs_f64(), "{name} does not play on");
        match happens.recv_timeout(Duration::from_millis(5)) {
            Ok(OutputEvent::Opened { rate, .. }) => {
                opened = rate.to_string();
                due = shared.frames.load(Ordering::Relaxed) + (f64::from(rate) * seconds) as u64;
                let samples = [SOUND.0, SOUND.1].repeat(rate as usize / 10);
                let sound = Overlay { samples, at: ServerTime(0).into(), played: 0 };
                controls.commands.push(Command::Overlay(Box::new(sound))).expect("room for a command");
            }
            Ok(OutputEvent::Lost { error, .. }) => {
                fault = error.to_string();
                break;
            }
            Err(_) => {}
        }
    }
    let took = clock::now().nanos_since(began);
    let frames = shared.frames.load(Ordering::Relaxed);
    supervisor.stop();
    format!("outcome\t{name}\t{opened}\t{frames}\t{took}\t{}", fault.replace(['\t', '\n'], " "))
}
