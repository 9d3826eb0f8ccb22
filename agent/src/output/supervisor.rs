//! Keeps an output open: runs it on a thread of its own, and opens it again, with back-off, when it is lost.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError, atomic::Ordering},
    thread::JoinHandle,
    time::Duration,
};

use super::{Output, OutputEnd, OutputError, OutputState};
use downbeat_host::clock;
use downbeat_speaker::render::renderer::Renderer;

/// The first wait before an output is opened again, and the longest.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// A run that lasted this long begins the waits anew.
const GOOD_RUN_NS: i64 = 10_000_000_000;

/// An event of the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputEvent {
    /// It runs, at so many frames a second.
    Opened {
        /// For people.
        output: String,
        /// Frames a second.
        rate: u32,
    },
    /// It is lost, and will be tried again after the given wait.
    Lost {
        /// Why.
        error: OutputError,
        /// Until the next try.
        retry_in: Duration,
    },
}

/// The output's thread.
#[derive(Debug)]
pub struct Supervisor {
    shared: OutputState,
    wake: Arc<(Mutex<()>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Supervisor {
    /// Runs `output` until [`Supervisor::stop`]; tells what happens by `events`.
    pub fn start(
        mut output: Box<dyn Output>,
        renderer: Box<Renderer>,
        shared: OutputState,
        events: impl Fn(OutputEvent) + Send + 'static,
    ) -> std::io::Result<Self> {
        let wake = Arc::new((Mutex::new(()), Condvar::new()));
        let (inner, woken) = (shared.clone(), wake.clone());
        let thread = std::thread::Builder::new().name("audio".into()).spawn(move || {
            let (mut renderer, mut wait) = (renderer, FIRST_WAIT);
            while !inner.stopping() {
                let began = clock::now();
                let name = output.describe();
                let mut opened = |rate| events(OutputEvent::Opened { output: name.clone(), rate });
                // alsa-lib writes to standard error by itself, many lines for one missing card: kept for debugging
                let words = ::alsa::Output::local_error_handler();
                let (back, end) = output.run(renderer, &inner, &mut opened);
                renderer = back;
                if let Ok(words) = words {
                    words.borrow().buffer_string(|w| {
                        if !w.is_empty() {
                            tracing::debug!(alsa = %String::from_utf8_lossy(w), "alsa-lib says");
                        }
                    });
                }
                let OutputEnd::Lost(error) = end else { break };
                inner.realtime.store(false, Ordering::Relaxed);
                inner.new_epoch();
                if clock::now().nanos_since(began) > GOOD_RUN_NS {
                    wait = FIRST_WAIT;
                }
                events(OutputEvent::Lost { error, retry_in: wait });
                let (lock, condition) = &*woken;
                let guard = lock.lock().unwrap_or_else(PoisonError::into_inner);
                if !inner.stopping() {
                    drop(condition.wait_timeout(guard, wait));
                }
                wait = (wait * 2).min(LONGEST_WAIT);
            }
        })?;
        Ok(Self { shared, wake, thread: Some(thread) })
    }

    /// Ends the output and waits for its thread.
    pub fn stop(&mut self) {
        {
            let _guard = self.wake.0.lock().unwrap_or_else(PoisonError::into_inner);
            self.shared.stop.store(true, Ordering::Relaxed);
            self.wake.1.notify_all();
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the audio thread had panicked");
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.stop();
    }
}
