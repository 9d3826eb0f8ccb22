//! Connections over TLS, against a coordinator of the test's own: its CA, its port, its words.

use std::{sync::Arc, time::Duration};

use downbeat_identity::{
    Fingerprint, Pin,
    handshake::{coordinator, speaker_of},
    pairing::{self, Commitment, Nonce},
};
use downbeat_protocol::{
    AgentMessage, ClockId, ServerMessage, ServerTime, SpeakerId,
    adoption::{KeyState, Standing},
    agent_message::{Capabilities, Hello},
    codec::{decode_agent_message, encode_server_message},
    handshake::{SpeakerClass, VersionRange},
    server_message::{ErrorNotice, Settings, Welcome},
};
use downbeat_trust::authority::{About, Authority, Names};
use futures_util::{SinkExt as _, StreamExt as _};
use rustls::ServerConfig;
use tempfile::TempDir;
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};

use super::{Connection, ConnectionSettings, Event, SharedTrust, reconnect::BackoffSettings, take_in};
use crate::trust::Trust;

/// Generous: it only ends a test that hangs.
const DEADLINE: Duration = Duration::from_mins(1);
/// When the speaker's program was built.
const BUILT: u64 = 1_790_000_000;

async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    timeout(DEADLINE, work).await.unwrap_or_else(|_| panic!("never: {what}"))
}

/// A coordinator's port, and a speaker that looks for it.
struct Rig {
    listener: TcpListener,
    data: TempDir,
    trust: SharedTrust,
    settings: ConnectionSettings,
}

struct Peer {
    socket: WebSocketStream<TlsStream<TcpStream>>,
    key: Fingerprint,
}

impl Rig {
    async fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        Self::of(data).await
    }

    async fn of(data: TempDir) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string().parse().unwrap();
        let trust = SharedTrust::new(Trust::load(data.path(), BUILT).unwrap());
        let backoff =
            BackoffSettings { first: Duration::from_millis(1), max: Duration::from_millis(5), ..Default::default() };
        let settings = ConnectionSettings { backoff, trust: Some(trust.clone()), ..ConnectionSettings::new(address) };
        Self { listener, data, trust, settings }
    }

    fn connect(&self) -> (Connection, mpsc::Receiver<Event>) {
        Connection::start(self.settings.clone(), hello)
    }

    /// Takes a speaker in over TLS, as the coordinator of this configuration.
    async fn accept(&self, config: &Arc<ServerConfig>) -> Option<Peer> {
        let (stream, _) = within("a connection", self.listener.accept()).await.unwrap();
        let accepting = Box::pin(TlsAcceptor::from(Arc::clone(config)).accept(stream));
        let stream = within("TLS", accepting).await.ok()?;
        let key = speaker_of(stream.get_ref().1.peer_certificates()).unwrap();
        Some(Peer { socket: within("a WebSocket", Box::pin(accept_async(stream))).await.ok()?, key })
    }

    /// Answers what comes in clear, as a coordinator that cannot encrypt does.
    async fn answer_in_clear(&self) {
        let (mut stream, _) = within("a connection", self.listener.accept()).await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await.unwrap();
        stream.shutdown().await.unwrap();
    }
}

impl Peer {
    async fn hear(&mut self) -> AgentMessage {
        loop {
            match within("a frame", self.socket.next()).await {
                Some(Ok(Message::Text(text))) => match decode_agent_message(&text).unwrap() {
                    AgentMessage::TimeRequest(_) => {}
                    other => return other,
                },
                Some(Ok(_)) => {}
                other => panic!("no message: {other:?}"),
            }
        }
    }

    async fn hello(&mut self) -> Box<Hello> {
        let AgentMessage::Hello(hello) = self.hear().await else { panic!("no hello") };
        hello
    }

    async fn say(&mut self, message: ServerMessage) {
        self.socket.send(Message::text(encode_server_message(&message))).await.unwrap();
    }
}

fn hello() -> Hello {
    Hello {
        protocol: VersionRange::OURS,
        speaker_id: Some(SpeakerId::random()),
        name: "kitchen".into(),
        class: SpeakerClass::Agent,
        version: "test".into(),
        capabilities: Capabilities::default(),
        credentials: Some("a secret".into()),
        commitment: None,
        zone: None,
        output_delay_us: None,
        known: None,
    }
}

fn welcome(adopted: bool) -> ServerMessage {
    ServerMessage::Welcome(Welcome {
        server_time: ServerTime(0),
        protocol: 1,
        clock_id: ClockId::random(),
        speaker_id: SpeakerId::random(),
        name: "Kitchen".into(),
        server_version: "test".into(),
        history: false,
        adopted,
        wall_clock: None,
        settings: Settings::default(),
    })
}

fn pending(number: Option<String>) -> ServerMessage {
    let detail = "downbeat adopt CODE".into();
    ServerMessage::Standing(Standing { server_time: ServerTime(0), state: KeyState::Pending, number, detail })
}

fn shows(ca: &Authority, old: Option<&Authority>) -> Arc<ServerConfig> {
    let made = ca.for_speakers(old).unwrap();
    Arc::new(coordinator(made.chain, made.key).unwrap())
}

async fn next(events: &mut mpsc::Receiver<Event>) -> Event {
    within("an event", events.recv()).await.expect("the connection's task is gone")
}

async fn refusal(events: &mut mpsc::Receiver<Event>) -> (String, String) {
    match next(events).await {
        Event::Refused { code, detail, .. } => (code, detail),
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn both_ends_show_one_code_and_the_welcome_says_that_it_is_adopted() {
    let (rig, ca) = (Rig::new().await, Authority::generate().unwrap());
    let (_connection, mut events) = rig.connect();
    let mut peer = rig.accept(&shows(&ca, None)).await.unwrap();
    assert_eq!(peer.key, rig.trust.lock().fingerprint());
    let hello = peer.hello().await;
    let commitment: Commitment = hello.commitment.expect("it is bound to a number").parse().unwrap();
    let ours = Nonce::generate().unwrap();
    peer.say(pending(Some(ours.to_string()))).await;
    let AgentMessage::Reveal(reveal) = peer.hear().await else { panic!("no number") };
    let theirs: Nonce = reveal.number.parse().unwrap();
    assert!(commitment.holds(peer.key, &theirs));
    let Event::Pending { code, detail } = next(&mut events).await else { panic!("not pending") };
    assert_eq!(code, Some(pairing::code(peer.key, ca.fingerprint(), &theirs, &ours)));
    assert!(detail.contains("downbeat adopt"));
    // a second number would be a choice for one in the middle
    peer.say(pending(Some(Nonce::generate().unwrap().to_string()))).await;
    let Event::Pending { code: None, .. } = next(&mut events).await else { panic!("another code") };
    peer.say(welcome(true)).await;
    let Event::Connected { welcome, media_url, proof, .. } = next(&mut events).await else { panic!("not connected") };
    assert!(welcome.adopted && media_url.starts_with("https://127.0.0.1:"), "{media_url}");
    assert_eq!(proof.unwrap().known.ca, ca.fingerprint());
}

#[tokio::test]
async fn a_pinned_speaker_refuses_another_ca_and_follows_a_rotation() {
    let (rig, ours) = (Rig::new().await, Authority::generate().unwrap());
    rig.trust.lock().adopted_by(ours.fingerprint()).unwrap();
    let stranger = Authority::generate().unwrap();
    let (connection, mut events) = rig.connect();
    assert!(rig.accept(&shows(&stranger, None)).await.is_none(), "nothing is said to a stranger");
    let (code, detail) = refusal(&mut events).await;
    assert_eq!(code, "not_ours");
    assert!(detail.contains("downbeat-agent forget") && detail.contains("backup"), "{detail}");
    let new = Authority::generate().unwrap();
    let mut peer = rig.accept(&shows(&new, Some(&ours))).await.expect("the old CA vouches for it");
    assert_eq!(peer.hello().await.commitment, None, "an adopted one asks for no code");
    peer.say(welcome(true)).await;
    let Event::Connected { proof, .. } = next(&mut events).await else { panic!("not connected") };
    let known = proof.unwrap().known;
    assert_eq!((known.ca, known.rotated), (new.fingerprint(), true));
    assert!(rig.trust.lock().follow(known).unwrap());
    connection.close().await;
    drop((peer, events));
    let again = Rig::of(rig.data).await;
    assert_eq!(again.trust.lock().pin(), Pin::Ca(new.fingerprint()), "after a restart, too");
    let (_connection, mut events) = again.connect();
    assert!(again.accept(&shows(&ours, None)).await.is_none());
    assert_eq!(refusal(&mut events).await.0, "not_ours", "the old CA is a stranger now");
}

#[tokio::test]
async fn first_boot_in_1970_on_both_ends_and_a_certificate_that_ends() {
    // what a coordinator without a clock makes has no end, and the speaker's clock decides nothing
    let (rig, ca) = (Rig::new().await, Authority::generate().unwrap());
    rig.trust.lock().adopted_by(ca.fingerprint()).unwrap();
    let (_connection, mut events) = rig.connect();
    let mut peer = rig.accept(&shows(&ca, None)).await.unwrap();
    peer.hello().await;
    peer.say(welcome(true)).await;
    assert!(matches!(next(&mut events).await, Event::Connected { .. }));
    // one that had an end before the program was built is refused, whatever the clock shows
    let rig = Rig::new().await;
    rig.trust.lock().adopted_by(ca.fingerprint()).unwrap();
    let (_connection, mut events) = rig.connect();
    let made = ca.for_people(Some(i64::try_from(BUILT).unwrap() - 4_000 * 86_400), &Names::default()).unwrap();
    let about = About::of_ca(None, Names::default());
    let chain = [made.chain, vec![ca.certificate(&about).unwrap()]].concat();
    let ended = Arc::new(coordinator(chain, made.key).unwrap());
    assert!(rig.accept(&ended).await.is_none());
    let (code, detail) = refusal(&mut events).await;
    assert_eq!(code, "not_ours", "{detail}");
    assert!(detail.to_lowercase().contains("expired"), "{detail}");
}

#[tokio::test]
async fn one_that_was_adopted_never_speaks_clear_and_a_new_one_says_what_to_do() {
    let rig = Rig::new().await;
    let (connection, mut events) = rig.connect();
    rig.answer_in_clear().await;
    let (code, detail) = refusal(&mut events).await;
    assert_eq!(code, "not_encrypted");
    assert!(detail.contains("Upgrade the coordinator") && detail.contains("--allow-unencrypted"), "{detail}");
    connection.close().await;
    rig.trust.lock().adopted_by(Authority::generate().unwrap().fingerprint()).unwrap();
    let mut settings = rig.settings.clone();
    settings.allow_unencrypted = true;
    let (_connection, mut events) = Connection::start(settings, hello);
    rig.answer_in_clear().await;
    let (code, detail) = refusal(&mut events).await;
    assert_eq!(code, "not_encrypted", "a flag does not undo an adoption");
    assert!(detail.contains("forget"), "{detail}");
}

#[tokio::test]
async fn one_from_before_goes_on_in_clear_with_a_coordinator_that_cannot_encrypt() {
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("speaker-id"), SpeakerId::random().to_string()).unwrap();
    let rig = Rig::of(data).await;
    let (_connection, mut events) = rig.connect();
    rig.answer_in_clear().await;
    let (stream, _) = within("the same in clear", rig.listener.accept()).await.unwrap();
    let mut socket = within("a WebSocket", accept_async(stream)).await.unwrap();
    let Some(Ok(Message::Text(text))) = within("a hello", socket.next()).await else { panic!("no hello") };
    let AgentMessage::Hello(hello) = decode_agent_message(&text).unwrap() else { panic!("{text}") };
    assert_eq!((hello.credentials, hello.commitment), (None, None), "no secret goes over the wire in clear");
    socket.send(Message::text(encode_server_message(&welcome(false)))).await.unwrap();
    let Event::Connected { proof, media_url, .. } = next(&mut events).await else { panic!("not connected") };
    assert!(proof.is_none() && media_url.starts_with("http://"));
}

#[tokio::test]
async fn a_refused_speaker_asks_again_in_an_hour_and_one_that_joins_says_its_secret_over_tls() {
    let (rig, ca) = (Rig::new().await, Authority::generate().unwrap());
    let (_connection, mut events) = rig.connect();
    let mut peer = rig.accept(&shows(&ca, None)).await.unwrap();
    peer.hello().await;
    let notice = |code: &str| {
        ServerMessage::Error(ErrorNotice {
            server_time: ServerTime(0),
            code: code.into(),
            detail: "no".into(),
            fatal: true,
        })
    };
    peer.say(notice("revoked")).await;
    let Event::Refused { code, retry_in, .. } = next(&mut events).await else { panic!("not refused") };
    assert_eq!((code.as_str(), retry_in), ("revoked", Duration::from_hours(1)));

    let rig = Rig::new().await;
    rig.trust.lock().adopted_by(ca.fingerprint()).unwrap();
    let joins = take_in(&rig.settings, hello());
    let config = shows(&ca, None);
    let coordinator = async {
        let mut peer = rig.accept(&config).await.unwrap();
        assert_eq!(peer.hello().await.credentials.as_deref(), Some("a secret"));
        peer.say(notice("join_refused")).await;
        let mut peer = rig.accept(&config).await.unwrap();
        peer.hello().await;
        peer.say(welcome(true)).await;
    };
    let speaker = async {
        let refused = joins.await.unwrap_err();
        assert_eq!((refused.code.as_deref(), refused.detail.as_str()), (Some("join_refused"), "no"));
        assert!(take_in(&rig.settings, hello()).await.unwrap().adopted);
    };
    tokio::join!(coordinator, speaker);
}
