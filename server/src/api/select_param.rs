//! The speakers that a call selects.

use serde::Deserialize;

use super::{describe::IntoParams, problem::Problem};
use crate::fleet::Selector;

/// A selection of speakers.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SelectQuery {
    /// A selector: `all`, `zone:bar`, `name:kitchen`, `site=41,floor in (1,2),!outdoor`; a comma means "and".
    #[serde(default)]
    pub select: Option<String>,
}

/// Reads a selector.
pub fn selector(text: &str) -> Result<Selector, Problem> {
    Selector::parse(text).map_err(|error| Problem::field("select", error.to_string()))
}
