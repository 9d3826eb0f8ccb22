//! The task that keeps the connection up, for as long as the agent runs.
//!
//! To the agent it is two queues: [`Event`]s out, an [`Outbox`] in. Losing the coordinator is not a fault of the
//! speaker: it plays on, and this task tries again until it is answered.

use std::time::Duration;

use downbeat_protocol::{LocalTime, adoption::code, agent_message::Hello};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use super::{
    event::{ConnectionRequests, ConnectionSettings, Event},
    greeting::Exchanges,
    opened::End,
    outbox::Outbox,
    reconnect::Backoff,
    session::Session,
    words::shorten,
};

/// Events that may wait for the agent; past that the socket waits.
const EVENT_QUEUE: usize = 256;

/// A speaker that was refused or revoked asks again after so long.
const ASK_AGAIN: Duration = Duration::from_hours(1);

/// How long a goodbye may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The task's handle. Dropping it ends the task without a goodbye.
#[derive(Debug)]
pub struct Connection {
    outbox: Outbox,
    requests: watch::Sender<ConnectionRequests>,
    task: JoinHandle<()>,
}

impl Connection {
    /// Starts the task on the current runtime. `hello` is asked at each attempt, so that it tells what is known then.
    pub fn start(
        settings: ConnectionSettings,
        hello: impl FnMut() -> Hello + Send + 'static,
    ) -> (Self, mpsc::Receiver<Event>) {
        let (events, receiver) = mpsc::channel(EVENT_QUEUE);
        let (requests, heeded) = watch::channel(ConnectionRequests::default());
        let outbox = Outbox::default();
        let task = tokio::spawn(keep_up(settings, Box::new(hello), outbox.clone(), events, heeded));
        (Self { outbox, requests, task }, receiver)
    }

    /// The queue of messages to the coordinator.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Sets when the next burst begins (at once, if `at` is past). A new connection begins one by itself.
    pub fn burst_at(&self, at: LocalTime) {
        self.requests.send_modify(|w| w.burst_at = Some(at));
    }

    /// Says goodbye to the coordinator and ends the task.
    pub async fn close(mut self) {
        self.requests.send_modify(|w| w.close = true);
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

/// True if a person said no: what they said then, they seldom take back within a minute.
fn decided(code: &str) -> bool {
    matches!(code, code::REFUSED | code::REVOKED)
}

async fn keep_up(
    settings: ConnectionSettings,
    mut hello: Box<dyn FnMut() -> Hello + Send>,
    outbox: Outbox,
    events: mpsc::Sender<Event>,
    mut requests: watch::Receiver<ConnectionRequests>,
) {
    let mut backoff = Backoff::new(settings.backoff, uuid::Uuid::new_v4().as_u64_pair().0);
    let mut exchanges = Exchanges::default();
    loop {
        let began = tokio::time::Instant::now();
        let end = Session::run(&settings, hello(), &mut exchanges, &outbox, &events, &mut requests).await;
        outbox.disconnected();
        let (event, wait) = match end {
            End::Closed => return,
            End::Lost { mut reason, welcomed } => {
                shorten(&mut reason);
                let lasted = if welcomed { began.elapsed() } else { Duration::ZERO };
                let retry_in = backoff.ended(lasted);
                (Event::Disconnected { reason, retry_in }, retry_in)
            }
            End::Refused { mut code, mut detail, .. } => {
                shorten(&mut code);
                shorten(&mut detail);
                let retry_in = if decided(&code) { ASK_AGAIN } else { backoff.refused() };
                (Event::Refused { code, detail, retry_in }, retry_in)
            }
        };
        if events.send(event).await.is_err() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = requests.wait_for(|w| w.close) => return,
        }
    }
}
