//! The coordinator as a process among others: real sockets, real files, a real database.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests, too")]

mod agent;
mod fixture;
mod gateway;
mod playback;
mod rest;
mod restart;
