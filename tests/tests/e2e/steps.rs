//! Speakers that come, go and come back, and a network that is cut: whoever plays on is not disturbed, whoever comes
//! is in step.

use std::time::Duration;

use downbeat_tests::{
    coordinator::{Coordinator, Reply},
    follow::{Limits, follow, silent},
    patience::{Disturbed, listen_for, undisturbed, until},
    proxy::Proxy,
    recording::Recording,
    sound::Sound,
    speaker::{Card, Speaker, SpeakerState},
    stage::Stage,
};
use serde_json::json;

const LONG: &str = "long.wav";
/// Speakers within this of each other are in step, microseconds. (How far apart they really are is measured elsewhere,
/// on a quiet machine.)
const STEP_US: f64 = 1_000.0;

fn stage() -> Stage {
    Stage::new().with_noise(LONG, 44_100, 40.0)
}

/// It was one copy of the sound, from its first frame until the stop.
fn played_whole(who: &str, heard: &Recording, sound: &Sound, start: &Reply, stop: &Reply) -> Result<(), Disturbed> {
    silent(who, heard, (0.0, start.at_us - 3_000.0))?;
    let span = (start.at_us - 3_000.0, stop.at_us - 1_000.0);
    follow(who, heard, sound, start.at_us, span)?.check(Limits::STEERED);
    silent(who, heard, (stop.at_us + 12_000.0, last_us(heard)))
}

/// From its first sound on it was one copy; from `in_step_us` on, as good as any.
fn joined(
    who: &str,
    heard: &Recording,
    sound: &Sound,
    (start, stop): (&Reply, &Reply),
    in_step_us: f64,
) -> Result<(), Disturbed> {
    let first = heard.left.iter().position(|x| x.abs() > 1e-5).unwrap_or_else(|| panic!("{who} is never heard"));
    let run = heard.runs.iter().find(|r| (r.first..r.end).contains(&first)).expect("every frame is in a run");
    // the fade-in
    let from_us = run.instant_of(first) + 12_000.0;
    let to_us = stop.at_us - 1_000.0;
    follow(who, heard, sound, start.at_us, (from_us, to_us))?.check(Limits::COMING);
    follow(who, heard, sound, start.at_us, (in_step_us.max(from_us), to_us))?.check(Limits::STEERED);
    silent(who, heard, (stop.at_us + 12_000.0, last_us(heard)))
}

fn last_us(heard: &Recording) -> f64 {
    heard.runs.last().map_or(0.0, |r| r.instant_of(r.end))
}

/// Nothing went wrong in the speaker. A card or a decoder that was late may be the machine's doing.
fn nothing_counted(speaker: &SpeakerState) -> Result<(), Disturbed> {
    if speaker.count("underruns") + speaker.count("starved") > 0 {
        return Err(Disturbed(format!("{} was not served in time", speaker.name())));
    }
    assert_eq!(speaker.count("reanchors"), 0, "{speaker:?}");
    assert_eq!(speaker.count("outputLosses"), 0, "{speaker:?}");
    Ok(())
}

/// Waits until the speaker has the whole file.
async fn cached(stage: &Stage, speaker: &str) {
    let size = std::fs::metadata(stage.music().join(LONG)).expect("it is there").len();
    until("the file to be in the cache", async || {
        let mut folders = vec![stage.path(speaker)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).ok()?.flatten() {
                let kind = entry.metadata().ok()?;
                let whole = entry.path().extension().is_none() && kind.is_file() && kind.len() == size;
                if whole {
                    return Some(());
                }
                if kind.is_dir() {
                    folders.push(entry.path());
                }
            }
        }
        None
    })
    .await;
}

#[tokio::test]
async fn a_late_joiner_is_in_step_and_disturbs_nobody() {
    undisturbed(|| async {
        let stage = stage();
        let sound = stage.sound(LONG);
        let coordinator = Coordinator::start(&stage).await;
        let address = coordinator.address().to_owned();
        let kitchen = Speaker::start(&stage, &address, "kitchen", Card::USUAL.off_by(40.0));
        let hall = Speaker::start(&stage, &address, "hall", Card { rate: 44_100, ppm: -60.0 });
        coordinator.settled(&["kitchen", "hall"]).await;
        let start = coordinator.play(&stage, &[LONG]).await;
        coordinator.in_step(&["kitchen", "hall"], STEP_US).await;

        let porch = Speaker::start(&stage, &address, "porch", Card::USUAL.off_by(80.0));
        coordinator.in_step(&["kitchen", "hall", "porch"], STEP_US).await;
        let in_step_us = coordinator.now_us().await + 500_000.0;
        listen_for(Duration::from_secs(2)).await;
        let stop = coordinator.ask("stop", json!({})).await;
        coordinator.in_the_past(stop.at_us).await;
        let states = coordinator.speakers().await;

        let (kitchen, hall, porch) = (kitchen.recording().await, hall.recording().await, porch.recording().await);
        played_whole("kitchen", &kitchen, &sound, &start, &stop)?;
        played_whole("hall", &hall, &sound, &start, &stop)?;
        joined("porch", &porch, &sound, (&start, &stop), in_step_us)?;
        states.iter().try_for_each(nothing_counted)
    })
    .await;
}

#[tokio::test]
async fn a_killed_speaker_comes_back_in_step_and_is_missed_by_nobody() {
    undisturbed(|| async {
        let stage = stage();
        let sound = stage.sound(LONG);
        let coordinator = Coordinator::start(&stage).await;
        let address = coordinator.address().to_owned();
        let kitchen = Speaker::start(&stage, &address, "kitchen", Card::USUAL.off_by(40.0));
        let hall = Speaker::start(&stage, &address, "hall", Card::USUAL.off_by(-60.0));
        coordinator.settled(&["kitchen", "hall"]).await;
        let id = coordinator.speaker("hall").await.expect("it is known").id().to_owned();
        let start = coordinator.play(&stage, &[LONG]).await;
        coordinator.in_step(&["kitchen", "hall"], STEP_US).await;
        // so that its recording holds something
        listen_for(Duration::from_secs(2)).await;
        let before = hall.kill().await;
        until("the coordinator to miss it", async || coordinator.speaker("hall").await.filter(|s| !s.is_connected()))
            .await;

        let hall = Speaker::start(&stage, &address, "hall", Card::USUAL.off_by(-60.0));
        coordinator.in_step(&["kitchen", "hall"], STEP_US).await;
        let in_step_us = coordinator.now_us().await + 500_000.0;
        listen_for(Duration::from_secs(2)).await;
        let stop = coordinator.ask("stop", json!({})).await;
        coordinator.in_the_past(stop.at_us).await;
        let states = coordinator.speakers().await;
        assert_eq!(states.len(), 2, "it is the same speaker: {states:?}");
        assert_eq!(coordinator.speaker("hall").await.expect("it is known").id(), id);

        let (kitchen, hall) = (kitchen.recording().await, hall.recording().await);
        played_whole("kitchen", &kitchen, &sound, &start, &stop)?;
        joined("hall", &hall, &sound, (&start, &stop), in_step_us)?;
        let span = (start.at_us - 3_000.0, last_us(&before));
        follow("hall, before it was killed", &before, &sound, start.at_us, span)?.check(Limits::STEERED);
        states.iter().try_for_each(nothing_counted)
    })
    .await;
}

#[tokio::test]
async fn a_speaker_without_network_plays_on() {
    undisturbed(|| async {
        let stage = stage();
        let sound = stage.sound(LONG);
        let pings = ["--ping-interval-ms", "500", "--ping-timeout-ms", "1500"];
        let coordinator = Coordinator::start_with(&stage, "127.0.0.1:0", &pings).await;
        let proxy = Proxy::start(coordinator.address()).await;
        let kitchen = Speaker::start(&stage, coordinator.address(), "kitchen", Card::USUAL.off_by(40.0));
        let hall = Speaker::start(&stage, &proxy.address(), "hall", Card::USUAL.off_by(-60.0));
        coordinator.settled(&["kitchen", "hall"]).await;
        let start = coordinator.play(&stage, &[LONG]).await;
        coordinator.in_step(&["kitchen", "hall"], STEP_US).await;
        cached(&stage, "hall").await;

        for _ in 0..2 {
            let before = coordinator.connected_since("hall").await.expect("it is connected");
            proxy.cut();
            until("it to connect again", async || {
                coordinator.connected_since("hall").await.filter(|since| *since > before)
            })
            .await;
            coordinator.in_step(&["kitchen", "hall"], STEP_US).await;
        }
        // a network that takes everything and delivers nothing: both ends must find out by themselves
        proxy.swallow();
        until("the coordinator to miss it", async || coordinator.speaker("hall").await.filter(|s| !s.is_connected()))
            .await;
        until("it to look for the coordinator", async || {
            hall.log().contains("nothing was heard of the coordinator").then_some(())
        })
        .await;
        listen_for(Duration::from_secs(1)).await;
        proxy.cut();
        coordinator.in_step(&["kitchen", "hall"], STEP_US).await;
        let stop = coordinator.ask("stop", json!({})).await;
        coordinator.in_the_past(stop.at_us).await;
        let states = coordinator.speakers().await;

        let (kitchen, hall) = (kitchen.recording().await, hall.recording().await);
        played_whole("kitchen", &kitchen, &sound, &start, &stop)?;
        played_whole("hall", &hall, &sound, &start, &stop)?;
        states.iter().try_for_each(nothing_counted)
    })
    .await;
}

#[tokio::test]
async fn a_card_that_ran_dry_is_counted_and_back_in_step() {
    undisturbed(|| async {
        let stage = stage();
        let sound = stage.sound(LONG);
        let coordinator = Coordinator::start(&stage).await;
        let address = coordinator.address().to_owned();
        let kitchen = Speaker::start(&stage, &address, "kitchen", Card::USUAL.off_by(40.0));
        // dry every six seconds of playing
        let hall = Speaker::start_with(&stage, &address, "hall", Card::USUAL, "xrun_every_s=6");
        coordinator.settled(&["kitchen", "hall"]).await;
        let start = coordinator.play(&stage, &[LONG]).await;
        coordinator.in_step(&["kitchen", "hall"], STEP_US).await;
        let dry = coordinator.speaker("hall").await.expect("it is known").count("underruns");
        until("its card to run dry", async || {
            coordinator.speaker("hall").await.filter(|s| s.number("underruns") > Some(dry as f64))
        })
        .await;
        coordinator.in_step(&["kitchen", "hall"], STEP_US).await;
        let stop = coordinator.ask("stop", json!({})).await;
        coordinator.in_the_past(stop.at_us).await;
        let kitchen_state = coordinator.speaker("kitchen").await.expect("it is known");
        let dry = coordinator.speaker("hall").await.expect("it is known").count("underruns");
        let (kitchen, hall) = (kitchen.recording().await, hall.recording().await);
        played_whole("kitchen", &kitchen, &sound, &start, &stop)?;
        nothing_counted(&kitchen_state)?;
        assert!(
            (dry..=dry + 1).contains(&(hall.runs.len() as u64 - 1)),
            "{dry} standstills are told of {:?}",
            hall.runs
        );
        for run in &hall.runs {
            // until the phase of the card that stood still is learnt anew, it is silent
            let silent_for = (run.first..run.end).position(|n| hall.left[n].abs() > 1e-5).unwrap_or(0);
            let from_us = run.instant_of(run.first + silent_for) + 12_000.0;
            let to_us = run.instant_of(run.end).min(stop.at_us - 1_000.0);
            if to_us - from_us > 1e6 {
                let from_us = from_us.max(start.at_us);
                follow("hall", &hall, &sound, start.at_us, (from_us, to_us))?.check(Limits::COMING);
                assert!(silent_for < run.rate as usize || run.began_us < start.at_us, "silent for {silent_for} frames");
            }
        }
        Ok::<(), Disturbed>(())
    })
    .await;
}

#[tokio::test]
async fn a_dead_coordinator_is_not_heard() {
    undisturbed(|| async {
        let stage = stage();
        let sound = stage.sound(LONG);
        let coordinator = Coordinator::start(&stage).await;
        let address = coordinator.address().to_owned();
        let kitchen = Speaker::start(&stage, &address, "kitchen", Card::USUAL.off_by(40.0));
        let hall = Speaker::start(&stage, &address, "hall", Card::USUAL.off_by(-60.0));
        coordinator.settled(&["kitchen", "hall"]).await;
        let start = coordinator.play(&stage, &[LONG]).await;
        coordinator.in_step(&["kitchen", "hall"], STEP_US).await;
        cached(&stage, "kitchen").await;
        cached(&stage, "hall").await;
        coordinator.kill().await;
        listen_for(Duration::from_secs(4)).await;
        for speaker in [kitchen, hall] {
            let name = speaker.name().to_owned();
            let heard = speaker.recording().await;
            silent(&name, &heard, (0.0, start.at_us - 3_000.0))?;
            let last_us = last_us(&heard);
            assert!(last_us > start.at_us + 4e6, "{name} was played on");
            follow(&name, &heard, &sound, start.at_us, (start.at_us - 3_000.0, last_us))?.check(Limits::STEERED);
        }
        Ok::<(), Disturbed>(())
    })
    .await;
}

#[tokio::test]
async fn a_coordinator_that_returns_goes_on_where_its_speakers_are() {
    undisturbed(|| returns(false)).await;
}

#[tokio::test]
async fn one_that_returns_on_another_clock_does_so_too() {
    undisturbed(|| returns(true)).await;
}

async fn returns(on_another_clock: bool) -> Result<(), Disturbed> {
    let stage = stage();
    let sound = stage.sound(LONG);
    let names = ["kitchen", "hall"];
    let first = Coordinator::start(&stage).await;
    let address = first.address().to_owned();
    let kitchen = Speaker::start(&stage, &address, names[0], Card::USUAL.off_by(40.0));
    let hall = Speaker::start(&stage, &address, names[1], Card::USUAL.off_by(-60.0));
    first.settled(&names).await;
    let start = first.play(&stage, &[LONG]).await;
    first.in_step(&names, STEP_US).await;
    cached(&stage, names[0]).await;
    cached(&stage, names[1]).await;
    first.kill().await;
    if on_another_clock {
        forget_the_clock(&stage).await;
    }
    listen_for(Duration::from_secs(2)).await;

    let second = Coordinator::start_with(&stage, &address, &[]).await;
    second.in_step(&names, STEP_US).await;
    assert_eq!(second.state().await["playbackState"], "playing");
    listen_for(Duration::from_secs(2)).await;
    let stop = second.ask("stop", json!({})).await;
    second.in_the_past(stop.at_us).await;
    let states = second.speakers().await;
    let (kitchen, hall) = (kitchen.recording().await, hall.recording().await);
    played_whole("kitchen", &kitchen, &sound, &start, &stop)?;
    played_whole("hall", &hall, &sound, &start, &stop)?;
    states.iter().try_for_each(nothing_counted)
}

/// Makes what is kept of the clock belong to another boot of the machine.
async fn forget_the_clock(stage: &Stage) {
    use sqlx::{Connection as _, sqlite::SqliteConnectOptions};
    let file = stage.path("server").join("downbeat.db");
    let mut db =
        sqlx::SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await.expect("it opens");
    sqlx::query("UPDATE clock SET boot = 'another'").execute(&mut db).await.expect("there is a clock");
    db.close().await.expect("it closes");
}
