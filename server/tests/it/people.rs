//! Logins, users and tokens, over real TLS.

use std::sync::Arc;

use downbeat_identity::{
    Dates, Pin,
    handshake::{Seen, program},
};
use reqwest::{Method, StatusCode};
use rustls::pki_types::ServerName;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use crate::{
    agent::Agent,
    fixture::{DEADLINE, Fixture},
};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// An answer over TLS.
struct Answer {
    status: u16,
    head: String,
    body: Value,
}

/// A request over TLS, believed by the CA's fingerprint.
async fn secure(f: &Fixture, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let pin = Pin::Ca(f.running.authority().fingerprint());
    let config = program(pin, Dates::default(), Seen::default()).unwrap();
    let socket = TcpStream::connect(f.running.addr).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, socket).await.unwrap();
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let more = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
    let host = f.running.addr;
    let asked = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n{more}\r\n{text}",
        text.len()
    );
    stream.write_all(asked.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    // it closes without a farewell
    let _ = stream.read_to_end(&mut bytes).await;
    let answer = String::from_utf8(bytes).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_owned(), body: serde_json::from_str(body).unwrap_or_default() }
}

impl Answer {
    fn cookie(&self) -> Option<String> {
        let line = self.head.lines().find(|line| line.to_lowercase().starts_with("set-cookie:"))?;
        Some(line.split_once(": ")?.1.split(';').next()?.to_owned())
    }
}

async fn log_in(f: &Fixture, user: &str, password: &str) -> Answer {
    secure(f, "POST", "/api/login", &[], &json!({ "user": user, "password": password })).await
}

/// With one admin, `ada`.
pub(crate) async fn with_ada() -> Fixture {
    let f = Fixture::new().await;
    f.done("/api/users", json!({ "name": "ada", "password": PASSWORD, "role": "admin" })).await;
    f
}

#[tokio::test]
async fn a_setup_link_makes_an_admin_that_logs_in_and_out() {
    let f = Fixture::new().await;
    let link = f.done("/api/setup-link", json!({})).await;
    assert_eq!(link["fingerprint"].as_str().unwrap(), f.running.authority().fingerprint().to_string());
    let secret = link["links"][0].as_str().unwrap().split_once("/setup#").unwrap().1.to_owned();
    let wanted = json!({ "secret": secret, "user": "ada", "password": PASSWORD });
    let clear = f.post("/api/setup", wanted.clone()).await;
    assert_eq!((clear.0, clear.1["code"].as_str()), (StatusCode::FORBIDDEN, Some("tls_required")));
    let made = secure(&f, "POST", "/api/setup", &[], &wanted).await;
    assert_eq!((made.status, made.body["role"].as_str()), (200, Some("admin")), "{}", made.body);
    let cookie = made.cookie().unwrap();
    assert!(made.head.contains("Secure") && made.head.contains("HttpOnly") && made.head.contains("SameSite=Strict"));
    let again = secure(&f, "POST", "/api/setup", &[], &wanted).await;
    assert_eq!((again.status, again.body["code"].as_str()), (401, Some("setup_link_invalid")));
    let me = secure(&f, "GET", "/api/whoami", &[("Cookie", &cookie)], &Value::Null).await;
    assert_eq!((me.body["name"].as_str(), me.body["session"].as_bool()), (Some("ada"), Some(true)), "{}", me.body);
    assert_eq!(secure(&f, "GET", "/api/users", &[("Cookie", &cookie)], &Value::Null).await.status, 200);
    let out = secure(&f, "POST", "/api/logout", &[("Cookie", &cookie)], &Value::Null).await;
    assert!(out.status == 204 && out.head.contains("Max-Age=0"), "{}", out.head);
    let gone = secure(&f, "GET", "/api/users", &[("Cookie", &cookie)], &Value::Null).await;
    assert_eq!((gone.status, gone.body["code"].as_str()), (401, Some("invalid_credentials")));
    assert!(gone.head.contains("Max-Age=0"), "the browser is told that it is nothing");
    assert_eq!(log_in(&f, "Ada", PASSWORD).await.status, 200, "and a login to a session that has ended");
}

#[tokio::test]
async fn a_session_is_of_no_use_to_the_page_of_another_site() {
    let f = with_ada().await;
    let cookie = log_in(&f, "ada", PASSWORD).await.cookie().unwrap();
    let own = format!("https://{}", f.running.addr);
    let ask = async |headers: &[(&str, &str)]| {
        let all: Vec<_> = headers.iter().copied().chain([("Cookie", cookie.as_str())]).collect();
        secure(&f, "POST", "/api/zones/all/playback/pause", &all, &json!({})).await.status
    };
    assert_eq!(ask(&[("Origin", &own)]).await, 200);
    assert_eq!(ask(&[("Origin", &own), ("Sec-Fetch-Site", "same-origin")]).await, 200);
    let clear = own.replace("https", "http");
    for origin in ["https://evil.example", "https://127.0.0.1:8443", "null", &clear] {
        assert!(matches!(ask(&[("Origin", origin)]).await, 401 | 403), "{origin}");
    }
    for site in ["cross-site", "same-site"] {
        assert!(matches!(ask(&[("Sec-Fetch-Site", site)]).await, 401 | 403), "{site}");
    }
    // in clear it is not even looked at
    let request = f.http.get(f.url("/api/zones")).header("cookie", &cookie);
    let taken = request.header("authorization", "").send().await.unwrap();
    assert_eq!(taken.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_are_one_answer_and_ask_for_a_wait() {
    let f = with_ada().await;
    let (wrong, unknown) = (log_in(&f, "ada", "wrong wrong wrong").await, log_in(&f, "eve", "wrong wrong wrong").await);
    assert_eq!((wrong.status, &wrong.body), (unknown.status, &unknown.body));
    assert_eq!((wrong.status, wrong.body["code"].as_str()), (401, Some("wrong_password")));
    let mut waits = 0;
    for _ in 0..8 {
        let answer = log_in(&f, "ada", "wrong wrong wrong").await;
        if answer.status == 429 {
            assert!(answer.head.to_lowercase().contains("retry-after: "), "{}", answer.head);
            waits += 1;
        }
    }
    assert!(waits > 0, "guesses wait");
    let clear = f.post("/api/login", json!({ "user": "ada", "password": PASSWORD })).await;
    assert_eq!((clear.0, clear.1["code"].as_str()), (StatusCode::FORBIDDEN, Some("tls_required")));
}

#[tokio::test]
async fn a_token_is_shown_once_and_makes_no_others() {
    let f = with_ada().await;
    let cookie = log_in(&f, "ada", PASSWORD).await.cookie().unwrap();
    let key = [("Cookie", cookie.as_str()), ("Idempotency-Key", "one")];
    let wish = json!({ "name": "script", "scopes": ["own", "look"] });
    let made = secure(&f, "POST", "/api/tokens", &key, &wish).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let again = secure(&f, "POST", "/api/tokens", &key, &wish).await;
    assert_eq!((again.status, again.body["code"].as_str()), (409, Some("secret_shown_once")), "{}", again.body);
    let bearer = format!("Bearer {}", made.body["secret"].as_str().unwrap());
    let auth = [("Authorization", bearer.as_str())];
    assert_eq!(secure(&f, "GET", "/api/zones", &auth, &Value::Null).await.status, 200);
    let out_of_scope = secure(&f, "GET", "/api/tracks", &auth, &Value::Null).await;
    assert_eq!((out_of_scope.status, out_of_scope.body["code"].as_str()), (403, Some("scope_missing")));
    let more = secure(&f, "POST", "/api/tokens", &auth, &json!({ "name": "more" })).await;
    assert_eq!((more.status, more.body["code"].as_str()), (403, Some("session_required")));
    let id = made.body["token"]["id"].as_str().unwrap().to_owned();
    let (_, listed) = f.get("/api/tokens?all=true").await;
    assert_eq!(listed["tokens"][0]["id"], id.as_str(), "{listed}");
    assert!(!listed.to_string().contains("dbt_"), "{listed}");
    assert_eq!(f.call(Method::DELETE, &format!("/api/tokens/{id}"), None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(secure(&f, "GET", "/api/zones", &auth, &Value::Null).await.status, 401);
}

/// The last line of the audit about this, and what it says of before and after.
async fn last(f: &Fixture, what: &str) -> (String, String, String) {
    let text = f.http.get(f.url("/api/audit")).send().await.unwrap().text().await.unwrap();
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let line = lines.rfind(|line| line["what"] == what).unwrap_or_else(|| panic!("no {what} in {text}"));
    let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
    (text("target"), text("before"), text("after"))
}

#[tokio::test]
async fn the_audit_says_what_was_before_and_what_is_after() {
    let f = Fixture::new().await;
    let told = |target: &str, before: &str, after: &str| (target.to_owned(), before.to_owned(), after.to_owned());
    f.done("/api/playback/volume", json!({ "volume": 40 })).await;
    assert_eq!(last(&f, "POST /api/playback/volume").await, told("zone all", "volume 100", "volume 40"));
    let patch = async |path: &str, body: Value| {
        let (status, answer) = f.call(Method::PATCH, path, Some(body.to_string())).await;
        assert!(status.is_success(), "{path}: {answer}");
    };
    patch("/api/zones/all", json!({ "openToGuests": false, "muted": true })).await;
    let (before, after) = ("muted no, open to guests yes", "muted yes, open to guests no");
    assert_eq!(last(&f, "PATCH /api/zones/{zone}").await, told("zone all", before, after));
    f.done("/api/zones", json!({ "name": "Bar" })).await;
    let (target, before, after) = last(&f, "POST /api/zones").await;
    assert!(target == "zone Bar" && before.is_empty() && after.starts_with("name Bar, volume 100"), "{after}");
    patch("/api/zones/Bar", json!({ "name": "Pub" })).await;
    assert_eq!(last(&f, "PATCH /api/zones/{zone}").await, told("zone Bar", "name Bar", "name Pub"));
    let (status, _) = f.call(Method::DELETE, "/api/zones/Pub", None).await;
    let (target, before, after) = last(&f, "DELETE /api/zones/{zone}").await;
    assert!(status.is_success() && target == "zone Pub" && before.starts_with("name Pub") && after.is_empty());

    let mut agents = Vec::new();
    for number in 0..10 {
        let mut agent = Agent::new(f.running.addr, &format!("s{number}")).await;
        agent.state_sync().await;
        agents.push(agent);
    }
    patch("/api/speakers/s0", json!({ "volume": 30, "labels": { "floor": "2" } })).await;
    let (before, after) = ("volume 100, labels -", "volume 30, labels floor=2");
    assert_eq!(last(&f, "PATCH /api/speakers/{id}").await, told("speaker s0", before, after));
    f.done("/api/speakers/actions", json!({ "action": "mute", "select": "all" })).await;
    let (target, before, after) = last(&f, "POST /api/speakers/actions").await;
    assert!(target.starts_with("speaker s0, ") && target.ends_with(", and others"), "{target}");
    assert!(before.contains("speaker s1: muted no; ") && after.len() < 400, "{before} {after}");

    let user = json!({ "name": "olga", "password": PASSWORD, "role": "operator" });
    f.done("/api/users", user).await;
    let (target, _, after) = last(&f, "POST /api/users").await;
    assert_eq!(
        (target.as_str(), after.as_str()),
        ("user olga", "name olga, role operator, bound to nothing, greatest volume any")
    );
    patch("/api/users/olga", json!({ "maxVolume": 50, "password": "another horse battery" })).await;
    let (before, after) = ("greatest volume any", "greatest volume 50; another password");
    assert_eq!(last(&f, "PATCH /api/users/{name}").await, told("user olga", before, after));
    f.done("/api/tokens", json!({ "name": "lights", "user": "olga", "scopes": ["look"] })).await;
    let (target, _, after) = last(&f, "POST /api/tokens").await;
    assert!(target == "token lights" && after.contains("user olga, scopes look"), "{target} {after}");
    assert_eq!(f.call(Method::DELETE, "/api/users/olga", None).await.0, StatusCode::NO_CONTENT);
    let (target, before, after) = last(&f, "DELETE /api/users/{name}").await;
    assert!(target == "user olga" && before.contains("greatest volume 50") && after.is_empty(), "{before}");

    let track = f.track("a").await;
    patch(&format!("/api/tracks/{track}"), json!({ "title": "Aria", "year": 1741 })).await;
    let (before, after) = ("name a, year -", "name Aria, year 1741");
    assert_eq!(last(&f, "PATCH /api/tracks/{id}").await, told("track a", before, after));
    let list = f.done("/api/playlists", json!({ "name": "Evening", "trackIds": [track] })).await;
    let entries = format!("/api/playlists/{}/entries", list["id"].as_str().unwrap());
    f.done(&entries, json!({ "trackIds": [track] })).await;
    let said = last(&f, "POST /api/playlists/{id}/entries").await;
    assert_eq!(said, told("playlist Evening", "entries 1", "entries 2"));
    let all = f.http.get(f.url("/api/audit")).send().await.unwrap().text().await.unwrap();
    for secret in [PASSWORD, "another horse", "dbt_", "argon2"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}

#[tokio::test]
async fn the_audit_says_who_did_what_and_what_was_refused() {
    let f = with_ada().await;
    log_in(&f, "ada", "wrong wrong wrong").await;
    let cookie = log_in(&f, "ada", PASSWORD).await.cookie().unwrap();
    secure(&f, "POST", "/api/zones", &[("Cookie", &cookie)], &json!({ "name": "Attic" })).await;
    let changes = f.http.get(f.url("/api/audit")).send().await.unwrap().text().await.unwrap();
    let lines: Vec<Value> = changes.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let by = |who: &str, what: &str| lines.iter().any(|line| line["who"] == who && line["what"] == what);
    assert!(by("admin-token", "POST /api/users") && by("ada", "POST /api/zones"), "{changes}");
    assert!(!changes.contains(PASSWORD) && !changes.contains("__Host"), "{changes}");
    let refused = f.http.get(f.url("/api/audit?kind=refusals&format=csv")).send().await.unwrap().text().await.unwrap();
    assert!(refused.contains("POST /api/login") && refused.contains("refused"), "{refused}");
}

#[tokio::test]
async fn the_ca_is_given_where_nobody_changes_it_on_its_way() {
    let f = Fixture::with(|config| config.access.proxies = vec!["127.0.0.1".parse().unwrap()]).await;
    let page = secure(&f, "GET", "/trust", &[], &Value::Null).await;
    assert!(page.status == 200 && page.head.contains("text/html"), "{}", page.head);
    let far = f.stranger.get(f.url("/trust/ca.crt")).header("x-forwarded-for", "10.0.0.9").send().await.unwrap();
    assert_eq!(far.status(), StatusCode::FORBIDDEN);
    let trust = f.stranger.get(f.url("/trust")).header("x-forwarded-for", "10.0.0.9").send().await.unwrap();
    assert_eq!(trust.status(), StatusCode::OK);
    let text = trust.text().await.unwrap();
    assert!(text.contains(&f.running.authority().fingerprint().to_string()), "{text}");
    let near = secure(&f, "GET", "/trust/ca.crt", &[], &Value::Null).await;
    assert_eq!(near.status, 200);
}

#[tokio::test]
async fn a_stream_of_events_ends_with_the_token_that_it_was_asked_with() {
    let f = with_ada().await;
    let made = f.done("/api/tokens", json!({ "name": "panel", "user": "ada" })).await;
    let token = made["secret"].as_str().unwrap();
    let followed = f.stranger.get(f.url("/api/events?types=zone")).bearer_auth(token).send().await.unwrap();
    assert_eq!(followed.status(), StatusCode::OK);
    let id = made["token"]["id"].as_str().unwrap();
    assert_eq!(f.call(Method::DELETE, &format!("/api/tokens/{id}"), None).await.0, StatusCode::NO_CONTENT);
    tokio::time::timeout(DEADLINE, followed.bytes()).await.expect("it goes on").unwrap();
}

#[tokio::test]
async fn a_site_that_was_named_may_ask_and_another_may_not() {
    let f = Fixture::with(|config| config.access.cors = vec!["https://panel.example".into()]).await;
    let ask = async |origin: &str, method: Method| {
        let request = f.http.request(method, f.url("/api/zones/all/playback/pause")).header("origin", origin);
        request.header("access-control-request-method", "POST").send().await.unwrap()
    };
    let first = ask("https://panel.example", Method::OPTIONS).await;
    assert_eq!(first.status(), StatusCode::NO_CONTENT);
    assert_eq!(first.headers()["access-control-allow-origin"], "https://panel.example");
    assert!(!first.headers().contains_key("access-control-allow-credentials"));
    let done = ask("https://panel.example", Method::POST).await;
    assert_eq!(
        (done.status(), &done.headers()["access-control-allow-origin"] == "https://panel.example"),
        (StatusCode::OK, true)
    );
    let other = ask("https://evil.example", Method::OPTIONS).await;
    assert!(!other.headers().contains_key("access-control-allow-origin"), "{:?}", other.headers());
    assert_eq!(ask("https://evil.example", Method::POST).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn guests_see_no_addresses_and_no_faults_of_speakers() {
    let f = Fixture::with(|config| config.access.policy.loopback = false).await;
    let mut kitchen = Agent::new(f.running.addr, "kitchen").await;
    kitchen.state_sync().await;
    assert!(f.speaker("kitchen").await["address"].is_string());
    for path in ["/api/speakers", "/api/clients"] {
        let text = f.stranger.get(f.url(path)).send().await.unwrap().text().await.unwrap();
        assert!(text.contains("kitchen") && !text.contains("127.0.0.1") && !text.contains("1.2.3"), "{path}: {text}");
    }
    let mut events = f.stranger.get(f.url("/api/events?types=speaker")).send().await.unwrap();
    let mut heard = String::new();
    while !heard.contains("event: synced") {
        heard.push_str(std::str::from_utf8(&events.chunk().await.unwrap().unwrap()).unwrap());
    }
    assert!(heard.contains("kitchen") && !heard.contains("127.0.0.1") && !heard.contains("1.2.3"), "{heard}");
}

#[tokio::test]
async fn a_program_of_the_machine_is_an_operator_and_no_admin() {
    let f = Fixture::new().await;
    let zone = || f.stranger.post(f.url("/api/zones")).json(&json!({ "name": "Garden" }));
    assert_eq!(zone().send().await.unwrap().status(), StatusCode::CREATED);
    assert_eq!(f.stranger.get(f.url("/api/users")).send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let forwarded = zone().header("x-forwarded-for", "192.168.1.9").send().await.unwrap();
    assert_eq!(forwarded.status(), StatusCode::UNAUTHORIZED, "a proxy hides the world");
    let renamed = zone().header("host", "downbeat.local:3000").send().await.unwrap();
    assert!(renamed.status().is_client_error(), "{}", renamed.status());
}
