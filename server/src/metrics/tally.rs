//! What is counted since the start.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};

/// Bounds of the histogram of answers, seconds. They are few: each is a series for each route, method and kind of status.
const BOUNDS: [f64; 5] = [0.005, 0.025, 0.1, 0.5, 2.5];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    method: &'static str,
    route: String,
    status: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProblemOf {
    code: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusalOf {
    reason: &'static str,
}

/// What is counted since the start; clones share it.
#[derive(Debug, Clone)]
pub struct Tally {
    answers: Family<Answer, Histogram, fn() -> Histogram>,
    problems: Family<ProblemOf, Counter>,
    refused: Family<RefusalOf, Counter>,
    handshakes: Counter,
}

/// Why a connection finds no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRoom {
    /// Its address holds as many as one may.
    Address,
    /// All are taken.
    All,
}

impl NoRoom {
    fn label(self) -> RefusalOf {
        RefusalOf { reason: if self == Self::Address { "address" } else { "all" } }
    }
}

impl Default for Tally {
    fn default() -> Self {
        let refused = Family::<RefusalOf, Counter>::default();
        // from the start on, so that the first one is an increase
        for why in [NoRoom::Address, NoRoom::All] {
            drop(refused.get_or_create(&why.label()));
        }
        Self {
            answers: Family::new_with_constructor(|| Histogram::new(BOUNDS)),
            problems: Family::default(),
            refused,
            handshakes: Counter::default(),
        }
    }
}

impl Tally {
    /// A request was answered, up to the first byte of the body. `route` is the path as it is declared, so that what
    /// strangers ask for makes no series.
    pub fn answered(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        let answer = Answer { method: name_of(method), route: route.to_owned(), status: kind_of(status) };
        self.answers.get_or_create(&answer).observe(took.as_secs_f64());
    }

    /// A problem was answered.
    pub fn problem(&self, code: &'static str) {
        self.problems.get_or_create(&ProblemOf { code }).inc();
    }

    /// A connection found no place.
    pub fn refused(&self, why: NoRoom) {
        self.refused.get_or_create(&why.label()).inc();
    }

    /// A connection ended before it had shown what it is.
    pub fn handshake_failed(&self) {
        self.handshakes.inc();
    }

    /// Puts what is counted among the figures of an answer.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "downbeat_http_request_duration_seconds",
            "The time from a request's head to its answer's, by route and kind of status",
            self.answers.clone(),
        );
        registry.register("downbeat_http_problems", "Answers that were problems, by their code", self.problems.clone());
        registry.register(
            "downbeat_connections_refused",
            "Connections that found no place: of their address, or at all",
            self.refused.clone(),
        );
        registry.register(
            "downbeat_handshakes_failed",
            "Connections that ended before they had shown what they are",
            self.handshakes.clone(),
        );
    }
}

/// The method's name; a name that no call has makes no series of its own.
fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn kind_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}
