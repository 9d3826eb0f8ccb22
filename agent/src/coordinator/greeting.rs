//! The words until the coordinator has taken the speaker in: `hello`, the exchange for the code, `welcome`.

use std::time::Duration;

use downbeat_identity::{
    Fingerprint,
    pairing::{Code, Commitment, Nonce, code},
};
use downbeat_protocol::{
    AgentMessage, MAX_AGENT_FRAME_BYTES, ServerMessage,
    adoption::{KeyState, Reveal, Standing},
    agent_message::Hello,
    codec::{decode_server_message, encode_agent_message},
    handshake::VersionRange,
    server_message::Welcome,
};
use futures_util::StreamExt as _;
use tokio::{sync::mpsc, time::Instant, time::timeout_at};
use tokio_tungstenite::tungstenite::Message;

use super::{
    event::Event,
    opened::{End, Socket, refused, send},
    words::{cut, shorten},
};

/// A speaker begins an exchange at most so often: each is a try of one in the middle.
const EXCHANGE_EVERY: Duration = Duration::from_secs(10);

/// The exchanges of a speaker that nobody has adopted.
#[derive(Debug, Default)]
pub(super) struct Exchanges {
    last: Option<Instant>,
}

/// One exchange: the number that the speaker is bound to.
#[derive(Debug)]
pub(super) struct Exchange {
    agent: Fingerprint,
    nonce: Nonce,
}

impl Exchanges {
    /// Begins one, unless the last was a moment ago.
    pub(super) fn begin(&mut self, agent: Fingerprint) -> Option<Exchange> {
        let now = Instant::now();
        if self.last.is_some_and(|last| now < last + EXCHANGE_EVERY) {
            return None;
        }
        let nonce = Nonce::generate().inspect_err(|error| tracing::warn!("no code can be made: {error}")).ok()?;
        self.last = Some(now);
        Some(Exchange { agent, nonce })
    }
}

impl Exchange {
    /// The speaker's word on its number, for the hello.
    pub(super) fn commitment(&self) -> String {
        Commitment::to(self.agent, &self.nonce).to_string()
    }

    fn code(&self, ca: Fingerprint, theirs: &Nonce) -> Code {
        code(self.agent, ca, &self.nonce, theirs)
    }
}

/// The patience with the coordinator.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Until it answers the hello.
    pub(super) answer: Duration,
    /// Between its signs of life, while the speaker waits to be adopted.
    pub(super) silence: Duration,
}

/// Waits for the welcome; of a speaker that nobody has adopted, for as long as that takes.
pub(super) async fn welcome(
    socket: &mut Socket,
    patience: Patience,
    mut exchange: Option<(Exchange, Fingerprint)>,
    events: &mpsc::Sender<Event>,
) -> Result<Welcome, End> {
    let before = |reason: String| End::Lost { reason, welcomed: false };
    let mut waiting = false;
    let mut deadline = Instant::now() + patience.answer;
    loop {
        let Ok(next) = timeout_at(deadline, socket.next()).await else {
            let within = if waiting { patience.silence } else { patience.answer };
            return Err(before(format!("it did not answer the hello within {within:?}")));
        };
        if waiting {
            deadline = Instant::now() + patience.silence;
        }
        let text = match next {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(_))) | None => return Err(before("the coordinator hung up on our hello".into())),
            Some(Ok(_)) => continue,
            Some(Err(error)) => return Err(before(error.to_string())),
        };
        match decode_server_message(text.as_str()) {
            Ok(ServerMessage::Welcome(welcome)) => return understood(welcome),
            Ok(ServerMessage::Error(notice)) => return Err(refused(notice)),
            Ok(ServerMessage::Standing(standing)) if standing.state == KeyState::Pending => {
                waiting = true;
                deadline = Instant::now() + patience.silence;
                let code = agree(socket, &standing, &mut exchange).await?;
                let mut detail = standing.detail;
                shorten(&mut detail);
                events.send(Event::Pending { code, detail }).await.map_err(|_| End::Closed)?;
            }
            Ok(message @ ServerMessage::Identify(_)) if waiting => {
                events.send(Event::Message(Box::new(message))).await.map_err(|_| End::Closed)?;
            }
            other => tracing::debug!("before the welcome: {}", cut(&format!("{other:?}"))),
        }
    }
}

/// Opens the own number, once, and says the code that both ends have now.
async fn agree(
    socket: &mut Socket,
    standing: &Standing,
    exchange: &mut Option<(Exchange, Fingerprint)>,
) -> Result<Option<Code>, End> {
    let Some(theirs) = standing.number.as_deref().and_then(|number| number.parse::<Nonce>().ok()) else {
        return Ok(None);
    };
    // a second number in one exchange would be a choice for one in the middle
    let Some((exchange, ca)) = exchange.take() else { return Ok(None) };
    let reveal = AgentMessage::Reveal(Reveal { number: exchange.nonce.to_string() });
    let sent = send(socket, Message::text(encode_agent_message(&reveal))).await;
    sent.map_err(|reason| End::Lost { reason, welcomed: false })?;
    Ok(Some(exchange.code(ca, &theirs)))
}

fn understood(welcome: Welcome) -> Result<Welcome, End> {
    let ours = VersionRange::OURS;
    if (ours.min..=ours.max).contains(&welcome.protocol) {
        return Ok(welcome);
    }
    let theirs = VersionRange { min: welcome.protocol, max: welcome.protocol };
    Err(End::Refused { code: "version_mismatch".into(), detail: ours.mismatch(theirs), web: false })
}

/// The hello as text that the coordinator accepts: of a long plan, what comes first.
pub(super) fn fitting_hello(mut hello: Hello) -> String {
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
