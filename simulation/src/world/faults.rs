//! The faults and changes that a scenario makes in the world.

use super::{DEAD_AFTER, RETRY_S, World, events::Event};
use crate::crystal::{Clock, SECOND};

impl World {
    /// The network no longer reaches a speaker.
    pub fn cut(&mut self, index: usize) {
        self.speakers[index].cut = true;
        self.drop_connection(index, DEAD_AFTER);
    }

    /// It does again.
    pub fn mend(&mut self, index: usize) {
        self.speakers[index].cut = false;
    }

    /// The coordinator's process ends, without a word.
    pub fn stop_coordinator(&mut self) {
        self.coordinator_up = false;
        for index in 0..self.speakers.len() {
            // the kernel closes its sockets
            self.drop_connection(index, 0);
        }
    }

    /// A process takes its place, with what it kept; on `another` clock, if one is given.
    pub fn start_coordinator(&mut self, another: Option<Clock>) {
        self.coordinator_up = true;
        self.coordinator.restart(self.now, another);
        self.settle();
    }

    /// A speaker's machine sleeps for so many seconds. Its connection dies of it.
    pub fn suspend(&mut self, index: usize, seconds: f64) {
        let slept = (seconds * SECOND as f64) as i64;
        self.drop_connection(index, DEAD_AFTER);
        self.speakers[index].asleep_until = self.now + slept;
        let end = self.now + slept;
        self.speakers[index].woke(end, slept);
        self.push(end, Event::Connect(index));
    }

    /// A speaker's process stands still for so many seconds (`SIGSTOP`); its machine, its clock and its connection do
    /// not.
    pub fn freeze(&mut self, index: usize, seconds: f64) {
        self.speakers[index].frozen_until = self.now + (seconds * SECOND as f64) as i64;
    }

    /// A person sets what lies behind a speaker's card.
    pub fn set_output_delay(&mut self, index: usize, micros: i64) {
        let now = self.now;
        let speaker = self.speakers[index].id;
        self.coordinator.set_output_delay(now, speaker, micros);
        self.settle();
    }

    /// A speaker's card is gone.
    pub fn lose_card(&mut self, index: usize) {
        let now = self.now;
        self.speakers[index].output(now, true);
        self.requests(index);
    }

    /// It is there again.
    pub fn find_card(&mut self, index: usize) {
        let now = self.now;
        self.speakers[index].output(now, false);
        self.requests(index);
        self.push(now, Event::Card(index));
    }

    /// The connection of a speaker ends; the coordinator finds out after `found_out`.
    pub fn drop_connection(&mut self, index: usize, found_out: i64) {
        let now = self.now;
        self.speakers[index].disconnected(now);
        let generation = self.speakers[index].generation;
        self.push(self.now + found_out, Event::Left(index, generation));
        let retry = self.dice.between(RETRY_S.0, RETRY_S.1);
        self.push(self.now + found_out + (retry * SECOND as f64) as i64, Event::Connect(index));
    }
}
