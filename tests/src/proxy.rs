//! A network between a speaker and its coordinator that can be cut.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// How the network is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weather {
    /// It carries everything; the number names the connections that may live.
    Fair(u64),
    /// It takes everything and delivers nothing, and says so to nobody.
    BlackHole,
}

/// A TCP proxy.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    accepted: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// In front of `HOST:PORT`.
    pub async fn start(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (weather, seen) = watch::channel(Weather::Fair(0));
        let accepted = Arc::new(AtomicU64::new(0));
        let (count, target) = (accepted.clone(), target.to_owned());
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(carry(socket, target.clone(), seen.clone()));
            }
        });
        Self { address, weather, accepted, task }
    }

    /// `HOST:PORT` for the speaker.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// How many connections were made through it.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Cuts all connections; new ones are carried.
    pub fn cut(&self) {
        self.weather.send_modify(|w| {
            *w = match *w {
                Weather::Fair(n) => Weather::Fair(n + 1),
                Weather::BlackHole => Weather::Fair(1),
            }
        });
    }

    /// Swallows everything from now on, on old and on new connections.
    pub fn swallow(&self) {
        self.weather.send_replace(Weather::BlackHole);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(client: TcpStream, target: String, mut weather: watch::Receiver<Weather>) {
    let born = *weather.borrow_and_update();
    let Ok(server) = TcpStream::connect(&target).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let up = pump(from_client, to_server, weather.clone());
    let down = pump(from_server, to_client, weather.clone());
    let cut = async {
        // a hole does not cut; what was swallowed cannot be made good, so the connection ends with the hole
        let over = weather.wait_for(|now| *now != born && *now != Weather::BlackHole).await;
        drop(over);
    };
    tokio::select! {
        () = async { tokio::join!(up, down); } => {}
        () = cut => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, weather: watch::Receiver<Weather>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count) = from.read(&mut buffer).await
        && count > 0
    {
        let swallowed = *weather.borrow() == Weather::BlackHole;
        if !swallowed && to.write_all(&buffer[..count]).await.is_err() {
            break;
        }
    }
    // the other side learns of the end, unless nothing gets through
    let swallowed = *weather.borrow() == Weather::BlackHole;
    if swallowed {
        std::future::pending::<()>().await;
    }
}
