//! Places: how many connections and files there may be, and the one that gives way.
//!
//! A process has so many files. Some are kept aside for the database, scans and covers; every connection and every file
//! that is being sent takes one of the rest. Where none is left, a connection that waits for a request gives way to the
//! newcomer: the longest waiting one of the address with the most that wait. So those that say nothing never keep a
//! speaker out, and however fast some addresses come again, one that comes once has the time to say what it wants. One
//! address has a bound of its own, and takes places from itself first. Addresses of this machine and of known proxies
//! have none: many come from there.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use nix::sys::resource::{Resource, getrlimit};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Connections that one address may hold, unless it is set.
pub const PER_ADDRESS: usize = 1_024;
/// At least so many files are kept aside ...
const ASIDE_LEAST: usize = 64;
/// ... and at most so many; between them an eighth of all.
const ASIDE_MOST: usize = 2_048;
/// At least so many connections are taken in, however few files there may be.
const LEAST: usize = 16;
/// At most so many that gave way may still hold their sockets: a part of what is kept aside.
const CLOSING_MOST: usize = 16;

/// How many there may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Connections and files that are sent, together.
    pub all: usize,
    /// Connections of one address.
    pub per_address: usize,
    /// Addresses of which there may be more: proxies.
    pub proxies: HashSet<IpAddr>,
}

impl Bounds {
    /// As the limit of open files allows; `connections`: as many as are wanted, if that is less.
    pub fn within_limit(connections: Option<usize>, per_address: usize, proxies: &[IpAddr]) -> Self {
        let files = getrlimit(Resource::RLIMIT_NOFILE).map_or(1_024, |(soft, _)| soft);
        let files = usize::try_from(files).unwrap_or(usize::MAX);
        let all = (files - aside(files).min(files)).max(LEAST).min(connections.unwrap_or(usize::MAX));
        // one address never takes more than half of what there is
        let per_address = per_address.min((all / 2).max(1));
        Self { all, per_address, proxies: proxies.iter().map(IpAddr::to_canonical).collect() }
    }

    fn is_bounded(&self, address: IpAddr) -> bool {
        !address.is_loopback() && !self.proxies.contains(&address)
    }
}

/// Files that are kept aside.
fn aside(files: usize) -> usize {
    (files / 8).clamp(ASIDE_LEAST, ASIDE_MOST)
}

/// Why a connection is not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPlace {
    /// Too many from one address.
    #[error(
        "an address holds as many connections as one may; if it is a proxy, name it with --proxy-address, else see \
         --connections-per-address"
    )]
    Address,
    /// Too many in all.
    #[error("all connections that the limit of open files allows are in use; raise LimitNOFILE in the unit")]
    All,
}

/// All places; clones share them.
#[derive(Debug, Clone)]
pub struct Places(Arc<PlacesState>);

#[derive(Debug)]
struct PlacesState {
    bounds: Bounds,
    taken: Mutex<Taken>,
    /// Told when one that gave way has closed its socket.
    closed: Notify,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// Those that gave way, and whose sockets are not closed yet.
    closing: usize,
    by_address: HashMap<IpAddr, OfAddress>,
    /// Those that wait for their client, the longest first.
    waiting: BTreeMap<u64, (IpAddr, CancellationToken)>,
    /// The addresses of those that wait, by how many of them do.
    crowds: BTreeSet<(usize, IpAddr)>,
    turn: u64,
}

#[derive(Debug, Default)]
struct OfAddress {
    connections: usize,
    waiting: BTreeSet<u64>,
}

impl Places {
    /// So many.
    pub fn new(bounds: Bounds) -> Self {
        Self(Arc::new(PlacesState { bounds, taken: Mutex::default(), closed: Notify::new() }))
    }

    /// How many there are.
    pub fn bounds(&self) -> &Bounds {
        &self.0.bounds
    }

    /// How many are taken.
    pub fn taken(&self) -> usize {
        self.lock().all
    }

    /// A place for a connection from here; another one may give way for it.
    pub fn connection(&self, address: IpAddr) -> Result<Place, NoPlace> {
        let (address, bounds) = (address.to_canonical(), &self.0.bounds);
        let mut taken = self.lock();
        let own = taken.by_address.get(&address).map_or(0, |a| a.connections);
        if bounds.is_bounded(address) && own >= bounds.per_address {
            let oldest = taken.by_address.get(&address).and_then(|a| a.waiting.first().copied());
            if !oldest.is_some_and(|turn| taken.show_out(turn)) {
                return Err(NoPlace::Address);
            }
        }
        if !taken.make_room(bounds.all) {
            return Err(NoPlace::All);
        }
        taken.all += 1;
        taken.by_address.entry(address).or_default().connections += 1;
        Ok(Place { places: self.clone(), address, gone: CancellationToken::new(), turn: Mutex::new(Turn::Busy) })
    }

    /// Waits while many of those that gave way still hold their sockets. Newcomers in a burst would else take more
    /// files than are kept aside, before one is closed.
    pub async fn settled(&self) {
        while self.lock().closing >= CLOSING_MOST {
            self.0.closed.notified().await;
        }
    }

    /// A place for a file that is sent; `None`: all are taken.
    pub fn file(&self) -> Option<FilePlace> {
        let mut taken = self.lock();
        taken.make_room(self.0.bounds.all).then(|| {
            taken.all += 1;
            FilePlace(self.clone())
        })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// True if one more fits below `bound`, if need be because another gave way.
    fn make_room(&mut self, bound: usize) -> bool {
        if self.all < bound {
            return true;
        }
        self.next_to_go().is_some_and(|turn| self.show_out(turn))
    }

    /// The one that gives way next.
    fn next_to_go(&self) -> Option<u64> {
        match self.crowds.last() {
            Some((2.., crowd)) => self.by_address.get(crowd)?.waiting.first().copied(),
            _ => self.waiting.keys().next().copied(),
        }
    }

    /// One of this address waits from now on.
    fn waits(&mut self, turn: u64, address: IpAddr, gone: CancellationToken) {
        self.waiting.insert(turn, (address, gone));
        let waiting = &mut self.by_address.entry(address).or_default().waiting;
        self.crowds.remove(&(waiting.len(), address));
        waiting.insert(turn);
        self.crowds.insert((waiting.len(), address));
    }

    /// One waits no more; `None`: it did not.
    fn waits_no_more(&mut self, turn: u64) -> Option<(IpAddr, CancellationToken)> {
        let (address, gone) = self.waiting.remove(&turn)?;
        if let Some(of) = self.by_address.get_mut(&address) {
            self.crowds.remove(&(of.waiting.len(), address));
            of.waiting.remove(&turn);
            if !of.waiting.is_empty() {
                self.crowds.insert((of.waiting.len(), address));
            }
        }
        Some((address, gone))
    }

    /// Ends a connection that waits. Its place is free at once; its socket closes a moment later, out of the files that
    /// are kept aside.
    fn show_out(&mut self, turn: u64) -> bool {
        let Some((address, gone)) = self.waits_no_more(turn) else { return false };
        gone.cancel();
        self.closing += 1;
        self.leave(address);
        true
    }

    fn leave(&mut self, address: IpAddr) {
        self.all -= 1;
        let Some(of) = self.by_address.get_mut(&address) else { return };
        of.connections -= 1;
        if of.connections == 0 {
            self.by_address.remove(&address);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Something is done for its client.
    Busy,
    /// It waits for its client, with this number.
    Waiting(u64),
    /// It is a WebSocket at work, whose handler has limits of its own.
    Kept,
}

/// The place of one connection, until it is dropped.
#[derive(Debug)]
pub struct Place {
    places: Places,
    address: IpAddr,
    gone: CancellationToken,
    turn: Mutex<Turn>,
}

impl Place {
    /// Cancelled when the connection is to give way.
    pub fn gone(&self) -> &CancellationToken {
        &self.gone
    }

    /// From now on it waits for its client, and may give way.
    pub fn wait(&self) {
        let mut taken = self.places.lock();
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if *turn != Turn::Busy || self.gone.is_cancelled() {
            return;
        }
        taken.turn += 1;
        let number = taken.turn;
        *turn = Turn::Waiting(number);
        taken.waits(number, self.address, self.gone.clone());
    }

    /// From now on something is done for its client.
    pub fn work(&self) {
        self.take_out(Turn::Busy);
    }

    /// It has become a WebSocket that is at work.
    pub fn keep(&self) {
        self.take_out(Turn::Kept);
    }

    fn take_out(&self, now: Turn) {
        let mut taken = self.places.lock();
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Turn::Waiting(number) = std::mem::replace(&mut *turn, now) {
            taken.waits_no_more(number);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        let turn = *self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = matches!(turn, Turn::Waiting(number) if taken.waits_no_more(number).is_some());
        if waited || !self.gone.is_cancelled() {
            taken.leave(self.address);
        } else {
            taken.closing -= 1;
            drop(taken);
            self.places.0.closed.notify_one();
        }
    }
}

/// The place of a file that is sent, until it is dropped.
#[derive(Debug)]
pub struct FilePlace(Places);

impl Drop for FilePlace {
    fn drop(&mut self) {
        self.0.lock().all -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(all: usize, per_address: usize) -> Places {
        let proxies = [[10, 0, 0, 9].into()].into();
        Places::new(Bounds { all, per_address, proxies })
    }

    fn at(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    #[test]
    fn the_longest_silent_one_gives_way_and_one_at_work_never() {
        let places = places(3, 3);
        let (busy, first, second) =
            (places.connection(at(1)).unwrap(), places.connection(at(2)).unwrap(), places.connection(at(3)).unwrap());
        first.wait();
        second.wait();
        first.work();
        first.wait();
        let third = places.connection(at(4)).unwrap();
        assert!(second.gone().is_cancelled() && !first.gone().is_cancelled(), "the longest without a word");
        let file = places.file().unwrap();
        assert!(first.gone().is_cancelled());
        assert_eq!(places.connection(at(5)).unwrap_err(), NoPlace::All, "nobody waits");
        assert!(places.file().is_none());
        drop((file, first, second));
        let fourth = places.connection(at(5)).unwrap();
        drop((busy, third, fourth));
        let taken = places.lock();
        assert_eq!((taken.all, taken.by_address.len(), taken.waiting.len()), (0, 0, 0));
    }

    #[test]
    fn addresses_that_come_again_and_again_show_out_themselves_and_not_one_that_came_once() {
        let places = places(40, 20);
        let arrive = |last| {
            let place = places.connection(at(last)).unwrap();
            place.wait();
            place
        };
        let mut crowd: Vec<_> = (0..40).map(|i| arrive(1 + i % 2)).collect();
        let once = arrive(3);
        // each that is shown out comes again at once, a thousand times
        for i in 0..1_000_u32 {
            let gone = crowd.iter().position(|place| place.gone().is_cancelled()).expect("one gave way");
            crowd.swap_remove(gone);
            crowd.push(arrive(1 + u8::from(i % 2 == 0)));
        }
        assert!(!once.gone().is_cancelled());
        once.work();
        drop((crowd, once));
        let taken = places.lock();
        assert_eq!((taken.all, taken.waiting.len(), taken.crowds.len(), taken.by_address.len()), (0, 0, 0, 0));
    }

    #[tokio::test]
    async fn a_burst_of_newcomers_waits_for_the_sockets_of_those_that_gave_way() {
        let places = places(CLOSING_MOST, PER_ADDRESS);
        let arrive = || {
            let place = places.connection(at(1)).unwrap();
            place.wait();
            place
        };
        let mut first: Vec<_> = (0..CLOSING_MOST).map(|_| arrive()).collect();
        places.settled().await;
        let second: Vec<_> = (0..CLOSING_MOST).map(|_| arrive()).collect();
        assert!(first.iter().all(|place| place.gone().is_cancelled()));
        let mut settled = Box::pin(places.settled());
        assert!(futures_util::poll!(&mut settled).is_pending(), "all of the first still hold their sockets");
        first.pop();
        settled.await;
        drop((first, second));
        let taken = places.lock();
        assert_eq!((taken.all, taken.closing), (0, 0));
    }

    #[test]
    fn one_address_takes_places_from_itself() {
        let places = places(100, 2);
        let others = places.connection(at(2)).unwrap();
        others.wait();
        let (kept, silent) = (places.connection(at(1)).unwrap(), places.connection(at(1)).unwrap());
        kept.keep();
        silent.wait();
        let third = places.connection("::ffff:10.0.0.1".parse().unwrap()).unwrap();
        assert!(silent.gone().is_cancelled() && !others.gone().is_cancelled() && !kept.gone().is_cancelled());
        kept.wait();
        assert_eq!(places.connection(at(1)).unwrap_err(), NoPlace::Address, "a WebSocket is not shown out");
        drop(third);
        places.connection(at(1)).unwrap();
    }

    #[test]
    fn this_machine_and_proxies_have_no_bound_of_their_own() {
        let places = places(8, 1);
        let mut held = Vec::new();
        for address in ["127.0.0.1", "127.0.0.1", "::1", "::1", "10.0.0.9", "10.0.0.9", "::ffff:10.0.0.9"] {
            held.push(places.connection(address.parse().unwrap()).unwrap());
        }
        assert_eq!(held.len(), 7);
    }

    #[test]
    fn some_files_are_kept_aside_whatever_the_limit() {
        assert_eq!([aside(150), aside(1_024), aside(65_536)], [64, 128, 2_048]);
        let bounds = Bounds::within_limit(Some(100), PER_ADDRESS, &[]);
        assert_eq!((bounds.all, bounds.per_address), (100, 50), "one address has at most half");
    }
}
