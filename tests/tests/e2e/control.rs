//! Every control, by REST, with two speakers; and calls that make no sense.

use std::time::Duration;

use downbeat_tests::{
    coordinator::{Coordinator, Reply},
    follow::{Limits, follow, silent},
    patience::{Disturbed, listen_for, undisturbed},
    sound::Sound,
    speaker::{Card, Speaker},
    stage::Stage,
};
use reqwest::Method;
use serde_json::{Value, json};

/// How long each part is played.
const PART: Duration = Duration::from_millis(1_200);
/// Fades, microseconds.
const FADE_US: f64 = 12_000.0;

/// The sound that must have been heard from an instant on, until the next one.
struct Part<'a> {
    what: &'static str,
    from_us: f64,
    /// The sound, and the instant at which its first frame would be due; `None`: silence.
    heard: Option<(&'a Sound, f64)>,
}

fn part<'a>(what: &'static str, reply: &Reply, sound: &'a Sound) -> Part<'a> {
    let position = reply.state["position"].as_f64().expect("a position");
    Part { what, from_us: reply.at_us, heard: Some((sound, reply.at_us - position * 1e6)) }
}

fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance
}

#[tokio::test]
async fn every_control_takes_effect_on_all_speakers_at_its_instant() {
    undisturbed(|| async {
        let stage = Stage::new().with_noise("one.wav", 44_100, 40.0).with_noise("second.wav", 48_000, 40.0);
        let (one, second) = (stage.sound("one.wav"), stage.sound("second.wav"));
        let quiet = second.scaled(f32::powf(0.5, 10.0 / 3.0));
        let c = Coordinator::start(&stage).await;
        let names = ["kitchen", "hall"];
        let cards = [Card::USUAL.off_by(50.0), Card { rate: 44_100, ppm: -50.0 }];
        let speakers: Vec<_> =
            names.iter().zip(cards).map(|(n, card)| Speaker::start(&stage, c.address(), n, card)).collect();
        c.settled(&names).await;
        let heard = async || {
            c.in_step(&names, 1_000.0).await;
            listen_for(PART).await;
        };
        let position = |r: &Reply| r.state["position"].as_f64().expect("a position");
        let mut heard_parts = Vec::new();

        let play = c.play(&stage, &["one.wav", "second.wav"]).await;
        heard_parts.push(part("play", &play, &one));
        heard().await;
        let seek = c.ask("seek", json!({ "position": 12.5 })).await;
        assert!(near(position(&seek), 12.5, 1e-4), "{seek:?}");
        heard_parts.push(part("seek", &seek, &one));
        heard().await;
        let pause = c.ask("pause", json!({})).await;
        assert!(near(position(&pause), 12.5 + (pause.at_us - seek.at_us) / 1e6, 1e-4), "{pause:?}");
        assert_eq!(pause.state["playbackState"], "paused");
        heard_parts.push(Part { what: "pause", from_us: pause.at_us, heard: None });
        c.in_the_past(pause.at_us).await;
        for speaker in c.speakers().await {
            let at = speaker.number("position").expect("it says where it is");
            assert!(near(at, position(&pause), 1e-3), "{at} {pause:?}");
        }
        let resume = c.ask("resume", json!({})).await;
        assert!(near(position(&resume), position(&pause), 1e-9), "{resume:?}");
        heard_parts.push(part("resume", &resume, &one));
        heard().await;
        let next = c.ask("next", json!({})).await;
        assert_eq!(next.state["currentTrack"]["duration"], 40.0);
        assert_eq!(next.state["queueIndex"], 1);
        heard_parts.push(part("next", &next, &second));
        heard().await;
        let previous = c.ask("previous", json!({})).await;
        assert_eq!(previous.state["queueIndex"], 0);
        heard_parts.push(part("previous", &previous, &one));
        heard().await;
        let jump = c.ask("next", json!({})).await;
        heard_parts.push(part("next, again", &jump, &second));
        heard().await;
        let volume = c.ask("volume", json!({ "volume": 50, "rampMs": 5 })).await;
        assert_eq!(volume.state["volume"], 50.0);
        heard_parts.push(Part { what: "volume", from_us: volume.at_us, heard: Some((&quiet, jump.at_us)) });
        heard().await;
        let mute = c.ask("volume", json!({ "muted": true, "rampMs": 5 })).await;
        heard_parts.push(Part { what: "mute", from_us: mute.at_us, heard: None });
        c.in_the_past(mute.at_us + 300_000.0).await;
        let sound_again = c.ask("volume", json!({ "muted": false, "volume": 100, "rampMs": 5 })).await;
        heard_parts.push(Part { what: "unmute", from_us: sound_again.at_us, heard: Some((&second, jump.at_us)) });
        heard().await;
        let stop = c.ask("stop", json!({})).await;
        assert_eq!(stop.state["playbackState"], "stopped");
        heard_parts.push(Part { what: "stop", from_us: stop.at_us, heard: None });
        c.in_the_past(stop.at_us + 300_000.0).await;

        for speaker in speakers {
            let name = speaker.name().to_owned();
            let recording = speaker.recording().await;
            silent("at first", &recording, (0.0, play.at_us - 3_000.0))?;
            let ends = heard_parts.iter().skip(1).map(|p| p.from_us).chain([stop.at_us + 300_000.0]);
            for (part, end_us) in heard_parts.iter().zip(ends) {
                let what = format!("{name}: {}", part.what);
                let (from_us, to_us) = (part.from_us + FADE_US, end_us - 1_500.0);
                match part.heard {
                    Some((sound, due_us)) => {
                        follow(&what, &recording, sound, due_us, (from_us, to_us))?.check(Limits::STEERED);
                    }
                    None => silent(&what, &recording, (from_us, to_us))?,
                }
            }
        }
        Ok::<(), Disturbed>(())
    })
    .await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_the_field_named() {
    let stage = Stage::new().with_fixtures(&["44100-stereo-16.flac"]);
    let c = Coordinator::start(&stage).await;
    let track = c.ids(&stage, &["44100-stereo-16.flac"]).await.remove(0);
    let [play, seek, volume] = ["/api/playback/play", "/api/playback/seek", "/api/playback/volume"];
    let unknown = json!({ "trackId": "00000000-0000-4000-8000-000000000000" }).to_string();
    let negative = json!({ "trackId": track, "position": -1 }).to_string();
    let calls: &[(&str, &str, u16, &str, Value)] = &[
        (volume, r#"{"volume": 300}"#, 422, "invalid_field", json!("volume")),
        (volume, r#"{"volume": -1}"#, 422, "invalid_field", json!("volume")),
        (volume, r#"{"volume": "loud"}"#, 422, "invalid_field", json!("volume")),
        (volume, "{}", 422, "invalid_field", json!("volume")),
        (seek, r#"{"position": -3}"#, 422, "invalid_field", json!("position")),
        (seek, r#"{"position": [1]}"#, 422, "invalid_field", json!("position")),
        (seek, "{}", 422, "invalid_field", json!("position")),
        (seek, r#"{"position": 1"#, 422, "invalid_field", json!("body")),
        (play, "play it, please", 422, "invalid_field", json!("body")),
        (play, &negative, 422, "invalid_field", json!("position")),
        (play, r#"{"trackId": 7}"#, 422, "invalid_field", json!("trackId")),
        (play, &unknown, 404, "track_not_found", json!("trackId")),
        (play, r#"{"trackId": "song.mp3"}"#, 404, "track_not_found", json!("trackId")),
        (play, r#"{"trackIds": []}"#, 422, "invalid_field", json!("trackIds")),
        ("/api/playback/pause", r#"{"zone": "nowhere"}"#, 404, "zone_not_found", json!("zone")),
        ("/api/playback/rewind", "{}", 404, "route_not_found", Value::Null),
    ];
    for (path, body, status, code, field) in calls {
        let answer = c.call(Method::POST, path, body).await;
        let said = (answer.status, &answer.body["code"], &answer.body["field"]);
        assert_eq!(said, (*status, &json!(code), field), "POST {path} {body}: {}", answer.body);
        assert_eq!(answer.kind, "application/problem+json");
        assert!(answer.body["detail"].as_str().is_some_and(|d| !d.is_empty()), "{}", answer.body);
    }
    let answer = c.call(Method::GET, "/api/tracks/00000000-0000-4000-8000-000000000000", "").await;
    assert_eq!((answer.status, &answer.body["code"]), (404, &json!("track_not_found")));
    let after = c.state().await;
    assert_eq!((&after["playbackState"], &after["volume"]), (&json!("stopped"), &json!(100.0)), "nothing happened");
}

#[tokio::test]
async fn scripts_of_the_earlier_system_work_as_they_are() {
    let stage = Stage::new().with_noise("song.wav", 44_100, 70.0);
    let c = Coordinator::start(&stage).await;
    let tracks = c.get("/api/tracks").await;
    let track = tracks["tracks"][0].clone();
    assert!(track["id"].is_string() && track["title"].is_string(), "{tracks}");
    let post = async |what: &str, body: &str| {
        let answer = c.call(Method::POST, &format!("/api/playback/{what}"), body).await;
        assert_eq!((answer.status, &answer.body["success"]), (200, &json!(true)), "{what} {body}: {}", answer.body);
    };
    post("play", &json!({ "trackId": track["id"] }).to_string()).await;
    let playing = c.zone_is("playing").await;
    assert_eq!(playing["currentTrack"]["id"], track["id"]);
    post("seek", r#"{"position": 60}"#).await;
    assert!(c.zone_is("playing").await["position"].as_f64() >= Some(60.0));
    post("pause", "").await;
    assert!(c.zone_is("paused").await["position"].as_f64() >= Some(60.0));
    post("resume", "").await;
    c.zone_is("playing").await;
    post("volume", r#"{"volume": 70}"#).await;
    assert_eq!(c.state().await["volume"], 70.0);
    post("stop", "").await;
    c.zone_is("stopped").await;
    assert_eq!(c.get("/api/health").await["status"], "healthy");
    assert_eq!(c.get("/api/clients").await["count"], 0);
}
