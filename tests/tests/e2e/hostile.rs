//! A client that does not keep to the rules is dealt with alone.

use std::time::Duration;

use downbeat_protocol::{
    AgentMessage, MAX_AGENT_FRAME_BYTES, ServerMessage, SpeakerId,
    agent_message::{Capabilities, Hello},
    codec::{decode_server_message, encode_agent_message},
    handshake::{SpeakerClass, VersionRange, WEBSOCKET_PATH},
};
use downbeat_tests::{
    coordinator::Coordinator,
    follow::{Limits, follow},
    patience::{Disturbed, listen_for, undisturbed},
    speaker::{Card, Speaker},
    stage::Stage,
};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio_tungstenite::{
    client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

fn hello(name: &str) -> AgentMessage {
    AgentMessage::Hello(Box::new(Hello {
        protocol: VersionRange::OURS,
        speaker_id: Some(SpeakerId::random()),
        name: name.into(),
        class: SpeakerClass::Agent,
        version: "0".into(),
        capabilities: Capabilities::default(),
        credentials: None,
        commitment: None,
        zone: None,
        output_delay_us: None,
        known: None,
    }))
}

/// Connects, says these, and reads until the coordinator closes: the codes it gave, and how it closed.
async fn say(address: &str, texts: Vec<String>) -> (Vec<String>, Option<u16>) {
    let stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
    let ours = WebSocketConfig::default().max_frame_size(None).max_message_size(None);
    let url = format!("ws://{address}{WEBSOCKET_PATH}");
    let (mut socket, _) = client_async_with_config(url, stream, Some(ours)).await.expect("it takes WebSockets");
    for text in texts {
        // it may hang up in the middle
        if socket.send(Message::text(text)).await.is_err() {
            break;
        }
    }
    let (mut codes, mut closed) = (Vec::new(), None);
    while let Some(Ok(message)) = socket.next().await {
        match message {
            Message::Text(text) => {
                if let Ok(ServerMessage::Error(e)) = decode_server_message(&text) {
                    codes.push(e.code);
                }
            }
            Message::Close(frame) => closed = frame.map(|f| f.code.into()),
            _ => {}
        }
    }
    (codes, closed)
}

#[tokio::test]
async fn a_frame_over_the_limit_closes_that_socket_only() {
    undisturbed(|| async {
        let stage = Stage::new().with_noise("song.wav", 44_100, 20.0);
        let sound = stage.sound("song.wav");
        let c = Coordinator::start(&stage).await;
        let speaker = Speaker::start(&stage, c.address(), "kitchen", Card::USUAL);
        c.settled(&["kitchen"]).await;
        let start = c.play(&stage, &["song.wav"]).await;
        c.in_step(&["kitchen"], 1_000.0).await;
        let since = c.connected_since("kitchen").await;

        let huge = " ".repeat(MAX_AGENT_FRAME_BYTES + 1);
        let (codes, closed) = say(c.address(), vec![huge.clone()]).await;
        assert_eq!((codes.as_slice(), closed), (["frame_too_large".to_owned()].as_slice(), Some(1009)));
        let (codes, closed) = say(c.address(), vec![encode_agent_message(&hello("intruder")), huge]).await;
        assert_eq!((codes.as_slice(), closed), (["frame_too_large".to_owned()].as_slice(), Some(1009)));
        let nonsense: Vec<_> = (0..200).map(|k| format!("{{\"type\": {k}")).collect();
        let (codes, closed) = say(c.address(), nonsense).await;
        assert!(codes.last().is_some_and(|c| c == "flood") && closed == Some(1008), "{codes:?} {closed:?}");

        listen_for(Duration::from_secs(1)).await;
        let stop = c.ask("stop", json!({})).await;
        c.in_the_past(stop.at_us).await;
        assert_eq!(c.connected_since("kitchen").await, since, "it was connected all the time");
        let span = (start.at_us - 3_000.0, stop.at_us - 1_000.0);
        follow("kitchen", &speaker.recording().await, &sound, start.at_us, span)?.check(Limits::STEERED);
        Ok::<(), Disturbed>(())
    })
    .await;
}
