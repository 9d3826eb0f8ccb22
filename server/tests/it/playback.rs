//! From a REST call to what the speakers are told.

use std::time::Duration;

use downbeat_protocol::{AgentMessage, ServerMessage, SpeakerId, agent_message::Hello, server_message::Configure};
use serde_json::{Value, json};
use tokio::join;

use crate::{
    agent::{Agent, hello},
    fixture::{Fixture, wait_for},
};

#[tokio::test]
async fn a_play_starts_all_speakers_at_one_instant_after_all_are_ready() {
    let f = Fixture::new().await;
    let mut agents = Vec::new();
    for name in ["one", "two", "three"] {
        let mut agent = Agent::new(f.running.addr, name).await;
        agent.state_sync().await;
        agents.push(agent);
    }
    let a = f.track("a").await;
    let speakers = async {
        let mut prepares = Vec::new();
        for agent in &mut agents {
            prepares.push(agent.prepare().await);
        }
        assert!(prepares.iter().all(|p| p.entry.title == "a" && p.prepare_id == prepares[0].prepare_id));
        let mut last = f.running.conductor().clock().now();
        for (agent, prepare) in agents.iter_mut().zip(&prepares) {
            tokio::time::sleep(Duration::from_millis(60)).await;
            last = f.running.conductor().clock().now();
            agent.ready(prepare, None).await;
        }
        let mut sessions = Vec::new();
        for agent in &mut agents {
            sessions.push(agent.play_track().await);
        }
        (sessions, last)
    };
    let (reply, (sessions, last_ready)) = join!(f.done("/api/playback/play", json!({ "trackId": a })), speakers);
    let first = sessions[0].timeline.as_ref().unwrap();
    assert!(sessions.iter().all(|s| s.timeline.as_ref() == Some(first) && s.plan.len() == 1));
    assert_eq!(reply["at"], first.anchor_server_us.0, "the caller hears when it will be heard");
    assert!(first.anchor_server_us.micros_since(last_ready) >= 50_000, "lead and margin after the last was ready");
    assert_eq!((&reply["success"], &reply["state"]["playbackState"]), (&true.into(), &"playing".into()));
    assert_eq!(reply["state"]["currentTrack"]["title"], "a");
}

#[tokio::test]
async fn a_speaker_that_is_not_ready_is_not_waited_for_past_the_deadline() {
    let f = Fixture::with(|c| c.ready_deadline = Duration::from_millis(300)).await;
    let mut quick = Agent::new(f.running.addr, "quick").await;
    let mut slow = Agent::new(f.running.addr, "slow").await;
    join!(quick.state_sync(), slow.state_sync());
    let (reply, session) = join!(f.play(&["a"]), quick.start());
    assert_eq!(reply["at"], session.at.0);
    assert_eq!(slow.play_track().await.timeline, session.timeline, "it joins by itself");
}

#[tokio::test]
async fn a_late_joiner_is_told_the_running_timeline() {
    let f = Fixture::new().await;
    let mut early = Agent::new(f.running.addr, "early").await;
    early.state_sync().await;
    let (_, session) = join!(f.play(&["a", "b"]), early.start());
    let mut late = Agent::new(f.running.addr, "late").await;
    let sync = late.state_sync().await;
    let (ours, theirs) = (sync.session.timeline.unwrap(), session.timeline.unwrap());
    let t = f.running.conductor().clock().now();
    assert_eq!(ours.at(&sync.session.plan, t), theirs.at(&session.plan, t));
    assert!(sync.session.revision >= session.revision);
}

#[tokio::test]
async fn the_scripts_of_the_earlier_system_work() {
    let f = Fixture::new().await;
    let mut agent = Agent::new(f.running.addr, "one").await;
    agent.state_sync().await;
    let (_, list) = f.get("/api/tracks").await;
    let id = list["tracks"].as_array().unwrap().iter().find(|t| t["title"] == "a").unwrap()["id"].clone();
    join!(
        f.done("/api/playback/play", json!({ "trackId": id, "roomId": "room-1", "startPosition": 0.5 })),
        agent.start()
    );
    let state = |reply: &Value| (reply["state"]["playbackState"].clone(), reply["state"]["position"].as_f64().unwrap());
    let (status, reply) = f.call(reqwest::Method::POST, "/api/playback/pause", None).await;
    assert_eq!((status.as_u16(), state(&reply).0), (200, "paused".into()), "with an empty body");
    agent.until("pause", |m| matches!(m, ServerMessage::Pause(_)).then_some(())).await;
    let reply = f.done("/api/playback/seek", json!({ "position": 1.25 })).await;
    assert_eq!(state(&reply), ("paused".into(), 1.25));
    let reply = f.done("/api/playback/volume", json!({ "volume": 70 })).await;
    assert_eq!(reply["state"]["volume"], 70.0);
    let level =
        agent.until("volume", |m| if let ServerMessage::VolumeChange(v) = m { Some(v.volume) } else { None }).await;
    assert!((level.zone.percent() - 70.0).abs() < 1e-6);
    let resumed = async {
        let prepare = agent.prepare().await;
        agent.ready(&prepare, None).await;
        agent.until("resume", |m| if let ServerMessage::Resume(s) = m { Some(s) } else { None }).await
    };
    let (reply, session) = join!(f.done("/api/playback/resume", json!({})), resumed);
    assert_eq!(state(&reply), ("playing".into(), 1.25));
    assert_eq!(session.timeline.unwrap().anchor_media_frames.0, 55_125);
    let reply = f.done("/api/playback/stop", json!({})).await;
    assert_eq!((state(&reply).0, &reply["state"]["currentTrack"]), ("stopped".into(), &Value::Null));
    let (_, state) = f.get("/api/playback/state").await;
    assert_eq!((&state["playing"], &state["playbackState"]), (&false.into(), &"stopped".into()));
    let (_, clients) = f.get("/api/clients").await;
    assert_eq!((&clients["count"], &clients["clients"][0]["name"]), (&1.into(), &"one".into()));
}

#[tokio::test]
async fn without_a_track_it_plays_what_can_be_played() {
    let f = Fixture::new().await;
    let reply = f.done("/api/playback/play", json!({})).await;
    assert_eq!(reply["state"]["queueLength"], 3, "the damaged file is not queued");
    f.done("/api/playback/pause", json!({})).await;
    let reply = f.done("/api/playback/play", json!({})).await;
    assert_eq!((&reply["state"]["playbackState"], &reply["state"]["queueLength"]), (&"playing".into(), &3.into()));
}

#[tokio::test]
async fn the_queue_plays_through_on_time_over_a_damaged_file() {
    let f = Fixture::new().await;
    let mut agent = Agent::new(f.running.addr, "one").await;
    agent.state_sync().await;
    let (_, session) = join!(f.play(&["b", "damaged", "c"]), agent.start());
    assert_eq!(session.plan.iter().map(|e| e.title.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    let start = session.timeline.unwrap().anchor_server_us;
    let (_, queue) = f.get("/api/zones/all/queue").await;
    assert!(queue["entries"][1]["fault"].is_string(), "{queue}");
    // its plan says when: the boundary itself needs no message
    let stop = agent
        .until("stop", |m| match m {
            ServerMessage::PlanUpdate(s) => panic!("{s:?}"),
            ServerMessage::Stop(s) => Some(s),
            _ => None,
        })
        .await;
    assert_eq!((stop.at, stop.timeline), (start.plus_micros(2_000_000), None));
}

#[tokio::test]
async fn an_entry_that_no_speaker_can_play_is_skipped_and_the_caller_hears_it() {
    let f = Fixture::new().await;
    let mut agent = Agent::new(f.running.addr, "one").await;
    agent.state_sync().await;
    let a = f.track("a").await;
    let refusing = async {
        let prepare = agent.prepare().await;
        agent.ready(&prepare, Some("decode_failed")).await;
    };
    let ((status, problem), ()) = join!(f.post("/api/playback/play", json!({ "trackId": a })), refusing);
    assert_eq!((status.as_u16(), &problem["code"]), (409, &"track_unplayable".into()));
    assert!(problem["detail"].as_str().unwrap().contains("decode_failed"));
}

#[tokio::test]
async fn zones_play_apart_and_speakers_move_between_them() {
    let f = Fixture::new().await;
    let mut bar =
        Agent::with(f.running.addr, Hello { zone: Some("Bar".into()), ..hello("bar", SpeakerId::random()) }).await;
    let mut hall = Agent::new(f.running.addr, "hall").await;
    assert_eq!(bar.state_sync().await.zone_name, "Bar", "its zone is made at its first appearance");
    assert_eq!(hall.state_sync().await.zone_name, "all");
    let a = f.track("a").await;
    let (reply, session) = join!(f.done("/api/zones/bar/playback/play", json!({ "trackId": a })), bar.start());
    assert_eq!(reply["state"]["zone"], "Bar");
    let (_, all) = f.get("/api/zones/all/playback/state").await;
    assert_eq!(all["playbackState"], "stopped");

    let id = f.speaker("hall").await["id"].as_str().unwrap().to_owned();
    let path = format!("/api/speakers/{id}");
    let (status, view) = f.call(reqwest::Method::PATCH, &path, Some(json!({ "zone": "BAR" }).to_string())).await;
    assert_eq!((status.as_u16(), &view["zone"]), (200, &"Bar".into()));
    let sync = hall.state_sync().await;
    assert_eq!((sync.zone_name.as_str(), sync.session.timeline.is_some()), ("Bar", session.timeline.is_some()));
    let (_, zones) = f.get("/api/zones").await;
    assert_eq!(zones["zones"][0]["speakers"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn who_plays_alone_is_told_so_and_when_no_more() {
    let f = Fixture::new().await;
    let solo = |m| if let ServerMessage::Configure(c) = m { Some(c.settings.solo) } else { None };
    let mut one = Agent::new(f.running.addr, "one").await;
    assert!(one.until("alone", solo).await);
    let mut two = Agent::new(f.running.addr, "two").await;
    assert!(!one.until("in company", solo).await);
    two.state_sync().await;
    let id = f.speaker("one").await["id"].as_str().unwrap().to_owned();
    drop(one);
    // one that is away may be playing on; one that is forgotten is not
    while f.speaker("one").await["connected"] == true {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let (status, _) = f.call(reqwest::Method::DELETE, &format!("/api/speakers/{id}"), None).await;
    assert!(status.is_success(), "{status}");
    assert!(two.until("the other is forgotten", solo).await);
    // moved to where nobody is, and back to where somebody is
    let (status, _) = f.post("/api/zones", json!({ "name": "Attic" })).await;
    assert!(status.is_success());
    let mut three = Agent::new(f.running.addr, "three").await;
    assert!(!two.until("in company again", solo).await);
    let id = f.speaker("two").await["id"].as_str().unwrap().to_owned();
    let path = format!("/api/speakers/{id}");
    f.call(reqwest::Method::PATCH, &path, Some(json!({ "zone": "Attic" }).to_string())).await;
    assert!(two.until("alone in the attic", solo).await);
    assert!(three.until("alone downstairs", solo).await);
    f.call(reqwest::Method::PATCH, &path, Some(json!({ "zone": "all" }).to_string())).await;
    assert!(!two.until("back", solo).await);
    assert!(!three.until("joined", solo).await);
}

#[tokio::test]
async fn what_people_set_for_a_speaker_reaches_it() {
    let f = Fixture::new().await;
    let mut agent = Agent::new(f.running.addr, "one").await;
    agent.state_sync().await;
    let id = f.speaker("one").await["id"].as_str().unwrap().to_owned();
    let body = json!({ "name": " The Bar ", "volume": 40, "muted": true, "outputDelayUs": -1500 });
    let (status, view) = f.call(reqwest::Method::PATCH, &format!("/api/speakers/{id}"), Some(body.to_string())).await;
    assert_eq!((status.as_u16(), &view["name"], &view["outputDelayUs"]), (200, &"The Bar".into(), &(-1500).into()));
    let configured = |c: &Configure| (c.name.as_str(), c.settings.output_delay_us) == ("The Bar", -1500);
    agent.until("configure", |m| matches!(m, ServerMessage::Configure(c) if configured(&c)).then_some(())).await;
    let level =
        agent.until("volume", |m| if let ServerMessage::VolumeChange(v) = m { Some(v.volume) } else { None }).await;
    assert!(level.muted && (level.speaker.percent() - 40.0).abs() < 1e-6);
    assert_eq!(f.post(&format!("/api/speakers/{id}/identify"), json!({})).await.0.as_u16(), 204);
    agent.until("identify", |m| matches!(m, ServerMessage::Identify(_)).then_some(())).await;
    let (status, problem) = f.call(reqwest::Method::DELETE, &format!("/api/speakers/{id}"), None).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &"speaker_connected".into()));
    drop(agent);
    wait_for("its absence", || async { (f.speaker("The Bar").await["connected"] == false).then_some(()) }).await;
    assert_eq!(f.call(reqwest::Method::DELETE, &format!("/api/speakers/{id}"), None).await.0.as_u16(), 204);
    assert!(f.speaker("The Bar").await.is_null());
}

#[tokio::test]
async fn a_zone_ticks_for_all_its_speakers_and_whoever_joins() {
    let f = Fixture::new().await;
    let told = |m: ServerMessage| if let ServerMessage::Metronome(m) = m { Some(m) } else { None };
    let mut one = Agent::new(f.running.addr, "one").await;
    one.state_sync().await;
    let (status, view) = f.post("/api/zones/all/metronome", json!({ "on": true })).await;
    assert_eq!((status.as_u16(), &view["on"], &view["intervalUs"]), (200, &true.into(), &1_000_000.into()));
    let first = one.until("the metronome", told).await;
    assert!(first.on && first.at.0 % 1_000_000 == 0 && first.at > first.server_time, "{first:?}");
    assert_eq!((view["at"].as_i64(), view["until"].as_i64()), (Some(first.at.0), Some(first.until.0)));
    assert_eq!(f.get("/api/playback/state").await.1["metronome"], view);
    // a joiner is told after its state, and ticks in the same rhythm
    let mut two = Agent::new(f.running.addr, "two").await;
    two.state_sync().await;
    let joined = two.until("the metronome", told).await;
    assert_eq!((joined.on, joined.at, joined.until), (true, first.at, first.until));
    // who asks for the state, which ends it, is told again
    one.say(&AgentMessage::RequestState).await;
    one.state_sync().await;
    assert_eq!(one.until("the metronome again", told).await.at, first.at);
    let (_, view) = f.post("/api/zones/all/metronome", json!({ "on": false })).await;
    assert_eq!((&view["on"], &view["at"]), (&false.into(), &Value::Null));
    for agent in [&mut one, &mut two] {
        assert!(!agent.until("its end", told).await.on);
    }
    assert_eq!(f.get("/api/zones/all").await.1["state"]["metronome"], Value::Null);
    let mut three = Agent::new(f.running.addr, "three").await;
    three.state_sync().await;
    three.say(&AgentMessage::RequestState).await;
    three
        .until("the state again, and no metronome before", |m| match m {
            ServerMessage::Metronome(m) => panic!("{m:?}"),
            ServerMessage::StateSync(_) => Some(()),
            _ => None,
        })
        .await;
    for (zone, body, code) in
        [("all", json!({ "on": "yes" }), 422), ("all", json!({}), 422), ("moon", json!({ "on": true }), 404)]
    {
        let (status, problem) = f.post(&format!("/api/zones/{zone}/metronome"), body).await;
        assert_eq!(status.as_u16(), code, "{problem}");
    }
}

#[tokio::test]
async fn the_spread_of_a_zone_is_that_of_its_reports() {
    use downbeat_protocol::report::{PlayerState, Position};
    let f = Fixture::new().await;
    let (mut one, mut two) = (Agent::new(f.running.addr, "one").await, Agent::new(f.running.addr, "two").await);
    one.state_sync().await;
    two.state_sync().await;
    assert_eq!(f.get("/api/playback/state").await.1["sync"], Value::Null, "nothing plays");
    join!(f.play(&["a"; 20]), one.start(), two.start());
    let report = |late_us: f64, bound: f64| {
        let state = PlayerState::Playing;
        let position = Position { state, sync_error_us: late_us, error_bound_us: Some(bound), ..Position::default() };
        AgentMessage::PositionReport(Box::new(position))
    };
    one.say(&report(-5.0, 20.0)).await;
    let sync = |speakers: u64| {
        let f = &f;
        wait_for("a reading", move || async move {
            let sync = f.get("/api/playback/state").await.1["sync"].clone();
            (sync["speakers"] == speakers).then_some(sync)
        })
    };
    let alone = sync(1).await;
    assert_eq!((&alone["spreadUs"], &alone["boundUs"], &alone["maxUs"]), (&Value::Null, &Value::Null, &Value::Null));
    one.say(&report(-5.0, 20.0)).await;
    two.say(&report(7.5, 30.0)).await;
    let both = sync(2).await;
    let of = |name: &str| both[name].as_f64().unwrap();
    assert_eq!((of("spreadUs"), of("boundUs"), of("p95Us"), of("maxUs")), (12.5, 50.0, 12.5, 12.5));
    // reports of the past are not of the present
    let stale = sync(0).await;
    assert_eq!((&stale["spreadUs"], &stale["maxUs"]), (&Value::Null, &12.5.into()));
    f.done("/api/playback/pause", json!({})).await;
    assert_eq!(f.get("/api/zones/all").await.1["state"]["sync"], Value::Null);
}

#[tokio::test]
async fn reports_are_shown_and_position_checks_are_sent() {
    let f = Fixture::with(|c| c.position_check = Duration::from_millis(100)).await;
    let mut agent = Agent::new(f.running.addr, "one").await;
    agent.state_sync().await;
    let (_, session) = join!(f.play(&["a"]), agent.start());
    let entry = session.timeline.as_ref().unwrap().entry;
    let check = agent.until("a check", |m| if let ServerMessage::PositionCheck(c) = m { Some(c) } else { None }).await;
    assert_eq!(check.entry, Some(entry));
    let expected = session.timeline.unwrap().at(&session.plan, check.server_time).unwrap().1;
    assert_eq!(check.expected_frames, expected);
    let position = downbeat_protocol::report::Position {
        state: downbeat_protocol::report::PlayerState::Playing,
        entry: Some(entry),
        position_frames: downbeat_protocol::Frames(44_100),
        sync_error_us: -12.5,
        round_trip_us: Some(800.0),
        underruns: 3,
        ..Default::default()
    };
    agent.say(&AgentMessage::PositionReport(Box::new(position))).await;
    let view =
        wait_for("the report", || async { Some(f.speaker("one").await).filter(|s| s["state"] == "playing") }).await;
    assert_eq!(
        (&view["syncErrorUs"], &view["position"], &view["underruns"]),
        (&(-12.5).into(), &1.0.into(), &3.into())
    );
}

#[tokio::test]
async fn the_queue_can_be_edited() {
    let f = Fixture::new().await;
    let (a, b, c) = (f.track("a").await, f.track("b").await, f.track("c").await);
    f.done("/api/zones/all/queue", json!({ "trackIds": [a, b] })).await;
    let titles = |queue: Value| {
        let entries = queue["entries"].as_array().unwrap().clone();
        entries.iter().map(|e| e["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    f.done("/api/playback/play", json!({})).await;
    f.done("/api/zones/all/queue", json!({ "trackId": c, "place": "next" })).await;
    let (_, queue) = f.get("/api/zones/all/queue").await;
    assert_eq!(titles(queue.clone()), ["a", "c", "b"]);
    assert_eq!(queue["current"], queue["entries"][0]["entry"]);
    let entry = queue["entries"][1]["entry"].as_str().unwrap();
    let (status, _) = f.call(reqwest::Method::DELETE, &format!("/api/zones/all/queue/{entry}"), None).await;
    assert_eq!(status.as_u16(), 200);
    assert_eq!(titles(f.get("/api/zones/all/queue").await.1), ["a", "b"]);
    let (status, problem) = f.call(reqwest::Method::DELETE, &format!("/api/zones/all/queue/{entry}"), None).await;
    assert_eq!((status.as_u16(), &problem["code"]), (404, &"entry_not_found".into()));
    f.call(reqwest::Method::DELETE, "/api/zones/all/queue", None).await;
    assert_eq!(titles(f.get("/api/zones/all/queue").await.1), ["a"], "what sounds stays");
    let reply = f.done("/api/playback/play", json!({ "entry": queue["entries"][0]["entry"], "position": 1.0 })).await;
    assert_eq!(reply["state"]["position"], 1.0);
}

#[tokio::test]
async fn what_a_play_names_beside_the_track_counts_or_the_play_is_refused() {
    let f = Fixture::new().await;
    f.done("/api/playback/volume", json!({ "volume": 70 })).await;
    let damaged = f.track("damaged").await;
    let (status, _) = f.post("/api/playback/play", json!({ "trackId": damaged, "volume": 20 })).await;
    assert_eq!(status.as_u16(), 409);
    assert_eq!(f.get("/api/playback/state").await.1["volume"], 70.0, "nothing of it is done");

    let mut kitchen = Agent::new(f.running.addr, "kitchen").await;
    kitchen.state_sync().await;
    let (_, state) = f.get("/api/playback/state").await;
    let at = state["serverTime"].as_i64().unwrap() + 3_000_000;
    let play = f.done("/api/playback/play", json!({ "trackIds": [f.track("a").await], "volume": 30, "at": at }));
    let (reply, ()) = tokio::join!(play, async {
        let prepare = kitchen.prepare().await;
        kitchen.ready(&prepare, None).await;
        let volume = kitchen.until("volume", |m| match m {
            downbeat_protocol::ServerMessage::VolumeChange(v) => Some(v),
            _ => None,
        });
        assert_eq!(volume.await.at.0, at, "not before it is to be heard");
    });
    assert_eq!((&reply["state"]["volume"], &reply["at"]), (&json!(70.0), &json!(at)), "until then it is as it was");
    assert_eq!(f.get("/api/playback/state").await.1["volume"], 30.0);
    f.done("/api/playback/stop", json!({})).await;

    let play = f.done("/api/playback/play", json!({ "position": 0.5 }));
    let (reply, _) = tokio::join!(play, kitchen.start());
    assert_eq!((&reply["state"]["position"], &reply["state"]["queueLength"]), (&json!(0.5), &json!(1)));
}
