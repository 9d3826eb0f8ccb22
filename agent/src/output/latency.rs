//! The latency of each kind of output beyond its own stamps, so that unlike outputs agree.
//!
//! It goes into the stamps of the output. What a person sets (`outputDelayUs`) is for what lies behind the card, and
//! for what nobody knows of it in general: a driver whose pointer moves in steps, the filter of a converter, a sound
//! server between. The figures, each with its source:
//!
//! | output | a frame is heard this much later than its stamp says | source |
//! |---|---|---|
//! | ALSA directly | -1/2 frame | the pointer counts whole frames: on average it is half a frame behind |
//! | cpal on a card's own PCM (`hw`, `plughw`, ...) | -1/2 frame | the same pointer: cpal asks `snd_pcm_avail_delay` |
//! | cpal on a sound server or a plugin | 0 | its delay is rounded as the plugin likes; see below |
//! | virtual | 0 | exact: it makes the truth |
//!
//! Nothing depends on the period. In pairs of players on one null sink, read off the monitor's recording (one sample is
//! 21 us), ALSA with 480 and with 1,024 frames were 0 to 21 us apart once settled, cpal on ALSA with 4,096 and ALSA
//! with 1,024 frames 146 us at most with either sign: no constant that could be told from the scatter. Through cpal's
//! own host for a sound server the difference to ALSA was 0.1 to 1.6 ms with either sign from run to run, so no
//! constant would be right there; speakers that are to agree must use the same kind of output, or be trimmed.

use downbeat_protocol::LocalTime;

/// The kinds of outputs that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A PCM driven directly.
    Alsa,
    /// A card's own PCM through cpal.
    CpalCard,
    /// Anything else through cpal.
    CpalOther,
    /// A card without hardware.
    Virtual,
}

impl Kind {
    /// The kind of cpal's device with this id: the host's name, a colon, and on ALSA the PCM's name.
    pub fn of_cpal(id: &str) -> Self {
        const CARDS: [&str; 8] = ["hw", "plughw", "sysdefault", "front", "dmix", "hdmi", "iec958", "usbstream"];
        let pcm = id.strip_prefix("alsa:").map(|pcm| pcm.split(':').next().unwrap_or_default());
        if pcm.is_some_and(|pcm| CARDS.contains(&pcm)) { Self::CpalCard } else { Self::CpalOther }
    }

    /// How much later than stamped a frame is heard, frames.
    fn frames(self) -> f64 {
        match self {
            Self::Alsa | Self::CpalCard => -0.5,
            Self::CpalOther | Self::Virtual => 0.0,
        }
    }

    /// The instant at which a frame is heard that the output stamped `stamp`, at `rate` frames a second.
    pub fn heard_at(self, stamp: LocalTime, rate: u32) -> LocalTime {
        stamp.plus_nanos((self.frames() * 1e9 / f64::from(rate.max(1))).round() as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_that_counts_whole_frames_is_half_a_frame_behind() {
        // a card at 48 kHz, looked at at instants that have nothing to do with its frames
        let rate = 48_000;
        let mut sum = 0.0;
        for k in 0..10_000i64 {
            let now = LocalTime(k * 1_234_567);
            let played = now.0 as f64 * f64::from(rate) / 1e9;
            let pointer = played.floor();
            let truly_at = pointer * 1e9 / f64::from(rate);
            sum += Kind::Alsa.heard_at(now, rate).0 as f64 - truly_at;
        }
        assert!((sum / 10_000.0).abs() < 100.0, "{} ns off on average", sum / 10_000.0);
    }

    #[test]
    fn only_a_cards_own_pcm_is_a_card() {
        for card in ["alsa:hw:CARD=DAC,DEV=0", "alsa:plughw:0", "alsa:sysdefault:CARD=x", "alsa:dmix:0"] {
            assert_eq!(Kind::of_cpal(card), Kind::CpalCard, "{card}");
        }
        for other in ["alsa:default", "alsa:pulse", "alsa:pipewire", "pulseaudio:hw:0", "hw:0", "", "coreaudio:1"] {
            assert_eq!(Kind::of_cpal(other), Kind::CpalOther, "{other}");
        }
        assert_eq!(Kind::Virtual.heard_at(LocalTime(5), 48_000), LocalTime(5));
        assert_eq!(Kind::CpalOther.heard_at(LocalTime(5), 0), LocalTime(5));
    }
}
