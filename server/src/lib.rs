//! The coordinator: it owns the library, the zones and the plan; speakers only carry it out.
//!
//! # Layout
//! - [`program`]: from the settings to the end of the process; [`config`]: what can be set
//! - [`app`]: the composition root, where everything below meets
//! - [`api`]: REST for people and scripts; its router is the table of contents
//! - [`pace`]: how often something may be done; [`shortened`]: texts of others, cut
//! - [`access`]: the caller of each request, and the people that there are
//! - [`net`]: the port, TLS and clear; [`authority`]: the own CA and the certificates that are shown there
//! - [`sockets`]: connections are taken in, bounded and given up; [`rarely`](downbeat_host::rarely): lines of the log
//!   that others can cause
//! - [`request_id`]: a call is found again in all logs
//! - [`metrics`]: figures for Prometheus
//! - [`files`]: the music as speakers fetch it; [`gateway`]: the WebSocket of the speakers, with the time echo
//! - [`web`]: the page that people control the system with
//! - [`control`]: what may be asked, whoever asks
//! - [`register`]: the speakers' keys: which is ours, which waits to be adopted
//! - [`conductor`]: performs what the zones decide; the only place that knows zones, fleet, store and library
//! - [`fleet`]: the speakers, known and connected, and how people say which of them they mean
//! - below, in crates of their own: the library with the music, the store with what must survive a power cut, and the
//!   zone, the pure core
//! - [`changes`]: what changed, for those who watch; [`events`]: the log of it
//! - [`clock`]: server time; [`service`]: the process among others; [`data_folder`]: no other one on the same
//!   data folder
//! - [`announce`]: agents find the coordinator in its network

pub mod access;
pub mod announce;
pub mod api;
pub mod app;
pub mod authority;
pub mod backup;
pub mod changes;
pub mod clock;
pub mod conductor;
pub mod config;
pub mod control;
pub mod data_folder;
pub mod doctor;
pub mod events;
pub mod files;
pub mod fleet;
pub mod gateway;
pub mod halves;
pub mod house;
pub mod metrics;
pub mod names;
pub mod net;
pub mod pace;
pub mod program;
pub mod register;
pub mod request_id;
pub mod restore_preview;
pub mod service;
pub mod shortened;
pub mod sockets;
mod wall_clock;
pub mod web;

pub use downbeat_host::rarely;
