//! Somebody stands between a speaker and its coordinator: takes TLS away, or is another coordinator. The speaker was
//! adopted, so it refuses both, says what to do, and says nothing else.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use downbeat_tests::{
    coordinator::Coordinator,
    patience::until,
    speaker::{Card, Speaker},
    stage::Stage,
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// The first byte of TLS.
const TLS: u8 = 0x16;

/// What becomes of connections.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Path {
    /// They are passed on to this coordinator.
    To(String),
    /// They are answered in clear, as by a coordinator that cannot encrypt.
    Stripped,
}

/// One in the middle.
struct Middle {
    address: SocketAddr,
    path: watch::Sender<Path>,
    /// The first bytes of what came while TLS was taken away.
    first: Arc<Mutex<Vec<u8>>>,
    task: JoinHandle<()>,
}

impl Middle {
    async fn new(to: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (path, seen) = watch::channel(Path::To(to.to_owned()));
        let first = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&first);
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(carry(socket, seen.clone(), Arc::clone(&noted)));
            }
        });
        Self { address, path, first, task }
    }

    fn become_one(&self, path: Path) {
        self.path.send_replace(path);
    }

    fn first(&self) -> Vec<u8> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Middle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A connection, until the one in the middle changes its ways.
async fn carry(mut socket: TcpStream, mut path: watch::Receiver<Path>, first: Arc<Mutex<Vec<u8>>>) {
    let now = path.borrow_and_update().clone();
    let work = async {
        match now {
            Path::To(coordinator) => {
                let Ok(mut other) = TcpStream::connect(coordinator).await else { return };
                let _ = copy_bidirectional(&mut socket, &mut other).await;
            }
            Path::Stripped => {
                let mut said = [0; 512];
                let Ok(count @ 1..) = socket.read(&mut said).await else { return };
                first.lock().unwrap_or_else(PoisonError::into_inner).push(said[0]);
                // to TLS as to clear: an HTTP server, and a WebSocket if it is asked for one in clear
                let answer: &[u8] = if said[..count].starts_with(b"GET ") {
                    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
                } else {
                    b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                };
                let _ = socket.write_all(answer).await;
            }
        }
    };
    tokio::select! {
        () = work => {}
        _ = path.changed() => {}
    }
}

#[tokio::test]
async fn an_adopted_speaker_follows_nobody_to_clear_and_to_no_other_coordinator() {
    let (stage, other) = (Stage::new(), Stage::new());
    let usual = ["--legacy-speakers", "until=never"];
    // the other one adopts whoever comes, as a thief would
    let thief = ["--legacy-speakers", "all", "--adopt-all-for", "24h"];
    let (c, d) = tokio::join!(
        Coordinator::start_with(&stage, "127.0.0.1:0", &usual),
        Coordinator::start_with(&other, "127.0.0.1:0", &thief)
    );
    let middle = Middle::new(c.address()).await;
    let kitchen = Speaker::start(&stage, &middle.address.to_string(), "Kitchen", Card::USUAL);
    let key = until("its key", async || c.get("/api/speaker-keys").await["keys"][0]["key"].as_str().map(str::to_owned));
    c.post("/api/speaker-keys/adopt", json!({ "key": key.await })).await;
    c.settled(&["Kitchen"]).await;
    // it knows it, too, and keeps it
    until("it to be told", async || kitchen.log().contains("adopted: this speaker").then_some(())).await;

    middle.become_one(Path::Stripped);
    until("it to refuse", async || kitchen.log().contains("forget").then_some(())).await;
    middle.become_one(Path::To(d.address().to_owned()));
    until("it to refuse", async || kitchen.log().contains("not the one that adopted this speaker").then_some(())).await;
    assert!(middle.first().iter().all(|byte| *byte == TLS), "nothing was said in clear: {:?}", middle.first());
    assert_eq!(d.get("/api/speaker-keys").await["keys"], json!([]), "the other one learnt nothing");
    assert!(d.speakers().await.is_empty());
    // and it is back at its own by itself
    middle.become_one(Path::To(c.address().to_owned()));
    c.settled(&["Kitchen"]).await;
    assert_eq!(kitchen.terminate().await.code, Some(0));
}
