//! Properties that hold for any inputs in any order.

use downbeat_protocol::volume::Volume;
use proptest::prelude::*;

use super::*;
use crate::{
    modes::{Autoplay, Loudness, Repeat},
    track::Track,
};

#[derive(Debug, Clone)]
enum Step {
    Wait(i64),
    Play(Vec<(u32, i64)>, usize, f64),
    Jump(usize),
    Pause(Option<i64>),
    Resume(Option<i64>),
    Seek(f64, Option<i64>),
    Stop(Option<i64>),
    Next,
    Previous,
    Volume(f32),
    Enqueue(Vec<(u32, i64)>, usize),
    Remove(usize),
    Clear,
    Join(u128),
    Left(u128),
    Ready(u128, i64),
    Cannot(u128, bool),
    Complain(u128, usize),
    Gone(usize),
    Back(usize),
    Forgotten(usize),
    Unidentified(usize),
    Move(Vec<usize>, Option<usize>),
    RemoveMany(Vec<usize>),
    PlayNow(Vec<(u32, i64)>),
    Replace(Vec<(u32, i64)>),
    Modes(ModesPatch),
    Loop(Option<(f64, f64)>),
    More(Vec<(u32, i64)>),
}

fn modes_patch() -> impl Strategy<Value = ModesPatch> {
    let repeat = prop::sample::select(vec![Repeat::Off, Repeat::One, Repeat::All]);
    let shuffle = prop::option::of(0u64..3);
    let autoplay = prop::sample::select(vec![Autoplay::Off, Autoplay::Similar]);
    prop_oneof![
        repeat.prop_map(|repeat| ModesPatch { repeat: Some(repeat), ..ModesPatch::default() }),
        shuffle.prop_map(|shuffle| ModesPatch { shuffle: Some(shuffle), ..ModesPatch::default() }),
        (0u32..12_000_000).prop_map(|us| ModesPatch { crossfade_us: Some(us), ..ModesPatch::default() }),
        (-15f32..15.0).prop_map(|db| ModesPatch {
            loudness: Some(Loudness::Track),
            preamp_db: Some(db),
            ..ModesPatch::default()
        }),
        autoplay.prop_map(|autoplay| ModesPatch { autoplay: Some(autoplay), ..ModesPatch::default() }),
    ]
}

impl Step {
    /// True if it must leave the sound alone, whatever that is.
    fn only_edits(&self, current: Option<usize>) -> bool {
        match self {
            Self::Enqueue(..)
            | Self::Clear
            | Self::Gone(_)
            | Self::Back(_)
            | Self::Forgotten(_)
            | Self::Unidentified(_)
            | Self::Move(..)
            | Self::Replace(_)
            | Self::Modes(_)
            | Self::Loop(None) => true,
            Self::Remove(i) => Some(*i) != current,
            Self::RemoveMany(which) => current.is_none_or(|c| !which.contains(&c)),
            _ => false,
        }
    }
}

fn tracks() -> impl Strategy<Value = Vec<(u32, i64)>> {
    let rate = prop::sample::select(vec![8_000u32, 44_100, 48_000, 96_000]);
    prop::collection::vec((rate, 0i64..2_000_000), 1..5)
}

fn step() -> impl Strategy<Value = Step> {
    let at = || prop::option::weighted(0.2, -SECOND..20 * SECOND);
    prop_oneof![
        6 => (0..15 * SECOND).prop_map(Step::Wait),
        3 => (0..100 * MS).prop_map(Step::Wait),
        3 => (tracks(), 0usize..4, 0f64..3.0).prop_map(|(t, i, s)| Step::Play(t, i, s)),
        1 => (0usize..6).prop_map(Step::Jump),
        2 => at().prop_map(Step::Pause),
        2 => at().prop_map(Step::Resume),
        2 => (0f64..30.0, at()).prop_map(|(s, at)| Step::Seek(s, at)),
        1 => at().prop_map(Step::Stop),
        2 => Just(Step::Next),
        2 => Just(Step::Previous),
        1 => (0f32..100.0).prop_map(Step::Volume),
        2 => (tracks(), 0usize..6).prop_map(|(t, i)| Step::Enqueue(t, i)),
        2 => (0usize..6).prop_map(Step::Remove),
        1 => Just(Step::Clear),
        2 => (1u128..4).prop_map(Step::Join),
        1 => (1u128..4).prop_map(Step::Left),
        8 => (1u128..4, 0i64..200 * MS).prop_map(|(n, l)| Step::Ready(n, l)),
        2 => (1u128..4, any::<bool>()).prop_map(|(n, f)| Step::Cannot(n, f)),
        1 => (1u128..4, 0usize..6).prop_map(|(n, i)| Step::Complain(n, i)),
        1 => (0usize..6).prop_map(Step::Gone),
        1 => (0usize..6).prop_map(Step::Back),
        1 => (0usize..6).prop_map(Step::Forgotten),
        1 => (0usize..6).prop_map(Step::Unidentified),
        2 => (prop::collection::vec(0usize..8, 1..4), prop::option::of(0usize..8)).prop_map(|(w, i)| Step::Move(w, i)),
        1 => prop::collection::vec(0usize..8, 1..4).prop_map(Step::RemoveMany),
        1 => tracks().prop_map(Step::PlayNow),
        1 => tracks().prop_map(Step::Replace),
        4 => modes_patch().prop_map(Step::Modes),
        2 => prop::option::of((0f64..20.0, 0f64..20.0)).prop_map(Step::Loop),
        1 => prop_oneof![Just(Vec::new()), tracks()].prop_map(Step::More),
    ]
}

impl Rig {
    fn entries(&mut self, tracks: Vec<(u32, i64)>) -> Vec<QueueEntry> {
        let entries = tracks.into_iter().map(|(rate, frames)| {
            self.tickets += 1;
            entry(u128::from(self.tickets), rate, frames)
        });
        entries.collect()
    }

    fn nth(&self, index: usize) -> Option<QueueEntry> {
        self.zone.queue().nth(index).cloned()
    }

    fn news_of(&mut self, index: usize, change: impl FnOnce(Track) -> Track) {
        let news = self
            .nth(index)
            .map(|e| TrackNews { track: e.track_id(), now: Some(change(Track::clone(e.track())).into()) });
        self.input(Input::Tracks(news.into_iter().collect()));
    }

    /// The places that are heard from now until the first instant at which a change could be heard.
    fn sound(&self) -> Vec<Option<playback::Spot>> {
        let latest = self.zone.instant(self.now, None).micros_since(self.now);
        let at = |part: i64| self.now.plus_micros(latest * part / 4);
        (0..4).map(|part| self.zone.playback.heard(at(part)).spot(at(part))).collect()
    }

    /// Brings it to rest.
    fn settle(&mut self) {
        let calm = ModesPatch { repeat: Some(Repeat::Off), autoplay: Some(Autoplay::Off), ..ModesPatch::default() };
        self.command(Command::Loop(None));
        self.command(Command::Modes(calm));
        self.wait(100_000 * SECOND);
    }

    fn apply(&mut self, step: Step) {
        let ahead = |at: Option<i64>| at.map(|us| self.now.plus_micros(us));
        match step {
            Step::Wait(us) => self.wait_checked(us),
            Step::Play(tracks, start, s) => {
                let entries = self.entries(tracks);
                self.command(Command::Play { entries, start, from: EntryPosition::Seconds(s), at: None });
            }
            Step::Jump(i) => {
                let entry = self.nth(i).map_or(id(0), |e| e.id());
                self.command(Command::Jump { entry, from: EntryPosition::START, at: None });
            }
            Step::Pause(at) => {
                let at = ahead(at);
                self.command(Command::Pause { at });
            }
            Step::Resume(at) => {
                let at = ahead(at);
                self.command(Command::Resume { at });
            }
            Step::Seek(s, at) => {
                let at = ahead(at);
                self.command(Command::Seek { to: EntryPosition::Seconds(s), at });
            }
            Step::Stop(at) => {
                let at = ahead(at);
                self.command(Command::Stop { at });
            }
            Step::Next => {
                self.command(Command::Next { at: None });
            }
            Step::Previous => {
                self.command(Command::Previous { at: None });
            }
            Step::Volume(v) => {
                self.command(Command::Volume { volume: Volume::new(v), muted: None, ramp_ms: 0, at: None });
            }
            Step::Enqueue(tracks, i) => {
                let entries = self.entries(tracks);
                self.command(Command::Enqueue { entries, place: QueuePosition::Index(i) });
            }
            Step::Remove(i) => {
                let entry = self.nth(i).map_or(id(0), |e| e.id());
                self.command(Command::Remove { entry });
            }
            Step::Clear => {
                self.command(Command::Clear);
            }
            Step::Join(n) => self.join(n),
            Step::Left(n) => self.input(Input::Left { speaker: speaker(n) }),
            Step::Ready(n, lead) if self.zone.readiness.is_some() => self.ready(n, lead),
            Step::Cannot(n, own) if self.zone.readiness.is_some() => {
                self.cannot(n, if own { "output_lost" } else { "decode_failed" });
            }
            Step::Ready(..) | Step::Cannot(..) => {}
            Step::Complain(n, i) => {
                let entry = self.nth(i).map_or(id(0), |e| e.id());
                self.input(Input::MemberFault { speaker: speaker(n), entry, error: error("corrupt") });
            }
            Step::Move(which, index) => {
                let entries = which.into_iter().map(|i| self.nth(i).map_or(id(0), |e| e.id())).collect();
                self.command(Command::Move { entries, place: index.map_or(QueuePosition::Next, QueuePosition::Index) });
            }
            Step::RemoveMany(which) => {
                let entries = which.into_iter().map(|i| self.nth(i).map_or(id(0), |e| e.id())).collect();
                self.command(Command::RemoveMany { entries });
            }
            Step::PlayNow(tracks) => {
                let entries = self.entries(tracks);
                self.command(Command::PlayNow { entries, at: None });
            }
            Step::Replace(tracks) => {
                let entries = self.entries(tracks);
                self.command(Command::Replace { entries });
            }
            Step::Modes(patch) => {
                self.command(Command::Modes(patch));
            }
            Step::Loop(part) => {
                self.command(Command::Loop(part.map(|(a, b)| (EntryPosition::Seconds(a), EntryPosition::Seconds(b)))));
            }
            Step::More(tracks) => {
                let entries = self.entries(tracks);
                self.input(Input::More(entries));
            }
            Step::Forgotten(i) => {
                let news = self.nth(i).map(|e| TrackNews { track: e.track_id(), now: None });
                self.input(Input::Tracks(news.into_iter().collect()));
            }
            Step::Unidentified(i) => self.news_of(i, |t| Track { hash: String::new(), ..t }),
            Step::Gone(i) => {
                self.news_of(i, |t| Track { available: false, ..t });
            }
            Step::Back(i) => {
                self.news_of(i, |t| Track { available: true, hash: format!("{:064x}", t.id.0.as_u128()), ..t });
            }
        }
    }

    /// Lets time pass and looks at every boundary: what is heard just before and at it must be one sound.
    fn wait_checked(&mut self, micros: i64) {
        let until = self.now.plus_micros(micros);
        while let Some(t) = self.zone.next_timeout().filter(|t| *t <= until) {
            let before = self.zone.playback.heard(t).spot(t);
            self.now = self.now.max(t);
            self.input(Input::Timeout);
            let after = self.zone.playback.heard(t).spot(t);
            let by_itself = self.zone.readiness.is_none() && before.is_some() && after.is_some();
            let same_segment = self.zone.playback.last().change == Change::Plan;
            assert!(!by_itself || !same_segment || before == after, "a boundary moved the sound: {before:?} {after:?}");
        }
        self.now = until;
    }

    /// Checks the rules that hold at every moment.
    fn check(&self, revisions: &mut u64) {
        let zone = &self.zone;
        for segment in zone.playback.segments() {
            if let Some(timeline) = &segment.timeline {
                assert_eq!(segment.plan[0].entry, timeline.entry, "a plan begins with the timeline's entry");
                assert!(segment.plan.len() <= window::PLAN_ENTRIES);
                for entry in &segment.plan {
                    assert!(entry.frames.0 > 0 && entry.sample_rate > 0, "what has no length has no place in a plan");
                }
            } else {
                assert!(segment.plan.is_empty());
            }
        }
        assert!(zone.playback.segments().windows(2).all(|w| w[0].from < w[1].from));
        let heard = zone.playback.heard(self.now);
        if let Some(spot) = heard.spot(self.now) {
            let entry = heard.plan.iter().find(|e| e.entry == spot.entry).unwrap();
            assert!((0..entry.frames.0).contains(&spot.frame.0), "the position lies within the entry");
        }
        let view = zone.view(self.now);
        assert!(view.at >= self.now);
        if let Some(entry) = &view.entry {
            assert!((0..entry.track().frames.0.max(1)).contains(&view.position.0));
        }
        if zone.readiness.is_none() {
            assert!(zone.next_timeout().is_none_or(|t| t > self.now), "nothing that is due is left");
        }
        assert!(zone.revision() >= *revisions);
        *revisions = zone.revision();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_sequence_keeps_the_zone_whole(members in 0u128..4, steps in prop::collection::vec(step(), 1..60)) {
        let mut rig = Rig::with_members(members);
        let mut revision = 0;
        let mut answered = std::collections::BTreeSet::new();
        let mut told = 0;
        for step in steps {
            let before = (rig.zone.playback.clone(), rig.zone.program.clone(), rig.zone.level(), rig.zone.revision());
            rig.actions.clear();
            let current = rig.zone.queue().current_index();
            let sound = step.only_edits(current).then(|| rig.sound());
            let queued: Vec<QueueEntry> = rig.zone.queue().iter().cloned().collect();
            let versions = (rig.zone.queue_version(), rig.zone.arrangement());
            let (starts, said) = (rig.zone.readiness.is_some(), format!("{step:?}"));
            rig.apply(step);
            rig.check(&mut revision);
            if let Some(sound) = sound.filter(|_| !starts && rig.zone.readiness.is_none()) {
                prop_assert_eq!(sound, rig.sound(), "{} moved what sounds", said);
            }
            let now: Vec<&QueueEntry> = rig.zone.queue().iter().collect();
            let ids = |a: &QueueEntry, b: &QueueEntry| a.id() == b.id();
            let like = |alike: fn(&QueueEntry, &QueueEntry) -> bool| {
                queued.len() == now.len() && queued.iter().zip(&now).all(|(a, b)| alike(a, b))
            };
            prop_assert!(like(QueueEntry::looks_like) || rig.zone.queue_version() > versions.0, "after {}", said);
            prop_assert!(like(ids) || rig.zone.arrangement() > versions.1, "after {}", said);
            prop_assert!(rig.zone.arrangement() <= rig.zone.queue_version());
            prop_assert!(rig.zone.queue_version() <= rig.zone.revision(), "it is kept with the revision");
            for action in &rig.actions {
                match action {
                    Action::Answer { ticket, .. } => prop_assert!(answered.insert(*ticket), "answered twice"),
                    Action::Session { to: Audience::All, session, .. } => {
                        prop_assert!(session.revision > told, "a newer message has a higher revision");
                        told = session.revision;
                    }
                    Action::Volume { revision, .. } => {
                        prop_assert!(*revision > told);
                        told = *revision;
                    }
                    _ => {}
                }
            }
            let after = (rig.zone.playback.last(), &rig.zone.program, rig.zone.level());
            if (before.0.last(), &before.1, before.2) != after {
                prop_assert!(rig.zone.revision() > before.3, "every change has its own revision");
                let told = |a: &Action| matches!(a, Action::Save | Action::Session { .. } | Action::Prepare { .. });
                prop_assert!(rig.actions.iter().any(told), "every change is told or kept");
            }
        }
        // In the end everybody has an answer, and the zone comes to rest by itself.
        rig.settle();
        // what could not be fetched is tried again as long as it takes, unless somebody wants silence
        rig.command(Command::Stop { at: None });
        rig.settle();
        prop_assert!(rig.zone.readiness.is_none());
        prop_assert!(rig.zone.next_timeout().is_none());
    }

    #[test]
    fn every_command_is_answered(members in 0u128..4, steps in prop::collection::vec(step(), 1..40)) {
        let mut rig = Rig::with_members(members);
        let (mut asked, mut ids) = (0usize, 0);
        for step in steps {
            let commands = !matches!(step, Step::Wait(_) | Step::Join(_) | Step::Left(_) | Step::Ready(..)
                | Step::Cannot(..) | Step::Complain(..) | Step::Gone(_) | Step::Back(_) | Step::Forgotten(_)
                | Step::Unidentified(_) | Step::More(_));
            rig.apply(step);
            asked += usize::from(commands);
            ids += 1;
        }
        rig.settle();
        asked += 2;
        let answers = rig.actions.iter().filter(|a| matches!(a, Action::Answer { .. })).count();
        prop_assert_eq!(answers, asked, "after {} steps", ids);
    }

    #[test]
    fn a_restart_at_any_moment_keeps_the_queue(members in 0u128..2, steps in prop::collection::vec(step(), 1..30)) {
        let mut rig = Rig::with_members(members);
        for step in steps {
            rig.apply(step);
        }
        let saved: Saved = serde_json::from_str(&serde_json::to_string(&rig.zone.save(rig.now)).unwrap()).unwrap();
        let mut new = Rig::new();
        new.now = rig.now;
        let queue = rig.zone.queue().clone();
        new.zone.restore(new.now, (saved, queue), rig.zone.revision(), (Volume::FULL, false));
        prop_assert_eq!(new.zone.queue().entries(), rig.zone.queue().entries());
        prop_assert_eq!(new.zone.arrangement(), rig.zone.arrangement(), "who saw it may still edit it");
        prop_assert!(new.zone.queue_version() > rig.zone.queue_version(), "titles may be others by now");
        new.check(&mut 0);
        if rig.zone.readiness.is_none() && rig.zone.playback.segments().len() == 1 {
            prop_assert_eq!(new.zone.upcoming(70), rig.zone.upcoming(70), "the same way through it");
            prop_assert_eq!(new.heard(), rig.heard());
        }
    }
}
