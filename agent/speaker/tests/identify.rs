//! A speaker that is asked again and again to make itself known.

use downbeat_protocol::{LocalTime, ServerMessage, ServerTime, server_message::Identify};
use downbeat_speaker::speaker::{Effect, Event, Speaker};

const MS: i64 = 1_000_000;

/// The chirps that so many requests make, `every_us` apart, from `from` on.
fn chirps(speaker: &mut Speaker, from: LocalTime, requests: i64, every_us: i64) -> usize {
    let mut effects = Vec::new();
    for n in 0..requests {
        let at = ServerTime(if n % 2 == 0 { i64::MAX } else { 0 });
        let message = ServerMessage::Identify(Identify { server_time: ServerTime(0), at });
        speaker.handle(from.plus_micros(n * every_us), Event::Message(Box::new(message)), &mut effects);
    }
    effects.iter().filter(|effect| matches!(effect, Effect::Chirp { .. })).count()
}

#[test]
fn a_flood_of_requests_is_one_chirp_at_a_time() {
    let (mut speaker, _renderer) = Speaker::new(LocalTime(0), 0, None);
    assert_eq!(chirps(&mut speaker, LocalTime(0), 3_000, 433), 2, "3,000 in 1.3 s");
    let later = LocalTime(10_000 * MS);
    assert_eq!(chirps(&mut speaker, later, 2, 1_000_000), 2, "a second apart both are heard");
}

#[test]
fn without_an_output_none_is_made() {
    let (mut speaker, _renderer) = Speaker::new(LocalTime(0), 0, None);
    speaker.handle(LocalTime(0), Event::OutputLost("gone".into()), &mut Vec::new());
    assert_eq!(chirps(&mut speaker, LocalTime(MS), 100, 1_000_000), 0);
    speaker.handle(LocalTime(0), Event::OutputOpened(48_000), &mut Vec::new());
    assert_eq!(chirps(&mut speaker, LocalTime(200_000 * MS), 1, 1), 1);
}
