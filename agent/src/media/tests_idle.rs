//! A file that does not come costs next to nothing while it is waited for: each turn of the fetcher is counted.

use std::{
    future::poll_fn,
    io::Read,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use downbeat_protocol::PlanEntry;
use tokio::{io::AsyncReadExt, net::TcpListener, task::spawn_blocking, time::timeout};

use super::{
    test_server::{Fault, TestServer, noise, plan_entry},
    tests::{DEADLINE, settings},
    *,
};
use crate::coordinator::reconnect::BackoffSettings;

/// The turns that one attempt may take.
const TURNS_AN_ATTEMPT: usize = 40;

/// A cache, its fetcher's turns counted.
struct Counted {
    cache: MediaCache,
    dir: tempfile::TempDir,
    turns: Arc<AtomicUsize>,
}

impl Counted {
    fn new(limit: u64) -> Self {
        let slow = FetchSettings {
            attempts: 3,
            backoff: BackoffSettings {
                first: Duration::from_millis(100),
                max: Duration::from_millis(200),
                ..Default::default()
            },
            read_timeout: Duration::from_millis(200),
            ..settings()
        };
        let dir = tempfile::tempdir().unwrap();
        let bounds = CacheSettings { limit, keep_free: KeepFree::Bytes(0) };
        let cache = MediaCache::open(dir.path(), bounds).unwrap();
        let (turns, fetcher) = (Arc::new(AtomicUsize::new(0)), cache.fetcher(slow));
        let counted = Self { cache, dir, turns: Arc::clone(&turns) };
        tokio::spawn(async move {
            let mut run = pin!(fetcher.run());
            poll_fn(|context| {
                turns.fetch_add(1, Ordering::Relaxed);
                run.as_mut().poll(context)
            })
            .await;
        });
        counted
    }

    /// Reads the entry with two readers until both know that it cannot be had: the code.
    async fn refused(&self, entry: &PlanEntry) -> &'static str {
        let read = || {
            let mut reader = self.cache.reader(entry).unwrap();
            spawn_blocking(move || FetchError::of(&reader.read_to_end(&mut Vec::new()).unwrap_err()).unwrap().code())
        };
        let (one, other) = (read(), read());
        let code = timeout(DEADLINE, one).await.expect("it hangs").unwrap();
        assert_eq!(timeout(DEADLINE, other).await.expect("it hangs").unwrap(), code);
        code
    }

    fn turns(&self) -> usize {
        self.turns.load(Ordering::Relaxed)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.cache.close();
    }
}

/// Takes up connections, and answers each with these bytes and an end; `None`: with nothing, and holds it.
async fn answering(bytes: Option<&'static [u8]>) -> SocketAddr {
    use tokio::io::AsyncWriteExt;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            match bytes {
                Some(bytes) => {
                    let _ = socket.read(&mut [0; 4096]).await;
                    let _ = socket.write_all(bytes).await;
                }
                None => held.push(socket),
            }
        }
    });
    address
}

#[tokio::test]
async fn a_file_that_cannot_be_had_costs_some_turns_an_attempt() {
    let server = TestServer::start().await;
    let entry = server.serve(noise(300_000, 1));
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let begun =
        b"HTTP/1.1 206 Partial Content\r\nContent-Length: 300000\r\nContent-Range: bytes 0-299999/300000\r\n\r\nab";
    let own = server.address;
    let cases = [
        ("refused", closed, vec![], "fetch_failed"),
        ("hung up", answering(Some(b"")).await, vec![], "fetch_failed"),
        ("cut", answering(Some(begun)).await, vec![], "fetch_failed"),
        ("nonsense", answering(Some(b"SSH-2.0-OpenSSH_9.2\r\n")).await, vec![], "fetch_failed"),
        ("silent", answering(None).await, vec![], "fetch_failed"),
        ("500", own, vec![Fault::Status(500); 9], "fetch_failed"),
        ("429", own, vec![Fault::Status(429); 9], "fetch_failed"),
        ("404", own, vec![Fault::Status(404); 9], "fetch_failed"),
        ("elsewhere", own, vec![Fault::On(closed); 9], "fetch_failed"),
        ("longer", own, vec![Fault::Longer; 9], "length_mismatch"),
    ];
    for (name, at, faults, code) in cases {
        let counted = Counted::new(1 << 30);
        server.inner.faults.lock().unwrap().clear();
        server.fault(&faults);
        counted.cache.set_source(&format!("http://{at}"), None);
        assert_eq!(counted.refused(&entry).await, code, "{name}");
        let turns = counted.turns();
        assert!(turns < 3 * TURNS_AN_ATTEMPT, "{name}: {turns} turns");
    }
}

#[tokio::test]
async fn wrong_bytes_are_fetched_twice_and_cost_no_turns_afterwards() {
    let server = TestServer::start().await;
    let entry = server.serve(noise(300_000, 1));
    server.fault(&[Fault::Wrong; 9]);
    let counted = Counted::new(1 << 30);
    counted.cache.set_source(&server.url(), None);
    counted.cache.prefetch(std::slice::from_ref(&entry));
    let failed = async {
        while counted.cache.fault(&entry.hash).is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(DEADLINE, failed).await.expect("it is never said");
    let (requests, turns) = (server.requests().len(), counted.turns());
    assert_eq!(requests, 2);
    assert!(turns < 2 * TURNS_AN_ATTEMPT, "{turns} turns");
}

#[tokio::test]
async fn a_disk_that_takes_nothing_costs_some_turns_an_attempt() {
    let server = TestServer::start().await;
    let entry = server.serve(noise(300_000, 1));
    for (limit, code) in [(1000, "cache_full"), (1 << 30, "disk_failed")] {
        let counted = Counted::new(limit);
        if code == "disk_failed" {
            std::fs::remove_dir(counted.dir.path()).unwrap();
        }
        counted.cache.set_source(&server.url(), None);
        assert_eq!(counted.refused(&entry).await, code);
        let turns = counted.turns();
        assert!(turns < TURNS_AN_ATTEMPT, "{code}: {turns} turns");
        std::fs::create_dir_all(counted.dir.path()).unwrap();
    }
}

#[tokio::test]
async fn who_waits_for_a_coordinator_or_for_bytes_costs_nothing() {
    let server = TestServer::start_gated().await;
    let gated = server.serve(noise(300_000, 1));
    for (source, entry) in [(None, plan_entry(b"nobody asks for it")), (Some(server.url()), gated)] {
        let counted = Counted::new(1 << 30);
        if let Some(url) = &source {
            counted.cache.set_source(url, None);
        }
        let mut readers: Vec<_> = (0..3).map(|_| counted.cache.reader(&entry).unwrap()).collect();
        let interrupts: Vec<_> = readers.iter().map(CacheReader::interrupt).collect();
        let reading = spawn_blocking(move || {
            std::thread::scope(|scope| {
                for reader in &mut readers {
                    scope.spawn(|| reader.read(&mut [0; 10]).unwrap_err());
                }
            });
        });
        // the more time passes, the more would be counted
        tokio::time::sleep(Duration::from_millis(150)).await;
        let turns = counted.turns();
        assert!(turns < TURNS_AN_ATTEMPT, "{source:?}: {turns} turns");
        interrupts.iter().for_each(Interrupt::close);
        timeout(DEADLINE, reading).await.expect("it hangs").unwrap();
    }
}
