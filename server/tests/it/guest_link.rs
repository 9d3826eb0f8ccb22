//! The way in for guests.

use downbeat_trust::{
    admission::{Plain, Policy},
    rights::GuestLevel,
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::fixture::Fixture;

async fn with(guests: Option<GuestLevel>, plain: Plain, proxy: bool) -> Fixture {
    Fixture::with(|config| {
        config.access.policy = Policy { guests, plain, ..Policy::default() };
        if proxy {
            config.access.proxies = vec!["127.0.0.1".parse().unwrap()];
        }
    })
    .await
}

/// The answer to one that came to this address, by this way.
async fn link(f: &Fixture, host: &str, forwarded: Option<&str>) -> (StatusCode, Value) {
    let mut request = f.http.get(f.url("/api/guest-link")).header("host", host);
    if let Some(proto) = forwarded {
        request = request.header("x-forwarded-for", "192.168.1.9").header("x-forwarded-proto", proto);
    }
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test]
async fn guests_are_led_to_the_address_that_was_asked_by_the_way_that_they_may_use() {
    let f = with(Some(GuestLevel::Listen), Plain::Guest, false).await;
    assert_eq!(link(&f, "192.168.1.5:3000", None).await.1, json!({ "url": "http://192.168.1.5:3000/" }));
    let picture = f.http.get(f.url("/api/guest-link.svg")).header("host", "192.168.1.5:3000").send().await.unwrap();
    assert_eq!(
        (picture.status(), &picture.headers()["content-type"]),
        (StatusCode::OK, &"image/svg+xml".parse().unwrap())
    );
    assert!(picture.text().await.unwrap().contains("<svg "));
    // of its own machine's name nobody else comes in
    let (status, own) = link(&f, "localhost:3000", None).await;
    let led = own["url"].as_str().is_some_and(|url| url.starts_with("http://") && !url.contains("localhost"));
    assert!(led || (status, &own["code"]) == (StatusCode::CONFLICT, &json!("no_address")), "{status} {own}");

    let f = with(Some(GuestLevel::Listen), Plain::None, true).await;
    assert_eq!(link(&f, "192.168.1.5:3000", Some("https")).await.1["url"], "https://192.168.1.5:3000/");
    let f = with(Some(GuestLevel::Listen), Plain::Guest, true).await;
    assert_eq!(link(&f, "192.168.1.5", Some("https")).await.1["url"], "https://192.168.1.5/", "a proxy's own");
    let f = with(None, Plain::Guest, false).await;
    let (status, problem) = link(&f, "192.168.1.5:3000", None).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("no_guests")));
}
