//! The coordinator as a process among others: real sockets, real files, a real database.

mod agent;
mod fixture;
mod gateway;
mod playback;
mod rest;
mod restart;
