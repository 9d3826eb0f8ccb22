//! A coordinator that is killed over and over, at any moment: while it starts, scans, is connected to, plays, writes.
//! The speakers play on through its plan, boundaries included, and what a person was told is done is there ever after.

use std::time::Duration;

use downbeat_tests::{
    coordinator::{Coordinator, data_of},
    follow::{Limits, follow, silent},
    patience::{Disturbed, listen_for, undisturbed, until},
    rest::Rest,
    sound::Sound,
    speaker::{Card, Speaker},
    stage::Stage,
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

/// How often it is killed, unless `DOWNBEAT_KILLS` says otherwise (`make test-long`).
const KILLS: usize = 200;
/// It lives for less than this, unless its speakers are waited for.
const LIFE: Duration = Duration::from_millis(700);
/// After so many kills it may live until its speakers are back.
const REUNION: usize = 20;

/// The music: one piece of noise, cut into files; so many for [`KILLS`].
const PARTS: usize = 64;
const PART_SECONDS: f64 = 6.0;
const RATE: u32 = 44_100;

/// How often it is killed in this run.
fn kills() -> usize {
    match std::env::var("DOWNBEAT_KILLS") {
        Ok(text) => text.parse().expect("DOWNBEAT_KILLS is a number"),
        Err(_) => KILLS,
    }
}

/// Moments that nobody chose.
struct Moments(u64);

impl Moments {
    fn next(&mut self, below: Duration) -> Duration {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        below.mul_f64((self.0 >> 11) as f64 / (1u64 << 53) as f64)
    }
}

/// The deeds of a person, and whether they were answered.
#[derive(Default)]
struct Deeds {
    /// Entries that were added, and answered.
    added: Vec<String>,
    /// Additions that were asked for and not answered: done or not.
    unanswered: usize,
    /// The names that the kitchen may have: the name answered last, and those asked for since.
    names: Vec<String>,
}

impl Deeds {
    /// Does one thing after the other for as long as the coordinator lives.
    async fn go_on(&mut self, rest: &Rest, track: &str, kitchen: &str) {
        loop {
            if let Some(answer) =
                answered(rest, Method::POST, "/api/zones/all/queue", &json!({ "trackId": track })).await
            {
                let entry = answer["entries"][0]["entry"].as_str();
                self.added.push(entry.unwrap_or_else(|| panic!("no entry in {answer}")).to_owned());
            } else {
                self.unanswered += 1;
                return;
            }
            let name = format!("kitchen {}", self.added.len());
            self.names.push(name.clone());
            let path = format!("/api/speakers/{kitchen}");
            if answered(rest, Method::PATCH, &path, &json!({ "name": name })).await.is_none() {
                return;
            }
            self.names = vec![name];
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The answer of a call that succeeded; `None`: the coordinator was not there, or was killed meanwhile.
async fn answered(rest: &Rest, method: Method, path: &str, body: &Value) -> Option<Value> {
    let answer = rest.attempt(method.clone(), path, &body.to_string()).await.ok()?;
    assert!((200..300).contains(&answer.status), "{method} {path} {body}: {} {}", answer.status, answer.body);
    Some(answer.body)
}

fn part(k: usize) -> String {
    format!("part-{k:02}.wav")
}

#[tokio::test]
async fn killed_two_hundred_times_it_is_never_heard_and_forgets_nothing() {
    let kills = kills();
    // The music must outlast the kills, however many there are.
    let count = PARTS * kills.div_ceil(KILLS).max(1);
    undisturbed(|| async {
        let whole = Sound::noise(RATE, PART_SECONDS * count as f64, 7);
        let stage = Stage::new().with_fixtures(&["48000-mono-24.flac"]);
        let frames = (PART_SECONDS * f64::from(RATE)) as usize;
        let parts: Vec<String> = (0..count).map(part).collect();
        for (k, name) in parts.iter().enumerate() {
            let cut = |channel: &[f32]| channel[k * frames..(k + 1) * frames].to_vec();
            let sound = Sound { rate: RATE, left: cut(&whole.left), right: cut(&whole.right) };
            sound.write_wav(&stage.music().join(name));
        }
        let first = Coordinator::start(&stage).await;
        let address = first.address().to_owned();
        let rest = Rest::new(&format!("http://{address}"), &data_of(&stage));
        let kitchen = Speaker::start(&stage, &address, "kitchen", Card::USUAL.off_by(40.0));
        let hall = Speaker::start(&stage, &address, "hall", Card::USUAL.off_by(-60.0));
        first.settled(&["kitchen", "hall"]).await;
        let id = first.speaker("kitchen").await.expect("it is known").id().to_owned();
        let spare = first.ids(&stage, &["48000-mono-24.flac"]).await.remove(0);
        let names: Vec<&str> = parts.iter().map(String::as_str).collect();
        let start = first.play(&stage, &names).await;
        first.in_the_past(start.at_us).await;
        first.kill().await;

        let mut moments = Moments(0x5eed);
        let mut deeds = Deeds { names: vec!["kitchen".into()], ..Deeds::default() };
        for round in 1..=kills {
            let process = Coordinator::spawn(&stage, &address);
            let end = Instant::now() + moments.next(LIFE);
            if round % REUNION == 0 {
                until("both speakers to be back", async || {
                    let list = answered(&rest, Method::GET, "/api/speakers", &Value::Null).await?;
                    let connected = list["speakers"].as_array()?.iter().filter(|s| s["connected"] == true);
                    (connected.count() == 2).then_some(())
                })
                .await;
            }
            tokio::select! {
                () = async {
                    loop {
                        deeds.go_on(&rest, &spare, &id).await;
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                } => {}
                () = sleep_until(end), if round % REUNION != 0 => {}
                () = listen_for(Duration::from_millis(400)), if round % REUNION == 0 => {}
            }
            process.kill().await;
        }

        let last = Coordinator::start_with(&stage, &address, &[]).await;
        until("both speakers to be back", async || {
            let speakers = last.speakers().await;
            (speakers.iter().filter(|s| s.is_connected()).count() == 2).then_some(())
        })
        .await;
        last.zone_is("playing").await;
        let stop = last.ask("stop", json!({})).await;
        last.in_the_past(stop.at_us).await;
        let played_us = stop.at_us - start.at_us;
        assert!(played_us < whole.micros(), "the music was too short: {played_us} us");

        let kitchen_now = last.get(&format!("/api/speakers/{id}")).await;
        let name = kitchen_now["name"].as_str().expect("a name").to_owned();
        assert!(deeds.names.contains(&name), "{name} is none of {:?}", deeds.names);
        check_queue(&last, &deeds, count, kills).await;

        for (who, speaker) in [("kitchen", kitchen), ("hall", hall)] {
            let heard = speaker.recording().await;
            silent(who, &heard, (0.0, start.at_us - 3_000.0))?;
            let span = (start.at_us - 3_000.0, stop.at_us - 1_000.0);
            follow(who, &heard, &whole, start.at_us, span)?.check(Limits::STEERED);
        }
        Ok::<(), Disturbed>(())
    })
    .await;
}

/// The parts, then everything that was added and answered, in order and once; what was not answered, at most once.
async fn check_queue(last: &Coordinator, deeds: &Deeds, parts: usize, kills: usize) {
    assert!(deeds.added.len() > kills / 2, "only {} things were done between the kills", deeds.added.len());
    let mut entries: Vec<String> = Vec::new();
    loop {
        let page = last.get(&format!("/api/zones/all/queue?offset={}&limit=1000", entries.len())).await;
        let page = page["entries"].as_array().expect("entries");
        if page.is_empty() {
            break;
        }
        entries.extend(page.iter().map(|e| e["entry"].as_str().expect("an id").to_owned()));
    }
    let extra = &entries[parts..];
    let mut expected = deeds.added.iter().map(String::as_str).peekable();
    let mut strangers = 0;
    for entry in extra {
        if expected.peek() == Some(&entry.as_str()) {
            expected.next();
        } else {
            strangers += 1;
        }
    }
    assert_eq!(expected.next(), None, "an entry is lost that was answered");
    assert!(strangers <= deeds.unanswered, "{strangers} entries that nobody asked for");
}

#[tokio::test]
async fn what_was_under_way_under_a_key_when_it_was_killed_is_not_done_twice() {
    let stage = Stage::new().with_fixtures(&["48000-mono-24.flac"]);
    let c = Coordinator::start(&stage).await;
    let address = c.address().to_owned();
    let kitchen = Speaker::start(&stage, &address, "kitchen", Card::USUAL);
    c.settled(&["kitchen"]).await;
    let track = c.ids(&stage, &["48000-mono-24.flac"]).await.remove(0);
    let rest = Rest::new(&format!("http://{address}"), &data_of(&stage));
    let body = json!({ "trackId": track }).to_string();
    let key = [("idempotency-key", "evening")];
    let play = || rest.attempt_with(Method::POST, "/api/playback/play", &body, &key);
    // a speaker that does not answer is waited for
    kitchen.process().freeze();
    let asked = tokio::time::timeout(Duration::from_millis(700), play()).await;
    assert!(asked.is_err(), "it waits");
    c.kill().await;
    let c = Coordinator::start_with(&stage, &address, &[]).await;
    let again = play().await.expect("an answer");
    let said = (again.status, again.body["code"].as_str());
    assert_eq!(said, (409, Some("idempotency_outcome_unknown")), "{}", again.body);
    kitchen.process().wake();
    c.settled(&["kitchen"]).await;
    let anew = rest.attempt_with(Method::POST, "/api/playback/play", &body, &[("idempotency-key", "evening-2")]).await;
    assert_eq!(anew.expect("an answer").status, 200);
    assert_eq!(kitchen.terminate().await.code, Some(0));
}
