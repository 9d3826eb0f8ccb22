//! Cards as they are found: what comes out of them, by ALSA directly and by the system's sound library, and what is
//! said and done where nothing can.

mod stage;

use stage::{Outcome, SOUND, play};

/// Seconds of frames in which the sound is over on any card.
const SHORT: f64 = 0.5;

/// The first frame that is not like the silence after the sound. Before it there may be none: the sound is asked for
/// when the card is open, and its first frames may come later.
fn first_sound(outcome: &Outcome, frame_bytes: usize) -> &[u8] {
    let mut frames = outcome.bytes.chunks_exact(frame_bytes);
    let silence = frames.clone().next_back().expect("a frame");
    frames.find(|frame| *frame != silence).expect("a sound")
}

/// A sample of a format as a number of -1..=1, as alsa-lib describes the format.
fn sample(format: &str, bytes: &[u8]) -> f64 {
    let mut low_first = bytes.to_vec();
    if format.ends_with("BE") {
        low_first.reverse();
    }
    if format.starts_with("FLOAT64") {
        return f64::from_le_bytes(low_first.try_into().expect("eight bytes"));
    }
    if format.starts_with("FLOAT") {
        return f64::from(f32::from_le_bytes(low_first.try_into().expect("four bytes")));
    }
    let bits: u32 = format[1..].split('_').next().and_then(|b| b.parse().ok()).expect("a width");
    let number = low_first.iter().rev().fold(0u64, |n, byte| n << 8 | u64::from(*byte)) & ((1 << bits) - 1);
    let half = (1u64 << (bits - 1)) as f64;
    let unsigned = if format.starts_with('U') { number } else { number ^ (1 << (bits - 1)) };
    unsigned as f64 / half - 1.0
}

fn bytes_of(format: &str) -> usize {
    match format {
        "S8" | "U8" => 1,
        _ if format.contains("16") => 2,
        _ if format.contains("_3") => 3,
        _ if format.contains("64") => 8,
        _ => 4,
    }
}

const FORMATS: [&str; 32] = [
    "S8",
    "U8",
    "S16_LE",
    "S16_BE",
    "U16_LE",
    "U16_BE",
    "S24_LE",
    "S24_BE",
    "U24_LE",
    "U24_BE",
    "S32_LE",
    "S32_BE",
    "U32_LE",
    "U32_BE",
    "FLOAT_LE",
    "FLOAT_BE",
    "FLOAT64_LE",
    "FLOAT64_BE",
    "S20_LE",
    "S20_BE",
    "U20_LE",
    "U20_BE",
    "S24_3LE",
    "S24_3BE",
    "U24_3LE",
    "U24_3BE",
    "S20_3LE",
    "S20_3BE",
    "U20_3LE",
    "U20_3BE",
    "S18_3LE",
    "S18_3BE",
];

/// Each format on a card that takes nothing else, by outputs of this form.
fn every_format(test: &str, output: impl Fn(&str) -> String) {
    let cards: Vec<String> = FORMATS.iter().map(|f| format!("{f} format {f}")).collect();
    let outputs: Vec<String> = FORMATS.iter().map(|f| output(f)).collect();
    let outputs: Vec<_> = FORMATS.iter().zip(&outputs).map(|(f, o)| (*f, o.as_str(), SHORT)).collect();
    let cards: Vec<&str> = cards.iter().map(String::as_str).collect();
    let Some(outcomes) = play(test, &cards, &outputs) else { return };
    for format in FORMATS {
        let outcome = &outcomes[format];
        assert_eq!((outcome.rate, outcome.fault.as_deref()), (Some(48_000), None), "{format}");
        let width = bytes_of(format);
        let frame = first_sound(outcome, 2 * width);
        let heard = (sample(format, &frame[..width]), sample(format, &frame[width..]));
        let near = |heard: f64, due: f32| (heard - f64::from(due)).abs() < 1.1 / 128.0;
        assert!(near(heard.0, SOUND.0) && near(heard.1, SOUND.1), "{format}: {heard:?}");
    }
}

#[test]
fn every_format_of_samples_plays() {
    every_format("every_format_of_samples_plays", |card| format!("alsa:{card}"));
}

#[test]
fn every_format_of_samples_plays_by_the_sound_library() {
    every_format("every_format_of_samples_plays_by_the_sound_library", str::to_owned);
}

#[test]
fn cards_of_any_number_of_channels_play_stereo_or_by_a_map() {
    let (l, r, m) = (0x40u8, 0xe0u8, 0x10u8);
    let due: [(&str, &str, u32, &[u8]); 10] = [
        ("one", "alsa:one", 1, &[m]),
        ("three", "alsa:three", 3, &[l, r, 0]),
        ("four", "alsa:four", 4, &[l, r, 0, 0]),
        ("six", "alsa:six", 6, &[l, r, 0, 0, 0, 0]),
        ("eight", "alsa:eight", 8, &[l, r, 0, 0, 0, 0, 0, 0]),
        ("many", "alsa:many", 32, &[&[l, r][..], &[0; 30]].concat().leak()[..]),
        ("back", "alsa:back?channels=--LR", 4, &[0, 0, l, r]),
        ("all", "alsa:all?channels=LRLR", 4, &[l, r, l, r]),
        ("sub", "alsa:sub?channels=LR-M", 6, &[l, r, 0, m, 0, 0]),
        ("library", "library", 6, &[l, r, 0, 0, 0, 0]),
    ];
    let cards: Vec<String> = due.iter().map(|(name, _, n, _)| format!("{name} format S8 channels {n}")).collect();
    let cards: Vec<&str> = cards.iter().map(String::as_str).collect();
    let outputs: Vec<_> = due.iter().map(|(name, output, ..)| (*name, *output, SHORT)).collect();
    let Some(outcomes) = play("cards_of_any_number_of_channels_play_stereo_or_by_a_map", &cards, &outputs) else {
        return;
    };
    for (name, _, channels, frame) in due {
        let outcome = &outcomes[name];
        assert_eq!(outcome.fault, None, "{name}");
        assert_eq!(first_sound(outcome, channels as usize), frame, "{name}");
    }
}

#[test]
fn cards_of_one_rate_play_at_it() {
    let rates = [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 64_000, 88_200, 96_000, 176_400, 192_000, 384_000];
    let names: Vec<String> = rates.iter().map(|rate| format!("r{rate}")).collect();
    let cards: Vec<String> = rates.iter().map(|rate| format!("r{rate} format S8 rate {rate}")).collect();
    let cards: Vec<&str> = cards.iter().map(String::as_str).collect();
    let direct: Vec<String> = names.iter().map(|name| format!("alsa:{name}")).collect();
    let outputs: Vec<_> = names.iter().zip(&direct).map(|(n, o)| (n.as_str(), o.as_str(), SHORT)).collect();
    let Some(outcomes) = play("cards_of_one_rate_play_at_it", &cards, &outputs) else { return };
    for (rate, name) in rates.iter().zip(&names) {
        let outcome = &outcomes[name];
        assert_eq!((outcome.rate, outcome.fault.as_deref()), (Some(*rate), None));
        assert_eq!(first_sound(outcome, 2), [0x40, 0xe0], "{rate}");
    }
}

#[test]
fn a_card_with_nothing_to_use_says_what_it_has_and_what_to_write() {
    let cards = ["law format MU_LAW", "two format S16_LE channels 2", "wide format S16_LE channels 100"];
    let outputs = [("law", "alsa:law", SHORT), ("two", "alsa:two?channels=LRLR", SHORT), ("wide", "alsa:wide", SHORT)];
    let test = "a_card_with_nothing_to_use_says_what_it_has_and_what_to_write";
    let Some(outcomes) = play(test, &cards, &outputs) else { return };
    let said = |name: &str| outcomes[name].fault.as_deref().expect("a fault");
    assert!(
        said("law").contains("offers MU_LAW") && said("law").contains("write alsa:plug:SLAVE='law'"),
        "{}",
        said("law")
    );
    assert!(said("two").contains("has 2 channels, and 4 are asked for by channels=LRLR"), "{}", said("two"));
    assert!(said("wide").contains("has 100 channels at least"), "{}", said("wide"));
}

/// A configuration of ALSA with a fault in it: `rear` is a name that is taken.
#[test]
fn a_broken_configuration_of_alsa_is_said() {
    let outputs = [("library", "default", SHORT), ("named", "somewhere", SHORT), ("direct", "alsa:default", SHORT)];
    let Some(outcomes) = play("a_broken_configuration_of_alsa_is_said", &["pcm.rear { type null }"], &outputs) else {
        return;
    };
    for (name, ..) in outputs {
        let fault = outcomes[name].fault.as_deref().expect("a fault");
        assert!(fault.contains("asound.conf"), "{name}: {fault}");
    }
}

#[test]
fn a_device_without_a_clock_is_paced_by_the_systems() {
    let cards = [
        "pcm.nowhere { type null }",
        "pcm.tape { type file slave.pcm null file \"tape.raw\" format raw }",
        "pcm.!default { type null }",
        "eager format S32_LE mode eager",
    ];
    let seconds = 2.5;
    let outputs = [
        ("nowhere", "alsa:nowhere", seconds),
        ("tape", "alsa:tape", seconds),
        ("eager", "alsa:eager", seconds),
        ("library", "default", seconds),
    ];
    let Some(outcomes) = play("a_device_without_a_clock_is_paced_by_the_systems", &cards, &outputs) else { return };
    for (name, ..) in outputs {
        let outcome = &outcomes[name];
        assert_eq!((outcome.rate, outcome.fault.as_deref()), (Some(48_000), None), "{name}");
        // it took what any card may take at once, and was caught: twice if it was opened by the library first
        let at_once = if name == "library" { 2.0 } else { 1.0 } * (0.25 + 0.5) + 0.25;
        let (frames, took_s) = (outcome.frames as f64, outcome.took_ns as f64 * 1e-9);
        assert!(frames <= 48_000.0 * (1.05 * took_s + at_once), "{name}: {frames} frames in {took_s} s");
    }
}

#[test]
fn a_card_that_is_not_what_it_says_is_given_up_and_costs_little() {
    let cards = [
        "double format S16_LE mode double",
        "stuck format S16_LE mode stuck",
        "dry format S16_LE mode dry",
        "full format S16_LE mode full",
    ];
    let long = 1e6;
    let outputs = [
        ("double", "alsa:double", long),
        ("stuck", "alsa:stuck", long),
        ("dry", "alsa:dry", long),
        ("full", "alsa:full", long),
    ];
    let test = "a_card_that_is_not_what_it_says_is_given_up_and_costs_little";
    let Some(outcomes) = play(test, &cards, &outputs) else { return };
    for (name, said) in [
        ("double", "takes frames faster than the 48000 a second that it says"),
        ("stuck", "does not play on"),
        ("dry", "takes frames faster than the 48000 a second"),
        ("full", "does not play on"),
    ] {
        let outcome = &outcomes[name];
        assert!(outcome.fault.as_deref().is_some_and(|f| f.contains(said)), "{name}: {outcome:?}");
        // three seconds at most, in which it is not asked all the time
        assert!(outcome.asked < 20_000, "{name}: asked {} times", outcome.asked);
    }
}
