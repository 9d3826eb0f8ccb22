//! The tables of the conversions in use: made once, shared by the voices of one pair of rates.

use std::{collections::HashMap, sync::Arc};

use super::resampler::Kernel;

/// More tables are kept only while voices use them: each has half a megabyte, and a plan may name any rate.
const MOST_UNUSED: usize = 8;

/// The tables, by the rates of a file and of the card.
#[derive(Debug, Clone, Default)]
pub struct Kernels {
    known: HashMap<(u32, u32), Arc<Kernel>>,
}

impl Kernels {
    /// The table from one rate to another.
    pub fn of(&mut self, from: u32, to: u32) -> Arc<Kernel> {
        if !self.known.contains_key(&(from, to)) && self.known.len() >= MOST_UNUSED {
            self.known.retain(|_, kernel| Arc::strong_count(kernel) > 1);
        }
        let make = || Arc::new(Kernel::new(f64::from(from) / f64::from(to.max(1))));
        Arc::clone(self.known.entry((from, to)).or_insert_with(make))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_that_no_voice_uses_are_forgotten_when_there_are_many() {
        let mut kernels = Kernels::default();
        let used = kernels.of(44_100, 48_000);
        for rate in 1..200 {
            drop(kernels.of(rate, 48_000));
            assert!(kernels.known.len() <= MOST_UNUSED + 1, "{}", kernels.known.len());
        }
        assert!(Arc::ptr_eq(&used, &kernels.of(44_100, 48_000)), "the one in use is still the same");
    }
}
