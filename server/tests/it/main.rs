//! The coordinator as a process among others: real sockets, real files, a real database.

#![expect(clippy::unwrap_used, reason = "all of this is test code, also outside of the test functions")]

mod abandoned;
mod adoption;
mod agent;
mod books;
mod browse;
mod calibration;
mod described;
mod doctor;
mod edits;
mod events;
mod fixture;
mod gateway;
mod guest_link;
mod history;
mod hostile;
mod keys;
mod library;
mod limits;
mod lists;
mod messages;
mod metrics;
mod namesakes;
mod past;
mod people;
mod playback;
mod queue;
mod requests;
mod rest;
mod restart;
mod rights;
mod settings;
mod shapes;
mod shown;
mod sockets;
mod uploads;
mod versions;
mod zones;
