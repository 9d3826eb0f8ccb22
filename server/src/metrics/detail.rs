//! How much `/metrics` tells.

use std::str::FromStr;

use serde::Deserialize;

/// How much `/metrics` tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub enum Detail {
    /// Nothing: it is not answered.
    Off,
    /// The coordinator and each zone.
    Zones,
    /// And each speaker.
    #[default]
    Speakers,
}

impl FromStr for Detail {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self::Off),
            "zones" => Ok(Self::Zones),
            "speakers" => Ok(Self::Speakers),
            other => Err(format!("metrics is {other:?}: say off, zones or speakers")),
        }
    }
}

impl TryFrom<String> for Detail {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}
