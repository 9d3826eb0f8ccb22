//! The zone that a call names.

use downbeat_protocol::ZoneId;
use serde::Deserialize;

use super::{Api, describe::IntoParams, problem::Problem};

/// A zone.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ZoneQuery {
    /// The zone's name or id; default `all`.
    #[serde(default, alias = "roomId")]
    pub zone: Option<String>,
}

/// The zone that a request means, if the caller may do to it what the call does. The earlier system's first room, which
/// scripts may still name, is the default zone.
pub fn zone_named(api: &Api, zone: Option<&str>) -> Result<ZoneId, Problem> {
    let zone = match zone {
        None => ZoneId::DEFAULT,
        Some(name) => match api.conductor.find_zone(name) {
            Err(_) if name == "room-1" => ZoneId::DEFAULT,
            found => found?,
        },
    };
    api.may_zone(zone)?;
    Ok(zone)
}
