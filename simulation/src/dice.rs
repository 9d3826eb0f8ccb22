//! Randomness that is the same in every run: a simulation that fails must fail again.

/// A small, seeded source of random numbers.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The sequence that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        // seeds are small and alike; their sequences must not be
        let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self((z ^ (z >> 31)) | 1)
    }

    /// Another sequence, for a part of its own.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self::new(self.next())
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Evenly in 0..1.
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Evenly between two values.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        probability > 0.0 && self.uniform() < probability
    }

    /// Exponential, of this mean: what a queue adds.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.uniform()).ln()
    }

    /// Nearly normal: mean 0, deviation 1, never beyond 6.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_is_the_same_sequence_and_another_is_not() {
        let draw = |seed| (0..8).map(move |_| ()).scan(Dice::new(seed), |d, ()| Some(d.uniform().to_bits()));
        assert!(draw(1).eq(draw(1)));
        assert!(draw(1).zip(draw(2)).all(|(a, b)| a != b));
    }

    #[test]
    fn moments_are_what_they_say() {
        let mut d = Dice::new(3);
        let n = 20_000;
        let (mut e, mut s, mut q) = (0.0, 0.0, 0.0);
        for _ in 0..n {
            e += d.exponential(35.0) / f64::from(n);
            let x = d.normal();
            s += x / f64::from(n);
            q += x * x / f64::from(n);
        }
        assert!((e - 35.0).abs() < 1.5 && s.abs() < 0.03 && (q - 1.0).abs() < 0.05, "{e} {s} {q}");
    }
}
