//! The reports of speakers on what they played: kept before it is answered, told again without harm, listed and
//! exported.

use downbeat_protocol::{
    AgentMessage, ClockId, EntryId, Frames, ServerMessage, ServerTime, SpeakerId, TrackId, ZoneId,
    history::{History, HistoryKept, Stretch},
};
use serde_json::{Value, json};

use crate::{
    agent::{Agent, hello},
    fixture::{Fixture, wait_for},
};

/// A second of a track, heard `ago_s` seconds ago.
fn stretch(f: &Fixture, sequence: u64, track: &str, ago_s: i64) -> Stretch {
    let clock = f.running.conductor().clock();
    Stretch {
        sequence,
        zone: ZoneId::DEFAULT,
        entry: EntryId(uuid(sequence)),
        track: TrackId(track.parse().unwrap()),
        hash: "ab".repeat(32),
        sample_rate: 44_100,
        from_frames: Frames(0),
        to_frames: Frames(44_100),
        missing_frames: Frames(0),
        clock_id: clock.id(),
        at: ServerTime(clock.now().0 - ago_s * 1_000_000),
        utc_us: None,
        silent: false,
        cut: false,
    }
}

fn uuid(n: u64) -> uuid::Uuid {
    uuid::Uuid::from_u128(n.into())
}

async fn kept(agent: &mut Agent) -> HistoryKept {
    agent.until("history_kept", |m| if let ServerMessage::HistoryKept(kept) = m { Some(kept) } else { None }).await
}

async fn tell(agent: &mut Agent, stretches: Vec<Stretch>) -> u64 {
    agent.say(&AgentMessage::History(History { dropped: 0, stretches })).await;
    kept(agent).await.sequence
}

fn titles(list: &Value) -> Vec<&str> {
    list["plays"].as_array().unwrap().iter().map(|p| p["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_is_told_is_kept_and_answered_and_told_again_not_doubled() {
    let f = Fixture::new().await;
    let mut agent = Agent::silent(f.running.addr).await;
    agent.say(&AgentMessage::Hello(Box::new(hello("bar", SpeakerId(uuid(1)))))).await;
    let wanted = agent.until("welcome", |m| if let ServerMessage::Welcome(w) = m { Some(w.history) } else { None });
    assert!(wanted.await, "the welcome asks for it");
    let (a, b) = (f.track("a").await, f.track("b").await);
    let mut told = vec![stretch(&f, 1, &a, 100), stretch(&f, 2, &b, 90)];
    told[1].silent = true;
    assert_eq!(tell(&mut agent, told.clone()).await, 2);
    // its answer was lost: the whole message, and one more
    told.push(Stretch { cut: true, ..stretch(&f, 3, &a, 80) });
    assert_eq!(tell(&mut agent, told.clone()).await, 3);
    // what makes no sense is answered as well, or it would come for ever
    let nonsense = Stretch { to_frames: Frames(-5), ..stretch(&f, 4, &a, 70) };
    let unknown = Stretch { clock_id: ClockId(uuid(9)), utc_us: Some(1_770_000_000_000_000), ..stretch(&f, 5, &a, 60) };
    assert_eq!(tell(&mut agent, vec![nonsense, unknown]).await, 5);

    let f = f.restarted().await;
    let (_, list) = f.get("/api/history").await;
    assert_eq!(titles(&list), ["a", "b", "a", "a"]);
    assert_eq!((&list["next"], &list["dropped"]), (&Value::Null, &json!(0)));
    let play = &list["plays"][2];
    let said = (&play["zoneName"], &play["trackId"], &play["heard"], &play["audible"]);
    assert_eq!(said, (&json!("all"), &json!(a), &json!(1.0), &json!(true)));
    let stretch = &play["stretches"][0];
    let said = (&stretch["speakerName"], &stretch["fromFrames"], &stretch["toFrames"], &stretch["knownBy"]);
    assert_eq!(said, (&json!("bar"), &json!(0), &json!(44_100), &json!("coordinator")));
    let start: chrono::DateTime<chrono::Utc> = play["start"].as_str().unwrap().parse().unwrap();
    let ago = (chrono::Utc::now() - start).num_seconds();
    assert!((100..160).contains(&ago), "{ago} s ago");
    assert_eq!((&list["plays"][1]["heard"], &list["plays"][1]["audible"]), (&json!(0.0), &json!(false)));
    assert_eq!(list["plays"][0]["stretches"][0]["cut"], true);
    let old = &list["plays"][3];
    assert_eq!(
        (&old["start"], &old["stretches"][0]["knownBy"]),
        (&json!("2026-02-02T02:40:00.000000Z"), &json!("speaker"))
    );
    let (_, audible) = f.get("/api/history?audible=true").await;
    assert_eq!(titles(&audible), ["a", "a", "a"]);
}

#[tokio::test]
async fn lists_are_filtered_and_come_in_parts() {
    let f = Fixture::new().await;
    let (a, b) = (f.track("a").await, f.track("b").await);
    let mut bar = Agent::with(f.running.addr, hello("bar", SpeakerId(uuid(1)))).await;
    let mut hall = Agent::with(f.running.addr, hello("hall", SpeakerId(uuid(2)))).await;
    let told = (1..=6u16).map(|n| stretch(&f, n.into(), if n % 2 == 0 { &b } else { &a }, 1_000 - 100 * i64::from(n)));
    let told: Vec<_> = told.collect();
    assert_eq!(tell(&mut bar, told.clone()).await, 6);
    // the first two were heard in the hall, too, and one more there alone
    let mut there = told[..2].to_vec();
    there.push(Stretch { zone: ZoneId(uuid(77)), ..stretch(&f, 7, &b, 10) });
    assert_eq!(tell(&mut hall, there).await, 7);

    let (_, all) = f.get("/api/history").await;
    assert_eq!(titles(&all), ["b", "b", "a", "b", "a", "b", "a"]);
    let names = |play: &Value| -> Vec<String> {
        let stretches = play["stretches"].as_array().unwrap().iter();
        // two that began at one instant have no order
        let mut names: Vec<String> = stretches.map(|s| s["speakerName"].as_str().unwrap().into()).collect();
        names.sort();
        names
    };
    assert_eq!(
        (names(&all["plays"][6]), names(&all["plays"][1])),
        (vec!["bar".into(), "hall".into()], vec!["bar".into()])
    );
    let count = async |query: &str| {
        let (status, list) = f.get(&format!("/api/history?{query}")).await;
        assert_eq!(status.as_u16(), 200, "{query}: {list}");
        list["plays"].as_array().unwrap().len()
    };
    assert_eq!(count("by=speaker").await, 9);
    assert_eq!((count("zone=all").await, count(&format!("zone={}", uuid(77))).await), (6, 1));
    assert_eq!((count("speaker=hall").await, count("by=speaker&speaker=hall").await), (3, 3));
    assert_eq!(count(&format!("track={a}")).await, 3);
    let at = |play: usize| all["plays"][play]["start"].as_str().unwrap().to_owned();
    assert_eq!(count(&format!("from={}&to={}", at(4), at(2))).await, 2, "from is in it, to is not");
    assert_eq!((count("to=2020-01-01").await, count("from=2020-01-01").await), (0, 7));

    for by in ["play", "speaker"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let (_, part) = f.get(&format!("/api/history?by={by}&limit=2{cursor}")).await;
            let starts = part["plays"].as_array().unwrap().iter().map(|p| p["start"].as_str().unwrap().to_owned());
            seen.extend(starts);
            let Some(next) = part["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen.len(), if by == "play" { 7 } else { 9 });
        assert!(seen.is_sorted_by(|a, b| a >= b), "{seen:?}");
    }
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("cursor=x", "cursor"),
        ("by=moon", "by"),
        ("from=yesterday", "from"),
        ("to=1", "to"),
        ("zone=nowhere", "zone"),
        ("track=x", "track"),
    ] {
        let (status, problem) = f.get(&format!("/api/history?{query}")).await;
        assert!(status.is_client_error(), "{query}: {problem}");
        assert_eq!(problem["field"], field, "{query}: {problem}");
    }
    let (status, problem) = f.get("/api/history?speaker=nobody").await;
    assert_eq!((status.as_u16(), &problem["code"]), (404, &json!("speaker_not_found")));
}

#[tokio::test]
async fn an_export_is_whole_safe_and_streamed() {
    let f = Fixture::new().await;
    let a = f.track("a").await;
    let (_, patched) = {
        let body = json!({ "name": "=HYPERLINK(\"http://x\"), bar" }).to_string();
        let mut agent = Agent::with(f.running.addr, hello("bar", SpeakerId(uuid(1)))).await;
        agent.until("state_sync", |m| matches!(m, ServerMessage::StateSync(_)).then_some(())).await;
        f.call(reqwest::Method::PATCH, &format!("/api/speakers/{}", uuid(1)), Some(body)).await
    };
    assert_eq!(patched["name"], "=HYPERLINK(\"http://x\"), bar");
    let mut agent = Agent::with(f.running.addr, hello("bar", SpeakerId(uuid(1)))).await;
    let (total, each) = (1_300u64, 50);
    for first in (1..=total).step_by(each) {
        let told = (first..first + each as u64).map(|n| stretch(&f, n, &a, (5_000 - n).try_into().unwrap()));
        tell(&mut agent, told.collect()).await;
    }
    let response = f.http.get(f.url("/api/history.csv")).send().await.unwrap();
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("text/csv"), "{kind}");
    assert!(response.headers().get("content-length").is_none(), "nobody holds it whole");
    let text = response.text().await.unwrap();
    let lines: Vec<_> = text.split_terminator("\r\n").collect();
    assert_eq!(lines.len() as u64, 1 + total);
    assert!(
        lines[0].starts_with("start,end,heard_seconds,zone,speakers,title,artist,album,composer,audible,from_frames")
    );
    assert!(lines[1..].is_sorted_by(|a, b| a > b), "each once, the latest first");
    let guarded = ",1.000,all,\"'=HYPERLINK(\"\"http://x\"\"), bar\",a,,,,true,0,44100,44100,";
    assert!(lines[1..].iter().all(|line| line.contains(guarded)), "{}", lines[1]);

    let (_, few) = f.get("/api/history.csv?limit=3&by=speaker").await;
    let few: Vec<_> = few.as_str().unwrap().lines().collect();
    assert_eq!(few.len(), 4);
    assert!(few[0].contains("speaker_id") && few[1].contains(",false,coordinator,"), "{few:?}");
    let (_, none) = f.get("/api/history.csv?to=2020-01-01").await;
    assert_eq!(none.as_str().unwrap().lines().count(), 1, "the names of the columns");
    let (status, problem) = f.get("/api/history.csv?by=moon").await;
    assert_eq!((status.as_u16(), &problem["field"]), (422, &json!("by")));
}

#[tokio::test]
async fn a_disk_that_is_full_keeps_the_answer_back() {
    use sqlx::{Connection as _, sqlite::SqliteConnectOptions};
    let f = Fixture::new().await;
    let a = f.track("a").await;
    let mut agent = Agent::with(f.running.addr, hello("bar", SpeakerId(uuid(1)))).await;
    let told = vec![stretch(&f, 1, &a, 100)];
    // somebody holds the database: no write gets through
    let path = f.folder.path().join("data").join(downbeat_store::FILE_NAME);
    let mut blocker = sqlx::SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut blocker).await.unwrap();
    agent.say(&AgentMessage::History(History { dropped: 3, stretches: told.clone() })).await;
    // a write waits five seconds for another process before it fails; what comes meanwhile is no answer
    let early = tokio::time::timeout(std::time::Duration::from_millis(6_500), kept(&mut agent)).await;
    assert!(early.is_err(), "answered before it was kept: {early:?}");
    sqlx::query("ROLLBACK").execute(&mut blocker).await.unwrap();
    // the speaker tells it again
    agent.say(&AgentMessage::History(History { dropped: 3, stretches: told })).await;
    assert_eq!(kept(&mut agent).await.sequence, 1);
    wait_for("the history", || async {
        let (_, list) = f.get("/api/history").await;
        (titles(&list) == ["a"] && list["dropped"] == 3).then_some(())
    })
    .await;
}
