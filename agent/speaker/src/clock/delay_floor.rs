//! The least round trip of late: what the network takes when nothing queues.
//!
//! How far a sample lies above it is what it may have waited in one queue, and so what its offset may be wrong by
//! (half of that). The floor is taken over a window, so that a change of route ages out.

/// Burst minima that count: some four minutes at one burst in four seconds.
const WINDOW: usize = 64;

/// A window over the burst minima, microseconds.
#[derive(Debug, Clone, Default)]
pub struct DelayFloor {
    minima: std::collections::VecDeque<f64>,
    sorted: Vec<f64>,
}

impl DelayFloor {
    /// Takes the least round trip of one burst, microseconds.
    pub fn add(&mut self, round_trip_us: f64) {
        if self.minima.len() == WINDOW {
            self.minima.pop_front();
        }
        self.minima.push_back(round_trip_us);
        self.sorted.clear();
        self.sorted.extend(&self.minima);
        self.sorted.sort_by(f64::total_cmp);
    }

    /// The floor, microseconds; 0 before the first burst.
    pub fn floor_us(&self) -> f64 {
        self.sorted.first().copied().unwrap_or(0.0)
    }

    /// How far the middle burst lies above the floor, microseconds: the usual unrest of this network.
    pub fn jitter_us(&self) -> f64 {
        self.sorted.get(self.sorted.len() / 2).map_or(0.0, |middle| middle - self.floor_us())
    }

    /// Forgets everything (another coordinator, another network).
    pub fn clear(&mut self) {
        self.minima.clear();
        self.sorted.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_route_ages_out() {
        let mut d = DelayFloor::default();
        for _ in 0..WINDOW {
            d.add(100.0);
        }
        for k in 0..WINDOW {
            assert!((d.floor_us() - 100.0).abs() < 1e-9, "{k} bursts on the longer route");
            d.add(400.0);
        }
        assert!((d.floor_us() - 400.0).abs() < 1e-9);
        assert!(d.jitter_us().abs() < 1e-9);
    }
}
