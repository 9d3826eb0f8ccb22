//! Requests as a fuzzer makes them: each is answered by a refusal, none by a fault, and the next one as ever.

use reqwest::StatusCode;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::fixture::{DEADLINE, Fixture};

/// The status line's number for raw bytes; `None`: closed without an answer.
async fn status_of(f: &Fixture, raw: &[u8]) -> Option<u16> {
    let mut socket = TcpStream::connect(f.running.addr).await.unwrap();
    let (mut reads, mut writes) = socket.split();
    // it may hang up in the middle
    let writing = async {
        let _ = writes.write_all(raw).await;
        std::future::pending::<()>().await;
    };
    let mut head = Vec::new();
    let reading = async {
        let mut byte = [0];
        while !head.ends_with(b"\r\n") && reads.read(&mut byte).await.is_ok_and(|n| n > 0) {
            head.push(byte[0]);
        }
    };
    tokio::select! {
        () = writing => {}
        over = timeout(DEADLINE, reading) => over.expect("neither an answer nor an end"),
    }
    let line = String::from_utf8_lossy(&head).into_owned();
    line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

#[tokio::test]
async fn heads_that_are_none_are_refused() {
    let f = Fixture::new().await;
    let host = "Host: localhost\r\n";
    let (pause, health) = ("POST /api/playback/pause HTTP/1.1\r\n", "GET /api/health HTTP/1.1\r\n");
    for (name, raw, status) in [
        ("a header of 1 MB", format!("{health}{host}X: {}\r\n\r\n", "y".repeat(1_000_000)), Some(431)),
        ("10,000 headers", format!("{health}{host}{}\r\n", "A: b\r\n".repeat(10_000)), Some(431)),
        ("an address of 100 kB", format!("GET /{} HTTP/1.1\r\n{host}\r\n", "a".repeat(100_000)), Some(414)),
        ("two lengths", format!("{pause}{host}Content-Length: 2\r\nContent-Length: 5\r\n\r\n{{}}"), Some(400)),
        ("a negative length", format!("{pause}{host}Content-Length: -1\r\n\r\n"), Some(400)),
        ("a length of 2^64", format!("{pause}{host}Content-Length: 18446744073709551616\r\n\r\n"), Some(400)),
        ("NUL in a header", format!("{health}{host}X: a\0b\r\n\r\n"), Some(400)),
        ("CR alone", "GET /api/health HTTP/1.1\rHost: x\r\r".into(), Some(400)),
        ("HTTP/2 by force", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), None),
        (
            "another site by its whole name",
            "GET http://evil.example/api/health HTTP/1.1\r\nHost: evil.example\r\n\r\n".into(),
            Some(403),
        ),
    ] {
        let answered = status_of(&f, raw.as_bytes()).await;
        let fits = answered == status || (status.is_none() && answered.is_none_or(|s| (400..500).contains(&s)));
        assert!(fits, "{name}: {answered:?} instead of {status:?}");
    }
    assert_eq!(f.get("/api/health").await.0, StatusCode::OK);
}

#[tokio::test]
async fn bodies_that_are_none_are_refused_and_cost_nothing() {
    let f = Fixture::new().await;
    let deep = format!("{{\"volume\": 50, \"x\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let nested = "{\"a\":".repeat(170_000);
    let ids = vec!["\"x\""; 200_000].join(",");
    for (name, path, body, status) in [
        ("10 MB of blanks", "/api/playback/play", " ".repeat(10_000_000).into_bytes(), 413),
        ("a number of 900 kB", "/api/playback/seek", format!("{{\"position\": {}}}", "9".repeat(900_000)).into(), 422),
        ("deep objects", "/api/playback/pause", nested.into(), 422),
        ("deep, and not asked for", "/api/playback/volume", deep.into(), 200),
        ("no UTF-8", "/api/zones", b"{\"name\": \"\xff\xfe\"}".to_vec(), 422),
        ("half a character", "/api/zones", b"{\"name\": \"\\ud800\"}".to_vec(), 422),
        ("NUL in a name", "/api/zones", b"{\"name\": \"a\\u0000b\"}".to_vec(), 422),
        ("200,000 that are none", "/api/zones/all/queue", format!("{{\"trackIds\": [{ids}]}}").into(), 404),
        ("beyond all numbers", "/api/playback/seek", b"{\"position\": 1e999}".to_vec(), 422),
        ("no number", "/api/playback/seek", b"{\"position\": NaN}".to_vec(), 422),
        ("a list of 20 MB", "/api/playlists/import?name=x", "a\n".repeat(10_000_000).into(), 413),
        ("rubbish for a backup", "/api/restore", vec![0x5a; 3_000_000], 422),
    ] {
        let answer = f.http.post(f.url(path)).body(body).send().await;
        // a body that is refused at its begin may never be taken
        let Ok(answer) = answer else {
            assert_eq!(status, 413, "{name}");
            continue;
        };
        let (got, text) = (answer.status().as_u16(), answer.text().await.unwrap_or_default());
        assert_eq!(got, status, "{name}: {}", text.chars().take(300).collect::<String>());
        assert!(text.len() < 10_000, "{name}: an answer of {} bytes", text.len());
    }
    assert_eq!(f.get("/api/health").await.0, StatusCode::OK);
}
