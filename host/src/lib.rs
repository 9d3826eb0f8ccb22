//! The parts that both processes, coordinator and speaker, have alike on a Linux host.
//!
//! - [`built`]: when the program was built
//! - [`logging`]: the log goes to standard error
//! - [`panics`]: a panic ends the process, but for those that are caught
//! - [`rarely`]: lines of the log that others can cause
//! - [`data_lock`]: one data folder, one process
//! - [`files`]: a file is replaced as a whole or not at all
//! - [`interfaces`]: this machine's addresses
//! - [`clock`]: the clock that nothing bends
//! - [`signals`]: those that the process was started to ignore
//! - [`names`]: this machine's names in its network
//! - [`sockets`]: the user at the other end of a connection within this machine

pub mod built;
pub mod clock;
pub mod data_lock;
pub mod files;
pub mod interfaces;
pub mod logging;
pub mod names;
pub mod panics;
pub mod rarely;
pub mod signals;
pub mod sockets;
