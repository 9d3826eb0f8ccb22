//! The fate of a frame on its way through a network: a floor, a queue on top, now and then a spike; and all faults.
//!
//! The models are those by which the estimator was chosen (`docs/clock.md`): a switched wire, and a Wi-Fi whose two
//! legs differ. A WebSocket runs over TCP: a lost segment comes later, and whatever is behind it waits.

use crate::dice::Dice;

/// One way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leg {
    /// The least time it takes, microseconds.
    pub floor_us: f64,
    /// Mean of what queues add, microseconds (of [`Queue::Pareto`]: its scale, half of the mean).
    pub queue_us: f64,
    /// How it is distributed.
    pub queue: Queue,
    /// How often there is a spike.
    pub spike_chance: f64,
    /// How much it adds at most, microseconds.
    pub spike_us: f64,
}

/// The distribution of what queues add.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// Exponential: many short, few long.
    Exponential,
    /// Evenly from nothing to twice the mean.
    Even,
    /// The sum of two even ones: hardly ever at its floor.
    Triangle,
    /// Pareto's (Lomax), with the index 1.5: a heavy tail.
    Pareto,
}

/// A kind of network, seen from the speaker: forth is to the coordinator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Network {
    /// To the coordinator.
    pub forth: Leg,
    /// From it.
    pub back: Leg,
}

impl Network {
    /// A switched wire.
    pub const WIRED: Self = Self {
        forth: Leg { floor_us: 60.0, queue_us: 15.0, queue: Queue::Exponential, spike_chance: 0.01, spike_us: 2_000.0 },
        back: Leg { floor_us: 60.0, queue_us: 35.0, queue: Queue::Exponential, spike_chance: 0.01, spike_us: 2_000.0 },
    };
    /// A Wi-Fi with power save off, and 50 us of asymmetry that nobody can see.
    pub const WIFI: Self = Self {
        forth: Leg {
            floor_us: 525.0,
            queue_us: 700.0,
            queue: Queue::Exponential,
            spike_chance: 0.05,
            spike_us: 20_000.0,
        },
        back: Leg {
            floor_us: 575.0,
            queue_us: 900.0,
            queue: Queue::Exponential,
            spike_chance: 0.05,
            spike_us: 20_000.0,
        },
    };
}

/// The faults of a link, besides its nature.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Trouble {
    /// More delay on the way to the coordinator, microseconds.
    pub forth_us: f64,
    /// And on the way back.
    pub back_us: f64,
    /// How often a segment is lost and sent again, 200 ms later.
    pub loss: f64,
    /// How often an answer to a time request never comes.
    pub swallowed: f64,
    /// How often an answer to a time request comes twice.
    pub doubled: f64,
    /// How often an answer carries stamps that cannot be.
    pub forged: f64,
    /// What comes from the coordinator is kept until the next beacon: they are this far apart, microseconds; 0: at
    /// once.
    pub beacon_us: f64,
}

/// TCP sends again after this, microseconds.
const RETRANSMISSION_US: f64 = 200_000.0;

/// The way between one speaker and its coordinator.
#[derive(Debug, Clone)]
pub struct Link {
    network: Network,
    /// The faults of the link now.
    pub trouble: Trouble,
    dice: Dice,
    /// Of its own for the time's frames, so that a message more or less does not change what befalls them.
    time_dice: Dice,
    /// When the last frame arrived each way: the next one cannot overtake it.
    arrived: [i64; 2],
}

/// The direction on a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the coordinator.
    Forth,
    /// From it.
    Back,
}

impl Link {
    /// A link without trouble.
    pub fn new(network: Network, mut dice: Dice) -> Self {
        let time_dice = dice.fork();
        Self { network, trouble: Trouble::default(), dice, time_dice, arrived: [0; 2] }
    }

    /// When a time request or its answer arrives that is sent at the true instant `now`.
    pub fn time_arrival(&mut self, now: i64, way: Direction) -> i64 {
        std::mem::swap(&mut self.dice, &mut self.time_dice);
        let at = self.arrival(now, way);
        std::mem::swap(&mut self.dice, &mut self.time_dice);
        at
    }

    /// When a message arrives that is sent at the true instant `now`.
    pub fn arrival(&mut self, now: i64, way: Direction) -> i64 {
        let (leg, extra_us, lane) = match way {
            Direction::Forth => (self.network.forth, self.trouble.forth_us, 0),
            Direction::Back => (self.network.back, self.trouble.back_us, 1),
        };
        let queue_us = match leg.queue {
            Queue::Exponential => self.dice.exponential(leg.queue_us),
            Queue::Even => self.dice.between(0.0, 2.0 * leg.queue_us),
            Queue::Triangle => self.dice.between(0.0, leg.queue_us) + self.dice.between(0.0, leg.queue_us),
            Queue::Pareto => leg.queue_us * ((1.0 - self.dice.uniform()).powf(-1.0 / 1.5) - 1.0),
        };
        let mut us = leg.floor_us + queue_us + extra_us;
        if self.dice.chance(leg.spike_chance) {
            us += self.dice.uniform() * leg.spike_us;
        }
        let mut wait = RETRANSMISSION_US;
        while self.dice.chance(self.trouble.loss) {
            us += wait;
            wait *= 2.0;
        }
        let mut at = (now + (us * 1_000.0) as i64).max(self.arrived[lane]);
        let beacon = (self.trouble.beacon_us * 1_000.0) as i64;
        if beacon > 0 && way == Direction::Back {
            at += beacon - at.rem_euclid(beacon);
        }
        self.arrived[lane] = at;
        at
    }

    /// The link is of another nature from now on: another access point, another route.
    pub fn becomes(&mut self, network: Network) {
        self.network = network;
    }

    /// A new connection: nothing of the old one is in the way.
    pub fn reconnected(&mut self, now: i64) {
        self.arrived = [now; 2];
    }

    /// Randomness for what befalls the time's frames.
    pub fn dice(&mut self) -> &mut Dice {
        &mut self.time_dice
    }
}
