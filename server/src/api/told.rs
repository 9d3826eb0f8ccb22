//! The word of an answer to the audit.

/// Beside an answer: what was done, for the audit. Never a secret.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// About what.
    pub target: String,
    /// The state before, in short.
    pub before: String,
    /// The state now, in short.
    pub after: String,
}

impl Told {
    /// The same, with `seen` where it says nothing.
    #[must_use]
    pub fn or(self, seen: Self) -> Self {
        let or = |said: String, seen: String| if said.is_empty() { seen } else { said };
        Self {
            target: or(self.target, seen.target),
            before: or(self.before, seen.before),
            after: or(self.after, seen.after),
        }
    }
}
