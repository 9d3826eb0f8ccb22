//! Handshakes of TLS that are begun and never finished, by the thousand: as one does that wants a coordinator to have
//! no place left for others.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use downbeat_identity::{Dates, Pin, SpeakerKey, handshake};
use rustls::{ClientConnection, pki_types::ServerName};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep, timeout_at},
};

/// Connections that are made at once.
const AT_ONCE: usize = 64;
/// A refused connection is tried again after so long.
const AGAIN: Duration = Duration::from_millis(50);

/// What became of them.
#[derive(Debug, Default)]
pub struct Pressed {
    /// Handshakes that were begun.
    pub begun: AtomicUsize,
    /// Those that the coordinator ended.
    pub ended: AtomicUsize,
    /// Connections that were not taken in.
    pub refused: AtomicUsize,
    /// Those that are open.
    pub open: AtomicUsize,
    /// The most that were open at once.
    pub most: AtomicUsize,
}

impl Pressed {
    /// Holds `count` half-open handshakes for so long, from this address; one that is ended is begun anew.
    pub async fn press(
        self: &Arc<Self>,
        (from, server): (IpAddr, SocketAddr),
        count: usize,
        hold: Duration,
    ) -> Result<()> {
        let hello: Arc<[u8]> = first_words()?.into();
        let (doors, until) = (Arc::new(Semaphore::new(AT_ONCE)), Instant::now() + hold);
        let mut all = JoinSet::new();
        for number in 0..count {
            // half of them say half of their hello, the others wait for the answer and say no more
            let said = if number % 2 == 0 { hello.len() } else { hello.len() / 2 };
            let (hello, doors, pressed) = (Arc::clone(&hello), Arc::clone(&doors), Arc::clone(self));
            all.spawn(async move {
                while Instant::now() < until {
                    pressed.one((from, server), &hello[..said], &doors, until).await;
                }
            });
        }
        while all.join_next().await.is_some() {}
        Ok(())
    }

    async fn one(&self, between: (IpAddr, SocketAddr), said: &[u8], doors: &Semaphore, until: Instant) {
        let connected = async {
            let _door = doors.acquire().await.ok()?;
            let mut socket = connect(between).await.ok()?;
            socket.write_all(said).await.ok()?;
            Some(socket)
        };
        let Ok(Some(mut socket)) = timeout_at(until, connected).await else {
            self.refused.fetch_add(1, Ordering::Relaxed);
            sleep(AGAIN).await;
            return;
        };
        self.begun.fetch_add(1, Ordering::Relaxed);
        let open = self.open.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(open, Ordering::Relaxed);
        let ends = async {
            let mut heard = [0; 4_096];
            while matches!(socket.read(&mut heard).await, Ok(1..)) {}
        };
        if timeout_at(until, ends).await.is_ok() {
            self.ended.fetch_add(1, Ordering::Relaxed);
        }
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn connect((from, server): (IpAddr, SocketAddr)) -> io::Result<TcpStream> {
    let socket = if server.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.bind((from, 0).into())?;
    socket.connect(server).await
}

/// The first message of a speaker's handshake.
fn first_words() -> Result<Vec<u8>> {
    let config = handshake::speaker(&SpeakerKey::generate()?, Pin::Open, Dates::default())?;
    let mut client = ClientConnection::new(Arc::new(config), ServerName::try_from("coordinator.invalid")?)?;
    let mut said = Vec::new();
    while client.wants_write() {
        client.write_tls(&mut said)?;
    }
    Ok(said)
}
