//! One burst of the time exchange: a few requests, each sent only when the one before is answered or given up.
//!
//! Never two at once: on one TCP connection the second would wait behind the first, and their errors would be one.
//! Pure: the session stamps the instants at the socket and hands them in.

use downbeat_protocol::{
    LocalTime,
    exchange::{Exchange, Sample},
    server_message::TimeReply,
};

use super::burst::{PING_TIMEOUT_NS, PINGS_PER_BURST};

/// An answer that takes so many times as long as the slowest of late is lost ...
const SLOW_TIMES: i64 = 4;
/// ... but not before this, nanoseconds: a network may fall silent for a while, and the next request waits behind.
const LEAST_TIMEOUT_NS: i64 = 100_000_000;

/// A request that is under way.
#[derive(Debug, Clone, Copy)]
struct OpenExchange {
    /// The token in the request; the reply repeats it.
    token: LocalTime,
    /// When it was handed to the socket: a little later than the token, which had to be written first.
    t1: LocalTime,
}

/// The exchanges of one burst.
#[derive(Debug, Default)]
pub struct ExchangeBurst {
    /// A burst was begun whose samples nobody took yet.
    open: bool,
    pending: Option<OpenExchange>,
    left: usize,
    samples: Vec<Sample>,
    /// How long the slowest answer of late took, nanoseconds; it fades.
    slowest_ns: Option<i64>,
}

impl ExchangeBurst {
    /// Begins a burst; one that is under way goes on instead.
    pub fn begin(&mut self) {
        if !self.is_running() {
            self.open = true;
            self.left = PINGS_PER_BURST;
            self.samples.clear();
        }
    }

    /// True while a burst is under way.
    pub fn is_running(&self) -> bool {
        self.left > 0 || self.pending.is_some()
    }

    /// True if the next request should be sent now.
    pub fn wants_request(&self) -> bool {
        self.left > 0 && self.pending.is_none()
    }

    /// A request that says `token` is handed to the socket at `t1`.
    pub fn sent(&mut self, token: LocalTime, t1: LocalTime) {
        self.left = self.left.saturating_sub(1);
        self.pending = Some(OpenExchange { token, t1 });
    }

    /// When the request under way is given up: a lost one must not cost the time in which a hundred would be answered.
    pub fn deadline(&self) -> Option<LocalTime> {
        let slow = |ns: i64| ns.saturating_mul(SLOW_TIMES).clamp(LEAST_TIMEOUT_NS, PING_TIMEOUT_NS);
        self.pending.map(|p| p.t1.plus_nanos(self.slowest_ns.map_or(PING_TIMEOUT_NS, slow)))
    }

    /// It is `now`: a request whose answer is overdue is given up.
    pub fn expire(&mut self, now: LocalTime) {
        if self.deadline().is_some_and(|at| now >= at) {
            self.pending = None;
            // it may have been the network that slowed down
            self.slowest_ns = self.slowest_ns.map(|slowest| slowest.saturating_mul(2));
        }
    }

    /// A reply came at `t4`. One that was given up, or never asked for, changes nothing.
    pub fn reply(&mut self, reply: &TimeReply, t4: LocalTime) {
        if let Some(pending) = self.pending.take_if(|p| p.token == reply.t1) {
            let took = t4.nanos_since(pending.t1).max(0);
            self.slowest_ns = Some(self.slowest_ns.map_or(took, |slowest| took.max(slowest / 8 * 7)));
            let exchange = Exchange { t1: pending.t1, t2: reply.t2, t3: reply.t3, t4 };
            self.samples.extend(exchange.sample());
        }
    }

    /// The burst's samples, once, when it is over: few or none if answers did not come.
    pub fn take_finished(&mut self) -> Option<Vec<Sample>> {
        let over = self.open && !self.is_running();
        self.open &= !over;
        over.then(|| std::mem::take(&mut self.samples))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use downbeat_protocol::ServerTime;

    fn reply(t1: i64, server: i64) -> TimeReply {
        TimeReply { t1: LocalTime(t1), t2: ServerTime(server), t3: ServerTime(server) }
    }

    #[test]
    fn one_after_the_other_and_with_the_stamp_of_the_socket() {
        let mut sync = ExchangeBurst::default();
        assert!(!sync.wants_request());
        sync.begin();
        for n in 0..PINGS_PER_BURST as i64 {
            assert!(sync.wants_request());
            let at = n * 1_000_000;
            sync.sent(LocalTime(at), LocalTime(at + 2_000));
            assert!(!sync.wants_request(), "never two at once");
            sync.begin();
            // 100 us each way after t1, the server 5 s ahead
            sync.reply(&reply(at, 5_000_000 + (at + 102_000) / 1_000), LocalTime(at + 202_000));
        }
        let samples = sync.take_finished().expect("over");
        assert_eq!(samples.len(), PINGS_PER_BURST);
        for s in &samples {
            assert!((s.round_trip_us - 200.0).abs() < 1e-9);
            assert_eq!((s.offset_us.whole_us, s.offset_us.fraction_us), (5_000_000, 0.0));
        }
    }

    #[test]
    fn a_lost_answer_is_waited_for_no_longer_than_the_slowest_of_late_suggest() {
        let mut sync = ExchangeBurst::default();
        sync.begin();
        for (at, took) in [(0, 40_000_000), (1_000_000_000, 60_000_000)] {
            sync.sent(LocalTime(at), LocalTime(at));
            sync.reply(&reply(at, 0), LocalTime(at + took));
        }
        let waits = |sync: &mut ExchangeBurst, at| {
            sync.sent(LocalTime(at), LocalTime(at));
            let deadline = sync.deadline().expect("under way");
            sync.expire(deadline);
            assert!(sync.deadline().is_none());
            deadline.nanos_since(LocalTime(at))
        };
        assert_eq!(waits(&mut sync, 2_000_000_000), 240_000_000);
        assert_eq!(waits(&mut sync, 3_000_000_000), 480_000_000, "it may be the network that became slower");
        assert_eq!(waits(&mut sync, 4_000_000_000), 960_000_000);
        assert_eq!(waits(&mut sync, 5_000_000_000), PING_TIMEOUT_NS);
        sync.sent(LocalTime(6), LocalTime(6));
        sync.reply(&reply(6, 0), LocalTime(1_000));
        for n in 7..10 {
            sync.sent(LocalTime(n), LocalTime(n));
            sync.reply(&reply(n, 0), LocalTime(1_000));
        }
        assert!(waits(&mut sync, 7_000_000_000) >= LEAST_TIMEOUT_NS);
    }

    #[test]
    fn what_does_not_come_is_given_up_and_what_comes_late_is_ignored() {
        let mut sync = ExchangeBurst::default();
        sync.begin();
        let mut now = 0;
        for _ in 0..PINGS_PER_BURST {
            sync.sent(LocalTime(now), LocalTime(now));
            sync.expire(LocalTime(now + PING_TIMEOUT_NS - 1));
            assert!(sync.deadline().is_some());
            sync.expire(LocalTime(now + PING_TIMEOUT_NS));
            assert!(sync.deadline().is_none());
            sync.reply(&reply(now, 0), LocalTime(now + PING_TIMEOUT_NS + 1));
            now += PING_TIMEOUT_NS;
        }
        assert_eq!(sync.take_finished(), Some(vec![]));
        assert_eq!(sync.take_finished(), None, "once");
        sync.begin();
        sync.sent(LocalTime(1), LocalTime(1));
        sync.reply(&reply(2, 0), LocalTime(3));
        assert!(sync.deadline().is_some(), "a reply that nobody asked for");
    }
}
