//! The zone that a call names.

use downbeat_protocol::ZoneId;
use serde::Deserialize;

use super::{describe::IntoParams, problem::Problem};
use crate::conductor::Conductor;

/// A zone.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ZoneQuery {
    /// The zone's name or id; default `all`.
    #[serde(default, alias = "roomId")]
    pub zone: Option<String>,
}

/// The zone that a request means. The earlier system's first room, which scripts may still name, is the default zone.
pub fn zone_named(conductor: &Conductor, zone: Option<&str>) -> Result<ZoneId, Problem> {
    match zone {
        None => Ok(ZoneId::DEFAULT),
        Some(name) => match conductor.find_zone(name) {
            Err(_) if name == "room-1" => Ok(ZoneId::DEFAULT),
            found => Ok(found?),
        },
    }
}
