//! The right that a call asks for. Each call declares it: `#[call(get, path = "...", right = look, about = zone)]`.

use downbeat_trust::rights::Right;

/// The thing that a right is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The coordinator as a whole: the guard decides.
    All,
    /// Zones or speakers that the call names: the guard refuses those that may do it to none, and the handler asks
    /// again when it has found the target.
    Target,
    /// Things of the caller's own.
    Own,
}

/// A right, and what it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// The right.
    pub right: Right,
    /// For what.
    pub about: About,
    /// It is answered in clear to anybody, whatever `--plain` says.
    pub in_clear: bool,
}

impl Need {
    /// A right, asked for the coordinator as a whole.
    pub const fn new(right: Right) -> Self {
        Self { right, about: About::All, in_clear: false }
    }

    /// The same, asked for something.
    #[must_use]
    pub const fn about(self, about: About) -> Self {
        Self { about, ..self }
    }

    /// No right is needed, and it is answered in clear.
    pub const OPEN: Self = Self { right: Right::Public, about: About::All, in_clear: true };
    /// No right is needed; it is not answered in clear where that was ended.
    pub const PAGE: Self = Self { right: Right::Public, about: About::All, in_clear: false };
}
