//! The user at the other end of a connection within this machine.
//!
//! The kernel's table of sockets is a file, and strangers may ask from every connection that there is. So one read at a
//! time answers all that wait for it.

use std::{
    mem,
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use downbeat_host::sockets::Sockets;
use tokio::sync::{Semaphore, oneshot};

/// One question, and the way to its answer.
struct Question {
    peer: SocketAddr,
    own: SocketAddr,
    tell: oneshot::Sender<Option<u32>>,
}

/// Those that the next read answers.
static QUESTIONS: Mutex<Vec<Question>> = Mutex::new(Vec::new());
/// Held by the read.
static READ: Semaphore = Semaphore::const_new(1);

/// The id of the user at `peer`, which is connected to `own` here; `None` if the kernel does not say.
pub async fn owner(peer: SocketAddr, own: SocketAddr) -> Option<u32> {
    let (tell, mut told) = oneshot::channel();
    questions().push(Question { peer, own, tell });
    let turn = tokio::select! {
        biased;
        answer = &mut told => return answer.ok().flatten(),
        turn = READ.acquire() => turn.ok()?,
    };
    // the read goes on though the one that began it is gone: it has the others' questions
    tokio::task::spawn_blocking(move || {
        let all = mem::take(&mut *questions());
        if !all.is_empty() {
            let sockets = Sockets::read();
            for question in all {
                let _ = question.tell.send(sockets.owner(question.peer, question.own));
            }
        }
        drop(turn);
    });
    told.await.ok().flatten()
}

/// True if every program that holds the other end open, and there is one, is named `name`: it connects for itself, and
/// passes nobody on.
pub async fn is_program(peer: SocketAddr, own: SocketAddr, name: &'static str) -> bool {
    let Ok(_turn) = READ.acquire().await else { return false };
    let read = tokio::task::spawn_blocking(move || {
        let programs = Sockets::read().programs(peer, own);
        !programs.is_empty() && programs.iter().all(|path| path.file_name().is_some_and(|file| file == name))
    });
    read.await.unwrap_or(false)
}

fn questions() -> MutexGuard<'static, Vec<Question>> {
    QUESTIONS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    #[tokio::test]
    async fn many_that_ask_at_once_are_each_answered_for_themselves() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut held = Vec::new();
        for _ in 0..50 {
            let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (server, peer) = listener.accept().await.unwrap();
            held.push((client, server, peer));
        }
        let user = nix::unistd::geteuid().as_raw();
        let asked = held.iter().flat_map(|(_, server, peer)| {
            let own = server.local_addr().unwrap();
            [owner(*peer, own), owner(SocketAddr::new(peer.ip(), 1), own)]
        });
        for pair in join_all(asked).await.chunks(2) {
            assert_eq!(pair, [Some(user), None]);
        }
    }

    #[tokio::test]
    async fn one_that_goes_away_keeps_nobody_waiting() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap();
        for _ in 0..20 {
            let mut gone = Box::pin(owner(own, own));
            let _ = futures_util::poll!(&mut gone);
            drop(gone);
        }
        assert_eq!(owner(own, own).await, None);
    }
}
