//! The world: true time, and what happens next in it.
//!
//! One queue of events in true time drives a coordinator and its speakers. A scenario lets time pass ([`World::run`]),
//! changes something, and lets time pass again.

mod events;
mod faults;

use std::{cmp::Reverse, collections::BinaryHeap};

use downbeat_protocol::{LocalTime, ServerTime};
use downbeat_zone::Input;

use self::events::{Due, Event, PopIfDue as _};
use crate::{
    coordinator::Coordinator,
    crystal::{Clock, SECOND},
    dice::Dice,
    network::Direction,
    speaker::{ConnectionRequest, Speaker, SpeakerSpec},
    spread::spread_us,
};

/// Beliefs are noted this often.
const NOTE: i64 = SECOND / 10;
/// A dead connection is found out after this.
const DEAD_AFTER: i64 = 5 * SECOND;
/// A speaker tries to connect again after this, with jitter.
const RETRY_S: (f64, f64) = (0.5, 1.5);

/// The world.
#[derive(Debug)]
pub struct World {
    /// Now, true nanoseconds.
    pub now: i64,
    /// The coordinator.
    pub coordinator: Coordinator,
    /// True while the coordinator's process runs.
    pub coordinator_up: bool,
    /// Its speakers.
    pub speakers: Vec<Speaker>,
    dice: Dice,
    queue: BinaryHeap<Reverse<Due>>,
    pushed: u64,
    zone_version: u64,
    burst_version: Vec<u64>,
}

impl World {
    /// A coordinator, and speakers that are switched on within the first half second.
    pub fn new(seed: u64, speakers: &[SpeakerSpec]) -> Self {
        let mut dice = Dice::new(seed);
        let ppm = dice.between(-20.0, 20.0);
        let clock = Clock::new(dice.fork(), 5_000 * SECOND, ppm, 0.01);
        let coordinator = Coordinator::new(clock, dice.fork(), 0);
        let mut world = Self {
            now: 0,
            coordinator,
            coordinator_up: true,
            speakers: Vec::new(),
            dice,
            queue: BinaryHeap::new(),
            pushed: 0,
            zone_version: 0,
            burst_version: Vec::new(),
        };
        world.push(NOTE, Event::Note);
        for spec in speakers {
            world.add(spec);
        }
        world
    }

    /// One more speaker is switched on. Returns its index.
    pub fn add(&mut self, spec: &SpeakerSpec) -> usize {
        let index = self.speakers.len();
        let mut speaker = Speaker::new(index, spec, self.dice.fork(), self.now);
        if let Some(first) = self.speakers.first() {
            speaker.share_kernels(first);
        }
        self.speakers.push(speaker);
        self.burst_version.push(0);
        let begin = self.now + (self.dice.uniform() * 0.5 * SECOND as f64) as i64;
        self.push(begin, Event::Card(index));
        self.push(begin, Event::Tick(index));
        self.push(begin, Event::Connect(index));
        index
    }

    fn push(&mut self, at: i64, event: Event) {
        self.pushed += 1;
        self.queue.push(Reverse(Due(at.max(self.now), self.pushed, event)));
    }

    /// Lets so many seconds pass. Returns the true instants of their beginning and end.
    pub fn run(&mut self, seconds: f64) -> (i64, i64) {
        let begin = self.now;
        let end = begin + (seconds * SECOND as f64) as i64;
        self.settle();
        while let Some(Reverse(due)) = self.queue.pop_if_due(end) {
            self.now = due.0;
            self.happen(due.2);
        }
        self.now = end;
        (begin, end)
    }

    /// How far apart all speakers were, ten times a second, microseconds.
    pub fn spread_us(&self, (from, to): (i64, i64)) -> Vec<f64> {
        spread_us(&self.speakers, from, to)
    }

    /// Every speaker's lateness, look by look, microseconds.
    pub fn late_us(&self, (from, to): (i64, i64)) -> Vec<f64> {
        self.speakers.iter().flat_map(|s| s.record.late_us(from, to)).collect()
    }

    /// Every speaker's error of the clock, microseconds.
    pub fn clock_errors(&self, (from, to): (i64, i64)) -> Vec<f64> {
        self.speakers.iter().flat_map(|s| s.record.clock_errors(from, to)).collect()
    }

    /// Looks at cards that found something else than what was due.
    pub fn disturbed(&self, (from, to): (i64, i64)) -> usize {
        self.speakers.iter().map(|s| s.record.disturbed(from, to)).sum()
    }

    /// The worst jump that was heard, microseconds.
    pub fn jump_us(&self, (from, to): (i64, i64)) -> f64 {
        self.speakers.iter().map(|s| s.record.jump_us(from, to)).fold(0.0, f64::max)
    }

    /// Re-anchors of all speakers, by their own count.
    pub fn reanchors(&self) -> u64 {
        self.speakers.iter().map(|s| s.record.reanchors).sum()
    }

    /// The least share of moments in which a speaker's bound held, 0..=1.
    pub fn honesty(&self, (from, to): (i64, i64)) -> f64 {
        self.speakers.iter().map(|s| s.record.honesty(from, to)).fold(1.0, f64::min)
    }

    fn reachable(&self, index: usize) -> bool {
        !self.speakers[index].cut && self.coordinator_up && self.speakers[index].asleep_until <= self.now
    }

    fn happen(&mut self, event: Event) {
        let now = self.now;
        if let Some(until) = event.whose().map(|i| self.speakers[i].still_until()).filter(|until| *until > now) {
            self.push(until, event);
            return;
        }
        match event {
            Event::Card(i) => {
                let speaker = &mut self.speakers[i];
                if !speaker.card.is_lost() {
                    speaker.callback(now, &mut self.coordinator.truth);
                    let next = speaker.card.next_callback(now);
                    self.push(next, Event::Card(i));
                }
            }
            Event::Tick(i) => {
                let next = self.speakers[i].tick(now);
                self.push(next, Event::Tick(i));
                self.requests(i);
            }
            Event::Connect(i) => self.connect(i),
            Event::Left(i, generation) => {
                if self.speakers[i].generation == generation && self.coordinator_up {
                    let speaker = self.speakers[i].id;
                    self.coordinator.input(now, Input::Left { speaker });
                    self.settle();
                }
            }
            Event::Burst(i, version) => {
                if self.burst_version[i] == version {
                    self.speakers[i].burst(now);
                    self.requests(i);
                }
            }
            Event::Expire(i, generation) => {
                if self.speakers[i].generation == generation {
                    self.speakers[i].expire(now);
                    self.requests(i);
                }
            }
            Event::Primed(i, voice) => {
                self.speakers[i].primed(now, voice);
                self.requests(i);
            }
            Event::ToSpeaker(i, generation, message) => {
                if self.current(i, generation) {
                    self.speakers[i].hear(now, *message);
                    self.requests(i);
                }
            }
            Event::ToCoordinator(i, generation, message) => {
                if self.current(i, generation) {
                    let speaker = self.speakers[i].id;
                    self.coordinator.hear(now, speaker, *message);
                    self.settle();
                }
            }
            Event::Request(i, generation, t1) => {
                if self.current(i, generation) {
                    self.echo(i, generation, t1);
                }
            }
            Event::Reply(i, generation, reply) => {
                if self.current(i, generation) {
                    self.speakers[i].reply(now, &reply);
                    self.requests(i);
                }
            }
            Event::Zone(version) => {
                if self.zone_version == version && self.coordinator_up {
                    if self.coordinator.next_timeout(now) == Some(0) {
                        self.coordinator.input(now, Input::Timeout);
                    }
                    self.settle();
                }
            }
            Event::Note => {
                for speaker in self.speakers.iter_mut().filter(|s| s.asleep_until <= now) {
                    speaker.note_belief(now, &mut self.coordinator.truth);
                }
                self.push(now + NOTE, Event::Note);
            }
        }
    }

    /// True while an event of this connection still counts.
    fn current(&self, index: usize, generation: u32) -> bool {
        self.speakers[index].generation == generation && self.reachable(index)
    }

    fn connect(&mut self, index: usize) {
        if self.speakers[index].welcomed {
            return;
        }
        if !self.reachable(index) {
            let retry = self.dice.between(RETRY_S.0, RETRY_S.1);
            self.push(self.now + (retry * SECOND as f64) as i64, Event::Connect(index));
            return;
        }
        let (now, speaker) = (self.now, &mut self.speakers[index]);
        speaker.disconnected(now);
        speaker.link.reconnected(now);
        let (generation, hello) = (speaker.generation, speaker.hello());
        // the socket's own handshake, then hello
        let opened = speaker.link.arrival(now, Direction::Forth);
        let opened = speaker.link.arrival(opened, Direction::Back);
        let arrives = speaker.link.arrival(opened, Direction::Forth);
        self.push(arrives, Event::ToCoordinator(index, generation, Box::new(hello)));
        // in case it is lost on the way
        self.push(now + DEAD_AFTER, Event::Connect(index));
    }

    fn echo(&mut self, index: usize, generation: u32, t1: LocalTime) {
        let (mut reply, leaves) = self.coordinator.echo(self.now, t1);
        let link = &mut self.speakers[index].link;
        let trouble = link.trouble;
        if link.dice().chance(trouble.swallowed) {
            return;
        }
        if link.dice().chance(trouble.forged) {
            match (link.dice().uniform() * 4.0) as u32 {
                0 => reply.t3 = reply.t3.plus_micros(1_000_000),
                1 => (reply.t2, reply.t3) = (reply.t3.plus_micros(50), reply.t2),
                2 => (reply.t2, reply.t3) = (ServerTime(i64::MIN), ServerTime(i64::MAX)),
                _ => reply.t1 = reply.t1.plus_nanos(-1_000_000_000),
            }
        }
        let times = if link.dice().chance(trouble.doubled) { 2 } else { 1 };
        for _ in 0..times {
            let at = self.speakers[index].link.time_arrival(leaves, Direction::Back);
            self.push(at, Event::Reply(index, generation, reply.clone()));
        }
    }

    /// Carries out what a speaker wants.
    fn requests(&mut self, index: usize) {
        for request in self.speakers[index].requests() {
            let generation = self.speakers[index].generation;
            match request {
                ConnectionRequest::Send(_) if !self.speakers[index].welcomed => {}
                ConnectionRequest::Send(message) => {
                    let at = self.speakers[index].link.arrival(self.now, Direction::Forth);
                    self.push(at, Event::ToCoordinator(index, generation, Box::new(message)));
                }
                ConnectionRequest::Request(leaves, t1) => {
                    let at = self.speakers[index].link.time_arrival(leaves, Direction::Forth);
                    self.push(at, Event::Request(index, generation, t1));
                }
                ConnectionRequest::Primed(at, voice) => self.push(at, Event::Primed(index, voice)),
                ConnectionRequest::Burst(at) => {
                    self.burst_version[index] += 1;
                    self.push(at, Event::Burst(index, self.burst_version[index]));
                }
                ConnectionRequest::Expire(at) => self.push(at, Event::Expire(index, generation)),
            }
        }
    }

    /// Carries out what the coordinator wants.
    fn settle(&mut self) {
        for (speaker, message) in self.coordinator.outgoing() {
            let index = speaker.0.as_u128() as usize - 1;
            let (now, speaker) = (self.now, &mut self.speakers[index]);
            let at = speaker.link.arrival(now, Direction::Back);
            let generation = speaker.generation;
            self.push(at, Event::ToSpeaker(index, generation, Box::new(message)));
        }
        self.zone_version += 1;
        if let Some(wait) = self.coordinator.next_timeout(self.now) {
            // not far ahead: its clock may be bent or stepped meanwhile
            self.push(self.now + wait.clamp(1_000, SECOND / 4), Event::Zone(self.zone_version));
        }
    }
}
