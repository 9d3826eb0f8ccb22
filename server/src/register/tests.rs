//! The register without sockets: who is let in from where.

use std::time::Duration;

use chrono::DateTime;
use downbeat_identity::Fingerprint;
use downbeat_protocol::{
    SpeakerId, ZoneId,
    agent_message::{Capabilities, Hello},
    handshake::{SpeakerClass, VersionRange},
    server_message::ChannelRole,
    volume::Volume,
};
use downbeat_store::{SpeakerRow, Store};
use downbeat_trust::rights::SpeakerState;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    access::AuditLog,
    changes::Changes,
    fleet::{Fleet, Labels},
};

struct Rig {
    _folder: TempDir,
    register: Register,
    /// A speaker from before encryption.
    known: SpeakerId,
}

impl Rig {
    async fn new(settings: RegisterSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let row = row(SpeakerId::random());
        store.save_speaker(&row).await.unwrap();
        let known = row.id;
        let fleet = Fleet::new(vec![row], Changes::default());
        let audit = AuditLog::open(folder.path()).unwrap();
        let register = Register::open(KnownParts { store, fleet, ca: key("ca"), audit }, settings).await.unwrap();
        Self { _folder: folder, register, known }
    }
}

fn row(id: SpeakerId) -> SpeakerRow {
    SpeakerRow {
        id,
        name: "Kitchen".into(),
        class: SpeakerClass::Agent,
        zone: ZoneId::DEFAULT,
        volume: Volume::FULL,
        muted: false,
        output_delay_us: 0,
        min_volume: Volume::clamped(0.0),
        max_volume: Volume::FULL,
        channels: ChannelRole::Stereo,
        labels: Labels::default(),
        first_seen: DateTime::UNIX_EPOCH,
        last_seen: DateTime::UNIX_EPOCH,
        settings: String::new(),
    }
}

fn key(of: &str) -> Fingerprint {
    Fingerprint::of_public_key(of.as_bytes())
}

fn from(last: u8, key: Option<Fingerprint>) -> Arrival {
    let address = ([10, 0, 0, last], 50_000).into();
    let own = ([10, 0, 0, 1], 3_000).into();
    let listening = Some(CancellationToken::new());
    Arrival { address, own, key, encrypted: key.is_some(), proxied: false, listening }
}

fn says(id: SpeakerId) -> Hello {
    Hello {
        protocol: VersionRange::OURS,
        speaker_id: Some(id),
        name: "Kitchen".into(),
        class: SpeakerClass::Agent,
        version: String::new(),
        capabilities: Capabilities::default(),
        credentials: None,
        commitment: None,
        zone: None,
        output_delay_us: None,
        known: None,
    }
}

#[tokio::test]
async fn two_keys_that_claim_one_speaker_from_before_both_wait() {
    let rig = Rig::new(RegisterSettings::default()).await;
    let (a, b) = (key("a"), key("b"));
    let hello = says(rig.known);
    let Verdict::In(first) = rig.register.judge(&hello, &from(2, Some(a))).await else { panic!("not let in") };
    assert_eq!((first.id, first.adopted), (Some(rig.known), false));
    let Verdict::Wait(_second) = rig.register.judge(&hello, &from(3, Some(b))).await else { panic!("let in") };
    first.presence.ended().await;
    drop(first);
    let Verdict::Wait(_again) = rig.register.judge(&hello, &from(2, Some(a))).await else { panic!("let in") };
    assert!(rig.register.list().iter().all(|record| record.disputed));
    let unseen = rig.register.adopt(b, None, "a test").await.unwrap_err();
    assert!(matches!(unseen, RegisterError::CodeNeeded), "{unseen}");
    rig.register.refuse(a, "a test").await.unwrap();
    rig.register.adopt(b, None, "a test").await.unwrap();
    assert_eq!(rig.register.key_of(rig.known), Some(b));
}

#[tokio::test]
async fn a_key_that_waits_here_and_there_is_a_copy() {
    let rig = Rig::new(RegisterSettings::default()).await;
    let hello = says(SpeakerId::random());
    let Verdict::Wait(first) = rig.register.judge(&hello, &from(2, Some(key("a")))).await else { panic!("let in") };
    let Verdict::Out(closing) = rig.register.judge(&hello, &from(3, Some(key("a")))).await else { panic!("let in") };
    assert_eq!(closing.code, "copied");
    // the same machine after a power cut takes its own place
    let Verdict::Wait(again) = rig.register.judge(&hello, &from(2, Some(key("a")))).await else { panic!("let in") };
    first.presence.ended().await;
    drop(first);
    assert!(rig.register.list()[0].here, "the end of the old connection is not that of the new one");
    drop(again);
    assert!(!rig.register.list()[0].here);
}

#[tokio::test]
async fn what_is_weaker_is_asked_for_and_ends() {
    let all = LegacySpeakers::All;
    let rig = Rig::new(RegisterSettings { legacy: all, adopt_all_for: None, ..RegisterSettings::default() }).await;
    let new = says(SpeakerId::random());
    assert!(matches!(rig.register.judge(&new, &from(2, None)).await, Verdict::In(Entry { may_be_new: true, .. })));
    let none = LegacySpeakers::None;
    let rig = Rig::new(RegisterSettings { legacy: none, adopt_all_for: None, ..RegisterSettings::default() }).await;
    assert!(matches!(rig.register.judge(&says(rig.known), &from(2, None)).await, Verdict::Out(_)));
    assert!(matches!(rig.register.judge(&says(rig.known), &from(2, Some(key("a")))).await, Verdict::Wait(_)));
    let soon = Some(Duration::ZERO);
    let rig = Rig::new(RegisterSettings { legacy: none, adopt_all_for: soon, ..RegisterSettings::default() }).await;
    assert!(matches!(rig.register.judge(&new, &from(2, Some(key("a")))).await, Verdict::Wait(_)), "its time is over");
    let hour = Some(Duration::from_hours(1));
    let rig = Rig::new(RegisterSettings { legacy: none, adopt_all_for: hour, ..RegisterSettings::default() }).await;
    assert!(matches!(
        rig.register.judge(&new, &from(2, Some(key("a")))).await,
        Verdict::In(Entry { adopted: true, .. })
    ));
    assert!(
        matches!(rig.register.judge(&new, &from(2, None)).await, Verdict::Out(_)),
        "encryption is asked for all the same"
    );
    // loopback is not the own user's by itself
    let near = Arrival {
        address: ([127, 0, 0, 1], 1).into(),
        own: ([127, 0, 0, 1], 3_000).into(),
        key: Some(key("b")),
        encrypted: true,
        proxied: false,
        listening: None,
    };
    let rig = Rig::new(RegisterSettings::default()).await;
    assert!(matches!(rig.register.judge(&new, &near).await, Verdict::Wait(_)), "no process of the own user is there");
    assert!(near.is_near());
    let through = Arrival { proxied: true, ..near.clone() };
    assert!(!through.is_near(), "a proxy that was named makes the whole world loopback, whoever runs it");
    let far = Arrival { address: ([10, 0, 0, 9], 1).into(), ..near };
    assert!(!far.is_near());
}

#[tokio::test]
async fn a_browser_listens_as_far_as_its_caller_may() {
    let rig = Rig::new(RegisterSettings::default()).await;
    let page = Hello { class: SpeakerClass::Browser, ..says(SpeakerId::random()) };
    let guest = from(2, None);
    assert!(matches!(rig.register.judge(&page, &guest).await, Verdict::In(Entry { adopted: false, .. })));
    let nobody = Arrival { listening: None, ..guest };
    let Verdict::Out(closing) = rig.register.judge(&page, &nobody).await else { panic!("let in") };
    assert_eq!(closing.code, "login_required");
}

#[tokio::test]
async fn a_key_that_waits_fetches_music_as_long_as_it_plays_as_one_from_before() {
    let rig = Rig::new(RegisterSettings::default()).await;
    let (a, b) = (key("a"), key("b"));
    let Verdict::In(entry) = rig.register.judge(&says(rig.known), &from(2, Some(a))).await else {
        panic!("not let in")
    };
    let Verdict::Wait(_waits) = rig.register.judge(&says(SpeakerId::random()), &from(3, Some(b))).await else {
        panic!("let in")
    };
    let line = rig.register.line(a).expect("it plays");
    assert!(rig.register.plays_pending(a) && !rig.register.plays_pending(b));
    assert!(rig.register.line(b).is_none());
    assert_eq!(rig.register.whose(a), (None, SpeakerState::Pending));
    rig.register.refuse(a, "a test").await.unwrap();
    assert!(line.is_cancelled() && rig.register.line(a).is_none() && !rig.register.plays_pending(a));
    drop(entry);
}
