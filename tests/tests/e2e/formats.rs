//! Every format, from the file to the sound card.

use std::fs;

use downbeat_tests::{
    coordinator::Coordinator,
    follow::{Limits, follow, silent},
    patience::{Disturbed, undisturbed},
    speaker::{Card, Speaker},
    stage::{self, Stage},
};

/// Plays each file by itself on a card of this rate; each must come out whole, once, in time.
async fn come_out_whole(rate: u32, files: &[String]) {
    assert!(!files.is_empty());
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    undisturbed(|| async {
        let stage = Stage::new().with_fixtures(&files);
        let coordinator = Coordinator::start(&stage).await;
        let speaker = Speaker::start(&stage, coordinator.address(), "kitchen", Card { rate, ppm: 20.0 });
        coordinator.settled(&["kitchen"]).await;
        let mut played = Vec::new();
        for file in &files {
            let reply = coordinator.play(&stage, &[file]).await;
            played.push((file, stage.sound(file), reply.at_us));
            coordinator.zone_is("stopped").await;
        }
        let recording = speaker.recording().await;
        let mut over_us = 0.0;
        for (file, sound, at_us) in &played {
            silent(file, &recording, (over_us, at_us - 3_000.0))?;
            over_us = at_us + sound.micros() + 3_000.0;
            follow(file, &recording, sound, *at_us, (at_us - 3_000.0, over_us))?.check(Limits::SETTLED);
        }
        Ok::<(), Disturbed>(())
    })
    .await;
}

/// The fixtures whose name begins so, lossless or not. They are read from the folder: a new one is a new test.
fn fixtures(rate: &str, lossless: bool) -> Vec<String> {
    let folder = fs::read_dir(stage::fixture("")).expect("the fixtures are there");
    let names = folder.map(|f| f.expect("a file").file_name().to_string_lossy().into_owned());
    let lossy = |name: &str| ["aac", "mp3", "ogg", "opus"].iter().any(|kind| name.contains(kind));
    let mut names: Vec<_> = names.filter(|n| n.starts_with(rate) && lossy(n) != lossless).collect();
    names.sort();
    names
}

#[tokio::test]
async fn lossless_files_of_44100_come_out_whole() {
    come_out_whole(44_100, &fixtures("44100-", true)).await;
}

#[tokio::test]
async fn lossy_files_of_44100_come_out_whole() {
    come_out_whole(44_100, &fixtures("44100-", false)).await;
}

#[tokio::test]
async fn lossless_files_of_48000_come_out_whole() {
    come_out_whole(48_000, &fixtures("48000-", true)).await;
}

#[tokio::test]
async fn lossy_files_of_48000_come_out_whole() {
    come_out_whole(48_000, &fixtures("48000-", false)).await;
}

#[tokio::test]
async fn files_of_44100_come_out_whole_at_48000() {
    come_out_whole(48_000, &["44100-stereo-16.flac".into(), "44100-stereo-vbr-lame.mp3".into()]).await;
}

#[tokio::test]
async fn files_of_48000_come_out_whole_at_44100() {
    come_out_whole(44_100, &["48000-mono-24.flac".into(), "48000-stereo.opus".into()]).await;
}
