//! Waiting, without hoping.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, sleep};

/// How long anything may take before a test gives up. Reached only when something is broken.
const DEADLINE: Duration = Duration::from_mins(1);
/// How often a condition is looked at.
const GLANCE: Duration = Duration::from_millis(40);
/// How often a scenario is played when the machine disturbs it.
const ATTEMPTS: usize = 4;

/// Waits until `look` finds something; `what` names it if it never does.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(began.elapsed() < DEADLINE, "waited {DEADLINE:?} for {what}");
        sleep(GLANCE).await;
    }
}

/// Lets the music play for a while. Not a way to wait for something to happen: for that is [`until`].
pub async fn listen_for(duration: Duration) {
    sleep(duration).await;
}

/// The machine stood still in the middle: nothing can be said of the code.
#[derive(Debug)]
pub struct Disturbed(pub String);

/// Plays a scenario, again if it was disturbed. Whatever is wrong with the code panics and is not tried again.
#[expect(clippy::print_stderr, reason = "shown by test runners that are asked to")]
pub async fn undisturbed<F: Future<Output = Result<(), Disturbed>>>(mut scenario: impl FnMut() -> F) {
    let mut last = String::new();
    for _ in 0..ATTEMPTS {
        match scenario().await {
            Ok(()) => return,
            Err(Disturbed(why)) => {
                eprintln!("disturbed: {why}");
                last = why;
            }
        }
    }
    panic!("disturbed {ATTEMPTS} times, so probably not by the machine: {last}");
}
