//! A call: its method, its path, and the function that answers it.

use axum::Router;

use super::Api;

/// One call of the interface; `#[call(...)]` makes it of a handler.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// Adds it to a router.
    pub add: fn(Router<Api>) -> Router<Api>,
}
