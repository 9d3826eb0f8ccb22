//! Every format, from the file to the sound card.

use std::time::Duration;

use downbeat_tests::{
    coordinator::Coordinator,
    follow::{Limits, follow, silent},
    patience::{Disturbed, listen_for, undisturbed},
    speaker::{Card, Speaker},
    stage::Stage,
};

/// Plays each file by itself on a card of this rate; each must come out whole, once, in time.
async fn come_out_whole(rate: u32, files: &[&str]) {
    undisturbed(|| async {
        let stage = Stage::new().with_fixtures(files);
        let coordinator = Coordinator::start(&stage).await;
        let speaker = Speaker::start(&stage, coordinator.address(), "kitchen", Card { rate, ppm: 20.0 });
        coordinator.settled(&["kitchen"]).await;
        let mut played = Vec::new();
        for file in files {
            let sound = stage.sound(file);
            let reply = coordinator.play(&stage, &[file]).await;
            coordinator.zone_is("stopped").await;
            played.push((file, sound, reply.at_us));
        }
        listen_for(Duration::from_millis(200)).await;
        let recording = speaker.recording().await;
        let mut due = 0.0;
        for (file, sound, at_us) in &played {
            let end = at_us + sound.micros();
            let followed = follow(file, &recording, sound, *at_us, (at_us - 3_000.0, end + 3_000.0))?;
            println!("{file}\n{}", followed.table());
            followed.check(Limits::default());
            silent(file, &recording, (due, at_us - 3_000.0))?;
            due = end + 3_000.0;
        }
        Ok::<(), Disturbed>(())
    })
    .await;
}

#[tokio::test]
async fn lossless_files_at_44100_come_out_whole() {
    come_out_whole(44_100, &["44100-stereo-16.flac", "44100-stereo-16.wav"]).await;
}
