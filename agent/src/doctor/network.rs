//! The way to the coordinator, and back.

use std::net::IpAddr;

use downbeat_host::finding::{Finding, Findings};

use super::facts::{Certificate, Facts, Reach, SeenSpeaker};

/// Below this a radio repeats itself.
const WEAK_DBM: f32 = -70.0;
/// Below this it loses the connection.
const LOST_DBM: f32 = -80.0;
/// A house's network answers sooner, milliseconds.
const FAR_MS: f64 = 20.0;
/// A report that is older is not of now, milliseconds.
const OLD_MS: i64 = 15_000;
/// The bounds of verdicts on the exchange of time, microseconds; the last but one: a share.
const SHORT_US: f64 = 1_500.0;
const CALM_US: f64 = 200.0;
const LONG_US: f64 = 15_000.0;
const RESTLESS_US: f64 = 2_000.0;
const LOST_SHARE: f64 = 0.05;
const VAGUE_US: f64 = 2_000.0;
/// The spread of answers at which the clock's bound is felt, milliseconds.
const UNSTEADY_MS: f64 = 10.0;

pub(super) fn wifi(facts: &Facts) -> Vec<Finding> {
    let mut found = Findings::on("Wi-Fi");
    for radio in facts.radios.iter().filter(|radio| radio.in_use) {
        let name = &radio.name;
        match radio.dbm {
            Some(dbm) if dbm < LOST_DBM => {
                found.fault(format!("{name} hears {dbm:.0} dBm: too little"), "an access point nearby, or a cable");
            }
            Some(dbm) if dbm < WEAK_DBM => {
                found.note(format!("{name} hears {dbm:.0} dBm: weak"), "an access point nearby, or a cable");
            }
            Some(dbm) => found.good(format!("{name} hears {dbm:.0} dBm")),
            None => {}
        }
        match radio.power_save {
            Some(true) => found.note(
                format!("{name} sleeps between packets: answers come up to 100 ms late"),
                format!("sudo iw dev {name} set power_save off; to keep it: deploy/README.md"),
            ),
            Some(false) => found.good(format!("{name} does not sleep")),
            None => found.note(
                format!("whether {name} sleeps between packets cannot be told"),
                "sudo apt install iw, and run this again",
            ),
        }
    }
    found.done()
}

pub(super) fn coordinator(facts: &Facts, ours: &str) -> Vec<Finding> {
    let mut found = Findings::on("coordinator");
    let Some(Reach { address, connects_ms, version }) = &facts.coordinator else { return found.done() };
    let times = match connects_ms {
        Ok(times) => times,
        Err(why) => {
            found.fault(
                format!("{address} cannot be reached: {why}"),
                "systemctl status downbeat-server there; is the address right, and no firewall between?",
            );
            return found.done();
        }
    };
    let least = times.iter().copied().fold(f64::INFINITY, f64::min);
    let spread = times.iter().copied().fold(0.0, f64::max) - least;
    let figures = format!("{address} answers in {least:.1} ms, give or take {spread:.1}");
    if least > FAR_MS || spread > UNSTEADY_MS {
        found.note(figures, "a cable; or Wi-Fi on 5 GHz, without power save, and less traffic");
    } else {
        found.good(figures);
    }
    match version {
        Some(Ok(theirs)) if minor(theirs) == minor(ours) => {
            found.good(format!("it is version {theirs}, this one {ours}"));
        }
        Some(Ok(theirs)) => {
            found.note(format!("it is version {theirs}, this one {ours}"), "sudo apt upgrade, on the older of the two");
        }
        Some(Err(why)) => found.note(
            format!("there is something at {address}, which does not answer as a coordinator: {why}"),
            "is the port right? Is there a proxy before it?",
        ),
        None => {}
    }
    found.done()
}

pub(super) fn certificate(facts: &Facts) -> Vec<Finding> {
    let mut found = Findings::on("certificate");
    match &facts.certificate {
        None => {}
        Some(Certificate::Ours(ca)) => found.good(format!("it is of the CA {ca}, which this speaker pinned")),
        Some(Certificate::Unadopted) => found.note(
            "no coordinator has adopted this speaker",
            "downbeat-agent status shows its code; at the coordinator: downbeat adopt CODE",
        ),
        Some(Certificate::Refused(why)) => found.fault(
            why,
            "was the coordinator replaced? Restore its backup with its keys; or sudo downbeat-agent forget, and adopt \
             the speaker again",
        ),
        Some(Certificate::Unreadable(why)) => {
            found.note(format!("this speaker's key and pin cannot be read: {why}"), "sudo downbeat-agent doctor");
        }
    }
    found.done()
}

/// Whether the coordinator reaches this speaker, as it says itself.
pub(super) fn both_ways(facts: &Facts) -> Vec<Finding> {
    let mut found = Findings::on("both ways");
    let Some(seen) = &facts.seen else { return found.done() };
    let theirs = seen.address.parse::<IpAddr>().ok().map(|address| address.to_canonical());
    match theirs {
        Some(theirs) if !facts.addresses.is_empty() && !facts.addresses.contains(&theirs) => found.note(
            format!("the coordinator sees this machine as {theirs}, which is none of its addresses"),
            "a router or a proxy stands between and translates: the way is longer, and many speakers look like one. \
             Put both into one network, or name it to the coordinator (proxy_address)",
        ),
        Some(theirs) => found.good(format!("the coordinator sees this machine as {theirs}")),
        None => {}
    }
    match &seen.speaker {
        Some(SeenSpeaker { connected: false, .. }) if facts.agent.is_some() => found.fault(
            "the agent runs, and the coordinator has no connection of this speaker",
            "journalctl -u downbeat-agent says why; downbeat-agent status says whether it is adopted",
        ),
        Some(SeenSpeaker { connected: true, report_age_ms: Some(age), .. }) if *age > OLD_MS => found.note(
            format!("the coordinator has heard nothing of this speaker for {} s", age / 1_000),
            "is the agent stuck? sudo systemctl restart downbeat-agent; its log: journalctl -u downbeat-agent",
        ),
        Some(SeenSpeaker { connected: true, .. }) => found.good("the coordinator hears this speaker"),
        Some(_) | None => {}
    }
    found.done()
}

/// How well the exchange of time goes, as the running agent measured it: its floor and its unrest, with a verdict.
pub(super) fn time(facts: &Facts) -> Vec<Finding> {
    let mut found = Findings::on("time");
    let Some(speaker) = facts.seen.as_ref().and_then(|seen| seen.speaker.as_ref()) else { return found.done() };
    let (Some(floor), Some(jitter)) = (speaker.round_trip_us, speaker.jitter_us) else { return found.done() };
    let figures = format!("a round trip takes {:.2} ms at best, and usually {:.2} more", floor / 1e3, jitter / 1e3);
    let calmer = "a cable; or Wi-Fi on 5 GHz, without power save, and less traffic";
    let lost = speaker.probes_lost.unwrap_or(0.0);
    if lost > LOST_SHARE {
        found.note(
            format!("{figures}; {:.0} % are not answered: a line that is full, or interference", lost * 100.0),
            calmer,
        );
    } else if jitter > RESTLESS_US {
        found.note(format!("{figures}: never at rest, and the zone's step suffers"), calmer);
    } else if floor > LONG_US {
        found.note(
            format!("{figures}: a long way, whose two halves may differ unseen"),
            "is there a repeater, a tunnel or another network between? The straight way is the best",
        );
    } else if floor <= SHORT_US && jitter <= CALM_US {
        found.good(format!("{figures}: as good as it gets"));
    } else {
        found.good(format!("{figures}: good enough for any room"));
    }
    if let Some(bound) = speaker.error_bound_us.filter(|bound| *bound > VAGUE_US) {
        found.note(format!("its place in the music is known to {:.1} ms only", bound / 1e3), calmer);
    }
    found.done()
}

/// Major and minor: what differs only behind them understands each other.
fn minor(version: &str) -> Vec<&str> {
    version.split('.').take(2).collect()
}
