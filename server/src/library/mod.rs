//! Placeholder until the library is merged.
#![allow(missing_docs)]
mod catalog;
mod track;
use crate::store::{Store, StoreError};
pub use catalog::Catalog;
use std::{path::PathBuf, sync::Arc};
use tokio::sync::watch;
pub use track::Track;

#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct ScanStatus {}
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct LibraryError(#[from] StoreError);
#[derive(Debug, Clone)]
pub struct Library(Arc<watch::Sender<Arc<Catalog>>>);
impl Library {
    pub async fn start(store: Store, _folders: Vec<PathBuf>) -> Result<Self, LibraryError> {
        Ok(Self(Arc::new(watch::Sender::new(Arc::new(Catalog::new(store.load_tracks().await?))))))
    }
    pub fn catalog(&self) -> Arc<Catalog> {
        self.0.borrow().clone()
    }
    pub fn watch(&self) -> watch::Receiver<Arc<Catalog>> {
        self.0.subscribe()
    }
    pub fn status(&self) -> ScanStatus {
        ScanStatus {}
    }
    pub fn rescan(&self) -> u64 {
        0
    }
    pub fn set(&self, tracks: Vec<Track>) {
        self.0.send_replace(Arc::new(Catalog::new(tracks)));
    }
}
pub mod guard {
    pub fn guarded() -> bool {
        false
    }
}
pub fn media_router(_library: Library) -> axum::Router {
    axum::Router::new()
}
