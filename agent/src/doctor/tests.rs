use downbeat_host::{
    finding::{json, text, worst},
    machine::{Clocks, Disk, Speed},
};

use super::{
    facts::{Certificate, Facts, Radio, Reach, Running, Seen, SeenSpeaker},
    *,
};
use crate::{
    config::{AlsaSpec, OutputSpec},
    output::{cards, mixer::Control},
};

/// A speaker that is all right.
fn sound_machine() -> Facts {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("proc/asound");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("cards"), cards::tests::PI_CARDS).unwrap();
    std::fs::write(folder.join("pcm"), cards::tests::PI_DEVICES).unwrap();
    let playbacks = cards::read(dir.path());
    let card = playbacks[2].clone();
    let control = Control { name: "Digital".into(), muted: Some(false), level: Some(0.9), db: Some(-3.0) };
    Facts {
        output: OutputSpec::Alsa(AlsaSpec { name: "hw:CARD=sndrpihifiberry,DEV=0".into(), channels: None }),
        clocks: Clocks { wall_s: 1_800_000_000, source: Some("arch_sys_counter".into()) },
        playbacks,
        may_play: Some(true),
        mixer: Some((card, Ok(vec![control]))),
        agent: Some(Running { pid: 7, rtprio: 95, may_lock: true, realtime_threads: 1, outdated: false }),
        radios: vec![Radio { name: "wlan0".into(), dbm: Some(-52.0), power_save: Some(false), in_use: true }],
        disk: Some(Disk {
            folder: "/var/lib/downbeat-agent".into(),
            kind: "ext4".into(),
            free: 8 << 30,
            total: 32 << 30,
            keep_free: 1 << 30,
            read_only: false,
            speed: Some(Speed { mb_s: 20.0, sync_ms: 12.0 }),
        }),
        temperature_c: Some(50.0),
        throttled: Some(0),
        undervoltage: Some(false),
        load1: Some(0.5),
        processors: 4,
        governor: Some("ondemand".into()),
        coordinator: Some(Reach {
            address: "ws://coordinator.local:3000/ws".into(),
            connects_ms: Ok(vec![0.6, 0.4, 0.9]),
            version: Some(Ok("0.1.7".into())),
        }),
        wear: Some(2),
        certificate: Some(Certificate::Ours("0123".into())),
        addresses: vec!["10.0.0.7".parse().unwrap()],
        seen: Some(Seen {
            address: "::ffff:10.0.0.7".into(),
            speaker: Some(SeenSpeaker {
                connected: true,
                report_age_ms: Some(300),
                round_trip_us: Some(420.0),
                jitter_us: Some(60.0),
                probes_lost: Some(0.0),
                error_bound_us: Some(90.0),
            }),
        }),
        ..Facts::default()
    }
}

/// A change of the facts that makes a trouble.
type Change = fn(&mut Facts);

/// Changes the good machine, and gives the findings that are not good, as `area: what -> todo`.
fn troubles(change: Change) -> (Verdict, Vec<String>) {
    let mut facts = sound_machine();
    change(&mut facts);
    let findings = examine(&facts, "0.1.0");
    let bad = findings.iter().filter(|f| f.verdict != Verdict::Good);
    let line = |f: &Finding| format!("{}: {} -> {}", f.area, f.what, f.todo.as_deref().unwrap_or_default());
    (worst(&findings), bad.map(line).collect())
}

/// The speaker, as the coordinator sees it.
fn seen(facts: &mut Facts) -> &mut SeenSpeaker {
    facts.seen.as_mut().and_then(|seen| seen.speaker.as_mut()).unwrap()
}

fn control(facts: &mut Facts, name: &str, muted: Option<bool>, level: Option<f64>, db: Option<f64>) {
    if let Some((_, Ok(controls))) = &mut facts.mixer {
        controls.push(Control { name: name.into(), muted, level, db });
    }
}

fn alsa(name: &str) -> OutputSpec {
    OutputSpec::Alsa(AlsaSpec { name: name.into(), channels: None })
}

#[test]
fn a_machine_that_is_all_right_has_nothing_to_do() {
    let (verdict, troubles) = troubles(|_| {});
    assert_eq!((verdict, troubles), (Verdict::Good, vec![]));
    assert!(text(&examine(&sound_machine(), "0.1.0")).ends_with("Nothing is wrong.\n"));
}

/// A change, and what it is found as: the verdict, a part of the finding, a part of what to do.
type Row<'a> = (Change, Verdict, &'a str, &'a str);

/// Each change makes one trouble, and no other.
fn hold(table: &[Row<'_>]) {
    for (index, (change, verdict, what, todo)) in table.iter().enumerate() {
        let (worst, found) = troubles(*change);
        assert_eq!(found.len(), 1, "row {index}, {what}: {found:?}");
        let (says, does) = found[0].split_once(" -> ").unwrap();
        assert!(says.contains(what), "row {index}: {says} has no {what}");
        assert!(does.contains(todo), "row {index}: {does} has no {todo}");
        assert_eq!(worst, *verdict, "row {index}, {what}");
    }
}

#[test]
fn a_certificate_of_another_and_a_worn_card_are_found() {
    use Verdict::{Fault, Note};
    hold(&[
        (|f| f.wear = Some(9), Note, "used 90 % of its life", "replace the card"),
        (|f| f.wear = Some(11), Fault, "used up the life", "replace the card"),
        (
            |f| f.certificate = Some(Certificate::Unadopted),
            Note,
            "certificate: no coordinator has adopted",
            "downbeat adopt",
        ),
        (
            |f| f.certificate = Some(Certificate::Refused("its CA is another one".into())),
            Fault,
            "certificate: its CA is another one",
            "downbeat-agent forget",
        ),
        (|f| f.certificate = Some(Certificate::Unreadable("EACCES".into())), Note, "be read: EACCES", "sudo"),
    ]);
}

#[test]
fn the_way_back_and_the_exchange_of_time_get_a_verdict() {
    use Verdict::{Fault, Note};
    hold(&[
        (|f| f.seen.as_mut().unwrap().address = "192.0.2.1".into(), Note, "sees this machine as 192.0.2.1", "proxy"),
        (|f| seen(f).connected = false, Fault, "both ways: the agent runs, and the coordinator has no", "journalctl"),
        (|f| seen(f).report_age_ms = Some(60_000), Note, "heard nothing of this speaker for 60 s", "restart"),
        (
            |f| seen(f).jitter_us = Some(9_000.0),
            Note,
            "time: a round trip takes 0.42 ms at best, and usually 9.00 more: never",
            "cable",
        ),
        (
            |f| seen(f).round_trip_us = Some(40_000.0),
            Note,
            "40.00 ms at best, and usually 0.06 more: a long way",
            "repeater",
        ),
        (|f| seen(f).probes_lost = Some(0.2), Note, "20 % are not answered", "cable"),
        (|f| seen(f).error_bound_us = Some(4_000.0), Note, "known to 4.0 ms only", "Wi-Fi"),
        (
            |f| f.disk.as_mut().unwrap().speed = Some(Speed { mb_s: 0.8, sync_ms: 700.0 }),
            Note,
            "on it in 700 ms: slow",
            "replace it",
        ),
    ]);
    let verdict = |change: Change| {
        let mut facts = sound_machine();
        change(&mut facts);
        let findings = examine(&facts, "0.1.0");
        findings.into_iter().find(|f| f.area == "time").map(|f| f.what).unwrap_or_default()
    };
    assert!(verdict(|_| {}).ends_with("as good as it gets"));
    assert!(verdict(|f| seen(f).round_trip_us = Some(4_000.0)).ends_with("good enough for any room"));
    assert_eq!(verdict(|f| f.seen.as_mut().unwrap().speaker = None), "", "a coordinator that does not know it");
}

#[test]
fn each_trouble_is_found_by_itself_and_says_what_to_do() {
    use Verdict::{Fault, Note};
    let table: &[Row<'_>] = &[
        (|f| f.settings_fault = Some("key x".into()), Fault, "settings: key x", "/etc/downbeat/agent.toml"),
        (|f| (f.playbacks, f.mixer) = (vec![], None), Fault, "card: the kernel knows no card", "dtoverlay"),
        (
            |f| f.output = alsa("hw:CARD=Gone,DEV=0"),
            Fault,
            "card: no card is called hw:CARD=Gone",
            "alsa:hw:CARD=sndrpihifiberry,DEV=0",
        ),
        (|f| f.output = alsa("plughw:9"), Fault, "card: no card is called plughw:9", "alsa:hw:CARD=Headphones,DEV=0"),
        (
            |f| f.output = OutputSpec::Default,
            Note,
            "default, of 3 ways",
            "output = \"alsa:hw:CARD=sndrpihifiberry,DEV=0\"",
        ),
        (|f| f.output = "virtual".parse().unwrap(), Note, "nothing sounds, and there is a card", "sndrpihifiberry"),
        (|f| f.may_play = Some(false), Note, "card: this user may not", "group audio"),
        (
            |f| control(f, "Master", Some(true), Some(1.0), None),
            Fault,
            "mixer: Master of sndrpihifiberry is muted",
            "amixer -c sndrpihifiberry sset 'Master' unmute",
        ),
        (
            |f| control(f, "PCM", None, Some(0.0), Some(-99.0)),
            Fault,
            "mixer: PCM of sndrpihifiberry is at zero",
            "alsactl store",
        ),
        (|f| control(f, "Speaker", None, Some(0.3), Some(-45.0)), Note, "is at -45 dB", "sset 'Speaker'"),
        (|f| control(f, "PCM", None, Some(0.05), None), Note, "is at 5 %", "sset 'PCM'"),
        (|f| control(f, "Headphone", Some(true), None, None), Note, "mixer: Headphone of", "if that socket is used"),
        (|f| f.mixer.as_mut().unwrap().1 = Err("EACCES".into()), Note, "cannot be read: EACCES", "root"),
        (|f| f.agent = None, Note, "real time: no agent runs", "journalctl"),
        (|f| f.agent.as_mut().unwrap().outdated = true, Fault, "an older program", "systemctl restart"),
        (
            |f| f.agent = Some(Running { rtprio: 0, realtime_threads: 0, ..f.agent.unwrap() }),
            Note,
            "no real-time priority",
            "LimitRTPRIO=95",
        ),
        (|f| f.agent.as_mut().unwrap().realtime_threads = 0, Note, "though it may", "log"),
        (|f| f.agent.as_mut().unwrap().may_lock = false, Note, "may not lock its memory", "LimitMEMLOCK"),
        (|f| f.clocks.source = Some("hpet".into()), Note, "clock: the kernel counts by hpet", "journalctl -k"),
        (|f| f.clocks.wall_s = 3_600, Note, "clock: the date is wrong", "timedatectl"),
        (|f| f.radios[0].dbm = Some(-75.0), Note, "Wi-Fi: wlan0 hears -75 dBm: weak", "access point"),
        (|f| f.radios[0].dbm = Some(-88.0), Fault, "too little", "access point"),
        (|f| f.radios[0].power_save = Some(true), Note, "sleeps between packets", "iw dev wlan0 set power_save off"),
        (|f| f.radios[0].power_save = None, Note, "cannot be told", "apt install iw"),
        (|f| f.disk.as_mut().unwrap().read_only = true, Fault, "is read-only", "Replace it"),
        (|f| f.disk.as_mut().unwrap().free = 1 << 20, Fault, "disk: 1 MB are free", "make room"),
        (|f| f.disk.as_mut().unwrap().free = 500 << 20, Note, "next to nothing", "keep_free"),
        (|f| f.disk.as_mut().unwrap().kind = "tmpfs".into(), Note, "a new speaker", "real disk"),
        (|f| f.undervoltage = Some(true), Fault, "the voltage is too low", "power supply"),
        (|f| f.throttled = Some(1 << 16), Note, "was too low since the start", "power supply"),
        (|f| f.throttled = Some(1 << 2), Fault, "is slowed down", "heat sink"),
        (|f| f.throttled = Some(1 << 18), Note, "was slowed down", "heat sink"),
        (|f| f.temperature_c = Some(85.0), Fault, "85 °C", "air"),
        (|f| f.temperature_c = Some(72.0), Note, "72 °C", "air"),
        (|f| f.governor = Some("powersave".into()), Note, "lowest speed", "ondemand"),
        (|f| f.load1 = Some(9.0), Note, "9.0 programs wait for 4", "top"),
        (
            |f| f.coordinator.as_mut().unwrap().connects_ms = Err("refused".into()),
            Fault,
            "cannot be reached: refused",
            "firewall",
        ),
        (
            |f| f.coordinator.as_mut().unwrap().connects_ms = Ok(vec![0.4, 40.0]),
            Note,
            "give or take 39.6",
            "power save",
        ),
        (
            |f| f.coordinator.as_mut().unwrap().version = Some(Ok("0.2.0".into())),
            Note,
            "it is version 0.2.0, this one 0.1.0",
            "apt upgrade",
        ),
        (
            |f| f.coordinator.as_mut().unwrap().version = Some(Err("404".into())),
            Note,
            "does not answer as a coordinator: 404",
            "port",
        ),
    ];
    hold(table);
}

#[test]
fn what_is_not_used_is_not_complained_of() {
    let none: [Change; 5] = [
        |f| f.radios[0] = Radio { name: "wlan0".into(), dbm: Some(-90.0), power_save: Some(true), in_use: false },
        |f| control(f, "Mic", Some(true), Some(0.0), None),
        |f| control(f, "Auto-Mute Mode", Some(true), None, None),
        |f| f.output = alsa("hw:2,0"),
        |f| f.output = alsa("my_own_pcm"),
    ];
    for (index, change) in none.into_iter().enumerate() {
        assert_eq!(troubles(change), (Verdict::Good, vec![]), "row {index}");
    }
}

#[test]
fn programs_read_the_same_as_people() {
    let mut facts = sound_machine();
    facts.temperature_c = Some(90.0);
    let findings = examine(&facts, "0.1.0");
    let read: serde_json::Value = serde_json::from_str(&json("downbeat-agent", "0.1.0", &findings)).unwrap();
    assert_eq!((read["verdict"].as_str(), read["program"].as_str()), (Some("fault"), Some("downbeat-agent")));
    let all = read["findings"].as_array().unwrap();
    assert_eq!(all.len(), findings.len());
    let hot = all.iter().find(|f| f["verdict"] == "fault").unwrap();
    assert!(hot["what"].as_str().unwrap().contains("90 °C") && hot["todo"].is_string(), "{hot}");
    let text = text(&findings);
    assert!(text.contains("FAULT power, heat  90 °C") && text.contains("-> more air"), "{text}");
    assert!(text.ends_with("Faults: 1. Notes: 0.\n"), "{text}");
}
