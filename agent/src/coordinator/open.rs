//! A connection until the coordinator has taken the speaker in: TCP, TLS, WebSocket, `hello`, `welcome`.

use downbeat_protocol::{MAX_SERVER_FRAME_BYTES, agent_message::Hello, server_message::Welcome};
use tokio::{net::TcpStream, sync::mpsc, time::timeout};
use tokio_tungstenite::{
    client_async_with_config,
    tungstenite::{self, Message, http::Response, protocol::WebSocketConfig},
};
use tokio_util::either::Either;

use super::{
    address::ServerAddress,
    dial::dial,
    discover,
    event::{ConnectionSettings, Event, Place},
    greeting::{Exchanges, Patience, fitting_hello, welcome},
    opened::{End, Opened, SEND_TIMEOUT, send},
    secure::{NoTls, Proof, Wire, secure},
    words::cut,
};
use downbeat_identity::Pin;

/// Why a coordinator did not take a speaker in.
#[derive(Debug, thiserror::Error)]
#[error("{detail}")]
pub struct NotTakenIn {
    /// The coordinator's code, if it refused.
    pub code: Option<String>,
    /// For people.
    pub detail: String,
}

/// Is taken in by a coordinator, and hangs up.
pub async fn take_in(settings: &ConnectionSettings, hello: Hello) -> Result<Welcome, NotTakenIn> {
    let (events, mut unheard) = mpsc::channel(8);
    tokio::spawn(async move { while unheard.recv().await.is_some() {} });
    match open(settings, hello, &mut Exchanges::default(), &events).await {
        Ok(mut opened) => {
            let _ = timeout(SEND_TIMEOUT, opened.socket.close(None)).await;
            Ok(opened.welcome)
        }
        Err(End::Lost { reason, .. }) => Err(NotTakenIn { code: None, detail: reason }),
        Err(End::Refused { code, detail, .. }) => Err(NotTakenIn { code: Some(code), detail }),
        Err(End::Closed) => Err(NotTakenIn { code: None, detail: "there is no address to try".into() }),
    }
}

/// TCP, WebSocket, `hello`, `welcome`, at the first of the addresses at which there is a coordinator.
pub(super) async fn open(
    settings: &ConnectionSettings,
    hello: Hello,
    exchanges: &mut Exchanges,
    events: &mpsc::Sender<Event>,
) -> Result<Opened, End> {
    let mut failed: Option<End> = None;
    for address in addresses(settings).await? {
        let end = match open_at(settings, address, hello.clone(), exchanges, events).await {
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

async fn open_at(
    settings: &ConnectionSettings,
    address: ServerAddress,
    mut hello: Hello,
    exchanges: &mut Exchanges,
    events: &mpsc::Sender<Event>,
) -> Result<Opened, End> {
    let before = |reason: String| End::Lost { reason, welcomed: false };
    let limit = settings.connect_timeout;
    let (wire, peer, proof) = wire(settings, &address).await?;
    let config = WebSocketConfig::default()
        .read_buffer_size(8 * 1024)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_SERVER_FRAME_BYTES))
        .max_frame_size(Some(MAX_SERVER_FRAME_BYTES));
    let upgrade = client_async_with_config(address.websocket_url(), wire, Some(config));
    let (mut socket, response) = timeout(limit, upgrade)
        .await
        .map_err(|_| before(format!("{address} did not answer as a WebSocket within {limit:?}")))?
        .map_err(|e| not_upgraded(&address, &e))?;
    let proxy = server_name(&response);
    let exchange = match (&settings.trust, &proof) {
        (Some(trust), Some(proof)) => {
            let open = {
                let trust = trust.lock();
                (trust.pin() == Pin::Open).then(|| trust.fingerprint())
            };
            open.and_then(|agent| exchanges.begin(agent)).map(|exchange| (exchange, proof.known.ca))
        }
        _ => None,
    };
    hello.commitment = exchange.as_ref().map(|(exchange, _)| exchange.commitment());
    if proof.is_none() {
        // a secret is for the one that has proved who it is
        hello.credentials = None;
    }
    send(&mut socket, Message::text(fitting_hello(hello))).await.map_err(before)?;
    let patience = Patience { answer: settings.welcome_timeout, silence: settings.dead_after };
    let welcome = welcome(&mut socket, patience, exchange, events).await.map_err(|end| end.at(&address))?;
    Ok(Opened { socket, welcome, address, peer, proof, proxy })
}

/// The addresses to try, in order.
async fn addresses(settings: &ConnectionSettings) -> Result<Vec<ServerAddress>, End> {
    match &settings.place {
        Place::At(address) => Ok(address.candidates().collect()),
        Place::Found => {
            let pin = settings.trust.as_ref().map_or(Pin::Open, |trust| trust.lock().pin());
            let found = discover::find(pin).await;
            found.map_err(|reason| End::Lost { reason, welcomed: false })
        }
    }
}

/// A connection, over TLS where the coordinator has it. In clear only if the coordinator has none, and only by a
/// speaker that nobody has adopted and that may.
async fn wire(
    settings: &ConnectionSettings,
    address: &ServerAddress,
) -> Result<(Wire, std::net::SocketAddr, Option<Proof>), End> {
    let (stream, peer) = connect(settings, address).await?;
    let Some(trust) = &settings.trust else { return Ok((Either::Left(stream), peer, None)) };
    let limit = settings.connect_timeout;
    let secured = timeout(limit, Box::pin(secure(trust, address, stream))).await;
    let refused = |code: &str, detail: String| End::Refused { code: code.into(), detail, web: true };
    match secured.unwrap_or_else(|_| Err(NoTls::Lost(format!("{address} did not speak TLS within {limit:?}")))) {
        Ok((wire, proof)) => Ok((wire, peer, Some(proof))),
        Err(NoTls::Lost(reason)) => Err(End::Lost { reason, welcomed: false }),
        Err(NoTls::Refused(detail)) => Err(refused("not_ours", detail)),
        Err(NoTls::Clear) => {
            let (pin, from_before) = {
                let trust = trust.lock();
                (trust.pin(), trust.is_from_before())
            };
            if pin != Pin::Open {
                let detail = format!(
                    "{address} does not encrypt, and the coordinator that adopted this speaker does. Another program \
                     may answer in its place; if this is a coordinator of an earlier version on purpose, run \
                     `downbeat-agent forget`"
                );
                return Err(refused("not_encrypted", detail));
            }
            if address.is_secure() || !(from_before || settings.allow_unencrypted) {
                let detail = format!(
                    "{address} does not encrypt: it is a coordinator of an earlier version, a proxy, or another \
                     program. Upgrade the coordinator, or name its own port; in a network that you trust, start this \
                     speaker with --allow-unencrypted"
                );
                return Err(refused("not_encrypted", detail));
            }
            let (stream, peer) = connect(settings, address).await?;
            Ok((Either::Left(stream), peer, None))
        }
    }
}

async fn connect(
    settings: &ConnectionSettings,
    address: &ServerAddress,
) -> Result<(TcpStream, std::net::SocketAddr), End> {
    let before = |reason: String| End::Lost { reason, welcomed: false };
    let stream = dial(&address.resolvable(), address.port, settings.connect_timeout)
        .await
        .map_err(|why| before(format!("cannot reach {address}: {why}")))?;
    // Small frames at once: a request that waits for company is late.
    stream.set_nodelay(true).map_err(|e| before(format!("cannot set TCP_NODELAY: {e}")))?;
    let peer = stream.peer_addr().map_err(|e| before(format!("{address} is gone: {e}")))?;
    Ok((stream, peer))
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
            "sends on to {location:?}: {proxy} wants encryption of its own, and speakers encrypt with the coordinator \
             itself; write the coordinator's own port, or let the proxy pass TCP on"
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
