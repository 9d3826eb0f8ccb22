//! One speaker of the crowd: says and asks what a real agent does, at the same rates, and plays nothing.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use downbeat_agent::coordinator::reconnect::Backoff;
use downbeat_host::clock;
use downbeat_identity::{Dates, Pin, SpeakerKey, handshake};
use downbeat_protocol::{
    AgentMessage, ClockId, EntryId, LocalTime, MAX_SERVER_FRAME_BYTES, ServerMessage, SpeakerId,
    agent_message::{Capabilities, Hello, KnownState, Ready},
    codec,
    exchange::Exchange,
    handshake::{SpeakerClass, VersionRange, WEBSOCKET_PATH},
    report::{Health, PlayerState, Position},
    server_message::{TimeReply, Welcome},
};
use downbeat_speaker::{clock::burst::BurstScheduler, clock::exchange_burst::ExchangeBurst};
use futures_util::{SinkExt as _, StreamExt as _};
use rustls::{ClientConfig, HandshakeKind, pki_types::ServerName};
use serde::Deserialize;
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, Utf8Bytes, protocol::WebSocketConfig},
};
use tokio_util::either::Either;

use crate::{
    board::{Board, Echo, Online},
    shared::Shared,
};

/// The queue in the sound card of a usual speaker, and its margin, microseconds.
const LEAD_US: i64 = 45_000;
/// As a real agent does.
const HEALTH_INTERVAL: Duration = Duration::from_secs(10);
const DEAD_AFTER: Duration = Duration::from_secs(15);
const WELCOME_TIMEOUT: Duration = Duration::from_secs(10);
/// Bursts after which a real agent's time exchange has come to its lasting rate.
const SETTLED_BURSTS: usize = 40;
/// Addresses used of each 127.0.x.
const ADDRESSES: usize = 250;

/// In clear, or over TLS.
type Wire = Either<TcpStream, Box<TlsStream<TcpStream>>>;
type Socket = WebSocketStream<Wire>;

/// Lives until its task is ended.
pub(crate) async fn live(shared: Arc<Shared>, index: usize, mut drops: watch::Receiver<u64>) {
    let id = SpeakerId(uuid::Uuid::from_u128(0x10ad_0000_0000_4000_8000_0000_0000_0000 + index as u128));
    let mut backoff = Backoff::new(shared.backoff, uuid::Uuid::new_v4().as_u64_pair().0);
    let mut memory = None;
    // one for its whole life, as a real speaker has it: what resumes a session lies in it
    let key = shared.tls.then(|| SpeakerKey::generate().ok()).flatten();
    let tls = key.and_then(|key| handshake::speaker(&key, Pin::Open, Dates::default()).ok()).map(Arc::new);
    loop {
        let began = Instant::now();
        let board = &shared.board;
        let lasted = if let Ok((socket, welcome)) =
            open(&shared, (index, tls.as_ref()), hello(id, index, memory.as_ref())).await
        {
            let mut session = Session::new(&shared, socket, index, &welcome);
            if session.run(&mut drops).await == End::Lost {
                board.lost.fetch_add(1, Ordering::Relaxed);
            }
            memory = session.memory.or(memory);
            began.elapsed()
        } else {
            board.failed_attempts.fetch_add(1, Ordering::Relaxed);
            Duration::ZERO
        };
        sleep(backoff.ended(lasted)).await;
    }
}

/// TCP from an address of its own, TLS if it is to be, WebSocket, `hello`, `welcome`.
async fn open(
    shared: &Shared,
    (index, tls): (usize, Option<&Arc<ClientConfig>>),
    hello: Hello,
) -> anyhow::Result<(Socket, Welcome)> {
    let stream = timeout(shared.connect_timeout, connect(shared.server, index)).await??;
    stream.set_nodelay(true)?;
    let stream = match tls {
        None => Either::Left(stream),
        Some(config) => {
            Either::Right(Box::new(timeout(shared.connect_timeout, secure(shared, config, stream)).await??))
        }
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(1024)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_SERVER_FRAME_BYTES))
        .max_frame_size(Some(MAX_SERVER_FRAME_BYTES));
    let url = format!("ws://{}{WEBSOCKET_PATH}", shared.server);
    let upgrade = Box::pin(client_async_with_config(url, stream, Some(config)));
    let (mut socket, _) = timeout(shared.connect_timeout, upgrade).await??;
    say(&mut socket, &AgentMessage::Hello(Box::new(hello))).await?;
    let welcome = async {
        while let Some(frame) = socket.next().await {
            let Message::Text(text) = frame? else { continue };
            if let ServerMessage::Welcome(welcome) = codec::decode_server_message(&text)? {
                return Ok(welcome);
            }
        }
        anyhow::bail!("hung up on the hello")
    };
    let welcome = timeout(WELCOME_TIMEOUT, welcome).await??;
    Ok((socket, welcome))
}

/// A handshake, which is counted.
async fn secure(
    shared: &Shared,
    config: &Arc<ClientConfig>,
    stream: TcpStream,
) -> anyhow::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from("coordinator.invalid")?;
    let stream = TlsConnector::from(Arc::clone(config)).connect(name, stream).await?;
    let board = &shared.board;
    let counter = match stream.get_ref().1.handshake_kind() {
        Some(HandshakeKind::Resumed) => &board.resumed_handshakes,
        _ => &board.full_handshakes,
    };
    counter.fetch_add(1, Ordering::Relaxed);
    Ok(stream)
}

async fn connect(server: SocketAddr, index: usize) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if server.ip().is_loopback() {
        let (x, y) = (index / ADDRESSES + 1, index % ADDRESSES + 1);
        let address = Ipv4Addr::new(127, (x >> 8) as u8, x as u8, y as u8);
        socket.bind((IpAddr::V4(address), 0).into())?;
    }
    socket.connect(server).await
}

/// A speaker's memory of a coordinator that is gone: whose clock, and the last message of what is played.
struct Memory {
    clock_id: ClockId,
    said: Utf8Bytes,
}

impl Memory {
    fn known(&self) -> Option<KnownState> {
        let session = match codec::decode_server_message(&self.said).ok()? {
            ServerMessage::StateSync(sync) => sync.session,
            ServerMessage::PlayTrack(s)
            | ServerMessage::Pause(s)
            | ServerMessage::Resume(s)
            | ServerMessage::Seek(s)
            | ServerMessage::Stop(s)
            | ServerMessage::PlanUpdate(s) => s,
            _ => return None,
        };
        // The crowd is on the coordinator's machine, and both read one clock.
        let local_ns = clock::now();
        Some(KnownState {
            clock_id: self.clock_id,
            server_us: local_ns.0 / 1_000,
            local_ns,
            error_bound_us: 30.0,
            revision: session.revision,
            timeline: session.timeline,
            plan: session.plan,
        })
    }
}

fn hello(id: SpeakerId, index: usize, memory: Option<&Memory>) -> Hello {
    Hello {
        protocol: VersionRange::OURS,
        speaker_id: Some(id),
        name: format!("crowd {index}"),
        class: SpeakerClass::Agent,
        version: env!("CARGO_PKG_VERSION").into(),
        capabilities: Capabilities {
            formats: ["flac", "wav", "aiff", "mp3", "ogg", "m4a", "opus"].map(str::to_owned).into(),
            output: "none: a speaker of a crowd".into(),
            realtime: true,
            calibration: false,
        },
        credentials: None,
        commitment: None,
        zone: None,
        output_delay_us: None,
        known: memory.and_then(Memory::known),
    }
}

async fn say(socket: &mut Socket, message: &AgentMessage) -> anyhow::Result<()> {
    Ok(socket.send(Message::text(codec::encode_agent_message(message))).await?)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// All were told to.
    Dropped,
    /// The coordinator or the network.
    Lost,
}

/// Only the type: what it says is of no use without a sound card.
#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
}

struct Session<'a> {
    board: &'a Board,
    socket: Socket,
    index: usize,
    online: Option<Online<'a>>,
    bursts: BurstScheduler,
    time: ExchangeBurst,
    sent: Option<LocalTime>,
    best_round_trip_us: Option<f64>,
    state: PlayerState,
    entry: Option<EntryId>,
    clock_id: ClockId,
    memory: Option<Memory>,
    report_interval: Duration,
    next_report: Instant,
    next_health: Instant,
    last_heard: Instant,
}

impl<'a> Session<'a> {
    fn new(shared: &'a Shared, socket: Socket, index: usize, welcome: &Welcome) -> Self {
        let report_interval = Duration::from_millis(u64::from(welcome.settings.report_interval_ms));
        let (now, here) = (clock::now(), Instant::now());
        let mut bursts = BurstScheduler::new(now);
        if shared.settled {
            // counted from somewhere in the past, so that the crowd's bursts are spread over the interval
            for _ in 0..SETTLED_BURSTS {
                bursts.burst_done(now);
            }
            let interval = bursts.next_at().nanos_since(now);
            bursts.burst_done(now.plus_nanos((phase() * interval as f64) as i64 - interval));
        }
        Self {
            board: &shared.board,
            socket,
            index,
            online: None,
            bursts,
            time: ExchangeBurst::default(),
            sent: None,
            best_round_trip_us: None,
            state: PlayerState::Idle,
            entry: None,
            clock_id: welcome.clock_id,
            memory: None,
            report_interval,
            next_report: here + report_interval.mul_f64(phase()),
            next_health: here + HEALTH_INTERVAL.mul_f64(phase()),
            last_heard: here,
        }
    }

    async fn run(&mut self, drops: &mut watch::Receiver<u64>) -> End {
        drops.borrow_and_update();
        loop {
            if self.exchange_time().await.is_err() {
                return End::Lost;
            }
            let due = self.due();
            let frame = tokio::select! {
                biased;
                frame = self.socket.next() => Some((frame, clock::now())),
                _ = drops.changed() => return End::Dropped,
                () = sleep_until(due) => None,
            };
            let done = match frame {
                None => self.on_time().await,
                Some((Some(Ok(Message::Text(text))), at)) => self.heard(text, at).await,
                Some((Some(Ok(Message::Close(_)) | Err(_)) | None, _)) => return End::Lost,
                Some((Some(Ok(_)), _)) => {
                    self.last_heard = Instant::now();
                    Ok(())
                }
            };
            if done.is_err() {
                return End::Lost;
            }
        }
    }

    fn due(&self) -> Instant {
        let time_due = self.time.deadline().unwrap_or(self.bursts.next_at());
        let ahead = Duration::from_nanos(u64::try_from(time_due.nanos_since(clock::now())).unwrap_or(0));
        let mut due = (Instant::now() + ahead).min(self.next_health).min(self.last_heard + DEAD_AFTER);
        if !self.report_interval.is_zero() {
            due = due.min(self.next_report);
        }
        due
    }

    async fn on_time(&mut self) -> anyhow::Result<()> {
        let now = Instant::now();
        anyhow::ensure!(now < self.last_heard + DEAD_AFTER, "silent for too long");
        self.time.expire(clock::now());
        self.end_burst();
        if !self.report_interval.is_zero() && now >= self.next_report {
            self.next_report = now + self.report_interval;
            self.report().await?;
        }
        if now >= self.next_health {
            self.next_health = now + HEALTH_INTERVAL;
            let health = Health {
                version: env!("CARGO_PKG_VERSION").into(),
                uptime_s: 1,
                output: "none: a speaker of a crowd".into(),
                cache_bytes: 1_000_000,
                cache_limit_bytes: 1_000_000_000,
                load1: Some(0.1),
                ..Health::default()
            };
            say(&mut self.socket, &AgentMessage::Health(Box::new(health))).await?;
        }
        Ok(())
    }

    async fn exchange_time(&mut self) -> anyhow::Result<()> {
        if !self.time.is_running() && clock::now() >= self.bursts.next_at() {
            self.best_round_trip_us = None;
            self.time.begin();
        }
        if self.time.wants_request() {
            let token = clock::now();
            let request = Message::text(codec::encode_time_request(token));
            let t1 = clock::now();
            self.time.sent(token, t1);
            self.sent = Some(t1);
            self.socket.send(request).await?;
        }
        Ok(())
    }

    fn end_burst(&mut self) {
        if self.time.take_finished().is_some() {
            self.bursts.burst_done(clock::now());
        }
    }

    fn time_reply(&mut self, reply: &TimeReply, t4: LocalTime) {
        if let Some(t1) = self.sent.take() {
            let (t2, t3) = (reply.t2, reply.t3);
            if let Some(sample) = (Exchange { t1, t2, t3, t4 }).sample() {
                let best = self.best_round_trip_us.unwrap_or(f64::INFINITY);
                self.best_round_trip_us = Some(best.min(sample.round_trip_us));
                let echo = Echo { stay_us: t3.micros_since(t2) as f64, round_trip_us: sample.round_trip_us };
                self.board.echo(echo);
            }
        }
        self.time.reply(reply, t4);
        self.end_burst();
    }

    async fn heard(&mut self, said: Utf8Bytes, at: LocalTime) -> anyhow::Result<()> {
        self.last_heard = Instant::now();
        let text = said.as_str();
        let Kind { kind } = serde_json::from_str(text)?;
        self.board.message(kind, self.index, at);
        self.board.longest_message.fetch_max(text.len(), Ordering::Relaxed);
        if matches!(kind, "state_sync" | "play_track" | "pause" | "resume" | "seek" | "stop" | "plan_update") {
            self.memory = Some(Memory { clock_id: self.clock_id, said: said.clone() });
        }
        match kind {
            "play_track" | "resume" => self.now(PlayerState::Playing, at),
            "pause" => self.now(PlayerState::Paused, at),
            "stop" => self.now(PlayerState::Idle, at),
            "state_sync" => {
                if self.online.is_none() {
                    self.online = Some(self.board.arrive());
                }
                if let ServerMessage::StateSync(sync) = codec::decode_server_message(text)? {
                    let timeline = sync.session.timeline;
                    let state = match timeline.map(|t| t.running) {
                        Some(true) => PlayerState::Playing,
                        Some(false) => PlayerState::Paused,
                        None => PlayerState::Idle,
                    };
                    self.now(state, at);
                }
            }
            "time_reply" | "prepare" | "position_check" | "configure" => match codec::decode_server_message(text)? {
                ServerMessage::TimeReply(reply) => self.time_reply(&reply, at),
                ServerMessage::Prepare(p) => {
                    let (prepare_id, entry) = (p.prepare_id, p.entry.entry);
                    let ready = Ready { prepare_id, entry, lead_us: LEAD_US, error: None };
                    say(&mut self.socket, &AgentMessage::Ready(ready)).await?;
                }
                ServerMessage::PositionCheck(check) => {
                    self.entry = check.entry;
                    self.report().await?;
                }
                ServerMessage::Configure(c) => {
                    self.report_interval = Duration::from_millis(u64::from(c.settings.report_interval_ms));
                }
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }

    fn now(&mut self, state: PlayerState, at: LocalTime) {
        self.state = state;
        self.bursts.set_playing(state == PlayerState::Playing, at);
    }

    async fn report(&mut self) -> anyhow::Result<()> {
        let position = Position {
            state: self.state,
            entry: self.entry,
            sync_error_us: 1.5,
            error_bound_us: Some(30.0),
            round_trip_us: self.best_round_trip_us,
            lead_us: Some(LEAD_US),
            buffer_ms: 2_000,
            output_queue_ms: 20.0,
            ..Position::default()
        };
        say(&mut self.socket, &AgentMessage::PositionReport(Box::new(position))).await
    }
}

/// Somewhere in 0..1.
fn phase() -> f64 {
    (uuid::Uuid::new_v4().as_u64_pair().1 & 0xffff_ffff) as f64 / f64::from(u32::MAX)
}
