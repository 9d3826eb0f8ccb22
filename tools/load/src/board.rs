//! The board on which all speakers note what they heard, for the code that measures.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering},
};

use downbeat_host::clock;
use downbeat_protocol::LocalTime;

/// One exchange of the time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Echo {
    /// T3 - T2: how long the request was in the coordinator after it was stamped, microseconds.
    pub stay_us: f64,
    /// T4 - T1 without that stay, microseconds: the network, and the queues of both processes.
    pub round_trip_us: f64,
}

/// The speakers that got the awaited message, and when.
#[derive(Debug, Clone, Default)]
pub struct Arrivals {
    kind: &'static str,
    seen: Vec<bool>,
    /// When it came to each, in the order of its coming.
    pub at: Vec<LocalTime>,
}

/// The board of one crowd.
#[derive(Debug, Default)]
pub struct Board {
    online: AtomicUsize,
    /// So many have to come (again) until so many are online.
    missing: AtomicUsize,
    complete: AtomicUsize,
    /// When that was reached, nanoseconds; 0: not yet.
    complete_at: AtomicI64,
    /// Attempts to connect that came to nothing.
    pub failed_attempts: AtomicU64,
    /// Connections that ended without our doing.
    pub lost: AtomicU64,
    /// Handshakes of TLS that were done whole.
    pub full_handshakes: AtomicU64,
    /// Those that went on with a ticket of an earlier one.
    pub resumed_handshakes: AtomicU64,
    /// The longest message that came to anyone, bytes.
    pub longest_message: AtomicUsize,
    echoes: Mutex<Vec<Echo>>,
    arrivals: Mutex<Arrivals>,
}

/// Holds a speaker's place among those online.
#[derive(Debug)]
pub struct Online<'a>(&'a Board);

impl Drop for Online<'_> {
    fn drop(&mut self) {
        self.0.online.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Board {
    /// A speaker has its welcome and the state of its zone.
    pub fn arrive(&self) -> Online<'_> {
        let now_online = self.online.fetch_add(1, Ordering::SeqCst) + 1;
        let missing = self.miss_one_less();
        if missing <= 1 && now_online == self.complete.load(Ordering::SeqCst) {
            let _ = self.complete_at.compare_exchange(0, clock::now().0, Ordering::SeqCst, Ordering::SeqCst);
        }
        Online(self)
    }

    /// How many were missing before this one came.
    fn miss_one_less(&self) -> usize {
        let mut missing = self.missing.load(Ordering::SeqCst);
        loop {
            let less = missing.saturating_sub(1);
            match self.missing.compare_exchange_weak(missing, less, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(before) => return before,
                Err(now) => missing = now,
            }
        }
    }

    /// How many are online.
    pub fn online(&self) -> usize {
        self.online.load(Ordering::SeqCst)
    }

    /// From now on, note when `count` are online, of which `missing` have to come, or to come again: some may not know
    /// yet that they are gone.
    pub fn await_online(&self, count: usize, missing: usize) {
        self.missing.store(missing, Ordering::SeqCst);
        self.complete.store(count, Ordering::SeqCst);
        self.complete_at.store(0, Ordering::SeqCst);
    }

    /// When as many as awaited were online for the first time.
    pub fn complete_at(&self) -> Option<LocalTime> {
        Some(self.complete_at.load(Ordering::SeqCst)).filter(|at| *at != 0).map(LocalTime)
    }

    /// Notes an exchange.
    pub fn echo(&self, echo: Echo) {
        lock(&self.echoes).push(echo);
    }

    /// All exchanges since the last call.
    pub fn take_echoes(&self) -> Vec<Echo> {
        std::mem::take(&mut *lock(&self.echoes))
    }

    /// From now on, note to whom a message of this type comes, and when.
    pub fn await_message(&self, kind: &'static str, speakers: usize) {
        *lock(&self.arrivals) = Arrivals { kind, seen: vec![false; speakers], at: Vec::with_capacity(speakers) };
    }

    /// A message of this type came to a speaker.
    pub fn message(&self, kind: &str, speaker: usize, at: LocalTime) {
        let mut arrivals = lock(&self.arrivals);
        if arrivals.kind == kind && arrivals.seen.get(speaker) == Some(&false) {
            arrivals.seen[speaker] = true;
            arrivals.at.push(at);
        }
    }

    /// The speakers that got the awaited message so far.
    pub fn arrivals(&self) -> Arrivals {
        lock(&self.arrivals).clone()
    }

    /// How many got the awaited message so far.
    pub fn arrived(&self) -> usize {
        lock(&self.arrivals).at.len()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
