//! Trimming by ear: unlike speakers with unlike amplifiers tick as one, in a silent zone, and through an outage.

use std::{f64::consts::TAU, time::Duration};

use downbeat_tests::{
    coordinator::Coordinator,
    patience::{Disturbed, listen_for, undisturbed, until},
    recording::Recording,
    speaker::{Card, Speaker},
    stage::Stage,
};
use reqwest::Method;
use serde_json::json;

/// How far off a tick may be here, microseconds: the machine is shared, and the clock was learnt seconds ago. What is
/// possible is in the agent's tests in virtual time.
const MOST_US: f64 = 500.0;

/// How late a tick is that was to leave the card at `due_us`; `None`: there is none within a few milliseconds.
fn late_us(heard: &Recording, due_us: f64) -> Option<f64> {
    let run = heard.runs.last()?;
    let (from, to) = (run.frame_at(due_us - 3_000.0), run.frame_at(due_us + 5_000.0));
    let sound: Vec<(f64, f64)> = (from..to).map(|n| (run.instant_of(n) - due_us, f64::from(heard.left[n]))).collect();
    let peak = sound.iter().fold(0.0f64, |peak, (_, x)| peak.max(x.abs()));
    if peak < 0.1 {
        return None;
    }
    let tick = |us: f64| if us < 0.0 { 0.0 } else { peak / 0.883 * (-us / 2_000.0).exp() * (TAU * 2e-3 * us).sin() };
    let off = |late: f64| sound.iter().map(|(us, x)| (x - tick(us - late)).powi(2)).sum::<f64>();
    (-500..500).map(|k| f64::from(k) * 5.0).min_by(|a, b| off(*a).total_cmp(&off(*b)))
}

#[tokio::test]
async fn unlike_speakers_tick_as_one_in_a_silent_zone_and_through_an_outage() {
    undisturbed(|| async {
        let stage = Stage::new();
        let c = Coordinator::start(&stage).await;
        let cards = [("kitchen", Card::USUAL.off_by(80.0), 0), ("hall", Card { rate: 44_100, ppm: -60.0 }, 12_345)];
        let names = cards.map(|(name, ..)| name);
        let speakers = cards.map(|(name, card, _)| Speaker::start(&stage, c.address(), name, card));
        c.settled(&names).await;
        for (name, _, delay) in cards {
            let id = c.speaker(name).await.expect("it is connected").id().to_owned();
            let body = json!({ "outputDelayUs": delay }).to_string();
            assert_eq!(c.call(Method::PATCH, &format!("/api/speakers/{id}"), &body).await.status, 200);
        }
        // the cards' crystals are learnt meanwhile
        listen_for(Duration::from_secs(3)).await;
        let told = c.post("/api/zones/all/metronome", json!({ "on": true })).await;
        let at = told["at"].as_f64().expect("an instant");
        until("the first ticks", async || (c.now_us().await > at + 1.2e6).then_some(())).await;
        c.kill().await;
        listen_for(Duration::from_millis(3_500)).await;
        for (speaker, (name, _, delay)) in speakers.into_iter().zip(cards) {
            let heard = speaker.recording().await;
            if heard.runs.len() > 1 {
                return Err(Disturbed(format!("{name}'s card ran dry")));
            }
            for k in 0..=4 {
                let due = at + f64::from(k) * 1e6 - f64::from(delay);
                let late = late_us(&heard, due);
                assert!(late.is_some_and(|us| us.abs() < MOST_US), "{name}, tick {k}: {late:?} us late");
                assert_eq!(late_us(&heard, due + 5e5), None, "{name}: a tick between two");
            }
        }
        Ok(())
    })
    .await;
}
