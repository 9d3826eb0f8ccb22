//! The process, as the kernel tells of it.

use std::fs;

use nix::sys::{
    resource::{Resource, UsageWho, getrlimit, getrusage},
    time::TimeValLike as _,
};

/// The process; `None`: it is not told.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ProcessFacts {
    /// Processor time, seconds.
    pub cpu_s: Option<f64>,
    /// Memory that it holds.
    pub resident_bytes: Option<f64>,
    /// Memory that it has addresses for.
    pub virtual_bytes: Option<f64>,
    /// Threads.
    pub threads: Option<f64>,
    /// Open files.
    pub open_files: Option<f64>,
    /// The most open files.
    pub most_files: Option<f64>,
}

impl ProcessFacts {
    /// Those of now.
    pub fn read() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let cpu = getrusage(UsageWho::RUSAGE_SELF).ok().map(|used| used.user_time() + used.system_time());
        Self {
            cpu_s: cpu.map(|time| time.num_microseconds() as f64 / 1e6),
            resident_bytes: field(&status, "VmRSS:").map(|kib| kib * 1024.0),
            virtual_bytes: field(&status, "VmSize:").map(|kib| kib * 1024.0),
            threads: field(&status, "Threads:"),
            open_files: fs::read_dir("/proc/self/fd").ok().map(|files| files.count() as f64),
            most_files: getrlimit(Resource::RLIMIT_NOFILE).ok().map(|(soft, _)| soft as f64),
        }
    }
}

/// The number behind a word of `/proc/self/status`.
fn field(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_something_of_everything() {
        let facts = ProcessFacts::read();
        let ProcessFacts { cpu_s, resident_bytes, virtual_bytes, threads, open_files, most_files } = facts;
        for figure in [cpu_s, resident_bytes, virtual_bytes, threads, open_files, most_files] {
            assert!(figure.is_some_and(|figure| figure > 0.0), "{facts:?}");
        }
        assert!(resident_bytes < virtual_bytes && open_files < most_files, "{facts:?}");
    }
}
