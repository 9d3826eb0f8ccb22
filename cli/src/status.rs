//! The view of a zone: what plays, and how well each speaker keeps step.

use std::fmt::Write;

use crate::{
    model::{PendingChange, Playback, Speaker},
    quantity::{clock, clock_tenths},
    spread::{SpreadHistory, believed_spread_us, true_spread_us},
    table::{self, or_unknown, plain, signed},
};

/// The whole view, lines of text.
pub fn view(playback: &Playback, speakers: &[Speaker], zone: Option<&str>, history: &SpreadHistory) -> String {
    let mut text = headline(playback, zone);
    text.push_str(&pending_line(playback));
    text.push('\n');
    if speakers.is_empty() {
        text.push_str("No speaker has joined yet: start downbeat-agent on one.\n");
        return text;
    }
    text.push_str(&speaker_table(speakers));
    text.push('\n');
    text.push_str(&unsure_lines(speakers));
    text.push_str(&belief_line(playback));
    text.push_str(&spread_line(speakers, history, playback.sync.is_none()));
    text
}

/// Zone, what plays, where, how loud.
fn headline(playback: &Playback, zone: Option<&str>) -> String {
    let zone = playback.zone.as_deref().or(zone).unwrap_or("all");
    let state = match playback.state.as_deref() {
        _ if playback.preparing => "about to play",
        Some(state) => state,
        None if playback.playing => "playing",
        None => "stopped",
    };
    let mut text = format!("Zone {zone}: {state}");
    if let Some(track) = &playback.track {
        let _ = write!(text, " {}", track.caption());
        if let Some(position) = playback.present_position() {
            let length = track.duration.map_or_else(|| "?".to_owned(), clock);
            let _ = write!(text, "  {} of {length}", clock_tenths(position));
        }
    }
    if let Some(volume) = playback.volume {
        let _ = write!(text, "  volume {volume:.0}{}", if playback.muted { ", muted" } else { "" });
    }
    if playback.metronome.is_some_and(|metronome| metronome.on) {
        text.push_str("  metronome on");
    }
    text.push('\n');
    text
}

/// The changes that are to be made later, and in how long.
fn pending_line(playback: &Playback) -> String {
    let Some(now) = playback.server_time else { return String::new() };
    let later = |p: &PendingChange| format!("{} in {}", p.what, clock((p.at - now).max(0) as f64 / 1e6));
    let all: Vec<String> = playback.pending.iter().map(later).collect();
    if all.is_empty() { String::new() } else { format!("Later: {}\n", all.join(", ")) }
}

fn speaker_table(speakers: &[Speaker]) -> String {
    let mut table = table::new(&[
        "speaker",
        "state",
        ">position",
        ">sync error us",
        ">correction ppm",
        ">crystal ppm",
        ">bound us",
        ">underruns",
        ">re-anchors",
    ]);
    for speaker in speakers {
        // Figures of a speaker that is away, or that plays nothing, are of the past.
        let live = |value: Option<f64>| value.filter(|_| speaker.connected);
        let moving = |value: Option<f64>| live(value).filter(|_| speaker.is_playing());
        table.add_row([
            speaker.name.clone(),
            match speaker.health.as_ref().and_then(|health| health.output_fault.as_deref()) {
                Some(fault) if speaker.connected => format!("{}: {fault}", speaker.condition()),
                _ if speaker.muted => format!("{}, muted", speaker.condition()),
                _ => speaker.condition().to_owned(),
            },
            live(speaker.present_position()).map_or_else(|| table::UNKNOWN.to_owned(), clock_tenths),
            signed(moving(speaker.sync_error_us), 1),
            signed(moving(speaker.correction_ppm), 1),
            signed(live(speaker.dac_ppm), 1),
            plain(live(speaker.error_bound_us), 1),
            or_unknown(speaker.underruns),
            or_unknown(speaker.reanchors),
        ]);
    }
    table::text(&table)
}

/// The speakers that may be a millisecond off, with the cause and the remedy.
fn unsure_lines(speakers: &[Speaker]) -> String {
    let mut text = String::new();
    for speaker in speakers.iter().filter(|speaker| speaker.connected) {
        let (Some(cause), Some(bound_us)) = (speaker.unsure_because.as_deref(), speaker.error_bound_us) else {
            continue;
        };
        let why = match cause {
            "coarse_card" => match speaker.card_step_us {
                Some(us) => format!(
                    "its sound card's position moves in steps of {:.1} ms; another card or driver may be finer",
                    us / 1e3
                ),
                None => {
                    "what its sound card says of its position scatters; name the card itself (alsa:hw:...)".to_owned()
                }
            },
            "radio_sleeps" => {
                "its Wi-Fi sleeps between beacons; switch power saving off (iw dev wlan0 set power_save off)".to_owned()
            }
            "lost_probes" => {
                "many of its time requests are lost; look for interference, or a line that is full".to_owned()
            }
            "no_floor" => "its network is never at rest; a wire or a quieter channel helps".to_owned(),
            "long_way" => format!(
                "of its round trip of {:.1} ms half cannot be seen; a nearer way helps, or trim it by ear",
                speaker.round_trip_us.unwrap_or(0.0) / 1e3
            ),
            other => other.to_owned(),
        };
        let _ = writeln!(text, "{} may be {:.1} ms off: {why}", speaker.name, bound_us / 1e3);
    }
    text
}

/// How far apart the speakers are, as the coordinator makes it out from what they report.
fn belief_line(playback: &Playback) -> String {
    let Some(sync) = playback.sync else { return String::new() };
    let (Some(spread), Some(bound)) = (sync.spread_us, sync.bound_us) else { return String::new() };
    let mut text = format!(
        "Spread {spread:.1} us as {} speakers report, at most {:.0} by their bounds",
        sync.speakers,
        spread + bound
    );
    if let (Some(p95), Some(max)) = (sync.p95_us, sync.max_us) {
        let _ = write!(text, "; in the last 5 minutes p95 {p95:.1}, greatest {max:.1}");
    }
    text.push('\n');
    text
}

fn spread_line(speakers: &[Speaker], history: &SpreadHistory, believed: bool) -> String {
    let mut text = String::new();
    if let Some(spread) = true_spread_us(speakers) {
        let measured = speakers.iter().filter(|speaker| speaker.is_playing() && speaker.truth.is_some()).count();
        let _ = write!(text, "True spread {spread:.1} us, measured by the {measured} virtual devices");
        if let Some((median, greatest, count)) = history.summary().filter(|(_, _, count)| *count > 1) {
            let _ = write!(text, " (median {median:.1}, greatest {greatest:.1} of {count} readings)");
        }
        text.push('\n');
    } else if let Some(spread) = believed_spread_us(speakers).filter(|_| believed) {
        let _ = writeln!(text, "Spread {spread:.1} us as the speakers themselves estimate it");
    }
    text
}

/// A frame for a terminal, over the one before, which had `above` lines. Earlier lines of the screen stay. Lines too
/// long are cut and not wrapped, so that the count holds.
pub fn redraw(view: &str, above: usize) -> String {
    let mut text = String::from("\x1b[?7l");
    if above > 0 {
        let _ = write!(text, "\x1b[{above}A");
    }
    for line in view.lines() {
        text.push_str(line);
        text.push_str("\x1b[K\n");
    }
    text.push_str("\x1b[J\x1b[?7h");
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fleet() -> Vec<Speaker> {
        serde_json::from_value(json!([
            {"name": "Kitchen", "connected": true, "state": "playing", "position": 11.34, "reportAgeMs": 1000,
             "syncErrorUs": -4.2, "correctionPpm": 0.24, "dacPpm": 18.04, "errorBoundUs": 31.0, "underruns": 0,
             "reanchors": 1, "truth": {"rawNs": 1_000_004_000, "contentUs": 500.0}},
            {"name": "Attic", "connected": true, "state": "playing", "position": 12.34, "syncErrorUs": 3.0,
             "correctionPpm": -0.2, "dacPpm": -27.0, "errorBoundUs": 29.5, "underruns": 0, "reanchors": 0,
             "truth": {"rawNs": 1_000_016_500, "contentUs": 500.0}},
            {"name": "Cellar", "connected": false, "state": "playing", "position": 3.0, "syncErrorUs": 9000.0}
        ]))
        .unwrap()
    }

    fn playing() -> Playback {
        serde_json::from_value(json!({
            "playing": true, "playbackState": "playing", "position": 12.0, "at": 0, "serverTime": 340_000,
            "volume": 70, "zone": "all",
            "currentTrack": {"id": "a", "title": "Slow River", "artist": "Mill Lane", "duration": 30.0}
        }))
        .unwrap()
    }

    #[test]
    fn the_view_has_all_figures() {
        let text = view(&playing(), &fleet(), None, &SpreadHistory::default());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "Zone all: playing Slow River - Mill Lane  0:12.3 of 0:30  volume 70");
        let row = |name: &str| -> Vec<&str> {
            lines.iter().find(|line| line.starts_with(name)).unwrap().split_whitespace().collect()
        };
        assert_eq!(row("Kitchen"), ["Kitchen", "playing", "0:12.3", "-4.2", "+0.2", "+18.0", "31.0", "0", "1"]);
        assert_eq!(
            row("Cellar"),
            ["Cellar", "away", "-", "-", "-", "-", "-", "-", "-"],
            "the past is not shown as present"
        );
        assert_eq!(*lines.last().unwrap(), "True spread 12.5 us, measured by the 2 virtual devices");
    }

    #[test]
    fn a_speaker_that_is_unsure_says_why() {
        let mut speakers = fleet();
        assert!(!view(&playing(), &speakers, None, &SpreadHistory::default()).contains("off:"));
        speakers[1].error_bound_us = Some(7_830.0);
        speakers[1].card_step_us = Some(15_600.0);
        for (cause, said) in [
            ("coarse_card", "Attic may be 7.8 ms off: its sound card's position moves in steps of 15.6 ms"),
            ("radio_sleeps", "Attic may be 7.8 ms off: its Wi-Fi sleeps"),
            ("lost_probes", "Attic may be 7.8 ms off: many of its time requests are lost"),
            ("no_floor", "Attic may be 7.8 ms off: its network is never at rest"),
            ("long_way", "Attic may be 7.8 ms off: of its round trip"),
            ("moon_phase", "Attic may be 7.8 ms off: moon_phase"),
        ] {
            speakers[1].unsure_because = Some(cause.to_owned());
            let text = view(&playing(), &speakers, None, &SpreadHistory::default());
            assert!(text.contains(said), "{text}");
        }
    }

    #[test]
    fn without_the_truth_it_is_said_whose_belief_it_is() {
        let mut speakers = fleet();
        speakers[0].truth = None;
        let text = view(&playing(), &speakers, None, &SpreadHistory::default());
        assert!(text.contains("Spread 7.2 us as the speakers themselves estimate it"), "{text}");
    }

    #[test]
    fn what_the_coordinator_believes_is_said_with_its_bound() {
        let mut playback = playing();
        playback.sync = serde_json::from_value(
            json!({"spreadUs": 7.24, "p95Us": 9.0, "maxUs": 31.5, "boundUs": 60.4, "speakers": 2}),
        )
        .unwrap();
        playback.metronome = serde_json::from_value(json!({"on": true, "at": 5})).unwrap();
        let mut speakers = fleet();
        speakers[0].truth = None;
        let text = view(&playback, &speakers, None, &SpreadHistory::default());
        let said = "Spread 7.2 us as 2 speakers report, at most 68 by their bounds; \
                    in the last 5 minutes p95 9.0, greatest 31.5\n";
        assert!(text.ends_with(said) && text.matches("Spread").count() == 1, "{text}");
        assert!(text.lines().next().unwrap().ends_with("metronome on"), "{text}");
        // one alone, or an older coordinator
        for sync in [json!({"spreadUs": null, "boundUs": null, "speakers": 1}), json!(null)] {
            playback.sync = serde_json::from_value(sync).unwrap();
            view(&playback, &speakers, None, &SpreadHistory::default());
        }
    }

    #[test]
    fn what_is_to_come_later_is_said() {
        let mut playback = playing();
        playback.pending = serde_json::from_value(json!([
            {"what": "volume", "at": 340_000 + 65_000_000},
            {"what": "stop", "at": 340_000 + 7_200_000_000_i64}
        ]))
        .unwrap();
        let text = view(&playback, &fleet(), None, &SpreadHistory::default());
        assert_eq!(text.lines().nth(1).unwrap(), "Later: volume in 1:05, stop in 2:00:00");
    }

    #[test]
    fn nothing_at_all_is_a_view_too() {
        let text = view(&Playback::default(), &[], Some("kitchen"), &SpreadHistory::default());
        assert!(text.starts_with("Zone kitchen: stopped\n"), "{text}");
        assert!(text.contains("No speaker has joined yet"));
    }

    #[test]
    fn a_frame_covers_the_one_before_and_nothing_else() {
        assert_eq!(redraw("a\nb\n", 0), "\x1b[?7la\x1b[K\nb\x1b[K\n\x1b[J\x1b[?7h");
        assert_eq!(redraw("a\n", 2), "\x1b[?7l\x1b[2Aa\x1b[K\n\x1b[J\x1b[?7h");
    }
}
