//! The channels of a card and what each of them plays.

use std::{fmt, str::FromStr};

/// The most channels that a card is opened with.
pub const MAX_CHANNELS: usize = 64;

/// The sound on one channel of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The left channel.
    Left,
    /// The right one.
    Right,
    /// The mean of both.
    Mono,
    /// Nothing.
    Silence,
}

/// A source for each channel of a card, from its first on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelMap(Vec<Source>);

impl ChannelMap {
    /// One channel is both mixed; of more, the first two are left and right and the others silent.
    pub fn usual(channels: usize) -> Self {
        let source = |channel| match channel {
            0 if channels == 1 => Source::Mono,
            0 => Source::Left,
            1 => Source::Right,
            _ => Source::Silence,
        };
        Self((0..channels).map(source).collect())
    }

    /// The same on a card of more channels; those that are not named are silent.
    #[must_use]
    pub fn widened(mut self, channels: usize) -> Self {
        self.0.resize(self.0.len().max(channels), Source::Silence);
        self
    }

    /// The sources, a channel each; one at least.
    pub fn sources(&self) -> &[Source] {
        &self.0
    }

    /// The number of channels.
    pub fn channels(&self) -> usize {
        self.0.len()
    }
}

/// A letter a channel: L, R, M or `-`. The error is the text itself.
impl FromStr for ChannelMap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let source = |letter: char| match letter.to_ascii_uppercase() {
            'L' => Some(Source::Left),
            'R' => Some(Source::Right),
            'M' => Some(Source::Mono),
            '-' => Some(Source::Silence),
            _ => None,
        };
        let map: Option<Vec<Source>> = text.chars().map(source).collect();
        let fits = |map: &Vec<Source>| map.len() <= MAX_CHANNELS && map.iter().any(|s| *s != Source::Silence);
        map.filter(fits).map(Self).ok_or_else(|| text.to_owned())
    }
}

impl fmt::Display for ChannelMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for source in &self.0 {
            f.write_str(match source {
                Source::Left => "L",
                Source::Right => "R",
                Source::Mono => "M",
                Source::Silence => "-",
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stereo_goes_to_the_first_two_and_one_channel_is_both() {
        let usual = |n| ChannelMap::usual(n).to_string();
        assert_eq!([1, 2, 3, 6].map(usual), ["M", "LR", "LR-", "LR----"]);
        assert_eq!("--lr".parse::<ChannelMap>().unwrap().widened(6).to_string(), "--LR--");
        assert_eq!("LRLR".parse::<ChannelMap>().unwrap().widened(2).to_string(), "LRLR");
    }

    #[test]
    fn a_map_is_letters_and_not_all_silence() {
        for wrong in ["", "-", "----", "LX", "1,2", &"L".repeat(MAX_CHANNELS + 1)] {
            assert_eq!(wrong.parse::<ChannelMap>(), Err(wrong.to_owned()));
        }
    }
}
