//! The mixer of a sound card: what stands between its samples and its sockets.

use alsa::mixer::{Mixer, Selem, SelemChannelId};

/// A control for playback.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Control {
    /// As in `alsamixer`: Master, PCM, Digital.
    pub name: String,
    /// True if every channel is switched off; `None`: it has no switch.
    pub muted: Option<bool>,
    /// The loudest channel's place in the range, 0 to 1; `None`: it has no level.
    pub level: Option<f64>,
    /// The same in decibels, where the card tells.
    pub db: Option<f64>,
}

/// The controls for playback of the card of this number. `Err`: for people.
pub fn read(card: u32) -> Result<Vec<Control>, String> {
    // what alsa-lib would write to standard error by itself is the error below, in many lines
    let _quiet = alsa::Output::local_error_handler();
    let mixer = Mixer::new(&format!("hw:{card}"), true).map_err(|error| error.to_string())?;
    Ok(mixer.iter().filter_map(Selem::new).filter(Selem::can_playback).map(|elem| control(&elem)).collect())
}

fn control(elem: &Selem<'_>) -> Control {
    let channels = || SelemChannelId::all().iter().copied().filter(|c| elem.has_playback_channel(*c));
    let muted =
        elem.has_playback_switch().then(|| channels().all(|c| elem.get_playback_switch(c).is_ok_and(|on| on == 0)));
    let loudest = channels().filter_map(|c| elem.get_playback_volume(c).ok()).max();
    let (least, most) = elem.get_playback_volume_range();
    let level = loudest.filter(|_| elem.has_playback_volume() && most > least);
    let name = elem.get_id().get_name().map(ToOwned::to_owned).unwrap_or_default();
    Control {
        name,
        muted,
        level: level.map(|volume| (volume - least) as f64 / (most - least) as f64),
        db: level.and_then(|volume| elem.ask_playback_vol_db(volume).ok()).map(|db| f64::from(db.to_db())),
    }
}
