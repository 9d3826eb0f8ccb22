//! Panics: a half-dead process is worse than one that its service manager starts again.

use crate::rarely::may_tell;

/// Aborts on every panic, but for those that `caught` says are about to be caught: only code that reads foreign files
/// may panic. `at_work` names that code in the log: "a file made a decoder panic".
pub fn abort_on_panic(caught: fn() -> bool, at_work: &'static str) {
    let say = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if caught() {
            if let Some(left_out) = may_tell(at_work) {
                tracing::warn!(%panic, left_out, "a file made a {at_work} panic");
            }
            return;
        }
        say(panic);
        std::process::abort();
    }));
}
