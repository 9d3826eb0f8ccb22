//! Real-time priority for the audio thread, and memory that is never paged out, where the system allows it.

use std::sync::atomic::{AtomicBool, Ordering};

use nix::{
    sys::{
        mman::{MlockAllFlags, mlockall},
        resource::{RLIM_INFINITY, Resource, setrlimit},
        time::TimeSpec,
    },
    time::{ClockId, ClockNanosleepFlags, clock_nanosleep},
};
use thread_priority::{
    RealtimeThreadSchedulePolicy, ThreadPriority, ThreadPriorityValue, ThreadSchedulePolicy, thread_native_id,
    unix::set_thread_priority_and_policy,
};

/// Below what kernels give their sound interrupts (50), above everything of ordinary programs.
const PRIORITY: u8 = 20;

/// Makes the calling thread a real-time one (SCHED_FIFO). `Err`: why not, for people.
pub fn promote_this_thread() -> Result<(), String> {
    let value = ThreadPriorityValue::try_from(PRIORITY)?;
    set_thread_priority_and_policy(
        thread_native_id(),
        ThreadPriority::Crossplatform(value),
        ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo),
    )
    .map_err(|error| {
        format!(
            "no real-time priority for the audio thread ({error:?}); allow it with LimitRTPRIO=20 in the unit, or \
             rtprio in limits.conf"
        )
    })
}

/// Sleeps, 50 ms at most: for the audio thread, whose waits are short.
pub(super) fn sleep_us(us: i64) {
    let duration = TimeSpec::new(0, us.clamp(100, 50_000) * 1_000);
    // an interrupted sleep only means to look earlier
    let _ = clock_nanosleep(ClockId::CLOCK_MONOTONIC, ClockNanosleepFlags::empty(), &duration);
}

/// Says why there is no real-time priority: once, however often a card comes and goes.
pub(super) fn say_once(why: &str) {
    static SAID: AtomicBool = AtomicBool::new(false);
    if SAID.swap(true, Ordering::Relaxed) {
        tracing::debug!("{why}");
    } else {
        tracing::warn!("{why}");
    }
}

/// Keeps this process in memory: a page that must come back from disk first is heard. `Err`: why not, for people.
///
/// Pages are locked as they are touched, so that stacks and rings cost what they use and not what they may grow to.
/// Only where no limit on locked memory holds: under one, a later allocation would fail.
pub fn lock_memory() -> Result<(), String> {
    let refused = |error| {
        format!(
            "memory is not locked ({error}); allow it with LimitMEMLOCK=infinity in the unit, or memlock unlimited in \
             limits.conf"
        )
    };
    match setrlimit(Resource::RLIMIT_MEMLOCK, RLIM_INFINITY, RLIM_INFINITY) {
        Err(error) if !is_above_the_limit() => return Err(refused(error)),
        _ => {}
    }
    let when_touched = MlockAllFlags::from_bits_retain(nix::libc::MCL_ONFAULT);
    mlockall(MlockAllFlags::MCL_CURRENT | MlockAllFlags::MCL_FUTURE | when_touched).map_err(refused)
}

/// True if the limit does not hold for this process (CAP_IPC_LOCK).
fn is_above_the_limit() -> bool {
    const CAP_IPC_LOCK: u32 = 14;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    effective.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).is_some_and(|caps| caps >> CAP_IPC_LOCK & 1 == 1)
}
