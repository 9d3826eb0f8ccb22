//! The parts that both processes, coordinator and speaker, have alike on a Linux host.
//!
//! - [`bundle`]: what a person sends on for help, in one file, without secrets
//! - [`built`]: when the program was built
//! - [`logging`]: the log goes to standard error
//! - [`panics`]: a panic ends the process, but for those that are caught
//! - [`rarely`]: lines of the log that others can cause
//! - [`data_lock`]: one data folder, one process
//! - [`finding`]: the words of an examination
//! - [`files`]: a file is replaced as a whole or not at all
//! - [`interfaces`]: this machine's addresses
//! - [`clock`]: the clock that nothing bends
//! - [`signals`]: those that the process was started to ignore
//! - [`machine`]: the machine as the kernel tells of it, and what is wrong with it
//! - [`names`]: this machine's names in its network
//! - [`scrub`]: secrets are taken out of texts
//! - [`sockets`]: the user at the other end of a connection within this machine

pub mod built;
pub mod bundle;
pub mod clock;
pub mod data_lock;
pub mod files;
pub mod finding;
pub mod interfaces;
pub mod logging;
pub mod machine;
pub mod names;
pub mod panics;
pub mod rarely;
pub mod scrub;
pub mod signals;
pub mod sockets;
