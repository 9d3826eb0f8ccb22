//! From one entry to the next.

use downbeat_tests::{
    coordinator::Coordinator,
    follow::{Limits, follow, silent},
    patience::{Disturbed, undisturbed},
    speaker::{Card, Speaker},
    stage::Stage,
};

/// Two files cut from one piece must come out as one piece.
async fn come_out_as_one(rate: u32, endings: &[&str]) {
    undisturbed(|| async {
        let mut stage = Stage::new();
        for ending in endings {
            stage = stage.with_fixtures(&[&format!("gapless-a.{ending}"), &format!("gapless-b.{ending}")]);
        }
        let coordinator = Coordinator::start(&stage).await;
        let speaker = Speaker::start(&stage, coordinator.address(), "kitchen", Card { rate, ppm: -30.0 });
        coordinator.settled(&["kitchen"]).await;
        let mut played = Vec::new();
        for ending in endings {
            let (a, b) = (format!("gapless-a.{ending}"), format!("gapless-b.{ending}"));
            let reply = coordinator.play(&stage, &[&a, &b]).await;
            played.push((a.clone(), stage.sound(&a).then(&stage.sound(&b)), reply.at_us));
            coordinator.zone_is("stopped").await;
        }
        let recording = speaker.recording().await;
        let mut over_us = 0.0;
        for (what, whole, at_us) in &played {
            silent(what, &recording, (over_us, at_us - 3_000.0))?;
            over_us = at_us + whole.micros() + 3_000.0;
            follow(what, &recording, whole, *at_us, (at_us - 3_000.0, over_us))?.check(Limits::SETTLED);
        }
        Ok::<(), Disturbed>(())
    })
    .await;
}

#[tokio::test]
async fn a_piece_in_two_files_comes_out_as_one() {
    come_out_as_one(44_100, &["flac", "mp3", "ogg"]).await;
}

#[tokio::test]
async fn a_piece_in_two_files_comes_out_as_one_at_another_rate() {
    come_out_as_one(48_000, &["flac"]).await;
}

#[tokio::test]
async fn files_of_different_rates_follow_each_other_without_a_gap() {
    undisturbed(|| async {
        let files = ["44100-stereo-16.flac", "48000-mono-24.flac", "44100-stereo-16.wav"];
        let stage = Stage::new().with_fixtures(&files);
        let coordinator = Coordinator::start(&stage).await;
        let speaker = Speaker::start(&stage, coordinator.address(), "kitchen", Card::USUAL);
        coordinator.settled(&["kitchen"]).await;
        let reply = coordinator.play(&stage, &files).await;
        coordinator.zone_is("stopped").await;
        let recording = speaker.recording().await;
        let mut due_us = reply.at_us;
        for (k, file) in files.iter().enumerate() {
            let sound = stage.sound(file);
            let end_us = due_us + sound.micros();
            // the resampler's tails, 32 frames, reach into the neighbours
            let from_us = if k == 0 { due_us - 3_000.0 } else { due_us + 1_000.0 };
            let to_us = if k + 1 == files.len() { end_us + 3_000.0 } else { end_us - 1_000.0 };
            follow(file, &recording, &sound, due_us, (from_us, to_us))?.check(Limits::SETTLED);
            due_us = end_us.ceil();
        }
        Ok::<(), Disturbed>(())
    })
    .await;
}
