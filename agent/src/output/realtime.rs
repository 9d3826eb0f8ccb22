//! Real-time priority for the audio thread, where the system allows it.

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
        format!("no real-time priority for the audio thread ({error:?}); allow it with LimitRTPRIO=20 in the unit, or rtprio in limits.conf")
    })
}
