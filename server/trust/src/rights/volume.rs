//! The loudness that a caller may bring about.

use downbeat_protocol::volume::Volume;

/// The volume that is set when `wanted` is asked for by a caller with the bound `bound`, where `before` is how loud it
/// is. It never ends louder than the bound because of the caller; what was louder already may be turned down at will.
pub fn bounded(bound: Option<Volume>, before: Volume, wanted: Volume) -> Volume {
    let Some(bound) = bound else { return wanted };
    let most = if before.percent() > bound.percent() { before } else { bound };
    if wanted.percent() > most.percent() { most } else { wanted }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(percent: f32) -> Volume {
        Volume::clamped(percent)
    }

    #[test]
    fn nothing_gets_louder_than_the_bound_and_everything_may_get_quieter() {
        let set = |before, wanted| bounded(Some(at(40.0)), at(before), at(wanted)).percent();
        assert_eq!((set(10.0, 30.0), set(10.0, 90.0), set(80.0, 90.0), set(80.0, 60.0)), (30.0, 40.0, 80.0, 60.0));
        assert_eq!(bounded(None, at(10.0), at(100.0)), at(100.0));
    }

    proptest! {
        #[test]
        fn the_bound_holds(bound in 0.0_f32..=100.0, before in 0.0_f32..=100.0, wanted in 0.0_f32..=100.0) {
            let set = bounded(Some(at(bound)), at(before), at(wanted)).percent();
            prop_assert!(set <= wanted && (set <= bound || set <= before));
            prop_assert!(set >= wanted || wanted > bound);
        }
    }
}
