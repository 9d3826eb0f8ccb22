//! The connection against a coordinator of the test's own, over real sockets.

use std::{sync::Arc, time::Duration};

use downbeat_protocol::{
    AgentMessage, ClockId, LocalTime, MAX_AGENT_FRAME_BYTES, MAX_SERVER_FRAME_BYTES, PROTOCOL_VERSION, ServerMessage,
    ServerTime, SpeakerId, Timeline,
    agent_message::{Capabilities, ClientError, Hello, KnownState},
    codec::{TIME_FRAME_BYTES, decode_agent_message, encode_server_message, encode_time_reply},
    exchange::Offset,
    handshake::{EntryId, SpeakerClass, TrackId, VersionRange},
    server_message::{ErrorNotice, PositionCheck, Settings, Welcome},
    time::Frames,
    timeline::PlanEntry,
};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};

use downbeat_speaker::clock::burst::PINGS_PER_BURST;

use super::{
    connection::Connection,
    event::{ConnectionSettings, Event, Place},
    reconnect::BackoffSettings,
};
use downbeat_host::clock;

/// Generous: it only ends a test that hangs.
const DEADLINE: Duration = Duration::from_mins(1);
/// How far the fake coordinator's clock is ahead.
const AHEAD_US: i64 = 987_654_321;

struct Coordinator {
    listener: TcpListener,
    settings: ConnectionSettings,
}

struct Peer {
    socket: WebSocketStream<TcpStream>,
}

async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    timeout(DEADLINE, work).await.unwrap_or_else(|_| panic!("never: {what}"))
}

impl Coordinator {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string().parse().unwrap();
        let backoff =
            BackoffSettings { first: Duration::from_millis(1), max: Duration::from_millis(5), ..Default::default() };
        // Bursts only when a test asks: after the one at the beginning.
        let settings =
            ConnectionSettings { backoff, burst_interval: Duration::from_hours(1), ..ConnectionSettings::new(address) };
        Self { listener, settings }
    }

    fn connect(&self) -> (Connection, mpsc::Receiver<Event>) {
        Connection::start(self.settings.clone(), hello)
    }

    async fn accept(&self) -> Peer {
        let (stream, _) = within("a connection", self.listener.accept()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Peer { socket: within("a WebSocket", accept_async(stream)).await.unwrap() }
    }

    /// Accepts, hears the hello and says welcome.
    async fn welcome(&self) -> Peer {
        let mut peer = self.accept().await;
        let AgentMessage::Hello(said) = peer.hear().await else { panic!("no hello") };
        assert_eq!(said.protocol, VersionRange::OURS);
        peer.say(&ServerMessage::Welcome(welcome())).await;
        peer
    }
}

impl Peer {
    async fn text(&mut self) -> Option<String> {
        loop {
            match within("a frame", self.socket.next()).await {
                Some(Ok(Message::Text(text))) => return Some(text.as_str().to_owned()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    async fn hear(&mut self) -> AgentMessage {
        decode_agent_message(&self.text().await.expect("a message")).unwrap()
    }

    /// The next message it hears that is no time request.
    async fn hear_other(&mut self) -> AgentMessage {
        loop {
            match self.hear().await {
                AgentMessage::TimeRequest(_) => {}
                other => return other,
            }
        }
    }

    async fn say(&mut self, message: &ServerMessage) {
        self.say_text(encode_server_message(message)).await;
    }

    async fn say_text(&mut self, text: String) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// Answers a burst as a coordinator does; every `skip`-th request not at all. Returns the answered ones.
    async fn answer_burst(&mut self, requests: usize) {
        for _ in 0..requests {
            let text = self.text().await.expect("a request");
            let t2 = server_now();
            assert_eq!(text.len(), TIME_FRAME_BYTES);
            let AgentMessage::TimeRequest(request) = decode_agent_message(&text).unwrap() else { panic!("{text}") };
            self.say_text(encode_time_reply(request.t1, t2, server_now())).await;
        }
    }
}

fn server_now() -> ServerTime {
    ServerTime(clock::now().as_nanos() / 1000 + AHEAD_US)
}

fn hello() -> Hello {
    Hello {
        protocol: VersionRange::OURS,
        speaker_id: Some(SpeakerId::random()),
        name: "kitchen".into(),
        class: SpeakerClass::Agent,
        version: "test".into(),
        capabilities: Capabilities::default(),
        credentials: None,
        commitment: None,
        zone: None,
        output_delay_us: None,
        known: None,
    }
}

fn welcome() -> Welcome {
    Welcome {
        server_time: ServerTime(0),
        protocol: PROTOCOL_VERSION,
        clock_id: ClockId::random(),
        speaker_id: SpeakerId::random(),
        name: "kitchen".into(),
        server_version: "test".into(),
        history: false,
        adopted: false,
        wall_clock: None,
        settings: Settings::default(),
    }
}

fn check() -> ServerMessage {
    ServerMessage::PositionCheck(PositionCheck {
        server_time: ServerTime(1),
        zone: downbeat_protocol::ZoneId::DEFAULT,
        revision: 1,
        entry: None,
        expected_frames: Frames(0),
    })
}

async fn next(events: &mut mpsc::Receiver<Event>) -> Event {
    within("an event", events.recv()).await.expect("the connection's task runs")
}

async fn connected(events: &mut mpsc::Receiver<Event>) -> Welcome {
    loop {
        match next(events).await {
            Event::Connected { welcome, .. } => return *welcome,
            Event::Disconnected { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn hello_welcome_messages_and_goodbye() {
    let coordinator = Coordinator::start().await;
    let (connection, mut events) = coordinator.connect();
    let mut peer = coordinator.welcome().await;
    let Event::Connected { welcome, at, media_url, peer: machine, .. } = next(&mut events).await else {
        panic!("not connected")
    };
    assert_eq!(welcome.name, "kitchen");
    assert_eq!(machine, coordinator.listener.local_addr().unwrap());
    assert_eq!((at, media_url), (format!("ws://{machine}/ws"), format!("http://{machine}")));

    peer.say_text(r#"{"type":"levitate","height":3}"#.into()).await;
    peer.say_text("{not json".into()).await;
    peer.socket.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    peer.socket.send(Message::Ping(vec![7].into())).await.unwrap();
    peer.say(&check()).await;
    assert_eq!(next(&mut events).await, Event::Message(Box::new(check())), "what makes no sense is survived");

    connection.outbox().send(AgentMessage::RequestState);
    assert_eq!(peer.hear_other().await, AgentMessage::RequestState);
    let goodbye = tokio::spawn(connection.close());
    while peer.text().await.is_some() {}
    within("the end", goodbye).await.unwrap();
    assert!(within("no more events", events.recv()).await.is_none());
}

#[tokio::test]
async fn a_ping_is_answered() {
    let coordinator = Coordinator::start().await;
    let (_connection, mut events) = coordinator.connect();
    let mut peer = coordinator.welcome().await;
    connected(&mut events).await;
    peer.socket.send(Message::Ping(vec![7].into())).await.unwrap();
    loop {
        if let Message::Pong(payload) = within("a pong", peer.socket.next()).await.unwrap().unwrap() {
            break assert_eq!(&payload[..], [7]);
        }
    }
}

#[tokio::test]
async fn a_burst_tells_the_offset() {
    let coordinator = Coordinator::start().await;
    let (connection, mut events) = coordinator.connect();
    let mut peer = coordinator.welcome().await;
    connected(&mut events).await;
    for _ in 0..3 {
        peer.answer_burst(PINGS_PER_BURST).await;
        let Event::TimeBurst(samples) = next(&mut events).await else { panic!("no burst") };
        assert_eq!(samples.len(), PINGS_PER_BURST);
        let truth = Offset { whole_us: AHEAD_US, fraction_us: 0.0 };
        for s in &samples {
            let error = s.offset_us.minus(truth);
            // What the four stamps can promise: half the round trip, and the server's whole microseconds.
            assert!(error.abs() <= s.round_trip_us / 2.0 + 2.0, "{error} us of a round trip of {}", s.round_trip_us);
        }
        connection.burst_at(clock::now());
    }
}

#[tokio::test]
async fn requests_are_never_two_at_once() {
    let coordinator = Coordinator::start().await;
    let (connection, mut events) = coordinator.connect();
    let mut peer = coordinator.welcome().await;
    connected(&mut events).await;
    let AgentMessage::TimeRequest(first) = peer.hear().await else { panic!("no request") };
    // While the answer is missing there is nothing on the wire but what we are asked to say.
    connection.outbox().send(AgentMessage::RequestState);
    assert_eq!(peer.hear().await, AgentMessage::RequestState);
    // An answer to something else does not count as one.
    peer.say_text(encode_time_reply(LocalTime(first.t1.0 ^ 1), server_now(), server_now())).await;
    peer.say(&check()).await;
    assert_eq!(next(&mut events).await, Event::Message(Box::new(check())), "the wrong answer was heard");
    connection.outbox().send(AgentMessage::RequestState);
    assert_eq!(peer.hear().await, AgentMessage::RequestState);
    peer.say_text(encode_time_reply(first.t1, server_now(), server_now())).await;
    peer.answer_burst(PINGS_PER_BURST - 1).await;
    assert!(matches!(next(&mut events).await, Event::TimeBurst(s) if s.len() == PINGS_PER_BURST));
}

#[tokio::test]
async fn a_burst_closes_with_what_it_has() {
    let coordinator = Coordinator::start().await;
    let (_connection, mut events) = coordinator.connect();
    let mut peer = coordinator.welcome().await;
    connected(&mut events).await;
    let lost = peer.hear().await;
    assert!(matches!(lost, AgentMessage::TimeRequest(_)));
    peer.answer_burst(PINGS_PER_BURST - 2).await;
    assert!(matches!(peer.hear().await, AgentMessage::TimeRequest(_)), "the last is lost, too");
    assert!(matches!(next(&mut events).await, Event::TimeBurst(s) if s.len() == PINGS_PER_BURST - 2));
}

#[tokio::test]
async fn a_dropped_connection_comes_back_and_keeps_its_faults() {
    let coordinator = Coordinator::start().await;
    let (connection, mut events) = coordinator.connect();
    let fault = AgentMessage::ClientError(ClientError { code: "e".into(), detail: String::new(), entry: None });
    for _ in 0..5 {
        let peer = coordinator.welcome().await;
        connected(&mut events).await;
        drop(peer);
        assert!(matches!(next(&mut events).await, Event::Disconnected { .. }));
    }
    connection.outbox().send(fault.clone());
    let mut peer = coordinator.welcome().await;
    assert_eq!(peer.hear_other().await, fault);
}

#[tokio::test]
async fn a_silent_coordinator_is_given_up_and_a_quiet_one_is_not() {
    let mut coordinator = Coordinator::start().await;
    coordinator.settings.dead_after = Duration::from_millis(1500);
    let (_connection, mut events) = coordinator.connect();
    let mut peer = coordinator.welcome().await;
    connected(&mut events).await;
    peer.answer_burst(PINGS_PER_BURST).await;
    assert!(matches!(next(&mut events).await, Event::TimeBurst(_)));
    // It says nothing, but its socket answers pings: it lives.
    let mut pings = 0;
    while pings < 2 {
        if let Message::Ping(_) = within("a ping", peer.socket.next()).await.unwrap().unwrap() {
            pings += 1;
        }
    }
    assert!(events.try_recv().is_err(), "still connected");
    // Now it does not even read.
    let Event::Disconnected { reason, .. } = next(&mut events).await else { panic!("not given up") };
    assert!(reason.contains("nothing was heard"), "{reason}");
    drop(peer);
    coordinator.welcome().await;
}

#[tokio::test]
async fn a_refusal_is_told_with_its_code() {
    let coordinator = Coordinator::start().await;
    let (_connection, mut events) = coordinator.connect();
    let refuse = ServerMessage::Error(ErrorNotice {
        server_time: ServerTime(0),
        code: "version_mismatch".into(),
        detail: "update this speaker".into(),
        fatal: true,
    });
    let mut peer = coordinator.accept().await;
    peer.hear().await;
    peer.say(&refuse).await;
    let Event::Refused { code, detail, .. } = next(&mut events).await else { panic!("not refused") };
    assert_eq!((code.as_str(), detail.as_str()), ("version_mismatch", "update this speaker"));

    let mut peer = coordinator.accept().await;
    peer.hear().await;
    peer.say(&ServerMessage::Welcome(Welcome { protocol: 99, ..welcome() })).await;
    let Event::Refused { code, .. } = next(&mut events).await else { panic!("not refused") };
    assert_eq!(code, "version_mismatch", "a version that we did not offer");

    let mut peer = coordinator.welcome().await;
    connected(&mut events).await;
    peer.say(&refuse).await;
    assert!(matches!(next(&mut events).await, Event::Refused { .. }), "also later");
}

#[tokio::test]
async fn a_long_error_is_cut() {
    let coordinator = Coordinator::start().await;
    let (_connection, mut events) = coordinator.connect();
    let long = |fatal| {
        let (code, detail) = ("c".repeat(20_000), "d".repeat(50_000));
        ServerMessage::Error(ErrorNotice { server_time: ServerTime(0), code, detail, fatal })
    };
    let mut peer = coordinator.welcome().await;
    connected(&mut events).await;
    peer.say(&long(false)).await;
    let Event::Message(message) = next(&mut events).await else { panic!("no message") };
    let ServerMessage::Error(notice) = *message else { panic!("{message:?}") };
    assert!(notice.detail.len() <= 1000 && notice.code.len() <= 1000, "{notice:?}");
    peer.say(&long(true)).await;
    let Event::Refused { code, detail, .. } = next(&mut events).await else { panic!("not refused") };
    assert!(detail.len() <= 1000 && code.len() <= 1000 && detail.starts_with("ddd"), "{code} {detail}");

    let mut peer = coordinator.welcome().await;
    connected(&mut events).await;
    let detail = "all is well\n\u{1b}]0;owned\u{7}".to_owned();
    let notice = ErrorNotice { server_time: ServerTime(0), code: "x\r".into(), detail, fatal: true };
    peer.say(&ServerMessage::Error(notice)).await;
    let Event::Refused { code, detail, .. } = next(&mut events).await else { panic!("not refused") };
    assert_eq!((code.as_str(), detail.as_str()), (r"x\r", r"all is well\n\u{1b}]0;owned\u{7}"));
}

#[tokio::test]
async fn what_is_no_coordinator_is_said() {
    let mut coordinator = Coordinator::start().await;
    coordinator.settings.connect_timeout = Duration::from_millis(200);
    coordinator.settings.welcome_timeout = Duration::from_millis(200);
    let (_connection, mut events) = coordinator.connect();
    let (mut stream, _) = within("a connection", coordinator.listener.accept()).await.unwrap();
    let mut request = [0; 4096];
    let _ = within("a request", stream.read(&mut request)).await.unwrap();
    stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    let Event::Refused { code, detail, .. } = next(&mut events).await else { panic!("not refused") };
    assert_eq!(code, "http_404");
    assert!(detail.contains("is a Downbeat coordinator there?"), "{detail}");

    let (_silent, _) = within("a connection", coordinator.listener.accept()).await.unwrap();
    let Event::Disconnected { reason, .. } = next(&mut events).await else { panic!("not given up") };
    assert!(reason.contains("did not answer as a WebSocket"), "{reason}");

    let _mute = coordinator.accept().await;
    let Event::Disconnected { reason, .. } = next(&mut events).await else { panic!("not given up") };
    assert!(reason.contains("did not answer the hello"), "{reason}");

    let mut peer = coordinator.welcome().await;
    connected(&mut events).await;
    let _ = peer.socket.send(Message::text(" ".repeat(MAX_SERVER_FRAME_BYTES + 1))).await;
    assert!(matches!(next(&mut events).await, Event::Disconnected { .. }), "a frame over the limit ends it");
    coordinator.welcome().await;
}

/// Answers one connection as a web server does.
async fn answer(listener: &TcpListener, reply: &str) -> String {
    let (mut stream, _) = within("a connection", listener.accept()).await.unwrap();
    let mut request = vec![0; 4096];
    let length = within("a request", stream.read(&mut request)).await.unwrap();
    stream.write_all(reply.as_bytes()).await.unwrap();
    String::from_utf8_lossy(&request[..length]).into_owned()
}

#[tokio::test]
async fn below_a_path_of_a_proxy_all_is_below_it() {
    let mut coordinator = Coordinator::start().await;
    let machine = coordinator.listener.local_addr().unwrap();
    coordinator.settings.place = Place::At(format!("ws://{machine}/downbeat/").parse().unwrap());
    let (_connection, mut events) = coordinator.connect();
    let request = answer(&coordinator.listener, "HTTP/1.1 502 Bad Gateway\r\nserver: nginx/1.22.1\r\n\r\n").await;
    assert!(request.starts_with("GET /downbeat/ws HTTP/1.1"), "{request}");
    let Event::Disconnected { reason, .. } = next(&mut events).await else { panic!("not given up") };
    assert!(reason.contains("the proxy (nginx/1.22.1) gets no answer from the coordinator"), "{reason}");
    coordinator.welcome().await;
    let Event::Connected { at, media_url, .. } = next(&mut events).await else { panic!("not connected") };
    assert_eq!((at, media_url), (format!("ws://{machine}/downbeat/ws"), format!("http://{machine}/downbeat")));
}

#[tokio::test]
async fn the_other_usual_port_is_tried_and_both_are_said() {
    let mut coordinator = Coordinator::start().await;
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (first, second) = (other.local_addr().unwrap(), coordinator.listener.local_addr().unwrap());
    let both = first.to_string().parse::<super::ServerAddress>().unwrap().or_port(second.port());
    coordinator.settings.place = Place::At(both);
    let (_connection, mut events) = coordinator.connect();
    let page = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
    answer(&other, page).await;
    coordinator.welcome().await;
    let Event::Connected { at, media_url, .. } = next(&mut events).await else { panic!("not connected") };
    assert_eq!((at, media_url), (format!("ws://{second}/ws"), format!("http://{second}")));
    assert!(matches!(next(&mut events).await, Event::Disconnected { .. }));
    answer(&other, page).await;
    answer(&coordinator.listener, page).await;
    let Event::Refused { code, detail, .. } = next(&mut events).await else { panic!("not refused") };
    assert_eq!(code, "http_404");
    assert!(detail.contains(&first.to_string()) && detail.contains(&second.to_string()), "{detail}");
}

#[tokio::test]
async fn a_redirect_of_the_connection_is_said_and_not_followed() {
    let coordinator = Coordinator::start().await;
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = elsewhere.local_addr().unwrap();
    let (_connection, mut events) = coordinator.connect();
    for status in [301, 302, 303, 307, 308] {
        let reply = format!("HTTP/1.1 {status} Found\r\nlocation: http://{to}/\r\ncontent-length: 0\r\n\r\n");
        answer(&coordinator.listener, &reply).await;
        let Event::Refused { code, detail, .. } = next(&mut events).await else { panic!("not refused") };
        assert_eq!(code, format!("http_{status}"));
        assert!(detail.contains(&to.to_string()) && detail.contains("not followed"), "{detail}");
    }
    assert!(timeout(Duration::from_millis(1), elsewhere.accept()).await.is_err(), "nobody comes there");
}

#[tokio::test]
async fn a_hello_with_a_long_plan_fits() {
    let coordinator = Coordinator::start().await;
    let entry = EntryId::random();
    let (_connection, _events) = Connection::start(coordinator.settings.clone(), move || {
        let one = PlanEntry {
            entry,
            track: TrackId::random(),
            hash: "0".repeat(64),
            bytes: 1,
            format: "flac".into(),
            sample_rate: 48_000,
            frames: Frames(1),
            title: "a title".into(),
            ..PlanEntry::default()
        };
        let timeline = Timeline {
            clock_id: ClockId::random(),
            entry,
            anchor_server_us: ServerTime(0),
            anchor_media_frames: Frames(0),
            running: true,
        };
        let known = KnownState {
            clock_id: timeline.clock_id,
            server_us: 0,
            local_ns: LocalTime(0),
            error_bound_us: 1.0,
            revision: 1,
            timeline: Some(timeline),
            plan: vec![one; 5_000],
        };
        Hello { known: Some(known), ..hello() }
    });
    let mut peer = coordinator.accept().await;
    let text = peer.text().await.unwrap();
    assert!(text.len() <= MAX_AGENT_FRAME_BYTES, "{}", text.len());
    let Ok(AgentMessage::Hello(said)) = decode_agent_message(&text) else { panic!("no hello") };
    let plan = said.known.unwrap().plan;
    assert!(plan.len() > 500 && plan[0].entry == entry, "{}", plan.len());
}

#[tokio::test]
async fn a_hello_is_asked_for_at_each_attempt() {
    let coordinator = Coordinator::start().await;
    let count = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let (_connection, _events) = Connection::start(coordinator.settings.clone(), move || Hello {
        name: format!("attempt {}", count.fetch_add(1, std::sync::atomic::Ordering::Relaxed)),
        ..hello()
    });
    for n in 0..3 {
        let mut peer = coordinator.accept().await;
        let AgentMessage::Hello(said) = peer.hear().await else { panic!("no hello") };
        assert_eq!(said.name, format!("attempt {n}"));
    }
}

#[tokio::test]
async fn a_coordinator_that_asks_for_more_than_it_takes_is_left_and_joined_again() {
    let coordinator = Coordinator::start().await;
    let (connection, mut events) = coordinator.connect();
    let _never_reads = coordinator.welcome().await;
    connected(&mut events).await;
    for _ in 0..10_000 {
        let entry = Some(EntryId::random());
        let answer = ClientError { code: "unsupported".into(), detail: "no announcements".into(), entry };
        connection.outbox().send(AgentMessage::ClientError(answer));
    }
    let Event::Disconnected { reason, .. } = next(&mut events).await else { panic!("it stays") };
    assert!(reason.contains("more than it takes"), "{reason}");
    let mut peer = coordinator.welcome().await;
    connected(&mut events).await;
    connection.outbox().send(AgentMessage::RequestState);
    assert_eq!(peer.hear_other().await, AgentMessage::RequestState, "the old answers went with the old connection");
}
