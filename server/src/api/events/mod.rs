//! `/api/events`: what changed, as it changes. The [log](crate::events) holds it; here it is filled and read.
//!
//! [`publish`] fills the log while somebody follows; here are those who follow, and what they are sent.

#[cfg(test)]
#[expect(dead_code, reason = "the description is made of the types alone")]
pub(super) mod described;
mod followers;
mod publish;

use std::{
    collections::{HashMap, HashSet},
    convert::Infallible,
    time::Duration,
};

use axum::{
    Extension,
    extract::{
        State,
        ws::{Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse as _, Response,
        sse::{Event as SseEvent, KeepAlive, Sse},
    },
};
use downbeat_protocol::SpeakerId;
use futures_util::{Stream, StreamExt as _};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{
    Api,
    body::Params,
    budgets::UnderWay,
    describe::{IntoParams, call},
    problem::{Problem, ProblemBody},
    streamed,
    zone_param::zone_named,
};
use crate::{
    access::{Access, Admitted},
    events::{Cursor, Event, Read},
    sockets::Held,
};
pub use followers::Events;
use followers::Following;
pub use publish::publish;

/// How often a comment is sent, so that a connection that broke is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A WebSocket that answers no ping for this long is read by nobody.
const DEAF: Duration = Duration::from_secs(45);
/// The most clients that follow.
const MOST_FOLLOWERS: usize = 1_024;

/// The events that are wanted, and the place to go on from.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// Only these, by commas: `zone`, `queue`, `speaker`, `presets`, `library`, `playlists`.
    #[serde(default)]
    types: Option<String>,
    /// Only what belongs to this zone, by name or id.
    #[serde(default)]
    zone: Option<String>,
    /// The id of the last event that was taken in; the header `Last-Event-ID` says the same.
    #[serde(default)]
    last_event_id: Option<String>,
}

/// An event as it is sent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventBody {
    /// The subject: `zone`, `speaker`, ...; `resync`: forget everything, all that is follows; `synced`: that was all.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The id of the subject; left out where there is only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    /// The zone that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<Uuid>,
    /// The answer of its GET, without live figures (of a queue: `QueueState`); null: it is gone.
    state: Option<Box<RawValue>>,
}

/// One thing to send: what, and where the reader is after it.
struct Outgoing {
    body: EventBody,
    cursor: Option<Cursor>,
}

/// The wishes of one reader.
#[derive(Debug, Default)]
struct Filter {
    kinds: Option<HashSet<String>>,
    zone: Option<Uuid>,
    /// The subjects that it was told of; false: that they are gone. A subject that leaves the zone is gone for it.
    known: HashMap<(&'static str, Option<Uuid>), bool>,
    /// It goes on from a cursor: what it was told of before, only it knows.
    resumed: bool,
}

/// The types that there are.
const KINDS: [&str; 6] = ["zone", "queue", "speaker", "presets", "library", "playlists"];

impl Filter {
    fn new(api: &Api, query: &EventQuery) -> Result<Self, Problem> {
        let kinds: Option<HashSet<String>> =
            query.types.as_ref().map(|types| types.split(',').map(|t| t.trim().to_owned()).collect());
        if let Some(unknown) = kinds.iter().flatten().find(|kind| !KINDS.contains(&kind.as_str())) {
            return Err(Problem::field("types", format!("{unknown:?} is none of {}", KINDS.join(", "))));
        }
        let zone = query.zone.as_deref().map(|zone| zone_named(api, Some(zone))).transpose()?;
        Ok(Self { kinds, zone: zone.map(|z| z.0), known: HashMap::new(), resumed: false })
    }

    /// The event as this reader gets it, if it does.
    fn pass(&mut self, api: &Api, event: &Event) -> Option<EventBody> {
        let topic = &event.subject;
        if self.kinds.as_ref().is_some_and(|kinds| !kinds.contains(topic.kind)) {
            return None;
        }
        let key = (topic.kind, topic.id);
        let inside = self.zone.is_none() || self.zone == topic.zone;
        let state = event.state.as_deref().filter(|_| inside);
        let known = self.known.insert(key, state.is_some()).unwrap_or(self.resumed);
        if state.is_none() && !known {
            return None;
        }
        let of_speaker = topic.id.filter(|_| topic.kind == "speaker").map(SpeakerId);
        let state = match (state, of_speaker) {
            (Some(text), Some(id)) if !api.knows_details(id) => without_details(text),
            (text, _) => text.map(str::to_owned),
        };
        let state = state.and_then(|text| RawValue::from_string(text).ok());
        Some(EventBody { kind: topic.kind, id: topic.id, zone: topic.zone, state })
    }
}

/// A speaker's state without what only those may know that look after it.
fn without_details(text: &str) -> Option<String> {
    let mut state: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).ok()?;
    for field in ["address", "version", "health", "lastError"] {
        if let Some(value) = state.get_mut(field) {
            *value = serde_json::Value::Null;
        }
    }
    serde_json::to_string(&state).ok()
}

fn word(kind: &'static str) -> EventBody {
    EventBody { kind, id: None, zone: None, state: None }
}

/// The most followers: a quarter of all places, so that pages that were forgotten never keep speakers out.
fn most_followers(api: &Api) -> usize {
    (api.places.bounds().all / 4).clamp(1, MOST_FOLLOWERS)
}

/// A follower, as it is counted.
type Follower = (Following, Option<UnderWay>);

/// Counts another follower.
fn follow(api: &Api) -> Result<Follower, Problem> {
    let own = api.budgets.follow(&api.access, api.asker.as_ref())?;
    let most = most_followers(api);
    let following = api.events.follow(most).ok_or_else(|| {
        let detail = format!("{most} clients follow events already; close some, or ask again later");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_followers", detail)
    })?;
    Ok((following, own))
}

/// Everything that a reader is sent, until the coordinator stops.
fn stream(
    api: &Api,
    following: Follower,
    mut filter: Filter,
    from: Option<Cursor>,
) -> impl Stream<Item = Outgoing> + use<> {
    let (access, asker) = (api.access.clone(), api.asker.clone());
    let (api, events) = (api.clone(), api.events.clone());
    filter.resumed = from.is_some();
    let stopping = api.gateway.stopping.clone();
    let batches =
        futures_util::stream::unfold((following, from, events), move |(following, cursor, events)| async move {
            following.0.begin().await;
            let log = &events.0.log;
            let mut newest = log.newest();
            newest.borrow_and_update();
            let (mut read, mut now) = log.read(cursor);
            while matches!(&read, Read::Events(new) if new.is_empty()) {
                let _ = newest.changed().await;
                (read, now) = log.read(cursor);
            }
            Some(((read, now), (following, Some(now), events)))
        });
    let sent = batches.flat_map(move |(read, now)| {
        let mut out = Vec::new();
        match read {
            Read::Resync(picture) => {
                filter.known.clear();
                filter.resumed = false;
                out.push(Outgoing { body: word("resync"), cursor: None });
                let bodies = picture.iter().filter_map(|event| filter.pass(&api, event));
                out.extend(bodies.map(|body| Outgoing { body, cursor: None }));
                out.push(Outgoing { body: word("synced"), cursor: Some(now) });
            }
            Read::Events(new) => {
                for event in &new {
                    let cursor = Cursor { number: event.number, ..now };
                    out.extend(filter.pass(&api, event).map(|body| Outgoing { body, cursor: Some(cursor) }));
                }
            }
        }
        futures_util::stream::iter(out)
    });
    let admitted = asker.map(|asker| asker.admitted().clone());
    sent.take_until(async move {
        tokio::select! {
            () = stopping.cancelled_owned() => {}
            () = lost(access, admitted) => {}
        }
    })
}

/// Returns when the follower has lost its login.
async fn lost(access: Access, admitted: Option<Admitted>) {
    match admitted {
        Some(admitted) => access.lost(&admitted).await,
        None => std::future::pending().await,
    }
}

fn start(query: &EventQuery, headers: &HeaderMap) -> Option<Cursor> {
    let header = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    Cursor::read(header.or(query.last_event_id.as_deref())?)
}

/// Changes, as they happen (Server-Sent Events). A client that is new, or was away for too long, is sent `resync`, then
/// everything as it is, then `synced`; from then on a client that takes in every event holds what the GETs say.
#[call(get, path = "/api/events", right = look, about = target, operation_id = "listen", tag = "events",
    params(EventQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was taken in")),
    responses((status = 200, body = String, content_type = "text/event-stream",
               description = "Frames of Server-Sent Events: `event` is the event's type, `data` an `Event` in JSON, \
                              `id` the place in the stream"),
              (status = 404, body = ProblemBody, description = "`zone_not_found`"),
              (status = 503, body = ProblemBody, description = "`too_many_followers`")))]
pub async fn listen(
    State(api): State<Api>,
    Params(query): Params<EventQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let filter = Filter::new(&api, &query)?;
    let following = follow(&api)?;
    let events = stream(&api, following, filter, start(&query, &headers)).map(|Outgoing { body, cursor }| {
        let event = SseEvent::default().event(body.kind).data(serde_json::to_string(&body).unwrap_or_default());
        Ok::<_, Infallible>(match cursor {
            Some(cursor) => event.id(cursor.text()),
            None => event,
        })
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    streamed::at_once(response.headers_mut());
    Ok(response)
}

/// The same over a WebSocket: each event a text frame, with `eventId` beside the rest. What is sent to it is ignored.
#[call(get, path = "/api/events/ws", right = look, about = target, operation_id = "listen_by_web_socket",
    tag = "events", params(EventQuery),
    responses((status = 101, description = "Frames of events"),
              (status = 404, body = ProblemBody, description = "`zone_not_found`"),
              (status = 503, body = ProblemBody, description = "`too_many_followers`"),
              (status = 426, body = ProblemBody, description = "`upgrade_required`")))]
pub async fn listen_ws(
    State(api): State<Api>,
    Params(query): Params<EventQuery>,
    held: Option<Extension<Held>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let filter = Filter::new(&api, &query)?;
    let upgrade =
        upgrade.map_err(|rejection| Problem::no_upgrade("this is a WebSocket of events", &rejection.body_text()))?;
    let following = follow(&api)?;
    let events = stream(&api, following, filter, start(&query, &headers));
    if let Some(Extension(held)) = held {
        held.keep();
    }
    Ok(upgrade.max_message_size(4 * 1024).on_upgrade(move |socket| forward(socket, events)))
}

/// An event as a frame.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Frame {
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    #[serde(flatten)]
    body: EventBody,
}

async fn forward(mut socket: WebSocket, events: impl Stream<Item = Outgoing>) {
    let mut events = std::pin::pin!(events);
    let mut pings = tokio::time::interval(KEEP_ALIVE);
    let mut heard = tokio::time::Instant::now();
    loop {
        let message = tokio::select! {
            event = events.next() => {
                let Some(Outgoing { body, cursor }) = event else { break };
                let frame = Frame { event_id: cursor.map(Cursor::text), body };
                Message::Text(serde_json::to_string(&frame).unwrap_or_default().into())
            }
            _ = pings.tick() => {
                if heard.elapsed() >= DEAF {
                    break;
                }
                Message::Ping(axum::body::Bytes::new())
            }
            said = socket.recv() => match said {
                Some(Ok(_)) => {
                    heard = tokio::time::Instant::now();
                    continue;
                }
                _ => break,
            },
        };
        if !matches!(tokio::time::timeout(KEEP_ALIVE, socket.send(message)).await, Ok(Ok(()))) {
            break;
        }
    }
}
