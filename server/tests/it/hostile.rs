//! A hostile network, over sockets: stolen sessions, names bound anew, pages of other sites, a login that ended.

use downbeat_protocol::{agent_message::Hello, handshake::SpeakerClass};
use downbeat_trust::admission::Policy;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    adoption::named,
    agent::Agent,
    fixture::{Fixture, wait_for},
    people::PASSWORD,
};

/// Where a request seems to come from, by a proxy that is believed.
async fn ask(f: &Fixture, from: &str, proto: &str, cookie: &str, call: (Method, &str, Value)) -> reqwest::Response {
    let (method, path, body) = call;
    let request = f.stranger.request(method, f.url(path)).header("cookie", cookie).body(body.to_string());
    request.header("x-forwarded-for", from).header("x-forwarded-proto", proto).send().await.unwrap()
}

async fn code_of(answer: reqwest::Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let problem: Value = answer.json().await.unwrap_or_default();
    (status, problem["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_stolen_cookie_is_of_no_use_on_another_host_or_in_clear() {
    let f = Fixture::with(|config| config.access.proxies = vec!["127.0.0.1".parse().unwrap()]).await;
    let admin = crate::fixture::admin_token(&f.folder.path().join("data"));
    let ada = json!({ "name": "ada", "password": PASSWORD, "role": "admin" });
    let made = f.stranger.post(f.url("/api/users")).bearer_auth(admin).body(ada.to_string());
    let made = made.header("x-forwarded-for", "192.168.1.9").header("x-forwarded-proto", "https");
    assert_eq!(made.send().await.unwrap().status(), StatusCode::CREATED);
    let login = json!({ "user": "ada", "password": PASSWORD });
    let answer = ask(&f, "192.168.1.9", "https", "a=b", (Method::POST, "/api/login", login)).await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let users = || (Method::GET, "/api/users", Value::Null);
    let pause = || (Method::POST, "/api/playback/pause", json!({}));
    for (from, proto, code) in [
        ("192.168.1.10", "https", (401, "password_again")),
        ("8.8.8.8", "https", (401, "password_again")),
        ("192.168.1.9", "http", (403, "tls_required")),
        ("192.168.1.10", "http", (403, "tls_required")),
    ] {
        for call in [users(), pause()] {
            let (status, said) = code_of(ask(&f, from, proto, &cookie, call).await).await;
            assert_eq!((status, said.as_str()), code, "{from} {proto}");
        }
    }
    // and its owner is not thrown out by that
    assert_eq!(ask(&f, "192.168.1.9", "https", &cookie, users()).await.status(), StatusCode::OK);
}

/// Each way in that a page has.
const WAYS: [(&str, &str, bool); 9] = [
    ("GET", "/ws", true),
    ("GET", "/", true),
    ("GET", "/api/events/ws", true),
    ("GET", "/api/events", false),
    ("GET", "/api/zones", false),
    ("GET", "/api/history.csv", false),
    ("POST", "/api/playback/pause", false),
    ("POST", "/api/login", false),
    ("DELETE", "/api/playlists/x", false),
];

fn way(f: &Fixture, (method, path, socket): (&str, &str, bool)) -> reqwest::RequestBuilder {
    let request = f.http.request(method.parse().unwrap(), f.url(path));
    if !socket {
        return request;
    }
    let request = request.header("connection", "upgrade").header("upgrade", "websocket");
    request.header("sec-websocket-version", "13").header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
}

#[tokio::test]
async fn a_page_whose_name_was_bound_anew_gets_nothing_by_any_way() {
    let f = Fixture::new().await;
    let port = f.running.addr.port();
    for host in ["evil.example".to_owned(), format!("evil.example:{port}"), format!("127.0.0.1.evil.example:{port}")] {
        for request in WAYS {
            let asked = way(&f, request).header("host", &host).header("origin", format!("http://{host}"));
            let (status, code) = code_of(asked.send().await.unwrap()).await;
            assert_eq!((status, code.as_str()), (403, "unknown_host"), "{host} {request:?}");
        }
    }
}

#[tokio::test]
async fn a_page_of_another_site_gets_nothing_by_any_way() {
    let f = Fixture::new().await;
    for origin in ["http://evil.example", "null", "http://127.0.0.1:1", "https://evil.example"] {
        for request in WAYS {
            let (status, code) = code_of(way(&f, request).header("origin", origin).send().await.unwrap()).await;
            assert_eq!((status, code.as_str()), (403, "foreign_site"), "{origin} {request:?}");
        }
        // so it holds no place of a follower either
        let own = f.http.get(f.url("/api/events")).send().await.unwrap();
        assert_eq!(own.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn headers_of_proxies_from_elsewhere_make_nobody_local_or_encrypted() {
    let f = Fixture::with(|config| config.access.proxies = vec!["10.9.9.9".parse().unwrap()]).await;
    let zone = || f.stranger.post(f.url("/api/zones")).json(&json!({ "name": "Garden" }));
    for (name, value) in [("x-forwarded-for", "127.0.0.1"), ("x-real-ip", "127.0.0.1"), ("forwarded", "for=127.0.0.1")]
    {
        let status = zone().header(name, value).send().await.unwrap().status();
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{name}: no program of this machine");
    }
    // a token that claims to have come over https was in clear all the same
    let token = crate::fixture::admin_token(&f.folder.path().join("data"));
    let claimed = f.stranger.get(f.url("/api/users")).bearer_auth(token).header("x-forwarded-proto", "https");
    assert_eq!(claimed.send().await.unwrap().status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_page_that_listens_ends_with_its_login() {
    let f = Fixture::with(|config| {
        config.access.policy = Policy { guests: None, loopback: false, ..Policy::default() };
    })
    .await;
    f.done("/api/users", json!({ "name": "ada", "password": PASSWORD, "role": "operator" })).await;
    let made = f.done("/api/tokens", json!({ "name": "tab", "user": "ada" })).await;
    let page = Hello { class: SpeakerClass::Browser, ..named("Tab") };
    let mut tab = Agent::bearing(f.running.addr, made["secret"].as_str().unwrap(), page.clone()).await;
    tab.state_sync().await;
    let path = format!("/api/tokens/{}", made["token"]["id"].as_str().unwrap());
    assert_eq!(f.call(Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    let (errors, code) = tab.until_closed().await;
    assert_eq!((errors.last().map(String::as_str), code), (Some("login_required"), Some(1008)));
    wait_for("its absence", || async { (f.speaker("Tab").await["connected"] == false).then_some(()) }).await;
    let mut again = Agent::with(f.running.addr, page).await;
    assert_eq!(again.until_closed().await.0, ["login_required"]);
}
