//! The composition root: the speaker's parts, and how they hang together.
//!
//! One task owns the player core, the clock filter and the renderer's controls. Everything reaches it as an event (the
//! coordinator's messages and time bursts, decoders, the output, a timer); it performs the player's actions.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    time::Duration,
};

use downbeat_protocol::{
    AgentMessage, ClockId, Frames, LocalTime, ServerMessage, ZoneId,
    agent_message::{Capabilities, ClientError, Hello, Known},
    exchange::Sample,
    handshake::{SpeakerClass, VersionRange},
    server_message,
    timeline::{Line, PlanEntry},
};
use tokio::sync::mpsc;

use crate::{
    chirp, config::Config, coordinator::Connection, coordinator::ConnectionSettings, coordinator::Event, health,
    health::HealthSources, history::PlayHistory, history::stretches::Moment, identity, identity::IdentityError,
    last_known::LastKnown, media::MediaCache, media::decoder::DecodeEvent, media::decoder::DecodeJob,
    media::decoder::DecodeThread, output, output::PREFERRED_RATE, output::Shared, output::realtime,
    output::supervisor::OutputEvent, output::supervisor::Supervisor, service,
};
use downbeat_host::clock;
use downbeat_speaker::{
    clock::{ClockDiscipline, ClockEstimate, News, ServerInstant},
    playback::player::{Action, Change, Counters, Input, Player},
    render::command::{Command, Controls, Overlay, Trash},
    render::gate::{Gate, VoiceId},
    render::metronome::Metronome,
    render::renderer::Renderer,
    render::report::RenderReport,
    render::resampler::Kernel,
    render::voice::Voice,
};

/// Formats decoded sample-exactly here, as endings.
const FORMATS: &[&str] = &["flac", "wav", "aiff", "mp3", "ogg", "m4a", "opus"];
/// The renderer's reports are read, and the player looks again, this often.
const TICK: Duration = Duration::from_millis(100);
/// Health is told this often, nanoseconds.
const HEALTH_INTERVAL_NS: i64 = 10_000_000_000;
/// Decoded audio that waits ahead of the callback, seconds, and how much of it makes a voice primed.
const RING_S: f64 = 2.0;
const PRIMED_S: f64 = 0.25;

/// Why a speaker cannot run.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The cache's folder cannot be used.
    #[error("the cache folder {path} cannot be used: {error}; choose another with --data", path = path.display())]
    Cache {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The speaker's identity cannot be kept.
    #[error(transparent)]
    Identity(#[from] IdentityError),
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
    let speaker_id = identity::speaker_id(&config.data)?;
    let path = config.data.join("cache");
    let cache = MediaCache::open(&path, config.cache_limit).map_err(|error| AgentError::Cache { path, error })?;
    let fetcher = tokio::spawn(cache.fetcher(config.fetch).run());

    let memory_locked = realtime::lock_memory().inspect_err(|why| tracing::warn!("{why}")).is_ok();
    let output = output::for_spec(&config.output);
    let description = output.describe();
    let last_known = LastKnown::load(config.data.clone(), description.clone(), config.server.websocket_url());
    let (renderer, controls) = Renderer::new(last_known.dac());
    let shared = Shared::default();
    let (output_events, mut output_happens) = mpsc::unbounded_channel();
    let mut supervisor = Supervisor::start(output, renderer, shared.clone(), move |event| {
        // nobody to tell is the end of the agent
        let _ = output_events.send(event);
    })
    .map_err(AgentError::Thread)?;

    let known: Arc<Mutex<Option<Known>>> = Arc::default();
    let hello = {
        let (known, shared) = (known.clone(), shared.clone());
        let (name, zone, output) = (config.name, config.zone, description.clone());
        move || Hello {
            protocol: VersionRange::OURS,
            speaker_id: Some(speaker_id),
            name: name.clone(),
            class: SpeakerClass::Agent,
            version: env!("CARGO_PKG_VERSION").into(),
            capabilities: Capabilities {
                formats: FORMATS.iter().map(|f| (*f).into()).collect(),
                output: output.clone(),
                realtime: shared.realtime.load(Ordering::Relaxed),
            },
            credentials: None,
            zone: zone.clone(),
            output_delay_us: config.output_delay_us,
            known: known.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    };
    let (connection, mut coordinator_says) = Connection::start(ConnectionSettings::new(config.server), hello);
    let (voice_events, mut voices_say) = mpsc::unbounded_channel();

    let outbox = connection.outbox().clone();
    let history = PlayHistory::start(&config.data, move |message| outbox.send(message)).map_err(AgentError::History)?;

    let now = clock::now();
    let mut agent = Agent {
        player: Player::new(now),
        clock: ClockDiscipline::new(now, clock::suspended_nanos()),
        controls,
        voices: HashMap::new(),
        kernels: HashMap::new(),
        cache,
        connection,
        voice_events,
        shared,
        device_rate: PREFERRED_RATE,
        backlog: Vec::new(),
        output_losses: 0,
        known,
        health: HealthSources::new(now, description, memory_locked),
        next_health: now,
        last_known,
        history,
        metronome: None,
    };
    service::ready();
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    tokio::pin!(stop);
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
    agent.take_heard();
    agent.history.close(clock::now());
    agent.cache.close();
    agent.voices.clear();
    agent.connection.close().await;
    fetcher.abort();
    Ok(())
}

/// A voice on the shell's side: its decoder, and until the renderer has it, its ring.
#[derive(Debug)]
struct OpenVoice {
    /// Dropping it ends the thread.
    _decoder: DecodeThread,
    waiting: Option<(rtrb::Consumer<f32>, Frames)>,
    entry: PlanEntry,
}

struct Agent {
    player: Player,
    clock: ClockDiscipline,
    controls: Controls,
    voices: HashMap<VoiceId, OpenVoice>,
    kernels: HashMap<(u32, u32), Arc<Kernel>>,
    cache: MediaCache,
    connection: Connection,
    voice_events: mpsc::UnboundedSender<(VoiceId, DecodeEvent)>,
    shared: Shared,
    device_rate: u32,
    /// Commands that found the renderer's ring full.
    backlog: Vec<Command>,
    output_losses: u64,
    known: Arc<Mutex<Option<Known>>>,
    health: HealthSources,
    next_health: LocalTime,
    last_known: LastKnown,
    history: PlayHistory,
    /// Told on a clock that does not count yet.
    metronome: Option<server_message::Metronome>,
}

impl Agent {
    fn coordinator(&mut self, event: Event) {
        match event {
            Event::Connected { welcome, media_url } => {
                tracing::info!(name = welcome.name, server = welcome.server_version, "connected to the coordinator");
                self.cache.set_base_url(&media_url);
                self.clock_of(welcome.clock_id);
                self.history.connected(welcome.history);
                self.tell(Input::Settings(welcome.settings, None));
                self.next_health = clock::now();
            }
            Event::Message(message) => self.message(*message),
            Event::TimeBurst(samples) => self.burst(&samples),
            Event::Disconnected { reason, retry_in } => {
                tracing::warn!(reason, ?retry_in, "no connection to the coordinator; playing on by the plan");
                // others may be playing on, too
                self.command(Command::Solo(false));
                self.history.disconnected();
                self.remember_what_is_known();
            }
            Event::Refused { code, detail, retry_in } => {
                tracing::error!(code, ?retry_in, "the coordinator refuses this speaker: {detail}");
            }
        }
    }

    fn message(&mut self, message: ServerMessage) {
        match message {
            ServerMessage::StateSync(s) => {
                self.metronome(None);
                self.tell(Input::Sync(s.session, s.volume));
            }
            ServerMessage::Prepare(p) => self.tell(Input::Prepare(p)),
            ServerMessage::PlayTrack(s)
            | ServerMessage::Pause(s)
            | ServerMessage::Resume(s)
            | ServerMessage::Seek(s)
            | ServerMessage::Stop(s) => self.tell(Input::Session(s, Change::Transport)),
            ServerMessage::PlanUpdate(s) => self.tell(Input::Session(s, Change::Plan)),
            ServerMessage::VolumeChange(v) => self.tell(Input::Volume(v)),
            ServerMessage::PositionCheck(_) => self.tell(Input::PositionCheck),
            ServerMessage::Configure(c) => self.tell(Input::Settings(c.settings, c.at)),
            ServerMessage::Identify(i) => {
                let samples = chirp::sound(self.device_rate);
                self.command(Command::Overlay(Box::new(Overlay { samples, at: i.at.into(), played: 0 })));
            }
            ServerMessage::Metronome(m) => self.metronome(Some(m)),
            ServerMessage::Announce(a) => self.send(AgentMessage::ClientError(ClientError {
                code: "unsupported".into(),
                detail: "this agent does not play announcements yet".into(),
                entry: Some(a.clip.entry),
            })),
            ServerMessage::HistoryKept(kept) => self.history.kept(kept),
            ServerMessage::Error(e) => {
                tracing::warn!(code = e.code, fatal = e.fatal, "the coordinator says: {}", e.detail);
            }
            // handled by the connection
            ServerMessage::Welcome(_) | ServerMessage::TimeReply(_) => {}
        }
    }

    /// Ticks as told, or no more. What is told on a clock that is still being learnt waits until that one counts.
    fn metronome(&mut self, told: Option<server_message::Metronome>) {
        self.metronome = told.filter(|_| self.player.changing_to().is_some());
        let ticks = told.filter(|_| self.metronome.is_none()).as_ref().and_then(Metronome::of);
        self.command(Command::Metronome(ticks));
    }

    /// Begins with a clock, unless it is the one already known.
    fn clock_of(&mut self, clock_id: ClockId) {
        let mut news = Vec::new();
        self.clock.connected(clock::now(), clock_id, self.last_known.clock(), &mut news);
        self.clock_news(news);
    }

    fn burst(&mut self, samples: &[Sample]) {
        let mut news = Vec::new();
        let (playing, changing_to) = (self.player.is_playing(), self.player.changing_to());
        self.clock.burst(clock::now(), samples, playing, changing_to, &mut news);
        self.clock_news(news);
        self.connection.burst_at(self.clock.next_burst());
    }

    fn clock_news(&mut self, news: Vec<News>) {
        for news in news {
            match news {
                News::Estimate(estimate) => {
                    self.command(Command::Clock(estimate));
                    self.tell(Input::Clock(Some(estimate)));
                }
                News::Replaced(clock_id) => {
                    tracing::info!("the coordinator has another clock");
                    self.tell(Input::ClockChanges(clock_id));
                }
                News::Learnt(estimate) => self.tell(Input::Clock(Some(estimate))),
                News::Suspended(ns) => {
                    tracing::warn!(seconds = ns as f64 * 1e-9, "this machine was suspended; learning the clock anew");
                    self.command(Command::ClockLost);
                    self.tell(Input::Clock(None));
                    self.tell(Input::Jumped);
                }
                News::Stepped(us) => tracing::warn!(us, "the coordinator's clock stepped"),
                News::Jumped => self.tell(Input::Jumped),
                News::Stale => {
                    tracing::warn!("no usable time sample for half a minute; playing by the last estimate");
                }
                News::Fresh => tracing::info!("the clock is fresh again"),
            }
        }
    }

    fn decoder(&mut self, id: VoiceId, event: DecodeEvent) {
        match event {
            DecodeEvent::Primed => self.tell(Input::Primed(id)),
            DecodeEvent::Finished { bad_packets, missing_frames } => {
                if bad_packets > 0 || missing_frames > 0 {
                    tracing::warn!(bad_packets, missing_frames, "parts of a file could not be decoded and were silent");
                }
            }
            DecodeEvent::Failed { code, detail } => {
                tracing::warn!(code, "an entry cannot be played: {detail}");
                self.tell(Input::Failed(id, ClientError { code: code.into(), detail, entry: None }));
            }
        }
    }

    fn output(&mut self, event: OutputEvent) {
        match event {
            OutputEvent::Opened { output, rate } => {
                tracing::info!(output, rate, realtime = self.shared.realtime.load(Ordering::Relaxed), "output open");
                self.device_rate = rate;
                self.health.output_fault = None;
                self.tell(Input::Output(None));
            }
            OutputEvent::Lost { error, retry_in } => {
                // said once; a card that stays away is not news every ten seconds
                if self.health.output_fault.as_ref() == Some(&error.to_string()) {
                    tracing::debug!(?retry_in, "still: {error}");
                    return;
                }
                tracing::error!(?retry_in, "{error}");
                self.output_losses += 1;
                self.health.output_fault = Some(error.to_string());
                self.tell(Input::Output(Some(error.to_string())));
                self.send(AgentMessage::ClientError(ClientError {
                    code: "output_lost".into(),
                    detail: error.to_string(),
                    entry: None,
                }));
            }
        }
    }

    fn tick(&mut self) {
        let now = clock::now();
        while let Ok(report) = self.controls.reports.pop() {
            self.rendered(report);
        }
        for voice in self.take_heard() {
            self.tell(Input::Over(voice));
        }
        self.flush_commands();
        let due = self.clock.next_burst();
        let mut news = Vec::new();
        self.clock.tick(now, clock::suspended_nanos(), self.player.is_playing(), &mut news);
        self.clock_news(news);
        if self.clock.next_burst() != due {
            self.connection.burst_at(self.clock.next_burst());
        }
        self.player.set_counters(Counters {
            underruns: self.shared.underruns.load(Ordering::Relaxed),
            output_losses: self.output_losses,
        });
        if now >= self.player.next_timeout() {
            self.tell(Input::Tick);
        }
        if now >= self.next_health {
            self.next_health = now.plus_nanos(HEALTH_INTERVAL_NS);
            let plan = self.player.session().map(|s| self.cache.plan_cache(&s.plan)).unwrap_or_default();
            let realtime = self.shared.realtime.load(Ordering::Relaxed);
            let report = self.health.report(now, self.cache.stats(), plan, realtime);
            self.send(AgentMessage::Health(Box::new(report)));
            health::feed_watchdog(&self.shared, &mut self.health);
        }
    }

    /// Takes what was heard; the voices that are over since.
    fn take_heard(&mut self) -> Vec<VoiceId> {
        let mut over = Vec::new();
        while let Ok(trash) = self.controls.trash.pop() {
            if let Trash::Voice(voice) = trash {
                over.push(voice.id);
            }
        }
        let local = clock::now();
        let server = self.clock.estimate().map(|clock| (clock.clock_id, clock.server_at(local).whole));
        let now = Moment { local, server, utc_us: wall_clock_us() };
        // all of a voice is told before it is given back
        while let Ok(heard) = self.controls.heard.pop() {
            self.history.heard(now, &heard);
        }
        self.history.tick(local);
        for voice in &over {
            self.history.gone(local, *voice);
        }
        over
    }

    fn rendered(&mut self, report: RenderReport) {
        if report.dac_sharp
            && let Some(clock) = self.clock.estimate()
            && clock.skew_variance < 1.0
        {
            self.last_known.keep(clock::now(), report.dac, clock.skew);
        }
        self.tell(Input::Report(Box::new(report), self.device_rate));
    }

    fn tell(&mut self, input: Input) {
        let mut actions = Vec::new();
        self.player.handle(clock::now(), input, &mut actions);
        for action in actions {
            self.perform(action);
        }
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Open(id, entry, from) => self.open(id, entry, from),
            Action::Close(id) => drop(self.voices.remove(&id)),
            Action::Sound(id, line, gate) => self.sound(id, line, gate),
            Action::Silence(id, at) => self.command(Command::Close(id, at.map(ServerInstant::from))),
            Action::Fall(id, fall) => self.command(Command::Fall(id, fall)),
            Action::EndAt(id, frame) => self.command(Command::EndAt(id, frame)),
            Action::Channels(role, at) => self.command(Command::Channels(role, at.map(ServerInstant::from))),
            Action::Gain(gain, at, length_us) => self.command(Command::Gain(gain, ServerInstant::from(at), length_us)),
            Action::GainNow(gain) => self.command(Command::GainNow(gain)),
            Action::OutputDelay(us) => self.command(Command::OutputDelay(us)),
            Action::MaxDrift(us) => self.command(Command::MaxDrift(us)),
            Action::ChangeClock(estimate, shift_us) => self.change_clock(estimate, shift_us),
            Action::ForgetClock => self.forget_clock(),
            Action::Solo(solo) => self.command(Command::Solo(solo)),
            Action::Prefetch(plan) => self.cache.prefetch(&plan),
            Action::Send(message) => self.send(message),
        }
    }

    fn change_clock(&mut self, estimate: ClockEstimate, shift_us: Option<i64>) {
        if let Some(us) = shift_us {
            tracing::info!(shift_us = us, "playing on by the coordinator's new clock");
        } else {
            tracing::info!("the coordinator does not go on with what was playing");
        }
        // estimates of the old clock that the renderer has not taken yet must not come behind
        self.backlog.retain(|c| !matches!(c, Command::Clock(_)));
        self.clock.changed(estimate);
        self.command(Command::ChangeClock(estimate, shift_us.unwrap_or(0)));
        if let Some(told) = self.metronome.take() {
            self.command(Command::Metronome(Metronome::of(&told)));
        }
    }

    fn forget_clock(&mut self) {
        self.clock.forget();
        self.command(Command::ClockLost);
    }

    fn open(&mut self, id: VoiceId, entry: PlanEntry, from: Frames) {
        let result = self.cache.reader(&entry).map_err(|e| (e.code(), e.to_string())).and_then(|reader| {
            // a lap of a loop needs no more than its length
            let part = usize::try_from(entry.last_frame().0 - from.0).unwrap_or(0).max(1);
            let frames = ((f64::from(entry.sample_rate) * RING_S) as usize).min(part);
            let (producer, consumer) = rtrb::RingBuffer::new(2 * frames);
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
            let decoder =
                DecodeThread::spawn(job).map_err(|e| ("decode_failed", format!("no thread to decode on: {e}")))?;
            Ok((decoder, consumer))
        });
        match result {
            Ok((decoder, consumer)) => {
                self.voices.insert(id, OpenVoice { _decoder: decoder, waiting: Some((consumer, from)), entry });
            }
            Err((code, detail)) => {
                // told as an event, so that the player is not entered from within
                self.voices.remove(&id);
                let _ = self.voice_events.send((id, DecodeEvent::Failed { code, detail }));
            }
        }
    }

    fn sound(&mut self, id: VoiceId, line: Line, gate: Gate) {
        let device = self.device_rate;
        let Some(open) = self.voices.get_mut(&id) else { return };
        let Some((ring, from)) = open.waiting.take() else { return };
        let kernel = self
            .kernels
            .entry((line.rate, device))
            .or_insert_with(|| Arc::new(Kernel::new(f64::from(line.rate) / f64::from(device.max(1)))))
            .clone();
        let zone = self.player.session().map_or(ZoneId::DEFAULT, |s| s.zone);
        self.history.sounds(id, zone, &open.entry);
        let voice = Voice::new(id, open.entry.entry, ring, from, open.entry.last_frame(), line, gate, kernel);
        self.command(Command::Add(Box::new(voice)));
    }

    fn command(&mut self, command: Command) {
        if matches!(command, Command::Clock(_)) {
            // only the newest counts; while no output takes commands they must not pile up
            self.backlog.retain(|c| !matches!(c, Command::Clock(_)));
        }
        self.backlog.push(command);
        self.flush_commands();
    }

    fn flush_commands(&mut self) {
        let mut waiting = std::mem::take(&mut self.backlog).into_iter();
        for command in waiting.by_ref() {
            if let Err(rtrb::PushError::Full(command)) = self.controls.commands.push(command) {
                self.backlog.push(command);
                break;
            }
        }
        self.backlog.extend(waiting);
    }

    fn send(&self, message: AgentMessage) {
        self.connection.outbox().send(message);
    }

    /// What to tell the next coordinator in `hello`.
    fn remember_what_is_known(&self) {
        let now = clock::now();
        let known = self.clock.estimate().map(|clock| Known {
            clock_id: clock.clock_id,
            server_us: clock.server_at(now).whole.0,
            local_ns: now,
            error_bound_us: clock.error_bound_us(now),
            revision: self.player.session().map_or(0, |s| s.revision),
            timeline: self.player.session().and_then(|s| s.timeline.clone()),
            plan: self.player.session().map(|s| s.plan.clone()).unwrap_or_default(),
        });
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = known;
    }
}

/// Microseconds since 1970 by this machine's wall clock.
#[expect(clippy::disallowed_methods, reason = "for people: when something was heard, not when to sound it")]
fn wall_clock_us() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
