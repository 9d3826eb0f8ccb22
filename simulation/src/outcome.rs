//! The figures that a scenario measured, and their limits.

use std::fmt;

/// On which side of its limit a figure must lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// At most this.
    Most(f64),
    /// At least this.
    Least(f64),
}

/// One figure with its limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The name of the figure, with its unit.
    pub what: String,
    /// How much it was.
    pub measured: f64,
    /// How much it may be.
    pub limit: Limit,
}

impl Check {
    /// True if the figure is within its limit. A figure that is not a number never is: nothing was measured.
    pub fn holds(&self) -> bool {
        match self.limit {
            Limit::Most(most) => self.measured <= most,
            Limit::Least(least) => self.measured >= least,
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, limit) = match self.limit {
            Limit::Most(most) => ("<=", most),
            Limit::Least(least) => (">=", least),
        };
        let digits = if self.measured.abs() < 2.0 && self.measured.fract() != 0.0 { 3 } else { 1 };
        let digits = if self.measured.fract() == 0.0 && limit.fract() == 0.0 { 0 } else { digits };
        write!(f, "{}: {:.digits$} ({sign} {limit})", self.what, self.measured)
    }
}

/// The figures of a scenario.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// The figures, in order.
    pub checks: Vec<Check>,
}

impl Outcome {
    /// Notes a figure that must be at most `limit`.
    pub fn most(&mut self, what: impl Into<String>, measured: f64, limit: f64) {
        self.checks.push(Check { what: what.into(), measured, limit: Limit::Most(limit) });
    }

    /// Notes a figure that must be at least `limit`.
    pub fn least(&mut self, what: impl Into<String>, measured: f64, limit: f64) {
        self.checks.push(Check { what: what.into(), measured, limit: Limit::Least(limit) });
    }

    /// Notes a count that must be exactly this.
    pub fn exactly(&mut self, what: &str, measured: u64, wanted: u64) {
        self.most(what, measured as f64, wanted as f64);
        if wanted > 0 {
            self.least(what, measured as f64, wanted as f64);
        }
    }

    /// The figures that do not hold, for people; empty if all do.
    pub fn broken(&self) -> Vec<String> {
        self.checks.iter().filter(|c| !c.holds()).map(Check::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_does_not_hold() {
        let mut o = Outcome::default();
        o.most("a", f64::NAN, 10.0);
        o.least("b", f64::NAN, 10.0);
        o.most("c", 10.0, 10.0);
        o.exactly("d", 1, 1);
        assert_eq!(o.broken().len(), 2);
        o.exactly("e", 0, 1);
        assert_eq!(o.broken().len(), 3);
    }
}
