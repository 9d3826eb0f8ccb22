//! The hold of a WebSocket on its place. It asked for an upgrade, which costs its client nothing: until it has said
//! what it is, it gives way as one that has asked for nothing.

use std::sync::Arc;

use super::places::Place;

/// A hold on a place, part of each request; clones share it.
#[derive(Debug, Clone)]
pub struct Held(Arc<Place>);

impl Held {
    pub(super) fn new(place: Arc<Place>) -> Self {
        Self(place)
    }

    /// Returns when the connection is to give way.
    pub async fn gone(&self) {
        self.0.gone().cancelled().await;
    }

    /// From now on it does not give way: its handler has limits of its own.
    pub fn keep(&self) {
        self.0.keep();
    }
}
