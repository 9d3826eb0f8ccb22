//! The ids of requests: echoed, and handed on to speakers.

use downbeat_protocol::ServerMessage;
use serde_json::{Value, json};

use crate::{agent::Agent, fixture::Fixture};

async fn asked(f: &Fixture, path: &str, id: Option<&str>, body: Value) -> String {
    let mut request = f.http.post(f.url(path)).body(body.to_string());
    if let Some(id) = id {
        request = request.header("x-request-id", id);
    }
    let answer = request.send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {answer:?}");
    answer.headers()["x-request-id"].to_str().unwrap().to_owned()
}

/// The request of the next pause.
async fn paused(agent: &mut Agent) -> Option<String> {
    let request = |message| match message {
        ServerMessage::Pause(session) => Some(session.request),
        _ => None,
    };
    agent.until("a pause", request).await
}

#[tokio::test]
async fn speakers_are_told_the_request_that_changed_what_they_play() {
    let f = Fixture::new().await;
    let mut agent = Agent::new(f.running.addr, "Kitchen").await;
    assert_eq!(agent.state_sync().await.session.request, None, "nobody asked for anything");
    let track = f.track("a").await;
    let play = asked(&f, "/api/playback/play", Some("radio-1"), json!({ "trackId": track }));
    let (id, session) = tokio::join!(play, agent.start());
    assert_eq!((id.as_str(), session.request.as_deref()), ("radio-1", Some("radio-1")));
    // a volume changes nothing of it
    asked(&f, "/api/playback/volume", Some("louder"), json!({ "volume": 20 })).await;
    assert_eq!(f.get("/api/playback/state").await.1["request"], "radio-1");
    // one that does not fit into a log is replaced, one that is not there is made
    for named in [Some("two words"), None] {
        let id = asked(&f, "/api/playback/pause", named, json!({})).await;
        assert!(id.len() == 32, "{id}");
        if named.is_some() {
            assert_eq!(paused(&mut agent).await, Some(id));
        }
    }
}
