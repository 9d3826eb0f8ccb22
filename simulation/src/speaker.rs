//! A speaker: the agent's real cores on a machine with a crystal, a link and a sound card, as `agent.rs` ties them
//! together. Nothing is decoded: a voice is the sound that says which frame it is.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use downbeat_protocol::{
    AgentMessage, Frames, LocalTime, PlanEntry, Ppm, ServerMessage, SpeakerId,
    agent_message::{Capabilities, Hello, Known},
    handshake::{SpeakerClass, VersionRange},
    server_message::TimeReply,
    timeline::Line,
};
use downbeat_speaker::{
    clock::time_sync::TimeSync,
    clock::{ClockDiscipline, News, ServerInstant},
    playback::player::{Action, Change, Counters, Input, Player},
    render::command::{Command, Controls, Trash},
    render::gate::{Gate, VoiceId},
    render::renderer::Renderer,
    render::resampler::Kernel,
    render::voice::Voice,
};
use uuid::Uuid;

use crate::{
    card::{Card, CardSpec},
    coordinator::number_of,
    crystal::{Clock, SECOND},
    dice::Dice,
    measure::{Belief, Mark, Record, What},
    network::{Link, Network},
    sound::{Circle, Heard},
    truth::Truth,
};

/// The agent looks around this often, nanoseconds of its own.
const TICK: i64 = SECOND / 40;
/// Decoded audio that waits, seconds; as in the agent.
const RING_S: f64 = 2.0;
/// Opening an entry takes between these, microseconds.
const OPENING_US: (f64, f64) = (20_000.0, 80_000.0);
/// The mean delay between the socket and a stamp in user space, microseconds.
const STAMP_DELAY_US: f64 = 5.0;

/// What kind of speaker.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeakerSpec {
    /// Its link's nature.
    pub network: Network,
    /// How fast its machine's crystal is, ppm.
    pub clock_ppm: f64,
    /// The crystal's random walk, ppm per root second.
    pub clock_wander: f64,
    /// Its sound card.
    pub card: CardSpec,
    /// What lies behind its card (an amplifier, the air), microseconds.
    pub behind_us: i64,
    /// What it kept of its card's crystal from an earlier run.
    pub kept_dac: Option<Ppm>,
    /// And of the coordinator's.
    pub kept_clock: Option<Ppm>,
}

impl Default for SpeakerSpec {
    fn default() -> Self {
        Self {
            network: Network::WIRED,
            clock_ppm: 0.0,
            clock_wander: 0.01,
            card: CardSpec::default(),
            behind_us: 0,
            kept_dac: None,
            kept_clock: None,
        }
    }
}

/// What a speaker wants to happen, at a true instant.
#[derive(Debug)]
pub enum Wish {
    /// A message goes out to the coordinator now.
    Send(AgentMessage),
    /// A time request that says so leaves then.
    Request(i64, LocalTime),
    /// A voice is primed then.
    Primed(i64, VoiceId),
    /// The next burst is due then.
    Burst(i64),
    /// The request under way is given up then.
    Expire(i64),
}

#[derive(Debug)]
struct Feed {
    ring: rtrb::Producer<f32>,
    entry: usize,
    next: i64,
    total: i64,
    ready_at: i64,
}

/// The speaker.
#[derive(Debug)]
pub struct Speaker {
    /// Its name.
    pub id: SpeakerId,
    /// Its machine's clock.
    pub local: Clock,
    /// Its way to the coordinator.
    pub link: Link,
    /// Its sound card.
    pub card: Card,
    /// What was seen of it.
    pub record: Record,
    /// Grows with every connection; what belongs to an older one is void.
    pub generation: u32,
    /// Whether it has been welcomed on this connection.
    pub welcomed: bool,
    /// The network does not reach it.
    pub cut: bool,
    /// The machine sleeps until then.
    pub asleep_until: i64,
    /// Its process stands still until then.
    pub frozen_until: i64,
    /// What lies behind the card in truth, microseconds.
    pub behind_us: i64,
    /// Decoders yield nothing.
    pub decoders_stalled: bool,
    /// Bursts and ticks run this late (a starved processor), microseconds, on average.
    pub starved_us: f64,
    suspended: i64,
    dice: Dice,
    player: Player,
    clock: ClockDiscipline,
    kept_clock: Option<Ppm>,
    time: TimeSync,
    renderer: Box<Renderer>,
    controls: Controls,
    backlog: Vec<Command>,
    feeds: BTreeMap<VoiceId, Feed>,
    waiting: BTreeMap<VoiceId, (rtrb::Consumer<f32>, Frames, PlanEntry)>,
    kernels: BTreeMap<u32, Arc<Kernel>>,
    circles: BTreeMap<u32, Circle>,
    heard: VecDeque<(u64, i64, Heard)>,
    said: BTreeMap<u64, f64>,
    block: Vec<f32>,
    output_losses: u64,
    wishes: Vec<Wish>,
    /// What to tell the next coordinator.
    known: Option<Known>,
}

impl Speaker {
    /// A speaker that is switched on at the true instant `now`.
    pub fn new(number: usize, spec: &SpeakerSpec, mut dice: Dice, now: i64) -> Self {
        // machines have been up for different times
        let zero = (dice.uniform() * 1e15) as i64;
        let mut local = Clock::new(dice.fork(), zero, spec.clock_ppm, spec.clock_wander);
        let (mut renderer, controls) = Renderer::new(spec.kept_dac);
        renderer.set_rate(spec.card.rate);
        let local_now = LocalTime(local.read(now));
        Self {
            id: SpeakerId(Uuid::from_u128(number as u128 + 1)),
            link: Link::new(spec.network, dice.fork()),
            card: Card::new(spec.card, dice.fork()),
            record: Record::default(),
            generation: 0,
            welcomed: false,
            cut: false,
            asleep_until: 0,
            frozen_until: 0,
            behind_us: spec.behind_us,
            decoders_stalled: false,
            starved_us: 0.0,
            suspended: 0,
            player: Player::new(local_now),
            clock: ClockDiscipline::new(local_now, 0),
            kept_clock: spec.kept_clock,
            time: TimeSync::default(),
            renderer,
            controls,
            backlog: Vec::new(),
            feeds: BTreeMap::new(),
            waiting: BTreeMap::new(),
            kernels: BTreeMap::new(),
            circles: BTreeMap::new(),
            heard: VecDeque::new(),
            said: BTreeMap::new(),
            block: vec![0.0; 2 * spec.card.period as usize],
            output_losses: 0,
            wishes: Vec::new(),
            known: None,
            local,
            dice,
        }
    }

    /// What it wants to happen, in order.
    pub fn wishes(&mut self) -> Vec<Wish> {
        std::mem::take(&mut self.wishes)
    }

    /// Its own time at a true instant.
    pub fn now(&mut self, at: i64) -> LocalTime {
        LocalTime(self.local.read(at))
    }

    /// Nothing happens in its process before then.
    pub fn still_until(&self) -> i64 {
        self.asleep_until.max(self.frozen_until)
    }

    /// The player, to look at.
    pub fn player(&self) -> &Player {
        &self.player
    }

    /// The clock, to look at.
    pub fn clock(&self) -> &ClockDiscipline {
        &self.clock
    }

    /// What it introduces itself with.
    pub fn hello(&self) -> AgentMessage {
        AgentMessage::Hello(Box::new(Hello {
            protocol: VersionRange::OURS,
            speaker_id: Some(self.id),
            name: self.id.to_string(),
            class: SpeakerClass::Agent,
            version: String::new(),
            capabilities: Capabilities::default(),
            credentials: None,
            zone: None,
            output_delay_us: None,
            known: self.known.clone(),
        }))
    }

    /// The connection is gone.
    pub fn disconnected(&mut self, at: i64) {
        if self.welcomed {
            let now = self.now(at);
            self.known = self.clock.estimate().map(|clock| Known {
                clock_id: clock.clock_id,
                server_us: clock.server_at(now).whole.0,
                local_ns: now,
                error_bound_us: clock.error_bound_us(now),
                revision: self.player.session().map_or(0, |s| s.revision),
                timeline: self.player.session().and_then(|s| s.timeline.clone()),
                plan: self.player.session().map(|s| s.plan.clone()).unwrap_or_default(),
            });
        }
        self.generation += 1;
        self.welcomed = false;
        self.time = TimeSync::default();
    }

    /// The machine slept for so long, until `at`.
    pub fn woke(&mut self, at: i64, slept: i64) {
        self.local.step(-slept);
        self.suspended += slept;
        self.card.restart(at);
    }

    /// The coordinator says something.
    pub fn hear(&mut self, at: i64, message: ServerMessage) {
        match message {
            ServerMessage::Welcome(w) => {
                self.welcomed = true;
                let mut news = Vec::new();
                let now = self.now(at);
                self.clock.connected(now, w.clock_id, self.kept_clock, &mut news);
                self.clock_news(at, news);
                self.tell(at, Input::Settings(w.settings, None));
                self.wishes.push(Wish::Burst(at));
            }
            ServerMessage::StateSync(s) => self.tell(at, Input::Sync(s.session, s.volume)),
            ServerMessage::Prepare(p) => self.tell(at, Input::Prepare(p)),
            ServerMessage::PlayTrack(s)
            | ServerMessage::Pause(s)
            | ServerMessage::Resume(s)
            | ServerMessage::Seek(s)
            | ServerMessage::Stop(s) => self.tell(at, Input::Session(s, Change::Transport)),
            ServerMessage::PlanUpdate(s) => self.tell(at, Input::Session(s, Change::Plan)),
            ServerMessage::VolumeChange(v) => self.tell(at, Input::Volume(v)),
            ServerMessage::PositionCheck(_) => self.tell(at, Input::PositionCheck),
            ServerMessage::Configure(c) => self.tell(at, Input::Settings(c.settings, c.at)),
            _ => {}
        }
    }

    /// A burst is due.
    pub fn burst(&mut self, at: i64) {
        if self.welcomed {
            self.time.begin();
            self.request(at);
        }
    }

    fn request(&mut self, at: i64) {
        if self.time.wants_request() {
            let token = self.now(at);
            let late_us = self.dice.exponential(STAMP_DELAY_US + self.starved_us);
            self.time.sent(token, token);
            self.wishes.push(Wish::Request(at + (late_us * 1_000.0) as i64, token));
            if let Some(deadline) = self.time.deadline() {
                self.wishes.push(Wish::Expire(self.local.truth_of(deadline.0) + 1));
            }
        }
    }

    /// An answer to a time request has come.
    pub fn reply(&mut self, at: i64, reply: &TimeReply) {
        let late_us = self.dice.exponential(STAMP_DELAY_US + self.starved_us);
        let t4 = self.now(at + (late_us * 1_000.0) as i64);
        self.time.reply(reply, t4);
        self.go_on(at);
    }

    /// A request may be overdue.
    pub fn expire(&mut self, at: i64) {
        let now = self.now(at);
        self.time.expire(now);
        self.go_on(at);
    }

    fn go_on(&mut self, at: i64) {
        if let Some(samples) = self.time.take_finished() {
            let mut news = Vec::new();
            let (now, playing, changing_to) = (self.now(at), self.player.is_playing(), self.player.changing_to());
            self.record.samples += samples.len() as u64;
            self.record.bursts += 1;
            self.clock.burst(now, &samples, playing, changing_to, &mut news);
            self.clock_news(at, news);
            self.wish_for_burst();
        } else {
            self.request(at);
        }
    }

    fn wish_for_burst(&mut self) {
        let due = self.local.truth_of(self.clock.next_burst().0);
        self.wishes.push(Wish::Burst(due));
    }

    fn clock_news(&mut self, at: i64, news: Vec<News>) {
        for news in news {
            match news {
                News::Estimate(estimate) => {
                    self.command(Command::Clock(estimate));
                    self.tell(at, Input::Clock(Some(estimate)));
                }
                News::Replaced(clock_id) => {
                    self.record.replaced += 1;
                    self.tell(at, Input::ClockChanges(clock_id));
                }
                News::Learnt(estimate) => self.tell(at, Input::Clock(Some(estimate))),
                News::Suspended(_) => {
                    self.record.suspended += 1;
                    self.command(Command::ClockLost);
                    self.tell(at, Input::Clock(None));
                    self.tell(at, Input::Jumped);
                }
                News::Stepped(us) => self.record.steps.push((at, us)),
                News::Jumped => self.tell(at, Input::Jumped),
                News::Stale => self.record.stale += 1,
                News::Fresh => {}
            }
        }
    }

    /// The agent looks around. Returns the true instant of the next time.
    pub fn tick(&mut self, at: i64) -> i64 {
        let now = self.now(at);
        while let Ok(report) = self.controls.reports.pop() {
            self.said.insert(report.frame, if report.sounding.is_some() { report.sync_error_us } else { f64::NAN });
            self.record.reanchors = report.reanchors;
            self.record.starved = report.starved;
            self.record.dac_ppm = report.dac.0;
            self.record.correction_ppm = self.record.correction_ppm.max(report.correction.0.abs());
            self.tell(at, Input::Report(Box::new(report), self.card.spec.rate));
        }
        while let Ok(trash) = self.controls.trash.pop() {
            if let Trash::Voice(voice) = trash {
                self.tell(at, Input::Over(voice.id));
            }
        }
        self.flush();
        let due = self.clock.next_burst();
        let mut news = Vec::new();
        self.clock.tick(now, self.suspended, self.player.is_playing(), &mut news);
        self.clock_news(at, news);
        if self.clock.next_burst() != due && self.welcomed {
            self.wish_for_burst();
        }
        let counters = Counters { underruns: self.card.underruns, output_losses: self.output_losses };
        self.player.set_counters(counters);
        if now >= self.player.next_timeout() {
            self.tell(at, Input::Tick);
        }
        let late = self.dice.exponential(self.starved_us.max(1.0)) * 1_000.0;
        self.local.truth_of(now.0 + TICK) + late as i64
    }

    /// The output is lost, or there again.
    pub fn output(&mut self, at: i64, lost: bool) {
        self.card.set_lost(lost, at);
        self.output_losses += u64::from(lost);
        self.tell(at, Input::Output(lost.then(|| "it is gone".to_owned())));
    }

    fn tell(&mut self, at: i64, input: Input) {
        let mut actions = Vec::new();
        let now = self.now(at);
        self.player.handle(now, input, &mut actions);
        for action in actions {
            self.perform(at, action);
        }
    }

    fn perform(&mut self, at: i64, action: Action) {
        match action {
            Action::Open(id, entry, from) => self.open(at, id, entry, from),
            Action::Close(id) => {
                self.feeds.remove(&id);
                self.waiting.remove(&id);
            }
            Action::Sound(id, line, gate) => self.sound(id, line, gate),
            Action::Silence(id, at) => self.command(Command::Close(id, at.map(ServerInstant::from))),
            Action::Fall(id, fall) => self.command(Command::Fall(id, fall)),
            Action::EndAt(id, frame) => self.command(Command::EndAt(id, frame)),
            Action::Channels(role, at) => self.command(Command::Channels(role, at.map(ServerInstant::from))),
            Action::Gain(gain, at, length_us) => self.command(Command::Gain(gain, ServerInstant::from(at), length_us)),
            Action::GainNow(gain) => self.command(Command::GainNow(gain)),
            Action::OutputDelay(us) => self.command(Command::OutputDelay(us)),
            Action::MaxDrift(us) => self.command(Command::MaxDrift(us)),
            Action::Solo(solo) => self.command(Command::Solo(solo)),
            Action::ChangeClock(estimate, shift_us) => {
                self.record.continued += u32::from(shift_us.is_some());
                self.backlog.retain(|c| !matches!(c, Command::Clock(_)));
                self.clock.changed(estimate);
                self.command(Command::ChangeClock(estimate, shift_us.unwrap_or(0)));
            }
            Action::ForgetClock => {
                self.clock.forget();
                self.command(Command::ClockLost);
            }
            Action::Prefetch(_) => {}
            Action::Send(message) => self.wishes.push(Wish::Send(message)),
        }
    }

    fn open(&mut self, at: i64, id: VoiceId, entry: PlanEntry, from: Frames) {
        self.record.opened += 1;
        let frames = (f64::from(entry.sample_rate) * RING_S) as usize;
        let (ring, consumer) = rtrb::RingBuffer::new(2 * frames);
        let ready_at = at + (self.dice.between(OPENING_US.0, OPENING_US.1) * 1_000.0) as i64;
        let number = number_of(&entry);
        self.circles.entry(entry.sample_rate).or_insert_with(|| Circle::new(entry.sample_rate));
        self.feeds.insert(id, Feed { ring, entry: number, next: from.0, total: entry.last_frame().0, ready_at });
        self.waiting.insert(id, (consumer, from, entry));
        self.wishes.push(Wish::Primed(ready_at, id));
    }

    /// A voice is decoded far enough.
    pub fn primed(&mut self, at: i64, id: VoiceId) {
        self.feed(at);
        self.tell(at, Input::Primed(id));
    }

    fn sound(&mut self, id: VoiceId, line: Line, gate: Gate) {
        let Some((ring, from, entry)) = self.waiting.remove(&id) else { return };
        let ratio = f64::from(line.rate) / f64::from(self.card.spec.rate);
        let kernel = self.kernels.entry(line.rate).or_insert_with(|| Arc::new(Kernel::new(ratio))).clone();
        let voice = Voice::new(id, entry.entry, ring, from, entry.last_frame(), line, gate, kernel);
        self.command(Command::Add(Box::new(voice)));
    }

    /// Kernels that other speakers made, which need not be made again.
    pub fn share_kernels(&mut self, others: &Self) {
        if self.card.spec.rate == others.card.spec.rate {
            self.kernels.clone_from(&others.kernels);
            self.circles.clone_from(&others.circles);
        }
    }

    fn command(&mut self, command: Command) {
        if matches!(command, Command::Clock(_)) {
            self.backlog.retain(|c| !matches!(c, Command::Clock(_)));
        }
        self.backlog.push(command);
        self.flush();
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

    /// Decoders are faster than playing.
    fn feed(&mut self, at: i64) {
        if self.decoders_stalled {
            return;
        }
        for feed in self.feeds.values_mut().filter(|f| f.ready_at <= at && f.next < f.total) {
            let Some(circle) = self.circles.values().find(|c| feed.ring.buffer().capacity() == ring_of(c.rate()))
            else {
                continue;
            };
            let room = feed.ring.slots() / 2;
            let frames = room.min((feed.total - feed.next) as usize);
            if frames < feed.ring.buffer().capacity() / 16 && frames < (feed.total - feed.next) as usize {
                continue;
            }
            if let Ok(chunk) = feed.ring.write_chunk_uninit(2 * frames) {
                let mut frame = feed.next;
                chunk.fill_from_iter((0..2 * frames).map(|k| {
                    let (l, r) = circle.frame(feed.entry, frame);
                    frame += i64::from(k % 2 == 1);
                    if k % 2 == 0 { l } else { r }
                }));
                feed.next += frames as i64;
            }
        }
    }

    /// The card wants a block.
    pub fn callback(&mut self, at: i64, truth: &mut Truth) {
        self.feed(at);
        let (stamp, leaves) = self.card.callback(at, &mut self.local);
        let leaves = leaves + self.behind_us * 1_000;
        let mut block = std::mem::take(&mut self.block);
        self.renderer.render(&mut block, &stamp);
        self.heard.push_back((stamp.frame, leaves, Heard::of(block[0], block[1])));
        self.block = block;
        while self.heard.front().is_some_and(|(_, leaves, _)| *leaves <= at) {
            if let Some((frame, leaves, heard)) = self.heard.pop_front() {
                self.judge(frame, leaves, heard, truth);
            }
        }
    }

    /// What left the card, against what was due then.
    fn judge(&mut self, frame: u64, leaves: i64, heard: Heard, truth: &mut Truth) {
        let due = truth.due(leaves);
        let mark = Mark::of(leaves, heard, due);
        let said = self.said.remove(&frame);
        self.said = self.said.split_off(&frame);
        if let (Some(said), What::Sound { late_us }) = (said.filter(|s| s.is_finite()), mark.what)
            && let Some(estimate) = self.clock.estimate()
        {
            let now = LocalTime(self.local.read(leaves));
            self.record.said.push((leaves, said, late_us, estimate.error_bound_us(now)));
        }
        self.record.mark(mark);
    }

    /// Notes how well the coordinator's clock is known.
    pub fn note_belief(&mut self, at: i64, truth: &mut Truth) {
        let now = self.now(at);
        // while it goes on by the clock of a coordinator that is no more, there is no truth to hold it against
        if let Some(estimate) = self.clock.estimate().filter(|e| e.clock_id == truth.clock_id) {
            let (whole, fraction_us) = truth.server_time(at);
            let believed = estimate.server_at(now);
            let error_us = believed.minus(ServerInstant { whole, fraction_us });
            self.record.beliefs.push(Belief { at, error_us, bound_us: estimate.error_bound_us(now) });
        }
    }
}

fn ring_of(rate: u32) -> usize {
    2 * (f64::from(rate) * RING_S) as usize
}
