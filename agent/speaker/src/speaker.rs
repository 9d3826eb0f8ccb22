//! The speaker: clock, player and the renderer's controls, tied together once.
//!
//! Without I/O: a shell hands in an [`Event`] and the present instant, and performs the [`Effect`]s in their order. The
//! agent is such a shell on a real machine; the simulation and the tests are shells in virtual time.
//!
//! ```text
//!          Event                                     Effect
//! shell ----------> Speaker: clock, player ----------------> shell: decoders, connection, files, chirp
//!                      |  ^ reports, runs, trash
//!             commands v  |
//!                    Renderer (in the audio callback)
//! ```

mod shell;

use std::{collections::HashMap, mem::discriminant};

use downbeat_protocol::{
    AgentMessage, Frames, LocalTime, Ppm, ServerMessage, ZoneId,
    agent_message::{ClientError, KnownState},
    server_message,
    timeline::{Line, PlanEntry},
};

pub use self::shell::{Effect, Event};
use crate::{
    clock::{ClockDiscipline, ClockEstimate, News, ServerInstant},
    playback::{
        action::Action,
        input::{Change, Counters, Input},
        player::Player,
    },
    render::{
        calibration::Calibration,
        command::{Command, Controls, Overlay, Trash},
        gate::{Gate, VoiceId},
        kernels::Kernels,
        metronome::Metronome,
        renderer::Renderer,
        voice::Voice,
    },
};

/// The shell hands in [`Event::Tick`] this often, nanoseconds.
pub const TICK_NS: i64 = 100_000_000;
/// A request for a chirp within this time of another one is the same request, nanoseconds.
const CHIRP_NS: i64 = 700_000_000;
/// Decoded audio that waits ahead of the callback, seconds.
const RING_S: f64 = 2.0;
/// But no more frames than these, whatever rate a plan says: the number is a coordinator's, and the memory ours.
const MOST_RING_FRAMES: usize = 768_000;

/// So many voices wait for the renderer's ring at most: of more, the newest are meant.
const MOST_WAITING: usize = 16;

/// A voice that is decoded and not handed to the renderer yet.
#[derive(Debug)]
struct Opened {
    ring: rtrb::Consumer<f32>,
    from: Frames,
    entry: Box<PlanEntry>,
}

/// The speaker's state, without the renderer, which lives in the audio callback.
#[derive(Debug)]
pub struct Speaker {
    player: Player,
    clock: ClockDiscipline,
    controls: Controls,
    /// Commands that found the renderer's ring full.
    backlog: Vec<Command>,
    /// Voices that gave way before the renderer had them.
    unheard: Vec<VoiceId>,
    opened: HashMap<VoiceId, Opened>,
    kernels: Kernels,
    device_rate: u32,
    output_losses: u64,
    /// The output is open.
    output: bool,
    /// No chirp is made before.
    chirps_until: LocalTime,
    /// Told on a clock that does not count yet.
    metronome: Option<server_message::Metronome>,
    /// The same.
    calibration: Option<server_message::Calibration>,
    known: Option<KnownState>,
}

impl Speaker {
    /// A speaker that knows nothing yet, and its renderer. `suspended` as in [`Event::Tick`]; `kept_dac` is the card's
    /// crystal as measured in an earlier run.
    pub fn new(now: LocalTime, suspended: i64, kept_dac: Option<Ppm>) -> (Self, Box<Renderer>) {
        let (renderer, controls) = Renderer::new(kept_dac);
        let speaker = Self {
            player: Player::new(now),
            clock: ClockDiscipline::new(now, suspended),
            controls,
            backlog: Vec::new(),
            unheard: Vec::new(),
            opened: HashMap::new(),
            kernels: Kernels::default(),
            device_rate: 48_000,
            output_losses: 0,
            output: true,
            chirps_until: now,
            metronome: None,
            calibration: None,
            known: None,
        };
        (speaker, renderer)
    }

    /// The player, to look at.
    pub fn player(&self) -> &Player {
        &self.player
    }

    /// The clock, to look at.
    pub fn clock(&self) -> &ClockDiscipline {
        &self.clock
    }

    /// The clock and the timeline it played by when it was last connected, for the next hello.
    pub fn known(&self) -> Option<&KnownState> {
        self.known.as_ref()
    }

    /// Kernels that another speaker made need not be made again.
    pub fn share_kernels(&mut self, other: &Self) {
        self.kernels.clone_from(&other.kernels);
    }

    /// Takes an event; pushes the shell's duties.
    pub fn handle(&mut self, now: LocalTime, event: Event, out: &mut Vec<Effect>) {
        match event {
            Event::Connected { clock_id, kept_skew, settings } => {
                let mut news = Vec::new();
                self.clock.connected(now, clock_id, kept_skew, &mut news);
                self.clock_news(now, news, out);
                self.tell(now, Input::Settings(settings, None), out);
            }
            Event::Disconnected => {
                // others may be playing on, too
                self.command(Command::Solo(false));
                self.known = self.known_at(now);
            }
            Event::Message(message) => self.message(now, *message, out),
            Event::Burst(samples) => {
                let mut news = Vec::new();
                let (playing, changing_to) = (self.player.is_playing(), self.player.changing_to());
                self.clock.burst(now, &samples, playing, changing_to, &mut news);
                self.clock_news(now, news, out);
                out.push(Effect::BurstAt(self.clock.next_burst()));
            }
            Event::Primed(voice) => self.tell(now, Input::Primed(voice), out),
            Event::Failed(voice, error) => self.tell(now, Input::Failed(voice, error), out),
            Event::OutputOpened(rate) => {
                self.device_rate = rate;
                self.output = true;
                self.tell(now, Input::Output(None), out);
            }
            Event::OutputLost(reason) => {
                self.output_losses += 1;
                self.output = false;
                let error = ClientError { code: "output_lost".into(), detail: reason.clone(), entry: None };
                self.tell(now, Input::Output(Some(reason)), out);
                out.push(Effect::Send(AgentMessage::ClientError(error)));
            }
            Event::Tick { suspended, underruns } => self.tick(now, suspended, underruns, out),
        }
    }

    fn message(&mut self, now: LocalTime, message: ServerMessage, out: &mut Vec<Effect>) {
        let input = match message {
            ServerMessage::StateSync(s) => {
                // the whole state holds neither
                self.metronome(None);
                self.calibration(None);
                Input::Sync(s.session, s.volume)
            }
            ServerMessage::Prepare(p) => Input::Prepare(p),
            ServerMessage::PlayTrack(s)
            | ServerMessage::Pause(s)
            | ServerMessage::Resume(s)
            | ServerMessage::Seek(s)
            | ServerMessage::Stop(s) => Input::Session(s, Change::Transport),
            ServerMessage::PlanUpdate(s) => Input::Session(s, Change::Plan),
            ServerMessage::VolumeChange(v) => Input::Volume(v),
            ServerMessage::PositionCheck(_) => Input::PositionCheck,
            ServerMessage::Configure(c) => Input::Settings(c.settings, c.at),
            ServerMessage::Identify(i) => {
                // one at a time, and none for an output that is not there: each is a quarter of a megabyte
                if !self.output || now < self.chirps_until {
                    return;
                }
                self.chirps_until = now.plus_nanos(CHIRP_NS);
                out.push(Effect::Chirp { rate: self.device_rate, at: i.at.into() });
                return;
            }
            ServerMessage::Metronome(m) => return self.metronome(Some(m)),
            ServerMessage::Calibration(c) => return self.calibration(Some(c)),
            ServerMessage::Announce(a) => {
                out.push(Effect::Send(AgentMessage::ClientError(ClientError {
                    code: "unsupported".into(),
                    detail: "this agent does not play announcements yet".into(),
                    entry: Some(a.clip.entry),
                })));
                return;
            }
            // the shell's own
            ServerMessage::HistoryKept(_)
            | ServerMessage::Standing(_)
            | ServerMessage::Error(_)
            | ServerMessage::Welcome(_)
            | ServerMessage::TimeReply(_) => return,
        };
        self.tell(now, input, out);
    }

    fn tick(&mut self, now: LocalTime, suspended: i64, underruns: u64, out: &mut Vec<Effect>) {
        while let Ok(report) = self.controls.reports.pop() {
            self.tell(now, Input::Report(Box::new(report), self.device_rate), out);
            out.push(Effect::Report(Box::new(report)));
        }
        for voice in self.take_heard(out) {
            self.tell(now, Input::Over(voice), out);
        }
        self.flush();
        let due = self.clock.next_burst();
        let mut news = Vec::new();
        self.clock.tick(now, suspended, self.player.is_playing(), &mut news);
        self.clock_news(now, news, out);
        if self.clock.next_burst() != due {
            out.push(Effect::BurstAt(self.clock.next_burst()));
        }
        self.player.set_counters(Counters { underruns, output_losses: self.output_losses });
        self.tell(now, Input::Tick, out);
    }

    /// Takes what was rendered since the last tick: for a shell that ends.
    pub fn close(&mut self, out: &mut Vec<Effect>) {
        let _over = self.take_heard(out);
    }

    /// Takes what was rendered; the voices that are over since.
    fn take_heard(&mut self, out: &mut Vec<Effect>) -> Vec<VoiceId> {
        let mut over = std::mem::take(&mut self.unheard);
        while let Ok(trash) = self.controls.trash.pop() {
            if let Trash::Voice(voice) = trash {
                over.push(voice.id);
            }
        }
        // all of a voice is told before it is given back
        while let Ok(heard) = self.controls.heard.pop() {
            out.push(Effect::Heard(heard));
        }
        out.extend(over.iter().map(|voice| Effect::Gone(*voice)));
        over
    }

    /// Mixes a clip over everything.
    pub fn overlay(&mut self, samples: Vec<f32>, at: ServerInstant) {
        self.command(Command::Overlay(Box::new(Overlay { samples, at, played: 0 })));
    }

    /// Ticks as told, or no more. What is told on a clock that is still being learnt waits until that one counts.
    fn metronome(&mut self, told: Option<server_message::Metronome>) {
        self.metronome = told.filter(|_| self.player.changing_to().is_some());
        let ticks = told.filter(|_| self.metronome.is_none()).as_ref().and_then(Metronome::of);
        self.command(Command::Metronome(ticks));
    }

    /// Sounds its code as told, or no more; the same of the clock.
    fn calibration(&mut self, told: Option<server_message::Calibration>) {
        self.calibration = told.filter(|_| self.player.changing_to().is_some());
        let sounds = told.filter(|_| self.calibration.is_none()).as_ref().and_then(Calibration::of);
        self.command(Command::Calibration(sounds));
    }

    fn clock_news(&mut self, now: LocalTime, news: Vec<News>, out: &mut Vec<Effect>) {
        for news in news {
            match news {
                News::Estimate(estimate) => {
                    self.command(Command::Clock(estimate));
                    self.tell(now, Input::Clock(Some(estimate)), out);
                }
                News::Replaced(clock_id) => self.tell(now, Input::ClockChanges(clock_id), out),
                News::Learnt(estimate) => self.tell(now, Input::Clock(Some(estimate)), out),
                News::Suspended(_) => {
                    self.command(Command::ClockLost);
                    self.tell(now, Input::Clock(None), out);
                    self.tell(now, Input::Jumped, out);
                }
                News::Jumped => self.tell(now, Input::Jumped, out),
                News::Stepped(_) | News::Stale | News::Fresh => {}
            }
            out.push(Effect::Clock(news));
        }
    }

    /// Tells the player, and does what follows. Events say all that a shell has to say; tests may say more.
    pub fn tell(&mut self, now: LocalTime, input: Input, out: &mut Vec<Effect>) {
        let mut actions = Vec::new();
        self.player.handle(now, input, &mut actions);
        for action in actions {
            match action {
                Action::Open(voice, entry, from) => self.open(voice, Box::new(entry), from, out),
                Action::Close(voice) => {
                    self.opened.remove(&voice);
                    out.push(Effect::Close(voice));
                }
                Action::Sound(voice, line, gate) => self.sound(voice, line, gate, out),
                Action::Render(command) => self.command(command),
                Action::ChangeClock(estimate, shift_us) => self.change_clock(estimate, shift_us, out),
                Action::ForgetClock => {
                    self.clock.forget();
                    self.command(Command::ClockLost);
                }
                Action::Prefetch(plan) => out.push(Effect::Prefetch(plan)),
                Action::Send(message) => out.push(Effect::Send(message)),
            }
        }
    }

    fn change_clock(&mut self, estimate: ClockEstimate, shift_us: Option<i64>, out: &mut Vec<Effect>) {
        // estimates of the old clock that the renderer has not taken yet must not come behind
        self.backlog.retain(|c| !matches!(c, Command::Clock(_)));
        self.clock.changed(estimate);
        self.command(Command::ChangeClock(estimate, shift_us.unwrap_or(0)));
        if let Some(told) = self.metronome.take() {
            self.command(Command::Metronome(Metronome::of(&told)));
        }
        if let Some(told) = self.calibration.take() {
            self.command(Command::Calibration(Calibration::of(&told)));
        }
        out.push(Effect::ClockChanged(shift_us));
    }

    fn open(&mut self, voice: VoiceId, entry: Box<PlanEntry>, from: Frames, out: &mut Vec<Effect>) {
        // a lap of a loop needs no more than its length
        let part = usize::try_from(entry.last_frame().0 - from.0).unwrap_or(0).max(1);
        let frames = ((f64::from(entry.sample_rate) * RING_S) as usize).clamp(1, MOST_RING_FRAMES).min(part);
        let (producer, ring) = rtrb::RingBuffer::new(2 * frames);
        out.push(Effect::Open { voice, entry: entry.clone(), from, ring: producer });
        self.opened.insert(voice, Opened { ring, from, entry });
    }

    fn sound(&mut self, id: VoiceId, line: Line, gate: Gate, out: &mut Vec<Effect>) {
        let Some(Opened { ring, from, entry }) = self.opened.remove(&id) else { return };
        let device = self.device_rate;
        let kernel = self.kernels.of(line.rate, device);
        let voice = Voice::new(id, entry.entry, ring, from, entry.last_frame(), line, gate, kernel);
        let zone = self.player.session().map_or(ZoneId::DEFAULT, |s| s.zone);
        out.push(Effect::Sounds(id, zone, entry));
        self.command(Command::Add(Box::new(voice)));
    }

    /// Tells the renderer, in order, as soon as its ring has room.
    pub fn command(&mut self, command: Command) {
        // while the renderer takes none, or more come than it takes, they must not pile up
        if let Some(voice) = command.voice() {
            if self.unheard.contains(&voice) {
                return;
            }
            self.backlog.retain(|c| c.voice() != Some(voice) || discriminant(c) != discriminant(&command));
        } else if command.is_whole() || matches!(command, Command::ClockLost) {
            self.backlog.retain(|c| discriminant(c) != discriminant(&command));
        }
        self.backlog.push(command);
        self.flush();
        self.give_way();
    }

    /// Takes out the oldest of the voices that wait, each of which holds seconds of sound.
    fn give_way(&mut self) {
        let waiting = |c: &&Command| matches!(c, Command::Add(_));
        while self.backlog.iter().filter(waiting).count() > MOST_WAITING {
            let Some(oldest) = self.backlog.iter().find(waiting).and_then(Command::voice) else { return };
            self.backlog.retain(|c| c.voice() != Some(oldest));
            self.unheard.push(oldest);
        }
    }

    fn flush(&mut self) {
        let mut waiting = std::mem::take(&mut self.backlog).into_iter();
        for command in waiting.by_ref() {
            if let Err(rtrb::PushError::Full(command)) = self.controls.commands.push(command) {
                self.backlog.push(command);
                break;
            }
        }
        self.backlog.extend(waiting);
    }

    fn known_at(&self, now: LocalTime) -> Option<KnownState> {
        self.clock.estimate().map(|clock| KnownState {
            clock_id: clock.clock_id,
            server_us: clock.server_at(now).whole.0,
            local_ns: now,
            error_bound_us: clock.error_bound_us(now),
            revision: self.player.session().map_or(0, |s| s.revision),
            timeline: self.player.session().and_then(|s| s.timeline.clone()),
            plan: self.player.session().map(|s| s.plan.clone()).unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use downbeat_protocol::{
        ServerTime,
        server_message::{Level, Prepare, VolumeChange},
        timeline::Timeline,
    };

    use super::*;

    #[test]
    fn changes_do_not_pile_up_while_no_output_takes_them() {
        let (mut speaker, _renderer) = Speaker::new(LocalTime(0), 0, None);
        let mut effects = Vec::new();
        for n in 0..2_000 {
            let (zone, at) = (ZoneId::DEFAULT, ServerTime(n));
            let volume = Level { muted: n % 2 == 0, ..Level::default() };
            let told = VolumeChange { server_time: at, zone, revision: 1, volume, at, ramp_ms: 50 };
            speaker.handle(LocalTime(n), Event::Message(Box::new(ServerMessage::VolumeChange(told))), &mut effects);
            speaker.handle(LocalTime(n), Event::Disconnected, &mut effects);
        }
        assert!(speaker.backlog.len() <= 16, "{}", speaker.backlog.len());
    }

    fn voice(speaker: &mut Speaker, id: u64) -> Box<Voice> {
        let (_, ring) = rtrb::RingBuffer::new(2);
        let line = Line::new(ServerTime(0), Frames(0), 48_000);
        let gate = Gate::default();
        let (kernel, entry) = (speaker.kernels.of(48_000, 48_000), downbeat_protocol::EntryId::random());
        Box::new(Voice::new(VoiceId(id), entry, ring, Frames(0), Frames(1), line, gate, kernel))
    }

    #[test]
    fn of_voices_that_come_faster_than_they_are_taken_the_newest_are_heard() {
        let (mut speaker, _renderer) = Speaker::new(LocalTime(0), 0, None);
        for n in 0..4_000 {
            let voice = voice(&mut speaker, n);
            speaker.command(Command::Add(voice));
            speaker.command(Command::Close(VoiceId(n), Some(ServerTime(9).into())));
            speaker.command(Command::Close(VoiceId(n / 2), Some(ServerTime(5).into())));
            speaker.command(Command::ClockLost);
        }
        let waiting = |c: &&Command| matches!(c, Command::Add(_));
        let added: Vec<_> = speaker.backlog.iter().filter(waiting).filter_map(Command::voice).collect();
        assert_eq!(added, (3_984..4_000).map(VoiceId).collect::<Vec<_>>());
        assert!(speaker.backlog.len() < 200, "{}", speaker.backlog.len());
        // those that gave way are over, as if they had been heard
        let mut effects = Vec::new();
        speaker.handle(LocalTime(0), Event::Tick { suspended: 0, underruns: 0 }, &mut effects);
        let gone = effects.iter().filter(|effect| matches!(effect, Effect::Gone(_))).count();
        assert!((3_800..3_984).contains(&gone), "{gone}");
        assert!(speaker.unheard.is_empty());
    }

    #[test]
    fn plans_that_come_faster_than_they_are_played_leave_nothing_open() {
        let (mut speaker, _renderer) = Speaker::new(LocalTime(0), 0, None);
        let (mut effects, mut open) = (Vec::new(), 0);
        for n in 0..1_000 {
            let entry = PlanEntry {
                entry: downbeat_protocol::EntryId::random(),
                sample_rate: 48_000,
                frames: Frames(480_000),
                ..PlanEntry::default()
            };
            let timeline = Timeline {
                clock_id: downbeat_protocol::ClockId::random(),
                entry: entry.entry,
                anchor_server_us: ServerTime(0),
                anchor_media_frames: Frames(0),
                running: false,
            };
            let session = server_message::Session {
                server_time: ServerTime(n),
                zone: ZoneId::DEFAULT,
                revision: n as u64,
                at: ServerTime(n),
                timeline: Some(timeline),
                plan: vec![entry],
                fading: None,
                continues: None,
                request: None,
            };
            speaker.handle(LocalTime(n), Event::Message(Box::new(ServerMessage::PlanUpdate(session))), &mut effects);
            let failed =
                effects.iter().find_map(|e| if let Effect::Open { voice, .. } = e { Some(*voice) } else { None });
            for effect in effects.drain(..) {
                open += match effect {
                    Effect::Open { .. } => 1,
                    Effect::Close(_) => -1,
                    _ => 0,
                };
            }
            // half of them cannot be fetched
            if let Some(voice) = failed.filter(|_| n % 2 == 0) {
                let error = ClientError { code: "too_many_voices".into(), detail: String::new(), entry: None };
                speaker.handle(LocalTime(n), Event::Failed(voice, error), &mut effects);
            }
        }
        assert!((0..=1).contains(&open), "{open} are open");
        assert!(speaker.opened.len() <= 1, "{}", speaker.opened.len());
        assert!(speaker.player.voices() <= 1, "{}", speaker.player.voices());
    }

    #[test]
    fn a_plan_of_any_rate_takes_a_bounded_room() {
        let (mut speaker, _renderer) = Speaker::new(LocalTime(0), 0, None);
        for (n, sample_rate) in [0, 1, 48_000, 192_000, 384_000, 768_000, u32::MAX].into_iter().enumerate() {
            let entry = PlanEntry { sample_rate, frames: Frames(i64::MAX), ..PlanEntry::default() };
            let prepare = Prepare {
                server_time: ServerTime(0),
                zone: ZoneId::DEFAULT,
                revision: 1,
                prepare_id: n as u64,
                entry: PlanEntry { entry: downbeat_protocol::EntryId::random(), ..entry },
                from_frames: Frames(0),
                deadline: ServerTime(0),
            };
            let mut effects = Vec::new();
            speaker.handle(LocalTime(0), Event::Message(Box::new(ServerMessage::Prepare(prepare))), &mut effects);
            let ring = effects.iter().find_map(|effect| match effect {
                Effect::Open { ring, .. } => Some(ring.buffer().capacity()),
                _ => None,
            });
            let due = (2 * sample_rate as usize).clamp(1, 768_000);
            assert_eq!(ring.expect("it is opened") / 2, due, "{sample_rate} Hz");
        }
    }
}
