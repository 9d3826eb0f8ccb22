//! How it is said: to programs as JSON, to people as a table in Markdown.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::figures::Spread;

/// Everything that was measured with one crowd.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Report {
    /// How many speakers.
    pub speakers: usize,
    /// Until all were in.
    pub connecting: Connecting,
    /// The time exchange.
    pub echoes: Vec<Echoes>,
    /// The coordinator's memory.
    pub memory: Vec<Memory>,
    /// REST calls while all were connected.
    pub calls: Vec<Call>,
    /// `play`, from the call to `play_track` at the last; between them everyone was asked and has answered.
    pub play: Pause,
    /// `pause`, several times.
    pub pauses: Vec<Pause>,
    /// Everyone gone and back.
    pub storms: Vec<Storm>,
    /// Handshakes of TLS: those that were done whole, and those that were resumed; zeros in clear.
    #[serde(default)]
    pub handshakes: (u64, u64),
}

/// Until all were in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Connecting {
    /// From the first attempt to the last `state_sync`, seconds.
    pub seconds: f64,
    /// Attempts that came to nothing.
    pub failed_attempts: u64,
    /// The machine's one-minute load.
    pub load1: f64,
}

/// The time exchange.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Echoes {
    /// While the zone did what.
    pub when: String,
    /// How long it was watched.
    pub seconds: f64,
    /// How many there were.
    pub exchanges: usize,
    /// T3 - T2, microseconds.
    pub stay_us: Spread,
    /// The round trip without that, microseconds.
    pub round_trip_us: Spread,
    /// Processor time of the coordinator, seconds a second.
    pub coordinator_cpu: f64,
    /// Processor time of the crowd, seconds a second.
    pub crowd_cpu: f64,
    /// The machine's one-minute load.
    pub load1: f64,
}

/// The coordinator's memory.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Memory {
    /// After what.
    pub when: String,
    /// Resident before the first connection, bytes.
    pub empty_bytes: u64,
    /// Resident now, bytes.
    pub bytes: u64,
    /// Of these its own and not a file's, bytes.
    pub anonymous_bytes: u64,
    /// The memory that was added, divided by the number of connections, bytes.
    pub a_connection: f64,
}

/// A REST call.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Call {
    /// The path.
    pub path: String,
    /// Until the whole answer was there, milliseconds.
    pub ms: f64,
    /// The length of the answer.
    pub bytes: usize,
}

/// A change that is told to all.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Pause {
    /// From the call until the message came to each, milliseconds: `max` is when it came to the last.
    pub reached_ms: Spread,
    /// From the call to its answer, milliseconds.
    pub answered_ms: f64,
    /// From the call to the instant at which the change is to be heard, milliseconds.
    pub heard_after_ms: f64,
    /// To how many it came only after that instant.
    pub came_late: usize,
    /// The machine's one-minute load.
    pub load1: f64,
}

/// Everyone gone and back.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Storm {
    /// The event that cut all off.
    pub what: String,
    /// From then until all were back, seconds.
    pub all_back_s: f64,
    /// From the kill until the new process answered, seconds.
    pub listening_after_s: Option<f64>,
    /// Attempts to connect that came to nothing.
    pub failed_attempts: u64,
    /// Play calls meanwhile and after.
    pub plays: usize,
    /// The answers to the play calls that failed.
    pub failed_plays: Vec<String>,
    /// How long play calls took, milliseconds.
    pub play_ms: Spread,
    /// The machine's one-minute load.
    pub load1: f64,
}

/// Rows of a table in Markdown: what, and how much.
pub fn table(r: &Report) -> String {
    let mut out = format!("| {} speakers | |\n|---|---|\n", r.speakers);
    let mut row = |what: &str, value: String| {
        let _ = writeln!(out, "| {what} | {value} |");
    };
    let c = &r.connecting;
    row("all in", format!("{:.1} s, {} failed attempts (load {:.1})", c.seconds, c.failed_attempts, c.load1));
    for m in &r.memory {
        row(
            &format!("memory a connection, {}", m.when),
            format!(
                "{:.1} kB ({:.1} -> {:.1} MB)",
                m.a_connection / 1e3,
                m.empty_bytes as f64 / 1e6,
                m.bytes as f64 / 1e6
            ),
        );
    }
    let spread = |s: &Spread| format!("{:.0} / {:.0} / {:.0}", s.median, s.p99, s.max);
    for e in &r.echoes {
        row(&format!("T2 to T3, {}, us: median / p99 / max", e.when), spread(&e.stay_us));
        row(
            &format!("round trip, {}, us", e.when),
            format!(
                "{} ({:.0} exchanges a second; processor: coordinator {:.2}, crowd {:.2}; load {:.1})",
                spread(&e.round_trip_us),
                e.exchanges as f64 / e.seconds,
                e.coordinator_cpu,
                e.crowd_cpu,
                e.load1
            ),
        );
    }
    for c in &r.calls {
        row(&c.path, format!("{:.0} ms, {:.2} MB", c.ms, c.bytes as f64 / 1e6));
    }
    let told = |p: &Pause| {
        format!(
            "{} (answered {:.0}, heard {:.0}, late at {}; load {:.1})",
            spread(&p.reached_ms),
            p.answered_ms,
            p.heard_after_ms,
            p.came_late,
            p.load1
        )
    };
    row("play reached each, ms: median / p99 / last", told(&r.play));
    for p in &r.pauses {
        row("pause reached each, ms: median / p99 / last", told(p));
    }
    if r.handshakes != (0, 0) {
        row("handshakes of TLS: whole / resumed", format!("{} / {}", r.handshakes.0, r.handshakes.1));
    }
    for s in &r.storms {
        row(
            &s.what,
            format!(
                "all back in {:.1} s, {} failed attempts; {} plays, {} failed, ms: {} (load {:.1})",
                s.all_back_s,
                s.failed_attempts,
                s.plays,
                s.failed_plays.len(),
                spread(&s.play_ms),
                s.load1
            ),
        );
    }
    out
}

/// The worst of each figure over several runs, as a table in Markdown with a column for each size of the crowd.
pub fn worst(runs: &[Report]) -> String {
    let mut sizes: Vec<usize> = runs.iter().map(|r| r.speakers).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let of = |size: usize| runs.iter().filter(move |r| r.speakers == size);
    let mut out = String::from("| worst of all runs |");
    for size in &sizes {
        let _ = write!(out, " {size} speakers ({} runs) |", of(*size).count());
    }
    out.push_str("\n|---|");
    out.push_str(&"---|".repeat(sizes.len()));
    out.push('\n');
    let mut row = |what: &str, figure: &dyn Fn(&Report) -> f64, digits: usize| {
        let _ = write!(out, "| {what} |");
        for size in &sizes {
            let _ = write!(out, " {:.digits$} |", of(*size).map(figure).fold(0.0, f64::max));
        }
        out.push('\n');
    };
    let at = |when: &'static str| {
        move |r: &Report| r.memory.iter().find(|m| m.when == when).map_or(0.0, |m| m.a_connection / 1e3)
    };
    row("memory a connection, connected and idle, kB", &at("after connecting, idle"), 1);
    row("memory a connection, after playing, kB", &at("after playing"), 1);
    row("memory a connection, after a storm, kB", &at("after a storm"), 1);
    row("memory a connection, after a restart, kB", &at("after a restart"), 1);
    for when in ["idle", "playing"] {
        let echo =
            |figure: fn(&Echoes) -> f64| move |r: &Report| r.echoes.iter().find(|e| e.when == when).map_or(0.0, figure);
        row(&format!("T2 to T3, {when}, median, us"), &echo(|e| e.stay_us.median), 0);
        row(&format!("T2 to T3, {when}, p99, us"), &echo(|e| e.stay_us.p99), 0);
        row(&format!("T2 to T3, {when}, max, us"), &echo(|e| e.stay_us.max), 0);
        row(&format!("round trip, {when}, median, us"), &echo(|e| e.round_trip_us.median), 0);
        row(&format!("round trip, {when}, p99, us"), &echo(|e| e.round_trip_us.p99), 0);
        row(&format!("exchanges a second, {when}"), &echo(|e| e.exchanges as f64 / e.seconds), 0);
        row(&format!("processor of the coordinator, {when}, s/s"), &echo(|e| e.coordinator_cpu), 2);
        row(&format!("processor of the crowd, {when}, s/s"), &echo(|e| e.crowd_cpu), 2);
    }
    let pauses = |figure: fn(&Pause) -> f64| move |r: &Report| r.pauses.iter().map(figure).fold(0.0, f64::max);
    row("`pause` at the last, ms after the call", &pauses(|p| p.reached_ms.max), 0);
    row("`pause` at half of them, ms after the call", &pauses(|p| p.reached_ms.median), 0);
    row("`pause` heard, ms after the call", &pauses(|p| p.heard_after_ms), 0);
    row("`pause` that came after its instant, speakers", &pauses(|p| p.came_late as f64), 0);
    row("`play_track` at the last, ms after the call", &|r| r.play.reached_ms.max, 0);
    row("`play_track` that came after its instant, speakers", &|r| r.play.came_late as f64, 0);
    for path in ["/api/speakers", "/api/clients"] {
        row(&format!("`{path}`, ms"), &move |r| r.calls.iter().find(|c| c.path == path).map_or(0.0, |c| c.ms), 0);
    }
    for (index, what) in ["all sockets dropped", "coordinator killed and restarted"].into_iter().enumerate() {
        let storm = |figure: fn(&Storm) -> f64| move |r: &Report| r.storms.get(index).map_or(0.0, figure);
        row(&format!("{what}: all back, s"), &storm(|s| s.all_back_s), 1);
        row(&format!("{what}: failed plays"), &storm(|s| s.failed_plays.len() as f64), 0);
        row(&format!("{what}: slowest play, ms"), &storm(|s| s.play_ms.max), 0);
        row(&format!("{what}: failed attempts to connect"), &storm(|s| s.failed_attempts as f64), 0);
    }
    let loads =
        |r: &Report| r.echoes.iter().map(|e| e.load1).chain(r.pauses.iter().map(|p| p.load1)).fold(0.0, f64::max);
    row("one-minute load of the machine meanwhile", &loads, 1);
    out
}
