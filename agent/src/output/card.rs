//! An ALSA card, opened with the best of what it offers.

use alsa::{
    Direction, ValueOr,
    pcm::{Access, Format, Frames, HwParams, PCM},
};
use nix::errno::Errno;

use super::{OutputError, PREFERRED_RATE, format::FORMATS};
use crate::config::{ChannelMap, MAX_CHANNELS};

/// The card's own period, microseconds: nothing here waits for it.
const CARD_PERIOD_US: u32 = 10_000;
/// The card's ring, microseconds.
const RING_US: u32 = 250_000;

/// The call that fails when the configuration of ALSA is wrong.
const OPENING: &str = "cannot be opened";

/// Why a card does not play.
#[derive(Debug)]
pub(super) enum Fault {
    /// A call failed.
    Call(&'static str, alsa::Error),
    /// It does, or offers, nothing that can be used.
    Unusable(String),
}

impl Fault {
    /// In words, for the output of this name.
    pub(super) fn explain(self, output: String) -> OutputError {
        let (what, error) = match self {
            Self::Unusable(reason) => return OutputError::Unusable { output, reason },
            Self::Call(what, error) => (what, Errno::from_raw(error.errno())),
        };
        let reason = format!("{what}: {}", error.desc());
        match error {
            Errno::ENOENT | Errno::ENODEV | Errno::ENXIO => OutputError::NoDevice { output, reason },
            Errno::EBUSY => OutputError::Unusable { output, reason: "in use by another program".into() },
            Errno::EACCES => {
                OutputError::Unusable { output, reason: "no permission; is this user in the group audio?".into() }
            }
            Errno::EINVAL if what == OPENING => {
                let reason = format!("{reason}; look for a fault in /etc/asound.conf and ~/.asoundrc");
                OutputError::Unusable { output, reason }
            }
            _ => OutputError::Failed { output, reason },
        }
    }
}

/// An open, configured card.
pub(super) struct Card {
    pub(super) pcm: PCM,
    pub(super) format: Format,
    /// A source for each of its channels.
    pub(super) map: ChannelMap,
    /// Frames a second.
    pub(super) rate: u32,
    /// The frames that may wait in it.
    pub(super) ring: u64,
}

impl Card {
    /// Opens the PCM `name`. `wanted`: what its channels play, if a person says so.
    pub(super) fn open(name: &str, wanted: Option<&ChannelMap>) -> Result<Self, Fault> {
        let call = |what| move |e| Fault::Call(what, e);
        let pcm = PCM::new(name, Direction::Playback, true).map_err(call(OPENING))?;
        let (format, map, rate, ring) = {
            let hw = HwParams::any(&pcm).map_err(call("has no parameters"))?;
            if hw.set_access(Access::RWInterleaved).is_err() {
                let reason = "takes no interleaved frames, only each channel by itself";
                return Err(Fault::Unusable(format!("{reason}; write alsa:{}", converted(name))));
            }
            let (format, channels) = best(&hw, wanted.map_or(2, ChannelMap::channels))
                .ok_or_else(|| Fault::Unusable(offer(&hw, name, wanted)))?;
            hw.set_format(format).map_err(call("refuses its own format"))?;
            hw.set_channels(channels).map_err(call("refuses its own channels"))?;
            let rate = hw.set_rate_near(PREFERRED_RATE, ValueOr::Nearest).map_err(call("has no usable rate"))?;
            let _ = hw.set_buffer_time_near(RING_US, ValueOr::Nearest);
            let _ = hw.set_period_time_near(CARD_PERIOD_US, ValueOr::Nearest);
            pcm.hw_params(&hw).map_err(call("refuses its own parameters"))?;
            let ring = hw.get_buffer_size().map_err(call("does not tell its buffer"))?;
            let map = match wanted {
                Some(map) => map.clone().widened(channels as usize),
                None => ChannelMap::usual(channels as usize),
            };
            (format, map, rate, u64::try_from(ring).unwrap_or(0))
        };
        {
            let sw = pcm.sw_params_current().map_err(call("has no software parameters"))?;
            // started by hand, once it is filled; an underrun stops it
            let _ = sw.set_start_threshold(ring as Frames * 2);
            let _ = sw.set_avail_min(1);
            pcm.sw_params(&sw).map_err(call("refuses software parameters"))?;
        }
        Ok(Self { pcm, format, map, rate, ring })
    }
}

/// The best format, with the channels to open: as many as are wanted, else the least above that, and one channel if
/// there are not even two and two are enough to ask for.
fn best(hw: &HwParams<'_>, wanted: usize) -> Option<(Format, u32)> {
    let formats = || FORMATS.into_iter().filter(|f| hw.test_format(*f).is_ok());
    let more = (wanted..=MAX_CHANNELS).chain((wanted == 2).then_some(1)).map(|n| n as u32);
    for channels in more.filter(|n| hw.test_channels(*n).is_ok()) {
        for format in formats() {
            // some cards have more channels in one format than in another
            let both = hw.clone();
            if both.set_format(format).is_ok() && both.set_channels(channels).is_ok() {
                return Some((format, channels));
            }
        }
    }
    None
}

/// The sentence on a card with nothing to use: what it offers, and what to write.
fn offer(hw: &HwParams<'_>, name: &str, wanted: Option<&ChannelMap>) -> String {
    // alsa-lib ends the process that asks for the format without a number
    let has = |f: &Format| *f != Format::Unknown && hw.test_format(*f).is_ok();
    let formats: Vec<String> = Format::all().iter().filter(|f| has(f)).map(ToString::to_string).collect();
    if FORMATS.iter().any(has) {
        let (least, most) = (hw.get_channels_min().unwrap_or(0), hw.get_channels_max().unwrap_or(0));
        return match wanted {
            Some(map) => format!("has {most} channels, and {} are asked for by channels={map}", map.channels()),
            None => format!(
                "has {least} channels at least, and no more than {MAX_CHANNELS} can be written; write alsa:{}",
                converted(name)
            ),
        };
    }
    let offered = if formats.is_empty() { "no format that has a name".into() } else { formats.join(", ") };
    format!("offers {offered}, of which none can be written; write alsa:{}", converted(name))
}

/// The name of the same card behind ALSA's own conversion.
fn converted(name: &str) -> String {
    match name.strip_prefix("hw:") {
        Some(card) => format!("plughw:{card}"),
        None => format!("plug:SLAVE='{name}'"),
    }
}

/// True if the PCM takes stereo in a format of this machine that every library can write.
pub(super) fn is_plain(name: &str) -> bool {
    let plain = |hw: &HwParams<'_>| {
        let has = |f: Format| hw.test_format(f).is_ok();
        hw.test_channels(2).is_ok() && (has(Format::float()) || has(Format::s32()) || has(Format::s16()))
    };
    // one that cannot be opened is the library's to explain
    PCM::new(name, Direction::Playback, true).map_or(true, |pcm| HwParams::any(&pcm).map_or(true, |hw| plain(&hw)))
}
