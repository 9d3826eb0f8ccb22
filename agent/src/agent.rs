//! The composition root: the speaker's parts, and how they hang together.
//!
//! One task owns the pure [`Speaker`]. Everything reaches it as an event (the coordinator's messages and time bursts,
//! decoders, the output, a timer); the task performs its effects.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    time::Duration,
};

use downbeat_host::{built::BUILT, clock, files};
use downbeat_identity::{Pin, pairing::Code};
use downbeat_protocol::{
    AgentMessage, Frames, LocalTime, ServerMessage, SpeakerId,
    adoption::{self, KeyState},
    agent_message::{ClientError, KnownState},
    timeline::PlanEntry,
};
use downbeat_speaker::{
    clock::News,
    render::{gate::VoiceId, report::RenderReport},
    speaker::{Effect, Event, Speaker, TICK_NS},
};
use rustls::ClientConfig;
use tokio::sync::mpsc;

use crate::{
    asked::Asked,
    belonging, chirp,
    config::Config,
    coordinator::{self, Connection, ConnectionSettings, Place, Proof, SharedTrust, words},
    health::{self, HealthSources},
    history::{PlayHistory, stretches::Moment},
    identity::{self, IdentityError},
    introduction::introduction,
    last_known::LastKnown,
    media::{
        MediaCache,
        decoder::{DecodeEvent, DecodeJob, DecodeThread},
    },
    output::{self, OutputState, realtime, supervisor::OutputEvent, supervisor::Supervisor},
    repeats::Repeats,
    service,
    trust::{Trust, TrustError},
};

/// Entries that are decoded at once: the one that plays, the next ones, those that fade, and as many again.
const MOST_DECODERS: usize = 24;
/// Health is told this often, nanoseconds.
const HEALTH_INTERVAL_NS: i64 = 10_000_000_000;
/// Decoded audio that makes a voice primed, seconds.
const PRIMED_S: f64 = 0.25;

/// Files and folders of the data folder that earlier versions left readable for others.
const PRIVATE: [&str; 6] =
    ["speaker-id", "drift.json", "downbeat-agent.lock", "history.log", "history.log.unread", "cache"];

/// Why a speaker cannot run.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The cache's folder cannot be used.
    #[error("the cache folder {path} cannot be used: {error}; choose another with --data", path = path.display())]
    Cache {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
    /// The speaker's identity cannot be kept.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The speaker's key cannot be kept, or its pin.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The audio thread cannot be started.
    #[error("the audio thread cannot be started: {0}")]
    Thread(std::io::Error),
    /// The thread that keeps the play history cannot be started.
    #[error("the history's thread cannot be started: {0}")]
    History(std::io::Error),
}

/// Runs a speaker until `stop` completes.
pub async fn run(config: Config, stop: impl Future<Output = ()>) -> Result<(), AgentError> {
    let _lock = identity::lock(&config.data)?;
    // before the id: a speaker that has an id and no key is from before encryption
    let mut trust = Trust::load(&config.data, BUILT)?;
    let mut speaker_id = identity::speaker_id(&config.data)?;
    tokio::pin!(stop);
    if let Some(token) = config.token.as_ref().filter(|_| trust.pin() == Pin::Open) {
        // it has started, as far as the system is concerned: the coordinator may be away for long
        service::ready();
        tokio::select! {
            () = &mut stop => return Ok(()),
            () = belonging::join_at_start(&config, speaker_id, token) => {}
        }
        trust = Trust::load(&config.data, BUILT)?;
        speaker_id = identity::speaker_id(&config.data)?;
    }
    let place = place(&config, &trust);
    let trust = SharedTrust::new(trust);
    files::make_private(&config.data, &PRIVATE);
    let path = config.data.join("cache");
    let cache = MediaCache::open(&path, config.cache).map_err(|error| AgentError::Cache { path, error })?;
    let fetcher = tokio::spawn(cache.fetcher(config.fetch).run());

    let memory_locked = realtime::lock_memory().inspect_err(|why| tracing::warn!("{why}")).is_ok();
    let output = output::for_spec(&config.output);
    let description = output.describe();
    let last_known = LastKnown::load(config.data.clone(), description.clone(), place.to_string());
    let now = clock::now();
    let (speaker, renderer) = Speaker::new(now, clock::suspended_nanos(), last_known.dac());
    let shared = OutputState::default();
    let (output_events, mut output_happens) = mpsc::unbounded_channel();
    let mut supervisor = Supervisor::start(output, renderer, shared.clone(), move |event| {
        // nobody to tell is the end of the agent
        let _ = output_events.send(event);
    })
    .map_err(AgentError::Thread)?;

    let known: Arc<Mutex<Option<KnownState>>> = Arc::default();
    let id = Arc::new(Mutex::new(speaker_id));
    let hello = {
        let (known, shared, id) = (known.clone(), shared.clone(), id.clone());
        let mut introduction = introduction(&config, speaker_id, description.clone(), false);
        move || {
            introduction.speaker_id = Some(*id.lock().unwrap_or_else(PoisonError::into_inner));
            introduction.capabilities.realtime = shared.realtime.load(Ordering::Relaxed);
            introduction.known.clone_from(&known.lock().unwrap_or_else(PoisonError::into_inner));
            introduction.clone()
        }
    };
    let settings = ConnectionSettings {
        trust: Some(trust.clone()),
        allow_unencrypted: config.allow_unencrypted,
        ..ConnectionSettings::to(place)
    };
    let (connection, mut coordinator_says) = Connection::start(settings, hello);
    let (voice_events, mut voices_say) = mpsc::unbounded_channel();

    let outbox = connection.outbox().clone();
    let history = PlayHistory::start(&config.data, move |message| outbox.send(message)).map_err(AgentError::History)?;

    let mut agent = Agent {
        speaker,
        effects: Vec::new(),
        decoders: HashMap::new(),
        cache,
        connection,
        voice_events,
        shared,
        known,
        id,
        trust,
        proof: None,
        data: config.data,
        health: HealthSources::new(now, description, memory_locked),
        next_health: now,
        last_known,
        history,
        asked: Asked::default(),
        troubles: Troubles::default(),
    };
    service::ready();
    let mut ticks = tokio::time::interval(Duration::from_nanos(TICK_NS as u64));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(event) = coordinator_says.recv() => agent.coordinator(event),
            Some((id, event)) = voices_say.recv() => agent.decoder(id, event),
            Some(event) = output_happens.recv() => agent.output(event),
            _ = ticks.tick() => agent.tick(),
        }
    }
    tracing::info!("stopping");
    supervisor.stop();
    agent.speaker.close(&mut agent.effects);
    agent.perform();
    agent.history.close(clock::now());
    agent.cache.close();
    agent.decoders.clear();
    agent.connection.close().await;
    fetcher.abort();
    Ok(())
}

/// The coordinator's place: as it was set, as a join token said it, or to be found.
fn place(config: &Config, trust: &Trust) -> Place {
    let told = || trust.address().and_then(|address| address.parse().ok());
    config.server.clone().or_else(told).map_or(Place::Found, Place::At)
}

/// The shell round the speaker: performs its effects.
struct Agent {
    speaker: Speaker,
    effects: Vec<Effect>,
    /// Dropping one ends its thread.
    decoders: HashMap<VoiceId, DecodeThread>,
    cache: MediaCache,
    connection: Connection,
    voice_events: mpsc::UnboundedSender<(VoiceId, DecodeEvent)>,
    shared: OutputState,
    known: Arc<Mutex<Option<KnownState>>>,
    /// As it is told in hello.
    id: Arc<Mutex<SpeakerId>>,
    trust: SharedTrust,
    /// What the present connection has shown.
    proof: Option<Proof>,
    data: PathBuf,
    health: HealthSources,
    next_health: LocalTime,
    last_known: LastKnown,
    history: PlayHistory,
    asked: Asked,
    troubles: Troubles,
}

/// The faults that last: each is said once, and rarely after that.
#[derive(Debug, Default)]
struct Troubles {
    connection: Repeats,
    output: Repeats,
    entries: Repeats,
    clock: Repeats,
    /// Errors that the coordinator tells.
    told: Repeats,
    /// A connection came about.
    met: bool,
    /// The output was open.
    opened: bool,
}

impl Agent {
    /// Goes by the id that the coordinator gave: another machine is connected under the one that was kept here.
    fn adopt(&self, given: SpeakerId) {
        let mut id = self.id.lock().unwrap_or_else(PoisonError::into_inner);
        if *id == given {
            return;
        }
        tracing::warn!(
            before = %*id, %given,
            "another machine is connected under this speaker's id, so the data folder was copied; this is a speaker of \
             its own from now on"
        );
        *id = given;
        if let Err(error) = identity::keep_speaker_id(&self.data, given) {
            tracing::warn!(%error, "the id cannot be kept, and will be asked for again at the next start");
        }
    }

    /// Takes in what the connection has shown: follows a rotation of the CA, and if the coordinator adopted this
    /// speaker, belongs to it from now on. Returns how files are fetched over TLS.
    fn prove(&self, adopted: bool) -> Option<Arc<ClientConfig>> {
        let proof = self.proof.as_ref()?;
        let mut trust = self.trust.lock();
        let pinned = trust.follow(proof.known).and_then(|_| {
            let new = adopted && trust.pin() == Pin::Open;
            if new {
                trust.adopted_by(proof.known.ca)?;
                tracing::info!(
                    ca = proof.known.ca.short(),
                    "adopted: this speaker belongs to that coordinator from now on"
                );
            }
            Ok(())
        });
        if let Err(error) = pinned {
            tracing::error!("the coordinator cannot be kept, and will be asked again at the next start: {error}");
        }
        if adopted {
            belonging::note_code(&self.data, None);
        }
        // with the pin that counts now
        Some(trust.client().unwrap_or_else(|_| Arc::clone(&proof.client)))
    }

    fn pending(&mut self, code: Option<Code>, detail: &str) {
        if let Some(code) = code {
            belonging::note_code(&self.data, Some(code));
            tracing::warn!("nobody has adopted this speaker yet: downbeat adopt {code}");
        } else if let Some(unsaid) = self.troubles.connection.happened(clock::now(), detail) {
            tracing::warn!(unsaid, "nobody has adopted this speaker yet: {detail}");
        }
    }

    fn renew_key(&self) {
        match self.trust.lock().renew_key() {
            Ok(()) => tracing::warn!("this speaker has a key of its own now, and waits to be adopted"),
            Err(error) => tracing::error!("this speaker needs a key of its own: {error}"),
        }
    }

    fn coordinator(&mut self, event: coordinator::Event) {
        match event {
            coordinator::Event::Connected { welcome, at, media_url, peer, proof } => {
                let (name, server) = (words::cut(&welcome.name), words::cut(&welcome.server_version));
                let over = self.troubles.connection.over(clock::now());
                match over {
                    Some(over) => {
                        let (after_s, attempts) = (over.lasted.as_secs(), over.times);
                        tracing::info!(%at, %name, %server, after_s, attempts, "connected to the coordinator");
                    }
                    None if !self.troubles.met => {
                        tracing::info!(%at, %name, %server, "connected to the coordinator");
                    }
                    None => tracing::debug!(%at, %name, %server, "connected to the coordinator"),
                }
                self.troubles.met = true;
                self.adopt(welcome.speaker_id);
                self.proof = proof;
                let tls = self.prove(welcome.adopted);
                if let Some(told) = welcome.wall_clock.filter(|_| welcome.adopted && self.proof.is_some()) {
                    let clock = u64::try_from(wall_clock_us() / 1_000_000).unwrap_or(0);
                    if let Err(error) = self.trust.lock().heard_time(told, clock) {
                        tracing::debug!(%error, "the coordinator's time is not kept");
                    }
                }
                self.cache.set_source_over(&media_url, Some(peer), tls);
                let kept_skew = self.last_known.clock();
                self.handle(Event::Connected { clock_id: welcome.clock_id, kept_skew, settings: welcome.settings });
                self.history.connected(welcome.history);
                self.next_health = clock::now();
            }
            coordinator::Event::Pending { code, detail } => self.pending(code, &detail),
            coordinator::Event::Message(message) => match *message {
                ServerMessage::Standing(standing) => {
                    if standing.state == KeyState::Adopted {
                        let tls = self.prove(true);
                        self.cache.set_tls(tls);
                    }
                }
                ServerMessage::HistoryKept(kept) => self.history.kept(kept),
                ServerMessage::Error(e) => {
                    if let Some(unsaid) = self.troubles.told.happened(clock::now(), &e.code) {
                        tracing::warn!(code = e.code, fatal = e.fatal, unsaid, "the coordinator says: {}", e.detail);
                    }
                }
                _ => self.handle(Event::Message(message)),
            },
            coordinator::Event::TimeBurst(samples) => self.handle(Event::Burst(samples)),
            coordinator::Event::Disconnected { reason, retry_in } => {
                if let Some(unsaid) = self.troubles.connection.happened(clock::now(), &reason) {
                    let told = "no connection to the coordinator; playing on by the plan, and trying again";
                    tracing::warn!(reason, ?retry_in, unsaid, "{told}; it is said again in an hour");
                } else {
                    tracing::debug!(reason, ?retry_in, "still no connection");
                }
                self.handle(Event::Disconnected);
                self.history.disconnected();
                *self.known.lock().unwrap_or_else(PoisonError::into_inner) = self.speaker.known().cloned();
            }
            coordinator::Event::Refused { code, detail, retry_in } => {
                if let Some(unsaid) = self.troubles.connection.happened(clock::now(), &detail) {
                    tracing::error!(code, ?retry_in, unsaid, "the coordinator refuses this speaker: {detail}");
                }
                if code == adoption::code::COPIED {
                    self.renew_key();
                }
            }
        }
    }

    fn decoder(&mut self, id: VoiceId, event: DecodeEvent) {
        match event {
            DecodeEvent::Primed => self.handle(Event::Primed(id)),
            DecodeEvent::Finished { bad_packets, missing_frames } => {
                let parts = bad_packets > 0 || missing_frames > 0;
                if parts && self.troubles.entries.happened(clock::now(), "parts").is_some() {
                    tracing::warn!(bad_packets, missing_frames, "parts of a file could not be decoded and were silent");
                }
            }
            DecodeEvent::Failed { code, mut detail } => {
                words::shorten(&mut detail);
                if let Some(unsaid) = self.troubles.entries.happened(clock::now(), &detail) {
                    tracing::warn!(code, unsaid, "an entry cannot be played: {detail}");
                }
                self.handle(Event::Failed(id, ClientError { code: code.into(), detail, entry: None }));
            }
        }
    }

    fn output(&mut self, event: OutputEvent) {
        match event {
            OutputEvent::Opened { output, rate } => {
                let realtime = self.shared.realtime.load(Ordering::Relaxed);
                let first = !std::mem::replace(&mut self.troubles.opened, true);
                if first || self.troubles.output.over(clock::now()).is_some() {
                    tracing::info!(output, rate, realtime, "output open");
                } else {
                    tracing::debug!(output, rate, realtime, "output open");
                }
                self.health.output_fault = None;
                self.handle(Event::OutputOpened(rate));
            }
            OutputEvent::Lost { error, retry_in } => {
                if let Some(unsaid) = self.troubles.output.happened(clock::now(), &error.to_string()) {
                    tracing::error!(?retry_in, unsaid, "{error}");
                } else {
                    tracing::debug!(?retry_in, "still: {error}");
                }
                // a card that stays away is not news every ten seconds
                if self.health.output_fault.as_ref() != Some(&error.to_string()) {
                    self.health.output_fault = Some(error.to_string());
                    self.handle(Event::OutputLost(error.to_string()));
                }
            }
        }
    }

    fn tick(&mut self) {
        let underruns = self.shared.underruns.load(Ordering::Relaxed);
        self.handle(Event::Tick { suspended: clock::suspended_nanos(), underruns });
        let now = clock::now();
        self.history.tick(now);
        if now >= self.next_health {
            self.next_health = now.plus_nanos(HEALTH_INTERVAL_NS);
            let session = self.speaker.player().session();
            let plan = session.map(|s| self.cache.plan_cache(&s.plan)).unwrap_or_default();
            let realtime = self.shared.realtime.load(Ordering::Relaxed);
            let report = self.health.report(now, self.cache.stats(), plan, realtime);
            self.send(AgentMessage::Health(Box::new(report)));
            health::feed_watchdog(&self.shared, &mut self.health);
        }
    }

    fn handle(&mut self, event: Event) {
        self.speaker.handle(clock::now(), event, &mut self.effects);
        self.perform();
    }

    fn perform(&mut self) {
        let now = clock::now();
        let server = self.speaker.clock().estimate().map(|clock| (clock.clock_id, clock.server_at(now).whole));
        let moment = Moment { local: now, server, utc_us: wall_clock_us() };
        for effect in std::mem::take(&mut self.effects) {
            match effect {
                Effect::Open { voice, entry, from, ring } => self.open(voice, &entry, from, ring),
                Effect::Close(voice) => drop(self.decoders.remove(&voice)),
                Effect::Sounds(voice, zone, entry) => {
                    self.asked.sounds(voice, self.speaker.player().session(), &entry);
                    self.history.sounds(voice, zone, &entry);
                }
                Effect::Heard(heard) => {
                    self.asked.heard(&heard);
                    self.history.heard(moment, &heard);
                }
                Effect::Gone(voice) => {
                    self.asked.gone(voice);
                    self.history.gone(now, voice);
                }
                Effect::Prefetch(plan) => self.cache.prefetch(&plan),
                Effect::Send(message) => self.send(message),
                Effect::BurstAt(at) => self.connection.burst_at(at),
                Effect::Chirp { rate, at } => self.speaker.overlay(chirp::sound(rate), at),
                Effect::Clock(news) => log_news(now, news, &mut self.troubles.clock),
                Effect::ClockChanged(Some(us)) => {
                    tracing::info!(shift_us = us, "playing on by the coordinator's new clock");
                }
                Effect::ClockChanged(None) => {
                    tracing::info!("the coordinator does not go on with what was playing");
                }
                Effect::Report(report) => self.keep_crystals(now, &report),
            }
        }
    }

    fn keep_crystals(&mut self, now: LocalTime, report: &RenderReport) {
        if report.dac_sharp
            && let Some(clock) = self.speaker.clock().estimate()
            && clock.skew_variance < 1.0
        {
            self.last_known.keep(now, report.dac, clock.skew);
        }
    }

    fn open(&mut self, id: VoiceId, entry: &PlanEntry, from: Frames, producer: rtrb::Producer<f32>) {
        // A coordinator that sends plans faster than the sound card takes them up leaves many voices that fade.
        let reader = if self.decoders.len() < MOST_DECODERS {
            self.cache.reader(entry).map_err(|e| (e.code(), e.to_string()))
        } else {
            Err(("too_many_voices", format!("{MOST_DECODERS} entries are being decoded already")))
        };
        let result = reader.and_then(|reader| {
            let events = self.voice_events.clone();
            let job = DecodeJob {
                interrupt: Some(reader.interrupt()),
                source: Box::new(reader),
                format_hint: entry.format.clone(),
                from_frame: from.0,
                total_frames: entry.last_frame().0,
                gain: entry.gain(),
                prime_frames: (f64::from(entry.sample_rate) * PRIMED_S) as usize,
                producer,
                events: Box::new(move |event| drop(events.send((id, event)))),
            };
            DecodeThread::spawn(job).map_err(|e| ("decode_failed", format!("no thread to decode on: {e}")))
        });
        match result {
            Ok(decoder) => drop(self.decoders.insert(id, decoder)),
            Err((code, detail)) => {
                let _ = self.voice_events.send((id, DecodeEvent::Failed { code, detail }));
            }
        }
    }

    fn send(&self, message: AgentMessage) {
        self.connection.outbox().send(message);
    }
}

fn log_news(now: LocalTime, news: News, troubles: &mut Repeats) {
    match news {
        News::Replaced(_) => tracing::info!("the coordinator has another clock"),
        News::Suspended(ns) => {
            tracing::warn!(seconds = ns as f64 * 1e-9, "this machine was suspended; learning the clock anew");
        }
        News::Stepped(us) => {
            if let Some(unsaid) = troubles.happened(now, "stepped") {
                tracing::warn!(us, unsaid, "the coordinator's clock stepped");
            }
        }
        News::Stale => {
            if let Some(unsaid) = troubles.happened(now, "stale") {
                tracing::warn!(unsaid, "no usable time sample for half a minute; playing by the last estimate");
            }
        }
        News::Fresh => {
            if troubles.over(now).is_some() {
                tracing::info!("the clock is fresh again");
            }
        }
        News::Estimate(_) | News::Learnt(_) | News::Jumped => {}
    }
}

/// Microseconds since 1970 by this machine's wall clock.
#[expect(clippy::disallowed_methods, reason = "for people: when something was heard, not when to sound it")]
fn wall_clock_us() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
