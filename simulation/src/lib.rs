//! Downbeat in virtual time: a coordinator, networks, speakers and sound cards, with the truth about all of them.
//!
//! The product's pure cores (the clock with its bursts, the player with its renderer and its card's clock, the zone)
//! run here as they are; the world around them (crystals, links, cards, decoders, the shells of both programs) is
//! simulated. A speaker's behaviour is read from the frames that leave its card ([`sound`]), not from its own reports.
//! The world is seeded: a scenario that fails, fails again.
//!
//! # Layout
//! - [`world`]: true time and its events; [`dice`]: randomness; [`crystal`]: clocks, as wrong as real ones
//! - [`network`]: the way to the coordinator; [`card`]: the sound card
//! - [`sound`], [`entries`]: sound that says which frame it is
//! - [`coordinator`]: the real zone and what is around it; [`truth`]: what should be heard when, by what it told
//! - [`speaker`]: the real speaker on a simulated machine
//! - [`measure`], [`spread`]: what was seen; [`outcome`]: figures and their limits
//! - [`scenarios`]: what is done and what must hold
//!
//! # The scenarios
//! Numbered after chrony's `test/simulation`. `cargo run -p downbeat-simulation --example table` prints what each
//! measures (`make simulate`). Where a number's subject is not, or not only, in the pure cores:
//!
//! | number | in virtual time | the rest |
//! |---|---|---|
//! | 003, 004, 009, 010 | | chrony's have no counterpart here (reference clocks, leap seconds) |
//! | 006 server slew | what it would do | `host/src/clock.rs`: both programs read the clock that is never slewed |
//! | 013 bufferbloat | the clock's side | the agent's downloads are paced: `agent/src/media/pace.rs` |
//! | 018 duplicate, reorder | answers twice, late, forged | property tests of the exchange: `protocol/` |
//! | 019 lying server | nonsense as answers | properties of the protocol (bytes) and of the speaker's clock (samples) |
//! | 020 starved processor | late ticks, stamps, callbacks | real hogs beside a real callback: on the rig |
//! | 024 a thousand agents | all their cores | a thousand sockets: the load tool |
//! | 101-110 | start, transport, gapless, holdover, honesty, frozen, output delays, soak, coarse cards, telemetry | |
//! | 111-119 | crossfade, loop; jitter, power save, roam, another route, 4G, DSL, contention | the rig's own queues |
//! | 120-121 | positions that move in steps; an hour without a coordinator | drivers: in guests with real kernels |

pub mod card;
pub mod coordinator;
pub mod crystal;
pub mod dice;
pub mod entries;
pub mod measure;
pub mod network;
pub mod outcome;
pub mod scenarios;
pub mod sound;
pub mod speaker;
pub mod spread;
pub mod truth;
pub mod world;

pub use entries::entry;
pub use measure::{percentile, worst};
pub use outcome::Outcome;
pub use speaker::SpeakerSpec;
pub use world::World;
