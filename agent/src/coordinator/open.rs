//! A connection until the coordinator has taken the speaker in: TCP, WebSocket, `hello`, `welcome`.

use std::time::Duration;

use downbeat_protocol::{
    AgentMessage, MAX_AGENT_FRAME_BYTES, MAX_SERVER_FRAME_BYTES, ServerMessage,
    agent_message::Hello,
    codec::{decode_server_message, encode_agent_message},
    handshake::VersionRange,
    server_message::{ErrorNotice, Welcome},
};
use futures_util::{SinkExt, StreamExt};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{self, Message, protocol::WebSocketConfig},
};

use super::{event::ConnectionSettings, words::cut};

/// A frame that cannot be handed to the socket in this time has nobody at the other end.
pub(super) const SEND_TIMEOUT: Duration = Duration::from_secs(5);

/// How a connection ended.
#[derive(Debug)]
pub(super) enum End {
    /// We were told to.
    Closed,
    /// The network, the coordinator or its silence.
    Lost {
        /// For people.
        reason: String,
        /// True if the coordinator had taken us in.
        welcomed: bool,
    },
    /// The coordinator does not want us.
    Refused {
        /// For programs.
        code: String,
        /// For people.
        detail: String,
    },
}

pub(super) type Socket = WebSocketStream<TcpStream>;

/// TCP, WebSocket, `hello`, `welcome`.
pub(super) async fn open(settings: &ConnectionSettings, hello: Hello) -> Result<(Socket, Welcome), End> {
    let before = |reason: String| End::Lost { reason, welcomed: false };
    let address = &settings.address;
    let limit = settings.connect_timeout;
    let stream = timeout(limit, TcpStream::connect((address.host.as_str(), address.port)))
        .await
        .map_err(|_| before(format!("{address} did not answer within {limit:?}")))?
        .map_err(|e| before(format!("cannot reach {address}: {e}")))?;
    // Small frames at once: a request that waits for company is late.
    stream.set_nodelay(true).map_err(|e| before(format!("cannot set TCP_NODELAY: {e}")))?;
    let config = WebSocketConfig::default()
        .read_buffer_size(8 * 1024)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_SERVER_FRAME_BYTES))
        .max_frame_size(Some(MAX_SERVER_FRAME_BYTES));
    let upgrade = client_async_with_config(address.websocket_url(), stream, Some(config));
    let (mut socket, _) = timeout(limit, upgrade)
        .await
        .map_err(|_| before(format!("{address} did not answer as a WebSocket within {limit:?}")))?
        .map_err(|e| not_upgraded(address, &e))?;
    send(&mut socket, Message::text(fitting_hello(hello))).await.map_err(before)?;
    let welcome = timeout(settings.welcome_timeout, welcome(&mut socket)).await.unwrap_or_else(|_| {
        Err(before(format!("{address} did not answer the hello within {:?}", settings.welcome_timeout)))
    })?;
    Ok((socket, welcome))
}

async fn welcome(socket: &mut Socket) -> Result<Welcome, End> {
    let before = |reason: String| End::Lost { reason, welcomed: false };
    loop {
        let text = match socket.next().await {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(_))) | None => return Err(before("the coordinator hung up on our hello".into())),
            Some(Ok(_)) => continue,
            Some(Err(error)) => return Err(before(error.to_string())),
        };
        match decode_server_message(text.as_str()) {
            Ok(ServerMessage::Welcome(welcome)) => {
                let ours = VersionRange::OURS;
                if (ours.min..=ours.max).contains(&welcome.protocol) {
                    return Ok(welcome);
                }
                let theirs = VersionRange { min: welcome.protocol, max: welcome.protocol };
                return Err(End::Refused { code: "version_mismatch".into(), detail: ours.mismatch(theirs) });
            }
            Ok(ServerMessage::Error(notice)) => return Err(refused(notice)),
            other => tracing::debug!("before the welcome: {}", cut(&format!("{other:?}"))),
        }
    }
}

fn not_upgraded(address: &super::ServerAddress, error: &tungstenite::Error) -> End {
    match error {
        tungstenite::Error::Http(response) if response.status().is_client_error() => End::Refused {
            code: format!("http_{}", response.status().as_u16()),
            detail: format!("{address} answers HTTP {}: is a Downbeat coordinator there?", response.status()),
        },
        error => End::Lost { reason: format!("{address} does not answer as a WebSocket: {error}"), welcomed: false },
    }
}

/// The hello as text that the coordinator accepts: of a long plan, what comes first.
fn fitting_hello(mut hello: Hello) -> String {
    loop {
        let text = encode_agent_message(&AgentMessage::Hello(Box::new(hello.clone())));
        match &mut hello.known {
            Some(known) if text.len() > MAX_AGENT_FRAME_BYTES && !known.plan.is_empty() => {
                known.plan.truncate(known.plan.len() / 2);
            }
            _ => return text,
        }
    }
}

pub(super) async fn send(socket: &mut Socket, message: Message) -> Result<(), String> {
    match timeout(SEND_TIMEOUT, socket.send(message)).await {
        Ok(result) => result.map_err(|e| e.to_string()),
        Err(_) => Err(format!("the coordinator took nothing for {SEND_TIMEOUT:?}")),
    }
}

pub(super) fn refused(notice: ErrorNotice) -> End {
    End::Refused { code: notice.code, detail: notice.detail }
}
