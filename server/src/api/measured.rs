//! Each request is measured: how long its answer took, and the problem that it was.

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use tokio::time::Instant;

use super::problem::ProblemCode;
use crate::metrics::Tally;

/// The route of all that is no route: files of the page, and what is not there.
const NO_ROUTE: &str = "(none)";

/// The layer.
pub async fn layer(State(tally): State<Tally>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    let began = Instant::now();
    let response = next.run(request).await;
    let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    tally.answered(&method, route, response.status(), began.elapsed());
    if let Some(problem) = response.extensions().get::<ProblemCode>() {
        tally.problem(problem.0);
    }
    response
}
