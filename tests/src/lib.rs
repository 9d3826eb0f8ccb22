//! The harness of the end-to-end tests.
//!
//! The tests play real files through real processes and compare what came out of the virtual sound cards with what
//! went in. They must hold on a busy machine with two cores: everything is waited for by its condition, and where a
//! virtual card ran dry because the machine stood still (it says so itself), the scenario is played again.
//!
//! - [`coordinator`], [`speaker`]: the processes, on a [`stage`] of their own (folders, logs)
//! - [`rest`]: talking to the coordinator as a script does
//! - [`proxy`]: a network that can be cut; [`disk`]: a disk that can be full; [`wall_clock`]: a clock that was
//!   never set
//! - [`sound`]: what is played; [`recording`]: what was heard; [`follow`]: whether it is the same
//! - [`secrets`]: what no log may hold, looked for in the logs of each stage
//! - [`patience`]: waiting for conditions, and playing a scenario again

pub mod binaries;
pub mod coordinator;
pub mod disk;
pub mod follow;
pub mod patience;
pub mod process;
pub mod proxy;
pub mod recording;
pub mod rest;
pub mod secrets;
pub mod sound;
pub mod speaker;
pub mod stage;
pub mod wall_clock;
