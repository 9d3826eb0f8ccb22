//! Real coordinators, real agents, real sockets.

mod formats;
