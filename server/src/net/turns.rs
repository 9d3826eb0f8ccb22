//! Handshakes are reckoned a few at a time, and each address has its turn: one that begins thousands waits for itself,
//! and not others for it. The rest of the processor is for what is connected and for new connections.

use std::{
    collections::{BTreeMap, HashMap},
    future::poll_fn,
    net::IpAddr,
    num::NonZero,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
    thread::available_parallelism,
};

use tokio::sync::oneshot;

/// The turns; clones share them.
#[derive(Debug, Clone)]
pub struct Turns(Arc<Mutex<Line>>);

#[derive(Debug)]
struct Line {
    /// Turns that nobody has.
    free: usize,
    /// The next number.
    number: u64,
    /// The addresses that wait, in the order of their turns.
    order: BTreeMap<u64, IpAddr>,
    by_address: HashMap<IpAddr, OfAddress>,
}

/// Those of one address that wait, in the order in which they came.
#[derive(Debug, Default)]
struct OfAddress {
    /// The address's place in the order.
    place: u64,
    waiting: BTreeMap<u64, oneshot::Sender<Turn>>,
}

impl Default for Turns {
    /// For half of the processors, so that the others are free for what is connected.
    fn default() -> Self {
        Self::new(available_parallelism().map_or(1, NonZero::get).div_ceil(2))
    }
}

impl Turns {
    /// So many at a time.
    pub fn new(at_a_time: usize) -> Self {
        let (order, by_address) = (BTreeMap::new(), HashMap::new());
        Self(Arc::new(Mutex::new(Line { free: at_a_time.max(1), number: 0, order, by_address })))
    }

    /// Does it, and takes a turn for each step that it makes between two times that it waits for its client.
    pub(super) async fn taken_by<T>(&self, address: IpAddr, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            let turn = self.turn(address).await;
            let step = poll_fn(|cx| match work.as_mut().poll(cx) {
                Poll::Ready(done) => Poll::Ready(Some(done)),
                Poll::Pending => Poll::Ready(None),
            });
            let done = step.await;
            drop(turn);
            if let Some(done) = done {
                return done;
            }
            woken().await;
        }
    }

    /// Waits for a turn of this address.
    pub(super) async fn turn(&self, address: IpAddr) -> Turn {
        let (number, told) = {
            let mut line = self.lock();
            if line.free > 0 {
                line.free -= 1;
                return Turn(Some(self.clone()));
            }
            let (tell, told) = oneshot::channel();
            (line.wait(address.to_canonical(), tell), told)
        };
        let _waiting = Waiting { turns: self, address: address.to_canonical(), number };
        // a turn is given to each that waits; without one it would wait for ever, which its deadline ends
        match told.await {
            Ok(turn) => turn,
            Err(_) => std::future::pending().await,
        }
    }

    /// One has had its turn: it is the next one's.
    fn pass_on(&self) {
        loop {
            let next = {
                let mut line = self.lock();
                let next = line.next();
                if next.is_none() {
                    line.free += 1;
                }
                next
            };
            // without the lock: one that has just gone gives its turn back by itself
            let Some(next) = next else { return };
            match next.send(Turn(Some(self.clone()))) {
                Ok(()) => return,
                Err(mut turn) => turn.0 = None,
            }
        }
    }

    /// How many wait.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.lock().by_address.values().map(|of| of.waiting.len()).sum()
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn count(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    fn wait(&mut self, address: IpAddr, tell: oneshot::Sender<Turn>) -> u64 {
        let number = self.count();
        let of = self.by_address.entry(address).or_default();
        if of.waiting.is_empty() {
            of.place = number;
            self.order.insert(number, address);
        }
        of.waiting.insert(number, tell);
        number
    }

    /// The first of the address whose turn it is; the address goes to the end.
    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        let (_, address) = self.order.pop_first()?;
        let place = self.count();
        let of = self.by_address.get_mut(&address)?;
        let first = of.waiting.pop_first();
        if of.waiting.is_empty() {
            self.by_address.remove(&address);
        } else {
            of.place = place;
            self.order.insert(place, address);
        }
        first.map(|(_, tell)| tell)
    }

    fn give_up(&mut self, address: IpAddr, number: u64) {
        let Some(of) = self.by_address.get_mut(&address) else { return };
        if of.waiting.remove(&number).is_some() && of.waiting.is_empty() {
            self.order.remove(&of.place);
            self.by_address.remove(&address);
        }
    }
}

/// A turn, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn(Option<Turns>);

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(turns) = &self.0 {
            turns.pass_on();
        }
    }
}

/// One that waits, until it is dropped.
struct Waiting<'a> {
    turns: &'a Turns,
    address: IpAddr,
    number: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.turns.lock().give_up(self.address, self.number);
    }
}

/// Waits until the task is woken: the work, which was polled just before, has asked for it.
async fn woken() {
    let mut slept = false;
    poll_fn(|_| if std::mem::replace(&mut slept, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures_util::{
        FutureExt as _,
        future::{BoxFuture, join_all},
        poll,
    };

    use super::*;

    fn at(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    #[tokio::test]
    async fn an_address_with_a_thousand_keeps_another_waiting_for_one_of_them() {
        let turns = Turns::new(1);
        let done = Mutex::new(Vec::new());
        let busy = turns.turn(at(9)).await;
        let noted = &done;
        let work = |last| turns.taken_by(at(last), ready(())).map(move |()| noted.lock().unwrap().push(last)).boxed();
        let mut all: Vec<BoxFuture<'_, ()>> = (0..1_000).map(|_| work(1)).collect();
        all.extend([work(2), work(3), work(2)]);
        let mut all = Box::pin(join_all(all));
        assert!(poll!(&mut all).is_pending());
        drop(busy);
        all.await;
        assert_eq!(done.lock().unwrap()[..6], [1, 2, 3, 1, 2, 1]);
        let line = turns.lock();
        assert_eq!((line.free, line.order.len(), line.by_address.len()), (1, 0, 0));
    }

    #[tokio::test]
    async fn a_turn_is_not_held_while_a_client_is_waited_for() {
        let turns = Turns::new(1);
        let mut silent = Box::pin(turns.taken_by(at(1), pending::<()>()));
        assert!(poll!(&mut silent).is_pending());
        assert_eq!(turns.taken_by(at(1), ready("done")).await, "done");
        // and one that is woken goes on
        let (tell, told) = oneshot::channel();
        let mut waits = Box::pin(turns.taken_by(at(2), told));
        assert!(poll!(&mut waits).is_pending());
        tell.send(7).unwrap();
        assert_eq!(waits.await, Ok(7));
    }

    #[tokio::test]
    async fn those_that_give_up_are_forgotten_and_take_no_turn_along() {
        let turns = Turns::new(2);
        let (one, other) = (turns.turn(at(1)).await, turns.turn(at(1)).await);
        let mut waiting: Vec<_> = (0..100).map(|i| Box::pin(turns.taken_by(at(i % 3), ready(())))).collect();
        for one in &mut waiting {
            assert!(poll!(one).is_pending());
        }
        waiting.truncate(50);
        // these are given their turns, and go before they notice
        drop((one, other));
        drop(waiting);
        let line = turns.lock();
        assert_eq!((line.free, line.order.len(), line.by_address.len()), (2, 0, 0));
    }
}
