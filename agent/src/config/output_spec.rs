//! The output for the sound, as people write it.

use std::{fmt, path::PathBuf, str::FromStr};

use super::channel_map::ChannelMap;

/// An output for the sound.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum OutputSpec {
    /// The machine's default output.
    #[default]
    Default,
    /// An ALSA device.
    Alsa(AlsaSpec),
    /// No card: a device with a crystal of its own, for tests and machines without sound.
    Virtual(VirtualSpec),
    /// A device by the name that `--list-outputs` prints.
    Named(String),
}

/// An ALSA device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlsaSpec {
    /// Its ALSA name: `hw:CARD=DAC`, `plughw:0,0`, ...
    pub name: String,
    /// The sound of each of its channels; `None`: the usual one.
    pub channels: Option<ChannelMap>,
}

/// A virtual device.
#[derive(Debug, Clone, PartialEq)]
pub struct VirtualSpec {
    /// How much faster than true its crystal runs, parts per million.
    pub ppm: f64,
    /// By how much its callbacks come late, at random, at most, microseconds.
    pub jitter_us: f64,
    /// The file to write the played sound into; `None`: none.
    pub wav: Option<PathBuf>,
    /// Frames a second.
    pub rate: u32,
    /// How often it runs dry on purpose, seconds; `None`: never.
    pub xrun_every_s: Option<f64>,
    /// Its position moves in steps of so many frames, as many drivers' do; 1: with the sound.
    pub gran: f64,
}

impl Default for VirtualSpec {
    fn default() -> Self {
        Self { ppm: 0.0, jitter_us: 0.0, wav: None, rate: 48_000, xrun_every_s: None, gran: 1.0 }
    }
}

/// Why a text names no output.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutputSpecError {
    /// Nothing is named.
    #[error(
        "an output is wanted: default, alsa:NAME, virtual, or a name that --list-outputs prints; e.g. alsa:hw:CARD=DAC"
    )]
    Empty,
    /// The channels of a card are misspelt.
    #[error(
        "alsa: channels={0:?}: a letter for each channel of the card is wanted: L, R, M (both mixed) or - (silence), \
         e.g. alsa:hw:CARD=DAC?channels=--LR"
    )]
    Channels(String),
    /// A virtual device has no such setting.
    #[error(
        "virtual has no setting {0:?}; it has ppm, jitter_us, wav, rate, gran and xrun_every_s, e.g. \
         virtual:ppm=20,wav=out.wav"
    )]
    UnknownKey(String),
    /// A setting of the virtual device makes no sense.
    #[error("virtual: {key}={value:?}: {wanted}")]
    Value {
        /// The setting.
        key: &'static str,
        /// Its value.
        value: String,
        /// The value that is wanted.
        wanted: &'static str,
    },
}

impl FromStr for OutputSpec {
    type Err = OutputSpecError;

    fn from_str(text: &str) -> Result<Self, OutputSpecError> {
        let text = text.trim();
        if let Some(name) = text.strip_prefix("alsa:") {
            return AlsaSpec::parse(name).map(Self::Alsa);
        }
        if let Some(settings) = text.strip_prefix("virtual:") {
            return VirtualSpec::parse(settings).map(Self::Virtual);
        }
        match text {
            "" => Err(OutputSpecError::Empty),
            "default" => Ok(Self::Default),
            "virtual" => Ok(Self::Virtual(VirtualSpec::default())),
            name => Ok(Self::Named(name.into())),
        }
    }
}

impl AlsaSpec {
    fn parse(text: &str) -> Result<Self, OutputSpecError> {
        let (name, channels) = match text.split_once("?channels=") {
            Some((name, map)) => (name, Some(map.trim().parse().map_err(OutputSpecError::Channels)?)),
            None => (text, None),
        };
        let name = name.trim().to_owned();
        if name.is_empty() { Err(OutputSpecError::Empty) } else { Ok(Self { name, channels }) }
    }
}

/// As it is written, without `alsa:`.
impl fmt::Display for AlsaSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.channels.as_ref().map_or(Ok(()), |map| write!(f, "?channels={map}"))
    }
}

impl VirtualSpec {
    fn parse(settings: &str) -> Result<Self, OutputSpecError> {
        let mut spec = Self::default();
        for setting in settings.split(',').map(str::trim).filter(|s| !s.is_empty()) {
            let (key, value) = setting.split_once('=').unwrap_or((setting, ""));
            match key {
                "ppm" => {
                    let wanted = "parts per million from -1000 to 1000 are wanted, e.g. ppm=-35.5";
                    spec.ppm = number("ppm", value, -1000.0, 1000.0, wanted)?;
                }
                "jitter_us" => {
                    let wanted = "microseconds from 0 to 100000 are wanted, e.g. jitter_us=500";
                    spec.jitter_us = number("jitter_us", value, 0.0, 100_000.0, wanted)?;
                }
                "wav" if value.is_empty() => {
                    let wanted = "a file is wanted (its name without a comma), e.g. wav=out.wav";
                    return Err(OutputSpecError::Value { key: "wav", value: String::new(), wanted });
                }
                "wav" => spec.wav = Some(value.into()),
                "rate" => {
                    let wanted = "frames a second from 8000 to 384000 are wanted, e.g. rate=44100";
                    spec.rate = number("rate", value, 8_000.0, 384_000.0, wanted)? as u32;
                }
                "gran" => {
                    let wanted = "frames from 1 to 1000 are wanted, e.g. gran=192";
                    spec.gran = number("gran", value, 1.0, 1_000.0, wanted)?;
                }
                "xrun_every_s" => {
                    let wanted = "seconds from 0.1 on are wanted, e.g. xrun_every_s=30";
                    spec.xrun_every_s = Some(number("xrun_every_s", value, 0.1, 1e6, wanted)?);
                }
                _ => return Err(OutputSpecError::UnknownKey(key.into())),
            }
        }
        Ok(spec)
    }
}

fn number(key: &'static str, value: &str, min: f64, max: f64, wanted: &'static str) -> Result<f64, OutputSpecError> {
    let number = value.parse().ok().filter(|n| (min..=max).contains(n));
    number.ok_or_else(|| OutputSpecError::Value { key, value: value.into(), wanted })
}

/// As it is written.
impl fmt::Display for OutputSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Alsa(card) => write!(f, "alsa:{card}"),
            Self::Named(name) => f.write_str(name),
            Self::Virtual(spec) => {
                write!(f, "virtual:ppm={},jitter_us={},rate={}", spec.ppm, spec.jitter_us, spec.rate)?;
                if spec.gran > 1.0 {
                    write!(f, ",gran={}", spec.gran)?;
                }
                if let Some(every) = spec.xrun_every_s {
                    write!(f, ",xrun_every_s={every}")?;
                }
                if let Some(wav) = &spec.wav {
                    write!(f, ",wav={}", wav.display())?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> OutputSpec {
        text.parse().unwrap()
    }

    #[test]
    fn every_form() {
        assert_eq!(parse("default"), OutputSpec::Default);
        let card = |channels: Option<&str>| {
            let channels = channels.map(|map| map.parse().unwrap());
            OutputSpec::Alsa(AlsaSpec { name: "hw:CARD=DAC,DEV=0".into(), channels })
        };
        assert_eq!(parse("alsa:hw:CARD=DAC,DEV=0"), card(None));
        assert_eq!(parse("alsa:hw:CARD=DAC,DEV=0?channels=--lr"), card(Some("--LR")));
        assert_eq!(parse("alsa:hw:CARD=DAC,DEV=0?channels=--lr").to_string(), "alsa:hw:CARD=DAC,DEV=0?channels=--LR");
        assert_eq!(parse("Built-in Audio: Analog"), OutputSpec::Named("Built-in Audio: Analog".into()));
        assert_eq!(parse("virtual"), OutputSpec::Virtual(VirtualSpec::default()));
        assert_eq!(parse("virtual:"), OutputSpec::Virtual(VirtualSpec::default()));
        let all = parse("virtual:ppm=-35.5, jitter_us=500,wav=/tmp/out=1.wav,rate=44100,gran=176.4,xrun_every_s=30");
        let wanted = VirtualSpec {
            ppm: -35.5,
            jitter_us: 500.0,
            wav: Some("/tmp/out=1.wav".into()),
            rate: 44_100,
            xrun_every_s: Some(30.0),
            gran: 176.4,
        };
        assert_eq!(all, OutputSpec::Virtual(wanted));
        assert_eq!(parse(&all.to_string()), all);
    }

    #[test]
    fn what_is_wrong_is_said_with_an_example() {
        for (text, said) in [
            ("", "e.g. alsa:hw"),
            ("alsa:", "e.g. alsa:hw"),
            ("alsa:?channels=LR", "e.g. alsa:hw"),
            ("alsa:hw:0?channels=", "e.g. alsa:hw:CARD=DAC?channels=--LR"),
            ("alsa:hw:0?channels=3,4", "\"3,4\""),
            ("virtual:speed=3", "\"speed\""),
            ("virtual:ppm", "e.g. ppm="),
            ("virtual:ppm=fast", "e.g. ppm="),
            ("virtual:ppm=NaN", "e.g. ppm="),
            ("virtual:jitter_us=-1", "e.g. jitter_us="),
            ("virtual:rate=0", "e.g. rate="),
            ("virtual:gran=0", "e.g. gran="),
            ("virtual:wav=", "e.g. wav="),
            ("virtual:xrun_every_s=0", "e.g. xrun_every_s="),
        ] {
            let error = text.parse::<OutputSpec>().unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived_and_what_is_understood_stays(text in "(virtual:)?.{0,40}") {
            if let Ok(spec) = text.parse::<OutputSpec>() {
                prop_assert_eq!(spec.to_string().parse::<OutputSpec>(), Ok(spec));
            }
        }
    }
}
