//! Speakers become a coordinator's own: real programs, real keys, real TLS.

use std::{fs, os::unix::fs::chown, path::Path};

use downbeat_tests::{
    binaries,
    coordinator::Coordinator,
    patience::until,
    process::Process,
    proxy::Proxy,
    rest::Rest,
    speaker::{Card, Speaker},
    stage::Stage,
    wall_clock::WallClock,
};
use nix::unistd::geteuid;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::cli::downbeat;

/// As a coordinator is by default.
const USUAL: [&str; 2] = ["--legacy-speakers", "until=never"];
/// The user that a person has who is the first on a machine.
const PERSON: u32 = 1_000;

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Starts a program of ours as a person; as whoever runs this test, if that is not root.
fn as_person(stage: &Stage, name: &str, program: &str, arguments: &[&str]) -> Process {
    let program = shown(&binaries::path(program));
    let arguments = arguments.iter().map(|word| (*word).to_owned());
    let log = stage.path(&format!("{name}.log"));
    if !geteuid().is_root() {
        return Process::start(name, &program, &arguments.collect::<Vec<_>>(), &log);
    }
    let person = PERSON.to_string();
    let words = ["--reuid", &person, "--regid", &person, "--clear-groups", &program].map(str::to_owned);
    Process::start(name, "/usr/bin/setpriv", &words.into_iter().chain(arguments).collect::<Vec<_>>(), &log)
}

/// Runs a command of the agent's for the speaker of this name.
async fn agent(stage: &Stage, name: &str, words: &[&str]) -> (Option<i32>, String) {
    agent_in(stage, name, words, Vec::new()).await
}

/// The same with these variables in its environment.
async fn agent_in(
    stage: &Stage,
    name: &str,
    words: &[&str],
    environment: Vec<(String, String)>,
) -> (Option<i32>, String) {
    let mut command = Command::new(binaries::path("downbeat-agent"));
    command.args(["--data", &shown(&stage.path(name)), "--name", name, "--output", "virtual:rate=48000"]).args(words);
    let output = command.env("HOME", stage.path("")).envs(environment).output().await.expect("it runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

async fn key(c: &Coordinator, name: &str, state: &str) -> Value {
    until(&format!("{name} to be {state}"), async || {
        let keys = c.get("/api/speaker-keys").await;
        keys["keys"].as_array()?.iter().find(|k| k["name"] == name && k["state"] == state).cloned()
    })
    .await
}

#[tokio::test]
async fn the_two_commands_of_a_first_start_on_one_machine_need_no_third() {
    let stage = Stage::new().with_fixtures(&["gapless-a.flac"]);
    if geteuid().is_root() {
        chown(stage.path(""), Some(PERSON), Some(PERSON)).expect("root may");
    }
    let (music, data) = (shown(&stage.music()), shown(&stage.path("server")));
    let server = as_person(
        &stage,
        "server",
        "downbeat-server",
        &["--listen", "127.0.0.1:0", "--music", &music, "--data", &data],
    );
    let address = until("the coordinator", async || {
        let log = server.log();
        Some(log.split_once("listening on http://")?.1.split_once(',')?.0.to_owned())
    })
    .await;
    let data = shown(&stage.path("kitchen"));
    let words = ["--server", &address, "--name", "Kitchen", "--output", "virtual:rate=48000", "--data", &data];
    let kitchen = as_person(&stage, "kitchen", "downbeat-agent", &words);
    let rest = Rest::new(&format!("http://{address}"), &stage.path("server"));
    until("the kitchen to play", async || {
        let speakers = rest.get("/api/speakers").await;
        let kitchen = speakers["speakers"].as_array()?.iter().find(|s| s["name"] == "Kitchen")?.clone();
        (kitchen["connected"] == true && kitchen["encrypted"] == true).then_some(())
    })
    .await;
    // that is so for the own user alone: another one on the same machine waits
    if geteuid().is_root() {
        let (cellar, data) = (stage.path("cellar.log"), shown(&stage.path("cellar")));
        let words = ["--server", &address, "--name", "Cellar", "--output", "virtual:rate=48000", "--data", &data];
        let cellar = Process::start("cellar", "downbeat-agent", &words.map(str::to_owned), &cellar);
        until("the cellar's code", async || cellar.log().contains("downbeat adopt ").then_some(())).await;
    }
    assert_eq!(kitchen.terminate().await.code, Some(0));
    assert_eq!(server.terminate().await.code, Some(0));
}

#[tokio::test]
async fn of_the_own_user_the_agent_is_let_in_and_of_root_no_program_that_passes_others_on() {
    let stage = Stage::new().with_fixtures(&["gapless-a.flac"]);
    let usual = ["--legacy-speakers", "until=never", "--loopback", "operator"];
    let c = Coordinator::start_with(&stage, "127.0.0.1:0", &usual).await;
    let kitchen = Speaker::start(&stage, c.address(), "Kitchen", Card::USUAL);
    c.settled(&["Kitchen"]).await;
    if geteuid().is_root() {
        // as the proxy of a container does
        let proxy = Proxy::start(c.address()).await;
        let cellar = Speaker::start(&stage, &proxy.address(), "Cellar", Card::USUAL);
        key(&c, "Cellar", "pending").await;
        cellar.terminate().await;
    }
    kitchen.terminate().await;
    c.terminate().await;
}

#[tokio::test]
async fn a_speaker_is_adopted_by_its_code_revoked_and_let_in_again() {
    let stage = Stage::new().with_fixtures(&["gapless-a.flac"]);
    let c = Coordinator::start_with(&stage, "127.0.0.1:0", &USUAL).await;
    let kitchen = Speaker::start(&stage, c.address(), "Kitchen", Card::USUAL);
    let waits =
        until("the code", async || Some(key(&c, "Kitchen", "pending").await).filter(|key| key["code"].is_string()))
            .await;
    let code = waits["code"].as_str().expect("a code").to_owned();
    until("the speaker to show it, too", async || kitchen.log().contains(&code).then_some(())).await;
    let (status, said) = agent(&stage, "Kitchen", &["status"]).await;
    assert!(status == Some(0) && said.contains(&code), "{said}");
    assert!(c.speakers().await.is_empty(), "it is no speaker yet");
    let base = format!("http://{}", c.address());
    let (status, said) = downbeat(&stage, &base, &["adopt", &code]).await;
    assert_eq!((status, said.trim()), (Some(0), "Kitchen: adopted"));
    c.settled(&["Kitchen"]).await;
    c.play(&stage, &["gapless-a.flac"]).await;
    c.in_step(&["Kitchen"], 1_000.0).await;
    let (_, said) = agent(&stage, "Kitchen", &["status"]).await;
    assert!(said.starts_with("adopted"), "{said}");

    let (status, said) = downbeat(&stage, &base, &["speakers", "revoke", "Kitchen"]).await;
    assert_eq!((status, said.trim()), (Some(0), "Kitchen: revoked"));
    until("the speaker to say why", async || kitchen.log().contains("ended this speaker's adoption").then_some(()))
        .await;
    assert_eq!(c.speaker("Kitchen").await.map(|s| s.is_connected()), Some(false));
    assert_eq!(kitchen.terminate().await.code, Some(0));
    // given away: it forgets, and is a new one that waits
    let (status, said) = agent(&stage, "Kitchen", &["forget"]).await;
    assert_eq!(status, Some(0), "{said}");
    let again = Speaker::start(&stage, c.address(), "Kitchen", Card::USUAL);
    key(&c, "Kitchen", "pending").await;
    assert_eq!(again.terminate().await.code, Some(0));
}

#[tokio::test]
async fn a_token_lets_in_without_a_person_and_replaces_the_coordinator() {
    let (stage, other) = (Stage::new(), Stage::new());
    let (c, d) = tokio::join!(
        Coordinator::start_with(&stage, "127.0.0.1:0", &USUAL),
        Coordinator::start_with(&other, "127.0.0.1:0", &USUAL)
    );
    let token = async |c: &Coordinator| {
        let made = c.post("/api/join-tokens", json!({ "uses": 1, "address": c.address() })).await;
        made["text"].as_str().expect("a text").to_owned()
    };
    let text = token(&c).await;
    let (status, said) = agent(&stage, "Till", &["join", &text]).await;
    assert!(status == Some(0) && said.contains("belongs to"), "{said}");
    assert_eq!(key(&c, "Till", "adopted").await["verified"], true);
    // it knows the address by now, and needs no --server
    let words = ["--name", "Till", "--output", "virtual:rate=48000", "--data", &shown(&stage.path("Till"))];
    let till = Process::start("Till", "downbeat-agent", &words.map(str::to_owned), &stage.path("Till.log"));
    c.settled(&["Till"]).await;
    let (status, said) = agent(&stage, "Till", &["join", &text]).await;
    assert!(status == Some(1) && said.contains("another agent"), "not while it is at work: {said}");
    assert_eq!(till.terminate().await.code, Some(0));

    // told to go to another coordinator it goes nowhere, and says what to do
    let stranger = ["--server", d.address(), "--name", "Till", "--output", "virtual:rate=48000", "--data"];
    let words = stranger.iter().map(|word| (*word).to_owned()).chain([shown(&stage.path("Till"))]);
    let till = Process::start("Till", "downbeat-agent", &words.collect::<Vec<_>>(), &stage.path("stray.log"));
    until("it to refuse", async || till.log().contains("not the one that adopted this speaker").then_some(())).await;
    assert!(till.log().contains("downbeat-agent forget"), "{}", till.log());
    assert_eq!(till.terminate().await.code, Some(0));
    assert_eq!(d.get("/api/speaker-keys").await["keys"], json!([]), "the stranger learnt nothing");
    // a token of the new one is the word of somebody who can log in there
    let (status, said) = agent(&stage, "Till", &["join", &token(&d).await]).await;
    assert_eq!(status, Some(0), "{said}");
    key(&d, "Till", "adopted").await;
}

#[tokio::test]
async fn a_card_with_a_token_makes_a_speaker_that_needs_no_person_and_one_with_a_used_token_waits_for_one() {
    let stage = Stage::new();
    let c = Coordinator::start_with(&stage, "127.0.0.1:0", &USUAL).await;
    let made = c.post("/api/join-tokens", json!({ "uses": 1, "address": c.address() })).await;
    let token = made["text"].as_str().expect("a text");
    // the settings of the package, and the file of the boot partition, which says more
    let settings = stage.path("agent.toml");
    fs::write(&settings, "server = \"ws://127.0.0.1:9\"\nname = \"As packed\"\noutput = \"virtual\"\n").expect("room");
    let start = |name: &str, log: &str| {
        let card = stage.path(&format!("{name}.toml"));
        fs::write(&card, format!("name = \"{name}\"\r\nzone = \"house\"\r\ntoken = \"{token}\"\r\n")).expect("room");
        let words = ["--config", &shown(&settings), "--boot-file", &shown(&card), "--data", &shown(&stage.path(name))];
        Process::start(name, "downbeat-agent", &words.map(str::to_owned), &stage.path(log))
    };
    let first = start("First", "first.log");
    c.settled(&["First"]).await;
    assert_eq!(key(&c, "First", "adopted").await["verified"], true);
    assert!(c.get("/api/zones").await.to_string().contains("\"house\""), "its zone is made");
    until("the first to say how", async || first.log().contains("joined by the token of the boot file").then_some(()))
        .await;
    assert_eq!(first.terminate().await.code, Some(0));
    // started again it belongs to the coordinator, and the token, which is used up, is not asked about
    let again = start("First", "again.log");
    c.settled(&["First"]).await;
    assert!(!again.log().contains("token"), "{}", again.log());

    let second = start("Second", "second.log");
    let waits = key(&c, "Second", "pending").await;
    until("the second to say why", async || second.log().contains("used up").then_some(())).await;
    c.post("/api/speaker-keys/adopt", json!({ "key": waits["key"] })).await;
    c.settled(&["Second"]).await;
    let logs = [again.log(), second.log()].concat();
    assert!(!logs.contains(&token[10..40]), "a log holds the token");
    for speaker in [again, second] {
        assert_eq!(speaker.terminate().await.code, Some(0));
    }
}

#[tokio::test]
async fn after_an_upgrade_a_speaker_plays_on_and_is_adopted_by_one_click() {
    // what version 0.1.0 kept: a coordinator's database, and the id of its kitchen
    let stage = Stage::new();
    let kept = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/0.1.0"));
    for (file, to) in [("downbeat.db", "server"), ("speaker-id", "kitchen")] {
        fs::create_dir(stage.path(to)).expect("a folder can be made");
        fs::copy(kept.join(file), stage.path(to).join(file)).expect("it is copied");
    }
    let id = fs::read_to_string(kept.join("speaker-id")).expect("it is there");
    // the usual settings of both
    let c = Coordinator::start_with(&stage, "127.0.0.1:0", &["--legacy-speakers", "until=never"]).await;
    let kitchen = Speaker::start(&stage, c.address(), "kitchen", Card::USUAL);
    c.settled(&["kitchen window"]).await;
    let waits = key(&c, "kitchen", "pending").await;
    assert_eq!(waits["speaker"], id.trim(), "it is let in under the id that it had");
    c.post("/api/speaker-keys/adopt", json!({ "key": waits["key"] })).await;
    until("the speaker to know it", async || kitchen.log().contains("adopted: this speaker belongs").then_some(()))
        .await;
    assert!(!kitchen.log().contains("no connection"), "it was not interrupted: {}", kitchen.log());
    assert_eq!(kitchen.terminate().await.code, Some(0));
    // a stranger with the same id, and without the key, is nobody
    fs::remove_file(stage.path("kitchen/speaker.key")).expect("it was there");
    fs::remove_file(stage.path("kitchen/coordinator.json")).expect("it was there");
    let thief = Speaker::start(&stage, c.address(), "kitchen", Card::USUAL);
    let waits = key(&c, "kitchen", "pending").await;
    assert_eq!(waits["disputed"], true);
    assert_eq!(c.speaker("kitchen window").await.map(|s| s.is_connected()), Some(false));
    assert_eq!(thief.terminate().await.code, Some(0));
}

#[tokio::test]
async fn a_first_boot_in_1970_locks_nobody_out_on_either_end() {
    let stage = Stage::new().with_fixtures(&["gapless-a.flac"]);
    let clock = WallClock::new(&stage, 100);
    let c = Coordinator::start_in(&stage, "127.0.0.1:0", &USUAL, clock.environment()).await;
    let made = c.post("/api/join-tokens", json!({ "address": c.address() })).await;
    assert_eq!(made["ends"], Value::Null, "it does not know how late it is: {made}");
    let words = ["join", made["text"].as_str().expect("a text")];
    let (status, said) = agent_in(&stage, "Hall", &words, clock.environment()).await;
    assert_eq!(status, Some(0), "{said}");
    let arguments = Speaker::arguments(&stage, c.address(), "Hall", "virtual:rate=48000");
    let log = stage.path("Hall.log");
    let hall = Process::start_in("Hall", "downbeat-agent", &arguments, &log, clock.environment());
    c.settled(&["Hall"]).await;
    c.play(&stage, &["gapless-a.flac"]).await;
    c.in_step(&["Hall"], 1_000.0).await;
    // the coordinator's clock is set, the speaker's never is: it knows its coordinator all the same
    let address = c.address().to_owned();
    assert_eq!(c.terminate().await.code, Some(0));
    let c = Coordinator::start_with(&stage, &address, &USUAL).await;
    c.settled(&["Hall"]).await;
    assert_eq!(hall.terminate().await.code, Some(0));
}

#[tokio::test]
async fn a_backup_is_the_same_coordinator_on_another_machine_and_speakers_follow_its_next_ca() {
    let (stage, other) = (Stage::new(), Stage::new());
    let c = Coordinator::start_with(&stage, "127.0.0.1:0", &USUAL).await;
    let kitchen = Speaker::start(&stage, c.address(), "Kitchen", Card::USUAL);
    let waits = key(&c, "Kitchen", "pending").await;
    c.post("/api/speaker-keys/adopt", json!({ "key": waits["key"] })).await;
    c.settled(&["Kitchen"]).await;
    let (address, base) = (c.address().to_owned(), format!("http://{}", c.address()));
    let (words, file) = (stage.path("words"), shown(&stage.path("saved")));
    fs::write(&words, "correct horse battery\n").expect("a file can be written");
    let with_words = ["--passphrase-file".to_owned(), shown(&words)];
    let (status, said) = downbeat(&stage, &base, &["backup", &file, &with_words[0], &with_words[1]]).await;
    assert!(status == Some(0) && said.contains("encrypted, with the coordinator's keys"), "{said}");
    assert_eq!(c.terminate().await.code, Some(0));

    // another machine at the same address is a stranger, until the backup is on it
    let d = Coordinator::start_with(&other, &address, &USUAL).await;
    until("the kitchen to refuse", async || kitchen.log().contains("not the one that adopted").then_some(())).await;
    let (status, said) = downbeat(&other, &base, &["restore", &file]).await;
    assert!(status == Some(1) && said.contains("--passphrase-file"), "{said}");
    let (status, said) = downbeat(&other, &base, &["restore", &file, &with_words[0], &with_words[1]]).await;
    assert!(status == Some(0) && said.contains("the coordinator's keys"), "{said}");
    d.settled(&["Kitchen"]).await;

    let before = d.get("/api/ca").await;
    let (status, said) = downbeat(&other, &base, &["ca", "rotate"]).await;
    assert_eq!(status, Some(0), "{said}");
    let ca = until("the kitchen to follow", async || {
        let ca = d.get("/api/ca").await;
        (ca["old"] == before["fingerprint"] && ca["waiting"] == json!([])).then_some(ca)
    })
    .await;
    assert!(kitchen.log().contains("for which its old one vouches"), "{}", kitchen.log());
    let (status, said) = downbeat(&other, &base, &["ca", "end-old"]).await;
    assert_eq!(status, Some(0), "{said}");
    let (_, said) = downbeat(&other, &base, &["ca"]).await;
    assert!(said.contains(ca["fingerprint"].as_str().expect("a fingerprint")) && !said.contains("vouches"), "{said}");
    // it has pinned the new one, and needs nobody's word any more
    assert_eq!(kitchen.terminate().await.code, Some(0));
    let kitchen = Speaker::start(&stage, &address, "Kitchen", Card::USUAL);
    d.settled(&["Kitchen"]).await;
    assert_eq!(kitchen.terminate().await.code, Some(0));
}
