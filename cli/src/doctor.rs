//! `downbeat doctor`: what is wrong in the whole house, as far as the coordinator knows it, and what to do about it.
//!
//! What a machine knows of itself says `downbeat-agent doctor` there. The judgements are pure: they take the answers.

use std::{io::Write, path::Path};

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    error::CliError,
    task::{Task, print_json},
};

/// Below these a radio repeats itself, or loses the connection.
const WEAK_DBM: f64 = -70.0;
const LOST_DBM: f64 = -80.0;
/// Above these a processor is near slowing down, or does.
const WARM_C: f64 = 70.0;
const HOT_C: f64 = 80.0;
/// A bound of the clock's error above this is heard between two speakers, microseconds.
const VAGUE_US: f64 = 2_000.0;
/// A speaker this far off is heard, microseconds.
const OFF_US: f64 = 1_000.0;
/// A report that is older is not of now, milliseconds.
const OLD_MS: f64 = 10_000.0;
/// Bounds of what is said of a speaker's exchange of time, microseconds, and a share.
const SHORT_US: f64 = 1_500.0;
const CALM_US: f64 = 200.0;
const RESTLESS_US: f64 = 2_000.0;
const LONG_US: f64 = 15_000.0;
const LOST_SHARE: f64 = 0.05;
/// More underruns an hour than these are no accident.
const UNDERRUNS_AN_HOUR: f64 = 1.0;

/// How a finding is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", from = "String")]
enum Verdict {
    Good,
    Note,
    Fault,
}

/// A newer coordinator may have others: those are worth a look.
impl From<String> for Verdict {
    fn from(word: String) -> Self {
        match word.as_str() {
            "good" => Self::Good,
            "fault" => Self::Fault,
            _ => Self::Note,
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Finding {
    /// The coordinator, the library, or a speaker's name.
    about: String,
    verdict: Verdict,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    todo: Option<String>,
}

/// The coordinator's word on itself.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Coordinator {
    version: Option<String>,
}

/// The coordinator's word on its own machine.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Examined {
    findings: Vec<OfCoordinator>,
}

/// One finding of the coordinator's.
#[derive(Debug, Clone, Deserialize)]
struct OfCoordinator {
    area: String,
    verdict: Verdict,
    what: String,
    #[serde(default)]
    todo: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Library {
    fault: Option<String>,
    watch_fault: Option<String>,
    failed: Option<u64>,
    tracks: Option<u64>,
    scanning: Option<bool>,
    folders: Option<Vec<Folder>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Folder {
    path: String,
    state: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Speaker {
    name: Option<String>,
    class: Option<String>,
    connected: Option<bool>,
    last_seen: Option<String>,
    state: Option<String>,
    muted: Option<bool>,
    volume: Option<f64>,
    report_age_ms: Option<f64>,
    sync_error_us: Option<f64>,
    error_bound_us: Option<f64>,
    round_trip_us: Option<f64>,
    jitter_us: Option<f64>,
    probes_lost: Option<f64>,
    underruns: Option<f64>,
    lead_excess_us: Option<f64>,
    health: Option<Machine>,
}

/// In the speakers' own spelling.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Machine {
    output_fault: Option<String>,
    output: Option<String>,
    realtime: Option<bool>,
    temperature_c: Option<f64>,
    wifi_dbm: Option<f64>,
    uptime_s: Option<f64>,
    version: Option<String>,
}

/// Findings about one thing.
struct Findings(String, Vec<Finding>);

impl Findings {
    fn about(what: &str) -> Self {
        Self(what.to_owned(), Vec::new())
    }

    fn add(&mut self, verdict: Verdict, what: impl Into<String>, todo: Option<&str>) {
        let todo = todo.map(ToOwned::to_owned);
        self.1.push(Finding { about: self.0.clone(), verdict, what: what.into(), todo });
    }

    fn note(&mut self, what: impl Into<String>, todo: &str) {
        self.add(Verdict::Note, what, Some(todo));
    }

    fn fault(&mut self, what: impl Into<String>, todo: &str) {
        self.add(Verdict::Fault, what, Some(todo));
    }

    /// The findings; where there is none, that it is all right.
    fn or_good(mut self, what: impl Into<String>) -> Vec<Finding> {
        if self.1.is_empty() {
            self.add(Verdict::Good, what, None);
        }
        self.1
    }
}

/// Major and minor: what differs only behind them understands each other.
fn minor(version: &str) -> Vec<&str> {
    version.split('.').take(2).collect()
}

fn coordinator(coordinator: &Coordinator, ours: &str) -> Vec<Finding> {
    let mut found = Findings::about("coordinator");
    let version = coordinator.version.as_deref().unwrap_or("unknown");
    if minor(version) != minor(ours) {
        found.note(format!("it is version {version}, this program {ours}"), "upgrade the older of the two");
    }
    found.or_good(format!("version {version}"))
}

/// The coordinator's findings on its own machine; `Err`: why it does not tell them.
fn its_machine(told: Result<Examined, String>) -> Vec<Finding> {
    match told {
        Ok(examined) => {
            let finding = |f: OfCoordinator| Finding {
                about: "coordinator".into(),
                verdict: f.verdict,
                what: format!("{}: {}", f.area, f.what),
                todo: f.todo,
            };
            examined.findings.into_iter().map(finding).collect()
        }
        Err(why) => {
            let mut found = Findings::about("coordinator");
            found.note(
                format!("it does not tell of its own machine: {why}"),
                "downbeat login as an admin, or run this on that machine as root",
            );
            found.1
        }
    }
}

/// What is wrong with the exchange of time, in words; `Ok`: how good it is.
fn exchange(floor_us: f64, jitter_us: f64, lost: f64) -> Result<String, (String, &'static str)> {
    let figures = format!("a round trip takes {:.2} ms at best, usually {:.2} more", floor_us / 1e3, jitter_us / 1e3);
    let calmer = "its network: a cable, or Wi-Fi on 5 GHz without power save; downbeat-agent doctor there";
    if lost > LOST_SHARE {
        Err((format!("{figures}, and {:.0} % are not answered: a full line, or interference", lost * 100.0), calmer))
    } else if jitter_us > RESTLESS_US {
        Err((format!("{figures}: its network is never at rest"), calmer))
    } else if floor_us > LONG_US {
        Err((
            format!("{figures}: a long way, whose two halves may differ unseen"),
            "a straight way: no repeater, no tunnel",
        ))
    } else if floor_us <= SHORT_US && jitter_us <= CALM_US {
        Ok(format!("{figures}: as good as it gets"))
    } else {
        Ok(format!("{figures}: good enough for any room"))
    }
}

fn library(library: &Library) -> Vec<Finding> {
    let mut found = Findings::about("library");
    if let Some(fault) = &library.fault {
        found.fault(fault, "see the coordinator's log: journalctl -u downbeat-server");
    }
    if let Some(fault) = &library.watch_fault {
        found.note(fault, "until then new files are found by the next scan");
    }
    for Folder { path, state } in library.folders.iter().flatten() {
        match state.as_deref() {
            Some("missing") => {
                found.fault(format!("{path} is not there"), "is its disk mounted? Its tracks are kept meanwhile");
            }
            Some("empty") => found.note(format!("{path} is empty"), "is its disk mounted, and is it the right folder?"),
            _ => {}
        }
    }
    let tracks = library.tracks.unwrap_or(0);
    if let Some(failed) = library.failed.filter(|failed| *failed > 0) {
        found.note(
            format!("{failed} files of {tracks} cannot be played"),
            "GET /api/library/faults says which, and why",
        );
    }
    found
        .or_good(format!("{tracks} tracks{}", if library.scanning == Some(true) { ", and a scan goes on" } else { "" }))
}

fn speaker(speaker: &Speaker, coordinator: Option<&str>) -> Vec<Finding> {
    let mut found = Findings::about(speaker.name.as_deref().unwrap_or("a speaker without a name"));
    let is_agent = speaker.class.as_deref() != Some("browser");
    if speaker.connected != Some(true) {
        if !is_agent {
            return Vec::new();
        }
        let since = speaker.last_seen.as_deref().and_then(|at| at.get(..16)).unwrap_or("?").replace('T', " ");
        found.fault(
            format!("it is away since {since} UTC"),
            "is it on? Else, there: systemctl status downbeat-agent; downbeat-agent doctor",
        );
        return found.1;
    }
    let playing = speaker.state.as_deref() == Some("playing");
    if speaker.report_age_ms.is_some_and(|age| age > OLD_MS) {
        found.note(
            "it is connected, and says nothing of itself any more",
            "its network; its log: journalctl -u downbeat-agent",
        );
    }
    if speaker.muted == Some(true) || speaker.volume == Some(0.0) {
        found.note(
            "it is muted, or its volume is 0",
            "downbeat unmute --speaker NAME; downbeat volume 60 --speaker NAME",
        );
    }
    if let Some(off) = speaker.sync_error_us.filter(|off| playing && off.abs() > OFF_US) {
        found.note(format!("it is {:.1} ms off", off / 1e3), "downbeat status --watch shows whether that lasts");
    }
    if let Some(bound) = speaker.error_bound_us.filter(|bound| is_agent && *bound > VAGUE_US) {
        found.note(
            format!("its clock is known to {:.1} ms only", bound / 1e3),
            "its network: a cable, or Wi-Fi without power save; downbeat-agent doctor there",
        );
    }
    let mut timed = None;
    if let (Some(floor), Some(jitter), true) = (speaker.round_trip_us, speaker.jitter_us, is_agent) {
        match exchange(floor, jitter, speaker.probes_lost.unwrap_or(0.0)) {
            Ok(words) => timed = Some(words),
            Err((what, todo)) => found.note(what, todo),
        }
    }
    if speaker.lead_excess_us.is_some_and(|excess| excess > 0.0) {
        found.note("it asks for more time than a zone waits, and starts late", "its network, or its load");
    }
    if let Some(machine) = &speaker.health {
        self::machine(machine, speaker.underruns.unwrap_or(0.0), coordinator, &mut found);
    }
    let output = speaker.health.as_ref().and_then(|machine| machine.output.as_deref());
    let output = output.unwrap_or("connected");
    found.or_good(timed.map_or_else(|| output.to_owned(), |timed| format!("{output}; {timed}")))
}

fn machine(machine: &Machine, underruns: f64, coordinator: Option<&str>, found: &mut Findings) {
    if let Some(fault) = &machine.output_fault {
        found.fault(format!("no sound: {fault}"), "there: downbeat-agent doctor; downbeat-agent --list-outputs");
    }
    let virtual_card = machine.output.as_deref().is_some_and(|output| output.starts_with("virtual"));
    if machine.realtime == Some(false) && machine.output_fault.is_none() && !virtual_card {
        found.note(
            "its audio thread has no real-time priority",
            "LimitRTPRIO=95 in its unit; downbeat-agent doctor there",
        );
    }
    // at least an hour: one at the start is none an hour
    let hours = machine.uptime_s.unwrap_or(0.0).max(3_600.0) / 3_600.0;
    if underruns / hours > UNDERRUNS_AN_HOUR {
        found.note(
            format!("its card ran dry {underruns:.0} times in {hours:.0} h"),
            "what else does that machine do? Real-time priority; downbeat-agent doctor there",
        );
    }
    match machine.temperature_c {
        Some(t) if t >= HOT_C => {
            found.fault(format!("{t:.0} °C: its processor slows down"), "more air, or a heat sink");
        }
        Some(t) if t >= WARM_C => found.note(format!("{t:.0} °C"), "more air, or a heat sink"),
        _ => {}
    }
    match machine.wifi_dbm {
        Some(dbm) if dbm < LOST_DBM => {
            found.fault(format!("it hears {dbm:.0} dBm: too little"), "an access point nearby, or a cable");
        }
        Some(dbm) if dbm < WEAK_DBM => {
            found.note(format!("it hears {dbm:.0} dBm: weak"), "an access point nearby, or a cable");
        }
        _ => {}
    }
    if let (Some(ours), Some(theirs)) = (machine.version.as_deref(), coordinator)
        && minor(ours) != minor(theirs)
    {
        found.note(format!("it is version {ours}, the coordinator {theirs}"), "upgrade the older of the two");
    }
}

/// All findings on what the coordinator answered. `machine`: on its own machine, or why it does not tell.
fn examine(
    health: &Coordinator,
    machine: Result<Examined, String>,
    music: &Library,
    speakers: &[Speaker],
    ours: &str,
) -> Vec<Finding> {
    let mut findings = coordinator(health, ours);
    findings.extend(its_machine(machine));
    findings.extend(library(music));
    if speakers.is_empty() {
        let mut found = Findings::about("speakers");
        found.note(
            "there is none yet",
            "on one: downbeat-agent --server ADDRESS, or its package; downbeat-agent doctor there",
        );
        findings.extend(found.1);
    }
    findings.extend(speakers.iter().flat_map(|one| speaker(one, health.version.as_deref())));
    findings
}

/// For people.
fn text(findings: &[Finding]) -> String {
    let width = findings.iter().map(|f| f.about.chars().count()).max().unwrap_or(0);
    let line = |f: &Finding| {
        let mark = match f.verdict {
            Verdict::Good => "ok   ",
            Verdict::Note => "note ",
            Verdict::Fault => "FAULT",
        };
        let todo = f.todo.as_ref().map(|todo| format!("      {:width$}  -> {todo}\n", "")).unwrap_or_default();
        format!("{mark} {:width$}  {}\n{todo}", f.about, f.what)
    };
    findings.iter().map(line).collect()
}

impl Task<'_> {
    pub(crate) async fn doctor(&self, bundle: Option<&Path>, out: &mut impl Write) -> Result<(), CliError> {
        let call = async |what: &'static str| self.client.send(Method::GET, what, &[], None).await;
        let (health, library, speakers) =
            tokio::try_join!(self.client.health(), call("library"), self.client.speakers())?;
        let health: Coordinator = self.client.read(health)?;
        let library: Library = self.client.read(library)?;
        let speakers: Vec<Speaker> = match speakers.get("speakers") {
            Some(list @ Value::Array(_)) => self.client.read(list.clone())?,
            _ => Vec::new(),
        };
        let machine = match call("doctor").await {
            Ok(told) => self.client.read::<Examined>(told).map_err(|error| error.to_string()),
            // an older one has no such call
            Err(CliError::Refused { code, .. }) if code == "route_not_found" => Ok(Examined::default()),
            Err(error @ CliError::Refused { .. }) => Err(error.to_string()),
            Err(error) => return Err(error),
        };
        let findings = examine(&health, machine, &library, &speakers, env!("CARGO_PKG_VERSION"));
        if self.args.json {
            let worst = findings.iter().map(|f| f.verdict).max();
            print_json(out, &json!({ "verdict": worst, "findings": findings }))?;
        } else {
            write!(out, "{}", text(&findings))?;
        }
        if let Some(file) = bundle {
            let bytes = self.client.diagnostics(file).await?;
            if !self.args.json {
                let kb = bytes.div_ceil(1_000);
                writeln!(out, "{}: {kb} kB, for whoever helps; it has no secrets, read it first", file.display())?;
            }
        }
        match findings.iter().filter(|f| f.verdict == Verdict::Fault).count() {
            0 => Ok(()),
            faults => Err(CliError::Faults(faults)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: serde::de::DeserializeOwned>(value: &Value) -> T {
        serde_json::from_value(value.clone()).unwrap()
    }

    /// A house in which all is well, changed by `change`.
    fn house(change: impl FnOnce(&mut Value)) -> Vec<Finding> {
        let speaker = json!({
            "name": "Kitchen", "class": "agent", "connected": true,
            "lastSeen": "2026-11-30T12:13:14Z", "state": "playing",
            "muted": false, "volume": 60.0, "reportAgeMs": 400, "syncErrorUs": 3.0,
            "errorBoundUs": 40.0, "roundTripUs": 300.0, "jitterUs": 50.0, "probesLost": 0.0, "underruns": 1,
            "leadExcessUs": null,
            "health": {"output": "alsa:hw:CARD=DAC", "output_fault": null, "realtime": true,
                "temperature_c": 50.0, "wifi_dbm": -50.0,
                "uptime_s": 60, "version": "0.1.4"},
        });
        let library = json!({"fault": null, "watchFault": null, "failed": 0, "tracks": 12, "scanning": false,
            "folders": [{"path": "/srv/music", "state": "present"}]});
        let machine = json!({"findings": [{"area": "disk", "verdict": "good", "what": "8 GB are free"}]});
        let mut all =
            json!({"health": {"version": "0.1.0"}, "machine": machine, "library": library, "speakers": [speaker]});
        change(&mut all);
        examine(
            &read(&all["health"]),
            Ok(read(&all["machine"])),
            &read(&all["library"]),
            &read::<Vec<_>>(&all["speakers"]),
            "0.1.0",
        )
    }

    fn bad(findings: &[Finding]) -> Vec<&Finding> {
        findings.iter().filter(|f| f.verdict != Verdict::Good).collect()
    }

    #[test]
    fn a_house_that_is_all_right_has_a_word_for_each_part() {
        let findings = house(|_| {});
        assert_eq!(bad(&findings), [] as [&Finding; 0]);
        let words = text(&findings);
        assert_eq!(words.lines().count(), 4, "{words}");
        assert!(words.contains("ok    Kitchen      alsa:hw:CARD=DAC; a round trip takes 0.30 ms at best"), "{words}");
        assert!(words.contains("as good as it gets") && words.contains("coordinator  disk: 8 GB are free"), "{words}");
    }

    #[test]
    fn each_trouble_is_found_by_itself_and_says_what_to_do() {
        use Verdict::{Fault, Note};
        let fault = json!([{"area": "backup", "verdict": "note", "what": "none was ever made", "todo": "make one"}]);
        let rows: [(&str, Value, Verdict, &str); 24] = [
            ("/machine/findings", fault, Note, "backup: none was ever made"),
            ("/speakers/0/jitterUs", json!(9_000.0), Note, "usually 9.00 more: its network is never at rest"),
            ("/speakers/0/roundTripUs", json!(40_000.0), Note, "40.00 ms at best, usually 0.05 more: a long way"),
            ("/speakers/0/probesLost", json!(0.25), Note, "25 % are not answered"),
            ("/health/version", json!("0.2.0"), Note, "it is version 0.2.0"),
            ("/library/fault", json!("the disk is full"), Fault, "the disk is full"),
            ("/library/watchFault", json!("too many folders"), Note, "too many folders"),
            ("/library/failed", json!(3), Note, "3 files of 12"),
            ("/library/folders/0/state", json!("missing"), Fault, "/srv/music is not there"),
            ("/library/folders/0/state", json!("empty"), Note, "/srv/music is empty"),
            ("/speakers", json!([]), Note, "there is none yet"),
            ("/speakers/0/connected", json!(false), Fault, "away since 2026-11-30 12:13 UTC"),
            ("/speakers/0/reportAgeMs", json!(60_000), Note, "says nothing of itself"),
            ("/speakers/0/muted", json!(true), Note, "it is muted"),
            ("/speakers/0/volume", json!(0.0), Note, "its volume is 0"),
            ("/speakers/0/syncErrorUs", json!(-4_000.0), Note, "-4.0 ms off"),
            ("/speakers/0/errorBoundUs", json!(5_000.0), Note, "known to 5.0 ms only"),
            ("/speakers/0/leadExcessUs", json!(7), Note, "more time than a zone waits"),
            ("/speakers/0/underruns", json!(9), Note, "ran dry 9 times in 1 h"),
            ("/speakers/0/health/output_fault", json!("no such device"), Fault, "no sound: no such device"),
            ("/speakers/0/health/realtime", json!(false), Note, "no real-time priority"),
            ("/speakers/0/health/temperature_c", json!(84.0), Fault, "84 °C"),
            ("/speakers/0/health/wifi_dbm", json!(-75.0), Note, "-75 dBm: weak"),
            ("/speakers/0/health/version", json!("0.3.0"), Note, "it is version 0.3.0, the coordinator 0.1.0"),
        ];
        for (place, value, verdict, what) in rows {
            let findings = house(|all| *all.pointer_mut(place).unwrap() = value);
            let mut found = bad(&findings);
            // another version of the coordinator's is another one than the speaker's, too
            found.retain(|f| place != "/health/version" || f.about == "coordinator");
            let [one] = found[..] else { panic!("{place}: {found:?}") };
            assert!(one.verdict == verdict && one.what.contains(what) && one.todo.is_some(), "{place}: {one:?}");
        }
    }

    #[test]
    fn a_caller_that_is_no_admin_is_told_what_to_do() {
        let untold = its_machine(Err("say who you are [login_required]".into()));
        assert!(untold[0].what.contains("login_required") && untold[0].verdict == Verdict::Note, "{untold:?}");
        assert!(untold[0].todo.as_ref().is_some_and(|todo| todo.contains("downbeat login")), "{untold:?}");
    }

    #[test]
    fn a_page_that_was_closed_and_answers_that_lack_everything_are_no_trouble() {
        let closed = json!([{"name": "Phone", "class": "browser", "connected": false}]);
        assert_eq!(bad(&house(|all| all["speakers"] = closed)), [] as [&Finding; 0]);
        let nothing = examine(
            &Coordinator::default(),
            Ok(Examined::default()),
            &Library::default(),
            &[Speaker::default()],
            "0.1.0",
        );
        assert_eq!(nothing.len(), 3, "{nothing:?}");
        let null = json!({"version": null, "fault": null, "folders": null});
        serde_json::from_value::<Library>(null).unwrap();
    }
}
