//! The task that keeps the connection up, for as long as the agent runs.
//!
//! To the agent it is two queues: [`Event`]s out, an [`Outbox`] in. Losing the coordinator is not a fault of the
//! speaker: it plays on, and this task tries again until it is answered.

use std::time::Duration;

use downbeat_protocol::{LocalTime, ServerMessage, agent_message::Hello, exchange::Sample, server_message::Welcome};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use super::{
    address::ServerAddress,
    outbox::Outbox,
    reconnect::{Backoff, BackoffSettings},
    session::{End, Session},
};

/// Events that may wait for the agent; past that the socket waits.
const EVENT_QUEUE: usize = 256;

/// How long a goodbye may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// An event that the connection tells the agent.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The coordinator took us in.
    Connected {
        /// Its answer.
        welcome: Box<Welcome>,
        /// The address of its media: `http://HOST:PORT`.
        media_url: String,
    },
    /// It says this. Never a `welcome` or a `time_reply`.
    Message(Box<ServerMessage>),
    /// A burst of time exchanges is over. Answer with [`Connection::burst_at`].
    TimeBurst(Vec<Sample>),
    /// The connection is gone, or did not come about; the next attempt follows in `retry_in`.
    Disconnected {
        /// For people.
        reason: String,
        /// The wait before the next attempt.
        retry_in: Duration,
    },
    /// The coordinator does not want us; it is asked again in `retry_in`, because somebody may mend it.
    Refused {
        /// Stable, for programs.
        code: String,
        /// For people, with what to do.
        detail: String,
        /// The wait before the next attempt.
        retry_in: Duration,
    },
}

/// How the connection is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectionSettings {
    /// The coordinator's address.
    pub address: ServerAddress,
    /// How long a TCP connection and its upgrade may each take.
    pub connect_timeout: Duration,
    /// How long the answer to `hello` may take.
    pub welcome_timeout: Duration,
    /// A coordinator that is silent for this long is gone, also if asked; sooner if it pings often.
    pub dead_after: Duration,
    /// The next burst begins this long after one if the agent names no other instant.
    pub burst_interval: Duration,
    /// The waits between attempts.
    pub backoff: BackoffSettings,
}

impl ConnectionSettings {
    /// The defaults for a coordinator at `address`.
    pub fn new(address: ServerAddress) -> Self {
        Self {
            address,
            connect_timeout: Duration::from_secs(5),
            welcome_timeout: Duration::from_secs(10),
            dead_after: Duration::from_secs(15),
            burst_interval: Duration::from_secs(8),
            backoff: BackoffSettings::default(),
        }
    }
}

/// The agent's wishes of the task, beside messages.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wishes {
    /// The next burst.
    pub(super) burst_at: Option<LocalTime>,
    /// Say goodbye and end.
    pub(super) close: bool,
}

/// The task's handle. Dropping it ends the task without a goodbye.
#[derive(Debug)]
pub struct Connection {
    outbox: Outbox,
    wishes: watch::Sender<Wishes>,
    task: JoinHandle<()>,
}

impl Connection {
    /// Starts the task on the current runtime. `hello` is asked at each attempt, so that it tells what is known then.
    pub fn start(
        settings: ConnectionSettings,
        hello: impl FnMut() -> Hello + Send + 'static,
    ) -> (Self, mpsc::Receiver<Event>) {
        let (events, receiver) = mpsc::channel(EVENT_QUEUE);
        let (wishes, heeded) = watch::channel(Wishes::default());
        let outbox = Outbox::default();
        let task = tokio::spawn(keep_up(settings, Box::new(hello), outbox.clone(), events, heeded));
        (Self { outbox, wishes, task }, receiver)
    }

    /// The queue of messages to the coordinator.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Sets when the next burst begins (at once, if `at` is past). A new connection begins one by itself.
    pub fn burst_at(&self, at: LocalTime) {
        self.wishes.send_modify(|w| w.burst_at = Some(at));
    }

    /// Says goodbye to the coordinator and ends the task.
    pub async fn close(mut self) {
        self.wishes.send_modify(|w| w.close = true);
        if tokio::time::timeout(CLOSE_TIMEOUT, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn keep_up(
    settings: ConnectionSettings,
    mut hello: Box<dyn FnMut() -> Hello + Send>,
    outbox: Outbox,
    events: mpsc::Sender<Event>,
    mut wishes: watch::Receiver<Wishes>,
) {
    let mut backoff = Backoff::new(settings.backoff, uuid::Uuid::new_v4().as_u64_pair().0);
    loop {
        let began = tokio::time::Instant::now();
        let end = Session::run(&settings, hello(), &outbox, &events, &mut wishes).await;
        outbox.disconnected();
        let (event, wait) = match end {
            End::Closed => return,
            End::Lost { reason, welcomed } => {
                let lasted = if welcomed { began.elapsed() } else { Duration::ZERO };
                let retry_in = backoff.ended(lasted);
                (Event::Disconnected { reason, retry_in }, retry_in)
            }
            End::Refused { code, detail } => {
                let retry_in = backoff.refused();
                (Event::Refused { code, detail, retry_in }, retry_in)
            }
        };
        if events.send(event).await.is_err() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = wishes.wait_for(|w| w.close) => return,
        }
    }
}
