//! One connection, from its hello to its end.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use downbeat_identity::Fingerprint;
use downbeat_protocol::{AgentMessage, CodecError, ServerMessage, codec, server_message::ErrorNotice};
use futures_util::{SinkExt as _, StreamExt as _, stream::SplitStream};
use tokio::{
    sync::Mutex,
    time::{MissedTickBehavior, interval, timeout},
};

use super::{
    Comer, Gateway,
    flood::FloodWatch,
    frames::{End, Sender, close_code, closing, complain, ended, send, too_much},
    greeting::{Greeted, greet},
};
use crate::{
    conductor::{Admission, Conductor},
    fleet::{Closing, Outbound, Outgoing, SIGN},
    rarely,
    register::Arrival,
    shortened::shortened,
};

/// How long the socket stays open after the goodbye: closing it with bytes of the speaker still unread would reset the
/// connection and could overtake the goodbye.
const LINGER: Duration = Duration::from_millis(300);

/// The most bytes of the reason in a close frame.
const MAX_REASON_BYTES: usize = 120;

/// Serves the connection until it ends.
pub(super) async fn serve(gateway: Gateway, socket: WebSocket, mut comer: Box<Comer>) {
    let held = comer.held.take();
    let arrival = &comer.arrival;
    let peer = arrival.address;
    let (sink, mut stream) = socket.split();
    let sink = Mutex::new(sink);
    let mut flood = FloodWatch::new(gateway.conductor.clock().now());
    // In boxes of their own: what only the first and the last moment need is not carried in between.
    let greeting = Box::pin(greet(&gateway, &sink, &mut stream, (arrival, held), &mut flood));
    let greeted = tokio::select! {
        greeted = greeting => greeted,
        () = gateway.stopping.cancelled() => Err(End::Close(stopping())),
    };
    let end = match greeted {
        Err(end) => end,
        Ok(Greeted { mut admission, hello, presence }) => {
            gateway.conductor.connected(&mut admission);
            let name = &admission.welcome.name;
            if let Some(left_out) = rarely::may_tell(&format!("connected {}", admission.speaker)) {
                tracing::info!(speaker = name, id = %admission.speaker, %peer, left_out, "connected");
            }
            let reader = read(&gateway, &sink, &mut stream, (&admission, hello, arrival.key), &mut flood);
            let end = tokio::select! {
                end = reader => end,
                end = write(&gateway, &sink, &admission) => end,
                () = presence.ended() => End::Close(not_ours(&gateway, arrival)),
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

/// The reading half: ends when the speaker is gone, silent for too long, or says too much.
///
/// `hello` is the text of the first message, which may be long: it tells the plan that the speaker goes by. It is held
/// until the next message is read: while somebody holds it, its buffer cannot be used again, so the socket takes a
/// small one and the large one is freed, instead of being kept for the rest of the connection.
async fn read(
    gateway: &Gateway,
    sink: &Sender,
    stream: &mut SplitStream<WebSocket>,
    (admission, hello, key): (&Admission, Utf8Bytes, Option<Fingerprint>),
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
            AgentMessage::Reveal(reveal) => {
                if let Some(key) = key
                    && let Err(error) = gateway.register.reveal(key, &reveal.number)
                {
                    return End::Close(closing("code_broken", error.to_string(), close_code::POLICY));
                }
            }
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

/// The right of the speaker to be here has ended.
fn not_ours(gateway: &Gateway, arrival: &Arrival) -> Closing {
    if let Some(key) = arrival.key {
        return gateway.register.ended(key);
    }
    let detail = "the login or token by which this page listened has ended; log in again".to_owned();
    closing("login_required", detail, close_code::POLICY)
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
