//! The speakers' WebSocket: introductions, time, and everything that may go wrong on it.

use std::{net::SocketAddr, time::Duration};

use downbeat_protocol::{
    AgentMessage, LocalTime, MAX_AGENT_FRAME_BYTES, PROTOCOL_VERSION, ServerMessage, SpeakerId, agent_message::Hello,
    codec, handshake::VersionRange, time::ServerTime,
};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    agent::{Agent, Event, hello},
    fixture::{Fixture, wait_for},
};

#[tokio::test]
async fn a_speaker_is_welcomed_and_told_the_whole_state() {
    let f = Fixture::with(|c| c.max_drift = Duration::from_millis(20)).await;
    let id = SpeakerId::random();
    let mut agent = Agent::with(f.running.addr, hello("kitchen", id)).await;
    let Event::Message(first) = agent.next().await else { panic!("closed") };
    let ServerMessage::Welcome(welcome) = *first else { panic!("the first message is {first:?}") };
    assert_eq!((welcome.protocol, welcome.speaker_id, welcome.name.as_str()), (PROTOCOL_VERSION, id, "kitchen"));
    assert_eq!(welcome.settings.max_drift_us, 20_000);
    let Event::Message(second) = agent.next().await else { panic!("closed") };
    let ServerMessage::StateSync(sync) = *second else { panic!("the second message is {second:?}") };
    assert_eq!((sync.zone_name.as_str(), sync.session.timeline), ("all", None));
    let view = f.speaker("kitchen").await;
    assert_eq!((&view["connected"], &view["version"]), (&true.into(), &"1.2.3".into()));
}

#[tokio::test]
async fn a_speaker_without_an_id_is_given_one_also_at_the_root() {
    let f = Fixture::new().await;
    let mut agent = Agent::at(f.running.addr, "/").await;
    agent.say(&AgentMessage::Hello(Box::new(Hello { speaker_id: None, ..hello("", SpeakerId::random()) }))).await;
    let welcome = agent.until("welcome", |m| if let ServerMessage::Welcome(w) = m { Some(w) } else { None }).await;
    assert!(welcome.name.starts_with("speaker "), "{}", welcome.name);
}

#[tokio::test]
async fn time_is_stamped_and_answered_in_a_frame_of_equal_length() {
    let f = Fixture::new().await;
    let mut agent = Agent::new(f.running.addr, "clock").await;
    agent.state_sync().await;
    let clock = f.running.conductor().clock();
    let mut last = ServerTime(0);
    for i in 0..50 {
        let before = clock.now();
        let request = codec::encode_time_request(LocalTime(i));
        agent.say_text(request).await;
        let reply = agent.until("a reply", |m| if let ServerMessage::TimeReply(r) = m { Some(r) } else { None }).await;
        assert_eq!(reply.t1, LocalTime(i));
        assert!(before <= reply.t2 && reply.t2 <= reply.t3 && reply.t3 <= clock.now() && reply.t2 > last);
        last = reply.t3;
    }
}

#[tokio::test]
async fn a_version_that_cannot_talk_is_told_what_to_do() {
    let f = Fixture::new().await;
    let newer = Hello { protocol: VersionRange { min: 900, max: 901 }, ..hello("new", SpeakerId::random()) };
    let mut agent = Agent::with(f.running.addr, newer).await;
    let Event::Message(message) = agent.next().await else { panic!("closed without a word") };
    let ServerMessage::Error(error) = *message else { panic!("{message:?}") };
    assert_eq!((error.code.as_str(), error.fatal), ("version_mismatch", true));
    assert!(error.detail.contains("update the coordinator"), "{}", error.detail);
    assert_eq!(agent.until_closed().await.1, Some(1008));
    assert!(f.speaker("new").await.is_null());
}

#[tokio::test]
async fn the_first_message_must_be_hello() {
    let f = Fixture::new().await;
    let mut agent = Agent::silent(f.running.addr).await;
    agent.say(&AgentMessage::RequestState).await;
    assert_eq!(agent.until_closed().await, (vec!["hello_expected".into()], Some(1008)));
}

#[tokio::test]
async fn a_second_connection_replaces_the_first() {
    let f = Fixture::new().await;
    let id = SpeakerId::random();
    let mut first = Agent::with(f.running.addr, hello("twin", id)).await;
    first.state_sync().await;
    let mut second = Agent::with(f.running.addr, hello("twin", id)).await;
    second.state_sync().await;
    assert_eq!(first.until_closed().await, (vec!["replaced".into()], Some(1000)));
    assert_eq!(f.speaker("twin").await["connected"], true, "the end of the first is not the end of the second");
    second.say(&AgentMessage::RequestState).await;
    second.state_sync().await;
}

#[tokio::test]
async fn a_speaker_that_comes_back_is_the_same_speaker() {
    let f = Fixture::new().await;
    let id = SpeakerId::random();
    let mut agent = Agent::with(f.running.addr, hello("attic", id)).await;
    agent.state_sync().await;
    drop(agent);
    wait_for("its absence", || async { (f.speaker("attic").await["connected"] == false).then_some(()) }).await;
    let mut agent = Agent::with(f.running.addr, hello("loft", id)).await;
    agent.state_sync().await;
    assert_eq!(f.speaker("loft").await["connected"], true, "its own name follows its configuration");
    let (_, list) = f.get("/api/speakers").await;
    assert_eq!(list["speakers"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_no_message_is_answered_and_survived() {
    let f = Fixture::new().await;
    let mut agent = Agent::new(f.running.addr, "odd").await;
    agent.state_sync().await;
    for (said, code) in [
        (Message::text("{"), "bad_message"),
        (Message::text(r#"{"type":"levitate"}"#), "unknown_message"),
        (Message::text(r#"{"type":"ready","prepare_id":"x"}"#), "bad_message"),
        (Message::binary(vec![0, 159, 146, 150]), "bad_message"),
    ] {
        agent.say_raw(said).await;
        let error = agent.until("an error", |m| if let ServerMessage::Error(e) = m { Some(e) } else { None }).await;
        assert_eq!((error.code.as_str(), error.fatal), (code, false));
    }
    agent.say(&AgentMessage::RequestState).await;
    agent.state_sync().await;
}

#[tokio::test]
async fn too_much_nonsense_closes_that_connection_only() {
    let f = Fixture::new().await;
    let mut other = Agent::new(f.running.addr, "other").await;
    other.state_sync().await;
    let mut agent = Agent::new(f.running.addr, "mad").await;
    for _ in 0..30 {
        agent.say_text("nonsense".into()).await;
    }
    let (errors, code) = agent.until_closed().await;
    assert_eq!((errors.last().map(String::as_str), code), (Some("flood"), Some(1008)));
    other.say(&AgentMessage::RequestState).await;
    other.state_sync().await;
}

#[tokio::test]
async fn a_flood_of_messages_closes_that_connection_only() {
    let f = Fixture::new().await;
    let mut other = Agent::new(f.running.addr, "other").await;
    other.state_sync().await;
    let mut agent = Agent::new(f.running.addr, "hose").await;
    agent.state_sync().await;
    let report = codec::encode_agent_message(&AgentMessage::PositionReport(Box::default()));
    for _ in 0..5_000 {
        agent.say_text(report.clone()).await;
    }
    let (errors, _) = agent.until_closed().await;
    assert!(errors.is_empty() || errors == ["flood"], "{errors:?}");
    wait_for("its end", || async { (f.speaker("hose").await["connected"] == false).then_some(()) }).await;
    other.say(&AgentMessage::RequestState).await;
    other.state_sync().await;
}

#[tokio::test]
async fn a_frame_over_the_limit_closes_that_socket_only() {
    let f = Fixture::new().await;
    let mut other = Agent::new(f.running.addr, "other").await;
    other.state_sync().await;
    let mut agent = Agent::new(f.running.addr, "large").await;
    agent.state_sync().await;
    agent.say_text("x".repeat(MAX_AGENT_FRAME_BYTES + 1)).await;
    assert_eq!(agent.until_closed().await, (vec!["frame_too_large".into()], Some(1009)));
    wait_for("its end", || async { (f.speaker("large").await["connected"] == false).then_some(()) }).await;
    other.say(&AgentMessage::RequestState).await;
    other.state_sync().await;
    assert_eq!(f.speaker("other").await["connected"], true);
}

#[tokio::test]
async fn the_largest_hello_is_let_in() {
    let f = Fixture::new().await;
    let mut agent = Agent::silent(f.running.addr).await;
    let text = codec::encode_agent_message(&AgentMessage::Hello(Box::new(hello("wide", SpeakerId::random()))));
    agent.say_text(format!("{text}{}", " ".repeat(MAX_AGENT_FRAME_BYTES - text.len()))).await;
    agent.state_sync().await;
}

#[tokio::test]
async fn a_dead_peer_is_given_up_and_a_living_one_is_not() {
    let f = Fixture::with(|c| {
        c.ping_interval = Duration::from_millis(200);
        c.ping_timeout = Duration::from_millis(1_500);
    })
    .await;
    let mut living = Agent::new(f.running.addr, "living").await;
    living.state_sync().await;
    // A raw socket that says hello and then neither answers pings nor closes.
    let mut dead = raw_handshake(f.running.addr).await;
    let hello = codec::encode_agent_message(&AgentMessage::Hello(Box::new(hello("dead", SpeakerId::random()))));
    dead.write_all(&masked(&hello)).await.unwrap();
    wait_for("the dead one's welcome", || async { (f.speaker("dead").await["connected"] == true).then_some(()) }).await;
    let since = tokio::time::Instant::now();
    tokio::select! {
        () = wait_for("its end", || async { (f.speaker("dead").await["connected"] == false).then_some(()) }) => {}
        () = living.linger(Duration::from_mins(1)) => panic!("the living one was closed"),
    }
    assert!(since.elapsed() > Duration::from_secs(1));
    assert_eq!(f.speaker("living").await["connected"], true);
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_given_up_and_nobody_waits_for_it() {
    let f = Fixture::with(|c| {
        c.ping_interval = Duration::from_millis(200);
        c.ping_timeout = Duration::from_millis(1_500);
    })
    .await;
    let mut living = Agent::new(f.running.addr, "living").await;
    living.state_sync().await;
    let a = f.track("a").await;
    f.done("/api/zones/all/queue", json!({ "trackIds": vec![a; 300] })).await;
    tokio::join!(f.done("/api/playback/play", json!({})), living.start());
    let mut stuck = raw_handshake(f.running.addr).await;
    let hello = codec::encode_agent_message(&AgentMessage::Hello(Box::new(hello("stuck", SpeakerId::random()))));
    stuck.write_all(&masked(&hello)).await.unwrap();
    wait_for("its welcome", || async { (f.speaker("stuck").await["connected"] == true).then_some(()) }).await;
    // It is never silent, and asks for a large state again and again without reading any: its end of the pipe fills up.
    let request = masked(&codec::encode_agent_message(&AgentMessage::RequestState));
    let asking = async {
        while stuck.write_all(&request).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = wait_for("its end", || async { (f.speaker("stuck").await["connected"] == false).then_some(()) }) => {}
        () = asking => unreachable!("it asks for ever"),
        () = living.linger(Duration::from_mins(1)) => panic!("the living one was closed"),
    }
    assert_eq!(f.speaker("living").await["connected"], true);
}

/// Upgrades a plain socket.
async fn raw_handshake(addr: SocketAddr) -> tokio::net::TcpStream {
    let mut socket = tokio::net::TcpStream::connect(addr).await.unwrap();
    let request = format!(
        "GET /ws HTTP/1.1\r\nhost: {addr}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(socket.read_u8().await.unwrap());
    }
    assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
    socket
}

/// A text frame as a client sends it, masked with zeros.
fn masked(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match u8::try_from(text.len()) {
        Ok(length) if length < 126 => frame.push(0x80 | length),
        _ => {
            frame.push(0xfe);
            frame.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    frame
}
