//! A speaker: the real one, on a machine with a crystal, a link and a sound card. Nothing is decoded: a voice is the
//! sound that says which frame it is.

mod heard;

use std::collections::{BTreeMap, VecDeque};

use downbeat_protocol::{
    AgentMessage, Frames, LocalTime, PlanEntry, Ppm, ServerMessage, SpeakerId,
    agent_message::{Capabilities, Hello},
    handshake::{SpeakerClass, VersionRange},
    server_message::TimeReply,
};
use downbeat_speaker::{
    clock::{ClockDiscipline, News, exchange_burst::ExchangeBurst},
    playback::player::Player,
    render::{gate::VoiceId, renderer::Renderer, report::RenderReport},
    speaker::{self, Effect, Event, TICK_NS},
};
use uuid::Uuid;

use crate::{
    card::{Card, CardSpec},
    crystal::Clock,
    dice::Dice,
    entries::number_of,
    measure::Record,
    network::{Link, Network},
    sound::{Circle, SoundedFrame},
};

/// Opening an entry takes between these, microseconds.
const OPENING_US: (f64, f64) = (20_000.0, 80_000.0);
/// The mean delay between the socket and a stamp in user space, microseconds.
const STAMP_DELAY_US: f64 = 5.0;

/// The nature of a speaker.
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
    /// The delay behind its card (an amplifier, the air), microseconds.
    pub behind_us: i64,
    /// The kept rate of its card's crystal from an earlier run.
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

/// A speaker's request to the world around it, at a true instant.
#[derive(Debug)]
pub enum ConnectionRequest {
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
    rate: u32,
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
    /// The observations of it.
    pub record: Record,
    /// Grows with every connection; what belongs to an older one is void.
    pub generation: u32,
    /// True once it has been welcomed on this connection.
    pub welcomed: bool,
    /// The network does not reach it.
    pub cut: bool,
    /// The machine sleeps until then.
    pub asleep_until: i64,
    /// Its process stands still until then.
    pub frozen_until: i64,
    /// The delay behind the card in truth, microseconds.
    pub behind_us: i64,
    /// Decoders yield nothing.
    pub decoders_stalled: bool,
    /// Bursts and ticks run this late (a starved processor), microseconds, on average.
    pub starved_us: f64,
    suspended: i64,
    dice: Dice,
    joint: speaker::Speaker,
    kept_clock: Option<Ppm>,
    time: ExchangeBurst,
    renderer: Box<Renderer>,
    feeds: BTreeMap<VoiceId, Feed>,
    circles: BTreeMap<u32, Circle>,
    heard: VecDeque<(u64, i64, SoundedFrame)>,
    said: BTreeMap<u64, f64>,
    block: Vec<f32>,
    requests: Vec<ConnectionRequest>,
}

impl Speaker {
    /// A speaker that is switched on at the true instant `now`.
    pub fn new(number: usize, spec: &SpeakerSpec, mut dice: Dice, now: i64) -> Self {
        // machines have been up for different times
        let zero = (dice.uniform() * 1e15) as i64;
        let mut local = Clock::new(dice.fork(), zero, spec.clock_ppm, spec.clock_wander);
        let local_now = LocalTime(local.read(now));
        let (mut speaker, mut renderer) = speaker::Speaker::new(local_now, 0, spec.kept_dac);
        renderer.set_rate(spec.card.rate);
        speaker.handle(local_now, Event::OutputOpened(spec.card.rate), &mut Vec::new());
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
            joint: speaker,
            kept_clock: spec.kept_clock,
            time: ExchangeBurst::default(),
            renderer,
            feeds: BTreeMap::new(),
            circles: BTreeMap::new(),
            heard: VecDeque::new(),
            said: BTreeMap::new(),
            block: vec![0.0; 2 * spec.card.period as usize],
            requests: Vec::new(),
            local,
            dice,
        }
    }

    /// The requests to its connection, in order.
    pub fn requests(&mut self) -> Vec<ConnectionRequest> {
        std::mem::take(&mut self.requests)
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
        self.joint.player()
    }

    /// The clock, to look at.
    pub fn clock(&self) -> &ClockDiscipline {
        self.joint.clock()
    }

    /// The hello that introduces it.
    pub fn hello(&self) -> AgentMessage {
        AgentMessage::Hello(Box::new(Hello {
            protocol: VersionRange::OURS,
            speaker_id: Some(self.id),
            name: self.id.to_string(),
            class: SpeakerClass::Agent,
            version: String::new(),
            capabilities: Capabilities::default(),
            credentials: None,
            commitment: None,
            zone: None,
            output_delay_us: None,
            known: self.joint.known().cloned(),
        }))
    }

    /// The connection is gone, or did not come about.
    pub fn disconnected(&mut self, at: i64) {
        self.handle(at, Event::Disconnected);
        self.generation += 1;
        self.welcomed = false;
        self.time = ExchangeBurst::default();
    }

    /// The machine slept for so long, until `at`.
    pub fn woke(&mut self, at: i64, slept: i64) {
        self.local.step(-slept);
        self.suspended += slept;
        self.card.restart(at);
    }

    /// The coordinator says something.
    pub fn hear(&mut self, at: i64, message: ServerMessage) {
        if let ServerMessage::Welcome(w) = message {
            self.welcomed = true;
            let kept_skew = self.kept_clock;
            self.handle(at, Event::Connected { clock_id: w.clock_id, kept_skew, settings: w.settings });
            self.requests.push(ConnectionRequest::Burst(at));
        } else {
            self.handle(at, Event::Message(Box::new(message)));
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
            self.requests.push(ConnectionRequest::Request(at + (late_us * 1_000.0) as i64, token));
            if let Some(deadline) = self.time.deadline() {
                self.requests.push(ConnectionRequest::Expire(self.local.truth_of(deadline.0) + 1));
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
            self.record.samples += samples.len() as u64;
            self.record.bursts += 1;
            self.handle(at, Event::Burst(samples));
        } else {
            self.request(at);
        }
    }

    /// The agent looks around. Returns the true instant of the next time.
    pub fn tick(&mut self, at: i64) -> i64 {
        let now = self.now(at);
        self.handle(at, Event::Tick { suspended: self.suspended, underruns: self.card.underruns });
        let late = self.dice.exponential(self.starved_us.max(1.0)) * 1_000.0;
        self.local.truth_of(now.0 + TICK_NS) + late as i64
    }

    /// The output is lost, or there again.
    pub fn output(&mut self, at: i64, lost: bool) {
        self.card.set_lost(lost, at);
        let rate = self.card.spec.rate;
        self.handle(at, if lost { Event::OutputLost("it is gone".to_owned()) } else { Event::OutputOpened(rate) });
    }

    fn handle(&mut self, at: i64, event: Event) {
        let (now, mut effects) = (self.now(at), Vec::new());
        self.joint.handle(now, event, &mut effects);
        for effect in effects {
            match effect {
                Effect::Open { voice, entry, from, ring } => self.open(at, voice, &entry, from, ring),
                Effect::Close(voice) => drop(self.feeds.remove(&voice)),
                Effect::Send(message) => self.requests.push(ConnectionRequest::Send(message)),
                Effect::BurstAt(due) if self.welcomed => {
                    let due = self.local.truth_of(due.0);
                    self.requests.push(ConnectionRequest::Burst(due));
                }
                Effect::Clock(news) => self.note(at, news),
                Effect::ClockChanged(shift_us) => self.record.continued += u32::from(shift_us.is_some()),
                Effect::Report(report) => self.reported(&report),
                // what is heard is read from the card, and nothing is fetched
                Effect::BurstAt(_)
                | Effect::Sounds(..)
                | Effect::Heard(_)
                | Effect::Gone(_)
                | Effect::Prefetch(_)
                | Effect::Chirp { .. } => {}
            }
        }
    }

    fn note(&mut self, at: i64, news: News) {
        match news {
            News::Replaced(_) => self.record.replaced += 1,
            News::Suspended(_) => self.record.suspended += 1,
            News::Stepped(us) => self.record.steps.push((at, us)),
            News::Stale => self.record.stale += 1,
            News::Estimate(_) | News::Learnt(_) | News::Jumped | News::Fresh => {}
        }
    }

    fn reported(&mut self, report: &RenderReport) {
        self.said.insert(report.frame, if report.sounding.is_some() { report.sync_error_us } else { f64::NAN });
        self.record.reanchors = report.reanchors;
        self.record.starved = report.starved;
        self.record.dac_ppm = report.dac.0;
        self.record.card_bound_us = report.card_bound_us;
        self.record.card_step_us = report.card_step_us;
        self.record.correction_ppm = self.record.correction_ppm.max(report.correction.0.abs());
    }

    fn open(&mut self, at: i64, id: VoiceId, entry: &PlanEntry, from: Frames, ring: rtrb::Producer<f32>) {
        self.record.opened += 1;
        let ready_at = at + (self.dice.between(OPENING_US.0, OPENING_US.1) * 1_000.0) as i64;
        let (rate, number) = (entry.sample_rate, number_of(entry));
        self.circles.entry(rate).or_insert_with(|| Circle::new(rate));
        let total = entry.last_frame().0;
        self.feeds.insert(id, Feed { ring, entry: number, rate, next: from.0, total, ready_at });
        self.requests.push(ConnectionRequest::Primed(ready_at, id));
    }

    /// A voice is decoded far enough.
    pub fn primed(&mut self, at: i64, id: VoiceId) {
        self.feed(at);
        self.handle(at, Event::Primed(id));
    }

    /// Kernels that other speakers made, which need not be made again.
    pub fn share_kernels(&mut self, others: &Self) {
        if self.card.spec.rate == others.card.spec.rate {
            self.joint.share_kernels(&others.joint);
            self.circles.clone_from(&others.circles);
        }
    }
}
