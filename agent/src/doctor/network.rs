//! The way to the coordinator.

use super::{
    facts::{Certificate, Facts, Reach},
    finding::{Finding, Findings},
};

/// Below this a radio repeats itself.
const WEAK_DBM: f32 = -70.0;
/// Below this it loses the connection.
const LOST_DBM: f32 = -80.0;
/// A house's network answers sooner, milliseconds.
const FAR_MS: f64 = 20.0;
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

/// Major and minor: what differs only behind them understands each other.
fn minor(version: &str) -> Vec<&str> {
    version.split('.').take(2).collect()
}
