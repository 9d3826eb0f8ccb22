//! How much louder or softer a track is played so that all sound alike.

use super::modes::{Loudness, Modes};
use crate::track::Track;

/// The most that is added or taken, dB.
pub const MAX_GAIN_DB: f32 = 15.0;

/// The known loudness of a track.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Gains {
    /// The gain that brings the track to the reference level, dB.
    pub track_gain_db: Option<f32>,
    /// The gain that brings its album to the reference level, dB.
    pub album_gain_db: Option<f32>,
    /// The highest peak of the track, 1 is full scale.
    pub track_peak: Option<f32>,
    /// The highest peak of its album.
    pub album_peak: Option<f32>,
}

impl Gains {
    /// The loudness of this track, as far as the library knows it.
    pub fn of(track: &Track) -> Self {
        let Track { track_gain_db, album_gain_db, track_peak, album_peak, .. } = *track;
        Self { track_gain_db, album_gain_db, track_peak, album_peak }
    }
}

/// The gain that a track is played with, dB. `in_album`: a track of the same album comes before or after it.
///
/// A track whose loudness is not known is played as it is, with the preamplification of all others. Without a limiter
/// no peak passes full scale less the headroom, as far as peaks are known; one that is not known is taken for full
/// scale.
pub fn gain(modes: &Modes, gains: Gains, in_album: bool) -> f32 {
    let track = (gains.track_gain_db, gains.track_peak);
    let album = (gains.album_gain_db.or(gains.track_gain_db), gains.album_peak.or(gains.track_peak));
    let (gain, peak) = match modes.loudness {
        Loudness::Off => return 0.0,
        Loudness::Album if in_album => album,
        Loudness::Track | Loudness::Album => track,
    };
    let sane = |db: &f32| db.is_finite();
    let mut wanted = gain.filter(sane).unwrap_or(0.0) + modes.preamp_db;
    if !modes.limiter {
        let peak_db = peak.filter(|p| p.is_finite() && *p > 0.0).map_or(0.0, |p| 20.0 * p.log10());
        wanted = wanted.min(-peak_db - modes.headroom_db);
    }
    // hundredths of a decibel: what differs by less is not told anew
    (wanted.clamp(-MAX_GAIN_DB, MAX_GAIN_DB) * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn modes(loudness: Loudness, preamp_db: f32, limiter: bool) -> Modes {
        Modes { loudness, preamp_db, limiter, ..Modes::default() }
    }

    const KNOWN: Gains =
        Gains { track_gain_db: Some(-6.0), album_gain_db: Some(-4.5), track_peak: Some(0.5), album_peak: Some(1.0) };

    #[test]
    fn by_track_by_album_or_not_at_all() {
        assert!(gain(&modes(Loudness::Off, 3.0, true), KNOWN, true).abs() < 1e-6);
        assert!((gain(&modes(Loudness::Track, 1.0, true), KNOWN, true) + 5.0).abs() < 1e-4);
        assert!((gain(&modes(Loudness::Album, 0.0, true), KNOWN, true) + 4.5).abs() < 1e-4);
        assert!((gain(&modes(Loudness::Album, 0.0, true), KNOWN, false) + 6.0).abs() < 1e-4, "among strangers");
        let only_track = Gains { album_gain_db: None, album_peak: None, ..KNOWN };
        assert!((gain(&modes(Loudness::Album, 0.0, true), only_track, true) + 6.0).abs() < 1e-4);
        assert!((gain(&modes(Loudness::Track, -2.0, true), Gains::default(), false) + 2.0).abs() < 1e-4);
    }

    #[test]
    fn without_a_limiter_no_peak_passes_full_scale_less_the_headroom() {
        let loud = Modes { headroom_db: 1.0, ..modes(Loudness::Track, 12.0, false) };
        assert!((gain(&loud, KNOWN, false) - 5.02).abs() < 1e-3, "half of full scale leaves 6 dB");
        assert!((gain(&loud, Gains::default(), false) + 1.0).abs() < 1e-4, "an unknown peak is full scale");
    }

    proptest! {
        #[test]
        fn it_is_always_a_number_within_bounds(gains in prop::array::uniform4(prop::option::of(any::<f32>())),
            preamp in -15f32..15.0, limiter: bool, in_album: bool) {
            let [track_gain_db, album_gain_db, track_peak, album_peak] = gains;
            let gains = Gains { track_gain_db, album_gain_db, track_peak, album_peak };
            for loudness in [Loudness::Off, Loudness::Track, Loudness::Album] {
                let gain = gain(&modes(loudness, preamp, limiter), gains, in_album);
                prop_assert!(gain.abs() <= MAX_GAIN_DB);
            }
        }
    }
}
