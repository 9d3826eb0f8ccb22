//! The process among other processes: signals and systemd.

use std::{error::Error, io::IsTerminal as _, process::ExitCode, time::Duration};

use downbeat_host::{panics, signals};
use nix::sys::{
    resource::{Resource, getrlimit, setrlimit},
    signal::Signal::SIGHUP,
};
use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{app::Running, config::ConfigError};
use downbeat_media::guard;

/// Ends the coordinator at a panic that is not caught.
pub fn abort_on_panic() {
    panics::abort_on_panic(guard::guarded, "parser");
}

/// Has the C library give back what is not needed any more, and keep fewer heaps than its eight a core. Of a library of
/// 100,000 tracks, whose scans and queues come and go on many threads, its way keeps 100 MB and more for nothing. Call
/// it before there are other threads.
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "there is no safe way to say it but an environment variable before the start")]
pub fn keep_memory_small() {
    const HEAPS: i32 = 2;
    /// Larger pieces are the system's and go back to it when they are freed.
    const LARGE: i32 = 128 * 1024;
    // SAFETY: these only set parameters of the allocator, which takes any value, and the process has one thread yet.
    let set = unsafe {
        libc::mallopt(libc::M_ARENA_MAX, HEAPS)
            & libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE)
            & libc::mallopt(libc::M_TRIM_THRESHOLD, LARGE)
    };
    if set != 1 {
        tracing::debug!("the allocator takes no settings");
    }
}

/// Other C libraries have one heap.
#[cfg(not(target_env = "gnu"))]
pub fn keep_memory_small() {}

/// Open files below which a large fleet does not fit.
const FEW_FILES: u64 = 4_096;

/// Every speaker is an open file, and the usual limit is 1,024: raises it to what the system allows.
pub fn raise_file_limit() {
    let limit = getrlimit(Resource::RLIMIT_NOFILE).and_then(|(soft, hard)| {
        if soft < hard {
            setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
        }
        Ok(hard)
    });
    match limit {
        Ok(files) if files < FEW_FILES => {
            tracing::warn!(
                files,
                "at most this many open files are allowed, less those that are kept aside as many speakers \
                can connect; raise LimitNOFILE in the unit, or ulimit -Hn"
            );
        }
        Ok(files) => tracing::debug!(files, "open files allowed"),
        Err(error) => tracing::warn!(%error, "the limit of open files cannot be raised"),
    }
}

/// Says why the program ends, and ends it.
pub fn fail(error: &dyn Error) -> ExitCode {
    tracing::error!("{error}");
    ExitCode::FAILURE
}

/// Says what is wrong with the settings; for `--help` and `--version`, what was asked for.
#[expect(clippy::print_stderr, reason = "there is no log yet")]
pub fn explain(error: &ConfigError) -> ExitCode {
    match error {
        ConfigError::Flags(error) => {
            let _ = error.print();
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
        }
        other => {
            eprintln!("downbeat-server: {other}");
            ExitCode::from(2)
        }
    }
}

/// Says on the console how the first admin gets a password. A log would keep the link's secret: there the way is said
/// by which a new one is made.
#[expect(clippy::print_stdout, reason = "it is for the person at the terminal, and for no log")]
pub fn first_steps(running: &Running) {
    if !std::io::stdout().is_terminal() {
        if !running.has_admin() {
            tracing::info!(
                "nobody is admin yet: `downbeat setup-link` on this machine makes a link that sets a password"
            );
        }
        return;
    }
    if let Some((link, ca)) = running.setup_link() {
        println!(
            "\nNobody is admin yet. This link sets an admin's password; it is good once, for a day:\n  {link}\nThe \
             browser warns of the certificate. The fingerprint of its CA's key is\n  {ca}\n"
        );
    }
}

/// The signals that end the program.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// The terminal is gone; none where `nohup` has it ignored.
    hang_up: Option<Signal>,
}

impl Signals {
    /// Listens from now on.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: (!signals::is_ignored(SIGHUP)).then(|| signal(SignalKind::hangup())).transpose()?,
        })
    }

    /// Waits for one of them; its name.
    pub async fn wait(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
            () = received(&mut self.hang_up) => "SIGHUP",
        }
    }
}

async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Tells systemd that the coordinator answers, and from then on that it lives, if it wants to know.
pub fn ready() {
    notify(&[NotifyState::Ready]);
    if let Some(limit) = sd_notify::watchdog_enabled() {
        tokio::spawn(feed_watchdog(limit / 2));
    }
}

/// Tells systemd that the coordinator ends.
pub fn stopping() {
    notify(&[NotifyState::Stopping]);
}

/// A runtime that is stuck feeds nothing.
async fn feed_watchdog(every: Duration) {
    let mut ticks = tokio::time::interval(every.max(Duration::from_millis(100)));
    loop {
        ticks.tick().await;
        notify(&[NotifyState::Watchdog]);
    }
}

fn notify(state: &[NotifyState]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "systemd was not told");
    }
}
