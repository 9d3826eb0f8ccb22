//! A POST may be sent twice: the answer to the first one was lost on its way, and the client cannot know. With the same
//! `Idempotency-Key` the second one does nothing and gets the first one's answer. That holds for a day, also for a
//! coordinator that was started anew in between.
//!
//! The work goes on if the client hangs up (`router::to_its_end`), for it will ask again. An answer is kept before it
//! is sent; answers that say "the coordinator could not" (5xx) are not kept, so that trying again is worth it; but
//! `not_kept` says that it is in force, and is kept like a success. Where the disk is full an answer is kept in memory.
//! That it begins is kept, too, before anything that it changes: all writes queue up for one connection, and this one
//! is the first in the line. So where the power went in between, the second one is told that nobody knows, and does
//! nothing.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header, response::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::Utc;
use tokio::sync::watch;

use super::{
    asker::Asker,
    problem::{InForce, Problem, ProblemBody, Secretive},
    whole_body,
};
use crate::rarely;
use downbeat_store::{AnswerRow, Store};

/// The header that names a request.
pub const HEADER: &str = "idempotency-key";
/// In an answer that was given before.
pub const REPLAYED: &str = "idempotency-replayed";
/// It replaces the answers that are kept, too.
const RESTORE: &str = "/api/restore";
/// Its answer is as large as the database that would have to keep it.
const BACKUP: &str = "/api/backup";
/// The longest key, bytes.
const MAX_KEY: usize = 255;
/// The largest body of a request with a key, bytes: as much as any call takes.
const MAX_REQUEST: usize = 16 * 1024 * 1024;
/// The most answers that are kept in memory because they could not be written.
const MAX_UNWRITTEN: usize = 256;
/// The largest body of an answer that is kept, bytes; of a larger one only the status is.
const MAX_KEPT: usize = 64 * 1024;

/// Requests under way, and where answers are kept; clones share it.
#[derive(Debug, Clone)]
pub struct Idempotency {
    store: Store,
    running: Arc<Mutex<HashMap<String, Running>>>,
    /// Answers that could not be written; the oldest first.
    unwritten: Arc<Mutex<VecDeque<Unwritten>>>,
}

#[derive(Debug)]
struct Unwritten {
    key: String,
    request: [u8; 32],
    answer: Answer,
}

#[derive(Debug, Clone)]
struct Running {
    request: [u8; 32],
    /// Closed without an answer if the work broke off.
    answer: watch::Receiver<Option<Answer>>,
}

/// An answer as it can be given again.
#[derive(Debug, Clone)]
struct Answer {
    status: StatusCode,
    kind: Option<HeaderValue>,
    body: Bytes,
}

/// The turn of a request.
enum Turn {
    /// It is the first one: do it, and tell the others.
    First(watch::Sender<Option<Answer>>),
    /// An equal one is under way.
    Second(watch::Receiver<Option<Answer>>),
}

impl Idempotency {
    /// Answers are kept in `store`.
    pub fn new(store: Store) -> Self {
        Self { store, running: Arc::default(), unwritten: Arc::default() }
    }

    fn turn(&self, key: &str, request: [u8; 32]) -> Result<Turn, Problem> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match running.get(key) {
            Some(other) if other.request != request => Err(reused(key)),
            Some(other) => Ok(Turn::Second(other.answer.clone())),
            None => {
                let (sender, answer) = watch::channel(None);
                running.insert(key.to_owned(), Running { request, answer });
                Ok(Turn::First(sender))
            }
        }
    }

    /// The answer that was given before; a problem if that was another request.
    async fn kept(&self, key: &str, request: [u8; 32]) -> Result<Option<Answer>, Problem> {
        if let Some(other) = self.unwritten().iter().find(|other| other.key == key) {
            return if other.request == request { Ok(Some(other.answer.clone())) } else { Err(reused(key)) };
        }
        let Some(row) = self.store.answer(key, Utc::now().timestamp()).await? else { return Ok(None) };
        if row.request != request {
            return Err(reused(key));
        }
        if row.is_begun() {
            let detail = "the coordinator ended while it did this, and cannot say whether it is done; look, and if \
                          it is not, ask with a new key";
            return Err(Problem::new(StatusCode::CONFLICT, "idempotency_outcome_unknown", detail));
        }
        let status = StatusCode::from_u16(row.status).unwrap_or(StatusCode::OK);
        let kind = HeaderValue::from_str(&row.kind).ok().filter(|kind| !kind.is_empty());
        Ok(Some(Answer { status, kind, body: row.body.into() }))
    }

    fn unwritten(&self) -> MutexGuard<'_, VecDeque<Unwritten>> {
        self.unwritten.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what was answered; `in_force`: it is done, whatever the status says.
    async fn keep(&self, key: &str, request: [u8; 32], answer: &Answer, in_force: bool) {
        // Of a 412 nothing was done: who has looked again may ask again under the same key.
        let nothing_done = answer.status == StatusCode::PRECONDITION_FAILED;
        if nothing_done || (answer.status.is_server_error() && !in_force) {
            if let Err(error) = self.store.forget_answer(key).await
                && let Some(left_out) = rarely::may_tell("failed requests")
            {
                tracing::warn!(%error, left_out, "a request that failed cannot be sent again under its key");
            }
            return;
        }
        let whole = answer.body.len() <= MAX_KEPT;
        let kind = answer.kind.as_ref().and_then(|k| k.to_str().ok()).unwrap_or_default();
        let row = AnswerRow {
            key: key.to_owned(),
            request: request.to_vec(),
            status: answer.status.as_u16(),
            kind: if whole { kind.to_owned() } else { "application/json".to_owned() },
            body: if whole { answer.body.to_vec() } else { br#"{"success":true,"shortened":true}"#.to_vec() },
            at: Utc::now().timestamp(),
        };
        if let Err(error) = self.store.save_answer(&row).await {
            if let Some(left_out) = rarely::may_tell("answers") {
                let fault = "an answer could not be written: after a restart nobody would know it";
                tracing::warn!(%error, left_out, "{fault}");
            }
            let mut unwritten = self.unwritten();
            if unwritten.len() == MAX_UNWRITTEN {
                unwritten.pop_front();
            }
            let kind = HeaderValue::from_str(&row.kind).ok();
            let answer = Answer { status: answer.status, kind, body: row.body.into() };
            unwritten.push_back(Unwritten { key: row.key, request, answer });
        }
    }

    /// Does it, and keeps what came of it. With the head of the answer, unless that was given before.
    async fn first(
        &self,
        key: &str,
        request: [u8; 32],
        work: impl Future<Output = Response>,
    ) -> Result<(Answer, Option<Parts>), Problem> {
        if let Some(answer) = self.kept(key, request).await? {
            return Ok((answer, None));
        }
        // polled first, so that it is the first to wait for the store
        let begin = self.store.begin_answer(key, request, Utc::now().timestamp());
        let (noted, response) = tokio::join!(biased; begin, work);
        if let Err(error) = noted
            && let Some(left_out) = rarely::may_tell("requests")
        {
            tracing::warn!(%error, left_out, "a request under way could not be noted: if the coordinator ended now \
                                                  and it was sent again, it would be done again");
        }
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
        let kind = parts.headers.get(header::CONTENT_TYPE).cloned();
        let answer = Answer { status: parts.status, kind, body };
        let in_force = parts.extensions.get::<InForce>().is_some();
        if parts.extensions.get::<Secretive>().is_some() {
            self.keep(key, request, &not_again(), false).await;
        } else {
            self.keep(key, request, &answer, in_force).await;
        }
        Ok((answer, Some(parts)))
    }
}

/// Takes a key out of the running ones, also if the work broke off.
struct Ending {
    idempotency: Idempotency,
    key: String,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.idempotency.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// The layer.
pub async fn layer(State(idempotency): State<Idempotency>, request: Request, next: Next) -> Response {
    if *request.method() != Method::POST {
        return next.run(request).await;
    }
    let Some(key) = request.headers().get(HEADER).cloned() else { return next.run(request).await };
    if request.uri().path().starts_with(RESTORE) {
        let detail = "a restore takes none: what is kept under keys is part of what it replaces";
        return Problem::field("Idempotency-Key", detail).into_response();
    }
    if request.uri().path() == BACKUP {
        return next.run(request).await;
    }
    answer(idempotency, &key, request, next).await.unwrap_or_else(IntoResponse::into_response)
}

async fn answer(
    idempotency: Idempotency,
    key: &HeaderValue,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let key = key.to_str().ok().filter(|k| (1..=MAX_KEY).contains(&k.len()));
    let key = key.ok_or_else(|| Problem::field("Idempotency-Key", "1 to 255 visible ASCII characters"))?.to_owned();
    let (parts, body) = request.into_parts();
    let body = whole_body::whole(body, MAX_REQUEST).await?;
    let mut hasher = blake3::Hasher::new();
    // one caller never gets the answer of another, though both chose the same key
    if let Some(asker) = parts.extensions.get::<Asker>() {
        hasher.update(asker.admitted().caller.name().as_bytes()).update(&[0]);
    }
    hasher.update(parts.uri.to_string().as_bytes()).update(&[0]).update(&body);
    let named: [u8; 32] = *hasher.finalize().as_bytes();
    let (mut parts, mut work) = (Some((parts, body)), Some(next));
    loop {
        match idempotency.turn(&key, named)? {
            Turn::Second(mut answer) => {
                // an error: it broke off, and this one is the first now
                if let Ok(answer) = answer.wait_for(Option::is_some).await
                    && let Some(answer) = answer.clone()
                {
                    return Ok(given(answer));
                }
            }
            Turn::First(tell) => {
                let ending = Ending { idempotency: idempotency.clone(), key: key.clone() };
                let (Some((parts, body)), Some(next)) = (parts.take(), work.take()) else {
                    return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "a request is done once"));
                };
                let work = next.run(Request::from_parts(parts, Body::from(body)));
                let (answer, head) = ending.idempotency.first(&ending.key, named, work).await?;
                let secret = head.as_ref().is_some_and(|head| head.extensions.get::<Secretive>().is_some());
                let _ = tell.send(Some(if secret { not_again() } else { answer.clone() }));
                return Ok(match head {
                    Some(head) => Response::from_parts(head, Body::from(answer.body)),
                    None => given(answer),
                });
            }
        }
    }
}

/// What is kept in the place of an answer with a secret.
fn not_again() -> Answer {
    let detail =
        "it is done, and its answer showed a secret, which is kept nowhere; take back what was made and make it anew";
    let body = serde_json::to_vec(&ProblemBody::from(Problem::new(StatusCode::CONFLICT, "secret_shown_once", detail)));
    let kind = Some(HeaderValue::from_static("application/problem+json"));
    Answer { status: StatusCode::CONFLICT, kind, body: body.unwrap_or_default().into() }
}

/// An answer that was given before.
fn given(answer: Answer) -> Response {
    let mut response = answer.into_response();
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = (self.status, Body::from(self.body)).into_response();
        if let Some(kind) = self.kind {
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        response
    }
}

fn reused(key: &str) -> Problem {
    let detail = format!("the Idempotency-Key {key:?} was used for another request; a new request needs a new key");
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conductor::ConductorError;

    #[tokio::test]
    async fn what_is_in_force_is_not_done_again_though_nothing_can_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let idempotency = Idempotency::new(store.clone());
        // the disk is full
        store.refuse_writes(true).await;
        let in_force = || async { Problem::from(ConductorError::NotKept("the disk is full".into())).into_response() };
        let (answer, head) = idempotency.first("a", [1; 32], in_force()).await.unwrap();
        assert!(head.is_some() && answer.status == StatusCode::INSUFFICIENT_STORAGE);
        let (again, head) = idempotency.first("a", [1; 32], async { panic!("done twice") }).await.unwrap();
        assert!(head.is_none() && again.body == answer.body);
        assert!(idempotency.first("a", [2; 32], in_force()).await.is_err(), "another request");

        // room is made
        store.refuse_writes(false).await;
        idempotency.first("b", [1; 32], in_force()).await.unwrap();
        let another_process = Idempotency::new(store);
        let (_, head) = another_process.first("b", [1; 32], async { panic!("done twice") }).await.unwrap();
        assert!(head.is_none());
        let refused = || async { Problem::from(ConductorError::Stopping).into_response() };
        another_process.first("c", [1; 32], refused()).await.unwrap();
        let (_, head) = another_process.first("c", [1; 32], refused()).await.unwrap();
        assert!(head.is_some(), "what was not done is done");
    }
}
