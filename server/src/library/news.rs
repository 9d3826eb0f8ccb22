//! What changed in the library, told by track where that is known.

use std::{collections::BTreeSet, sync::Arc};

use downbeat_protocol::TrackId;
use tokio::sync::watch;

use super::Catalog;

/// What changed in a catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// These tracks are new, or not as they were.
    Tracks(BTreeSet<TrackId>),
    /// So much that it was not counted: whoever cares compares everything.
    Everything,
}

/// Tells of changes of a catalog, each once.
#[derive(Debug, Clone)]
pub struct News(pub(super) watch::Receiver<Arc<Catalog>>);

impl News {
    /// Waits for the next change. What changed meanwhile comes in one piece. Nothing is lost if the wait is given up.
    pub async fn next(&mut self) -> Changed {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        self.0.mark_unchanged();
        Changed::Everything
    }
}
