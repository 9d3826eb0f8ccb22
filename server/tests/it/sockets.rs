//! Connections that say nothing useful, many of them, and answers that must not wait in a proxy.

use std::time::Duration;

use downbeat_protocol::{AgentMessage, SpeakerId};
use reqwest::StatusCode;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::{sleep, timeout},
};

use crate::{
    adoption::Machine,
    agent::{Agent, hello, tls},
    fixture::{DEADLINE, Fixture, admin_token, client, wait_for},
};

/// With a patience that a test can wait for.
async fn impatient() -> Fixture {
    Fixture::with(|c| c.patience = Duration::from_millis(300)).await
}

/// Says this, and waits until the coordinator closes; what it said before.
async fn until_closed(f: &Fixture, said: &[u8]) -> String {
    let mut socket = TcpStream::connect(f.running.addr).await.unwrap();
    socket.write_all(said).await.unwrap();
    let mut heard = Vec::new();
    // a reset is a close, too
    let _ = timeout(DEADLINE, socket.read_to_end(&mut heard)).await.expect("it stays open");
    String::from_utf8_lossy(&heard).into_owned()
}

#[tokio::test]
async fn a_connection_that_says_nothing_useful_is_closed() {
    let f = impatient().await;
    assert_eq!(until_closed(&f, b"").await, "", "nothing");
    assert_eq!(until_closed(&f, b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nX-").await, "", "half a head");
    let half = b"POST /api/playback/volume HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{";
    let answer = until_closed(&f, half).await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("body_timeout"), "half a body: {answer}");
    let token = admin_token(&f.folder.path().join("data"));
    let endless = format!(
        "POST /api/restore HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"
    );
    let answer = until_closed(&f, endless.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "half a backup: {answer}");
    let answer = until_closed(&f, b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "kept alive, and idle: {answer}");
    let tls = [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], &[0; 200]].concat();
    let said = until_closed(&f, &tls).await;
    assert!(!said.starts_with("HTTP"), "half a handshake: {said}");
}

#[tokio::test]
async fn a_head_that_comes_a_byte_at_a_time_is_closed() {
    let f = impatient().await;
    let mut socket = TcpStream::connect(f.running.addr).await.unwrap();
    let (mut reads, mut writes) = socket.split();
    dripped(std::iter::repeat(b'G'), &mut reads, &mut writes).await;
}

#[tokio::test]
async fn an_upgrade_without_a_hello_and_a_reader_that_takes_nothing_are_closed() {
    let folder = tempfile::tempdir().unwrap();
    let music = folder.path().join("music");
    std::fs::create_dir(&music).unwrap();
    // more than the buffers of both ends hold
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 44_100,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut long = hound::WavWriter::create(music.join("long.wav"), spec).unwrap();
    (0..10_000_000_u32).for_each(|i| long.write_sample((i % 10_000) as i16).unwrap());
    long.finalize().unwrap();
    for name in ["a.wav", "b.wav", "c.wav"] {
        std::fs::write(music.join(name), b"this is no music").unwrap();
    }
    let f = Fixture::start(folder, |c| c.patience = Duration::from_millis(300)).await;
    let hash = wait_for("the hash", || async {
        let (_, list) = f.get("/api/tracks?search=long&limit=1").await;
        Some(list["tracks"][0]["hash"].as_str()?.to_owned()).filter(|hash| !hash.is_empty())
    })
    .await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut reader = socket.connect(f.running.addr).await.unwrap();
    reader.write_all(format!("GET /media/{hash} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes()).await.unwrap();
    // what is written to a connection that is gone fails
    wait_for("the end of it", || async { reader.try_write(b"x").is_err().then_some(()) }).await;
    // and one that reads gets all of it, however little patience there is
    let whole = f.http.get(f.url(&format!("/media/{hash}"))).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(whole.len(), 20_000_044);
}

#[tokio::test]
async fn silent_connections_never_keep_a_speaker_or_a_person_out() {
    let f = Fixture::with(|c| c.connections = Some(24)).await;
    let mut kitchen = Agent::with(f.running.addr, hello("kitchen", SpeakerId::random())).await;
    kitchen.state_sync().await;
    let mut silent = Vec::new();
    for at in 0..100 {
        let mut socket = TcpStream::connect(f.running.addr).await.unwrap();
        // half of them begin a handshake; they may have given way already
        if at % 2 == 0 {
            let _ = socket.write_all(b"\x16\x03\x01\x02\x00\x01").await;
        }
        silent.push(socket);
    }
    // a new one each time
    for _ in 0..3 {
        let answer = client().get(f.url("/api/health")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }
    let mut bath = Agent::with(f.running.addr, hello("bath", SpeakerId::random())).await;
    bath.state_sync().await;
    assert_eq!(f.speaker("kitchen").await["connected"], true, "one at work does not give way");
    drop(silent);
}

#[tokio::test]
async fn followers_are_bounded_and_leave_room_for_others() {
    let f = Fixture::with(|c| c.connections = Some(32)).await;
    let mut followers = Vec::new();
    for _ in 0..8 {
        let follower = client().get(f.url("/api/events?types=zone")).send().await.unwrap();
        assert_eq!(follower.status(), StatusCode::OK);
        followers.push(follower);
    }
    let refused = client().get(f.url("/api/events")).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key("retry-after"));
    let problem: serde_json::Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "too_many_followers", "{problem}");
    drop(followers);
    wait_for("room", || async {
        let status = client().get(f.url("/api/events?types=zone")).send().await.unwrap().status();
        (status == StatusCode::OK).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_is_made_while_it_is_sent_waits_in_no_proxy() {
    let f = Fixture::new().await;
    for (method, path) in [("GET", "/api/events"), ("GET", "/api/history.csv"), ("POST", "/api/backup")] {
        let answer = f.http.request(method.parse().unwrap(), f.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let said = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(said("x-accel-buffering"), "no", "{path}");
        assert!(said("cache-control").ends_with(", no-transform"), "{path}: {}", said("cache-control"));
    }
}

#[tokio::test]
async fn a_body_with_a_mark_or_in_another_encoding_is_read_or_said() {
    let f = Fixture::new().await;
    let send = |kind: &str, body: Vec<u8>| {
        f.http.post(f.url("/api/playback/volume")).header("content-type", kind).body(body).send()
    };
    let text = json!({ "volume": 33 }).to_string();
    let utf16: Vec<u8> = "\u{feff}{\"volume\": 34}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    for (body, volume) in [(marked, 33.0), (utf16, 34.0)] {
        let answer = send("application/json", body).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let state: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(state["state"]["volume"].as_f64(), Some(volume), "{state}");
    }
    let refused = send("application/json; charset=shift_jis", text.into_bytes()).await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let problem: serde_json::Value = refused.json().await.unwrap();
    assert!(problem["detail"].as_str().unwrap().contains("shift_jis"), "{problem}");
}

#[tokio::test]
async fn web_sockets_that_say_nothing_give_way_as_all_that_are_silent() {
    let f = Fixture::with(|c| c.connections = Some(24)).await;
    let mut kitchen = Agent::with(f.running.addr, hello("kitchen", SpeakerId::random())).await;
    kitchen.state_sync().await;
    let mut silent = Vec::new();
    for at in 0..60 {
        silent.push(Agent::at(f.running.addr, if at % 2 == 0 { "/ws" } else { "/" }).await);
    }
    for _ in 0..3 {
        let answer = client().get(f.url("/api/health")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }
    let mut bath = Agent::with(f.running.addr, hello("bath", SpeakerId::random())).await;
    bath.state_sync().await;
    assert_eq!(f.speaker("kitchen").await["connected"], true, "one that said hello does not give way");
    // one that gave way is closed, and the newest may still say hello
    assert_eq!(silent[0].until_closed().await.0, Vec::<String>::new());
    let late = silent.last_mut().unwrap();
    late.say(&AgentMessage::Hello(Box::new(hello("late", SpeakerId::random())))).await;
    late.state_sync().await;
}

#[tokio::test]
async fn dripping_over_tls_is_closed_before_and_after_the_handshake() {
    let f = impatient().await;
    let machine = Machine::new();
    // a hello of TLS, a byte at a time
    let hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".iter().chain([0; 500].iter()).copied();
    let mut socket = TcpStream::connect(f.running.addr).await.unwrap();
    let (mut reads, mut writes) = socket.split();
    dripped(hello, &mut reads, &mut writes).await;
    // the handshake is done, and nothing follows; or a head that never ends
    let mut answer = Vec::new();
    let mut silent = tls(f.running.addr, &machine.client).await;
    let _ = timeout(DEADLINE, silent.read_to_end(&mut answer)).await.expect("it stays open");
    let (mut reads, mut writes) = tokio::io::split(tls(f.running.addr, &machine.client).await);
    let head = b"GET /media/00 HTTP/1.1\r\nX-Endless: ".iter().copied().chain(std::iter::repeat(b'x'));
    dripped(head, &mut reads, &mut writes).await;
}

/// Writes a byte at a time until the other end closes.
async fn dripped(
    bytes: impl Iterator<Item = u8>,
    reads: &mut (impl tokio::io::AsyncRead + Unpin),
    writes: &mut (impl tokio::io::AsyncWrite + Unpin),
) {
    let drip = async {
        for byte in bytes {
            if writes.write_all(&[byte]).await.is_err() || writes.flush().await.is_err() {
                break;
            }
            sleep(Duration::from_millis(20)).await;
        }
        std::future::pending::<()>().await;
    };
    let mut heard = Vec::new();
    tokio::select! {
        () = drip => {}
        closed = timeout(DEADLINE, reads.read_to_end(&mut heard)) => drop(closed.expect("it stays open")),
    }
}
