//! A coordinator behind nginx as people set it up at first. Where there is no nginx the tests say so and end.

use std::{fs, path::PathBuf, time::Duration};

use downbeat_tests::{coordinator::Coordinator, patience::until, process::Process, rest::client, stage::Stage};
use serde_json::json;
use tokio::{net::TcpListener, time::timeout};

use crate::cli::downbeat;

/// Longer than an event that is not held back takes on a machine under load.
const DEADLINE: Duration = Duration::from_secs(20);

/// The path of nginx, if there is one.
pub(crate) fn nginx() -> Option<PathBuf> {
    proxy("nginx")
}

/// The path of a proxy, if there is one.
#[expect(clippy::print_stderr, reason = "shown by test runners that are asked to")]
pub(crate) fn proxy(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let found = folders.map(|folder| folder.join(name)).find(|program| program.is_file());
    if found.is_none() {
        eprintln!("LEFT OUT: {name} is not installed (scripts/setup.sh tests)");
    }
    found
}

/// Starts nginx with this `location` in front of the coordinator; its process and `HOST:PORT`.
pub(crate) async fn started(stage: &Stage, program: &std::path::Path, location: &str) -> (Process, String) {
    // nginx cannot be asked for the port it got: one that was free a moment ago
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let folder = stage.path("nginx");
    fs::create_dir_all(&folder).expect("a folder can be made");
    let at = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = temporary.map(|kind| format!("{kind}_temp_path {at}/{kind};\n")).concat();
    let text = format!(
        "daemon off; user root; worker_processes 1; pid {at}/pid; error_log {at}/error.log;\n\
         events {{ worker_connections 64; }}\n\
         http {{ access_log off;\n{temporary}server {{ listen {free};\n{location}\n}} }}\n"
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, text).expect("a file can be written");
    let words = ["-c".to_owned(), file.to_string_lossy().into_owned()];
    let process = Process::start("nginx", &program.to_string_lossy(), &words, &stage.path("nginx.log"));
    until("nginx", async || tokio::net::TcpStream::connect(free).await.ok()).await;
    (process, free.to_string())
}

#[tokio::test]
async fn events_come_at_once_through_a_bare_proxy() {
    let Some(program) = nginx() else { return };
    let stage = Stage::new();
    let c = Coordinator::start(&stage).await;
    // HTTP/1.0 to the coordinator, and buffering on
    let location = format!("location / {{ proxy_pass http://{}; }}", c.address());
    let (_nginx, address) = started(&stage, &program, &location).await;
    let mut events = client().get(format!("http://{address}/api/events")).send().await.expect("nginx answers");
    let mut heard = String::new();
    let mut hear = async |what: &str| {
        let wait = async {
            while !heard.contains(what) {
                let chunk = events.chunk().await.expect("it goes on").expect("it goes on");
                heard.push_str(&String::from_utf8_lossy(&chunk));
            }
        };
        timeout(DEADLINE, wait).await.unwrap_or_else(|_| panic!("{what} is held back"));
    };
    hear("event: synced").await;
    c.post("/api/playback/volume", json!({ "volume": 33 })).await;
    hear("\"volume\":33").await;
}

#[tokio::test]
async fn everything_works_below_a_path_and_a_dead_coordinator_is_told_from_a_proxy() {
    let Some(program) = nginx() else { return };
    let stage = Stage::new();
    let c = Coordinator::start(&stage).await;
    let location = format!("location /downbeat/ {{ proxy_pass http://{}/; }}", c.address());
    let (_nginx, address) = started(&stage, &program, &location).await;
    let base = format!("http://{address}/downbeat");
    let page = client().get(format!("{base}/")).send().await.expect("nginx answers");
    assert_eq!((page.status().as_u16(), page.url().path()), (200, "/downbeat/"));
    let page = client().get(format!("{base}/test-client")).send().await.expect("nginx answers");
    assert_eq!((page.status().as_u16(), page.url().path()), (200, "/downbeat/test-client/"));
    for file in ["main.js", "address.js", "style.css"] {
        let file = page.url().join(file).expect("an address");
        assert_eq!(client().get(file.clone()).send().await.expect("nginx answers").status().as_u16(), 200, "{file}");
    }
    let (code, said) = downbeat(&stage, &base, &["status"]).await;
    assert_eq!(code, Some(0), "{said}");

    c.kill().await;
    let (code, said) = downbeat(&stage, &base, &["status"]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("HTTP status 502") && said.contains("nginx"), "{said}");
}
