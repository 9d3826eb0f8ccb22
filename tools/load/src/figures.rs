//! Medians and percentiles.

use serde::{Deserialize, Serialize};

/// The spread of many values.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Spread {
    /// Half are below.
    pub median: f64,
    /// One in a hundred is above.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// Of these values; zeros if there are none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let index = (share * values.len() as f64).ceil() as usize;
            values.get(index.saturating_sub(1)).copied().unwrap_or(0.0)
        };
        Self { median: at(0.5), p99: at(0.99), max: at(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_the_last_hundredth_and_the_end() {
        let s = Spread::of((1..=1000).rev().map(f64::from));
        assert_eq!(s, Spread { median: 500.0, p99: 990.0, max: 1000.0 });
        assert_eq!(Spread::of([7.0]), Spread { median: 7.0, p99: 7.0, max: 7.0 });
        assert_eq!(Spread::of([]), Spread::default());
    }
}
