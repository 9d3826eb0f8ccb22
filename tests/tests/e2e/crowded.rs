//! Somebody holds every connection that there is: the music, the library and newcomers go on.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use downbeat_load::half_open::Pressed;
use downbeat_tests::{
    coordinator::Coordinator,
    patience::{listen_for, until},
    speaker::{Card, Speaker, SpeakerState},
    stage::Stage,
};
use reqwest::Method;
use serde_json::json;
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpSocket, TcpStream},
};

/// The open files that the coordinator may have.
const FILES: u32 = 160;

/// As many connections as can be had, each half a request.
async fn take_all(address: &str) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for i in 0..2 * FILES {
        let socket = TcpSocket::new_v4().expect("a socket");
        let Ok(Ok(mut stream)) =
            tokio::time::timeout(Duration::from_secs(2), socket.connect(address.parse().expect("an address"))).await
        else {
            break;
        };
        let said: &[u8] = match i % 3 {
            0 => b"",
            1 => b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nX-",
            _ => b"POST /api/playback/play HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{",
        };
        let _ = stream.write_all(said).await;
        held.push(stream);
    }
    held
}

#[tokio::test]
async fn hundreds_of_half_open_handshakes_keep_nobody_out() {
    let stage = Stage::new().with_noise("evening.wav", 44_100, 60.0);
    let c = Coordinator::start_limited(&stage, FILES).await;
    let kitchen = Speaker::start(&stage, c.address(), "kitchen", Card::USUAL);
    c.settled(&["kitchen"]).await;
    c.play(&stage, &["evening.wav"]).await;
    c.in_step(&["kitchen"], 1_000.0).await;
    let since = c.connected_since("kitchen").await;

    // from two machines, each with more than there are places, and at once anew where it is shown out
    let address = c.address().parse().expect("an address");
    let pressed = [Arc::new(Pressed::default()), Arc::new(Pressed::default())];
    let both = [2, 3].map(|last| {
        let (pressed, from) = (Arc::clone(&pressed[usize::from(last) - 2]), [127, 0, 0, last].into());
        tokio::spawn(async move { pressed.press((from, address), 2 * FILES as usize, Duration::from_secs(8)).await })
    });
    let begun = || pressed.iter().map(|p| p.begun.load(Ordering::Relaxed)).sum::<usize>();
    until("the press", async || (begun() > 4 * FILES as usize).then_some(())).await;
    // newcomers find a place meanwhile: a person, and a speaker with a whole handshake
    until("a request to be answered", async || c.attempt(Method::GET, "/api/health", "").await.ok()).await;
    let _bath = Speaker::start(&stage, c.address(), "bath", Card::USUAL);
    until("the newcomer", async || c.speaker("bath").await.filter(SpeakerState::is_connected)).await;
    c.post("/api/playback/volume", json!({ "volume": 61 })).await;
    assert_eq!(c.state().await["playbackState"], "playing");
    assert_eq!(c.connected_since("kitchen").await, since, "nobody at work gave way");
    for one in both {
        one.await.expect("it ends").expect("it presses");
    }
    let ended: usize = pressed.iter().map(|p| p.ended.load(Ordering::Relaxed)).sum();
    assert!(ended > FILES as usize, "the longest waiting gave way: {ended}");
    let log = c.log();
    assert!(!log.contains("Too many open files"), "{log}");
    assert_eq!(c.connected_since("kitchen").await, since);
    drop(kitchen);
}

#[tokio::test]
async fn all_connections_taken_stop_no_music_no_scan_and_no_speaker() {
    let stage = Stage::new().with_noise("evening.wav", 44_100, 60.0).with_fixtures(&["44100-stereo-16.wav"]);
    let c = Coordinator::start_limited(&stage, FILES).await;
    let _kitchen = Speaker::start(&stage, c.address(), "kitchen", Card::USUAL);
    c.settled(&["kitchen"]).await;
    c.play(&stage, &["evening.wav"]).await;
    c.zone_is("playing").await;
    let since = c.connected_since("kitchen").await;

    let held = take_all(c.address()).await;
    assert!(held.len() > FILES as usize, "{} connections", held.len());
    // everything is looked at while nothing is left
    assert_eq!(c.call(Method::POST, "/api/library/rescan", "").await.status, 202);
    c.scanned().await;
    assert_eq!(c.get("/api/tracks").await["total"], 2, "the library is whole");
    assert_eq!(c.state().await["playbackState"], "playing");
    c.post("/api/playback/volume", json!({ "volume": 61 })).await;
    // one that comes now finds a place, and gets its file
    let _bath = Speaker::start(&stage, c.address(), "bath", Card::USUAL);
    until("the newcomer to play", async || {
        c.speaker("bath").await.filter(|s| s.is_connected() && s.0["state"] == "playing")
    })
    .await;
    listen_for(Duration::from_secs(1)).await;
    assert_eq!(c.connected_since("kitchen").await, since, "nobody at work gave way");
    let log = c.log();
    assert!(!log.contains("Too many open files"), "{log}");
    drop(held);
}
