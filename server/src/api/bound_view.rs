//! The zones and labels that somebody is bound to, as they are asked for and answered.

use std::collections::BTreeMap;

use downbeat_protocol::ZoneId;
use downbeat_trust::rights::Bound;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::describe::ToSchema;

/// Zones and labels. One that names nothing holds nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[schema(as = Bound)]
pub struct BoundView {
    /// Ids of zones.
    pub zones: Vec<Uuid>,
    /// Labels of speakers, by key: `{"site": ["41", "42"]}`.
    pub labelled: BTreeMap<String, Vec<String>>,
}

impl BoundView {
    /// As it is answered.
    pub fn of(bound: &Bound) -> Self {
        let mut labelled: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (key, value) in &bound.labels {
            labelled.entry(key.clone()).or_default().push(value.clone());
        }
        Self { zones: bound.zones.iter().map(|zone| zone.0).collect(), labelled }
    }
}

impl From<BoundView> for Bound {
    fn from(view: BoundView) -> Self {
        let labels =
            view.labelled.into_iter().flat_map(|(key, values)| values.into_iter().map(move |v| (key.clone(), v)));
        Self { zones: view.zones.into_iter().map(ZoneId).collect(), labels: labels.collect() }
    }
}
