//! The REST interface: every error is a problem that names what is wrong, and the description is what is there.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    described,
    fixture::{Fixture, wait_for},
};

/// Everything that is wrong in some way, as a person would type it.
fn wrong(unplayable: &str) -> Vec<(Method, String, Option<String>)> {
    let post = |path: &str, body: &str| (Method::POST, path.to_owned(), Some(body.to_owned()));
    let get = |path: &str| (Method::GET, path.to_owned(), None);
    let nobody = "00000000-0000-0000-0000-000000000001";
    vec![
        post("/api/playback/play", &json!({ "trackId": nobody }).to_string()),
        post("/api/playback/play", r#"{"trackId": "no such thing"}"#),
        post("/api/playback/play", &json!({ "trackId": unplayable }).to_string()),
        post("/api/playback/play", r#"{"trackIds": []}"#),
        post("/api/playback/play", r#"{"trackId": 7}"#),
        post("/api/playback/play", r#"{"trackId": "#),
        post("/api/playback/play", "[]"),
        post("/api/playback/play", r#"{"position": -1}"#),
        post("/api/playback/play", &json!({ "entry": nobody }).to_string()),
        post("/api/playback/play", r#"{"entry": "x"}"#),
        post("/api/playback/play", r#"{"zone": "nowhere"}"#),
        post("/api/playback/pause", r#"{"at": "now"}"#),
        post("/api/playback/pause", r#"{"at": 9000000000000000000}"#),
        post("/api/playback/seek", "{}"),
        post("/api/playback/seek", r#"{"position": -0.5}"#),
        post("/api/playback/seek", r#"{"position": "60"}"#),
        post("/api/playback/seek", r#"{"position": 60}"#),
        post("/api/playback/next", "{}"),
        post("/api/playback/resume", "{}"),
        post("/api/playback/volume", "{}"),
        post("/api/playback/volume", r#"{"volume": 300}"#),
        post("/api/playback/volume", r#"{"volume": "loud"}"#),
        post("/api/playback/volume", r#"{"volume": 50, "rampMs": 999999}"#),
        post("/api/zones", "{}"),
        post("/api/zones", r#"{"name": " "}"#),
        post("/api/zones", r#"{"name": "ALL"}"#),
        post("/api/zones/all/queue", "{}"),
        post("/api/zones/all/queue", r#"{"trackIds": ["x"]}"#),
        post("/api/zones/nowhere/playback/stop", ""),
        get("/api/zones/nowhere"),
        get("/api/zones/nowhere/queue"),
        get("/api/playback/state?zone=nowhere"),
        get(&format!("/api/tracks/{nobody}")),
        get("/api/tracks/x"),
        get("/api/tracks?limit=0"),
        get("/api/tracks?limit=many"),
        get("/api/tracks?cursor=x"),
        get("/api/speakers/x"),
        (Method::PATCH, format!("/api/speakers/{nobody}"), Some(r#"{"volume": 1}"#.into())),
        (Method::PATCH, format!("/api/speakers/{nobody}"), Some(r#"{"outputDelayUs": 9999999}"#.into())),
        (Method::DELETE, format!("/api/speakers/{nobody}"), None),
        post(&format!("/api/speakers/{nobody}/identify"), ""),
        (Method::DELETE, format!("/api/zones/all/queue/{nobody}"), None),
        get("/api/tracks/%FF"),
        get("/ws"),
        get("/api/nothing"),
        get("/nothing"),
        get("/test-client/nothing.js"),
        (Method::DELETE, "/api/tracks".into(), None),
        get("/api/playback/play"),
    ]
}

#[tokio::test]
async fn everything_wrong_is_answered_as_a_problem_that_names_it() {
    let f = Fixture::new().await;
    let damaged = f.track("damaged").await;
    let mut answers = Vec::new();
    for (method, path, body) in wrong(&damaged) {
        let mut request = f.http.request(method.clone(), f.url(&path));
        if let Some(body) = &body {
            request = request.body(body.clone());
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        let problem: Value = response.json().await.unwrap();
        assert_eq!(kind, "application/problem+json", "{method} {path}");
        described::answer(&method, &path, status.as_u16(), &kind, &problem);
        assert_eq!(problem["status"], status.as_u16(), "{method} {path}");
        let body = body.unwrap_or_default().replace(&damaged, "DAMAGED");
        let detail = problem["detail"].as_str().unwrap();
        let field = problem["field"].as_str().map(|f| format!(" field {f}")).unwrap_or_default();
        answers.push(format!(
            "{method} {path} {body}\n  {status} {}{field}\n  {detail}",
            problem["code"].as_str().unwrap()
        ));
    }
    insta::assert_snapshot!("problems", answers.join("\n"));
}

#[tokio::test]
async fn a_problem_has_all_its_members() {
    let f = Fixture::new().await;
    let (_, problem) = f.post("/api/playback/volume", json!({ "volume": 300 })).await;
    insta::assert_json_snapshot!("problem", problem);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let f = Fixture::new().await;
    let body = format!("{{\"trackId\": \"{}\"}}", "x".repeat(8_500_000));
    let (status, problem) = f.call(Method::POST, "/api/playback/play", Some(body)).await;
    assert_eq!((status.as_u16(), &problem["code"]), (413, &"body_too_large".into()));
    let body = format!("{{\"name\": \"{}\"}}", "x".repeat(1_100_000));
    let (status, problem) = f.call(Method::POST, "/api/zones", Some(body)).await;
    assert_eq!((status.as_u16(), &problem["code"]), (413, &"body_too_large".into()));
}

#[tokio::test]
async fn the_list_of_tracks_comes_in_parts() {
    let f = Fixture::new().await;
    let titles = |list: &Value| {
        let tracks = list["tracks"].as_array().unwrap().clone();
        tracks.iter().map(|t| t["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (_, all) = f.get("/api/tracks").await;
    assert_eq!(
        (titles(&all), &all["next"], &all["total"]),
        (["a", "b", "c", "damaged"].map(Into::into).to_vec(), &Value::Null, &4.into())
    );
    let (_, first) = f.get("/api/tracks?limit=3").await;
    assert_eq!(titles(&first), ["a", "b", "c"]);
    let (_, second) = f.get(&format!("/api/tracks?limit=3&cursor={}", first["next"].as_str().unwrap())).await;
    assert_eq!((titles(&second), &second["next"]), (vec!["damaged".to_owned()], &Value::Null));
    assert!(second["tracks"][0]["fault"].is_string());
    let (_, found) = f.get("/api/tracks?search=DAM").await;
    assert_eq!(titles(&found), ["damaged"]);
    let (_, track) = f.get(&format!("/api/tracks/{}", all["tracks"][0]["id"].as_str().unwrap())).await;
    assert_eq!(
        (&track["duration"], &track["frames"], &track["sampleRate"]),
        (&2.0.into(), &88_200.into(), &44_100.into())
    );
}

#[tokio::test]
async fn the_description_is_served() {
    let f = Fixture::new().await;
    let (status, description) = f.get("/api/openapi.json").await;
    assert_eq!(status.as_u16(), 200);
    assert_eq!(description["info"]["version"], env!("CARGO_PKG_VERSION"));
    let kept: Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
    assert_eq!(description, kept, "a unit test compares that with the handlers");
}

#[tokio::test]
async fn health_tells_of_the_library_and_the_speakers() {
    let f = Fixture::new().await;
    let (status, health) = f.get("/api/health").await;
    assert_eq!((status.as_u16(), &health["status"], &health["clients"]), (200, &"healthy".into(), &0.into()));
    assert_eq!((&health["scan"]["found"], &health["scan"]["failed"]), (&4.into(), &1.into()));
    assert_eq!(f.post("/api/library/rescan", json!({})).await.0.as_u16(), 202);
}

#[tokio::test]
async fn pages_of_other_sites_are_shown_nothing_and_change_nothing() {
    let f = Fixture::new().await;
    let evil = "http://news.example";
    let foreign = |request: reqwest::RequestBuilder| request.header("origin", evil).send();
    // the browser keeps from the page what was not said to be for it
    let read = foreign(f.http.get(f.url("/api/tracks"))).await.unwrap();
    assert!(!read.headers().contains_key("access-control-allow-origin"));
    let embedded = f.http.get(f.url("/api/tracks")).header("sec-fetch-site", "cross-site");
    assert_eq!(embedded.send().await.unwrap().status().as_u16(), 403);
    // as a form or a script sends it without asking before
    let text = |path: &str| f.http.post(f.url(path)).header("content-type", "text/plain").body("{\"volume\": 100}");
    for path in ["/api/playback/volume", "/api/restore", "/api/backup", "/api/zones", "/api/no/such/call"] {
        let refused = foreign(text(path)).await.unwrap();
        assert_eq!(refused.status().as_u16(), 403, "{path}");
        let problem: serde_json::Value = refused.json().await.unwrap();
        assert_eq!(problem["code"], "foreign_site");
        assert!(problem["detail"].as_str().unwrap().contains("--allow-host news.example"), "{problem}");
    }
    for path in ["/ws", "/", "/api/events/ws"] {
        let socket = f.http.get(f.url(path)).header("connection", "upgrade").header("upgrade", "websocket");
        assert_eq!(foreign(socket).await.unwrap().status().as_u16(), 403, "{path}");
    }
    // a page of the coordinator itself, and a script
    let own = format!("http://{}", f.running.addr);
    let page = text("/api/playback/volume").header("origin", own).send().await.unwrap();
    assert_eq!(page.status().as_u16(), 200);
    assert_eq!(text("/api/playback/volume").send().await.unwrap().status().as_u16(), 200);
    for private in ["/api/history", "/api/history.csv", "/api/events?types=zone", "/media/00"] {
        let answer = foreign(f.http.get(f.url(private))).await.unwrap();
        assert!(!answer.headers().contains_key("access-control-allow-origin"), "{private}");
    }
}

#[tokio::test]
async fn a_name_that_was_bound_anew_is_not_answered() {
    let f = Fixture::new().await;
    let named = |path: &str, host: &str| f.http.get(f.url(path)).header("host", host).send();
    for path in ["/", "/api/tracks", "/api/openapi.json", "/test-client/", "/api/no/such/call"] {
        let refused = named(path, "evil.example").await.unwrap();
        assert_eq!(refused.status().as_u16(), 403, "{path}");
        let problem: serde_json::Value = refused.json().await.unwrap();
        assert_eq!(problem["code"], "unknown_host");
        assert!(problem["detail"].as_str().unwrap().contains("--allow-host evil.example"), "{problem}");
    }
    for host in ["192.168.7.5:3000", "[fd00::5]", "localhost:1", "LocalHost."] {
        assert_eq!(named("/api/tracks", host).await.unwrap().status().as_u16(), 200, "{host}");
    }
    // a speaker's files come by any name
    assert_eq!(named("/media/00", "house.example").await.unwrap().status().as_u16(), 404);
}

#[tokio::test]
async fn the_root_leads_to_the_page() {
    let f = Fixture::new().await;
    let browser = |path: &str| f.http.get(f.url(path)).header("accept", "text/html").send();
    for path in ["/", "/library/albums"] {
        let page = browser(path).await.unwrap();
        assert_eq!((page.status().as_u16(), page.url().path()), (200, path));
        assert!(page.headers().contains_key("content-security-policy"), "{path}");
        assert!(page.text().await.unwrap().contains("<html"), "{path}");
    }
    let client = browser("/test-client").await.unwrap();
    assert_eq!((client.status().as_u16(), client.url().path()), (200, "/test-client/"));
    assert_eq!(browser("/api/nothing").await.unwrap().status().as_u16(), 404);
}

#[tokio::test]
async fn media_is_served_beside_it() {
    let f = Fixture::new().await;
    // it follows in the background
    let hash = wait_for("the hash", || async {
        let (_, list) = f.get("/api/tracks?search=a&limit=1").await;
        Some(list["tracks"][0]["hash"].as_str()?.to_owned()).filter(|hash| !hash.is_empty())
    });
    let hash = hash.await;
    let response = f.http.get(f.url(&format!("/media/{hash}"))).header("range", "bytes=0-3").send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.text().await.unwrap().as_str()), (206, "RIFF"));
}
