//! The history of what was played is known afterwards, to the frame: also of what was played while nobody was there to
//! hear of it.

use std::time::Duration;

use downbeat_tests::{
    coordinator::{Coordinator, Reply},
    follow::{Limits, follow, silent},
    patience::{Disturbed, listen_for, undisturbed, until},
    sound::Sound,
    speaker::{Card, Speaker},
    stage::Stage,
};
use serde_json::{Value, json};

const RATE: u32 = 44_100;

/// One piece of noise, cut into files of this length.
fn cut(stage: &Stage, seconds: &[f64]) -> (Sound, Vec<String>) {
    let whole = Sound::noise(RATE, seconds.iter().sum(), 11);
    let (mut names, mut from) = (Vec::new(), 0);
    for (k, seconds) in seconds.iter().enumerate() {
        let to = from + (seconds * f64::from(RATE)) as usize;
        let part = |channel: &[f32]| channel[from..to].to_vec();
        let name = format!("part-{k}.wav");
        Sound { rate: RATE, left: part(&whole.left), right: part(&whole.right) }.write_wav(&stage.music().join(&name));
        names.push(name);
        from = to;
    }
    (whole, names)
}

/// A stretch of the history: title, from, to, and the rest.
#[derive(Debug)]
struct Stretch {
    title: String,
    from: i64,
    to: i64,
    start_us: i64,
    all: Value,
}

/// The stretches that one speaker sounded, the earliest first.
async fn stretches(c: &Coordinator, speaker: &str) -> Vec<Stretch> {
    let list = c.get(&format!("/api/history?by=speaker&speaker={speaker}&limit=1000")).await;
    let plays = list["plays"].as_array().expect("a list");
    let mut all: Vec<Stretch> = plays
        .iter()
        .map(|p| {
            let all = p["stretches"][0].clone();
            let start = all["start"].as_str().expect("an instant").parse::<chrono::DateTime<chrono::Utc>>();
            Stretch {
                title: p["title"].as_str().expect("a title").to_owned(),
                from: all["fromFrames"].as_i64().expect("a frame"),
                to: all["toFrames"].as_i64().expect("a frame"),
                start_us: start.expect("RFC 3339").timestamp_micros(),
                all,
            }
        })
        .collect();
    all.reverse();
    all
}

/// Waits until a speaker has told so many.
async fn told(c: &Coordinator, speaker: &str, count: usize) -> Vec<Stretch> {
    until(&format!("{count} stretches of {speaker}"), async || {
        let all = stretches(c, speaker).await;
        (all.len() >= count).then_some(all)
    })
    .await
}

/// Disturbed if the card ran dry: then there are more stretches, and rightly.
fn undisturbed_card(recording: &downbeat_tests::recording::Recording, what: &str) -> Result<(), Disturbed> {
    if recording.runs.len() > 1 { Err(Disturbed(format!("{what}: the virtual card ran dry"))) } else { Ok(()) }
}

#[tokio::test]
async fn what_is_played_without_a_coordinator_is_told_when_it_is_back() {
    undisturbed(|| async {
        let stage = Stage::new();
        let (whole, parts) = cut(&stage, &[4.0, 3.0, 3.5, 5.0]);
        let first = Coordinator::start(&stage).await;
        let address = first.address().to_owned();
        let kitchen = Speaker::start(&stage, &address, "kitchen", Card::USUAL.off_by(30.0));
        let hall = Speaker::start(&stage, &address, "hall", Card::USUAL.off_by(-50.0));
        first.settled(&["kitchen", "hall"]).await;
        let names: Vec<&str> = parts.iter().map(String::as_str).collect();
        let start = first.play(&stage, &names).await;
        first.in_the_past(start.at_us + 1_500_000.0).await;
        first.kill().await;
        // over two boundaries
        listen_for(Duration::from_secs(7)).await;

        let second = Coordinator::start_with(&stage, &address, &[]).await;
        let end_us = start.at_us + whole.micros();
        second.in_the_past(end_us + 100_000.0).await;
        let told = [told(&second, "kitchen", 4).await, told(&second, "hall", 4).await];
        for (who, speaker) in [("kitchen", kitchen), ("hall", hall)] {
            let heard = speaker.recording().await;
            undisturbed_card(&heard, who)?;
            let span = (start.at_us - 3_000.0, end_us + 3_000.0);
            follow(who, &heard, &whole, start.at_us, span)?.check(Limits::STEERED);
            silent(who, &heard, (end_us + 10_000.0, end_us + 90_000.0))?;
        }
        let lengths = [176_400, 132_300, 154_350, 220_500];
        for all in &told {
            let titles: Vec<_> = all.iter().map(|s| s.title.as_str()).collect();
            assert_eq!(titles, ["part-0", "part-1", "part-2", "part-3"], "each once, in order: {all:?}");
            for (s, length) in all.iter().zip(lengths) {
                assert_eq!((s.from, s.to), (0, length), "whole, to the frame: {s:?}");
                let said = (&s.all["missingFrames"], &s.all["cut"], &s.all["audible"], &s.all["knownBy"]);
                assert_eq!(said, (&json!(0), &json!(false), &json!(true), &json!("coordinator")));
            }
            for (pair, length) in all.windows(2).zip(lengths) {
                // one line; the wall clock against the coordinator's leaves something
                let apart = pair[1].start_us - pair[0].start_us - length * 1_000_000 / i64::from(RATE);
                assert!(apart.abs() < 20_000, "{apart} us between {pair:?}");
            }
        }

        let list = second.get("/api/history").await;
        let plays = list["plays"].as_array().expect("a list");
        assert_eq!((plays.len(), &list["dropped"]), (4, &json!(0)), "one play for both speakers: {list}");
        assert!(plays.iter().all(|p| p["stretches"].as_array().map(Vec::len) == Some(2) && p["zoneName"] == "all"));
        assert!((plays[3]["heard"].as_f64().expect("seconds") - 4.0).abs() < 1e-9, "{list}");
        second.terminate().await;
        Ok::<(), Disturbed>(())
    })
    .await;
}

#[tokio::test]
async fn pauses_seeks_and_mutes_are_in_it() {
    undisturbed(|| async {
        let stage = Stage::new();
        let (whole, parts) = cut(&stage, &[30.0]);
        let c = Coordinator::start(&stage).await;
        let kitchen = Speaker::start(&stage, c.address(), "kitchen", Card::USUAL.off_by(30.0));
        c.settled(&["kitchen"]).await;
        let start = c.play(&stage, &[&parts[0]]).await;
        c.in_the_past(start.at_us + 1_000_000.0).await;
        let pause = c.ask("pause", json!({})).await;
        c.in_the_past(pause.at_us).await;
        let resume = c.ask("resume", json!({})).await;
        c.in_the_past(resume.at_us + 1_000_000.0).await;
        let seek = c.ask("seek", json!({ "position": 20.0 })).await;
        c.in_the_past(seek.at_us + 1_000_000.0).await;
        let mute = c.ask("volume", json!({ "muted": true, "rampMs": 5 })).await;
        c.in_the_past(mute.at_us + 1_000_000.0).await;
        let stop = c.ask("stop", json!({})).await;
        c.in_the_past(stop.at_us).await;
        let all = told(&c, "kitchen", 4).await;
        assert_eq!(all.len(), 4, "{all:?}");
        let heard = kitchen.recording().await;
        undisturbed_card(&heard, "kitchen")?;

        let frame = |reply: &Reply| (reply.state["position"].as_f64().expect("a position") * f64::from(RATE)).round();
        let (paused, sought) = (frame(&pause) as i64, 20 * i64::from(RATE));
        let later = |us: f64| (us * 1e-6 * f64::from(RATE)) as i64;
        let spans: Vec<_> = all.iter().map(|s| (s.from, s.to, s.all["audible"] == true)).collect();
        assert_eq!((spans[0], spans[1].0, spans[2].0), ((0, paused, true), paused, sought), "{spans:?}");
        let expected = paused + later(seek.at_us - resume.at_us);
        assert!((spans[1].1 - expected).abs() <= 1, "{spans:?} {expected}");
        let (muted, stopped) = (sought + later(mute.at_us - seek.at_us), sought + later(stop.at_us - seek.at_us));
        // silent only when the ramp is over
        assert!((0..2_000).contains(&(spans[2].1 - muted)), "{spans:?} {muted}");
        assert_eq!((spans[3].0, spans[2].2, spans[3].2), (spans[2].1, true, false), "{spans:?}");
        assert!((spans[3].1 - stopped).abs() <= 1, "{spans:?} {stopped}");
        // what the history says is what is in the recording
        let spans_us = [(start.at_us, spans[0]), (resume.at_us, spans[1]), (seek.at_us, spans[2])];
        for (at_us, (from, to, _)) in spans_us {
            let line = at_us - from as f64 * 1e6 / f64::from(RATE);
            let until = line + to as f64 * 1e6 / f64::from(RATE);
            follow("kitchen", &heard, &whole, line, (at_us + 12_000.0, until - 12_000.0))?.check(Limits::STEERED);
        }
        silent("kitchen", &heard, (pause.at_us + 20_000.0, resume.at_us - 5_000.0))?;

        let list = c.get("/api/history").await;
        assert_eq!(list["plays"].as_array().map(Vec::len), Some(1), "one play, pauses or not: {list}");
        let heard_s = list["plays"][0]["heard"].as_f64().expect("seconds");
        let audible: i64 = spans.iter().filter(|s| s.2).map(|s| s.1 - s.0).sum();
        assert!((heard_s - audible as f64 / f64::from(RATE)).abs() < 1e-6, "what was muted was not heard: {list}");
        c.terminate().await;
        Ok::<(), Disturbed>(())
    })
    .await;
}

#[tokio::test]
async fn what_a_killed_speaker_had_written_down_is_told_after_its_return() {
    undisturbed(|| async {
        let stage = Stage::new();
        let (_, parts) = cut(&stage, &[3.0, 40.0]);
        let c = Coordinator::start(&stage).await;
        let kitchen = Speaker::start(&stage, c.address(), "kitchen", Card::USUAL);
        c.settled(&["kitchen"]).await;
        // the coordinator sees nothing of it before the kill
        let names: Vec<&str> = parts.iter().map(String::as_str).collect();
        let start = c.play(&stage, &names).await;
        c.in_the_past(start.at_us + 3_000_000.0 + 13_000_000.0).await;
        let heard = kitchen.kill().await;
        undisturbed_card(&heard, "kitchen")?;
        let run = heard.runs[0];
        let come = (run.instant_of(run.end) - start.at_us) * 1e-6 - 3.0;

        let again = Speaker::start(&stage, c.address(), "kitchen", Card::USUAL);
        let before = told(&c, "kitchen", 2).await;
        assert_eq!((before[0].from, before[0].to, &before[0].all["cut"]), (0, 132_300, &json!(false)), "{before:?}");
        let (from, seconds) = (before[1].from, before[1].to as f64 / f64::from(RATE));
        assert_eq!((from, &before[1].all["cut"]), (0, &json!(true)), "{before:?}");
        assert!((10.0..=come + 0.2).contains(&seconds), "{seconds} s of {come} s: {before:?}");

        c.in_step(&["kitchen"], 5_000.0).await;
        let stop = c.ask("stop", json!({})).await;
        c.in_the_past(stop.at_us).await;
        let after = told(&c, "kitchen", 3).await;
        assert_eq!(after.len(), 3, "{after:?}");
        assert!(after[2].from > before[1].to && after[2].all["cut"] == false, "{after:?}");
        let heard = again.recording().await;
        undisturbed_card(&heard, "kitchen, again")?;
        let line_us = start.at_us + 3_000_000.0;
        let first_us = line_us + after[2].from as f64 * 1e6 / f64::from(RATE);
        silent("kitchen", &heard, (line_us, first_us - 5_000.0))?;
        let loud = heard.left[run_frames(&heard, first_us + 10_000.0, first_us + 30_000.0)].iter();
        assert!(loud.map(|x| x.abs()).fold(0.0, f32::max) > 0.01, "it begins where the history says");
        c.terminate().await;
        Ok::<(), Disturbed>(())
    })
    .await;
}

fn run_frames(heard: &downbeat_tests::recording::Recording, from_us: f64, to_us: f64) -> std::ops::Range<usize> {
    let run = heard.runs[0];
    run.frame_at(from_us)..run.frame_at(to_us)
}
