//! The requests that people made, followed to the first frame that is heard of each: one line of the log, with the id
//! that the coordinator's log has.

use std::collections::HashMap;

use downbeat_host::rarely;
use downbeat_protocol::{server_message::Session, timeline::PlanEntry};
use downbeat_speaker::render::{gate::VoiceId, runs::HeardRun};

/// More voices than these are not followed: each is a start that was asked for and not heard yet.
const MOST: usize = 64;

/// The starts that were asked for.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// The request of which something was heard last.
    last: Option<String>,
    voices: HashMap<VoiceId, Start>,
}

#[derive(Debug)]
struct Start {
    request: String,
    title: String,
    revision: u64,
}

impl Asked {
    /// A voice is to sound.
    pub(crate) fn sounds(&mut self, voice: VoiceId, session: Option<&Session>, entry: &PlanEntry) {
        let Some((session, request)) = session.and_then(|s| Some((s, s.request.clone()?))) else { return };
        if self.last.as_ref() != Some(&request) && self.voices.len() < MOST {
            let start = Start { request, title: entry.title.clone(), revision: session.revision };
            self.voices.insert(voice, start);
        }
    }

    /// Frames of a voice were rendered.
    pub(crate) fn heard(&mut self, run: &HeardRun) {
        let Some(start) = self.voices.remove(&run.voice).filter(|s| self.last.as_ref() != Some(&s.request)) else {
            return;
        };
        let Start { request, title, revision } = start;
        let (frame, at_us) = (run.from.0, run.at.0);
        if let Some(left_out) = rarely::may_tell("first frame") {
            tracing::info!(request, revision, title, frame, at_us, left_out, "the first frame");
        } else {
            tracing::debug!(request, revision, title, frame, at_us, "the first frame");
        }
        self.last = Some(request);
    }

    /// A voice is over.
    pub(crate) fn gone(&mut self, voice: VoiceId) {
        self.voices.remove(&voice);
    }
}
