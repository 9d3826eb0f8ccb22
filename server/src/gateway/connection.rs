//! One connection, from its hello to its end.

use std::{net::SocketAddr, time::Duration};

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use downbeat_protocol::{
    AgentMessage, CodecError, MAX_AGENT_FRAME_BYTES, ServerMessage, agent_message::Hello, codec,
    handshake::VersionRange, server_message::ErrorNotice,
};
use futures_util::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use tokio::{
    sync::Mutex,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_tungstenite::tungstenite;

use super::{Gateway, flood::FloodWatch};
use crate::{
    conductor::{Admission, Conductor},
    fleet::{Closing, Outbound, Outgoing, SIGN},
    rarely,
    shortened::{MAX_DETAIL_BYTES, shortened},
};

/// WebSocket close codes (RFC 6455, 7.4.1).
mod close_code {
    pub(super) const GOING_AWAY: u16 = 1001;
    pub(super) const POLICY: u16 = 1008;
    pub(super) const TOO_LARGE: u16 = 1009;
    pub(super) const TRY_AGAIN: u16 = 1013;
}

/// How long the socket stays open after the goodbye: closing it with bytes of the speaker still unread would reset the
/// connection and could overtake the goodbye.
const LINGER: Duration = Duration::from_millis(300);

/// The most bytes of a name in the log.
const NAME_BYTES: usize = 128;

/// The most bytes of the reason in a close frame.
const MAX_REASON_BYTES: usize = 120;

/// Why a half ended.
enum End {
    /// The speaker is gone: nothing can be said any more.
    Gone(&'static str),
    /// Say why, and close.
    Close(Closing),
}

type Sender = Mutex<SplitSink<WebSocket, Message>>;

/// Serves the connection until it ends.
pub(super) async fn serve(gateway: Gateway, socket: WebSocket, peer: SocketAddr) {
    let (sink, mut stream) = socket.split();
    let sink = Mutex::new(sink);
    let mut flood = FloodWatch::new(gateway.conductor.clock().now());
    // In boxes of their own: what only the first and the last moment need is not carried in between.
    let greeting = Box::pin(greet(&gateway, &sink, &mut stream, peer, &mut flood));
    let greeted = tokio::select! {
        greeted = greeting => greeted,
        () = gateway.stopping.cancelled() => Err(End::Close(stopping())),
    };
    let end = match greeted {
        Err(end) => end,
        Ok((mut admission, hello)) => {
            gateway.conductor.connected(&mut admission);
            let name = &admission.welcome.name;
            if let Some(left_out) = rarely::may_tell(&format!("connected {}", admission.speaker)) {
                tracing::info!(speaker = name, id = %admission.speaker, %peer, left_out, "connected");
            }
            let reader = read(&gateway, &sink, &mut stream, (&admission, hello), &mut flood);
            let end = tokio::select! {
                end = reader => end,
                end = write(&gateway, &sink, &admission) => end,
                () = gateway.stopping.cancelled() => End::Close(stopping()),
            };
            gateway.conductor.disconnected(&admission);
            let why = match &end {
                End::Gone(why) => why,
                End::Close(closing) => closing.code,
            };
            if let Some(left_out) = rarely::may_tell(&format!("disconnected {}", admission.speaker)) {
                let (speaker, id) = (&admission.welcome.name, admission.speaker);
                tracing::info!(speaker, %id, why, left_out, "disconnected");
            }
            end
        }
    };
    if let End::Close(closing) = end {
        tracing::debug!(%peer, code = closing.code, detail = closing.detail, "closing");
        // Bounded: a speaker that does not read is not waited for.
        let _ = timeout(LINGER, Box::pin(say_goodbye(&gateway.conductor, &sink, closing))).await;
        let _ = timeout(LINGER, async { while let Some(Ok(_)) = stream.next().await {} }).await;
    }
}

/// Waits for the hello, and lets the speaker in or not.
async fn greet(
    gateway: &Gateway,
    sink: &Sender,
    stream: &mut SplitStream<WebSocket>,
    peer: SocketAddr,
    flood: &mut FloodWatch,
) -> Result<(Admission, Utf8Bytes), End> {
    let hello = timeout(gateway.settings.hello_timeout, first_message(gateway, sink, stream, flood)).await;
    let (hello, text) = hello.map_err(|_| {
        let seconds = gateway.settings.hello_timeout.as_secs_f32();
        End::Close(closing("hello_expected", format!("no hello within {seconds} s"), close_code::POLICY))
    })??;
    let Some(version) = hello.protocol.negotiate(VersionRange::OURS) else {
        let detail = hello.protocol.mismatch(VersionRange::OURS);
        if let Some(left_out) = rarely::may_tell(&format!("refused {}", peer.ip())) {
            let name = shortened(&hello.name, NAME_BYTES);
            tracing::warn!(%peer, name, detail, left_out, "a speaker is refused");
        }
        return Err(End::Close(closing("version_mismatch", detail, close_code::POLICY)));
    };
    let admission = gateway.conductor.admit(&hello, version, peer).await.map_err(|error| {
        if let Some(left_out) = rarely::may_tell(&format!("not admitted {}", peer.ip())) {
            let name = shortened(&hello.name, NAME_BYTES);
            tracing::error!(%peer, name, %error, left_out, "a speaker cannot be let in");
        }
        End::Close(closing("not_admitted", error.to_string(), close_code::TRY_AGAIN))
    })?;
    let welcome = codec::encode_server_message(&ServerMessage::Welcome(admission.welcome.clone()));
    if let Err(end) = send(gateway, sink, Message::Text(welcome.into())).await {
        gateway.conductor.disconnected(&admission);
        return Err(end);
    }
    Ok((admission, text))
}

async fn first_message(
    gateway: &Gateway,
    sink: &Sender,
    stream: &mut SplitStream<WebSocket>,
    flood: &mut FloodWatch,
) -> Result<(Box<Hello>, Utf8Bytes), End> {
    loop {
        let text = match stream.next().await {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Ok(Message::Binary(_))) => Utf8Bytes::from_static(""),
            other => return Err(ended(other)),
        };
        match codec::decode_agent_message(&text) {
            Ok(AgentMessage::Hello(hello)) => return Ok((hello, text)),
            Ok(_) => {
                let detail = "the first message of a connection must be hello".to_owned();
                return Err(End::Close(closing("hello_expected", detail, close_code::POLICY)));
            }
            Err(error) => complain(gateway, sink, &error, flood).await?,
        }
    }
}

/// The reading half: ends when the speaker is gone, silent for too long, or says too much.
///
/// `hello` is the text of the first message, which may be long: it tells the plan that the speaker goes by. It is held
/// until the next message is read: while somebody holds it, its buffer cannot be used again, so the socket takes a
/// small one and the large one is freed, instead of being kept for the rest of the connection.
async fn read(
    gateway: &Gateway,
    sink: &Sender,
    stream: &mut SplitStream<WebSocket>,
    (admission, hello): (&Admission, Utf8Bytes),
    flood: &mut FloodWatch,
) -> End {
    let mut hello = Some(hello);
    let conductor = &gateway.conductor;
    loop {
        let Ok(next) = timeout(gateway.settings.ping_timeout, stream.next()).await else {
            return End::Gone("silent for too long");
        };
        let t2 = conductor.clock().now();
        drop(hello.take());
        let text = match next {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(ping @ (Message::Ping(_) | Message::Pong(_)))) => {
                if matches!(&ping, Message::Pong(payload) if payload.as_ref() == SIGN) {
                    admission.outbox.is_alive();
                }
                if flood.message(t2) {
                    return End::Close(too_much());
                }
                continue;
            }
            Some(Ok(Message::Binary(_))) => Utf8Bytes::from_static(""),
            other => return ended(other),
        };
        if flood.message(t2) {
            return End::Close(too_much());
        }
        let message = match codec::decode_agent_message(&text) {
            Ok(message) => message,
            Err(error) => match Box::pin(complain(gateway, sink, &error, flood)).await {
                Ok(()) => continue,
                Err(end) => return end,
            },
        };
        let speaker = admission.speaker;
        match message {
            AgentMessage::TimeRequest(request) => {
                let echo = async {
                    let mut sink = sink.lock().await;
                    let t3 = conductor.clock().now();
                    sink.send(Message::Text(codec::encode_time_reply(request.t1, t2, t3).into())).await
                };
                match timeout(gateway.settings.ping_timeout, echo).await {
                    Ok(Ok(())) => {}
                    _ => return End::Gone("does not read"),
                }
            }
            // One that was replaced may still have something in the pipe: it no longer speaks for the speaker.
            _ if !conductor.fleet().is_current(speaker, admission.number) => {}
            AgentMessage::Hello(_) => {
                let error = CodecError::Malformed("hello was said already; connect again to change it".into());
                if let Err(end) = Box::pin(complain(gateway, sink, &error, flood)).await {
                    return end;
                }
            }
            // nobody asked for a number
            AgentMessage::Reveal(_) => {}
            AgentMessage::RequestState => conductor.state_requested(speaker),
            AgentMessage::Ready(ready) => conductor.ready(speaker, ready),
            AgentMessage::PositionReport(position) => conductor.position_reported(speaker, *position),
            AgentMessage::Health(health) => conductor.health_reported(speaker, *health),
            AgentMessage::ClockShift(shift) => conductor.clock_shift_measured(speaker, shift),
            AgentMessage::History(history) => conductor.history_told(speaker, history),
            AgentMessage::ClientError(error) => conductor.error_reported(speaker, &error),
        }
    }
}

/// The writing half: empties the outbox and pings.
async fn write(gateway: &Gateway, sink: &Sender, admission: &Admission) -> End {
    let mut pings = interval(gateway.settings.ping_interval);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings.reset();
    loop {
        let message = tokio::select! {
            biased;
            _ = pings.tick() => Message::Ping(axum::body::Bytes::new()),
            next = admission.outbox.next() => match next {
                Outgoing::Message(message) => text_of(&message),
                Outgoing::Probe => Message::Ping(axum::body::Bytes::from_static(SIGN)),
                Outgoing::Close(closing) => return End::Close(closing),
            },
        };
        if let Err(end) = send(gateway, sink, message).await {
            return end;
        }
    }
}

/// The frame that says it.
fn text_of(message: &Outbound) -> Message {
    // JSON of our own is UTF-8
    Utf8Bytes::try_from(message.text()).map_or_else(|_| Message::Text(Utf8Bytes::default()), Message::Text)
}

/// Sends one frame; a socket that does not take it for as long as a ping may take is given up.
async fn send(gateway: &Gateway, sink: &Sender, message: Message) -> Result<(), End> {
    match timeout(gateway.settings.ping_timeout, async { sink.lock().await.send(message).await }).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Gone("the connection broke")),
        Err(_) => Err(End::Gone("does not read")),
    }
}

/// Answers what was no message; closes if that happens too often.
async fn complain(gateway: &Gateway, sink: &Sender, error: &CodecError, flood: &mut FloodWatch) -> Result<(), End> {
    let now = gateway.conductor.clock().now();
    if flood.bad_message(now) {
        return Err(End::Close(too_much()));
    }
    let detail = shortened(&error.to_string(), MAX_DETAIL_BYTES);
    let notice = ErrorNotice { server_time: now, code: error.code().into(), detail, fatal: false };
    let text = codec::encode_server_message(&ServerMessage::Error(notice));
    send(gateway, sink, Message::Text(text.into())).await
}

async fn say_goodbye(conductor: &Conductor, sink: &Sender, closing: Closing) {
    let reason = shortened(&closing.detail, MAX_REASON_BYTES);
    let notice = ErrorNotice {
        server_time: conductor.clock().now(),
        code: closing.code.into(),
        detail: closing.detail,
        fatal: true,
    };
    let text = codec::encode_server_message(&ServerMessage::Error(notice));
    let mut sink = sink.lock().await;
    let _ = sink.send(Message::Text(text.into())).await;
    let frame = CloseFrame { code: closing.close_code, reason: reason.into() };
    let _ = sink.send(Message::Close(Some(frame))).await;
}

/// The meaning of the end of the stream.
fn ended(next: Option<Result<Message, axum::Error>>) -> End {
    let Some(Err(error)) = next else { return End::Gone("closed by the speaker") };
    if let Some(tungstenite::Error::Capacity(_)) = error.into_inner().downcast_ref() {
        let detail = format!("a frame over the limit of {MAX_AGENT_FRAME_BYTES} bytes");
        return End::Close(closing("frame_too_large", detail, close_code::TOO_LARGE));
    }
    End::Gone("the connection broke")
}

fn closing(code: &'static str, detail: String, close_code: u16) -> Closing {
    Closing { code, detail, close_code }
}

fn too_much() -> Closing {
    closing("flood", "too many messages, or too many that are none".into(), close_code::POLICY)
}

fn stopping() -> Closing {
    closing("stopping", "the coordinator is stopping; play on and come back".into(), close_code::GOING_AWAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The size of the future that an async function makes, without a call.
    fn size_of_future<A, B, C, F>(_: impl Fn(A, B, C) -> F) -> usize {
        size_of::<F>()
    }

    /// Thousands of these wait at the same time, each most of its life: a buffer or a rare case that slips into the
    /// state between two messages costs megabytes. What comes and goes belongs into a box.
    #[test]
    fn a_waiting_connection_is_small() {
        let bytes = size_of_future(serve);
        assert!(bytes <= 2_816, "the future of a connection takes {bytes} bytes");
    }
}
