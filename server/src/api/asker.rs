//! The one that asks, as a handler knows it.

use std::sync::Arc;

use super::{need::Need, trail::Trail};
use crate::access::Admitted;

/// A request's caller, and the right that its call asks for; clones share it.
#[derive(Debug, Clone)]
pub struct Asker(Arc<Asked>);

#[derive(Debug)]
struct Asked {
    admitted: Admitted,
    need: Need,
    https: String,
    trail: Option<Trail>,
}

impl Asker {
    /// As the guard found it; `https`: the address of the same over https; `trail`: where it is noted what is changed.
    pub fn new(admitted: Admitted, need: Need, https: String, trail: Option<Trail>) -> Self {
        Self(Arc::new(Asked { admitted, need, https, trail }))
    }

    /// The caller, and where it is.
    pub fn admitted(&self) -> &Admitted {
        &self.0.admitted
    }

    /// The address of the same over https.
    pub fn https(&self) -> &str {
        &self.0.https
    }

    /// Where it is noted what is changed; `None` for a caller or a call that is not in the audit.
    pub fn trail(&self) -> Option<&Trail> {
        self.0.trail.as_ref()
    }

    /// The right that the call asks for.
    pub fn need(&self) -> Need {
        self.0.need
    }
}
