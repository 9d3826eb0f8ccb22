//! The first words of a connection: the hello, the verdict on it, the welcome; and the wait of one that nobody has
//! adopted.

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use downbeat_protocol::{
    AgentMessage, ServerMessage,
    adoption::{Standing, code},
    agent_message::Hello,
    codec,
    handshake::VersionRange,
    server_message::Identify,
};
use downbeat_trust::rights::SpeakerState;
use futures_util::{StreamExt as _, stream::SplitStream};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::{
    Gateway,
    flood::FloodWatch,
    frames::{End, Sender, close_code, closing, complain, ended, send, too_much},
};
use crate::{
    conductor::{Admission, ConductorError, Terms},
    rarely,
    register::{Arrival, Entry, Presence, Verdict, Waiting, Word},
    shortened::shortened,
    sockets::Held,
};

/// The most bytes of a name in the log.
const NAME_BYTES: usize = 128;

/// A speaker that is let in.
pub(super) struct Greeted {
    pub(super) admission: Admission,
    /// The text of its hello.
    pub(super) hello: Utf8Bytes,
    pub(super) presence: Presence,
}

/// Waits for the hello, and lets the speaker in or not.
pub(super) async fn greet(
    gateway: &Gateway,
    sink: &Sender,
    stream: &mut SplitStream<WebSocket>,
    (arrival, held): (&Arrival, Option<Held>),
    flood: &mut FloodWatch,
) -> Result<Greeted, End> {
    let peer = arrival.address;
    let hello = timeout(gateway.settings.hello_timeout, first_message(gateway, sink, stream, flood));
    let hello = tokio::select! {
        hello = hello => hello,
        () = gave_way(held.as_ref()) => return Err(End::Gone("gave way to another")),
    };
    let (mut hello, text) = hello.map_err(|_| {
        let seconds = gateway.settings.hello_timeout.as_secs_f32();
        End::Close(closing("hello_expected", format!("no hello within {seconds} s"), close_code::POLICY))
    })??;
    if let Some(held) = held {
        held.keep();
    }
    let Some(version) = hello.protocol.negotiate(VersionRange::OURS) else {
        let detail = hello.protocol.mismatch(VersionRange::OURS);
        if let Some(left_out) = rarely::may_tell(&format!("refused {}", peer.ip())) {
            let name = shortened(&hello.name, NAME_BYTES);
            tracing::warn!(%peer, name, detail, left_out, "a speaker is refused");
        }
        return Err(End::Close(closing("version_mismatch", detail, close_code::POLICY)));
    };
    let entry = judged(gateway, sink, stream, (&hello, arrival), flood).await?;
    hello.speaker_id = entry.id;
    let terms = Terms { peer, encrypted: arrival.encrypted, adopted: entry.adopted, may_be_new: entry.may_be_new };
    let admission = gateway.conductor.admit(&hello, version, terms).await.map_err(|error| {
        if let Some(left_out) = rarely::may_tell(&format!("not admitted {}", peer.ip())) {
            let name = shortened(&hello.name, NAME_BYTES);
            tracing::error!(%peer, name, %error, left_out, "a speaker cannot be let in");
        }
        let code = if matches!(error, ConductorError::Copied) { code::COPIED } else { "not_admitted" };
        End::Close(closing(code, error.to_string(), close_code::TRY_AGAIN))
    })?;
    if let (Some(key), true) = (arrival.key, entry.adopted) {
        gateway.register.speaks_for(key, admission.speaker).await;
    }
    let welcome = codec::encode_server_message(&ServerMessage::Welcome(admission.welcome.clone()));
    if let Err(end) = send(gateway, sink, Message::Text(welcome.into())).await {
        gateway.conductor.disconnected(&admission);
        return Err(end);
    }
    Ok(Greeted { admission, hello: text, presence: entry.presence })
}

/// Returns when another connection needs the place of this one, which has said nothing yet.
async fn gave_way(held: Option<&Held>) {
    match held {
        Some(held) => held.gone().await,
        None => std::future::pending().await,
    }
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

/// Asks the register, and waits with the speaker as long as that takes.
async fn judged(
    gateway: &Gateway,
    sink: &Sender,
    stream: &mut SplitStream<WebSocket>,
    (hello, arrival): (&Hello, &Arrival),
    flood: &mut FloodWatch,
) -> Result<Entry, End> {
    loop {
        match gateway.register.judge(hello, arrival).await {
            Verdict::In(entry) => {
                if let Some(standing) = &entry.standing {
                    tell(gateway, sink, standing.clone()).await?;
                }
                return Ok(entry);
            }
            Verdict::Out(closing) => {
                let peer = arrival.address;
                if let Some(left_out) = rarely::may_tell(&format!("not let in {}", peer.ip())) {
                    let (name, why) = (shortened(&hello.name, NAME_BYTES), &closing.detail);
                    tracing::warn!(%peer, name, why, left_out, "a speaker is not let in");
                }
                return Err(End::Close(closing));
            }
            Verdict::Wait(waiting) => wait(gateway, sink, stream, (arrival, waiting), flood).await?,
        }
    }
}

async fn tell(gateway: &Gateway, sink: &Sender, standing: Standing) -> Result<(), End> {
    let standing = Standing { server_time: gateway.conductor.clock().now(), ..standing };
    let text = codec::encode_server_message(&ServerMessage::Standing(standing));
    send(gateway, sink, Message::Text(text.into())).await
}

/// A speaker waits to be adopted: it hears nothing but its state, the number for the code, and a beep that an admin
/// asks for. Returns once somebody has decided.
async fn wait(
    gateway: &Gateway,
    sink: &Sender,
    stream: &mut SplitStream<WebSocket>,
    (arrival, mut waiting): (&Arrival, Waiting),
    flood: &mut FloodWatch,
) -> Result<(), End> {
    tell(gateway, sink, waiting.standing.clone()).await?;
    let clock = gateway.conductor.clock();
    let mut pings = interval(gateway.settings.ping_interval);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings.reset();
    loop {
        let next = tokio::select! {
            biased;
            () = waiting.presence.ended() => {
                let key = arrival.key.filter(|key| gateway.register.state(*key) == SpeakerState::Pending);
                return key.map_or(Ok(()), |key| Err(End::Close(gateway.register.ended(key))));
            }
            word = waiting.words.recv() => match word {
                Some(Word::Decided) => return Ok(()),
                Some(Word::Beep) => {
                    let beep = Identify { server_time: clock.now(), at: clock.now() };
                    let text = codec::encode_server_message(&ServerMessage::Identify(beep));
                    send(gateway, sink, Message::Text(text.into())).await?;
                    continue;
                }
                // another connection of this key took the place
                None => return Err(End::Gone("replaced")),
            },
            _ = pings.tick() => {
                send(gateway, sink, Message::Ping(axum::body::Bytes::new())).await?;
                continue;
            }
            next = timeout(gateway.settings.ping_timeout, stream.next()) => next,
        };
        let Ok(next) = next else { return Err(End::Gone("silent for too long")) };
        let text = match next {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_))) => {
                if flood.message(clock.now()) {
                    return Err(End::Close(too_much()));
                }
                continue;
            }
            other => return Err(ended(other)),
        };
        if flood.message(clock.now()) {
            return Err(End::Close(too_much()));
        }
        match codec::decode_agent_message(&text) {
            Ok(AgentMessage::Reveal(reveal)) => {
                let Some(key) = arrival.key else { continue };
                if let Err(error) = gateway.register.reveal(key, &reveal.number) {
                    return Err(End::Close(closing("code_broken", error.to_string(), close_code::POLICY)));
                }
            }
            // all else is for one that is let in
            Ok(_) => {}
            Err(error) => complain(gateway, sink, &error, flood).await?,
        }
    }
}
