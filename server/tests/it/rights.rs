//! Each path that is answered, asked by each kind of caller over sockets. The paths are the router's own, so one that
//! is added is asked, too.

use downbeat_protocol::ZoneId;
use downbeat_server::api::{
    need::{About, Need},
    router::declared,
};
use downbeat_trust::{
    admission::{Plain, Policy},
    rights::{GuestLevel, Guests, Operators, Right, Row},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    adoption::{self, Machine},
    agent::{Agent, hello},
    fixture::{Fixture, admin_token},
};

/// Behind a proxy on this machine, so that a test can come from anywhere, by any way.
async fn behind_a_proxy(guests: Option<GuestLevel>, plain: Plain) -> Fixture {
    Fixture::with(|config| {
        config.access.proxies = vec!["127.0.0.1".parse().unwrap()];
        config.access.policy = Policy { guests, plain, ..Policy::default() };
    })
    .await
}

/// A place and a way, and a token if there is one.
#[derive(Debug, Clone)]
struct From<'a> {
    address: &'a str,
    proto: &'a str,
    token: Option<String>,
}

const HOME: From<'static> = From { address: "192.168.1.9", proto: "https", token: None };
const HOME_IN_CLEAR: From<'static> = From { proto: "http", ..HOME };
const FAR: From<'static> = From { address: "8.8.8.8", ..HOME };
const FAR_IN_CLEAR: From<'static> = From { proto: "http", ..FAR };

/// The status and the code of the answer.
async fn ask(f: &Fixture, from: &From<'_>, method: &Method, path: &str, body: &str) -> (StatusCode, String) {
    let path = path.replace("{zone}", "all").replace("{id}", "00000000-0000-0000-0000-000000000001");
    let path = path.replace("{hash}", &"0".repeat(64)).replace("{file}", "main.js");
    let path = path.replace(['{', '}'], "");
    let mut request = f.stranger.request(method.clone(), f.url(&path)).body(body.to_owned());
    request = request.header("x-forwarded-for", from.address).header("x-forwarded-proto", from.proto);
    if let Some(token) = &from.token {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    // a stream of events has no end
    if status.is_success() {
        return (status, String::new());
    }
    let problem: Value = answer.json().await.unwrap_or_default();
    (status, problem["code"].as_str().unwrap_or_default().to_owned())
}

/// Asks for everything, and holds each answer against what the row of the right says. Nothing is meant by the body that
/// could be done.
async fn hold(f: &Fixture, from: &From<'_>, who: &str, may: impl Fn(Row, Need, &str) -> bool) {
    hold_but(f, from, who, |_| false, may).await;
}

/// The same; of the calls that `aimed` picks it only says that nothing is done.
async fn hold_but(
    f: &Fixture,
    from: &From<'_>,
    who: &str,
    aimed: impl Fn(&str) -> bool,
    may: impl Fn(Row, Need, &str) -> bool,
) {
    for (method, path, need) in declared() {
        // the first would end the session of those that come after
        if path == "/api/logout" || (path == "/api/restore" && from.token.is_some()) {
            continue;
        }
        let (status, code) = ask(f, from, &method, path, "{}").await;
        if need.about == About::Target && need.right.row().operators == Operators::Bound && aimed(path) {
            assert!(!status.is_success(), "{who}: {method} {path}: {status}");
            continue;
        }
        let denied = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        // what the call itself says: of a link or a password that is wrong, of deletion that nobody may
        let denied = denied && !matches!(code.as_str(), "delete_not_allowed" | "setup_link_invalid" | "wrong_password");
        let expected = may(need.right.row(), need, path);
        assert_eq!(!denied, expected, "{who}: {method} {path} needs {}: {status} {code}", need.right);
    }
}

/// Makes a user with a token.
async fn user(f: &Fixture, name: &str, role: &str, bound: Value, scopes: Value) -> From<'static> {
    let admin = From { token: Some(admin_token(&data(f))), ..HOME };
    let user = json!({ "name": name, "password": "correct horse battery", "role": role, "bound": bound });
    let (status, code) = ask(f, &admin, &Method::POST, "/api/users", &user.to_string()).await;
    assert_eq!(status, StatusCode::CREATED, "{code}");
    let token = json!({ "name": "test", "user": name, "scopes": scopes });
    let made = f.stranger.post(f.url("/api/tokens")).body(token.to_string()).bearer_auth(admin.token.unwrap());
    let made = made.header("x-forwarded-for", HOME.address).header("x-forwarded-proto", "https").send().await.unwrap();
    assert_eq!(made.status(), StatusCode::CREATED);
    let made: Value = made.json().await.unwrap();
    From { token: Some(made["secret"].as_str().unwrap().to_owned()), ..HOME }
}

fn data(f: &Fixture) -> std::path::PathBuf {
    f.folder.path().join("data")
}

#[tokio::test]
async fn every_path_is_answered_to_those_alone_that_have_its_right() {
    let f = behind_a_proxy(Some(GuestLevel::Control), Plain::Guest).await;
    assert!(declared().len() > 100);
    hold(&f, &FAR, "nobody", |row, _, _| row.nobody).await;
    let file = |path: &str| path == "/trust/ca.crt";
    hold(&f, &FAR_IN_CLEAR, "nobody in clear", |row, need, path| row.nobody && need.in_clear && !file(path)).await;
    hold(&f, &HOME, "a guest", |row, _, _| row.guests != Guests::No).await;
    // what takes a password, and the CA's file, are for https
    let https = |path: &str| matches!(path, "/login" | "/setup" | "/trust/ca.crt");
    hold(&f, &HOME_IN_CLEAR, "a guest in clear", |row, _, path| row.guests != Guests::No && !https(path)).await;
    let operator = user(&f, "olga", "operator", Value::Null, Value::Null).await;
    hold(&f, &operator, "an operator", |row, _, _| row.operators != Operators::No).await;
    let elsewhere = json!({ "zones": ["00000000-0000-0000-0000-00000000000f"] });
    let bound = user(&f, "bert", "operator", elsewhere, Value::Null).await;
    let aimed = |path: &str| path.contains("{zone}") || path.contains("/playback/") || path.contains("/history");
    hold_but(&f, &bound, "an operator of another zone", aimed, |row, _, _| {
        !matches!(row.operators, Operators::No | Operators::Unbound)
    })
    .await;
    let reader = user(&f, "rita", "admin", Value::Null, json!(["look", "browse"])).await;
    hold(&f, &reader, "a token that looks", |row, need, _| {
        row.nobody || matches!(need.right, Right::Look | Right::Browse)
    })
    .await;
    let admin = From { token: Some(admin_token(&data(&f))), ..HOME };
    hold(&f, &admin, "the admin", |_, need, _| need.right != Right::Speak).await;
}

/// Asks for everything with a speaker's key.
async fn hold_key(f: &Fixture, machine: &Machine, who: &str, may: impl Fn(&str) -> bool) {
    let tls = rustls::ClientConfig::clone(&machine.client);
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).build().unwrap();
    for (method, path, _) in declared() {
        let filled = path.replace("{zone}", "all").replace("{hash}", &"0".repeat(64)).replace(['{', '}'], "");
        let url = format!("https://{}{filled}", f.running.addr);
        let status = client.request(method.clone(), url).body("{}").send().await.unwrap().status();
        assert_eq!(status != StatusCode::FORBIDDEN, may(path), "{who}: {method} {path}: {status}");
    }
    let other = client.get(format!("https://{}/no/such/path", f.running.addr)).send().await.unwrap().status();
    assert_eq!(other, StatusCode::FORBIDDEN, "{who}: what is not there");
}

#[tokio::test]
async fn a_speakers_key_opens_its_socket_and_nothing_that_it_was_not_told() {
    let f = Fixture::with(adoption::usual).await;
    // and how it is heard itself
    let socket = |path: &str| matches!(path, "/ws" | "/" | "/api/reach");
    let (kitchen, cellar) = (Machine::new(), Machine::new());
    let mut agent = kitchen.says(&f, adoption::named("Kitchen")).await;
    adoption::standing(&mut agent).await;
    hold_key(&f, &kitchen, "a pending speaker", socket).await;
    adoption::adopt(&f, &kitchen).await;
    agent.state_sync().await;
    // of the music what it was told to play (adoption.rs): that is none here
    hold_key(&f, &kitchen, "an adopted speaker", socket).await;
    f.done(&format!("/api/speaker-keys/{}/revoke", kitchen.key), json!({})).await;
    hold_key(&f, &kitchen, "a revoked speaker", socket).await;
    let mut agent = cellar.says(&f, adoption::named("Cellar")).await;
    adoption::standing(&mut agent).await;
    f.done(&format!("/api/speaker-keys/{}/refuse", cellar.key), json!({})).await;
    hold_key(&f, &cellar, "a refused speaker", socket).await;
    hold_key(&f, &Machine::new(), "a key that nobody knows", socket).await;
}

#[tokio::test]
async fn guests_and_clear_http_are_what_was_set() {
    let f = behind_a_proxy(Some(GuestLevel::Listen), Plain::Guest).await;
    hold(&f, &HOME, "a guest that listens", |row, _, _| row.guests == Guests::Listening).await;
    let f = behind_a_proxy(None, Plain::Guest).await;
    hold(&f, &HOME, "nobody, where there are no guests", |row, _, _| row.nobody).await;
    let f = behind_a_proxy(Some(GuestLevel::Control), Plain::None).await;
    hold(&f, &HOME_IN_CLEAR, "a guest in clear that nobody wants", |row, need, path| {
        row.nobody && need.in_clear && path != "/trust/ca.crt"
    })
    .await;
    let (status, code) = ask(&f, &HOME_IN_CLEAR, &Method::GET, "/api/zones", "").await;
    assert_eq!((status, code.as_str()), (StatusCode::FORBIDDEN, "tls_required"));
    let f = behind_a_proxy(Some(GuestLevel::Control), Plain::Listen).await;
    let (status, code) = ask(&f, &HOME_IN_CLEAR, &Method::POST, "/api/playback/pause", "{}").await;
    assert_eq!((status, code.as_str()), (StatusCode::UNAUTHORIZED, "login_required"));
}

#[tokio::test]
async fn guests_look_at_a_zone_that_is_closed_to_them_and_change_nothing_there() {
    let f = behind_a_proxy(Some(GuestLevel::Control), Plain::Guest).await;
    let bert = user(&f, "bert", "operator", json!({ "zones": [ZoneId::DEFAULT.0] }), Value::Null).await;
    let elsewhere = json!({ "zones": ["00000000-0000-0000-0000-00000000000f"] });
    let olga = user(&f, "olga", "operator", elsewhere, Value::Null).await;
    let set = async |from: &From<'_>, open: bool| {
        let body = json!({ "openToGuests": open }).to_string();
        ask(&f, from, &Method::PATCH, "/api/zones/{zone}", &body).await
    };
    assert_eq!(set(&HOME, false).await, (StatusCode::UNAUTHORIZED, "login_required".into()), "no guest's to say");
    assert_eq!(
        set(&olga, false).await,
        (StatusCode::FORBIDDEN, "out_of_bounds".into()),
        "nor another zone's operator's"
    );
    assert_eq!(set(&bert, false).await.0, StatusCode::OK);
    let calls = declared();
    let calls: Vec<_> = calls
        .into_iter()
        .filter(|(_, path, need)| {
            let zone = path.contains("{zone}") || path.contains("/playback/");
            need.right.row().guests == Guests::OpenZones && zone
        })
        .collect();
    assert!(calls.len() > 20, "{}", calls.len());
    for (method, path, _) in &calls {
        // a body that says nothing: some are refused for that first
        let (status, code) = ask(&f, &HOME, method, path, "{}").await;
        let before = status == StatusCode::UNPROCESSABLE_ENTITY || status == StatusCode::BAD_REQUEST;
        assert!(before || code == "zone_closed", "{method} {path}: {status} {code}");
    }
    for (method, path, body) in [
        (Method::POST, "/api/playback/pause", "{}"),
        (Method::POST, "/api/zones/{zone}/playback/volume", r#"{"volume":10}"#),
        (Method::PATCH, "/api/zones/{zone}", r#"{"volume":10}"#),
        (Method::DELETE, "/api/zones/{zone}/queue", ""),
    ] {
        let refused = ask(&f, &HOME, &method, path, body).await;
        assert_eq!(refused, (StatusCode::UNAUTHORIZED, "zone_closed".into()), "{method} {path}");
        assert!(
            ask(&f, &bert, &method, path, body).await.0.is_success(),
            "{method} {path}: it is closed to guests alone"
        );
    }
    for path in ["/api/zones", "/api/zones/{zone}", "/api/zones/{zone}/queue", "/api/tracks"] {
        assert_eq!(ask(&f, &HOME, &Method::GET, path, "").await.0, StatusCode::OK, "{path}");
    }
    // its speakers are as closed as the zone
    let mut kitchen = Agent::new(f.running.addr, "Kitchen").await;
    kitchen.state_sync().await;
    let mute = r#"{"action":"mute","select":"Kitchen"}"#;
    assert_eq!(ask(&f, &HOME, &Method::POST, "/api/speakers/actions", mute).await.1, "zone_closed");
    drop(kitchen);
    let f = f.restarted().await;
    let zone = f.get("/api/zones/all").await.1;
    assert_eq!(zone["openToGuests"], false, "it is kept: {zone}");
    let (status, zone) =
        f.call(Method::PATCH, "/api/zones/all", Some(json!({ "openToGuests": true }).to_string())).await;
    assert_eq!((status, &zone["openToGuests"]), (StatusCode::OK, &json!(true)));
}

#[tokio::test]
async fn a_token_in_clear_is_not_taken_and_is_marked() {
    let f = behind_a_proxy(Some(GuestLevel::Control), Plain::Guest).await;
    let olga = user(&f, "olga", "operator", Value::Null, Value::Null).await;
    let clear = From { token: olga.token.clone(), ..HOME_IN_CLEAR };
    let (status, code) = ask(&f, &clear, &Method::GET, "/api/zones", "").await;
    assert_eq!((status, code.as_str()), (StatusCode::FORBIDDEN, "tls_required"));
    let tokens = f.stranger.get(f.url("/api/tokens")).bearer_auth(olga.token.unwrap());
    let tokens = tokens.header("x-forwarded-for", HOME.address).header("x-forwarded-proto", "https");
    let tokens: Value = tokens.send().await.unwrap().json().await.unwrap();
    assert_eq!(tokens["tokens"][0]["exposed"], true, "{tokens}");
    let all = behind_a_proxy(Some(GuestLevel::Control), Plain::All).await;
    let olga = user(&all, "olga", "operator", Value::Null, Value::Null).await;
    let clear = From { token: olga.token.clone(), ..HOME_IN_CLEAR };
    assert_eq!(ask(&all, &clear, &Method::GET, "/api/zones", "").await.0, StatusCode::OK);
    let far = From { token: olga.token, ..FAR_IN_CLEAR };
    assert_eq!(ask(&all, &far, &Method::GET, "/api/zones", "").await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_wrong_credential_is_no_guest() {
    let f = behind_a_proxy(Some(GuestLevel::Control), Plain::Guest).await;
    let wrong = From { token: Some("dbt_00000000".into()), ..HOME };
    let (status, code) = ask(&f, &wrong, &Method::GET, "/api/zones", "").await;
    assert_eq!((status, code.as_str()), (StatusCode::UNAUTHORIZED, "invalid_credentials"));
}

/// A call; then whether a guest, an operator, an admin may, and nobody from elsewhere.
type Stated = (&'static str, &'static str, [bool; 4]);
/// What anybody on the network could do before there were rights. Stated here by hand, so that a right that is given
/// away is given away on purpose.
const ONCE_OPEN: [Stated; 34] = [
    ("POST", "/api/playback/play", [true, true, true, false]),
    ("POST", "/api/playback/pause", [true, true, true, false]),
    ("POST", "/api/playback/stop", [true, true, true, false]),
    ("POST", "/api/playback/volume", [true, true, true, false]),
    ("POST", "/api/zones/{zone}/queue", [true, true, true, false]),
    ("GET", "/api/tracks", [true, true, true, false]),
    ("GET", "/api/speakers", [true, true, true, false]),
    ("GET", "/api/events", [true, true, true, false]),
    ("GET", "/media/{hash}", [true, true, true, false]),
    ("POST", "/api/zones", [false, true, true, false]),
    ("PATCH", "/api/zones/{zone}", [false, true, true, false]),
    ("DELETE", "/api/zones/{zone}", [false, true, true, false]),
    ("POST", "/api/presets", [false, true, true, false]),
    ("POST", "/api/playlists", [false, true, true, false]),
    ("DELETE", "/api/playlists/{id}", [false, true, true, false]),
    ("PATCH", "/api/speakers/{id}", [false, true, true, false]),
    ("POST", "/api/speakers/{id}/identify", [false, true, true, false]),
    ("POST", "/api/zones/{zone}/calibration", [false, true, true, false]),
    ("GET", "/api/zones/{zone}/calibration", [false, true, true, false]),
    ("DELETE", "/api/zones/{zone}/calibration", [false, true, true, false]),
    ("GET", "/api/history", [false, true, true, false]),
    ("GET", "/api/history.csv", [false, true, true, false]),
    ("POST", "/api/library/rescan", [false, true, true, false]),
    ("PATCH", "/api/tracks/{id}", [false, false, true, false]),
    ("DELETE", "/api/tracks/{id}", [false, false, true, false]),
    ("POST", "/api/backup", [false, false, true, false]),
    ("POST", "/api/restore", [false, false, true, false]),
    ("GET", "/api/speaker-keys", [false, false, true, false]),
    ("POST", "/api/speaker-keys/adopt", [false, false, true, false]),
    ("POST", "/api/join-tokens", [false, false, true, false]),
    ("GET", "/api/users", [false, false, true, false]),
    ("GET", "/api/audit", [false, false, true, false]),
    // what a person must reach to become somebody
    ("GET", "/api/health", [true, true, true, true]),
    ("POST", "/api/login", [true, true, true, true]),
];

#[tokio::test]
async fn what_was_once_open_to_anybody_is_as_it_is_stated() {
    let f = behind_a_proxy(Some(GuestLevel::Control), Plain::Guest).await;
    // the one that is asked for
    let id = "00000000-0000-0000-0000-000000000001".parse().unwrap();
    let mut kitchen = Agent::with(f.running.addr, hello("Kitchen", id)).await;
    kitchen.state_sync().await;
    let operator = user(&f, "olga", "operator", Value::Null, Value::Null).await;
    let admin = From { token: Some(admin_token(&data(&f))), ..HOME };
    let in_table: Vec<_> = declared().into_iter().map(|(method, path, _)| (method.to_string(), path)).collect();
    for (method, path, expected) in ONCE_OPEN {
        assert!(in_table.contains(&(method.to_owned(), path)), "there is no {method} {path}");
        let method: Method = method.parse().unwrap();
        for (from, may) in [&HOME, &operator, &admin, &FAR].into_iter().zip(expected) {
            if may && from.token.is_some() && path == "/api/restore" {
                continue;
            }
            // what guests may of it is its volume
            let body = if method == Method::PATCH { "{\"name\": \"Attic\"}" } else { "{}" };
            let (status, code) = ask(&f, from, &method, path, body).await;
            let refused = matches!(
                code.as_str(),
                "login_required"
                    | "role_required"
                    | "scope_missing"
                    | "speaker_not_allowed"
                    | "out_of_bounds"
                    | "tls_required"
            );
            assert_eq!(!refused, may, "{method} {path} by {from:?}: {status} {code}");
        }
    }
}

#[tokio::test]
async fn a_guest_that_asks_without_end_is_held_back_and_others_do_not_notice() {
    let f = behind_a_proxy(Some(GuestLevel::Control), Plain::Guest).await;
    let from = |address| From { address, ..HOME };
    let (greedy, other) = (from("192.168.1.66"), from("192.168.1.67"));
    let level = json!({ "volume": 40 }).to_string();
    let mut count = 0;
    let refused = loop {
        let (status, code) = ask(&f, &greedy, &Method::POST, "/api/playback/volume", "{}").await;
        if code == "over_budget" {
            break status;
        }
        count += 1;
        assert!(count < 5_000, "nothing holds it back");
    };
    assert_eq!(refused, StatusCode::TOO_MANY_REQUESTS);
    assert!(count >= 1_000, "{count}: a family never meets it");
    assert!(ask(&f, &greedy, &Method::GET, "/api/zones", "").await.0.is_success(), "it may look");
    assert!(ask(&f, &other, &Method::POST, "/api/playback/volume", &level).await.0.is_success());
    let operator = From { address: "192.168.1.66", ..user(&f, "olga", "operator", Value::Null, Value::Null).await };
    assert!(ask(&f, &operator, &Method::POST, "/api/playback/volume", &level).await.0.is_success(), "a login helps");

    // streams of events are bounded by the place that they come from
    let follow = |from: &From<'static>| {
        let request = f.stranger.get(f.url("/api/events?types=presets"));
        request.header("x-forwarded-for", from.address).header("x-forwarded-proto", from.proto).send()
    };
    let mut followers = Vec::new();
    let refused = loop {
        let answer = follow(&other).await.unwrap();
        match answer.status() {
            StatusCode::OK => followers.push(answer),
            _ => break answer,
        }
    };
    assert_eq!((refused.status(), followers.len()), (StatusCode::TOO_MANY_REQUESTS, 64));
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(follow(&HOME).await.unwrap().status(), StatusCode::OK);
}
