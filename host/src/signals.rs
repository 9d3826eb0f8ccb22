//! The state of signals that the process was started with.

use nix::sys::signal::Signal;

/// True if the process was started with this signal ignored, as `nohup` does with SIGHUP: then it must stay ignored.
pub fn is_ignored(signal: Signal) -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores(&status, signal))
}

fn ignores(status: &str, signal: Signal) -> bool {
    let set = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let set = set.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or(0);
    set >> (signal as i32 - 1) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ignored_signal_is_known_by_its_bit() {
        let status = "Name:\tx\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000002\n";
        assert!(ignores(status, Signal::SIGHUP) && ignores(status, Signal::SIGPIPE));
        assert!(!ignores(status, Signal::SIGINT) && !ignores("", Signal::SIGHUP));
        // the test's own process is started as any program
        assert!(!is_ignored(Signal::SIGTERM));
    }
}
