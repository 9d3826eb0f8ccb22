//! Events while the disk is waited for: others are quicker, hang up, or delete the thing that is being changed.

use std::pin::pin;

use downbeat_protocol::{
    Frames, SpeakerId, ZoneId, handshake::SpeakerClass, server_message::ChannelRole, volume::Volume,
};
use futures_util::poll;
use tokio::sync::oneshot;

use super::{ConductorError, listening::Heard};
use crate::{
    app::{self, Running},
    config::Config,
    control::{HowLoud, ZonePatch},
    fleet::Labels,
};
use downbeat_store::SpeakerRow;
use downbeat_zone::{Command, Input};

async fn coordinator(folder: &tempfile::TempDir) -> Running {
    let music = folder.path().join("music");
    std::fs::create_dir(&music).unwrap();
    app::start(Config::for_tests(folder.path().join("data"), vec![music])).await.unwrap()
}

fn percent(volume: f32) -> Command {
    Command::Volume { volume: Some(Volume::clamped(volume)), muted: None, ramp_ms: 0, at: None }
}

fn away(id: SpeakerId, zone: ZoneId) -> SpeakerRow {
    SpeakerRow {
        id,
        name: "kitchen".into(),
        class: SpeakerClass::Agent,
        zone,
        volume: Volume::FULL,
        muted: false,
        output_delay_us: 0,
        min_volume: Volume::clamped(0.0),
        max_volume: Volume::FULL,
        channels: ChannelRole::Stereo,
        labels: Labels::default(),
        first_seen: chrono::DateTime::UNIX_EPOCH,
        last_seen: chrono::DateTime::UNIX_EPOCH,
        settings: String::new(),
    }
}

#[tokio::test]
async fn a_speaker_that_has_hung_up_or_moved_on_joins_no_zone() {
    let folder = tempfile::tempdir().unwrap();
    let running = coordinator(&folder).await;
    let conductor = running.conductor();
    let (id, bar) = (SpeakerId::random(), conductor.create_zone("bar").await.unwrap());
    let (outbox, peer) = (std::sync::Arc::default(), "127.0.0.1:1".parse().unwrap());
    let connection = crate::fleet::Connection {
        number: 1,
        outbox,
        peer,
        encrypted: true,
        since: chrono::DateTime::UNIX_EPOCH,
        version: String::new(),
        capabilities: std::sync::Arc::default(),
    };
    conductor.fleet().attach(away(id, bar), connection);
    let members = |zone| conductor.zone(zone).unwrap().members;
    conductor.join(bar, id, None);
    assert_eq!(members(bar), 1);
    conductor.join(ZoneId::DEFAULT, id, None);
    assert_eq!((members(ZoneId::DEFAULT), members(bar)), (0, 1), "it belongs elsewhere");
    // it hangs up while it is being moved: its `Left` comes before its `Joined`
    conductor.fleet().detach(id, 1);
    conductor.tell_zone(bar, Input::Left { speaker: id });
    conductor.join(bar, id, None);
    assert_eq!(members(bar), 0);
    running.shutdown().await;
}

#[tokio::test]
async fn of_a_zone_that_is_deleted_before_a_change_is_kept_it_is_said_that_it_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let running = coordinator(&folder).await;
    let conductor = running.conductor();
    let bar = conductor.create_zone("bar").await.unwrap();
    let cell = conductor.cell(bar).unwrap();
    let (holds, held) = oneshot::channel();
    let (go, wait) = oneshot::channel();
    let deleting = cell.saver.delete(async {
        holds.send(()).unwrap();
        wait.await
    });
    let asking = async {
        held.await.unwrap();
        let mut asking = pin!(conductor.command(bar, percent(40.0)));
        assert!(poll!(&mut asking).is_pending(), "decided, not kept");
        go.send(()).unwrap();
        asking.await
    };
    let (deleted, asked) = tokio::join!(deleting, asking);
    deleted.unwrap();
    assert!(matches!(asked, Err(ConductorError::UnknownZone(_))), "{asked:?}");
    running.shutdown().await;
}

#[tokio::test]
async fn whoever_is_quicker_while_a_new_name_is_written_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let running = coordinator(&folder).await;
    let conductor = running.conductor().clone();
    let bar = conductor.create_zone("bar").await.unwrap();
    let seen = conductor.zone(bar).unwrap();
    let volume = |percent| Some(HowLoud::To(Volume::clamped(percent)));
    let patch = ZonePatch { name: Some("hall".into()), volume: volume(80.0), ..ZonePatch::default() };
    // no write gets through
    let disk = conductor.store().hold_writer().await;
    let mut edit = pin!(conductor.edit_zone(bar, patch.clone(), |z| (&z.name, z.volume) == (&seen.name, seen.volume)));
    assert!(poll!(&mut edit).is_pending());
    let mut quicker = pin!(conductor.command(bar, percent(40.0)));
    assert!(poll!(&mut quicker).is_pending());
    drop(disk);
    let (edited, quicker) = tokio::join!(edit, quicker);
    assert!(matches!(edited, Err(ConductorError::Changed)), "{edited:?}");
    quicker.unwrap();
    let now = conductor.zone(bar).unwrap();
    assert_eq!((now.name.as_str(), now.volume), ("bar", Volume::clamped(40.0)), "nothing of it is done");
    let row = async || conductor.store().load_zones().await.unwrap().into_iter().find(|z| z.id == bar).unwrap();
    assert_eq!((row().await.name.as_str(), row().await.volume), ("bar", Volume::clamped(40.0)));

    let (edited, _) = conductor.edit_zone(bar, patch, |z| z.volume == now.volume).await.unwrap();
    assert_eq!((edited.name.as_str(), edited.volume), ("hall", Volume::clamped(80.0)));
    assert_eq!((row().await.name.as_str(), row().await.volume), ("hall", Volume::clamped(80.0)));
    running.shutdown().await;
}

#[tokio::test]
async fn a_place_in_a_book_is_kept_and_goes_when_the_book_was_heard() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("music")).unwrap();
    let sound = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    for name in ["a.m4b", "b.wav"] {
        let mut file = hound::WavWriter::create(folder.path().join("music").join(name), sound).unwrap();
        (0..800_000).for_each(|_| file.write_sample(0_i16).unwrap());
        file.finalize().unwrap();
    }
    let config = Config::for_tests(folder.path().join("data"), vec![folder.path().join("music")]);
    let running = app::start(config).await.unwrap();
    let conductor = running.conductor().clone();
    conductor.library().fulfilled(1).await;
    let track = |name: &str| conductor.library().catalog().at_path(&folder.path().join("music").join(name)).unwrap();
    let (book, song) = (track("a.m4b"), track("b.wav"));
    let zones = [ZoneId::DEFAULT, conductor.create_zone("bar").await.unwrap()];
    let places = async || {
        let all = conductor.store().book_places().await.unwrap().into_iter();
        let mut all: Vec<_> = all.map(|place| (place.zone == zones[1], place.frame.0 / 8_000)).collect();
        all.sort_unstable();
        all
    };
    let heard = async |zone, what| conductor.write_book(zone, what).await.unwrap();
    let at = |second: i64| Heard::At(book.id, Frames(second * 8_000));
    heard(zones[0], at(20)).await;
    heard(zones[0], at(50)).await;
    heard(zones[1], at(10)).await;
    heard(zones[0], Heard::At(song.id, Frames(160_000))).await;
    assert_eq!(places().await, [(false, 50), (true, 10)], "one for each zone, and none of music");
    heard(zones[0], at(75)).await;
    assert_eq!(places().await, [(true, 10)], "what is left is the name of the publisher");
    heard(zones[0], at(30)).await;
    let place = conductor.store().book_places().await.unwrap().into_iter().find(|p| p.zone == zones[0]).unwrap();
    let whole = conductor.book_of(&book).await.unwrap().unwrap();
    conductor.move_book_place(&place, &whole, zones[1]).await.unwrap();
    assert_eq!(places().await, [(true, 30)], "people carry on elsewhere");
    heard(zones[1], Heard::End(book.id)).await;
    assert_eq!(places().await, []);

    // a command looks at what plays before and after it
    let entry = downbeat_zone::QueueEntry::of(downbeat_protocol::EntryId::random(), book.track.clone());
    let from = downbeat_zone::EntryPosition::Seconds(40.0);
    conductor.command(zones[0], Command::Play { entries: vec![entry], start: 0, from, at: None }).await.unwrap();
    let seen = conductor.cell(zones[0]).unwrap().listening.lock().unwrap().seen();
    assert_eq!(
        seen.map(|(track, frame)| (track, frame.0 / 8_000)).map(|(t, s)| (t, (38..=40).contains(&s))),
        Some((book.id, true))
    );
    conductor.command(zones[0], Command::Stop { at: None }).await.unwrap();
    assert_eq!(conductor.cell(zones[0]).unwrap().listening.lock().unwrap().seen(), None);
    running.shutdown().await;
}
