//! The way to a host of several addresses, of which some may be dead (Happy Eyeballs, RFC 8305).
//!
//! An address that swallows what is sent to it costs a quarter of a second: the next one is tried beside it, and the
//! first that answers is taken. The families alternate, so that a network on which one of them is dead costs no more.

use std::{io, net::SocketAddr, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, sleep_until, timeout_at},
};

/// The next address is tried after so long (RFC 8305, section 8).
const NEXT_AFTER: Duration = Duration::from_millis(250);
/// More addresses than these are not tried at once.
const MOST_ADDRESSES: usize = 16;
/// More failures than these are not said.
const MOST_SAID: usize = 4;

/// Connects to `host`, within `limit`. The error is for people.
pub(super) async fn dial(host: &str, port: u16, limit: Duration) -> Result<TcpStream, String> {
    let deadline = Instant::now() + limit;
    let addresses = match timeout_at(deadline, lookup_host((host, port))).await {
        Ok(Ok(addresses)) => in_turn(addresses.collect()),
        Ok(Err(error)) => return Err(format!("the name {host:?} leads nowhere: {error}")),
        Err(_) => return Err(format!("no name server said within {limit:?} where {host:?} is")),
    };
    race(&addresses, NEXT_AFTER, deadline, TcpStream::connect).await.map_err(|failures| {
        if failures.is_empty() {
            return format!("the name {host:?} has no address");
        }
        let more = failures.len().saturating_sub(MOST_SAID);
        let said = failures.iter().take(MOST_SAID);
        let mut said: Vec<String> = said.map(|(address, why)| format!("{address} {why}")).collect();
        said.extend((more > 0).then(|| format!("{more} more addresses did not either")));
        said.join(", ")
    })
}

/// The addresses, the families by turns; the resolver's first one first.
fn in_turn(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (a, b): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|address| address.is_ipv6() == first);
    let (mut a, mut b) = (a.into_iter(), b.into_iter());
    let pairs = std::iter::from_fn(|| match (a.next(), b.next()) {
        (None, None) => None,
        (x, y) => Some(x.into_iter().chain(y)),
    });
    pairs.flatten().take(MOST_ADDRESSES).collect()
}

/// Connects to the first that answers. Otherwise why each did not, in their order.
async fn race<T, F: Future<Output = io::Result<T>>>(
    addresses: &[SocketAddr],
    next_after: Duration,
    deadline: Instant,
    connect: impl Fn(SocketAddr) -> F,
) -> Result<T, Vec<(SocketAddr, String)>> {
    let mut waiting = addresses.iter().enumerate();
    let mut failures: Vec<Option<String>> = vec![None; addresses.len()];
    let mut attempts = FuturesUnordered::new();
    let mut next_at = Instant::now();
    loop {
        if next_at <= Instant::now() || attempts.is_empty() {
            match waiting.next() {
                Some((index, address)) => {
                    let attempt = connect(*address);
                    attempts.push(async move { (index, attempt.await) });
                    next_at = Instant::now() + next_after;
                }
                None if attempts.is_empty() => break,
                None => next_at = deadline,
            }
        }
        tokio::select! {
            Some((index, result)) = attempts.next() => match result {
                Ok(connected) => return Ok(connected),
                Err(error) => {
                    failures[index] = Some(said(&error));
                    next_at = Instant::now();
                }
            },
            () = sleep_until(next_at.min(deadline)) => if Instant::now() >= deadline { break },
        }
    }
    let why = |failure: Option<String>| failure.unwrap_or_else(|| "did not answer".into());
    Err(addresses.iter().copied().zip(failures.into_iter().map(why)).collect())
}

fn said(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "refuses connections".into(),
        io::ErrorKind::TimedOut => "did not answer".into(),
        _ => format!("cannot be reached ({error})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn families_take_turns_and_the_resolvers_first_is_first() {
        let [a6, b6, c6] = ["[::1]:1", "[::2]:1", "[::3]:1"].map(address);
        let [a4, b4] = ["10.0.0.1:1", "10.0.0.2:1"].map(address);
        assert_eq!(in_turn(vec![a6, b6, c6, a4, b4]), [a6, a4, b6, b4, c6]);
        assert_eq!(in_turn(vec![a4, a6, b6]), [a4, a6, b6]);
        assert_eq!(in_turn(vec![]), [] as [SocketAddr; 0]);
        assert_eq!(in_turn(vec![a4; 100]).len(), MOST_ADDRESSES);
    }

    /// Connects to addresses by their port: 1 is dead, 2 refuses, 3 answers.
    async fn by_port(address: SocketAddr) -> io::Result<SocketAddr> {
        match address.port() {
            1 => std::future::pending().await,
            2 => Err(io::ErrorKind::ConnectionRefused.into()),
            _ => Ok(address),
        }
    }

    async fn raced(ports: &[u16], next_after: Duration, limit: Duration) -> Result<u16, Vec<String>> {
        let addresses: Vec<SocketAddr> = ports.iter().map(|p| ([10, 0, 0, 1], *p).into()).collect();
        let result = race(&addresses, next_after, Instant::now() + limit, by_port).await;
        result.map(|a| a.port()).map_err(|f| f.into_iter().map(|(_, why)| why).collect())
    }

    #[tokio::test]
    async fn a_dead_address_is_not_waited_for() {
        let (soon, never) = (Duration::from_millis(1), Duration::from_hours(1));
        for ports in [&[3][..], &[1, 3], &[1, 1, 1, 3], &[3, 1], &[1, 2, 3], &[2, 1, 3]] {
            assert_eq!(raced(ports, soon, never).await, Ok(3), "{ports:?}");
        }
        assert_eq!(raced(&[2, 2, 3], never, never).await, Ok(3), "who refuses is followed by the next at once");
    }

    #[tokio::test]
    async fn each_that_failed_is_told_with_its_reason() {
        let (soon, never) = (Duration::from_millis(1), Duration::from_hours(1));
        let due = vec!["did not answer".to_owned(), "refuses connections".into()];
        assert_eq!(raced(&[1, 2], soon, Duration::from_millis(20)).await, Err(due));
        assert_eq!(raced(&[2, 2], never, never).await.unwrap_err().len(), 2, "all are known: no wait");
        assert_eq!(raced(&[], never, never).await, Err(vec![]));
    }

    #[tokio::test]
    async fn a_name_that_leads_nowhere_is_named() {
        let why = dial("no-such-host.invalid", 1, Duration::from_mins(1)).await.unwrap_err();
        assert!(why.contains("\"no-such-host.invalid\""), "{why}");
    }
}
