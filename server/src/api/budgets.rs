//! The work that callers without a login may cause. Each place has a budget of it that a family never meets; a program
//! that asks without end is answered `over_budget`, and those with a login do not notice.
//!
//! Work is counted by the time that answers take to be made, so that a call that costs more counts for more. Changes are
//! counted, too, since each may have to be told to thousands of speakers; so are files and streams of events that are
//! under way.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{Method, StatusCode},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use downbeat_trust::{
    place::Place,
    rights::{Caller, Right},
};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Instant;

use super::{asker::Asker, problem::Problem};
use crate::access::Access;

/// So much work may be caused at once ...
const WORK: Duration = Duration::from_mins(2);
/// ... and then a part of the time: one in so many.
const WORK_SHARE: u32 = 4;
/// One answer counts for no more: a machine that is slow for other reasons is not the caller's fault.
const MOST_OF_ONE: Duration = Duration::from_secs(1);
/// A picture is made once, a few at a time for all, and then kept: it counts for so much.
const PICTURE: Duration = Duration::from_millis(2);
/// A follower of events is told everything first.
const FOLLOWER: Duration = Duration::from_millis(250);
/// So many changes at once ...
const CHANGES: u32 = 1_000;
/// ... and then one after each of these.
const CHANGE: Duration = Duration::from_millis(25);
/// Of the same kind under way at a time.
const UNDER_WAY: usize = 64;
/// Places that are told apart; all others share one budget.
const PLACES: usize = 8_192;

/// Things that are under way for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Long {
    /// A file of music that is sent.
    File,
    /// A stream of events.
    Events,
}

/// The budgets; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Budgets(Arc<Mutex<HashMap<Option<Place>, Spent>>>);

/// A part of a budget that was used, as the time at which all of it is there again.
#[derive(Debug, Clone, Copy)]
struct Debt(Instant);

#[derive(Debug, Clone, Copy)]
struct Spent {
    work: Debt,
    changes: Debt,
    under_way: [usize; 2],
}

impl Debt {
    /// How much of it is left to be paid.
    fn left(self, now: Instant) -> Duration {
        self.0.saturating_duration_since(now)
    }

    fn add(&mut self, time: Duration, now: Instant) {
        self.0 = self.0.max(now) + time;
    }

    /// Refuses one that is above `most`, with the time until it is not.
    fn within(self, most: Duration, now: Instant) -> Result<(), Duration> {
        let over = self.left(now).saturating_sub(most);
        if over.is_zero() { Ok(()) } else { Err(over) }
    }
}

impl Spent {
    fn nothing(now: Instant) -> Self {
        Self { work: Debt(now), changes: Debt(now), under_way: [0; 2] }
    }

    fn is_nothing(&self, now: Instant) -> bool {
        self.work.left(now).is_zero() && self.changes.left(now).is_zero() && self.under_way == [0; 2]
    }
}

impl Budgets {
    /// Counts a request, or refuses it with the time after which it may come again.
    fn ask(&self, place: Place, is_change: bool, now: Instant) -> Result<(), Duration> {
        let asked = self.change(place, now, |spent| {
            spent.work.within(WORK * WORK_SHARE, now)?;
            if is_change {
                spent.changes.within(CHANGE * (CHANGES - 1), now)?;
                spent.changes.add(CHANGE, now);
            }
            Ok(())
        });
        asked.1
    }

    /// Counts work.
    fn spend(&self, place: Place, work: Duration, now: Instant) {
        self.change(place, now, |spent| spent.work.add(work.min(MOST_OF_ONE) * WORK_SHARE, now));
    }

    /// Counts one more of these until what is returned is dropped. `None`: too many are under way.
    fn begin(&self, place: Place, kind: Long, now: Instant) -> Option<UnderWay> {
        let (counted_as, begun) = self.change(place, now, |spent| {
            let count = &mut spent.under_way[kind as usize];
            let fits = *count < UNDER_WAY;
            *count += usize::from(fits);
            fits
        });
        begun.then(|| UnderWay { budgets: self.clone(), counted_as, kind })
    }

    fn change<T>(&self, place: Place, now: Instant, change: impl FnOnce(&mut Spent) -> T) -> (Option<Place>, T) {
        let mut all = self.lock();
        if all.len() >= PLACES && !all.contains_key(&Some(place)) {
            all.retain(|_, spent| !spent.is_nothing(now));
        }
        let key = if all.len() < PLACES || all.contains_key(&Some(place)) { Some(place) } else { None };
        (key, change(all.entry(key).or_insert_with(|| Spent::nothing(now))))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Option<Place>, Spent>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a follower of events, if it has no login.
    pub fn follow(&self, access: &Access, asker: Option<&Asker>) -> Result<Option<UnderWay>, Problem> {
        let Some(place) = asker.and_then(|asker| counted(access, asker)) else { return Ok(None) };
        let now = Instant::now();
        let begun = self.begin(place, Long::Events, now).ok_or_else(|| crowded("streams of events"))?;
        self.spend(place, FOLLOWER, now);
        Ok(Some(begun))
    }
}

/// One that is under way, until it is dropped.
#[derive(Debug)]
pub struct UnderWay {
    budgets: Budgets,
    counted_as: Option<Place>,
    kind: Long,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(spent) = self.budgets.lock().get_mut(&self.counted_as) {
            spent.under_way[self.kind as usize] -= 1;
        }
    }
}

/// The place whose budget a request is counted in. `None`: it is not counted. All the world has a proxy's address, and
/// what this machine's own programs do is theirs.
fn counted(access: &Access, asker: &Asker) -> Option<Place> {
    let admitted = asker.admitted();
    let address = admitted.source.address;
    let anonymous = matches!(admitted.caller, Caller::Guest { .. } | Caller::Nobody);
    let open = asker.need().right == Right::Public || address.is_loopback() || access.is_proxy(address);
    (anonymous && !open).then(|| Place::of(address))
}

fn over(after: Duration) -> Problem {
    let detail = "this address asked for more than callers without a login may; log in, or ask again later";
    let seconds = after.as_secs() + 1;
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "over_budget", detail).again_after(seconds)
}

fn crowded(things: &str) -> Problem {
    let detail = format!("this address has {UNDER_WAY} {things} under way, as many as callers without a login may");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "over_budget", detail).again_after(5)
}

/// The fixed cost of an answer, if it has one.
fn fixed(path: &str) -> Option<Duration> {
    let is_picture = path.starts_with("/api/covers/") || path.ends_with("/cover") || path.ends_with("/waveform");
    if path.starts_with("/api/events") {
        // counted where it begins
        return Some(Duration::ZERO);
    }
    is_picture.then_some(PICTURE)
}

/// The layer.
pub async fn layer(State((budgets, access)): State<(Budgets, Access)>, request: Request, next: Next) -> Response {
    let place = request.extensions().get::<Asker>().and_then(|asker| counted(&access, asker));
    let Some(place) = place else { return next.run(request).await };
    let begun = Instant::now();
    let is_change = !matches!(*request.method(), Method::GET | Method::HEAD);
    if let Err(after) = budgets.ask(place, is_change, begun) {
        return over(after).into_response();
    }
    let path = request.uri().path();
    let under_way = match path.starts_with("/media/").then(|| budgets.begin(place, Long::File, begun)) {
        Some(None) => return crowded("files").into_response(),
        begun => begun.flatten(),
    };
    let cost = fixed(path);
    let response = next.run(request).await;
    let now = Instant::now();
    budgets.spend(place, cost.unwrap_or(now - begun), now);
    match under_way {
        Some(under_way) => response.map(|body| Body::new(Counted { body, _under_way: under_way })),
        None => response,
    }
}

/// A body that counts until it is sent.
struct Counted {
    body: Body,
    _under_way: UnderWay,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn at(third: u8, last: u8) -> Place {
        Place::of(IpAddr::from([10, 0, third, last]))
    }

    /// How many of these a place may cause at once.
    fn at_once(budgets: &Budgets, place: Place, work: Duration, is_change: bool, now: Instant) -> usize {
        let may = |_: &usize| {
            let may = budgets.ask(place, is_change, now).is_ok();
            budgets.spend(place, if may { work } else { Duration::ZERO }, now);
            may
        };
        (0..100_000).take_while(may).count()
    }

    #[tokio::test]
    async fn a_family_stays_far_below_and_a_program_that_asks_without_end_is_held_to_a_quarter() {
        let (budgets, start, ms) = (Budgets::default(), Instant::now(), Duration::from_millis);
        // an evening: six phones open the page every minute, each with twenty lists and covers
        for minute in 0..240 {
            let now = start + Duration::from_mins(minute);
            for _ in 0..6 * 20 {
                budgets.ask(at(0, 1), false, now).expect("a family never meets it");
                budgets.spend(at(0, 1), ms(100), now);
            }
        }
        assert_eq!(at_once(&budgets, at(0, 2), ms(500), false, start), 241);
        assert_eq!(at_once(&budgets, at(0, 2), ms(500), false, start + Duration::from_mins(1)), 30);
        assert_eq!(at_once(&budgets, at(0, 3), Duration::from_hours(1), false, start), 121, "no more than it can be");
        let after = budgets.ask(at(0, 3), false, start).unwrap_err();
        assert!(budgets.ask(at(0, 3), false, start + after).is_ok());
    }

    #[tokio::test]
    async fn changes_are_counted_and_others_are_not_touched() {
        let (budgets, start) = (Budgets::default(), Instant::now());
        assert_eq!(at_once(&budgets, at(0, 1), Duration::ZERO, true, start), CHANGES as usize);
        assert_eq!(at_once(&budgets, at(0, 1), Duration::ZERO, true, start + Duration::from_secs(1)), 40);
        assert!(budgets.ask(at(0, 1), false, start).is_ok(), "looking is not a change");
        assert!(budgets.ask(at(0, 2), true, start).is_ok());
    }

    #[tokio::test]
    async fn so_many_are_under_way_of_each_kind_and_an_end_makes_room() {
        let (budgets, now) = (Budgets::default(), Instant::now());
        let mut files: Vec<_> = (0..UNDER_WAY).map(|_| budgets.begin(at(0, 1), Long::File, now).unwrap()).collect();
        assert!(budgets.begin(at(0, 1), Long::File, now).is_none());
        assert!(budgets.begin(at(0, 1), Long::Events, now).is_some());
        assert!(budgets.begin(at(0, 2), Long::File, now).is_some());
        files.pop();
        assert!(budgets.begin(at(0, 1), Long::File, now).is_some());
    }

    #[tokio::test]
    async fn a_flood_of_addresses_shares_one_budget_and_is_forgotten() {
        let (budgets, start) = (Budgets::default(), Instant::now());
        for n in 0..20_000_u32 {
            let [_, _, third, last] = n.to_be_bytes();
            budgets.spend(at(third, last), Duration::from_millis(10), start);
        }
        assert_eq!(budgets.lock().len(), PLACES + 1);
        budgets.spend(at(255, 255), Duration::ZERO, start + WORK);
        assert_eq!(budgets.lock().len(), 2, "the shared one has more to pay");
    }
}
