//! Player and renderer together, in virtual time: a coordinator's messages go in, sound comes out at its instants.
//! Every entry is a constant level, so that what is heard when can be read off the output.

use std::collections::HashMap;

use downbeat_protocol::{
    AgentMessage, ClockId, EntryId, Frames, LocalTime, Ppm, ServerTime, Timeline, TrackId, ZoneId,
    agent_message::ClientError,
    exchange::Offset,
    report::PlayerState,
    server_message::{ChannelRole, Continues, Fading, Level, Prepare, Session, Settings},
    timeline::PlanEntry,
    volume::Volume,
};
use downbeat_speaker::{
    clock::ClockEstimate,
    playback::{
        input::{Change, Input},
        player::Player,
    },
    render::{command::Command, gate::VoiceId, renderer::Renderer, report::BlockStamp},
    speaker::{self, Effect, Event, TICK_NS},
};

const CLOCK: ClockId = ClockId(uuid::Uuid::nil());
const RATE: u32 = 48_000;
const BLOCK: usize = 480;

fn id(k: u128) -> EntryId {
    EntryId(uuid::Uuid::from_u128(k))
}

/// Entry k plays the constant level k/10.
fn entry(k: u128, seconds: f64) -> PlanEntry {
    PlanEntry {
        entry: id(k),
        track: TrackId(uuid::Uuid::from_u128(k)),
        hash: format!("{k:064x}"),
        bytes: 1,
        format: "flac".into(),
        sample_rate: RATE,
        frames: Frames::from_seconds(seconds, RATE),
        ..PlanEntry::default()
    }
}

/// A coordinator, as far as it says things.
struct Zone {
    revision: u64,
    plan: Vec<PlanEntry>,
}

impl Zone {
    fn session(&mut self, entry: u128, at_s: f64, from_s: f64, running: bool) -> Session {
        self.revision += 1;
        let at = server(at_s);
        let timeline = Timeline {
            clock_id: CLOCK,
            entry: id(entry),
            anchor_server_us: at,
            anchor_media_frames: Frames::from_seconds(from_s, RATE),
            running,
        };
        let from = self.plan.iter().position(|e| e.entry == id(entry)).unwrap_or(0);
        Session {
            server_time: at,
            zone: ZoneId::DEFAULT,
            revision: self.revision,
            at,
            timeline: Some(timeline),
            plan: self.plan[from..].to_vec(),
            fading: None,
            continues: None,
            request: None,
        }
    }

    fn prepare(&self, entry: u128, from_s: f64) -> Input {
        Input::Prepare(Prepare {
            server_time: server(0.0),
            zone: ZoneId::DEFAULT,
            revision: self.revision,
            prepare_id: 7,
            entry: self.plan.iter().find(|e| e.entry == id(entry)).expect("planned").clone(),
            from_frames: Frames::from_seconds(from_s, RATE),
            deadline: server(1e6),
        })
    }
}

/// Server time is local time plus 100 s.
fn server(local_s: f64) -> ServerTime {
    ServerTime(100_000_000 + (local_s * 1e6).round() as i64)
}

struct Speaker {
    joint: speaker::Speaker,
    renderer: Box<Renderer>,
    decoders: HashMap<VoiceId, Decoder>,
    /// Decoders need so long until the first frame is there, seconds.
    opening_s: f64,
    broken: Option<EntryId>,
    failures: Vec<VoiceId>,
    opens: usize,
    sent: Vec<AgentMessage>,
    frame: u64,
    next_tick: LocalTime,
    out: Vec<f32>,
    clock: ClockEstimate,
}

struct Decoder {
    ring: rtrb::Producer<f32>,
    level: f32,
    left: i64,
    ready_at: LocalTime,
    primed: bool,
}

impl Speaker {
    /// A speaker whose clock and card have been running for two seconds.
    fn new() -> Self {
        let (speaker, mut renderer) = speaker::Speaker::new(LocalTime(0), 0, None);
        renderer.set_rate(RATE);
        let clock = ClockEstimate {
            clock_id: CLOCK,
            local: LocalTime(0),
            offset: Offset { whole_us: 100_000_000, fraction_us: 0.0 },
            skew: Ppm(0.0),
            offset_variance: 1.0,
            covariance: 0.0,
            skew_variance: 0.0,
            wander: 0.0,
            delay_floor_us: 20.0,
            jitter_us: 0.0,
            probes_lost: 0.0,
            asymmetry_us: 0.0,
        };
        let mut s = Self {
            joint: speaker,
            renderer,
            decoders: HashMap::new(),
            opening_s: 0.0,
            broken: None,
            failures: Vec::new(),
            opens: 0,
            sent: Vec::new(),
            frame: 0,
            next_tick: LocalTime(0),
            out: Vec::new(),
            clock,
        };
        s.command(Command::Clock(clock));
        s.tell(Input::Clock(Some(clock)));
        s.run_until(2.0);
        s
    }

    fn now(&self) -> LocalTime {
        LocalTime((self.frame as f64 * 1e9 / f64::from(RATE)) as i64)
    }

    fn player(&self) -> &Player {
        self.joint.player()
    }

    fn tell(&mut self, input: Input) {
        let mut effects = Vec::new();
        self.joint.tell(self.now(), input, &mut effects);
        self.perform(effects);
    }

    fn command(&mut self, command: Command) {
        self.joint.command(command);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Open { voice, entry, from, ring } => {
                    self.opens += 1;
                    if self.broken == Some(entry.entry) {
                        self.failures.push(voice);
                        continue;
                    }
                    // the track says how loud, so that laps of one are alike; and its gain, as the decoder applies it
                    let level = entry.track.0.as_u128() as f32 / 10.0 * entry.gain();
                    let ready_at = self.now().plus_nanos((self.opening_s * 1e9) as i64);
                    let left = entry.last_frame().0 - from.0;
                    self.decoders.insert(voice, Decoder { ring, level, left, ready_at, primed: false });
                }
                Effect::Close(voice) => drop(self.decoders.remove(&voice)),
                Effect::Send(message) => self.sent.push(message),
                _ => {}
            }
        }
    }

    fn run_until(&mut self, local_s: f64) {
        while self.now().0 < (local_s * 1e9) as i64 {
            for id in std::mem::take(&mut self.failures) {
                let error = ClientError { code: "decode_failed".into(), detail: "broken".into(), entry: None };
                self.tell(Input::Failed(id, error));
            }
            // decoders decode
            let mut primed = Vec::new();
            let now = self.now();
            for (id, d) in self.decoders.iter_mut().filter(|(_, d)| d.ready_at <= now) {
                while d.left > 0 && d.ring.slots() >= 2 {
                    d.ring.push(d.level).expect("room");
                    d.ring.push(-d.level).expect("room");
                    d.left -= 1;
                }
                if !std::mem::replace(&mut d.primed, true) {
                    primed.push(*id);
                }
            }
            for id in primed {
                self.tell(Input::Primed(id));
            }
            if self.next_tick <= self.now() {
                self.next_tick = self.now().plus_nanos(TICK_NS);
                let mut effects = Vec::new();
                self.joint.handle(self.now(), Event::Tick { suspended: 0, underruns: 0 }, &mut effects);
                self.perform(effects);
            }
            let stamp = BlockStamp {
                frame: self.frame,
                // the card holds 20 ms
                observed: Some((self.frame, self.now().plus_micros(20_000))),
                queued: 960,
                ..BlockStamp::default()
            };
            let mut block = [0.0f32; 2 * BLOCK];
            self.renderer.render(&mut block, &stamp);
            self.out.extend(block.as_chunks::<2>().0.iter().map(|f| f[0]));
            self.frame += BLOCK as u64;
        }
    }

    /// The level heard at a local instant, in tenths: the entry's number.
    fn heard(&self, local_s: f64) -> f32 {
        let frame = ((local_s - 0.02) * f64::from(RATE)).round() as usize;
        self.out[frame] * 10.0
    }

    #[track_caller]
    fn assert_heard(&self, local_s: f64, level: f32) {
        let heard = self.heard(local_s);
        assert!((heard - level).abs() < 0.01, "at {local_s} s: {heard}, not {level}");
    }
}

fn zone(lengths: &[f64]) -> Zone {
    Zone { revision: 0, plan: lengths.iter().enumerate().map(|(k, s)| entry(k as u128 + 1, *s)).collect() }
}

fn transport(session: Session) -> Input {
    Input::Session(session, Change::Transport)
}

#[test]
fn prepared_it_is_ready_and_starts_at_its_instant() {
    let (mut s, mut z) = (Speaker::new(), zone(&[10.0]));
    s.tell(z.prepare(1, 0.0));
    s.run_until(2.1);
    let ready = s.sent.iter().find_map(|m| match m {
        AgentMessage::Ready(r) => Some(r.clone()),
        _ => None,
    });
    let ready = ready.expect("a ready");
    assert_eq!((ready.prepare_id, ready.entry, &ready.error), (7, id(1), &None));
    assert!((20_000..100_000).contains(&ready.lead_us), "{}", ready.lead_us);
    s.tell(transport(z.session(1, 2.3, 0.0, true)));
    s.run_until(4.0);
    s.assert_heard(2.299, 0.0);
    s.assert_heard(2.301, 1.0);
    assert_eq!(s.opens, 1, "what was prepared is what sounds");
    assert_eq!(s.player().position(s.now()).state, PlayerState::Playing);
}

#[test]
fn what_was_decoded_before_a_file_broke_is_heard() {
    let (mut s, mut z) = (Speaker::new(), zone(&[30.0]));
    s.tell(transport(z.session(1, 2.5, 0.0, true)));
    s.run_until(4.0);
    let error = ClientError { code: "decode_failed".into(), detail: "broken".into(), entry: None };
    s.tell(Input::Failed(VoiceId(1), error));
    s.run_until(8.0);
    // two seconds waited in its ring, half of which the resampler may hold
    s.assert_heard(4.4, 1.0);
    // and then it was opened again
    s.assert_heard(7.9, 1.0);
    let silent = (0..3_900).filter(|ms| s.heard(4.0 + f64::from(*ms) * 1e-3).abs() < 0.01).count();
    assert!((500..2_600).contains(&silent), "{silent} ms");
}

#[test]
fn other_channels_sound_from_their_instant_on() {
    let (mut s, mut z) = (Speaker::new(), zone(&[30.0]));
    s.tell(transport(z.session(1, 2.5, 0.0, true)));
    s.run_until(3.0);
    let settings = Settings { channels: ChannelRole::Swapped, ..Settings::default() };
    s.tell(Input::Settings(settings.clone(), Some(server(4.0))));
    s.run_until(3.5);
    // something else was set meanwhile
    s.tell(Input::Settings(Settings { output_delay_us: 100, ..settings }, None));
    s.run_until(4.5);
    s.assert_heard(4.0, 1.0);
    s.assert_heard(4.021, -1.0);
    s.tell(Input::Settings(Settings::default(), None));
    s.run_until(5.0);
    s.assert_heard(4.6, 1.0);
}

#[test]
fn a_ready_lead_can_be_met() {
    let (mut s, mut z) = (Speaker::new(), zone(&[10.0]));
    s.tell(z.prepare(1, 0.0));
    s.run_until(2.5);
    let at = 2.5 + s.player().lead_us() as f64 * 1e-6;
    s.tell(transport(z.session(1, at, 0.0, true)));
    s.run_until(4.0);
    s.assert_heard(at - 0.001, 0.0);
    s.assert_heard(at + 0.001, 1.0);
}

#[test]
fn pause_holds_and_resume_goes_on() {
    let (mut s, mut z) = (Speaker::new(), zone(&[30.0, 10.0]));
    s.tell(transport(z.session(1, 3.0, 0.0, true)));
    s.run_until(4.0);
    s.tell(transport(z.session(1, 4.5, 1.5, false)));
    s.run_until(6.0);
    s.assert_heard(4.499, 1.0);
    s.assert_heard(4.52, 0.0);
    assert_eq!(s.player().position(s.now()).state, PlayerState::Paused);
    let opens = s.opens;
    s.tell(z.prepare(1, 1.5));
    s.tell(transport(z.session(1, 6.5, 1.5, true)));
    s.run_until(8.0);
    assert_eq!(s.opens, opens, "the pause had kept the place primed");
    s.assert_heard(6.499, 0.0);
    s.assert_heard(6.52, 1.0);
    let p = s.player().position(s.now());
    let due = 1.5 + (p.server_time.micros_since(server(6.5))) as f64 * 1e-6;
    assert!((p.position_frames.as_seconds(RATE) - due).abs() < 0.001);
}

#[test]
fn entries_follow_gaplessly_though_the_coordinator_is_silent() {
    let (mut s, mut z) = (Speaker::new(), zone(&[4.0, 3.0, 5.0]));
    s.tell(transport(z.session(1, 3.0, 0.0, true)));
    s.run_until(14.5);
    s.assert_heard(6.999, 1.0);
    s.assert_heard(7.001, 2.0);
    s.assert_heard(9.999, 2.0);
    s.assert_heard(10.001, 3.0);
    assert!(s.out[(3.1 * 48_000.0) as usize..(14.4 * 48_000.0) as usize].iter().all(|x| *x > 0.09), "no gap");
    s.run_until(17.0);
    s.assert_heard(14.99, 3.0);
    s.assert_heard(15.01, 0.0);
    assert!(s.decoders.is_empty(), "what is over is closed");
}

#[test]
fn the_coordinators_word_at_a_boundary_disturbs_nothing() {
    let (mut s, mut z) = (Speaker::new(), zone(&[4.0, 6.0]));
    let first = z.session(1, 3.0, 0.0, true);
    s.tell(transport(first.clone()));
    s.run_until(7.05);
    let timeline = first.timeline.as_ref().expect("running");
    let told = timeline.advanced_to(&first.plan, server(7.0)).expect("the second entry");
    assert_eq!(told.entry, id(2));
    let update = Session { revision: 9, at: server(7.0), timeline: Some(told), plan: z.plan[1..].to_vec(), ..first };
    s.tell(Input::Session(update, Change::Plan));
    s.run_until(9.0);
    assert_eq!(s.opens, 2);
    assert!(s.out[(3.1 * 48_000.0) as usize..(8.9 * 48_000.0) as usize].iter().all(|x| *x > 0.09), "no gap");
    s.assert_heard(6.999, 1.0);
    s.assert_heard(7.001, 2.0);
}

#[test]
fn an_edited_plan_changes_what_comes_and_not_what_sounds() {
    let (mut s, mut z) = (Speaker::new(), zone(&[4.0, 6.0, 6.0]));
    s.tell(transport(z.session(1, 3.0, 0.0, true)));
    s.run_until(5.0);
    z.plan.remove(1);
    s.tell(Input::Session(z.session(1, 3.0, 0.0, true), Change::Plan));
    s.run_until(9.0);
    s.assert_heard(6.999, 1.0);
    s.assert_heard(7.001, 3.0);
}

#[test]
fn seek_and_next_land_at_their_instant_with_the_old_sound_until_then() {
    let (mut s, mut z) = (Speaker::new(), zone(&[60.0, 60.0]));
    s.tell(transport(z.session(1, 3.0, 0.0, true)));
    s.run_until(5.0);
    s.tell(z.prepare(1, 40.0));
    s.run_until(5.2);
    s.assert_heard(5.1, 1.0);
    s.tell(transport(z.session(1, 5.5, 40.0, true)));
    s.run_until(7.0);
    let p = s.player().position(s.now());
    let due = 40.0 + (p.server_time.micros_since(server(5.5))) as f64 * 1e-6;
    assert!((p.position_frames.as_seconds(RATE) - due).abs() < 0.001);
    s.tell(z.prepare(2, 0.0));
    s.run_until(7.2);
    s.tell(transport(z.session(2, 7.5, 0.0, true)));
    s.run_until(9.0);
    s.assert_heard(7.49, 1.0);
    s.assert_heard(7.52, 2.0);
    s.tell(transport(Session { revision: 99, timeline: None, at: server(9.5), ..z.session(2, 9.5, 0.0, true) }));
    s.run_until(11.0);
    s.assert_heard(9.49, 2.0);
    s.assert_heard(9.52, 0.0);
    assert!(s.decoders.is_empty());
    assert_eq!(s.player().position(s.now()).state, PlayerState::Idle);
}

#[test]
fn a_late_joiner_is_at_the_present_position() {
    let (mut s, mut z) = (Speaker::new(), zone(&[1.5, 60.0]));
    // playing for five seconds when this speaker connects
    s.run_until(8.0);
    let session = z.session(1, 3.0, 0.0, true);
    s.tell(Input::Sync(session, Level { zone: Volume::FULL, speaker: Volume::clamped(50.0), muted: false }));
    s.run_until(10.0);
    let p = s.player().position(s.now());
    assert_eq!(p.entry, Some(id(2)));
    let due = (p.server_time.micros_since(server(4.5))) as f64 * 1e-6;
    assert!((p.position_frames.as_seconds(RATE) - due).abs() < 0.001, "at {:?}, due {due}", p.position_frames);
    assert!((s.heard(9.0) / 2.0 - Volume::clamped(50.0).gain()).abs() < 0.001, "at its own volume");
}

#[test]
fn an_entry_that_cannot_be_had_is_told_and_tried_again() {
    let (mut s, mut z) = (Speaker::new(), zone(&[60.0]));
    s.broken = Some(id(1));
    s.tell(z.prepare(1, 0.0));
    s.run_until(2.1);
    let told = s
        .sent
        .iter()
        .any(|m| matches!(m, AgentMessage::Ready(r) if r.error.as_ref().is_some_and(|e| e.code == "decode_failed")));
    assert!(told, "{:?}", s.sent);
    // the others play; this one goes on trying, and joins when it can
    s.tell(transport(z.session(1, 3.0, 0.0, true)));
    s.run_until(6.0);
    assert_eq!(s.player().position(s.now()).state, PlayerState::Faulted);
    s.broken = None;
    s.run_until(12.0);
    s.assert_heard(11.0, 1.0);
    assert!(s.opens < 6, "tried with patience, not {} times", s.opens);
}

#[test]
fn an_older_revision_is_ignored() {
    let (mut s, mut z) = (Speaker::new(), zone(&[60.0]));
    let old = z.session(1, 2.5, 30.0, false);
    s.tell(transport(z.session(1, 3.0, 0.0, true)));
    s.tell(transport(old));
    s.run_until(5.0);
    s.assert_heard(4.0, 1.0);
}

#[test]
fn a_change_that_lies_ahead_leaves_the_plan_until_then() {
    let (mut s, mut z) = (Speaker::new(), zone(&[4.0, 60.0]));
    s.tell(transport(z.session(1, 3.0, 0.0, true)));
    s.run_until(4.0);
    // a pause in twelve seconds: the second entry is still to begin at 7 s
    let mut pause = z.session(2, 16.0, 9.0, false);
    pause.server_time = server(4.0);
    s.tell(transport(pause));
    s.run_until(18.0);
    s.assert_heard(6.99, 1.0);
    s.assert_heard(7.01, 2.0);
    s.assert_heard(15.99, 2.0);
    s.assert_heard(16.02, 0.0);
}

#[test]
fn a_nearer_change_overtakes_one_that_lies_ahead() {
    let (mut s, mut z) = (Speaker::new(), zone(&[60.0, 60.0]));
    s.tell(transport(z.session(1, 3.0, 0.0, true)));
    s.run_until(4.0);
    let stop = z.session(1, 14.0, 0.0, true);
    s.tell(transport(Session { server_time: server(4.0), timeline: None, ..stop }));
    s.run_until(5.0);
    let now = z.session(2, 5.5, 0.0, true);
    s.tell(transport(Session { server_time: server(5.0), ..now }));
    s.run_until(8.0);
    s.assert_heard(5.49, 1.0);
    s.assert_heard(5.52, 2.0);
    s.assert_heard(7.0, 2.0);
}

#[test]
fn a_row_of_short_clips_is_heard_one_by_one() {
    let lengths: Vec<f64> = (0..20).map(|_| 0.4).collect();
    let (mut s, mut z) = (Speaker::new(), zone(&lengths));
    s.tell(transport(z.session(1, 3.0, 0.0, true)));
    s.run_until(12.0);
    for k in 0..20u8 {
        // one's level beyond full scale is cut there
        let level = f32::from(k + 1).min(10.0);
        s.assert_heard(3.0 + 0.4 * f64::from(k) + 0.2, level);
    }
    assert_eq!(s.opens, 20, "each once");
}

#[test]
fn a_far_step_of_the_clock_is_jumped_over_both_ways() {
    for step in [-600.0f64, 30.0] {
        let (mut s, mut z) = (Speaker::new(), zone(&[3_600.0]));
        s.tell(transport(z.session(1, 3.0, 1_000.0, true)));
        s.run_until(6.0);
        let mut stepped = s.clock;
        stepped.offset.whole_us += (step * 1e6) as i64;
        s.command(Command::Clock(stepped));
        s.tell(Input::Clock(Some(stepped)));
        s.tell(Input::Jumped);
        s.run_until(10.0);
        s.assert_heard(8.0, if step < 0.0 { 0.0 } else { 1.0 });
        let p = s.player().position(s.now());
        if step > 0.0 {
            let due = 1_000.0 + p.server_time.micros_since(server(3.0)) as f64 * 1e-6;
            assert!((p.position_frames.as_seconds(RATE) - due).abs() < 0.001, "{p:?}");
        }
    }
}

#[test]
fn without_an_output_nothing_piles_up_and_it_joins_when_there_is_one() {
    let (mut s, mut z) = (Speaker::new(), zone(&[5.0, 5.0, 5.0, 60.0]));
    s.tell(transport(z.session(1, 3.0, 0.0, true)));
    s.run_until(4.0);
    s.tell(Input::Output(Some("unplugged".into())));
    s.run_until(16.0);
    assert!(s.decoders.is_empty());
    assert_eq!(s.player().position(s.now()).state, PlayerState::Faulted);
    s.tell(z.prepare(4, 0.0));
    let lost = |error: &ClientError| error.code == "output_lost";
    let refused = |m: &AgentMessage| matches!(m, AgentMessage::Ready(r) if r.error.as_ref().is_some_and(lost));
    assert!(s.sent.iter().any(refused), "asked to prepare, it says why it cannot");
    s.tell(Input::Output(None));
    s.run_until(20.0);
    s.assert_heard(19.0, 4.0);
}

const NEW_CLOCK: ClockId = ClockId(uuid::Uuid::from_u128(99));
/// The new clock's reading minus the old one's, microseconds.
const SHIFT: i64 = -3_600_000_000;

impl Speaker {
    /// The estimate of the new clock, which the old one's puts this much too late.
    fn new_clock(&self, error_us: i64) -> ClockEstimate {
        let mut clock = ClockEstimate { clock_id: NEW_CLOCK, ..self.clock };
        clock.offset.whole_us += SHIFT + error_us;
        clock
    }

    fn shift_told(&self) -> Option<f64> {
        self.sent.iter().find_map(|m| match m {
            AgentMessage::ClockShift(s) if (s.from, s.to) == (CLOCK, NEW_CLOCK) => Some(s.shift_us),
            _ => None,
        })
    }
}

/// The session as a coordinator tells it on the new clock.
fn on_the_new_clock(old: &Session) -> Session {
    let mut new = Session { revision: old.revision + 1_000, at: old.at.plus_micros(SHIFT), ..old.clone() };
    new.server_time = old.server_time.plus_micros(SHIFT);
    new.continues = Some(Continues { clock_id: CLOCK, shift_us: SHIFT });
    if let Some(t) = &mut new.timeline {
        t.clock_id = NEW_CLOCK;
        t.anchor_server_us = t.anchor_server_us.plus_micros(SHIFT);
    }
    new
}

fn sync(session: Session) -> Input {
    Input::Sync(session, Level { zone: Volume::FULL, speaker: Volume::FULL, muted: false })
}

#[test]
fn a_coordinator_that_goes_on_with_a_new_clock_is_not_heard() {
    let (mut s, mut z) = (Speaker::new(), zone(&[8.0, 8.0, 8.0]));
    let old = z.session(1, 3.0, 0.0, true);
    s.tell(transport(old.clone()));
    s.run_until(6.0);
    s.tell(Input::ClockChanges(NEW_CLOCK));
    // the entry's end passes while the new clock is learnt
    s.run_until(13.0);
    s.tell(Input::Clock(Some(s.new_clock(0))));
    assert!((s.shift_told().expect("it tells what it measured") - SHIFT as f64).abs() < 1.0);
    s.run_until(14.0);
    s.tell(sync(on_the_new_clock(&old)));
    let opened = s.opens;
    s.run_until(15.0);
    assert_eq!(s.opens, opened, "what sounds goes on, nothing is opened anew");
    let p = s.player().position(s.now());
    assert_eq!(p.reanchors, 0, "{p:?}");
    let due = (p.server_time.plus_micros(-SHIFT).micros_since(server(3.0)) - 8_000_000) as f64 * 1e-6;
    assert!((p.position_frames.as_seconds(RATE) - due).abs() < 0.0001, "{p:?}, due {due}");
    s.run_until(28.0);
    for (at, level) in [(5.0, 1.0), (10.9, 1.0), (11.1, 2.0), (12.9, 2.0), (18.9, 2.0), (19.1, 3.0), (26.9, 3.0)] {
        s.assert_heard(at, level);
    }
    let mut quiet = s.out[(3.1 * 48_000.0) as usize..(26.9 * 48_000.0) as usize].iter().filter(|x| **x < 0.09);
    assert_eq!(quiet.next(), None, "no gap from the start to the end");
}

#[test]
fn told_before_the_new_clock_is_known_it_waits_and_plays_on() {
    let (mut s, mut z) = (Speaker::new(), zone(&[60.0]));
    let old = z.session(1, 3.0, 0.0, true);
    s.tell(transport(old.clone()));
    s.run_until(6.0);
    s.tell(Input::ClockChanges(NEW_CLOCK));
    s.tell(sync(on_the_new_clock(&old)));
    s.run_until(8.0);
    s.assert_heard(7.5, 1.0);
    s.tell(Input::Clock(Some(s.new_clock(120))));
    s.run_until(12.0);
    s.assert_heard(11.5, 1.0);
    let p = s.player().position(s.now());
    assert_eq!(p.reanchors, 0, "the 120 us by which the clocks disagree are steered away: {p:?}");
    assert!(p.sync_error_us.abs() < 30.0, "{p:?}");
}

#[test]
fn a_coordinator_that_does_not_go_on_ends_the_old_sound() {
    let (mut s, mut z) = (Speaker::new(), zone(&[60.0, 60.0]));
    s.tell(transport(z.session(1, 3.0, 0.0, true)));
    s.run_until(6.0);
    s.tell(Input::ClockChanges(NEW_CLOCK));
    s.run_until(7.0);
    s.assert_heard(6.9, 1.0);
    let other = Session { continues: None, ..on_the_new_clock(&z.session(2, 9.0, 0.0, true)) };
    s.tell(sync(other));
    s.tell(Input::Clock(Some(s.new_clock(0))));
    s.run_until(12.0);
    s.assert_heard(8.5, 0.0);
    s.assert_heard(11.0, 2.0);
}

#[test]
fn the_old_clock_come_back_is_as_if_it_had_never_gone() {
    let (mut s, mut z) = (Speaker::new(), zone(&[60.0]));
    let old = z.session(1, 3.0, 0.0, true);
    s.tell(transport(old.clone()));
    s.run_until(6.0);
    s.tell(Input::ClockChanges(NEW_CLOCK));
    s.run_until(7.0);
    s.tell(Input::ClockChanges(CLOCK));
    s.tell(Input::Clock(Some(s.clock)));
    s.tell(sync(Session { revision: old.revision + 1_000, ..old }));
    s.run_until(12.0);
    let silent = s.out[(3.1 * 48_000.0) as usize..(11.9 * 48_000.0) as usize].iter().filter(|x| **x < 0.09).count();
    assert_eq!((silent, s.opens, s.shift_told()), (0, 1, None));
}

#[test]
fn a_speaker_that_was_silent_takes_the_new_clock_at_once() {
    let (mut s, mut z) = (Speaker::new(), zone(&[60.0]));
    s.tell(Input::ClockChanges(NEW_CLOCK));
    s.tell(Input::Clock(Some(s.new_clock(0))));
    s.command(Command::Clock(s.new_clock(0)));
    s.tell(transport(on_the_new_clock(&z.session(1, 4.0, 0.0, true))));
    s.run_until(6.0);
    s.assert_heard(3.9, 0.0);
    s.assert_heard(5.0, 1.0);
}

/// Two entries of 10 s that share 4 s.
fn crossfaded() -> Zone {
    let mut z = zone(&[10.0, 10.0, 10.0]);
    z.plan[1].overlap_us = 4_000_000;
    z
}

/// The sound of entries 1 and 2 together, `x` of the way through their crossfade.
fn both(x: f32) -> f32 {
    let turn = std::f32::consts::FRAC_PI_2 * x;
    turn.cos() + 2.0 * turn.sin()
}

/// `session`, told from its entry number `k` of the plan, as a coordinator does when that has begun.
fn reached(session: &Session, k: usize, at: ServerTime) -> Session {
    let timeline = session.timeline.as_ref().expect("it plays").advanced_to(&session.plan, at);
    Session {
        timeline,
        plan: session.plan[k..].to_vec(),
        revision: session.revision + 1,
        server_time: at,
        ..session.clone()
    }
}

fn plan_update(session: Session) -> Input {
    Input::Session(session, Change::Plan)
}

/// The largest step from one sample to the next in a span of local time, seconds.
fn largest_step(s: &Speaker, from: f64, to: f64) -> f32 {
    let at = |t: f64| ((t - 0.02) * f64::from(RATE)) as usize;
    s.out[at(from)..at(to)].windows(2).fold(0.0f32, |w, x| w.max((x[1] - x[0]).abs()))
}

#[test]
fn entries_cross_fade_with_equal_power_and_the_plans_progress_is_not_heard() {
    let (mut s, mut z) = (Speaker::new(), crossfaded());
    let told = z.session(1, 3.0, 0.0, true);
    s.tell(transport(told.clone()));
    s.run_until(9.5);
    // the coordinator tells it from the second entry, and does not say what still sounds
    s.tell(plan_update(reached(&told, 1, server(9.1))));
    s.run_until(11.0);
    assert_eq!(s.player().position(s.now()).entry, Some(id(2)), "the younger one is where it is");
    // and once more: only what comes has changed
    let edited = Session { plan: told.plan[1..2].to_vec(), revision: 9, ..reached(&told, 1, server(11.0)) };
    s.tell(plan_update(edited));
    s.run_until(20.0);
    s.assert_heard(8.99, 1.0);
    for x in [0.01, 0.25, 0.5, 0.75, 0.99] {
        s.assert_heard(9.0 + 4.0 * f64::from(x), both(x));
    }
    s.assert_heard(13.01, 2.0);
    s.assert_heard(18.9, 2.0);
    s.assert_heard(19.05, 0.0);
    assert!(largest_step(&s, 8.0, 18.9) < 1e-3, "no click in all of it: {}", largest_step(&s, 8.0, 18.9));
    assert_eq!(s.opens, 2, "each entry once");
}

#[test]
fn who_joins_in_the_middle_of_a_crossfade_sounds_both() {
    let (mut s, mut z) = (Speaker::new(), crossfaded());
    let told = z.session(1, -5.0, 0.0, true);
    let now = reached(&told, 1, server(2.0));
    let line = told.timeline.as_ref().expect("it plays");
    let fading = Fading {
        entry: told.plan[0].clone(),
        anchor_server_us: line.anchor_server_us,
        anchor_media_frames: line.anchor_media_frames,
    };
    s.tell(Input::Sync(
        Session { fading: Some(fading), ..now },
        Level { zone: Volume::FULL, speaker: Volume::FULL, muted: false },
    ));
    s.run_until(6.0);
    // the crossfade began at 1.0 s
    for at in [2.5, 3.0, 4.0, 4.9] {
        s.assert_heard(at, both(((at - 1.0) / 4.0) as f32));
    }
    s.assert_heard(5.1, 2.0);
    assert!(largest_step(&s, 2.0, 6.0) < 2e-3, "{}", largest_step(&s, 2.0, 6.0));
}

#[test]
fn a_change_in_the_middle_of_a_crossfade_does_not_click() {
    type Change<'a> = &'a dyn Fn(&mut Zone) -> Session;
    let changes: [(&str, Change<'_>); 4] = [
        ("a seek", &|z| z.session(2, 11.0, 7.0, true)),
        ("a pause", &|z| z.session(2, 11.0, 2.0, false)),
        ("the next", &|z| z.session(3, 11.0, 0.0, true)),
        ("a stop", &|z| Session { timeline: None, plan: Vec::new(), ..z.session(2, 11.0, 0.0, true) }),
    ];
    for (what, change) in changes {
        let (mut s, mut z) = (Speaker::new(), crossfaded());
        let told = z.session(1, 3.0, 0.0, true);
        s.tell(transport(told.clone()));
        s.run_until(9.5);
        s.tell(plan_update(reached(&told, 1, server(9.1))));
        z.revision += 2;
        s.run_until(10.5);
        let session = change(&mut z);
        s.tell(transport(Session { server_time: server(10.5), ..session }));
        s.run_until(14.0);
        // the next entry begins with a step of its own
        let begins = if what == "the next" { (10.999, 11.001) } else { (11.0, 11.0) };
        for step in [largest_step(&s, 8.0, begins.0), largest_step(&s, begins.1, 14.0)] {
            assert!(step < 4e-3, "{what}: {step}");
        }
        s.assert_heard(10.99, both(1.99 / 4.0));
        s.assert_heard(
            12.5,
            match what {
                "a seek" => 2.0,
                "the next" => 3.0,
                _ => 0.0,
            },
        );
    }
}

#[test]
fn a_crossfade_that_is_called_off_before_it_begins_is_not_heard() {
    let (mut s, mut z) = (Speaker::new(), crossfaded());
    s.tell(transport(z.session(1, 3.0, 0.0, true)));
    s.run_until(8.0);
    // the second entry is in the renderer already, on its old line
    z.plan[1].overlap_us = 0;
    let session = z.session(1, 3.0, 0.0, true);
    s.tell(plan_update(Session { server_time: server(8.0), ..session }));
    s.run_until(16.0);
    s.assert_heard(12.99, 1.0);
    s.assert_heard(13.01, 2.0);
    assert!(largest_step(&s, 8.0, 12.9) < 1e-4);
}

/// A zone in which laps of one part of a track follow each other.
fn laps(count: u128, seconds: f64) -> Zone {
    let lap = |k| PlanEntry {
        track: TrackId(uuid::Uuid::from_u128(5)),
        start_frames: Frames::from_seconds(30.0, RATE),
        end_frames: Some(Frames::from_seconds(30.0 + seconds, RATE)),
        ..entry(k, 90.0)
    };
    Zone { revision: 0, plan: (1..=count).map(lap).collect() }
}

#[test]
fn short_laps_follow_without_a_gap_though_decoders_take_their_time() {
    for lap_s in [0.1, 0.25, 0.5, 1.0, 3.0] {
        let count = (30.0 / lap_s) as u128;
        let (mut s, mut z) = (Speaker::new(), laps(count, lap_s));
        s.opening_s = 0.08;
        s.tell(z.prepare(1, 30.0));
        s.run_until(2.5);
        let told = z.session(1, 3.0, 30.0, true);
        s.tell(transport(told.clone()));
        // the coordinator tells each lap, and its plan reaches sixty further
        let mut told = Session { plan: told.plan[..60.min(told.plan.len())].to_vec(), ..told };
        for k in 1..(20.0 / lap_s) as usize {
            let at = 3.0 + k as f64 * lap_s + 0.01;
            s.run_until(at);
            let next = reached(&told, 1, server(at));
            told = Session { plan: z.plan[k..z.plan.len().min(k + 60)].to_vec(), ..next };
            s.tell(plan_update(told.clone()));
        }
        s.run_until(22.0);
        let at = |t: f64| ((t - 0.02) * f64::from(RATE)) as usize;
        let level = |range: std::ops::Range<usize>| {
            s.out[range].iter().fold((f32::MAX, f32::MIN), |(a, b), x| (a.min(*x), b.max(*x)))
        };
        let (low, high) = level(at(3.01)..at(22.0));
        assert!(low > 0.499 && high < 0.501, "laps of {lap_s} s: from {low} to {high}");
        assert!(s.decoders.len() <= 9, "laps of {lap_s} s: {} decoders", s.decoders.len());
    }
}

#[test]
fn a_loop_that_is_set_and_lifted_while_it_plays_is_not_heard_but_at_its_seams() {
    let (mut s, mut z) = (Speaker::new(), zone(&[60.0, 10.0]));
    let told = z.session(1, 3.0, 0.0, true);
    s.tell(transport(told.clone()));
    s.run_until(6.0);
    // from 4 s to 5 s: what sounds ends at 5 s, and laps follow
    let mut looped = Session { server_time: server(6.0), revision: 5, ..told.clone() };
    looped.plan = vec![PlanEntry { end_frames: Some(Frames(5 * 48_000)), ..entry(1, 60.0) }];
    looped.plan.extend((11..15).map(|k| PlanEntry {
        track: TrackId(uuid::Uuid::from_u128(k - 8)),
        start_frames: Frames(4 * 48_000),
        end_frames: Some(Frames(5 * 48_000)),
        ..entry(k, 60.0)
    }));
    s.tell(plan_update(looped.clone()));
    s.run_until(9.3);
    for (at, level) in [(7.99, 1.0), (8.01, 3.0), (8.99, 3.0), (9.01, 4.0)] {
        s.assert_heard(at, level);
    }
    // lifted in the second lap: that one goes on to the end of the file
    let mut lifted = reached(&looped, 2, server(9.1));
    lifted.plan = vec![PlanEntry { end_frames: None, ..looped.plan[2].clone() }];
    s.tell(plan_update(lifted));
    s.run_until(16.0);
    s.assert_heard(15.0, 4.0);
    assert!(largest_step(&s, 9.01, 16.0) < 1e-4, "{}", largest_step(&s, 9.01, 16.0));
}

#[test]
fn another_loudness_takes_over_without_a_click() {
    let (mut s, mut z) = (Speaker::new(), zone(&[60.0, 10.0]));
    s.tell(transport(z.session(1, 3.0, 0.0, true)));
    s.run_until(6.0);
    z.plan[0].gain_db = -20.0;
    let session = z.session(1, 3.0, 0.0, true);
    s.tell(plan_update(Session { server_time: server(6.0), ..session }));
    s.run_until(9.0);
    s.assert_heard(6.3, 1.0);
    s.assert_heard(7.0, 0.1);
    assert!(largest_step(&s, 4.0, 8.5) < 1e-3, "{}", largest_step(&s, 4.0, 8.5));
    assert_eq!(s.decoders.len(), 1, "the old one is closed");
}
