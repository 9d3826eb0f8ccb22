//! A process under test: its log is kept and shown when a test fails; it does not outlive the test.
//!
//! It stays in the test's process group, so that a runner which gives up on the test ends it as well.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    process::{Child, Command},
    time::{Instant, timeout},
};

use crate::binaries;

/// Lines of the log that are shown when a test fails.
const SHOWN_LINES: usize = 60;
/// A process that takes longer to end is broken.
const END_LIMIT: Duration = Duration::from_mins(1);

/// A running process.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

/// How a process ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; `None`: a signal ended it.
    pub code: Option<i32>,
    /// How long it took from when it was asked to.
    pub took: Duration,
    /// Its whole log.
    pub log: String,
}

impl Process {
    /// Starts `program` (one of ours, or an absolute path) with nothing of the surroundings that could configure it.
    /// `log` is appended to.
    pub fn start(name: &str, program: &str, arguments: &[String], log: &Path) -> Self {
        Self::start_in(name, program, arguments, log, Vec::new())
    }

    /// The same, with these variables in its environment.
    pub fn start_in(
        name: &str,
        program: &str,
        arguments: &[String],
        log: &Path,
        environment: Vec<(String, String)>,
    ) -> Self {
        let file = File::options().create(true).append(true).open(log).expect("the log can be written");
        let mut command = Command::new(if program.starts_with('/') { program.into() } else { binaries::path(program) });
        for (variable, _) in std::env::vars_os() {
            let text = variable.to_string_lossy();
            if ["DOWNBEAT_", "WS_PING_", "XDG_"].iter().any(|prefix| text.starts_with(prefix))
                || ["MAX_DRIFT_SECONDS", "POSITION_CHECK_INTERVAL", "STATE_DIRECTORY", "NOTIFY_SOCKET"]
                    .contains(&&*text)
            {
                command.env_remove(&variable);
            }
        }
        let child = command
            .args(arguments)
            .env("HOME", log.parent().unwrap_or(log))
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("a file has two handles"))
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|e| panic!("{program} cannot be started: {e}"));
        Self { name: name.to_owned(), child, log: log.to_owned() }
    }

    /// Its process id; 0: it ended.
    pub fn id(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    /// Its log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// True while it runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks it to end, and waits until it did.
    pub async fn terminate(self) -> Ended {
        self.signal(Signal::SIGTERM);
        self.ended().await
    }

    /// Ends it as a power cut does.
    pub async fn kill(self) {
        self.signal(Signal::SIGKILL);
        self.ended().await;
    }

    /// Stops it where it is, whatever it is doing, until it is woken.
    pub fn freeze(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// Lets it go on.
    pub fn wake(&self) {
        self.signal(Signal::SIGCONT);
    }

    /// Waits until it ended by itself.
    pub async fn ended(mut self) -> Ended {
        let began = Instant::now();
        let status = timeout(END_LIMIT, self.child.wait()).await;
        let status = status.unwrap_or_else(|_| panic!("{} does not end", self.name)).expect("a child can be awaited");
        Ended { code: status.code(), took: began.elapsed(), log: self.log() }
    }

    fn signal(&self, signal: Signal) {
        // no id: it ended already
        if let Some(id) = self.child.id() {
            let _ = kill(Pid::from_raw(id.cast_signed()), signal);
        }
    }
}

impl Drop for Process {
    #[expect(clippy::print_stderr, reason = "this is what a failed test has to say")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<_> = log.lines().collect();
            let shown = &lines[lines.len().saturating_sub(SHOWN_LINES)..];
            eprintln!("--- the log of {} ---\n{}\n", self.name, shown.join("\n"));
        }
    }
}
