//! The search for more to play when the queue comes to its end.

/// The search for more to play.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Search {
    /// None is under way.
    #[default]
    Idle,
    /// One is under way.
    Asked,
    /// One found nothing.
    Vain,
}

impl Search {
    /// Things are different: what found nothing may find something now.
    pub(super) fn again(self) -> Self {
        if self == Self::Vain { Self::Idle } else { self }
    }
}
