//! Frames of a connection, out and in, and how it ends.

use axum::extract::ws::{Message, WebSocket};
use downbeat_protocol::{CodecError, MAX_AGENT_FRAME_BYTES, ServerMessage, codec, server_message::ErrorNotice};
use futures_util::{SinkExt as _, stream::SplitSink};
use tokio::{sync::Mutex, time::timeout};
use tokio_tungstenite::tungstenite;

use super::{Gateway, flood::FloodWatch};
use crate::{
    fleet::Closing,
    shortened::{MAX_DETAIL_BYTES, shortened},
};

/// WebSocket close codes (RFC 6455, 7.4.1).
pub(super) mod close_code {
    pub(in super::super) const GOING_AWAY: u16 = 1001;
    pub(in super::super) const POLICY: u16 = 1008;
    pub(in super::super) const TOO_LARGE: u16 = 1009;
    pub(in super::super) const TRY_AGAIN: u16 = 1013;
}

/// Why a half ended.
pub(super) enum End {
    /// The speaker is gone: nothing can be said any more.
    Gone(&'static str),
    /// Say why, and close.
    Close(Closing),
}

pub(super) type Sender = Mutex<SplitSink<WebSocket, Message>>;

/// Sends one frame; a socket that does not take it for as long as a ping may take is given up.
pub(super) async fn send(gateway: &Gateway, sink: &Sender, message: Message) -> Result<(), End> {
    match timeout(gateway.settings.ping_timeout, async { sink.lock().await.send(message).await }).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Gone("the connection broke")),
        Err(_) => Err(End::Gone("does not read")),
    }
}

/// Answers what was no message; closes if that happens too often.
pub(super) async fn complain(
    gateway: &Gateway,
    sink: &Sender,
    error: &CodecError,
    flood: &mut FloodWatch,
) -> Result<(), End> {
    let now = gateway.conductor.clock().now();
    if flood.bad_message(now) {
        return Err(End::Close(too_much()));
    }
    let detail = shortened(&error.to_string(), MAX_DETAIL_BYTES);
    let notice = ErrorNotice { server_time: now, code: error.code().into(), detail, fatal: false };
    let text = codec::encode_server_message(&ServerMessage::Error(notice));
    send(gateway, sink, Message::Text(text.into())).await
}

/// The meaning of the end of the stream.
pub(super) fn ended(next: Option<Result<Message, axum::Error>>) -> End {
    let Some(Err(error)) = next else { return End::Gone("closed by the speaker") };
    if let Some(tungstenite::Error::Capacity(_)) = error.into_inner().downcast_ref() {
        let detail = format!("a frame over the limit of {MAX_AGENT_FRAME_BYTES} bytes");
        return End::Close(closing("frame_too_large", detail, close_code::TOO_LARGE));
    }
    End::Gone("the connection broke")
}

pub(super) fn closing(code: &'static str, detail: String, close_code: u16) -> Closing {
    Closing { code, detail, close_code }
}

pub(super) fn too_much() -> Closing {
    closing("flood", "too many messages, or too many that are none".into(), close_code::POLICY)
}
