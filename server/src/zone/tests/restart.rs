//! What survives the coordinator.

use downbeat_protocol::volume::Volume;

use super::*;

fn restarted(rig: &Rig) -> Rig {
    let saved = serde_json::to_string(&rig.zone.save(rig.now)).unwrap();
    let mut new = Rig::new();
    let (volume, muted) = rig.zone.level();
    new.zone.restore(new.now, serde_json::from_str(&saved).unwrap(), rig.zone.revision(), volume, muted);
    new
}

#[test]
fn queue_volume_and_position_are_there_after_a_restart() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    rig.command(Command::Volume { volume: Volume::new(30.0), muted: Some(true), ramp_ms: 0, at: None });
    rig.wait(12 * SECOND);
    let mut new = restarted(&rig);
    assert_eq!(new.heard(), Some((id(2), 2 * 48_000)), "held at the last position");
    assert_eq!(new.zone.view(new.now).state, PlayState::Paused);
    assert_eq!(new.zone.level(), (Volume::clamped(30.0), true));
    assert_eq!(new.zone.queue.entries(), rig.zone.queue.entries());
    assert!(new.zone.revision() > rig.zone.revision(), "or speakers would take it for old news");
    new.command(Command::Resume { at: None });
    new.wait(SECOND);
    assert_eq!(new.heard(), Some((id(2), 3 * 48_000)));
}

#[test]
fn what_was_silent_stays_silent() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    rig.command(Command::Stop { at: None });
    rig.wait(SECOND);
    let new = restarted(&rig);
    assert_eq!((new.heard(), new.zone.view(new.now).queue_length), (None, 3));
    assert_eq!(new.zone.queue.current().unwrap().id(), id(1));
}

#[test]
fn a_start_in_preparation_is_kept_as_a_pause_there() {
    let mut rig = Rig::with_members(1);
    rig.start(three());
    rig.command(Command::Seek { to: Place::Seconds(6.0), at: None });
    assert_eq!(restarted(&rig).heard(), Some((id(1), 6 * 48_000)));
}

#[test]
fn nothing_kept_is_nothing_lost() {
    let saved: Saved = serde_json::from_str("{}").unwrap();
    let mut rig = Rig::new();
    rig.zone.restore(rig.now, saved, 5, Volume::FULL, false);
    assert_eq!(rig.heard(), None);
}
