//! The meaning of the least delay of a burst for the line on which the delays of that way stand.
//!
//! A delay is a floor plus a queue. The least of several delays tends to one of few shapes, whatever the shape of one
//! delay (the theory of extremes): where short queues are as likely as any, it rises from the floor at once
//! ([`Shape::Edge`]); where several queues must be short together, it rises as a ramp ([`Shape::Ramp`]); where there is
//! no floor to be seen, it is a hill ([`Shape::Hill`]), whose middle serves as the floor.

/// The shape of the least delay of a burst above its floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Exponential: most often at the floor.
    Edge,
    /// Rayleigh: never quite at the floor, often near it.
    Ramp,
    /// Normal: no floor; the line is the middle.
    Hill,
}

/// The share of delays that belong to no shape: bloated queues, stalls, other routes. They come in a row, so after one
/// that did, the next one does more often.
const STRAYS: f64 = 0.05;
const STRAYS_AFTER_ONE: f64 = 0.8;
/// Strays lie anywhere within so many widths.
const STRAY_WIDTHS: f64 = 50.0;
/// Of what is integrated over: beyond so many deviations of the line, or widths of the shape, nothing lies.
const REACH: f64 = 7.0;
const EDGE_REACH: f64 = 20.0;
/// Points of the integral.
const STEPS: u32 = 64;
const ROOT_TWO_PI: f64 = 2.506_628_274_631;

/// The line, once a delay is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// By how much its mean moves, microseconds.
    pub moved: f64,
    /// Its variance, microseconds^2.
    pub variance: f64,
    /// The density of such a delay, before it was known: how well the shape foretold it.
    pub density: f64,
    /// How likely it belongs to no shape, 0..=1.
    pub stray: f64,
}

impl Shape {
    /// A line is known with the variance `variance`, and a delay lies `above` its mean, microseconds. `width` is the
    /// shape's scale, `strayed` how likely the last delay belonged to no shape.
    pub fn judge(self, above: f64, variance: f64, width: f64, strayed: f64) -> Judged {
        let s = variance.sqrt();
        let chance = STRAYS + (STRAYS_AFTER_ONE - STRAYS) * strayed;
        let stray = chance / (STRAY_WIDTHS * width.max(s));
        // the line's place relative to its mean, and the delay's height above it in widths
        let (low, high) = match self {
            Self::Edge => (above - EDGE_REACH * width, above),
            Self::Ramp => (above - REACH * width, above),
            Self::Hill => (above - REACH * width, above + REACH * width),
        };
        let (low, high) = (low.max(-REACH * s), high.min(REACH * s));
        let (mut z0, mut z1, mut z2) = (0.0, 0.0, 0.0);
        if high > low {
            let step = (high - low) / f64::from(STEPS);
            for i in 0..STEPS {
                let v = low + (f64::from(i) + 0.5) * step;
                let (e, r) = (v / s, (above - v) / width);
                let w = match self {
                    Self::Edge => (-0.5 * e * e - r).exp(),
                    Self::Ramp => 2.0 * r * (-0.5 * e * e - r * r).exp(),
                    Self::Hill => (-0.5 * (e * e + r * r)).exp() / ROOT_TWO_PI,
                };
                z0 += w;
                z1 += w * v;
                z2 += w * v * v;
            }
            let scale = step * (1.0 - chance) / (width * s * ROOT_TWO_PI);
            (z0, z1, z2) = (z0 * scale, z1 * scale, z2 * scale);
        }
        let density = z0 + stray;
        let moved = z1 / density;
        let second = (z2 + stray * variance) / density;
        Judged { moved, variance: (second - moved * moved).max(variance * 1e-6), density, stray: stray / density }
    }

    /// The width of the shape whose delays lie like this. Not by the floor: if that were wrong, so would be the width,
    /// and each would confirm the other.
    pub fn width(self, quantiles: &Quantiles) -> f64 {
        match self {
            Self::Edge => (quantiles.middle - quantiles.low) / 0.641_854,
            Self::Ramp => (quantiles.middle - quantiles.low) / 0.606_075,
            Self::Hill => (quantiles.high - quantiles.low) / 2.926_406,
        }
    }
}

/// How the least delays of late lie, microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Quantiles {
    /// A twentieth is below.
    pub low: f64,
    /// Half is below.
    pub middle: f64,
    /// Nine tenths are below.
    pub high: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHAPES: [Shape; 3] = [Shape::Edge, Shape::Ramp, Shape::Hill];

    #[test]
    fn a_hill_on_a_bell_is_a_kalman_filter() {
        let j = Shape::Hill.judge(30.0, 400.0, 20.0, 0.0);
        assert!((j.moved - 15.0).abs() < 0.3 && (j.variance - 200.0).abs() < 6.0, "{j:?}");
    }

    #[test]
    fn an_edge_is_a_ceiling_with_the_line_close_below() {
        // hardly anything known before: the line is one width below the delay, and much less doubtful
        let j = Shape::Edge.judge(0.0, 1e6, 10.0, 0.0);
        assert!((j.moved + 10.0).abs() < 2.0 && j.variance < 1e6 / 200.0, "{j:?}");
        // well known: a delay three widths above says little, and not a bell's share of it
        let j = Shape::Edge.judge(30.0, 1.0, 10.0, 0.0);
        assert!((0.0..0.15).contains(&j.moved), "{j:?}");
    }

    #[test]
    fn far_out_it_is_a_stray_and_the_next_one_sooner() {
        for shape in SHAPES {
            let first = shape.judge(80.0, 4.0, 10.0, 0.0);
            let next = shape.judge(80.0, 4.0, 10.0, first.stray);
            assert!(next.stray >= first.stray && next.stray > 0.9, "{shape:?} {first:?} {next:?}");
            assert!(next.moved < 0.5, "{next:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_the_line_stays_finite(above in -1e9f64..1e9, variance in 1e-9f64..1e12, width in 2.0f64..1e6, strayed in 0.0f64..=1.0) {
            for shape in SHAPES {
                let j = shape.judge(above, variance, width, strayed);
                prop_assert!(j.moved.is_finite() && j.variance.is_finite() && j.variance > 0.0, "{j:?}");
                prop_assert!(j.density > 0.0 && (0.0..=1.000_001).contains(&j.stray), "{j:?}");
            }
        }
    }
}
