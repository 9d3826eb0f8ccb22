//! The measurements, in their order.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Result, ensure};
use downbeat_host::clock;
use downbeat_protocol::LocalTime;
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::{
    coordinator::{Coordinator, load1, usage},
    crowd::Crowd,
    figures::Spread,
    report::{Call, Connecting, Echoes, Memory, Pause, Report, Storm},
    shared::Shared,
};

/// The parameters of a measurement.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How many speakers.
    pub speakers: usize,
    /// How many are switched on each second.
    pub a_second: f64,
    /// How long the time exchange is watched, idle and playing.
    pub hold: Duration,
    /// How often `pause` is measured.
    pub pauses: usize,
    /// How long anything may take.
    pub patience: Duration,
    /// The crowd speaks TLS, each with a key of its own.
    pub tls: bool,
}

/// How long a moment is: what was caused before it is over.
const MOMENT: Duration = Duration::from_secs(2);

/// Measures everything.
pub async fn run(plan: &Plan, mut coordinator: Coordinator) -> Result<Report> {
    let mut report = Report { speakers: plan.speakers, ..Report::default() };
    let track = coordinator.track().await?;
    let empty = coordinator.usage();

    let mut crowd = Crowd::new(Shared { tls: plan.tls, ..Shared::new(coordinator.address) });
    let began = clock::now();
    crowd.grow(plan.speakers, plan.a_second).await;
    let all = crowd.all_online(plan.patience).await;
    ensure!(
        all.is_some(),
        "only {} of {} came in; {} attempts failed, {} connections were lost, load {}",
        crowd.board().online(),
        plan.speakers,
        crowd.board().failed_attempts.load(Ordering::Relaxed),
        crowd.board().lost.load(Ordering::Relaxed),
        load1()
    );
    report.connecting = Connecting {
        seconds: all.map_or(0.0, |at| at.seconds_since(began)),
        failed_attempts: crowd.board().failed_attempts.load(Ordering::Relaxed),
        load1: load1(),
    };
    sleep(MOMENT).await;

    report.echoes.push(echoes("idle", plan, &crowd, &coordinator).await);
    report.memory.push(memory("after connecting, idle", plan, empty.rss_bytes, &coordinator));
    for path in ["/api/speakers", "/api/clients", "/api/health", "/api/playback/state", "/metrics"] {
        let called = coordinator.get(path).await?;
        report.calls.push(Call { path: path.to_owned(), ms: ms(called.took), bytes: called.bytes });
    }

    crowd.expect("play_track");
    let began = clock::now();
    let called = coordinator.play(&track).await?;
    let arrivals = crowd.all_got_it(plan.patience).await;
    ensure!(arrivals.at.len() == plan.speakers, "play_track came to {} only", arrivals.at.len());
    report.play = pause_figures(began, called.took, &called.body, &arrivals.at);
    sleep(MOMENT).await;
    report.echoes.push(echoes("playing", plan, &crowd, &coordinator).await);
    report.echoes.push(scraped(plan, &crowd, &coordinator).await);
    for round in 0..plan.pauses {
        if round > 0 {
            crowd.expect("resume");
            coordinator.post("/api/playback/resume", &json!({})).await?;
            crowd.all_got_it(plan.patience).await;
            sleep(MOMENT).await;
        }
        crowd.expect("pause");
        let began = clock::now();
        let called = coordinator.post("/api/playback/pause", &json!({})).await?;
        let arrivals = crowd.all_got_it(plan.patience).await;
        ensure!(arrivals.at.len() == plan.speakers, "pause came to {} only", arrivals.at.len());
        report.pauses.push(pause_figures(began, called.took, &called.body, &arrivals.at));
        sleep(MOMENT).await;
    }
    report.memory.push(memory("after playing", plan, empty.rss_bytes, &coordinator));

    report.storms.push(drop_storm(plan, &crowd, &coordinator, &track).await?);
    sleep(MOMENT).await;
    report.memory.push(memory("after a storm", plan, empty.rss_bytes, &coordinator));
    if let Some(storm) = restart_storm(plan, &crowd, &mut coordinator, &track).await? {
        report.storms.push(storm);
        sleep(MOMENT).await;
        report.memory.push(memory("after a restart", plan, empty.rss_bytes, &coordinator));
    }
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    report.handshakes = (count(&crowd.board().full_handshakes), count(&crowd.board().resumed_handshakes));
    Ok(report)
}

/// All sockets dropped at once, while somebody presses play again and again.
pub async fn drop_storm(plan: &Plan, crowd: &Crowd, coordinator: &Coordinator, track: &str) -> Result<Storm> {
    let failed_before = crowd.board().failed_attempts.load(Ordering::Relaxed);
    let began = crowd.drop_all();
    let (all, plays) = while_playing(coordinator, track, crowd.all_online(plan.patience)).await;
    storm("all sockets dropped at once", plan, crowd, (began, all, failed_before), plays)
}

/// The coordinator killed and started again, while somebody presses play again and again as soon as it answers.
/// `None`: it is not ours to kill.
pub async fn restart_storm(
    plan: &Plan,
    crowd: &Crowd,
    coordinator: &mut Coordinator,
    track: &str,
) -> Result<Option<Storm>> {
    let failed_before = crowd.board().failed_attempts.load(Ordering::Relaxed);
    crowd.board().await_online(plan.speakers, plan.speakers);
    if !coordinator.restart().await? {
        return Ok(None);
    }
    // The kill and the start of the new process are over; it begins to listen a moment later.
    let began = clock::now();
    coordinator.answers().await?;
    let listening = clock::now();
    let (all, plays) = while_playing(coordinator, track, crowd.all_online(plan.patience)).await;
    let what = "the coordinator killed and started again";
    let mut storm = storm(what, plan, crowd, (began, all, failed_before), plays)?;
    storm.listening_after_s = Some(listening.seconds_since(began));
    Ok(Some(storm))
}

fn storm(
    what: &str,
    plan: &Plan,
    crowd: &Crowd,
    (began, all, failed_before): (LocalTime, Option<LocalTime>, u64),
    plays: Plays,
) -> Result<Storm> {
    let Some(all) = all else {
        anyhow::bail!("after {what} only {} of {} came back", crowd.board().online(), plan.speakers);
    };
    Ok(Storm {
        what: what.to_owned(),
        all_back_s: all.seconds_since(began),
        listening_after_s: None,
        failed_attempts: crowd.board().failed_attempts.load(Ordering::Relaxed) - failed_before,
        plays: plays.took.len(),
        failed_plays: plays.failed,
        play_ms: Spread::of(plays.took.iter().copied().map(ms)),
        load1: load1(),
    })
}

#[derive(Debug, Default)]
struct Plays {
    took: Vec<Duration>,
    failed: Vec<String>,
}

/// Presses play, again and again, until `until` is over, and once more after it.
async fn while_playing<T>(coordinator: &Coordinator, track: &str, until: impl Future<Output = T>) -> (T, Plays) {
    let over = Arc::new(AtomicBool::new(false));
    let press = async {
        let mut plays = Plays::default();
        loop {
            let last = over.load(Ordering::SeqCst);
            let began = Instant::now();
            match coordinator.play(track).await {
                Ok(called) if called.body["success"] == true => {}
                Ok(called) => plays.failed.push(called.body.to_string()),
                Err(error) => plays.failed.push(format!("{error:#}")),
            }
            plays.took.push(began.elapsed());
            if last {
                return plays;
            }
            sleep(Duration::from_millis(100)).await;
        }
    };
    let wait = async {
        let done = until.await;
        over.store(true, Ordering::SeqCst);
        done
    };
    tokio::join!(wait, press)
}

async fn echoes(when: &str, plan: &Plan, crowd: &Crowd, coordinator: &Coordinator) -> Echoes {
    crowd.board().take_echoes();
    let (server, ours, began) = (coordinator.usage(), usage(std::process::id()), Instant::now());
    sleep(plan.hold).await;
    let seconds = began.elapsed().as_secs_f64();
    let all = crowd.board().take_echoes();
    let a_second = |now: f64, then: f64| (now - then) / seconds;
    Echoes {
        when: when.to_owned(),
        seconds,
        exchanges: all.len(),
        stay_us: Spread::of(all.iter().map(|e| e.stay_us)),
        round_trip_us: Spread::of(all.iter().map(|e| e.round_trip_us)),
        coordinator_cpu: a_second(coordinator.usage().cpu_s, server.cpu_s),
        crowd_cpu: a_second(usage(std::process::id()).cpu_s, ours.cpu_s),
        load1: load1(),
    }
}

/// How often Prometheus asks for figures, at most.
const SCRAPE: Duration = Duration::from_secs(5);

/// The time exchange, while figures are asked for again and again.
async fn scraped(plan: &Plan, crowd: &Crowd, coordinator: &Coordinator) -> Echoes {
    let scrapes = async {
        loop {
            // a failure is seen in the call that is measured by itself
            let _ = coordinator.get("/metrics").await;
            sleep(SCRAPE).await;
        }
    };
    let watched = echoes("playing, /metrics each 5 s", plan, crowd, coordinator);
    tokio::select! {
        echoes = watched => echoes,
        never = scrapes => never,
    }
}

fn memory(when: &str, plan: &Plan, empty_bytes: u64, coordinator: &Coordinator) -> Memory {
    let now = coordinator.usage();
    Memory {
        when: when.to_owned(),
        empty_bytes,
        bytes: now.rss_bytes,
        anonymous_bytes: now.anonymous_bytes,
        a_connection: now.rss_bytes.saturating_sub(empty_bytes) as f64 / plan.speakers as f64,
    }
}

fn pause_figures(began: LocalTime, rest: Duration, answer: &serde_json::Value, at: &[LocalTime]) -> Pause {
    let since = |t: &LocalTime| t.seconds_since(began) * 1e3;
    // The crowd is on the coordinator's machine, so both read one clock.
    let heard_at_us = answer["at"].as_i64().unwrap_or(0);
    let late = at.iter().filter(|t| t.0 / 1_000 > heard_at_us).count();
    Pause {
        reached_ms: Spread::of(at.iter().map(since)),
        answered_ms: ms(rest),
        heard_after_ms: (heard_at_us - began.0 / 1_000) as f64 / 1e3,
        came_late: late,
        load1: load1(),
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
