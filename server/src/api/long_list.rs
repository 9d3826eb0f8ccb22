//! Lists with thousands of items are put together and written out beside the tasks that answer speakers: a person who
//! opens a page must not be the reason why a time reply is late.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;

use super::problem::Problem;

/// Answers with what `make` makes, as JSON.
pub async fn long_list<T: Serialize>(make: impl FnOnce() -> T + Send + 'static) -> Response {
    let written = tokio::task::spawn_blocking(move || serde_json::to_vec(&make())).await;
    match written {
        Ok(Ok(bytes)) => ([(header::CONTENT_TYPE, "application/json")], bytes).into_response(),
        Ok(Err(error)) => failed(&error),
        Err(error) => failed(&error),
    }
}

fn failed(error: &dyn std::error::Error) -> Response {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "list_failed", error.to_string()).into_response()
}
