//! How a speaker becomes one of the coordinator's own, over real sockets and TLS.

use std::{sync::Arc, time::Duration};

use downbeat_identity::{
    Dates, Fingerprint, Pin, SpeakerKey, handshake,
    pairing::{self, Commitment, Nonce},
};
use downbeat_protocol::{
    AgentMessage, ServerMessage, SpeakerId,
    adoption::{KeyState, Reveal, Standing},
    agent_message::Hello,
    handshake::SpeakerClass,
    server_message::Welcome,
};
use downbeat_server::{config::Config, register::LegacySpeakers};
use downbeat_trust::{
    admission::{Plain, Policy},
    rights::GuestLevel,
};
use reqwest::{Method, StatusCode};
use rustls::ClientConfig;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    join,
};

use crate::{
    agent::{Agent, Event, hello, tls},
    fixture::{Fixture, wait_for},
};

/// A machine with a key.
pub(crate) struct Machine {
    pub(crate) key: Fingerprint,
    pub(crate) client: Arc<ClientConfig>,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let key = SpeakerKey::generate().unwrap();
        let client = Arc::new(handshake::speaker(&key, Pin::Open, Dates::default()).unwrap());
        Self { key: key.fingerprint(), client }
    }

    pub(crate) async fn says(&self, f: &Fixture, hello: Hello) -> Agent {
        Agent::keyed(f.running.addr, &self.client, hello).await
    }
}

/// As a coordinator is by default.
pub(crate) fn usual(config: &mut Config) {
    config.legacy_speakers = LegacySpeakers::Usual;
}

pub(crate) fn named(name: &str) -> Hello {
    hello(name, SpeakerId::random())
}

pub(crate) async fn standing(agent: &mut Agent) -> Standing {
    agent.until("standing", |m| if let ServerMessage::Standing(s) = m { Some(s) } else { None }).await
}

pub(crate) async fn welcome(agent: &mut Agent) -> Welcome {
    agent.until("welcome", |m| if let ServerMessage::Welcome(w) = m { Some(w) } else { None }).await
}

/// The error before the end, and all that was said before it.
async fn refusal(agent: &mut Agent) -> (String, Vec<ServerMessage>) {
    let mut heard = Vec::new();
    loop {
        match agent.next().await {
            Event::Message(message) => match *message {
                ServerMessage::Error(e) if e.fatal => return (e.code, heard),
                other => heard.push(other),
            },
            Event::Closed(frame) => panic!("closed without a word: {frame:?}"),
        }
    }
}

async fn keys(f: &Fixture) -> Vec<Value> {
    f.get("/api/speaker-keys").await.1["keys"].as_array().unwrap().clone()
}

async fn key_of(f: &Fixture, machine: &Machine) -> Value {
    let key = json!(machine.key.to_string());
    keys(f).await.into_iter().find(|k| k["key"] == key).unwrap_or(Value::Null)
}

pub(crate) async fn adopt(f: &Fixture, machine: &Machine) -> Value {
    f.done("/api/speaker-keys/adopt", json!({ "key": machine.key.to_string() })).await
}

/// The last line of the audit about this.
async fn audited(f: &Fixture, what: &str, target: &str) -> Value {
    let text = f.http.get(f.url("/api/audit")).send().await.unwrap().text().await.unwrap();
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let found = lines.rfind(|line| line["what"] == what && line["target"] == target);
    found.unwrap_or_else(|| panic!("{what}, {target}: {text}"))
}

/// The answer to a request over the machine's TLS.
async fn fetch(f: &Fixture, machine: &Machine, path: &str) -> u16 {
    let mut stream = tls(f.running.addr, &machine.client).await;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", f.running.addr);
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.unwrap();
    std::str::from_utf8(&head[9..]).unwrap().parse().unwrap()
}

/// The path of a track's file.
async fn media(f: &Fixture, title: &str) -> String {
    let (_, list) = f.get("/api/tracks").await;
    let track = list["tracks"].as_array().unwrap().iter().find(|t| t["title"] == title).unwrap();
    format!("/media/{}", track["hash"].as_str().unwrap())
}

#[tokio::test]
async fn a_speaker_that_waits_gets_nothing_and_is_adopted_by_the_code_that_both_ends_show() {
    let f = Fixture::with(usual).await;
    let machine = Machine::new();
    let (ca, nonce) = (f.running.authority().fingerprint(), Nonce::generate().unwrap());
    let hello = Hello { commitment: Some(Commitment::to(machine.key, &nonce).to_string()), ..named("Kitchen") };
    let mut agent = machine.says(&f, hello.clone()).await;
    let Event::Message(first) = agent.next().await else { panic!("hung up") };
    let ServerMessage::Standing(said) = *first else { panic!("{first:?}") };
    assert_eq!(said.state, KeyState::Pending);
    let theirs: Nonce = said.number.unwrap().parse().unwrap();
    agent.say(&AgentMessage::Reveal(Reveal { number: nonce.to_string() })).await;
    let code = pairing::code(machine.key, ca, &nonce, &theirs).to_string();
    let shown =
        wait_for("the code", || async { Some(key_of(&f, &machine).await).filter(|k| !k["code"].is_null()) }).await;
    assert_eq!((&shown["code"], &shown["state"], &shown["name"]), (&json!(code), &json!("pending"), &json!("Kitchen")));
    // what it asks for meanwhile is not answered, and it is no speaker to anybody
    agent.say(&AgentMessage::RequestState).await;
    agent
        .say(&AgentMessage::TimeRequest(downbeat_protocol::agent_message::TimeRequest {
            t1: downbeat_protocol::LocalTime(1),
        }))
        .await;
    assert_eq!(f.get("/api/speakers").await.1["count"], 0);
    let (a, b) = (media(&f, "a").await, media(&f, "b").await);
    for path in [a.clone(), "/api/speakers".into(), "/api/tracks".into(), "/".into()] {
        let status = fetch(&f, &machine, &path).await;
        assert!(matches!(status, 403 | 400 | 200) && (status != 200 || path == "/"), "{path}: {status}");
    }
    assert_eq!(fetch(&f, &machine, &a).await, 403);
    let wrong = f.post("/api/speaker-keys/adopt", json!({ "code": "0000-0000" })).await;
    assert_eq!((wrong.0, &wrong.1["code"]), (StatusCode::NOT_FOUND, &json!("code_not_found")));
    f.done(&format!("/api/speaker-keys/{}/identify", machine.key), json!({})).await;
    let Event::Message(next) = agent.next().await else { panic!("hung up") };
    assert!(matches!(*next, ServerMessage::Identify(_)), "nothing but the beep was said: {next:?}");
    let adopted = f.done("/api/speaker-keys/adopt", json!({ "code": code })).await;
    assert_eq!((&adopted["state"], &adopted["verified"]), (&json!("adopted"), &json!(true)));
    let line = audited(&f, "POST /api/speaker-keys/adopt", &format!("Kitchen ({})", machine.key)).await;
    assert_eq!((&line["who"], &line["outcome"]), (&json!("admin-token"), &json!("done")));
    assert_eq!((&line["before"], &line["after"]), (&json!("pending"), &json!("adopted, verified")));
    let welcome = welcome(&mut agent).await;
    assert!(welcome.adopted && welcome.wall_clock.is_some());
    assert_eq!(Some(welcome.speaker_id), hello.speaker_id);
    agent.state_sync().await;
    assert_eq!(fetch(&f, &machine, &a).await, 403, "it was not told to play it");
    join!(f.play(&["a"]), agent.start());
    assert_eq!(fetch(&f, &machine, &a).await, 200);
    assert_eq!(fetch(&f, &machine, &b).await, 403);
    assert_eq!(fetch(&f, &machine, "/api/speakers").await, 403, "a speaker does not control");
    assert_eq!(f.speaker("Kitchen").await["encrypted"], true);
    // and after a restart of both it is still the same one
    drop(agent);
    let f = f.restarted().await;
    assert_eq!(fetch(&f, &machine, &a).await, 425, "it asks again once it is connected");
    let mut agent = machine.says(&f, named("Other")).await;
    let again = self::welcome(&mut agent).await;
    assert!(again.adopted);
    agent.state_sync().await;
    join!(f.play(&["b"]), agent.start());
    assert_eq!(fetch(&f, &machine, &b).await, 200);
    assert_eq!(Some(again.speaker_id), hello.speaker_id, "its key says who it is, not its word");
}

#[tokio::test]
async fn a_revocation_ends_connection_and_downloads_and_is_for_good_until_it_is_forgiven() {
    let f = Fixture::with(|config| {
        usual(config);
        config.adopt_all_for = Some(Duration::from_hours(1));
    })
    .await;
    let machine = Machine::new();
    let mut agent = machine.says(&f, named("Kitchen")).await;
    welcome(&mut agent).await;
    agent.state_sync().await;
    assert_eq!(key_of(&f, &machine).await["verified"], false, "nobody compared a code");
    join!(f.play(&["a"]), agent.start());
    let a = media(&f, "a").await;
    // a download that is under way, and not read
    let mut download = tls(f.running.addr, &machine.client).await;
    let request = format!("GET {a} HTTP/1.1\r\nHost: {}\r\n\r\n", f.running.addr);
    download.write_all(request.as_bytes()).await.unwrap();
    let mut head = [0; 12];
    download.read_exact(&mut head).await.unwrap();
    assert!(head.ends_with(b"200"));
    f.done("/api/speaker-keys/Kitchen/revoke", json!({})).await;
    assert_eq!(refusal(&mut agent).await.0, "revoked");
    let target = format!("Kitchen ({})", machine.key);
    let line = audited(&f, "speaker.adopt", &target).await;
    assert_eq!((&line["who"], &line["from"]), (&json!("--adopt-all-for"), &json!("127.0.0.1")));
    let line = audited(&f, "POST /api/speaker-keys/{key}/revoke", &target).await;
    assert_eq!((&line["who"], &line["before"]), (&json!("admin-token"), &json!("adopted")));
    assert_eq!(fetch(&f, &machine, &a).await, 403);
    let mut again = machine.says(&f, named("Kitchen")).await;
    let (code, said) = refusal(&mut again).await;
    assert_eq!((code.as_str(), said.len()), ("revoked", 0), "also while all are adopted");
    let (status, body) = f.post("/api/speaker-keys/adopt", json!({ "key": machine.key.to_string() })).await;
    assert_eq!((status, &body["code"]), (StatusCode::CONFLICT, &json!("speaker_key_state")));
    f.done(&format!("/api/speaker-keys/{}/forgive", machine.key), json!({})).await;
    welcome(&mut machine.says(&f, named("Kitchen")).await).await;
}

#[tokio::test]
async fn a_join_token_lets_in_as_many_as_it_says_and_ends_with_its_speakers() {
    let f = Fixture::with(usual).await;
    let made = f.done("/api/join-tokens", json!({ "name": "shop", "uses": 1, "address": "music.local:3000" })).await;
    let token: downbeat_identity::JoinToken = made["text"].as_str().unwrap().parse().unwrap();
    assert_eq!((token.address.as_str(), token.ca), ("music.local:3000", f.running.authority().fingerprint()));
    let with = |secret: String| Hello { credentials: Some(secret), ..named("Till") };
    let (first, second) = (Machine::new(), Machine::new());
    let wrong = downbeat_identity::Secret::<20>::generate().unwrap().reveal();
    for secret in [wrong, "nonsense".into()] {
        assert_eq!(refusal(&mut first.says(&f, with(secret)).await).await.0, "join_refused");
    }
    let mut agent = first.says(&f, with(token.secret.reveal())).await;
    assert!(welcome(&mut agent).await.adopted);
    assert_eq!(key_of(&f, &first).await["joinToken"], made["id"]);
    let line = audited(&f, "speaker.adopt", &format!("Till ({})", first.key)).await;
    assert_eq!(line["who"], json!(format!("the join token {}", made["id"].as_str().unwrap())));
    assert_eq!(made["madeBy"], "admin-token");
    assert_eq!(refusal(&mut second.says(&f, with(token.secret.reveal())).await).await.0, "join_refused", "used up");
    assert_eq!(key_of(&f, &second).await, Value::Null, "a token that is none leaves nothing in the list");
    let list = f.get("/api/join-tokens").await.1;
    assert_eq!((&list["tokens"][0]["uses"], &list["tokens"][0]["over"]), (&json!(0), &json!(true)));
    assert!(!list.to_string().contains(&token.secret.reveal()));
    let again = json!({ "name": "zoo", "address": "music.local:3000" }).to_string();
    for expected in [200, 409] {
        let request = f.http.post(f.url("/api/join-tokens")).header("idempotency-key", "k").body(again.clone());
        assert_eq!(request.send().await.unwrap().status().as_u16(), expected, "answers with secrets are not kept");
    }
    let path = format!("/api/join-tokens/{}?withSpeakers=true", made["id"].as_str().unwrap());
    let (status, ended) = f.call(Method::DELETE, &path, None).await;
    assert_eq!((status, &ended["revoked"]), (StatusCode::OK, &json!(1)));
    assert_eq!(refusal(&mut agent).await.0, "revoked");
}

#[tokio::test]
async fn without_encryption_those_from_before_play_and_nobody_else_does() {
    let before = SpeakerId::random();
    let f = Fixture::new().await;
    welcome(&mut Agent::with(f.running.addr, hello("Kitchen", before)).await).await;
    // the upgrade: the next start is the first that counts who was known
    let (folder, running) = (f.folder, f.running);
    running.shutdown().await;
    forget_the_upgrade(folder.path()).await;
    let f = Fixture::start(folder, usual).await;
    let mut old = Agent::with(f.running.addr, hello("Kitchen", before)).await;
    assert!(!welcome(&mut old).await.adopted);
    old.state_sync().await;
    assert_eq!(f.speaker("Kitchen").await["encrypted"], false);
    let mut new = Agent::new(f.running.addr, "Cellar").await;
    let (code, heard) = refusal(&mut new).await;
    assert_eq!((code.as_str(), heard.len()), ("unencrypted", 0));
    let shown = keys(&f).await.into_iter().find(|k| k["name"] == "Cellar").expect("it is shown");
    assert_eq!((&shown["key"], &shown["state"]), (&Value::Null, &json!("pending")));
    // a name is no credential: nobody takes a place in clear by it
    drop(old);
    wait_for("its absence", || async { (f.speaker("Kitchen").await["connected"] == false).then_some(()) }).await;
    assert_eq!(refusal(&mut Agent::new(f.running.addr, "Kitchen").await).await.0, "unencrypted");
    // nor as a browser, which may listen and be nobody else
    let browser = Hello { class: SpeakerClass::Browser, ..hello("Kitchen", before) };
    let mut page = Agent::with(f.running.addr, browser).await;
    assert_ne!(welcome(&mut page).await.speaker_id, before);
    drop(page);

    // upgraded, it plays on under its id, over TLS, and is adopted by one click on that connection
    let machine = Machine::new();
    let nonce = Nonce::generate().unwrap();
    let commitment = Some(Commitment::to(machine.key, &nonce).to_string());
    let mut agent = machine.says(&f, Hello { commitment, ..hello("Kitchen", before) }).await;
    assert_eq!(standing(&mut agent).await.state, KeyState::Pending);
    let said = welcome(&mut agent).await;
    assert_eq!((said.adopted, said.speaker_id), (false, before));
    agent.state_sync().await;
    let (a, b) = (media(&f, "a").await, media(&f, "b").await);
    join!(f.play(&["a"]), agent.start());
    assert_eq!(fetch(&f, &machine, &a).await, 200, "it fetches what it plays");
    assert_eq!(fetch(&f, &machine, &b).await, 403);
    assert_eq!(fetch(&f, &Machine::new(), &a).await, 403);
    agent.say(&AgentMessage::Reveal(Reveal { number: nonce.to_string() })).await;
    wait_for("the code", || async { key_of(&f, &machine).await["code"].as_str().map(drop) }).await;
    adopt(&f, &machine).await;
    assert_eq!(standing(&mut agent).await.state, KeyState::Adopted);
    // from now on its id in clear is refused for good
    assert_eq!(refusal(&mut Agent::with(f.running.addr, hello("Kitchen", before)).await).await.0, "unencrypted");
    drop(agent);
    let mut agent = machine.says(&f, named("x")).await;
    assert_eq!(welcome(&mut agent).await.speaker_id, before);
    // and if its adoption ends, it is not one from before again
    f.done(&format!("/api/speaker-keys/{before}/revoke"), json!({})).await;
    assert_eq!(refusal(&mut agent).await.0, "revoked");
    assert_eq!(refusal(&mut Agent::with(f.running.addr, hello("Kitchen", before)).await).await.0, "unencrypted");
    let again = Machine::new();
    let mut agent = again.says(&f, hello("Kitchen", before)).await;
    standing(&mut agent).await;
    let row = f.get(&format!("/api/speakers/{before}")).await.1;
    assert_eq!(row["connected"], false, "with another key it waits");
}

#[tokio::test]
async fn a_recorded_hello_says_nothing_without_the_key() {
    let f = Fixture::with(usual).await;
    let (owner, thief) = (Machine::new(), Machine::new());
    let said = named("Kitchen");
    let mut agent = owner.says(&f, said.clone()).await;
    standing(&mut agent).await;
    adopt(&f, &owner).await;
    welcome(&mut agent).await;
    let mut replayed = thief.says(&f, said.clone()).await;
    assert_eq!(standing(&mut replayed).await.state, KeyState::Pending);
    assert_eq!(key_of(&f, &thief).await["disputed"], true, "it is shown as a dispute");
    assert_eq!(refusal(&mut Agent::with(f.running.addr, said.clone()).await).await.0, "unencrypted");
    // adopted by mistake it is another speaker, and the owner stays who it is
    adopt(&f, &thief).await;
    assert_ne!(Some(welcome(&mut replayed).await.speaker_id), said.speaker_id);
    assert_eq!(f.speaker("Kitchen").await["connected"], true);
    drop(agent);
    assert_eq!(Some(welcome(&mut owner.says(&f, said.clone()).await).await.speaker_id), said.speaker_id);
}

#[tokio::test]
async fn one_key_on_two_machines_throws_nobody_out_by_turns() {
    let f = Fixture::with(|config| {
        usual(config);
        config.adopt_all_for = Some(Duration::from_hours(1));
    })
    .await;
    let machine = Machine::new();
    let mut first = machine.says(&f, named("Kitchen")).await;
    let id = welcome(&mut first).await.speaker_id;
    let mut copy = machine.says(&f, hello("Kitchen", id)).await;
    let refused = async { refusal(&mut copy).await.0 };
    let alive = first.linger(Duration::from_secs(2));
    let (code, ()) = tokio::join!(refused, alive);
    assert_eq!(code, "copied");
    assert_eq!(f.speaker("Kitchen").await["connected"], true, "the one that was there first stays");
    // with a key of its own it is a speaker of its own, though it still says the id
    let own = Machine::new();
    assert_ne!(welcome(&mut own.says(&f, hello("Kitchen", id)).await).await.speaker_id, id);
    assert_eq!(f.get("/api/speakers").await.1["count"], 2, "both are shown");
}

#[tokio::test]
async fn a_name_is_taken_over_by_an_adopted_key_alone() {
    let f = Fixture::with(usual).await;
    let (old, new) = (Machine::new(), Machine::new());
    let mut agent = old.says(&f, named("Kitchen")).await;
    standing(&mut agent).await;
    adopt(&f, &old).await;
    let first = welcome(&mut agent).await.speaker_id;
    f.call(Method::PATCH, "/api/speakers/Kitchen", Some(json!({ "volume": 30 }).to_string())).await;
    drop(agent);
    wait_for("its absence", || async { (f.speaker("Kitchen").await["connected"] == false).then_some(()) }).await;
    let mut agent = new.says(&f, named("Kitchen")).await;
    standing(&mut agent).await;
    assert_eq!(f.speaker("Kitchen").await["id"], json!(first.to_string()), "one that waits takes nothing");
    adopt(&f, &new).await;
    let second = welcome(&mut agent).await.speaker_id;
    let there = f.speaker("Kitchen").await;
    assert_eq!((&there["id"], &there["volume"]), (&json!(second.to_string()), &json!(30.0)));
    let refused = Machine::new();
    let mut agent = refused.says(&f, named("Cellar")).await;
    standing(&mut agent).await;
    f.done(&format!("/api/speaker-keys/{}/refuse", refused.key), json!({})).await;
    assert_eq!(refusal(&mut agent).await.0, "refused");
    audited(&f, "POST /api/speaker-keys/{key}/refuse", &format!("Cellar ({})", refused.key)).await;
    assert_eq!(refusal(&mut refused.says(&f, named("Cellar")).await).await.0, "refused");
}

#[tokio::test]
async fn a_browser_is_a_speaker_where_guests_may_listen() {
    let page = || Hello { class: SpeakerClass::Browser, ..named("Tab") };
    for (guests, plain, heard) in [
        (Some(GuestLevel::Listen), Plain::Guest, true),
        (Some(GuestLevel::Listen), Plain::Listen, true),
        (None, Plain::Guest, false),
        (Some(GuestLevel::Control), Plain::None, false),
    ] {
        let f = Fixture::with(|config| {
            usual(config);
            config.access.policy = Policy { guests, plain, ..Policy::default() };
        })
        .await;
        let mut tab = Agent::with(f.running.addr, page()).await;
        if heard {
            assert!(!welcome(&mut tab).await.adopted);
        } else {
            assert_eq!(refusal(&mut tab).await.0, "login_required", "{guests:?} {plain:?}");
        }
    }
}

/// As if the coordinator had not been started since it can encrypt.
pub(crate) async fn forget_the_upgrade(folder: &std::path::Path) {
    let path = folder.join("data/downbeat.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut database = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options).await.unwrap();
    sqlx::query("DELETE FROM access_settings").execute(&mut database).await.unwrap();
    sqlx::Connection::close(database).await.unwrap();
}
