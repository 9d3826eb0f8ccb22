//! Each message of the protocol, said by each kind of speaker: what is answered, and that one that nobody has adopted
//! gets no plan, no media, no time and no names. The messages are the protocol's own: one that is added is asked about.

use downbeat_protocol::{
    AgentMessage, ClockId, LocalTime, ServerMessage, ServerTime, SpeakerId,
    adoption::Reveal,
    agent_message::{ClientError, ClockShift, Hello, Ready, TimeRequest},
    codec,
    handshake::{EntryId, SpeakerClass, TrackId, ZoneId},
    history::{History, Stretch},
    report::Health,
    time::Frames,
};
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::{
    adoption::{self, Machine, named},
    agent::{Agent, Event, hello},
    fixture::Fixture,
};

/// What comes back to a speaker that is let in; a message that is added does not compile until it is stated here.
fn answer(message: &AgentMessage) -> Option<&'static str> {
    match message {
        AgentMessage::TimeRequest(_) => Some("time_reply"),
        AgentMessage::RequestState => Some("state_sync"),
        AgentMessage::History(_) => Some("history_kept"),
        // it was said already
        AgentMessage::Hello(_) => Some("error"),
        AgentMessage::Ready(_)
        | AgentMessage::PositionReport(_)
        | AgentMessage::Health(_)
        | AgentMessage::ClockShift(_)
        | AgentMessage::Reveal(_)
        | AgentMessage::ClientError(_) => None,
    }
}

/// True if one that waits to be adopted may be told it.
fn is_for_one_that_waits(message: &ServerMessage) -> bool {
    match message {
        ServerMessage::Standing(_) | ServerMessage::Identify(_) | ServerMessage::Error(_) => true,
        ServerMessage::Welcome(_)
        | ServerMessage::StateSync(_)
        | ServerMessage::Prepare(_)
        | ServerMessage::PlayTrack(_)
        | ServerMessage::Pause(_)
        | ServerMessage::Resume(_)
        | ServerMessage::Seek(_)
        | ServerMessage::Stop(_)
        | ServerMessage::PlanUpdate(_)
        | ServerMessage::VolumeChange(_)
        | ServerMessage::PositionCheck(_)
        | ServerMessage::TimeReply(_)
        | ServerMessage::Configure(_)
        | ServerMessage::Metronome(_)
        | ServerMessage::Calibration(_)
        | ServerMessage::Announce(_)
        | ServerMessage::HistoryKept(_) => false,
    }
}

/// One of each.
fn all() -> Vec<AgentMessage> {
    let stretch = Stretch {
        sequence: 7,
        zone: ZoneId::random(),
        entry: EntryId::random(),
        track: TrackId::random(),
        hash: "0".repeat(64),
        sample_rate: 44_100,
        from_frames: Frames(0),
        to_frames: Frames(44_100),
        missing_frames: Frames(0),
        clock_id: ClockId::random(),
        at: ServerTime(1),
        utc_us: None,
        silent: false,
        cut: false,
    };
    let shift = ClockShift { from: ClockId::random(), to: ClockId::random(), shift_us: 1.0, error_bound_us: 1.0 };
    let all = vec![
        AgentMessage::Hello(Box::new(named("Again"))),
        AgentMessage::TimeRequest(TimeRequest { t1: LocalTime(1) }),
        AgentMessage::RequestState,
        AgentMessage::Ready(Ready { prepare_id: 1, entry: EntryId::random(), lead_us: 40_000, error: None }),
        AgentMessage::PositionReport(Box::default()),
        AgentMessage::Health(Box::new(Health { output: "of one that waits".into(), ..Health::default() })),
        AgentMessage::ClockShift(shift),
        AgentMessage::History(History { dropped: 0, stretches: vec![stretch] }),
        AgentMessage::Reveal(Reveal { number: "0".repeat(64) }),
        AgentMessage::ClientError(ClientError { code: "odd".into(), detail: "odd".into(), entry: None }),
    ];
    let said: Vec<_> = all.iter().map(name_of).collect();
    assert_eq!(said, names::<AgentMessage>(), "a message of the protocol is missing here");
    all
}

/// The names of all variants, as the reader of the type knows them.
fn names<T: DeserializeOwned + std::fmt::Debug>() -> Vec<String> {
    let error = serde_json::from_value::<T>(json!({ "type": "?" })).unwrap_err().to_string();
    error.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

fn name_of(message: &AgentMessage) -> String {
    type_of(&codec::encode_agent_message(message))
}

fn type_of(text: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    value["type"].as_str().unwrap().to_owned()
}

/// All that comes until the answer to something that is no message: that comes from the reader of the messages itself,
/// so all that was said before has been looked at.
async fn until_the_fence(agent: &mut Agent, who: &str) -> Vec<ServerMessage> {
    agent.say_text("{".into()).await;
    let mut heard = Vec::new();
    loop {
        match agent.next().await {
            Event::Message(message) => match *message {
                ServerMessage::Error(error) if error.code == "bad_message" && !error.detail.contains("hello") => {
                    return heard;
                }
                other => heard.push(other),
            },
            Event::Closed(frame) => panic!("{who}: closed with {frame:?}"),
        }
    }
}

/// A coordinator with a speaker from before encryption; its id.
async fn upgraded() -> (Fixture, SpeakerId) {
    let before = SpeakerId::random();
    let f = Fixture::new().await;
    adoption::welcome(&mut Agent::with(f.running.addr, hello("Old", before)).await).await;
    let (folder, running) = (f.folder, f.running);
    running.shutdown().await;
    adoption::forget_the_upgrade(folder.path()).await;
    (Fixture::start(folder, adoption::usual).await, before)
}

#[tokio::test]
async fn each_message_is_answered_to_those_that_are_let_in_and_to_nobody_else() {
    let (f, before) = upgraded().await;
    let (ours, waits) = (Machine::new(), Machine::new());
    let mut agent = ours.says(&f, named("Kitchen")).await;
    adoption::standing(&mut agent).await;
    adoption::adopt(&f, &ours).await;
    adoption::welcome(&mut agent).await;
    drop(agent);
    let tab = Hello { class: SpeakerClass::Browser, ..named("Tab") };
    for message in all() {
        let name = name_of(&message);
        for who in ["adopted", "from before", "browser"] {
            let mut agent = match who {
                "adopted" => ours.says(&f, named("Kitchen")).await,
                "from before" => Agent::with(f.running.addr, hello("Old", before)).await,
                _ => Agent::with(f.running.addr, tab.clone()).await,
            };
            agent.state_sync().await;
            agent.say(&message).await;
            if let Some(expected) = answer(&message) {
                let found = |m: ServerMessage| (type_of(&codec::encode_server_message(&m)) == expected).then_some(());
                agent.until(&format!("{who}: {name}: {expected}"), found).await;
            }
            until_the_fence(&mut agent, &format!("{who}: {name}")).await;
        }
        let mut agent = waits.says(&f, named("Prowler")).await;
        adoption::standing(&mut agent).await;
        agent.say(&message).await;
        let heard = until_the_fence(&mut agent, &name).await;
        assert!(heard.is_empty(), "one that waits said {name}: {heard:?}");
    }
    let (_, speakers) = f.get("/api/speakers").await;
    assert!(!speakers.to_string().contains("Prowler"), "{speakers}");
    assert_eq!(speakers["count"], 3, "{speakers}");
}

#[tokio::test]
async fn one_that_waits_hears_nothing_of_what_is_done_beside_it() {
    let f = Fixture::with(adoption::usual).await;
    let (ours, waits) = (Machine::new(), Machine::new());
    let mut kitchen = ours.says(&f, named("Kitchen")).await;
    adoption::standing(&mut kitchen).await;
    adoption::adopt(&f, &ours).await;
    kitchen.state_sync().await;
    let mut prowler = waits.says(&f, named("Prowler")).await;
    adoption::standing(&mut prowler).await;
    // all that a coordinator says to a speaker
    tokio::join!(f.play(&["a", "b"]), kitchen.start());
    for (path, body) in [
        ("/api/playback/volume", json!({ "volume": 31 })),
        ("/api/playback/pause", json!({})),
        ("/api/playback/resume", json!({})),
        ("/api/playback/seek", json!({ "position": 0.5 })),
        ("/api/playback/stop", json!({})),
        ("/api/speakers/Kitchen/identify", json!({})),
    ] {
        let (status, answer) = f.post(path, body).await;
        assert!(status.is_success() || status.as_u16() == 409, "{path}: {status} {answer}");
    }
    let edit = json!({ "name": "Larder", "outputDelayUs": 3_000 }).to_string();
    assert!(f.call(Method::PATCH, "/api/speakers/Kitchen", Some(edit)).await.0.is_success());
    let mut spoken = Vec::new();
    kitchen
        .until("the change of its settings", |m| {
            spoken.push(type_of(&codec::encode_server_message(&m)));
            matches!(m, ServerMessage::Configure(_)).then_some(())
        })
        .await;
    assert!(spoken.iter().any(|name| name == "volume_change"), "much was said: {spoken:?}");
    let heard = until_the_fence(&mut prowler, "one that waits").await;
    assert!(heard.is_empty(), "{heard:?}");
    f.done(&format!("/api/speaker-keys/{}/identify", waits.key), json!({})).await;
    f.done(&format!("/api/speaker-keys/{}/refuse", waits.key), json!({})).await;
    let mut last = Vec::new();
    while let Event::Message(message) = prowler.next().await {
        last.push(*message);
    }
    assert!(last.iter().all(is_for_one_that_waits), "{last:?}");
    let text = format!("{last:?}");
    assert!(["Kitchen", "Larder", "\"all\""].iter().all(|name| !text.contains(name)), "no names: {text}");
}

#[tokio::test]
async fn those_that_are_nobodys_are_told_so_and_nothing_else() {
    let (f, before) = upgraded().await;
    let (ours, refused) = (Machine::new(), Machine::new());
    for machine in [&ours, &refused] {
        adoption::standing(&mut machine.says(&f, named("Kitchen")).await).await;
    }
    adoption::adopt(&f, &ours).await;
    f.done(&format!("/api/speaker-keys/{}/revoke", ours.key), json!({})).await;
    f.done(&format!("/api/speaker-keys/{}/refuse", refused.key), json!({})).await;
    let of_another = Hello { speaker_id: Some(before), ..named("Old") };
    for (who, code) in [("revoked", "revoked"), ("refused", "refused"), ("in clear", "unencrypted")] {
        let mut agent = match who {
            "revoked" => ours.says(&f, of_another.clone()).await,
            "refused" => refused.says(&f, of_another.clone()).await,
            _ => Agent::with(f.running.addr, named("Old")).await,
        };
        for message in all() {
            agent.say(&message).await;
        }
        let mut heard = Vec::new();
        while let Event::Message(message) = agent.next().await {
            heard.push(*message);
        }
        let [ServerMessage::Error(error)] = heard.as_slice() else { panic!("{who}: {heard:?}") };
        assert_eq!((error.code.as_str(), error.fatal), (code, true), "{who}");
        assert!(!error.detail.contains("Kitchen") && !error.detail.contains("Old"), "{}", error.detail);
    }
    // before the hello nobody is anybody
    for message in all().into_iter().filter(|message| !matches!(message, AgentMessage::Hello(_))) {
        let mut agent = Agent::silent(f.running.addr).await;
        agent.say(&message).await;
        assert_eq!(agent.until_closed().await, (vec!["hello_expected".into()], Some(1008)), "{message:?}");
    }
}
