//! How many speakers a coordinator carries cannot be tried out with thousands of Raspberry Pis. This is a crowd of
//! speakers in one process: real WebSockets, real messages, the time exchange and the back-off of the real agent; only
//! the sound is missing.
//!
//! - [`speaker`]: one of them
//! - [`crowd`]: all of them, and what can be asked of them together; [`shared`]: what they share
//! - [`board`]: where they note what they heard
//! - [`figures`]: medians, percentiles
//! - [`coordinator`]: the process under load, and the calls that are made to it
//! - [`half_open`]: those that begin handshakes and never finish them
//! - [`run`]: what is measured, in which order; [`report`]: how it is said

pub mod board;
pub mod coordinator;
pub mod crowd;
pub mod figures;
pub mod half_open;
pub mod report;
pub mod run;
pub mod shared;
pub mod speaker;

/// Raises the limit of open files to what the system allows; that limit.
pub fn raise_file_limit() -> std::io::Result<u64> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if soft < hard {
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    }
    Ok(hard)
}
