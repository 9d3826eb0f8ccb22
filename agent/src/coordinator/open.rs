//! A connection until the coordinator has taken the speaker in: TCP, WebSocket, `hello`, `welcome`.

use std::{net::SocketAddr, time::Duration};

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
    tungstenite::{self, Message, http::Response, protocol::WebSocketConfig},
};

use super::{address::ServerAddress, dial::dial, event::ConnectionSettings, words::cut};

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
        /// True if it was no coordinator that said so, but a web server.
        web: bool,
    },
}

impl End {
    /// Two attempts failed, one address after the other. What may pass soon decides when the next one is.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Lost { reason: a, .. }, Self::Lost { reason: b, .. } | Self::Refused { detail: b, .. })
            | (Self::Refused { detail: a, .. }, Self::Lost { reason: b, .. }) => {
                Self::Lost { reason: format!("{a}; {b}"), welcomed: false }
            }
            (Self::Refused { code, detail: a, web }, Self::Refused { detail: b, .. }) => {
                Self::Refused { code, detail: format!("{a}; {b}"), web }
            }
            (end, Self::Closed) | (Self::Closed, end) => end,
        }
    }
}

pub(super) type Socket = WebSocketStream<TcpStream>;

/// A connection on which the coordinator has taken the speaker in.
pub(super) struct Opened {
    pub(super) socket: Socket,
    pub(super) welcome: Welcome,
    /// The address that answered.
    pub(super) address: ServerAddress,
    pub(super) peer: SocketAddr,
    /// The name of the server that passed the upgrade on, if it tells one: the coordinator has none.
    pub(super) proxy: Option<String>,
}

/// TCP, WebSocket, `hello`, `welcome`, at the first of the addresses at which there is a coordinator.
pub(super) async fn open(settings: &ConnectionSettings, hello: Hello) -> Result<Opened, End> {
    let mut failed: Option<End> = None;
    for address in settings.address.candidates() {
        let end = match open_at(settings, address, hello.clone()).await {
            Ok(opened) => return Ok(opened),
            Err(end) => end,
        };
        failed = Some(match (failed, end) {
            // a coordinator said this, and no web server that happens to be there
            (_, end @ End::Refused { web: false, .. }) => return Err(end),
            (None, end) => end,
            (Some(before), end) => before.and(end),
        });
    }
    Err(failed.unwrap_or(End::Closed))
}

async fn open_at(settings: &ConnectionSettings, address: ServerAddress, hello: Hello) -> Result<Opened, End> {
    let before = |reason: String| End::Lost { reason, welcomed: false };
    let limit = settings.connect_timeout;
    let stream = dial(&address.resolvable(), address.port, limit)
        .await
        .map_err(|why| before(format!("cannot reach {address}: {why}")))?;
    // Small frames at once: a request that waits for company is late.
    stream.set_nodelay(true).map_err(|e| before(format!("cannot set TCP_NODELAY: {e}")))?;
    let peer = stream.peer_addr().map_err(|e| before(format!("{address} is gone: {e}")))?;
    let config = WebSocketConfig::default()
        .read_buffer_size(8 * 1024)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_SERVER_FRAME_BYTES))
        .max_frame_size(Some(MAX_SERVER_FRAME_BYTES));
    let upgrade = client_async_with_config(address.websocket_url(), stream, Some(config));
    let (mut socket, response) = timeout(limit, upgrade)
        .await
        .map_err(|_| before(format!("{address} did not answer as a WebSocket within {limit:?}")))?
        .map_err(|e| not_upgraded(&address, &e))?;
    let proxy = server_name(&response);
    send(&mut socket, Message::text(fitting_hello(hello))).await.map_err(before)?;
    let welcome = timeout(settings.welcome_timeout, welcome(&mut socket)).await.unwrap_or_else(|_| {
        Err(before(format!("{address} did not answer the hello within {:?}", settings.welcome_timeout)))
    })?;
    Ok(Opened { socket, welcome, address, peer, proxy })
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
                return Err(End::Refused {
                    code: "version_mismatch".into(),
                    detail: ours.mismatch(theirs),
                    web: false,
                });
            }
            Ok(ServerMessage::Error(notice)) => return Err(refused(notice)),
            other => tracing::debug!("before the welcome: {}", cut(&format!("{other:?}"))),
        }
    }
}

fn not_upgraded(address: &ServerAddress, error: &tungstenite::Error) -> End {
    let tungstenite::Error::Http(response) = error else {
        return End::Lost { reason: format!("{address} does not answer as a WebSocket: {error}"), welcomed: false };
    };
    let status = response.status().as_u16();
    let to = header(response, "location").unwrap_or_default();
    let detail = format!("{address} {}", no_socket(status, server_name(response).as_deref(), &to));
    // what a restart of the coordinator behind a proxy mends is tried again soon
    match status {
        500.. => End::Lost { reason: detail, welcomed: false },
        _ => End::Refused { code: format!("http_{status}"), detail, web: true },
    }
}

/// The meaning of an answer that opens no WebSocket; `server`: as the answering server calls itself.
fn no_socket(status: u16, server: Option<&str>, location: &str) -> String {
    let proxy =
        server.map_or_else(|| "a proxy before the coordinator".to_owned(), |name| format!("the proxy ({name})"));
    match status {
        400 | 426 => format!(
            "answers HTTP {status} to a WebSocket: {proxy} passes the request on without its headers Upgrade and \
             Connection; nginx needs proxy_http_version 1.1 and proxy_set_header for both"
        ),
        401 | 407 => format!("answers HTTP {status}: {proxy} wants a password, and must not want it of speakers"),
        404 if server.is_some() => format!(
            "answers HTTP 404, and it is {proxy} that does: is the coordinator below a path of it? Then write \
             ws://HOST/PATH"
        ),
        502 | 503 => format!(
            "answers HTTP {status}: {proxy} gets no answer from the coordinator behind it; does the coordinator run, \
             and does the proxy have its address?"
        ),
        504 => format!("answers HTTP 504: the coordinator behind {proxy} does not answer in time"),
        200..=299 => format!(
            "answers with a page (HTTP {status}) and not with a WebSocket: is a Downbeat coordinator there, or does \
             {proxy} lead elsewhere?"
        ),
        300..=399 if location.starts_with("https:") => format!(
            "sends on to {location:?}: {proxy} wants encryption, which speakers do not have yet; let it pass /ws and \
             /media as they are"
        ),
        300..=399 => format!("sends on to {location:?} (HTTP {status}), which is not followed; write that address"),
        _ => format!("answers HTTP {status}: is a Downbeat coordinator there?"),
    }
}

/// The name of a server that tells one.
fn server_name<T>(response: &Response<T>) -> Option<String> {
    header(response, "server").or_else(|| header(response, "via"))
}

fn header<T>(response: &Response<T>, name: &str) -> Option<String> {
    let text = response.headers().get(name)?.to_str().ok()?;
    Some(cut(text.get(..200).unwrap_or(text)).into_owned()).filter(|text| !text.is_empty())
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
    End::Refused { code: notice.code, detail: notice.detail, web: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_is_named_where_it_is_the_cause() {
        let nginx = Some("nginx/1.22.1");
        for (status, server, said) in [
            (426, nginx, "the proxy (nginx/1.22.1) passes the request on without its headers Upgrade and Connection"),
            (400, None, "a proxy before the coordinator passes the request on without its headers"),
            (502, nginx, "the proxy (nginx/1.22.1) gets no answer from the coordinator behind it"),
            (503, nginx, "the proxy (nginx/1.22.1) gets no answer"),
            (504, nginx, "behind the proxy (nginx/1.22.1) does not answer in time"),
            (404, nginx, "write ws://HOST/PATH"),
            (404, None, "is a Downbeat coordinator there?"),
            (401, nginx, "wants a password"),
            (200, nginx, "answers with a page (HTTP 200)"),
            (301, nginx, "wants encryption"),
            (418, None, "is a Downbeat coordinator there?"),
        ] {
            let text = no_socket(status, server, "https://pi/");
            assert!(text.contains(said), "{status}: {text}");
        }
        assert!(no_socket(302, None, "http://pi/x").contains("write that address"));
    }

    #[test]
    fn what_may_pass_soon_is_tried_again_soon() {
        let lost = |reason: &str| End::Lost { reason: reason.into(), welcomed: false };
        let refused = |detail: &str| End::Refused { code: "http_404".into(), detail: detail.into(), web: true };
        for (a, b) in [(lost("a"), lost("b")), (lost("a"), refused("b")), (refused("a"), lost("b"))] {
            assert!(matches!(a.and(b), End::Lost { reason, .. } if reason == "a; b"));
        }
        assert!(matches!(refused("a").and(refused("b")), End::Refused { detail, .. } if detail == "a; b"));
    }
}
