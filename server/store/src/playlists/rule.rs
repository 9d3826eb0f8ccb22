//! The rule of a smart playlist.

use crate::index::{Sorted, TrackSort};

/// The rule that finds the tracks of a smart playlist, each time anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// As people type it.
    pub query: String,
    /// In this order; `None`: the best hits first.
    pub sort: Option<Sorted<TrackSort>>,
    /// At most so many tracks.
    pub limit: usize,
}

impl Rule {
    /// Reads what [`Rule::to_json`] wrote.
    pub fn parse(json: &str) -> Option<Self> {
        let value: serde_json::Value = serde_json::from_str(json).ok()?;
        let sort = match value.get("sort").and_then(|s| s.as_str()) {
            Some(name) => Some(TrackSort::sorted(name)?),
            None => None,
        };
        Some(Self {
            query: value.get("query")?.as_str()?.to_owned(),
            sort,
            limit: usize::try_from(value.get("limit")?.as_u64()?).ok()?,
        })
    }

    /// As it is kept.
    pub fn to_json(&self) -> String {
        serde_json::json!({ "query": self.query, "sort": self.sort.map(TrackSort::name_of), "limit": self.limit })
            .to_string()
    }
}
