//! A speaker under test: an agent with a virtual sound card that is recorded.

use std::path::PathBuf;

use serde_json::Value;

use crate::{
    process::{Ended, Process},
    recording::Recording,
    stage::Stage,
};

/// A running agent.
#[derive(Debug)]
pub struct Speaker {
    process: Process,
    name: String,
    wav: PathBuf,
}

/// Its sound card.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    /// Frames a second.
    pub rate: u32,
    /// Its crystal against the machine's clock.
    pub ppm: f64,
}

impl Card {
    /// 48 kHz, and its crystal as good as the machine's clock.
    pub const USUAL: Self = Self { rate: 48_000, ppm: 0.0 };

    /// Another crystal.
    #[must_use]
    pub const fn off_by(self, ppm: f64) -> Self {
        Self { ppm, ..self }
    }
}

impl Speaker {
    /// Starts one that finds its coordinator at `address` (`HOST:PORT`). Started again with the same name on the same
    /// stage, it is the same speaker with a new recording.
    pub fn start(stage: &Stage, address: &str, name: &str, card: Card) -> Self {
        Self::start_with(stage, address, name, card, "jitter_us=5")
    }

    /// Starts one whose virtual card has a property more.
    pub fn start_with(stage: &Stage, address: &str, name: &str, card: Card, more: &str) -> Self {
        let wav = (1..100).map(|k| stage.path(&format!("{name}-{k}.wav"))).find(|p| !p.exists());
        let wav = wav.expect("nobody starts a speaker a hundred times");
        let output = format!("virtual:rate={},ppm={},{more},wav={}", card.rate, card.ppm, wav.display());
        let arguments = Self::arguments(stage, address, name, &output);
        let process = Process::start(name, "downbeat-agent", &arguments, &stage.path(&format!("{name}.log")));
        Self { process, name: name.to_owned(), wav }
    }

    /// An agent's command line.
    pub fn arguments(stage: &Stage, address: &str, name: &str, output: &str) -> Vec<String> {
        let data = stage.path(name).to_string_lossy().into_owned();
        let server = format!("ws://{address}");
        ["--server", &server, "--name", name, "--output", output, "--data", &data].map(str::to_owned).into()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its log.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Its process.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Asks it to end.
    pub async fn terminate(self) -> Ended {
        self.process.terminate().await
    }

    /// Asks it to end, and gives what it played.
    pub async fn recording(self) -> Recording {
        let ended = self.process.terminate().await;
        assert_eq!(ended.code, Some(0), "{} does not end well", self.name);
        Recording::read(&self.wav)
    }

    /// Ends it as a power cut does, and gives what it played, but for the last moments.
    pub async fn kill(self) -> Recording {
        self.process.kill().await;
        Recording::read(&self.wav)
    }
}

/// The coordinator's account of a speaker.
#[derive(Debug, Clone)]
pub struct SpeakerState(pub Value);

impl SpeakerState {
    /// Its name.
    pub fn name(&self) -> &str {
        self.0["name"].as_str().unwrap_or_default()
    }

    /// Its id.
    pub fn id(&self) -> &str {
        self.0["id"].as_str().unwrap_or_default()
    }

    /// True if it is connected.
    pub fn is_connected(&self) -> bool {
        self.0["connected"] == true
    }

    /// A figure, if it has reported it.
    pub fn number(&self, field: &str) -> Option<f64> {
        self.0[field].as_f64()
    }

    /// A count that must have been reported.
    pub fn count(&self, field: &str) -> u64 {
        self.0[field].as_u64().unwrap_or_else(|| panic!("{field} of {}", self.0))
    }

    /// How late it truly sounds, microseconds, while it plays: its virtual card knows. Server time is this machine's
    /// raw clock as well, so that this is absolute.
    pub fn truly_late_us(&self) -> Option<f64> {
        let playing = self.is_connected() && self.0["state"] == "playing" && self.number("reportAgeMs")? < 1_500.0;
        let truth = &self.0["truth"];
        playing.then_some(truth["rawNs"].as_f64()? / 1e3 - truth["contentUs"].as_f64()?)
    }
}
