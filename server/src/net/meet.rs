//! A connection that was taken in shows what it is: clear HTTP, or TLS with a speaker or with people.

use std::{io, net::SocketAddr, time::Duration};

use downbeat_identity::{
    Fingerprint,
    handshake::{ALPN, speaker_of},
};
use rustls::{HandshakeKind, server::Acceptor};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};

use super::{Certificates, Stream, Turns};

/// The first byte of a TLS record that holds a handshake; no method of HTTP begins with it.
const TLS_HANDSHAKE: u8 = 0x16;

/// The client of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// The own address that it came to.
    pub own: SocketAddr,
    /// The proof of TLS; `None` in clear.
    pub secured: Option<Secured>,
}

/// The proof of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secured {
    /// The key of a speaker. Whose it is and whether it may anything is looked up for each request.
    pub speaker: Option<Fingerprint>,
    /// The session was resumed by a ticket.
    pub resumed: bool,
}

/// The parts that a handshake needs; clones share them.
#[derive(Debug, Clone)]
pub struct Met {
    /// The certificates that are shown.
    pub certificates: Certificates,
    /// Handshakes wait for theirs.
    pub turns: Turns,
    /// How long a connection may take to show what it is, and its handshake to be done.
    pub deadline: Duration,
}

/// Waits until the connection has shown what it is, no longer than the deadline from now. Until then it holds its place
/// as one that has asked for nothing yet, and gives way as such.
pub async fn meet(socket: TcpStream, address: SocketAddr, met: &Met) -> io::Result<(Stream, Peer)> {
    // in a box: what only the handshake needs is not kept for the life of the connection
    let shown = timeout(met.deadline, Box::pin(establish(socket, address, met))).await;
    shown.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn establish(socket: TcpStream, address: SocketAddr, met: &Met) -> io::Result<(Stream, Peer)> {
    let own = socket.local_addr()?;
    let mut first = [0];
    if socket.peek(&mut first).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if first != [TLS_HANDSHAKE] {
        return Ok((Stream::Clear(socket), Peer { address, own, secured: None }));
    }
    let stream = met.turns.taken_by(address.ip(), shake(socket, &met.certificates)).await?;
    let session = stream.get_ref().1;
    let secured = Secured {
        speaker: speaker_of(session.peer_certificates()),
        resumed: session.handshake_kind() == Some(HandshakeKind::Resumed),
    };
    Ok((Stream::Tls(Box::new(stream)), Peer { address, own, secured: Some(secured) }))
}

async fn shake(socket: TcpStream, certificates: &Certificates) -> io::Result<TlsStream<TcpStream>> {
    let hello = LazyConfigAcceptor::new(Acceptor::default(), socket).await?;
    let is_speaker = hello.client_hello().alpn().is_some_and(|mut offered| offered.any(|name| name == ALPN));
    hello.into_stream(certificates.of(is_speaker)).await
}
