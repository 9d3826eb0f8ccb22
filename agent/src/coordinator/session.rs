//! One connection, from `hello` to its end.
//!
//! One task reads, writes and stamps: T1 right before the request goes to a socket that has nothing else to send, T4
//! the moment a frame is out of the socket and before anyone looks into it.

use std::{future::pending, time::Duration};

use downbeat_protocol::{
    CodecError, LocalTime, ServerMessage,
    agent_message::Hello,
    codec::{decode_server_message, encode_agent_message, encode_time_request},
};
use futures_util::StreamExt;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_tungstenite::tungstenite::{self, Message};

use super::{
    event::{ConnectionRequests, ConnectionSettings, Event},
    greeting::Exchanges,
    open::open,
    opened::{End, Opened, SEND_TIMEOUT, Socket, refused, send},
    outbox::Outbox,
    words::{cut, shorten},
};
use crate::repeats::Repeats;
use downbeat_host::clock;
use downbeat_speaker::clock::exchange_burst::ExchangeBurst;

/// One connection.
pub(super) struct Session<'a> {
    socket: Socket,
    outbox: &'a Outbox,
    events: &'a mpsc::Sender<Event>,
    time: ExchangeBurst,
    next_burst: LocalTime,
    burst_interval: Duration,
    last_heard: Instant,
    /// We asked whether the coordinator is there, since it was last heard.
    asked: bool,
    dead_after: Duration,
    complaints: Repeats,
    /// The server that calls itself so answered in the place of the coordinator.
    proxy: Option<String>,
}

/// The event that ended a wait.
enum Turn {
    Frame(Option<Result<Message, tungstenite::Error>>, LocalTime),
    Request(ConnectionRequests),
    TimeIsDue,
    Outbox,
    Silence,
}

impl<'a> Session<'a> {
    /// Connects, introduces us with `hello`, and stays until the end.
    pub(super) async fn run(
        settings: &ConnectionSettings,
        hello: Hello,
        exchanges: &mut Exchanges,
        outbox: &'a Outbox,
        events: &'a mpsc::Sender<Event>,
        requests: &mut watch::Receiver<ConnectionRequests>,
    ) -> End {
        let opened = tokio::select! {
            opened = open(settings, hello, exchanges, events) => opened,
            _ = requests.wait_for(|w| w.close) => return End::Closed,
        };
        let Opened { socket, welcome, address, peer, proxy, proof } = match opened {
            Ok(opened) => opened,
            Err(end) => return end,
        };
        let often = Duration::from_millis(u64::from(welcome.settings.ping_interval_ms)) * 3;
        let dead_after = match often {
            Duration::ZERO => settings.dead_after,
            _ => often.clamp(Duration::from_secs(2), settings.dead_after.max(Duration::from_secs(2))),
        };
        let mut session = Self {
            socket,
            outbox,
            events,
            time: ExchangeBurst::default(),
            next_burst: clock::now(),
            burst_interval: settings.burst_interval,
            last_heard: Instant::now(),
            asked: false,
            dead_after,
            complaints: Repeats::default(),
            proxy,
        };
        // An instant wished for on an earlier connection: this one begins with a burst anyway.
        requests.borrow_and_update();
        outbox.connected();
        let connected = Event::Connected {
            welcome: Box::new(welcome),
            at: address.to_string(),
            media_url: address.http_base(proof.is_some()),
            peer,
            proof,
        };
        if events.send(connected).await.is_err() {
            return End::Closed;
        }
        let Err(end) = session.turns(requests).await;
        end
    }

    async fn turns(
        &mut self,
        requests: &mut watch::Receiver<ConnectionRequests>,
    ) -> Result<std::convert::Infallible, End> {
        loop {
            self.exchange_time().await?;
            if self.outbox.is_overfull() {
                return Err(lost(&"the coordinator asks for more than it takes the answers of"));
            }
            match self.next_turn(requests).await {
                Turn::Frame(frame, t4) => {
                    self.last_heard = Instant::now();
                    self.asked = false;
                    match frame {
                        Some(Ok(message)) => self.heard(message, t4).await?,
                        Some(Err(error)) => return Err(lost(&self.behind_proxy(error.to_string()))),
                        None => return Err(lost(&self.behind_proxy("the coordinator closed the connection".into()))),
                    }
                }
                Turn::Request(ConnectionRequests { close: true, .. }) => {
                    let _ = timeout(SEND_TIMEOUT, self.socket.close(None)).await;
                    return Err(End::Closed);
                }
                Turn::Request(ConnectionRequests { burst_at, .. }) => {
                    self.next_burst = burst_at.unwrap_or(self.next_burst);
                }
                Turn::TimeIsDue => {
                    self.time.expire(clock::now());
                    self.end_burst().await?;
                }
                Turn::Outbox => {
                    // One at a time: a long queue must not keep us from listening.
                    if let Some(message) = self.outbox.pop() {
                        self.send(Message::text(encode_agent_message(&message))).await?;
                    }
                }
                Turn::Silence if self.last_heard.elapsed() >= self.dead_after => {
                    return Err(lost(&format!("nothing was heard of the coordinator for {:?}", self.dead_after)));
                }
                Turn::Silence => {
                    self.asked = true;
                    self.send(Message::Ping(Vec::new().into())).await?;
                }
            }
        }
    }

    async fn next_turn(&mut self, requests: &mut watch::Receiver<ConnectionRequests>) -> Turn {
        let time_due = self.time.deadline().unwrap_or(self.next_burst);
        let patience = if self.asked { self.dead_after } else { self.dead_after / 3 };
        tokio::select! {
            biased;
            frame = self.socket.next() => {
                let t4 = clock::now();
                Turn::Frame(frame, t4)
            }
            wish = changed(requests) => Turn::Request(wish),
            () = sleep_to(time_due) => Turn::TimeIsDue,
            () = self.outbox.filled() => Turn::Outbox,
            () = sleep_until(self.last_heard + patience) => Turn::Silence,
        }
    }

    /// Begins, goes on with, or ends a burst, as it is due.
    async fn exchange_time(&mut self) -> Result<(), End> {
        if !self.time.is_running() {
            if clock::now() < self.next_burst {
                return Ok(());
            }
            self.time.begin();
        }
        if self.time.wants_request() {
            let token = clock::now();
            let request = Message::text(encode_time_request(token));
            // All earlier frames are flushed: the request goes straight to the network.
            self.time.sent(token, clock::now());
            self.send(request).await?;
        }
        Ok(())
    }

    async fn heard(&mut self, message: Message, t4: LocalTime) -> Result<(), End> {
        let text = match message {
            Message::Text(text) => text,
            Message::Close(frame) => {
                let why = frame.map(|f| format!(": {} {}", f.code, f.reason)).unwrap_or_default();
                return Err(lost(&format!("the coordinator closed the connection{why}")));
            }
            _ => return Ok(()),
        };
        match decode_server_message(text.as_str()) {
            Ok(ServerMessage::TimeReply(reply)) => {
                self.time.reply(&reply, t4);
                self.end_burst().await
            }
            Ok(ServerMessage::Error(notice)) if notice.fatal => Err(refused(notice)),
            Ok(ServerMessage::Error(mut notice)) => {
                shorten(&mut notice.code);
                shorten(&mut notice.detail);
                self.tell(Event::Message(Box::new(ServerMessage::Error(notice)))).await
            }
            Ok(message) => self.tell(Event::Message(Box::new(message))).await,
            Err(error) => {
                self.complain(&error);
                Ok(())
            }
        }
    }

    /// A connection that ended without a goodbye may be a proxy's doing.
    fn behind_proxy(&self, reason: String) -> String {
        match &self.proxy {
            Some(name) => format!(
                "{reason}; there is a proxy between ({name}), which may end connections after some time: its timeout \
                 (proxy_read_timeout, or what it calls it) must be longer than a minute"
            ),
            None => reason,
        }
    }

    /// Hands the samples over if the burst is over.
    async fn end_burst(&mut self) -> Result<(), End> {
        if let Some(samples) = self.time.take_finished() {
            self.next_burst = clock::now().plus_nanos(self.burst_interval.as_nanos() as i64);
            self.tell(Event::TimeBurst(samples)).await?;
        }
        Ok(())
    }

    async fn tell(&self, event: Event) -> Result<(), End> {
        self.events.send(event).await.map_err(|_| End::Closed)
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        send(&mut self.socket, message).await.map_err(|reason| lost(&reason))
    }

    fn complain(&mut self, error: &CodecError) {
        if matches!(error, CodecError::UnknownType(_)) {
            tracing::debug!("the coordinator is newer than this agent: {}", cut(&error.to_string()));
        } else if let Some(unsaid) = self.complaints.happened(clock::now(), &error.to_string()) {
            tracing::warn!(unsaid, "the coordinator said something that makes no sense: {}", cut(&error.to_string()));
        }
    }
}

fn lost(reason: &dyn std::fmt::Display) -> End {
    End::Lost { reason: reason.to_string(), welcomed: true }
}

async fn changed(requests: &mut watch::Receiver<ConnectionRequests>) -> ConnectionRequests {
    match requests.changed().await {
        Ok(()) => *requests.borrow_and_update(),
        // The handle is gone, and this task is about to be.
        Err(_) => pending().await,
    }
}

async fn sleep_to(at: LocalTime) {
    let ahead = u64::try_from(at.nanos_since(clock::now())).unwrap_or(0);
    sleep(Duration::from_nanos(ahead)).await;
}
