//! How the speaker's machine is: what the kernel tells in files, and whether the audio is alive.

use std::{fs, path::Path, sync::atomic::Ordering};

use downbeat_protocol::{
    LocalTime,
    report::{Health, PlanCache},
};

use crate::{media::CacheStats, output::OutputState, sensors};

/// The facts of a report that the kernel does not tell, and the count of frames at the last look.
#[derive(Debug)]
pub struct HealthSources {
    started: LocalTime,
    output: String,
    memory_locked: bool,
    /// The fault of the output, if there is one.
    pub output_fault: Option<String>,
    last_frames: u64,
}

impl HealthSources {
    /// For an agent that starts now, with this output.
    pub fn new(now: LocalTime, output: String, memory_locked: bool) -> Self {
        Self { started: now, output, memory_locked, output_fault: None, last_frames: 0 }
    }

    /// The figures of now.
    pub fn report(&self, now: LocalTime, files: CacheStats, plan: PlanCache, realtime: bool) -> Health {
        Health {
            version: env!("CARGO_PKG_VERSION").into(),
            uptime_s: (now.nanos_since(self.started) / 1_000_000_000).max(0) as u64,
            output: self.output.clone(),
            output_fault: self.output_fault.clone(),
            cache_bytes: files.bytes,
            cache_limit_bytes: files.room,
            temperature_c: sensors::temperature(Path::new("/")),
            load1: read("/proc/loadavg").and_then(|t| load(&t)),
            wifi_dbm: read("/proc/net/wireless").and_then(|t| wifi_level(&t)),
            undervoltage: sensors::undervoltage(Path::new("/")),
            realtime,
            memory_locked: self.memory_locked,
            cache: Some(plan),
        }
    }
}

/// Tells the service manager that the agent is alive, as long as it really is: frames go to a device, or it is known
/// why not (then a restart would not help).
pub fn feed_watchdog(shared: &OutputState, sources: &mut HealthSources) {
    let frames = shared.frames.load(Ordering::Relaxed);
    if frames != sources.last_frames || sources.output_fault.is_some() {
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
    }
    sources.last_frames = frames;
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok()
}

fn load(text: &str) -> Option<f32> {
    text.split_whitespace().next()?.parse().ok()
}

/// The level column of the first interface: `wlan0: 0000   58.  -52.  -256 ...`
fn wifi_level(text: &str) -> Option<f32> {
    let line = text.lines().nth(2)?;
    line.split_whitespace().nth(3)?.trim_end_matches('.').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_files_are_understood() {
        assert_eq!(load("0.52 0.58 0.59 1/467 3189\n"), Some(0.52));
        let wireless = "Inter-| sta-|   Quality        |   Discarded packets\n \
                        face | tus | link level noise |\n wlan0: 0000   58.  -52.  -256        0\n";
        assert_eq!(wifi_level(wireless), Some(-52.0));
        assert_eq!(wifi_level("no such thing"), None);
    }
}
