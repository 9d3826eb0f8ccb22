//! A speaker as the coordinator sees it: it says what it is told to, and keeps what it hears.

use std::{collections::VecDeque, net::SocketAddr, sync::Arc, time::Duration};

use downbeat_protocol::{
    AgentMessage, ServerMessage, SpeakerId,
    agent_message::{Capabilities, ClientError, Hello, Ready},
    codec,
    handshake::{SpeakerClass, VersionRange},
    server_message::{Prepare, Session, StateSync},
};
use futures_util::{SinkExt as _, StreamExt as _};
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest as _, protocol::CloseFrame},
};
use tokio_util::either::Either;

use crate::fixture::DEADLINE;

/// In clear, or over TLS.
pub(crate) type Wire = Either<TcpStream, Box<TlsStream<TcpStream>>>;

pub(crate) struct Agent {
    socket: WebSocketStream<Wire>,
    heard: VecDeque<ServerMessage>,
}

/// The messages that came.
#[derive(Debug)]
pub(crate) enum Event {
    Message(Box<ServerMessage>),
    Closed(Option<CloseFrame>),
}

pub(crate) fn hello(name: &str, id: SpeakerId) -> Hello {
    Hello {
        protocol: VersionRange::OURS,
        speaker_id: Some(id),
        name: name.into(),
        class: SpeakerClass::Agent,
        version: "1.2.3".into(),
        capabilities: Capabilities::default(),
        credentials: None,
        commitment: None,
        zone: None,
        output_delay_us: None,
        known: None,
    }
}

/// A connection over TLS.
pub(crate) async fn tls(addr: SocketAddr, client: &Arc<ClientConfig>) -> TlsStream<TcpStream> {
    let name = ServerName::try_from("coordinator.invalid").unwrap();
    let stream = TcpStream::connect(addr).await.unwrap();
    TlsConnector::from(Arc::clone(client)).connect(name, stream).await.unwrap()
}

impl Agent {
    /// Connected, not yet introduced.
    pub(crate) async fn silent(addr: SocketAddr) -> Self {
        Self::at(addr, "/ws").await
    }

    pub(crate) async fn at(addr: SocketAddr, path: &str) -> Self {
        let stream = TcpStream::connect(addr).await.unwrap();
        Self::over(Either::Left(stream), addr, path).await
    }

    async fn over(wire: Wire, addr: SocketAddr, path: &str) -> Self {
        let (socket, _) = client_async(format!("ws://{addr}{path}"), wire).await.unwrap();
        Self { socket, heard: VecDeque::new() }
    }

    /// Connected with an API token and introduced, as a page is that somebody logged in to.
    pub(crate) async fn bearing(addr: SocketAddr, token: &str, hello: Hello) -> Self {
        let mut request = format!("ws://{addr}/ws").into_client_request().unwrap();
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        let stream = TcpStream::connect(addr).await.unwrap();
        let (socket, _) = client_async(request, Either::Left(stream)).await.unwrap();
        let mut agent = Self { socket, heard: VecDeque::new() };
        agent.say(&AgentMessage::Hello(Box::new(hello))).await;
        agent
    }

    /// Connected over TLS and introduced.
    pub(crate) async fn keyed(addr: SocketAddr, client: &Arc<ClientConfig>, hello: Hello) -> Self {
        let mut agent = Self::over(Either::Right(Box::new(tls(addr, client).await)), addr, "/ws").await;
        agent.say(&AgentMessage::Hello(Box::new(hello))).await;
        agent
    }

    /// Connected and introduced.
    pub(crate) async fn new(addr: SocketAddr, name: &str) -> Self {
        Self::with(addr, hello(name, SpeakerId::random())).await
    }

    pub(crate) async fn with(addr: SocketAddr, hello: Hello) -> Self {
        let mut agent = Self::silent(addr).await;
        agent.say(&AgentMessage::Hello(Box::new(hello))).await;
        agent
    }

    pub(crate) async fn say(&mut self, message: &AgentMessage) {
        self.say_text(codec::encode_agent_message(message)).await;
    }

    pub(crate) async fn say_text(&mut self, text: String) {
        self.say_raw(Message::text(text)).await;
    }

    /// The coordinator's answers show what it does with it: a socket that is closed meanwhile is no error here.
    pub(crate) async fn say_raw(&mut self, message: Message) {
        let _ = timeout(DEADLINE, self.socket.send(message)).await.expect("the coordinator reads");
    }

    /// The next message of any kind.
    pub(crate) async fn next(&mut self) -> Event {
        if let Some(message) = self.heard.pop_front() {
            return Event::Message(Box::new(message));
        }
        loop {
            match timeout(DEADLINE, self.socket.next()).await.expect("nothing came") {
                Some(Ok(Message::Text(text))) => {
                    return Event::Message(Box::new(codec::decode_server_message(&text).unwrap()));
                }
                Some(Ok(Message::Close(frame))) => return Event::Closed(frame),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Event::Closed(None),
            }
        }
    }

    /// The next message that `pick` takes; those before it are dropped.
    pub(crate) async fn until<T>(&mut self, what: &str, mut pick: impl FnMut(ServerMessage) -> Option<T>) -> T {
        let waiting = async {
            loop {
                match self.next().await {
                    Event::Message(message) => {
                        if let Some(found) = pick(*message) {
                            return found;
                        }
                    }
                    Event::Closed(frame) => panic!("closed with {frame:?} while waiting for {what}"),
                }
            }
        };
        timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("{what} never came"))
    }

    /// The close frame, and the codes of the errors that were said before it.
    pub(crate) async fn until_closed(&mut self) -> (Vec<String>, Option<u16>) {
        let mut errors = Vec::new();
        loop {
            match self.next().await {
                Event::Message(message) => {
                    if let ServerMessage::Error(e) = *message {
                        errors.push(e.code);
                    }
                }
                Event::Closed(frame) => return (errors, frame.map(|f| f.code.into())),
            }
        }
    }

    /// Reads nothing, but lets the socket answer pings, for this long.
    pub(crate) async fn linger(&mut self, time: Duration) {
        let _ = timeout(time, async {
            while let Some(Ok(message)) = self.socket.next().await {
                if let Message::Text(text) = message {
                    self.heard.push_back(codec::decode_server_message(&text).unwrap());
                }
            }
        })
        .await;
    }

    pub(crate) async fn state_sync(&mut self) -> StateSync {
        self.until("state_sync", |m| if let ServerMessage::StateSync(s) = m { Some(s) } else { None }).await
    }

    pub(crate) async fn prepare(&mut self) -> Prepare {
        self.until("prepare", |m| if let ServerMessage::Prepare(p) = m { Some(p) } else { None }).await
    }

    pub(crate) async fn play_track(&mut self) -> Session {
        self.until("play_track", |m| if let ServerMessage::PlayTrack(s) = m { Some(s) } else { None }).await
    }

    pub(crate) async fn ready(&mut self, prepare: &Prepare, error: Option<&str>) {
        let error = error.map(|code| ClientError { code: code.into(), detail: code.into(), entry: None });
        let ready = Ready { prepare_id: prepare.prepare_id, entry: prepare.entry.entry, lead_us: 40_000, error };
        self.say(&AgentMessage::Ready(ready)).await;
    }

    /// Answers the next `prepare`, and waits for what comes of it.
    pub(crate) async fn start(&mut self) -> Session {
        let prepare = self.prepare().await;
        self.ready(&prepare, None).await;
        self.play_track().await
    }
}
