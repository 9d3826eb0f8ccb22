//! The card, its mixer, and the right to real time.

use downbeat_host::finding::{Finding, Findings};

use super::facts::{Facts, Running};
use crate::{
    config::{AlsaSpec, OutputSpec},
    output::{
        cards::{self, Playback},
        mixer::Control,
    },
};

/// Controls that every sample of a card passes, as drivers name them.
const MAIN: [&str; 8] = ["master", "pcm", "digital", "dac", "front", "playback", "analogue", "speaker"];
/// Controls of one socket each.
const SOCKETS: [&str; 5] = ["headphone", "line out", "lineout", "hdmi", "iec958"];
/// Below this a card that tells decibels is hardly heard.
const FAINT_DB: f64 = -40.0;
/// The same part of the range where it tells none.
const FAINT: f64 = 0.1;

/// The card of the settings.
pub(super) fn card(facts: &Facts) -> Vec<Finding> {
    let mut found = Findings::on("card");
    let likely = cards::likely(&facts.playbacks);
    if let OutputSpec::Virtual(_) = facts.output {
        match likely {
            Some(card) => found.note(
                "the output is virtual: nothing sounds, and there is a card",
                format!("to use {}: output = \"{}\"", card.description, card.output()),
            ),
            None => found.note("the output is virtual: nothing sounds", "plug a sound card in and name it as output"),
        }
        return found.done();
    }
    if facts.playbacks.is_empty() {
        found.fault(
            "the kernel knows no card that plays",
            "plug one in; on a Raspberry Pi, name its overlay in /boot/firmware/config.txt (dtoverlay=...)",
        );
        return found.done();
    }
    if facts.may_play == Some(false) {
        found.note(
            "this user may not use the cards",
            "nothing, if the service plays: its user is in the group audio. Else: sudo usermod -aG audio USER",
        );
    }
    match (&facts.output, in_use(facts)) {
        (OutputSpec::Alsa(spec), None) if wanted_card(&spec.name).is_some() => {
            let there: Vec<String> = facts.playbacks.iter().map(Playback::output).collect();
            found.fault(
                format!("no card is called {}", spec.name),
                format!("write one of these as output: {}", there.join(", ")),
            );
        }
        (OutputSpec::Default, _) => match likely {
            Some(card) if facts.playbacks.len() > 1 => found.note(
                format!("the output is the system's default, of {} ways to play", facts.playbacks.len()),
                format!("name the one that is meant, most likely output = \"{}\"", card.output()),
            ),
            _ => found.good(format!("the system's default; there is {}", facts.playbacks[0].description)),
        },
        (_, Some(card)) => found.good(format!("{} is there", card.description)),
        (OutputSpec::Alsa(AlsaSpec { name, .. }) | OutputSpec::Named(name), None) => {
            found.good(format!("the output is {name}, which no file of the kernel tells of; the agent's log does"));
        }
        (OutputSpec::Virtual(_), None) => {}
    }
    found.done()
}

/// The card that an ALSA name means: by its id or by its number. `None`: it says neither.
pub(super) fn wanted_card(name: &str) -> Option<&str> {
    let rest = ["hw:", "plughw:", "sysdefault:", "front:", "dmix:"].iter().find_map(|kind| name.strip_prefix(kind))?;
    let first = rest.split(',').next()?;
    Some(first.strip_prefix("CARD=").unwrap_or(first))
}

/// The card that the settings mean, as far as they can be read.
pub(super) fn in_use(facts: &Facts) -> Option<&Playback> {
    match &facts.output {
        OutputSpec::Alsa(spec) => {
            let wanted = wanted_card(&spec.name)?;
            facts.playbacks.iter().find(|card| card.id == wanted || card.card.to_string() == wanted)
        }
        OutputSpec::Default if facts.playbacks.iter().all(|card| card.card == facts.playbacks[0].card) => {
            facts.playbacks.first()
        }
        _ => None,
    }
}

/// The mixer of the card in use: a card that is muted takes every sample, and is silent.
pub(super) fn mixer(facts: &Facts) -> Vec<Finding> {
    let mut found = Findings::on("mixer");
    let Some((card, controls)) = &facts.mixer else { return found.done() };
    let controls = match controls {
        Ok(controls) => controls,
        Err(why) => {
            found.note(format!("the mixer of {} cannot be read: {why}", card.id), "run it as root");
            return found.done();
        }
    };
    let of = |names: &'static [&str]| {
        let named = move |control: &&Control| {
            let name = control.name.to_lowercase();
            names.iter().any(|n| name == *n || name.starts_with(&format!("{n} ")))
        };
        controls.iter().filter(named)
    };
    let repair =
        |control: &Control| format!("amixer -c {} sset '{}' unmute 80% && sudo alsactl store", card.id, control.name);
    let mut heard = true;
    for control in of(&MAIN) {
        if let Some(how) = silent(control) {
            heard = false;
            found.fault(format!("{} of {} {how}: nothing is heard", control.name, card.id), repair(control));
        } else if let Some(how) = faint(control) {
            found.note(format!("{} of {} {how}", control.name, card.id), repair(control));
        }
    }
    for (control, how) in of(&SOCKETS).filter_map(|control| Some((control, silent(control)?))) {
        found.note(
            format!("{} of {} {how}", control.name, card.id),
            format!("if that socket is used: {}", repair(control)),
        );
    }
    if heard && of(&MAIN).next().is_some() {
        found.good(format!("{} is open", card.id));
    } else if heard {
        found.good(format!("{} has no mixer that could silence it", card.id));
    }
    found.done()
}

/// How the control silences all that passes it.
fn silent(control: &Control) -> Option<&'static str> {
    match control {
        Control { muted: Some(true), .. } => Some("is muted"),
        Control { level: Some(level), .. } if *level <= 0.0 => Some("is at zero"),
        _ => None,
    }
}

fn faint(control: &Control) -> Option<String> {
    match (control.level, control.db) {
        // drivers that know no decibels say absurd ones
        (Some(_), Some(db)) if db < FAINT_DB && db > -200.0 => {
            Some(format!("is at {db:.0} dB: hardly anything is heard"))
        }
        (Some(level), None) if level < FAINT => Some(format!("is at {:.0} %: hardly anything is heard", level * 100.0)),
        _ => None,
    }
}

/// Whether the audio thread may go before all others.
pub(super) fn realtime(facts: &Facts) -> Vec<Finding> {
    let mut found = Findings::on("real time");
    let Some(Running { pid, rtprio, may_lock, realtime_threads, outdated }) = facts.agent else {
        found.note("no agent runs on this machine", "systemctl status downbeat-agent; journalctl -u downbeat-agent");
        return found.done();
    };
    if outdated {
        found.fault(format!("the agent (process {pid}) is an older program than the one that is installed"), RESTART);
    }
    let plays = !matches!(facts.output, OutputSpec::Virtual(_));
    let unit = "LimitRTPRIO=95 and LimitMEMLOCK=infinity in the unit (systemctl edit downbeat-agent), then restart it";
    if realtime_threads > 0 {
        found.good("the audio thread has real-time priority");
    } else if rtprio == 0 {
        found.note("the agent may have no real-time priority: other programs can make it stutter", unit);
    } else if plays {
        found.note("no thread of the agent has real-time priority, though it may", "is the card in use? See its log");
    }
    if !may_lock {
        found.note("the agent may not lock its memory: what is swapped out is heard", unit);
    }
    found.done()
}

const RESTART: &str = "sudo systemctl restart downbeat-agent";
