//! The CA's keys: in a backup that a passphrase closes, on another machine, and given way to others.

use std::sync::Arc;

use downbeat_identity::{Dates, Fingerprint, Pin, SpeakerKey, handshake};
use downbeat_server::{app, config::Config};
use reqwest::{Method, StatusCode};
use rustls::{CertificateError, ClientConfig, pki_types::ServerName};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::{
    adoption::{self, adopt, named, standing, usual, welcome},
    agent::Agent,
    fixture::Fixture,
};

const WORDS: &str = "correct horse battery";

/// The coordinator starts anew. It may know the tracks of another machine, too.
async fn anew(f: Fixture) -> Fixture {
    f.running.shutdown().await;
    let mut config = Config::for_tests(f.folder.path().join("data"), vec![f.folder.path().join("music")]);
    usual(&mut config);
    Fixture { running: app::start(config).await.unwrap(), ..f }
}

/// A speaker whose key stays, whatever it pins.
struct Speaker {
    key: SpeakerKey,
    hello: downbeat_protocol::agent_message::Hello,
}

impl Speaker {
    /// One that this coordinator adopts.
    async fn adopted(f: &Fixture, name: &str) -> Self {
        let one = Self { key: SpeakerKey::generate().unwrap(), hello: named(name) };
        let machine = adoption::Machine { key: one.key.fingerprint(), client: one.client(Pin::Open) };
        let mut agent = machine.says(f, one.hello.clone()).await;
        standing(&mut agent).await;
        adopt(f, &machine).await;
        welcome(&mut agent).await;
        one
    }

    fn client(&self, pin: Pin) -> Arc<ClientConfig> {
        Arc::new(handshake::speaker(&self.key, pin, Dates::default()).unwrap())
    }

    /// It comes to a coordinator, and believes the CA that it pinned alone. Answers whether it is adopted there.
    async fn is_adopted_at(&self, f: &Fixture, pinned: Fingerprint) -> bool {
        let mut agent = Agent::keyed(f.running.addr, &self.client(Pin::Ca(pinned)), self.hello.clone()).await;
        welcome(&mut agent).await.adopted
    }

    /// The words with which it refuses a coordinator that is not the one of its pin.
    async fn refuses(&self, f: &Fixture, pinned: Fingerprint) -> String {
        let stream = TcpStream::connect(f.running.addr).await.unwrap();
        let name = ServerName::try_from("coordinator.invalid").unwrap();
        let refused = TlsConnector::from(self.client(Pin::Ca(pinned))).connect(name, stream).await.unwrap_err();
        match refused.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::InvalidCertificate(CertificateError::Other(why))) => why.0.to_string(),
            other => panic!("{other:?}"),
        }
    }
}

async fn backup(f: &Fixture, body: Value) -> Vec<u8> {
    let answer = f.http.post(f.url("/api/backup")).body(body.to_string()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let length = answer.content_length().unwrap();
    let bytes = answer.bytes().await.unwrap().to_vec();
    assert_eq!(bytes.len() as u64, length);
    bytes
}

async fn restore(f: &Fixture, passphrase: Option<&str>, backup: &[u8]) -> (StatusCode, Value) {
    let line = passphrase.map_or_else(String::new, |words| format!("{}\n", json!({ "passphrase": words })));
    let sent = f.http.post(f.url("/api/restore")).body([line.as_bytes(), backup].concat()).send().await.unwrap();
    (sent.status(), sent.json().await.unwrap())
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn a_backup_with_a_passphrase_brings_adopted_speakers_to_another_machine() {
    let f = Fixture::with(usual).await;
    let ours = f.running.authority().fingerprint();
    let kitchen = Speaker::adopted(&f, "Kitchen").await;
    let closed = backup(&f, json!({ "passphrase": WORDS })).await;
    assert!(closed.starts_with(b"age-encryption.org/v1\n-> scrypt "));
    assert!(!holds(&closed, "PRIVATE KEY") && !holds(&closed, "SQLite") && !holds(&closed, "Kitchen"));
    let open = backup(&f, json!({})).await;
    assert!(open.starts_with(b"SQLite format 3\0") && holds(&open, "Kitchen") && !holds(&open, "PRIVATE KEY"));
    let (status, short) = f.post("/api/backup", json!({ "passphrase": "short" })).await;
    assert_eq!((status, &short["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("passphrase")));

    let g = Fixture::with(usual).await;
    assert_ne!(g.running.authority().fingerprint(), ours);
    assert!(kitchen.refuses(&g, ours).await.contains("downbeat-agent forget"), "another machine is a stranger");
    for (words, code) in [(None, "passphrase_needed"), (Some("another horse battery"), "wrong_passphrase")] {
        let (status, refused) = restore(&g, words, &closed).await;
        assert_eq!((status, &refused["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(code)));
    }
    let mut damaged = closed.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    assert_eq!(restore(&g, Some(WORDS), &damaged).await.1["code"], "not_a_backup");
    let (status, restored) = restore(&g, Some(WORDS), &closed).await;
    assert_eq!((status, &restored["restored"]["keys"]), (StatusCode::OK, &json!(true)), "{restored}");
    let g = anew(g).await;
    assert_eq!(g.running.authority().fingerprint(), ours, "it is the coordinator that speakers know");
    let data = g.folder.path().join("data");
    assert!(data.join("before-restore/trust/ca.key").is_file(), "what was there is kept");
    assert!(!holds(&backup(&g, json!({})).await, "PRIVATE KEY"), "the database keeps no key");
    assert!(kitchen.is_adopted_at(&g, ours).await);

    // what was revoked since the backup stays so
    g.done(&format!("/api/speaker-keys/{}/revoke", kitchen.key.fingerprint()), json!({})).await;
    assert_eq!(restore(&g, Some(WORDS), &closed).await.0, StatusCode::OK);
    let g = anew(g).await;
    let (_, keys) = g.get("/api/speaker-keys").await;
    assert_eq!(keys["keys"][0]["state"], "revoked", "{keys}");

    // one in clear brings no keys, whatever it says to hold
    let h = Fixture::with(usual).await;
    let own = h.running.authority().fingerprint();
    let (status, restored) = restore(&h, None, &open).await;
    assert_eq!((status, &restored["restored"]["keys"]), (StatusCode::OK, &json!(false)), "{restored}");
    let h = anew(h).await;
    assert_eq!(h.running.authority().fingerprint(), own);
}

#[tokio::test]
async fn what_was_ended_since_a_backup_stays_ended_and_the_answer_names_it() {
    let f = Fixture::with(usual).await;
    let user = |name: &str, role: &str| json!({ "name": name, "password": WORDS, "role": role });
    for (name, role) in [("ada", "admin"), ("bert", "admin"), ("carl", "operator")] {
        f.done("/api/users", user(name, role)).await;
    }
    let token = async |name: &str, of: &str| f.done("/api/tokens", json!({ "name": name, "user": of })).await;
    let (panel, phone) = (token("panel", "ada").await, token("phone", "ada").await);
    token("script", "carl").await;
    let kitchen = Speaker::adopted(&f, "Kitchen").await;
    let closed = backup(&f, json!({ "passphrase": WORDS })).await;

    let ended = async |path: String| f.call(Method::DELETE, &path, None).await;
    assert_eq!(ended(format!("/api/tokens/{}", phone["token"]["id"].as_str().unwrap())).await.0, 204);
    assert_eq!(ended("/api/users/carl".into()).await.0, 204);
    let demoted = f.call(Method::PATCH, "/api/users/bert", Some(json!({ "role": "operator" }).to_string())).await;
    assert_eq!(demoted.0, StatusCode::OK);
    let key = kitchen.key.fingerprint();
    f.done(&format!("/api/speaker-keys/{key}/revoke"), json!({})).await;
    f.done(&format!("/api/speaker-keys/{key}/forgive"), json!({})).await;
    let first = f.running.authority().fingerprint();
    f.done("/api/ca/rotate", json!({ "withoutOld": true })).await;
    let f = anew(f).await;
    let second = f.running.authority().fingerprint();

    let (status, answer) = restore(&f, Some(WORDS), &closed).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let restored = &answer["restored"];
    assert_eq!((&restored["users"], &restored["apiTokens"]), (&json!(["ada", "bert"]), &json!(["ada: panel"])));
    assert_eq!((&restored["keys"], &restored["ended"]["ca"]), (&json!(false), &json!(true)));
    let names = |list: &str| restored["ended"][list].clone();
    assert_eq!((names("users"), names("changedUsers")), (json!(["carl"]), json!(["bert"])));
    assert_eq!((names("apiTokens"), names("speakers")), (json!(["ada: phone"]), json!(["Kitchen"])));
    let f = anew(f).await;
    assert_eq!(f.running.authority().fingerprint(), second, "the one that was given up stays so");
    let with = async |made: &Value| {
        let asked = f.stranger.get(f.url("/api/whoami")).bearer_auth(made["secret"].as_str().unwrap());
        asked.send().await.unwrap().status()
    };
    assert_eq!((with(&panel).await, with(&phone).await), (StatusCode::OK, StatusCode::UNAUTHORIZED));
    let users = f.get("/api/users").await.1;
    let roles: Vec<_> =
        users["users"].as_array().unwrap().iter().map(|u| (u["name"].clone(), u["role"].clone())).collect();
    assert_eq!(roles, [(json!("ada"), json!("admin")), (json!("bert"), json!("operator"))]);
    assert_eq!(f.get("/api/speaker-keys").await.1["keys"], json!([]), "it may ask again, and is not ours");

    // another machine knows nothing of that, and says all that it lets in
    let g = Fixture::with(usual).await;
    let (_, answer) = restore(&g, Some(WORDS), &closed).await;
    let restored = &answer["restored"];
    assert_eq!(restored["users"], json!(["ada", "bert", "carl"]));
    assert_eq!(restored["apiTokens"], json!(["ada: panel", "ada: phone", "carl: script"]));
    assert_eq!((&restored["keys"], &restored["ended"]["users"]), (&json!(true), &json!([])));
    assert_eq!(anew(g).await.running.authority().fingerprint(), first);
}

#[tokio::test]
async fn speakers_follow_a_ca_for_which_the_one_before_vouches_and_no_other() {
    let f = Fixture::with(usual).await;
    let first = f.running.authority().fingerprint();
    let (kitchen, cellar) = (Speaker::adopted(&f, "Kitchen").await, Speaker::adopted(&f, "Cellar").await);
    let rotated = f.done("/api/ca/rotate", json!({})).await;
    assert_eq!(rotated["before"], first.to_string());
    let f = anew(f).await;
    let second = f.running.authority().fingerprint();
    assert_eq!(rotated["fingerprint"], second.to_string());
    let (_, ca) = f.get("/api/ca").await;
    assert_eq!((&ca["old"], &ca["waiting"]), (&json!(first.to_string()), &json!(["Cellar", "Kitchen"])));
    assert!(kitchen.is_adopted_at(&f, first).await, "it believes the one that it pinned, which vouches");
    let (_, ca) = f.get("/api/ca").await;
    assert_eq!(ca["waiting"], json!(["Cellar"]));
    assert!(kitchen.is_adopted_at(&f, second).await, "and from then on the new one");
    let (status, refused) = f.post("/api/ca/rotate", json!({})).await;
    assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT, &json!("rotation_under_way")));

    assert_eq!(f.call(Method::DELETE, "/api/ca/old", None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(f.call(Method::DELETE, "/api/ca/old", None).await.0, StatusCode::NOT_FOUND);
    let words = cellar.refuses(&f, first).await;
    assert!(words.contains("not the one that adopted this speaker") && words.contains("forget"), "{words}");
    assert!(kitchen.is_adopted_at(&f, second).await);
    // after a theft nobody vouches
    f.done("/api/ca/rotate", json!({ "withoutOld": true })).await;
    let f = anew(f).await;
    assert_ne!(f.running.authority().fingerprint(), second);
    assert!(kitchen.refuses(&f, second).await.contains("downbeat-agent forget"));
}
