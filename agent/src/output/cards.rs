//! The sound cards that the kernel knows, as it tells them in `/proc/asound`, and the names to write for them.

use std::{collections::BTreeMap, fs, path::Path};

/// A way to play on a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Playback {
    /// The card's number, which changes with what is plugged in.
    pub card: u32,
    /// The number of the device on it.
    pub device: u32,
    /// The card's id, which stays.
    pub id: String,
    /// For people: `USB-Audio - FiiO E10, USB Audio`.
    pub description: String,
    likelihood: Likelihood,
}

/// How likely a loudspeaker hangs on it, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Likelihood {
    /// A device of software.
    Made,
    /// A screen.
    Screen,
    /// A digital output beside an analogue one.
    Digital,
    /// The socket of a Raspberry Pi.
    Socket,
    /// The sound of a computer's board.
    Board,
    /// Somebody put it in, or on.
    Added,
}

impl Playback {
    /// The name for the setting `output`.
    pub fn output(&self) -> String {
        format!("alsa:hw:CARD={},DEV={}", self.id, self.device)
    }
}

impl Likelihood {
    fn of(description: &str) -> Self {
        let text = description.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if has(&["loopback", "dummy", "virtual"]) {
            Self::Made
        } else if has(&["hdmi", "displayport"]) {
            Self::Screen
        } else if has(&["bcm2835"]) {
            Self::Socket
        } else if has(&["hda-intel", "hda intel", "sof-hda"]) {
            if has(&["digital", "s/pdif", "iec958"]) { Self::Digital } else { Self::Board }
        } else {
            Self::Added
        }
    }
}

/// All ways to play, in the order of the cards. `root`: `/`, or a copy of a system.
pub fn read(root: &Path) -> Vec<Playback> {
    let text = |name: &str| fs::read_to_string(root.join("proc/asound").join(name)).unwrap_or_default();
    parse(&text("cards"), &text("pcm"))
}

/// The one that is meant most likely.
pub fn likely(playbacks: &[Playback]) -> Option<&Playback> {
    // of equals, the first
    playbacks.iter().rev().max_by_key(|playback| playback.likelihood)
}

fn parse(cards: &str, devices: &str) -> Vec<Playback> {
    // " 0 [DAC            ]: USB-Audio - FiiO E10", and a line of more words below it
    let cards: BTreeMap<u32, (&str, &str)> = cards
        .lines()
        .filter_map(|line| {
            let (number, rest) = line.split_once('[')?;
            let (id, description) = rest.split_once("]:")?;
            Some((number.trim().parse().ok()?, (id.trim(), description.trim())))
        })
        .collect();
    // "00-01: USB Audio : USB Audio : playback 1 : capture 1"
    let playback = |line: &str| {
        let (numbers, rest) = line.split_once(':')?;
        let (card, device) = numbers.split_once('-')?;
        let (card, device) = (card.trim().parse().ok()?, device.trim().parse().ok()?);
        let mut parts = rest.split(" : ").map(str::trim);
        let name = parts.next()?;
        if !parts.any(|part| part.starts_with("playback")) {
            return None;
        }
        let (id, words) = cards.get(&card)?;
        let description = format!("{words}, {name}");
        Some(Playback { card, device, id: (*id).into(), likelihood: Likelihood::of(&description), description })
    };
    devices.lines().filter_map(playback).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const PI_CARDS: &str = " 0 [Headphones     ]: bcm2835_headpho - bcm2835 Headphones
                      bcm2835 Headphones
 1 [vc4hdmi0       ]: vc4-hdmi - vc4-hdmi-0
                      vc4-hdmi-0
 2 [sndrpihifiberry]: RPi-simple - snd_rpi_hifiberry_dac
                      snd_rpi_hifiberry_dac
";
    pub(crate) const PI_DEVICES: &str = "00-00: bcm2835 Headphones : bcm2835 Headphones : playback 8
01-00: MAI PCM i2s-hifi-0 : MAI PCM i2s-hifi-0 : playback 1
02-00: HifiBerry DAC HiFi pcm5102a-hifi-0 : HifiBerry DAC HiFi pcm5102a-hifi-0 : playback 1
";
    const LAPTOP_CARDS: &str = " 0 [PCH            ]: HDA-Intel - HDA Intel PCH
                      HDA Intel PCH at 0xf7f10000 irq 31
 1 [Microphone     ]: USB-Audio - USB Microphone
                      Somebody USB Microphone at usb-0000:00:14.0-1, full speed
";
    const LAPTOP_DEVICES: &str = "00-00: ALC269VC Analog : ALC269VC Analog : playback 1 : capture 1
00-01: ALC269VC Digital : ALC269VC Digital : playback 1
00-03: HDMI 0 : HDMI 0 : playback 1
01-00: USB Audio : USB Audio : capture 1
";

    fn named(cards: &str, devices: &str) -> (Vec<String>, Option<String>) {
        let all = parse(cards, devices);
        (all.iter().map(Playback::output).collect(), likely(&all).map(Playback::output))
    }

    #[test]
    fn what_was_put_in_is_likelier_than_what_every_board_has() {
        let (all, likely) = named(PI_CARDS, PI_DEVICES);
        assert_eq!(all[0], "alsa:hw:CARD=Headphones,DEV=0");
        assert_eq!((all.len(), likely.as_deref()), (3, Some("alsa:hw:CARD=sndrpihifiberry,DEV=0")));
        let (bare, _) = PI_DEVICES.split_once("02-00").unwrap();
        assert_eq!(named(PI_CARDS, bare).1.as_deref(), Some("alsa:hw:CARD=Headphones,DEV=0"), "before the screen");
        let screen = "01-00: MAI PCM i2s-hifi-0 : MAI PCM i2s-hifi-0 : playback 1";
        assert_eq!(named(PI_CARDS, screen).1.as_deref(), Some("alsa:hw:CARD=vc4hdmi0,DEV=0"), "there is no other");
        let (all, likely) = named(LAPTOP_CARDS, LAPTOP_DEVICES);
        assert_eq!(all.len(), 3, "a microphone is no output");
        assert_eq!(likely.as_deref(), Some("alsa:hw:CARD=PCH,DEV=0"));
    }

    #[test]
    fn a_machine_without_cards_has_none() {
        assert_eq!(named("--- no soundcards ---\n", ""), (vec![], None));
        assert_eq!(named("", "nonsense : playback 1\n07-00: x : y : playback 1\n"), (vec![], None), "no such card");
        assert_eq!(read(Path::new("/nonexistent")), []);
    }
}
